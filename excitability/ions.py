"""Ionised calcium and magnesium of one compartment, in mM.

Calcium is the trigger and magnesium the blocker; everything excitable is given these two numbers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from excitability import quantities
from excitability.errors import InputError, unknown

LIMIT_MM = 10.0  # above this a concentration is taken for a slip of the unit

#: Ionised concentrations (Ca, Mg) in mM of the named states.
PRESETS: dict[str, tuple[float, float]] = {
    "normal": (1.20, 0.55),
    "low_magnesium": (1.20, 0.25),
    "low_calcium": (0.90, 0.55),
    "hypomagnesaemic_tetany": (0.90, 0.25),
    "high_magnesium": (1.20, 1.5),
}

#: Adult plasma, ionised, mM: (low, high, source).
REFERENCE_RANGES: dict[str, tuple[float, float, str]] = {
    "ca": (1.16, 1.31, "AroraJefferson2023"),
    "mg": (0.46, 0.66, "vanIngen1994"),  # mean +- 2 SD of 76 healthy people
}

#: Ionised share of the total in plasma: (share, source).
IONISED_SHARE: dict[str, tuple[float, str]] = {
    "ca": (0.52, "CalviBushinsky2008"),  # "approximately 50 %"; 0.52 joins 1.25 ionised to 2.40 mM total
    "mg": (0.65, "vanIngen1994"),
}

#: Molar mass in g/mol (IUPAC 2021 standard atomic weights).
MOLAR_MASS: dict[str, float] = {"ca": 40.078, "mg": 24.305}

VALENCE = 2
NAMES = {"ca": "calcium", "mg": "magnesium"}

_UNIT = re.compile(r"(?P<number>[-+0-9.eE]*)\s*(?P<unit>mEq/[lL]|mg/d[lL])\s*$")


def millimolar(ion: str, value: Any) -> float | NDArray[np.float64]:
    """Read a concentration of calcium or magnesium as mM.

    Parameters
    ----------
    ion : {"ca", "mg"}
    value : float, str, quantity, or a sequence of these
        A bare number is in mM. Text may carry a molar unit ("250 uM"), "mEq/L" or "mg/dL", and the word "total" for a
        laboratory's total value, of which the ionised share is taken ("1.8 mg/dL total").

    Returns
    -------
    float or array
        In mM.

    Raises
    ------
    InputError
        Not a number or not a concentration.
    """
    name = NAMES[ion]
    if isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.dtype.kind in "US"):
        return np.array([millimolar(ion, item) for item in value], dtype=float)
    if isinstance(value, str) and value.strip().endswith("total"):
        bare = value.strip().removesuffix("total").strip()
        if not re.search(r"[A-Za-z]", bare):
            raise InputError(f"total {name} = '{value}' needs its unit: mM, mEq/L or mg/dL")
        return millimolar(ion, bare) * IONISED_SHARE[ion][0]
    if isinstance(value, str) and (match := _UNIT.match(value)):
        number = quantities.read_text(match["number"], match["unit"], name)
        if match["unit"].lower() == "meq/l":
            return number / VALENCE
        return number * 10.0 / MOLAR_MASS[ion]
    return quantities.read(value, "mM", name)


def _checked(ion: str, value: Any, extreme: bool) -> float | NDArray[np.float64]:
    accepted = f"ionised {NAMES[ion]} is 0 to {LIMIT_MM:g} mM"
    try:
        concentration = millimolar(ion, value)
    except InputError as problem:
        raise InputError(f"{problem} ({accepted})") from problem
    except (TypeError, ValueError) as problem:  # a table, or lists in lists
        raise InputError(f"{NAMES[ion]} takes a number or a list of numbers ({accepted})") from problem
    if np.size(concentration) == 0:
        raise InputError(f"{NAMES[ion]} has no value ({accepted})")
    if np.ndim(concentration) > 1:
        raise InputError(f"{NAMES[ion]} takes a number or a list of numbers, not a table ({accepted})")
    for number in np.atleast_1d(concentration):
        if not np.isfinite(number) or number < 0:
            raise InputError(f"ionised {NAMES[ion]} = {number:g} mM is impossible: it is 0 to {LIMIT_MM:g} mM")
        if number > LIMIT_MM and not extreme:
            raise InputError(
                f"ionised {NAMES[ion]} = {number:g} mM is outside 0 to {LIMIT_MM:g} mM: is the unit right? "
                "(in Python, extreme=True lifts the upper limit)"
            )
    if isinstance(concentration, np.ndarray):
        concentration.setflags(write=False)
    return concentration


@dataclass(frozen=True)
class Change:
    """Ions set to new values at a time: `at` in seconds on the run's clock (infinity: never), `ca` and `mg` in mM."""

    at: NDArray[np.float64]
    ca: NDArray[np.float64] | None
    mg: NDArray[np.float64] | None


