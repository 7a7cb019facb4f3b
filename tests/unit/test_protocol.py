import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from excitability import Impulses, Ramp, Regimen, Rest, Step, Together, Train

NAN, INF = math.nan, math.inf


@given(st.integers(1, 500), st.integers(1, 5000), st.integers(0, 3000))
def test_volley_k_comes_at_start_plus_1000_k_over_rate_ms_rounded_half_up(rate, duration_ms, start_ms):
    train = Train(rate=rate, duration=duration_ms / 1000, start=start_ms / 1000)
    count = math.ceil(Fraction(rate * duration_ms, 1000))
    expected = [start_ms + math.floor(Fraction(1000 * k, rate) + Fraction(1, 2)) for k in range(count)]
    assert np.round(train.volleys() * 1000).astype(int).tolist() == expected
    assert train.volleys() * 1000 == pytest.approx(expected, abs=1e-6)
    assert train.pulses == count


def test_halves_of_a_millisecond_are_rounded_up():
    assert Train(rate=400, duration=0.01, start=0).volleys() == pytest.approx([0, 0.003, 0.005, 0.008])


@pytest.mark.parametrize(("rate", "duration", "count"), [(20, 2, 40), (100, 0.07, 7), (3, 1.1, 4), (0.5, 1, 1)])
def test_number_of_volleys_is_rate_times_duration_rounded_up(rate, duration, count):
    assert len(Train(rate=rate, duration=duration).volleys()) == count


@pytest.mark.parametrize(
    ("protocol", "end", "words"),
    [
        (Rest(), 0.0, "no stimulus"),
        (Train(rate=20, duration=2), 2.5, "40 afferent volleys at 20 Hz from 0.5 s to 2.5 s"),
        (Train(rate="20 Hz", duration="500 ms", start=0), 0.5, "10 afferent volleys at 20 Hz from 0 s to 0.5 s"),
        (Step(5, duration=1, start=0.2), 1.2, "a current of 5 from 0.2 s to 1.2 s"),
        (Ramp(30, duration=4), 4.0, "a current ramp to 30 and back from 0 s to 4 s"),
    ],
)
def test_protocol_knows_its_end_and_says_itself(protocol, end, words):
    assert protocol.end == pytest.approx(end)
    assert protocol.in_words() == str(protocol) == words


def test_stimuli_together_add_up(refused):
    both = Together([Train(rate=20, duration=1), Impulses([0.5, 0.505]), Step(4, 1, start=0.6)])
    assert both.end == pytest.approx(1.6)
    assert both.volleys() == pytest.approx(sorted({*Train(rate=20, duration=1).volleys(), 0.505}))
    assert both.current() == ((0.6, 1.6, 4, 4),)
    assert "20 afferent volleys" in str(both) and str(both).endswith(", and a current of 4 from 0.6 s to 1.6 s")
    assert str(Together([])) == "no stimulus" and Together([]).end == 0 and len(Together([]).volleys()) == 0
    with refused("Together", "stimuli of a cell"):
        Together([Regimen()])
    with refused("Together", "20"):
        Together([20])


def test_currents_are_straight_pieces():
    assert Rest().current() == Train(rate=20).current() == ()
    assert Step(5, duration=1, start=0.5).current() == ((0.5, 1.5, 5, 5),)
    assert Ramp(30, duration=4, start=1).current() == ((1, 3, 0, 30), (3, 5, 30, 0))
    assert len(Step(5, duration=1).volleys()) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"rate": 0}, ["rate", "0 Hz"]),
        ({"rate": -5}, ["rate", "-5"]),
        ({"rate": 501}, ["rate", "501", "500 Hz"]),
        ({"rate": NAN}, ["rate", "nan"]),
        ({"rate": INF}, ["rate", "inf"]),
        ({"rate": "20 mV"}, ["rate", "20 mV", "Hz"]),
        ({"rate": [10, 20]}, ["rate"]),
        ({"rate": None}, ["rate"]),
        ({"rate": True}, ["rate"]),
        ({"rate": 20, "duration": NAN}, ["duration", "nan"]),
        ({"rate": 20, "duration": INF}, ["duration", "inf"]),
        ({"rate": 20, "duration": 0}, ["duration"]),
        ({"rate": 20, "start": -1}, ["start", "-1"]),
        ({"rate": 20, "start": NAN}, ["start", "nan"]),
    ],
)
def test_impossible_train_is_refused(arguments, words, refused):
    with refused(*words):
        Train(**arguments)


@pytest.mark.parametrize("kind", [Step, Ramp])
@pytest.mark.parametrize(
    ("size", "duration", "start", "word"),
    [
        (NAN, 1, 0, "nan"),
        (INF, 1, 0, "inf"),
        (5, 0, 0, "duration"),
        (5, NAN, 0, "duration"),
        (5, -1, 0, "duration"),
        (5, 1, -1, "start"),
        (5, 1, NAN, "start"),
    ],
)
def test_impossible_current_is_refused(kind, size, duration, start, word, refused):
    with refused(word):
        kind(size, duration, start)


@pytest.mark.parametrize("kind", [Step, Ramp])
@pytest.mark.parametrize("size", ["much", None, [1.0, 2.0]])
def test_current_that_is_no_number_is_refused(kind, size, refused):
    with refused():
        kind(size, 1.0)


