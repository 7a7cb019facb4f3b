"""One call from a model, ions and a protocol to a recording."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import excitability
from excitability import engine, loop, quantities, rest
from excitability.errors import InputError, NumericalError, unknown
from excitability.ions import Ions
from excitability.model import Model, load_model
from excitability.parameters import Parameter, remark
from excitability.protocol import Protocol, Rest
from excitability.recording import Recording

Array = NDArray[np.float64]
TICK_S = engine.TICK_S


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
    kicks = generator.standard_normal(ticks)
    decay = np.exp(-TICK_S / tau)
    spread = np.sqrt(1 - decay**2)
    samples = np.empty(ticks)
    value = 0.0
    for k, kick in enumerate(kicks.tolist()):
        samples[k] = value
        value = value * decay + spread * kick
    return samples


def _per_condition(value: Any, conditions: int, name: str) -> Array:
    array = np.atleast_1d(np.asarray(value, dtype=float))
    if array.shape not in ((1,), (conditions,)):
        raise InputError(f"{name} has {array.size} values for {conditions} conditions")
    return np.broadcast_to(array, conditions)


def _parameter_values(
    model: Model, changes: Mapping[str, Any], conditions: int
) -> tuple[dict[str, float | Array], dict[str, Array], list[str]]:
    """Parameters in SI (a number, or an array over conditions), the swept ones in their units, and remarks."""
    values: dict[str, float | Array] = {name: p.si for name, p in model.parameters.items()}
    swept: dict[str, Array] = {}
    remarks: list[str] = []
    for name, change in changes.items():
        if name not in model.parameters:
            raise InputError(f"{model.name}: {unknown('parameter', name, model.parameters)}")
        parameter: Parameter = model.parameters[name]
        numbers = quantities.read(change, parameter.unit, name)
        for number in np.unique(np.atleast_1d(numbers)):
            quantities.check_possible(name, float(number), parameter.unit)
            said = remark(name, parameter, float(number))
            if said:
                remarks.append(said)
        factor = quantities.si_factor(parameter.unit)
        if isinstance(numbers, float):
            values[name] = numbers * factor
        else:
            swept[name] = _per_condition(numbers, conditions, name)
            values[name] = swept[name] * factor
    return values, swept, remarks


def _current(
    model: Model, protocols: Sequence[Protocol]
) -> tuple[str, dict[str, str], dict[str, Array]]:
    """The injected current: equations, units of the names in them, and their values per condition (SI)."""
    if not model.stimulus:
        if any(protocol.current() for protocol in protocols):
            raise InputError(f"{model.name} takes no injected current")
        return "", {}, {}
    pieces = max(len(protocol.current()) for protocol in protocols)
    unit = quantities.base_units(model.stimulus_unit)
    if not pieces:
        return f"{model.stimulus} : {unit} (shared, constant)", {}, {}
    units: dict[str, str] = {}
    values: dict[str, Array] = {}
    terms = []
    for k in range(pieces):
        names = (f"t_on_{k}", f"t_off_{k}", f"I_on_{k}", f"I_off_{k}")
        on, off, first, last = names
        terms.append(
            f"int(t >= {on})*int(t < {off})*({first} + ({last} - {first})*(t - {on})/({off} - {on}))"
        )
        table = [p.current()[k] if k < len(p.current()) else (1e9, 2e9, 0.0, 0.0) for p in protocols]
        for column, name in enumerate(names):
            units[name] = "second" if column < 2 else unit
            factor = 1.0 if column < 2 else quantities.si_factor(model.stimulus_unit)
            values[name] = np.array([row[column] for row in table]) * factor
    return f"{model.stimulus} = {' + '.join(terms)} : {unit}", units, values


def _ion_samples(ions: Ions, conditions: int, ticks: int) -> dict[str, Array] | None:
    """Ca and Mg per tick and condition in mM, or None if they never change."""
    if not ions.changes:
        return None
    samples = {ion: np.tile(_per_condition(getattr(ions, ion), conditions, ion), (ticks, 1)) for ion in ("ca", "mg")}
    for change in ions.changes:
        at = _per_condition(change.at, conditions, "times of ion changes")
        for ion, new in (("ca", change.ca), ("mg", change.mg)):
            if new is None:
                continue
            level = _per_condition(new, conditions, ion)
            for c in np.flatnonzero(np.isfinite(at)):
                samples[ion][round(at[c] / TICK_S):, c] = level[c]
    return samples


def simulate(
    model: str | Path | Model,
    *,
    ions: Ions | None = None,
    protocol: Protocol | Sequence[Protocol] | None = None,
    duration: float | None = None,
    watch: float = 1.0,
    parameters: Mapping[str, Any] | None = None,
    repeats: int = 1,
    seed: int = 1,
    noise: bool = True,
    traced: Sequence[int] | None = None,
    sample: float = 0.5,
    dt: float | None = None,
    engine: str = "auto",
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
        Length of the run, s; `watch` after the end of the stimulus if left out.
    watch : float
        s.
    parameters : mapping, optional
        Other values of model parameters: numbers in the parameter's unit, text with a unit ("0.2 mS/cm**2"), quantities, or
        a sequence with one value per condition.
    repeats : int
        Runs of every condition, each with a noise of its own: seeds `seed`, `seed` + 1, ...
    seed : int
        The same seed gives the same noise in every condition and engine.
    noise : bool
        False leaves the model's noise out.
    traced : sequence of int, optional
        Cells to record traces of (cell = condition * repeats + repeat); the first repeat of every condition if left out.
    sample : float
        Sampling interval of traces, ms.
    dt : float, optional
        Time step, ms; the model's own if left out.
    engine : {"auto", "cpp", "numpy"}
        Compiled, or a numpy loop generated from the same equations; "auto" takes the first where a compiler is.
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
    """
    from excitability import engine as engines

    cell_model = model if isinstance(model, Model) else load_model(model)
    chosen, why = engines.choose(engine)
    ions = ions or Ions()
    protocols: list[Protocol] = [protocol or Rest()] if not isinstance(protocol, (list, tuple)) else list(protocol)
    if not protocols or not all(isinstance(p, Protocol) for p in protocols):
        raise InputError("protocol must be a Protocol (Rest, Train, Step, Ramp), or one per condition")
    lengths = {len(ions), len(protocols), *(len(v) for v in (parameters or {}).values() if isinstance(v, (list, tuple, np.ndarray)))}
    conditions = max(lengths)
    if lengths - {1, conditions}:
        raise InputError(f"conditions do not pair up: {', '.join(map(str, sorted(lengths)))} values")
    if len(protocols) == 1:
        protocols *= conditions
    for one in protocols:
        if len(one.volleys()) and not cell_model.volley:
            raise InputError(f"{cell_model.name} has no synapse for afferent volleys; give it a current (Step, Ramp)")
    if isinstance(repeats, bool) or not isinstance(repeats, (int, np.integer)) or repeats < 1:
        raise InputError(f"repeats = {repeats} is impossible: it must be a whole number from 1 on")
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise InputError(f"seed = {seed} is impossible: it must be a whole number from 0 on")

    last = max(p.end for p in protocols)
    if duration is None:
        if not np.isfinite(watch) or watch < 0:
            raise InputError(f"watch = {watch:g} s is impossible: it must be 0 or more")
        duration = last + watch
    if not np.isfinite(duration) or duration < TICK_S:
        raise InputError(f"duration = {duration:g} s is impossible: it must be at least 0.001 s")
    if last > duration:
        raise InputError(f"the stimulus ends at {last:g} s, after the run, which ends at {duration:g} s")
    ticks = round(duration / TICK_S)
    dt = cell_model.dt if dt is None else dt
    quantities.check_possible("dt", float(dt), "ms")
    steps_per_tick = round(1.0 / dt) if dt > 0 else 0
    if steps_per_tick < 1 or abs(steps_per_tick * dt - 1.0) > 1e-9:
        raise InputError(f"dt = {dt:g} ms does not divide 1 ms, on which noise, volleys and ions change (0.025, 0.05, 0.1)")
    record_every = round(sample / dt)
    if record_every < 1 or abs(record_every * dt - sample) > 1e-9:
        raise InputError(f"sample = {sample:g} ms is not a multiple of dt = {dt:g} ms")

    values, swept, remarks = _parameter_values(cell_model, parameters or {}, conditions)
    stimulus, stimulus_units, stimulus_values = _current(cell_model, protocols)
    units = {name: quantities.base_units(p.unit) for name, p in cell_model.parameters.items()} | stimulus_units
    of_cell = np.repeat(np.arange(conditions), repeats)
    cells = conditions * repeats
    seeds = np.tile(np.arange(seed, seed + repeats), conditions)

    def spread(value: float | Array) -> float | Array:
        return value[of_cell] if isinstance(value, np.ndarray) else value

    job_parameters: dict[str, float | Array] = {name: spread(v) for name, v in (values | stimulus_values).items()}
    given: dict[str, str] = {}
    if cell_model.ions:
        given = {"Ca": "mole/meter**3", "Mg": "mole/meter**3"}
        job_parameters["Ca"] = _per_condition(ions.ca, conditions, "ca")[of_cell]
        job_parameters["Mg"] = _per_condition(ions.mg, conditions, "mg")[of_cell]

    inputs: dict[str, Array] = {}
    noise_names: tuple[str, str] | None = None
    if cell_model.noise:
        given[cell_model.noise.name] = quantities.base_units(cell_model.parameters[cell_model.noise.sd].unit)
        noise_names = (cell_model.noise.name, cell_model.noise.sd)
        if noise and np.any(values[cell_model.noise.sd]):
            taus = np.broadcast_to(spread(values[cell_model.noise.tau]), cells)
            made = {pair: noise_samples(pair[0], ticks, pair[1]) for pair in set(zip(seeds.tolist(), taus.tolist(), strict=True))}
            inputs["noise"] = np.stack([made[pair] for pair in zip(seeds.tolist(), taus.tolist(), strict=True)], axis=1)
    if any(len(p.volleys()) for p in protocols):
        volleys = np.zeros((ticks, conditions))
        for c, one in enumerate(protocols):
            volleys[np.round(one.volleys() / TICK_S).astype(int), c] = 1.0
        inputs["volley"] = volleys[:, of_cell]
    ion_samples = _ion_samples(ions, conditions, ticks) if cell_model.ions else None
    if ion_samples:
        inputs["Ca"], inputs["Mg"] = ion_samples["ca"][:, of_cell], ion_samples["mg"][:, of_cell]

    if traced is None:
        traced = [c * repeats for c in range(conditions)]
    if any(not 0 <= c < cells for c in traced) or len(set(traced)) != len(traced):
        raise InputError(f"traced cells must be different numbers from 0 to {cells - 1}")

    job = engines.Job(
        equations=cell_model.equations, stimulus=stimulus, units=units, given=given, parameters=job_parameters,
        inputs=inputs, noise=noise_names, volley=cell_model.volley,
        event=(cell_model.event.variable, cell_model.event.level * quantities.si_factor(cell_model.event.unit)),
        cells=cells, ticks=ticks, steps_per_tick=steps_per_tick, record=tuple(cell_model.traces) if traced else (),
        record_every=record_every, traced=tuple(traced),
        named=(cell_model.event.variable, *cell_model.traces, *cell_model.guess, *cell_model.volley),
    )  # fmt: skip
    tell = announce or (lambda _: None)
    initial, state = resting_state(cell_model, job, chosen, tell)

    names: dict[str, NDArray[Any]] = {}
    if cell_model.ions:
        names = {"ca_mM": np.asarray(job_parameters["Ca"]), "mg_mM": np.asarray(job_parameters["Mg"])}
    for name, numbers in swept.items():
        names[f"{name}_{cell_model.parameters[name].unit}"] = numbers[of_cell]
    names["seed"] = seeds

    try:
        raw = engines.run(job, initial, chosen, announce=tell, progress=progress or (lambda _: None))
    except loop.NotFinite as problem:
        condition = ", ".join(f"{name} = {values_[problem.cell]:g}" for name, values_ in names.items())
        raise NumericalError(
            f"{cell_model.name}: {problem.variable} is not a finite number any more at {problem.time:g} s ({condition}; "
            f"dt {dt:g} ms): try a smaller dt, or look at the parameters"
        ) from None

    traces = {
        f"{name}_{unit.replace('/', '_per_')}": raw.traces[name] / quantities.si_factor(unit)
        for name, unit in cell_model.traces.items()
        if name in raw.traces
    }
    at = [[_per_condition(change.at, conditions, "at")[c] for change in ions.changes] for c in range(conditions)]
    changed = [np.array([t for t in times if np.isfinite(t) and t < duration]) for times in at]
    return Recording(
        conditions=names,
        duration=ticks * TICK_S,
        event_cell=raw.event_cell,
        event_time=raw.event_time,
        trace_time=raw.trace_time,
        trace_cell=np.array(traced, dtype=np.int64),
        traces=traces,
        stimuli=[protocols[c].volleys() for c in of_cell],
        changes=[changed[c] for c in of_cell],
        making={
            "version": excitability.__version__,
            "brian2": engines.version("brian2"),
            "numpy": engines.version("numpy"),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "engine": chosen,
            "engine_reason": why,
            "integrator": "exponential_strang",
            "dt_ms": dt,
            "seed": int(seed),
            "model": cell_model.name,
            "noise": "noise" in inputs,
            "parameters": {
                name: {
                    "value": float(v) / quantities.si_factor(p.unit) if not isinstance(v, np.ndarray)
                    else sorted(set(swept[name].tolist())),
                    "unit": p.unit,
                }
                for (name, p), v in zip(cell_model.parameters.items(), (values[n] for n in cell_model.parameters), strict=True)
            },
            "protocol": sorted({str(p) for p in protocols}),
            "rest": state,
            "remarks": remarks,
        },
    )


