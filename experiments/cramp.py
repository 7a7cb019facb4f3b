"""Does a muscle cramp when magnesium is low, and does it stop when magnesium is given?

The whole chain, ten motor units from slow to fast: the same volleys drive their motoneurons in four conditions; axons,
junctions and muscle fibres carry the impulses on to force and to the electromyogram.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

from excitability import (
    Findings,
    Ions,
    Option,
    Recording,
    Report,
    Run,
    Table,
    Train,
    assays,
    experiment,
    figures,
    measures,
    motor_unit,
    rows_where,
    run_as_script,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NORMAL, LOW, BOTH, GIVEN = CONDITIONS = ("normal", "low_magnesium", "low_magnesium_low_calcium", "magnesium_given")
LOOKS = (figures.SERIES[0], figures.SERIES[1], figures.SERIES[3], figures.SERIES[4])
LABELS = {NORMAL: "normal", LOW: "low Mg", BOTH: "low Mg, low Ca", GIVEN: "low Mg, then Mg given"}
CA_MM, MG_MM = 1.2, 0.55
EMG_HZ = 2000.0
START_S = 0.5  # of the train
HELD_S = (1.0, 3.0)  # after the train, where a cramp's force and rate are taken
RELAXED = 0.02  # share of the greatest force below which a muscle is relaxed
COLUMNS = (
    "condition",
    "ca_mM",
    "mg_mM",
    "units_firing",
    "rate_hz",
    "force_fraction",
    "self_sustained_s",
    "train_force_fraction",
    "end_force_fraction",
    "interval_cv",
    "ectopic_hz",
    "emg_rms_uV",
    "ended",
    "seed",
)
UNIT_COLUMNS = (
    "condition",
    "unit",
    "kind",
    "rate_hz",
    "self_sustained_s",
    "impulses",
    "passed_on",
    "evoked",
    "ectopic",
)


def _ions(options: Any, place: str) -> Ions:
    """Plasma's ions in the four conditions, or the cord's, where calcium stays normal."""
    low_ca = options.ca if place == "plasma" else CA_MM
    given_at = START_S + options.duration + options.given
    return Ions(ca=[CA_MM, CA_MM, low_ca, CA_MM], mg=[MG_MM, options.mg, options.mg, options.mg]).then(
        at=[np.inf, np.inf, np.inf, given_at], mg=[MG_MM, options.mg, options.mg, options.mg_given]
    )


@experiment(
    title="Low magnesium makes a muscle cramp",
    question="Do ten motor units hold a contraction at low magnesium after the drive has ended, and what ends it?",
    models=["motoneuron", "motor_axon", "muscle_fibre"],
    options={
        "mg": Option(0.25, "mM", 0, 10, "low ionised magnesium, at the cord and in plasma", ion="mg"),
        "ca": Option(0.9, "mM", 0, 10, "low ionised calcium, in plasma; that of the cord stays normal", ion="ca"),
        "mg_given": Option(1.5, "mM", 0, 10, "magnesium given in mid-cramp", ion="mg"),
        "given": Option(3.0, "s", 0, 60, "when it is given, after the train"),
        "rate": Option(20.0, "Hz", 0.5, 100, "rate of the afferent volleys"),
        "duration": Option(2.0, "s", 0.1, 10, "of the train"),
        "watch": Option(17.5, "s", 1, 60, "after the train"),
    },
    quick={"watch": 5.5},
    sources=[
        "Kim2017",
        "Minetto2009",
        "Minetto2011",
        "RossThomas1995",
        "MillerKnight2009",
        "Henneman1965",
        "NandedkarStalberg1983",
        "Garrison2020",
    ],
)
def cramp(run: Run) -> Report:
    """The four conditions of all units in one call; what each unit and the muscle do after the train."""
    o = run.options
    train = Train(rate=o.rate, duration=o.duration, start=START_S)
    units = motor_unit.simulate(
        ions=_ions(o, "plasma"),
        cord=_ions(o, "cord"),
        protocol=train,
        watch=o.watch,
        parameters=run.parameters,
        seed=run.seed,
        simulate=run.simulate,
    )
    of_units = [_unit(units, c, k, train) for c in range(len(CONDITIONS)) for k in range(len(units.pool))]
    muscle = _muscle(units)
    rows = [_row(units, muscle, c, of_units, train, run.seed) for c in range(len(CONDITIONS))]
    identify = [{"condition": name} for name in CONDITIONS]
    of_each = [{"condition": r["condition"], "unit": r["unit"]} for r in of_units]
    return Report(
        tables={
            "table": Table(rows, COLUMNS, muscle, identify),
            "units": Table(
                [{name: row[name] for name in UNIT_COLUMNS} for row in of_units],
                UNIT_COLUMNS,
                units.fibres.without_traces(),
                of_each,
            ),
        },
        findings=findings(rows, of_units, train, o),
        draw=lambda: draw(units, muscle, rows, train, o),
        limits=[
            "Magnesium at the cord is set to the low value with that of plasma. A barrier keeps it more nearly constant; how "
            "much of a depletion reaches the cord is not known.",
            "How long the cramp lasts is set by an assumed slow inactivation, and its rate by constants chosen for that "
            "(see low_magnesium). What the pool adds is an assumption too (see motor_pool).",
            "The motoneurons' calcium stays normal in all conditions: what low calcium does to them hinges on an unmeasured "
            "constant.",
            "One fibre stands for all fibres of a unit, and ten units for a muscle. Afferents are not in it.",
            "With low calcium too, axons may fire by themselves; their rates are not to be trusted (see three_arms).",
            f"A model, not advice. {figures.NO_BENEFIT}",
        ],
    )


def _unit(units: motor_unit.MotorUnits, condition: int, unit: int, train: Train) -> dict[str, Any]:
    """What one unit does."""
    cell = units.cell(condition, unit)
    fired = units.motoneurons.events(cell)
    after = measures.self_sustained(fired, after=train.end, until=units.motoneurons.duration)
    return {
        "condition": CONDITIONS[condition],
        "unit": units.pool[unit].name,
        "kind": units.pool[unit].kind,
        "rate_hz": after.rate,
        "self_sustained_s": after.duration,
        "impulses": len(fired),
        "passed_on": len(units.axons.events(cell)),
        "evoked": len(units.fibres.events(cell)),
        "ectopic": len(units.ectopic(condition, unit)),
        "interval_cv": after.interval_cv,
        "ended": after.ended,
    }


def _muscle(units: motor_unit.MotorUnits) -> Recording:
    """Force and electromyogram of the whole muscle, one cell per condition."""
    fibres, number = units.fibres, units.conditions
    time = np.arange(round(fibres.duration * EMG_HZ)) / EMG_HZ
    first = [units.cell(c, 0) for c in range(number)]
    return Recording(
        conditions={"condition": np.arange(number)},
        duration=fibres.duration,
        event_cell=np.empty(0, dtype=np.int64),
        event_time=np.empty(0),
        trace_time=time,
        trace_cell=np.arange(number),
        traces={
            "force_1": np.array([np.interp(time, fibres.trace_time, units.force(c)) for c in range(number)]),
            "emg_uV": np.array([1e3 * units.electromyogram(c, rate=EMG_HZ) for c in range(number)]),
        },
        stimuli=[units.motoneurons.stimuli[cell] for cell in first],
        changes=[units.motoneurons.changes[cell] for cell in first],
        making=fibres.making,
    )


def _row(
    units: motor_unit.MotorUnits,
    muscle: Recording,
    condition: int,
    of_units: list[dict[str, Any]],
    train: Train,
    seed: int,
) -> dict[str, Any]:
    """What the muscle does in one condition."""
    mine = rows_where(of_units, condition=CONDITIONS[condition])
    holding = [r for r in mine if r["self_sustained_s"] >= assays.CRAMP_S]
    time, force = muscle.trace_time, muscle.trace("force_1", condition)
    held = (time > train.end + HELD_S[0]) & (time <= train.end + HELD_S[1])
    ions = units.fibres.condition(units.cell(condition, 0))
    varied = [r["interval_cv"] for r in holding if r["interval_cv"] is not None]
    return {
        "condition": CONDITIONS[condition],
        "ca_mM": ions["ca_mM"],
        "mg_mM": ions["mg_mM"],
        "units_firing": len(holding),
        "rate_hz": float(np.mean([r["rate_hz"] for r in holding])) if holding else None,
        "force_fraction": float(force[held].mean()),
        "self_sustained_s": max(r["self_sustained_s"] for r in mine),
        "train_force_fraction": float(force[time <= train.end].max()),
        "end_force_fraction": float(force[-1]),
        "interval_cv": float(np.mean(varied)) if varied else None,
        "ectopic_hz": sum(r["ectopic"] for r in mine) / len(mine) / units.fibres.duration,
        "emg_rms_uV": float(np.sqrt(np.mean(muscle.trace("emg_uV", condition)[held] ** 2))),
        "ended": all(r["ended"] for r in mine),
        "seed": seed,
    }


def findings(rows: list[dict[str, Any]], of_units: list[dict[str, Any]], train: Train, options: Any) -> Findings:
    """What the rows show."""
    found = Findings("no unit held its firing")
    of = {row["condition"]: row for row in rows}
    normal, low, both, given = (of[name] for name in CONDITIONS)
    number = len(of_units) // len(CONDITIONS)
    relaxed = normal["force_fraction"] / normal["train_force_fraction"]
    found.add(
        "normal_relaxes",
        "1",
        f"no unit holds its firing, and force falls below {RELAXED:g} of that in the train",
        "model",
        (
            f"In normal ions {normal['units_firing']} of {number} units hold their firing after the train, and from "
            f"{HELD_S[0]:g} to {HELD_S[1]:g} s after it {100 * relaxed:.1f} % of the force is left.",
            relaxed,
            normal["units_firing"] == 0 and relaxed < RELAXED,
        ),
    )
    found.add(
        "low_magnesium_cramps",
        "1",
        "some units hold their firing and the muscle its force",
        "model",
        (
            f"At {low['mg_mM']:g} mM magnesium {low['units_firing']} of {number} units hold it, and with them "
            f"{100 * low['force_fraction']:.0f} % of the greatest force ({100 * low['train_force_fraction']:.0f} % in "
            "the train).",
            low["force_fraction"],
            low["units_firing"] > 0 and low["force_fraction"] > 5 * normal["force_fraction"],
        ),
    )
    held = [r for r in rows_where(of_units, condition=LOW) if r["self_sustained_s"] >= assays.CRAMP_S]
    rates = [r["rate_hz"] for r in held]
    found.add(
        "cramp_rates",
        "Hz",
        "14.5 +- 5.1 Hz, the mean over the units of a human cramp",
        "Minetto2009",
        (
            f"Units hold it at {min(rates):.0f} to {max(rates):.0f} Hz, {np.mean(rates):.1f} Hz on average (the standard "
            "cell's rate was chosen so; the spread over units was not).",
            float(np.mean(rates)),
            bool(9.4 <= np.mean(rates) <= 19.6),
        )
        if rates
        else None,
    )
    found.add(
        "irregularity",
        "1",
        "SD/mean of the intervals 0.45 +- 0.10",
        "Minetto2009",
        (
            f"The intervals vary by {low['interval_cv']:.2f} (SD/mean).",
            low["interval_cv"],
            bool(0.349 <= low["interval_cv"] <= 0.543),
        )
        if low["interval_cv"] is not None
        else None,
    )
    until = train.end + options.watch
    found.add(
        "ends_by_itself",
        "s",
        "23.6 +- 16.2 s, and an end",
        "Minetto2009",
        (
            f"The last unit falls silent {low['self_sustained_s']:.1f} s after the train."
            if low["ended"]
            else f"It has not ended when the run does, {options.watch:g} s after the train.",
            low["self_sustained_s"],
            low["ended"] and 7.4 <= low["self_sustained_s"] <= 39.8,
        )
        if held and options.watch > 7.4
        else None,
        "no cramp, or watched too briefly",
    )
    when = options.given
    found.add(
        "magnesium_ends_it",
        "s",
        "units fall silent within 1.5 s of magnesium, sooner than without",
        "model",
        (
            f"Magnesium raised to {options.mg_given:g} mM {when:g} s after the train: the last unit falls silent "
            f"{given['self_sustained_s'] - when:.2f} s later, without it {low['self_sustained_s'] - when:.1f} s.",
            given["self_sustained_s"] - when,
            given["self_sustained_s"] - when < 1.5 and given["self_sustained_s"] < low["self_sustained_s"] - 0.5,
        )
        if low["self_sustained_s"] > when and train.end + when < until
        else None,
        "no cramp going on then",
    )
    kinds = {kind: [r for r in rows_where(of_units, condition=LOW) if r["kind"] == kind] for kind in ("S", "FR", "FF")}
    holding = {kind: sum(r in held for r in own) for kind, own in kinds.items()}
    found.add(
        "slow_units_hold",
        "1",
        "units of low threshold hold their firing, those of the highest do not, or for 1 to 2 s at most",
        "LeeHeckman1998",
        (
            "Of the slow units "
            + ", of the fast resistant ones ".join(f"{holding[k]} of {len(kinds[k])}" for k in ("S", "FR"))
            + f", of the fast ones that tire {holding['FF']} of {len(kinds['FF'])} hold it.",
            holding["S"] + holding["FR"],
            holding["S"] > 0 and holding["FF"] == 0,
        )
        if held
        else None,
    )
    stages = [r for name in (NORMAL, LOW) for r in rows_where(of_units, condition=name)]
    fired, evoked = sum(r["impulses"] for r in stages), sum(r["evoked"] for r in stages)
    found.add(
        "one_to_one",
        "1",
        "every impulse passes to the muscle, at low magnesium as at normal: it adds nothing downstream",
        "Trontelj2002",
        (
            f"Of {fired} impulses in normal and low magnesium {evoked} came about in the muscle fibres.",
            evoked / fired if fired else None,
            bool(fired) and abs(evoked / fired - 1) < 0.01,
        ),
    )
    found.add(
        "low_calcium_too",
        "Hz",
        "axons fire by themselves only where calcium falls too",
        "model",
        (
            f"With calcium at {both['ca_mM']:g} mM too, axons fire by themselves at {both['ectopic_hz']:.1f} Hz on average "
            f"(low magnesium alone: {low['ectopic_hz']:.1f} Hz), and {100 * both['end_force_fraction']:.0f} % of the force "
            f"is left in the end ({100 * low['end_force_fraction']:.0f} %).",
            both["ectopic_hz"],
            both["ectopic_hz"] > low["ectopic_hz"] and low["ectopic_hz"] < 0.05,
        ),
    )
    return found


def draw(
    units: motor_unit.MotorUnits, muscle: Recording, rows: list[dict[str, Any]], train: Train, options: Any
) -> Figure:
    """Units, electromyogram and force, side by side for the four conditions."""
    from matplotlib.figure import Figure

    figure = Figure()
    of = {row["condition"]: row for row in rows}
    figure.suptitle(_title(of, options), fontweight="bold")
    grid: Any = figure.subplots(3, len(rows), sharex=True, sharey="row", height_ratios=[1.5, 1, 1])
    for c, (name, (color, _, _)) in enumerate(zip(CONDITIONS, LOOKS, strict=True)):
        top, middle, bottom = grid[:, c]
        trains = [units.fibres.events(units.cell(c, k)) for k in range(len(units.pool))]
        figures.raster(trains[::-1], top, color=color)
        top.set_title(f"{LABELS[name]}\n{_ions_in_words(of[name], name, options)}", fontsize="small")
        middle.plot(muscle.trace_time, muscle.trace("emg_uV", c) / 1e3, color=color, lw=0.4)
        bottom.plot(muscle.trace_time, 100 * muscle.trace("force_1", c), color=color)
        for ax in (top, middle, bottom):
            figures.shade(ax, train.start, train.end)
            if name == GIVEN:
                ax.axvline(train.end + options.given, color=figures.GREEN, ls="--")
        bottom.set_xlabel("time (s)")
    top = grid[0, -1]
    top.text(
        train.end + options.given,
        0.02,
        " Mg",
        color=figures.GREEN,
        fontweight="bold",
        transform=top.get_xaxis_transform(),
    )
    number = len(units.pool)
    grid[0, 0].set_yticks([0, number - 1], ["fast", "slow"])
    grid[0, 0].set_ylabel("motor units")
    grid[1, 0].set_ylabel("EMG (mV)")
    grid[2, 0].set_ylabel("force (%)")
    grid[2, 0].set_ylim(bottom=0)
    size = mpl.rcParams["font.size"] * 0.8
    grid[2, 0].text(train.start, 1.0, "drive", fontsize=size, transform=grid[2, 0].get_xaxis_transform(), va="bottom")
    figures.footnote(figure, f"A model of ten motor units, not advice. {figures.NO_BENEFIT}")
    return figure


def _ions_in_words(row: dict[str, Any], name: str, options: Any) -> str:
    given = f" to {options.mg_given:g}" if name == GIVEN else ""
    return f"Mg {row['mg_mM']:g}{given}, Ca {row['ca_mM']:g} mM"


def _title(of: dict[str, dict[str, Any]], options: Any) -> str:
    """The finding, from the rows."""
    low, normal, given = of[LOW], of[NORMAL], of[GIVEN]
    if not low["units_firing"]:
        return f"The muscle relaxes after the drive, at {low['mg_mM']:g} mM magnesium too"
    if normal["units_firing"]:
        return "The muscle holds its contraction at normal magnesium already"
    holds = f"At low magnesium the muscle holds its contraction for {low['self_sustained_s']:.0f} s"
    stops = given["self_sustained_s"] - options.given < 1.5 < low["self_sustained_s"] - options.given
    return holds + ("; magnesium given ends it" if stops else "")


if __name__ == "__main__":
    run_as_script(cramp)
