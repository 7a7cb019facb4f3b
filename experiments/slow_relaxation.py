"""Does low magnesium inside a muscle fibre make it release more calcium, fuse earlier and relax more slowly?

The fibre's own magnesium is set, not that of plasma, which it does not follow within hours. How much of calcium's release it
blocks is unsettled: the share is swept from nothing to all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

from excitability import (
    Finding,
    Impulses,
    Option,
    Report,
    Run,
    Table,
    Train,
    divalents,
    experiment,
    figures,
    load_model,
    measures,
    rows_where,
    run_as_script,
)
from excitability.study import Findings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from excitability import Protocol, Recording

MODEL = "muscle_fibre"
FALLEN_MM = 0.45  # 0.8 of the reference, as in red cells of hypomagnesaemic patients (Ryzen1989)
SOME_HZ, TETANUS_HZ = 10.0, 50.0
START_S, TRAIN_S, AFTER_S = 0.01, 1.0, 0.8
SAMPLE_MS = 0.25
RELEASE_MS = 20.0
SKINNED_MM = (0.05, 1.0, 2.0)  # magnesium of DonaldsonKerrick1975
COLUMNS = (
    "mg_i_mM",
    "ca_peak_uM",
    "ca_decay_ms",
    "force_fraction_10hz",
    "half_relaxation_ms",
    "share_RyR",
    "ca_rest_uM",
    "ca_tenth_ms",
    "released_uM",
    "twitch_ratio",
    "force_10hz_ratio",
    "tetanus_ratio",
    "time_to_peak_ms",
    "tetanus_half_relaxation_ms",
    "force_rest",
    "impulses",
)
Rows = list[dict[str, Any]]


@experiment(
    title="Low magnesium inside a muscle fibre slows its relaxation, a little",
    question="Does low magnesium inside a muscle fibre make it release more calcium, fuse earlier and relax more slowly?",
    models=[MODEL],
    options={
        "mg_i": Option(
            (3.0, 1.0, 0.56, FALLEN_MM, 0.3, 0.2, 0.1), "mM", 0.02, 10, "free magnesium inside the fibre; the model's own "
            "is always run", ion="mg",
        ),
        "share_RyR": Option(
            (0.5, 0.0, 1.0), "1", 0, 1, "shares of calcium's release that magnesium blocks; the first is in the title"
        ),
    },
    quick={"mg_i": (1.0, 0.56, FALLEN_MM, 0.1), "share_RyR": (0.5, 0.0)},
    sources=[
        "Ryschon1996", "Ryzen1989", "Jona2001", "JacquemondSchneider1992", "Owen1997", "Zhou2004", "DonaldsonKerrick1975",
        "StendigLindberg1977", "Cameron2019", "Macefield1996", "HessMetzgerWeingart1982",
    ],
)  # fmt: skip
def slow_relaxation(run: Run) -> Report:
    """A twitch, 10 Hz and 50 Hz in every condition, all at once."""
    o = run.options
    reference = run.value(MODEL, "Mg_i")
    levels = sorted({*o.mg_i, reference}, reverse=True)
    protocols: list[Protocol] = [Impulses([START_S])]
    protocols += [Train(rate=rate, duration=TRAIN_S, start=START_S) for rate in (SOME_HZ, TETANUS_HZ)]
    conditions = [(share, mg) for share in o.share_RyR for mg in levels]
    model = load_model(MODEL)
    recording = run.simulate(
        replace(model, traces={**model.traces, "q": "1", "z": "1", "Ca_SR": "uM"}),  # what release is made of
        protocol=protocols * len(conditions),
        parameters={
            "share_RyR": [share for share, _ in conditions for _ in protocols],
            "Mg_i": [mg for _, mg in conditions for _ in protocols],
        },
        duration=START_S + TRAIN_S + AFTER_S,
        sample=SAMPLE_MS,
        noise=False,
    )
    rows, places = [], {}
    for k, (share, mg) in enumerate(conditions):
        first = k * len(protocols)
        before = (conditions.index((share, reference))) * len(protocols)
        rows.append(row(run, recording, first, before, share, mg))
        places[share, mg] = first
    keys = [(share, mg) for share in o.share_RyR[:1] for mg in shown(levels, reference)]
    cells = [places[key] + j for key in keys for j in range(len(protocols))]
    identify = [
        {"mg_i_mM": mg, "share_RyR": share, "rate_hz": rate}
        for share, mg in keys
        for rate in (1.0, SOME_HZ, TETANUS_HZ)  # 1: a single impulse
    ]
    example = recording.subset(cells)
    on_troponin = run.value(MODEL, "on_troponin")
    return Report(
        tables={"table": Table(rows, COLUMNS, example, identify)},
        findings=findings(rows, reference, on_troponin),
        draw=lambda: draw(rows, example, identify, reference),
        limits=[
            "The magnesium is that inside the fibre. That of plasma does not change it within minutes to hours "
            "(HessMetzgerWeingart1982), and how far it falls in people in weeks was measured in red cells only.",
            "A prediction: no experiment was found that shows slower relaxation or earlier fusion of intact human muscle at "
            "low magnesium, and patients with low magnesium in muscle are weaker, not stronger.",
            "What magnesium does to force rests on share_RyR, which is not settled, and on its block with 0.174 mM "
            "(Jona2001), measured in depolarised fibres of rats. That block shifts with potential, which is left out.",
            "Peak calcium falls at low magnesium where release does not rise, because ATP that magnesium leaves binds "
            "calcium. Frog fibres hold parvalbumin besides; the human fibre of this model holds none.",
            "That the resting fibre is still above 0.1 mM follows from a constant chosen so (K_leak). Whether magnesium "
            "stands at troponin is disputed (SolaroShiner1976): --set on_troponin=0 takes it away. Where it does, force over "
            "pCa only shifts; in frog its slope falls too (DonaldsonKerrick1975).",
            f"This is no advice. {figures.NO_BENEFIT}",
        ],
    )


def shown(levels: Sequence[float], reference: float) -> list[float]:
    """The model's own magnesium, the level nearest to what has been measured in people, and the lowest."""
    near = min(levels, key=lambda mg: abs(mg - FALLEN_MM))
    return list(dict.fromkeys([reference, near, levels[-1]]))


