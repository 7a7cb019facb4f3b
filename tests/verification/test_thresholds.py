"""Cramp thresholds: what an independent implementation gave, and what the three studies must be true to."""

import csv

import numpy as np
import pytest
from excitability.experiments import cramp_threshold as thresholds
from excitability.experiments import mechanisms as split
from excitability.experiments import virtual_motoneurons as study

from excitability import Ions, assays, load_experiment, machine

pytestmark = [
    pytest.mark.long,
    pytest.mark.xdist_group("compiled"),
    pytest.mark.skipif(
        machine.compiler() is None, reason="thousands of runs take a C++ compiler (none found that works)"
    ),
]


def test_noiseless_thresholds_are_those_of_an_independent_implementation():
    """None, 39, 29, 24, 16 and 9 Hz at 1.0, 0.8, 0.55, 0.40, 0.25 and 0.10 mM; single runs flip near a border: +-2 Hz."""
    found = assays.threshold_frequency(
        "motoneuron", ions=Ions(mg=[1.0, 0.8, 0.55, 0.40, 0.25, 0.10]), rates=range(6, 48), noise=False
    )
    assert found[0].rate is None
    for threshold, expected in zip(found[1:], (39, 29, 24, 16, 9), strict=True):
        assert threshold.rate == pytest.approx(expected, abs=2)
    assert not any(threshold.without for threshold in found)


def test_half_of_the_seeds_cramp_at_the_rates_of_an_independent_implementation():
    """29.3 and 17.4 Hz at 0.55 and 0.25 mM, over 20 seeds; +-2 Hz for other seeds."""
    rates = [13.0, 15.0, 17.0, 19.0, 21.0, 26.0, 28.0, 30.0, 32.0, 34.0]
    normal, low = assays.threshold_frequency("motoneuron", ions=Ions(mg=[0.55, 0.25]), rates=rates, repeats=20)
    assert normal.rate == pytest.approx(29.3, abs=2)
    assert low.rate == pytest.approx(17.4, abs=2)
    # Miller & Knight 2009: people prone to cramps, 14.9 Hz, lie below the others, 25.5 Hz
    assert low.rate < normal.rate


@pytest.fixture(scope="module")
def mechanisms_report():
    changes = {"mg": 0.25, "ca": 0.9, "K_Ca": [5, 0.01], "rate": [12, 16, 20, 24, 28, 32], "seeds": 4}
    return load_experiment("mechanisms").run({**changes, "noiseless_rate": list(range(12, 34, 2))})


def test_without_any_mechanism_magnesium_does_exactly_nothing(mechanisms_report):
    (normal,) = (r for r in mechanisms_report.rows if r["mg_mM"] == 0.55 and r["ca_mM"] == 1.2 and r["K_Ca_mM"] == 5)
    (none,) = (r for r in mechanisms_report.rows if r["mechanisms"] == "none")
    for column in ("threshold_hz", "threshold_noiseless_hz", "firm", "gating_shift_mV", "calcium_entry"):
        assert none[column] == normal[column]
    assert none["mg_mM"] == 0.25
    holds = {finding.name: finding.holds for finding in mechanisms_report.findings}
    assert holds["negative_control"] is True
    assert holds["low_calcium"] is True  # protects at K_Ca 5 mM, promotes at 0.01 mM
    assert holds["why"] is True


def test_every_set_of_mechanisms_is_there(mechanisms_report):
    own = [
        r["mechanisms"]
        for r in mechanisms_report.rows
        if r["ca_mM"] == 1.2 and r["mg_mM"] == 0.25 and r["K_Ca_mM"] == 5
    ]
    assert sorted(own) == sorted(split.SUBSETS)
    assert set(own) >= {"none", "gating_shift", "cav_block+nmda_block", "gating_shift+cav_block+nmda_block"}


def virtual(cells, **changes):
    return load_experiment("virtual_motoneurons").run(
        {"cells": cells, "mg": [0.55, 0.25], "rate": [16, 24, 32], **changes}
    )


@pytest.fixture(scope="module")
def twelve_cells():
    return virtual(12)


def test_virtual_cells_stay_within_their_spread_and_the_same_however_many(twelve_cells, monkeypatch):
    cells = [row for row in twelve_cells.rows if row["mg_mM"] == 0.55]
    assert [row["cell"] for row in cells] == list(range(12))
    drawn = np.array([row["g_CaL_mS/cm**2"] for row in cells]) / 0.175
    assert np.abs(drawn - 1).max() <= 0.2 < 5 * np.ptp(drawn)
    half = np.array([row["V_half_hL_mV"] for row in cells]) + 30
    assert np.abs(half).max() <= 4
    # fewer cells in smaller parts: the first ones are the same, and so is all that they do
    monkeypatch.setattr(study, "AT_ONCE", 4)
    fewer = virtual(10)
    assert fewer.rows == twelve_cells.rows[: len(fewer.rows)]
    assert len({row["threshold_hz"] for row in fewer.rows}) > 1


