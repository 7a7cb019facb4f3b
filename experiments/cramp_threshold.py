"""How fast must a motoneuron be stimulated to cramp, and how do magnesium and calcium move that threshold?

The threshold frequency is the lowest rate of a two-second train that is followed by self-sustained firing of two seconds
or more. It is measured as in people, against magnesium and against calcium, for both ways in which a cramp may end.
"""

from __future__ import annotations

from itertools import pairwise
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
    Table,
    Train,
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

CA_MM, MG_MM = PRESETS["normal"]  # where the other ion stays while one is varied
SLOW_POTASSIUM = 0.07  # mS/cm**2, the rival way to end a plateau
ANTIDROMIC = 60.0  # uA/cm**2, fires the soma at each volley as stimulating a nerve does
NOT_PRONE_HZ, PRONE_HZ = (25.5, 1.6), (14.9, 1.3)  # MillerKnight2009
NEAR = 0.25  # share by which a threshold may differ from people's

COLUMNS = (
    "ca_mM",
    "mg_mM",
    "noise",
    "termination",
    "antidromic",
    "threshold_hz",
    "firm",
    "cramps_without_train",
)
SHARE_COLUMNS = ("ca_mM", "mg_mM", "noise", "termination", "antidromic", "rate_hz", "runs", "cramp_share")
MAIN = {"noise": True, "termination": "inactivation", "antidromic": False}


@experiment(
    title="Low magnesium lowers the rate of stimulation at which a motoneuron cramps",
    question="How fast must a motoneuron be stimulated to cramp, and how do magnesium and calcium move that threshold?",
    models=["motoneuron"],
    options={
        "mg": Option(
            (2.0, 1.5, 1.0, 0.8, 0.55, 0.40, 0.25, 0.10), "mM", 0, 10, "ionised magnesium, at 1.2 mM calcium", ion="mg"
        ),
        "ca": Option(
            (0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4), "mM", 0, 10, "ionised calcium, at 0.55 mM magnesium", ion="ca"
        ),
        "rate": Option(tuple(float(r) for r in range(4, 51)), "Hz", 0.5, 500, "rates of noiseless runs, one run each"),
        "noisy_rate": Option(tuple(float(r) for r in range(4, 51, 2)), "Hz", 0.5, 500, "rates of runs with noise"),
        "seeds": Option(20, "1", 1, 1000, "noise seeds per rate; half of them decide"),
        "duration": Option(2.0, "s", 0.05, 60, "length of the train"),
    },
    quick={"mg": (0.55, 0.25), "ca": (1.2,)},
    sources=["MillerKnight2009", "Garrison2020"],
)
def cramp_threshold(run: Run) -> Report:
    """The lowest rate that brings on a cramp, in every condition."""
    o = run.options
    points = list(dict.fromkeys([*((CA_MM, mg) for mg in o.mg), *((ca, MG_MM) for ca in o.ca)]))
    rates, noisy_rates = sorted(o.rate), sorted(o.noisy_rate)
    size = run.value("motoneuron", "antidromic") or ANTIDROMIC
    endings: dict[str, dict[str, float]] = {
        "inactivation": {"g_sK": 0.0},
        "slow_potassium": {"g_sK": run.value("motoneuron", "g_sK") or SLOW_POTASSIUM, "on_inactivation": 0.0},
    }
    short = run.quick  # the main condition only
    parts = [
        (noise, termination, antidromic, points[k : k + 4])
        for termination in (["inactivation"] if short else endings)
        for antidromic in ([False] if short else [False, True])
        for noise in (True, False)
        for k in range(0, len(points), 4)
    ]
    rows, shares = [], []
    for noise, termination, antidromic, some in run.in_turn(parts):
        tried = noisy_rates if noise else rates
        found = assays.threshold_frequency(
            "motoneuron",
            ions=Ions(ca=[ca for ca, _ in some], mg=[mg for _, mg in some]),
            rates=tried,
            duration=o.duration,
            noise=noise,
            repeats=o.seeds,
            parameters={**endings[termination], "antidromic": size if antidromic else 0.0},
            simulate=run.simulate,
            keep=True,
        )
        for (ca, mg), threshold in zip(some, found, strict=True):
            condition = {
                "ca_mM": ca, "mg_mM": mg, "noise": noise, "termination": termination, "antidromic": antidromic,
            }  # fmt: skip
            rows.append(
                {
                    **condition,
                    "threshold_hz": threshold.rate,
                    "firm": threshold.firm,
                    "cramps_without_train": threshold.without,
                }
            )
            shares += [
                {**condition, "rate_hz": rate, "runs": o.seeds if noise else 1, "cramp_share": float(share)}
                for rate, share in zip(tried, threshold.share, strict=True)
            ]
    example, trains = _example(run, rows, rates)
    tables = {
        "table": Table(rows, COLUMNS, example, [{"ca_mM": CA_MM, "mg_mM": MG_MM, "rate_hz": t.rate} for t in trains]),
        "shares": Table(shares, SHARE_COLUMNS),
    }
    return Report(
        tables=tables,
        findings=findings(rows, max(noisy_rates)),
        draw=lambda: draw(rows, shares, example, trains, max(noisy_rates)),
        limits=[
            "The magnesium here is that of the cord, behind a barrier that regulates it. If the cord's normal is "
            "nearer 1 mM, read these thresholds as relative changes.",
            "The normal threshold was positioned near people's by the choice of g_CaL; what magnesium does to it was "
            f"not. Rates above {max(noisy_rates):g} Hz were not tried.",
            "The effect of calcium on this cell rests on one unmeasured constant (K_Ca; excitability run mechanisms).",
            "Trials of magnesium for ordinary night cramps found no benefit (Garrison2020). This is a model, not "
            "advice.",
        ],
    )


