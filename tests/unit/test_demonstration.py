"""The experiments that do on the command line what the classroom's page does."""

from dataclasses import replace

import numpy as np
import pytest

from excitability import classroom, demonstration, lesson, load_experiment
from excitability.demonstration import Shown

VIEWS = {
    "one_motoneuron": ("cell", "motoneuron"),
    "one_axon": ("cell", "motor_axon"),
    "one_fibre": ("chain", None),
    "one_person": ("person", None),
}


@pytest.mark.parametrize("name", VIEWS)
def test_settings_and_their_limits_are_those_of_the_page(name):
    level, cell = VIEWS[name]
    options = load_experiment(name).options
    assert set(options) >= set(classroom.CONTROLS[level]) - {"cell", "seed", "noise"}
    for key, option in options.items():
        known = lesson.about(level, key, cell)
        assert option.default == known["default"]
        assert option.help
        if "choices" in known and key != "noise":
            assert list(option.choices) == known["choices"]
        elif key != "noise":
            assert (option.low, option.high) == (known["low"], known["high"])


def test_words_that_are_no_choice_are_refused_with_the_nearest(refused):
    person = load_experiment("one_person")
    with refused("disease", "trpm6", "did you mean 'trpm6_loss'?"):
        person.check({"disease": "trpm6"})
    person.check({"disease": "trpm6_loss", "months": 12})
    with refused("months", "1.5", "whole number"):
        person.check({"months": 1.5})


def test_a_fibre_beside_one_in_normal_ions():
    report = load_experiment("one_fibre").run({"mg": 4.0, "train": 0.1}, engine="numpy")
    normal, changed = report.rows
    assert (normal["condition"], normal["mg_mM"], changed["condition"], changed["mg_mM"]) == (
        "normal",
        0.55,
        "set",
        4.0,
    )
    assert normal["answered"] == 1.0 and changed["answered"] == 0.0
    (finding,) = report.findings
    assert finding.holds and finding.value == changed["force_peak"] < 0.01
    assert "2 of the nerve's 2 impulses pass" in finding.text and "0 of the nerve's 2" in finding.text
    figure = report.draw()
    assert figure.get_suptitle().startswith("Mg 4 mM: 0 of the nerve's 2 impulses pass")
    assert [ax.get_ylabel() for ax in figure.axes] == ["impulses of\nthe fibre", "calcium inside\n(µM)",
                                                       "force (% of\nthe greatest)"]  # fmt: skip


def test_normal_settings_are_simulated_once_and_an_axon_is_silent(monkeypatch):
    def quickly(shown, simulate):  # thresholds take long without a compiler
        return [replace(one, measures={**one.measures, "threshold_mV": -66.0}) for one in shown]

    monkeypatch.setattr(demonstration, "thresholds", quickly)
    report = load_experiment("one_axon").run({"train": 0.1, "watch": 0.2}, engine="numpy")
    assert [row["condition"] for row in report.rows] == ["normal"]
    assert report.findings[0].text == "In normal ions the motor axon is silent by itself."
    assert report.draw().get_suptitle() == "The motor axon is silent by itself"


class _SeenError(Exception):
    """In place of a run."""


@pytest.mark.parametrize("cell", ["motoneuron", "motor_axon"])
def test_train_and_current_act_together(cell):
    asked = {}

    def simulate(model, **how):
        asked.update(how, model=model)
        raise _SeenError

    with pytest.raises(_SeenError):
        demonstration.run("cell", [{"cell": cell, "rate": 20, "current": 0.1, "train": 0.5, "watch": 1.0}], simulate)
    (drive,) = asked["protocol"]
    assert asked["model"] == cell and asked["duration"] == 2.0
    assert len(drive.volleys()) == 10
    assert drive.current() == ((0.5, 1.0, 0.1, 0.1),)


def test_blood_outside_its_ranges_is_not_called_normal():
    from excitability.experiments._demonstration import living

    measures = {"mg_plasma_mM": 0.55, "self_sustained_s": 0.0}
    assert living(_shown({**measures, "ca_plasma_mM": 1.25}))[1] is True
    assert living(_shown({**measures, "ca_plasma_mM": 1.0}))[1] is False


def test_cells_that_answer_nothing_are_not_called_silent():
    from excitability.experiments._demonstration import firing

    still = {"spontaneous": 0.0, "self_sustained_s": 0.0, "train_spikes": 0, "rate_hz": 0.0}
    assert firing("axon")(_shown({**still, "threshold_mV": -60.0}, rate=0, current=0)) == (
        "the axon is silent by itself",
        True,
    )
    said, holds = firing("axon")(_shown(still, rate=0, current=0))
    assert "blocked" in said and not holds


def _shown(measures, **settings):
    nothing = np.empty(0)
    return Shown(settings, (0.0, 0.0), nothing, {}, nothing, 1.0, measures)
