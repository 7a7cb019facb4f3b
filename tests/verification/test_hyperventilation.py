"""Hyperventilation: ions from pH as published, excitability that follows them, and findings both ways."""

import csv
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from excitability.experiments import hyperventilation as study

from excitability import load_experiment, machine

pytestmark = [pytest.mark.xdist_group("axon"), pytest.mark.long]
compiled = pytest.mark.skipif(machine.compiler() is None, reason="thousands of runs take a C++ compiler (none found)")


@pytest.fixture(scope="module")
def report():
    return load_experiment("hyperventilation").run({"f_K": [0.3, 1.0]})


@compiled
def test_excitability_rises_with_every_step_of_ph_and_comes_back(report):
    rows = report.rows
    assert [rows[0][c] for c in study.COLUMNS[:6]] == [0, 7.4, 1.2, 0.55, 1, 0]
    top = max(range(len(rows)), key=lambda k: rows[k]["ph"])
    assert (rows[top]["time_s"], rows[top]["ph"]) == (300, 7.6)
    for name in ("rheobase_ratio", "threshold_1ms_ratio", "abrupt_rheobase_ratio"):
        course = [row[name] for row in rows]
        assert all(b < a for a, b in pairwise(course[: top + 1])), name
        assert all(b > a for a, b in pairwise(course[top:])), name
        assert course[-1] == pytest.approx(1)
    assert (rows[-1]["time_s"], rows[-1]["ph"]) == (900, 7.4)
    # sodium that gathers works the pump: an axon that has adapted is the less excitable
    assert all(row["abrupt_rheobase_ratio"] <= row["rheobase_ratio"] for row in rows)
    # potassium gates that follow the shift all the way undo part of it
    (other,) = (r for r in report.tables["other_f_K"].rows if r["ph"] == 7.6)
    assert rows[top]["rheobase_ratio"] < other["rheobase_ratio"] < 1


@compiled
def test_without_a_change_of_ions_nothing_changes(report):
    unchanged = report.tables["unchanged_ions"].rows
    assert [row["ph"] for row in unchanged] == [row["ph"] for row in report.rows]
    assert {(row["ca_mM"], row["mg_mM"], row["rheobase_ratio"], row["rate_hz"]) for row in unchanged} == {
        (1.2, 0.55, 1.0, 0.0)
    }


@compiled
def test_what_holds_and_what_is_written(report, tmp_path):
    assert {finding.name: finding.holds for finding in report.findings} == {
        "excitability_rises": True,
        "comes_back": True,
        "calcium_at_the_peak": True,
        "ectopic_impulses": False,  # it stays silent, whatever people feel
        "beyond_the_peak": False,
        "unchanged_ions": False,
    }
    report.save(tmp_path)
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as stream:
        assert next(csv.reader(stream))[:6] == ["time_s", "ph", "ca_mM", "mg_mM", "rheobase_ratio", "rate_hz"]
    files = (
        "figure.png",
        "traces.csv",
        "events.csv",
        "unchanged_ions.csv",
        "other_f_K.csv",
        "by_ph.csv",
        "summary.json",
    )
    for name in files:
        assert (tmp_path / name).stat().st_size > 0


def test_an_axon_that_fires_is_given_no_current(monkeypatch):
    """Thresholds are measured only where it is silent, and those out of reach do not exist."""
    asked = []

    def spontaneous(model, *, ions, **keywords):
        return SimpleNamespace(
            state=np.array(["repetitive" if ca < 1 else "blocked" if ca < 1.1 else "quiet" for ca, _ in ions]),
            rate=np.array([9.0 if ca < 1 else 0.0 for ca, _ in ions]),
        )

    def thresholds(model, stimuli, *, ions, **keywords):
        asked.append(list(ions))
        return np.array([[0.04 * ca if ca < 1.3 else np.nan for _ in stimuli] for ca, _ in ions])

    monkeypatch.setattr(study.assays, "spontaneous_activity", spontaneous)
    monkeypatch.setattr(study.assays, "thresholds", thresholds)
    run = SimpleNamespace(announce=lambda text: None, simulate=None)
    known = study._measured(run, [(1.2, 0.55, 0.3), (0.9, 0.55, 0.3), (1.05, 0.55, 0.3), (1.4, 0.55, 0.3)])
    assert asked == [[(1.2, 0.55), (1.4, 0.55)]] * 2
    assert known[1.2, 0.55, 0.3]["rheobase_nA"] == pytest.approx(0.048)
    assert (known[0.9, 0.55, 0.3]["rate_hz"], known[0.9, 0.55, 0.3]["rheobase_nA"]) == (9.0, None)
    assert (known[1.05, 0.55, 0.3]["state"], known[1.05, 0.55, 0.3]["rheobase_nA"]) == ("blocked", None)
    assert known[1.4, 0.55, 0.3]["abrupt_rheobase_nA"] is None


