"""Does the muscle fibre twitch, fuse and hold its force as human motor units do?

One impulse of the nerve, trains of a second at several rates, and two or more impulses at short intervals, for the slow fibre
of the model and for a fast one. Some of what is compared was used to calibrate the fibre; each finding says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

from excitability import (
    Finding,
    Impulses,
    Option,
    Report,
    Run,
    Table,
    Train,
    experiment,
    figures,
    load_model,
    measures,
    motor_pool,
    rows_where,
    run_as_script,
)
from excitability.study import Findings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from excitability import Protocol, Recording

MODEL = "muscle_fibre"
FAST = {name: parameter.value for name, parameter in motor_pool.FAST_FIBRE.items()}
SINGLE_HZ, TETANUS_HZ = 1.0, 50.0
START_S, TRAIN_S, AFTER_S = 0.01, 1.0, 0.6
SAMPLE_MS = 0.25
RELEASE_MS = 20.0
SHORT_MS, BRIEF = 10.0, 6  # the short train: so many impulses at that interval
FUSES = 0.95  # where force no longer falls by this share between two impulses, twitches begin to fuse
COLUMNS = (
    "rate_hz",
    "force_fraction",
    "ripple",
    "time_to_peak_ms",
    "half_relaxation_ms",
    "fibre",
    "impulses",
    "force_end_fraction",
    "ca_peak_uM",
    "ca_mean_uM",
    "ca_half_width_ms",
    "released_uM",
    "K_t_mM",
    "tetanus_half_relaxation_ms",
)
FEW_COLUMNS = ("interval_ms", "given", "force_fraction", "over_twitch", "fibre", "impulses")
STEP_COLUMNS = ("dt_ms", "sample_ms", "rate_hz", "force_fraction", "time_to_peak_ms", "half_relaxation_ms", "fibre")
Rows = list[dict[str, Any]]
Tables = Mapping[str, Rows]


@experiment(
    title="Twitch, tetanus and fusion of a slow and a fast muscle fibre, beside human motor units",
    question="Does the muscle fibre twitch, fuse and hold its force as human motor units do?",
    models=[MODEL],
    options={
        "rate": Option(
            (1.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0, 50.0, 80.0, 100.0),
            "Hz",
            1,
            100,
            "rates of the trains, which last a second (1: a single impulse); 1 and 50 are always run",
        ),
        "interval": Option((5.0, 10.0, 15.0, 20.0, 30.0), "ms", 2, 200, "intervals of two impulses"),
        "fast": Option(1, "1", 0, 1, "1: the fast fibre too"),
    },
    quick={"rate": (1.0, 5.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0, 50.0), "interval": (5.0, 10.0, 15.0)},
    sources=[
        "Macefield1996", "Thomas1990", "Thomas1991", "Thomas1999", "BaylorHollingworth2003", "Vandervoort1983", "Sale1982",
        "AndreassenArendtNielsen1987", "Shorten2007",
    ],
)  # fmt: skip
def twitch_and_tetanus(run: Run) -> Report:
    """Force, calcium and potassium in every fibre and at every rate, all at once."""
    o = run.options
    fibres = {"slow": {name: run.value(MODEL, name) for name in FAST}} | ({"fast": FAST} if o.fast else {})
    rates = sorted({SINGLE_HZ, TETANUS_HZ, *o.rate})
    few = [(2, interval) for interval in sorted(o.interval)] + [(BRIEF, SHORT_MS)]
    protocols: list[Protocol] = [train(rate) for rate in rates]
    protocols += [Impulses([START_S + 1e-3 * interval * k for k in range(n)]) for n, interval in few]
    recording = _run(run, fibres, protocols, SAMPLE_MS)

    tables: dict[str, Rows] = {"table": [], "few_impulses": []}
    places: dict[tuple[str, float], int] = {}
    for k, (fibre, values) in enumerate(fibres.items()):
        cells = range(k * len(protocols), (k + 1) * len(protocols))
        tetanus = force(recording, cells[rates.index(TETANUS_HZ)]).max()
        single = force(recording, cells[0]).max()
        for rate, cell in zip(rates, cells, strict=False):
            tables["table"].append(row(recording, cell, rate, tetanus) | {"fibre": fibre})
            tables["table"][-1]["released_uM"] = released(recording, cell, values) if rate == SINGLE_HZ else None
            places[fibre, rate] = cell
        for (n, interval), cell in zip(few, cells[len(rates) :], strict=True):
            height = float(force(recording, cell).max())
            tables["few_impulses"].append(
                {
                    "interval_ms": interval,
                    "given": n,
                    "force_fraction": ratio(height, tetanus),
                    "over_twitch": ratio(height, single),
                    "fibre": fibre,
                    "impulses": len(recording.events(cell)),
                }
            )
    if not run.quick:
        tables["time_step"] = steps(run, fibres, recording, places)
    shown = [places[fibre, rate] for fibre in fibres for rate in (SINGLE_HZ, *middle(rates), TETANUS_HZ)]
    identify = [
        {"rate_hz": rate, "fibre": fibre} for fibre in fibres for rate in (SINGLE_HZ, *middle(rates), TETANUS_HZ)
    ]
    kept = {name: [{c: r[c] for c in columns(name)} for r in rows] for name, rows in tables.items()}
    example = recording.subset(shown)
    return Report(
        tables={
            name: Table(rows, columns(name), *((example, identify) if name == "table" else ()))
            for name, rows in kept.items()
        },
        findings=findings(kept),
        draw=lambda: draw(kept, example, identify),
        limits=[
            "Calibrated, so no evidence: time to peak, half relaxation, the rate of half the force, twitch over tetanus, "
            "peak and width of the calcium transient, calcium in the tetanus, and force over pCa. The rest is prediction: "
            "two impulses at short intervals, fusion, calcium released, potassium in the tubules, relaxation after the "
            "tetanus.",
            "The calcium transient is too narrow: calcium does not have to diffuse in this fibre. Its width and peak were "
            "measured in mice at 16 degrees.",
            "Rates of the gates are those of 20 degrees: a second impulse within some 5 ms is too small to release calcium, "
            "and above 80 Hz impulses shrink within the second. People's muscle does better.",
            "One fibre stands for a motor unit of toe or thumb. Calf muscles are slower, and their twitch is not this one.",
            "Force that follows a tetanus by potentiation (light chains of myosin are phosphorylated) is not in it, nor is "
            "fatigue.",
            f"This is no advice. {figures.NO_BENEFIT}",
        ],
    )


def columns(table: str) -> tuple[str, ...]:
    """Columns of a table."""
    return {"table": COLUMNS, "few_impulses": FEW_COLUMNS, "time_step": STEP_COLUMNS}[table]


def train(rate: float) -> Protocol:
    """A second at a rate; a single impulse at 1 Hz."""
    return Impulses([START_S]) if rate == SINGLE_HZ else Train(rate=rate, duration=TRAIN_S, start=START_S)


def middle(rates: Sequence[float]) -> list[float]:
    """The rate nearest to 10 Hz, if there is one between twitch and tetanus: for show."""
    between = [rate for rate in rates if SINGLE_HZ < rate < TETANUS_HZ]
    return [min(between, key=lambda rate: abs(rate - 10))] if between else []


def _run(
    run: Run,
    fibres: Mapping[str, Mapping[str, float]],
    protocols: Sequence[Protocol],
    sample: float,
    dt: float | None = None,
) -> Recording:
    """Every fibre with every protocol, in that order."""
    model = load_model(MODEL)
    model = replace(model, traces={**model.traces, "q": "1", "z": "1", "Ca_SR": "uM"})  # what release is made of
    return run.simulate(
        model,
        protocol=[*protocols] * len(fibres),
        parameters={name: [v[name] for v in fibres.values() for _ in protocols] for name in FAST},
        duration=START_S + TRAIN_S + AFTER_S,
        sample=sample,
        noise=False,
        dt=dt,
    )


# --------------------------------------------------------------------------------------------------------------- measures


def ratio(a: float | None, b: float | None) -> float | None:
    """One over the other, None where there is none."""
    return None if a is None or not b else float(a / b)


def force(recording: Recording, cell: int) -> Any:
    """Force over its rest."""
    trace = recording.trace("force_1", cell)
    return trace - trace[0]


def row(recording: Recording, cell: int, rate: float, tetanus: float, every: int = 1) -> dict[str, Any]:
    """What a train or a single impulse brings about, from every so-many-th sample."""
    t, f = 1e3 * recording.trace_time[::every], force(recording, cell)[::every]
    ca = recording.trace("Ca_i_uM", cell)[::every]
    given = 1e3 * recording.stimuli[cell]
    single = rate == SINGLE_HZ
    twitch = measures.twitch(t, f, at=given[0])
    transient = measures.twitch(t, ca, at=given[0])
    late = (t >= given[len(given) // 2]) & (t < 1e3 * (START_S + TRAIN_S))  # whole intervals
    return {
        "rate_hz": rate,
        "force_fraction": ratio(float(f.max()), tetanus),
        "ripple": None if single else measures.ripple(t, f, start=given[-2], stop=given[-1]),
        "time_to_peak_ms": twitch.time_to_peak if single else None,
        "half_relaxation_ms": twitch.half_relaxation if single else None,
        "impulses": len(recording.events(cell)),
        "force_end_fraction": None if single else ratio(float(np.interp(given[-1], t, f)), tetanus),
        "ca_peak_uM": float(ca.max()),
        "ca_mean_uM": None if single else float(ca[late].mean()),
        "ca_half_width_ms": transient.half_width if single else None,
        "K_t_mM": float(recording.trace("K_t_mM", cell).max()),
        "tetanus_half_relaxation_ms": measures.relaxation(t, f, after=given[-1]) if rate == TETANUS_HZ else None,
    }


def released(recording: Recording, cell: int, values: Mapping[str, float]) -> float:
    """Calcium that leaves the reticulum in the first 20 ms, per volume of the myoplasm, in the model's own magnesium."""
    t = 1e3 * (recording.trace_time - recording.stimuli[cell][0])
    q, z, store, ca = (recording.trace(name, cell) for name in ("q_1", "z_1", "Ca_SR_uM", "Ca_i_uM"))
    flux = values["P_release"] * q**4 * z * (store - ca)  # J_release of the model, uM/ms
    within = (t >= 0) & (t <= RELEASE_MS)
    return float(np.trapezoid(flux[within], t[within]))


