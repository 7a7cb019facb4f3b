"""Numbers with unit names: reading them, converting them, and refusing those that cannot be.

A quantity in the core is a plain number together with a unit name such as ``"mS/cm**2"``; pint knows the units, and
quantities of Brian2 or pint are read as well. Pint is imported on first use: it costs a quarter of a second.
"""

import functools
import math
import numbers
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from excitability.errors import InputError

_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf(?:inity)?))\s*(.*)", re.IGNORECASE)

# Kinds of quantity that have a lower limit, by an example of their unit, and whether 0 itself is possible.
_KINDS: dict[str, tuple[str, bool]] = {
    "mS/cm**2": ("conductance", True),
    "nS": ("conductance", True),
    "uF/cm**2": ("capacitance", False),
    "pF": ("capacitance", False),
    "mM": ("concentration", True),
    "ms": ("time", False),
    "Hz": ("rate", True),
    "K": ("absolute temperature", False),
    "um": ("length", True),
    "L": ("volume", False),
    "L/day": ("flow", False),
    "mmol": ("amount", True),
    "mmol/day": ("amount in a time", True),
}


@functools.cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(cache_folder=None)


@functools.lru_cache(maxsize=1024)
def _base(unit: str) -> tuple[float, Mapping[str, int]]:
    """Factor to SI and exponents of the SI base units."""
    try:
        quantity = _registry().Quantity(1.0, unit.replace("^", "**")).to_base_units()
    except Exception as problem:  # whatever pint's parser makes of it, it is not a unit
        raise InputError(f"'{unit}' is not a unit that is known here (for example mM, mV, mS/cm**2, Hz)") from problem
    if unit.strip() in ("degC", "degF", "celsius", "fahrenheit", "degree_Celsius", "degree_Fahrenheit"):
        return 1.0, {"kelvin": 1}  # for dimensions only: these scales have zeros of their own, see `convert`
    factor = float(f"{quantity.magnitude:.15g}")  # pint says 0.9999999999999999 for 1 mM in mol/m3
    return factor, {str(name): int(power) for name, power in quantity.units._units.items()}


def si_factor(unit: str) -> float:
    """Multiply a number in `unit` by this to get SI base units.

    Raises
    ------
    InputError
        Not a unit, or one that no factor can convert (degrees Celsius: give temperatures in K).
    """
    if same_dimension(unit, "K") and unit != "K" and abs(float(convert(0.0, unit, "K"))) > 0:
        raise InputError(f"a number in {unit} has no factor to K, because its zero is elsewhere; give it in K")
    return _base(unit)[0]


def to_si(value: Any, unit: str) -> Any:
    """Numbers in `unit` as SI base units; temperatures may be in degrees Celsius."""
    if same_dimension(unit, "K"):
        return convert(value, unit, "K")
    return value * si_factor(unit)


def same_dimension(a: str, b: str) -> bool:
    """Whether numbers in unit `a` can be converted to unit `b`."""
    return _base(a)[1] == _base(b)[1]


_SPELLINGS = (
    "1",
    "volt",
    "second",
    "hertz",
    "kelvin",
    "mole/meter**3",
    "siemens/meter**2",
    "siemens",
    "farad/meter**2",
    "farad",
    "amp/meter**2",
    "amp",
    "ohm",
    "meter",
    "coulomb",
    "mole",
    "newton",
)


@functools.cache
def base_units(unit: str) -> str:
    """The dimension of `unit` in SI units without prefix, as Brian2's equations spell it ("1" if there is none)."""
    powers = _base(unit)[1]
    for spelling in _SPELLINGS:
        if _base(spelling)[1] == powers:
            return spelling
    names = {"meter": "metre", "ampere": "amp"}
    return "*".join(f"{names.get(name, name)}**{power}" for name, power in sorted(powers.items()))


