"""Protocols: the stimulus as an object that says itself in words, draws itself without running, and knows its end.

Times are seconds on the run's clock, rates Hz, currents in the unit of the model's injected current (uA/cm**2 for
the motoneuron).
"""

import itertools
import math
import numbers
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from excitability import quantities
from excitability.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TICK_S = 1e-3  # volleys fall on whole milliseconds


def _positive(name: str, value: Any, unit: str, *, zero: bool = False) -> float:
    number = quantities.read(value, unit, name)
    if not isinstance(number, float) or not math.isfinite(number) or number < 0 or (number == 0 and not zero):
        shown = f"{number:g}" if isinstance(number, float) else str(value)
        raise InputError(f"{name} = {shown} {unit} is impossible: it must be {'0 or more' if zero else 'above 0'}")
    return number


def _number(value: Any) -> float:
    """The number of a value, whatever its unit."""
    found = re.match(r"\s*[-+]?[\d.]+([eE][-+]?\d+)?", str(value))
    return float(found[0]) if found else math.nan


def _finite(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not math.isfinite(value):
        raise InputError(f"{name} = {value} is not a finite number (in the model's unit of current)")


@dataclass(frozen=True)
class Protocol:
    """A stimulus: `Train`, `Impulses`, `Step`, `Pulses` or `Ramp` for cells, or several `Together`; `Regimen` for a body."""

    @property
    def end(self) -> float:
        """When the stimulus is over, in s."""
        return 0.0

    def in_words(self) -> str:
        """The stimulus in a sentence."""
        return "no stimulus"

    def __str__(self) -> str:
        return self.in_words()

    def volleys(self) -> NDArray[np.float64]:
        """Times of afferent volleys in s."""
        return np.empty(0)

    def current(self) -> tuple[tuple[float, float, float, float], ...]:
        """Injected current as straight pieces: (from s, to s, current at the beginning, current at the end)."""
        return ()

    def changes(self) -> tuple[tuple[float, Mapping[str, Any]], ...]:
        """Parameters set to new values: (time, values by name); before the first time at minus infinity."""
        return ()

    def draw(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the stimulus over time.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure's if left out.

        Returns
        -------
        matplotlib Axes
        """
        from excitability import figures

        if ax is None:
            ax = figures.new_axes()
        pieces = self.current()
        if pieces:
            edges = sorted({0.0, 1.1 * self.end, *(t for a, b, _, _ in pieces for t in (a, b))})
            times = [t for t in edges for _ in range(2)]
            values = [
                sum(p + (q - p) * (t - a) / (b - a) for a, b, p, q in pieces if (a < t <= b if before else a <= t < b))
                for t in edges
                for before in (True, False)
            ]
            ax.plot(times, values, color=figures.BLACK)
            ax.set_ylabel("current (µA/cm²)")
        else:
            ax.vlines(self.volleys(), 0, 1, color=figures.BLACK)
            ax.set_yticks([])
            ax.set_ylabel("volleys")
        ax.set_xlim(0, max(self.end * 1.1, 0.1))
        ax.set_xlabel("time (s)")
        ax.set_title(self.in_words())
        return ax


@dataclass(frozen=True)
class Rest(Protocol):
    """No stimulus."""


@dataclass(frozen=True)
class Regimen(Protocol):
    """What a body eats, is given and suffers from, day by day.

    Parameters
    ----------
    before : mapping of str to value
        Parameters of the body as they have always been: the run starts from the steady state to which they have led.
    course : sequence of (float, mapping)
        Days in ascending order, and the parameters that change on them; each stays until it is changed again.

    Examples
    --------
    >>> print(Regimen().then(0, Mg_eaten=4).then(120, Mg_eaten=20))
    day 0: Mg_eaten 4; day 120: Mg_eaten 20
    """

    before: Mapping[str, Any] = field(default_factory=dict)
    course: Sequence[tuple[float, Mapping[str, Any]]] = ()

    def __post_init__(self) -> None:
        days = [_positive("day of a change", day, "day", zero=True) for day, _ in self.course]
        if days != sorted(days):
            raise InputError("the days of a regimen must ascend")
        changes = [dict(values) for _, values in self.course]
        object.__setattr__(self, "course", tuple(zip(days, changes, strict=True)))

    def then(self, day: float, **values: Any) -> "Regimen":
        """The same regimen, and from a day on other values of parameters, by their names.

        Parameters
        ----------
        day : float
            Not before the last change.
        **values
            Numbers in the parameter's unit, or text with a unit.
        """
        return Regimen(self.before, (*self.course, (day, values)))

    @property
    def end(self) -> float:
        return max((day for day, _ in self.course), default=0.0)

    def changes(self) -> tuple[tuple[float, Mapping[str, Any]], ...]:
        return ((-math.inf, self.before), *self.course)

    def in_words(self) -> str:
        def said(values: Mapping[str, Any]) -> str:
            return ", ".join(f"{n} {v:g}" if isinstance(v, float) else f"{n} {v}" for n, v in values.items())

        parts = [f"always: {said(self.before)}"] if self.before else []
        parts += [f"day {day:g}: {said(values)}" for day, values in self.course]
        return "; ".join(parts) or "the reference life"

    def draw(self, ax: "Axes | None" = None) -> "Axes":
        from excitability import figures

        ax = figures.new_axes() if ax is None else ax
        names = list(dict.fromkeys(name for _, values in self.course for name in values))
        for name, (color, dash, _) in zip(names, itertools.cycle(figures.SERIES), strict=False):
            steps = [(day, values[name]) for day, values in self.course if name in values]
            first = self.before.get(name)
            shown = [(0.0, steps[0][1] if first is None else first), *steps, (max(1.1 * self.end, 1.0), steps[-1][1])]
            ax.step(
                [day for day, _ in shown],
                [_number(value) for _, value in shown],
                where="post",
                color=color,
                ls=dash,
                label=name,
            )
        if names:
            ax.legend()
        ax.set_xlabel("time (days)")
        ax.set_ylabel("value, in the parameter's unit")
        ax.set_title(self.in_words())
        return ax


@dataclass(frozen=True)
class Train(Protocol):
    """A train of afferent volleys: every fibre of the nerve fires once, `rate` times a second.

    Parameters
    ----------
    rate : float
        Hz, up to 500. Volley k comes at start + round(1000 k / rate) ms.
    duration : float
        s; there are ceil(rate * duration) volleys.
    start : float
        s, on the run's clock.

    Examples
    --------
    >>> print(Train(rate=20, duration=2))
    40 afferent volleys at 20 Hz from 0.5 s to 2.5 s
    """

    rate: float
    duration: float = 2.0
    start: float = 0.5

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", _positive("train rate", self.rate, "Hz"))
        object.__setattr__(self, "duration", _positive("train duration", self.duration, "s"))
        object.__setattr__(self, "start", _positive("train start", self.start, "s", zero=True))
        if self.rate > 500:
            raise InputError(
                f"train rate = {self.rate:g} Hz is outside 0 to 500 Hz: volleys fall on whole milliseconds"
            )

    @property
    def end(self) -> float:
        return self.start + self.duration

    @property
    def pulses(self) -> int:
        """Number of volleys."""
        return math.ceil(self.rate * self.duration - 1e-9)

    def volleys(self) -> NDArray[np.float64]:
        start_ms = round(self.start / TICK_S)
        k = np.arange(self.pulses)
        return np.asarray((start_ms + np.floor(1000.0 * k / self.rate + 0.5)) * TICK_S)

    def in_words(self) -> str:
        return f"{self.pulses} afferent volleys at {self.rate:g} Hz from {self.start:g} s to {self.end:g} s"


@dataclass(frozen=True)
class Impulses(Protocol):
    """Volleys, or impulses of a nerve, at any times: those that another cell has fired, say.

    Parameters
    ----------
    times : sequence of float
        s, ascending. They fall on whole milliseconds, to which they are rounded; two on the same one are one.

    Examples
    --------
    >>> print(Impulses([0.01, 0.05, 0.1]))
    3 impulses from 0.01 s to 0.1 s
    """

    times: Sequence[float]

    def __post_init__(self) -> None:
        times = [_positive("time of an impulse", time, "s", zero=True) for time in self.times]
        if times != sorted(times):
            raise InputError("times of impulses must ascend")
        object.__setattr__(self, "times", tuple(times))

    @property
    def end(self) -> float:
        return float(self.volleys().max(initial=0.0))

    def volleys(self) -> NDArray[np.float64]:
        return np.unique(np.floor(np.array(self.times) / TICK_S + 0.5)) * TICK_S

    def in_words(self) -> str:
        if not self.times:
            return "no impulses"
        number = len(self.times)
        return f"{number} impulse{'s' * (number > 1)} from {self.times[0]:g} s to {self.times[-1]:g} s"


@dataclass(frozen=True)
class Step(Protocol):
    """A rectangular current.

    Parameters
    ----------
    amplitude : float
        In the model's unit of current; positive depolarises.
    duration, start : float
        s.
    """

    amplitude: float
    duration: float
    start: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "duration", _positive("step duration", self.duration, "s"))
        object.__setattr__(self, "start", _positive("step start", self.start, "s", zero=True))
        _finite("step amplitude", self.amplitude)

    @property
    def end(self) -> float:
        return self.start + self.duration

    def current(self) -> tuple[tuple[float, float, float, float], ...]:
        return ((self.start, self.end, self.amplitude, self.amplitude),)

    def in_words(self) -> str:
        return f"a current of {self.amplitude:g} from {self.start:g} s to {self.end:g} s"


@dataclass(frozen=True)
class Ramp(Protocol):
    """A current that rises from 0 to a peak and falls back, in equal times.

    Parameters
    ----------
    peak : float
        In the model's unit of current.
    duration : float
        s, up and down together.
    start : float
        s.
    """

    peak: float
    duration: float
    start: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "duration", _positive("ramp duration", self.duration, "s"))
        object.__setattr__(self, "start", _positive("ramp start", self.start, "s", zero=True))
        _finite("ramp peak", self.peak)

    @property
    def end(self) -> float:
        return self.start + self.duration

    def current(self) -> tuple[tuple[float, float, float, float], ...]:
        top = self.start + self.duration / 2
        return ((self.start, top, 0.0, self.peak), (top, self.end, self.peak, 0.0))

    def in_words(self) -> str:
        return f"a current ramp to {self.peak:g} and back from {self.start:g} s to {self.end:g} s"


@dataclass(frozen=True)
class Pulses(Protocol):
    """Several rectangular currents: a conditioning pulse and a test pulse, say. Where they overlap they add up.

    Parameters
    ----------
    steps : sequence of Step

    Examples
    --------
    >>> print(Pulses([Step(0.5, 0.001), Step(0.3, 0.001, start=0.005)]))
    a current of 0.5 from 0 s to 0.001 s, then a current of 0.3 from 0.005 s to 0.006 s
    """

    steps: Sequence[Step]

    def __post_init__(self) -> None:
        if not self.steps or not all(isinstance(step, Step) for step in self.steps):
            raise InputError("Pulses takes one or more Steps")
        object.__setattr__(self, "steps", tuple(self.steps))

    @property
    def end(self) -> float:
        return max(step.end for step in self.steps)

    def current(self) -> tuple[tuple[float, float, float, float], ...]:
        return tuple(piece for step in self.steps for piece in step.current())

    def in_words(self) -> str:
        return ", then ".join(step.in_words() for step in self.steps)


@dataclass(frozen=True)
class Together(Protocol):
    """Several stimuli at once: volleys of all of them, and their currents added up.

    Parameters
    ----------
    parts : sequence of Protocol
        Of a cell; a body's regimen says everything by itself.

    Examples
    --------
    >>> print(Together([Train(rate=20, duration=1), Step(4, 1, start=0.5)]))
    20 afferent volleys at 20 Hz from 0.5 s to 1.5 s, and a current of 4 from 0.5 s to 1.5 s
    """

    parts: Sequence[Protocol]

    def __post_init__(self) -> None:
        for part in self.parts:
            if not isinstance(part, Protocol) or isinstance(part, Regimen):
                raise InputError(f"Together takes stimuli of a cell, not {part!r}")
        object.__setattr__(self, "parts", tuple(self.parts))

    @property
    def end(self) -> float:
        return max((part.end for part in self.parts), default=0.0)

    def volleys(self) -> NDArray[np.float64]:
        return np.unique(np.concatenate([np.empty(0), *(part.volleys() for part in self.parts)]))

    def current(self) -> tuple[tuple[float, float, float, float], ...]:
        return tuple(piece for part in self.parts for piece in part.current())

    def in_words(self) -> str:
        return ", and ".join(part.in_words() for part in self.parts) or "no stimulus"