def steps(
    run: Run, fibres: Mapping[str, Mapping[str, float]], recording: Recording, places: Mapping[tuple[str, float], int]
) -> Rows:
    """Twitch, a middle rate and tetanus at the model's time step and at half of it, and with traces sampled less often."""
    run.announce("the same with half the time step")
    rates = [SINGLE_HZ, *middle([rate for _, rate in places]), TETANUS_HZ]
    dt = load_model(MODEL).dt
    finer = _run(run, fibres, [train(rate) for rate in rates], 2 * SAMPLE_MS, dt / 2)
    there = {(fibre, rate): k for k, (fibre, rate) in enumerate((f, r) for f in fibres for r in rates)}
    rows = []
    for made, where, step, sample, every in (
        (recording, places, dt, SAMPLE_MS, 1),
        (recording, places, dt, 2 * SAMPLE_MS, 2),
        (recording, places, dt, 4 * SAMPLE_MS, 4),
        (finer, there, dt / 2, 2 * SAMPLE_MS, 1),
    ):
        for fibre in fibres:
            tetanus = force(made, where[fibre, TETANUS_HZ])[::every].max()
            for rate in rates:
                own = row(made, where[fibre, rate], rate, tetanus, every)
                rows.append({**own, "dt_ms": step, "sample_ms": sample, "fibre": fibre})
    return rows