def convert(value: Any, unit: str, to: str) -> Any:
    """Convert numbers from one unit to another.

    Parameters
    ----------
    value : float or array
        Numbers in `unit`.
    unit, to : str
        Unit names, of the same dimension.

    Raises
    ------
    InputError
        The units measure different things.
    """
    if unit == to:
        return value
    if not same_dimension(unit, to):
        raise InputError(f"{unit} cannot be converted to {to}")
    if same_dimension(unit, "K"):  # the scales of temperature have zeros of their own
        return _registry().Quantity(value, unit).to(to).magnitude
    return value * (si_factor(unit) / si_factor(to))


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def check_possible(name: str, value: float, unit: str) -> None:
    """Refuse what no cell can have: NaN, infinity, a negative conductance, a capacitance of zero.

    Raises
    ------
    InputError
        Names the value and the reason.
    """
    shown = f"{name} = {value:g}" + ("" if unit == "1" else f" {unit}")
    if not math.isfinite(value):
        raise InputError(f"{shown} is not a finite number")
    for example, (what, zero) in _KINDS.items():
        if same_dimension(example, unit):
            if value < 0 or (value == 0 and not zero):
                limit = "cannot be negative" if zero else "must be above 0"
                raise InputError(f"{shown} is impossible: {_article(what)} {what} {limit}")
            return


def _from_foreign(value: Any, unit: str, name: str) -> Any:
    """Brian2 or pint quantities, recognised without importing either."""
    if hasattr(value, "dim") and hasattr(value, "get_best_unit"):  # Brian2
        order = ("meter", "kilogram", "second", "ampere", "kelvin", "mole", "candela")
        powers = {u: int(p) for u, p in zip(order, value.dim._dims, strict=True) if p}
        if powers != dict(_base(unit)[1]):
            raise InputError(f"{name} = {value} has the wrong unit: {unit} is needed")
        return np.asarray(value, dtype=float) / si_factor(unit)
    if hasattr(value, "magnitude") and hasattr(value, "to_base_units"):  # pint
        return convert(value.magnitude, str(value.units), unit)
    return None


def read_text(text: str, unit: str, name: str) -> float:
    """Read "0.25 mM", "250uM" or "0.25" (then in `unit`) as a number in `unit`."""
    text = " ".join(text.split())
    match = _NUMBER.fullmatch(text)
    if not match:
        expected = "a number" if unit == "1" else f"a number in {unit}, such as '1 {unit}'"
        raise InputError(f"{name} = '{text}' is not a number (expected {expected})")
    value, given = float(match[1]), match[2].strip()
    if not given or given == unit:
        return value
    try:
        compatible = same_dimension(given, unit)
    except InputError as problem:
        raise InputError(f"{name} = '{text}': {problem}") from problem
    if not compatible:
        raise InputError(f"{name} = '{text}' has the wrong unit: {unit} is needed")
    return float(convert(value, given, unit))


def read(value: Any, unit: str, name: str) -> float | NDArray[np.float64]:
    """Read a quantity given in any of the accepted ways.

    Parameters
    ----------
    value : float, str, Brian2 or pint quantity, or a sequence of these
        A bare number is in `unit`.
    unit : str
        The unit of the answer.
    name : str
        What it is called, for messages.

    Returns
    -------
    float or array
        In `unit`; an array for a sequence.

    Raises
    ------
    InputError
        Not a number, or a unit of another kind.
    """
    if isinstance(value, str):
        return read_text(value, unit, name)
    foreign = _from_foreign(value, unit, name)
    if foreign is not None:
        return float(foreign) if np.ndim(foreign) == 0 else np.asarray(foreign, dtype=float)
    if isinstance(value, bool):
        raise InputError(f"{name} = {value} is not a number in {unit}")
    if isinstance(value, numbers.Real):
        return float(value)
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return float(value)
    if isinstance(value, (list, tuple, np.ndarray)):
        return np.array([read(item, unit, name) for item in value], dtype=float)
    raise InputError(f"{name} = {value!r} is not a number in {unit}")