# --------------------------------------------------------------------------------------------------------------- measures


def row(run: Run, recording: Recording, first: int, before: int, share: float, mg: float) -> dict[str, Any]:
    """What the three runs from cell `first` on show; the same in the model's own magnesium begins at cell `before`."""
    t = 1e3 * recording.trace_time
    at, last = 1e3 * START_S, 1e3 * recording.stimuli[first + 2][-1]
    ca, tension = recording.trace("Ca_i_uM", first), recording.trace("force_1", first)
    transient, twitch = measures.twitch(t, ca, at=at), measures.twitch(t, tension, at=at)
    heights, normal = ([float(force(recording, c + k).max()) for k in range(3)] for c in (first, before))
    ratios = [None if n <= 0 else h / n for h, n in zip(heights, normal, strict=True)]
    peak = None if transient.time_to_peak is None else at + transient.time_to_peak
    return {
        "mg_i_mM": mg,
        "ca_peak_uM": transient.rest + transient.height,
        "ca_decay_ms": transient.half_relaxation,
        "force_fraction_10hz": heights[1] / heights[2] if heights[2] > 0 else None,
        "half_relaxation_ms": twitch.half_relaxation,
        "share_RyR": share,
        "ca_rest_uM": transient.rest,
        "ca_tenth_ms": None if peak is None else measures.relaxation(t, ca, after=peak, rest=transient.rest, left=0.1),
        "released_uM": released(run, recording, first, share, mg),
        "twitch_ratio": ratios[0],
        "force_10hz_ratio": ratios[1],
        "tetanus_ratio": ratios[2],
        "time_to_peak_ms": twitch.time_to_peak,
        "tetanus_half_relaxation_ms": measures.relaxation(t, force(recording, first + 2), after=last),
        "force_rest": twitch.rest,
        "impulses": len(recording.events(first + 2)),
    }


def force(recording: Recording, cell: int) -> Any:
    """Force over its rest, as a share of the most there can be."""
    trace = recording.trace("force_1", cell)
    return trace - trace[0]


