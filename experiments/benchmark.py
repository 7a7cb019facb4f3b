"""What does a time step cost, how exact is it, and how long does one wait for the first?

This package's method (exponential_strang) beside Brian2's own (exponential_euler, rk4) on the same equations, time step,
stimulus and resting start. Brian2 runs as its users run it: C++ standalone mode with its default compiler flags.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

from excitability import (
    Findings,
    InputError,
    Option,
    Report,
    Run,
    Step,
    Table,
    experiment,
    figures,
    load_model,
    rows_where,
    run_as_script,
    timing,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

OWN, *BRIAN2 = timing.METHODS
JUDGED_S = 0.4  # spike times are compared over this long
LONGEST_S = 20.0
FASTER = 3.5  # times, expected
WITHIN_MS = 0.05  # expected
# currents in uA/cm**2 that give about ten spikes
STIMULI = {"squid_axon": Step(10.0, duration=0.14, start=0.02), "motoneuron": Step(7.0, duration=0.38, start=0.02)}
COLUMNS = (
    "model",
    "cells",
    "method",
    "ns_per_step",
    "error_ms",
    "startup_s",
    "first_startup_s",
    "dt_ms",
    "simulated_s",
    "spikes",
)
Rows = list[dict[str, Any]]


@experiment(
    title="What a time step costs here and with Brian2's own methods",
    question="How fast, how exact and how soon ready is this engine beside Brian2's own integration methods?",
    models=list(STIMULI),
    options={
        "cells": Option((1.0, 100.0, 1000.0), "1", 1, 100_000, "numbers of cells"),
        "work": Option(32.0, "1", 0.01, 10_000, "million steps of cells in each run; at least 0.4 s, at most 20 s"),
        "runs": Option(3, "1", 1, 100, "the best of so many runs counts"),
    },
    quick={"cells": (100.0,), "work": 8.0},
    sources=["Stimberg2019", "Chen2020", "HochbruckOstermann2010"],
)
def benchmark(run: Run) -> Report:
    """Processor time per cell and step, spike-time error and start-up of three methods on two models."""
    o = run.options
    for cells in o.cells:
        if cells != int(cells):
            raise InputError(f"cells = {cells:g} must be a whole number")
    counts = sorted(int(cells) for cells in o.cells)
    rows: Rows = []
    for name, stimulus in STIMULI.items():
        model = load_model(name)
        example = run.simulate(name, protocol=stimulus, duration=JUDGED_S, noise=False, sample=0.1)
        made = example.making
        if made["engine"] != "cpp":
            raise InputError(
                f"a benchmark needs a C++ compiler and the compiled engine, not {made['engine']} "
                f"({made['engine_reason']})"
            )
        parameters = {key: value["value"] for key, value in made["parameters"].items()}
        run.announce(f"{name}: exact spike times")
        exact = timing.exact_times(model, stimulus, JUDGED_S, parameters)
        for cells in counts:
            duration = round(float(np.clip(o.work * 1e3 * model.dt / cells, JUDGED_S, LONGEST_S)), 3)
            for method in timing.METHODS:
                run.announce(f"{name}, {cells} cells, {method}: compiling and running, up to a minute")
                measured = timing.measure(
                    model,
                    method,
                    protocol=stimulus,
                    cells=cells,
                    duration=duration,
                    parameters=parameters,
                    runs=o.runs,
                )
                rows.append(row(name, cells, method, measured, exact, model.dt, duration))
    table = Table(rows, COLUMNS, example, [{"model": name, "cells": 1, "method": OWN}])
    return Report(
        tables={"table": table},
        findings=findings(rows),
        draw=lambda: draw(rows),
        limits=[
            "One machine and two models that are not stiff; Linux; Brian2 in C++ standalone mode with its default "
            "flags, one thread. Processor time is that of the built programs, all in, with files kept in memory "
            "(/dev/shm) where that is possible; other programs on the machine disturb it.",
            "Errors are those of about ten spikes, and grow with their number; spikes that only just come about are "
            "less certain. Brian2's exponential_euler accepts the motoneuron although its calcium and its NMDA "
            "current are not linear in their own variable; it is then still first order.",
        ],
    )


def row(
    name: str,
    cells: int,
    method: str,
    measured: timing.Timing | None,
    exact: NDArray[np.float64],
    dt: float,
    duration: float,
) -> dict[str, Any]:
    """One line of the table; empty cells where the method is not for the model, or the number of spikes is wrong."""
    line = {**dict.fromkeys(COLUMNS), "model": name, "cells": cells, "method": method, "dt_ms": dt}
    if measured is None:
        return line
    spikes = measured.event_times[measured.event_times < JUDGED_S]
    same = len(spikes) == len(exact) > 0
    return line | {
        "ns_per_step": measured.ns_per_step,
        "error_ms": 1e3 * float(np.abs(spikes - exact).max()) if same else None,
        "startup_s": measured.startup_s,
        "first_startup_s": measured.first_startup_s,
        "simulated_s": duration,
        "spikes": len(spikes),
    }


def _of(rows: Rows, column: str, **values: Any) -> dict[str, float]:
    """A column by method, where there is a value."""
    return {r["method"]: r[column] for r in rows_where(rows, **values) if r[column] is not None}


def _faster(rows: Rows, model: str, cells: int) -> tuple[float, str] | None:
    """How many times less a step costs than with the cheapest of Brian2's methods, and which that is."""
    cost = _of(rows, "ns_per_step", model=model, cells=cells)
    rivals = {method: cost[method] for method in BRIAN2 if method in cost}
    if OWN not in cost or not rivals:
        return None
    best = min(rivals, key=lambda method: rivals[method])
    return rivals[best] / cost[OWN], best


