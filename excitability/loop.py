"""The integration loop for machines without a compiler, over code generated from the equations.

The same generated code runs in two ways: cell by cell on plain Python numbers, or for all cells at once on numpy arrays,
whichever is quicker for their number. Nothing here imports Brian2; `excitability.translation` writes the code that
`Translated` runs. As a process of its own (``python -m excitability.loop FOLDER``) it does what the compiled program does.
"""

import json
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from excitability.errors import NumericalError

Array = NDArray[np.float64]
TINY = 1e-300  # keeps u off 0, the one place where u/expm1(u) cannot be evaluated
ONE_BY_ONE = (
    28  # up to so many cells plain Python numbers are quicker than arrays (measured: 4.5 against 140 us a step)
)


def bernoulli(u: Any) -> Any:
    """u/(e^u - 1) for arrays, 1 at u = 0."""
    u = u + TINY
    return u / np.expm1(u)


def phi_1(u: Any) -> Any:
    """(e^u - 1)/u for arrays, 1 at u = 0."""
    u = u + TINY
    return np.expm1(u) / u


def d_bernoulli(u: Any) -> Any:
    """d/du of u/(e^u - 1) for arrays; held within 1e-4 of 0, where it is -1/2."""
    u = np.where(np.abs(u) < 1e-4, 1e-4, u)
    b = u / np.expm1(u)
    return b * (1.0 - b - u) / u


def d_phi_1(u: Any) -> Any:
    """d/du of (e^u - 1)/u for arrays; held within 1e-4 of 0, where it is 1/2."""
    u = np.where(np.abs(u) < 1e-4, 1e-4, u)
    return (np.exp(u) - np.expm1(u) / u) / u


def binomial_quantile(u: Any, n: Any, p: Any) -> Any:
    """Number of successes for a chance, for numbers or arrays: the smallest k whose probability of not being exceeded is u.

    Parameters
    ----------
    u : float or array
        From 0 to 1; below 0 for no chance: the mean, n p.
    n, p : float or array
        Number of trials (rounded) and probability of each.
    """
    u, n, p = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (u, n, p)))
    mean = n * p
    n = np.floor(np.maximum(n, 0.0) + 0.5)
    p = np.clip(p, 1e-300, 1.0 - 1e-16)
    # far below the mean nothing is missed, and the first probability is never too small for a number
    k = np.maximum(0.0, np.floor(n * p - 12.0 * np.sqrt(n * p * (1.0 - p)) - 12.0))
    log_gamma = np.vectorize(math.lgamma, otypes=[float])
    chosen = log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1)
    share = np.exp(chosen + k * np.log(p) + (n - k) * np.log1p(-p))
    below = share
    while (going := (below < u) & (k < n)).any():
        share = np.where(going, share * (n - k) / (k + 1) * p / (1 - p), share)
        k = np.where(going, k + 1, k)
        below = np.where(going, below + share, below)
    return np.where(u < 0, mean, k)


def _bernoulli_of_one(u: float) -> float:
    u += TINY
    return u / math.expm1(u)


def _phi_1_of_one(u: float) -> float:
    u += TINY
    return math.expm1(u) / u


def _clip_one(x: float, low: float, high: float) -> float:
    return min(max(x, low), high)


_PLAIN = ("exp", "expm1", "log", "log10", "log1p", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "floor", "ceil")
#: Names that generated code may use, for arrays.
ON_ARRAYS: dict[str, Any] = {
    **{name: getattr(np, name) for name in (*_PLAIN, "arcsin", "arccos", "arctan", "sign", "abs", "clip")},
    **{name: getattr(np, name) for name in ("logical_and", "logical_or", "logical_not")},
    "bernoulli": bernoulli,
    "d_bernoulli": d_bernoulli,
    "phi_1": phi_1,
    "d_phi_1": d_phi_1,
    "binomial_quantile": binomial_quantile,
    "exprel": phi_1,
    "ceiling": np.ceil,
    "acos": np.arccos,
    "asin": np.arcsin,
    "atan": np.arctan,
    "Abs": np.abs,
    "int": lambda x: np.trunc(np.asarray(x, dtype=float)),
    "int_": lambda x: np.trunc(np.asarray(x, dtype=float)),
}
#: The same for plain numbers; what is rare stays as it is for arrays.
ON_NUMBERS: dict[str, Any] = {
    **ON_ARRAYS,
    **{name: getattr(math, name) for name in _PLAIN},
    "bernoulli": _bernoulli_of_one,
    "phi_1": _phi_1_of_one,
    "exprel": _phi_1_of_one,
    "ceiling": math.ceil,
    "abs": abs,
    "Abs": abs,
    "clip": _clip_one,
    "int": lambda x: float(int(x)),
    "int_": lambda x: float(int(x)),
}


