"""How excitable is a motor axon, as a nerve laboratory measures it, at low and high magnesium and at low calcium?

Strength-duration curves, rheobase and recovery cycles of one axon that rests in the given ions, beside published ones.
Ions in which the axon has no rest cannot be measured: there it fires by itself, and the table says so.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

from excitability import (
    PRESETS,
    Findings,
    Ions,
    Option,
    Report,
    Run,
    Step,
    Table,
    assays,
    experiment,
    figures,
    rows_where,
    run_as_script,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from excitability import Recording

MODEL = "motor_axon"
CA_MM, MG_MM = PRESETS["normal"]
WIDTHS_MS = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0, 5.0, 10.0, 20.0)
CLINICAL_MS = (0.2, 1.0)  # the two widths from which laboratories take the time constant
EARLY_MS = (1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 5.0, 5.5, 7.0, 10.0, 15.0)
LATE_MS = (15.0, 20.0, 30.0, 40.0, 45.0, 60.0, 100.0)
CONDITIONING = 1.5  # thresholds
AMPLITUDES_NA: dict[str, Any] = {"lowest": 2e-3, "highest": 2.0}
WATCHED_S, PULSED_S = 1.0, 0.25  # without a stimulus; after one pulse

SDTC_MS = (0.459, 0.126)  # Mogyoros1996
SUPEREXCITABILITY, LATE = (-25.7, 12.4), (15.5, 9.7)  # %, AALNervePatch: value and spread, whatever that is
REFRACTORY_MS, NEAR_MS = 3.0, 0.5
#: Interval (ms), change of threshold (%), spread (%), of human motor axons: AALNervePatch, 1 ms pulses.
NORM = (
    (2.5, 32.0, 38.0), (3.0, 6.0, 29.0), (4.0, -17.3, 17.8), (5.0, -24.6, 13.0), (5.5, -25.7, 12.4), (7.0, -24.4, 11.8),
    (10.0, -16.6, 11.7), (15.0, -6.1, 10.5), (20.0, 2.5, 9.0), (30.0, 11.7, 8.6), (40.0, 15.0, 9.3), (45.0, 15.5, 9.7),
    (60.0, 14.2, 9.0), (100.0, 5.9, 6.6),
)  # fmt: skip

REST, FIRES, BLOCKED, UNSTABLE, FIRES_ON = "rest", "fires by itself", "blocked", "no rest", "fires on after one pulse"
COLUMNS = (
    "ca_mM",
    "mg_mM",
    "rheobase_nA",
    "chronaxie_ms",
    "strength_duration_ms",
    "superexcitability_percent",
    "refractory_ms",
    "f_K",
    "ions",
    "state",
    "spontaneous_hz",
    "threshold_1ms_nA",
    "weiss_rheobase_nA",
    "late_subexcitability_percent",
)
CURVE_COLUMNS = ("ca_mM", "mg_mM", "f_K", "width_ms", "threshold_nA", "charge_pC")
CYCLE_COLUMNS = ("ca_mM", "mg_mM", "f_K", "interval_ms", "threshold_change_percent")
Rows = list[dict[str, Any]]


@experiment(
    title="Low magnesium and low calcium make a motor axon easier to excite; high magnesium makes it harder",
    question="How excitable is a motor axon, as a nerve laboratory measures it, at low and high magnesium and low calcium?",
    models=[MODEL],
    options={
        "mg": Option((0.25, 1.5), "mM", 0, 10, "ionised magnesium, at 1.2 mM calcium", ion="mg"),
        "ca": Option(
            (1.1, 0.9),
            "mM",
            0,
            10,
            "ionised calcium, at 0.55 mM magnesium and, if low, at every low magnesium",
            ion="ca",
        ),
        "f_K": Option((0.3, 0.6, 1.0), "1", 0, 1, "share of the gating shift that potassium gates feel; unsettled"),
    },
    quick={"ca": (0.9,), "f_K": (0.3,)},
    sources=["Mogyoros1996", "AALNervePatch", "Hennings2005", "Garrison2020"],
)
def nerve_excitability(run: Run) -> Report:
    """Rest, then strength-duration curves, one pulse, and recovery cycles, of every state in which that can be measured."""
    o = run.options
    points = _points(o.ca, o.mg)
    rows: Rows = [
        {**dict.fromkeys(COLUMNS), "ca_mM": ca, "mg_mM": mg, "f_K": f, "ions": _named(ca, mg)}
        for f in o.f_K
        for ca, mg in points
    ]
    alone = run.simulate(MODEL, **_given(rows), protocol=Step(0.0, 1e-3), duration=WATCHED_S, sample=0.1, noise=False)
    does = assays.activity(alone, 0.5 * WATCHED_S)
    for row, state, rate, rest in zip(rows, does.state, does.rate, alone.making["rest"], strict=True):
        row["state"], row["spontaneous_hz"] = _state(state, rest), float(rate)

    curves, cycles = _curves(run, rows), []
    example = _one_pulse(run, rows)
    for cell, row in enumerate(rows):
        if row["state"] == REST and len(example.events(cell)) > 1:
            row["state"] = FIRES_ON
    cycles = _cycles(run, rows)
    identify = [_condition(row) for row in rows]
    return Report(
        tables={
            "table": Table(rows, COLUMNS, example, identify),
            "strength_duration": Table(curves, CURVE_COLUMNS),
            "recovery_cycle": Table(cycles, CYCLE_COLUMNS),
        },
        findings=findings(rows),
        draw=lambda: draw(rows, curves, cycles),
        limits=[
            "The rheobase is that of one node with its internode, for current injected into it. A nerve in the arm "
            "needs milliamperes through the skin: only ratios compare.",
            "The rheobase is the threshold of a pulse of 100 ms, and the chronaxie goes with it. The clinical time "
            "constant is that of Weiss's law through 0.2 and 1 ms; its rheobase, the slope of that line, is higher.",
            "The axon rests in its ions, for hours: the sodium inside has adapted, and its pump works more in low "
            "ions. Right after a change thresholds move further.",
            "The time constant and the recovery cycle in normal ions were calibrated, and are no test. What "
            "divalents do to them was not fitted.",
            "How far potassium gates follow the gating shift (f_K) was not measured at the node: the more they "
            "follow it, the less do divalents change.",
            "Trials of magnesium for ordinary night cramps found no benefit (Garrison2020). This is a model, not "
            "advice.",
        ],
    )


# ------------------------------------------------------------------------------------------------------------- conditions


def _points(calcium: tuple[float, ...], magnesium: tuple[float, ...]) -> list[tuple[float, float]]:
    """Calcium and magnesium of every state: normal first, then each alone, then low with low."""
    both = [(ca, mg) for ca in calcium if ca < CA_MM for mg in magnesium if mg < MG_MM]
    single = [*((CA_MM, mg) for mg in magnesium), *((ca, MG_MM) for ca in calcium)]
    return list(dict.fromkeys([(CA_MM, MG_MM), *single, *both]))


def _named(ca: float, mg: float) -> str:
    """Low Mg, high Ca, low Ca and low Mg, normal."""
    names = [
        f"{'low' if value < normal else 'high'} {ion}"
        for ion, value, normal in (("Ca", ca, CA_MM), ("Mg", mg, MG_MM))
        if value != normal
    ]
    return " and ".join(names) or "normal"


def _given(rows: Rows) -> dict[str, Any]:
    """Ions and f_K of some rows, for `simulate` and for assays."""
    return {
        "ions": Ions(ca=[r["ca_mM"] for r in rows], mg=[r["mg_mM"] for r in rows]),
        "parameters": {"f_K": np.array([r["f_K"] for r in rows])},
    }


def _condition(row: dict[str, Any]) -> dict[str, Any]:
    """What tells a row from the others."""
    return {name: row[name] for name in ("ca_mM", "mg_mM", "f_K")}


def _state(does: str, rest: str) -> str:
    """What an axon does without any stimulus, from its activity and the kind of its rest."""
    usual = REST if rest == "stable" and does == "quiet" else UNSTABLE
    return {"repetitive": FIRES, "blocked": BLOCKED}.get(does, usual)


# --------------------------------------------------------------------------------------------------------------- measures


def _number(value: float, factor: float = 1.0) -> float | None:
    return float(value) * factor if math.isfinite(value) else None


def _curves(run: Run, rows: Rows) -> Rows:
    """Strength-duration curves of the axons that rest; their measures go into the rows."""
    measured = rows_where(rows, state=REST)
    if not measured:
        return []
    run.announce("strength-duration curves")
    found = assays.strength_duration(
        MODEL,
        **_given(measured),
        **AMPLITUDES_NA,
        widths=[1e-3 * width for width in WIDTHS_MS],
        simulate=run.simulate,
        keep=True,
    )
    clinical = [WIDTHS_MS.index(width) for width in CLINICAL_MS]
    slopes, constants = assays.weiss(CLINICAL_MS, found.thresholds[:, clinical])
    curves: Rows = []
    for k, row in enumerate(measured):
        thresholds = found.thresholds[k].tolist()
        row["rheobase_nA"] = _number(found.rheobase[k])
        row["chronaxie_ms"] = _number(found.chronaxie[k], 1e3)
        row["strength_duration_ms"], row["weiss_rheobase_nA"] = _number(constants[k]), _number(slopes[k])
        row["threshold_1ms_nA"] = _number(thresholds[WIDTHS_MS.index(1.0)])
        curves += [
            {
                **_condition(row),
                "width_ms": width,
                "threshold_nA": _number(threshold),
                "charge_pC": _number(threshold, width),
            }
            for width, threshold in zip(WIDTHS_MS, thresholds, strict=True)
        ]
    return curves


def _one_pulse(run: Run, rows: Rows) -> Recording:
    """The impulse that a conditioning pulse evokes, in every state; none is given to axons that have no rest."""
    sizes = [CONDITIONING * (row["threshold_1ms_nA"] or 0.0) for row in rows]
    pulses = [Step(size, 1e-3, 1e-3) for size in sizes]
    return run.simulate(MODEL, **_given(rows), protocol=pulses, duration=PULSED_S, sample=0.1, noise=False)


def _cycles(run: Run, rows: Rows) -> Rows:
    """Recovery cycles of the axons that answer a pulse with one impulse; their measures go into the rows."""
    measured = rows_where(rows, state=REST)
    if not measured:
        return []
    run.announce("recovery cycles")
    early, late = (
        assays.recovery_cycle(
            MODEL,
            **_given(measured),
            **AMPLITUDES_NA,
            intervals=[1e-3 * interval for interval in intervals],
            conditioning=CONDITIONING,
            simulate=run.simulate,
            keep=True,
        )
        for intervals in (EARLY_MS, LATE_MS)
    )
    cycles: Rows = []
    for k, row in enumerate(measured):
        row["superexcitability_percent"] = _number(early.superexcitability[k], 100)
        row["refractory_ms"] = _number(early.refractory[k], 1e3)
        row["late_subexcitability_percent"] = _number(late.late_subexcitability[k], 100)
        course = [*zip(EARLY_MS, early.change[k], strict=True), *list(zip(LATE_MS, late.change[k], strict=True))[1:]]
        cycles += [
            {
                **_condition(row),
                "interval_ms": interval,
                "threshold_change_percent": _number(change, 100),
            }
            for interval, change in course
        ]
    return cycles


# --------------------------------------------------------------------------------------------------------------- findings


def _row(rows: Rows, ca: float, mg: float, f_k: float) -> dict[str, Any] | None:
    return next(iter(rows_where(rows, ca_mM=ca, mg_mM=mg, f_K=f_k)), None)


def _changes(rows: Rows, column: str, *, ca: float = CA_MM, mg: float = MG_MM) -> dict[float, float]:
    """By how many percent a measure differs from that in normal ions, for every f_K where both exist."""
    found = {}
    for f in dict.fromkeys(row["f_K"] for row in rows):
        there, normal = _row(rows, ca, mg, f), _row(rows, CA_MM, MG_MM, f)
        if there and normal and there[column] is not None and normal[column] is not None:
            found[f] = 100 * (there[column] / normal[column] - 1)
    return found


def _by_f_k(changes: dict[float, float]) -> str:
    """-42 % at f_K 0.3, -16 % at 1."""
    return ", ".join(f"{c:+.0f} % at {'f_K ' if k == 0 else ''}{f:g}" for k, (f, c) in enumerate(changes.items()))


def findings(rows: Rows) -> Findings:
    """What the rows show, beside what is published."""
    found = Findings()
    first = rows[0]["f_K"]
    normal = _row(rows, CA_MM, MG_MM, first) or dict.fromkeys(COLUMNS)
    for name, column, unit, (there, spread), source, what, fitted in (
        (
            "strength_duration", "strength_duration_ms", "ms", SDTC_MS, "Mogyoros1996",
            "The strength-duration time constant in normal ions is", "mean and SD of 20 people; calibrated on it",
        ),
        (
            "superexcitability", "superexcitability_percent", "%", SUPEREXCITABILITY, "AALNervePatch",
            "Superexcitability after an impulse reaches", "digitised; its spread is not explained there; calibrated",
        ),
        (
            "late_subexcitability", "late_subexcitability_percent", "%", LATE, "AALNervePatch",
            "Late subexcitability reaches", "at 45 ms, digitised; its spread is not explained there; calibrated",
        ),
        (
            "refractory_period", "refractory_ms", "ms", (REFRACTORY_MS, NEAR_MS), "AALNervePatch",
            "After an impulse a raised threshold is back at", "where the digitised recovery cycle crosses 0, within 0.5 ms",
        ),
    ):  # fmt: skip
        mine, digits = normal[column], 2 if unit == "ms" else 1
        found.add(
            name,
            unit,
            f"{there:g} +- {spread:g} {unit} in human motor axons ({fitted})",
            source,
            None
            if mine is None
            else (
                f"{what} {mine:.{digits}f} {unit}; in people {there:g} {unit}.",
                mine,
                abs(mine - there) <= spread,
            ),
        )
    for name, what, wanted, sign in (
        ("low_magnesium", "Magnesium", [r["mg_mM"] for r in rows_where(rows, ca_mM=CA_MM) if r["mg_mM"] < MG_MM], -1),
        ("high_magnesium", "Magnesium", [r["mg_mM"] for r in rows_where(rows, ca_mM=CA_MM) if r["mg_mM"] > MG_MM], 1),
        ("low_calcium", "Calcium", [r["ca_mM"] for r in rows_where(rows, mg_mM=MG_MM) if r["ca_mM"] < CA_MM], -1),
    ):
        ion = "ca" if what == "Calcium" else "mg"
        every = [
            (
                level,
                _changes(rows, "rheobase_nA", **{ion: level}),
                _changes(rows, "strength_duration_ms", **{ion: level}),
            )
            for level in dict.fromkeys(wanted)
        ]
        every = [one for one in every if one[1]]
        said = "; ".join(
            f"{what} at {level:g} mM moves the rheobase by {_by_f_k(rheobase)}" for level, rheobase, _ in every
        )
        found.add(
            name,
            "%",
            f"the rheobase {'falls' if sign < 0 else 'rises'} and the time constant "
            f"{'grows' if sign < 0 else 'shrinks'}, whatever f_K (not fitted)",
            "model",
            (
                f"{said}.",
                every[0][1].get(first),
                all(sign * c > 0 for _, r, _ in every for c in r.values())
                and all(sign * c < 0 for _, _, t in every for c in t.values()),
            )
            if every
            else None,
        )
    worse = [
        (low, both)
        for low in rows
        if low["ions"] in ("low Mg", "low Ca")
        for both in rows
        if both["ions"] == "low Ca and low Mg"
        and both["f_K"] == low["f_K"]
        and (both["ca_mM"] == low["ca_mM"] or both["mg_mM"] == low["mg_mM"])
        and low["rheobase_nA"] is not None
        and both["rheobase_nA"] is not None
    ]
    found.add(
        "combined",
        "1",
        "both low together lower the rheobase further than either alone",
        "model",
        (
            "Together low calcium and low magnesium lower the rheobase further than alone in "
            f"{sum(b['rheobase_nA'] < low['rheobase_nA'] for low, b in worse)} of {len(worse)} pairs of states that "
            "rest.",
            sum(b["rheobase_nA"] < low["rheobase_nA"] for low, b in worse) / len(worse),
            all(b["rheobase_nA"] < low["rheobase_nA"] for low, b in worse),
        )
        if worse
        else None,
    )
    resting = [row for row in rows if row["ca_mM"] >= CA_MM]
    found.add(
        "rests_in_low_magnesium_alone",
        "1",
        "at normal calcium the axon rests, however low its magnesium here",
        "model",
        (
            "Without a fall of calcium the axon rests at every magnesium shown."
            if all(r["state"] == REST for r in resting)
            else f"At normal calcium too the axon does not rest at magnesium "
            f"{_levels(r['mg_mM'] for r in resting if r['state'] != REST)} mM.",
            sum(r["state"] != REST for r in resting),
            all(r["state"] == REST for r in resting),
        )
        if any(r["mg_mM"] < MG_MM for r in resting)
        else None,
    )
    both_low = rows_where(rows, ions="low Ca and low Mg")
    firing = rows_where(both_low, state=FIRES)
    found.add(
        "fires_when_both_are_low",
        "Hz",
        "somewhere among these states the axon fires by itself (a prediction: how low depends on f_K)",
        "model",
        (
            "By itself the axon fires at "
            + ", ".join(
                f"{r['spontaneous_hz']:.0f} Hz with Ca {r['ca_mM']:g} and Mg {r['mg_mM']:g} mM (f_K {r['f_K']:g})"
                for r in firing
            )
            + "; there nothing else can be measured."
            if firing
            else "With calcium and magnesium as low as here the axon still does not fire by itself.",
            firing[0]["spontaneous_hz"] if firing else 0.0,
            bool(firing),
        )
        if both_low
        else None,
    )
    return found


def _levels(values: Any) -> str:
    return ", ".join(f"{value:g}" for value in dict.fromkeys(values))


# ----------------------------------------------------------------------------------------------------------------- figure


def _label(row: dict[str, Any]) -> str:
    return f"{row['ions'].replace(' and ', ', ')} ({row['ca_mM']:g}/{row['mg_mM']:g})"


def draw(rows: Rows, curves: Rows, cycles: Rows) -> Figure:
    """Strength-duration curves, recovery cycles beside published points, and the rheobase of every state."""
    from matplotlib.figure import Figure

    figure = Figure()
    figure.suptitle(_title(rows), fontweight="bold")
    grid = figure.add_gridspec(2, 2, width_ratios=[1, 1.25], height_ratios=[1, 1])
    above, below = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[1, 0])
    right = figure.add_subplot(grid[:, 1])
    first = rows_where(rows, f_K=rows[0]["f_K"])
    series = itertools.cycle(figures.SERIES[:-1])
    looks = {
        (row["ca_mM"], row["mg_mM"]): (figures.BLACK, "-", "o")
        if row["ions"] == "normal"
        else next(series)
        if row["state"] == REST
        else (figures.GREY, "", "x")
        for row in first
    }
    _strengths(above, first, curves, looks)
    _recovery(right, first, cycles, looks)
    _rheobases(below, rows, first, looks)
    figures.footnote(
        figure,
        f"Ca/Mg in mM. A model of one node of one axon, calibrated in normal ions; not advice. {figures.NO_BENEFIT}",
    )
    return figure


def _title(rows: Rows) -> str:
    said = []
    for mg in dict.fromkeys(row["mg_mM"] for row in rows_where(rows, ca_mM=CA_MM) if row["mg_mM"] != MG_MM):
        changes = sorted(_changes(rows, "rheobase_nA", mg=mg).values())
        if changes:
            ends = dict.fromkeys(f"{change:+.0f}" for change in (changes[0], changes[-1]))
            said.append(f"{' to '.join(ends)} % at magnesium {mg:g} mM")
    if not said:
        return "How excitable a motor axon is"
    return f"Magnesium sets how much current excites a motor axon:\nrheobase {', '.join(said)}"


def _strengths(ax: Axes, first: Rows, curves: Rows, looks: dict[tuple[float, float], Any]) -> None:
    for row in first:
        own = [c for c in rows_where(curves, **_condition(row)) if c["threshold_nA"]]
        color, dash, marker = looks[row["ca_mM"], row["mg_mM"]]
        if own:
            ax.plot(
                [c["width_ms"] for c in own],
                [c["threshold_nA"] for c in own],
                color=color,
                ls=dash,
                marker=marker,
                ms=0.35 * float(mpl.rcParams["font.size"]),
            )
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xticks([0.1, 0.2, 0.5, 1, 2, 5, 10, 20], ["0.1", "0.2", "0.5", "1", "2", "5", "10", "20"])
    ax.set_yticks([0.02, 0.05, 0.1, 0.2, 0.5], ["0.02", "0.05", "0.1", "0.2", "0.5"])
    ax.minorticks_off()
    ax.set_xlabel("width of the pulse (ms)")
    ax.set_ylabel("threshold (nA)")
    ax.set_title(f"Strength-duration curves, f_K {first[0]['f_K']:g}", loc="left", fontsize="medium")


def _recovery(ax: Axes, first: Rows, cycles: Rows, looks: dict[tuple[float, float], Any]) -> None:
    at, middle, spread = zip(*NORM, strict=True)
    ax.fill_between(at, np.subtract(middle, spread), np.add(middle, spread), color=figures.YELLOW, alpha=0.4, lw=0)
    size = float(mpl.rcParams["font.size"])
    ax.plot(at, middle, "*", color=figures.GREY, ms=0.6 * size, label="people, normal ions (± spread)")
    for row in first:
        own = [c for c in rows_where(cycles, **_condition(row)) if c["threshold_change_percent"] is not None]
        color, dash, marker = looks[row["ca_mM"], row["mg_mM"]]
        ax.plot(
            [c["interval_ms"] for c in own],
            [c["threshold_change_percent"] for c in own],
            color=color,
            ls=dash,
            marker=marker,
            ms=0.4 * size,
            label=_label(row) + ("" if row["state"] == REST else f":\n{row['state']}"),
            zorder=3,
        )
    ax.axhline(0, color=figures.GREY, lw=0.8)
    ax.set_xscale("log")
    ax.set_xticks([1.5, 2, 3, 5, 10, 20, 50, 100], ["1.5", "2", "3", "5", "10", "20", "50", "100"])
    ax.minorticks_off()
    ax.set_ylim(-60, 75)
    ax.set_xlabel("time after an impulse (ms)")
    ax.set_ylabel("change of the 1 ms threshold (%)")
    ax.set_title(f"Recovery cycles, f_K {first[0]['f_K']:g}", loc="left", fontsize="medium")
    ax.legend(fontsize="small", loc="upper right", borderaxespad=0)


def _rheobases(ax: Axes, rows: Rows, first: Rows, looks: dict[tuple[float, float], Any]) -> None:
    """Rheobase of every state relative to normal, for every f_K."""
    shares = dict.fromkeys(row["f_K"] for row in rows)
    size = 0.55 * float(mpl.rcParams["font.size"])
    states = [row for row in first if row["ions"] != "normal"]
    for k, row in enumerate(states):
        color, _, _ = looks[row["ca_mM"], row["mg_mM"]]
        changes = _changes(rows, "rheobase_nA", ca=row["ca_mM"], mg=row["mg_mM"])
        for f, marker in zip(shares, "osD^vP" * len(shares), strict=False):
            there = _row(rows, row["ca_mM"], row["mg_mM"], f)
            if f in changes:
                ax.plot(changes[f], k, marker, color=color, ms=size, mec="white", zorder=3)
            elif there:
                ax.annotate(f"f_K {f:g}: {there['state']}", (4, k), va="center", fontsize="x-small")
    for f, marker in zip(shares, "osD^vP" * len(shares), strict=False):
        ax.plot([], [], marker, color=figures.GREY, ms=size, label=f"{f:g}")
    ax.axvline(0, color=figures.GREY, lw=0.8)
    ax.set_yticks(range(len(states)), [_label(row) for row in states], fontsize="small")
    ax.set_ylim(len(states) - 0.5, -0.5)
    ax.set_xlim(min(-100.0, ax.get_xlim()[0]), max(20.0, ax.get_xlim()[1]))
    ax.set_xlabel("rheobase beside normal (%)")
    ax.legend(title="f_K", fontsize="x-small", title_fontsize="x-small", loc="lower right")


if __name__ == "__main__":
    run_as_script(nerve_excitability)
