"""Through which mechanism does magnesium move the cramp threshold, and why is calcium's effect uncertain?

Magnesium acts on this cell in three places: it screens the gates, it blocks the calcium channels, and it plugs the NMDA
synapse. Each alone, in pairs, all and none, the rest of the cell held at normal magnesium. Then low magnesium together
with low calcium, for several values of the one constant that decides what low calcium does.
"""

from __future__ import annotations

from itertools import combinations
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
    divalents,
    experiment,
    figures,
    rows_where,
    run_as_script,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CA_MM, MG_MM = PRESETS["normal"]
MECHANISMS = ("gating_shift", "cav_block", "nmda_block")
SUBSETS = tuple("+".join(some) or "none" for n in range(4) for some in combinations(MECHANISMS, n))
ALL = SUBSETS[-1]

COLUMNS = (
    "ca_mM",
    "mg_mM",
    "mechanisms",
    "K_Ca_mM",
    "threshold_hz",
    "threshold_noiseless_hz",
    "firm",
    "cramps_without_train",
    "gating_shift_mV",
    "calcium_entry",
)


@experiment(
    title="Which of magnesium's actions moves the cramp threshold",
    question="Through which mechanism does magnesium move the cramp threshold, and why is calcium's effect uncertain?",
    models=["motoneuron"],
    options={
        "mg": Option((1.0, 0.25, 0.10), "mM", 0, 10, "ionised magnesium, beside the normal 0.55 mM", ion="mg"),
        "ca": Option((0.9, 1.4), "mM", 0, 10, "ionised calcium, beside the normal 1.2 mM", ion="ca"),
        "K_Ca": Option(
            (5.0, 2.0, 1.0, 0.3, 0.01), "mM", 0.001, 100, "calcium at which entry through its channel is half saturated"
        ),
        "low": Option(0.25, "mM", 0, 10, "the magnesium that is combined with each calcium", ion="mg"),
        "rate": Option(tuple(float(r) for r in range(4, 51, 2)), "Hz", 0.5, 500, "rates of runs with noise"),
        "noiseless_rate": Option(tuple(float(r) for r in range(4, 51)), "Hz", 0.5, 500, "rates of noiseless runs"),
        "seeds": Option(20, "1", 1, 1000, "noise seeds per rate; half of them decide"),
    },
    quick={"mg": (0.25,), "ca": (0.9,), "K_Ca": (5.0, 0.01), "rate": tuple(float(r) for r in range(8, 41, 4))},
    sources=["Garrison2020"],
)
def mechanisms(run: Run) -> Report:
    """Thresholds with each mechanism on or off, and with low calcium for several K_Ca."""
    o = run.options
    conditions = [(CA_MM, MG_MM, ALL, o.K_Ca[0])]
    conditions += [(CA_MM, mg, some, o.K_Ca[0]) for mg in o.mg for some in SUBSETS]
    conditions += [
        (ca, mg, ALL, k) for k in o.K_Ca for mg in dict.fromkeys((MG_MM, o.low)) for ca in sorted({CA_MM, *o.ca})
    ]
    conditions = list(dict.fromkeys(conditions))
    rows = []
    for some in run.in_turn([conditions[k : k + 4] for k in range(0, len(conditions), 4)]):
        ions = Ions(ca=[c[0] for c in some], mg=[c[1] for c in some])
        parameters = {
            **{f"on_{name}": [float(name in c[2]) for c in some] for name in MECHANISMS},
            "K_Ca": [c[3] for c in some],
        }
        noisy, single = (
            assays.threshold_frequency(
                "motoneuron",
                ions=ions,
                rates=sorted(o.rate if noise else o.noiseless_rate),
                noise=noise,
                repeats=o.seeds,
                parameters=parameters,
                simulate=run.simulate,
                keep=True,
            )
            for noise in (True, False)
        )
        for (ca, mg, which, k), mine, lone in zip(some, noisy, single, strict=True):
            felt = {name: mg if name in which else MG_MM for name in MECHANISMS}
            rows.append(
                {
                    "ca_mM": ca,
                    "mg_mM": mg,
                    "mechanisms": which,
                    "K_Ca_mM": k,
                    "threshold_hz": mine.rate,
                    "threshold_noiseless_hz": lone.rate,
                    "firm": mine.firm,
                    "cramps_without_train": mine.without,
                    "gating_shift_mV": divalents.gating_shift(Ca=ca, Mg=felt["gating_shift"]),
                    "calcium_entry": divalents.calcium_entry(Ca=ca, Mg=felt["cav_block"], K_Ca=k),
                }
            )
    train = Train(rate=20.0)
    example = run.simulate(
        "motoneuron",
        ions=Ions(mg=o.low),
        protocol=train,
        parameters={f"on_{name}": [float(name in some) for some in SUBSETS] for name in MECHANISMS},
        watch=5.0,
        noise=False,
        sample=1.0,
        keep=True,
    )
    identify = [{"ca_mM": CA_MM, "mg_mM": o.low, "mechanisms": some, "rate_hz": train.rate} for some in SUBSETS]
    return Report(
        tables={"table": Table(rows, COLUMNS, example, identify)},
        findings=findings(rows, o.low, o.K_Ca, max(o.rate)),
        draw=lambda: draw(rows, o.low, o.K_Ca, max(o.rate)),
        limits=[
            "How far magnesium blocks a motoneuron's calcium channels (K_Mg), and how much of a volley's charge NMDA "
            "receptors carry, are not measured in this cell: the shares of the mechanisms are those of this set of "
            "parameters.",
            "Which way low calcium acts depends on K_Ca, which nobody has measured for these channels. This cell is "
            "no model of hypocalcaemic tetany, which begins in the axon.",
            "Trials of magnesium for ordinary night cramps found no benefit (Garrison2020). This is a model, not "
            "advice.",
        ],
    )