# --- pure functions --------------------------------------------------------------------------------------------------------


def test_ions_follow_ph_as_measured_in_blood():
    """Wang 2002: -0.36 mM calcium and -0.12 mM magnesium per unit of pH; never below nothing."""
    options = SimpleNamespace(slope_ca=-0.36, slope_mg=-0.12)
    assert study._ions(7.6, options) == {"ph": 7.6, "ca_mM": pytest.approx(1.128), "mg_mM": pytest.approx(0.526)}
    assert study._ions(7.8, SimpleNamespace(slope_ca=-0.36, slope_mg=-2.0))["mg_mM"] == 0


def test_the_course_goes_up_and_back_in_twice_the_time():
    course = study._course(7.6, 5.0)
    assert (course[0], course[10], course[-1]) == ((0.0, 7.4), (300.0, 7.6), (900.0, 7.4))
    assert [t for t, _ in course] == sorted({t for t, _ in course})
    assert max(ph for _, ph in course) == 7.6


def tables(ratios, *, abrupt=None, rates=None, back=1.0, ca=1.128):
    """Tables with the given ratios on the way up, and then back."""
    course = [*ratios, back]
    rates = [*(rates or [0.0] * len(ratios)), 0.0]
    steps = len(ratios) - 1
    rows = [
        {
            "time_s": 60.0 * k, "ph": 7.4 + 0.2 * (k / steps if k <= steps else 0), "ca_mM": ca if k == steps else 1.2,
            "mg_mM": 0.55, "f_K": 0.3, "rheobase_ratio": ratio, "abrupt_rheobase_ratio": other, "rate_hz": rate,
        }
        for k, (ratio, other, rate) in enumerate(zip(course, [*(abrupt or ratios), back], rates, strict=True))
    ]  # fmt: skip
    return {"table": rows}


def judged(given, slope=-0.36):
    return {finding.name: finding for finding in study.findings(given, slope)}


@pytest.mark.parametrize(
    ("ratios", "abrupt", "holds"),
    [
        ([1.0, 0.9, 0.8], [1.0, 0.85, 0.75], True),
        ([1.0, 0.9, None], [1.0, 0.9, None], True),
        ([1.0, 0.9, 0.9], None, False),
        ([1.0, 1.1, 0.8], None, False),
        ([1.0, 0.9, 0.8], [1.0, 0.7, 0.75], False),
        ([1.0, None, 0.8], None, False),
    ],
)
def test_excitability_rises_or_does_not(ratios, abrupt, holds):
    assert judged(tables(ratios, abrupt=abrupt))["excitability_rises"].holds is holds


def test_excitability_must_rise_at_every_f_k():
    given = tables([1.0, 0.9, 0.8])
    for values, holds in (([1.0, 0.95, 0.9], True), ([1.0, 1.02, 0.9], False)):
        given["other_f_K"] = [{**row, "f_K": 1.0} for row in tables(values)["table"]]
        assert judged(given)["excitability_rises"].holds is holds


def test_the_rest_of_the_findings_both_ways():
    silent, loud = judged(tables([1.0, 0.8])), judged(tables([1.0, None], rates=[0.0, 9.0], back=0.9, ca=1.0))
    names = ("comes_back", "calcium_at_the_peak", "ectopic_impulses")
    assert [silent[name].holds for name in names] == [True, True, False]
    assert [loud[name].holds for name in names] == [False, False, True]
    assert loud["ectopic_impulses"].value == 9.0
    assert silent["beyond_the_peak"].holds is None
    ladder = [{"ph": ph, "rate_hz": rate, "ca_mM": 1.1} for ph, rate in ((7.7, 0.0), (7.75, 8.0), (7.8, 9.0))]
    found = judged({**tables([1.0, 0.8]), "by_ph": ladder})["beyond_the_peak"]
    assert (found.holds, found.value) == (True, 7.75)
    assert judged({**tables([1.0, 0.8]), "by_ph": ladder[:1]})["beyond_the_peak"].holds is False


def test_a_ph_that_stays_is_not_judged():
    still = tables([1.0, 0.8])
    still["table"] = [{**row, "ph": 7.4} for row in still["table"]]
    assert judged(still)["excitability_rises"].holds is None
