"""How does parathyroid hormone depend on magnesium, and what does magnesium into a vein do to it?

First the glands alone: calcium, magnesium and calcitriol of plasma are held, and secretion is read out. Then whole bodies,
in health and after weeks and months almost without magnesium, are given magnesium sulphate within half an hour.
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

    from excitability import Recording

MODEL = "body"
POOR = 0.5  # mmol of magnesium a day, the diet of Fatemi1991
BELL_MM = np.round([*np.arange(0.2, 0.5, 0.05), *np.arange(0.5, 1.02, 0.025), *np.arange(1.1, 2.6, 0.1)], 3).tolist()
LOW_MM = 0.3
PEAK_MM = (0.7, 1.0)  # between which Takatsuki1980 sees neither impairment nor suppression
STEP_DAY = 1 / 480  # 3 minutes
BEFORE_DAY, WATCH_DAY = 0.1, 0.4
MINUTES = 24 * 60
COLUMNS = ("ca_mM", "mg_total_mM", "pth_ratio")
INFUSION_COLUMNS = ("condition", "days_without", "minutes", "mg_total_mM", "ca_mM", "pth_ratio")
Rows = list[dict[str, Any]]


@experiment(
    title="Parathyroid hormone needs magnesium, and is held back by too much of it",
    question="How does parathyroid hormone depend on magnesium, and what does magnesium into a vein do to it?",
    models=[MODEL],
    options={
        "ca": Option((1.0, 1.1, 1.25, 1.4), "mM", 0.5, 2, "ionised calcium at which the glands are held", ion="ca"),
        "mg_total": Option(tuple(BELL_MM), "mM", 0.05, 5, "total magnesium at which the glands are held"),
        "days": Option((21, 120), "1", 1, 400, "days almost without magnesium before the infusion"),
        "dose": Option(20.0, "mmol", 1, 100, "magnesium sulphate given within half an hour"),
    },
    quick={"ca": (1.1, 1.25), "days": (21,)},
    sources=["Takatsuki1980", "Rude1978", "Fatemi1991", "Cholst1984", "Ferment1987", "Schwarz1994", "Brewer2001"],
)
def parathyroid_bell(run: Run) -> Report:
    """Secretion over the plane of calcium and magnesium, and three infusions."""
    o = run.options
    glands = body.held(load_model(MODEL), Ca_plasma="mM", Mg_plasma="mM", calcitriol="1")
    pairs = [(ca, mg) for ca in sorted(o.ca) for mg in sorted(o.mg_total)]
    share = run.value(MODEL, "share_Ca")
    steady = run.steady_states(
        glands,
        parameters={"held_Ca_plasma": [ca / share for ca, _ in pairs], "held_Mg_plasma": [mg for _, mg in pairs]},
    )
    rows = [
        {"ca_mM": ca, "mg_total_mM": mg, "pth_ratio": float(pth)}
        for (ca, mg), pth in zip(pairs, steady["PTH_1"], strict=True)
    ]
    given, recording = infusions(run)
    return Report(
        tables={"table": Table(rows, COLUMNS), "infusion": Table(given, INFUSION_COLUMNS)},
        findings=findings(rows, given, recording),
        draw=lambda: draw(rows, given),
        limits=[
            "How low magnesium stops secretion was calibrated on one human study (Fatemi1991) and on glands in a dish; "
            "between 0.3 and 0.6 mM the curve is an assumption.",
            "Secretion follows calcium and magnesium at once: no overshoot within minutes, no growth of the glands.",
            "An infusion raises magnesium of plasma by more than was measured (Brewer2001; see validation).",
        ],
    )


def infusions(run: Run) -> tuple[Rows, Recording]:
    """Magnesium given in health and after the days without it."""
    o = run.options
    length = 1 / 48
    states = [("health", 0), *(("deficiency", int(days)) for days in sorted(o.days))]
    longest = max(days for _, days in states) + BEFORE_DAY + WATCH_DAY

    def regimen(days: int) -> Regimen:
        before = Regimen().then(0.0, Mg_eaten=POOR) if days else Regimen()
        at = round((days + BEFORE_DAY) / STEP_DAY) * STEP_DAY
        return body.infusion(before, at, "mg", o.dose, 24 * length)

    recording = run.simulate(
        MODEL, protocol=[regimen(days) for _, days in states], duration=longest, dt=STEP_DAY, sample=STEP_DAY
    )
    rows: Rows = []
    for cell, (condition, days) in enumerate(states):
        at = days + BEFORE_DAY
        near = (recording.trace_time >= days) & (recording.trace_time <= at + WATCH_DAY)
        traces = [recording.trace(n, cell)[near] for n in ("Mg_plasma_mM", "Ca_ionised_mM", "PTH_1")]
        rows += [
            {
                "condition": condition,
                "days_without": days,
                "minutes": float(round((t - at) * MINUTES)),
                "mg_total_mM": float(mg),
                "ca_mM": float(ca),
                "pth_ratio": float(pth),
            }
            for t, mg, ca, pth in zip(recording.trace_time[near], *traces, strict=True)
        ]
    return rows, recording


def bell(rows: Rows, ca: float) -> tuple[list[float], list[float]]:
    """Magnesium and hormone at one calcium."""
    own = rows_where(rows, ca_mM=ca)
    return [r["mg_total_mM"] for r in own], [r["pth_ratio"] for r in own]


def findings(rows: Rows, given: Rows, recording: Recording) -> Findings:
    """Where the bell has its peak, and which way the hormone goes when magnesium is given."""
    found = Findings("not in this run")
    peaks = {}
    for ca in sorted({r["ca_mM"] for r in rows}):
        mg, pth = bell(rows, ca)
        peaks[ca] = mg[int(np.argmax(pth))]
    held = [r["mg_total_mM"] for r in rows]
    inside = {mg for mg in held if PEAK_MM[0] <= mg <= PEAK_MM[1]}
    found.add(
        "peak",
        "mM",
        f"most hormone between {PEAK_MM[0]:g} and {PEAK_MM[1]:g} mM of total magnesium",
        "Takatsuki1980",
        (
            "Most hormone is released at "
            + ", ".join(f"{mg:g} mM of magnesium (ionised calcium {ca:g} mM)" for ca, mg in peaks.items())
            + ".",
            float(np.mean(list(peaks.values()))),
            all(PEAK_MM[0] <= mg <= PEAK_MM[1] for mg in peaks.values()),
        )
        if inside and min(held) < PEAK_MM[0] and max(held) > PEAK_MM[1]
        else None,
        "the levels of magnesium do not lie on both sides of the peak",
    )
    low = {ca: _between(rows, ca, LOW_MM) / _between(rows, ca, peaks[ca]) for ca in peaks}
    found.add(
        "impaired",
        "1",
        f"less than a fifth of the hormone at {LOW_MM:g} mM of magnesium, whatever the calcium",
        "Suh1973",
        (
            f"At {LOW_MM:g} mM of magnesium the glands release "
            + ", ".join(f"{v:.0%} (ionised calcium {ca:g} mM)" for ca, v in low.items())
            + " of the most they release at that calcium.",
            max(low.values()),
            max(low.values()) < 0.2,
        )
        if min(held) <= LOW_MM < PEAK_MM[0] <= max(held)
        else None,
        f"the levels of magnesium do not reach from {LOW_MM:g} to {PEAK_MM[0]:g} mM",
    )
    before, after = {}, {}
    for days in dict.fromkeys(r["days_without"] for r in given):
        own = rows_where(given, days_without=days)
        before[days] = next(r for r in own if r["minutes"] >= -3)
        after[days] = next(r for r in own if r["minutes"] >= 30)
    (health,) = [d for d in before if not d]
    found.add(
        "in_health",
        "1",
        "less hormone half an hour after magnesium is given",
        "Rude1978",
        (
            f"In health the infusion takes magnesium from {before[health]['mg_total_mM']:.2f} to "
            f"{after[health]['mg_total_mM']:.2f} mM, and the hormone to "
            f"{after[health]['pth_ratio'] / before[health]['pth_ratio']:.2f} of what it was.",
            after[health]["pth_ratio"] / before[health]["pth_ratio"],
            after[health]["pth_ratio"] < before[health]["pth_ratio"],
        ),
    )
    for days in [d for d in before if d]:
        change = after[days]["pth_ratio"] / before[days]["pth_ratio"]
        found.add(
            f"after_{days}_days",
            "1",
            "more hormone half an hour after magnesium is given",
            "Rude1978" if days > 60 else "Fatemi1991",
            (
                f"After {days} days almost without magnesium ({before[days]['mg_total_mM']:.2f} mM, ionised calcium "
                f"{before[days]['ca_mM']:.2f} mM) there is {change:.2g} times as much hormone after the infusion as before.",
                change,
                change > 1,
            ),
        )
    return found


def _between(rows: Rows, ca: float, mg: float) -> float:
    levels, pth = bell(rows, ca)
    return float(np.interp(mg, levels, pth))


def draw(rows: Rows, given: Rows) -> Figure:
    """The bell on the left, infusions on the right."""
    from matplotlib.figure import Figure

    figure = Figure()
    highest = max(rows, key=lambda r: r["pth_ratio"])
    low = max(LOW_MM, min(r["mg_total_mM"] for r in rows))
    share = _between(rows, highest["ca_mM"], low) / highest["pth_ratio"]
    figure.suptitle(
        f"Parathyroid glands need magnesium: they release most hormone at {highest['mg_total_mM']:.2g} mM,\n"
        f"and {share:.0%} of that at {low:g} mM",
        fontweight="bold",
    )
    axes: Any = figure.subplots(1, 2)
    left, right = axes
    left.axvspan(0.70, 1.05, color=figures.SKY, alpha=0.25, lw=0)
    left.text(
        0.875, 0.012, "normal", transform=left.get_xaxis_transform(), ha="center", fontsize="small", color=figures.BLUE
    )
    for k, ca in enumerate(sorted({r["ca_mM"] for r in rows})):
        color, dash, _ = figures.SERIES[k % len(figures.SERIES)]
        left.plot(*bell(rows, ca), color=color, ls=dash, label=f"ionised calcium {ca:g} mM")
    left.set_xlabel("total magnesium of plasma (mM)")
    left.set_ylabel("parathyroid hormone (× normal)")
    left.set_xlim(0.2, max(r["mg_total_mM"] for r in rows))
    left.set_ylim(0)
    left.legend(loc="upper right", fontsize="small")
    _infused(right, given)
    return figure


def _infused(ax: Any, given: Rows) -> None:
    ax.axvspan(0, 30, color=figures.YELLOW, alpha=0.45, lw=0)
    ax.text(36, 0.02, "magnesium given", transform=ax.get_xaxis_transform(), fontsize="x-small")
    for k, days in enumerate(dict.fromkeys(r["days_without"] for r in given)):
        own = [r for r in rows_where(given, days_without=days) if -60 <= r["minutes"] <= 300]
        color, dash, _ = figures.SERIES[k % len(figures.SERIES)]
        label = f"after {days} days without magnesium" if days else "in health"
        ax.plot([r["minutes"] for r in own], [r["pth_ratio"] for r in own], color=color, ls=dash, label=label)
    ax.set_xlabel("time after the infusion begins (min)")
    ax.set_ylabel("parathyroid hormone (× normal)")
    ax.set_ylim(0)
    ax.legend(loc="center right", fontsize="small")


if __name__ == "__main__":
    run_as_script(parathyroid_bell)