def _row(rows: Sequence[dict[str, Any]], **values: Any) -> dict[str, Any] | None:
    return next(iter(rows_where(rows, **values)), None)


def _hz(rate: float | None, highest: float) -> str:
    return f"none to {highest:g} Hz" if rate is None else f"{rate:.1f} Hz"


def findings(rows: Sequence[dict[str, Any]], low: float, K_Ca: Sequence[float], highest: float) -> Findings:
    """Shares of the mechanisms, the negative control, and which way calcium acts."""
    found = Findings("left out of this run, or no threshold to compare")

    def of(mg: float, which: str) -> dict[str, Any] | None:
        return _row(rows, ca_mM=CA_MM, mg_mM=mg, mechanisms=which, K_Ca_mM=K_Ca[0])

    normal = of(MG_MM, ALL)
    assert normal is not None
    nones = rows_where(rows, mechanisms="none")
    same = [all(row[c] == normal[c] for c in ("threshold_hz", "threshold_noiseless_hz")) for row in nones]
    found.add(
        "negative_control",
        "1",
        "exactly the normal thresholds, at every magnesium",
        "model",
        (
            f"With every mechanism off, magnesium from {min(r['mg_mM'] for r in nones):g} to "
            f"{max(r['mg_mM'] for r in nones):g} mM leaves the threshold exactly where it is "
            f"({_hz(normal['threshold_hz'], highest)})."
            if all(same)
            else "With every mechanism off magnesium still moves the threshold.",
            sum(same),
            all(same),
        )
        if nones
        else None,
    )

    def shift(which: str) -> float | None:
        row = of(low, which)
        if row is None or row["threshold_hz"] is None or normal["threshold_hz"] is None:
            return None
        return float(row["threshold_hz"] - normal["threshold_hz"])

    alone = {name: shift(name) for name in MECHANISMS}
    whole = shift(ALL)
    known = [value for value in alone.values() if value is not None]
    names = {"gating_shift": "the gating shift", "cav_block": "calcium-channel block", "nmda_block": "NMDA block"}
    found.add(
        "each_mechanism",
        "Hz",
        "each alone lowers the threshold, none as much as all together",
        "model",
        (
            f"At {low:g} mM magnesium all three lower the threshold by {-whole:.1f} Hz; alone "
            + ", ".join(f"{names[n]} by {-v:.1f}" for n, v in alone.items() if v is not None)
            + " Hz.",
            whole,
            all(whole < value < 0 for value in known),
        )
        if whole is not None and len(known) == len(MECHANISMS)
        else None,
    )
    found.add(
        "additive",
        "1",
        "the three alone add up to all together within a quarter",
        "model",
        (
            f"The three alone add up to {sum(known) / whole:.0%} of all together.",
            sum(known) / whole,
            abs(sum(known) / whole - 1) <= 0.25,
        )
        if whole and len(known) == len(MECHANISMS)
        else None,
    )
    largest = min(alone, key=lambda name: alone[name] or 0.0)
    found.add(
        "largest_mechanism",
        "Hz",
        "the gating shift has the largest share",
        "model",
        (
            f"The largest share at {low:g} mM is that of {names[largest]}.",
            alone[largest],
            largest == "gating_shift",
        )
        if len(known) == len(MECHANISMS)
        else None,
    )

    less = [ca for ca in sorted({row["ca_mM"] for row in rows}) if ca < CA_MM]
    signs = {}
    for k in K_Ca:
        rates = [_row(rows, ca_mM=ca, mg_mM=low, mechanisms=ALL, K_Ca_mM=k) for ca in (*less[-1:], CA_MM)]
        if len(rates) == 2 and all(rates):
            signs[k] = _compare(*rates)  # type: ignore[arg-type]
    shown = "; ".join(f"{word} at K_Ca {k:g} mM" for k, word in signs.items())
    found.add(
        "low_calcium",
        "1",
        "protects where calcium entry is far from saturation (K_Ca 5 mM), promotes where it is saturated (0.01 mM)",
        "model",
        (
            f"Low calcium ({less[-1]:g} mM) on top of low magnesium ({low:g} mM): {shown}. The sign is that of one "
            "unmeasured constant.",
            len(set(signs.values())),
            signs.get(max(signs)) == "protects" and signs.get(min(signs)) == "promotes",
        )
        if len(signs) > 1
        else None,
    )
    entries = {
        k: row["calcium_entry"]
        for k in K_Ca
        if less and (row := _row(rows, ca_mM=less[-1], mg_mM=low, mechanisms=ALL, K_Ca_mM=k)) is not None
    }
    found.add(
        "why",
        "1",
        "calcium entry falls with calcium only where it is not saturated, while the gating shift excites in any case",
        "model",
        (
            f"There the gates feel {divalents.gating_shift(Ca=less[-1], Mg=low):.1f} mV, which excites, and relative "
            "calcium entry is "
            + ", ".join(f"{entry:.2f} at K_Ca {k:g} mM" for k, entry in entries.items())
            + ": without entry no plateau.",
            entries[max(entries)] - entries[min(entries)],
            entries[max(entries)] < entries[min(entries)],
        )
        if len(entries) > 1
        else None,
    )
    return found


