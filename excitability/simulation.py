"""One call from a model, ions and a protocol to a recording."""

import contextlib
import hashlib
import json
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import excitability
from excitability import engine as engines
from excitability import loop, machine, quantities, rest
from excitability.errors import CompilerError, InputError, NumericalError, unknown
from excitability.ions import Ions
from excitability.model import Model, load_model
from excitability.parameters import remark
from excitability.protocol import TICK_S, Protocol, Rest
from excitability.recording import Recording

Array = NDArray[np.float64]
_RELEASE = 1  # tells the numbers that volleys draw from those of the noise
_STIMULUS = "stimulus_"  # begins the names that an injected current has in the equations


def noise_samples(seed: int, ticks: int, tau: float) -> Array:
    """One cell's noise: an Ornstein-Uhlenbeck process of unit variance, held for 1 ms at a time.

    Parameters
    ----------
    seed : int
        The same seed gives the same noise, whatever the condition, engine, batch or duration (a longer run continues it).
    ticks : int
        Number of 1 ms samples.
    tau : float
        Correlation time, s.

    Returns
    -------
    array
        (ticks,); starts at 0, updated exactly.
    """
    generator = np.random.default_rng(np.random.SeedSequence(seed))
    decay = np.exp(-TICK_S / tau)
    kicks = generator.standard_normal(ticks) * np.sqrt(1 - decay**2)
    samples = np.empty(ticks)
    value = 0.0
    for k, kick in enumerate(kicks.tolist()):
        samples[k] = value
        value = value * decay + kick
    return samples


def _chances(volleys: Array, seeds: NDArray[np.int64]) -> Array:
    """A number from 0 to 1 for every volley of every cell: the k-th volley of a seed has the same in all conditions."""
    drawn = np.zeros_like(volleys)
    for cell, seed in enumerate(seeds.tolist()):
        at = np.flatnonzero(volleys[:, cell])
        drawn[at, cell] = np.random.default_rng((seed, _RELEASE)).random(len(at))
    return drawn


@dataclass(frozen=True)
class _Setup:
    """A run ready to be built: the engine's job, and what tells its cells apart."""

    job: engines.Job
    protocols: list[Protocol]
    ions: Ions
    seeds: NDArray[np.int64]
    of_cell: NDArray[np.int64]  # which condition a cell belongs to
    columns: dict[str, NDArray[Any]]
    parameters: dict[str, dict[str, Any]]
    remarks: list[str]
    dt: float


def _per_condition(value: Any, conditions: int, name: str) -> Array:
    array = np.atleast_1d(np.asarray(value, dtype=float))
    if array.shape not in ((1,), (conditions,)):
        raise InputError(f"{name} has {array.size} values for {conditions} conditions")
    return np.broadcast_to(array, conditions)