def _example(run: Run, rows: list[dict[str, Any]], rates: list[float]) -> tuple[Recording, list[Train]]:
    """Potentials of the normal cell just below and at its threshold."""
    at = _threshold(rows, mg_mM=MG_MM, ca_mM=CA_MM, noise=False) or max(rates)
    below = [rate for rate in rates if rate < at][-1:]
    trains = [Train(rate=rate, duration=run.options.duration) for rate in [*below, at]]
    return run.simulate("motoneuron", protocol=trains, watch=5.0, noise=False, sample=0.25, keep=True), trains


def _threshold(rows: list[dict[str, Any]], **values: Any) -> float | None:
    """The threshold in one condition; the main one where nothing else is said."""
    found = rows_where(rows, **{**MAIN, "ca_mM": CA_MM, "mg_mM": MG_MM, **values})
    return found[0]["threshold_hz"] if found else None


def _course(rows: list[dict[str, Any]], ion: str, **values: Any) -> list[dict[str, Any]]:
    """Rows along one ion, the other at its usual value, from low to high."""
    usual = {"ca_mM": CA_MM} if ion == "mg_mM" else {"mg_mM": MG_MM}
    return sorted(rows_where(rows, **{**MAIN, **usual, **values}), key=lambda r: float(r[ion]))


def _rising(course: list[dict[str, Any]]) -> bool:
    """Whether thresholds rise all along (none counts as above all that were tried)."""
    steps = [np.inf if row["threshold_hz"] is None else row["threshold_hz"] for row in course]
    return all(a < b or (a == b == np.inf) for a, b in pairwise(steps))


def _said(course: list[dict[str, Any]], ion: str) -> str:
    """Thresholds along an ion: 17 Hz at 0.25 mM, 30 at 0.55, none at 1."""
    said = [("none" if r["threshold_hz"] is None else f"{r['threshold_hz']:.0f}", f"{r[ion]:g}") for r in course]
    first = next((k for k, (rate, _) in enumerate(said) if rate != "none"), 0)
    return ", ".join(
        f"{rate} Hz at {level} mM" if k == first and rate != "none" else f"{rate} at {level}"
        for k, (rate, level) in enumerate(said)
    )


