"""Experiments: question, protocol, conditions, recording, measures, findings.

An experiment is a function of a `Run` that returns a `Report`. The same function serves the command line, a script
and Python:

>>> from excitability import load_experiment
>>> load_experiment("low-magnesium").title
'Low magnesium makes a motoneuron cramp'
"""

import contextlib
import datetime
import hashlib
import json
import math
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from excitability import export, ions, machine, model, quantities, references
from excitability.errors import InputError, NumericalError, unknown
from excitability.model import Model, load_model
from excitability.recording import Recording
from excitability.simulation import simulate, steady_states, surroundings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf")
UNFINISHED_DAYS = 30  # how long an interrupted study can be taken up again
Item = TypeVar("Item")


@dataclass(frozen=True)
class Option:
    """An option of an experiment.

    Parameters
    ----------
    default : float, int or tuple of float
        A tuple makes an option that takes a list.
    unit : str
        Unit of a bare number; "1" for a count.
    low, high : float
        Smallest and largest value accepted.
    help : str
        What it is.
    ion : {"", "ca", "mg"}
        For a concentration of an ion: mEq/L and mg/dL are read too.
    choices : tuple of str
        For an option that takes one of these words; unit and limits then mean nothing.
    """

    default: Any
    unit: str
    low: float
    high: float
    help: str
    ion: str = ""
    choices: tuple[str, ...] = ()

    @property
    def many(self) -> bool:
        """Whether it takes a list."""
        return isinstance(self.default, tuple)

    def read(self, name: str, value: Any) -> Any:
        """A value as the experiment sees it: a number, a whole number, a tuple, or one of its choices.

        Raises
        ------
        InputError
            Not a number, wrong unit, out of range, a list where one value is needed, none of the choices.
        """
        if self.choices:
            if value not in self.choices:
                raise unknown(name, str(value), self.choices)
            return value
        items = value.split(",") if isinstance(value, str) else value
        items = list(items) if isinstance(items, (list, tuple, np.ndarray)) and np.ndim(items) else [items]
        if len(items) != 1 and not self.many:
            raise InputError(f"{name} takes one value, not {len(items)}")
        if not items:
            raise InputError(f"{name} needs at least one value")
        numbers = [self._number(name, item) for item in items]
        if len(set(numbers)) != len(numbers):
            raise InputError(f"{name} holds the same value twice")
        return tuple(numbers) if self.many else numbers[0]

    def _number(self, name: str, item: Any) -> float | int:
        shown = "" if self.unit == "1" else f" {self.unit}"
        value = ions.millimolar(self.ion, item) if self.ion else quantities.read(item, self.unit, name)
        if not isinstance(value, float):
            raise InputError(f"{name} takes numbers, not lists of lists")
        number = value
        if not math.isfinite(number):
            raise InputError(f"{name} = {number:g} is not a finite number")
        if not self.low <= number <= self.high:
            raise InputError(f"{name} = {number:g}{shown} is outside {self.low:g} to {self.high:g}{shown}")
        if isinstance(self.default[0] if self.many else self.default, int):
            if number != int(number):
                raise InputError(f"{name} = {number:g} must be a whole number")
            return int(number)
        return number


@dataclass(frozen=True)
class Finding:
    """What a run showed, computed from its data.

    Parameters
    ----------
    name : str
    text : str
        A sentence with the numbers in it.
    value : float, bool or None
        None where the run left it out.
    unit : str
    expected : str
        What was expected, in words.
    source : str
        Who says so: a key of the bibliography, "model" for what the model itself predicts, "assumption".
    holds : bool or None
        None where the run left it out.
    """

    name: str
    text: str
    value: float | bool | None
    unit: str
    expected: str
    source: str
    holds: bool | None


class Findings(list[Finding]):
    """Findings, judged one after the other.

    Parameters
    ----------
    why : str
        Why those were not judged that a run has nothing for, if nothing else is said.
    """

    def __init__(self, why: str = "left out of this run") -> None:
        super().__init__()
        self._why = why

    def add(
        self,
        name: str,
        unit: str,
        expected: str,
        source: str,
        said: tuple[str, Any, bool | None] | None,
        why: str = "",
    ) -> None:
        """Add one.

        Parameters
        ----------
        name, unit, expected, source : str
            See `Finding`.
        said : (str, value, bool or None) or None
            Text, value and whether it holds; None where the run has nothing to judge by.
        why : str
            In that case, why.
        """
        text, value, holds = said or (f"Not judged: {why or self._why}.", None, None)
        self.append(Finding(name, text, value, unit, expected, source, holds))


Row = TypeVar("Row", bound=Mapping[str, Any])


def rows_where(rows: Iterable[Row], **values: Any) -> list[Row]:
    """The rows of a table whose columns have the given values, for example ``rows_where(rows, mg_mM=0.25)``."""
    return [row for row in rows if all(row[name] == value for name, value in values.items())]


