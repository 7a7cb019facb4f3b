"""A model's own text integrated by other means: nothing here comes from the package's translation or integrator.

The text is taken line by line, its expressions are read as Python, and scipy solves the result nearly exactly. All
numbers are SI, but times that come and go are told in the model's unit (days of a body).
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pint
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from excitability import Model, Protocol

Array = NDArray[np.float64]
WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")


def bernoulli(x: float) -> float:
    """x/(e^x - 1), by its series near 0."""
    if abs(x) < 1e-3:
        return 1 - x / 2 + x**2 / 12 - x**4 / 720
    return x / (math.exp(x) - 1) if x < 700 else 0.0


def phi_1(x: float) -> float:
    """(e^x - 1)/x, by its series near 0."""
    return (math.exp(x) - 1) / x if abs(x) > 1e-3 else 1 + x / 2 + x**2 / 6 + x**3 / 24


FUNCTIONS: dict[str, Callable[..., float]] = {
    **{name: getattr(math, name) for name in ("exp", "log", "log10", "sqrt", "sin", "cos", "tan", "expm1", "log1p")},
    **{name: getattr(math, name) for name in ("sinh", "cosh", "tanh", "floor", "ceil")},
    "arcsin": math.asin,
    "arccos": math.acos,
    "arctan": math.atan,
    "abs": abs,
    "int": int,
    "sign": lambda x: (x > 0) - (x < 0),
    "clip": lambda x, low, high: min(max(x, low), high),
    "bernoulli": bernoulli,
    "phi_1": phi_1,
    "exprel": phi_1,
    "binomial_quantile": lambda chance, n, p: n * p,  # no chance: the mean
}


class ByEquations:
    """One cell of a model, or one body.

    Parameters
    ----------
    model : Model
    changes : mapping
        Other values, in the equations' names and SI: ions, noise.
    """

    def __init__(self, model: Model, changes: Mapping[str, float]) -> None:
        self.model, self.units = model, pint.UnitRegistry()
        self.rates: dict[str, str] = {}
        self.expressions: dict[str, str] = {}
        for line in re.sub(r"#.*", "", model.equations).splitlines():
            if line.strip():
                self._read(line.strip())
        self.states = sorted(self.rates)
        self.constants = {name: parameter.si for name, parameter in model.parameters.items()} | dict(changes)
        if model.noise:
            self.constants.setdefault(model.noise.name, 0.0)
        self.second = 1.0 / self.si(1.0, model.time)  # a second in the model's unit of time
        self.steered = [*([model.stimulus] if model.stimulus else []), *model.pulse, *model.changing]
        self.function = self._function("rates", [self.rates[state] for state in self.states])
        self.volley = self._function("volley", [model.volley.get(state, "0") for state in self.states])

    def _read(self, line: str) -> None:
        rate = re.fullmatch(r"d(\w+)/dt\s*=(.+):[^:]+", line)
        expression = re.fullmatch(r"(\w+)\s*=(.+):[^:]+", line)
        assert rate or expression, f"{self.model.name}: a line that is not understood: {line}"
        if rate:
            self.rates[rate[1]] = rate[2].strip()
        elif expression:
            self.expressions[expression[1]] = expression[2].strip()

    def _function(self, name: str, results: Sequence[str]) -> Callable[..., list[float]]:
        """Python text with the expressions in the order in which they need each other, compiled."""
        known = {*self.states, *self.constants, *self.steered, "t", "chance"}
        waiting, lines = dict(self.expressions), []
        space: dict[str, Any] = dict(FUNCTIONS) | self.constants | {"chance": -1.0}
        words = {word for text in [*self.expressions.values(), *results] for word in WORD.findall(text)}
        for word in words - known - set(FUNCTIONS) - set(waiting):  # what is left can only be a unit
            space[word] = float(self.units(word).to_base_units().magnitude)
            known.add(word)
        while waiting:
            ready = [n for n, text in waiting.items() if set(WORD.findall(text)) <= known | set(FUNCTIONS)]
            assert ready, f"{self.model.name}: expressions that need each other: {', '.join(waiting)}"
            lines += [f"{name} = {waiting.pop(name)}" for name in ready]
            known.update(ready)
        code = [
            f"def {name}(t, y, {', '.join(['_', *self.steered])}):",
            f"    {', '.join(self.states)}, = y",
            *(f"    {line}" for line in lines),
            f"    return [{', '.join(results)}]",
        ]
        exec("\n".join(code), space)
        function: Callable[..., list[float]] = space[name]
        return function

    def si(self, value: float, unit: str) -> float:
        """A number in a unit as SI."""
        return float(self.units.Quantity(value, unit).to_base_units().magnitude)

    def counters(self) -> list[str]:
        """States that no rate depends on: they add up, and have no rest."""
        needed = {word for text in self.rates.values() for word in WORD.findall(text)}
        while (
            more := {word for n in needed & set(self.expressions) for word in WORD.findall(self.expressions[n])}
            - needed
        ):
            needed |= more
        return [state for state in self.states if state not in needed]

    def at_rest(self, y: Any, protocol: Protocol) -> Array:
        """Time derivatives before a stimulus."""
        return np.array(self.function(-1.0, y, 0.0, *self._steering(protocol, -math.inf, 0.0)(-1.0)))

    def distance_from_rest(self, y: Array, protocol: Protocol) -> Array:
        """How far every state but counters would have to move to make all derivatives 0 (one Newton step)."""
        resting = [k for k, state in enumerate(self.states) if state not in self.counters()]
        h = 1e-6 * np.abs(y) + 1e-10
        columns = [
            (self.at_rest(y + e, protocol) - self.at_rest(y - e, protocol))[resting] / (2 * e.sum())
            for e in np.diag(h)[resting]
        ]
        move = np.zeros(len(y))
        move[resting] = np.linalg.solve(np.array(columns).T, self.at_rest(y, protocol)[resting])
        return move

    def _changed(self, protocol: Protocol, time: float) -> dict[str, float]:
        """What a regimen has changed until a time, in SI."""
        values = {
            name: value for since, changes in protocol.changes() if since <= time for name, value in changes.items()
        }
        return {name: self.si(value, self.model.parameters[name].unit) for name, value in values.items()}

    def _steering(self, protocol: Protocol, a: float, b: float) -> Callable[[float], list[float]]:
        """What is switched on between two edges: the current as a function of time, pulses, and what a regimen changes."""
        middle = (a + b) / 2
        volleys = protocol.volleys()
        on = bool(np.any((volleys <= middle) & (middle < volleys + 1e-3)))
        changed = {**self.constants, **self._changed(protocol, middle)}
        others = [
            *(self.constants[size] * on for size in self.model.pulse.values()),
            *(changed[name] for name in self.model.changing),
        ]
        if not self.model.stimulus:
            return lambda t: others
        one = self.si(1.0, self.model.stimulus_unit)
        pieces = [piece for piece in protocol.current() if piece[0] <= middle < piece[1]]

        def steering(t: float) -> list[float]:
            return [one * sum(p + (q - p) * (t - u) / (v - u) for u, v, p, q in pieces), *others]

        return steering

    def solution(self, start: Array, protocol: Protocol, duration: float) -> tuple[Array, Array]:
        """Times of the model's events, and the states at the end, nearly exact: begun anew at every edge of the stimulus."""
        place = self.states.index(self.model.event.variable)
        level = self.si(self.model.event.level, self.model.event.unit)
        volleys = [float(v) for v in protocol.volleys()]
        edges = {0.0, duration, *volleys, *(e for piece in protocol.current() for e in piece[:2])}
        edges |= {v + 1e-3 for v in volleys} if self.model.pulse else set()
        edges |= {time for time, _ in protocol.changes()}
        edges = {round(e, 9) for e in edges if 0 <= e <= duration}
        size = np.maximum(np.abs(start), 1e-6)
        y, found = np.array(start, dtype=float), []
        for a, b in pairwise(sorted(edges)):
            if any(abs(a - v) < 1e-9 for v in volleys):
                before = y[place]
                y += self.volley(a, y, 0.0, *(0.0 for _ in self.steered))
                found += [a] if before < level <= y[place] else []
            steering = self._steering(protocol, a, b)

            def rises(_t: float, x: Array) -> float:
                return float(x[place]) - level

            rises.direction = 1.0  # type: ignore[attr-defined]
            solution = solve_ivp(
                lambda t, x, steering=steering: self.function(t, x, 0.0, *steering(t)),
                (a / self.second, b / self.second),
                y,
                method="LSODA",  # some of the models are stiff
                rtol=1e-11,
                atol=1e-12 * size,
                events=rises,
                max_step=self.model.clock.tick,  # lest it steps over the beginning of an impulse
            )
            assert solution.success, solution.message
            found += list(solution.t_events[0] * self.second)
            y = solution.y[:, -1]
        return np.array(found), y
