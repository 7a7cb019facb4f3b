"""Parameters: a value with its unit, its source and the range that is plausible for it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from excitability import quantities
from excitability.errors import InputError, unknown
from excitability.references import REFERENCES

ASSUMPTION = "assumption"


@dataclass(frozen=True)
class Parameter:
    """One constant of a model.

    Parameters
    ----------
    value : float
        In `unit`.
    unit : str
        A unit name, for example ``"mS/cm**2"``; ``"1"`` for a pure number.
    source : str
        A key of the bibliography (`excitability.references`), or ``"assumption"``, which needs a `note` with the reason.
    range : (float, float)
        Plausible lowest and highest value, in `unit`. Values outside are accepted with a remark.
    note : str
        What a reader should know: where in the source, why this value.

    Raises
    ------
    InputError
        No unit, no source, an assumption without its reason, a value outside its own range, or an impossible value
        (negative conductance, capacitance of zero, NaN).
    """

    value: float
    unit: str
    source: str
    range: tuple[float, float]
    note: str = ""

    def __post_init__(self) -> None:
        if not self.unit:
            raise InputError(f"parameter {self.value} has no unit (a pure number has the unit '1')")
        if self.source == ASSUMPTION and not self.note.strip():
            raise InputError(f"parameter {self.value} {self.unit} is an assumption without a reason (note)")
        if self.source != ASSUMPTION and self.source not in REFERENCES:
            raise unknown("source", self.source, [*REFERENCES, ASSUMPTION])
        try:
            low, high = (float(limit) for limit in self.range)
            value = float(self.value)
        except (TypeError, ValueError):
            raise InputError(f"parameter {self.value} {self.unit} needs a number and a range of two numbers") from None
        quantities.check_possible("parameter", value, self.unit)
        if not low <= self.value <= high:
            raise InputError(f"parameter {self.value:g} {self.unit} lies outside its own range {low:g} to {high:g}")

    @property
    def si(self) -> float:
        """The value in SI base units, as equations see it."""
        return float(quantities.to_si(self.value, self.unit))

    def set(self, name: str, value: Any) -> "Parameter":
        """The same parameter with another value, given as a number in its unit or with a unit of its own."""
        number = quantities.read(value, self.unit, name)
        if not isinstance(number, float):
            raise InputError(f"{name} takes one value, not a list")
        quantities.check_possible(name, number, self.unit)
        low, high = self.range
        return replace(self, value=number, range=(min(low, number), max(high, number)))


def remark(name: str, parameter: Parameter, value: float) -> str | None:
    """A sentence if `value` is outside the plausible range of `parameter`, else None."""
    low, high = parameter.range
    if low <= value <= high:
        return None
    return f"{name} = {value:g} {parameter.unit} is outside its plausible range, {low:g} to {high:g} {parameter.unit}"


def override(known: Mapping[str, Parameter], changes: Mapping[str, Any]) -> tuple[dict[str, Parameter], list[str]]:
    """Replace values in a parameter table.

    Parameters
    ----------
    known : mapping of name to Parameter
    changes : mapping of name to number, text with unit, or quantity

    Returns
    -------
    (dict, list of str)
        The new table, and a remark for every value outside its plausible range.

    Raises
    ------
    InputError
        Unknown name (with the nearest), wrong unit, impossible value.
    """
    table, remarks = dict(known), []
    for name, value in changes.items():
        if name not in known:
            raise unknown("parameter", name, known)
        table[name] = known[name].set(name, value)
        said = remark(name, known[name], table[name].value)
        if said:
            remarks.append(said)
    return table, remarks