@dataclass(frozen=True)
class Table:
    """Rows, and the recording behind them.

    Parameters
    ----------
    rows : sequence of mapping
        All with the same columns.
    columns : sequence of str
        Names with units (``mg_mM``).
    recording : Recording, optional
        Its cells are identified by `identify`.
    identify : sequence of mapping
        Identifying columns of every cell of the recording.
    """

    rows: Sequence[Mapping[str, Any]]
    columns: Sequence[str]
    recording: Recording | None = None
    identify: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Report:
    """What an experiment returns.

    Parameters
    ----------
    tables : mapping of str to Table
        "table" comes first; others are written under their own names.
    findings : sequence of Finding
    draw : function that returns a matplotlib Figure
    limits : sequence of str
        What a reader must know before believing it.
    files : mapping of str to bytes
        Further files by name: sound, say.
    provenance : mapping
        Filled in when the experiment has run.
    """

    tables: Mapping[str, Table]
    findings: Sequence[Finding]
    draw: "Callable[[], Figure]"
    limits: Sequence[str] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    experiment: "Experiment | None" = None

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        """Rows of the main table."""
        return self.tables["table"].rows

    def summary(self) -> dict[str, Any]:
        """What summary.json holds."""
        assert self.experiment is not None
        findings = [
            {key: getattr(finding, key) for key in ("name", "text", "value", "unit", "expected", "source", "holds")}
            for finding in self.findings
        ]
        return {
            "experiment": self.experiment.name,
            "title": self.experiment.title,
            "question": self.experiment.question,
            **{name: [dict(row) for row in table.rows] for name, table in self.tables.items()},
            "findings": findings,
            "limits": list(self.limits),
            "provenance": dict(self.provenance),
        }

    def save(self, folder: str | Path, formats: Sequence[str] = ("png",), style: str = "slide") -> list[Path]:
        """Write figure, tables, traces, events and summary into a folder.

        Parameters
        ----------
        folder : str or Path
            Made if missing.
        formats : sequence of {"png", "svg", "pdf"}
        style : {"slide", "screen", "paper"}

        Returns
        -------
        list of Path
            The files written.

        Raises
        ------
        InputError
            Unknown format or style, or a folder that cannot be written to.
        """
        from excitability import figures

        check_formats(formats)
        with export.writable_folder(folder) as target, figures.style(style):
            figure = self.draw()
            files = {f"figure.{kind}": figures.encoded(figure, kind) for kind in formats}
            for name, table in self.tables.items():
                files[f"{name}.csv"] = export.table_csv(table.rows, table.columns)
                if table.recording is not None:
                    prefix = "" if name == "table" else f"{name}_"
                    if len(table.recording.trace_cell):
                        files[f"{prefix}traces.csv"] = export.traces_csv(table.recording, table.identify)
                    files[f"{prefix}events.csv"] = export.events_csv(table.recording, table.identify)
            return export.write_together(target, {**files, **self.files}, self.summary())


def check_formats(formats: Sequence[str]) -> None:
    """Refuse figure formats that are not known."""
    for kind in formats:
        if kind not in FORMATS:
            raise unknown("figure format", kind, FORMATS)


