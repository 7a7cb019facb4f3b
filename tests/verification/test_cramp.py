"""The whole chain beside what is published of cramps, and what its findings say of other rows."""

import io
from dataclasses import asdict
from types import SimpleNamespace

import numpy as np
import pytest
from excitability.experiments import cramp as study
from excitability.experiments import sound
from scipy.io import wavfile

from excitability import Report, Train, load_experiment

pytestmark = pytest.mark.xdist_group("model neuromuscular_junction")
TRAIN = Train(rate=20, duration=2, start=study.START_S)


@pytest.fixture(scope="module")
def report() -> Report:
    """The short version: 5.5 s after the train."""
    return load_experiment("cramp").run({}, quick=True)


def by_condition(report: Report) -> dict[str, dict]:
    return {row["condition"]: dict(row) for row in report.rows}


def test_table_has_the_agreed_columns_and_conditions(report: Report) -> None:
    agreed = "condition ca_mM mg_mM units_firing rate_hz force_fraction self_sustained_s"
    assert list(report.tables["table"].columns)[:7] == agreed.split()
    assert [row["condition"] for row in report.rows] == [
        "normal", "low_magnesium", "low_magnesium_low_calcium", "magnesium_given",
    ]  # fmt: skip
    assert [(row["ca_mM"], row["mg_mM"]) for row in report.rows] == [(1.2, 0.55), (1.2, 0.25), (0.9, 0.25), (1.2, 0.25)]


def test_the_normal_muscle_relaxes_and_the_one_low_in_magnesium_does_not(report: Report) -> None:
    rows = by_condition(report)
    assert rows["normal"]["units_firing"] == 0
    assert rows["normal"]["force_fraction"] < 0.01
    assert rows["normal"]["train_force_fraction"] > 0.05
    assert rows["low_magnesium"]["units_firing"] >= 5
    assert rows["low_magnesium"]["force_fraction"] > 0.5 * rows["low_magnesium"]["train_force_fraction"]


def test_rates_are_those_of_human_cramps(report: Report) -> None:
    """14.5 +- 5.1 Hz; from 6.0 +- 0.8 to 25 +- 8 in single units (Minetto2009)."""
    assert 9.4 <= by_condition(report)["low_magnesium"]["rate_hz"] <= 19.6
    units = [row for row in report.tables["units"].rows if row["condition"] == "low_magnesium"]
    rates = [row["rate_hz"] for row in units if row["self_sustained_s"] > 2]
    assert 6.0 < min(rates) < max(rates) < 33.0


def test_slow_units_hold_and_the_fastest_do_not(report: Report) -> None:
    """Self-sustained firing is long in units of low threshold, and 1 to 2 s at most in those of high (LeeHeckman1998)."""
    units = [row for row in report.tables["units"].rows if row["condition"] == "low_magnesium"]
    assert all(row["self_sustained_s"] > 2 for row in units if row["kind"] == "S")
    assert all(row["self_sustained_s"] < 2 for row in units if row["kind"] == "FF")


def test_magnesium_given_ends_it(report: Report) -> None:
    rows = by_condition(report)
    assert rows["magnesium_given"]["self_sustained_s"] < 3.0 + 1.0
    assert rows["low_magnesium"]["self_sustained_s"] > 4.5
    assert rows["magnesium_given"]["end_force_fraction"] < 0.01


def test_low_magnesium_adds_nothing_downstream_of_the_motoneuron(report: Report) -> None:
    for row in report.tables["units"].rows:
        if row["condition"] in ("normal", "low_magnesium"):
            assert row["impulses"] == row["passed_on"]
            assert abs(row["passed_on"] - row["evoked"]) <= 1  # one may still be on its way
            assert row["ectopic"] == 0


def test_findings_hold_but_for_the_irregularity(report: Report) -> None:
    held = {finding.name: finding.holds for finding in report.findings}
    assert held.pop("irregularity") is False  # 0.45 +- 0.10 in people
    assert held.pop("ends_by_itself") is None  # watched too briefly
    assert set(held.values()) == {True}, held


