"""Models: Brian2 equations with their parameters, found by file name."""

import importlib
import importlib.util
import pkgutil
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from excitability import parameters, quantities, references
from excitability.errors import InputError, unknown
from excitability.parameters import ASSUMPTION, Parameter
from excitability.protocol import Protocol

T = TypeVar("T")
WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")


@dataclass(frozen=True)
class Clock:
    """How a model's time is told.

    Parameters
    ----------
    unit : str
        Of the times of a run.
    step : str
        Unit of its time step and of the interval between samples.
    tick : float
        What is given to a model changes on whole multiples of this, s.
    """

    unit: str
    step: str
    tick: float


INTEGRATORS = ("exponential_strang", "runge_kutta_4")
#: Cells live in seconds, bodies in days.
CLOCKS = {"s": Clock("s", "ms", 1e-3), "day": Clock("day", "day", 86400.0)}
_OF_VOLLEYS = {"chance", "binomial_quantile", "bernoulli", "exp", "log", "sqrt", "clip"}  # known in what a volley adds


@dataclass(frozen=True)
class Event:
    """What counts as an event: an upward crossing of `level` by `variable`, re-armed below it."""

    variable: str
    level: float
    unit: str = "mV"


@dataclass(frozen=True)
class Noise:
    """An Ornstein-Uhlenbeck input: which name the equations give it, and the parameters for its SD and time constant."""

    name: str
    sd: str
    tau: str


@dataclass(frozen=True)
class Model:
    """An excitable cell, or the body that gives it its ions.

    Parameters
    ----------
    title : str
        One line: what it is.
    equations : str
        Brian2 equations. ``Ca`` and ``Mg`` (ionised, at the cell) are given to them; so are the noise, if any, and
        the injected current under the name `stimulus`.
    parameters : mapping of str to Parameter
        Every other constant in the equations.
    event : Event
        What counts as an impulse.
    traces : mapping of str to str
        Variables worth looking at, with their units.
    guess : mapping of str to (float, str)
        Where the search for rest begins, by state variable (0 for those left out); the resting state itself is computed.
    dt : float
        Default time step, ms (days for a body).
    integrator : {"exponential_strang", "runge_kutta_4"}
        Method of the time step: the first for cells, the second (rk4) where what is exchanged must add up.
    time : {"s", "day"}
        Unit of the times of a run.
    changing : sequence of str
        Parameters that a `Regimen` may change in the course of a run.
    readouts : mapping of str to str
        Sub-expressions worth looking at, with their units: traced like `traces`.
    noise : Noise, optional
    volley : mapping of str to str
        What an afferent volley (or a nerve impulse) adds: state variable to the parameter or expression that is added, all
        from the states before it. ``chance`` in an expression is a number from 0 to 1 drawn for that volley, -1 where the
        run has no noise; ``binomial_quantile(chance, n, p)`` makes a number of successes of it, or their mean.
    pulse : mapping of str to str
        What a volley switches on for the millisecond in which it comes (an antidromic current): name in the equations to
        the parameter that is its size.
    stimulus : str
        Name of the injected current in the equations ("" if there is none), and
    stimulus_unit : str
        its unit.
    example : Protocol, optional
        A stimulus that makes the cell respond, in its own ions from its own rest: for trying it out, and what every
        engine is tested with.
    description : str
        Longer text for `show`.
    name : str
        File name; filled in when the model is found.
    """

    title: str
    equations: str
    parameters: Mapping[str, Parameter]
    event: Event
    traces: Mapping[str, str]
    guess: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    dt: float = 0.025
    integrator: str = "exponential_strang"
    time: str = "s"
    changing: Sequence[str] = ()
    readouts: Mapping[str, str] = field(default_factory=dict)
    noise: Noise | None = None
    volley: Mapping[str, str] = field(default_factory=dict)
    pulse: Mapping[str, str] = field(default_factory=dict)
    stimulus: str = ""
    stimulus_unit: str = "uA/cm**2"
    example: Protocol | None = None
    description: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.equations, str) or not self.equations.strip():
            raise InputError("a model needs equations")
        for name, parameter in self.parameters.items():
            if not isinstance(parameter, Parameter):
                raise InputError(
                    f"parameter {name} needs a unit, a source and a range: "
                    f"{name}=Parameter({parameter!r}, unit, source, range)"
                )
        words = set(WORD.findall(re.sub(r"#.*", "", self.equations)))
        added = {word for expression in self.volley.values() for word in WORD.findall(expression)}
        inputs = (
            *(added - words - _OF_VOLLEYS),
            *self.pulse.values(),
            *((self.noise.sd, self.noise.tau) if self.noise else ()),
        )
        unused = [name for name in self.parameters if name not in {*words, *added, *inputs}]
        if unused:
            raise InputError(f"parameter {unused[0]} is not used by the model's equations")
        for name in (self.event.variable, *self.traces, *self.readouts, *self.guess, *self.volley, *self.pulse):
            if name not in {*words, *self.states}:
                raise unknown("variable in the equations", name, {*words, *self.states})
        for name in self.changing:
            if name not in self.parameters:
                raise unknown("parameter", name, self.parameters)
        if self.integrator not in INTEGRATORS:
            raise unknown("integrator", self.integrator, INTEGRATORS)
        if self.time not in CLOCKS:
            raise unknown("unit of time", self.time, CLOCKS)
        for name in inputs:
            if name not in self.parameters:
                raise unknown("parameter", name, self.parameters)
        quantities.check_possible("dt", self.dt, self.clock.step)
        self._check_example()

    def _check_example(self) -> None:
        if self.example is None:
            return
        if not isinstance(self.example, Protocol):
            raise InputError(f"example = {self.example!r} is not a Protocol (Train, Step, Pulses, Ramp)")
        if self.example.current() and not self.stimulus:
            raise InputError(f"example is {self.example}, but the model takes no injected current (stimulus)")
        if len(self.example.volleys()) and not (self.volley or self.pulse):
            raise InputError(f"example is {self.example}, but the model has no synapse for them (volley)")
        changed = {name for _, values in self.example.changes() for name in values}
        for name in changed - set(self.changing):
            raise unknown(f"parameter that changes in {self.name or 'the model'}", name, self.changing)
        if not self.example.current() and not len(self.example.volleys()) and not changed:
            raise InputError(f"example is {self.example}, which makes no cell respond")

    @property
    def states(self) -> tuple[str, ...]:
        """State variables, in the order of the equations."""
        return tuple(re.findall(r"^\s*d(\w+)/dt\s*=", self.equations, re.MULTILINE))

    @property
    def clock(self) -> Clock:
        """How its time is told."""
        return CLOCKS[self.time]

    @property
    def ions(self) -> bool:
        """Whether the equations know calcium or magnesium."""
        return re.search(r"\b(Ca|Mg)\b", self.equations) is not None

    @property
    def chance(self) -> bool:
        """Whether volleys draw numbers."""
        return any(re.search(r"\bchance\b", added) for added in self.volley.values())

    @property
    def references(self) -> dict[str, references.Reference]:
        """The sources of its parameters, and of the bracketed citations in its texts."""
        cited = [p.source for p in self.parameters.values() if p.source != ASSUMPTION]
        texts = [self.description, *(p.note for p in self.parameters.values())]
        cited += [key for text in texts for key in re.findall(r"\[(\w+)\]", text)]
        return references.find(cited)

    def with_parameters(self, changes: Mapping[str, Any]) -> tuple["Model", list[str]]:
        """The model with other parameter values, and a remark for each value outside its plausible range.

        Raises
        ------
        InputError
            Unknown name, wrong unit, impossible value.
        """
        try:
            table, remarks = parameters.override(self.parameters, changes)
        except InputError as problem:
            raise InputError(f"{self.name or 'model'}: {problem}") from problem
        return replace(self, parameters=table), remarks