def _compare(lower: dict[str, Any], usual: dict[str, Any]) -> str:
    """What low calcium does to the threshold."""
    if lower["cramps_without_train"] > usual["cramps_without_train"]:
        return "promotes"
    a, b = (np.inf if row["threshold_hz"] is None else row["threshold_hz"] for row in (lower, usual))
    return "protects" if a > b else "promotes" if a < b else "does nothing"


def draw(rows: Sequence[dict[str, Any]], low: float, K_Ca: Sequence[float], highest: float) -> Figure:
    """Thresholds by mechanism on the left; calcium and K_Ca on the right."""
    from matplotlib.figure import Figure

    figure = Figure()
    figure.suptitle(_title(rows, low, K_Ca), fontweight="bold")
    axes: Any = figure.subplots(1, 2, width_ratios=[1.25, 1])
    left, right = axes
    _bars(left, rows, low, K_Ca[0], highest)
    _calcium(right, rows, low, K_Ca, highest)
    figures.footnote(figure, f"A model of one cell, not advice. {figures.NO_BENEFIT}")
    return figure


def _title(rows: Sequence[dict[str, Any]], low: float, K_Ca: Sequence[float]) -> str:
    found = {finding.name: finding for finding in findings(rows, low, K_Ca, 0.0)}
    each, sign = found["each_mechanism"], found["low_calcium"]
    first = "All three actions of magnesium move the cramp threshold" if each.holds else "Magnesium's three actions"
    return first + ("; which way\ncalcium moves it depends on one unmeasured constant" if sign.holds else "")