def test_figure_names_its_axes(report: Report) -> None:
    figure = report.draw()
    labels = {ax.get_ylabel() for ax in figure.axes} | {ax.get_xlabel() for ax in figure.axes}
    assert labels >= {"motor units", "EMG (mV)", "force (%)", "time (s)"}
    assert "low magnesium" in figure.get_suptitle()


OPTIONS = SimpleNamespace(watch=17.5, given=3.0, mg_given=1.5)


def judged(report: Report, **changed: dict) -> dict[str, dict]:
    """Findings of the same rows, watched for longer, with some rows changed."""
    rows = [{**row, **changed.get(row["condition"], {})} for row in by_condition(report).values()]
    units = [dict(row) for row in report.tables["units"].rows]
    return {f.name: asdict(f) for f in study.findings(rows, units, TRAIN, OPTIONS)}


@pytest.mark.parametrize(
    ("finding", "changed"),
    [
        ("normal_relaxes", {"normal": {"units_firing": 1}}),
        ("normal_relaxes", {"normal": {"force_fraction": 0.1}}),
        ("low_magnesium_cramps", {"low_magnesium": {"units_firing": 0}}),
        ("ends_by_itself", {"low_magnesium": {"ended": False}}),
        ("magnesium_ends_it", {"magnesium_given": {"self_sustained_s": 5.4}}),
        ("low_calcium_too", {"low_magnesium": {"ectopic_hz": 5.0}}),
    ],
)
def test_findings_fail_where_the_rows_do(report: Report, finding: str, changed: dict) -> None:
    ends = {"low_magnesium": {"ended": True, "self_sustained_s": 10.0}}
    assert judged(report, **ends)[finding]["holds"] is True
    assert judged(report, **{name: ends.get(name, {}) | changed.get(name, {}) for name in (*ends, *changed)})[finding][
        "holds"
    ] is False  # fmt: skip


# ----------------------------------------------------------------------------------------------------------------- sound


def test_sound_is_16_bit_with_the_loudest_at_nine_tenths_and_no_click() -> None:
    emg = 50 * np.sin(2 * np.pi * 80 * np.arange(sound.RATE_HZ) / sound.RATE_HZ)
    stream = io.BytesIO()
    wavfile.write(stream, sound.RATE_HZ, sound.as_sound(emg, 50.0))
    rate, samples = wavfile.read(io.BytesIO(stream.getvalue()))
    assert (rate, samples.dtype, len(samples)) == (44100, np.int16, 44100)
    assert np.abs(samples).max() == pytest.approx(0.9 * 32767, rel=1e-3)
    assert samples[0] == samples[-1] == 0
    assert not sound.as_sound(np.zeros(1000), 0.0).any()


def test_what_is_heard_after_the_drive_is_measured() -> None:
    time = np.arange(round(8.0 * sound.RATE_HZ)) / sound.RATE_HZ
    tone = 50 * np.sin(2 * np.pi * 80 * time)
    short, long = (tone * ((time > 0.5) & (time < end)) for end in (2.5, 6.5))
    measured = [sound._measured(emg, short, TRAIN) for emg in (short, long)]
    assert measured[0]["sounds_s"] == 0
    assert measured[1]["sounds_s"] == pytest.approx(4.0, abs=0.3)
    assert measured[0]["median_frequency_hz"] == pytest.approx(80, abs=1)
    assert measured[0]["peak_uV"] == pytest.approx(50, rel=1e-3)
    rows = [{"mg_mM": mg, **one} for mg, one in zip((0.55, 0.25), measured, strict=True)]
    assert [f.holds for f in sound.findings(rows, TRAIN, 5.5)] == [True, True]
    assert sound.findings(rows[::-1], TRAIN, 5.5)[0].holds is False
