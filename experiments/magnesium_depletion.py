"""A year with too little magnesium: when do hormones fail, when does calcium follow, and when does the nerve notice?

Bodies that eat little magnesium, that lose it through the kidney, both, or that eat almost none, day by day; then magnesium
by mouth. On some of the days a motoneuron and a motor axon are tried in the ions of cord and plasma.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from excitability.experiments import _nerve

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
    rows_where,
    run_as_script,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MODEL = "body"
TREATED_DAYS = 60
WASTING = body.DISEASES["renal_magnesium_wasting"]
NONE_MMOL = 0.5  # a day, the diet of Fatemi1991
POOR, LEAK, BOTH, NONE = CONDITIONS = ("poor_diet", "renal_wasting", "wasting_and_poor_diet", "almost_no_magnesium")
LABELS = {POOR: "poor diet", LEAK: "kidney leak", BOTH: "leak and poor diet", NONE: "almost no magnesium"}
FAILING = 0.5  # of normal
COLUMNS = (
    "condition", "day", "ca_total_mM", "mg_total_mM", "ca_mM", "mg_mM", "pth_ratio", "calcitriol_ratio",
    "ca_urine_mmol_per_day", "mg_urine_mmol_per_day", "ca_cord_mM", "mg_cord_mM", "threshold_hz", "rheobase_ratio",
    "axon_state", "mg_pool_fraction", "ca_mg_per_day", "mg_mg_per_day", "ratio",
)  # fmt: skip
Rows = list[dict[str, Any]]


@experiment(
    title="Magnesium lost over months pulls calcium down with it",
    question="A year with too little magnesium: when do hormones fail, when does calcium follow, when does the nerve notice?",
    models=[MODEL, "motoneuron", "motor_axon"],
    options={
        "days": Option(300, "1", 30, 3000, "days of depletion before the treatment"),
        "every": Option(30, "1", 5, 300, "days between two looks at the nerve"),
        "mg": Option(120.0, "mg", 10, 300, "magnesium of the poor diet in a day"),
        "mg_given": Option(700.0, "mg", 100, 3000, "magnesium eaten in a day while treated"),
    },
    quick={"days": 150, "every": 75},
    sources=["Fatemi1991", "Shils1964", "Rude1985", "Suh1973", "Shalev1998", "Wallach1988", "InstituteOfMedicine1997"],
)
def magnesium_depletion(run: Run) -> Report:
    """Every body over days, and the nerve on some of them."""
    o = run.options
    days, watch = int(o.days), int(o.days) + TREATED_DAYS
    poor, given = body.moles("mg", o.mg), body.moles("mg", o.mg_given)
    starts: dict[str, dict[str, float]] = {
        POOR: {"Mg_eaten": poor},
        LEAK: dict(WASTING),
        BOTH: {**WASTING, "Mg_eaten": poor},
        NONE: {"Mg_eaten": NONE_MMOL},
    }
    regimens = [Regimen().then(0, **starts[name]).then(days, Mg_eaten=given) for name in CONDITIONS]
    recording = run.simulate(MODEL, protocol=regimens, duration=watch)
    looked = {*range(0, watch, int(o.every)), days, watch - 1}
    eaten_ca = body.milligrams("ca", run.value(MODEL, "Ca_eaten"))
    pool = run.value(MODEL, "Mg_quick_0") + run.value(MODEL, "Mg_slow_0")
    rows: Rows = []
    for cell, name in enumerate(CONDITIONS):
        traces = {trace: recording.trace(trace, cell) for trace in recording.traces}
        eaten_mg = starts[name].get("Mg_eaten", run.value(MODEL, "Mg_eaten"))
        for day in range(watch):
            mg = body.milligrams("mg", given if day >= days else eaten_mg)
            left = (traces["Mg_quick_mmol"][day] + traces["Mg_slow_mmol"][day]) / pool
            rows.append(
                {
                    "condition": name,
                    "day": day,
                    **body.plasma(traces, day),
                    **dict.fromkeys(("threshold_hz", "rheobase_ratio", "axon_state")),
                    "mg_pool_fraction": float(left),
                    "ca_mg_per_day": eaten_ca,
                    "mg_mg_per_day": mg,
                    "ratio": eaten_ca / mg,
                }
            )
    _nerve.fill_in(run, [row for row in rows if row["day"] in looked], ("threshold_hz", "rheobase_ratio", "axon_state"))
    return Report(
        tables={"table": Table(rows, COLUMNS)},
        findings=findings(rows, days),
        draw=lambda: draw(rows, days),
        limits=[
            "How far and how fast the cord follows plasma (s_cord, tau_cord) is an assumption; see plate_to_cramp.",
            "The axon that fires by itself is the one whose potassium gates feel least of the gating shift (f_K 0.3); with "
            "f_K 1 it fires only at much less calcium (see three_arms). Its rate is not to be trusted.",
            "Potassium falls too when magnesium is depleted, which is not in the model.",
            f"A teaching model, not advice. {figures.NO_BENEFIT}",
        ],
    )


def first_day(rows: Rows, column: str, below: float) -> int | None:
    """The first day on which a column lies below a value."""
    return next((int(r["day"]) for r in rows if r[column] < below), None)


def findings(rows: Rows, days: int) -> Findings:
    """Depletion beside the studies of it, the order of events, and recovery."""
    found = Findings("the run is too short")
    none = [r for r in rows_where(rows, condition=NONE) if r["day"] <= days]
    start = none[0]
    four, weeks, hundred = (next((r for r in none if r["day"] == day), start) for day in (4, 21, 100))
    mg, ca = weeks["mg_total_mM"] / start["mg_total_mM"], weeks["ca_total_mM"] - start["ca_total_mM"]
    found.add(
        "three_weeks",
        "1",
        "magnesium 0.72 to 0.81 of normal (26 people; plasma magnesium was part of the calibration)",
        "Fatemi1991",
        (
            f"After 21 days almost without it magnesium of plasma is {mg:.2f} of normal, calcium has changed by {ca:+.3f} "
            f"mM, calcitriol is {weeks['calcitriol_ratio']:.2f} and parathyroid hormone {weeks['pth_ratio']:.2f} of normal.",
            mg,
            0.72 <= mg <= 0.81,
        )
        if days >= 21
        else None,
    )
    urine = four["mg_urine_mmol_per_day"]
    found.add(
        "kidney_saves",
        "mmol/day",
        "less than 1 mmol of magnesium a day in urine after 3 to 4 days",
        "InstituteOfMedicine1997",
        (
            f"On day 4 urine holds {urine:.2f} mmol of magnesium (day 0: {start['mg_urine_mmol_per_day']:.1f}).",
            urine,
            urine < 1,
        )
        if days >= 4
        else None,
    )
    mg = hundred["mg_total_mM"] / start["mg_total_mM"]
    found.add(
        "hundred_days",
        "1",
        "magnesium at 0.22 to 0.45 of normal, calcium below 2.1 mM",
        "Shils1964",
        (
            f"After 100 days magnesium of plasma is {mg:.2f} of normal, and calcium is {hundred['ca_total_mM']:.2f} mM.",
            mg,
            0.22 <= mg <= 0.45 and hundred["ca_total_mM"] < 2.1,
        )
        if days >= 100
        else None,
    )
    severe = next((r for r in none if r["mg_total_mM"] <= 0.41), None)
    found.add(
        "severe",
        "mM",
        "calcium 1.80 +- 0.10 mM (two standard errors) where magnesium is 0.41 mM",
        "Rude1985",
        (
            f"When magnesium has fallen to 0.41 mM, on day {severe['day']}, calcium is {severe['ca_total_mM']:.2f} mM.",
            severe["ca_total_mM"],
            abs(severe["ca_total_mM"] - 1.80) <= 0.10,
        )
        if severe
        else None,
    )
    hormone, calcium = first_day(none, "pth_ratio", FAILING), first_day(none, "ca_total_mM", 2.0)
    low = first_day(none, "mg_total_mM", 0.70)
    found.add(
        "order",
        "day",
        "magnesium leaves its normal range first, calcium and the hormone follow weeks later",
        "Shils1964",
        (
            f"Almost without magnesium, plasma magnesium falls below 0.70 mM on day {low}, calcium below 2.0 mM on day "
            f"{calcium}, parathyroid hormone below half of normal on day {hormone}.",
            calcium,
            low + 14 <= min(hormone, calcium),
        )
        if low is not None and hormone is not None and calcium is not None
        else None,
        "they do not all fall within the run",
    )
    _of_nerve(found, rows, days)
    worst = [r for r in rows if r["day"] == days]
    last = [r for r in rows if r["day"] == days + TREATED_DAYS - 1]
    found.add(
        "recovery",
        "mM",
        "calcium back above 2.2 mM in every body",
        "Shils1964",
        (
            f"What {TREATED_DAYS} days of magnesium by mouth do (mM): "
            + "; ".join(
                f"{LABELS[a['condition']]}, magnesium {a['mg_total_mM']:.2f} to {b['mg_total_mM']:.2f} and calcium "
                f"{a['ca_total_mM']:.2f} to {b['ca_total_mM']:.2f}"
                for a, b in zip(worst, last, strict=True)
            )
            + ".",
            min(r["ca_total_mM"] for r in last),
            all(r["ca_total_mM"] > 2.2 for r in last),
        ),
    )
    return found


def _of_nerve(found: Findings, rows: Rows, days: int) -> None:
    """What motoneuron and axon notice."""
    looked = [r for r in rows if r["axon_state"] is not None and r["day"] <= days]
    fires = {
        n: next((r for r in rows_where(looked, condition=n) if r["axon_state"] == "repetitive"), None)
        for n in CONDITIONS
    }
    some = {n: r for n, r in fires.items() if r}
    found.add(
        "axon",
        "mM",
        "quiet until calcium has fallen too",
        "model",
        (
            "The motor axon fires by itself "
            + ", ".join(
                f"from day {r['day']} (magnesium {r['mg_mM']:.2f}, calcium {r['ca_mM']:.2f} mM ionised, {LABELS[n]})"
                for n, r in some.items()
            )
            + ("." if len(some) == len(CONDITIONS) else "; elsewhere it stays quiet."),
            max(r["ca_mM"] for r in some.values()),
            all(r["ca_mM"] < 1.16 for r in some.values()),
        )
        if some
        else None,
        "the motor axon stays quiet in every body",
    )
    begin = next((r["threshold_hz"] for r in looked if r["day"] == 0), None)
    tried = [r for r in looked if r["threshold_hz"] is not None]
    known = {
        n: min(own, key=lambda r: r["threshold_hz"]) for n in CONDITIONS if (own := rows_where(tried, condition=n))
    }
    fallen = {n: r for n, r in known.items() if begin is not None and r["threshold_hz"] < begin}
    found.add(
        "motoneuron",
        "Hz",
        "a lower threshold frequency of cramps than on day 0",
        "model",
        (
            f"Behind the barrier of the cord the motoneuron's threshold frequency, {begin:g} Hz on day 0, "
            + (
                "falls to "
                + ", ".join(f"{r['threshold_hz']:g} Hz ({LABELS[n]}, day {r['day']})" for n, r in fallen.items())
                if fallen
                else "does not fall"
            )
            + ("; elsewhere it does not fall." if 0 < len(fallen) < len(CONDITIONS) else "."),
            min(r["threshold_hz"] for r in known.values()),
            bool(fallen),
        )
        if begin is not None and any(r["day"] > 0 for r in tried)
        else None,
    )


def draw(rows: Rows, days: int) -> Figure:
    """Plasma, hormones and nerve over days."""
    from matplotlib.figure import Figure

    figure = Figure()
    figure.suptitle(_title(rows, days), fontweight="bold")
    grid: Any = figure.subplots(2, 3, sharex=True)
    panels = (
        ("mg_total_mM", "total magnesium (mM)", (0.70, 1.05)),
        ("ca_total_mM", "total calcium (mM)", (2.2, 2.6)),
        ("pth_ratio", "parathyroid hormone\n(× normal)", None),
        ("calcitriol_ratio", "calcitriol (× normal)", None),
        ("rheobase_ratio", "rheobase of the axon\n(× reference)", None),
        ("threshold_hz", "cramp threshold of the\nmotoneuron (Hz)", None),
    )
    small: Any = {"fontsize": "x-small", "color": figures.BLUE}
    for ax, (column, label, normal) in zip(grid.flat, panels, strict=True):
        ax.axvspan(days, days + TREATED_DAYS, color=figures.YELLOW, alpha=0.35, lw=0)
        if normal:
            ax.axhspan(*normal, color=figures.SKY, alpha=0.2, lw=0)
            ax.text(0.3, normal[1], "normal", transform=ax.get_yaxis_transform(), va="top", **small)
        for (color, dash, marker), name in zip(figures.SERIES, CONDITIONS, strict=False):
            of_nerve = column in ("rheobase_ratio", "threshold_hz")
            own = [r for r in rows_where(rows, condition=name) if not of_nerve or r["axon_state"] is not None]
            values = [r[column] or np.nan for r in own]  # 0: needs no current
            ax.plot([r["day"] for r in own], values, color=color, ls=dash, marker=marker * of_nerve, label=LABELS[name])
        ax.set_ylabel(label, fontsize="small")
        ax.set_ylim(0, 40 if column == "threshold_hz" else None)
        ax.tick_params(labelsize="small")
    for name, (color, _, _) in zip(CONDITIONS, figures.SERIES, strict=False):
        fires = [r for r in rows_where(rows, condition=name) if r["axon_state"] == "repetitive"]
        grid[1, 1].plot([r["day"] for r in fires], [0.03] * len(fires), "x", color=color, ms=12, mew=3)
    grid[1, 1].text(0.02, 0.07, "×: fires by itself", transform=grid[1, 1].transAxes, fontsize="x-small")
    for ax in grid[1]:
        ax.set_xlabel("days")
    for ax in grid.flat:
        ax.set_xlim(0, days + TREATED_DAYS)
    grid[1, 0].text(
        days + TREATED_DAYS / 2,
        0.05,
        "treated",
        transform=grid[1, 0].get_xaxis_transform(),
        fontsize="x-small",
        ha="center",
        va="bottom",
        rotation=90,
    )
    grid[1, 2].legend(loc="lower left", fontsize="x-small")
    return figure


def _title(rows: Rows, days: int) -> str:
    none = rows_where(rows, condition=NONE)
    calcium = first_day(none, "ca_total_mM", 2.0)
    if (
        calcium is None
        or calcium > days
        or none[days]["pth_ratio"] >= FAILING
        or none[days]["calcitriol_ratio"] >= FAILING
    ):
        return f"{days} days with too little magnesium: how far magnesium,\ncalcium, hormones and nerve follow"
    return (
        f"Almost without magnesium calcium falls too, below 2 mM after {calcium} days,\n"
        "because parathyroid hormone and calcitriol fail"
    )


if __name__ == "__main__":
    run_as_script(magnesium_depletion)
