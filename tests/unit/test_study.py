import json
import os

import numpy as np
import pytest
from matplotlib.figure import Figure

from excitability import (
    Event,
    Finding,
    Findings,
    Model,
    Option,
    Parameter,
    Report,
    Run,
    Table,
    engine,
    experiment,
    list_experiments,
    load_experiment,
    machine,
    rows_where,
)

OPTIONS = {
    "ca": Option(1.2, "mM", 0, 10, "calcium", ion="ca"),
    "mg": Option((0.55, 0.25), "mM", 0, 10, "magnesium", ion="mg"),
    "rate": Option(20.0, "Hz", 0.5, 500, "rate"),
    "seeds": Option(5, "1", 1, 200, "seeds"),
}


@experiment(
    title="A trial",
    question="Does it run?",
    models=["motoneuron"],
    options=OPTIONS,
    quick={"mg": (0.25,), "seeds": 2},
    sources=["Minetto2009"],
)
def trial(run):
    """Rows from the options, nothing simulated."""
    rows = [{"mg_mM": mg, "rate_hz": None, "ended": mg < 0.5} for mg in run.options.mg]
    finding = Finding("levels", "There are levels.", len(rows), "1", "one or more", "model", bool(rows))

    def draw():
        figure = Figure(figsize=(2, 1))
        figure.add_subplot()
        return figure

    return Report({"table": Table(rows, ("mg_mM", "rate_hz", "ended"))}, [finding], draw)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("rate", 30, 30.0),
        ("rate", "30", 30.0),
        ("rate", "0.03 kHz", 30.0),
        ("rate", [30], 30.0),
        ("rate", 0.5, 0.5),
        ("rate", 500, 500.0),
        ("seeds", "3", 3),
        ("seeds", 3.0, 3),
        ("ca", "10 mg/dL", 2.49513),
        ("mg", 0.1, (0.1,)),
        ("mg", "0.55, 250 uM,0.2 mEq/L", (0.55, 0.25, 0.1)),
        ("mg", [0.55, "250 uM"], (0.55, 0.25)),
        (
            "mg",
            np.array([0.55, 0.25]),
            (0.55, 0.25),
        ),
    ],
)
def test_option_is_read_from_numbers_text_and_lists(name, value, expected):
    read = OPTIONS[name].read(name, value)
    assert read == pytest.approx(expected, rel=1e-5)
    assert type(read) is type(expected)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("rate", "30 mV", ["30 mV", "Hz"]),
        ("rate", "30 banana", ["banana"]),
        ("rate", "fast", ["fast"]),
        ("rate", None, ["None"]),
        ("rate", "nan", ["nan"]),
        ("rate", "20,30", ["one value", "2"]),
        ("rate", [20, 30], ["one value", "2"]),
        ("rate", [], ["one value", "0"]),
        ("rate", 0, ["0 Hz", "0.5 to 500 Hz"]),
        ("rate", 501, ["501 Hz", "0.5 to 500 Hz"]),
        ("seeds", 2.5, ["2.5", "whole"]),
        ("seeds", 0, ["0", "1 to 200"]),
        ("mg", (), ["mg"]),
        ("mg", "", ["''"]),
        ("mg", "0.55,", ["''"]),
        ("mg", "0.25,250 uM", ["twice"]),
        ("mg", "0.25,-0.1", ["-0.1 mM", "0 to 10 mM"]),
        (
            "mg",
            [[0.55, 0.25]],
            ["mg"],
        ),
        ("ca", "5 mV", ["5 mV", "mM"]),
    ],
)
def test_impossible_value_of_an_option_is_refused(name, value, words, refused):
    with refused(*words):
        OPTIONS[name].read(name, value)


def test_only_an_option_with_a_tuple_takes_lists():
    assert [OPTIONS[name].many for name in OPTIONS] == [False, True, False, False]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"mg": "0.1,0.2", "rate": "24 Hz"},
        {"g_CaL": 0.2},
        {"motoneuron.g_CaL": "2 S/m**2"},
        {"g_CaL": 5},  # outside its plausible range: a remark, no refusal
    ],
)
def test_possible_changes_pass_the_check(changes):
    trial.check(changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mgg": 1}, ["trial", "'mgg'", "did you mean 'mg'?"]),
        ({"g_Cal": 1}, ["'g_Cal'", "did you mean 'g_CaL'?"]),
        (
            {"motoneuron.g_Cal": 1},
            ["'motoneuron.g_Cal'", "did you mean", "g_CaL'?"],
        ),
        ({"motoneron.g_CaL": 1}, ["'motoneron.g_CaL'", "did you mean", "g_CaL'?"]),
        ({"axon.g_CaL": 1}, ["axon.g_CaL"]),
        ({"g_CaL": "1 mV"}, ["g_CaL", "1 mV", "mS/cm**2"]),
        ({"motoneuron.g_CaL": -1}, ["g_CaL", "-1", "conductance"]),
        ({"g_CaL": "0.2,0.3"}, ["g_CaL", "one value"]),
        ({"g_CaL": [0.2, 0.3]}, ["g_CaL", "one value"]),
        ({"rate": "20,30"}, ["rate", "one value"]),
    ],
)
def test_impossible_changes_are_refused_before_anything_runs(changes, words, refused):
    with refused(*words):
        trial.check(changes)
    with refused(*words):
        trial(**changes)


