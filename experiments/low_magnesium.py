"""Does low magnesium make a motoneuron cramp?

One motoneuron, one train of afferent volleys, several levels of ionised magnesium at the cord: what outlasts the
stimulus, how it ends, and what magnesium given in mid-cramp or beforehand does to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

from excitability import (
    Findings,
    Ions,
    Option,
    Report,
    Run,
    Table,
    Train,
    assays,
    experiment,
    figures,
    judge,
    measures,
    rows_where,
    run_as_script,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from excitability import Recording

LATE_SPIKES = 3  # single spikes that may follow a cramp that is over
GIVEN_AFTER_S = 3.5  # magnesium is given this long after the train's end
PEOPLE_THRESHOLD_HZ = 25.5  # MillerKnight2009, people who are not prone to cramps

COLUMNS = (
    "ca_mM",
    "mg_mM",
    "seed",
    "train_spikes",
    "self_sustained_s",
    "rate_hz",
    "interval_cv",
    "ended",
    "spikes_after",
    "spikes_before_train",
    "rest",
)
RESTORATION_COLUMNS = ("ca_mM", "mg_mM", "mg_given_mM", "given_s", "seed", "extra_s")


@experiment(
    title="Low magnesium makes a motoneuron cramp",
    question="Does the same stimulus that leaves a motoneuron silent at normal magnesium make it fire on at low magnesium?",
    models=["motoneuron"],
    options={
        "ca": Option(1.2, "mM", 0, 10, "ionised calcium at the cord", ion="ca"),
        "mg": Option((1.5, 0.55, 0.25, 0.10), "mM", 0, 10, "levels of ionised magnesium at the cord", ion="mg"),
        "rate": Option(20.0, "Hz", 0.5, 500, "rate of the afferent volleys"),
        "duration": Option(2.0, "s", 0.05, 60, "length of the train"),
        "watch": Option(20.0, "s", 5, 300, "how long to watch after the train"),
        "seeds": Option(5, "1", 1, 200, "noise seeds per condition"),
        "given": Option(
            (0.55, 1.5), "mM", 0, 10, "levels of magnesium given in mid-cramp; the highest also before", ion="mg"
        ),
    },
    quick={"mg": (0.55, 0.25), "seeds": 2, "given": (1.5,)},
    sources=["MillerKnight2009", "Minetto2009", "Minetto2011", "Garrison2020", "Oppelt1963", "Chen2020"],
)
def low_magnesium(run: Run) -> Report:
    """One train, several magnesium levels: what outlasts the stimulus, how it ends, what magnesium does to it."""
    o = run.options
    train = Train(rate=o.rate, duration=o.duration)
    given_at = train.end + GIVEN_AFTER_S
    low = [mg for mg in o.mg if judge("mg", mg) == "low"]

    # conditions: every level at constant ions, then the low ones with magnesium given
    given = [(mg, new, given_at) for mg in low for new in o.given if new > mg]
    given += [(mg, max(o.given), 0.0) for mg in low if max(o.given) > mg]
    levels = [*o.mg, *(mg for mg, _, _ in given)]
    ions = Ions(ca=[o.ca] * len(levels), mg=levels)
    if given:
        none = [np.inf] * len(o.mg)
        ions = ions.then(at=none + [t for _, _, t in given], mg=[*o.mg, *(new for _, new, _ in given)])
    recording = run.simulate(
        "motoneuron",
        ions=ions,
        protocol=train,
        watch=o.watch,
        repeats=o.seeds,
        traced=[c * o.seeds for c in range(len(o.mg))],
    )
    rest = recording.making["rest"]

    rows, constant = [], list(range(len(o.mg) * o.seeds))
    for cell in constant:
        spikes = recording.events(cell)
        after = measures.self_sustained(spikes, after=train.end, until=recording.duration)
        rows.append(
            {
                **recording.condition(cell),
                "train_spikes": measures.count(spikes, train.start, train.end),
                "self_sustained_s": after.duration,
                "rate_hz": after.rate,
                "interval_cv": after.interval_cv,
                "ended": after.ended,
                "spikes_after": measures.count(spikes, train.end + after.duration, recording.duration),
                "spikes_before_train": measures.count(spikes, 0.0, train.start),
                "rest": rest[cell],
            }
        )

    # what follows the moment at which magnesium was, or would have been, given
    restoration, identify = [], []
    for cell in range(len(recording)):
        c = cell // o.seeds
        condition = recording.condition(cell)
        if cell in constant and condition["mg_mM"] not in low:
            continue
        new, at = (None, given_at) if cell in constant else given[c - len(o.mg)][1:]
        beginning = max(at, train.end)
        extra = measures.self_sustained(recording.events(cell), after=beginning, until=recording.duration).duration
        restoration.append(
            {
                "ca_mM": condition["ca_mM"],
                "mg_mM": condition["mg_mM"],
                "mg_given_mM": new,
                "given_s": at,
                "seed": condition["seed"],
                "extra_s": extra,
            }
        )
        if cell not in constant:
            identify.append({key: value for key, value in restoration[-1].items() if key != "extra_s"})

    main = recording.subset(constant)
    treated = recording.subset(range(len(constant), len(recording)))
    tables = {
        "table": Table(rows, COLUMNS, main, [main.condition(c) for c in range(len(main))]),
        "restoration": Table(restoration, RESTORATION_COLUMNS, treated if len(treated) else None, identify),
    }
    return Report(
        tables=tables,
        findings=findings(rows, restoration, train),
        draw=lambda: draw(main, treated, rows, restoration, train, identify),
        limits=[
            "The magnesium here is that of the cord, which a barrier keeps nearly constant (Oppelt1963), not that of "
            "plasma.",
            "How long a cramp lasts is set by an assumed slow process (tau_hL, V_half_hL); it is not a prediction.",
            "Calcium's effect on this cell depends on one unmeasured constant (K_Ca).",
            "Trials of magnesium for ordinary night cramps found no benefit (Garrison2020). This is a model, not "
            "advice.",
        ],
    )


def _of(rows: list[dict[str, Any]], column: str, **values: Any) -> list[Any]:
    return [r[column] for r in rows_where(rows, **values) if r[column] is not None]


def _span(values: list[float], digits: int = 1) -> str:
    low, high = f"{min(values):.{digits}f}", f"{max(values):.{digits}f}"
    return low if low == high else f"{low} to {high}"


def findings(rows: list[dict[str, Any]], restoration: list[dict[str, Any]], train: Train) -> Findings:
    """What the rows show, beside what people and the model's makers found."""
    levels = sorted({r["mg_mM"] for r in rows}, reverse=True)
    kinds = {mg: judge("mg", mg) for mg in levels}
    low = [mg for mg in levels if kinds[mg] == "low"]
    with_rest = [mg for mg in low if "none" not in _of(rows, "rest", mg_mM=mg)]
    typical = with_rest[-1] if with_rest else (low[0] if low else None)
    found = Findings()

    def silent(kind: str) -> tuple[str, float, bool] | None:
        mine = [mg for mg in levels if kinds[mg] == kind]
        if not mine:
            return None
        after = [s for mg in mine for s in _of(rows, "self_sustained_s", mg_mM=mg)]
        shown = ", ".join(f"{mg:g}" for mg in mine)
        text = f"At {shown} mM firing outlasts the {train.rate:g} Hz train by {_span(after, 2)} s."
        return text, max(after), max(after) < measures.GAP_S

    normal = silent("normal")
    if train.rate >= PEOPLE_THRESHOLD_HZ and normal:
        normal = (*normal[:2], bool(normal[1] >= assays.CRAMP_S))
    found.add(
        "normal_magnesium",
        "s",
        f"below {measures.GAP_S:g} s: people not prone to cramps need {PEOPLE_THRESHOLD_HZ} Hz"
        if train.rate < PEOPLE_THRESHOLD_HZ
        else f"a cramp of {assays.CRAMP_S:g} s or more: the train is above the {PEOPLE_THRESHOLD_HZ} Hz that people need",
        "MillerKnight2009",
        normal,
        "no normal magnesium in this run",
    )
    found.add(
        "high_magnesium", "s", f"below {measures.GAP_S:g} s", "model", silent("high"), "no high magnesium in this run"
    )

    mine = rows_where(rows, mg_mM=typical)
    after = [r["self_sustained_s"] for r in mine]
    cramps = [r for r in mine if r["self_sustained_s"] >= assays.CRAMP_S]
    missing = "no low magnesium in this run" if typical is None else f"no cramp at {typical:g} mM"
    found.add(
        "low_magnesium_cramps",
        "s",
        f"at least {assays.CRAMP_S:g} s after every train, which defines a cramp",
        "model",
        (
            f"At {typical:g} mM firing outlasts the same train by {_span(after)} s.",
            min(after),
            len(cramps) == len(mine),
        )
        if mine
        else None,
        missing,
    )
    cut = [r for r in cramps if not r["ended"]]
    ended = [r for r in cramps if r["ended"] and r["spikes_after"] <= LATE_SPIKES]
    found.add(
        "cramp_ends_by_itself",
        "1",
        f"every cramp within the time watched, with at most {LATE_SPIKES} single spikes later",
        "assumption",
        (
            f"At {typical:g} mM {len(ended)} of {len(cramps)} cramps ended by themselves"
            + (f"; {len(cut)} went on when the run ended." if cut else "."),
            len(ended) / len(cramps),
            None if cut else len(ended) == len(cramps),
        )
        if cramps
        else None,
        missing,
    )
    rates = [r["rate_hz"] for r in cramps]
    found.add(
        "cramp_rate",
        "Hz",
        "14.5 +- 5.1 Hz, single motor units in human cramps",
        "Minetto2009",
        (
            f"At {typical:g} mM it fires at {_span(rates)} Hz; motor units in human cramps at 14.5 +- 5.1 Hz (k_Ca "
            "and g_KCa were chosen with such rates in view).",
            float(np.mean(rates)),
            14.5 - 5.1 <= float(np.mean(rates)) <= 14.5 + 5.1,
        )
        if cramps
        else None,
        missing,
    )
    mean = float(np.mean([r["self_sustained_s"] for r in cramps])) if cramps else 0.0
    found.add(
        "cramp_duration",
        "s",
        "29.5 +- 21.8 s, how long single units fire in human cramps",
        "Minetto2011",
        (
            f"At {typical:g} mM it lasts {'at least ' if cut else ''}{mean:.1f} s on average; units in human cramps "
            "29.5 +- 21.8 s (set here by an assumed time constant).",
            mean,
            None if cut else 29.5 - 21.8 <= mean <= 29.5 + 21.8,
        )
        if cramps
        else None,
        missing,
    )
    cvs = [r["interval_cv"] for r in cramps]
    found.add(
        "cramp_irregularity",
        "1",
        "0.446 +- 0.097, interval variation of units in human cramps",
        "Minetto2009",
        (
            f"Its intervals vary by {_span(cvs, 2)} (SD/mean); in human cramps by 0.45 +- 0.10.",
            float(np.mean(cvs)),
            0.349 <= float(np.mean(cvs)) <= 0.543,
        )
        if cramps
        else None,
        missing,
    )
    medians = [float(np.median(_of(rows, "self_sustained_s", mg_mM=mg))) for mg in levels]
    complete = all(r["ended"] for r in rows)
    rising = bool(all(np.diff(medians) >= 0))
    found.add(
        "less_magnesium_longer_cramp",
        "1",
        "the median duration never falls as magnesium falls",
        "model",
        (
            f"Median durations are {', '.join(f'{m:.1f}' for m in medians)} s at "
            f"{', '.join(f'{mg:g}' for mg in levels)} mM.",
            rising,
            rising,
        )
        if len(levels) > 1 and max(medians) > 0 and complete
        else None,
        "a single level"
        if len(levels) == 1
        else "firing cut off by the end of the run"
        if not complete
        else "no firing on",
    )
    restless = [mg for mg in levels if "stable" not in _of(rows, "rest", mg_mM=mg)]
    early = [n for mg in restless for n in _of(rows, "spikes_before_train", mg_mM=mg)]
    found.add(
        "rest",
        "mM",
        "a stable resting state at every level",
        "model",
        (
            f"At {', '.join(f'{mg:g}' for mg in restless)} mM the cell has no stable resting state; "
            f"{sum(n > 0 for n in early)} of {len(early)} runs fired in the {train.start:g} s before the train."
            if restless
            else "The cell has a stable resting state at every level shown.",
            max(restless) if restless else None,
            not restless,
        ),
    )

    own = rows_where(restoration, mg_mM=typical)
    untreated = _of(own, "extra_s", mg_given_mM=None)
    mid = [r for r in own if r["mg_given_mM"] is not None and r["given_s"] > train.end]
    before = [r for r in own if r["mg_given_mM"] is not None and r["given_s"] <= train.end]
    treatable = bool(untreated) and min(untreated) > measures.GAP_S
    for new in sorted({r["mg_given_mM"] for r in mid}) or [None]:
        extra = _of(mid, "extra_s", mg_given_mM=new)
        found.add(
            "given_in_mid_cramp" + ("" if new is None else f"_{new:g}"),
            "s",
            "sooner over than without, in every seed",
            "model",
            (
                f"Magnesium raised from {typical:g} to {new:g} mM in mid-cramp: {_span(extra, 2)} s more, against "
                f"{'at least ' if cut else ''}{_span(untreated)} s without.",
                max(extra),
                max(extra) < min(untreated),
            )
            if extra and treatable
            else None,
            missing if not cramps else "no cramp going on then, or no higher magnesium to give",
        )
    extra = [r["extra_s"] for r in before]
    found.add(
        "given_before",
        "s",
        f"below {measures.GAP_S:g} s",
        "model",
        (
            f"Magnesium raised from {typical:g} to {before[0]['mg_given_mM']:g} mM before the train: "
            f"{_span(extra, 2)} s of firing after it.",
            max(extra),
            max(extra) < measures.GAP_S,
        )
        if before and cramps
        else None,
        missing if not cramps else "no higher magnesium to give",
    )
    return found


