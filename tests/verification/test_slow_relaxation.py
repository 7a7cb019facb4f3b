"""Magnesium inside the fibre: what is published about it, what is predicted, and findings both ways."""

import csv
from itertools import pairwise

import numpy as np
import pytest
from excitability.experiments import slow_relaxation as study

from excitability import load_experiment, machine, rows_where

pytestmark = pytest.mark.xdist_group("fibre")
compiled = pytest.mark.skipif(machine.compiler() is None, reason="seconds of muscle take a C++ compiler (none found)")


@pytest.fixture(scope="module")
def report():
    return load_experiment("slow_relaxation").run({"share_RyR": [0.5, 0, 1]}, quick=True)


@compiled
def test_less_magnesium_slows_relaxation_whatever_it_blocks(report):
    for share in (0.5, 0.0, 1.0):
        rows = [r for r in rows_where(report.rows, share_RyR=share) if r["mg_i_mM"] <= 0.56]
        for name in ("half_relaxation_ms", "tetanus_half_relaxation_ms", "ca_decay_ms", "ca_rest_uM"):
            assert all(b[name] > a[name] for a, b in pairwise(rows)), name
        assert rows[0]["twitch_ratio"] == 1


@compiled
def test_what_was_measured_in_people_changes_little(report):
    """Ryzen 1989: free magnesium to 0.8 in red cells. Less than the standard error of human twitches (6.0 ms, Macefield)."""
    for share in (0.5, 0.0, 1.0):
        normal, fallen = (rows_where(report.rows, share_RyR=share, mg_i_mM=mg)[0] for mg in (0.56, 0.45))
        assert 0 < fallen["half_relaxation_ms"] - normal["half_relaxation_ms"] < 6.0


@compiled
def test_the_unsettled_share_decides_about_force(report):
    """0 fits the frog (Jacquemond & Schneider 1992) in release, 1 the channel's block in the rat (Jona 2001)."""
    low = {share: rows_where(report.rows, share_RyR=share, mg_i_mM=0.1)[0] for share in (0.0, 0.5, 1.0)}
    assert low[0.0]["twitch_ratio"] == pytest.approx(1.0, abs=0.1)
    assert low[1.0]["twitch_ratio"] > low[0.5]["twitch_ratio"] > 1.5
    same = [row["released_uM"] for row in rows_where(report.rows, share_RyR=0.0)]
    assert same == pytest.approx([same[0]] * len(same), rel=0.03)


@compiled
def test_what_holds_and_what_is_written(report, tmp_path):
    assert {finding.name: finding.holds for finding in report.findings} == {
        "relaxation_slows": True,
        "fall_in_people": False,  # too little to be seen
        "relaxation_after_tetanus": True,
        "fuses_earlier": False,  # not where magnesium blocks no release
        "share_decides": False,
        "strength": False,  # the opposite sign
        "peak_calcium": False,
        "calcium_decay": False,
        "half_block": False,
        "no_release_at_rest": True,
        "calcium_at_rest": False,
        "sensitivity": True,
    }
    report.save(tmp_path)
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as stream:
        assert next(csv.reader(stream))[:5] == [
            "mg_i_mM", "ca_peak_uM", "ca_decay_ms", "force_fraction_10hz", "half_relaxation_ms",
        ]  # fmt: skip
    for name in ("figure.png", "traces.csv", "events.csv", "summary.json"):
        assert (tmp_path / name).stat().st_size > 0
    assert any("found no benefit" in limit for limit in report.limits)


@compiled
def test_without_its_places_magnesium_does_nothing():
    """No block, no leak, no ATP to occupy, none at troponin, and a pump that needs hardly any MgATP."""
    nothing = {"on_troponin": 0, "a_leak": 1e-9, "ATP": 1e-3, "K_pump_ATP": 1e-9, "share_RyR": 0}
    report = load_experiment("slow_relaxation").run(nothing, quick=True)
    for name in ("ca_peak_uM", "half_relaxation_ms", "force_fraction_10hz"):
        values = [row[name] for row in report.rows]
        assert values == pytest.approx([values[0]] * len(values), rel=2e-3), name
    assert {f.name: f.holds for f in report.findings}["sensitivity"] is False


# --- pure functions --------------------------------------------------------------------------------------------------------


def rows(half=(80.0, 86.0, 88.0, 100.0), fused=(0.3, 0.44, 0.5, 0.8), peak=(10.0, 9.0, 9.0, 9.0), share=0.5, **other):
    levels = (1.0, 0.56, 0.45, 0.1)
    out = []
    for mg, h, f, p in zip(levels, half, fused, peak, strict=True):
        out.append({
            "mg_i_mM": mg, "share_RyR": share, "half_relaxation_ms": h, "tetanus_half_relaxation_ms": 2 * h,
            "force_fraction_10hz": f, "ca_peak_uM": p, "ca_decay_ms": 1.0 if mg > 0.2 else 3.0, "ca_tenth_ms": 10.0,
            "released_uM": 100 / (1 + mg / 0.174), "twitch_ratio": 1.0, "force_10hz_ratio": f / fused[1],
            "tetanus_ratio": 1.0, "ca_rest_uM": 0.05, "force_rest": 0.001, **other,
        })  # fmt: skip
    return out


def judged(given):
    return {finding.name: finding.holds for finding in study.findings(given, 0.56)}


def test_findings_both_ways():
    good = judged([*rows(), *rows(share=1.0)])
    assert all(
        good[name] for name in ("relaxation_slows", "relaxation_after_tetanus", "fuses_earlier", "share_decides")
    )
    assert all(
        good[name] for name in ("peak_calcium", "calcium_decay", "half_block", "no_release_at_rest", "calcium_at_rest")
    )
    assert [good["fall_in_people"], good["strength"]] == [False, False]
    other = judged([*rows(half=(80.0, 86.0, 93.0, 85.0), fused=(0.3, 0.44, 0.4, 0.45), peak=(10.0, 9.0, 9.0, 2.0),
                          tetanus_ratio=0.9, ca_decay_ms=1.0, force_rest=0.1)])  # fmt: skip
    for name in ("relaxation_slows", "fuses_earlier", "peak_calcium", "calcium_decay", "no_release_at_rest"):
        assert other[name] is False, name
    assert [other["fall_in_people"], other["strength"]] == [True, True]
    assert [other["share_decides"], other["half_block"]] == [None, None]  # one share only


def test_a_level_that_is_missing_is_not_judged():
    found = judged([row for row in rows() if row["mg_i_mM"] == 0.56])
    for name in ("relaxation_slows", "fall_in_people", "peak_calcium", "strength", "no_release_at_rest"):
        assert found[name] is None, name


def test_half_block_is_found_from_release():
    assert study._half_block(rows()) == pytest.approx(0.174)
    assert study._half_block(rows()[:2]) is None
    assert study._half_block([{**row, "released_uM": 100.0} for row in rows()]) is None


def test_reference_and_the_lowest_are_shown():
    assert study.shown([3.0, 1.0, 0.56, 0.45, 0.1], 0.56) == [0.56, 0.45, 0.1]
    assert study.shown([0.56], 0.56) == [0.56]
    assert np.isclose(study.FALLEN_MM / 0.56, 0.8, atol=0.01)
