"""Diets, diseases and treatments of the body, in the words of the clinic; the model itself is ``models/body.py``.

A diet is milligrams a day, a disease is a change of named parameters, and a treatment is a regimen with a course in time.
What comes out are ionised calcium and magnesium of plasma and cord, as `Ions`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from excitability import quantities
from excitability.errors import InputError, unknown
from excitability.ions import MOLAR_MASS, NAMES, Ions
from excitability.model import Model, load_model
from excitability.parameters import ASSUMPTION, Parameter
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


def moles(ion: str, milligrams: float) -> float:
    """Millimoles in milligrams of an ion.

    Parameters
    ----------
    ion : {"ca", "mg"}
    milligrams : float
    """
    return milligrams / MOLAR_MASS[ion]


def milligrams(ion: str, millimoles: float) -> float:
    """Milligrams in millimoles of an ion; see `moles`."""
    return millimoles * MOLAR_MASS[ion]


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


_HOLD_S = 1800.0  # several time steps of a run that follows hours


def held(model: Model, **unit_of: str) -> Model:
    """The model with some of its states held at values of one's own, as in a clamp experiment.

    Parameters
    ----------
    model : Model
    **unit_of : str
        Names of states, each with the unit of the value at which it is held; the values are parameters of the new model,
        ``held_`` and the name. A held state goes there within half an hour.

    Raises
    ------
    InputError
        No such state.
    """
    equations, table = model.equations, dict(model.parameters)
    for state, unit in unit_of.items():
        if state not in model.states:
            raise unknown("state variable", state, model.states)
        name = f"held_{state}"
        value = model.guess[state][0]
        table[name] = Parameter(value, unit, ASSUMPTION, (0.0, 1e3 * value), "held by the experiment")
        # what would change it stays in the text, times nothing, so that its parameters are still known
        equations = re.sub(
            rf"^d{state}/dt\s*=(.*):",
            rf"d{state}/dt = ({name} - {state})/({_HOLD_S}*second) + 0*(\1) :",
            equations,
            flags=re.MULTILINE,
        )
    names = [f"held_{state}" for state in unit_of]
    return replace(model, equations=equations, parameters=table, changing=(*model.changing, *names), example=None)


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


@dataclass(frozen=True)
class Treatment:
    """What is given, and how.

    Parameters
    ----------
    says : str
        In a sentence, with the dose.
    source : str
        A key of the bibliography.
    more : mapping of str to float
        What it adds to parameters of the body as long as it is given.
    infused : (ion, mmol, hours), optional
        What runs into a vein, once.
    """

    says: str
    source: str
    more: Mapping[str, float] = field(default_factory=dict)
    infused: tuple[str, float, float] | None = None


#: Treatments by name, each at a usual dose.
TREATMENTS: dict[str, Treatment] = {
    "oral_magnesium": Treatment("magnesium by mouth, 15 mmol (365 mg) a day", "Zhang2016", {"Mg_eaten": 15.0}),
    "oral_calcium": Treatment("calcium by mouth, 25 mmol (1000 mg) a day", "Bollerslev2015", {"Ca_eaten": 25.0}),
    "magnesium_sulphate": Treatment(
        "5 g of magnesium sulphate (20 mmol) into a vein within 3 h", "MagnesiumSulfateLabel", infused=("mg", 20.0, 3.0)
    ),
    "calcium_gluconate": Treatment(
        "20 mL of calcium gluconate 10 % (4.5 mmol) into a vein within a quarter of an hour", "Turner2019",
        infused=("ca", 4.5, 0.25),
    ),
    "vitamin_d": Treatment("as much vitamin D again as food and skin supply", "Bolland2021", {"vitamin_D": 1.0}),
    "calcitriol": Treatment("0.5 ug of calcitriol a day", "Kooh1975", {"calcitriol_given": 0.5}),
}  # fmt: skip


def treated(regimen: Regimen, name: str, day: float, until: float | None = None, *, times: float = 1.0) -> Regimen:
    """A regimen, and from a day on a treatment by its name.

    Parameters
    ----------
    regimen : Regimen
    name : str
        One of `TREATMENTS`.
    day : float
        When it begins; not before the regimen's last change.
    until : float, optional
        When it ends; if left out it does not. Infusions end by themselves.
    times : float
        Doses at once.

    Raises
    ------
    InputError
        No such treatment, or days in the wrong order.
    """
    key = name.strip().lower().replace("-", "_").replace(" ", "_")
    if key not in TREATMENTS:
        raise unknown("treatment", name, TREATMENTS)
    if not times > 0:
        raise InputError(f"{times:g} times {name} is impossible: it must be above 0")
    treatment = TREATMENTS[key]
    if treatment.infused:
        ion, amount, hours = treatment.infused
        return infusion(regimen, day, ion, times * amount, hours)
    usual = load_model("body").parameters
    now = {n: usual[n].value for n in treatment.more} | dict(regimen.before)
    for _, changes in regimen.course:
        now |= changes
    begun = regimen.then(day, **{n: usual[n].set(n, now[n]).value + times * more for n, more in treatment.more.items()})
    return begun if until is None else begun.then(until, **{n: now[n] for n in treatment.more})


def plasma(values: Mapping[str, Any], k: Any) -> dict[str, float]:
    """What the tables of experiments say of a body's plasma and cord.

    Parameters
    ----------
    values : mapping of str to array
        From `excitability.steady_states`, or the traces of one cell of a recording.
    k : int
        Which condition, or which sample.

    Returns
    -------
    dict
        Total and ionised concentrations in mM, hormones in multiples of normal, losses in urine in mmol a day.
    """
    names = {
        "ca_total_mM": "Ca_plasma_mM",
        "mg_total_mM": "Mg_plasma_mM",
        "ca_mM": "Ca_ionised_mM",
        "mg_mM": "Mg_ionised_mM",
        "pth_ratio": "PTH_1",
        "calcitriol_ratio": "calcitriol_1",
        "ca_urine_mmol_per_day": "urine_Ca_mmol/day",
        "mg_urine_mmol_per_day": "urine_Mg_mmol/day",
        "ca_cord_mM": "Ca_cord_mM",
        "mg_cord_mM": "Mg_cord_mM",
    }
    return {column: float(values[name][k]) for column, name in names.items()}


def reference(changes: Mapping[str, Any] | None = None) -> Ions:
    """Ionised calcium and magnesium of the reference body's plasma.

    Parameters
    ----------
    changes : mapping, optional
        Parameters of the body that differ from the model's.
    """
    table = {name: parameter.value for name, parameter in load_model("body").parameters.items()} | dict(changes or {})
    return Ions(ca=table["share_Ca"] * table["Ca_0"], mg=table["share_Mg"] * table["Mg_0"])