def draw(
    main: Recording,
    treated: Recording,
    rows: list[dict[str, Any]],
    restoration: list[dict[str, Any]],
    train: Train,
    identify: list[dict[str, Any]],
) -> Figure:
    """Rasters and potentials of every level on the left; durations and what magnesium does on the right."""
    from matplotlib.figure import Figure

    levels = sorted({r["mg_mM"] for r in rows}, reverse=True)
    looks = {mg: look for mg, look in zip(levels, _looks(levels), strict=True)}
    figure = Figure()
    figure.suptitle(_title(rows, train), fontweight="bold")
    halves: Any = figure.subfigures(1, 2, width_ratios=[1.6, 1])
    left, right = halves
    panels = left.subplots(len(levels), 1, sharex=True, squeeze=False)[:, 0]
    for ax, mg in zip(panels, levels, strict=True):
        _panel(ax, main, mg, train, looks[mg][0], _says(rows, mg))
    panels[-1].set_xlabel("time (s)")
    handles, labels = panels[-1].get_legend_handles_labels()
    left.legend(handles, labels, loc="outside upper center", ncols=3, fontsize="small")

    top, bottom = right.subplots(2, 1, height_ratios=[1, 1.15])
    figures.dots(
        {f"{mg:g}": _of(rows, "self_sustained_s", mg_mM=mg) for mg in levels},
        top,
        colors=[looks[mg][0] for mg in levels],
        markers=[looks[mg][2] for mg in levels],
    )
    top.axhline(assays.CRAMP_S, color=figures.GREY, ls=":")
    top.set_ylim(-0.3, max(assays.CRAMP_S + 1.5, top.get_ylim()[1]))
    top.text(-0.45, assays.CRAMP_S + 0.3, "cramp", color=figures.GREY, fontsize="small")
    top.set_xlabel("Mg at the cord (mM)")
    top.set_ylabel("fires on for (s)")
    _restored(bottom, treated, main, restoration, train, identify)
    figures.footnote(figure, f"A model of one cell, not advice. {figures.NO_BENEFIT}")
    return figure


