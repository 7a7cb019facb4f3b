"""Does breathing too much make a motor axon fire, through the ionised calcium and magnesium that alkalosis binds?

The blood's pH rises over minutes and comes back. Albumin binds more calcium and magnesium the higher it is; how much is
taken from measurements. The axon is asked at every moment how much current excites it, and whether it fires by itself.
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
PH, (CA_MM, MG_MM) = 7.40, PRESETS["normal"]  # before
BACK = 2.0  # the way back takes so many times as long as the way there
POINTS = 10  # on the way there, and on the way back
LADDER = tuple(round(7.40 + 0.05 * k, 2) for k in range(9))  # to 7.80: volunteers reached 7.75 (Steurer1997)
LOG_SLOPE = -0.15  # SJCLI1988: d log10(Ca) / d pH in people, arterial; +- 0.08
LONG_S, SHORT_S = 0.1, 1e-3  # pulses
SETTLED_S = 0.25  # after an abrupt change, before the pulse
AMPLITUDES_NA: dict[str, Any] = {"lowest": 2e-3, "highest": 2.0}

COLUMNS = (
    "time_s",
    "ph",
    "ca_mM",
    "mg_mM",
    "rheobase_ratio",
    "rate_hz",
    "state",
    "rheobase_nA",
    "threshold_1ms_ratio",
    "abrupt_rheobase_ratio",
    "f_K",
    "arm",
)
LADDER_COLUMNS = tuple(name for name in COLUMNS if name != "time_s")
Rows = list[dict[str, Any]]
Condition = tuple[float, float, float]  # calcium and magnesium in mM, f_K


@experiment(
    title="Hyperventilation makes a motor axon easier to excite",
    question="Does the fall of ionised calcium and magnesium in alkalosis excite a motor axon, and does it fire by itself?",
    models=[MODEL],
    options={
        "ph": Option(7.60, "1", 7.40, 7.80, "highest pH of the blood; it begins at 7.40"),
        "minutes": Option(5.0, "minute", 0.5, 60, "how long the pH rises; it comes back in twice that"),
        "slope_ca": Option(-0.36, "mM", -2, 0, "change of ionised calcium per unit of pH (in vitro)"),
        "slope_mg": Option(-0.12, "mM", -1, 0, "change of ionised magnesium per unit of pH (in vitro)"),
        "f_K": Option(
            (0.3, 0.6, 1.0),
            "1",
            0,
            1,
            "share of the gating shift that potassium gates feel; the first makes the main table",
        ),
    },
    quick={"f_K": (0.3,)},
    sources=["Wang2002", "SJCLI1988", "MacefieldBurke1991", "Steurer1997", "Mogyoros2000", "Hennings2005"],
)
def hyperventilation(run: Run) -> Report:
    """The course of pH and ions, then thresholds and spontaneous activity in every one of its conditions at once."""
    o = run.options
    course = _course(o.ph, o.minutes)
    tables: dict[str, Rows] = {"table": [], "other_f_K": [], "unchanged_ions": [], "by_ph": []}
    for f in o.f_K:
        own = "table" if f == o.f_K[0] else "other_f_K"
        tables[own] += [{"time_s": t, **_ions(ph, o), "f_K": f, "arm": "ions follow pH"} for t, ph in course]
        tables["by_ph"] += [{**_ions(ph, o), "f_K": f, "arm": "ions follow pH"} for ph in LADDER]
    unchanged = {"ca_mM": CA_MM, "mg_mM": MG_MM, "f_K": o.f_K[0], "arm": "ions unchanged"}
    tables["unchanged_ions"] = [{"time_s": t, "ph": ph, **unchanged} for t, ph in course]

    every = [row for rows in tables.values() for row in rows]
    normal: list[Condition] = [(CA_MM, MG_MM, f) for f in o.f_K]
    conditions = list(dict.fromkeys([*normal, *(_condition(row) for row in every)]))
    known = _measured(run, conditions)
    for row in every:
        row.update(known[_condition(row)])
        before = known[CA_MM, MG_MM, row["f_K"]]
        for name, of in (
            ("rheobase_ratio", "rheobase_nA"),
            ("threshold_1ms_ratio", "threshold_1ms_nA"),
            ("abrupt_rheobase_ratio", "abrupt_rheobase_nA"),
        ):
            row[name] = None if row[of] is None or before[of] is None else row[of] / before[of]
    shown = [min(tables["table"], key=lambda r: abs(r["ph"] - ph)) for ph in (PH, o.ph)]
    example = _example(run, shown, known)
    identify = [{name: row[name] for name in ("ph", "ca_mM", "mg_mM")} for row in shown]
    kept = {name: [{c: row[c] for c in _columns(name)} for row in rows] for name, rows in tables.items() if rows}
    return Report(
        tables={
            name: Table(rows, _columns(name), *((example, identify) if name == "table" else ()))
            for name, rows in kept.items()
        },
        findings=findings(kept, o.slope_ca),
        draw=lambda: draw(kept, example, shown),
        limits=[
            "What pH itself does to the channels is not in the model: protons titrate the same surface charge, and "
            "alkalosis is held to increase persistent sodium current (Mogyoros2000). This is the part of divalents "
            "only.",
            "Volunteers had paraesthesiae and spasms without a significant fall of ionised calcium (Steurer1997): "
            "calcium is not shown to be their cause.",
            "The slopes were measured in blood outside the body (Wang2002); published ones differ several-fold.",
            "Every moment stands for itself. Rheobase and 1 ms threshold are those of an axon whose sodium has "
            "adapted, which takes many minutes; abrupt_rheobase_ratio is that of one whose sodium has not. The truth "
            "lies between.",
            "Sensory axons, which are excited more easily and carry the paraesthesiae, are not in it. This is no "
            "advice.",
        ],
    )


def _columns(table: str) -> tuple[str, ...]:
    return LADDER_COLUMNS if table == "by_ph" else COLUMNS


def _course(peak: float, minutes: float) -> list[tuple[float, float]]:
    """Time in s and pH: straight up, and straight back in twice the time."""
    there = [(60 * minutes * k / POINTS, PH + (peak - PH) * k / POINTS) for k in range(POINTS + 1)]
    end = 60 * minutes
    back = [(end * (1 + BACK * k / POINTS), PH + (peak - PH) * (POINTS - k) / POINTS) for k in range(1, POINTS + 1)]
    return [(round(t, 6), round(ph, 6)) for t, ph in [*there, *back]]


def _ions(ph: float, options: Any) -> dict[str, float]:
    """Ionised calcium and magnesium at a pH."""
    return {
        "ph": ph,
        "ca_mM": round(max(CA_MM + options.slope_ca * (ph - PH), 0.0), 6),
        "mg_mM": round(max(MG_MM + options.slope_mg * (ph - PH), 0.0), 6),
    }


def _condition(row: dict[str, Any]) -> Condition:
    return row["ca_mM"], row["mg_mM"], row["f_K"]


# --------------------------------------------------------------------------------------------------------------- measures


def _given(conditions: list[Condition]) -> dict[str, Any]:
    ca, mg, f = zip(*conditions, strict=True)
    return {"ions": Ions(ca=list(ca), mg=list(mg)), "parameters": {"f_K": np.array(f)}}


def _measured(run: Run, conditions: list[Condition]) -> dict[Condition, dict[str, Any]]:
    """Spontaneous activity in every condition, and thresholds in those in which the axon rests."""
    run.announce("spontaneous activity")
    alone = assays.spontaneous_activity(MODEL, **_given(conditions), simulate=run.simulate, keep=True)
    names = ("rheobase_nA", "threshold_1ms_nA", "abrupt_rheobase_nA")
    known: dict[Condition, dict[str, Any]] = {
        condition: {"rate_hz": float(rate), "state": str(state), **dict.fromkeys(names)}
        for condition, state, rate in zip(conditions, alone.state, alone.rate, strict=True)
    }
    silent = [condition for condition in conditions if known[condition]["state"] in ("quiet", "single")]
    if not silent:
        return known

    def abruptly(model: Any, *, ions: Ions, **keywords: Any) -> Recording:
        """From rest in normal ions: gates follow at once, the sodium inside does not."""
        return run.simulate(model, ions=ions.from_normal(), **keywords)

    run.announce("thresholds")
    for simulate, start, widths, own in (
        (run.simulate, 1e-3, (LONG_S, SHORT_S), names[:2]),
        (abruptly, SETTLED_S, (LONG_S,), names[2:]),
    ):
        found = assays.thresholds(
            MODEL,
            [lambda amplitude, _, w=width, s=start: Step(amplitude, w, s) for width in widths],  # type: ignore[misc]
            **_given(silent),
            **AMPLITUDES_NA,
            after=[start] * len(widths),
            until=start + LONG_S + 0.02,
            simulate=simulate,
            keep=True,
        )
        for condition, row in zip(silent, found.tolist(), strict=True):
            known[condition] |= {
                name: value if np.isfinite(value) else None for name, value in zip(own, row, strict=True)
            }
    return known


def _example(run: Run, shown: Rows, known: dict[Condition, dict[str, Any]]) -> Recording:
    """The pulse that just does not excite the axon before, before and at the peak."""
    size = 0.95 * (known[CA_MM, MG_MM, shown[0]["f_K"]]["threshold_1ms_nA"] or 0.0)
    pulse = Step(size, SHORT_S, 5e-3)
    return run.simulate(
        MODEL,
        **_given([_condition(r) for r in shown]),
        protocol=[pulse] * len(shown),
        duration=0.06,
        sample=0.1,
        noise=False,
    )


# --------------------------------------------------------------------------------------------------------------- findings


def _monotonic(values: list[float | None]) -> bool:
    """Whether thresholds fall all along; an axon that fires by itself (None) needs no current at all."""
    filled = [0.0 if value is None else value for value in values]
    return all(b < a or (a == b == 0.0) for a, b in pairwise(filled))


def findings(tables: dict[str, Rows], slope_ca: float) -> Findings:
    """What the rows show, beside what is published."""
    found = Findings()
    rows = tables["table"]
    top = max(range(len(rows)), key=lambda k: float(rows[k]["ph"]))
    peak, way, back = rows[top], rows[: top + 1], rows[top:]
    courses = {peak["f_K"]: way}
    for row in tables.get("other_f_K", []):
        if row["time_s"] <= peak["time_s"]:
            courses.setdefault(row["f_K"], []).append(row)
    ratios = {f: [own[-1][name] for name in ("rheobase_ratio", "abrupt_rheobase_ratio")] for f, own in courses.items()}
    found.add(
        "excitability_rises",
        "1",
        "excitability rises monotonically with pH, before anything fires",
        "MacefieldBurke1991",
        (
            f"As pH rises from {rows[0]['ph']:g} to {peak['ph']:g}, the rheobase falls to "
            + "; ".join(
                f"{_ratio(a)} of normal ({_ratio(b)} while sodium has not adapted) {'at f_K' if k == 0 else 'at'} {f:g}"
                for k, (f, (a, b)) in enumerate(ratios.items())
            )
            + ".",
            peak["rheobase_ratio"],
            all(
                _monotonic([row[name] for row in own])
                for own in courses.values()
                for name in ("rheobase_ratio", "abrupt_rheobase_ratio")
            ),
        )
        if len(way) > 1 and peak["ph"] > rows[0]["ph"]
        else None,
    )
    last = back[-1]["rheobase_ratio"]
    found.add(
        "comes_back",
        "1",
        "excitability falls back to normal with the pH",
        "model",
        (
            f"When the pH is back at {back[-1]['ph']:g}, the rheobase is {_ratio(last)} of normal again.",
            last,
            last is not None and abs(last - 1) < 0.01 and _monotonic([r["rheobase_ratio"] for r in back[::-1]]),
        )
        if len(back) > 1
        else None,
    )
    in_vivo = CA_MM * 10 ** (LOG_SLOPE * (peak["ph"] - PH))
    found.add(
        "calcium_at_the_peak",
        "mM",
        f"{in_vivo:.3f} mM by the slope found in people, within 0.02 mM (of the order of a measurement's error)",
        "SJCLI1988",
        (
            f"At pH {peak['ph']:g} ionised calcium is {peak['ca_mM']:.3f} mM and magnesium {peak['mg_mM']:.3f} mM "
            f"({slope_ca:g} mM calcium per unit of pH, in vitro); by the slope found in people calcium is "
            f"{in_vivo:.3f} mM.",
            peak["ca_mM"],
            abs(peak["ca_mM"] - in_vivo) <= 0.02,
        ),
    )
    rates = {f: max(row["rate_hz"] for row in own) for f, own in courses.items()}
    loud = {f: rate for f, rate in rates.items() if rate > 0}
    found.add(
        "ectopic_impulses",
        "Hz",
        "impulses of their own at the peak, as paraesthesiae and tetany in people suggest",
        "MacefieldBurke1991",
        (
            "By itself the axon fires at up to "
            + ", ".join(f"{rate:.0f} Hz (f_K {f:g})" for f, rate in loud.items())
            + "."
            if loud
            else f"The axon stays silent up to pH {peak['ph']:g}: this fall of divalents alone does not make it fire.",
            rates[peak["f_K"]],
            rates[peak["f_K"]] > 0,
        ),
    )
    ladder = tables.get("by_ph", [])
    highest = max((row["ph"] for row in ladder), default=None)
    firing = [row for row in ladder if row["rate_hz"] > 0]
    found.add(
        "beyond_the_peak",
        "1",
        "impulses of their own at the pH that volunteers reach (7.75), where 9 of 10 had paraesthesiae",
        "Steurer1997",
        (
            f"Along the same slopes the axon fires from pH {min(r['ph'] for r in firing):g} on."
            if firing
            else f"Along the same slopes it stays silent up to pH {highest:g}, where calcium is "
            f"{min(r['ca_mM'] for r in ladder):.3f} mM.",
            min((r["ph"] for r in firing), default=None),
            any(r["ph"] <= 7.75 for r in firing),
        )
        if ladder
        else None,
    )
    unchanged = tables.get("unchanged_ions", [])
    same = [row["rheobase_ratio"] for row in unchanged]
    found.add(
        "unchanged_ions",
        "1",
        "paraesthesiae although ionised calcium does not fall significantly, as in volunteers",
        "Steurer1997",
        (
            "Where the ions stay as they are, nothing happens in the model, though it does in volunteers: pH itself, "
            "which is not modelled, or something else must act."
            if all(r == 1 for r in same)
            else "Where the ions stay as they are, excitability changes all the same.",
            same[top],
            any(row["rate_hz"] > 0 for row in unchanged),
        )
        if unchanged
        else None,
    )
    return found


def _ratio(value: float | None) -> str:
    return "nothing (it fires by itself)" if value is None else f"{value:.2f}"


# ----------------------------------------------------------------------------------------------------------------- figure


def draw(tables: dict[str, Rows], example: Recording, shown: Rows) -> Figure:
    """The course of pH and ions, what it does to the rheobase, the same against pH, and one pulse before and at the peak."""
    from matplotlib.figure import Figure

    figure = Figure()
    figure.suptitle(_title(tables["table"]), fontweight="bold")
    axes: Any = figure.subplots(2, 2, width_ratios=[1.15, 1])
    (course, ladder), (ratio, pulse) = axes
    _ions_over_time(course, tables["table"])
    _ratios_over_time(ratio, tables)
    _by_ph(ladder, tables.get("by_ph", []))
    _pulse(pulse, example, shown)
    figures.footnote(
        figure,
        "Divalents only: what pH itself does to channels is not in the model.\n"
        "Volunteers had paraesthesiae without a clear fall of ionised calcium (Steurer 1997). Not advice.",
    )
    return figure


def _title(rows: Rows) -> str:
    peak = max(rows, key=lambda row: float(row["ph"]))
    does = f"fires at {peak['rate_hz']:.0f} Hz" if peak["rate_hz"] > 0 else "stays silent"
    if peak["rheobase_ratio"] is None:
        return f"pH {peak['ph']:g} takes ionised calcium to {peak['ca_mM']:.2f} mM: the motor axon {does}"
    return (
        f"pH {peak['ph']:g} takes ionised calcium to {peak['ca_mM']:.2f} mM:\n"
        f"{100 * (1 - peak['rheobase_ratio']):.0f} % less current excites the motor axon, but by itself it {does}"
        if not peak["rate_hz"] > 0
        else f"pH {peak['ph']:g} takes ionised calcium to {peak['ca_mM']:.2f} mM:\nthe motor axon {does}"
    )


def _ions_over_time(ax: Axes, rows: Rows) -> None:
    minutes = [row["time_s"] / 60 for row in rows]
    for name, label, (color, dash, marker) in zip(
        ("ca_mM", "mg_mM"), ("Ca", "Mg"), (figures.SERIES[1], figures.SERIES[2]), strict=True
    ):
        change = [100 * (row[name] / rows[0][name] - 1) for row in rows]
        ax.plot(minutes, change, color=color, ls=dash, marker=marker, ms=0.3 * float(mpl.rcParams["font.size"]))
        k = int(np.argmin(change))
        ax.annotate(
            f"{label} {rows[0][name]:.2f} → {rows[k][name]:.2f} mM",
            (0.98, 0.16 if name == "ca_mM" else 0.04),
            xycoords="axes fraction",
            ha="right",
            color=color,
            fontsize="small",
        )
    ax.set_ylabel("ionised, change (%)")
    ax.set_xlabel("time (min)")
    ax.set_title(
        f"pH {rows[0]['ph']:g} → {max(r['ph'] for r in rows):g} → {rows[-1]['ph']:g}", loc="left", fontsize="medium"
    )


def _ratios_over_time(ax: Axes, tables: dict[str, Rows]) -> None:
    rows = tables["table"]
    minutes = [row["time_s"] / 60 for row in rows]
    for name, label, (color, dash, marker) in (
        ("rheobase_ratio", "sodium adapted", figures.SERIES[0]),
        ("abrupt_rheobase_ratio", "sodium not yet adapted", figures.SERIES[1]),
    ):
        values = [np.nan if row[name] is None else row[name] for row in rows]
        ax.plot(
            minutes, values, color=color, ls=dash, marker=marker, ms=0.3 * float(mpl.rcParams["font.size"]), label=label
        )
    unchanged = tables.get("unchanged_ions", [])
    values = [np.nan if row["rheobase_ratio"] is None else row["rheobase_ratio"] for row in unchanged]
    ax.plot([row["time_s"] / 60 for row in unchanged], values, color=figures.GREY, ls=":", label="ions unchanged")
    low, high = ax.get_ylim()
    ax.set_ylim(low - 0.45 * (high - low), high)  # room for the legend
    ax.set_ylabel("rheobase / normal")
    ax.set_xlabel("time (min)")
    ax.set_title(f"Rheobase, f_K {rows[0]['f_K']:g}", loc="left", fontsize="medium")
    ax.legend(fontsize="small", loc="lower right")


def _by_ph(ax: Axes, ladder: Rows) -> None:
    for f, (color, dash, marker) in zip(dict.fromkeys(r["f_K"] for r in ladder), figures.SERIES * 9, strict=False):
        own = rows_where(ladder, f_K=f)
        values = [np.nan if row["rheobase_ratio"] is None else row["rheobase_ratio"] for row in own]
        ax.plot(
            [row["ph"] for row in own],
            values,
            color=color,
            ls=dash,
            marker=marker,
            ms=0.4 * float(mpl.rcParams["font.size"]),
            label=f"{f:g}",
        )
        loud = [row["ph"] for row in own if row["rate_hz"] > 0]
        ax.plot(loud, [0.01] * len(loud), marker, color=color, ms=0.6 * float(mpl.rcParams["font.size"]))
    if any(row["rate_hz"] > 0 for row in ladder):
        ax.text(0.02, 0.04, "at 0: fires by itself", transform=ax.transAxes, fontsize="x-small")
    ax.set_ylim(0, 1.05)
    ax.set_xlabel("pH of the blood")
    ax.set_ylabel("rheobase / normal")
    several = len({row["f_K"] for row in ladder}) > 1
    title = "It depends on an unmeasured share, f_K" if several else "Rheobase against pH"
    ax.set_title(title, loc="left", fontsize="medium")
    ax.legend(title="f_K", fontsize="small", title_fontsize="small", loc="lower left", bbox_to_anchor=(0.0, 0.12))


def _pulse(ax: Axes, example: Recording, shown: Rows) -> None:
    """The same pulse before and at the peak."""
    from matplotlib.ticker import MaxNLocator

    for cell, (row, (color, dash, _)) in enumerate(zip(shown, (figures.SERIES[5], figures.SERIES[1]), strict=True)):
        figures.trace(
            1e3 * example.trace_time, example.trace("V_mV", cell), ax, color=color, ls=dash, label=f"pH {row['ph']:g}"
        )
    figures.shade(ax, 5.0, 6.0)
    ax.set_xlim(3, 16)
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.set_xlabel("time (ms)")
    ax.set_ylabel("node (mV)")
    ax.set_title("A pulse of 95 % of the normal threshold", loc="left", fontsize="medium")
    ax.legend(fontsize="small", loc="upper right")


if __name__ == "__main__":
    run_as_script(hyperventilation)