def half_maximum(rows: Rows) -> float | None:
    """Rate of half the force of the 50 Hz train, between rates of the table in logarithmic steps."""
    return _crossing(rows, "force_fraction", 0.5)


def _crossing(rows: Rows, name: str, level: float) -> float | None:
    """Rate at which a column first passes through a level on its way from the slowest train upwards."""
    known = [(r["rate_hz"], r[name]) for r in rows if r[name] is not None]
    for (a, u), (b, v) in pairwise(known):
        if min(u, v) <= level <= max(u, v) and u != v:
            return float(np.exp(np.log(a) + (level - u) / (v - u) * (np.log(b) - np.log(a))))
    return None


# --------------------------------------------------------------------------------------------------------------- findings


def findings(tables: Tables) -> list[Finding]:
    """What the rows show, beside what is published."""
    found = Findings()
    fibres = {fibre: rows_where(tables["table"], fibre=fibre) for fibre in ("slow", "fast")}
    fibres = {fibre: rows for fibre, rows in fibres.items() if rows}
    twitches = {fibre: rows_where(rows, rate_hz=SINGLE_HZ)[0] for fibre, rows in fibres.items()}
    tetani = {fibre: rows_where(rows, rate_hz=TETANUS_HZ)[0] for fibre, rows in fibres.items()}
    few = {fibre: rows_where(tables["few_impulses"], fibre=fibre) for fibre in fibres}
    _about_the_twitch(found, twitches)
    _about_trains(found, fibres, tetani)
    _about_few_impulses(found, few)
    _about_calcium(found, twitches, tetani)
    _about_numbers(found, tables.get("time_step", []))
    return found


