"""What a time step costs, and how long the first one is in coming: this engine's method and Brian2's own.

Each is measured in a process of its own (``python -m excitability.timing SPECIFICATION.json FOLDER``), started twice: from
nothing, and again with what the first left behind. Brian2's methods run as its users run them: C++ standalone mode, the
compiler flags that are Brian2's default, the project's folder kept, parameters as constants of a namespace. Equations,
time step, rest and stimulus are the same for all, and so is what is recorded: the event variable before and after
every crossing, from which the crossing's time is interpolated. All files are kept in memory where that is possible,
those of Brian2 as well.
"""

import json
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from excitability import engine, loop, machine, quantities, simulation
from excitability.errors import EngineError, InputError, unknown
from excitability.model import Model
from excitability.protocol import TICK_S, Protocol, Step

BRIAN2 = ("exponential_euler", "rk4")
METHODS = ("exponential_strang", *BRIAN2)
# Noted by the built program itself; Brian2's own report of its progress would cost time at every step.
_NOTE_START = """
struct timespec _now;
clock_gettime(CLOCK_REALTIME, &_now);
std::ofstream("first_step") << std::fixed << _now.tv_sec + 1e-9*_now.tv_nsec;
"""


@dataclass(frozen=True)
class Timing:
    """One method, model and number of cells.

    Parameters
    ----------
    ns_per_step : float
        Processor time of the built program, all in, for one cell and one time step: the best of several runs, ns.
    first_startup_s, startup_s : float
        From the start of a fresh Python process to the first time step: from nothing, and again, s.
    event_times : array
        Events of the first cell, s.
    """

    ns_per_step: float
    first_startup_s: float
    startup_s: float
    event_times: NDArray[np.float64]


def measure(
    model: Model,
    method: str,
    *,
    protocol: Protocol,
    cells: int,
    duration: float,
    parameters: Mapping[str, Any],
    runs: int = 3,
) -> Timing | None:
    """Measure a method.

    Parameters
    ----------
    model : Model
        One that comes with the package, in normal ions, without noise, from its rest, at its own time step.
    method : str
        One of `METHODS`.
    protocol : Protocol
        An injected current.
    cells : int
    duration : float
        Length of the simulation, s.
    parameters : mapping
        Values of parameters, each in its unit.
    runs : int
        The best of so many counts.

    Returns
    -------
    Timing or None
        None where Brian2 says that the method is not for these equations.

    Raises
    ------
    InputError
        Unknown method, or no compiler.
    EngineError
        A build or a run failed.
    """
    if method not in METHODS:
        raise unknown("method", method, METHODS)
    if machine.compiler() is None:
        raise InputError("a benchmark needs a C++ compiler, and none was found that works (g++, clang++ or CXX)")
    specification: dict[str, Any] = {
        "model": model.name,
        "method": method,
        "cells": cells,
        "ticks": round(duration / TICK_S),
        "parameters": dict(parameters),
        "current": protocol.current(),
    }
    if method in BRIAN2:
        job, _, rest, _ = simulation.one_cell(model, protocol=protocol, duration=duration, parameters=parameters)
        specification |= {
            "equations": "\n".join([job.equations, job.stimulus]),
            "constants": {
                name: (float(np.squeeze(job.parameters.get(name, 0.0))), unit)
                for name, unit in {**job.given, **job.units}.items()
            },
            "rest": rest,
            "event": job.event,
            "unit": quantities.base_units(model.event.unit),
            "dt_s": job.dt,
        }
    with tempfile.TemporaryDirectory(prefix="excitability-", dir=machine.memory_folder(2.5e7)) as name:
        folder = Path(name)
        first = _child({**specification, "runs": 1}, folder)
        again = _child({**specification, "runs": runs}, folder) if first else None
    if first is None or again is None:
        return None
    steps = specification["ticks"] * round(TICK_S / (model.dt * 1e-3))
    return Timing(
        ns_per_step=1e9 * min(again["processor_s"]) / (steps * cells),
        first_startup_s=first["startup_s"],
        startup_s=again["startup_s"],
        event_times=np.array(again["events"]),
    )


def exact_times(
    model: Model, protocol: Protocol, duration: float, parameters: Mapping[str, Any]
) -> NDArray[np.float64]:
    """Times of a model's events in normal ions, without noise, from its rest: scipy's, to judge the others by.

    Parameters
    ----------
    model : Model
    protocol : Protocol
        An injected current that is constant between its edges (a Step).
    duration : float
        s.
    parameters : mapping
        Values of parameters, each in its unit.

    Returns
    -------
    array
        s.

    Raises
    ------
    InputError
        Another kind of stimulus.
    """
    from scipy.integrate import solve_ivp

    pieces = protocol.current()
    if len(protocol.volleys()) or any(first != last for _, _, first, last in pieces):
        raise InputError(f"{protocol.in_words()}: only a current that is constant between its edges is taken here")
    job, made, rest, _ = simulation.one_cell(model, protocol=protocol, duration=duration, parameters=parameters)
    program, p = made.program, {name: float(np.squeeze(value)) for name, value in job.parameters.items()}
    slow = [float(s) for s in program.slow(p)([p.get(name, 0.0) for name in program.ticked[: program.given]])]
    derivatives = program.derivatives(p, loop.ON_NUMBERS)
    variable, level = job.event
    watched = program.states.index(variable)

    def crossing(_: float, y: NDArray[np.float64]) -> float:
        return float(y[watched]) - level

    crossing.direction = 1.0  # type: ignore[attr-defined]
    y = np.array([rest[state] for state in program.states])
    edges = sorted({0.0, duration, *(edge for piece in pieces for edge in piece[:2] if 0 < edge < duration)})
    times: list[float] = []
    for start, stop in pairwise(edges):
        middle = (start + stop) / 2  # the current is that of the whole piece, also at its ends
        solution = solve_ivp(
            lambda _, x, t=middle: derivatives(x.tolist(), t, slow),
            (start, stop),
            y,
            method="LSODA",
            rtol=1e-11,
            atol=1e-13 * np.maximum(np.abs(y), 1e-6),
            events=crossing,
            max_step=1e-3,  # lest it steps over the beginning of an impulse
        )
        if not solution.success:
            raise EngineError(f"scipy's integration of {model.name} failed: {solution.message}")
        times += solution.t_events[0].tolist()
        y = solution.y[:, -1]
    return np.array(times)


