import math

import numpy as np
import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from excitability import quantities

FINITE = st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-12)


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("0.25 mM", "mM", 0.25),
        ("250uM", "mM", 0.25),
        ("250 µM", "mM", 0.25),  # micro sign
        ("250 μM", "mM", 0.25),  # Greek mu
        ("1.2 mmol/L", "mM", 1.2),
        (" .5 ", "mM", 0.5),
        ("-65", "mV", -65.0),
        ("-0.065 V", "mV", -65.0),
        ("1.75 S/m^2", "mS/cm**2", 0.175),
        ("1 uF/cm**2", "F/m**2", 0.01),
        ("0.06 s", "ms", 60.0),
        ("2e1 Hz", "Hz", 20.0),
        ("0.02 kHz", "1/s", 20.0),
        ("3 percent", "1", 0.03),
        ("1 cal", "J", 4.184),
    ],
)
def test_text_is_read_in_the_unit_it_says_or_in_the_one_needed(text, unit, expected):
    assert quantities.read(text, unit, "x") == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("unit", "factor", "base"),
    [
        ("mS/cm**2", 10.0, "siemens/meter**2"),
        ("uF/cm**2", 0.01, "farad/meter**2"),
        ("uA/cm**2", 0.01, "amp/meter**2"),
        ("mM", 1.0, "mole/meter**3"),
        ("mV", 1e-3, "volt"),
        ("1/ms", 1e3, "hertz"),
        ("nS", 1e-9, "siemens"),
        ("K", 1.0, "kelvin"),
        ("1", 1.0, "1"),
    ],
)
def test_units_have_their_si_factor_and_base(unit, factor, base):
    assert quantities.si_factor(unit) == pytest.approx(factor, rel=1e-14)
    assert quantities.base_units(unit) == base


@given(FINITE, st.sampled_from([("mS/cm**2", "S/m**2"), ("mV", "V"), ("uM", "mM"), ("ms", "s"), ("pF", "nF")]))
def test_conversion_there_and_back_changes_nothing(value, units):
    a, b = units
    assert quantities.convert(quantities.convert(value, a, b), b, a) == pytest.approx(value, rel=1e-14)


def test_arrays_are_converted_element_by_element():
    converted = quantities.convert(np.array([1.0, 2.0]), "V", "mV")
    assert converted.tolist() == [1000.0, 2000.0]


def test_units_of_different_things_are_not_converted(refused):
    with refused("mV", "mM"):
        quantities.convert(1.0, "mV", "mM")


@pytest.mark.parametrize("value", ["5 mV", "1 mmol/kg", "1 mM mM", "1 m M", "3 rad"])
def test_wrong_dimension_is_refused_with_the_unit_needed(value, refused):
    with refused("conc", value, "mM"):
        quantities.read(value, "mM", "conc")


def test_text_of_several_lines_is_refused_in_one(refused):
    with refused("conc"):
        quantities.read("1 mM\n2 mM", "mM", "conc")


@pytest.mark.parametrize("value", ["banana", "", "1 banana", "0,25 mM", "1/2 mM", "1.2 2 mM", "1.2-3 mM", "0x10"])
def test_text_that_is_no_quantity_is_refused_with_the_text(value, refused):
    with refused("conc", f"'{value}'"):
        quantities.read(value, "mM", "conc")


@pytest.mark.parametrize("value", ["1 (mM", "1 mM)", "1 __import__('os')"])
def test_brackets_that_do_not_make_a_unit_are_refused(value, refused):
    with refused("conc", value):
        quantities.read(value, "mM", "conc")


@pytest.mark.parametrize("value", [None, True, np.True_, {}, {1.0}, 1j, b"1", object, [1.0, None], range(2)])
def test_what_is_no_number_is_refused(value, refused):
    with refused("conc"):
        quantities.read(value, "mM", "conc")


@pytest.mark.parametrize("value", [np.float32(0.5), np.array(0.5), np.int64(2), 2])
def test_single_numbers_of_any_type_become_floats(value):
    number = quantities.read(value, "mM", "x")
    assert type(number) is float
    assert number == value


def test_lists_may_mix_numbers_and_text():
    mixed = quantities.read([1, "250 uM", 0.5], "mM", "x")
    assert mixed.tolist() == [1.0, 0.25, 0.5]


def test_quantities_of_pint_are_read_in_their_own_unit(refused):
    units = pint.UnitRegistry(cache_folder=None)
    assert quantities.read(250 * units.umol / units.L, "mM", "x") == pytest.approx(0.25)
    assert quantities.read([1.0, 2.0] * units.V, "mV", "x").tolist() == [1000.0, 2000.0]
    with refused("volt", "mM"):
        quantities.read(5 * units.V, "mM", "x")


def test_quantities_of_brian2_are_read_in_their_own_unit(refused):
    units = pytest.importorskip("brian2.units")
    assert quantities.read(0.25 * units.mmolar, "mM", "x") == pytest.approx(0.25)
    assert quantities.read([-65, 0] * units.mV, "mV", "x") == pytest.approx([-65.0, 0.0])
    assert quantities.read(2 * units.msiemens / units.cm**2, "mS/cm**2", "x") == pytest.approx(2.0)
    with refused("x", "wrong unit", "mM"):
        quantities.read(5 * units.mV, "mM", "x")


@pytest.mark.parametrize(("celsius", "kelvin"), [("36 degC", 309.15), ("0 degC", 273.15), ("98.6 degF", 310.15)])
def test_temperatures_are_converted_with_their_zero(celsius, kelvin):
    assert quantities.read(celsius, "K", "T") == pytest.approx(kelvin)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (math.nan, "mV", ["nan"]),
        (math.inf, "1", ["inf"]),
        (-math.inf, "mV", ["-inf"]),
        (-0.1, "mS/cm**2", ["-0.1 mS/cm**2", "conductance"]),
        (-1.0, "uS", ["-1 uS", "conductance"]),
        (0.0, "uF/cm**2", ["0 uF/cm**2", "capacitance"]),
        (-1.0, "pF", ["-1 pF", "capacitance"]),
        (-0.1, "uM", ["-0.1 uM", "concentration"]),
        (-1.0, "s", ["-1 s", "time"]),
        (-1.0, "1/ms", ["-1 1/ms", "rate"]),
        (0.0, "K", ["0 K", "temperature"]),
    ],
)
def test_what_no_cell_can_have_is_refused_with_value_and_reason(value, unit, words, refused):
    with refused("x = ", *words):
        quantities.check_possible("x", value, unit)


@pytest.mark.parametrize(
    ("value", "unit"), [(0.0, "mS/cm**2"), (-65.0, "mV"), (-5.0, "1"), (0.0, "mM"), (-3, "uA/cm**2")]
)
def test_what_a_cell_can_have_passes(value, unit):
    quantities.check_possible("x", value, unit)