def _listed(values: Mapping[str, float | None], unit: str, digits: int = 0) -> str:
    said = [f"{'none' if v is None else f'{v:.{digits}f} {unit}'.strip()} in the {k} fibre" for k, v in values.items()]
    return " and ".join(said)


def _within(value: float | None, low: float, high: float) -> bool:
    return value is not None and low <= value <= high


def _about_the_twitch(found: Findings, twitches: Mapping[str, dict[str, Any]]) -> None:
    ttp = {fibre: row["time_to_peak_ms"] for fibre, row in twitches.items()}
    hrt = {fibre: row["half_relaxation_ms"] for fibre, row in twitches.items()}
    share = {fibre: row["force_fraction"] for fibre, row in twitches.items()}
    found.add(
        "time_to_peak", "ms", "74.8 ms within two standard errors (3.9), toe extensors; calibrated on it", "Macefield1996",
        (f"The twitch peaks after {_listed(ttp, 'ms', 1)}.", ttp["slow"], _within(ttp["slow"], 67.0, 82.6)),
    )  # fmt: skip
    found.add(
        "half_relaxation", "ms", "78.6 ms within two standard errors (6.0), toe extensors; calibrated on it",
        "Macefield1996",
        (f"Half of it is gone after another {_listed(hrt, 'ms', 1)}.", hrt["slow"], _within(hrt["slow"], 66.6, 90.6)),
    )  # fmt: skip
    found.add(
        "thenar_twitch", "ms", "time to peak 35 to 80 and half relaxation 25 to 108 ms, thumb; both fibres", "Thomas1990",
        (
            f"Times to peak are {_listed(ttp, 'ms')}, half relaxation {_listed(hrt, 'ms')}.",
            ttp["slow"],
            all(_within(ttp[f], 35, 80) and _within(hrt[f], 25, 108) for f in twitches),
        ),
    )  # fmt: skip
    found.add(
        "tibialis_twitch", "ms", "rise 47 to 80 and half relaxation 40 to 78 ms, tibialis anterior; the slow fibre",
        "AndreassenArendtNielsen1987",
        (
            f"In the slow fibre these are {ttp['slow']:.0f} and {hrt['slow']:.0f} ms."
            if None not in (ttp["slow"], hrt["slow"])
            else "There is no twitch.",
            hrt["slow"],
            _within(ttp["slow"], 47, 80) and _within(hrt["slow"], 40, 78),
        ),
    )  # fmt: skip
    found.add(
        "calf_twitch", "ms", "soleus 156.5 +- 14.7 ms to the peak (gastrocnemius 114 and 100); the model is no calf",
        "Vandervoort1983",
        (
            f"The twitch peaks after {_listed(ttp, 'ms')}; the soleus is slower.",
            ttp["slow"],
            _within(ttp["slow"], 127.1, 185.9),
        ),
    )  # fmt: skip
    found.add(
        "triceps_surae", "ms", "112.4 +- 11.1 ms to the peak, triceps surae", "Sale1982",
        (
            f"The twitch peaks after {_listed(ttp, 'ms')}; the calf as a whole is slower too.",
            ttp["slow"],
            _within(ttp["slow"], 90.2, 134.6),
        ),
    )  # fmt: skip
    found.add(
        "twitch_over_tetanus", "1", "0.14 (0.10 to 0.17), thumb: 48 +- 13 % of tetanus in two impulses, 3.5 twitches",
        "Thomas1999",
        (
            f"Of the tetanus the twitch is {_listed(share, '', 2)} (0.18 and 0.2 were aimed at in calibrating).",
            share["slow"],
            all(_within(value, 0.10, 0.17) for value in share.values()),
        ),
    )  # fmt: skip


