"""The main experiment: what people show, what an independent implementation gave, and what the contract asks."""

import csv
import json
import math
import subprocess
import sys

import numpy as np
import pytest

from excitability import Ions, Train, judge, load_experiment, machine, measures, simulate

pytestmark = pytest.mark.xdist_group("low_magnesium")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The experiment as a newcomer runs it, from the command line."""
    folder = tmp_path_factory.mktemp("low magnesium")
    words = ["--format", "png,svg,pdf"] if machine.compiler() else ["--quick"]
    command = [sys.executable, "-m", "excitability", "run", "low_magnesium", "--out", str(folder), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return folder, summary, done.stdout


def rows_of(folder, name):
    with (folder / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def of(summary, column, mg):
    return [row[column] for row in summary["table"] if row["mg_mM"] == mg]


def test_normal_magnesium_is_silent_after_a_20_hz_train(results):
    """Miller & Knight 2009: people who are not prone to cramps need 25.5 Hz."""
    assert max(of(results[1], "self_sustained_s", 0.55)) < 0.4


def test_low_magnesium_cramps_for_9_4_to_12_2_s_and_ends_by_itself(results):
    """An independent implementation of the same cell gave 9.4 to 12.2 s over 32 seeds; +-1 s for other seeds."""
    durations = of(results[1], "self_sustained_s", 0.25)
    assert 8.4 <= min(durations) <= max(durations) <= 13.2
    assert all(of(results[1], "ended", 0.25))


def test_rate_in_the_cramp_is_that_of_human_motor_units(results):
    """Minetto 2009: 14.5 +- 5.1 Hz; the independent implementation gave 17."""
    rates = of(results[1], "rate_hz", 0.25)
    assert all(9.4 <= rate <= 19.6 for rate in rates)
    assert np.mean(rates) == pytest.approx(17, abs=1)


def test_intervals_are_more_regular_than_in_people_and_the_run_says_so(results):
    """Minetto 2009: 0.446 +- 0.097. A known fault of the model, which must not be hidden."""
    finding = next(f for f in results[1]["findings"] if f["name"] == "cramp_irregularity")
    assert finding["value"] < 0.349
    assert finding["holds"] is False
    assert "Does not hold" in " ".join(results[2].split())


def test_magnesium_given_in_mid_cramp_ends_it_and_beforehand_prevents_it(results):
    """The independent implementation: to 1.5 mM within 0.25 s; to 0.55 mM within 0.4 to 1.1 s; before: no cramp."""
    rows = [row for row in results[1]["restoration"] if row["mg_mM"] == 0.25]
    end = 2.5

    def extra(given, before):
        return [r["extra_s"] for r in rows if r["mg_given_mM"] == given and (r["given_s"] < end) == before]

    assert extra(1.5, False)
    assert max(extra(1.5, False)) <= 0.25
    assert all(0.3 <= s <= 1.3 for s in extra(0.55, False))
    assert extra(1.5, True)
    assert max(extra(1.5, True)) < 0.4
    assert min(extra(None, False)) > 4


def test_rest_is_lost_between_0_16_and_0_15_mm_magnesium():
    """The independent implementation lost rest at 0.15 mM, calcium 1.2 mM."""
    from excitability import resting_state

    assert resting_state("motoneuron", ions=Ions(mg=0.16))[1] == "stable"
    assert resting_state("motoneuron", ions=Ions(mg=0.15))[1] == "none"


@pytest.mark.parametrize(("mg", "threshold"), [(0.55, 29), (0.40, 24), (0.25, 16.5)])
def test_cramp_threshold_without_noise(mg, threshold):
    """Two implementations agreed within 1-2 Hz on the lowest rate of a 2 s train that leaves 2 s of firing."""
    if machine.compiler() is None:
        pytest.skip("needs a compiler: 20 cells of 5 s take minutes without one")
    rates = np.arange(10.0, 34.0)
    trains = [Train(rate=rate) for rate in rates]
    recording = simulate(
        "motoneuron", ions=Ions(mg=[mg] * len(rates)), protocol=trains, watch=3.0, noise=False, traced=[]
    )
    after = [
        measures.self_sustained(recording.events(c), after=2.5, until=recording.duration).duration
        for c in range(len(rates))
    ]
    lowest = rates[np.flatnonzero(np.array(after) >= 2.0)[0]]
    assert lowest == pytest.approx(threshold, abs=2)


def test_a_single_volley_is_subthreshold_in_normal_ions_and_nothing_fires_without_one():
    volley, silence = Train(rate=1, duration=0.5), Train(rate=1, duration=0.5, start=3.0)
    recording = simulate(
        "motoneuron", ions=Ions(mg=[0.55, 0.55]), protocol=[volley, silence], duration=3.6, noise=False, traced=[]
    )
    assert len(recording.event_time) == 0
    noisy = simulate("motoneuron", ions=Ions(mg=[1.5, 0.55]), duration=4.0, repeats=4, traced=[])
    assert len(noisy.event_time) == 0


def test_files_and_keys_are_those_of_the_contract(results):
    folder, summary, _ = results
    for name in ("figure.png", "table.csv", "traces.csv", "events.csv", "restoration.csv", "summary.json"):
        assert (folder / name).stat().st_size > 0
    assert set(summary) >= {"experiment", "title", "question", "table", "findings", "provenance"}
    for finding in summary["findings"]:
        assert set(finding) == {"name", "text", "value", "unit", "expected", "source", "holds"}
        assert finding["holds"] in (True, False, None)
    made = summary["provenance"]
    assert set(made) >= {
        "version", "brian2", "numpy", "python", "platform", "engine", "integrator", "dt_ms", "seed", "parameters",
        "command", "wall_s", "started",
    }  # fmt: skip
    assert made["engine"] in ("cpp", "numpy")
    assert made["seed"] == 1
    assert made["parameters"]["motoneuron"]["g_CaL"] == {"value": 0.175, "unit": "mS/cm**2"}
    columns = list(rows_of(folder, "table.csv")[0])
    for column in ("ca_mM", "mg_mM", "seed", "train_spikes", "self_sustained_s", "rate_hz", "interval_cv"):
        assert column in columns
    assert list(rows_of(folder, "restoration.csv")[0]) == [
        "ca_mM",
        "mg_mM",
        "mg_given_mM",
        "given_s",
        "seed",
        "extra_s",
    ]
    assert list(rows_of(folder, "events.csv")[0]) == ["ca_mM", "mg_mM", "seed", "time_s", "event"]
    assert {"ca_mM", "mg_mM", "seed", "time_s", "V_soma_mV", "V_dendrite_mV"} == set(rows_of(folder, "traces.csv")[0])


def test_csv_and_json_hold_the_same_rows_and_nothing_that_is_not_a_number(results):
    folder, summary, _ = results
    for name in ("table", "restoration"):
        for written, row in zip(rows_of(folder, f"{name}.csv"), summary[name], strict=True):
            for column, value in row.items():
                if value is None:
                    assert written[column] == ""
                elif isinstance(value, bool):
                    assert written[column] == ("true" if value else "false")
                elif isinstance(value, str):
                    assert written[column] == value
                else:
                    assert float(written[column]) == value
                    assert math.isfinite(value)
    for file in folder.glob("*.csv"):
        text = file.read_text(encoding="utf-8").lower()
        assert "nan" not in text
        assert "inf" not in text


def test_table_follows_from_the_events(results):
    """Duration, rate and counts recomputed from events.csv alone."""
    folder, summary, _ = results
    events = rows_of(folder, "events.csv")
    for row in summary["table"]:
        own = [e for e in events if (float(e["mg_mM"]), int(e["seed"])) == (row["mg_mM"], row["seed"])]
        spikes = [float(e["time_s"]) for e in own if e["event"] == "spike"]
        assert sum(e["event"] == "stimulus" for e in own) == 40
        assert sum(0.5 < t <= 2.5 for t in spikes) == row["train_spikes"]
        last, firing = 2.5, []
        for t in (t for t in spikes if t > 2.5):
            if t - last > 0.4:
                break
            firing.append(t)
            last = t
        assert row["self_sustained_s"] == pytest.approx(last - 2.5, abs=1e-8)
        if len(firing) >= 2:
            assert row["rate_hz"] == pytest.approx((len(firing) - 1) / (firing[-1] - firing[0]), rel=1e-6)
        else:
            assert row["rate_hz"] is None


def test_treated_runs_have_their_change_of_ions_among_the_events(results):
    folder, summary, _ = results
    changes = [e for e in rows_of(folder, "restoration_events.csv") if e["event"] == "ions"]
    given = [row for row in summary["restoration"] if row["mg_given_mM"] is not None]
    assert sorted(float(e["time_s"]) for e in changes) == sorted(row["given_s"] for row in given)


def test_the_figure_shows_the_data_and_its_title_states_the_finding():
    report = load_experiment("low_magnesium").run(
        {"mg": [0.55, 0.25], "seeds": 1, "watch": 8, "given": 1.5}, engine="auto" if machine.compiler() else "numpy"
    )
    figure = report.draw()
    title = figure.get_suptitle()
    assert "0.55 mM" in title
    assert "0.25 mM" in title
    labels = {text for sub in figure.subfigs for ax in sub.axes for text in (ax.get_xlabel(), ax.get_ylabel())}
    assert {"time (s)", "mV", "fires on for (s)", "Mg at the cord (mM)"} <= labels
    panel = figure.subfigs[0].axes[1]
    soma = next(line for line in panel.lines if line.get_label() == "soma")
    low = report.tables["table"].recording
    np.testing.assert_array_equal(soma.get_ydata(), low.trace("V_soma_mV", low.where(mg_mM=0.25)[0]))
    footer = figure.get_supxlabel()
    assert "no benefit" in footer


def test_each_row_can_be_had_alone(results):
    """The row of one seed and level is the same when it is the only one: common noise, no dependence on company."""
    wanted = next(r for r in results[1]["table"] if r["mg_mM"] == 0.25 and r["seed"] == 2)
    report = load_experiment("low_magnesium").run(
        {"mg": 0.25, "seeds": 1, "given": 1.5, "watch": 20 if machine.compiler() else 16}, seed=2
    )
    row = report.rows[0]
    for column in ("train_spikes", "self_sustained_s", "rate_hz"):
        assert row[column] == pytest.approx(wanted[column], rel=1e-6)


def test_the_same_finding_breaks_when_the_mechanism_is_taken_away(results):
    """Negative control: without divalents' effect on gates, channels and block, low magnesium equals normal exactly."""
    off = {"K_shift": 1e-9, "K_Mg": 1e9, "K_NMDA": 1e9}
    recording = simulate(
        "motoneuron", ions=Ions(mg=[0.55, 0.25]), protocol=Train(rate=20), watch=1.0, parameters=off, traced=[]
    )
    normal, low = recording.events(0), recording.events(1)
    assert len(normal) == len(low)
    np.testing.assert_allclose(normal, low, atol=1e-6)
    assert judge("mg", 0.25) == "low"