@dataclass(frozen=True)
class Translated:
    """Equations as functions of numbers or arrays.

    Parameters
    ----------
    states : list of str
        State variables, in the order in which the functions take and return them (y).
    ticked : list of str
        What changes only once a tick: given inputs, then the sub-expressions that follow from them (s).
    given : int
        How many of `ticked` are given.
    counters : list of str
        States that no rate depends on: they add up what the others do, and have no rest.
    readouts : list of str
        Sub-expressions that ``make_readouts`` computes.
    source : str
        Python text that defines ``make_slow``, ``make_derivatives``, ``make_step``, ``make_volley`` and ``make_readouts``;
        each takes the parameters (SI) and returns a function.
    """

    states: list[str]
    ticked: list[str]
    given: int
    counters: list[str]
    readouts: list[str]
    source: str

    def _make(self, name: str, space: Mapping[str, Any], *arguments: Any) -> Callable[..., list[Any]]:
        names = dict(space)
        exec(compile(self.source, "<equations>", "exec"), names)
        function: Callable[..., list[Any]] = names[f"make_{name}"](*arguments)
        return function

    def slow(self, p: Mapping[str, Any], space: Mapping[str, Any] = ON_ARRAYS) -> Callable[[list[Any]], list[Any]]:
        """Function of the given inputs: all of `ticked`."""
        follow = self._make("slow", space, p)
        blank = [0.0] * (len(self.ticked) - self.given)
        return lambda inputs: [*inputs, *follow([*inputs, *blank])]

    def derivatives(
        self, p: Mapping[str, Any], space: Mapping[str, Any] = ON_ARRAYS
    ) -> Callable[[list[Any], float, list[Any]], list[Any]]:
        """Function of states, time (s) and `ticked`: time derivatives, SI."""
        return self._make("derivatives", space, p)

    def step(
        self, p: Mapping[str, Any], dt: float, space: Mapping[str, Any] = ON_ARRAYS
    ) -> Callable[[list[Any], float, list[Any]], list[Any]]:
        """Function of states, time (s) and `ticked`: the states dt later."""
        return self._make("step", space, p, dt)

    def read_out(
        self, p: Mapping[str, Any], space: Mapping[str, Any] = ON_ARRAYS
    ) -> Callable[[list[Any], float, list[Any]], list[Any]]:
        """Function of states, time (s) and `ticked`: the readouts, SI."""
        return self._make("readouts", space, p)

    def volley(
        self, p: Mapping[str, Any], space: Mapping[str, Any] = ON_ARRAYS
    ) -> Callable[[list[Any], list[Any], Any], list[Any]]:
        """Function of states, `ticked` and a chance (0 to 1, -1 for none): the states after a volley."""
        return self._make("volley", space, p)


@dataclass
class Raw:
    """What an engine hands back: numbers in SI, cells in the order given."""

    event_cell: NDArray[np.int64]
    event_time: Array
    trace_time: Array
    traces: dict[str, Array]  # variable: (cell, time)
    final: dict[str, Array]


class NotFiniteError(NumericalError):
    """A state left the numbers: which, in which cell, when (s)."""

    def __init__(self, variable: str, cell: int, time: float) -> None:
        super().__init__(f"{variable} of cell {cell} is not finite at {time:g} s")
        self.variable, self.cell, self.time = variable, cell, time