class Run:
    """What an experiment's function is given: its options, and `simulate` with the run's seed, engine and parameters.

    Attributes
    ----------
    options : namespace
        Values of the experiment's options.
    seed : int
    quick : bool
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        parameters: Mapping[str, Mapping[str, Any]],
        *,
        seed: int,
        engine: str,
        quick: bool,
        announce: Callable[[str], None] | None,
        progress: Callable[[float], None] | None,
        unfinished: Path,
    ) -> None:
        self.options = SimpleNamespace(**options)
        self.seed, self.quick = seed, quick
        self._parameters, self._engine = parameters, engine
        self._announce, self._progress = announce, progress or (lambda _: None)
        self._share = (0.0, 1.0)  # of the progress: where the present part begins, and its length
        self._unfinished = unfinished
        self.makings: list[Mapping[str, Any]] = []

    def announce(self, text: str) -> None:
        """Tell the terminal what is going on, before something that takes long."""
        if self._announce:
            self._announce(text)

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """What was set from outside, by model."""
        return self._parameters

    def value(self, model: str, parameter: str) -> float:
        """A parameter in this run, in its own unit: the model's, or what was set from outside."""
        return float(self._parameters.get(model, {}).get(parameter, load_model(model).parameters[parameter].value))

    def drawn(self, cells: int, constants: int) -> NDArray[np.float64]:
        """Uniform random numbers from -1 to 1, (cells, constants); a cell's are the same however many cells there are."""
        return np.array(
            [np.random.default_rng((self.seed, cell)).uniform(-1, 1, constants) for cell in range(cells)]
        ).reshape(cells, constants)

    def in_turn(self, parts: Iterable[Item]) -> Iterator[Item]:
        """The parts of a long study one after the other, each with its share of the progress."""
        todo = list(parts)
        for k, part in enumerate(todo):
            self._share = (k / len(todo), 1 / len(todo))
            yield part
        self._share = (0.0, 1.0)

    def simulate(self, model: str | Path | Model, *, keep: bool = False, **keywords: Any) -> Recording:
        """`excitability.simulate` with this run's seed, engine, parameter changes and progress.

        With `keep`, the recording is kept until the experiment has ended: one that is interrupted goes on from there.
        """
        cell = model if isinstance(model, Model) else load_model(model)
        changes = {**self._parameters.get(cell.name, {}), **keywords.pop("parameters", {})}
        begin, share = self._share
        recording = simulate(
            cell,
            engine=self._engine,
            parameters=changes,
            keep=self._unfinished if keep else None,
            announce=self._announce,
            progress=lambda fraction: self._progress(begin + share * fraction),
            **{"seed": self.seed, **keywords},
        )
        self.makings.append({**recording.making, "parameters": self._settings(cell)})
        return recording

    def steady_states(
        self, model: str | Path | Model, *, parameters: Mapping[str, Any]
    ) -> dict[str, NDArray[np.float64]]:
        """`excitability.steady_states` with this run's parameter changes; every condition must have one.

        Raises
        ------
        NumericalError
            A condition without a steady state.
        """
        cell = model if isinstance(model, Model) else load_model(model)
        found, kinds = steady_states(
            cell, parameters={**self._parameters.get(cell.name, {}), **parameters}, announce=self._announce
        )
        if not (kinds == "stable").all():
            k = int(np.flatnonzero(kinds != "stable")[0])
            said = ", ".join(f"{name} = {np.broadcast_to(v, len(kinds))[k]:g}" for name, v in parameters.items())
            raise NumericalError(f"{cell.name} has no steady state with {said}")
        made = {"engine": "numpy", "engine_reason": "a search for the steady state, without time steps"}
        settings = {"model": cell.name, "parameters": self._settings(cell), "remarks": []}
        self.makings.append({**surroundings(), **made, **settings})
        return found

    def _settings(self, cell: Model) -> dict[str, dict[str, Any]]:
        """Every parameter of a model as this run has set it; what an experiment sweeps is in its tables."""
        set_here = self._parameters.get(cell.name, {})
        return {n: {"value": set_here.get(n, p.value), "unit": p.unit} for n, p in cell.parameters.items()}


