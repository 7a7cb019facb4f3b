"""Runs equations for many cells at once: compiled where there is a compiler, as a numpy loop where there is none.

A build is kept in the user's cache folder under a key of everything that shapes it, so that the second run neither
generates code nor imports Brian2. Builds are made by a process of their own (`excitability.build`).
"""

import atexit
import concurrent.futures
import contextlib
import functools
import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import filelock
import numpy as np
from numpy.typing import NDArray

from excitability import build, loop, machine
from excitability.errors import CompilerError, EngineError, InputError, unknown

Array = NDArray[np.float64]
ENGINES = ("auto", "cpp", "numpy")
# cells; multiples of 8, so that none is left over from a vectorised loop. Few, because each needs a build of its own
BATCH_SIZES = (32, 128)
LONG = 2.5e7  # steps of all cells: a run so long is worth a build whose size leaves no core with copies
_failed: dict[str, str] = {}  # compilers (paths) that have failed on a build in this process, and how


def choose(engine: str) -> tuple[Literal["cpp", "numpy"], str]:
    """Which engine will run, and why.

    Parameters
    ----------
    engine : {"auto", "cpp", "numpy"}

    Returns
    -------
    (engine, reason)

    Raises
    ------
    InputError
        Unknown engine, or "cpp" without a compiler.
    """
    if engine not in ENGINES:
        raise unknown("engine", engine, ENGINES)
    if engine == "numpy":
        return "numpy", "asked for"
    found = machine.compiler()
    if found and engine == "auto" and found.path in _failed:
        return "numpy", _failed[found.path]
    if found:
        return "cpp", f"compiled with {found.version}"
    if engine == "cpp":
        raise InputError("engine cpp needs a C++ compiler, and none was found that works (g++, clang++ or CXX)")
    return "numpy", "no C++ compiler was found that works; with one it is about a hundred times faster"


def give_up(problem: CompilerError) -> tuple[Literal["cpp", "numpy"], str]:
    """What `choose` says from now on in this process, after the compiler has failed on a build."""
    found = machine.compiler()
    assert found is not None
    _failed[found.path] = str(problem)
    return choose("auto")


@dataclass(frozen=True)
class Job:
    """Everything a run needs, in SI, one entry of every array per cell.

    Parameters
    ----------
    equations, stimulus : str
        Brian2 equations of the model, and the line(s) that define the injected current.
    units : mapping
        Dimension of every parameter, as equations spell it.
    given : mapping
        Names that the engine sets (Ca, Mg, the noise), with dimensions.
    parameters : mapping
        Number, or array with one value per cell.
    inputs : mapping of str to array
        (ticks, cells): "noise", "volley", "chance", and by their own names those in `held`.
    held : tuple of str
        Those in `given` that stay as they are for many ticks (Ca, Mg, a diet): sub-expressions that depend on nothing else
        that moves are computed once a tick.
    tick : float
        What is given changes on whole multiples of it, s.
    """

    equations: str
    stimulus: str
    units: Mapping[str, str]
    given: Mapping[str, str]
    parameters: Mapping[str, float | Array]
    inputs: Mapping[str, Array]
    noise: tuple[str, str] | None
    volley: Mapping[str, str]
    pulse: Mapping[str, str]
    event: tuple[str, float]
    cells: int
    ticks: int
    steps_per_tick: int
    record: tuple[str, ...]
    record_every: int
    traced: tuple[int, ...]
    named: tuple[str, ...]
    held: tuple[str, ...]
    tick: float
    integrator: str
    readouts: tuple[str, ...]

    @property
    def dt(self) -> float:
        """Time step, s."""
        return self.tick / self.steps_per_tick