def released(run: Run, recording: Recording, cell: int, share: float, mg: float) -> float:
    """Calcium that leaves the reticulum in 20 ms after the impulse, per volume of the myoplasm, uM."""
    t = 1e3 * (recording.trace_time - START_S)
    q, z, store, ca = (recording.trace(name, cell) for name in ("q_1", "z_1", "Ca_SR_uM", "Ca_i_uM"))
    constants = {name: run.value(MODEL, name) for name in ("K_RyR", "Mg_i_ref")}
    block = divalents.ryanodine_block(Mg=mg, share_RyR=share, **constants)
    flux = run.value(MODEL, "P_release") * q**4 * z * block * (store - ca)  # J_release of the model, uM/ms
    within = (t >= 0) & (t <= RELEASE_MS)
    return float(np.trapezoid(flux[within], t[within]))


# --------------------------------------------------------------------------------------------------------------- findings


def findings(rows: Rows, reference: float, on_troponin: float = 1.0) -> list[Finding]:
    """What the rows show, beside what is published."""
    found = Findings("this magnesium or share was left out")
    shares = list(dict.fromkeys(row["share_RyR"] for row in rows))
    courses = {share: rows_where(rows, share_RyR=share) for share in shares}
    normal = {share: rows_where(own, mg_i_mM=reference)[0] for share, own in courses.items()}
    fallen = {s: low[0] for s, own in courses.items() if (low := rows_where(own, mg_i_mM=FALLEN_MM))}
    lowest = {share: own[-1] for share, own in courses.items()}
    _about_relaxation(found, courses, normal, fallen, lowest)
    _about_force(found, normal, fallen, lowest)
    _about_calcium(found, courses, lowest)
    _about_troponin(found, on_troponin)
    return found


Courses = Mapping[float, Rows]
Each = Mapping[float, dict[str, Any]]


def _each(values: Mapping[float, float | None], digits: int = 2, unit: str = "") -> str:
    said = ["none" if v is None else f"{v:.{digits}f}{unit and ' ' + unit}" for v in values.values()]
    return ", ".join(said) + " (share_RyR " + ", ".join(f"{share:g}" for share in values) + ")"


def _rising(values: Sequence[float | None]) -> bool:
    return all(a is not None and b is not None and b > a for a, b in pairwise(values))


def _ratios(rows: Each, to: Each, name: str) -> dict[float, float | None]:
    return {s: row[name] / to[s][name] if row[name] is not None and to[s][name] else None for s, row in rows.items()}


def _about_relaxation(found: Findings, courses: Courses, normal: Each, fallen: Each, lowest: Each) -> None:
    first = next(iter(normal))
    own, low = normal[first], lowest[first]
    below = {s: [r for r in rows if r["mg_i_mM"] <= own["mg_i_mM"]] for s, rows in courses.items()}
    deeper = own["mg_i_mM"] > low["mg_i_mM"]
    twitches = {s: row["half_relaxation_ms"] for s, row in lowest.items()}
    found.add(
        "relaxation_slows", "ms", "slower at every step down, whatever the share. A prediction: no such experiment was found",
        "model",
        (
            f"From {own['mg_i_mM']:g} to {low['mg_i_mM']:g} mM magnesium the twitch's half relaxation goes from "
            f"{_number(own['half_relaxation_ms'], 0)} to {_each(twitches, 0, 'ms')}.",
            twitches[first],
            all(_rising([r["half_relaxation_ms"] for r in rows]) for rows in below.values()),
        )
        if deeper
        else None,
    )  # fmt: skip
    change = {
        s: row["half_relaxation_ms"] - normal[s]["half_relaxation_ms"]
        for s, row in fallen.items()
        if row["half_relaxation_ms"] is not None and normal[s]["half_relaxation_ms"] is not None
    }
    said = None
    if first in change:
        seen = [value > 6.0 for value in change.values()]
        text = f"At {FALLEN_MM:g} mM half relaxation is longer by {_each(change, 1, 'ms')}"
        said = (text + ("." if any(seen) else ": too little to be seen."), change[first], all(seen))
    found.add(
        "fall_in_people", "ms", "more than the standard error with which human twitches are known, 6.0 ms (Macefield1996), "
        "at the only fall of free magnesium measured in people (to 0.8, in red cells)", "Ryzen1989", said,
    )  # fmt: skip
    after = {s: row["tetanus_half_relaxation_ms"] for s, row in lowest.items()}
    found.add(
        "relaxation_after_tetanus", "ms", "slower at every step down, whatever the share. A prediction", "model",
        (
            f"After the tetanus it goes from {_number(own['tetanus_half_relaxation_ms'], 0)} to {_each(after, 0, 'ms')}.",
            after[first],
            all(_rising([r["tetanus_half_relaxation_ms"] for r in rows]) for rows in below.values()),
        )
        if deeper
        else None,
    )  # fmt: skip


