"""Diets, diseases and treatments of the body, in the words of the clinic; the model itself is ``models/body.py``.

A diet is milligrams a day, a disease is a change of named parameters, and a treatment is a regimen with a course in time.
What comes out are ionised calcium and magnesium of plasma and cord, as `Ions`.
"""

from collections.abc import Mapping
from typing import Any

from excitability import quantities
from excitability.errors import InputError, unknown
from excitability.ions import MOLAR_MASS, NAMES
from excitability.protocol import Regimen

#: Parameters of the body in diseases and habits. The model has no phosphate, so that kidney failure is not among them.
DISEASES: dict[str, dict[str, float]] = {
    "hypoparathyroidism": {"gland": 0.03},
    # set point of 26 patients [Schwarz1994]; size of the glands calibrated on 3.3 times the normal hormone [Norman2011]
    "hyperparathyroidism": {"gland": 4.0, "set_point_shift": 1.32 / 1.13},
    # no saturable uptake, and a leak of the kidney where the same channel works
    "trpm6_loss": {"TRPM6": 0.0, "Mg_reabsorption": 0.6},
    "renal_magnesium_wasting": {"Mg_reabsorption": 0.65},
    "vitamin_d_deficiency": {"vitamin_D": 0.1},
    # alcohol and diuretics; the size is an assumption between them [Flink1986] [LearyReyes2000]
    "alcohol_or_diuretic": {"Mg_reabsorption": 0.85},
}
#: Sources behind `DISEASES` and `TREATMENTS`.
SOURCES = (
    "Schwarz1994",
    "Norman2011",
    "Schlingmann2002",
    "Flink1986",
    "LearyReyes2000",
    "MagnesiumSulfateLabel",
    "Turner2019",
    "Kooh1975",
)


def moles(ion: str, milligrams: float) -> float:
    """Millimoles in milligrams of an ion.

    Parameters
    ----------
    ion : {"ca", "mg"}
    milligrams : float
    """
    return milligrams / MOLAR_MASS[ion]


def eaten(ca: Any = None, mg: Any = None) -> dict[str, float]:
    """A diet as parameters of the body.

    Parameters
    ----------
    ca, mg : float or str, optional
        A day's calcium and magnesium: bare numbers are milligrams, text may carry a unit ("1 g", "20 mmol"). One that is
        left out is that of the reference body.

    Raises
    ------
    InputError
        Not an amount, negative, or more than anyone could eat (100 g).
    """
    found = {}
    for ion, value in (("ca", ca), ("mg", mg)):
        if value is None:
            continue
        found[f"{ion.capitalize()}_eaten"] = _moles_of(ion, value)
    return found


def _moles_of(ion: str, value: Any) -> float:
    name = f"{NAMES[ion]} eaten"
    if isinstance(value, str) and value.strip().lower().endswith("mol"):
        amount = quantities.read(value, "mmol", name)
    else:
        mass = quantities.read(value, "mg", name)
        amount = moles(ion, mass) if isinstance(mass, float) else mass
    if not isinstance(amount, float) or not 0 <= amount * MOLAR_MASS[ion] <= 1e5:
        raise InputError(f"{name} = {value} a day is impossible: it is 0 to 100 g (bare numbers are mg)")
    return amount


def disease(name: str) -> Mapping[str, float]:
    """Parameters of the body in a disease, by its name.

    Raises
    ------
    InputError
        Unknown, with the nearest name; kidney failure, which the model cannot show.
    """
    key = name.strip().lower().replace("-", "_").replace(" ", "_")
    if key in ("kidney_failure", "renal_failure", "no_kidneys", "ckd"):
        raise InputError(f"{name}: the body model has no phosphate, so it cannot show kidney failure")
    if key not in DISEASES:
        raise unknown("disease", name, DISEASES)
    return DISEASES[key]


def infusion(regimen: Regimen, day: float, ion: str, amount: float, hours: float) -> Regimen:
    """A regimen, and an ion infused into a vein.

    Parameters
    ----------
    regimen : Regimen
    day : float
        When it begins.
    ion : {"ca", "mg"}
    amount : float
        mmol.
    hours : float
        How long it takes. Begin and end must fall on time steps.
    """
    if ion not in NAMES:
        raise unknown("ion", ion, NAMES)
    if not amount > 0 or not hours > 0:
        raise InputError(f"an infusion of {amount:g} mmol over {hours:g} h is impossible: both must be above 0")
    name, length = f"{ion.capitalize()}_infused", hours / 24
    return regimen.then(day, **{name: amount / length}).then(day + length, **{name: 0.0})
