"""Does the ratio of calcium to magnesium in the diet reach the nerve?

Bodies that have lived on diets of many ratios, at several intakes of magnesium, in their steady states: what they absorb and
lose, their hormones, their ions, and what a motoneuron and a motor axon make of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from excitability.experiments import _nerve

from excitability import (
    Findings,
    InputError,
    Option,
    Report,
    Run,
    Table,
    body,
    experiment,
    figures,
    rows_where,
    run_as_script,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MODEL = "body"
PROPOSED = (1.7, 2.6)  # by weight: an association in populations, not a threshold of physiology
ORDINARY_MG = (250.0, 450.0)  # mg of magnesium a day
ORDINARY_RATIO = (1.0, 5.0)
MOST_CA_MG = 5000.0  # a day; combinations of ratio and magnesium beyond are left out
NERVE = ("threshold_hz", "rheobase_ratio")
COLUMNS = (
    "ca_mg_per_day", "mg_mg_per_day", "ratio", "ca_total_mM", "mg_total_mM", "ca_mM", "mg_mM", "pth_ratio",
    "calcitriol_ratio", "ca_urine_mmol_per_day", "mg_urine_mmol_per_day", "ca_cord_mM", "mg_cord_mM", *NERVE,
    "ca_absorbed_mmol_per_day", "mg_absorbed_mmol_per_day",
)  # fmt: skip
Rows = list[dict[str, Any]]


@experiment(
    title="Within ordinary diets the ratio of calcium to magnesium hardly moves plasma",
    question="Does the ratio of calcium to magnesium in the diet reach the nerve?",
    models=[MODEL, "motoneuron", "motor_axon"],
    options={
        "ratio": Option(
            (0.5, 1.0, 1.7, 2.3, 2.6, 3.5, 5.0, 8.0, 13.0, 25.0), "1", 0.05, 100, "calcium to magnesium by weight"
        ),
        "mg": Option((100.0, 200.0, 350.0, 500.0), "mg", 10, 3000, "magnesium eaten in a day"),
    },
    quick={"ratio": (1.0, 1.7, 2.6, 5.0), "mg": (200.0, 350.0)},
    sources=["Costello2021", "Andon1996", "Spencer1994", "Dai2013", "Rosanoff2016", "DuttaLayton2024"],
)
def diet_ratio(run: Run) -> Report:
    """Steady states of every diet, and the nerve in their ions."""
    o = run.options
    diets = [(ratio * mg, mg) for mg in sorted(o.mg) for ratio in sorted(o.ratio) if ratio * mg <= MOST_CA_MG]
    if not diets:
        raise InputError(f"every one of these diets holds more than {MOST_CA_MG:g} mg of calcium a day")
    rows = described(run, diets)
    judged = findings(rows)
    return Report(
        tables={"table": Table(rows, COLUMNS)},
        findings=judged,
        draw=lambda: draw(rows, judged),
        limits=[
            f"The range of {PROPOSED[0]:g} to {PROPOSED[1]:g} by weight is an association in populations (Costello2021), "
            "drawn for orientation; nothing in the model happens at its edges.",
            "Competition in the gut is set as strong as human studies allow, which is weak; they are compatible with none.",
            "Steady states of one healthy body; phosphate, oxalate and phytate of foods are not in it.",
            f"A teaching model, not advice. {figures.NO_BENEFIT}",
        ],
    )


def described(run: Run, diets: list[tuple[float, float]]) -> Rows:
    """One row per diet, given as milligrams of calcium and magnesium a day."""
    steady = run.steady_states(
        MODEL,
        parameters={
            "Ca_eaten": [body.moles("ca", ca) for ca, _ in diets],
            "Mg_eaten": [body.moles("mg", mg) for _, mg in diets],
        },
    )
    rows: Rows = [
        {"ca_mg_per_day": ca, "mg_mg_per_day": mg, "ratio": ca / mg, **body.plasma(steady, k)}
        | {
            f"{ion}_absorbed_mmol_per_day": float(steady[f"absorbed_{ion.capitalize()}_mmol/day"][k])
            for ion in ("ca", "mg")
        }
        for k, (ca, mg) in enumerate(diets)
    ]
    _nerve.fill_in(run, rows, NERVE)
    return rows


def findings(rows: Rows) -> Findings:
    """How far plasma and nerve move, within ordinary diets and at their edges."""
    found = Findings("no such diet in this run")
    near = sorted({r["mg_mg_per_day"] for r in rows}, key=lambda mg: abs(mg - 350))[0]
    low, high = (
        next((r for r in rows_where(rows, mg_mg_per_day=near) if np.isclose(r["ratio"], x)), None) for x in PROPOSED
    )
    ca, mg = (high[ion] / low[ion] - 1 if low and high else 0.0 for ion in ("ca_mM", "mg_mM"))
    found.add(
        "proposed_range",
        "1",
        "ionised calcium within 2 % and magnesium within 5 % between the ends of the proposed range",
        "model",
        (
            f"From a ratio of {PROPOSED[0]:g} to {PROPOSED[1]:g} at {near:g} mg of magnesium, ionised calcium changes by "
            f"{ca:+.1%} and ionised magnesium by {mg:+.1%}.",
            max(abs(ca), abs(mg)),
            abs(ca) <= 0.02 and abs(mg) <= 0.05,
        )
        if low and high
        else None,
    )
    ordinary = [
        r
        for r in rows
        if ORDINARY_MG[0] <= r["mg_mg_per_day"] <= ORDINARY_MG[1]
        and ORDINARY_RATIO[0] <= r["ratio"] <= ORDINARY_RATIO[1]
    ]
    thresholds = [r["threshold_hz"] for r in ordinary]
    bases = [r["rheobase_ratio"] for r in ordinary]
    found.add(
        "ordinary_diets",
        "Hz",
        "the motoneuron's threshold frequency within one step of 2 Hz, the axon's rheobase within a fifth",
        "model",
        (
            f"Within ordinary diets (ratio {ORDINARY_RATIO[0]:g} to {ORDINARY_RATIO[1]:g}, {ORDINARY_MG[0]:g} to "
            f"{ORDINARY_MG[1]:g} mg of magnesium) the rate of stimulation at which the motoneuron cramps is "
            f"{min(thresholds):g} to {max(thresholds):g} Hz, and the axon's rheobase {min(bases):.2f} to {max(bases):.2f} "
            "of the reference.",
            max(thresholds) - min(thresholds),
            max(thresholds) - min(thresholds) <= 2 and min(bases) > 0.8 and max(bases) < 1.2,
        )
        if len(ordinary) > 1 and None not in (*thresholds, *bases)
        else None,
    )
    worst = min(rows, key=lambda r: r["mg_mM"])
    found.add(
        "extreme",
        "mM",
        "magnesium lowest with least magnesium and most calcium",
        "DuttaLayton2024",
        (
            f"The lowest magnesium, {worst['mg_mM']:.2f} mM ionised ({worst['mg_total_mM']:.2f} total), comes with "
            f"{worst['mg_mg_per_day']:g} mg of magnesium and {worst['ca_mg_per_day']:g} mg of calcium a day; the "
            f"motoneuron's threshold is {_said(worst['threshold_hz'], 'g', 'Hz')}, the axon's rheobase "
            f"{_said(worst['rheobase_ratio'], '.2f', 'of the reference')}.",
            worst["mg_mM"],
            worst["mg_mg_per_day"] == min(r["mg_mg_per_day"] for r in rows)
            and worst["ca_mg_per_day"]
            == max(r["ca_mg_per_day"] for r in rows_where(rows, mg_mg_per_day=worst["mg_mg_per_day"])),
        )
        if len(rows) > 1
        else None,
        "a single diet",
    )
    amounts = sorted({r["mg_mg_per_day"] for r in rows})
    spread_mg = [r["mg_mM"] for r in rows if 1.5 <= r["ratio"] <= 4]
    ratios = sorted(r["ratio"] for r in rows_where(rows, mg_mg_per_day=near))
    spread_ratio = [r["mg_mM"] for r in rows_where(rows, mg_mg_per_day=near)]
    of_amount, of_ratio = (max(spread, default=0.0) - min(spread, default=0.0) for spread in (spread_mg, spread_ratio))
    found.add(
        "amount_or_ratio",
        "1",
        "the amount of magnesium matters more than the ratio",
        "model",
        (
            f"Between {amounts[0]:g} and {amounts[-1]:g} mg of magnesium (ratio 1.5 to 4) the ionised magnesium of plasma "
            f"differs by {of_amount:.3f} mM; between ratios of {ratios[0]:g} and {ratios[-1]:g} (at {near:g} mg) by "
            f"{of_ratio:.3f} mM.",
            of_amount / of_ratio if of_ratio else None,
            of_amount > of_ratio,
        )
        if len(amounts) > 1 and len(ratios) > 1 and spread_mg
        else None,
    )
    return found


def _said(value: float | None, form: str, unit: str) -> str:
    return "none" if value is None else f"{value:{form}} {unit}"


def draw(rows: Rows, judged: Findings) -> Figure:
    """Plasma ions and nerve against the ratio, one line per magnesium intake."""
    from matplotlib.figure import Figure

    figure = Figure()
    figure.suptitle(_title(judged), fontweight="bold")
    grid: Any = figure.subplots(2, 2, sharex=True)
    panels = (
        (grid[0, 0], "ca_mM", "ionised calcium (mM)", (1.16, 1.31)),
        (grid[0, 1], "mg_mM", "ionised magnesium (mM)", (0.46, 0.66)),
        (grid[1, 0], "rheobase_ratio", "rheobase of the axon\n(× reference)", None),
        (grid[1, 1], "threshold_hz", "cramp threshold of the\nmotoneuron (Hz)", None),
    )
    for ax, column, label, normal in panels:
        _panel(ax, rows, column)
        ax.set_ylabel(label)
        if normal:
            ax.axhspan(*normal, color=figures.SKY, alpha=0.2, lw=0)
            ax.text(0.01, normal[1], "normal", transform=ax.get_yaxis_transform(), va="bottom", color=figures.BLUE)
    for ax, low, high in (
        (grid[0, 0], 1.0, 1.45),
        (grid[0, 1], 0.3, 0.75),
        (grid[1, 0], 0.0, 1.5),
        (grid[1, 1], 0, 45),
    ):
        ax.set_ylim(low, high)
    for ax in grid[1]:
        ax.set_xlabel("calcium : magnesium in the diet, by weight")
    grid[1, 0].legend(title="magnesium a day", fontsize="x-small", title_fontsize="x-small", ncols=2, loc="lower left")
    figures.footnote(
        figure,
        f"Yellow: the proposed range {PROPOSED[0]:g} to {PROPOSED[1]:g}, an association in populations. "
        "A teaching model, not advice.",
    )
    return figure


def _title(judged: Findings) -> str:
    holds = {finding.name: finding.holds for finding in judged}
    of = {"plasma": holds["proposed_range"], "nerve": holds["ordinary_diets"]}
    moved, unmoved = ([name for name, still in of.items() if still is wanted] for wanted in (False, True))
    if moved:
        return f"The ratio of calcium to magnesium in the diet\nmoves {' and '.join(moved)}"
    if unmoved:
        return f"Within ordinary diets the ratio of calcium to magnesium\nhardly moves {' or '.join(unmoved)}"
    return "Diets of these ratios of calcium to magnesium:\nplasma and nerve"


def _panel(ax: Axes, rows: Rows, column: str) -> None:
    ax.axvspan(*PROPOSED, color=figures.YELLOW, alpha=0.4, lw=0)
    for (color, dash, marker), mg in zip(figures.SERIES, sorted({r["mg_mg_per_day"] for r in rows}), strict=False):
        own = [r for r in rows_where(rows, mg_mg_per_day=mg) if r[column] is not None]
        ax.plot(
            [r["ratio"] for r in own], [r[column] for r in own], color=color, ls=dash, marker=marker, label=f"{mg:g} mg"
        )
    ax.set_xscale("log")
    ax.set_xticks([0.5, 1, 2, 5, 10, 25], ["0.5", "1", "2", "5", "10", "25"])
    ax.minorticks_off()


if __name__ == "__main__":
    run_as_script(diet_ratio)
