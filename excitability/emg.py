"""Surface electromyogram: what a muscle's action potentials do to two electrodes on the skin.

Every impulse of a unit sends its action potential from the endplate to both tendons, along all of its fibres. The current
that crosses a fibre's membrane there is the source of a potential in the muscle around it [NandedkarStalberg1983]_,
[FarinaMerletti2001]_; the electrodes see the sum.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from excitability.errors import InputError
from excitability.parameters import ASSUMPTION, Parameter

Array = NDArray[np.float64]

#: The volume conductor, the fibre and the electrodes.
PARAMETERS: dict[str, Parameter] = {
    "sigma_r": Parameter(
        0.063, "S/m", "NandedkarStalberg1983", (0.05, 0.1), "conductivity of muscle across its fibres"
    ),
    "sigma_z": Parameter(0.33, "S/m", "NandedkarStalberg1983", (0.2, 0.6), "conductivity of muscle along its fibres"),
    "sigma_i": Parameter(1.01, "S/m", "NandedkarStalberg1983", (0.5, 1.2), "conductivity inside a fibre"),
    "d_fibre": Parameter(55.0, "um", "NandedkarStalberg1983", (25.0, 85.0), "diameter of a fibre"),
    "half_length": Parameter(60.0, "mm", ASSUMPTION, (30.0, 120.0), "endplate to each tendon"),
    "endplates": Parameter(10.0, "mm", ASSUMPTION, (0.0, 30.0), "stretch over which a unit's endplates are spread"),
    "depth": Parameter(12.0, "mm", ASSUMPTION, (5.0, 30.0), "of the unit's centre below the electrodes"),
    "position": Parameter(30.0, "mm", ASSUMPTION, (0.0, 60.0), "middle of the electrodes, from the endplates' middle"),
    "spacing": Parameter(20.0, "mm", ASSUMPTION, (5.0, 30.0), "between the two electrodes, along the fibres"),
}
_STEP_M = 2.5e-4  # between points of a fibre; an action potential is some millimetres long
_ENDPLATES = 7  # places along the stretch where endplates are taken to lie


def unit_potential(
    action_potential: ArrayLike, *, rate: float, velocity: float, fibres: float = 1.0, **parameters: float
) -> Array:
    """Potential between the electrodes when a motor unit fires once.

    Parameters
    ----------
    action_potential : array
        (samples,): membrane potential of a fibre at its endplate around one impulse, mV; begins and ends near rest.
    rate : float
        Samples per second.
    velocity : float
        Conduction velocity along the fibres, m/s.
    fibres : float
        How many fibres the unit has.
    **parameters : float
        Other values of `PARAMETERS`, in their units.

    Returns
    -------
    array
        (samples,), mV, at the same rate; long enough for the waves to end at the tendons. Its first sample belongs to the
        first one given.

    Raises
    ------
    InputError
        Unknown parameter, or a rate, velocity or length that is not above 0.

    Notes
    -----
    The membrane current per length is sigma_i pi d^2/4 d^2V/dz^2; at sealed ends it is such that the whole adds up to zero.
    A point of it has the potential i/(4 pi sigma_r)/sqrt((sigma_z/sigma_r) r^2 + z^2) at a distance r and z from the fibre.
    """
    si = _si(parameters)
    for name, value in (("rate", rate), ("velocity", velocity), ("fibres", fibres), ("half_length", si["half_length"])):
        if not (np.isfinite(value) and value > 0):
            raise InputError(f"{name} = {value:g} is impossible: it must be above 0")
    z = np.linspace(-si["half_length"], si["half_length"], round(2 * si["half_length"] / _STEP_M) + 1)
    near, far = (si["position"] + side * si["spacing"] / 2 for side in (-1, 1))
    squeezed = si["sigma_z"] / si["sigma_r"] * si["depth"] ** 2
    weight = 1 / np.sqrt(squeezed + (z - near) ** 2) - 1 / np.sqrt(squeezed + (z - far) ** 2)
    weight *= si["sigma_i"] * si["d_fibre"] ** 2 / (16 * si["sigma_r"]) / (z[1] - z[0])
    # d^2/dz^2, with nothing beyond the ends, moved from the potential to the weights
    curved = np.diff(np.diff(weight, prepend=weight[0], append=weight[-1]))
    # what reaches the electrodes so many samples after the impulse at the endplate
    response = np.zeros(int(np.ceil(rate * (si["half_length"] + si["endplates"]) / velocity)) + 2)
    for endplate in np.linspace(-0.5, 0.5, _ENDPLATES) * si["endplates"]:
        late = rate * np.abs(z - endplate) / velocity
        whole = np.floor(late).astype(int)
        np.add.at(response, whole, curved * (1 - late + whole))
        np.add.at(response, whole + 1, curved * (late - whole))
    v = np.asarray(action_potential, dtype=float)
    return np.asarray(fibres / _ENDPLATES * np.convolve(v - v[0], response))


def _si(changes: dict[str, Any]) -> dict[str, float]:
    """The parameters in SI."""
    from excitability.parameters import override

    table, _ = override(PARAMETERS, changes)
    return {name: parameter.si for name, parameter in table.items()}


def electromyogram(
    impulses: Sequence[ArrayLike], potentials: Sequence[ArrayLike], *, rate: float, duration: float
) -> Array:
    """The sum of all units' potentials over time.

    Parameters
    ----------
    impulses : sequence of array
        Times at which the unit's fibres begin to fire, s, one array per unit. They fall between samples where they do.
    potentials : sequence of array
        From `unit_potential`, one per unit; mV.
    rate : float
        Samples per second, of the potentials and of the result.
    duration : float
        s.

    Returns
    -------
    array
        (samples,), mV.
    """
    samples = round(duration * rate)
    longest = max((len(np.asarray(p)) for p in potentials), default=0)
    total = np.zeros(samples + longest + 1)
    for times, potential in zip(impulses, potentials, strict=True):
        shape = np.asarray(potential, dtype=float)
        for time in np.asarray(times, dtype=float):
            first = int(np.floor(time * rate))
            if 0 <= first < samples:
                part = time * rate - first
                total[first : first + len(shape)] += (1 - part) * shape
                total[first + 1 : first + 1 + len(shape)] += part * shape
    return total[:samples]