def _number(value: float | None, digits: int = 2) -> str:
    return "none" if value is None else f"{value:.{digits}f}"


def _about_force(found: Findings, normal: Each, fallen: Each, lowest: Each) -> None:
    first = next(iter(normal))
    fused = {s: row["force_fraction_10hz"] for s, row in lowest.items()}
    deeper = normal[first]["mg_i_mM"] > lowest[first]["mg_i_mM"]
    found.add(
        "fuses_earlier", "1", "10 Hz gives more of the tetanus than in normal magnesium (by 0.05), whatever the share. A "
        "prediction", "model",
        (
            f"At {SOME_HZ:g} Hz there is {_number(normal[first]['force_fraction_10hz'])} of the tetanus at "
            f"{normal[first]['mg_i_mM']:g} mM, and at {lowest[first]['mg_i_mM']:g} mM {_each(fused)}.",
            fused[first],
            all(
                value is not None and value > (normal[s]["force_fraction_10hz"] or 0.0) + 0.05 for s, value in fused.items()
            ),
        )
        if deeper
        else None,
    )  # fmt: skip
    twitch = {s: row["twitch_ratio"] for s, row in lowest.items()}
    known = [value for value in twitch.values() if value]
    found.add(
        "share_decides", "1", "the twitch at the lowest magnesium is much the same (within 20 %) whatever the share that "
        "magnesium blocks", "assumption",
        (
            f"At {lowest[first]['mg_i_mM']:g} mM the twitch is {_each(twitch)} of normal: the unsettled share decides.",
            twitch[first],
            bool(known) and max(known) / min(known) <= 1.2,
        )
        if deeper and len(twitch) > 1
        else None,
    )  # fmt: skip
    more = {s: row["tetanus_ratio"] for s, row in fallen.items()}
    some = {s: row["force_10hz_ratio"] for s, row in fallen.items()}
    found.add(
        "strength", "1", "weaker: so are patients with low magnesium in muscle (most drank), and people with less of it have "
        "weaker knees (Cameron2019)", "StendigLindberg1977",
        (
            f"At {FALLEN_MM:g} mM the tetanus is {_each(more, 3)} of normal, and force at {SOME_HZ:g} Hz {_each(some)}.",
            some[first],
            all(value is not None and value < 1 for value in [*more.values(), *some.values()]),
        )
        if first in some
        else None,
    )  # fmt: skip