def _child(specification: Mapping[str, Any], folder: Path) -> dict[str, Any] | None:
    """What a process found; None if Brian2 refused the method."""
    text, result = folder / "specification.json", folder / "result.json"
    text.write_text(json.dumps(specification), encoding="utf-8")
    started = time.time()
    # with another order of hashes Brian2 would write, and compile, its main program anew the second time
    code, said = engine.child(
        ["-m", "excitability.timing", str(text), str(folder)],
        folder,
        EXCITABILITY_CACHE=str(folder / "cache"),
        PYTHONHASHSEED="0",
        TMPDIR=str(folder),
    )
    if code:
        raise EngineError(f"measuring {specification['method']} failed: {said or f'exit code {code}'}")
    found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return None if found["refused"] else {**found, "startup_s": found["first_step"] - started}


def _processor_time() -> float:
    """Of the processes that this one has started and that have ended, s."""
    import resource  # not on Windows, where there is no compiled engine to be timed

    used = resource.getrusage(resource.RUSAGE_CHILDREN)  # finer than os.times()
    return used.ru_utime + used.ru_stime


def _this_engine(specification: Mapping[str, Any]) -> dict[str, Any]:
    """Simulate with this package, as its users do."""
    (start, stop, amplitude, _), *_ = specification["current"]
    first: list[float] = []

    def progress(_: float) -> None:
        if not first:  # told of at the first time step
            first.append(time.time())

    spent, events = [], np.empty(0)
    for _ in range(specification["runs"]):
        before = _processor_time()
        recording = simulation.simulate(
            specification["model"],
            protocol=Step(amplitude, stop - start, start),
            duration=specification["ticks"] * TICK_S,
            parameters=specification["parameters"],
            repeats=specification["cells"],
            noise=False,
            traced=[],
            engine="cpp",
            progress=progress,
        )
        spent.append(_processor_time() - before)
        events = recording.events(0)
    return {"refused": "", "processor_s": spent, "first_step": first[0], "events": events.tolist()}


def _brian2(specification: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Simulate with Brian2, as its users do."""
    import brian2
    from brian2.core.base import BrianObjectException
    from brian2.core.namespace import DEFAULT_UNITS
    from brian2.devices.device import get_device
    from brian2.stateupdaters.base import UnsupportedEquationsException

    from excitability import integrator

    assert integrator.NAME  # importing it is what makes the functions in the equations known
    brian2.BrianLogger.log_level_error()
    brian2.prefs.reset_to_defaults()
    brian2.set_device("cpp_standalone", build_on_run=False)
    device = get_device()

    def quantity(value: float, unit: str) -> Any:
        return value * eval(unit, dict(DEFAULT_UNITS))

    variable, level = specification["event"]
    equations = brian2.Equations(specification["equations"])
    unit = equations[variable].dim
    equations += brian2.Equations(f"last : {specification['unit']}")
    namespace = {name: quantity(*value) for name, value in specification["constants"].items()}
    namespace["level"] = brian2.Quantity(level, dim=unit)
    cells = brian2.NeuronGroup(
        specification["cells"],
        equations,
        method=specification["method"],
        dt=specification["dt_s"] * brian2.second,
        threshold=f"last < level and {variable} >= level",
        namespace=namespace,
        name="cells",
    )
    for state, value in specification["rest"].items():
        setattr(cells, state, brian2.Quantity(value, dim=equations[state].dim))
    cells.last = brian2.Quantity(specification["rest"][variable], dim=unit)
    cells.run_regularly(f"last = {variable}", dt=specification["dt_s"] * brian2.second, when="end", name="cells_last")
    events = brian2.SpikeMonitor(cells, variables=[variable, "last"], name="events")
    network = brian2.Network(cells, events, name="network")
    device.insert_code("before_network_run", _NOTE_START)
    try:
        network.run(specification["ticks"] * TICK_S * brian2.second)
    except BrianObjectException as problem:
        if isinstance(problem.__cause__, UnsupportedEquationsException):
            return {"refused": str(problem.__cause__)}
        raise
    project = folder / "project"
    device.build(directory=str(project), run=False, with_output=False)
    spent, first = [], 0.0
    for _ in range(specification["runs"]):
        before = _processor_time()
        device.run(with_output=False)
        spent.append(_processor_time() - before)
        first = first or float((project / "first_step").read_text(encoding="utf-8"))
    mine = np.asarray(events.i) == 0
    time_s, before_v, after = (np.asarray(getattr(events, n))[mine] for n in ("t", "last", variable))
    times = time_s + specification["dt_s"] * (level - before_v) / (after - before_v)
    return {"refused": "", "processor_s": spent, "first_step": first, "events": times.tolist()}


def main(arguments: list[str]) -> int:
    """Entry of the measuring process."""
    specification = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    folder = Path(arguments[1])
    found = _brian2(specification, folder) if specification["method"] in BRIAN2 else _this_engine(specification)
    (folder / "result.json").write_text(json.dumps(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
