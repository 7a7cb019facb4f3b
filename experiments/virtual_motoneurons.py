"""Does low magnesium lower the cramp threshold in motoneurons at large, or only in the one that was chosen?

A thousand virtual motoneurons, each with fifteen constants drawn at random around those of the reference cell, are
stimulated at ten rates at four levels of magnesium, without noise. What is asked of them is in which share magnesium
moves the threshold, how far, and which constants decide it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from excitability import (
    PRESETS,
    Findings,
    InputError,
    Ions,
    Option,
    Report,
    Run,
    Table,
    Train,
    assays,
    experiment,
    figures,
    load_model,
    rows_where,
    run_as_script,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

NORMAL, TYPICAL_LOW = PRESETS["normal"][1], PRESETS["low_magnesium"][1]  # mM of magnesium
AT_ONCE = 64  # cells; with 10 rates and 4 levels 2,816 runs, which fill whole batches and take about 300 MB
RESAMPLED = 2000  # bootstrap samples
#: Drawn uniformly within a share of the reference value,
SCALED = (
    "g_KCa", "k_Ca", "g_CaL", "g_tonic", "w_AMPA", "w_NMDA", "tau_AMPA", "tau_NMDA", "tau_d",
    "g_leak_soma", "g_leak_dendrite", "g_Na", "g_NaP", "tau_hL",
)  # fmt: skip
#: and this one within a distance of it.
SHIFTED = "V_half_hL"


@experiment(
    title="Low magnesium lowers the cramp threshold in motoneurons at large",
    question="In which share of motoneurons does low magnesium lower the cramp threshold, how far, and what decides it?",
    models=["motoneuron"],
    options={
        "cells": Option(1000, "1", 10, 100_000, "virtual motoneurons"),
        "mg": Option((1.0, 0.55, 0.25, 0.10), "mM", 0, 10, "ionised magnesium at the cord", ion="mg"),
        "ca": Option(1.2, "mM", 0, 10, "ionised calcium at the cord", ion="ca"),
        "rate": Option(
            (8.0, 12.0, 16.0, 20.0, 24.0, 28.0, 32.0, 38.0, 44.0, 50.0), "Hz", 0.5, 500, "rates of stimulation"
        ),
        "spread": Option(
            0.2, "1", 0.01, 0.9, "the share by which fourteen constants may differ from the reference cell"
        ),
        "shift": Option(
            4.0, "mV", 0.01, 30, "how far the half-inactivation V_half_hL may lie from the reference cell's"
        ),
    },
    quick={"cells": 50, "mg": (0.55, 0.25)},
    sources=["MillerKnight2009", "Garrison2020"],
)
def virtual_motoneurons(run: Run) -> Report:
    """Thresholds of every cell at every magnesium, their distributions, and what decides them."""
    o = run.options
    if NORMAL not in o.mg:
        raise InputError(f"virtual_motoneurons compares with the normal {NORMAL:g} mM: mg needs it too")
    levels, rates = sorted(o.mg, reverse=True), sorted(o.rate)
    drawn = draw_cells(run, o.cells)
    happens = []  # whether it cramps: (cells, levels, rates), and without a train
    for first in run.in_turn(range(0, o.cells, AT_ONCE)):
        some = {name: values[first : first + AT_ONCE] for name, values in drawn.items()}
        number = len(some[SHIFTED])
        found = assays.cramps(
            "motoneuron",
            ions=Ions(ca=o.ca, mg=levels * number),
            rates=[0.0, *rates],
            noise=False,
            parameters={name: np.repeat(values, len(levels)) for name, values in some.items()},
            simulate=run.simulate,
            keep=True,
        )
        happens.append(found.reshape(number, len(levels), 1 + len(rates)))
    cramps = np.concatenate(happens)
    first_rate = np.where(cramps[..., 1:].any(axis=2), np.asarray(rates)[cramps[..., 1:].argmax(axis=2)], np.nan)
    thresholds = {mg: first_rate[:, k] for k, mg in enumerate(levels)}
    columns = {name: f"{name}_{load_model('motoneuron').parameters[name].unit}" for name in drawn}
    rows = [
        {
            "cell": cell,
            "mg_mM": mg,
            "threshold_hz": None if np.isnan(thresholds[mg][cell]) else float(thresholds[mg][cell]),
            "cramps_without_train": bool(cramps[cell, k, 0]),
            **{columns[name]: float(values[cell]) for name, values in drawn.items()},
        }
        for cell in range(o.cells)
        for k, mg in enumerate(levels)
    ]
    shares = cramp_shares(cramps[..., 1:], levels, rates, run.seed)
    drivers = correlations(drawn, thresholds, run.seed)
    example, identify = _example(run, drawn, thresholds)
    tables = {
        "table": Table(rows, list(rows[0]), example, identify),
        "shares": Table(shares, list(shares[0])),
        "correlations": Table(drivers, list(drivers[0])),
    }
    return Report(
        tables=tables,
        findings=findings(thresholds, cramps[..., 0], drivers, rates, run.seed),
        draw=lambda: draw(thresholds, drivers, rates, run.seed),
        limits=[
            f"The cells differ from one reference cell by up to {o.spread:.0%} (V_half_hL by {o.shift:g} mV), drawn "
            "uniformly and independently: a sensitivity study, not a sample of real motoneurons.",
            "All three actions of magnesium make this cell more excitable when magnesium falls, so that the study "
            "shows how far and how often, not which way.",
            f"Single noiseless runs: a threshold is known to the spacing of the rates tried ({min(rates):g} to "
            f"{max(rates):g} Hz); "
            '"none" means none up to the highest.',
            "Trials of magnesium for ordinary night cramps found no benefit (Garrison2020). This is a model, not "
            "advice.",
        ],
    )


def draw_cells(run: Run, cells: int) -> dict[str, Array]:
    """Constants of every cell in their own units; a cell is the same however many there are.

    A constant that was set from outside is the middle of its range.
    """
    o = run.options
    uniform = run.drawn(cells, len(SCALED) + 1)
    drawn = {name: run.value("motoneuron", name) * (1 + o.spread * uniform[:, k]) for k, name in enumerate(SCALED)}
    return {**drawn, SHIFTED: run.value("motoneuron", SHIFTED) + o.shift * uniform[:, -1]}


def interval(statistic: Callable[..., Any], *samples: Array, seed: int) -> tuple[float, float]:
    """95 % bootstrap interval over cells of a statistic of paired samples, which takes an axis."""
    from scipy.stats import bootstrap

    if len(np.unique(np.column_stack(samples), axis=0)) < 2:  # all alike: nothing to resample
        value = float(statistic(*samples, axis=-1))
        return value, value
    found = bootstrap(
        samples,
        statistic,
        paired=True,
        n_resamples=RESAMPLED,
        batch=200,  # bounds the memory
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(found.low), float(found.high)


def cramp_shares(
    cramps: NDArray[np.bool_], levels: Sequence[float], rates: Sequence[float], seed: int
) -> list[dict[str, Any]]:
    """In which share of the cells a train of each rate brings on a cramp, at each magnesium."""
    rows = []
    for k, mg in enumerate(levels):
        for j, rate in enumerate(rates):
            share = cramps[:, k, j].astype(float)
            low, high = interval(np.mean, share, seed=seed)
            rows.append({"mg_mM": mg, "rate_hz": rate, "cramp_share": share.mean(), "low": low, "high": high})
    return rows


def correlation(a: Array, b: Array, axis: int = -1) -> Any:
    """Correlation of two samples along an axis; of their ranks, it is the rank correlation of Spearman."""
    a, b = (x - x.mean(axis=axis, keepdims=True) for x in (a, b))
    return (a * b).sum(axis=axis) / np.sqrt((a**2).sum(axis=axis) * (b**2).sum(axis=axis))


def correlations(drawn: dict[str, Array], thresholds: dict[float, Array], seed: int) -> list[dict[str, Any]]:
    """Rank correlations of every drawn constant with the normal threshold and with its fall at low magnesium.

    A cell without threshold ranks above all others; the fall is that of cells with a threshold at both levels. Intervals
    are those of the correlation of resampled ranks.
    """
    from scipy.stats import rankdata

    low = _typical(thresholds)
    rows = []
    for of, mine, values in (
        ("threshold_normal", np.ones(len(thresholds[NORMAL]), bool), np.nan_to_num(thresholds[NORMAL], nan=1e9)),
        ("fall", ~np.isnan(thresholds[NORMAL] - thresholds[low]), thresholds[NORMAL] - thresholds[low]),
    ):
        for name, constant in drawn.items():
            a, b = rankdata(constant[mine]), rankdata(values[mine])
            row: dict[str, Any] = {"of": of, "parameter": name, "cells": int(mine.sum()), "rank_correlation": None}
            if mine.sum() >= 10 and len(np.unique(b)) > 1:
                row["rank_correlation"] = float(correlation(a, b))
                row["low"], row["high"] = interval(correlation, a, b, seed=seed)
            rows.append({"low": None, "high": None, **row})
    return rows


def _typical(thresholds: dict[float, Array]) -> float:
    """The low level that the findings speak of."""
    low = [mg for mg in thresholds if mg < NORMAL]
    return TYPICAL_LOW if TYPICAL_LOW in low else max(low, default=NORMAL)


def _example(run: Run, drawn: dict[str, Array], thresholds: dict[float, Array]) -> tuple[Any, list[dict[str, Any]]]:
    """Potentials of the first few cells at normal and low magnesium, 20 Hz."""
    few = range(min(3, len(drawn[SHIFTED])))
    levels = list(dict.fromkeys((NORMAL, _typical(thresholds))))
    train = Train(rate=20.0)
    recording = run.simulate(
        "motoneuron",
        ions=Ions(ca=run.options.ca, mg=[mg for mg in levels for _ in few]),
        protocol=train,
        parameters={name: np.tile(values[: len(few)], len(levels)) for name, values in drawn.items()},
        watch=5.0,
        noise=False,
        sample=1.0,
        keep=True,
    )
    return recording, [{"cell": cell, "mg_mM": mg, "rate_hz": train.rate} for mg in levels for cell in few]


def compare(normal: Array, low: Array) -> dict[str, NDArray[np.bool_]]:
    """What low magnesium does to each cell's threshold: lowered, unchanged or raised (NaN: none to the highest "
    "rate).
    """
    a, b = (np.nan_to_num(values, nan=np.inf) for values in (normal, low))
    return {"lowered": b < a, "unchanged": a == b, "raised": b > a}


def findings(
    thresholds: dict[float, Array],
    alone: NDArray[np.bool_],
    drivers: Sequence[dict[str, Any]],
    rates: Sequence[float],
    seed: int,
) -> Findings:
    """Shares, shifts and what decides them, with 95 % intervals over cells."""
    found = Findings()
    cells, levels = len(thresholds[NORMAL]), list(thresholds)

    def share(of: NDArray[np.bool_]) -> str:
        low, high = interval(np.mean, of.astype(float), seed=seed)
        return f"{of.mean():.0%} of cells (95 % interval {low:.0%} to {high:.0%})"

    for mg in sorted((mg for mg in thresholds if mg != NORMAL), reverse=True):
        kinds = compare(thresholds[NORMAL], thresholds[mg])
        right, wrong = ("lowered", "raised") if mg < NORMAL else ("raised", "lowered")
        both = ~np.isnan(thresholds[NORMAL]) & ~np.isnan(thresholds[mg])
        found.add(
            f"at_{mg:g}_mM",
            "1",
            f"{right} in more than half of the cells, {wrong} in fewer than one in twenty",
            "model",
            (
                f"At {mg:g} mM magnesium the threshold is {right} in {share(kinds[right])}, unchanged in "
                f"{kinds['unchanged'].mean():.0%}, {wrong} in {kinds[wrong].mean():.0%}, of {cells} cells.",
                float(kinds[right].mean()),
                bool(kinds[right].mean() > 0.5 and kinds[wrong].mean() < 0.05),
            ),
        )
        if mg < NORMAL:
            falls = (thresholds[NORMAL] - thresholds[mg])[both]
            new = np.isnan(thresholds[NORMAL]) & ~np.isnan(thresholds[mg])
            low, high = interval(np.median, falls, seed=seed) if len(falls) else (0.0, 0.0)
            found.add(
                f"fall_at_{mg:g}_mM",
                "Hz",
                "a median fall above zero, by its 95 % interval",
                "model",
                (
                    f"Among the {both.sum()} cells with a threshold at both, it falls by a median of "
                    f"{np.median(falls):g} Hz (95 % interval {low:g} to {high:g}; middle half of the cells "
                    f"{np.percentile(falls, 25):g} to {np.percentile(falls, 75):g}); {new.sum()} more cells get one "
                    f"only at {mg:g} mM.",
                    float(np.median(falls)),
                    low > 0,
                )
                if len(falls)
                else None,
            )
    low = _typical(thresholds)
    if low != NORMAL:
        quiet = ~alone[:, [levels.index(NORMAL), levels.index(low)]].any(axis=1)
        mine = compare(thresholds[NORMAL][quiet], thresholds[low][quiet])["lowered"]
        loud = ", ".join(f"{alone[:, k].mean():.1%} at {mg:g} mM" for k, mg in enumerate(levels))
        found.add(
            "cells_quiet_without_a_train",
            "1",
            "the threshold is lowered in more than half of the cells that are quiet without a train",
            "model",
            (
                f"Without any train {loud} fire on, and there a threshold means little; among the {quiet.sum()} "
                f"cells quiet at {NORMAL:g} and {low:g} mM it is lowered in {share(mine)}.",
                float(mine.mean()),
                bool(mine.mean() > 0.5),
            )
            if quiet.any()
            else None,
        )
        windows = [
            (np.nan_to_num(thresholds[NORMAL], nan=np.inf) > rate)
            & (np.nan_to_num(thresholds[low], nan=np.inf) <= rate)
            for rate in rates
        ]
        best = int(np.argmax([w.mean() for w in windows]))
        found.add(
            "window",
            "1",
            "one rate that leaves more than half of the cells silent at normal magnesium and makes them cramp at low",
            "model",
            (
                f"The rate that parts most cells is {rates[best]:g} Hz: {share(windows[best])} are silent after it "
                f"at {NORMAL:g} mM and cramp at {low:g} mM.",
                float(windows[best].mean()),
                bool(windows[best].mean() > 0.5),
            ),
        )
    for of, what in (("threshold_normal", "the normal threshold"), ("fall", f"its fall at {low:g} mM")):
        known = [row for row in rows_where(drivers, of=of) if row["rank_correlation"] is not None]
        first = sorted(known, key=lambda row: -abs(row["rank_correlation"]))[:3]
        found.add(
            f"what_decides_{of}",
            "1",
            "at least one constant with a rank correlation whose 95 % interval excludes 0",
            "model",
            (
                f"What decides {what} most: "
                + ", ".join(f"{r['parameter']} (rank correlation {r['rank_correlation']:+.2f})" for r in first)
                + ".",
                first[0]["rank_correlation"],
                bool(first[0]["low"] > 0 or first[0]["high"] < 0),
            )
            if first
            else None,
        )
    people = thresholds[NORMAL][~np.isnan(thresholds[NORMAL])]
    found.add(
        "beside_people",
        "Hz",
        "25.5 Hz, the mean of people not prone to cramps, inside the middle half of the cells",
        "MillerKnight2009",
        (
            f"The normal threshold is {np.median(people):g} Hz in the median cell (middle half "
            f"{np.percentile(people, 25):g} to {np.percentile(people, 75):g} Hz; {len(people)} of {cells} have one); "
            "in people 25.5 +- 1.6 Hz.",
            float(np.median(people)),
            bool(np.percentile(people, 25) <= 25.5 <= np.percentile(people, 75)),
        )
        if len(people)
        else None,
    )
    return found


def draw(
    thresholds: dict[float, Array], drivers: Sequence[dict[str, Any]], rates: Sequence[float], seed: int
) -> Figure:
    """Share of cells that cramp at each rate; thresholds of each cell at two levels; what decides them."""
    from matplotlib.figure import Figure

    figure = Figure()
    low = _typical(thresholds)
    kinds = {kind: found.mean() for kind, found in compare(thresholds[NORMAL], thresholds[low]).items()}
    figure.suptitle(
        f"Magnesium down from {NORMAL:g} to {low:g} mM lowers the cramp threshold\n"
        f"in {kinds['lowered']:.0%} of {len(thresholds[NORMAL])} virtual motoneurons and raises it in "
        f"{kinds['raised']:.0%}",
        fontweight="bold",
    )
    axes: Any = figure.subplots(1, 3, width_ratios=[1.1, 1, 1.1])
    _cumulative(axes[0], thresholds, rates)
    _pairs(axes[1], thresholds, low, rates, seed)
    _drivers(axes[2], drivers)
    figures.footnote(figure, f"A sensitivity study around one model cell, not advice. {figures.NO_BENEFIT}")
    return figure


def _cumulative(ax: Axes, thresholds: dict[float, Array], rates: Sequence[float]) -> None:
    for (color, dash, marker), (mg, values) in zip(figures.SERIES * 3, sorted(thresholds.items()), strict=False):
        share = [100 * float((np.nan_to_num(values, nan=np.inf) <= rate).mean()) for rate in rates]
        ax.plot(rates, share, ls=dash, marker=marker, color=color)
        ax.text(rates[-1] + 1, share[-1], f"Mg {mg:g}", color=color, fontsize="small", va="center")
    ax.set_ylim(0, 100)
    ax.set_xlim(right=rates[-1] * 1.22)
    ax.set_xlabel("stimulation (Hz)")
    ax.set_ylabel("cells that cramp at this rate or a lower one (%)")


def _pairs(ax: Axes, thresholds: dict[float, Array], low: float, rates: Sequence[float], seed: int) -> None:
    """Every cell as a dot, moved a little at random so that dots do not hide each other."""
    none = max(rates) + 9
    generator = np.random.default_rng(seed)
    x, y = (np.nan_to_num(thresholds[mg], nan=none) for mg in (NORMAL, low))
    moved = generator.uniform(-1.3, 1.3, (2, len(x)))
    ax.plot(x + moved[0], y + moved[1], ".", color=figures.BLUE, alpha=0.35, mec="none")
    ax.plot([0, none], [0, none], color=figures.GREY, lw=1)
    ticks = [*range(10, int(max(rates)), 10), none]
    names = [*(str(tick) for tick in ticks[:-1]), "none"]
    ax.set_xticks(ticks, names)
    ax.set_yticks(ticks, names)
    ax.set_xlabel(f"threshold at {NORMAL:g} mM (Hz)")
    ax.set_ylabel(f"threshold at {low:g} mM (Hz)")
    ax.set_title("each dot a cell; below the line: lowered", fontsize="x-small")


def _drivers(ax: Axes, drivers: Sequence[dict[str, Any]]) -> None:
    known = [row for row in drivers if row["rank_correlation"] is not None]
    order = [r["parameter"] for r in rows_where(drivers, of="threshold_normal")]
    strength = {
        p: max((abs(r["rank_correlation"]) for r in rows_where(known, parameter=p)), default=0.0) for p in order
    }
    order.sort(key=lambda p: strength[p])
    looks = (
        ("threshold_normal", figures.BLUE, "o", -0.15, "normal threshold"),
        ("fall", figures.VERMILLION, "s", 0.15, "fall at low Mg"),
    )
    for of, color, marker, lift, label in looks:
        own = rows_where(known, of=of)
        places = np.array([order.index(r["parameter"]) for r in own]) + lift
        ax.hlines(places, [r["low"] for r in own], [r["high"] for r in own], color=color)
        ax.plot([r["rank_correlation"] for r in own], places, marker, color=color, label=label)
    ax.axvline(0, color=figures.GREY, lw=1)
    ax.set_yticks(range(len(order)), order, fontsize="x-small")
    ax.set_xlim(-1, 1)
    ax.set_xlabel("rank correlation (95 % interval)")
    ax.legend(fontsize="x-small", loc="lower left")


if __name__ == "__main__":
    run_as_script(virtual_motoneurons)