def test_the_files_hold_what_is_promised(twelve_cells, tmp_path):
    twelve_cells.save(tmp_path)
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as stream:
        columns = next(csv.reader(stream))
    assert columns[:3] == ["cell", "mg_mM", "threshold_hz"]
    assert len([c for c in columns if c.split("_")[0] in ("g", "k", "w", "tau", "V")]) == 15
    for name in ("figure.png", "traces.csv", "events.csv", "shares.csv", "correlations.csv", "summary.json"):
        assert (tmp_path / name).stat().st_size > 0


# --- findings follow the rows, both ways -----------------------------------------------------------------------------------


def threshold_rows(rates, ion="mg_mM"):
    """Main rows along one ion with the given thresholds."""
    usual = {"ca_mM": 1.2, "mg_mM": 0.55, **thresholds.MAIN, "firm": True, "cramps_without_train": 0.0}
    return [{**usual, ion: level, "threshold_hz": rate} for level, rate in rates.items()]


@pytest.mark.parametrize(
    ("rates", "holds"),
    [
        ({0.25: 15.0, 0.55: 26.0, 1.0: None, 1.5: None}, True),
        ({0.25: 26.0, 0.55: 26.0, 1.0: None}, False),
        ({0.25: None, 0.55: 26.0}, False),
        ({0.55: 26.0}, None),
    ],
)
def test_a_threshold_falls_or_does_not(rates, holds):
    found = {f.name: f for f in thresholds.findings(threshold_rows(rates), 50.0)}
    assert found["falls_with_magnesium"].holds is holds
    assert found["high_magnesium"].holds is (None if max(rates) < 1 else True)


def test_thresholds_far_from_peoples_are_said_not_to_hold():
    found = {f.name: f for f in thresholds.findings(threshold_rows({0.25: 25.0, 0.55: 40.0}), 50.0)}
    assert found["normal_beside_people"].holds is False
    assert found["low_magnesium_beside_people"].holds is False
    assert found["normal_beside_people"].value == 40.0


def test_a_cramp_without_a_train_is_said():
    rows = [{**row, "cramps_without_train": 0.4} for row in threshold_rows({0.55: 26.0})]
    found = {f.name: f for f in thresholds.findings(rows, 50.0)}
    assert found["needs_a_train"].holds is False


def test_a_negative_control_that_differs_is_said():
    row = {
        "ca_mM": 1.2, "mg_mM": 0.55, "mechanisms": split.ALL, "K_Ca_mM": 5.0, "threshold_hz": 30.0,
        "threshold_noiseless_hz": 29.0, "firm": True, "cramps_without_train": 0.0, "calcium_entry": 1.0,
    }  # fmt: skip
    rows = [row, {**row, "mg_mM": 0.25, "mechanisms": "none", "threshold_hz": 29.9}]
    found = {f.name: f for f in split.findings(rows, 0.25, (5.0,), 50.0)}
    assert found["negative_control"].holds is False


def test_shares_of_virtual_cells_are_counted():
    normal = np.array([20.0, 30.0, np.nan, np.nan, 16.0] * 4)
    low = np.array([16.0, 30.0, 20.0, np.nan, 20.0] * 4)
    kinds = study.compare(normal, low)
    assert [kinds[name].sum() for name in ("lowered", "unchanged", "raised")] == [8, 8, 4]
    thresholds_of = {0.55: normal, 0.25: low}
    found = {f.name: f for f in study.findings(thresholds_of, np.zeros((20, 2), bool), [], [16.0, 20.0, 30.0], 1)}
    assert found["at_0.25_mM"].value == pytest.approx(0.4)
    assert found["at_0.25_mM"].holds is False
    assert found["fall_at_0.25_mM"].value == pytest.approx(0.0)  # 4, 0 and -4 Hz
    assert found["fall_at_0.25_mM"].holds is False


def test_rank_correlations_find_what_decides():
    from scipy.stats import spearmanr

    generator = np.random.default_rng(1)
    constant, other = generator.uniform(size=(2, 200))
    threshold = np.round(20 + 20 * constant)
    rows = study.correlations(
        {"g": constant, "w": other}, {0.55: threshold, 0.25: threshold - 5 - 3 * (other > 0.5)}, 1
    )
    found = {(row["of"], row["parameter"]): row for row in rows}
    for key, a, b in (("threshold_normal", constant, threshold), ("fall", other, 3.0 * (other > 0.5))):
        row = found[key, "g" if a is constant else "w"]
        assert row["rank_correlation"] == pytest.approx(spearmanr(a, b).statistic)
        assert row["low"] < row["rank_correlation"] < row["high"]
        assert row["low"] > 0.5
    assert found["threshold_normal", "w"]["low"] < 0.1