def _looks(levels: list[float]) -> list[tuple[Any, ...]]:
    """Normal and high magnesium in blue and green, low ones in vermillion, purple and so on."""
    low = iter([figures.SERIES[1], figures.SERIES[3], figures.SERIES[4], figures.SERIES[5]] * len(levels))
    high = {"normal": figures.SERIES[0], "high": figures.SERIES[2]}
    return [high.get(judge("mg", mg)) or next(low) for mg in levels]


def _title(rows: list[dict[str, Any]], train: Train) -> str:
    """The finding, from the rows."""
    levels = sorted({r["mg_mM"] for r in rows})
    median = {mg: float(np.median(_of(rows, "self_sustained_s", mg_mM=mg))) for mg in levels}
    cramps = [mg for mg in levels if median[mg] >= assays.CRAMP_S]
    quiet = [mg for mg in levels if median[mg] < measures.GAP_S]
    if cramps and quiet:
        return (
            f"The same {train.duration:g} s of stimulation leaves silence at {min(quiet):g} mM magnesium\n"
            f"and {median[max(cramps)]:.0f} s of firing at {max(cramps):g} mM"
        )
    shown = ", ".join(f"{median[mg]:.1f} s at {mg:g} mM" for mg in levels)
    return f"Firing that outlasts {train.duration:g} s of stimulation: {shown} magnesium"


