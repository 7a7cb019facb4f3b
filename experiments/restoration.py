"""Firing is established, then magnesium, calcium or both come back: does it stop, and at the value at which it started?

A motor axon is brought to fire by an abrupt change of its ions. Later they return, one of them or both, to several values.
Then the border is taken from both sides: by abrupt changes from silence and from firing, and by a staircase of small steps
of calcium down and up again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
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
    divalents,
    experiment,
    figures,
    rows_where,
    run_as_script,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from excitability import Recording

CA_MM, MG_MM = PRESETS["normal"]
SILENT_S = 1.0  # without an impulse for so long, firing has stopped
COARSE_MM, FINE_MM, DWELL_S = 0.05, 0.01, 0.4  # steps of calcium, and how long each of the staircase lasts
BELOW, ABOVE = 4, 14  # fine steps on either side of the coarse border

COLUMNS = (
    "ca_from_mM",
    "mg_from_mM",
    "ca_to_mM",
    "mg_to_mM",
    "stops",
    "after_s",
    "f_K",
    "returned",
    "rate_before_hz",
    "rate_after_hz",
)
BORDER_COLUMNS = (
    "f_K",
    "mg_mM",
    "starts_abrupt_mM",
    "stops_abrupt_mM",
    "starts_slow_mM",
    "stops_slow_mM",
    "window_mV",
)


@experiment(
    title="Firing of a motor axon stops when magnesium or calcium returns",
    question="Does firing stop when magnesium, calcium or both return, and at the value at which it started?",
    models=["motor_axon"],
    options={
        "ca_from": Option(
            (0.9, 0.8, 0.6), "mM", 0, 10, "calcium of the states that fire, one for each mg_from", ion="ca"
        ),
        "mg_from": Option((0.25, 0.10, 0.20), "mM", 0, 10, "magnesium of the states that fire", ion="mg"),
        "ca_to": Option((0.9, 1.0, 1.1, 1.2), "mM", 0, 10, "calcium to return to", ion="ca"),
        "mg_to": Option((0.25, 0.55, 1.0, 1.5), "mM", 0, 10, "magnesium to return to", ion="mg"),
        "f_K": Option((0.3, 0.6), "1", 0, 2, "shares of the gating shift that potassium gates feel"),
        "border_mg": Option((0.10, 0.25, 0.55), "mM", 0, 10, "magnesium at which the borders are sought", ion="mg"),
        "at": Option(2.0, "s", 0.5, 600, "how long it fires before the ions return"),
        "watch": Option(3.0, "s", 1.5, 600, "how long to watch afterwards"),
    },
    quick={
        "ca_from": (0.9,),
        "mg_from": (0.25,),
        "ca_to": (1.2,),
        "mg_to": (0.55,),
        "f_K": (0.3,),
        "border_mg": (0.25,),
        "at": 1.0,
        "watch": 1.5,
    },
    sources=["Hennings2005", "Garrison2020"],
)
def restoration(run: Run) -> Report:
    """What returning each ion does to firing, and the border from both sides."""
    o = run.options
    if len(o.ca_from) != len(o.mg_from):
        raise InputError(
            f"ca_from and mg_from are pairs: {len(o.ca_from)} values of calcium and {len(o.mg_from)} of magnesium"
        )
    cells = [
        (f_K, start, end)
        for f_K in o.f_K
        for start in zip(o.ca_from, o.mg_from, strict=True)
        for end in returns(start, o.ca_to, o.mg_to)
    ]
    shown = [k for k, (f_K, start, end) in enumerate(cells) if (f_K, *start) == (o.f_K[0], o.ca_from[0], o.mg_from[0])]
    shown = _shown([cells[k] for k in shown], shown)
    recording = run.simulate(
        "motor_axon",
        ions=_steps([c[1] for c in cells], [c[2] for c in cells], o.at),
        parameters={"f_K": [c[0] for c in cells]},
        duration=o.at + o.watch,
        noise=False,
        traced=shown,
        sample=0.25,
    )
    rows = [_row(recording, cell, *cells[cell], o.at) for cell in range(len(cells))]
    keys = ("ca_from_mM", "mg_from_mM", "ca_to_mM", "mg_to_mM", "f_K")
    identify = [{key: row[key] for key in keys} for row in rows]
    borders, staircases, levels = find_borders(run)
    return Report(
        tables={
            "table": Table(rows, COLUMNS, recording, identify),
            "borders": Table(borders, BORDER_COLUMNS),
        },
        findings=findings(rows, borders),
        draw=lambda: draw(rows, borders, recording, shown, o.at, staircases, levels),
        limits=[
            "Ions at the axon change at once: how fast they follow plasma is not part of this.",
            f"Stopped means {SILENT_S:g} s without an impulse, watched for {o.watch:g} s. Borders are known to "
            f"{FINE_MM:g} mM; in the staircase every step lasts {DWELL_S:g} s, so that what adapts more slowly "
            "(sodium inside) lags.",
            "Magnesium and calcium act on this model through one gating shift, in which magnesium counts 0.6 of "
            "calcium: that either stops firing follows from that assumption and is not evidence for it.",
            "At low calcium each impulse leads into a plateau not known from human axons (excitability run "
            "three_arms).",
            f"This is a model of one axon, not advice. {figures.NO_BENEFIT}",
        ],
    )


Point = tuple[float, float]


def returns(start: Point, ca_to: Sequence[float], mg_to: Sequence[float]) -> list[Point]:
    """Where ions return to from a state: nowhere (for comparison), only magnesium, only calcium, both."""
    ca, mg = start
    more_ca, more_mg = [new for new in ca_to if new > ca], [new for new in mg_to if new > mg]
    both = [(a, b) for a in more_ca for b in more_mg]
    return list(dict.fromkeys([start, *((ca, b) for b in more_mg), *((a, mg) for a in more_ca), *both]))


def _kind(start: Point, end: Point) -> str:
    ca, mg = end[0] != start[0], end[1] != start[1]
    return "both" if ca and mg else "calcium" if ca else "magnesium" if mg else "none"


def _shown(cells: Sequence[tuple[float, Point, Point]], numbers: Sequence[int]) -> list[int]:
    """One cell of each kind: the one that comes nearest to normal without going beyond."""
    best: dict[str, tuple[float, int]] = {}
    for (_, start, end), number in zip(cells, numbers, strict=True):
        far = abs(end[0] - CA_MM) + abs(end[1] - MG_MM)
        kind = _kind(start, end)
        if kind not in best or far < best[kind][0]:
            best[kind] = (far, number)
    return sorted(number for _, number in best.values())


def _steps(first: Sequence[Point], second: Sequence[Point], at: float) -> Ions:
    """Normal ions, set at 0 to the first and later to the second."""
    ions = Ions(ca=[CA_MM] * len(first))
    for time, points in ((0.0, first), (at, second)):
        ions = ions.then(at=time, ca=[ca for ca, _ in points], mg=[mg for _, mg in points])
    return ions


def _row(recording: Recording, cell: int, f_K: float, start: Point, end: Point, at: float) -> dict[str, Any]:
    """Whether firing stops, and after how long."""
    times = recording.events(cell)
    before, after = times[(times > at / 2) & (times <= at)], times[times > at]
    fired, stops = len(before) >= 2, recording.duration - (times[-1] if len(times) else 0.0) > SILENT_S
    late = after[after > recording.duration - SILENT_S]
    return {
        "ca_from_mM": start[0],
        "mg_from_mM": start[1],
        "ca_to_mM": end[0],
        "mg_to_mM": end[1],
        "stops": bool(stops) if fired else None,  # where nothing fired, nothing can stop
        "after_s": (float(after[-1] - at) if len(after) else 0.0) if fired and stops else None,
        "f_K": f_K,
        "returned": _kind(start, end),
        "rate_before_hz": float(1 / np.diff(before).mean()) if fired else None,
        "rate_after_hz": float(1 / np.diff(late).mean()) if fired and not stops and len(late) > 1 else None,
    }


# -------------------------------------------------------------------------------------------------------------- borders


def find_borders(run: Run) -> tuple[list[dict[str, Any]], Recording | None, list[float]]:
    """The calcium at which firing starts and stops, abruptly and slowly, at every magnesium and f_K.

    Returns
    -------
    (list of dict, Recording or None, list of float)
        Rows; the recording of the staircases, of which the one to show is traced; and the levels of that one, mM.
    """
    o = run.options
    pairs = [(f_K, mg) for f_K in o.f_K for mg in o.border_mg]
    coarse = np.round(np.arange(0.1, 1.3 + COARSE_MM / 2, COARSE_MM), 6).tolist()
    fires = _fire_on(run, [(f_K, mg, ca, ca) for f_K, mg in pairs for ca in coarse], 0.5, 0.5)
    fires = fires.reshape(len(pairs), -1)
    top = {pair: coarse[int(np.flatnonzero(row)[-1])] for pair, row in zip(pairs, fires, strict=True) if row.any()}
    rows = [dict.fromkeys(BORDER_COLUMNS) | {"f_K": f_K, "mg_mM": mg} for f_K, mg in pairs]
    known = [pair for pair in pairs if pair in top]
    if not known:
        return rows, None, []
    # from high to low: abruptly from normal ions, and back from firing at the lowest of them
    ladders = {p: [round(top[p] + k * FINE_MM, 6) for k in range(ABOVE, -BELOW - 1, -1)] for p in known}
    ladders = {pair: [ca for ca in ladder if ca > 0] for pair, ladder in ladders.items()}
    tried = [(pair, ca, first) for pair in known for ca in ladders[pair] for first in (ca, ladders[pair][-1])]
    on = _fire_on(run, [(pair[0], pair[1], first, ca) for pair, ca, first in tried], 1.0, o.watch)
    staircases = _staircases(run, known, ladders)
    for row in rows:
        pair = (row["f_K"], row["mg_mM"])
        if pair not in top:
            continue
        for name, back in (("starts_abrupt_mM", False), ("stops_abrupt_mM", True)):
            firing = [
                ca
                for (other, ca, first), yes in zip(tried, on, strict=True)
                if other == pair and yes and (first != ca) == back
            ]
            row[name] = max(firing, default=None)
        times = staircases.events(known.index(pair))
        row["starts_slow_mM"], row["stops_slow_mM"] = slow_borders(times, ladders[pair])
        if row["starts_slow_mM"] and row["stops_slow_mM"]:
            low, high = (divalents.gating_shift(Ca=row[f"{x}_slow_mM"], Mg=pair[1]) for x in ("starts", "stops"))
            row["window_mV"] = float(high - low)
    return rows, staircases, ladders[known[_typical(known)]]


def _typical(pairs: Sequence[tuple[float, float]]) -> int:
    """Which staircase to show: the first f_K, low magnesium."""
    return next((k for k, pair in enumerate(pairs) if pair == (pairs[0][0], 0.25)), 0)


def _fire_on(run: Run, cells: Sequence[tuple[float, float, float, float]], before: float, after: float) -> Any:
    """Whether axons fire at the end, who have been at a first calcium (after normal) and then at a second one."""
    recording = run.simulate(
        "motor_axon",
        ions=_steps([(first, mg) for _, mg, first, _ in cells], [(ca, mg) for _, mg, _, ca in cells], before),
        parameters={"f_K": [cell[0] for cell in cells]},
        duration=before + after,
        noise=False,
        traced=[0],  # as little as keeps the build of the other runs
        sample=1.0,
    )
    last = min(SILENT_S, after)
    return np.array([(recording.events(k) > recording.duration - last).sum() >= 2 for k in range(len(cells))])


def _staircases(
    run: Run, pairs: Sequence[tuple[float, float]], ladders: dict[tuple[float, float], list[float]]
) -> Recording:
    """Calcium down in small steps, and up again, from normal calcium at the magnesium in question."""
    most = max(len(ladder) for ladder in ladders.values())
    stairs = np.array([ladders[p] + [ladders[p][-1]] * (most - len(ladders[p])) for p in pairs])
    stairs = np.concatenate([stairs, stairs[:, ::-1]], axis=1)
    ions = Ions(ca=[CA_MM] * len(pairs)).then(at=0.0, mg=[mg for _, mg in pairs])
    for k, levels in enumerate(stairs.T):
        ions = ions.then(at=SILENT_S + k * DWELL_S, ca=levels)
    return run.simulate(
        "motor_axon",
        ions=ions,
        parameters={"f_K": [f_K for f_K, _ in pairs]},
        duration=SILENT_S + stairs.shape[1] * DWELL_S,
        noise=False,
        traced=[_typical(pairs)],
        sample=1.0,
    )


def slow_borders(times: Any, ladder: Sequence[float]) -> tuple[float | None, float | None]:
    """Calcium at the first of lasting impulses on the way down, and at the last impulse on the way up.

    Parameters
    ----------
    times : array
        Impulses on the staircase, s.
    ladder : sequence of float
        Its levels on the way down, mM.
    """
    half, number = SILENT_S + len(ladder) * DWELL_S, len(ladder)
    down, up = (times[(times > a) & (times <= b)] for a, b in ((SILENT_S, half), (half, np.inf)))
    if not len(down) or not len(up):
        return None, None
    gaps = np.flatnonzero(np.diff(down) > SILENT_S)  # impulses of an onset that does not last
    first = down[int(gaps[-1]) + 1] if len(gaps) else down[0]
    step = min(int((first - SILENT_S) / DWELL_S), number - 1)
    back = min(int((up[-1] - half) / DWELL_S), number - 1)
    return float(ladder[step]), float(ladder[::-1][back])


# ------------------------------------------------------------------------------------------------------------- findings


def findings(rows: Sequence[dict[str, Any]], borders: Sequence[dict[str, Any]]) -> Findings:
    """What each way of returning does, and how far the borders lie apart."""
    found = Findings("left out of this run, or nothing fired")
    judged = [row for row in rows if row["stops"] is not None]
    left = rows_where(judged, returned="none")
    found.add(
        "without_return",
        "1",
        "firing goes on where no ion returns",
        "model",
        (
            f"Without return firing goes on in {sum(not r['stops'] for r in left)} of {len(left)} states that fire "
            f"({len(rows) - len(judged)} conditions in which nothing fired are not judged).",
            sum(not row["stops"] for row in left),
            not any(row["stops"] for row in left),
        )
        if left
        else None,
    )
    for kind, ca_back, mg_back in (("magnesium", None, MG_MM), ("calcium", CA_MM, None), ("both", CA_MM, MG_MM)):
        own = rows_where(judged, returned=kind)
        back = {"ca_to_mM": ca_back, "mg_to_mM": mg_back}
        normal = rows_where(own, **{name: level for name, level in back.items() if level is not None})
        stopped = [row for row in own if row["stops"]]
        fails = [row for row in normal if not row["stops"]]
        where = " and ".join(
            f"{ion} {level:g} mM" for ion, level in (("Ca", ca_back), ("Mg", mg_back)) if level is not None
        )
        found.add(
            f"return_of_{kind}",
            "1",
            f"firing stops when {'both ions return' if kind == 'both' else kind + ' alone returns'} to normal",
            "model",
            (
                f"Returned to normal ({where}), {'both ions stop' if kind == 'both' else kind + ' alone stops'} "
                f"firing in {len(normal) - len(fails)} of {len(normal)} states"
                + (f", not in {'; '.join(_state(row) for row in fails)}" if fails else "")
                + f"; over all values tried in {len(stopped)} of {len(own)}.",
                len(normal) - len(fails),
                not fails,
            )
            if normal
            else None,
        )
    high = [row for row in rows_where(judged, returned="magnesium") if row["mg_to_mM"] >= 1.5]
    found.add(
        "much_magnesium",
        "1",
        "1.5 mM magnesium alone stops firing at every low calcium",
        "model",
        (
            f"Magnesium of 1.5 mM alone stops firing in {sum(r['stops'] for r in high)} of {len(high)} states.",
            sum(row["stops"] for row in high),
            all(row["stops"] for row in high),
        )
        if high
        else None,
    )
    delays = [row["after_s"] for row in judged if row["after_s"] is not None]
    found.add(
        "delay",
        "s",
        "where it stops, firing stops within one interval between impulses (0.2 s)",
        "model",
        (
            (
                f"Where firing stops, the last impulse comes up to {max(delays):.3f} s after the return (median "
                f"{np.median(delays):.3f} s)."
                if max(delays) > 0
                else f"Where firing stops ({len(delays)} conditions), not one more impulse comes after the return."
            ),
            max(delays),
            max(delays) <= 0.2,
        )
        if delays
        else None,
    )
    for name, first, second, how in (
        ("abrupt", "starts_abrupt_mM", "stops_abrupt_mM", "abrupt changes"),
        ("slow", "starts_slow_mM", "stops_slow_mM", "small steps"),
    ):
        known = [row for row in borders if row[first] is not None and row[second] is not None]
        apart = [round(row[second] - row[first], 6) for row in known]
        found.add(
            f"hysteresis_{name}",
            "mM",
            "firing stops at a higher calcium than that at which it started",
            "model",
            (
                f"In {how} firing starts at and is kept to, in mM calcium: "
                + ", ".join(
                    f"{row[first]:.2f} and {row[second]:.2f} (Mg {row['mg_mM']:g}, f_K {row['f_K']:g})" for row in known
                )
                + ".",
                max(apart),
                min(apart) > 0,
            )
            if known
            else None,
        )
    windows = [row["window_mV"] for row in borders if row["window_mV"] is not None]
    found.add(
        "window",
        "mV",
        "the window in which both silence and firing last is small: below 0.5 mV of gating shift",
        "model",
        (
            f"In small steps start and stop are {min(windows):.2f} to {max(windows):.2f} mV of gating shift apart.",
            max(windows),
            max(windows) < 0.5,
        )
        if windows
        else None,
    )
    return found


def _state(row: dict[str, Any]) -> str:
    return f"Ca {row['ca_from_mM']:g}, Mg {row['mg_from_mM']:g} mM (f_K {row['f_K']:g})"


# --------------------------------------------------------------------------------------------------------------- figure

NAMES = {"none": "nothing returned", "magnesium": "only Mg", "calcium": "only Ca", "both": "both"}


def draw(
    rows: Sequence[dict[str, Any]],
    borders: Sequence[dict[str, Any]],
    recording: Recording,
    shown: Sequence[int],
    at: float,
    staircases: Recording | None,
    levels: Sequence[float],
) -> Figure:
    """Potentials around the return; to which values firing stops; the staircase; both borders."""
    from matplotlib.figure import Figure

    figure = Figure()
    figure.suptitle(_title(rows, borders), fontweight="bold")
    axes: Any = figure.subplots(2, 2, width_ratios=[1.2, 1])
    (traces, plane), (stairs, edges) = axes
    _potentials(traces, rows, recording, shown, at)
    _plane(plane, rows)
    later = {finding.name: finding.holds for finding in findings(rows, borders)}["hysteresis_slow"]
    _staircase(stairs, staircases, levels, bool(later))
    _borders(edges, borders)
    figures.footnote(figure, f"A model of one axon, not advice. {figures.NO_BENEFIT}")
    return figure


def _title(rows: Sequence[dict[str, Any]], borders: Sequence[dict[str, Any]]) -> str:
    holds = {finding.name: finding.holds for finding in findings(rows, borders)}
    calcium, magnesium = holds["return_of_calcium"], holds["return_of_magnesium"]
    if calcium and magnesium:
        return "Either ion alone, back to normal, stops a motor axon's firing"
    if calcium:
        return "Normal calcium alone always stops a motor axon's firing,\nnormal magnesium alone only in some states"
    if magnesium:
        return "Normal magnesium alone always stops a motor axon's firing,\nnormal calcium alone only in some states"
    return "What stops a motor axon's firing"


def _potentials(
    ax: Axes, rows: Sequence[dict[str, Any]], recording: Recording, shown: Sequence[int], at: float
) -> None:
    apart = 130.0
    for k, (cell, (color, _, _)) in enumerate(zip(shown, figures.SERIES, strict=False)):
        lift, row = apart * (len(shown) - 1 - k), rows[cell]
        figures.trace(
            recording.trace_time - at,
            recording.trace("V_mV", cell) + lift,
            ax,
            color=color,
            lw=0.4 * float(mpl.rcParams["lines.linewidth"]),
        )
        _impulses(ax, recording.events(cell) - at, lift, color)
        ax.text(
            0.99,
            lift - (50 if row["stops"] else 40),
            f"{NAMES[row['returned']]}: Ca {row['ca_to_mM']:g}, Mg {row['mg_to_mM']:g}",
            transform=ax.get_yaxis_transform(),
            ha="right",
            color=color,
            fontsize="x-small",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.9},
        )
    ax.axvline(0, color=figures.GREY, lw=1.2)
    ax.set_xlim(-min(at, 1.0), min(recording.duration - at, 2.0))
    ax.set_yticks([])
    ax.set_ylabel("node (mV)", fontsize="small")
    ax.set_xlabel("time from the return (s)")
    row = rows[shown[0]]
    start = f"Firing at Ca {row['ca_from_mM']:g}, Mg {row['mg_from_mM']:g} mM, $f_K$ = {row['f_K']:g}"
    ax.set_title(start, fontsize="small", loc="left")


def _impulses(ax: Axes, times: Any, lift: float, color: Any) -> None:
    """Impulses at their times, at full height: the trace is sampled too coarsely for their peaks."""
    ax.vlines(times, lift - 55, lift + 30, color=color, lw=0.4 * float(mpl.rcParams["lines.linewidth"]))


def _plane(ax: Axes, rows: Sequence[dict[str, Any]]) -> None:
    """Where ions returned to, from each state that fires: stopped or not."""
    f_K = rows[0]["f_K"]
    starts = list(dict.fromkeys((row["ca_from_mM"], row["mg_from_mM"]) for row in rows))
    size = 0.5 * float(mpl.rcParams["font.size"])
    for k, (start, (color, _, marker)) in enumerate(zip(starts, figures.SERIES, strict=False)):
        shift = 0.022 * (k - (len(starts) - 1) / 2)
        own = rows_where(rows, f_K=f_K, ca_from_mM=start[0], mg_from_mM=start[1])
        for stops, face in ((True, "white"), (False, color)):
            some = [row for row in own if row["stops"] is stops]
            ax.plot(
                [row["ca_to_mM"] + shift for row in some],
                [row["mg_to_mM"] for row in some],
                marker,
                ls="none",
                ms=size,
                mec=color,
                mfc=face,
                label=None if stops else f"{start[0]:g}, {start[1]:g}",
            )
    ax.plot(CA_MM, MG_MM, "o", ms=2.6 * size, mfc="none", mec=figures.BLACK)
    ax.annotate("normal", (CA_MM, MG_MM), (0, 16), textcoords="offset points", fontsize="x-small", ha="center")
    ax.set_xlabel("Ca returned to (mM)")
    ax.set_ylabel("Mg returned to (mM)")
    ax.set_title(f"filled: fires on; open: stops ($f_K$ = {f_K:g})", fontsize="small", loc="left")
    ax.margins(x=0.12)
    top = max(row["mg_to_mM"] for row in rows)
    ax.set_ylim(-0.05 * top, 1.5 * top)
    ax.legend(title="from Ca, Mg (mM)", title_fontsize="x-small", fontsize="x-small", loc="upper center", ncols=3)


def _staircase(ax: Axes, staircases: Recording | None, levels: Sequence[float], later: bool) -> None:
    """The potential against time, with calcium above it."""
    if staircases is None or not len(staircases.trace_cell):
        ax.set_axis_off()
        return
    cell = int(staircases.trace_cell[0])
    width = 0.3 * float(mpl.rcParams["lines.linewidth"])
    figures.trace(staircases.trace_time, staircases.trace("V_mV", cell), ax, color=figures.BLUE, lw=width)
    _impulses(ax, staircases.events(cell), 0.0, figures.BLUE)
    stairs = [*levels, *levels[::-1]]
    other = ax.twinx()
    times = SILENT_S + DWELL_S * np.arange(len(stairs) + 1)
    other.step(times, [*stairs, stairs[-1]], where="post", color=figures.VERMILLION)
    other.set_ylim(2 * min(levels) - max(levels) - 0.05, max(levels) + 0.01)
    other.set_ylabel("Ca (mM)", color=figures.VERMILLION)
    other.spines["right"].set_visible(True)
    ax.set_ylim(-95, 180)
    ax.set_yticks([-80, 0])
    ax.set_ylabel("node (mV)", color=figures.BLUE)
    ax.set_xlabel("time (s)")
    ax.set_xlim(0, staircases.duration)
    ax.set_title(
        "In small steps firing stops at a higher calcium than it starts" if later else "Calcium in small steps",
        fontsize="small",
        loc="left",
    )


def _borders(ax: Axes, borders: Sequence[dict[str, Any]]) -> None:
    """Start and stop for every magnesium and f_K."""
    size = 0.45 * float(mpl.rcParams["font.size"])
    labels = [f"Mg {row['mg_mM']:g}, $f_K$ {row['f_K']:g}" for row in borders]
    for k, row in enumerate(borders):
        for first, second, color, dy, name in (
            ("starts_abrupt_mM", "stops_abrupt_mM", figures.BLACK, -0.14, "abrupt"),
            ("starts_slow_mM", "stops_slow_mM", figures.VERMILLION, 0.14, "small steps"),
        ):
            if row[first] is None or row[second] is None:
                continue
            ax.plot([row[first], row[second]], [k + dy] * 2, color=color)
            for column, marker, what in ((first, "o", "starts"), (second, "|", "stops")):
                ax.plot(
                    row[column],
                    k + dy,
                    marker,
                    ms=size * (1.6 if marker == "|" else 1),
                    mew=2.5 if marker == "|" else 1,
                    ls="none",
                    color=color,
                    label=f"{what}, {name}" if k == 0 else None,
                )
    ax.set_yticks(range(len(borders)), labels, fontsize="x-small")
    ax.set_ylim(len(borders) - 0.5, -0.5)
    ax.set_xlabel("Ca (mM)")
    ax.set_title("Where firing starts and stops", fontsize="small", loc="left")
    ax.margins(x=0.1)
    ax.legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1.0, 0.5))


if __name__ == "__main__":
    run_as_script(restoration)
