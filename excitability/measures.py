"""Measures: numbers from the times of impulses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GAP_S = 0.4  # a longer pause ends self-sustained firing


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
