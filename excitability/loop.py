"""The integration loop for machines without a compiler: numpy over all cells, from code generated out of the equations.

Nothing here imports Brian2; `excitability.translation` writes the code that `Translated` runs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from excitability.errors import NumericalError

Array = NDArray[np.float64]
TINY = 1e-300  # keeps u off 0, the one place where u/expm1(u) cannot be evaluated


def bernoulli(u: Any) -> Any:
    """u/(e^u - 1) for arrays, 1 at u = 0."""
    u = u + TINY
    return u / np.expm1(u)


def phi_1(u: Any) -> Any:
    """(e^u - 1)/u for arrays, 1 at u = 0."""
    u = u + TINY
    return np.expm1(u) / u


def d_bernoulli(u: Any) -> Any:
    """d/du of u/(e^u - 1) for arrays, -1/2 at u = 0."""
    u = np.where(np.abs(u) < 1e-4, 1e-4, u)
    b = u / np.expm1(u)
    return b * (1.0 - b - u) / u


def d_phi_1(u: Any) -> Any:
    """d/du of (e^u - 1)/u for arrays, 1/2 at u = 0."""
    u = np.where(np.abs(u) < 1e-4, 1e-4, u)
    return (np.exp(u) - np.expm1(u) / u) / u


#: Names that generated code may use.
NAMESPACE: dict[str, Any] = {
    "bernoulli": bernoulli,
    "d_bernoulli": d_bernoulli,
    "phi_1": phi_1,
    "d_phi_1": d_phi_1,
    "exprel": phi_1,
    "int": lambda condition: np.asarray(condition) * 1.0,
    "int_": lambda condition: np.asarray(condition) * 1.0,
    "abs": np.abs,
    "clip": np.clip,
    "ceil": np.ceil,
    "ceiling": np.ceil,
    **{
        name: getattr(np, name)
        for name in (
            "exp",
            "expm1",
            "log",
            "log10",
            "log1p",
            "sqrt",
            "sin",
            "cos",
            "tan",
            "sinh",
            "cosh",
            "tanh",
            "arcsin",
            "arccos",
            "arctan",
            "floor",
            "sign",
            "logical_and",
            "logical_or",
            "logical_not",
        )
    },
}


@dataclass(frozen=True)
class Translated:
    """Equations as numpy functions.

    Parameters
    ----------
    states : list of str
        State variables, in the order of the arrays that the functions take.
    source : str
        Python text that defines ``make_slow``, ``make_derivatives`` and ``make_step``; each takes the parameters (SI) and
        returns a function.
    """

    states: list[str]
    source: str

    def _functions(self) -> dict[str, Any]:
        space = dict(NAMESPACE)
        exec(compile(self.source, "<equations>", "exec"), space)
        return space

    def slow(self, p: Mapping[str, Any]) -> Callable[[], dict[str, Any]]:
        """Function of nothing: the sub-expressions that only parameters and ions enter, from their present values."""
        function: Callable[[], dict[str, Any]] = self._functions()["make_slow"](p)
        return function

    def derivatives(self, p: Mapping[str, Any]) -> Callable[[list[Array], float], list[Array]]:
        """Function of states and time (s): their time derivatives, SI."""
        function: Callable[[list[Array], float], list[Array]] = self._functions()["make_derivatives"](p)
        return function

    def step(self, p: Mapping[str, Any], dt: float) -> Callable[[list[Array], float], list[Array]]:
        """Function of states and time (s): the states dt later."""
        function: Callable[[list[Array], float], list[Array]] = self._functions()["make_step"](p, dt)
        return function


@dataclass
class Raw:
    """What an engine hands back: numbers in SI, cells in the order given."""

    event_cell: NDArray[np.int64]
    event_time: Array
    trace_time: Array
    traces: dict[str, Array]  # variable: (cell, time)
    final: dict[str, Array]


def run(
    program: Translated,
    parameters: Mapping[str, Any],
    initial: Mapping[str, Array],
    *,
    ticks: int,
    steps_per_tick: int,
    tick: float,
    inputs: Mapping[str, Array],
    volley: Mapping[str, str],
    noise: tuple[str, str] | None,
    event: tuple[str, float],
    record: list[str],
    record_every: int,
    traced: int,
    progress: Callable[[float], None],
) -> Raw:
    """Integrate all cells together.

    Parameters
    ----------
    parameters : mapping
        SI; a number for all cells or an array with one value per cell. Arrays named as inputs are overwritten.
    initial : mapping of state to array
        (cells,), SI.
    ticks, steps_per_tick, tick
        Number of ticks, integration steps in each, and the length of a tick in s.
    inputs : mapping of str to array
        (ticks, cells): "noise" (unit variance), "volley" (0 or 1), "Ca", "Mg" (SI).
    volley : mapping of state to parameter
        What a volley adds.
    noise : (name, SD parameter)
    event : (variable, level in SI)
    record, record_every, traced
        Variables to keep, every how many steps, for the first `traced` cells.
    progress : function of the finished fraction

    Raises
    ------
    NumericalError
        A state is not finite any more: names the variable, the cell, the time.
    """
    cells = len(next(iter(initial.values())))
    dt = tick / steps_per_tick
    p: dict[str, Any] = {name: np.array(v, dtype=float) if np.ndim(v) else float(v) for name, v in parameters.items()}
    for name in ("Ca", "Mg"):
        if name in inputs:
            p[name] = np.array(inputs[name][0])
    if noise:
        p[noise[0]] = np.zeros(cells)
    slow_values = program.slow(p)
    for name, value in slow_values().items():
        p[name] = np.array(np.broadcast_to(value, cells), dtype=float)
    step = program.step(p, dt)
    y = [np.array(initial[name], dtype=float) for name in program.states]
    place = {name: k for k, name in enumerate(program.states)}
    watched, level = place[event[0]], event[1]

    samples = -(-ticks * steps_per_tick // record_every) if record and traced else 0
    traces = {name: np.empty((traced, samples)) for name in record} if samples else {}
    event_cell: list[NDArray[np.int64]] = []
    event_time: list[Array] = []
    n = 0
    with np.errstate(
        over="ignore", invalid="ignore", divide="ignore"
    ):  # what is not finite is found below, with its name
        for k in range(ticks):
            if (
                "Ca" in inputs
                and k
                and not all(np.array_equal(inputs[ion][k], inputs[ion][k - 1]) for ion in ("Ca", "Mg"))
            ):
                for ion in ("Ca", "Mg"):
                    p[ion][:] = inputs[ion][k]
                for name, value in slow_values().items():
                    p[name][:] = value
            if noise and "noise" in inputs:
                p[noise[0]][:] = p[noise[1]] * inputs["noise"][k]
            if "volley" in inputs and inputs["volley"][k].any():
                for state, weight in volley.items():
                    y[place[state]] = y[place[state]] + p[weight] * inputs["volley"][k]
            for _ in range(steps_per_tick):
                if samples and n % record_every == 0:
                    for name in record:
                        traces[name][:, n // record_every] = y[place[name]][:traced]
                before = y[watched]
                y = step(y, n * dt)
                after = y[watched]
                crossed = (before < level) & (after >= level)
                if crossed.any():
                    who = np.flatnonzero(crossed)
                    share = (level - before[who]) / (after[who] - before[who])
                    event_cell.append(who)
                    event_time.append((n + share) * dt)
                n += 1
            for name, values in zip(program.states, y, strict=True):
                if not np.isfinite(values).all():
                    raise NotFiniteError(name, int(np.flatnonzero(~np.isfinite(values))[0]), (k + 1) * tick)
            progress((k + 1) / ticks)
    return Raw(
        event_cell=np.concatenate(event_cell) if event_cell else np.empty(0, dtype=np.int64),
        event_time=np.concatenate(event_time) if event_time else np.empty(0),
        trace_time=np.arange(samples, dtype=np.float64) * (record_every * dt),
        traces=traces,
        final=dict(zip(program.states, y, strict=True)),
    )


class NotFiniteError(NumericalError):
    """A state left the numbers: which, in which cell, when (s)."""

    def __init__(self, variable: str, cell: int, time: float) -> None:
        super().__init__(f"{variable} of cell {cell} is not finite at {time:g} s")
        self.variable, self.cell, self.time = variable, cell, time