def findings(rows: list[dict[str, Any]], highest: float) -> Findings:
    """What the rows show, beside what people show."""
    found = Findings()
    magnesium = _course(rows, "mg_mM")
    several = len(magnesium) > 1
    normal, low = _threshold(rows), _threshold(rows, mg_mM=0.25)
    found.add(
        "falls_with_magnesium",
        "Hz",
        "the threshold falls with every step down in magnesium",
        "model",
        (
            f"Half of the runs cramp, by magnesium, from {_said(magnesium, 'mg_mM')}.",
            None if normal is None or low is None else normal - low,
            _rising(magnesium),
        )
        if several
        else None,
    )
    for name, mine, (mean, error), whose in (
        ("normal_beside_people", normal, NOT_PRONE_HZ, "not prone to cramps (positioned by g_CaL)"),
        ("low_magnesium_beside_people", low, PRONE_HZ, "prone to cramps, of whatever cause (not fitted)"),
    ):
        mg = MG_MM if mine == normal else 0.25
        found.add(
            name,
            "Hz",
            f"{mean} +- {error} Hz in people {whose}, within {NEAR:.0%}",
            "MillerKnight2009",
            (
                f"At {mg:g} mM the threshold is {mine:.1f} Hz; in people {whose} it is {mean} +- {error} Hz.",
                mine,
                abs(mine - mean) <= NEAR * mean,
            )
            if mine is not None
            else None,
        )
    high = [row for row in magnesium if row["mg_mM"] >= 1.0]
    found.add(
        "high_magnesium",
        "Hz",
        f"no cramp up to {highest:g} Hz",
        "model",
        (
            f"From {min(r['mg_mM'] for r in high):g} mM up, no rate to {highest:g} Hz makes half of the runs cramp."
            if all(r["threshold_hz"] is None for r in high)
            else f"Above 1 mM too half of the runs cramp: {_said(high, 'mg_mM')}.",
            None,
            all(r["threshold_hz"] is None for r in high),
        )
        if high
        else None,
    )
    borders = [row for row in rows if row["firm"] is False and row["noise"]]
    own = rows_where(borders, **MAIN)
    shown = [f"Mg {r['mg_mM']:g} mM" if r["ca_mM"] == CA_MM else f"Ca {r['ca_mM']:g} mM" for r in own]
    found.add(
        "border_states",
        "1",
        "near 0.8 mM magnesium only a window of rates cramps: a border, not a firm threshold",
        "model",
        (
            f"Only a window of rates makes half of the runs cramp at {', '.join(shown)}: a border, no firm threshold."
            if own
            else "Every threshold is firm: half of the runs or more cramp at every higher rate too.",
            len(own),
            any(r["mg_mM"] == 0.8 for r in own),
        )
        if any(r["mg_mM"] == 0.8 for r in magnesium)
        else None,
    )
    for name, values, what in (
        ("slow_potassium", {"termination": "slow_potassium"}, "With a slow potassium current ending the cramp"),
        ("antidromic", {"antidromic": True}, "With antidromic impulses"),
    ):
        course = _course(rows, "mg_mM", **values)
        found.add(
            name,
            "Hz",
            "the threshold falls with every step down in magnesium in this case too",
            "model",
            (f"{what} too: {_said(course, 'mg_mM')}.", _threshold(rows, **values), _rising(course))
            if len(course) > 1
            else None,
        )
    calcium = _course(rows, "ca_mM")
    found.add(
        "calcium",
        "Hz",
        "the threshold rises as calcium falls (with the assumed K_Ca; without it, it falls)",
        "model",
        (
            f"By calcium, from {_said(calcium, 'ca_mM')}. This is no model of hypocalcaemic tetany.",
            None,
            _rising(calcium[::-1]),
        )
        if len(calcium) > 1
        else None,
    )
    loud = [r for r in rows if r["cramps_without_train"]]
    found.add(
        "needs_a_train",
        "1",
        "no cramp without a train",
        "model",
        (
            f"Without a train nothing cramps, in any of the {len(rows)} conditions."
            if not loud
            else f"Without a train too some runs fire on in {len(loud)} of {len(rows)} conditions.",
            len(loud),
            not loud,
        ),
    )
    return found


def draw(
    rows: list[dict[str, Any]],
    shares: list[dict[str, Any]],
    example: Recording,
    trains: list[Train],
    highest: float,
) -> Figure:
    """Thresholds against magnesium beside people's; against calcium; the share of runs behind them; one example."""
    from matplotlib.figure import Figure

    figure = Figure()
    figure.suptitle(_title(rows), fontweight="bold")
    axes: Any = figure.subplots(2, 2, width_ratios=[1.35, 1])
    (left, right), (below, traces) = axes
    _people(left)
    _curves(left, rows, "mg_mM", highest)
    left.set_xlabel("Mg at the cord (mM)")
    left.set_ylabel("cramp threshold (Hz)")
    left.legend(fontsize="x-small", loc="center right", bbox_to_anchor=(1.0, 0.68))
    _curves(right, rows, "ca_mM", highest)
    right.set_xlabel("Ca at the cord (mM)")
    right.set_ylabel("threshold (Hz)")
    _shares(below, shares)
    _potentials(traces, example, trains)
    figures.footnote(
        figure, f"▲ at the top: none up to that rate.   A model of one cell, not advice. {figures.NO_BENEFIT}"
    )
    return figure


def _title(rows: list[dict[str, Any]]) -> str:
    course = [row for row in _course(rows, "mg_mM") if row["threshold_hz"] is not None]
    if len(course) < 2:
        return "The rate of stimulation at which a motoneuron cramps"
    low = next((row for row in course if row["mg_mM"] == 0.25), course[0])
    high = next((row for row in course if row["mg_mM"] == MG_MM), course[-1])
    return (
        f"Magnesium down from {high['mg_mM']:g} to {low['mg_mM']:g} mM: a motoneuron cramps\n"
        f"from {low['threshold_hz']:.0f} instead of {high['threshold_hz']:.0f} Hz of stimulation"
    )