def _whole(name: str, value: Any, low: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
        raise InputError(f"{name} = {value} is impossible: it must be a whole number from {low} on")
    return int(value)


def _seeds(seed: int | Sequence[int], conditions: int) -> NDArray[np.int64]:
    """The first seed of every condition."""
    given = list(seed) if isinstance(seed, (list, tuple, np.ndarray)) else [seed] * conditions
    if len(given) != conditions:
        raise InputError(f"seed has {len(given)} values for {conditions} conditions")
    return np.array([_whole("seed", one, 0) for one in given], dtype=np.int64)


def _parameters(model: Model, changes: Mapping[str, Any]) -> tuple[dict[str, float | Array], list[str]]:
    """Every parameter in its own unit (a number, or an array over conditions), and remarks on unusual values."""
    values: dict[str, float | Array] = {name: p.value for name, p in model.parameters.items()}
    remarks = []
    for name, change in changes.items():
        if name not in model.parameters:
            raise InputError(f"{model.name}: {unknown('parameter', name, model.parameters)}")
        parameter = model.parameters[name]
        values[name] = quantities.read(change, parameter.unit, name)
        if not np.size(values[name]):
            raise InputError(f"{name} has no value")
        for number in dict.fromkeys((float(np.min(values[name])), float(np.max(values[name])))):
            quantities.check_possible(name, number, parameter.unit)
            if said := remark(name, parameter, number):
                remarks.append(said)
    return values, remarks


def _current(model: Model, protocols: Sequence[Protocol]) -> tuple[str, dict[str, str], dict[str, float | Array]]:
    """The injected current: an equation, the units of the names in it, and their values per condition (SI)."""
    pieces = max(len(protocol.current()) for protocol in protocols)
    if not model.stimulus:
        if pieces:
            raise InputError(f"{model.name} takes no injected current")
        return "", {}, {}
    unit = quantities.base_units(model.stimulus_unit)
    if not pieces:
        return "", {model.stimulus: unit}, {model.stimulus: 0.0}
    factor = quantities.si_factor(model.stimulus_unit)
    units: dict[str, str] = {}
    values: dict[str, float | Array] = {}
    terms = []
    never = (1e9, 2e9, 0.0, 0.0)  # for protocols with fewer pieces than the others
    for k in range(pieces):
        on, off, first, last = names = tuple(f"{_STIMULUS}{what}_{k}" for what in ("t_on", "t_off", "I_on", "I_off"))
        terms.append(f"int(t >= {on})*int(t < {off})*({first} + ({last} - {first})*(t - {on})/({off} - {on}))")
        table = np.array([p.current()[k] if k < len(p.current()) else never for p in protocols])
        units |= {on: "second", off: "second", first: unit, last: unit}
        values |= {name: table[:, c] * (1.0 if c < 2 else factor) for c, name in enumerate(names)}
    return f"{model.stimulus} = {' + '.join(terms)} : {unit}", units, values


def _ion_samples(ions: Ions, conditions: int, ticks: int) -> dict[str, Array]:
    """Ca and Mg per tick and condition in mM; empty if they never change."""
    if not ions.changes:
        return {}
    samples = {ion: np.tile(_per_condition(getattr(ions, ion), conditions, ion), (ticks, 1)) for ion in ("ca", "mg")}
    for c in range(conditions):  # in the order of their times, whatever the order in which they were said
        changes = [
            (float(_per_condition(change.at, conditions, "times of ion changes")[c]), change) for change in ions.changes
        ]
        for at, change in sorted(changes, key=lambda pair: pair[0]):
            for ion, new in (("ca", change.ca), ("mg", change.mg)):
                if new is not None and np.isfinite(at):
                    samples[ion][round(at / TICK_S) :, c] = _per_condition(new, conditions, ion)[c]
    return {"Ca": samples["ca"], "Mg": samples["mg"]}


def _steps(model: Model, protocols: Sequence[Protocol], dt: float | None, sample: float) -> tuple[float, int, int]:
    """Time step in the clock's unit of it, steps per tick, and steps per sample of a trace."""
    dt, unit = model.dt if dt is None else float(dt), model.clock.step
    if not np.isfinite(dt) or dt <= 0 or dt > 1 or abs(round(1 / dt) * dt - 1) > 1e-9:
        changing = "noise, volleys and ions change (0.025, 0.05, 0.1)" if unit == "ms" else "diets change (0.01, 0.05)"
        raise InputError(f"dt = {dt:g} {unit} does not divide 1 {unit}, on which {changing}")
    every = round(sample / dt) if np.isfinite(sample) else 0
    if every < 1 or abs(every * dt - sample) > 1e-9:
        raise InputError(f"sample = {sample:g} {unit} is not a multiple of dt = {dt:g} {unit}")
    times = [time for one in protocols for time, _ in one.changes() if np.isfinite(time)]
    if all(abs(time - round(time)) < 1e-9 for time in times):
        return dt, round(1 / dt), every
    for time in times:  # within a day: then every step is a tick
        if abs(round(time / dt) * dt - time) > 1e-9:
            raise InputError(
                f"the change at {time:g} {unit}s does not fall on a time step of {dt:g} {unit}: give dt, such as 1/96 (a "
                "quarter of an hour)"
            )
    return dt, 1, every


def _duration(model: Model, protocols: Sequence[Protocol], duration: float | None, watch: float) -> float:
    last, unit = max(protocol.end for protocol in protocols), model.time
    least = model.clock.tick / quantities.si_factor(unit)
    if duration is None:
        if not np.isfinite(watch) or watch < 0:
            raise InputError(f"watch = {watch:g} {unit} is impossible: it must be 0 or more")
        duration = last + watch
    if not np.isfinite(duration) or duration < least:
        raise InputError(f"duration = {duration:g} {unit} is impossible: it must be at least {least:g} {unit}")
    if last > duration + 1e-9:
        raise InputError(f"the stimulus ends at {last:g} {unit}, after the run, which ends at {duration:g} {unit}")
    return duration


def _courses(
    model: Model, protocols: Sequence[Protocol], values: Mapping[str, float | Array], ticks: int, tick: float
) -> tuple[dict[str, Array], dict[str, Array], list[str]]:
    """What a regimen may change: values before the run (conditions,) and per tick (ticks, conditions), and remarks.

    `tick` is in the model's unit of time; the numbers are in the parameters' own.
    """
    conditions = len(protocols)
    remarks: list[str] = []
    before = {name: np.array(_per_condition(values[name], conditions, name)) for name in model.changing}
    for c, protocol in enumerate(protocols):
        for name, value in dict(protocol.changes()[:1]).get(-np.inf, {}).items():
            before[name][c] = _changed(model, name, value, remarks)
    samples = {name: np.tile(always, (ticks, 1)) for name, always in before.items()}
    for c, protocol in enumerate(protocols):
        for time, changed in protocol.changes()[1:]:
            for name, value in changed.items():
                samples[name][round(time / tick) :, c] = _changed(model, name, value, remarks)
    return before, samples, remarks


def _changed(model: Model, name: str, value: Any, remarks: list[str]) -> float:
    """A value that a regimen gives to a parameter."""
    if name not in model.changing:
        raise unknown(f"parameter that a regimen changes in {model.name}", name, model.changing)
    parameter = model.parameters[name]
    number = parameter.set(name, value).value
    if (said := remark(name, parameter, number)) and said not in remarks:
        remarks.append(said)
    return number


def _setup(
    model: Model,
    *,
    ions: Ions,
    protocol: Protocol | Sequence[Protocol] | None,
    duration: float | None,
    watch: float,
    parameters: Mapping[str, Any],
    repeats: int,
    seed: int | Sequence[int],
    noise: bool,
    traced: Sequence[int] | None,
    sample: float | None,
    dt: float | None,
) -> _Setup:
    protocols: list[Any] = list(protocol) if isinstance(protocol, (list, tuple)) else [protocol or Rest()]
    if not protocols or not all(isinstance(p, Protocol) for p in protocols):
        raise InputError(
            "protocol must be a Protocol (Rest, Train, Impulses, Step, Pulses, Ramp), or one per condition"
        )
    values, remarks = _parameters(model, parameters)
    lengths = {len(ions), len(protocols), *(v.size for v in values.values() if isinstance(v, np.ndarray))}
    conditions = max(lengths)
    if lengths - {1, conditions}:
        raise InputError(f"conditions do not pair up: lists of {' and '.join(map(str, sorted(lengths)))} values")
    if len(protocols) == 1:
        protocols *= conditions
    if any(len(one.volleys()) for one in protocols) and not (model.volley or model.pulse):
        raise InputError(f"{model.name} has no synapse for afferent volleys; give it a current (Step, Ramp)")
    if any(one.changes() for one in protocols) and not model.changing:
        raise InputError(f"{model.name} takes no regimen; one is for the model body")
    repeats, first_seeds = _whole("repeats", repeats, 1), _seeds(seed, conditions)
    sample = (0.5 if model.time == "s" else 1.0) if sample is None else sample
    dt, steps_per_tick, record_every = _steps(model, protocols, dt, sample)
    tick = steps_per_tick * dt * quantities.si_factor(model.clock.step)
    ticks = round(_duration(model, protocols, duration, watch) * quantities.si_factor(model.time) / tick)

    cells = conditions * repeats
    of_cell = np.repeat(np.arange(conditions), repeats)
    seeds = (first_seeds[:, None] + np.arange(repeats)).reshape(-1)
    stimulus, stimulus_units, stimulus_values = _current(model, protocols)
    units = {name: quantities.base_units(p.unit) for name, p in model.parameters.items()} | stimulus_units
    courses = {name: units.pop(name) for name in model.changing}
    si = {n: quantities.to_si(value, model.parameters[n].unit) for n, value in values.items()} | stimulus_values
    of_job = {n: _per_condition(v, conditions, n)[of_cell] if isinstance(v, np.ndarray) else v for n, v in si.items()}

    given: dict[str, str] = {}
    columns: dict[str, NDArray[Any]] = {}
    inputs: dict[str, Array] = {}
    if model.ions:
        for name, ion in (("Ca", "ca"), ("Mg", "mg")):
            given[name] = quantities.base_units("mM")
            of_job[name] = columns[f"{ion}_mM"] = _per_condition(getattr(ions, ion), conditions, ion)[of_cell]
        inputs |= {name: samples[:, of_cell] for name, samples in _ion_samples(ions, conditions, ticks).items()}
    held = (*given, *courses)
    given |= courses
    if courses:
        before, samples, said = _courses(model, protocols, values, ticks, tick / quantities.si_factor(model.time))
        remarks += said
        for name in courses:
            unit = model.parameters[name].unit
            of_job[name] = quantities.to_si(before[name], unit)[of_cell]
            inputs[name] = quantities.to_si(samples[name], unit)[:, of_cell]
    for name, value in values.items():
        if isinstance(value, np.ndarray):
            columns[f"{name}_{model.parameters[name].unit}"] = _per_condition(value, conditions, name)[of_cell]
    columns["seed"] = seeds
    if model.noise:
        given[model.noise.name] = units[model.noise.sd]  # changes at every tick
        if noise and np.any(si[model.noise.sd]):
            taus = np.broadcast_to(of_job[model.noise.tau], cells).tolist()
            pairs = list(zip(seeds.tolist(), taus, strict=True))
            made = {pair: noise_samples(pair[0], ticks, pair[1]) for pair in set(pairs)}
            inputs["noise"] = np.stack([made[pair] for pair in pairs], axis=1)
    given |= {name: units[size] for name, size in model.pulse.items()}
    if any(len(one.volleys()) for one in protocols):
        volleys = np.zeros((ticks, conditions))
        for c, one in enumerate(protocols):
            at = np.round(one.volleys() / TICK_S).astype(int)
            volleys[at[at < ticks], c] = 1.0  # the last of a train may be rounded to the run's very end
        inputs["volley"] = volleys[:, of_cell]
        if model.chance and noise:
            inputs["chance"] = _chances(inputs["volley"], seeds)

    chosen = tuple(range(0, cells, repeats)) if traced is None else tuple(int(c) for c in traced)
    if any(not 0 <= c < cells for c in chosen) or len(set(chosen)) != len(chosen):
        raise InputError(f"traced cells must be different numbers from 0 to {cells - 1}")
    job = engines.Job(
        equations=model.equations,
        stimulus=stimulus,
        units=units,
        given=given,
        parameters=of_job,
        inputs=inputs,
        noise=(model.noise.name, model.noise.sd) if model.noise else None,
        volley=model.volley,
        pulse=model.pulse,
        event=(model.event.variable, model.event.level * quantities.si_factor(model.event.unit)),
        cells=cells,
        ticks=ticks,
        steps_per_tick=steps_per_tick,
        record=(model.states if model.readouts else tuple(model.traces)) if chosen else (),
        record_every=record_every,
        traced=chosen,
        named=(model.event.variable, *model.traces, *model.guess, *model.volley),
        held=held,
        tick=tick,
        integrator=model.integrator,
        readouts=tuple(model.readouts),
    )
    table = {
        name: {"value": v.tolist() if isinstance(v := values[name], np.ndarray) else v, "unit": p.unit}
        for name, p in model.parameters.items()
    }
    return _Setup(job, protocols, ions, seeds, of_cell, columns, table, remarks, dt)


def _initial(model: Model, job: engines.Job, program: loop.Translated) -> tuple[dict[str, Array], list[str]]:
    """Initial states of every cell (SI) and whether each has a rest: "stable", "unstable" or "none"."""
    # cells that differ only in stimulus or noise share their rest
    varying = {n: v for n, v in job.parameters.items() if isinstance(v, np.ndarray) and not n.startswith(_STIMULUS)}
    table = np.column_stack(list(varying.values())) if varying else np.zeros((job.cells, 0))
    _, first, which = np.unique(table, axis=0, return_index=True, return_inverse=True)
    shared = {n: v[first] if isinstance(v, np.ndarray) else v for n, v in job.parameters.items()}
    cells = len(first)
    start = np.zeros((len(program.states), cells))
    for k, name in enumerate(program.states):
        value, unit = model.guess.get(name, (0.0, "1"))
        start[k] = value * quantities.si_factor(unit)
    resting = [k for k, name in enumerate(program.states) if name not in program.counters]

    def search(changes: Mapping[str, Array], follow: bool = True) -> rest.RestingState:
        p: dict[str, Any] = {**shared, **changes}
        s = program.slow(p)([p.get(name, 0.0) for name in program.ticked[: program.given]])  # no noise at rest
        derivatives = program.derivatives(p)

        def rates(x: Array) -> Array:
            y: list[Any] = [0.0] * len(program.states)  # what counters have counted matters to nobody
            for k, values in zip(resting, x, strict=True):
                y[k] = values
            rate = derivatives(y, -1.0, s)  # -1 s: before any stimulus
            return np.array(np.broadcast_arrays(x[0], *(rate[k] for k in resting))[1:])

        return rest.find(rates, guess=start[resting], follow=follow)

    found = search({})
    values, known = found.values, found.found
    words = np.where(found.stable, "stable", np.where(known, "unstable", "none"))
    normal = {"Ca": np.full(cells, Ions().ca), "Mg": np.full(cells, Ions().mg)}
    if model.ions and not known.all():
        # a cell without rest starts from its rest in normal ions, as if the ions had changed at time 0; one that has
        # none there either, from where following its dynamics has led
        other = search(normal)
        values = np.where(known | ~other.found, values, other.values)
        known = known | other.found
    if not known.all() and not np.isfinite(values).all():
        raise NumericalError(f"{model.name} has no resting state with these parameters, and runs away from the guess")
    which = which.reshape(-1)
    start[resting] = values
    return dict(zip(program.states, start[:, which], strict=True)), words[which].tolist()


def resting_state(
    model: str | Path | Model, *, ions: Ions | None = None, parameters: Mapping[str, Any] | None = None
) -> tuple[dict[str, tuple[float, str]], str]:
    """Compute a model's resting state in one condition.

    Parameters
    ----------
    model, ions, parameters
        See `simulate`.

    Returns
    -------
    (dict of str to (float, str), str)
        Value and unit of every state variable, and "stable", "unstable" or "none" (then the values are those of normal
        ions).

    Raises
    ------
    InputError
        Impossible input.
    NumericalError
        There is no resting state, not even in normal ions.
    """
    cell = model if isinstance(model, Model) else load_model(model)
    _, made, rest_si, kind = one_cell(cell, ions=ions, parameters=parameters)
    units = _units(cell, made)
    return {s: (value / quantities.si_factor(units[s]), units[s]) for s, value in rest_si.items()}, kind


def _units(cell: Model, made: engines.Build) -> dict[str, str]:
    """In which unit a state variable is told."""
    units = {state: unit for state, unit in made.manifest["units"].items()}
    weights = {state: added for state, added in cell.volley.items() if added in cell.parameters}
    units |= {state: cell.parameters[weight].unit for state, weight in weights.items()}
    return units | {state: unit for state, (_, unit) in cell.guess.items()} | dict(cell.traces)


def steady_states(
    model: str | Path | Model,
    *,
    ions: Ions | None = None,
    parameters: Mapping[str, Any] | None = None,
    announce: Callable[[str], None] | None = None,
) -> tuple[dict[str, Array], NDArray[np.str_]]:
    """The resting states of many conditions at once, and what can be read out there.

    Parameters
    ----------
    model, ions, parameters, announce
        See `simulate`.

    Returns
    -------
    (dict of str to array, array of str)
        (conditions,) each: states and readouts by name and unit (``Ca_ionised_mM``); and "stable", "unstable" or "none".

    Raises
    ------
    InputError
        Impossible input.
    NumericalError
        There is no resting state.
    """
    cell = model if isinstance(model, Model) else load_model(model)
    setup = _setup(cell, ions=ions or Ions(), parameters=parameters or {}, **_ONE_MOMENT)
    made = engines.ready(setup.job, "numpy", announce or (lambda _: None))
    values, kinds = _initial(cell, setup.job, made.program)
    units = _units(cell, made)
    found = {f"{state}_{units[state]}": value / quantities.si_factor(units[state]) for state, value in values.items()}
    found |= _read_out(
        cell,
        setup.job,
        made.program,
        {state: value[:, None] for state, value in values.items()},
        range(setup.job.cells),
    )
    return {name: np.array(np.broadcast_to(value.reshape(-1), len(kinds))) for name, value in found.items()}, np.array(
        kinds
    )


def blank_job(model: Model) -> engines.Job:
    """What would run one cell of a model for a moment, without a stimulus."""
    return _setup(model, ions=Ions(), parameters={}, **_ONE_MOMENT).job


def _read_out(
    model: Model, job: engines.Job, program: loop.Translated, states: Mapping[str, Array], cells: Sequence[int]
) -> dict[str, Array]:
    """Readouts by name and unit, (cells, samples), from the states (SI) at samples of a run."""
    if not model.readouts:
        return {}
    chosen = np.asarray(cells, dtype=np.int64)
    samples = next(iter(states.values())).shape[1]
    p = {n: v[chosen][:, None] if isinstance(v, np.ndarray) else v for n, v in job.parameters.items()}
    tick = np.arange(samples) * job.record_every // job.steps_per_tick
    given = [
        job.inputs[name][tick][:, chosen].T if name in job.inputs else p.get(name, 0.0)
        for name in program.ticked[: program.given]
    ]
    with np.errstate(over="ignore"):  # as in the loop: 1/(1 + infinity) is 0
        values = program.read_out(p)([states[name] for name in program.states], 0.0, program.slow(p)(given))
    shape = (len(chosen), samples)
    return {
        f"{name}_{unit}": np.broadcast_to(value, shape) / quantities.si_factor(unit)
        for (name, unit), value in zip(model.readouts.items(), values, strict=True)
    }


_ONE_MOMENT: dict[str, Any] = {
    "protocol": None,
    "duration": 1.0,
    "watch": 0.0,
    "repeats": 1,
    "seed": 0,
    "noise": False,
    "traced": [],
    "sample": 1.0,
    "dt": None,
}


def one_cell(
    model: Model,
    *,
    ions: Ions | None = None,
    parameters: Mapping[str, Any] | None = None,
    protocol: Protocol | None = None,
    duration: float = 1.0,
) -> tuple[engines.Job, engines.Build, dict[str, float], str]:
    """A single cell, not yet run: what would run, its equations, its rest in SI, and which kind of rest that is."""
    moment = {**_ONE_MOMENT, "protocol": protocol, "duration": duration}
    setup = _setup(model, ions=ions or Ions(), parameters=parameters or {}, **moment)
    made = engines.ready(setup.job, "numpy", lambda _: None)
    values, kinds = _initial(model, setup.job, made.program)
    return setup.job, made, {state: float(value[0]) for state, value in values.items()}, kinds[0]


def simulate(
    model: str | Path | Model,
    *,
    ions: Ions | None = None,
    protocol: Protocol | Sequence[Protocol] | None = None,
    duration: float | None = None,
    watch: float = 1.0,
    parameters: Mapping[str, Any] | None = None,
    repeats: int = 1,
    seed: int | Sequence[int] = 1,
    noise: bool = True,
    traced: Sequence[int] | None = None,
    sample: float | None = None,
    dt: float | None = None,
    engine: str = "auto",
    keep: str | Path | None = None,
    announce: Callable[[str], None] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Recording:
    """Run a model in one or many conditions, all at once.

    Every cell starts from its own computed resting state. A cell that has none in its ions starts from the rest it has
    in normal ions, as if the ions had changed at time 0.

    Parameters
    ----------
    model : str, Path or Model
        A name, a file of your own, or a model.
    ions : Ions, optional
        Ionised calcium and magnesium at the cell; one condition per value. Normal if left out.
    protocol : Protocol or sequence of these, optional
        The stimulus; a sequence has one per condition.
    duration : float, optional
        Length of the run, s (days for a body). If left out, the run ends `watch` after the stimulus does.
    watch : float
        s (days for a body); not used where `duration` is given.
    parameters : mapping, optional
        Other values of model parameters: numbers in the parameter's unit, text with a unit ("0.2 mS/cm**2"), quantities,
        or a sequence with one value per condition.
    repeats : int
        Runs of every condition, each with a noise of its own: seeds `seed`, `seed` + 1, ...
    seed : int or sequence of int
        The same seed gives the same noise in every condition and engine. A sequence has one per condition.
    noise : bool
        False leaves the model's noise out, and what volleys draw.
    traced : sequence of int, optional
        Cells to record traces of (cell = condition * repeats + repeat); the first repeat of every condition if left out.
    sample : float, optional
        Sampling interval of traces; 0.5 ms if left out, a day for a body.
    dt : float, optional
        Time step, ms (days for a body); the model's own if left out.
    engine : {"auto", "cpp", "numpy"}
        Compiled, or a numpy loop generated from the same equations; "auto" takes the first where a compiler is that does
        not fail.
    keep : str or Path, optional
        A folder in which the recording is kept, and from which it is taken if the very same run is asked for again: for
        long studies, which can go on where they were interrupted.
    announce : function of a sentence, optional
        Told before something that takes long.
    progress : function of the finished fraction, optional

    Returns
    -------
    Recording

    Raises
    ------
    InputError
        Impossible input: names the value, the reason and the nearest right one.
    NumericalError
        A result that is not finite: names the variable, the condition, the time and dt.
    EngineError
        The model could not be built, or its program failed.
    """
    cell = model if isinstance(model, Model) else load_model(model)
    chosen, why = engines.choose(engine)
    setup = _setup(
        cell,
        ions=ions or Ions(),
        protocol=protocol,
        duration=duration,
        watch=watch,
        parameters=parameters or {},
        repeats=repeats,
        seed=seed,
        noise=noise,
        traced=traced,
        sample=sample,
        dt=dt,
    )
    job = setup.job
    announce = announce or (lambda _: None)
    try:
        made = engines.ready(job, chosen, announce)
    except CompilerError as problem:
        if engine != "auto":
            raise
        chosen, why = engines.give_up(problem)
        made = engines.ready(job, chosen, announce)
    kept = Path(keep, f"{_fingerprint(job, made)}.npz") if keep else None
    if kept:
        with contextlib.suppress(InputError):  # not there, or damaged
            recording = Recording.load(kept)
            (progress or (lambda _: None))(1.0)
            return recording
    initial, kinds = _initial(cell, job, made.program)
    one = quantities.si_factor(cell.time)
    try:
        raw = engines.run(made, job, initial, progress or (lambda _: None))
    except loop.NotFiniteError as problem:
        condition = ", ".join(f"{name} = {values[problem.cell]:g}" for name, values in setup.columns.items())
        raise NumericalError(
            f"{cell.name}: {problem.variable} is not a finite number any more at {problem.time / one:g} {cell.time} "
            f"({condition}; dt {setup.dt:g} {cell.clock.step}): try a smaller dt, or look at the parameters"
        ) from None

    duration = job.ticks * job.tick / one
    traces = {
        f"{name}_{unit}": raw.traces[name] / quantities.si_factor(unit)
        for name, unit in cell.traces.items()
        if job.record
    }
    if job.record:
        traces |= _read_out(cell, job, made.program, raw.traces, job.traced)
    at = [_per_condition(change.at, len(setup.protocols), "at") for change in setup.ions.changes]
    changed = [np.array([t[c] for t in at if t[c] < duration]) for c in range(len(setup.protocols))]
    recording = Recording(
        conditions=setup.columns,
        duration=duration,
        event_cell=raw.event_cell,
        event_time=raw.event_time / one,
        trace_time=raw.trace_time / one,
        trace_cell=np.array(job.traced, dtype=np.int64),
        traces=traces,
        stimuli=[(times := setup.protocols[c].volleys())[times < duration - TICK_S / 2] for c in setup.of_cell],
        changes=[changed[c] for c in setup.of_cell],
        time_unit=cell.time,
        making={
            **surroundings(),
            "engine": chosen,
            "engine_reason": why,
            "integrator": job.integrator,
            "dt_ms": setup.dt * quantities.si_factor(cell.clock.step) * 1e3,
            "seed": np.asarray(seed).tolist(),
            "model": cell.name,
            "parameters": setup.parameters,
            "protocol": sorted({str(p) for p in setup.protocols}),
            "noise": "noise" in job.inputs,
            "rest": kinds,
            "remarks": setup.remarks,
        },
    )
    if kept:
        with contextlib.suppress(InputError, OSError):  # where nothing can be kept, the study is merely not resumable
            kept.parent.mkdir(parents=True, exist_ok=True)
            recording.save(kept)
    return recording


def surroundings() -> dict[str, str]:
    """Versions of what a result was made with."""
    return {
        "version": excitability.__version__,
        "brian2": machine.version("brian2"),
        "numpy": machine.version("numpy"),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


def _fingerprint(job: engines.Job, made: engines.Build) -> str:
    """A text that differs between runs that may differ in their results."""

    def digest(value: Array) -> str:
        if not isinstance(value, np.ndarray):
            raise TypeError(f"{type(value)} has no fingerprint")
        return hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()

    code = [Path(str(module.__file__)).read_text(encoding="utf-8") for module in (rest, sys.modules[__name__])]
    said = {field.name: getattr(job, field.name) for field in fields(job)}
    text = json.dumps([made.folder.name, said, code], sort_keys=True, default=digest)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