def _about_trains(found: Findings, fibres: Mapping[str, Rows], tetani: Mapping[str, dict[str, Any]]) -> None:
    half = {fibre: half_maximum(rows) for fibre, rows in fibres.items()}
    said = f"Half of the force is there at {_listed(half, 'Hz', 1)}."
    found.add(
        "half_maximum", "Hz", "9.6 Hz within two standard errors (0.6), toe extensors; 10.5 was aimed at, between this and "
        "the thumb's 12", "Macefield1996",
        (said, half["slow"], _within(half["slow"], 8.4, 10.8)) if half["slow"] else None,
        "no train is slow and none fast enough",
    )  # fmt: skip
    found.add(
        "half_maximum_thenar", "Hz", "12 Hz, within two standard deviations (4), thumb; both fibres", "Thomas1991",
        (said, half["slow"], all(_within(value, 4, 20) for value in half.values())) if all(half.values()) else None,
        "no train is slow and none fast enough",
    )  # fmt: skip
    fuses = {fibre: _crossing(rows, "ripple", FUSES) for fibre, rows in fibres.items()}
    found.add(
        "fusion_begins", "Hz", "twitches begin to fuse at 5 to 8 Hz, thumb; both fibres. A prediction", "Thomas1991",
        (
            f"Force no longer falls back by {FUSES:.0%} from {_listed(fuses, 'Hz', 1)} on.",
            fuses["slow"],
            all(_within(value, 5, 8) for value in fuses.values()),
        )
        if all(fuses.values())
        else None,
        "no train is slow enough",
    )  # fmt: skip
    fused = {fibre: _crossing(rows, "ripple", 0.05) for fibre, rows in fibres.items()}
    found.add(
        "fused", "Hz", "the triceps surae needs 60 Hz; no number for toe or thumb", "Sale1982",
        (
            f"Force ripples by less than 5 % from {_listed(fused, 'Hz')} on.",
            fused["slow"],
            all(_within(value, 40, 80) for value in fused.values()),
        )
        if all(fused.values())
        else None,
        "no train is fast enough",
    )  # fmt: skip
    greatest = {fibre: max(row["force_fraction"] or 0.0 for row in rows) for fibre, rows in fibres.items()}
    there = {
        fibre: next((r["rate_hz"] for r in rows if (r["force_fraction"] or 0) >= 0.95 * greatest[fibre] > 0), None)
        for fibre, rows in fibres.items()
    }
    found.add(
        "maximum", "Hz", "greatest force at 30 to 100 Hz, thumb; a prediction", "Thomas1991",
        (
            f"95 % of the greatest force of all trains is reached at {_listed(there, 'Hz')}.",
            there["slow"],
            all(_within(value, 30, 100) for value in there.values()),
        ),
    )  # fmt: skip
    fired = {fibre: row["impulses"] for fibre, row in tetani.items()}
    found.add(
        "one_to_one", "1", "an impulse of the fibre for each of 50 of the nerve in a second", "model",
        (f"Of 50 impulses at 50 Hz the fibres follow {_listed(fired, '')}.", fired["slow"], set(fired.values()) == {50}),
    )  # fmt: skip
    gathered = {fibre: row["K_t_mM"] for fibre, row in tetani.items()}
    found.add(
        "tubular_potassium", "mM", "8 to 15 mM after a second at 50 Hz, as in models of this family; a prediction", "model",
        (
            f"Potassium in the tubules rises to {_listed(gathered, 'mM', 1)}.",
            gathered["slow"],
            all(_within(value, 8, 15) for value in gathered.values()),
        ),
    )  # fmt: skip
    after = {fibre: row["tetanus_half_relaxation_ms"] for fibre, row in tetani.items()}
    alone = {fibre: rows_where(rows, rate_hz=SINGLE_HZ)[0]["half_relaxation_ms"] for fibre, rows in fibres.items()}
    found.add(
        "relaxation_after_tetanus", "ms", "slower than after a twitch; no human number was found. A prediction", "model",
        (
            f"Half of the force is gone {_listed(after, 'ms')} after the last impulse of the tetanus.",
            after["slow"],
            all(after[f] > alone[f] for f in fibres),
        )
        if all(after.values()) and all(alone.values())
        else None,
        "force does not relax in time",
    )  # fmt: skip
    fastest = {fibre: rows[-1] for fibre, rows in fibres.items()}
    left = {fibre: ratio(row["force_end_fraction"], row["force_fraction"]) for fibre, row in fastest.items()}
    beyond = fastest["slow"]["rate_hz"] > TETANUS_HZ
    found.add(
        "force_lasts", "1", "a second of the fastest train holds 90 % of its greatest force", "assumption",
        (
            f"Of its greatest force, a second at {fastest['slow']['rate_hz']:g} Hz leaves {_listed(left, '', 2)} at its end; "
            f"potassium in the tubules has reached {fastest['slow']['K_t_mM']:.1f} mM.",
            left["slow"],
            all(value is not None and value >= 0.9 for value in left.values()),
        )
        if beyond
        else None,
        f"no train faster than {TETANUS_HZ:g} Hz",
    )  # fmt: skip


