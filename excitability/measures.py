"""Measures: numbers from the times of impulses, and the impulses in a trace."""

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
