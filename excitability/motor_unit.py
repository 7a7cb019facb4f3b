"""Motor units, from the motoneuron's impulse to force: motoneuron, axon, neuromuscular junction, muscle fibre.

Each stage hands its impulses to the next one, and nothing comes back. All units in all conditions run together. The
motoneurons feel the ions of the cord; axons, junctions and fibres feel those of plasma.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from excitability import emg, motor_pool
from excitability.errors import InputError, unknown
from excitability.ions import Ions
from excitability.protocol import Impulses, Protocol
from excitability.recording import Recording
from excitability.simulation import simulate as _simulate

Array = NDArray[np.float64]
CONDUCTED_S = 5e-3  # an axon's impulse so soon after one that arrived is that one; any other is the axon's own
# twice the models' own: an impulse begins each time anew, so that no error adds up (tests/equivalence/test_motor_unit.py)
_AXON_DT_MS, _FIBRE_DT_MS = 0.01, 0.05
_EMG_RATE = 44100.0  # Hz; of sound
_BEFORE_S, _AFTER_S = 2e-3, 20e-3  # around an impulse, the potential that the electromyogram is made of


@dataclass(frozen=True, eq=False)
class MotorUnits:
    """What motor units did. Cells of the recordings are conditions, and within each the units, the smallest first.

    Parameters
    ----------
    pool : sequence of Unit
        The units; `excitability.motor_pool`.
    motoneurons, axons, fibres : Recording
        Stage by stage. Times of the axons are those at the motoneuron's end, times of the fibres are after the delay.
    delays : array
        (units,): conduction from the cord to the muscle, s.
    shapes : Recording
        One impulse of every fibre at rest, finely sampled: what the electromyogram is made of.
    """

    pool: "Sequence[motor_pool.Unit]"
    motoneurons: Recording
    axons: Recording
    fibres: Recording
    delays: Array
    shapes: Recording

    @property
    def conditions(self) -> int:
        """Number of conditions."""
        return len(self.fibres) // len(self.pool)

    def cell(self, condition: int, unit: int) -> int:
        """Place of a unit in the recordings."""
        if not (0 <= condition < self.conditions and 0 <= unit < len(self.pool)):
            raise InputError(
                f"there is no unit {unit} in condition {condition}; there are {len(self.pool)} units in "
                f"{self.conditions} conditions, both counted from 0"
            )
        return condition * len(self.pool) + unit

    def ectopic(self, condition: int, unit: int) -> Array:
        """Times of the impulses that the axon fired by itself, s."""
        cell = self.cell(condition, unit)
        return _own(self.axons.stimuli[cell], self.axons.events(cell))

    def force(self, condition: int) -> Array:
        """Force of all units over `fibres.trace_time`, as a share of the force of all of them at saturating calcium."""
        shares = np.array([unit.between("strength") for unit in self.pool])
        each = [self.fibres.trace("force_1", self.cell(condition, k)) for k in range(len(self.pool))]
        return np.asarray(shares @ np.array(each) / shares.sum())

    def electromyogram(self, condition: int, *, rate: float = _EMG_RATE, **parameters: float) -> Array:
        """Surface electromyogram of all units.

        Parameters
        ----------
        condition : int
        rate : float
            Samples per second.
        **parameters : float
            See `excitability.emg.PARAMETERS`; the depth is spread over the units around the one given.

        Returns
        -------
        array
            (samples,), mV, from 0 s on.
        """
        depth = float(parameters.pop("depth", emg.PARAMETERS["depth"].value))
        spread = np.linspace(-0.3, 0.3, len(self.pool)) if len(self.pool) > 1 else np.zeros(1)
        order = np.argsort(
            np.arange(len(self.pool)) * 7 % max(len(self.pool), 1), kind="stable"
        )  # large ones not all deep
        fine = np.arange(0.0, _BEFORE_S + _AFTER_S, 1 / rate)
        times, potentials = [], []
        for k, unit in enumerate(self.pool):
            cell = self.cell(condition, k)
            seen = np.interp(fine, self.shapes.trace_time, self.shapes.trace("V_mV", cell))
            fired = self.shapes.events(cell)
            potentials.append(
                emg.unit_potential(
                    seen,
                    rate=rate,
                    velocity=unit.between("velocity"),
                    fibres=unit.between("fibres"),
                    depth=depth * (1 + spread[order[k]]),
                    **parameters,
                )
            )
            begin = fired[0] if len(fired) else _BEFORE_S
            times.append(self._exact(cell, k) - begin)
        return emg.electromyogram(times, potentials, rate=rate, duration=self.fibres.duration)

    def _exact(self, cell: int, unit: int) -> Array:
        """Times of a fibre's impulses, without the rounding of the nerve's impulses to whole milliseconds."""
        fired, given = self.fibres.events(cell), self.fibres.stimuli[cell]
        if not len(fired) or not len(given):
            return fired
        true = self.axons.events(cell) + self.delays[unit]
        last = np.maximum(np.searchsorted(given, fired, side="right") - 1, 0)
        nearest = np.clip(np.searchsorted(true, given[last] - 0.5e-3), 0, len(true) - 1)
        return np.asarray(fired + true[nearest] - given[last])


def _own(given: Array, fired: Array) -> Array:
    """Impulses that were not brought about by those given."""
    if not len(given):
        return fired
    last = np.searchsorted(given, fired, side="right") - 1
    since = np.where(last >= 0, fired - given[np.maximum(last, 0)], np.inf)
    return fired[since > CONDUCTED_S]


def simulate(
    *,
    ions: Ions,
    cord: Ions | None = None,
    protocol: Protocol | Sequence[Protocol] | None = None,
    units: Sequence[int] | None = None,
    duration: float | None = None,
    watch: float = 1.0,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int = 1,
    noise: bool = True,
    distance: float = 0.8,
    sample: float = 1.0,
    simulate: Callable[..., Recording] = _simulate,
    **keywords: Any,
) -> MotorUnits:
    """Run motor units from the motoneurons' synapses to force, in one or many conditions, all at once.

    Parameters
    ----------
    ions : Ions
        Ionised calcium and magnesium of plasma, one value per condition: axon, junction and fibre.
    cord : Ions, optional
        Those of the cord, which the motoneurons feel; those of plasma if left out.
    protocol : Protocol or sequence of these, optional
        The drive of all motoneurons; a sequence has one per condition.
    units : sequence of int, optional
        Which units of `excitability.motor_pool.UNITS`, from 0 on (slow) to 9 (fast); all if left out.
    duration, watch : float
        See `excitability.simulate`; s.
    parameters : mapping of str to mapping, optional
        By model: values for all units, or a sequence with one per condition. They take the place of the pool's own.
    seed : int
        Every unit has noise and release of its own, the same in all conditions.
    noise : bool
        False leaves out the noise of the motoneurons and takes the mean release.
    distance : float
        From the cord to the muscle, m.
    sample : float
        Sampling interval of traces, ms.
    simulate : function, optional
        What to call in place of `excitability.simulate`: that of an experiment's `Run`.
    **keywords
        Handed on to it (engine, keep, announce).

    Returns
    -------
    MotorUnits

    Raises
    ------
    InputError
        Impossible input, conditions that do not pair up, no such unit or model.
    """
    pool = _pool(units)
    changes = {name: dict(given) for name, given in (parameters or {}).items()}
    for name in changes:
        if name not in ("motoneuron", "motor_axon", "muscle_fibre"):
            raise unknown("model of a motor unit", name, ("motoneuron", "motor_axon", "muscle_fibre"))
    if not (np.isfinite(distance) and distance >= 0):
        raise InputError(f"distance = {distance:g} m is impossible: it must be 0 or more")
    cord = cord or ions
    drives = list(protocol) if isinstance(protocol, (list, tuple)) else [protocol]
    lengths = {len(ions), len(cord), len(drives)}
    lengths |= {len(v) for given in changes.values() for v in given.values() if np.ndim(v)}
    conditions = max(lengths)
    if lengths - {1, conditions}:
        raise InputError(f"conditions do not pair up: lists of {' and '.join(map(str, sorted(lengths)))} values")
    number = len(pool)

    def given(name: str, own: Mapping[str, Sequence[float]]) -> dict[str, Any]:
        """Model and parameters of every cell: what is set for a condition, else the unit's own."""
        every: dict[str, Any] = {n: np.tile(np.asarray(values, dtype=float), conditions) for n, values in own.items()}
        every |= {n: np.repeat(v, number) if np.ndim(v) else v for n, v in changes.get(name, {}).items()}
        return {"model": motor_pool.model(name, own), "parameters": every}

    seeds = [int(np.random.SeedSequence((seed, unit.number)).generate_state(1)[0]) for unit in pool] * conditions
    plasma = ions.repeated(number, conditions)
    one_per_cell = [drives[c % len(drives)] for c in range(conditions) for _ in range(number)]
    motoneurons = simulate(
        **given("motoneuron", motor_pool.motoneurons(pool)),
        ions=cord.repeated(number, conditions),
        protocol=one_per_cell if drives != [None] else None,
        duration=duration,
        watch=watch,
        seed=seeds,
        noise=noise,
        sample=sample,
        **keywords,
    )
    duration = motoneurons.duration
    axons = simulate(
        **given("motor_axon", {}),
        ions=plasma,
        protocol=[_passed_on(motoneurons.events(c), duration) for c in range(len(motoneurons))],
        duration=duration,
        sample=sample,
        **{"dt": _AXON_DT_MS, **keywords},
    )
    delays = np.array([distance / unit.between("nerve_velocity") for unit in pool])
    late = np.tile(delays, conditions)
    of_fibres = given("muscle_fibre", motor_pool.fibres(pool))
    fibres = simulate(
        **of_fibres,
        ions=plasma,
        protocol=[_passed_on(axons.events(c) + late[c], duration) for c in range(len(axons))],
        duration=duration,
        seed=seeds,
        noise=noise,
        sample=sample,
        **{"dt": _FIBRE_DT_MS, **keywords},
    )
    shapes = simulate(
        **of_fibres,
        ions=plasma,
        protocol=Impulses([_BEFORE_S]),
        duration=_BEFORE_S + _AFTER_S,
        noise=False,
        sample=_FIBRE_DT_MS,
        **{"dt": _FIBRE_DT_MS, **keywords},
    )
    return MotorUnits(pool, motoneurons, axons, fibres, delays, shapes)


def _pool(units: Sequence[int] | None) -> "list[motor_pool.Unit]":
    chosen = range(len(motor_pool.UNITS)) if units is None else units
    if not len(chosen) or len(set(chosen)) != len(chosen) or any(k not in range(len(motor_pool.UNITS)) for k in chosen):
        raise InputError(f"units must be different numbers from 0 to {len(motor_pool.UNITS) - 1}, and at least one")
    return [motor_pool.UNITS[k] for k in chosen]


def _passed_on(times: Array, duration: float) -> Impulses:
    """Impulses for the next stage; those that would arrive after the end are left out."""
    return Impulses(times[times < duration - 1e-3].tolist())