def _about_few_impulses(found: Findings, few: Mapping[str, Rows]) -> None:
    pairs = {fibre: [r for r in rows if r["given"] == 2 and r["interval_ms"] <= 15] for fibre, rows in few.items()}
    best = {fibre: max(rows, key=lambda r: r["force_fraction"] or 0.0) for fibre, rows in pairs.items() if rows}
    shares = {fibre: row["force_fraction"] for fibre, row in best.items()}
    times = {fibre: row["over_twitch"] for fibre, row in best.items()}
    why = "no interval of 15 ms or less"
    found.add(
        "two_impulses", "1", "the best two impulses, 5 to 15 ms apart, give 48 +- 13 % of the tetanus; a prediction",
        "Thomas1999",
        (
            f"Of the tetanus, two impulses up to 15 ms apart give {_listed(shares, '', 2)}.",
            shares["slow"],
            all(_within(value, 0.35, 0.61) for value in shares.values()),
        )
        if best
        else None,
        why,
    )  # fmt: skip
    found.add(
        "over_one_twitch", "1", "and 3.5 times the twitch (within 20 %); a prediction", "Thomas1999",
        (
            f"That is {_listed(times, 'times the twitch', 1)}.",
            times["slow"],
            all(_within(value, 2.8, 4.2) for value in times.values()),
        )
        if best
        else None,
        why,
    )  # fmt: skip
    shortest = {fibre: r for fibre, rows in pairs.items() for r in rows if r["interval_ms"] == 5}
    early = {fibre: row["over_twitch"] for fibre, row in shortest.items()}
    found.add(
        "five_milliseconds", "1", "two impulses 5 ms apart already give far more than one (1.5 times)", "Thomas1999",
        (
            f"5 ms apart, two impulses give {_listed(early, 'times the twitch', 2)}: the second comes too early.",
            early["slow"],
            all(value is not None and value >= 1.5 for value in early.values()),
        )
        if early
        else None,
        "this interval was left out",
    )  # fmt: skip
    brief = {fibre: r["force_fraction"] for fibre, rows in few.items() for r in rows if r["given"] == BRIEF}
    found.add(
        "six_impulses", "1", "5 to 7 impulses at the best intervals nearly give the tetanus (0.8); a prediction",
        "Thomas1999",
        (
            f"Of the tetanus, {BRIEF} impulses {SHORT_MS:g} ms apart give {_listed(brief, '', 2)}.",
            brief["slow"],
            all(value is not None and value >= 0.8 for value in brief.values()),
        ),
    )  # fmt: skip


