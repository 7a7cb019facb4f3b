"""Three arms: what the axon model does at low magnesium, low calcium or both, and that findings follow the rows."""

import csv

import numpy as np
import pytest
from excitability.experiments import three_arms as study

from excitability import Run, load_experiment, machine

pytestmark = [pytest.mark.xdist_group("axon"), pytest.mark.long]
compiled = pytest.mark.skipif(machine.compiler() is None, reason="many seconds of an axon take a C++ compiler")


@pytest.fixture(scope="module")
def evoked(tmp_path_factory):
    """One impulse in normal ions, without a build of its own."""
    folder = tmp_path_factory.mktemp("unfinished")
    return study.evoked(
        Run({}, {}, seed=1, engine="numpy", quick=True, announce=None, progress=None, unfinished=folder)
    )


@pytest.fixture(scope="module")
def report(evoked):
    """Highest calcium at which it fires at Mg 0.25, for f_K 0.3 and 1, and a few axons with other constants."""
    ca = [0.5, 0.6, 0.65, 0.7, 1.0, 1.05, 1.2]
    changes = {"ca": ca, "mg": [0.10, 0.25, 0.55], "f_K": [0.3, 1.0], "share_leak": [0.0], "cells": 6}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "evoked", lambda run: evoked)
        return load_experiment("three_arms").run(changes)


def state(report, ca, mg, f_K, table="table"):
    (row,) = (r for r in report.tables[table].rows if (r["ca_mM"], r["mg_mM"], r["f_K"]) == (ca, mg, f_K))
    return row


@compiled
def test_low_magnesium_alone_is_silent_and_with_low_calcium_the_axon_fires(report):
    for f_K in (0.3, 1.0):
        for mg in (0.10, 0.25, 0.55):
            assert state(report, 1.2, mg, f_K)["impulses"] == 0
    holds = {finding.name: finding.holds for finding in report.findings}
    assert holds["normal"] is True
    assert holds["magnesium_alone"] is True
    assert holds["both"] is True


@compiled
@pytest.mark.parametrize(("f_K", "fires", "silent"), [(0.3, 1.0, 1.05), (1.0, 0.65, 0.7)])
def test_borders_are_those_of_an_independent_implementation(report, f_K, fires, silent):
    """At Mg 0.25 mM it fired up to 1.00 mM calcium with f_K 0.3, and up to 0.65 with 1, on a grid of 0.05."""
    at = state(report, fires, 0.25, f_K)
    assert at["state"] == "repetitive"
    assert 5 <= at["rate_hz"] <= 13  # 6 to 12 Hz there
    above = state(report, silent, 0.25, f_K)
    assert above["state"] in ("single", "quiet")
    assert above["rate_hz"] is None


@compiled
def test_the_plateau_is_not_hidden(report):
    """Impulses stay narrow, but each leads into a depolarisation that a count does not show."""
    tetany = state(report, 0.9, 0.25, 0.3, "arms")
    assert tetany["name"] == "hypomagnesaemic_tetany"
    assert tetany["width_ms"] < 0.4
    assert tetany["depolarised_ms"] > 10
    found = {finding.name: finding for finding in report.findings}
    assert found["plateau"].holds is False
    assert found["states_a_body_reaches"].holds is False
    assert "f_K 1 none" in found["states_a_body_reaches"].text
    held = state(report, 0.5, 0.10, 0.3)  # inactivated below the lower border, though above no -40 mV
    assert held["state"] == "single"
    assert -66 < held["potential_mV"] < -56


@compiled
def test_the_files_hold_what_is_agreed(report, tmp_path):
    report.save(tmp_path)
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0])[:5] == ["ca_mM", "mg_mM", "f_K", "state", "rate_hz"]
    assert len(rows) == 7 * 3 * 2
    assert all((row["rate_hz"] != "") == (row["state"] == "repetitive") for row in rows)
    names = ("figure.png", "traces.csv", "events.csv", "arms.csv", "borders.csv", "robustness.csv", "summary.json")
    for name in names:
        assert (tmp_path / name).stat().st_size > 0
    robust = report.tables["robustness"].rows
    assert [row["fire"] for row in robust if row["mg_mM"] == 0.55] == [0, 0]
    assert [row["fire"] for row in robust if row["ca_mM"] == 0.9] == [6, 0]  # at f_K 0.3 and 1


