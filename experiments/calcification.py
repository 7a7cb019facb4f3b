"""Does much calcium with little magnesium favour calcium in soft tissue?

Steady bodies over a plane of diets. What is shown is an index, 1 for the reference body: it says in which direction plasma
moves, not how much is deposited anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from excitability import Findings, Option, Report, Run, Table, body, experiment, figures, rows_where, run_as_script

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MODEL = "body"
COLUMNS = ("ca_mg_per_day", "mg_mg_per_day", "index", "ratio", "ca_total_mM", "mg_total_mM")
Rows = list[dict[str, Any]]


@experiment(
    title="Much calcium with little magnesium raises an index of calcification, a little",
    question="Does much calcium with little magnesium favour calcium in soft tissue?",
    models=[MODEL],
    options={
        "ca": Option(
            (400.0, 600.0, 800.0, 1000.0, 1300.0, 1600.0, 2000.0, 2500.0), "mg", 50, 10000, "calcium eaten in a day"
        ),
        "mg": Option((100.0, 150.0, 200.0, 250.0, 350.0, 450.0, 600.0), "mg", 20, 5000, "magnesium eaten in a day"),
    },
    quick={"ca": (500.0, 1000.0, 2000.0), "mg": (150.0, 350.0, 500.0)},
    sources=["Bressendorff2018", "VillaBellosta2017", "KDOQI2003", "Costello2021"],
)  # fmt: skip
def calcification(run: Run) -> Report:
    """The index over the plane of diets."""
    o = run.options
    diets = [(ca, mg) for ca in sorted(o.ca) for mg in sorted(o.mg)]
    steady = run.steady_states(
        MODEL,
        parameters={
            "Ca_eaten": [body.moles("ca", ca) for ca, _ in diets],
            "Mg_eaten": [body.moles("mg", mg) for _, mg in diets],
        },
    )
    rows = [
        {
            "ca_mg_per_day": ca,
            "mg_mg_per_day": mg,
            "index": float(steady["index_1"][k]),
            "ratio": ca / mg,
            "ca_total_mM": float(steady["Ca_plasma_mM"][k]),
            "mg_total_mM": float(steady["Mg_plasma_mM"][k]),
        }
        for k, (ca, mg) in enumerate(diets)
    ]
    return Report(
        tables={"table": Table(rows, COLUMNS)},
        findings=findings(rows),
        draw=lambda: draw(rows),
        limits=[
            "An index, not a rate: calcium cubed, weakened by magnesium as the time to crystallisation of serum is "
            "(Bressendorff2018). No human study links the ratio of a diet to deposits.",
            "In rat vessels more magnesium made more deposits (VillaBellosta2017): that magnesium protects is not settled.",
            "Phosphate, kidney failure and inhibitors of crystallisation, which decide in patients, are not in the model.",
        ],
    )


def findings(rows: Rows) -> Findings:
    """The direction, and its size within ordinary diets."""
    found = Findings("not in this run")
    by = {(r["ca_mg_per_day"], r["mg_mg_per_day"]): r for r in rows}
    most, least = max(ca for ca, _ in by), min(mg for _, mg in by)
    few, much = min(ca for ca, _ in by), max(mg for _, mg in by)
    worst, best = by[most, least]["index"], by[few, much]["index"]
    found.add(
        "direction",
        "1",
        "highest with most calcium and least magnesium",
        "model",
        (
            f"The index is {worst:.2f} with {most:g} mg of calcium and {least:g} mg of magnesium a day, {best:.2f} with "
            f"{few:g} and {much:g} mg.",
            worst / best,
            worst == max(r["index"] for r in rows) and worst > best,
        )
        if len(rows) > 1
        else None,
        "a single diet",
    )
    ordinary = [r["index"] for r in rows if 1.7 <= r["ratio"] <= 4 and 250 <= r["mg_mg_per_day"] <= 500]
    found.add(
        "ordinary_diets",
        "1",
        "within a quarter of 1 for ratios from 1.7 to 4",
        "model",
        (
            f"Within ordinary diets (ratio 1.7 to 4, 250 to 500 mg of magnesium) it lies between {min(ordinary):.2f} and "
            f"{max(ordinary):.2f}.",
            max(ordinary),
            min(ordinary) > 0.75 and max(ordinary) < 1.25,
        )
        if ordinary
        else None,
    )
    return found


def draw(rows: Rows) -> Figure:
    """The index against calcium eaten, one line per magnesium."""
    from matplotlib.figure import Figure

    figure = Figure()
    figure.suptitle(_title(rows), fontweight="bold")
    ax = figure.subplots()
    levels = sorted({r["mg_mg_per_day"] for r in rows})
    shown = levels if len(levels) <= 5 else [levels[int(k)] for k in np.linspace(0, len(levels) - 1, 5).round()]
    for (color, dash, marker), mg in zip(figures.SERIES, shown, strict=False):
        own = rows_where(rows, mg_mg_per_day=mg)
        x, y = [r["ca_mg_per_day"] for r in own], [r["index"] for r in own]
        ax.plot(x, y, color=color, ls=dash, marker=marker, label=f"{mg:g} mg of magnesium a day")
    ax.axhline(1, color=figures.GREY, lw=1)
    ax.text(ax.get_xlim()[1], 1.01, "reference body", ha="right", fontsize="small", color=figures.GREY)
    ax.set_xlabel("calcium eaten (mg a day)")
    ax.set_ylabel("index of deposition in soft tissue (1 = normal)")
    ax.set_ylim(0)
    ax.legend(loc="lower right")
    figures.footnote(figure, "An index of the direction in which plasma moves, not a measured rate of deposition.")
    return figure


def _title(rows: Rows) -> str:
    top = max(r["index"] for r in rows)
    if findings(rows)[0].holds:
        return (
            f"Much calcium with little magnesium raises an index of calcification,\nat most to {top:.1f} times normal"
        )
    return f"An index of calcification over these diets:\nat most {top:.1f} times normal"


if __name__ == "__main__":
    run_as_script(calcification)