def test_quick_uses_fewer_conditions_unless_told_otherwise():
    assert trial.run(quick=True).provenance["options"] == {"ca": 1.2, "mg": [0.25], "rate": 20.0, "seeds": 2}
    assert trial.run({"mg": 0.1}, quick=True).provenance["options"]["mg"] == [0.1]
    assert trial.run().provenance["options"]["seeds"] == 5


@pytest.mark.parametrize(
    ("made_of", "words"), [({"quick": {"mgg": 1}}, ["mgg"]), ({"sources": ["Minetto9"]}, ["Minetto9", "Minetto2009"])]
)
def test_experiment_with_unknown_parts_is_refused(made_of, words, refused):
    with refused(*words):
        experiment(title="", question="", models=[], options=OPTIONS, **made_of)


def test_experiment_is_named_after_its_function_and_cites_its_models():
    assert (trial.name, trial.description) == ("trial", "Rows from the options, nothing simulated.")
    assert {"Minetto2009", "Kim2017"} <= set(trial.references)


def test_report_knows_how_it_was_made():
    report = trial(mg=[0.55, 0.1], seed=7)
    assert [row["mg_mM"] for row in report.rows] == [0.55, 0.1]
    assert report.experiment is trial
    assert report.provenance["seed"] == 7
    assert "mg=[0.55, 0.1]" in report.provenance["command"]


def test_saved_report_has_the_agreed_files_and_keys(tmp_path):
    paths = trial(mg=[0.55, 0.1]).save(tmp_path / "results", formats=("png", "svg"))
    names = {"figure.png", "figure.svg", "table.csv", "summary.json"}
    assert {p.name for p in paths} == {p.name for p in (tmp_path / "results").iterdir()} == names
    assert (tmp_path / "results" / "table.csv").read_text() == "mg_mM,rate_hz,ended\n0.55,,false\n0.1,,true\n"
    summary = json.loads((tmp_path / "results" / "summary.json").read_text())
    assert {"experiment", "title", "question", "table", "findings", "provenance"} <= set(summary)
    assert summary["table"][0] == {"mg_mM": 0.55, "rate_hz": None, "ended": False}
    assert set(summary["findings"][0]) == {"name", "text", "value", "unit", "expected", "source", "holds"}


@pytest.mark.parametrize("how", [{"formats": ("gif",)}, {"style": "poster"}])
def test_unknown_format_or_style_is_refused_and_nothing_written(how, tmp_path, refused):
    with refused(*(word for value in how.values() for word in ([value] if isinstance(value, str) else value))):
        trial().save(tmp_path / "results", **how)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", list_experiments())
def test_experiments_have_possible_defaults_and_known_sources(name):
    found = load_experiment(name.replace("_", "-"))
    assert found.name == name
    assert found.title == list_experiments()[name]
    assert found.question.endswith("?")
    for values in ({n: o.default for n, o in found.options.items()}, found.quick):
        for option, value in values.items():
            assert found.options[option].read(option, value) == value
    assert found.references


def test_misspelt_experiment_suggests_the_nearest(refused):
    with refused("experiment", "low-magnesum", "did you mean 'low_magnesium'?"):
        load_experiment("low-magnesum")


# --- findings, rows and random constants -------------------------------------------------------------------------------


def test_findings_are_judged_one_after_the_other():
    found = Findings()
    found.add("rate", "Hz", "10 Hz", "model", ("It fires at 9 Hz.", 9.0, False))
    found.add("silent", "1", "silence", "model", ("It is silent.", 0, None))
    assert found == [
        Finding("rate", "It fires at 9 Hz.", 9.0, "Hz", "10 Hz", "model", False),
        Finding("silent", "It is silent.", 0, "1", "silence", "model", None),
    ]


@pytest.mark.parametrize(
    ("found", "why", "text"),
    [
        (Findings(), "", "Not judged: left out of this run."),
        (Findings("nothing fired"), "", "Not judged: nothing fired."),
        (Findings("nothing fired"), "a single level", "Not judged: a single level."),
    ],
)
def test_a_finding_that_a_run_has_nothing_for_says_why(found, why, text):
    found.add("rate", "Hz", "10 Hz", "model", None, why)
    assert found == [Finding("rate", text, None, "Hz", "10 Hz", "model", None)]


