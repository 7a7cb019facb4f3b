"""What the lessons say, against what the simulator does with their settings: answers, and challenges that can be met."""

from functools import cache

import numpy as np
import pytest

from excitability import demonstration, lesson
from excitability.demonstration import Shown

pytestmark = [pytest.mark.xdist_group("lessons"), pytest.mark.long]

#: What meets each challenge, and what does not although a student would try it.
SOLUTIONS = {
    "trigger": {"ca": 1.2, "rate": 40},
    "blocker": {"ca": 2.0, "rate": 40},
    "spared_axon": {"ca": 1.0, "mg": 0.25},
    "cramp": {"mg": 0.25, "rate": 24},
    "magnesium_given": {"given_at": 0},
    "plate_to_cramp": {"disease": "renal_magnesium_wasting"},
}
FAILURES = {
    "trigger": [{"rate": 100}, {"ca": 3}],
    "blocker": [{"rate": 100}, {"ca": 3}],
    "spared_axon": [{"mg": 0.05}, {"ca": 0.9, "mg": 0.55}],
    "cramp": [{"rate": 100}],
    "magnesium_given": [{"given_at": 0, "mg_given": 0.55}],
    "plate_to_cramp": [{"disease": "alcohol_or_diuretic"}],
}
EACH = pytest.mark.parametrize("name", lesson.names())


@cache
def level(which: str) -> dict[tuple[str, str], Shown]:
    """All runs of a level at once: setup, run, solution and failures of its lessons."""
    jobs = []
    for one in lesson.every():
        if one.level == which:
            jobs += [(one.name, "setup", dict(one.setup)), (one.name, "run", one.after_run)]
            jobs += [(one.name, "solution", {**one.after_run, **SOLUTIONS[one.name]})]
            jobs += [(one.name, f"failure {k}", {**one.after_run, **f}) for k, f in enumerate(FAILURES[one.name])]
    came = demonstration.run(which, [settings for _, _, settings in jobs])
    return {(name, what): shown for (name, what, _), shown in zip(jobs, came, strict=True)}


def of(name: str, what: str) -> Shown:
    return level(lesson.load(name).level)[name, what]


def met(name: str, what: str) -> bool:
    challenge = lesson.load(name).challenge
    value = of(name, what).measures[challenge["measure"]]
    return value > challenge["above"] if "above" in challenge else value < challenge["below"]


@EACH
def test_a_challenge_is_open_when_it_begins(name):
    assert not met(name, "setup")
    assert not met(name, "run")


@EACH
def test_a_challenge_can_be_met_with_what_may_be_moved(name):
    assert set(SOLUTIONS[name]) <= set(lesson.load(name).challenge["may_move"])
    assert met(name, "solution")


@EACH
def test_a_challenge_is_not_met_by_just_anything(name):
    for k, settings in enumerate(FAILURES[name]):
        assert set(settings) <= set(lesson.load(name).challenge["may_move"])
        assert not met(name, f"failure {k}"), settings


def answer(name: str) -> str:
    prediction = lesson.load(name).prediction
    return prediction["choices"][prediction["answer"]]


def test_trigger():
    assert answer("trigger") == "Vanish"
    before, after = of("trigger", "setup").measures, of("trigger", "run").measures
    assert before["force_peak"] > 0.5
    assert after["force_peak"] < 0.01
    assert after["nerve_impulses"] == before["nerve_impulses"] == 20


def test_blocker():
    assert answer("blocker") == "The muscle does not pull at all"
    before, after = of("blocker", "setup").measures, of("blocker", "run").measures
    assert before["answered"] == 1
    assert after["force_peak"] < 0.01


def test_spared_axon():
    assert answer("spared_axon") == "It stays silent"
    for what in ("setup", "run"):
        assert of("spared_axon", what).measures["spikes"] == 0
    shown = demonstration.thresholds([of("spared_axon", what) for what in ("setup", "run")])
    when = int(np.searchsorted(shown[0].times, 0.5))  # the drive would begin
    assert [round(one.measures["threshold_mV"] - one.traces["V"][when]) for one in shown] == [14, 8]


def test_cramp():
    assert answer("cramp") == "It fires on by itself for some seconds and then stops"
    before, after = of("cramp", "setup"), of("cramp", "run")
    assert before.measures["train_spikes"] > 5
    assert before.measures["self_sustained_s"] == 0
    assert 2 < after.measures["self_sustained_s"] < 10
    assert after.drive[1] + after.measures["self_sustained_s"] < after.duration - 1  # it has stopped
    assert abs(after.measures["rate_hz"] - 14.5) < 5.1  # "nearly as fast"


def test_magnesium_given():
    assert answer("magnesium_given") == "Stop within half a second"
    before, after = of("magnesium_given", "setup").measures, of("magnesium_given", "run").measures
    assert 9 < before["self_sustained_s"] < 12  # "ten seconds more"
    assert after["self_sustained_s"] > 3.4  # it was going on when magnesium was given
    assert after["extra_s"] < 0.5


def test_plate_to_cramp():
    assert answer("plate_to_cramp") == "It falls by a few per cent and stays in the normal range"
    before, after = of("plate_to_cramp", "setup").measures, of("plate_to_cramp", "run").measures
    assert 0.92 < after["mg_plasma_mM"] / before["mg_plasma_mM"] < 0.99
    assert after["mg_plasma_mM"] > 0.46
    ill = of("plate_to_cramp", "solution").measures
    assert before["self_sustained_s"] == after["self_sustained_s"] == ill["self_sustained_s"] == 0
