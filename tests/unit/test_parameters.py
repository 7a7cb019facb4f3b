import math

import pytest

from excitability import Parameter
from excitability.parameters import override, remark

CONDUCTANCE = Parameter(0.175, "mS/cm**2", "Kim2017", (0.104, 0.389))
POTENTIAL = Parameter(-43.0, "mV", "Kim2017", (-50.0, -35.0))
TABLE = {"g_CaL": CONDUCTANCE, "V_half_d": POTENTIAL}


def test_value_in_si_follows_from_the_unit():
    assert CONDUCTANCE.si == pytest.approx(1.75)
    assert POTENTIAL.si == pytest.approx(-0.043)


def test_temperature_in_si_is_absolute():
    assert Parameter(36.0, "degC", "Kim2017", (32, 40)).si == pytest.approx(309.15)


@pytest.mark.parametrize(
    ("value", "unit", "source", "limits", "words"),
    [
        (1.0, "", "Kim2017", (0, 2), ["no unit", "'1'"]),
        (1.0, "banana", "Kim2017", (0, 2), ["banana"]),
        (1.0, "mV", "", (0, 2), ["source"]),
        (1.0, "mV", "Kim17", (0, 2), ["Kim17", "did you mean 'Kim2017'?"]),
        (1.0, "mV", "assumption", (0, 2), ["assumption without a reason"]),
        (-1.0, "mS/cm**2", "Kim2017", (-2, 2), ["-1 mS/cm**2", "conductance"]),
        (0.0, "uF/cm**2", "Kim2017", (0, 2), ["0 uF/cm**2", "capacitance"]),
        (math.nan, "mV", "Kim2017", (0, 2), ["nan"]),
        (math.inf, "mV", "Kim2017", (0, math.inf), ["inf"]),
        (5.0, "mV", "Kim2017", (0, 2), ["5 mV", "0 to 2"]),
        (1.0, "mV", "Kim2017", (2, 0), ["range"]),
        (1.0, "mV", "Kim2017", (math.nan, 2), ["range"]),
    ],
)
def test_incomplete_or_impossible_parameter_does_not_exist(value, unit, source, limits, words, refused):
    with refused(*words):
        Parameter(value, unit, source, limits)


def test_assumption_with_a_reason_is_a_source():
    assert Parameter(1.0, "1", "assumption", (0, 2), note="chosen for the rate").source == "assumption"


def test_changing_a_value_leaves_the_original_as_it_was():
    changed = CONDUCTANCE.set("g_CaL", "2 S/m**2")
    assert changed.value == pytest.approx(0.2)
    assert (changed.unit, changed.source) == (CONDUCTANCE.unit, CONDUCTANCE.source)
    assert CONDUCTANCE.value == 0.175


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("1 mV", ["'1 mV'", "mS/cm**2"]),
        (-0.1, ["-0.1", "conductance"]),
        ("nan", ["nan"]),
        ("much", ["'much'"]),
        (None, ["None"]),
        ([0.1, 0.2], ["one value"]),
    ],
)
def test_impossible_new_value_is_refused_by_name(value, words, refused):
    with refused("g_CaL", *words):
        CONDUCTANCE.set("g_CaL", value)


def test_override_changes_what_is_named_and_nothing_else():
    table, remarks = override(TABLE, {"g_CaL": 0.2})
    assert table["g_CaL"].value == 0.2
    assert table["V_half_d"] is POTENTIAL
    assert TABLE["g_CaL"].value == 0.175
    assert remarks == []


def test_override_remarks_on_values_outside_the_plausible_range():
    table, remarks = override(TABLE, {"g_CaL": "5 S/m**2", "V_half_d": -43})
    assert table["g_CaL"].value == pytest.approx(0.5)
    assert len(remarks) == 1
    assert all(word in remarks[0] for word in ("g_CaL", "0.5", "0.104", "0.389", "mS/cm**2"))


def test_override_of_a_misspelt_name_suggests_the_nearest(refused):
    with refused("g_Cal", "did you mean 'g_CaL'?"):
        override(TABLE, {"g_Cal": 0.2})


@pytest.mark.parametrize(("value", "said"), [(0.104, False), (0.389, False), (0.1039, True), (0.3891, True)])
def test_ends_of_the_range_are_plausible(value, said):
    assert (remark("g_CaL", CONDUCTANCE, value) is not None) == said