def test_an_evoked_impulse_in_normal_ions_is_short(evoked):
    """An independent implementation of the same axon gave 0.19 ms at half height."""
    width, lasting = evoked
    assert width == pytest.approx(0.19, abs=0.04)
    assert 0.5 < lasting < 3


# --- what needs no run -----------------------------------------------------------------------------------------------------


def test_width_is_that_of_a_known_impulse():
    """A triangle 2 ms wide at its foot and 100 mV high is 1 ms wide at half height; a foot outside is left out."""
    time = np.arange(0, 0.05, 5e-5)

    def triangle(at):
        return 100 * np.clip(1 - np.abs(time - at) / 1e-3, 0, None)

    potential = -80 + triangle(0.0103) + triangle(0.03)
    widths = study.half_widths(time, potential, np.array([0.0098, 0.0295]))
    assert widths == pytest.approx([1.0, 1.0], abs=1e-2)
    assert len(study.half_widths(time, potential, np.array([0.0001]))) == 0
    assert study.depolarised(time, potential, 2) == pytest.approx(1.8, abs=0.06)  # above -70 of -80 to 20 mV


def rows_of(states, f_K=0.3, share_leak=0.0):
    """Rows of a map from {(ca, mg): state}."""
    return [
        {
            "ca_mM": ca, "mg_mM": mg, "f_K": f_K, "state": word, "share_leak": share_leak,
            "rate_hz": 10.0 if word == "repetitive" else None,
            "width_ms": 0.2 if word == "repetitive" else None,
            "depolarised_ms": 1.0 if word == "repetitive" else None,
            "potential_mV": -78.0, "impulses": {"quiet": 0, "single": 1}.get(word, 10),
        }
        for (ca, mg), word in states.items()
    ]  # fmt: skip


def found_in(states, robust=(), f_K=0.3):
    rows = rows_of(states, f_K)
    arms = [
        {"arm": arm, "name": study._name(ca, mg), **row}
        for arm, ca, mg in study.ARMS
        for row in rows_of({(ca, mg): states.get((ca, mg), "quiet")}, f_K)
    ]
    borders = [
        dict(zip(study.BORDER_COLUMNS, (f_K, 0.0, mg, *study.border(rows, mg, f_K, 0.0)), strict=True))
        for mg in sorted({mg for _, mg in states})
    ]
    return {finding.name: finding for finding in study.findings(rows, arms, borders, list(robust), (0.2, 1.0))}


SILENT = {(ca, mg): "quiet" for ca in (0.6, 0.9, 1.0, 1.2) for mg in (0.1, 0.25, 0.55, 1.5)}
FIRES = {**SILENT, (0.6, 0.55): "repetitive", (0.9, 0.25): "repetitive", (1.0, 0.1): "repetitive"}


@pytest.mark.parametrize(
    ("changes", "name", "holds"),
    [
        ({}, "magnesium_alone", True),
        ({(1.2, 0.1): "repetitive"}, "magnesium_alone", False),
        ({}, "normal", True),
        ({(1.2, 0.55): "single"}, "normal", False),
        ({}, "border_at_f_K_0.3", True),
        ({(0.6, 0.55): "quiet", (1.0, 0.25): "repetitive"}, "border_at_f_K_0.3", False),
        ({}, "high_magnesium", True),
        ({(0.6, 1.5): "repetitive"}, "high_magnesium", False),
        ({}, "states_a_body_reaches", False),
        ({(0.9, 0.25): "quiet", (1.0, 0.1): "quiet"}, "states_a_body_reaches", True),
        ({}, "hypomagnesaemic_tetany", False),
        ({(0.9, 0.25): "single"}, "hypomagnesaemic_tetany", True),
        ({}, "plateau", True),
        ({}, "robust", None),
        ({}, "leak", None),
    ],
)
def test_findings_follow_the_rows(changes, name, holds):
    assert found_in({**FIRES, **changes})[name].holds is holds


def test_nothing_fires_is_said():
    found = found_in(SILENT)
    assert found["both"].holds is False
    assert found["rate"].holds is None
    assert "nothing fires" in found["states_a_body_reaches"].text


@pytest.mark.parametrize(("fire", "holds"), [(0, True), (3, False)])
def test_axons_with_other_constants_are_counted(fire, holds):
    robust = [{"ca_mM": 1.2, "mg_mM": 0.1, "f_K": 0.3, "cells": 20, "fire": fire, "share": fire / 20}]
    found = found_in(FIRES, robust)["robust"]
    assert found.holds is holds
    assert found.value == fire / 20
