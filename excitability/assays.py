"""Assays: measures that take many runs. All runs of an assay go together, never one after the other.

The excitability tests of a nerve laboratory are here (threshold of a pulse, strength-duration curve, rheobase, recovery
cycle), and those of a cell physiologist (current-frequency curve, ramp, spontaneous activity, cramp threshold). Each takes
any model with an injected current or a synapse, and ions or parameters that vary over conditions; all conditions go
together. Currents are in the model's unit, times in s.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from excitability import measures
from excitability.errors import InputError, missing
from excitability.ions import Ions
from excitability.model import Model, load_model
from excitability.protocol import Protocol, Pulses, Ramp, Rest, Step, Train
from excitability.recording import Recording
from excitability.simulation import simulate as _simulate

CRAMP_S = 2.0  # firing that outlasts a train for so long counts as a cramp
_START_S = 0.1  # the train begins when the noise has settled
_AT_ONCE = 24  # amplitudes tried at once; three rounds narrow six decades down to a thousandth
_LATENCY_S = 10e-3  # how late an impulse may come after the end of a pulse
_SHORT_OF = 0.99  # of a threshold current: a pulse that is not answered
_GRADED_MV = 5.0  # what so little is missing for is no impulse that arises, but a cell that follows the current
_EARLY_S = 15e-3  # superexcitability is sought before, late subexcitability after
Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Conditions:
    """Ions and parameters of the conditions of an assay, to be repeated for each of its runs."""

    ions: Ions
    parameters: Mapping[str, Any]
    number: int

    @classmethod
    def of(cls, ions: Ions, parameters: Mapping[str, Any] | None) -> "_Conditions":
        if ions.changes:
            raise InputError("an assay takes ions that stay as they are")
        given = dict(parameters or {})
        lengths = {len(ions), *(len(np.asarray(value)) for value in given.values() if np.ndim(value))}
        if lengths - {1, max(lengths)}:
            raise InputError(f"conditions do not pair up: lists of {' and '.join(map(str, sorted(lengths)))} values")
        return cls(ions, given, max(lengths))

    def repeated(self, each: int) -> dict[str, Any]:
        """Keywords for `simulate`: every condition `each` times, one after the other."""
        per_run = {
            n: np.repeat(np.resize(v, self.number), each) if np.ndim(v) else v for n, v in self.parameters.items()
        }
        return {"ions": self.ions.repeated(each, self.number), "parameters": per_run}


def __getattr__(name: str) -> Any:
    raise missing("assay", name, globals())


def _tick(time: float) -> float:
    """A time, rounded up to whole milliseconds."""
    return math.ceil(round(1e3 * time, 6)) / 1e3


# ------------------------------------------------------------------------------------------------------ pulses of current


def thresholds(
    model: str | Path | Model,
    stimuli: Sequence[Callable[[float, int], Protocol]],
    *,
    ions: Ions,
    after: Sequence[float],
    until: float,
    parameters: Mapping[str, Any] | None = None,
    lowest: ArrayLike = 1e-3,
    highest: ArrayLike = 1e3,
    simulate: Callable[..., Recording] = _simulate,
    **keywords: Any,
) -> Array:
    """The smallest amplitude that evokes an impulse, for several stimuli in several conditions, all narrowed down together.

    Parameters
    ----------
    model : str, Path or Model
        With an injected current.
    stimuli : sequence of functions
        From an amplitude and the number of a condition to a protocol.
    ions, parameters
        One condition per value.
    after : sequence of float
        For each stimulus: impulses count from this time on, s.
    until : float
        End of the runs, s.
    lowest, highest : float, or array (conditions, 1)
        Amplitudes between which to look.
    simulate : function
        `excitability.simulate`, or that of an experiment's run.
    **keywords
        For `simulate`.

    Returns
    -------
    array
        (conditions, stimuli), known to a thousandth; NaN where even the highest amplitude evokes nothing.

    Raises
    ------
    InputError
        Amplitudes that are not positive and ascending, or what `simulate` refuses.
    """
    conditions = _Conditions.of(ions, parameters)
    shape = (conditions.number, len(stimuli))
    bottom, top = (np.broadcast_to(np.asarray(x, dtype=float), shape) for x in (lowest, highest))
    if not ((bottom > 0) & (bottom < top) & np.isfinite(top)).all():
        raise InputError("amplitudes to look between are two positive numbers, the lower first")
    if not len(stimuli) or len(after) != len(stimuli):
        raise InputError("an assay of thresholds needs stimuli, and for each the time from which impulses count")
    low, high, found = bottom, top, np.ones(shape, dtype=bool)
    since = np.tile(np.repeat(np.asarray(after, dtype=float), _AT_ONCE), conditions.number)
    for spacing in (np.geomspace, np.linspace, np.linspace):
        amplitudes = np.asarray(spacing(low, high, _AT_ONCE, axis=-1))  # (conditions, stimuli, amplitudes)
        recording = simulate(
            model,
            **conditions.repeated(shape[1] * _AT_ONCE),
            protocol=[
                stimuli[s](float(a), c) for c in range(shape[0]) for s in range(shape[1]) for a in amplitudes[c, s]
            ],
            duration=until,
            noise=False,
            traced=[],
            **keywords,
        )
        counted = recording.event_cell[recording.event_time >= since[recording.event_cell]]
        responds = (np.bincount(counted, minlength=len(recording)) > 0).reshape(amplitudes.shape)
        found &= responds.any(axis=-1)
        first = responds.argmax(axis=-1)[..., None]
        high = np.take_along_axis(amplitudes, first, axis=-1)[..., 0]
        low = np.take_along_axis(amplitudes, np.maximum(first - 1, 0), axis=-1)[..., 0]
        low, high = np.where(found & (low < high), low, bottom), np.where(found, high, top)
    return np.where(found, high, np.nan)


def _of_pulses(
    model: str | Path | Model, widths: Sequence[float], *, ions: Ions, start: float = 1e-3, **keywords: Any
) -> Array:
    """Thresholds of single pulses: (conditions, widths)."""

    def pulse(width: float) -> Callable[[float, int], Protocol]:
        return lambda amplitude, _: Step(amplitude, width, start)

    return thresholds(
        model,
        [pulse(width) for width in widths],
        ions=ions,
        after=[start] * len(widths),
        until=_tick(start + max(widths) + _LATENCY_S),
        **keywords,
    )


def rheobase(model: str | Path | Model, *, ions: Ions, width: float = 0.1, **keywords: Any) -> Array:
    """The smallest current that evokes an impulse however long it lasts, in every condition.

    Parameters
    ----------
    model : str, Path or Model
        With an injected current.
    ions : Ions
    width : float
        Of the pulse that counts as long, s.
    **keywords
        For `thresholds`: parameters, lowest, highest, simulate.

    Returns
    -------
    array
        (conditions,), in the model's unit of current; NaN where there is none.
    """
    return _of_pulses(model, [width], ions=ions, **keywords)[:, 0]


@dataclass(frozen=True)
class Threshold:
    """What a brief pulse has to reach, one entry per condition; NaN where there is no rest, or no all-or-none answer.

    Parameters
    ----------
    current : array
        The smallest amplitude that evokes an impulse, in the model's unit.
    potential : array
        The highest potential that `_SHORT_OF` times this current leads to, from which the cell comes back; mV.
    """

    current: Array
    potential: Array


def threshold(
    model: str | Path | Model,
    *,
    ions: Ions,
    width: float = 1e-3,
    start: float = 1e-3,
    parameters: Mapping[str, Any] | None = None,
    simulate: Callable[..., Recording] = _simulate,
    **keywords: Any,
) -> Threshold:
    """The threshold of a brief pulse as a current and as a potential, from rest, in every condition.

    Parameters
    ----------
    model : str, Path or Model
        With an injected current; its events are crossings of a potential.
    ions, parameters
        One condition per value.
    width, start : float
        Of the pulse, and when it begins, s.
    simulate, **keywords
        See `thresholds`.

    Returns
    -------
    Threshold
    """
    how = {"parameters": parameters, "simulate": simulate, **keywords}
    current = _of_pulses(model, [width], ions=ions, start=start, **how)[:, 0]
    cell = model if isinstance(model, Model) else load_model(model)
    recording = simulate(
        model,
        **_Conditions.of(ions, parameters).repeated(1),
        protocol=[Step(float(amplitude), width, start) for amplitude in np.nan_to_num(_SHORT_OF * current)],
        duration=_tick(start + width + _LATENCY_S),
        noise=False,
        **{"sample": keywords.get("dt") or cell.dt, **keywords},
    )
    pulsed = recording.trace_time >= start
    potential = recording.traces[f"{cell.event.variable}_{cell.event.unit}"][:, pulsed].max(axis=1)
    real = np.isfinite(current) & [kind == "stable" for kind in recording.making["rest"]]
    real[recording.event_cell[recording.event_time >= start]] = False  # fires at less
    real &= potential < cell.event.level - _GRADED_MV  # otherwise it follows the current, and nothing in it answers
    return Threshold(np.where(real, current, np.nan), np.where(real, potential, np.nan))


def weiss(widths: ArrayLike, thresholds: ArrayLike) -> tuple[Array, Array]:
    """Rheobase and time constant of Weiss's law: threshold charge = rheobase x (width + time constant).

    Parameters
    ----------
    widths : array
        (widths,); two or more.
    thresholds : array
        (..., widths).

    Returns
    -------
    (array, array)
        Slope of the line through the charges, and where it meets the axis, in the units of the thresholds and widths.
    """
    given = np.asarray(widths, dtype=float)
    charge = np.asarray(thresholds, dtype=float) * given
    from_mean = given - given.mean()
    slope = (charge * from_mean).sum(axis=-1) / (from_mean**2).sum()
    return slope, charge.mean(axis=-1) / slope - given.mean()


@dataclass(frozen=True)
class StrengthDuration:
    """Strength-duration curves, one per condition.

    Parameters
    ----------
    widths : array
        Of the pulses, s.
    thresholds : array
        (conditions, widths), in the model's unit of current.
    rheobase : array
        Threshold of a long pulse.
    chronaxie : array
        Width at which the threshold is twice the rheobase, s; NaN where it lies outside the widths tried.
    time_constant : array
        Of Weiss's law: the charge of threshold pulses is a straight line over their width, and 0 at minus this width. s.
    """

    widths: Array
    thresholds: Array
    rheobase: Array
    chronaxie: Array
    time_constant: Array


def strength_duration(
    model: str | Path | Model,
    *,
    ions: Ions,
    widths: Sequence[float] = (0.1e-3, 0.2e-3, 0.5e-3, 1e-3),
    long: float = 0.1,
    start: float = 1e-3,
    **keywords: Any,
) -> StrengthDuration:
    """Thresholds of rectangular pulses of several widths.

    Parameters
    ----------
    model : str, Path or Model
        With an injected current.
    ions : Ions
    widths : sequence of float
        Two or more, ascending, s.
    long : float
        Width of the pulse that gives the rheobase, s.
    start : float
        Of the pulses, s.
    **keywords
        For `thresholds`: parameters, lowest, highest, simulate.

    Notes
    -----
    The time constant is that of Weiss's law (`weiss`) through the short pulses, as in clinical neurophysiology.
    """
    given = np.asarray(widths, dtype=float)
    rising = given.ndim == 1 and len(given) > 1 and np.isfinite(given).all() and (np.diff(given, prepend=0.0) > 0).all()
    if not rising:
        raise InputError("widths of pulses are two or more positive times in ascending order, in s")
    if not given[-1] < long < np.inf:
        raise InputError(f"the long pulse, {long:g} s, must be longer than the others, up to {given[-1]:g} s")

    found = _of_pulses(model, [*given.tolist(), float(long)], ions=ions, start=start, **keywords)
    short, long_threshold = found[:, :-1], found[:, -1]
    chronaxie = [_chronaxie(given, q, base) for q, base in zip(short * given, long_threshold, strict=True)]
    return StrengthDuration(given, short, long_threshold, np.array(chronaxie), weiss(given, short)[1])


def _chronaxie(widths: Array, charge: Array, rheobase: float) -> float:
    """Where the charge, nearly a straight line over width, is that of twice the rheobase."""
    above = charge - 2 * rheobase * widths
    k = np.flatnonzero((above[:-1] >= 0) & (above[1:] < 0))
    if not len(k):
        return float("nan")
    j = int(k[0])
    return float(np.interp(0.0, [above[j + 1], above[j]], [widths[j + 1], widths[j]]))


@dataclass(frozen=True)
class RecoveryCycle:
    """Recovery cycles, one per condition.

    Parameters
    ----------
    intervals : array
        From the beginning of the conditioning pulse to that of the test pulse, s.
    change : array
        (conditions, intervals): share by which the threshold of the test pulse differs from that without conditioning; NaN
        where not even ten times of it evokes an impulse.
    refractory : array
        Interval at which the raised threshold has come back (relative refractory period), s; NaN if it was not raised at the
        first interval, or does not come back.
    superexcitability : array
        Lowest change up to 15 ms (below 0: superexcitable).
    late_subexcitability : array
        Highest change from 15 ms on.
    """

    intervals: Array
    change: Array
    refractory: Array
    superexcitability: Array
    late_subexcitability: Array


INTERVALS_S = (2e-3, 2.5e-3, 3e-3, 4e-3, 5e-3, 6e-3, 7e-3, 10e-3, 15e-3, 20e-3, 30e-3, 45e-3, 60e-3, 0.1, 0.2)


def recovery_cycle(
    model: str | Path | Model,
    *,
    ions: Ions,
    intervals: Sequence[float] = INTERVALS_S,
    width: float = 1e-3,
    conditioning: float = 1.5,
    **keywords: Any,
) -> RecoveryCycle:
    """Threshold of a test pulse after an impulse, against the interval between them.

    Parameters
    ----------
    model : str, Path or Model
        With an injected current.
    ions : Ions
    intervals : sequence of float
        Ascending, each longer than `width`, s.
    width : float
        Of both pulses, s.
    conditioning : float
        Size of the conditioning pulse, in thresholds.
    **keywords
        For `thresholds`: parameters, lowest, highest, simulate.
    """
    given = np.asarray(intervals, dtype=float)
    if given.ndim != 1 or not len(given) or not np.isfinite(given).all() or (np.diff(given) <= 0).any():
        raise InputError("intervals are times in ascending order, in s")
    if not 0 < width < given[0]:
        raise InputError(
            f"a pulse of {width:g} s must be longer than 0 and shorter than the first interval, {given[0]:g} s"
        )
    if not conditioning > 1:
        raise InputError(f"a conditioning pulse of {conditioning:g} thresholds evokes no impulse: it must be above 1")
    start = 1e-3
    alone = _of_pulses(model, [width], ions=ions, start=start, **keywords)
    if np.isnan(alone).any():
        raise InputError("a recovery cycle needs an impulse, and in one of the conditions no pulse evokes one")

    def test(interval: float) -> Callable[[float, int], Protocol]:
        return lambda amplitude, c: Pulses(
            [Step(conditioning * float(alone[c, 0]), width, start), Step(amplitude, width, start + interval)]
        )

    found = thresholds(
        model,
        [test(interval) for interval in given.tolist()],
        ions=ions,
        after=(start + given).tolist(),
        until=_tick(start + given[-1] + width + _LATENCY_S),
        **{**keywords, "lowest": 0.1 * alone, "highest": 10 * alone},
    )
    change = found / alone - 1.0
    early, late = given <= _EARLY_S, given >= _EARLY_S
    nothing = np.full(len(change), np.nan)
    return RecoveryCycle(
        given,
        change,
        np.array([_returns(given, row) for row in change]),
        np.fmin.reduce(change[:, early], axis=1) if early.any() else nothing,
        np.fmax.reduce(change[:, late], axis=1) if late.any() else nothing,
    )


def _returns(intervals: Array, change: Array) -> float:
    """The interval at which a threshold that was raised is back, interpolated; NaN if it never was or is not."""
    raised = np.isnan(change) | (change > 0)
    k = np.flatnonzero(~raised)
    if not raised[0] or not len(k):
        return float("nan")
    j = int(k[0])
    before = change[j - 1]
    if np.isnan(before):
        return float(intervals[j])
    return float(np.interp(0.0, [change[j], before], [intervals[j], intervals[j - 1]]))


# ---------------------------------------------------------------------------------------------------- long currents, or none


@dataclass(frozen=True)
class CurrentFrequency:
    """Current-frequency curves, one per condition.

    Parameters
    ----------
    currents : array
        In the model's unit.
    rate : array
        (conditions, currents): impulses in the second half of the step over its length, Hz.
    state : array of str
        (conditions, currents): what the cell does there, see `excitability.measures.activity`.
    """

    currents: Array
    rate: Array
    state: NDArray[np.str_]


def current_frequency(
    model: str | Path | Model,
    currents: Sequence[float],
    *,
    ions: Ions,
    duration: float = 1.0,
    parameters: Mapping[str, Any] | None = None,
    simulate: Callable[..., Recording] = _simulate,
    **keywords: Any,
) -> CurrentFrequency:
    """Rate of firing in long steps of current.

    Parameters
    ----------
    model : str, Path or Model
        With an injected current.
    currents : sequence of float
        In the model's unit.
    ions, parameters
        One condition per value.
    duration : float
        Of the steps, s.
    simulate, **keywords
        See `thresholds`.
    """
    given = np.asarray(currents, dtype=float)
    if given.ndim != 1 or not len(given) or not np.isfinite(given).all():
        raise InputError("a current-frequency curve needs a list of currents")
    conditions = _Conditions.of(ions, parameters)
    recording = simulate(
        model,
        **conditions.repeated(len(given)),
        protocol=[Step(current, duration) for current in given.tolist()] * conditions.number,
        duration=_tick(duration),
        sample=1.0,
        **{"noise": False, **keywords},
    )
    half = recording.duration / 2
    rate = [measures.count(recording.events(c), half, recording.duration) / half for c in range(len(recording))]
    shape = (conditions.number, len(given))
    return CurrentFrequency(given, np.reshape(rate, shape), activity(recording, half).state.reshape(shape))


@dataclass(frozen=True)
class Activity:
    """What cells do in the end, one entry per cell.

    Parameters
    ----------
    state : array of str
        See `excitability.measures.activity`.
    rate : array
        1 / mean interval in the end, Hz; 0 where there are fewer than two impulses.
    recording : Recording
        What it was judged by.
    """

    state: NDArray[np.str_]
    rate: Array
    recording: Recording


def activity(recording: Recording, last: float) -> Activity:
    """What every cell of a recording does in the end.

    Parameters
    ----------
    recording : Recording
        With traces of all cells; the first trace is the membrane potential.
    last : float
        How much of its end decides, s.
    """
    name = next(iter(recording.traces))
    in_the_end = recording.trace_time >= recording.duration - last
    states, rates = [], []
    for cell in range(len(recording)):
        times = recording.events(cell)
        potential = float(np.median(recording.trace(name, cell)[in_the_end]))
        states.append(measures.activity(times, potential=potential, until=recording.duration, last=last))
        late = times[times > recording.duration - last]
        rates.append(float((len(late) - 1) / (late[-1] - late[0])) if len(late) >= 2 else 0.0)
    return Activity(np.array(states), np.array(rates), recording)


def spontaneous_activity(
    model: str | Path | Model,
    *,
    ions: Ions,
    duration: float = 1.0,
    last: float = 0.4,
    parameters: Mapping[str, Any] | None = None,
    simulate: Callable[..., Recording] = _simulate,
    **keywords: Any,
) -> Activity:
    """What cells do by themselves when their ions change from normal to those given, at time 0.

    Parameters
    ----------
    model : str, Path or Model
    ions, parameters
        One condition per value.
    duration : float
        s.
    last : float
        How much of its end decides, s.
    simulate, **keywords
        See `thresholds`.
    """
    if not 0 < last < duration < np.inf:
        raise InputError(f"the last {last:g} s of {duration:g} s are impossible: the run must be the longer one")
    conditions = _Conditions.of(ions, parameters)
    given = conditions.repeated(1)
    given["ions"] = given["ions"].from_normal()
    recording = simulate(model, **given, duration=_tick(duration), **{"noise": False, "sample": 1.0, **keywords})
    return activity(recording, last)


@dataclass(frozen=True)
class Hysteresis:
    """Currents at the first and the last impulse of a slow ramp, one entry per condition; NaN where there is none.

    Parameters
    ----------
    recruitment, derecruitment : array
        In the model's unit. Where derecruitment is the lower, the cell holds on to its firing.
    """

    recruitment: Array
    derecruitment: Array


def ramp_hysteresis(
    model: str | Path | Model,
    peak: float,
    *,
    ions: Ions,
    duration: float = 10.0,
    parameters: Mapping[str, Any] | None = None,
    simulate: Callable[..., Recording] = _simulate,
    **keywords: Any,
) -> Hysteresis:
    """Recruitment and derecruitment by a current that rises slowly and falls again.

    Parameters
    ----------
    model : str, Path or Model
        With an injected current.
    peak : float
        In the model's unit.
    ions, parameters
        One condition per value.
    duration : float
        Up and down together, s. Currents are known to what they change within one interval between impulses.
    simulate, **keywords
        See `thresholds`.
    """
    conditions = _Conditions.of(ions, parameters)
    recording = simulate(
        model,
        **conditions.repeated(1),
        protocol=Ramp(peak, duration),
        duration=_tick(duration),
        traced=[],
        **{"noise": False, **keywords},
    )
    trains = [recording.events(cell) for cell in range(len(recording))]
    ends = np.array([(t[0], t[-1]) if len(t) else (np.nan, np.nan) for t in trains])
    currents = peak * (1 - np.abs(2 * ends / duration - 1))
    return Hysteresis(currents[:, 0], currents[:, 1])


# ----------------------------------------------------------------------------------------------------- trains of volleys


def cramps(
    model: str | Path | Model,
    *,
    ions: Ions,
    rates: Sequence[float],
    duration: float = 2.0,
    parameters: Mapping[str, Any] | None = None,
    repeats: int = 1,
    noise: bool = True,
    simulate: Callable[..., Recording] = _simulate,
    **keywords: Any,
) -> NDArray[np.bool_]:
    """Whether a train of each rate is followed by a cramp: self-sustained firing for 2 s or more.

    Parameters
    ----------
    model : str, Path or Model
        With a synapse for afferent volleys.
    ions : Ions
        One condition per value.
    rates : sequence of float
        Hz; 0 stands for no train at all. Every run has a cell of its own.
    duration : float
        Length of the trains, s.
    parameters : mapping, optional
        Numbers, or sequences with one value per condition.
    repeats : int
        Noise seeds per condition and rate.
    noise : bool
    simulate : function
        `excitability.simulate`, or that of an experiment's run.
    **keywords
        For `simulate`: seed, engine, keep.

    Returns
    -------
    array of bool
        (conditions, rates, repeats)

    Raises
    ------
    InputError
        No rates, or what `simulate` refuses.

    Notes
    -----
    The threshold frequency of cramps in people is the lowest rate of stimulation of a nerve that brings one on
    [MillerKnight2009]. Firing is followed just long enough to decide.
    """
    if not len(rates) or list(rates) != sorted(set(rates)):
        raise InputError("an assay of cramps needs rates in ascending order")
    conditions, each = _Conditions.of(ions, parameters), len(rates)
    end = _START_S + duration
    protocols: list[Protocol] = [Train(rate=r, duration=duration, start=_START_S) if r else Rest() for r in rates]
    recording = simulate(
        model,
        **conditions.repeated(each),
        protocol=protocols * conditions.number,
        duration=end + CRAMP_S + measures.GAP_S,
        repeats=repeats,
        noise=noise,
        traced=[],
        **keywords,
    )
    after = [
        measures.self_sustained(recording.events(cell), after=end, until=recording.duration).duration
        for cell in range(len(recording))
    ]
    return (np.array(after) >= CRAMP_S).reshape(conditions.number, each, repeats)


@dataclass(frozen=True)
class ThresholdFrequency:
    """The lowest rate of a train that brings on a cramp, in one condition.

    Parameters
    ----------
    rate : float or None
        Hz. Of one noiseless run per rate: the lowest that is followed by a cramp. Of several noise seeds: the rate at which
        half of them cramp, interpolated where their share first reaches one half. None if there is none up to the highest
        rate tried; the lowest rate tried if it does so there already.
    firm : bool or None
        Whether half of the runs or more cramp at every higher rate tried too. If not, this is a border state, in which
        only a window of rates does so. None where `rate` is.
    share : array
        Share of the runs that cramp, at every rate tried.
    without : float
        Share that fires on in the same way without any train. If it is not 0, `rate` means little.
    """

    rate: float | None
    firm: bool | None
    share: NDArray[np.float64]
    without: float


def threshold_frequency(
    model: str | Path | Model, *, rates: Sequence[float], noise: bool = True, repeats: int = 20, **keywords: Any
) -> list[ThresholdFrequency]:
    """The threshold frequency of cramps in every condition.

    Parameters
    ----------
    model, **keywords
        See `cramps`.
    rates : sequence of float
        Ascending, Hz.
    noise : bool
        Without, a single run decides at every rate.
    repeats : int
        Noise seeds.

    Returns
    -------
    list of ThresholdFrequency

    Notes
    -----
    Near the border single runs flip with the noise, the step or the method, so that claims rest on the rate at which half
    of at least 20 seeds cramp.
    """
    happened = cramps(model, rates=[0.0, *rates], noise=noise, repeats=repeats if noise else 1, **keywords)
    shares = happened.mean(axis=2)
    return [_threshold(rates, share[1:], float(share[0]), noise) for share in shares]


def _threshold(
    rates: Sequence[float], share: NDArray[np.float64], without: float, interpolate: bool
) -> ThresholdFrequency:
    reached = np.flatnonzero(share >= 0.5)
    if not len(reached):
        return ThresholdFrequency(None, None, share, without)
    k = int(reached[0])
    rate = float(rates[k])
    if interpolate and k > 0:
        rate = float(np.interp(0.5, share[k - 1 : k + 1], rates[k - 1 : k + 1]))
    return ThresholdFrequency(rate, bool((share[k:] >= 0.5).all()), share, without)


# ------------------------------------------------------------------------------------------------- what ions do to nerve


RATES_HZ = tuple(float(rate) for rate in range(4, 61, 2))  # of the trains tried by `nerve`


@dataclass(frozen=True)
class Nerve:
    """What motoneuron and motor axon make of given ions, one entry per condition.

    Parameters
    ----------
    threshold : array
        Threshold frequency of cramps of the motoneuron, Hz; 0 where it fires on without any train, NaN where no rate brings
        one on.
    rheobase_ratio : array
        The axon's rheobase over that at the reference; 0 where it fires by itself, NaN where no current excites it.
    axon_state : array of str
        What the axon does by itself, see `excitability.measures.activity`.
    """

    threshold: Array
    rheobase_ratio: Array
    axon_state: NDArray[np.str_]


def nerve(
    *,
    plasma: Ions,
    cord: Ions,
    reference: Ions,
    rates: Sequence[float] = RATES_HZ,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    simulate: Callable[..., Recording] = _simulate,
    **keywords: Any,
) -> Nerve:
    """Threshold frequency of the motoneuron at the cord's ions, and rheobase of the motor axon at those of plasma.

    Parameters
    ----------
    plasma, cord : Ions
        One condition per value. Conditions that are alike within 0.1 uM are run once.
    reference : Ions
        The plasma whose rheobase is 1.
    rates : sequence of float
        Ascending; rates of the trains tried, Hz. The threshold is known to the distance between two of them.
    parameters : mapping of str to mapping, optional
        By model.
    simulate : function
        `excitability.simulate`, or that of an experiment's run.
    **keywords
        For `simulate`: engine, announce, progress.

    Notes
    -----
    Without noise, a single run decides at every rate.
    """
    given = dict(parameters or {})
    conditions = max(len(plasma), len(cord))
    if plasma.changes or cord.changes:
        raise InputError("an assay takes ions that stay as they are")
    if {len(plasma), len(cord)} - {1, conditions}:
        raise InputError(f"{len(plasma)} conditions of plasma and {len(cord)} of the cord do not pair up")

    def alike(ions: Ions) -> tuple[Ions, NDArray[np.int64]]:
        pairs = np.round([pair for pair in ions], 4)
        different, which = np.unique(pairs, axis=0, return_inverse=True)
        return Ions(ca=different[:, 0], mg=different[:, 1]), which.reshape(-1)

    cords, of_cord = alike(cord)
    shared = {"simulate": simulate, **keywords}
    found = threshold_frequency(
        "motoneuron", ions=cords, rates=rates, noise=False, parameters=given.get("motoneuron"), **shared
    )
    threshold = np.array([0.0 if one.without else np.nan if one.rate is None else one.rate for one in found])
    ca, mg = (_values(getattr(plasma, ion), conditions) for ion in ("ca", "mg"))
    plasmas, of_plasma = alike(Ions(ca=[*ca, reference.ca], mg=[*mg, reference.mg]))
    of_axon: dict[str, Any] = {"ions": plasmas, "parameters": given.get("motor_axon"), **shared}
    state = spontaneous_activity("motor_axon", **of_axon).state
    base = np.where(state == "blocked", np.nan, rheobase("motor_axon", **of_axon))
    base = np.where(state == "repetitive", 0.0, base)[of_plasma]
    return Nerve(np.resize(threshold[of_cord], conditions), base[:-1] / base[-1], state[of_plasma][:-1])


def _values(values: Any, number: int) -> list[float]:
    return [float(value) for value in np.broadcast_to(values, number)]
