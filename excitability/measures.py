"""Measures: numbers from the times of impulses, from twitches, and the impulses in a trace."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from excitability.errors import InputError, missing

GAP_S = 0.4  # a longer pause ends self-sustained firing
BLOCKED_MV = -40.0  # held above this without impulses, a membrane is blocked by depolarisation


def __getattr__(name: str) -> Any:
    raise missing("measure", name, globals())


@dataclass(frozen=True)
class SelfSustained:
    """Firing that outlasts a stimulus.

    Parameters
    ----------
    duration : float
        From the end of the stimulus to the last spike before a gap over 0.4 s; 0 if there is none. s.
    spikes : int
        Number of those spikes.
    rate : float or None
        1 / mean interval of those spikes, Hz; None below 2.
    interval_cv : float or None
        SD / mean of their intervals; None below 4 spikes.
    ended : bool
        Whether it ended before the recording did. If not, `duration` is a lower bound.
    """

    duration: float
    spikes: int
    rate: float | None
    interval_cv: float | None
    ended: bool


def self_sustained(times: NDArray[np.float64], *, after: float, until: float, gap: float = GAP_S) -> SelfSustained:
    """Measure the firing that outlasts a stimulus.

    Parameters
    ----------
    times : array
        Times of spikes in s, ascending.
    after : float
        End of the stimulus, s. The first gap counts from here.
    until : float
        End of the recording, s.
    gap : float
        s.

    Returns
    -------
    SelfSustained
    """
    later = np.asarray(times, dtype=float)
    later = later[(later > after) & (later <= until)]
    pauses = np.diff(np.concatenate([[after], later]))
    long = np.flatnonzero(pauses > gap)
    firing = later[: long[0]] if len(long) else later
    intervals = np.diff(firing)
    last = firing[-1] if len(firing) else after
    return SelfSustained(
        duration=float(last - after),
        spikes=len(firing),
        rate=float(1 / intervals.mean()) if len(firing) >= 2 else None,
        interval_cv=float(intervals.std() / intervals.mean()) if len(firing) >= 4 else None,
        ended=bool(until - last > gap),
    )


def count(times: NDArray[np.float64], start: float, stop: float) -> int:
    """Number of spikes with start < time <= stop, all in s."""
    times = np.asarray(times, dtype=float)
    return int(((times > start) & (times <= stop)).sum())


def activity(times: NDArray[np.float64], *, potential: float, until: float, last: float) -> str:
    """What a cell does in the end, in a word.

    Parameters
    ----------
    times : array
        Of its impulses, s, ascending.
    potential : float
        Its membrane potential in the end (the median, say), mV.
    until : float
        End of the recording, s.
    last : float
        How much of the end decides, s.

    Returns
    -------
    {"repetitive", "blocked", "single", "quiet"}
        Two impulses or more in the end; none there, and held above -40 mV (depolarisation block, which is not silence);
        impulses before but not in the end; none at all. A lone impulse in the end counts as repetitive if there were others
        before it.
    """
    times = np.asarray(times, dtype=float)
    late = count(times, until - last, until)
    if late >= 2 or (late == 1 and len(times) > 1):
        return "repetitive"
    if late == 0 and potential > BLOCKED_MV:
        return "blocked"
    return "single" if len(times) else "quiet"


def _trace(times: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times and values of a trace as arrays of one length."""
    t, v = np.asarray(times, dtype=float), np.asarray(values, dtype=float)
    if t.shape != v.shape or t.ndim != 1:
        raise InputError(f"a trace of {v.size} values and {t.size} times do not pair up")
    return t, v


