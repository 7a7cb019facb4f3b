import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from excitability import Ions, judge
from excitability.ions import MOLAR_MASS

POSSIBLE = st.floats(0, 10)


@pytest.mark.parametrize(
    ("name", "ca", "mg"),
    [
        ("normal", 1.20, 0.55),
        ("low_magnesium", 1.20, 0.25),
        ("low-magnesium", 1.20, 0.25),
        ("low_calcium", 0.90, 0.55),
        ("hypomagnesaemic_tetany", 0.90, 0.25),
        ("high_magnesium", 1.20, 1.5),
    ],
)
def test_presets_hold_the_agreed_concentrations(name, ca, mg):
    assert list(Ions.preset(name)) == [(ca, mg)]


def test_ions_are_normal_unless_told_otherwise():
    assert list(Ions()) == list(Ions.preset("normal"))


def test_misspelt_preset_suggests_the_nearest(refused):
    with refused("low_mag", "did you mean 'low_magnesium'?"):
        Ions.preset("low_mag")


@pytest.mark.parametrize(
    ("ion", "text", "expected"),
    [
        ("mg", "1 mEq/L", 0.5),
        ("mg", "1.1mEq/l", 0.55),
        ("ca", "10 mg/dL", 2.49513),
        ("mg", "1 mg/dl", 0.411438),
        ("mg", "250 uM", 0.25),
        ("ca", "1.2 mmol/L", 1.2),
        ("ca", "1.2", 1.2),
    ],
)
def test_concentrations_are_read_in_the_units_of_laboratories(ion, text, expected):
    assert getattr(Ions(**{ion: text}), ion) == pytest.approx(expected, rel=1e-5)


@given(POSSIBLE)
def test_milliequivalents_and_milligrams_lead_back_to_the_same_concentration(mM):
    assert Ions(mg=f"{2 * mM!r} mEq/L").mg == pytest.approx(mM, rel=1e-14)
    assert Ions(ca=f"{mM * MOLAR_MASS['ca'] / 10!r} mg/dL").ca == pytest.approx(mM, rel=1e-14)
    assert Ions(mg=f"{1000 * mM!r} uM").mg == pytest.approx(mM, rel=1e-14)


@given(POSSIBLE, POSSIBLE)
def test_everything_from_0_to_10_is_accepted_as_it_is(ca, mg):
    assert list(Ions(ca=ca, mg=mg)) == [(ca, mg)]


@given(st.floats().filter(lambda x: not 0 <= x <= 10), st.sampled_from(["ca", "mg"]))
def test_everything_else_is_refused(refused, value, ion):
    with refused(f"{value:g} mM"):
        Ions(**{ion: value})


IMPOSSIBLE = [
    (-0.1, "-0.1"),
    ("-1 mEq/L", "-0.5"),
    ([0.5, -0.1], "-0.1"),
    (50, "50"),
    (math.nan, "nan"),
    (math.inf, "inf"),
    ("5 mV", "5 mV"),
    ("1 banana", "banana"),
    ("much", "much"),
    (None, "None"),
    (True, "True"),
]


@pytest.mark.parametrize(("value", "shown"), IMPOSSIBLE)
def test_refusal_names_ion_and_value(value, shown, refused):
    with refused("magnesium", shown):
        Ions(mg=value)


@pytest.mark.parametrize("value", [-0.1, [0.5, -0.1], 50, math.nan, math.inf, "5 mV"])
def test_refusal_names_the_range(value, refused):
    with refused("0 to 10 mM"):
        Ions(mg=value)


@pytest.mark.parametrize("value", [[[1.0, 2.0], [3.0, 4.0]], np.ones((1, 2))])
def test_tables_of_concentrations_are_refused(value, refused):
    with refused("magnesium"):
        Ions(mg=value)


def test_more_than_10_mM_needs_to_be_said_twice():
    assert Ions(mg=50, extreme=True).mg == 50


@pytest.mark.parametrize(
    ("unit", "ca", "mg"),
    [("mM", 2.4, 0.85), ("mmol/L", 2.4, 0.85), ("mEq/L", 4.8, 1.7), ("mg/dL", 9.61872, 2.065925)],
)
def test_of_a_total_52_percent_of_calcium_and_65_of_magnesium_are_ionised(unit, ca, mg):
    ions = Ions.from_total(ca=ca, mg=mg, unit=unit)
    assert (ions.ca, ions.mg) == pytest.approx((1.248, 0.5525), rel=1e-6)


def test_total_that_is_left_out_is_normal_and_lists_stay_lists():
    ions = Ions.from_total(ca=[2.4, 2.0], unit="mM")
    assert ions.ca == pytest.approx([1.248, 1.04])
    assert ions.mg == 0.55


def test_total_needs_its_unit():
    with pytest.raises(TypeError, match="unit"):
        Ions.from_total(ca=2.4)


@pytest.mark.parametrize(
    "unit",
    ["", " ", None],
)
def test_total_with_an_empty_unit_is_refused(unit, refused):
    with refused("unit"):
        Ions.from_total(ca=2.4, unit=unit)


@pytest.mark.parametrize(
    ("text", "ca"), [("2.4 mM total", 1.248), ("4.8 mEq/L total", 1.248), ("10mg/dL total ", 1.29747), ("2.4 mM", 2.4)]
)
def test_text_may_say_that_a_value_is_total(text, ca):
    assert Ions(ca=text).ca == pytest.approx(ca, rel=1e-5)
    assert Ions(ca=[1.2, text]).ca == pytest.approx([1.2, ca], rel=1e-5)