@dataclass(frozen=True)
class Course:
    """What a run is, apart from its numbers.

    Parameters
    ----------
    ticks, steps_per_tick, tick
        Number of ticks, integration steps in each, and the length of a tick in s.
    noise : (name, SD parameter) or None
    pulse : mapping of name to parameter
        What a volley switches on for its tick.
    event : (variable, level in SI)
    record, record_every, traced
        Variables to keep, every how many steps, for the first `traced` cells.
    """

    ticks: int
    steps_per_tick: int
    tick: float
    noise: tuple[str, str] | None
    pulse: Mapping[str, str]
    event: tuple[str, float]
    record: list[str]
    record_every: int
    traced: int

    @property
    def dt(self) -> float:
        """Time step, s."""
        return self.tick / self.steps_per_tick

    @property
    def samples(self) -> int:
        """Samples of a trace."""
        return -(-self.ticks * self.steps_per_tick // self.record_every) if self.record and self.traced else 0


def run(
    program: Translated,
    course: Course,
    parameters: Mapping[str, Any],
    initial: Mapping[str, Array],
    inputs: Mapping[str, Array],
    progress: Callable[[float], None],
) -> Raw:
    """Integrate all cells.

    Parameters
    ----------
    parameters : mapping
        SI; a number for all cells or an array with one value per cell.
    initial : mapping of state to array
        (cells,), SI.
    inputs : mapping of str to array
        (ticks, cells): "noise" (unit variance), "volley" (0 or 1), "chance" (0 to 1), and what is held, by name (SI).
    progress : function of the finished fraction

    Raises
    ------
    NotFiniteError
        A state is not finite any more.
    """
    cells = len(next(iter(initial.values())))
    if cells > ONE_BY_ONE:
        y = [np.array(initial[name], dtype=float) for name in program.states]
        return _Runner(program, course, parameters, inputs, cells, ON_ARRAYS).run(y, progress)
    raws = []
    for c in range(cells):
        own = {name: float(v[c]) if np.ndim(v) else float(v) for name, v in parameters.items()}
        mine = {name: samples[:, c].tolist() for name, samples in inputs.items()}
        only = Course(**{**vars(course), "traced": int(c < course.traced)})
        start = [float(initial[name][c]) for name in program.states]

        def tell(share: float, finished: int = c) -> None:
            progress((finished + share) / cells)

        try:
            raws.append(_Runner(program, only, own, mine, 1, ON_NUMBERS).run(start, tell))
        except NotFiniteError as problem:
            raise NotFiniteError(problem.variable, c, problem.time) from None
    time = np.concatenate([raw.event_time for raw in raws])
    order = np.argsort(time, kind="stable")
    traced = raws[: course.traced]
    return Raw(
        event_cell=np.concatenate([np.full(len(raw.event_time), c) for c, raw in enumerate(raws)])[order],
        event_time=time[order],
        trace_time=raws[0].trace_time,
        traces={name: np.concatenate([raw.traces[name] for raw in traced]) for name in course.record} if traced else {},
        final={name: np.concatenate([raw.final[name] for raw in raws]) for name in program.states},
    )


class _Runner:
    """The loop itself; the same statements serve arrays of cells and the plain numbers of one."""

    def __init__(
        self,
        program: Translated,
        course: Course,
        parameters: Mapping[str, Any],
        inputs: Mapping[str, Any],
        cells: int,
        space: Mapping[str, Any],
    ) -> None:
        self.program, self.course, self.inputs, self.cells = program, course, inputs, cells
        self.single = space is ON_NUMBERS
        self.p = dict(parameters)
        self.slow = program.slow(self.p, space)
        self.step = program.step(self.p, course.dt, space)
        self.volley = program.volley(self.p)
        self.careful = program.step(self.p, course.dt, ON_ARRAYS) if self.single else None

    def _given(self, k: int) -> list[Any]:
        """What the engine sets at tick k."""
        values = []
        for name in self.program.ticked[: self.program.given]:
            if name in self.inputs:
                values.append(self.inputs[name][k])
            elif name in self.p:
                values.append(self.p[name])
            elif self.course.noise and name == self.course.noise[0] and "noise" in self.inputs:
                values.append(self.p[self.course.noise[1]] * self.inputs["noise"][k])
            elif name in self.course.pulse and "volley" in self.inputs:
                values.append(self.p[self.course.pulse[name]] * self.inputs["volley"][k])
            else:
                values.append(0.0)
        return values

    def _careful_step(self, y: list[Any], t: float, s: list[Any]) -> list[Any]:
        """A step of one cell that overflowed: numpy goes on with infinity, which is found at the end of the tick."""
        assert self.careful is not None
        one = self.careful([np.float64(v) for v in y], t, [np.float64(v) for v in s])
        return [float(v) for v in one]

    def run(self, y: list[Any], progress: Callable[[float], None]) -> Raw:
        c, states = self.course, self.program.states
        place = {name: k for k, name in enumerate(states)}
        watched, level = place[c.event[0]], c.event[1]
        traces = {name: np.empty((c.traced, c.samples)) for name in c.record} if c.samples else {}
        who: list[NDArray[np.int64]] = []
        when: list[Array] = []
        volleys = self.inputs.get("volley")
        step, n, dt = self.step, 0, c.dt
        before = y[watched]  # a volley that lifts the potential over the level is an event, too
        with np.errstate(
            over="ignore", invalid="ignore", divide="ignore"
        ):  # what is not finite is found, with its name
            for k in range(c.ticks):
                try:
                    s = self.slow(self._given(k))
                except (OverflowError, ZeroDivisionError, ValueError):
                    s = [float(v) for v in self.program.slow(self.p)([np.float64(v) for v in self._given(k)])]
                if volleys is not None and np.any(volleys[k]):
                    chance = self.inputs["chance"][k] if "chance" in self.inputs else -1.0
                    hit = self.volley(y, s, chance)
                    y = [float(a) if self.single else np.where(volleys[k], a, b) for a, b in zip(hit, y, strict=True)]
                for _ in range(c.steps_per_tick):
                    if traces and n % c.record_every == 0:
                        for name, rows in traces.items():
                            rows[:, n // c.record_every] = y[place[name]] if self.single else y[place[name]][: c.traced]
                    try:
                        y = step(y, n * dt, s)
                    except (OverflowError, ZeroDivisionError, ValueError):
                        if not self.single:
                            raise
                        y = self._careful_step(y, n * dt, s)
                    after = y[watched]
                    if self.single:
                        if before < level <= after:
                            who.append(np.zeros(1, dtype=np.int64))
                            when.append(np.array([(n + (level - before) / (after - before)) * dt]))
                    else:
                        crossed = (before < level) & (after >= level)
                        if crossed.any():
                            cells = np.flatnonzero(crossed)
                            share = (level - before[cells]) / (after[cells] - before[cells])
                            who.append(cells)
                            when.append((n + share) * dt)
                    before = after
                    n += 1
                for name, values in zip(states, y, strict=True):
                    if not np.isfinite(values).all():
                        cell = 0 if self.single else int(np.flatnonzero(~np.isfinite(values))[0])
                        raise NotFiniteError(name, cell, (k + 1) * c.tick)
                progress((k + 1) / c.ticks)
        return Raw(
            event_cell=np.concatenate(who) if who else np.empty(0, dtype=np.int64),
            event_time=np.concatenate(when) if when else np.empty(0),
            trace_time=np.arange(c.samples, dtype=np.float64) * (c.record_every * dt),
            traces=traces,
            final={
                name: np.broadcast_to(values, self.cells).astype(float) for name, values in zip(states, y, strict=True)
            },
        )


def write_job(
    folder: Path,
    program: Translated,
    course: Course,
    parameters: Mapping[str, Any],
    initial: Mapping[str, Array],
    inputs: Mapping[str, Array],
) -> None:
    """Write what `main` reads."""
    arrays = {f"initial:{name}": values for name, values in initial.items()}
    arrays |= {f"input:{name}": values for name, values in inputs.items()}
    arrays |= {f"parameter:{name}": np.asarray(value, dtype=float) for name, value in parameters.items()}
    np.savez(folder / "job.npz", **arrays)  # type: ignore[arg-type]
    text = json.dumps({"program": vars(program), "course": vars(course)})
    (folder / "job.json").write_text(text, encoding="utf-8")


def read_result(folder: Path) -> Raw:
    """Read what `main` wrote.

    Raises
    ------
    NotFiniteError
        A state was not finite any more.
    """
    with np.load(folder / "result.npz") as file:
        data = {name: file[name] for name in file.files}
    if "variable" in data:
        raise NotFiniteError(str(data["variable"]), int(data["cell"]), float(data["time"]))

    def named(prefix: str) -> dict[str, Array]:
        return {name.removeprefix(prefix): values for name, values in data.items() if name.startswith(prefix)}

    return Raw(data["event_cell"], data["event_time"], data["trace_time"], named("trace:"), named("final:"))


def main(arguments: list[str]) -> int:
    """Run the job in a folder and leave the result there; progress goes to standard output, a line each fiftieth."""
    folder = Path(arguments[0])
    described = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    with np.load(folder / "job.npz") as file:
        data = {name: file[name] for name in file.files}

    def named(prefix: str) -> dict[str, Array]:
        return {name.removeprefix(prefix): values for name, values in data.items() if name.startswith(prefix)}

    shown = 0.0

    def progress(share: float) -> None:
        nonlocal shown
        if share >= shown:
            print(f"progress {share:.4f}", flush=True)
            shown += 0.02

    parameters = {name: values if values.ndim else float(values) for name, values in named("parameter:").items()}
    try:
        raw = run(
            Translated(**described["program"]), Course(**described["course"]), parameters, named("initial:"),
            named("input:"), progress,
        )  # fmt: skip
    except NotFiniteError as problem:
        np.savez(folder / "result.npz", variable=problem.variable, cell=problem.cell, time=problem.time)
        return 0
    arrays: dict[str, Any] = {f"trace:{name}": values for name, values in raw.traces.items()}
    arrays |= {f"final:{name}": values for name, values in raw.final.items()}
    np.savez(
        folder / "result.npz", event_cell=raw.event_cell, event_time=raw.event_time, trace_time=raw.trace_time, **arrays
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