def _errors(rows: Rows, model: str) -> dict[str, float | None]:
    """The largest error of each method; None where a number of spikes was wrong."""
    found: dict[str, float | None] = {}
    for method in timing.METHODS:
        mine = [r["error_ms"] for r in rows_where(rows, model=model, method=method) if r["ns_per_step"]]
        if mine:
            found[method] = None if None in mine else max(mine)
    return found


def _plain(name: str) -> str:
    return name.replace("_", " ")


def findings(rows: Rows) -> Findings:
    """What the rows show."""
    found = Findings()
    models = list(dict.fromkeys(r["model"] for r in rows))
    for model in models:
        said = _faster(rows, model, 1000)
        found.add(
            f"faster_{model}",
            "1",
            f"at least {FASTER:g} times",
            "model",
            (
                f"{_plain(model).capitalize()}, 1000 cells: a step costs {said[0]:.1f} times less processor time "
                f"than with Brian2's {said[1]}, its cheaper method.",
                said[0],
                said[0] >= FASTER,
            )
            if said
            else None,
            f"no run of the {_plain(model)} with 1000 cells",
        )
    for model in models:
        errors = _errors(rows, model)
        own = errors.get(OWN)
        found.add(
            f"exact_{model}",
            "ms",
            f"within {WITHIN_MS:g} ms",
            "model",
            (
                f"{_plain(model).capitalize()}: spike times are within {own:.3f} ms of the exact ones over "
                f"{JUDGED_S:g} s."
                if own is not None
                else f"{_plain(model).capitalize()}: the number of spikes is wrong.",
                own,
                own is not None and own <= WITHIN_MS,
            ),
        )
        for rival in BRIAN2:
            theirs = errors.get(rival)
            if not own or not theirs:
                why = f"{rival} is not for the {_plain(model)}, or a number of spikes is wrong"
                found.add(f"{rival}_error_{model}", "1", "the same number of spikes", "model", None, why)
                continue
            more = rival == "rk4"
            found.add(
                f"{rival}_error_{model}",
                "1",
                "smaller: fourth order, on models that are not stiff" if more else "larger: first order",
                "model",
                (
                    f"{_plain(model).capitalize()}: at the same step {rival}'s error is {theirs:.2g} ms, "
                    + (f"{own / theirs:.0f} times smaller." if theirs < own else f"{theirs / own:.0f} times larger."),
                    theirs / own,
                    theirs < own if more else theirs > own,
                ),
            )
    most = max(r["cells"] for r in rows)
    for model in models:
        one, many = _faster(rows, model, 1), _faster(rows, model, most)
        gain = None
        if one and many and most > 1:
            much = f"{one[0]:.1f} times less than" if one[0] > 1 else f"{1 / one[0]:.1f} times as much as"
            text = f"{_plain(model).capitalize()}, a single cell: a step costs {much} with Brian2's {one[1]} (32 run)."
            gain = (text, one[0], one[0] < many[0])
        found.add(
            f"one_cell_{model}",
            "1",
            f"less gain than with {most} cells" if most > 1 else "less gain than with many",
            "model",
            gain,
            f"no runs of the {_plain(model)} with one cell and with many",
        )
    ready = _typical(rows, "startup_s")
    theirs = min((time for method, time in ready.items() if method != OWN), default=None)
    found.add(
        "startup",
        "1",
        "sooner",
        "model",
        (
            f"The first time step comes {ready[OWN]:.1f} s after the start of Python, with Brian2's methods after "
            f"{theirs:.1f} s at best (all built before).",
            theirs / ready[OWN],
            theirs > ready[OWN],
        )
        if theirs and OWN in ready
        else None,
        "nothing to compare with",
    )
    return found


def _typical(rows: Rows, column: str) -> dict[str, float]:
    """Median of a column by method."""
    values = {m: [r[column] for r in rows_where(rows, method=m) if r[column] is not None] for m in timing.METHODS}
    return {method: float(np.median(numbers)) for method, numbers in values.items() if numbers}


LOOKS = dict(zip(timing.METHODS, (figures.SERIES[0], figures.SERIES[1], figures.SERIES[2]), strict=True))