def test_text_that_says_total_needs_its_unit(refused):
    with refused("9.6"):
        Ions(ca="9.6 total")


@pytest.mark.parametrize(
    ("ca", "unit", "word"),
    [
        (2.4, "mV", "mV"),
        (2.4, "banana", "banana"),
        (-1, "mM", "-0.52"),
        (math.nan, "mM", "nan"),
        ("much", "mM", "much"),
    ],
)
def test_impossible_total_is_refused(ca, unit, word, refused):
    with refused("calcium", word):
        Ions.from_total(ca=ca, unit=unit)


def test_ions_cannot_be_changed_from_outside():
    given_values = np.array([0.55, 0.25])
    ions = Ions(mg=given_values)
    given_values[:] = 9
    assert ions.mg.tolist() == [0.55, 0.25]
    with pytest.raises(dataclasses.FrozenInstanceError):
        ions.mg = 1.0
    with pytest.raises(ValueError, match="read-only"):
        ions.mg[0] = 1.0


def test_times_of_changes_cannot_be_changed_from_outside():
    times = np.array([1.0, 2.0])
    ions = Ions().then(at=times, mg=0.5)
    times[:] = 9
    assert ions.changes[0].at.tolist() == [1.0, 2.0]


def test_one_value_serves_all_conditions():
    assert list(Ions(ca=[1.2, 0.9], mg=0.25)) == [(1.2, 0.25), (0.9, 0.25)]
    assert [len(Ions()), len(Ions(ca=[1.2, 0.9], mg=0.25))] == [1, 2]


def test_lists_of_different_lengths_do_not_pair_up(refused):
    with refused("2", "3", "grid"):
        Ions(ca=[1.2, 0.9], mg=[0.1, 0.2, 0.3])


def test_grid_makes_every_combination_with_calcium_slowest():
    assert list(Ions.grid([1.2, 0.9], ["250 uM", 0.55])) == [(1.2, 0.25), (1.2, 0.55), (0.9, 0.25), (0.9, 0.55)]
    assert list(Ions.grid(1.2, 0.55)) == [(1.2, 0.55)]


def test_change_keeps_the_ions_before_it():
    before = Ions(mg=0.25)
    after = before.then(at=3.5, mg="3 mEq/L").then(at=5, ca=0.9)
    assert before.changes == ()
    assert list(after) == [(1.2, 0.25)]
    first, second = after.changes
    assert (first.at.tolist(), first.ca, first.mg.tolist()) == ([3.5], None, [1.5])
    assert (second.at.tolist(), second.ca.tolist(), second.mg) == ([5], [0.9], None)


def test_change_may_come_at_another_time_in_every_condition():
    assert len(Ions().then(at=[1.0, math.inf], mg=1.5)) == 2


def test_conditions_are_listed_as_they_are_counted():
    assert list(Ions().then(at=[1.0, math.inf], mg=1.5)) == [(1.2, 0.55), (1.2, 0.55)]


@pytest.mark.parametrize(
    "at",
    [
        -1,
        math.nan,
        None,
        [1.0, -1.0],
        "soon",
    ],
)
def test_impossible_time_of_a_change_is_refused(at, refused):
    with refused():
        Ions(mg=[0.25, 0.55]).then(at=at, mg=0.55)


@pytest.mark.parametrize("mg", [-1, 50, "5 mV", math.nan])
def test_impossible_new_value_is_refused(mg, refused):
    with refused("magnesium"):
        Ions().then(at=1, mg=mg)


@pytest.mark.parametrize("change", [{"at": [1, 2, 3], "mg": 0.5}, {"at": 1, "mg": [0.1, 0.2, 0.3]}])
def test_change_must_pair_up_with_the_conditions(change, refused):
    with refused("pair up"):
        Ions(mg=[0.25, 0.55]).then(**change)


@pytest.mark.parametrize(
    ("ion", "value", "word"),
    [
        ("ca", 1.15, "low"),
        ("ca", 1.16, "normal"),
        ("ca", 1.31, "normal"),
        ("ca", 1.32, "high"),
        ("mg", 0.45, "low"),
        ("mg", 0.46, "normal"),
        ("mg", 0.66, "normal"),
        ("mg", 0.67, "high"),
    ],
)
def test_judge_uses_the_adult_reference_range(ion, value, word):
    assert judge(ion, value) == word


def test_ions_say_what_they_are():
    assert str(Ions.preset("low_magnesium")) == "ionised Ca 1.2 mM (normal), Mg 0.25 mM (low)"
    assert str(Ions(mg=[0.1, 0.2, 0.3])) == "3 conditions of ionised Ca and Mg"


def test_repeated_ions_are_every_condition_several_times_with_its_changes():
    ions = Ions(ca=1.2, mg=[0.55, 0.25]).then(at=[np.inf, 3.0], mg=1.5)
    three = ions.repeated(3)
    assert list(three) == [(1.2, 0.55)] * 3 + [(1.2, 0.25)] * 3
    (change,) = three.changes
    assert change.at.tolist() == [np.inf] * 3 + [3.0] * 3
    assert change.mg.tolist() == [1.5] * 6
    assert change.ca is None
    assert len(Ions().repeated(2, 4)) == 8


def test_ions_reached_from_normal_begin_normal_in_every_condition():
    changed = Ions(ca=[1.0, 0.9], mg=[0.25, 0.55]).from_normal(at=0.1)
    assert list(changed) == [(Ions().ca, Ions().mg)] * 2
    (change,) = changed.changes
    assert (change.at.tolist(), change.ca.tolist(), change.mg.tolist()) == ([0.1], [1.0, 0.9], [0.25, 0.55])