@dataclass(frozen=True)
class Build:
    """A build that is ready: what the build process wrote."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def program(self) -> loop.Translated:
        """The equations as numpy functions."""
        return loop.Translated(**self.manifest["program"])


def _specification(job: Job, engine: str, cells: int, traced: int) -> dict[str, Any]:
    compiled = engine == "cpp"
    chosen = machine.compiler() if compiled else None
    return {
        "equations": job.equations,
        "stimulus": job.stimulus,
        "parameters": dict(job.units),
        "given": dict(job.given),
        "held": list(job.held),
        "integrator": job.integrator,
        "readouts": list(job.readouts),
        "per_cell": sorted(n for n, v in job.parameters.items() if np.ndim(v)) if compiled else [],
        "inputs": sorted(job.inputs) if compiled else [],
        "noise": list(job.noise) if job.noise else None,
        "volley": dict(job.volley),
        "pulse": dict(job.pulse),
        "event": list(job.event),
        "record": list(job.record) if compiled and traced else [],
        "traced": traced if compiled else 0,
        "record_s": job.record_every * job.dt if compiled else 0,
        "cells": cells if compiled else 0,
        "dt_s": job.dt if compiled else 0,
        "tick_s": job.tick,
        "states_named": list(job.named),
        "compiler": chosen.path if chosen else "",
        "flags": chosen.flags if chosen else [],
    }


def _key(specification: Mapping[str, Any]) -> str:
    here = Path(__file__).parent
    sources = [(here / f"{name}.py").read_bytes() for name in ("build", "integrator", "loop", "translation")]
    chosen = machine.compiler() if specification["compiler"] else None
    surroundings = {
        "python": platform.python_version(),
        "packages": {name: machine.version(name) for name in ("brian2", "numpy", "sympy")},
        "compiler": [chosen.version, machine.processor()] if chosen else None,
        "sources": hashlib.sha256(b"".join(sources)).hexdigest(),
    }
    text = json.dumps([specification, surroundings], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def prepare(specification: dict[str, Any], announce: Callable[[str], None]) -> Build:
    """A build for a specification: from the cache, or made now.

    Raises
    ------
    InputError
        The equations are wrong.
    CompilerError
        The compiler failed.
    EngineError
        The build failed.
    """
    root, key = machine.cache_folder(), _key(specification)
    found = _load(root / key)
    if found:
        return found
    try:
        try:
            workshop = _workshop(root)
        except OSError:  # not writable: a build for this process only
            root = _own_folder()
            workshop = _workshop(root)
        with workshop as folder, filelock.FileLock(root / "locks" / key):
            found = _load(root / key)  # another process may have made it meanwhile
            if found:
                return found
            announce("building the model for this computer (once)")
            made = Path(folder, "build")
            made.mkdir()
            _make(specification, made, _same_equations(root, specification))
            shutil.rmtree(root / key, ignore_errors=True)  # what is left of one that is not complete
            made.rename(root / key)
            _sweep(root)
    except OSError as problem:
        raise EngineError(f"the model could not be built in {root}: {problem.strerror or problem}") from problem
    found = _load(root / key)
    if found is None:
        raise EngineError(f"the build in {root / key} is not complete")
    return found


def _workshop(root: Path) -> tempfile.TemporaryDirectory[str]:
    """Where a build is made, beside its later place."""
    (root / "locks").mkdir(parents=True, exist_ok=True)
    # a compiler that was killed may write one more file while all is removed; what stays is swept later
    return tempfile.TemporaryDirectory(prefix=".build-", dir=root, ignore_cleanup_errors=True)


def _sweep(root: Path) -> None:
    """Remove what builds that were killed have left behind, a day later."""
    for left in root.glob(".build-*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > 86400:
                shutil.rmtree(left, ignore_errors=True)


@functools.cache
def _own_folder() -> Path:
    """A folder for this process, removed when it ends."""
    folder = tempfile.mkdtemp(prefix="excitability-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _load(folder: Path) -> Build | None:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        program = folder / "project" / "main"
        loop.Translated(**manifest["program"])
        complete = manifest["files"] is None or (
            program.stat().st_size == manifest["size"] and os.access(program, os.X_OK)
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Build(folder, manifest) if complete else None


# what the numpy functions of a build depend on
_TRANSLATED = {
    *("equations", "stimulus", "parameters", "given", "held", "integrator", "readouts", "volley", "states_named")
}


def _same_equations(root: Path, specification: Mapping[str, Any]) -> Build | None:
    """A build that differs only in size, inputs or recording from what is asked for, so that its translation serves again."""
    for path in root.glob("*/specification.json"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            other = json.loads(path.read_text(encoding="utf-8"))
            if all(other[name] == specification[name] for name in _TRANSLATED) and _key(other) == path.parent.name:
                found = _load(path.parent)
                if found:
                    return found
    return None


def _make(specification: dict[str, Any], folder: Path, same_equations: Build | None) -> None:
    text = folder / "specification.json"
    text.write_text(json.dumps(specification), encoding="utf-8")
    if same_equations:
        manifest = {**same_equations.manifest, "files": None, "size": 0}
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        if not specification["compiler"]:
            return
    # what the compiler leaves behind when it is killed goes with the folder; sympy forgets nothing, which makes it faster
    surroundings = {"PYTHONHASHSEED": "0", "TMPDIR": str(folder.parent), "SYMPY_CACHE_SIZE": "None"}
    code, said = child(["-m", "excitability.build", str(text), str(folder)], folder, **surroundings)
    if code:
        problem = said.splitlines()[-1] if said else _ended(code)
        if code == 2:
            raise InputError(problem)
        if code == 3:
            raise CompilerError(problem)
        raise EngineError(f"the build failed: {problem}")


def child(arguments: list[str], folder: Path, **environment: str) -> tuple[int, str]:
    """Run a Python process of its own to its end.

    Parameters
    ----------
    arguments : list of str
        What follows ``python`` on its command line.
    folder : Path
        Where it runs.
    **environment : str
        Variables of its environment, beside those of this process.

    Returns
    -------
    (int, str)
        Exit code, and what it said on standard error.
    """
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        cwd=folder,
        env={**_environment(), **environment},
        start_new_session=True,
    )
    with _ending(process):
        _, said = process.communicate()
    return process.returncode, said.strip()


def _ended(code: int) -> str:
    """How a process ended that said nothing."""
    if code >= 0:
        return f"exit code {code}"
    said = signal.strsignal(-code) or f"signal {-code}"
    if -code == signal.SIGILL:
        return f"{said} (built for another processor? {_ANEW})"
    return f"{said} (is there too little memory?)" if -code == signal.SIGKILL else said


_ANEW = "'excitability cache --clear' has it built anew"


@contextlib.contextmanager
def _ending(process: subprocess.Popen[str]) -> Iterator[None]:
    """Whatever happens, no process is left behind."""
    try:
        yield
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError, AttributeError):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def batches(cells: int, cores: int, *, long: bool = False) -> tuple[int, int]:
    """Cells per batch and number of batches, so that all cores are done soonest."""
    start = 3  # starting a process costs about as much as that many cells more
    even = 8 * -(-cells // (8 * cores))
    sizes = (*BATCH_SIZES, even) if long and even < max(BATCH_SIZES) else BATCH_SIZES
    size = min(sizes, key=lambda size: -(-cells // (size * cores)) * (size + start))
    return size, -(-cells // size)


def ready(job: Job, engine: Literal["cpp", "numpy"], announce: Callable[[str], None]) -> Build:
    """The build that a job needs: from the cache, or made now.

    Parameters
    ----------
    announce : function of a sentence
        Told before a build is made, which takes several seconds.

    Raises
    ------
    InputError
        The equations are wrong.
    EngineError
        The build failed.
    """
    size, _, traced = _layout(job, engine)
    return prepare(_specification(job, engine, size, traced), announce)


def _layout(job: Job, engine: str) -> tuple[int, list[NDArray[np.int64]], int]:
    """Cells per batch, which cells each batch has (traced ones first), and how many of a batch are traced."""
    cores = machine.cores()
    if engine == "cpp":
        size, number = batches(job.cells, cores, long=job.cells * job.ticks * job.steps_per_tick > LONG)
    else:
        number = min(cores, job.cells)
        size = -(-job.cells // number)
    order = np.array([*job.traced, *sorted(set(range(job.cells)) - set(job.traced))], dtype=np.int64)
    parts = [order[k::number] for k in range(number)]  # dealt out like cards
    most = -(-len(job.traced) // number)
    few = 8  # a batch records that many cells, or all, or none: each needs a build of its own
    return size, parts, 0 if not most else few if most <= few else size


def run(made: Build, job: Job, initial: Mapping[str, Array], progress: Callable[[float], None]) -> loop.Raw:
    """Run a job from given initial states, in as many processes as there are cores.

    Parameters
    ----------
    made : Build
        From `ready`.
    initial : mapping of state to array
        (cells,), SI.
    progress : function of the finished fraction

    Returns
    -------
    loop.Raw
        Times in s, traces of the cells in ``job.traced``, in that order.

    Raises
    ------
    loop.NotFiniteError
        A state is not a finite number any more.
    EngineError
        The built program failed.
    """
    compiled = made.manifest["files"] is not None
    size, parts, traced = _layout(job, "cpp" if compiled else "numpy")
    done, lock, stop = [0.0] * len(parts), threading.Lock(), threading.Event()

    def work(k: int) -> loop.Raw:
        def tell(fraction: float) -> None:
            with lock:
                done[k] = fraction
                progress(sum(done) / len(parts))

        try:
            samples = job.ticks * job.steps_per_tick / job.record_every
            values = size * len(job.inputs) * job.ticks + traced * len(job.record) * samples
            with tempfile.TemporaryDirectory(prefix="excitability-", dir=machine.memory_folder(8 * values)) as name:
                if compiled:
                    return _compiled_batch(made, job, initial, parts[k], size, traced, Path(name), tell, stop)
                return _loop_batch(made, job, initial, parts[k], Path(name), tell, stop)
        except loop.NotFiniteError as problem:
            raise loop.NotFiniteError(problem.variable, int(parts[k][problem.cell]), problem.time) from None
        except OSError as problem:
            raise EngineError(f"the run's temporary files failed: {problem.strerror or problem}") from problem

    with concurrent.futures.ThreadPoolExecutor(machine.cores()) as pool:
        futures: list[concurrent.futures.Future[loop.Raw]] = []
        try:
            futures.extend(pool.submit(work, k) for k in range(len(parts)))  # Ctrl-C may come here already
            raws = [future.result() for future in futures]
        except BaseException:
            stop.set()  # Ctrl-C or a failure: the other batches end too
            for future in futures:
                future.cancel()
            raise
    return _assembled(job, parts, raws)


def _assembled(job: Job, parts: list[NDArray[np.int64]], raws: list[loop.Raw]) -> loop.Raw:
    """The batches' results, cells numbered as in the job."""
    row = {cell: k for k, cell in enumerate(job.traced)}
    traces = {name: np.empty((len(job.traced), len(raws[0].trace_time))) for name in job.record} if job.traced else {}
    final = {name: np.empty(job.cells) for name in raws[0].final}
    for part, raw in zip(parts, raws, strict=True):
        traced = [row[int(cell)] for cell in part if int(cell) in row]
        for name, rows in traces.items():
            if traced:
                rows[traced] = raw.traces[name][: len(traced)]
        for name, values in final.items():
            values[part] = raw.final[name]
    cell = np.concatenate([part[raw.event_cell] for part, raw in zip(parts, raws, strict=True)])
    time = np.concatenate([raw.event_time for raw in raws])
    by_time = np.argsort(time, kind="stable")
    return loop.Raw(cell[by_time], time[by_time], raws[0].trace_time, traces, final)