def _about_calcium(found: Findings, courses: Courses, lowest: Each) -> None:
    first = next(iter(courses))
    milli = {s: one[0] for s, rows in courses.items() if (one := rows_where(rows, mg_i_mM=1.0))}
    low = lowest[first]["mg_i_mM"]
    why = "needs 1 mM, the control of that study, and a level below 0.14 mM"
    can = first in milli and low < 0.14
    peaks = _ratios(lowest, milli, "ca_peak_uM") if can else {}
    found.add(
        "peak_calcium", "1", "about the same peak at all magnesium, frog (within 20 %); with the share of the title",
        "JacquemondSchneider1992",
        (
            f"The peak at {low:g} mM is {_each(peaks)} of that at 1 mM.",
            peaks[first],
            (value := peaks[first]) is not None and 0.8 <= value <= 1.2,
        )
        if can
        else None,
        why,
    )  # fmt: skip
    halves = {s: None if v is None else 1 / v for s, v in _ratios(lowest, milli, "ca_decay_ms").items()} if can else {}
    tenths = {s: None if v is None else 1 / v for s, v in _ratios(lowest, milli, "ca_tenth_ms").items()} if can else {}
    found.add(
        "calcium_decay", "1", "below 0.14 mM calcium falls at about 0.3 (0.2 to 0.45) of its rate at 1 mM, frog; judged by "
        "the time to half of the peak", "JacquemondSchneider1992",
        (
            f"By the time to half of the peak the rate is {_each(halves)} of that at 1 mM, by the time to a tenth "
            f"{_each(tenths)}.",
            halves[first],
            (value := halves[first]) is not None and 0.2 <= value <= 0.45,
        )
        if can
        else None,
        why,
    )  # fmt: skip
    block = _half_block(courses.get(1.0, []))
    found.add(
        "half_block", "mM", "half of the release is blocked at 0.174 mM within 30 %, rat; built in", "Jona2001",
        (
            f"With share_RyR 1 the calcium released in {RELEASE_MS:g} ms falls as if half were blocked at {block:.2f} mM.",
            block,
            0.122 <= block <= 0.226,
        )
        if block is not None
        else None,
        "needs share_RyR 1 and three levels of magnesium",
    )  # fmt: skip
    still = [r for r in courses[first] if 0.1 <= r["mg_i_mM"] <= 2.0]
    said, sparks = None, None
    if len(still) > 1:
        most, least = still[-1], still[0]
        calcium = f"Resting calcium is {most['ca_rest_uM']:.3f} uM at {most['mg_i_mM']:g} mM"
        said = (
            f"{calcium}, and resting force {100 * most['force_rest']:.2f} % of the greatest.",
            most["force_rest"],
            most["force_rest"] < 0.01,
        )
        rise = most["ca_rest_uM"] / least["ca_rest_uM"]
        sparks = f"{calcium}, {rise:.1f} times that at {least['mg_i_mM']:g} mM.", rise, rise <= 1.1
    found.add(
        "no_release_at_rest", "1", "no release by itself from 0.1 mM on, pig: resting force below 1 %; so by the choice of "
        "K_leak", "Owen1997", said,
    )  # fmt: skip
    found.add(
        "calcium_at_rest", "1", "resting calcium the same within a tenth: sparks do not change below 2 mM, rat", "Zhou2004",
        sparks,
    )  # fmt: skip


def _half_block(rows: Rows) -> float | None:
    """Magnesium at which half of the release is blocked: 1/release is a straight line over magnesium."""
    known = [(r["mg_i_mM"], r["released_uM"]) for r in rows if r["released_uM"] > 0]
    if len(known) < 3:
        return None
    mg, out = np.array(known).T
    slope, at_none = np.polyfit(mg, 1 / out, 1, w=out)  # equal relative errors
    return float(at_none / slope) if slope > 0 else None


def _about_troponin(found: Findings, on_troponin: float) -> None:
    sites = [divalents.troponin_site(Mg=mg, on_troponin=on_troponin) for mg in SKINNED_MM]
    shifts = [float(np.log10(a / b)) for a, b in pairwise(sites)]
    said = ", ".join(f"{shift:.2f}" for shift in shifts)
    found.add(
        "sensitivity", "1", "force needs more calcium at 0.05, 1 and 2 mM in turn, frog, skinned; built in",
        "DonaldsonKerrick1975",
        (
            f"Force over pCa shifts by {said} pCa units from {SKINNED_MM[0]:g} to {SKINNED_MM[1]:g} and to "
            f"{SKINNED_MM[2]:g} mM.",
            shifts[-1],
            all(shift > 0 for shift in shifts),
        ),
    )  # fmt: skip


# ----------------------------------------------------------------------------------------------------------------- figure


