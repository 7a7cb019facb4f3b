"""Nearly exact solutions, to judge the others by: Gragg's midpoint rule, extrapolated after Bulirsch and Stoer.

Far too slow to work with; accurate to about a nanosecond over hundreds of milliseconds of firing.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from excitability import loop, simulation
from excitability.errors import InputError
from excitability.model import Model
from excitability.protocol import Protocol

STEP_S = 0.05e-3  # divides a millisecond, on which stimuli begin and end
PARTS = (2, 4, 6, 8, 10)  # parts of a step; their errors are even powers of its length, which extrapolation removes
Rates = Callable[[list[float]], list[float]]


def _midpoint(rates: Rates, y: list[float], length: float, parts: int) -> list[float]:
    h = length / parts
    before, now = y, [x + h * r for x, r in zip(y, rates(y), strict=True)]
    for _ in range(parts - 1):
        before, now = now, [x + 2 * h * r for x, r in zip(before, rates(now), strict=True)]
    return [0.5 * (x + z + h * r) for x, z, r in zip(before, now, rates(now), strict=True)]


def advance(rates: Rates, y: list[float], length: float) -> list[float]:
    """The states after a step, to tenth order.

    Parameters
    ----------
    rates : function of the states
        Their time derivatives.
    y : list of float
    length : float
        Of the step.
    """
    row: list[list[float]] = []
    for k, parts in enumerate(PARTS):
        new = [_midpoint(rates, y, length, parts)]
        for j in range(1, k + 1):
            factor = (parts / PARTS[k - j]) ** 2 - 1
            new.append([a + (a - b) / factor for a, b in zip(new[j - 1], row[j - 1], strict=True)])
        row = new
    return row[-1]


def spike_times(
    model: Model, protocol: Protocol, duration: float, parameters: Mapping[str, Any]
) -> NDArray[np.float64]:
    """Times of a model's events in normal ions, without noise, from its rest.

    Parameters
    ----------
    model : Model
    protocol : Protocol
        A current that is constant between whole milliseconds (a Step).
    duration : float
        s.
    parameters : mapping
        Other values of parameters, see `simulate`.

    Returns
    -------
    array
        s.

    Raises
    ------
    InputError
        Another kind of stimulus.
    """
    edges = [1e3 * edge for piece in protocol.current() for edge in piece[:2]]
    if (
        len(protocol.volleys())
        or any(p != q for _, _, p, q in protocol.current())
        or any(e % 1 for e in np.round(edges, 6))
    ):
        raise InputError(f"{protocol.in_words()}: only a Step that begins and ends on whole milliseconds is taken here")
    job, program, rest = simulation.one_cell(model, protocol=protocol, duration=duration, parameters=parameters)
    p = {name: float(np.squeeze(value)) for name, value in job.parameters.items()}
    slow = [float(s) for s in program.slow(p)([p.get(name, 0.0) for name in program.ticked[: program.given]])]
    derivatives = program.derivatives(p, loop.ON_NUMBERS)
    variable, level = job.event
    watched = program.states.index(variable)
    y = [rest[state] for state in program.states]
    times = []
    for k in range(round(duration / STEP_S)):
        middle = (k + 0.5) * STEP_S  # the current is that of the whole step, also at its ends

        def rates(x: list[float], t: float = middle) -> list[float]:
            return derivatives(x, t, slow)

        new = advance(rates, y, STEP_S)
        if y[watched] < level <= new[watched]:
            part = STEP_S * (level - y[watched]) / (new[watched] - y[watched])
            for _ in range(6):  # Newton's method
                there = advance(rates, y, part)
                part += (level - there[watched]) / rates(there)[watched]
            times.append(k * STEP_S + part)
        y = new
    return np.array(times)
