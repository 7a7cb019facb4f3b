"""Restoration: what stops an axon's firing, the border from both sides, and that findings follow the rows."""

import csv

import numpy as np
import pytest
from excitability.experiments import restoration as study

from excitability import InputError, load_experiment, machine

pytestmark = [pytest.mark.xdist_group("axon"), pytest.mark.long]
compiled = pytest.mark.skipif(machine.compiler() is None, reason="many seconds of an axon take a C++ compiler")


@pytest.fixture(scope="module")
def report():
    changes = {"ca_from": [0.9, 0.8], "mg_from": [0.25, 0.10], "ca_to": [1.0, 1.2], "mg_to": [0.55, 1.5]}
    changes |= {"f_K": 0.3, "border_mg": 0.25, "at": 1.0, "watch": 1.5}
    return load_experiment("restoration").run(changes)


@compiled
def test_where_nothing_returns_it_fires_on_and_where_both_return_it_stops(report):
    stops = {(r["ca_from_mM"], r["ca_to_mM"], r["mg_to_mM"]): r["stops"] for r in report.rows}
    assert stops[0.9, 0.9, 0.25] is False
    assert stops[0.8, 0.8, 0.10] is False
    assert stops[0.9, 1.2, 0.55] is True
    assert stops[0.8, 1.2, 0.55] is True
    # either ion alone; from the lower calcium normal magnesium is not enough, but 1.5 mM is
    assert stops[0.9, 1.2, 0.25] is True
    assert stops[0.9, 0.9, 0.55] is True
    assert stops[0.8, 0.8, 0.55] is False
    assert stops[0.8, 0.8, 1.5] is True
    # 1.0 mM calcium lies below the border at low magnesium
    assert stops[0.9, 1.0, 0.25] is False
    for row in report.rows:
        assert (row["after_s"] is not None) == row["stops"]
        assert (row["rate_after_hz"] is None) == row["stops"]
        assert 5 <= row["rate_before_hz"] <= 14


@compiled
def test_in_small_steps_firing_is_kept_above_where_it_started(report):
    """The map has the border at Mg 0.25 mM between 1.00 and 1.05 mM; the window is a few hundredths."""
    (row,) = report.tables["borders"].rows
    assert row["starts_slow_mM"] < row["stops_slow_mM"]
    assert 1.00 <= row["starts_abrupt_mM"] < 1.05
    assert 0.05 < row["window_mV"] < 0.5


@compiled
def test_the_files_hold_what_is_agreed(report, tmp_path):
    report.save(tmp_path)
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0])[:6] == ["ca_from_mM", "mg_from_mM", "ca_to_mM", "mg_to_mM", "stops", "after_s"]
    assert {row["stops"] for row in rows} == {"true", "false"}
    for name in ("figure.png", "traces.csv", "events.csv", "borders.csv", "summary.json"):
        assert (tmp_path / name).stat().st_size > 0


# --- what needs no run -----------------------------------------------------------------------------------------------------


def test_pairs_of_different_lengths_are_refused():
    with pytest.raises(InputError, match="pairs: 3 values of calcium and 1 of magnesium"):
        load_experiment("restoration").run({"mg_from": 0.25})


def test_ions_return_upwards_only_and_each_way():
    ends = study.returns((0.9, 0.25), [0.8, 1.2], [0.25, 0.55])
    assert ends == [(0.9, 0.25), (0.9, 0.55), (1.2, 0.25), (1.2, 0.55)]
    assert [study._kind(ends[0], end) for end in ends] == ["none", "magnesium", "calcium", "both"]


def test_borders_of_a_staircase_are_read_from_its_impulses():
    """Levels from 1.10 to 1.06 and back, 0.4 s each from 1 s on: on the way down 1.07 is from 2.2 to 2.6 s, up from 3.4."""
    ladder = [1.10, 1.09, 1.08, 1.07, 1.06]
    times = np.arange(2.3, 3.9, 0.1)  # the last at 3.8, on 1.08
    assert study.slow_borders(times, ladder) == (1.07, 1.08)
    assert study.slow_borders(np.concatenate([[1.05], times]), ladder) == (1.07, 1.08)  # a lone impulse before
    assert study.slow_borders(np.arange(2.3, 2.8, 0.1), ladder) == (None, None)


def row(returned, stops, mg_to=0.55, ca_to=1.2, after=0.0):
    start = {"ca_from_mM": 0.9, "mg_from_mM": 0.25, "f_K": 0.3}
    return {
        **start, "ca_to_mM": ca_to, "mg_to_mM": mg_to, "returned": returned, "stops": stops,
        "after_s": after if stops else None,
    }  # fmt: skip


def found_in(rows, borders=()):
    return {finding.name: finding for finding in study.findings(rows, borders)}


@pytest.mark.parametrize("stops", [True, False, None])
def test_findings_follow_the_rows(stops):
    rows = [row("none", stops), row("magnesium", stops), row("calcium", stops), row("both", stops)]
    rows.append(row("magnesium", stops, mg_to=1.5))
    found = found_in(rows)
    for name in ("return_of_magnesium", "return_of_calcium", "return_of_both", "much_magnesium"):
        assert found[name].holds is stops
    assert found["without_return"].holds is (None if stops is None else not stops)
    assert found["delay"].holds is (True if stops else None)


def test_late_stopping_is_said():
    found = found_in([row("both", True, after=0.7)])["delay"]
    assert found.holds is False
    assert found.value == 0.7


@pytest.mark.parametrize(("starts", "stops", "holds"), [(1.0, 1.04, True), (1.0, 1.0, False), (1.0, None, None)])
def test_hysteresis_follows_the_borders(starts, stops, holds):
    border = {"f_K": 0.3, "mg_mM": 0.25, "starts_abrupt_mM": None, "stops_abrupt_mM": None}
    border |= {"starts_slow_mM": starts, "stops_slow_mM": stops, "window_mV": None if stops is None else 0.2}
    found = found_in([row("both", True)], [border])
    assert found["hysteresis_slow"].holds is holds
    assert found["hysteresis_abrupt"].holds is None
    assert found["window"].holds is (None if stops is None else True)