def resting_state(
    model: Model, job: engine.Job, chosen: Any, announce: Callable[[str], None]
) -> tuple[dict[str, Array], list[str]]:
    """Initial states of every cell (SI) and whether each has a rest: "stable", "unstable" or "none"."""
    ready = engine.prepare(engine._specification(job, "numpy", 0, 0), announce)
    program = ready.program

    def search(changes: Mapping[str, Array]) -> rest.RestingState:
        p: dict[str, Any] = {**job.parameters, **changes}
        if job.noise:
            p[job.noise[0]] = 0.0
        if model.stimulus:
            p.setdefault(model.stimulus, 0.0)
        p.update(program.slow(p)())
        derivatives = program.derivatives(p)
        guess = np.zeros((len(program.states), job.cells))
        for k, name in enumerate(program.states):
            value, unit = model.guess.get(name, (0.0, "1"))
            guess[k] = value * quantities.si_factor(unit)
        return rest.find(lambda x: np.array(np.broadcast_arrays(*derivatives(list(x), -1.0))), guess)

    found = search({})
    values = found.values
    words = np.where(found.stable, "stable", np.where(found.found, "unstable", "none"))
    if not found.found.all():
        normal = Ions()
        reference = search({"Ca": np.full(job.cells, normal.ca), "Mg": np.full(job.cells, normal.mg)} if model.ions else {})
        if not reference.found[~found.found].all():
            raise NumericalError(
                f"{model.name} has no resting state with these parameters, not even in normal ions, to start from"
            )
        values = np.where(found.found, values, reference.values)
    return dict(zip(program.states, values, strict=True)), words.tolist()