SHORT = {"gating_shift": "gates", "cav_block": "Ca channels", "nmda_block": "NMDA"}


def _bars(ax: Axes, rows: Sequence[dict[str, Any]], low: float, K_Ca: float, highest: float) -> None:
    """Threshold at low magnesium with every subset of the mechanisms, as bars from the normal one."""
    normal = _row(rows, ca_mM=CA_MM, mg_mM=MG_MM, mechanisms=ALL, K_Ca_mM=K_Ca)
    base = (normal or {}).get("threshold_hz")
    levels = sorted({row["mg_mM"] for row in rows_where(rows, mechanisms="none")}, reverse=True)
    base = highest if base is None else base
    height = 0.8 / len(levels)
    looks = [look for look, _ in zip(figures.SERIES * 2, levels, strict=False)]
    for j, mg in enumerate(levels):
        color, _, marker = looks[j]
        for k, some in enumerate(SUBSETS):
            row = _row(rows, ca_mM=CA_MM, mg_mM=mg, mechanisms=some, K_Ca_mM=K_Ca)
            rate = row["threshold_hz"] if row else None
            y = k + (j - (len(levels) - 1) / 2) * height
            end = highest + 2 if rate is None else rate
            ax.plot([base, end], [y, y], color=color, lw=0.22 * height * 72)
            ax.plot(
                end,
                y,
                marker if rate is not None else ">",
                color=color,
                ms=0.45 * float(mpl.rcParams["font.size"]),
                label=f"Mg {mg:g} mM" if k == 0 else None,
            )
    ax.axvline(base, color=figures.GREY, lw=1.2)
    ax.text(base, -0.75, f"normal\n{base:.0f} Hz", ha="center", va="bottom", fontsize="x-small", color=figures.GREY)
    labels = [" + ".join(SHORT.get(n, n) for n in some.split("+")) for some in SUBSETS]
    labels[-1] = "all"
    ax.set_yticks(range(len(SUBSETS)), labels)
    ax.set_ylim(len(SUBSETS) - 0.5, -0.7)
    ax.set_xlim(0, highest + 4)
    ax.set_xlabel(f"cramp threshold (Hz);  ▶ none to {highest:g} Hz")
    ax.set_title("Which action is on", loc="left", fontsize="medium", pad=36)
    ax.legend(fontsize="x-small", loc="upper left")


def _calcium(ax: Axes, rows: Sequence[dict[str, Any]], low: float, K_Ca: Sequence[float], highest: float) -> None:
    """Threshold against calcium at low magnesium, one line per K_Ca."""
    for (color, dash, marker), k in zip(figures.SERIES, K_Ca, strict=False):
        own = sorted(rows_where(rows, mg_mM=low, mechanisms=ALL, K_Ca_mM=k), key=lambda r: float(r["ca_mM"]))
        if len(own) < 2:
            continue
        ends = [highest + 2 if r["threshold_hz"] is None else r["threshold_hz"] for r in own]
        ax.plot(
            [r["ca_mM"] for r in own],
            ends,
            ls=dash,
            marker=marker,
            color=color,
            ms=0.5 * float(mpl.rcParams["font.size"]),
            label=f"{k:g} mM",
        )
        for row, end in zip(own, ends, strict=True):
            if row["cramps_without_train"] > 0:
                ax.annotate(
                    "fires by itself",
                    (row["ca_mM"], end),
                    (8, -14),
                    textcoords="offset points",
                    fontsize="x-small",
                    color=color,
                )
    ax.axhline(highest + 2, color=figures.GREY, lw=0.8, ls=":")
    ax.text(
        1.0,
        highest + 2.3,
        f"none to {highest:g} Hz",
        transform=ax.get_yaxis_transform(),
        ha="right",
        fontsize="x-small",
    )
    ax.set_ylim(0, highest + 5)
    ax.set_xlabel("Ca at the cord (mM)")
    ax.set_ylabel("cramp threshold (Hz)")
    ax.set_title(f"Low Mg ({low:g} mM) with low Ca", loc="left", fontsize="medium")
    ax.legend(title="$K_{Ca}$", fontsize="small", title_fontsize="small")


if __name__ == "__main__":
    run_as_script(mechanisms)