def draw(rows: Rows, example: Recording, identify: Sequence[Mapping[str, Any]], reference: float) -> Figure:
    """Twitches and their calcium at three levels; relaxation and force against magnesium, a line for each share."""
    from matplotlib.figure import Figure

    figure = Figure()
    figure.suptitle(_title(rows, reference), fontweight="bold")
    axes: Any = figure.subplots(2, 2, width_ratios=[1, 1.1])
    (twitch, relax), (calcium, fused) = axes
    levels = [k for k, one in enumerate(identify) if one["rate_hz"] == 1.0]
    t = 1e3 * (example.trace_time - START_S)
    for cell, (color, dash, _) in zip(levels, figures.SERIES, strict=False):
        label = f"{identify[cell]['mg_i_mM']:g}"
        tension = force(example, cell)
        figures.trace(t, tension / (tension.max() or 1.0), twitch, color=color, ls=dash, label=label)
        figures.trace(t, example.trace("Ca_i_uM", cell), calcium, color=color, ls=dash, label=label)
    share = identify[0]["share_RyR"]
    twitch.set_title(f"Twitch, share_RyR {share:g}", loc="left", fontsize="medium")
    twitch.set_xlim(-10, 350)
    twitch.set_ylabel("force / its peak")
    twitch.legend(title="Mg inside (mM)", fontsize="small", title_fontsize="small")
    calcium.set_title("Calcium after that impulse", loc="left", fontsize="medium")
    calcium.set_xlim(-1, 60)
    calcium.set_ylabel("calcium (µM)")
    for ax in (twitch, calcium):
        ax.set_xlabel("time after the nerve's impulse (ms)")
        ax.set_ylim(0, None)
    for share, style in zip(dict.fromkeys(r["share_RyR"] for r in rows), figures.SERIES[3:], strict=False):
        own = rows_where(rows, share_RyR=share)
        _against_magnesium(relax, own, "half_relaxation_ms", style, f"{share:g}")
        _against_magnesium(fused, own, "force_fraction_10hz", style, f"{share:g}")
    for ax in (relax, fused):
        ax.axvspan(FALLEN_MM, 0.56, color=figures.YELLOW, alpha=0.6, lw=0)
    relax.set_title("Half relaxation of the twitch", loc="left", fontsize="medium")
    relax.set_ylabel("ms")
    relax.set_ylim(0, 1.1 * max((r["half_relaxation_ms"] or 0.0 for r in rows), default=0.0) or 1.0)
    relax.legend(title="share_RyR", fontsize="small", title_fontsize="small", loc="lower right")
    relax.annotate(
        "fall measured in\npeople's red cells", (FALLEN_MM, 0.3), xycoords=("data", "axes fraction"), xytext=(-0.3, 0),
        textcoords="offset fontsize", ha="right", va="center", fontsize="small",
    )  # fmt: skip
    fused.set_title("Force at 10 Hz: depends on an unsettled share", loc="left", fontsize="medium")
    fused.set_ylabel("force / tetanus")
    fused.set_ylim(0, 1)
    figures.footnote(
        figure,
        "A prediction. This is magnesium inside the fibre, which does not follow plasma within hours; patients with little "
        f"of it are weaker.\n{figures.NO_BENEFIT}",
    )
    return figure


def _title(rows: Rows, reference: float) -> str:
    own = rows_where(rows, share_RyR=rows[0]["share_RyR"])
    (normal,) = rows_where(own, mg_i_mM=reference)
    low = own[-1]
    name = "half_relaxation_ms"
    if None in (normal[name], low[name]) or low is normal:
        return "Magnesium inside the fibre and the twitch's relaxation"
    change = 100 * (low[name] / normal[name] - 1)
    first = (
        f"With {low['mg_i_mM']:g} instead of {normal['mg_i_mM']:g} mM magnesium inside, a fibre relaxes "
        f"{abs(change):.0f} % {'more slowly' if change > 0 else 'faster'}"
    )
    fallen = rows_where(own, mg_i_mM=FALLEN_MM)
    if not fallen or fallen[0][name] is None or low is fallen[0]:
        return first
    people = 100 * (fallen[0][name] / normal[name] - 1)
    return f"{first};\nthe fall measured in people, to {FALLEN_MM:g} mM, makes {people:.0f} %"


def _against_magnesium(ax: Axes, rows: Rows, name: str, style: Any, label: str) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

    color, dash, marker = style
    known = [(r["mg_i_mM"], r[name]) for r in rows if r[name] is not None]
    ax.plot(
        [mg for mg, _ in known],
        [value for _, value in known],
        color=color,
        ls=dash,
        marker=marker,
        ms=0.4 * float(mpl.rcParams["font.size"]),
        label=label,
    )
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(FixedLocator([0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.set_xlabel("free magnesium inside the fibre (mM)")


if __name__ == "__main__":
    run_as_script(slow_relaxation)
