"""A pool of ten motor units, from slow to fast: what tells their motoneurons, nerves and muscle fibres apart.

`UNITS` holds what is published of the motoneurons (Kim 2017, ModelDB 239039); `motoneurons` turns it into parameters of the
model, by one rule for all ten. The rule is an assumption. It was chosen among several because the pool is then quiet in
normal ions and cramps at 0.25 mM magnesium, so that neither is a prediction. No unit has a chosen number of its own; the
computed ones follow from one recipe.

- The persistent calcium current is the published one times 1.41 in S and FR units, the step from the published standard cell
  to that of `motoneuron` (monoamines), and the published one in FF units.
- The slow potassium conductance goes with the input resistance, and calcium comes and goes with the unit's own share of free
  calcium: the after-hyperpolarisation is larger and longer in slow units.
- The afferent volley is the same conductance for all units: the size principle is left to the membranes.
- Tonic drive is the share of that which makes the unit fire by itself that it is in the standard cell, and no more in FF
  units than in the last FR unit. The noise current is the share of the unit's rheobase that it is in the standard cell.
- The leak reverses 2 mV below the published value in all units; without that the slowest fires by itself.

A single volley fires MN1 to MN6, unlike the standard cell. Under a volley of twice this strength MN9 and MN10 hold a plateau
that does not end, against what is known of FF units.

Magnesium and calcium act through the model's own constants, which are the same in all units. The muscle fibres run from the
slow set of `muscle_fibre` to a fast one in equal ratios (`fibres`); strength and velocities likewise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from excitability.errors import InputError
from excitability.model import Model, load_model
from excitability.parameters import ASSUMPTION, Parameter

TYPES = ("S", "FR", "FF")
AREA_CM2 = 3.2e-3  # membrane to which the densities of all ten units refer: 1 uA/cm**2 is 3.2 nA

STANDARD_RESISTANCE = 1.29  # MOhm, of the standard cell, from its leaks and coupling on 3.16e-3 cm**2
STANDARD_RHEOBASE = 3.31  # uA/cm**2, of the standard cell at its own leak, as in `Unit.rheobase`
STANDARD_NOISE = 0.7  # uA/cm**2
STANDARD_KCA = 0.75  # mS/cm**2
CALCIUM_REMOVAL = 2.0  # 1/ms for free calcium: 0.02 /ms in the standard cell, whose share of free calcium is 0.01

CALCIUM_GAIN = {
    "S": Parameter(1.41, "1", ASSUMPTION, (1.0, 2.5), "the standard cell's 0.175 over the published 0.124 mS/cm**2"),
    "FR": Parameter(1.41, "1", ASSUMPTION, (1.0, 2.5), "the standard cell's 0.175 over the published 0.124 mS/cm**2"),
    "FF": Parameter(1.0, "1", ASSUMPTION, (0.0, 1.0), "bistable in part only [LeeHeckman1998]: not raised"),
}
E_LEAK = Parameter(
    -72.0, "mV", ASSUMPTION, (-75.0, -70.0), "2 mV below [Kim2017]; at -70 mV MN1 fires by itself at 1 Hz"
)
TONIC_SHARE = Parameter(0.65, "1", ASSUMPTION, (0.5, 0.65), "of the tonic threshold, as in the standard cell")
TONIC_MOST = Parameter(
    0.0741, "mS/cm**2", ASSUMPTION, (0.06, 0.09),
    "tonic drive of FF units is that of the last FR unit; their own thresholds are not of an impulse but of a plateau",
)  # fmt: skip
VOLLEY = Parameter(
    0.37, "mS/cm**2", ASSUMPTION, (0.33, 0.39),
    "the same for all; in this range no unit fires on after 20 Hz in normal ions, and seven do at 0.25 mM magnesium",
)  # fmt: skip
NMDA_SHARE = 0.0125  # of the volley, as in the standard cell


@dataclass(frozen=True)
class Unit:
    """One motoneuron of the pool.

    Parameters
    ----------
    name : str
        MN1 (slowest) to MN10.
    kind : {"S", "FR", "FF"}
        Slow, fast fatigue-resistant, fast-fatigable.
    input_resistance : Parameter
    g_leak_soma, g_leak_dendrite, g_axial, C_soma, C_dendrite, g_Na : Parameter
        As published, and used as they are.
    free_calcium : Parameter
        Share of calcium that is free, the table's column f: it multiplies entry and removal.
    g_CaL : Parameter
        As published, before `CALCIUM_GAIN`; its range is that over the dendritic sites of the table, 100 to 1100 um.
    rheobase : Parameter
        Computed, not measured: the current of 0.5 s that fires the unit in normal ions without tonic drive, noise and calcium
        current in the dendrite.
    tonic_threshold : Parameter or None
        Computed, not measured: the smallest `g_tonic` that fires the unit within 2 s in normal ions without noise. None in
        FF units.
    """

    name: str
    kind: str
    input_resistance: Parameter
    g_leak_soma: Parameter
    g_leak_dendrite: Parameter
    g_axial: Parameter
    C_soma: Parameter
    C_dendrite: Parameter
    g_Na: Parameter
    free_calcium: Parameter
    g_CaL: Parameter
    rheobase: Parameter
    tonic_threshold: Parameter | None

    @property
    def number(self) -> int:
        """Place in the pool, from 1."""
        return int(self.name.removeprefix("MN"))

    def between(self, name: str) -> float:
        """A property of nerve or muscle (see `RANGES`), from the slowest unit's to the fastest's in equal ratios."""
        low, high = RANGES[name]
        share = (self.number - 1) / (len(UNITS) - 1)
        return float(low.value ** (1 - share) * high.value**share)


def _kim(value: float, unit: str, note: str = "") -> Parameter:
    """A value of the published table, with a range of +-20 %."""
    return Parameter(value, unit, "Kim2017", (0.8 * value, 1.2 * value), note)


def _computed(value: float, unit: str) -> Parameter:
    return Parameter(value, unit, ASSUMPTION, (0.8 * value, 1.2 * value), "computed with this model, not measured")


def _unit(
    name: str,
    kind: str,
    passive: tuple[float, ...],
    active: tuple[float, float, float],
    sites: tuple[float, float],
    computed: tuple[float, float | None],
) -> Unit:
    resistance, soma, dendrite, axial, c_soma, c_dendrite = passive
    sodium, free, calcium = active
    misprint = f"printed {10 * free:g}; a tenth of it continues the column" if kind == "FF" or name == "MN7" else ""
    return Unit(
        name=name,
        kind=kind,
        input_resistance=_kim(resistance, "Mohm"),
        g_leak_soma=_kim(soma, "mS/cm**2"),
        g_leak_dendrite=_kim(dendrite, "mS/cm**2"),
        g_axial=_kim(axial, "mS/cm**2"),
        C_soma=_kim(c_soma, "uF/cm**2"),
        C_dendrite=_kim(c_dendrite, "uF/cm**2"),
        g_Na=_kim(sodium, "mS/cm**2"),
        free_calcium=_kim(free, "1", misprint),
        g_CaL=Parameter(calcium, "mS/cm**2", "Kim2017", sites, "at 600 um; its range is that over dendritic sites"),
        rheobase=_computed(computed[0], "uA/cm**2"),
        tonic_threshold=None if computed[1] is None else _computed(computed[1], "mS/cm**2"),
    )


# fmt: off
#: The table's cells with the calcium current 600 um from the soma: input resistance, leaks, coupling, capacities; sodium,
#: share of free calcium, calcium current; its lowest and highest over sites; rheobase and tonic threshold (computed).
UNITS: tuple[Unit, ...] = (
    _unit("MN1", "S", (4.0, 0.0178, 0.0697, 0.1859, 0.5096, 0.8978), (32.6, 0.005, 0.111), (0.104, 0.182), (0.975, 0.00192)),
    _unit("MN2", "S", (3.3, 0.0255, 0.0830, 0.1775, 0.6197, 0.9021), (58.0, 0.006, 0.113), (0.104, 0.218), (1.03, 0.00422)),
    _unit("MN3", "S", (2.6, 0.0324, 0.1123, 0.1787, 0.8314, 0.8774), (105.9, 0.007, 0.120), (0.105, 0.238), (1.15, 0.00813)),
    _unit("MN4", "S", (1.9, 0.0445, 0.1723, 0.1826, 1.1577, 0.8711), (144.5, 0.009, 0.134), (0.107, 0.270), (1.55, 0.01756)),
    _unit("MN5", "S", (1.4, 0.0660, 0.2643, 0.1839, 1.5344, 0.9151), (112.2, 0.010, 0.157), (0.109, 0.389), (2.42, 0.0375)),
    _unit("MN6", "FR", (1.1, 0.0958, 0.3722, 0.1817, 1.8965, 0.9630), (71.6, 0.015, 0.185), (0.112, 0.535), (3.62, 0.0677)),
    _unit("MN7", "FR", (0.85, 0.1493, 0.5408, 0.1764, 2.3669, 1.0244), (47.3, 0.0175, 0.241), (0.118, 0.550), (5.4, 0.114)),
    _unit("MN8", "FF", (0.65, 0.2403, 0.8116, 0.1660, 2.9653, 1.0507), (38.7, 0.018, 0.396), (0.128, 0.770), (7.73, None)),
    _unit("MN9", "FF", (0.5, 0.3772, 1.2369, 0.1512, 3.6781, 0.9377), (41.5, 0.019, 0.852), (0.143, 1.850), (10.36, None)),
    _unit("MN10", "FF", (0.4, 0.5406, 1.8211, 0.1358, 4.4152, 0.3831), (54.4, 0.020, 1.665), (0.165, 3.150), (12.73, None)),
)
# fmt: on


def motoneurons(units: Sequence[Unit] = UNITS, *, volley: float = 1.0) -> Mapping[str, list[float]]:
    """Parameters of the model `motoneuron` for every unit, in its own units of measurement.

    Parameters
    ----------
    units : sequence of Unit
        One condition each, in this order.
    volley : float
        Strength of the afferent volley, as a multiple of `VOLLEY`.

    Returns
    -------
    mapping of str to list of float
        For `simulate("motoneuron", parameters=...)`.

    Raises
    ------
    InputError
        No units, or a volley below 0.

    Examples
    --------
    >>> [round(g, 3) for g in motoneurons()["g_CaL"]][:3]
    [0.157, 0.159, 0.169]
    """
    if not units:
        raise InputError("a pool needs units (motor_pool.UNITS)")
    if not 0 <= volley < float("inf"):
        raise InputError(f"volley = {volley:g} is impossible: it is a multiple of the pool's volley, 0 or more")
    table = [_of(unit, volley) for unit in units]
    return {name: [values[name] for values in table] for name in table[0]}


def _of(unit: Unit, volley: float) -> dict[str, float]:
    """The rule, for one unit."""
    return {
        "g_leak_soma": unit.g_leak_soma.value,
        "g_leak_dendrite": unit.g_leak_dendrite.value,
        "g_axial": unit.g_axial.value,
        "E_leak": E_LEAK.value,
        "C_soma": unit.C_soma.value,
        "C_dendrite": unit.C_dendrite.value,
        "g_Na": unit.g_Na.value,
        "g_CaL": unit.g_CaL.value * CALCIUM_GAIN[unit.kind].value,
        "g_KCa": STANDARD_KCA * unit.input_resistance.value / STANDARD_RESISTANCE,
        "alpha_Ca": unit.free_calcium.value,
        "k_Ca": unit.free_calcium.value * CALCIUM_REMOVAL,
        "g_tonic": unit.tonic_threshold.value * TONIC_SHARE.value if unit.tonic_threshold else TONIC_MOST.value,
        "sigma_noise": STANDARD_NOISE * unit.rheobase.value / STANDARD_RHEOBASE,
        "w_AMPA": VOLLEY.value * volley,
        "w_NMDA": VOLLEY.value * volley * NMDA_SHARE,
    }


def _range(low: float, high: float, unit: str, source: str, note: str) -> tuple[Parameter, Parameter]:
    limits = (0.5 * low, 2 * high)
    return Parameter(low, unit, source, limits, note), Parameter(high, unit, source, limits, note)


#: Nerve and muscle of the slowest and the fastest unit.
RANGES: dict[str, tuple[Parameter, Parameter]] = {
    "strength": _range(
        6.3,
        78.1,
        "mN",
        "Macefield1996",
        "twitch of the weakest and the strongest of 19 toe extensor units; 3 to 34 in the thenar",
    ),
    "fibres": _range(100.0, 1240.0, "1", ASSUMPTION, "number of fibres, in proportion to strength"),
    "velocity": _range(
        2.6, 5.3, "m/s", "AndreassenArendtNielsen1987", "along the fibres, slowest and fastest tibialis unit"
    ),
    "nerve_velocity": _range(
        42.0, 60.0, "m/s", ASSUMPTION, "motor_fibre conducts 5.2 m/s per um, so axons of 8 to 11.5 um"
    ),
}

_FAST_FIBRE = (
    "calibrated as the slow set, on a twitch of 40 ms to peak and 40 ms half relaxation (within [Thomas1990]), half of the "
    "force at 18 Hz, and a calcium peak of 18.5 uM [BaylorHollingworth2003]"
)
#: The fast fibre, where it differs from `muscle_fibre`.
FAST_FIBRE: dict[str, Parameter] = {
    "P_release": Parameter(0.351, "1/ms", ASSUMPTION, (0.1, 1.5), _FAST_FIBRE),
    "k_i": Parameter(0.00141, "1/ms/uM", ASSUMPTION, (0.0005, 0.05), _FAST_FIBRE),
    "V_pump": Parameter(8.66, "uM/ms", ASSUMPTION, (1.0, 12.0), _FAST_FIBRE),
    "Troponin": Parameter(240.0, "uM", "BaylorHollingworth2012", (200.0, 280.0), "two calcium sites that regulate"),
    "k_off_T": Parameter(0.101, "1/ms", ASSUMPTION, (0.03, 0.8), _FAST_FIBRE),
    "x_hold": Parameter(0.85, "1", ASSUMPTION, (0.0, 0.9), _FAST_FIBRE),
    "k_a": Parameter(0.0108, "1/ms", ASSUMPTION, (0.004, 0.4), _FAST_FIBRE),
    "k_b": Parameter(0.0508, "1/ms", ASSUMPTION, (0.008, 0.3), _FAST_FIBRE),
    "f_app": Parameter(0.0439, "1/ms", ASSUMPTION, (0.02, 0.8), _FAST_FIBRE),
    "g_app": Parameter(0.0479, "1/ms", ASSUMPTION, (0.01, 0.2), _FAST_FIBRE),
}


def fibres(units: Sequence[Unit] = UNITS) -> Mapping[str, list[float]]:
    """Parameters of the model `muscle_fibre` for every unit, from slow to fast in equal ratios.

    Parameters
    ----------
    units : sequence of Unit

    Returns
    -------
    mapping of str to list of float
        For `simulate("muscle_fibre", parameters=...)`.
    """
    slow = load_model("muscle_fibre").parameters
    shares = [(unit.number - 1) / (len(UNITS) - 1) for unit in units]
    return {
        name: [float(slow[name].value ** (1 - share) * fast.value**share) for share in shares]
        for name, fast in FAST_FIBRE.items()
    }


def model(name: str, values: Mapping[str, Sequence[float]]) -> Model:
    """A model whose plausible ranges hold those of the pool too, which are no reason for a remark.

    Parameters
    ----------
    name : str
    values : mapping of str to sequence of float
        From `motoneurons` or `fibres`.
    """
    known = load_model(name)
    wider = {
        n: replace(
            known.parameters[n], range=(min(known.parameters[n].range[0], *v), max(known.parameters[n].range[1], *v))
        )
        for n, v in values.items()
    }
    return replace(known, parameters={**known.parameters, **wider})