def _load_file(path: Path) -> ModuleType:
    name = f"excitability_user_{path.stem}"
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:
        raise InputError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    try:
        specification.loader.exec_module(module)
    except InputError as problem:
        raise InputError(f"{path}: {problem}") from problem
    except SyntaxError as problem:
        line = f", line {problem.lineno}" if problem.lineno else ""
        raise InputError(f"{path}{line}: {problem.msg}") from problem
    except (Exception, SystemExit) as problem:
        line = ""
        trace = problem.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == str(path):
                line = f", line {trace.tb_lineno}"
            trace = trace.tb_next
        said = " ".join(str(problem).split())
        raise InputError(f"{path}{line}: {type(problem).__name__}: {said}") from problem
    return module


def names(room: str) -> list[str]:
    """Names of what is in ``models`` or ``experiments``: the names of their files."""
    package = importlib.import_module(f"excitability.{room}")
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("_"))


def find(room: str, kind: type[T], name: str | Path, label: str = "") -> tuple[str, T]:
    """Find a model or experiment by its name or by the path of a file that defines one.

    Parameters
    ----------
    room : {"models", "experiments"}
    kind : type
        What the file must define one of.
    name : str or Path
        File name without ``.py`` (hyphens or underscores), or a path that ends in ``.py``.

    Returns
    -------
    (str, object)

    Raises
    ------
    InputError
        No such name (with the nearest), no such file, or a file that does not define exactly one.
    """
    label = label or kind.__name__.lower()
    text = str(name)
    if text.endswith(".py") or "/" in text or "\\" in text:
        path = Path(text).expanduser()
        if not path.is_file():
            near = names(room)
            raise InputError(f"no file {path} (known {room}: {', '.join(near)})")
        module, key = _load_file(path.resolve()), path.stem
    else:
        key = text.replace("-", "_")
        if key not in names(room):
            raise unknown(label, text, names(room))
        module = importlib.import_module(f"excitability.{room}.{key}")
    found = list({id(value): value for value in vars(module).values() if isinstance(value, kind)}.values())
    if len(found) > 1:  # those that the file imports are not its own
        theirs = {id(v) for m in list(sys.modules.values()) if m is not module and m for v in list(vars(m).values())}
        found = [value for value in found if id(value) not in theirs]
    if len(found) != 1:
        raise InputError(f"{text} defines {len(found)} objects of type {kind.__name__}; exactly one is needed")
    return key, found[0]


def load_model(name: str | Path) -> Model:
    """A model by its name, or by the path of a file of your own.

    Parameters
    ----------
    name : str or Path
        For example ``"motoneuron"`` or ``"my_cell.py"``; the file defines one `Model`.

    Raises
    ------
    InputError
        No such model (with the nearest name), or a file that cannot be read.
    """
    key, model = find("models", Model, name)
    return replace(model, name=key)


def list_models() -> dict[str, str]:
    """Names of the models that come with the package, with a line each."""
    return {name: load_model(name).title for name in names("models")}