def _about_calcium(
    found: Findings, twitches: Mapping[str, dict[str, Any]], tetani: Mapping[str, dict[str, Any]]
) -> None:
    peak = {fibre: row["ca_peak_uM"] for fibre, row in twitches.items()}
    width = {fibre: row["ca_half_width_ms"] for fibre, row in twitches.items()}
    out = {fibre: row["released_uM"] for fibre, row in twitches.items()}
    published = {"slow": (9.4, 2.0), "fast": (18.5, 1.0)}  # mean, two standard errors
    found.add(
        "calcium_peak", "uM", "9.4 within 2.0 uM (slow) and 18.5 within 1.0 (fast), mouse, 16 degrees; calibrated on it",
        "BaylorHollingworth2003",
        (
            f"After one impulse calcium peaks at {_listed(peak, 'uM', 1)}.",
            peak["slow"],
            all(abs(peak[f] - published[f][0]) <= published[f][1] for f in peak),
        ),
    )  # fmt: skip
    widths = {"slow": (7.7, 1.2), "fast": (4.9, 0.6)}
    found.add(
        "calcium_width", "ms", "7.7 within 1.2 ms (slow) and 4.9 within 0.6 (fast) at half the height, mouse, 16 degrees; 5 "
        "and 3 were aimed at", "BaylorHollingworth2003",
        (
            f"The transient is {_listed(width, 'ms', 1)} wide at half its height: too narrow.",
            width["slow"],
            all(width[f] is not None and abs(width[f] - widths[f][0]) <= widths[f][1] for f in width),
        ),
    )  # fmt: skip
    more = ratio(out.get("fast"), out["slow"])
    found.add(
        "calcium_released", "1", "3 to 4 times more calcium is released in fast fibres; a prediction",
        "BaylorHollingworth2003",
        (f"In {RELEASE_MS:g} ms {_listed(out, 'uM')} leave the reticulum.", more, _within(more, 3.0, 4.0))
        if more is not None
        else None,
        "only the slow fibre was run",
    )  # fmt: skip
    held = {fibre: row["ca_mean_uM"] for fibre, row in tetani.items()}
    found.add(
        "tetanic_calcium", "uM", "6 uM (slow) and 8 (fast) within a fifth, which were aimed at; 2 to 10 are remembered",
        "assumption",
        (
            f"In the tetanus calcium is {_listed(held, 'uM', 1)} in the mean.",
            held["slow"],
            all(abs(held[f] / {"slow": 6.0, "fast": 8.0}[f] - 1) <= 0.2 for f in held),
        ),
    )  # fmt: skip


def _about_numbers(found: Findings, rows: Rows) -> None:
    said = None
    if rows:
        base = {(r["fibre"], r["rate_hz"]): r for r in rows_where(rows, dt_ms=rows[0]["dt_ms"], sample_ms=SAMPLE_MS)}
        pairs = [(r, base[r["fibre"], r["rate_hz"]]) for r in rows]
        forces = [abs(r["force_fraction"] - b["force_fraction"]) for r, b in pairs if b["force_fraction"] is not None]
        times = [
            abs(r[name] - b[name])
            for r, b in pairs
            for name in ("time_to_peak_ms", "half_relaxation_ms")
            if r[name] is not None and b[name] is not None
        ]
        worst = max(forces, default=0.0)
        said = (
            "Half the time step, or a trace sampled four times less often, moves forces by at most "
            f"{worst:.4f} of the tetanus and times by at most {max(times, default=0.0):.1f} ms.",
            worst,
            worst <= 2e-3 and max(times, default=0.0) <= max(r["sample_ms"] for r in rows),
        )
    found.add(
        "time_step", "1", "the same within 0.002 of the tetanus and a sample, whatever the time step and the sampling",
        "model", said,
    )  # fmt: skip


# ----------------------------------------------------------------------------------------------------------------- figure