def _says(rows: list[dict[str, Any]], mg: float) -> str:
    """What the cell does at one level, in three words."""
    rates = _of(rows, "rate_hz", mg_mM=mg)
    if max(_of(rows, "self_sustained_s", mg_mM=mg)) >= measures.GAP_S and rates:
        return f"fires on at {np.mean(rates):.0f} Hz"
    if max(_of(rows, "spikes_after", mg_mM=mg)) > LATE_SPIKES:
        return "fires by itself"
    return "falls silent" if any(_of(rows, "train_spikes", mg_mM=mg)) else "stays silent"


def _panel(ax: Any, main: Recording, mg: float, train: Train, color: Any, says: str) -> None:
    """One magnesium level: rasters of all seeds above the potentials of the first."""
    cells = main.where(mg_mM=mg)
    line = mpl.rcParams["lines.linewidth"]
    figures.shade(ax, train.start, train.end, "stimulus")
    soma, dendrite = main.trace("V_soma_mV", cells[0]), main.trace("V_dendrite_mV", cells[0])
    figures.trace(main.trace_time, soma, ax, label="soma", color=color, lw=0.3 * line)
    figures.trace(main.trace_time, dendrite, ax, label="dendrite", color=figures.BLACK)
    top, bottom = 118.0, 58.0  # mV of the axis that the rasters take, above the potentials
    height = (top - bottom) / len(cells)
    ticks = top - height * (np.arange(len(cells)) + 0.5)
    for y, cell in zip(ticks, cells, strict=True):
        ax.eventplot(
            [main.events(cell)], lineoffsets=[y], linelengths=0.75 * height, colors=color, linewidths=0.4 * line
        )
    ax.set_ylim(-85, 120)
    ax.set_yticks([-70, 0])
    ax.set_xlim(0, main.duration)
    ax.set_ylabel("mV", labelpad=-12)
    ax.set_title(f"Mg {mg:g} mM ({judge('mg', mg)}): {says}", loc="right", fontsize="medium", color=color, pad=0)