@dataclass(frozen=True, eq=False)
class Ions:
    """Ionised calcium and magnesium at the cell, in mM; immutable.

    Parameters
    ----------
    ca, mg : float, str, quantity, or a sequence with one value per condition
        Ionised concentrations. Bare numbers are mM; text may say "250 uM", "0.5 mEq/L" or "4.8 mg/dL".
    extreme : bool
        Allow more than 10 mM.

    Raises
    ------
    InputError
        Negative, NaN, above 10 mM, not a concentration, or lists of different lengths.

    Examples
    --------
    >>> Ions(ca=1.2, mg="250 uM").mg
    0.25
    >>> print(Ions.preset("low_magnesium"))
    ionised Ca 1.2 mM (normal), Mg 0.25 mM (low)
    """

    ca: Any = PRESETS["normal"][0]
    mg: Any = PRESETS["normal"][1]
    extreme: bool = False
    changes: tuple[Change, ...] = field(default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "ca", _checked("ca", self.ca, self.extreme))
        object.__setattr__(self, "mg", _checked("mg", self.mg, self.extreme))
        try:
            np.broadcast_shapes(np.shape(self.ca), np.shape(self.mg))
        except ValueError:
            raise InputError(
                f"{np.size(self.ca)} values of calcium and {np.size(self.mg)} of magnesium do not pair up; "
                "Ions.grid makes every combination"
            ) from None

    @classmethod
    def preset(cls, name: str) -> "Ions":
        """One of the named states: normal, low_magnesium, low_calcium, hypomagnesaemic_tetany, high_magnesium."""
        key = name.replace("-", "_")
        if key not in PRESETS:
            raise unknown("ion preset", name, PRESETS)
        ca, mg = PRESETS[key]
        return cls(ca=ca, mg=mg)

    @classmethod
    def from_total(cls, ca: Any = None, mg: Any = None, *, unit: str) -> "Ions":
        """Ionised values from a laboratory's total plasma values.

        Parameters
        ----------
        ca, mg : float or sequence, optional
            Total concentrations in `unit`; one that is left out is normal.
        unit : {"mM", "mmol/L", "mEq/L", "mg/dL"}
            Laboratories differ, so it must be said.

        Notes
        -----
        The ionised share is 0.52 of calcium and 0.65 of magnesium (`IONISED_SHARE`), without albumin or pH.
        """
        if not isinstance(unit, str) or not unit.strip() or "total" in unit:
            raise InputError("total concentrations need their unit: mM, mEq/L or mg/dL")
        given: dict[str, Any] = {}
        for ion, total in (("ca", ca), ("mg", mg)):
            if total is not None:
                try:
                    values = np.asarray(total, dtype=float)
                except (TypeError, ValueError):
                    raise InputError(f"total {NAMES[ion]} = {total} is not a number in {unit}") from None
                given[ion] = millimolar(ion, [f"{number!r} {unit} total" for number in values.ravel().tolist()])
                given[ion] = given[ion].reshape(values.shape) if values.shape else float(given[ion][0])
        return cls(**given)

    @classmethod
    def grid(cls, ca: ArrayLike, mg: ArrayLike) -> "Ions":
        """Every combination of the given values: calcium varies slowest."""
        levels = [np.atleast_1d(millimolar("ca", ca)), np.atleast_1d(millimolar("mg", mg))]
        all_ca, all_mg = np.meshgrid(*levels, indexing="ij")
        return cls(ca=all_ca.ravel(), mg=all_mg.ravel())

    def then(self, *, at: Any, ca: Any = None, mg: Any = None) -> "Ions":
        """The same ions, set to other values at a time (magnesium given in mid-cramp).

        Parameters
        ----------
        at : float or sequence
            Seconds on the run's clock; one per condition if a sequence; infinity for a condition without change.
        ca, mg : float or sequence, optional
            New ionised values in mM; one that is left out stays.
        """
        try:
            times = np.atleast_1d(np.array(at, dtype=float))
        except (TypeError, ValueError):
            raise InputError(f"at = {at} is not a time in seconds") from None
        if np.isnan(times).any() or (times < 0).any():
            raise InputError("ions can be changed at a time from 0 s on, in seconds")
        new = {
            ion: None if value is None else np.atleast_1d(_checked(ion, value, self.extreme))
            for ion, value in (("ca", ca), ("mg", mg))
        }
        change = Change(at=times, ca=new["ca"], mg=new["mg"])
        try:
            np.broadcast_shapes(
                np.shape(self.ca), np.shape(self.mg), times.shape, *(v.shape for v in new.values() if v is not None)
            )
        except ValueError:
            raise InputError("times and new values of ions must pair up with the conditions") from None
        return Ions(ca=self.ca, mg=self.mg, extreme=self.extreme, changes=(*self.changes, change))

    def from_normal(self, *, at: float = 0.0) -> "Ions":
        """Normal ions that change to these at a time (s), in every condition."""
        return Ions(ca=np.full(len(self), Ions().ca)).then(at=at, ca=self.ca, mg=self.mg)

    def repeated(self, each: int, conditions: int | None = None) -> "Ions":
        """Every condition `each` times, one after the other; ions of one condition serve as many as are said."""
        number = conditions or len(self)

        def spread(values: Any) -> Any:
            return None if values is None else np.repeat(np.broadcast_to(values, number), each)

        changes = tuple(Change(spread(c.at), spread(c.ca), spread(c.mg)) for c in self.changes)
        return Ions(ca=spread(self.ca), mg=spread(self.mg), extreme=True, changes=changes)

    def __len__(self) -> int:
        shapes = [np.shape(self.ca), np.shape(self.mg)]
        for change in self.changes:
            shapes += [change.at.shape, *(v.shape for v in (change.ca, change.mg) if v is not None)]
        return int(np.prod(np.broadcast_shapes(*shapes), dtype=int))

    def __iter__(self) -> Iterator[tuple[float, float]]:
        ca, mg = np.broadcast_to(self.ca, len(self)), np.broadcast_to(self.mg, len(self))
        return iter([(float(c), float(m)) for c, m in zip(ca, mg, strict=True)])

    def __str__(self) -> str:
        if np.ndim(self.ca) or np.ndim(self.mg):
            return f"{len(self)} conditions of ionised Ca and Mg"
        words = [
            f"{ion.capitalize()} {value:g} mM ({judge(ion, value)})"
            for ion, value in (("ca", self.ca), ("mg", self.mg))
        ]
        return f"ionised {', '.join(words)}"


def judge(ion: str, value: float) -> str:
    """Say "low", "normal" or "high" of a concentration in mM, against the adult plasma reference range."""
    low, high, _ = REFERENCE_RANGES[ion]
    return "low" if value < low else "high" if value > high else "normal"