def _loop_batch(
    made: Build,
    job: Job,
    initial: Mapping[str, Array],
    part: NDArray[np.int64],
    folder: Path,
    progress: Callable[[float], None],
    stop: threading.Event,
) -> loop.Raw:
    """One process of the loop. `part` says which cells."""
    course = loop.Course(
        ticks=job.ticks,
        steps_per_tick=job.steps_per_tick,
        tick=job.tick,
        noise=job.noise,
        pulse=dict(job.pulse),
        event=job.event,
        record=list(job.record),
        record_every=job.record_every,
        traced=int(np.isin(part, job.traced).sum()),
    )
    loop.write_job(
        folder,
        made.program,
        course,
        {name: value[part] if isinstance(value, np.ndarray) else value for name, value in job.parameters.items()},
        {name: values[part] for name, values in initial.items()},
        {name: samples[:, part] for name, samples in job.inputs.items()},
    )
    _finish([sys.executable, "-m", "excitability.loop", str(folder)], folder, _environment(), progress, stop)
    return loop.read_result(folder)


def _compiled_batch(
    made: Build,
    job: Job,
    initial: Mapping[str, Array],
    part: NDArray[np.int64],
    size: int,
    traced: int,
    folder: Path,
    progress: Callable[[float], None],
    stop: threading.Event,
) -> loop.Raw:
    """One process of the built program. `part` says which cells; copies of the last one fill up to `size`."""
    padded = np.concatenate([part, np.full(size - len(part), part[-1], dtype=np.int64)])
    arrays = {**initial, **{n: v for n, v in job.parameters.items() if isinstance(v, np.ndarray)}}
    arrays["event_last"] = initial[job.event[0]]
    arguments = [f"cells.{n}={v!r}" for n, v in job.parameters.items() if not isinstance(v, np.ndarray)]
    for variable, values in arrays.items():
        np.ascontiguousarray(values[padded], dtype=np.float64).tofile(folder / variable)
        arguments.append(f"cells.{variable}={folder / variable}")
    with (folder / "inputs").open("wb") as stream:
        channels = [job.inputs[channel] for channel in sorted(job.inputs)]
        np.array([job.ticks, len(channels), size], dtype=np.int64).tofile(stream)
        if channels:
            np.ascontiguousarray(np.stack([c[:, padded] for c in channels], axis=1)).tofile(stream)
    environment = {
        **_environment(),
        build.DURATION: repr(job.ticks * job.tick),
        build.INPUTS: str(folder / "inputs"),
    }
    project = made.folder / "project"
    _finish([str(project / "main"), "--results_dir", f"{folder}/", *arguments], project, environment, progress, stop)
    return _results(folder, made.manifest["files"], job, part, size, traced)