def rises(times: NDArray[np.float64], values: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """Times at which a trace rises through a level, interpolated between its samples.

    Parameters
    ----------
    times, values : array
        Of the same length. A trace that begins above the level has not risen through it.
    level : float

    Returns
    -------
    array
        In the unit of `times`.
    """
    t, v = _trace(times, values)
    k = np.flatnonzero((v[:-1] < level) & (v[1:] >= level))
    return np.asarray(t[k] + (t[k + 1] - t[k]) * (level - v[k]) / (v[k + 1] - v[k]))


def falls(times: NDArray[np.float64], values: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """Times at which a trace falls through a level, interpolated between its samples; see `rises`."""
    return rises(times, -np.asarray(values, dtype=float), -level)


@dataclass(frozen=True)
class Twitch:
    """What one impulse brings about in a trace that rises and comes back: force, or calcium.

    Parameters
    ----------
    rest : float
        Before the impulse, in the unit of the trace.
    height : float
        Of the largest sample over `rest`; 0 if nothing rises.
    time_to_peak : float or None
        From the impulse to the largest sample, in the unit of the times; None if nothing rises.
    half_relaxation : float or None
        From there until half of `height` is left; None if it does not come so far.
    half_width : float or None
        From the rise through half of `height` to the fall through it.
    """

    rest: float
    height: float
    time_to_peak: float | None
    half_relaxation: float | None
    half_width: float | None


def twitch(times: NDArray[np.float64], values: NDArray[np.float64], *, at: float) -> Twitch:
    """Measure what follows an impulse.

    Parameters
    ----------
    times, values : array
        Of the same length; times ascend.
    at : float
        When the impulse comes, in the unit of `times`. The last sample until then is the rest.

    Returns
    -------
    Twitch

    Raises
    ------
    InputError
        Traces of different lengths, or an impulse outside of them.
    """
    t, v = _trace(times, values)
    before = int(np.searchsorted(t, at, side="right")) - 1
    if before < 0 or before >= len(t) - 1:
        raise InputError(f"an impulse at {at:g} is outside of the trace")
    rest = float(v[before])
    top = before + int(np.argmax(v[before:]))
    if not v[top] > rest:
        return Twitch(rest, 0.0, None, None, None)
    half = (rest + v[top]) / 2
    up, down = rises(t[before : top + 1], v[before : top + 1], half), falls(t[top:], v[top:], half)
    end = float(down[0]) if len(down) else None
    return Twitch(
        rest=rest,
        height=float(v[top] - rest),
        time_to_peak=float(t[top] - at),
        half_relaxation=None if end is None else end - float(t[top]),
        half_width=None if end is None else end - float(up[-1]),
    )


def relaxation(
    times: NDArray[np.float64], values: NDArray[np.float64], *, after: float, rest: float = 0.0, left: float = 0.5
) -> float | None:
    """How long after a tetanus (or a peak) a trace takes to come back so far that a share of its height is left.

    Parameters
    ----------
    times, values : array
        Of the same length; times ascend.
    after : float
        The last impulse, or the time of the peak, in the unit of `times`. The height is that of the largest sample from
        here on.
    rest : float
        What it comes back to.
    left : float
        Share of the height, from 0 to 1.

    Returns
    -------
    float or None
        From `after` on; None if it does not come so far.
    """
    t, v = _trace(times, values)
    late = t >= after
    t, v = t[late], v[late] - rest
    if not len(v) or not v.max() > 0:
        return None
    top = int(np.argmax(v))
    down = falls(t[top:], v[top:], left * float(v[top]))
    return float(down[0]) - after if len(down) else None


def ripple(
    times: NDArray[np.float64], values: NDArray[np.float64], *, start: float, stop: float, rest: float = 0.0
) -> float | None:
    """How far force falls back between two impulses: (largest - smallest) / largest.

    Parameters
    ----------
    times, values : array
        Of the same length.
    start, stop : float
        The interval, in the unit of `times`.
    rest : float
        What force is counted from.

    Returns
    -------
    float or None
        From 0 (fused) to 1 (every twitch for itself); None where there is no force in the interval.
    """
    t, v = _trace(times, values)
    within = v[(t >= start) & (t <= stop)] - rest
    if not len(within) or not within.max() > 0:
        return None
    return float((within.max() - within.min()) / within.max())


def impulses(
    times: NDArray[np.float64], potential: NDArray[np.float64], *, prominence: float = 20.0, widest: float = 10e-3
) -> NDArray[np.float64]:
    """Times of the peaks of impulses in a recorded potential, also of low and narrow ones that miss a fixed level.

    Parameters
    ----------
    times : array
        Evenly spaced, s.
    potential : array
        mV.
    prominence : float
        How far an impulse stands out from the potential on both of its sides, mV. A trace that begins or ends at a height
        holds no impulse there.
    widest : float
        Width at half its height beyond which it is a plateau and no impulse, s.

    Returns
    -------
    array
        s.

    Raises
    ------
    InputError
        Traces of different lengths, times that are not evenly spaced, a prominence or width that is not above 0.
    """
    from scipy.signal import find_peaks

    t, v = _trace(times, potential)
    if not (prominence > 0 and widest > 0):
        raise InputError(
            f"impulses of prominence {prominence:g} mV and width {widest:g} s are impossible: both are above 0"
        )
    if len(t) < 3:
        return np.empty(0)
    step = float(t[-1] - t[0]) / (len(t) - 1)
    if not step > 0 or np.abs(np.diff(t) - step).max() > 1e-3 * step:
        raise InputError("impulses are sought in a trace with evenly spaced times")
    peaks, _ = find_peaks(v, prominence=prominence, width=(0, widest / step))
    return np.asarray(t[peaks])