def _restored(
    ax: Any,
    treated: Recording,
    main: Recording,
    restoration: list[dict[str, Any]],
    train: Train,
    identify: list[dict[str, Any]],
) -> None:
    """Rasters of the first seed in the mildest low magnesium that cramps: without and with magnesium given."""
    candidates = sorted(
        {r["mg_mM"] for r in restoration if r["mg_given_mM"] is None and r["extra_s"] > 0}, reverse=True
    )
    if not candidates or not identify:
        ax.set_axis_off()
        ax.text(0.5, 0.5, "no cramp to restore", ha="center", transform=ax.transAxes, color=figures.GREY)
        return
    mg = candidates[0]
    seed = min(r["seed"] for r in restoration)
    untreated = main.where(mg_mM=mg, seed=seed)[0]
    lines = [("not given", main.events(untreated), None)]
    for cell, row in enumerate(identify):
        if row["mg_mM"] == mg and row["seed"] == seed:
            when = "in mid-cramp" if row["given_s"] > train.end else "before"
            lines.append((f"{row['mg_given_mM']:g} mM {when}", treated.events(cell), row["given_s"]))
    figures.shade(ax, train.start, train.end)
    figures.raster([spikes for _, spikes, _ in lines], ax, color=figures.VERMILLION)
    for k, (_, _, at) in enumerate(lines):
        if at is not None:
            ax.plot(at, k, marker=">", ms=0.6 * mpl.rcParams["font.size"], color=figures.BLUE, clip_on=False, zorder=4)
    for k, (name, _, _) in enumerate(lines):
        ax.text(main.duration, k, name, ha="right", va="center", fontsize="small")
    ax.set_xlim(0, main.duration)
    ax.set_xlabel("time (s)")
    ax.set_title(f"{mg:g} mM, Mg given at arrow", fontsize="medium", color=figures.BLUE)


if __name__ == "__main__":
    run_as_script(low_magnesium)