def _people(ax: Axes) -> None:
    for (mean, error), text, color in (
        (NOT_PRONE_HZ, "people not prone to cramps", figures.SKY),
        (PRONE_HZ, "people prone to cramps", figures.ORANGE),
    ):
        ax.axhspan(mean - error, mean + error, color=color, alpha=0.35, lw=0)
        ax.text(0.98, mean, text, transform=ax.get_yaxis_transform(), fontsize="x-small", va="center", ha="right")


CASES: tuple[tuple[dict[str, Any], str, str, str, str], ...] = (
    ({}, "half of the seeds cramp", figures.BLUE, "-", "o"),
    ({"noise": False}, "one run without noise", figures.BLACK, ":", "x"),
    ({"termination": "slow_potassium"}, "ends by slow potassium", figures.VERMILLION, "--", "s"),
    ({"antidromic": True}, "with antidromic impulses", figures.GREEN, "-.", "^"),
)


def _curves(ax: Axes, rows: list[dict[str, Any]], ion: str, highest: float) -> None:
    size = 0.45 * float(mpl.rcParams["font.size"])
    top = highest + 4
    for k, (values, label, color, dash, marker) in enumerate(CASES):
        course = _course(rows, ion, **values)
        known = [row for row in course if row["threshold_hz"] is not None]
        none = [row[ion] for row in course if row["threshold_hz"] is None]
        if not course:
            continue
        rates = [row["threshold_hz"] for row in known]
        ax.plot([r[ion] for r in known], rates, ls=dash, marker=marker, color=color, ms=size, label=label)
        ax.plot(none, [top - 1.2 * k] * len(none), "^", color=color, ms=size, alpha=0.8)
        unsure = [row for row in known if not row["firm"] and row["noise"]]
        ax.plot(
            [r[ion] for r in unsure], [r["threshold_hz"] for r in unsure], "o", mfc="white", mec=color, ms=1.5 * size
        )
        if not values:
            for row in unsure:
                ax.annotate(
                    "border", (row[ion], row["threshold_hz"]), (8, -16), textcoords="offset points", fontsize="x-small"
                )
    ax.set_ylim(0, top + 2)


def _shares(ax: Axes, shares: list[dict[str, Any]]) -> None:
    mine = rows_where(shares, ca_mM=CA_MM, **MAIN)
    levels = sorted({r["mg_mM"] for r in mine if r["cramp_share"] > 0})
    for mg, (color, dash, marker) in zip(levels, figures.SERIES * 3, strict=False):
        own = rows_where(mine, mg_mM=mg)
        ax.plot(
            [r["rate_hz"] for r in own],
            [100 * r["cramp_share"] for r in own],
            ls=dash,
            marker=marker,
            color=color,
            ms=0.3 * float(mpl.rcParams["font.size"]),
        )
        half = next((r for r in own if r["cramp_share"] >= 0.5), None)
        if half:
            ax.text(half["rate_hz"] - 1.5, 53, f"Mg {mg:g}", ha="right", color=color, fontsize="x-small")
    ax.axhline(50, color=figures.GREY, lw=0.8)
    ax.set_ylabel("runs that cramp (%)")
    ax.set_xlabel("stimulation (Hz)")
    ax.set_title("without antidromic impulses", loc="left", fontsize="x-small", pad=0)


def _potentials(ax: Axes, example: Recording, trains: list[Train]) -> None:
    figures.shade(ax, trains[0].start, trains[0].end)
    offset = 130.0  # mV between the traces
    for cell, train in enumerate(trains):
        color = (figures.BLUE, figures.VERMILLION)[-len(trains) :][cell]
        lift = offset * (len(trains) - 1 - cell)
        figures.trace(
            example.trace_time,
            example.trace("V_soma_mV", cell) + lift,
            ax,
            color=color,
            lw=0.3 * float(mpl.rcParams["lines.linewidth"]),
        )
        ax.text(example.duration, lift + 42, f"{train.rate:g} Hz", ha="right", color=color, fontweight="bold")
    ax.set_yticks([])
    ax.set_ylabel("soma (130 mV apart)", fontsize="small")
    ax.set_xlabel("time (s)")
    ax.set_title(f"Mg {MG_MM:g} mM, below and at its threshold", fontsize="small", pad=0)
    ax.set_xlim(0, example.duration)


if __name__ == "__main__":
    run_as_script(cramp_threshold)
