"""How much magnesium do the two activations of vitamin D need, and does vitamin D help where magnesium is missing?

First magnesium of plasma is held at many levels, and bodies settle around it. Then bodies that live almost without magnesium
are given twice the vitamin D, magnesium, both, or nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from excitability import (
    Findings,
    Option,
    Regimen,
    Report,
    Run,
    Table,
    body,
    experiment,
    figures,
    load_model,
    rows_where,
    run_as_script,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MODEL = "body"
NORMAL_25D_NM = 60.0  # 25(OH)D that counts as 1; the sign change of Dai2018 is at 75 nM
POOR, SUPPLEMENT = 0.5, 20.0  # mmol of magnesium a day
LOW_MM = 0.4  # total magnesium of the patients of Rude1985
STAYS_BELOW = 0.8  # of normal calcitriol
WATCH = 90  # days of treatment
ARMS = {
    "nothing": {},
    "vitamin D": {"vitamin_D": 2.0},
    "magnesium": {"Mg_eaten": SUPPLEMENT},
    "both": {"vitamin_D": 2.0, "Mg_eaten": SUPPLEMENT},
}
COLUMNS = ("mg_total_mM", "d25_ratio", "calcitriol_ratio")
COURSE_COLUMNS = ("arm", "day", "mg_total_mM", "ca_total_mM", "d25_ratio", "calcitriol_ratio", "pth_ratio")
Rows = list[dict[str, Any]]


@experiment(
    title="Vitamin D stays inactive without magnesium",
    question="How much magnesium do the activations of vitamin D need, and does vitamin D help where magnesium is missing?",
    models=[MODEL],
    options={
        "mg_total": Option(
            tuple(np.round(np.arange(0.2, 1.21, 0.05), 2).tolist()), "mM", 0.05, 5, "total magnesium held"
        ),
        "days": Option(100, "1", 10, 400, "days almost without magnesium before the treatment"),
    },
    quick={"mg_total": (0.3, 0.5, 0.7, 0.85, 1.0)},
    sources=["Dai2018", "Fatemi1991", "Rude1985", "UwitonzeRazzaque2018", "Gallagher2013"],
)
def vitamin_d_activation(run: Run) -> Report:
    """Steady states with magnesium held, and the course of four treatments."""
    o = run.options
    clamped = body.held(load_model(MODEL), Mg_plasma="mM")
    levels = sorted({*o.mg_total, LOW_MM, run.value(MODEL, "Mg_0")})
    steady = run.steady_states(clamped, parameters={"held_Mg_plasma": levels})
    rows = [
        {"mg_total_mM": mg, "d25_ratio": float(d25), "calcitriol_ratio": float(d)}
        for mg, d25, d in zip(levels, steady["D25_1"], steady["calcitriol_1"], strict=True)
    ]
    course = treatments(run)
    return Report(
        tables={"table": Table(rows, COLUMNS), "supplement": Table(course, COURSE_COLUMNS)},
        findings=findings(rows, course, o.days),
        draw=lambda: draw(rows, course, o.days),
        limits=[
            "The magnesium of half activity was set by calcitriol in one depletion study (Fatemi1991) and by the sign of a "
            "small change of 25(OH)D in a trial (Dai2018); no enzyme was measured in people.",
            "Calcitriol recovers within days here; in patients it was often still low after a week of magnesium, while "
            "calcium had recovered (Rude1985).",
        ],
    )


def treatments(run: Run) -> Rows:
    """Days of treatment after the days almost without magnesium."""
    days = run.options.days
    before = Regimen().then(0, Mg_eaten=POOR)
    regimens = [before.then(days, **changes) for changes in ARMS.values()]
    recording = run.simulate(MODEL, protocol=regimens, duration=days + WATCH)
    names = {
        "mg_total_mM": "Mg_plasma_mM",
        "ca_total_mM": "Ca_plasma_mM",
        "d25_ratio": "D25_1",
        "calcitriol_ratio": "calcitriol_1",
        "pth_ratio": "PTH_1",
    }
    return [
        {"arm": arm, "day": float(t), **{c: float(recording.trace(n, cell)[k]) for c, n in names.items()}}
        for cell, arm in enumerate(ARMS)
        for k, t in enumerate(recording.trace_time)
    ]


def findings(rows: Rows, course: Rows, days: int) -> Findings:
    """What low magnesium takes, and what each treatment gives back."""
    found = Findings("not in this run")
    low = next((r for r in rows if r["mg_total_mM"] == LOW_MM), None)
    found.add(
        "activation_fails",
        "1",
        f"less than half of the calcitriol at {LOW_MM:g} mM of magnesium",
        "Rude1985",
        (
            f"At {LOW_MM:g} mM of magnesium calcitriol is {low['calcitriol_ratio']:.2f} of normal.",
            low["calcitriol_ratio"],
            low["calcitriol_ratio"] < 0.5,
        )
        if low
        else None,
    )
    found.add(
        "25_hydroxylation_spared",
        "1",
        f"25(OH)D within a fifth of normal at {LOW_MM:g} mM of magnesium",
        "Rude1985",
        (
            f"25(OH)D, made in the step before, is {low['d25_ratio']:.2f} of normal there (unchanged in patients).",
            low["d25_ratio"],
            abs(low["d25_ratio"] - 1) <= 0.2,
        )
        if low
        else None,
    )
    last = {arm: rows_where(course, arm=arm, day=float(days + WATCH - 1))[0] for arm in ARMS}
    (start,) = rows_where(course, arm="nothing", day=float(days))
    d, base = "calcitriol_ratio", start["calcitriol_ratio"]
    found.add(
        "vitamin_d_alone",
        "1",
        f"calcitriol stays below {STAYS_BELOW:g} of normal",
        "UwitonzeRazzaque2018",
        (
            f"After {days} days almost without magnesium calcitriol is {base:.2f} of normal; {WATCH} days of twice the "
            f"vitamin D without magnesium leave it at {last['vitamin D'][d]:.2f} (untreated {last['nothing'][d]:.2f}), "
            f"although 25(OH)D rises to {last['vitamin D']['d25_ratio']:.2f}.",
            last["vitamin D"][d],
            last["vitamin D"][d] < STAYS_BELOW,
        ),
    )
    found.add(
        "magnesium_restores",
        "1",
        "calcitriol within a fifth of normal",
        "model",
        (
            f"Magnesium alone brings calcitriol to {last['magnesium'][d]:.2f} of normal, both together to "
            f"{last['both'][d]:.2f}; with magnesium total calcium goes from {start['ca_total_mM']:.2f} to "
            f"{last['magnesium']['ca_total_mM']:.2f} mM.",
            last["magnesium"][d],
            abs(last["magnesium"][d] - 1) <= 0.2,
        ),
    )
    return found


def draw(rows: Rows, course: Rows, days: int) -> Figure:
    """Activity against magnesium on the left, four treatments on the right."""
    from matplotlib.figure import Figure

    figure = Figure()
    last = rows_where(course, arm="vitamin D")[-1]["calcitriol_ratio"]
    figure.suptitle(
        ("Without magnesium vitamin D stays inactive" if last < STAYS_BELOW else "Vitamin D almost without magnesium")
        + f":\ntwice as much of it leaves calcitriol at {last:.0%} of normal",
        fontweight="bold",
    )
    axes: Any = figure.subplots(1, 2)
    left, right = axes
    left.axvspan(0.70, 1.05, color=figures.SKY, alpha=0.25, lw=0)
    left.text(
        0.875, 0.012, "normal", transform=left.get_xaxis_transform(), ha="center", fontsize="small", color=figures.BLUE
    )
    for (color, dash, marker), (column, label) in zip(
        figures.SERIES,
        {"d25_ratio": "25(OH)D (liver)", "calcitriol_ratio": "calcitriol (kidney)"}.items(),
        strict=False,
    ):
        x, y = [r["mg_total_mM"] for r in rows], [r[column] for r in rows]
        left.plot(x, y, color=color, ls=dash, marker=marker, label=label)
    left.set_xlabel("total magnesium of plasma (mM)")
    left.set_ylabel("× normal")
    left.set_ylim(0)
    left.legend(loc="center right")
    right.axvspan(days, days + WATCH, color=figures.YELLOW, alpha=0.35, lw=0)
    right.text(days + 2, 0.97, "treated", transform=right.get_xaxis_transform(), va="top", fontsize="small")
    for (color, dash, _), arm in zip(figures.SERIES, ARMS, strict=False):
        own = rows_where(course, arm=arm)
        right.plot([r["day"] for r in own], [r["calcitriol_ratio"] for r in own], color=color, ls=dash, label=arm)
    right.set_xlabel("days almost without magnesium")
    right.set_ylabel("calcitriol (× normal)")
    right.set_ylim(0)
    right.legend(loc="lower left", title="given")
    return figure


if __name__ == "__main__":
    run_as_script(vitamin_d_activation)