def _environment() -> dict[str, str]:
    """A child's environment: it finds this package and everything else that this process finds."""
    package = str(Path(__file__).parents[1])
    return {**os.environ, "PYTHONPATH": os.pathsep.join([package, *sys.path])}


def _finish(
    command: list[str],
    folder: Path,
    environment: Mapping[str, str],
    progress: Callable[[float], None],
    stop: threading.Event,
) -> None:
    """Run a process to its end, passing its progress on. Anything else that it says, whatever its exit code, is a failure."""
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,  # Brian2's program complains on both
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as problem:
        raise EngineError(f"{command[0]} cannot be started: {problem.strerror} ({_ANEW})") from problem
    complaint = ""
    threading.Thread(target=_kill_on, args=(process, stop), daemon=True).start()
    with _ending(process):
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("progress "):
                progress(float(line.split()[1]))
            else:
                complaint = line.strip() or complaint
        process.wait()
    if process.returncode or complaint:
        raise EngineError(f"the simulation's process failed: {complaint or _ended(process.returncode)}")


def _kill_on(process: subprocess.Popen[str], stop: threading.Event) -> None:
    while process.poll() is None:
        if stop.wait(0.1):
            process.kill()


def _read(path: Path, dtype: Any, count: int) -> NDArray[Any]:
    try:
        values = np.fromfile(path, dtype=dtype)
    except OSError as problem:
        raise EngineError(f"the built program left no {path.name}: is the disk full?") from problem
    if len(values) != count:
        raise EngineError(f"the built program left {len(values)} values in {path.name}, not {count}: is the disk full?")
    return values