def test_protocols_are_equal_when_they_say_the_same():
    assert Train(rate="20 Hz") == Train(rate=20.0)
    assert Train(rate=20) != Train(rate=21)


@pytest.mark.parametrize("protocol", [Rest(), Train(rate=20), Step(5, duration=1), Ramp(30, duration=4)])
def test_drawing_needs_no_run_and_labels_its_axes(protocol):
    ax = protocol.draw()
    assert ax.get_title() == protocol.in_words()
    assert ax.get_xlabel() == "time (s)"
    assert ax.get_ylabel()
    assert ax.get_xlim()[0] <= protocol.end <= ax.get_xlim()[1]


def test_drawing_uses_the_axes_given_and_shows_every_volley():
    ax = Figure().add_subplot()
    train = Train(rate=20)
    assert train.draw(ax) is ax
    drawn = [segment[0, 0] for segment in ax.collections[0].get_segments()]
    assert drawn == pytest.approx(train.volleys())


def test_drawn_current_reaches_its_peak_in_the_middle():
    (line,) = Ramp(30, duration=4, start=1).draw().lines
    assert np.interp([1, 2, 3, 4, 5], *line.get_data()) == pytest.approx([0, 15, 30, 15, 0])


def test_impulses_fall_on_whole_milliseconds_and_two_on_the_same_are_one():
    given = Impulses([0.0104, 0.0106, 0.0114, 0.5])
    assert given.volleys() == pytest.approx([0.010, 0.011, 0.5])
    assert given.end == 0.5
    assert given.in_words() == "4 impulses from 0.0104 s to 0.5 s"


def test_no_impulses_are_a_protocol_too():
    assert len(Impulses([]).volleys()) == 0
    assert Impulses([]).end == 0.0
    assert str(Impulses([])) == "no impulses"
    assert str(Impulses(["20 ms"])) == "1 impulse from 0.02 s to 0.02 s"


@pytest.mark.parametrize(("times", "said"), [([0.2, 0.1], "ascend"), ([-0.1], "0 or more"), ([math.nan], "0 or more")])
def test_impossible_impulses_are_refused(times, said, refused):
    with refused("impulse", said):
        Impulses(times)


LIFE = Regimen({"gland": 0.03}).then(0, Mg_eaten=4).then(120, Mg_eaten="20mmol/day", calcitriol_given=0.5)


@pytest.mark.parametrize(
    ("regimen", "end", "words"),
    [
        (Regimen(), 0.0, "the reference life"),
        (Regimen({"Ca_eaten": 5.0, "gland": 0}), 0.0, "always: Ca_eaten 5, gland 0"),
        (Regimen().then("36 h", Mg_eaten=4.25), 1.5, "day 1.5: Mg_eaten 4.25"),
        (LIFE, 120.0, "always: gland 0.03; day 0: Mg_eaten 4; day 120: Mg_eaten 20mmol/day, calcitriol_given 0.5"),
    ],
)
def test_a_regimen_says_itself_day_by_day(regimen, end, words):
    assert regimen.in_words() == str(regimen) == words
    assert regimen.end == end


def test_a_regimen_is_made_of_changes_and_stimulates_nothing():
    assert LIFE.changes() == (
        (-INF, {"gland": 0.03}),
        (0.0, {"Mg_eaten": 4}),
        (120.0, {"Mg_eaten": "20mmol/day", "calcitriol_given": 0.5}),
    )
    assert LIFE.current() == Rest().changes() == Train(20).changes() == ()
    assert len(LIFE.volleys()) == 0


def test_going_on_leaves_the_regimen_as_it_was():
    first = Regimen().then(0, Mg_eaten=4)
    second = first.then(3, Mg_eaten=5)
    assert len(first.course) == 1
    assert second == Regimen(course=[(0, {"Mg_eaten": 4}), (3, {"Mg_eaten": 5})])
    assert second != first


def test_what_is_changed_twice_on_a_day_stays_as_it_was_said_last():
    assert Regimen().then(2, Mg_eaten=4).then(2, Mg_eaten=5).changes()[1:] == (
        (2, {"Mg_eaten": 4}),
        (2, {"Mg_eaten": 5}),
    )


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([3, 2], ["ascend"]),
        ([-1], ["day", "-1"]),
        ([NAN], ["day", "nan"]),
        ([INF], ["day", "inf"]),
        (["2 mV"], ["day", "2 mV"]),
        ([None], ["day"]),
    ],
)
def test_impossible_days_are_refused(days, words, refused):
    with refused(*words):
        Regimen(course=[(day, {"Mg_eaten": 4}) for day in days])


def test_a_drawn_regimen_steps_from_value_to_value():
    ax = LIFE.draw()
    assert ax.get_title() == str(LIFE)
    assert "day" in ax.get_xlabel()
    drawn = {line.get_label(): [list(map(float, xy)) for xy in line.get_data()] for line in ax.lines}
    assert list(drawn) == ["Mg_eaten", "calcitriol_given"]
    assert np.ravel(drawn["Mg_eaten"]) == pytest.approx([0, 0, 120, 132, 4, 4, 20, 20])
    assert Regimen().draw(figure_axes := Figure().add_subplot()) is figure_axes
