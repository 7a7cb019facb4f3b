import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from excitability.measures import GAP_S, count, self_sustained

TICKS = 1024  # times in whole 1/1024 s add without rounding


@st.composite
def trains(draw):
    """Ascending spike times, end of the stimulus, end of the recording."""
    intervals = draw(st.lists(st.integers(1, TICKS), max_size=40))
    after, watched = draw(st.integers(0, 10 * TICKS)), draw(st.integers(0, 30 * TICKS))
    return np.cumsum(intervals, dtype=float) / TICKS, after / TICKS, (after + watched) / TICKS


def test_nothing_after_the_stimulus_is_no_firing():
    for times in ([], [0.5, 0.9, 1.0]):
        found = self_sustained(times, after=1, until=3)
        assert (found.duration, found.spikes, found.rate, found.interval_cv, found.ended) == (0, 0, None, None, True)


def test_first_gap_counts_from_the_end_of_the_stimulus():
    assert self_sustained([1.41, 1.5, 1.6], after=1, until=3).duration == 0


def test_gap_of_exactly_the_limit_is_bridged_and_a_longer_one_is_not():
    assert GAP_S == 0.4
    assert self_sustained([0.4], after=0, until=3).duration == 0.4
    assert self_sustained([np.nextafter(0.4, 1)], after=0, until=3).duration == 0


def test_spikes_during_the_stimulus_are_ignored():
    during = self_sustained([0.2, 0.9, 1.0, 1.2, 1.4], after=1, until=3)
    assert during == self_sustained([1.2, 1.4], after=1, until=3)
    assert during.spikes == 2


def test_firing_ends_at_the_last_spike_before_a_gap():
    found = self_sustained([1.1, 1.3, 1.5, 2.0, 2.1], after=1, until=3)
    assert found.spikes == 3
    assert found.duration == pytest.approx(0.5)
    assert found.rate == pytest.approx(5)


def test_rate_needs_two_spikes_and_variation_four():
    found = [self_sustained(np.arange(1, n + 1) / 4, after=0, until=3) for n in range(6)]
    assert [f.spikes for f in found] == [0, 1, 2, 3, 4, 5]
    assert [f.rate for f in found] == [None, None, 4, 4, 4, 4]
    assert [f.interval_cv for f in found] == [None, None, None, None, 0, 0]


def test_rate_and_variation_are_those_of_the_intervals():
    found = self_sustained(np.cumsum([0.05, 0.1, 0.3, 0.1, 0.3]), after=0, until=3)
    assert found.rate == pytest.approx(5)
    assert found.interval_cv == pytest.approx(0.5)


def test_firing_that_reaches_the_end_of_the_recording_has_not_ended():
    spikes = [1.25, 1.5, 1.75]
    assert not self_sustained(spikes, after=1, until=2).ended
    assert self_sustained(spikes, after=1, until=2.5).ended
    assert self_sustained(spikes, after=1, until=1.6).spikes == 2


def test_another_gap_may_be_asked_for():
    assert self_sustained([1.5, 2.0], after=1, until=4, gap=0.6).spikes == 2


@given(trains())
def test_duration_is_never_negative_nor_beyond_the_recording(train):
    times, after, until = train
    found = self_sustained(times, after=after, until=until)
    assert 0 <= found.duration <= until - after
    assert (found.duration == 0) == (found.spikes == 0)
    assert found.spikes <= count(times, after, until)


@given(trains(), st.integers(1, 100))
def test_clock_may_start_anywhere(train, shift):
    times, after, until = train
    assert self_sustained(times + shift, after=after + shift, until=until + shift) == self_sustained(
        times, after=after, until=until
    )


@given(trains(), st.floats(0.05, 2))
def test_longer_gap_never_shortens_the_firing(train, gap):
    times, after, until = train
    short, long = (self_sustained(times, after=after, until=until, gap=g) for g in (gap, 2 * gap))
    assert short.duration <= long.duration


def test_count_includes_the_end_and_not_the_beginning():
    assert count([1.0, 1.5, 2.0, 2.5], 1, 2) == 2
    assert count([], 0, 1) == 0