def test_rows_are_found_by_their_columns():
    rows = [{"mg_mM": mg, "noise": noise, "rate_hz": None} for mg in (0.55, 0.25) for noise in (True, False)]
    assert rows_where(rows, mg_mM=0.25) == rows[2:]
    assert rows_where(iter(rows), mg_mM=0.25, noise=True)[0] is rows[2]
    assert rows_where(rows) == rows_where(rows, rate_hz=None) == rows
    assert rows_where(rows, mg_mM=1.0) == []
    with pytest.raises(KeyError):
        rows_where(rows, ca_mM=1.2)


def test_a_cell_is_drawn_alike_however_many_there_are(tmp_path):
    def drawn(seed, cells, constants=3):
        run = Run({}, {}, seed=seed, engine="numpy", quick=True, announce=None, progress=None, unfinished=tmp_path)
        return run.drawn(cells, constants)

    many = drawn(1, 200)
    assert drawn(1, 5).tolist() == many[:5].tolist()
    assert len(np.unique(many)) == many.size == 600
    assert not np.isin(drawn(2, 200), many).any()
    assert -1 <= many.min() < -0.9 < 0.9 < many.max() <= 1
    assert drawn(1, 0).shape == (0, 3)


# --- long studies ------------------------------------------------------------------------------------------------------

DECAY = Model(
    title="a leak",
    equations="dV/dt = -V/tau : volt",
    parameters={"tau": Parameter(5.0, "ms", "assumption", (1.0, 50.0), "of a test")},
    event=Event("V", 5.0, "mV"),
    traces={"V": "mV"},
    dt=0.1,
    name="leak",
)


@experiment(title="Long", question="Does it go on?", models=[], options={"parts": Option(4, "1", 1, 9, "parts")})
def long_study(run):
    """Several parts in turn, each of which is kept."""
    recordings = [
        run.simulate(DECAY, parameters={"tau": [2.0 + k, 3.0]}, duration=0.02, keep=True)
        for k in run.in_turn(range(run.options.parts))
    ]
    rows = [{"part": k, "V_mV": recording.trace("V_mV", 0)[-1]} for k, recording in enumerate(recordings)]
    return Report({"table": Table(rows, ("part", "V_mV"))}, [], Figure)


def test_progress_rises_through_the_parts_of_a_study():
    seen = []
    long_study.run({}, engine="numpy", progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)
    assert {0.25, 0.5, 0.75} <= {round(fraction, 9) for fraction in seen}


def test_an_interrupted_study_goes_on_where_it_was(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "unfinished_folder", lambda: tmp_path / "unfinished")
    ran = []
    original = engine.run
    monkeypatch.setattr(engine, "run", lambda *words: ran.append(1) or original(*words))

    def stop(fraction):
        if fraction >= 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="the same command goes on from there"):
        long_study.run({}, engine="numpy", progress=stop)
    left = list(machine.unfinished_folder().glob("*/*.npz"))
    assert len(left) in (1, 2)
    (left[0]).write_bytes(b"not a recording")  # one that is damaged is made anew
    before = len(ran)
    resumed = long_study.run({}, engine="numpy")
    assert len(ran) - before == 4 - len(left) + 1
    assert not list(machine.unfinished_folder().iterdir())  # nothing is left when it has ended
    ran.clear()
    fresh = long_study.run({}, engine="numpy")
    assert len(ran) == 4
    assert resumed.rows == fresh.rows
    ran.clear()
    with pytest.raises(KeyboardInterrupt):
        long_study.run({}, engine="numpy", progress=stop)
    long_study.run({}, engine="numpy", seed=2)  # another seed may differ: it takes nothing over
    assert len(ran) >= 5


def test_what_nobody_came_back_for_is_removed(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "unfinished_folder", lambda: tmp_path / "unfinished")
    old, new = (machine.unfinished_folder() / name for name in ("long_study-old", "long_study-new"))
    for folder in (old, new):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    long_study.run({"parts": 1}, engine="numpy")
    assert not old.exists()
    assert new.exists()


def test_clearing_the_cache_removes_unfinished_studies(monkeypatch, tmp_path):
    monkeypatch.setenv("EXCITABILITY_CACHE", str(tmp_path))
    (machine.unfinished_folder() / "long_study-x").mkdir(parents=True)
    engine.clear()
    assert not machine.unfinished_folder().exists()


def test_a_study_says_the_parameters_it_was_given():
    report = long_study.run({"parts": 1}, engine="numpy")
    assert report.provenance["parameters"] == {"leak": {"tau": {"value": 5.0, "unit": "ms"}}}
