"""Every place where calcium or magnesium enters a formula of an excitable cell.

Each formula is written once, as text. Called, it works on numbers and arrays; `equation` puts the same text into the
Brian2 equations of a model:

>>> round(gating_shift(Ca=1.2, Mg=0.25), 2)
-0.98
>>> print(nmda_block.equation("B", V="V_dendrite").splitlines()[-1].split("=")[0].strip())
B
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from excitability import quantities
from excitability.errors import InputError, unknown
from excitability.parameters import ASSUMPTION, Parameter

_FUNCTIONS = {"log10": np.log10, "log": np.log, "exp": np.exp}


@dataclass(frozen=True)
class Formula:
    """A formula with one definition for arrays and for Brian2.

    Parameters
    ----------
    name : str
    expression : str
        Python and Brian2 syntax.
    unit : str
        Of the result.
    arguments : mapping of str to str
        Names of what varies, with units: ions and potentials.
    parameters : mapping of str to Parameter
    says : str
        What it is, in a sentence.
    """

    name: str
    expression: str
    unit: str
    arguments: Mapping[str, str]
    parameters: Mapping[str, Parameter]
    says: str

    def __call__(self, **values: Any) -> Any:
        """Evaluate on numbers or arrays.

        Parameters
        ----------
        **values : float, array, text or quantity
            Every argument, in the units of `arguments` (Ca and Mg in mM, V in mV); any parameter may be given too.

        Returns
        -------
        float or array
            In `unit`.
        """
        known = {**self.arguments, **{name: p.unit for name, p in self.parameters.items()}}
        space: dict[str, Any] = {name: parameter.si for name, parameter in self.parameters.items()}
        for name, value in values.items():
            if name not in known:
                raise unknown(f"quantity of {self.name}", name, known)
            unit = known[name]
            number = np.asarray(quantities.read(value, unit, name))
            if not np.isfinite(number).all() or (unit == "mM" and (number < 0).any()):
                raise InputError(
                    f"{name} = {value} is impossible in {self.name}: finite {unit} needed, and none below 0 mM"
                )
            space[name] = number * quantities.si_factor(unit)
        missing = [name for name in self.arguments if name not in values]
        if missing:
            raise InputError(f"{self.name} needs {', '.join(f'{n} in {self.arguments[n]}' for n in missing)}")
        try:
            np.broadcast_shapes(*(np.shape(value) for value in space.values()))
        except ValueError:
            shapes = ", ".join(f"{np.size(space[name])} of {name}" for name in values)
            raise InputError(f"{self.name}: lists of different lengths do not pair up ({shapes})") from None
        with np.errstate(all="ignore"):
            result = eval(self.expression, {"__builtins__": {}, **_FUNCTIONS}, space) / quantities.si_factor(self.unit)
        if not np.isfinite(result).all():
            raise InputError(
                f"{self.name} has no finite value with {', '.join(f'{n} = {v}' for n, v in values.items())}"
            )
        return float(result) if np.ndim(result) == 0 else np.asarray(result)

    def equation(self, name: str | None = None, **rename: str) -> str:
        """The formula as a line of Brian2 equations.

        Parameters
        ----------
        name : str, optional
            What the result is called in the model; the formula's own name if left out.
        **rename : str
            Model names for the arguments, for example ``V="V_dendrite"``.
        """
        for old in rename:
            if old not in self.arguments:
                raise unknown(f"argument of {self.name}", old, self.arguments)
        text = re.sub(r"\b[A-Za-z_]\w*\b", lambda word: rename.get(word[0], word[0]), self.expression)
        return f"{name or self.name} = {text} : {quantities.base_units(self.unit)}"


_REFERENCE = {
    "Ca_ref": Parameter(1.2, "mM", ASSUMPTION, (1.0, 1.4), "reference state of every formula: shift 0, factors 1"),
    "Mg_ref": Parameter(0.55, "mM", ASSUMPTION, (0.4, 1.0), "reference state of every formula: shift 0, factors 1"),
}

gating_shift = Formula(
    "gating_shift",
    "K_shift*log10((Ca + beta_Mg*Mg + D_0)/(Ca_ref + beta_Mg*Mg_ref + D_0))",
    "mV",
    {"Ca": "mM", "Mg": "mM"},
    {
        "K_shift": Parameter(
            23.0, "mV", "HilleWoodhullShapiro1975", (20.0, 25.0), "+20 to +25 mV per tenfold divalents"
        ),
        "beta_Mg": Parameter(
            0.6,
            "1",
            "Isaev2012",
            (0.5, 0.71),
            "potency of Mg against Ca: 1/1.4 = 0.71 at a sodium channel [Isaev2012], about 0.5 at a potassium channel "
            "[ClaySquid]; the middle is used",
        ),
        "D_0": Parameter(
            0.395,
            "mM",
            "HilleWoodhullShapiro1975",
            (0.2, 0.7),
            "from -18 mV without divalents against 2 mM Ca: 23 log10(D_0/(2 + D_0)) = -18",
        ),
        **_REFERENCE,
    },
    "Divalents screen the membrane's outer charges: gates feel V minus this shift.",
)

calcium_entry = Formula(
    "calcium_entry",
    "Ca/K_Ca/(1 + Ca/K_Ca + Mg/K_Mg)*(1 + Ca_ref/K_Ca + Mg_ref/K_Mg)/(Ca_ref/K_Ca)",
    "1",
    {"Ca": "mM", "Mg": "mM"},
    {
        "K_Ca": Parameter(
            5.0,
            "mM",
            ASSUMPTION,
            (0.01, 20.0),
            "saturation of calcium permeation; not measured for motoneurons, and the sign of calcium's effect on the cell "
            "depends on it",
        ),
        "K_Mg": Parameter(
            6.7,
            "mM",
            "HeartMagnesium1991",
            (6.0, 30.0),
            "from cardiac I_Ca, -45 % for Mg 1.2 to 9.6 mM, taking 1.8 mM Ca (not stated) and K_Ca 5; part of that fall is "
            "gating shift, so this is the strongest block compatible with it",
        ),
        **_REFERENCE,
    },
    "Calcium permeates its channels and magnesium stands in them: factor on every calcium conductance, 1 at reference.",
)

calcium_driving_force = Formula(
    "calcium_driving_force",
    "R*T/(2*F)*log((Ca + Ca_trace)/(Ca_ref + Ca_trace))",
    "mV",
    {"Ca": "mM"},
    {
        "R": Parameter(8.314462618, "J/mol/K", "CODATA2018", (8.314, 8.3145), "gas constant"),
        "F": Parameter(96485.33212, "C/mol", "CODATA2018", (96485.0, 96486.0), "Faraday constant"),
        "T": Parameter(309.15, "K", "Kim2017", (305.15, 313.15), "36 degrees Celsius"),
        "Ca_trace": Parameter(
            1e-6,
            "mM",
            ASSUMPTION,
            (1e-9, 1e-3),
            "keeps the logarithm finite at zero calcium; a thousandth of what nominally calcium-free solutions hold",
        ),
        "Ca_ref": _REFERENCE["Ca_ref"],
    },
    "Calcium outside drives calcium in: shift of its reversal potential from the reference state.",
)

nmda_block = Formula(
    "nmda_block",
    "(1 + Mg_ref/K_NMDA*exp(-V_NMDA_ref/k_NMDA))/(1 + Mg/K_NMDA*exp(-V/k_NMDA))",
    "1",
    {"Mg": "mM", "V": "mV"},
    {
        "K_NMDA": Parameter(3.57, "mM", "JahrStevens1990", (2.5, 5.0), "block constant at 0 mV"),
        "k_NMDA": Parameter(1 / 0.062, "mV", "JahrStevens1990", (13.0, 20.0), "0.062 per mV"),
        "V_NMDA_ref": Parameter(
            -60.0, "mV", ASSUMPTION, (-75.0, -50.0), "where the factor is 1 in reference magnesium"
        ),
        "Mg_ref": _REFERENCE["Mg_ref"],
    },
    "Magnesium plugs the NMDA synapse at rest: conductance relative to -60 mV in reference magnesium.",
)

sodium_leak = Formula(
    "sodium_leak",
    "(1 + Ca_ref/K_Ca_leak + Mg_ref/K_Mg_leak)/(1 + Ca/K_Ca_leak + Mg/K_Mg_leak)",
    "1",
    {"Ca": "mM", "Mg": "mM"},
    {
        "K_Ca_leak": Parameter(
            0.32,
            "mM",
            ASSUMPTION,
            (0.1, 1.0),
            "remembered from expression systems (NALCN), not looked up; the share is 0",
        ),
        "K_Mg_leak": Parameter(
            0.65,
            "mM",
            ASSUMPTION,
            (0.2, 2.0),
            "remembered from expression systems (NALCN), not looked up; the share is 0",
        ),
        **_REFERENCE,
    },
    "Divalents stand in a sodium leak: factor on its conductance, 1 at reference.",
)

release_drive = Formula(
    "release_drive",
    "(Ca/K_1/(1 + Ca/K_1 + Mg/K_2)*(1 + Ca_ref/K_1 + Mg_ref/K_2)/(Ca_ref/K_1))**n_release",
    "1",
    {"Ca": "mM", "Mg": "mM"},
    {
        "K_1": Parameter(
            1.1,
            "mM",
            ASSUMPTION,
            (0.5, 2.0),
            "calcium at the site of release, remembered from [DodgeRahamimoff1967] (frog), not seen",
        ),
        "K_2": Parameter(
            2.97,
            "mM",
            ASSUMPTION,
            (2.0, 4.5),
            "magnesium at the site of release, remembered from [DodgeRahamimoff1967] (frog), not seen",
        ),
        "n_release": Parameter(
            4.0,
            "1",
            "DodgeRahamimoff1967",
            (3.0, 4.2),
            "slope 3.78 +- 0.2 in frog; mammals 3: 0.09 to 1.04 quanta for threefold calcium [Bukharaeva2007]",
        ),
        **_REFERENCE,
    },
    "Calcium triggers release, magnesium competes for the same site: rate of release per quantum, 1 at reference.",
)

# ------------------------------------------------------------------------------------------------- inside the muscle fibre
_INSIDE = {
    "Mg_i_ref": Parameter(
        0.56,
        "mM",
        "Ryschon1996",
        (0.39, 1.0),
        "free magnesium in human muscle, 0.557 +- 0.097 mM; 0.39 in [McCully2009]; experiments on skinned fibres take 1",
    ),
}

ryanodine_block = Formula(
    "ryanodine_block",
    "1 - share_RyR + share_RyR*(1 + Mg_i_ref/K_RyR)/(1 + Mg/K_RyR)",
    "1",
    {"Mg": "mM"},
    {
        "K_RyR": Parameter(
            0.174, "mM", "Jona2001", (0.12, 0.86), "half block in situ, depolarised; 0.86 in bilayers with ATP"
        ),
        "share_RyR": Parameter(
            0.5,
            "1",
            ASSUMPTION,
            (0.0, 1.0),
            "share of the release flux that magnesium blocks: 1 follows [Jona2001], 0 fits frog fibres, whose peak calcium "
            "does not depend on magnesium [JacquemondSchneider1992]; sweep it",
        ),
        **_INSIDE,
    },
    "Magnesium closes the calcium release channel of the reticulum: factor on the release flux, 1 at reference.",
)

ryanodine_leak = Formula(
    "ryanodine_leak",
    "(1 + a_leak*(K_leak/(Mg + Mg_trace))**n_leak)/(1 + a_leak*(K_leak/(Mg_i_ref + Mg_trace))**n_leak)",
    "1",
    {"Mg": "mM"},
    {
        "K_leak": Parameter(
            0.15,
            "mM",
            ASSUMPTION,
            (0.1, 0.2),
            "mammalian fibres release by themselves only near 0.1 mM [Owen1997], and sparks do not change below 2 mM "
            "[Zhou2004]",
        ),
        "a_leak": Parameter(5.0, "1", ASSUMPTION, (1.0, 10.0), "size of the leak that low magnesium opens"),
        "n_leak": Parameter(1.6, "1", "Lacampagne1998", (1.3, 1.9), "sparks in frog, 0.13 to 1.86 mM"),
        "Mg_trace": Parameter(1e-3, "mM", ASSUMPTION, (1e-6, 1e-2), "keeps the leak finite without magnesium"),
        **_INSIDE,
    },
    "Very low magnesium lets the resting reticulum leak: factor on the leak, 1 at reference.",
)

_ATP = {
    "ATP": Parameter(8.0, "mM", "Shorten2007", (5.0, 9.0), "all of it, free and bound"),
    "K_MgATP": Parameter(0.1, "mM", "Shorten2007", (0.05, 0.15), "0.15/0.0015 uM"),
}

free_atp = Formula(
    "free_atp",
    "ATP/(1 + Mg/K_MgATP)",
    "mM",
    {"Mg": "mM"},
    dict(_ATP),
    "Magnesium occupies ATP, which otherwise buffers calcium: ATP without magnesium.",
)

pump_atp = Formula(
    "pump_atp",
    "ATP*Mg/(ATP*Mg + K_pump_ATP*(K_MgATP + Mg))*(ATP*Mg_i_ref + K_pump_ATP*(K_MgATP + Mg_i_ref))/(ATP*Mg_i_ref)",
    "1",
    {"Mg": "mM"},
    {
        "K_pump_ATP": Parameter(
            0.1, "mM", ASSUMPTION, (0.01, 0.3), "MgATP at half speed of the calcium pump, not looked up"
        ),
        **_ATP,
        **_INSIDE,
    },
    "The calcium pump burns MgATP: factor on its speed, 1 at reference.",
)

troponin_site = Formula(
    "troponin_site",
    "(1 + on_troponin*Mg_i_ref/K_T_Mg)/(1 + on_troponin*Mg/K_T_Mg)",
    "1",
    {"Mg": "mM"},
    {
        "K_T_Mg": Parameter(
            2.5,
            "mM",
            "Rayani2021",
            (1.5, 4.0),
            "1 mM lowers calcium's affinity 1.4-fold at human cardiac troponin, which slow fibres share",
        ),
        "on_troponin": Parameter(
            1.0,
            "1",
            ASSUMPTION,
            (0.0, 1.0),
            "1: magnesium competes, as in skinned fibres [DonaldsonKerrick1975]; 0: it does not [SolaroShiner1976]",
        ),
        **_INSIDE,
    },
    "Magnesium stands at troponin's calcium site: factor on the rate at which calcium binds, 1 at reference.",
)

#: All formulas by name.
FORMULAS: dict[str, Formula] = {
    formula.name: formula
    for formula in (
        gating_shift,
        calcium_entry,
        calcium_driving_force,
        nmda_block,
        sodium_leak,
        release_drive,
        ryanodine_block,
        ryanodine_leak,
        free_atp,
        pump_atp,
        troponin_site,
    )
}