def draw(rows: Rows) -> Figure:
    """Cost against number of cells, error and start-up; one row of panels per model."""
    from matplotlib.figure import Figure

    models = list(dict.fromkeys(r["model"] for r in rows))
    figure = Figure()
    figure.suptitle(title(rows), fontweight="bold")
    panels: Any = figure.subplots(len(models), 3, squeeze=False, width_ratios=[1.5, 1, 1], sharex="col")
    for line, model in zip(panels, models, strict=True):
        _costs(line[0], rows, model)
        _exactness(line[1], rows, model)
        _waits(line[2], rows, model)
    labels = ("cells", "error of spike times (ms)", "wait for the first step (s)\nfull: built before, open: not yet")
    for ax, label in zip(panels[-1], labels, strict=True):
        ax.set_xlabel(label)
    figure.align_ylabels(panels[:, 0])
    handles, names = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3)
    return figure


def title(rows: Rows) -> str:
    """The finding, from the rows."""
    most = max(r["cells"] for r in rows)
    ratios = {model: _faster(rows, model, most) for model in dict.fromkeys(r["model"] for r in rows)}
    shown = " and ".join(f"{said[0]:.1f} ({_plain(model)})" for model, said in ratios.items() if said)
    times = f"{most} cells" if most > 1 else "one cell"
    if all(said and said[0] > 1 for said in ratios.values()):
        return f"With {times} a step costs {shown} times less\nthan with the cheaper of Brian2's own methods"
    return f"With {times} Brian2's cheaper method costs {shown or 'nothing comparable'}\ntimes what this engine's does"


def _name(method: str) -> str:
    return f"{method} (this engine)" if method == OWN else f"{method} (Brian2)"


def _costs(ax: Any, rows: Rows, model: str) -> None:
    for method, (color, dash, marker) in LOOKS.items():
        mine = [(r["cells"], r["ns_per_step"]) for r in rows_where(rows, model=model, method=method)]
        points = [(x, y) for x, y in mine if y is not None]
        ax.plot(
            [x for x, _ in points], [y for _, y in points], color=color, ls=dash, marker=marker,
            ms=0.6 * mpl.rcParams["font.size"], label=_name(method),
        )  # fmt: skip
        if points:
            ax.annotate(
                f"{points[-1][1]:.0f} ns", points[-1], (0.6, 0), textcoords="offset fontsize", va="center", color=color
            )
    counts = sorted({r["cells"] for r in rows})
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xticks(counts, [f"{c:,}" for c in counts], minor=False)
    ax.minorticks_off()
    ax.set_xlim(counts[0] / 1.5, counts[-1] * 4)
    low, high = ax.get_ylim()
    ticks = [t for t in (3, 10, 30, 100, 300, 1000, 3000, 10000) if low / 2 <= t <= high * 2]
    ax.set_yticks(ticks, [f"{t:,}" for t in ticks])
    ax.set_ylim(min(low, ticks[0]), max(high, ticks[-1]))
    ax.set_ylabel("ns per cell and step")
    ax.set_title(_plain(model).capitalize(), loc="left")


def _dots(ax: Any, values: dict[str, float], side: str = "center", **look: Any) -> None:
    """A marker per method, with its number above it; what has none, or is too small for a logarithm, is left out."""
    for k, (method, (color, _, marker)) in enumerate(LOOKS.items()):
        value = values.get(method)
        if not value:
            continue
        ax.plot(value, k, color=color, marker=marker, ms=0.8 * mpl.rcParams["font.size"], ls="none", **look)
        shown = np.format_float_positional(float(f"{value:.2g}"), trim="-")
        ax.annotate(
            shown,
            (value, k),
            (0, 0.7),
            textcoords="offset fontsize",
            ha=side,
            color=color,
            bbox={"fc": "white", "ec": "none", "pad": 0.5},
        )
    ax.set_xscale("log")
    ax.minorticks_off()
    ax.set_ylim(len(LOOKS) - 0.5, -0.9)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)


def _exactness(ax: Any, rows: Rows, model: str) -> None:
    ax.axvline(WITHIN_MS, color=figures.GREY, ls=":")
    ax.text(WITHIN_MS, len(LOOKS) - 0.55, f" {WITHIN_MS:g}", color=figures.GREY, fontsize="small", va="bottom")
    _dots(ax, {method: error for method, error in _errors(rows, model).items() if error is not None})
    ax.set_xlim(1e-6, 20)
    ax.set_xticks([1e-5, 1e-3, 0.1], ["0.00001", "0.001", "0.1"])


def _waits(ax: Any, rows: Rows, model: str) -> None:
    mine = rows_where(rows, model=model)
    _dots(ax, _typical(mine, "startup_s"), "right")
    _dots(ax, _typical(mine, "first_startup_s"), "left", mfc="none")
    ax.set_xlim(0.1, 200)
    ax.set_xticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])


if __name__ == "__main__":
    run_as_script(benchmark)