@dataclass(frozen=True)
class Experiment:
    """A question with its way to an answer; made by the decorator `experiment`.

    Calling it runs it: ``low_magnesium(mg=[0.55, 0.25], rate=24)`` returns a `Report`.
    """

    title: str
    question: str
    models: tuple[str, ...]
    options: Mapping[str, Option]
    quick: Mapping[str, Any]
    sources: tuple[str, ...]
    function: Callable[[Run], Report]
    description: str = ""
    name: str = ""

    @property
    def references(self) -> dict[str, references.Reference]:
        """Its own sources and those of its models."""
        found = references.find(self.sources)
        for name in self.models:
            found |= load_model(name).references
        return found

    def _settle(self, changes: Mapping[str, Any], quick: bool) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Options and model parameters from the changes asked for."""
        options = {name: option.default for name, option in self.options.items()}
        if quick:
            options |= self.quick
        models = {name: load_model(name) for name in self.models}
        models = {cell.name: cell for cell in models.values()}
        parameters: dict[str, dict[str, Any]] = {name: {} for name in models}
        for said, value in changes.items():
            name = said.replace("-", "_")
            if name in self.options:
                options[name] = self.options[name].read(name, value)
                continue
            owner, _, bare = name.rpartition(".")
            owners = [m for m, cell in models.items() if bare in cell.parameters and owner in ("", m)]
            if not owners:
                known = [*self.options, *(p for cell in models.values() for p in cell.parameters)]
                known += [f"{m}.{p}" for m, cell in models.items() for p in cell.parameters]
                problem = unknown("option or parameter", name, known)
                raise InputError(f"{self.name} has {problem}")
            if len(owners) > 1:
                raise InputError(f"{name} is a parameter of {' and '.join(owners)}; say which: {owners[0]}.{name}")
            if bare in parameters[owners[0]]:
                raise InputError(f"{bare} of {owners[0]} is given twice")
            parameter = models[owners[0]].parameters[bare]
            if isinstance(value, str) and "," in value:
                raise InputError(f"{name} takes one value, not a list")
            parameters[owners[0]][bare] = parameter.set(bare, value).value
        return options, parameters

    def check(self, changes: Mapping[str, Any], quick: bool = False) -> None:
        """Refuse impossible options without running anything."""
        self._settle(changes, quick)

    def run(
        self,
        changes: Mapping[str, Any] | None = None,
        *,
        seed: int = 1,
        engine: str = "auto",
        quick: bool = False,
        announce: Callable[[str], None] | None = None,
        progress: Callable[[float], None] | None = None,
        command: str = "",
    ) -> Report:
        """Run it.

        Parameters
        ----------
        changes : mapping, optional
            Options of the experiment and parameters of its models, as numbers, text with units, or lists.
        seed, engine
            See `simulate`.
        quick : bool
            Fewer conditions of the same protocol.
        announce, progress : functions, optional
            See `simulate`.
        command : str
            How it was called, for the record.

        Raises
        ------
        InputError
            Unknown name (with the nearest one), wrong unit, impossible value.
        """
        started, clock = datetime.datetime.now(datetime.UTC), time.perf_counter()
        changes = dict(changes or {})
        options, parameters = self._settle(changes, quick)
        unfinished = _unfinished(self.name, [options, parameters, seed, engine, quick])
        session = Run(
            options,
            parameters,
            seed=seed,
            engine=engine,
            quick=quick,
            announce=announce,
            progress=progress,
            unfinished=unfinished,
        )
        try:
            report = self.function(session)
        except KeyboardInterrupt:
            if unfinished.is_dir():
                raise KeyboardInterrupt("what is done so far is kept: the same command goes on from there") from None
            raise
        shutil.rmtree(unfinished, ignore_errors=True)
        made = session.makings[-1] if session.makings else {}  # the last: a compiler may have failed on the way
        provenance = {
            **{
                key: made.get(key)
                for key in (
                    "version",
                    "brian2",
                    "numpy",
                    "python",
                    "platform",
                    "engine",
                    "engine_reason",
                    "integrator",
                    "dt_ms",
                )
            },
            "seed": seed,
            "parameters": {making["model"]: making["parameters"] for making in session.makings},
            "options": {name: list(v) if isinstance(v, tuple) else v for name, v in options.items()},
            "quick": quick,
            "remarks": sorted({remark for making in session.makings for remark in making["remarks"]}),
            "command": command or f"{self.name}({', '.join(f'{k}={v!r}' for k, v in changes.items())})",
            "wall_s": round(time.perf_counter() - clock, 3),
            "started": started.isoformat(timespec="seconds"),
        }
        return replace(report, provenance=provenance, experiment=self)

    def __call__(self, **changes: Any) -> Report:
        """Run it with options and parameters as keywords; `seed`, `engine` and `quick` are understood too."""
        own = {key: changes.pop(key) for key in ("seed", "engine", "quick") if key in changes}
        return self.run(changes, **own)


def _unfinished(name: str, settings: Sequence[Any]) -> Path:
    """Where an experiment with these settings keeps what it has done so far; what nobody came back for is removed."""
    folder = machine.unfinished_folder()
    for left in folder.glob("*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > UNFINISHED_DAYS * 86400:
                shutil.rmtree(left, ignore_errors=True)
    key = hashlib.sha256(json.dumps([name, *settings], sort_keys=True).encode()).hexdigest()
    return folder / f"{name}-{key[:16]}"


def experiment(
    *,
    title: str,
    question: str,
    models: Sequence[str],
    options: Mapping[str, Option],
    quick: Mapping[str, Any] | None = None,
    sources: Sequence[str] = (),
) -> Callable[[Callable[[Run], Report]], Experiment]:
    """Make an experiment of a function.

    Parameters
    ----------
    title, question : str
    models : sequence of str
        Names or files of the models it runs; their parameters can be set from outside.
    options : mapping of str to Option
    quick : mapping
        Values of options that make the short version.
    sources : sequence of str
        Keys of the bibliography that its findings rest on.

    Raises
    ------
    InputError
        A quick value for an option that does not exist, or a source that is not in the bibliography.
    """
    for name in quick or {}:
        if name not in options:
            raise unknown("option", name, options)
    references.find(sources)

    def decorate(function: Callable[[Run], Report]) -> Experiment:
        return Experiment(
            title,
            question,
            tuple(models),
            dict(options),
            dict(quick or {}),
            tuple(sources),
            function,
            function.__doc__ or "",
            function.__name__,
        )

    return decorate


def load_experiment(name: str | Path) -> Experiment:
    """An experiment by its name, or by the path of a file of your own that defines one.

    Raises
    ------
    InputError
        No such experiment (with the nearest name), or a file that cannot be read.
    """
    key, found = model.find("experiments", Experiment, name)
    return replace(found, name=key)


def list_experiments() -> dict[str, str]:
    """Names of the experiments that come with the package, with a line each."""
    return {name: load_experiment(name).title for name in model.names("experiments")}