def _results(
    folder: Path, files: Mapping[str, Any], job: Job, part: NDArray[np.int64], size: int, traced: int
) -> loop.Raw:
    used = len(part)
    final = {state: _read(folder / file, np.float64, size)[:used] for state, file in files["final"].items()}
    # finite_X counts the ticks at which X was finite: the first variable to stop says what went wrong, and when
    finite = {state: _read(folder / file, np.float64, size)[:used] for state, file in files["finite"].items()}
    bad = {state: np.where(np.isfinite(final[state]), np.inf, finite[state]) for state in final}
    bad = {state: np.minimum(bad[state], np.where(finite[state] < job.ticks, finite[state], np.inf)) for state in final}
    first = min(bad, key=lambda state: float(bad[state].min()))
    if np.isfinite(bad[first].min()):
        worst = int(np.argmin(bad[first]))
        raise loop.NotFiniteError(first, worst, float(bad[first][worst]) * job.tick)
    events = files["events"]
    number = int(_read(folder / events["number"], np.int32, 1)[0])
    cell = _read(folder / events["cell"], np.int32, number).astype(np.int64)
    time, before, after = (_read(folder / events[n], np.float64, number) for n in ("time", "before", "after"))
    mine = cell < used
    crossing = time + job.dt * (job.event[1] - before) / (after - before)
    traces: dict[str, Array] = {}
    trace_time: Array = np.empty(0)
    if files["traces"]:
        samples = -(-job.ticks * job.steps_per_tick // job.record_every)
        trace_time = _read(folder / files["traces"]["time"], np.float64, samples)
        for variable in job.record:
            values = _read(folder / files["traces"][variable], np.float64, samples * traced)
            traces[variable] = values.reshape(samples, traced).T
    return loop.Raw(cell[mine], crossing[mine], trace_time, traces, final)


def builds() -> list[tuple[str, str, float]]:
    """What is kept: (name, what it is, megabytes)."""
    root = machine.cache_folder()
    found = []
    for folder in [*sorted(path.parent for path in root.glob("*/manifest.json")), *sorted(root.glob(".build-*"))]:
        size = 0.0
        with contextlib.suppress(OSError):  # another process may be removing it
            size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
        found.append((folder.name, _what(folder), size))
    return found


def _what(folder: Path) -> str:
    if folder.name.startswith("."):
        return "unfinished: being made now, or left by a run that was killed"
    try:
        made = json.loads((folder / "specification.json").read_text(encoding="utf-8"))
        what = f"compiled, {made['cells']} cells at a time" if made["compiler"] else "numpy"
        usable = _key(made) == folder.name and _load(folder)
    except (OSError, ValueError, KeyError, TypeError):
        return "damaged, not used"
    return what if usable else f"{what}; of another version, compiler or processor, not used now"


def clear() -> None:
    """Delete every build and everything else that is kept.

    Raises
    ------
    EngineError
        Something could not be deleted.
    """
    folder = machine.cache_folder()
    try:
        for path in [*folder.glob("*/manifest.json")]:
            shutil.rmtree(path.parent)
        for path in [*folder.glob(".build-*"), *folder.glob("locks"), *folder.glob(machine.unfinished_folder().name)]:
            shutil.rmtree(path)
        for path in folder.glob("compiler-*.json"):
            path.unlink(missing_ok=True)
    except OSError as problem:
        raise EngineError(f"not all of {folder} could be deleted: {problem.strerror}") from problem