def draw(tables: Tables, example: Recording, identify: Sequence[Mapping[str, Any]]) -> Figure:
    """Twitches, trains, force and ripple against rate."""
    from matplotlib.figure import Figure

    figure = Figure()
    figure.suptitle(_title(tables["table"]), fontweight="bold")
    axes: Any = figure.subplots(2, 2, width_ratios=[1, 1.1])
    (twitch, curve), (trains, fusion) = axes
    fibres = list(dict.fromkeys(row["fibre"] for row in tables["table"]))
    for fibre, style in zip(fibres, figures.SERIES, strict=False):
        rows = rows_where(tables["table"], fibre=fibre)
        cells = {one["rate_hz"]: k for k, one in enumerate(identify) if one["fibre"] == fibre}
        height = force(example, cells[TETANUS_HZ]).max() or 1.0
        _over_time(twitch, example, cells[SINGLE_HZ], height, style, fibre)
        if shown := [rate for rate in cells if SINGLE_HZ < rate < TETANUS_HZ]:
            _over_time(trains, example, cells[shown[0]], height, style, fibre)
            trains.set_title(f"A second at {shown[0]:g} Hz", loc="left", fontsize="medium")
        _against_rate(curve, rows, "force_fraction", style, fibre)
        _against_rate(fusion, rows, "ripple", style, fibre)
    for ax in (twitch, trains):
        ax.set_ylim(0, None)
    twitch.set_xlim(-20, 400)
    twitch.set_title("One impulse", loc="left", fontsize="medium")
    twitch.legend(title="fibre", fontsize="small", title_fontsize="small", loc="upper right")
    curve.axvspan(8, 16, color=figures.SKY, alpha=0.35, lw=0)
    curve.text(11.3, 1.06, "half in people", ha="center", fontsize="small", color=figures.BLUE)
    curve.axhline(0.5, color=figures.GREY, lw=0.5 * float(mpl.rcParams["lines.linewidth"]))
    curve.set_ylim(0, 1.15)
    curve.set_title("Greatest force against rate", loc="left", fontsize="medium")
    fusion.axvspan(5, 8, color=figures.SKY, alpha=0.35, lw=0)
    fusion.text(6.3, 1.04, "begins in people", ha="center", fontsize="small", color=figures.BLUE)
    fusion.set_ylim(0, 1.13)
    fusion.set_ylabel("ripple (share of force)")
    fusion.set_title("Fusion", loc="left", fontsize="medium")
    figures.footnote(
        figure,
        "Calibrated: twitch times, twitch over tetanus, rate of half the force. Predicted: fusion, the trains' shape.\n"
        "Shaded: motor units of the thumb (Thomas 1991). The calf is slower.",
    )
    return figure


def _title(rows: Rows) -> str:
    share = rows_where(rows, rate_hz=SINGLE_HZ)[0]["force_fraction"]
    if share is None:
        return "The fibre does not pull"
    halves = {fibre: half_maximum(rows_where(rows, fibre=fibre)) for fibre in dict.fromkeys(r["fibre"] for r in rows)}
    said = [f"a {fibre} fibre {half:.1f} Hz" for fibre, half in halves.items() if half]
    return f"One impulse gives a slow fibre {100 * share:.0f} % of its greatest force" + (
        f";\nhalf of it takes {', '.join(said)}" if said else ""
    )


def _over_time(ax: Axes, example: Recording, cell: int, height: float, style: Any, label: str) -> None:
    color, dash, _ = style
    t = 1e3 * (example.trace_time - START_S)
    figures.trace(t, force(example, cell) / height, ax, color=color, ls=dash, label=label)
    ax.set_xlabel("time (ms)")
    ax.set_ylabel("force / tetanus")


def _against_rate(ax: Axes, rows: Rows, name: str, style: Any, label: str) -> None:
    from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator, StrMethodFormatter

    color, dash, marker = style
    known = [(r["rate_hz"], r[name]) for r in rows if r[name] is not None]
    ax.plot(
        [rate for rate, _ in known],
        [value for _, value in known],
        color=color,
        ls=dash,
        marker=marker,
        ms=0.4 * float(mpl.rcParams["font.size"]),
        label=label,
    )
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(FixedLocator([1, 2, 5, 10, 20, 50, 100]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlim(0.9, 115)
    ax.set_xlabel("impulses per second (Hz); 1: a single one")
    ax.set_ylabel("force / tetanus")


if __name__ == "__main__":
    run_as_script(twitch_and_tetanus)
