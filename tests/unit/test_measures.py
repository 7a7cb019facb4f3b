import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from excitability import InputError, measures
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


# --- what a cell does, and impulses in a trace ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "potential", "word"),
    [
        ([], -65.0, "quiet"),
        ([], -20.0, "blocked"),
        ([0.01], -65.0, "single"),
        ([0.01], -39.0, "blocked"),
        ([0.01], -41.0, "single"),
        ([0.01, 0.02, 0.5], -65.0, "single"),
        ([0.7, 0.9], -65.0, "repetitive"),
        ([0.7, 0.9], -30.0, "repetitive"),  # firing from a high potential is firing
        ([0.1, 0.7], -65.0, "repetitive"),
        ([0.7], -65.0, "single"),
        ([0.6], -65.0, "single"),  # the edge belongs to what is before
    ],
)
def test_activity_in_a_word(times, potential, word):
    assert measures.activity(np.array(times), potential=potential, until=1.0, last=0.4) == word


def bump(t, at, height, width=0.5e-3):
    return height * np.exp(-(((t - at) / width) ** 2))


T = np.arange(0, 0.1, 5e-5)


def test_impulses_are_found_where_their_peaks_are():
    v = -70 + bump(T, 0.02, 100) + bump(T, 0.05, 60) + bump(T, 0.08, 30)
    assert measures.impulses(T, v) == pytest.approx([0.02, 0.05, 0.08], abs=5e-5)
    assert measures.impulses(T, v, prominence=40) == pytest.approx([0.02, 0.05], abs=5e-5)


def test_low_narrow_impulses_on_a_depolarised_potential_are_found():
    v = -35 + bump(T, 0.03, 25, 0.1e-3) + bump(T, 0.06, 25, 0.1e-3)  # they never reach 0 mV
    assert len(measures.impulses(T, v)) == 2


@pytest.mark.parametrize(
    "v",
    [
        np.full(len(T), -70.0),
        np.full(len(T), 20.0),  # begins and ends above every level
        np.where(T < 0.01, 20.0, -70.0),  # begins high
        np.where(T > 0.09, 20.0, -70.0),  # ends high
        -70 + 60 / (1 + np.exp(-(T - 0.03) / 1e-3)),  # a plateau that is reached and kept
        -70 + 60 * ((T > 0.02) & (T < 0.08)),  # and one that ends
        -70 + bump(T, 0.05, 10),  # too low
    ],
)
def test_no_impulse_where_there_is_none(v):
    assert len(measures.impulses(T, v)) == 0


def test_impulses_are_sought_in_even_traces_only():
    for times, values, how in (
        (T, T[:-1], {}),
        (T**2, T, {}),
        (T, T, {"prominence": 0}),
        (T, T, {"widest": -1}),
    ):
        with pytest.raises(InputError):
            measures.impulses(times, values, **how)
    assert len(measures.impulses(T[:2], T[:2])) == 0


def test_rises_through_a_level_are_interpolated():
    t = np.arange(6.0)
    assert measures.rises(t, np.array([0, 4, 0, 0, 2, 2.0]), 1.0) == pytest.approx([0.25, 3.5])
    assert len(measures.rises(t, np.array([5, 4, 3, 2, 1, 0.0]), 1.0)) == 0  # begins above
    assert measures.rises(t, np.array([0, 0, 0, 0, 0, 1.0]), 1.0) == pytest.approx([5.0])  # ends on it
    with pytest.raises(InputError):
        measures.rises(t, t[:-1], 1.0)


# --- twitches --------------------------------------------------------------------------------------------------------------


def tent(step=1.0, rest=2.0):
    """Rises from 10 to 30 by 4 units, and is back at 70."""
    t = np.arange(0, 101, step)
    return t, rest + np.interp(t, [10, 30, 70], [0, 4, 0])


@pytest.mark.parametrize("step", [0.25, 1.0, 2.0])
def test_a_twitch_is_measured_from_its_impulse_and_its_peak(step):
    found = measures.twitch(*tent(step), at=10)
    assert (found.rest, found.height) == (2, 4)
    assert found.time_to_peak == pytest.approx(20)
    assert found.half_relaxation == pytest.approx(20)
    assert found.half_width == pytest.approx(30)


def test_a_twitch_that_does_not_come_or_does_not_end():
    t, v = tent()
    assert measures.twitch(t, np.full_like(t, 3.0), at=10) == measures.Twitch(3.0, 0.0, None, None, None)
    cut = measures.twitch(t[:45], v[:45], at=10)
    assert (cut.time_to_peak, cut.half_relaxation, cut.half_width) == (20, None, None)


@pytest.mark.parametrize("at", [-1, 100, 200])
def test_an_impulse_outside_the_trace_is_refused(at, refused):
    with refused("outside of the trace"):
        measures.twitch(*tent(), at=at)


def test_relaxation_counts_from_the_last_impulse():
    t, v = tent()
    assert measures.relaxation(t, v, after=20, rest=2) == pytest.approx(30)
    assert measures.relaxation(t, v, after=30, rest=2, left=0.1) == pytest.approx(36)
    assert measures.relaxation(t, v, after=30, rest=0, left=0.1) is None  # it comes back to 2
    assert measures.relaxation(t, v, after=90, rest=2) is None


def test_ripple_is_what_force_loses_between_two_impulses():
    t, v = tent()
    assert measures.ripple(t, v, start=30, stop=50, rest=2) == pytest.approx(0.5)
    assert measures.ripple(t, np.full_like(t, 5.0), start=30, stop=50) == 0
    assert measures.ripple(t, v, start=80, stop=90, rest=2) is None
    assert measures.ripple(t, v, start=200, stop=300) is None


def test_a_trace_falls_as_it_rises():
    t, v = tent()
    assert measures.rises(t, v, 4) == pytest.approx([20])
    assert measures.falls(t, v, 4) == pytest.approx([50])
