"""Recordings: what came out of a run, with its making; they save and load themselves."""

import contextlib
import functools
import json
import numbers
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from excitability.errors import InputError, unknown

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]
_FORMAT = 1


@contextlib.contextmanager
def _written_whole(target: Path) -> Iterator[IO[bytes]]:
    """A binary stream whose content becomes `target` at the end, or nothing if something fails."""
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as stream:
            yield stream
        beside.replace(target)
    except OSError as problem:
        raise InputError(f"{target} cannot be written: {problem.strerror}") from problem
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


@dataclass(frozen=True, eq=False)
class Recording:
    """Events and traces of every cell of a run.

    Parameters
    ----------
    conditions : mapping of str to array
        Columns with one entry per cell that tell cells apart; names carry the unit (``ca_mM``, ``mg_mM``, ``seed``).
    duration : float
        s.
    event_cell, event_time : array
        Which cell had an event (impulse), and when in s; ordered by time.
    trace_time : array
        (samples,), s.
    trace_cell : array
        (traced,): which cells were traced.
    traces : mapping of str to array
        (traced, samples) by name with unit (``V_soma_mV``).
    stimuli : sequence of array
        Times of the afferent volleys of every cell, s.
    changes : sequence of tuple
        For every cell the times (s) at which its ions were changed.
    making : mapping
        How it was made: model, parameters, protocol, ions, seed, engine, dt, versions.
    time_unit : {"s", "day"}
        Unit of all times: days in the life of a body.
    """

    conditions: Mapping[str, NDArray[Any]]
    duration: float
    event_cell: NDArray[np.int64]
    event_time: Array
    trace_time: Array
    trace_cell: NDArray[np.int64]
    traces: Mapping[str, Array]
    stimuli: Sequence[Array]
    changes: Sequence[Array]
    making: Mapping[str, Any]
    time_unit: str = "s"

    def __len__(self) -> int:
        """Number of cells."""
        return len(next(iter(self.conditions.values())))

    def events(self, cell: int) -> Array:
        """Times of one cell's events, s."""
        if not 0 <= cell < len(self):
            raise InputError(f"there is no cell {cell}; cells are 0 to {len(self) - 1}")
        times, edges = self._by_cell
        return times[edges[cell] : edges[cell + 1]]

    @functools.cached_property
    def _by_cell(self) -> tuple[Array, NDArray[np.int64]]:
        """Events cell after cell, and where each cell's begin."""
        order = np.argsort(self.event_cell, kind="stable")
        return self.event_time[order], np.searchsorted(self.event_cell[order], np.arange(len(self) + 1))

    def trace(self, name: str, cell: int) -> Array:
        """One cell's trace over `trace_time`.

        Raises
        ------
        InputError
            No such trace, or the cell was not traced.
        """
        if name not in self.traces:
            raise unknown("trace", name, self.traces)
        row = np.flatnonzero(self.trace_cell == cell)
        if not len(row):
            raise InputError(f"cell {cell} was not traced; traced: {', '.join(map(str, self.trace_cell))}")
        return np.asarray(self.traces[name][row[0]])

    def condition(self, cell: int) -> dict[str, Any]:
        """What tells one cell from the others."""
        return {name: values[cell].item() for name, values in self.conditions.items()}

    def where(self, **values: float) -> list[int]:
        """Cells whose conditions have the given values, for example ``where(mg_mM=0.25, seed=1)``."""
        for name, value in values.items():
            if name not in self.conditions:
                raise unknown("condition", name, self.conditions)
            if not isinstance(value, numbers.Real):
                raise InputError(f"{name} = {value!r} is not a number")
        return [
            cell
            for cell in range(len(self))
            if all(np.isclose(self.conditions[name][cell], value, rtol=1e-9, atol=0) for name, value in values.items())
        ]

    def subset(self, cells: Sequence[int]) -> "Recording":
        """The same recording with only some of its cells, renumbered in the order given."""
        chosen = [int(cell) for cell in cells]
        if len(set(chosen)) != len(chosen) or any(not 0 <= cell < len(self) for cell in chosen):
            raise InputError(f"cells must be different numbers from 0 to {len(self) - 1}")
        new = {old: k for k, old in enumerate(chosen)}
        kept = np.isin(self.event_cell, chosen)
        rows = [k for k, cell in enumerate(self.trace_cell) if int(cell) in new]
        return Recording(
            conditions={name: values[chosen] for name, values in self.conditions.items()},
            duration=self.duration,
            event_cell=np.array([new[int(c)] for c in self.event_cell[kept]], dtype=np.int64),
            event_time=self.event_time[kept],
            trace_time=self.trace_time,
            trace_cell=np.array([new[int(self.trace_cell[k])] for k in rows], dtype=np.int64),
            traces={name: values[rows] for name, values in self.traces.items()},
            stimuli=[self.stimuli[c] for c in chosen],
            changes=[self.changes[c] for c in chosen],
            making=self.making,
            time_unit=self.time_unit,
        )

    def without_traces(self) -> "Recording":
        """The same recording with events only."""
        return replace(self, traces={}, trace_cell=np.empty(0, dtype=np.int64), trace_time=np.empty(0))

    def all_events(self) -> Iterator[tuple[int, float, str]]:
        """(cell, time, "spike", "stimulus" or "ions"; "event" of a body), cell by cell in order of time."""
        for cell in range(len(self)):
            own = [(float(t), "spike" if self.time_unit == "s" else "event") for t in self.events(cell)]
            own += [(float(t), "stimulus") for t in self.stimuli[cell]]
            own += [(float(t), "ions") for t in self.changes[cell]]
            for time, kind in sorted(own):
                yield cell, time, kind

    def save(self, path: str | Path) -> Path:
        """Write everything to one ``.npz`` file, whole or not at all.

        Returns
        -------
        Path
            The file written, with its ending.
        """
        target = Path(path)
        if target.suffix != ".npz":
            target = target.with_name(target.name + ".npz")
        arrays: dict[str, Any] = {f"condition:{name}": values for name, values in self.conditions.items()}
        arrays |= {f"trace:{name}": values for name, values in self.traces.items()}
        for name, lists in (("stimuli", self.stimuli), ("changes", self.changes)):
            arrays[f"{name}_count"] = np.array([len(x) for x in lists], dtype=np.int64)
            arrays[name] = np.concatenate([np.asarray(x, dtype=float) for x in lists]) if len(lists) else np.empty(0)
        with _written_whole(target) as stream:
            np.savez_compressed(
                stream,
                format=_FORMAT,
                making=json.dumps(self.making),
                duration=self.duration,
                time_unit=self.time_unit,
                event_cell=self.event_cell,
                event_time=self.event_time,
                trace_time=self.trace_time,
                trace_cell=self.trace_cell,
                **arrays,
            )
        return target

    @classmethod
    def load(cls, path: str | Path) -> "Recording":
        """Read what `save` wrote.

        Raises
        ------
        InputError
            No such file, or not a recording.
        """
        try:
            with Path(path).open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                data = {name: file[name] for name in file.files}
        except FileNotFoundError as problem:
            raise InputError(f"no file {path}") from problem
        except Exception as problem:  # numpy and zipfile have many ways to say so
            raise InputError(f"{path} is not a recording") from problem

        def ragged(name: str) -> list[Array]:
            counts = data[f"{name}_count"]
            return np.split(data[name], np.cumsum(counts)[:-1]) if len(counts) else []

        def named(prefix: str) -> dict[str, Any]:
            return {name.removeprefix(prefix): values for name, values in data.items() if name.startswith(prefix)}

        try:
            if int(data["format"]) != _FORMAT:
                raise InputError(f"{path} is a recording of another version")
            return cls(
                conditions=named("condition:"),
                duration=float(data["duration"]),
                event_cell=data["event_cell"],
                event_time=data["event_time"],
                trace_time=data["trace_time"],
                trace_cell=data["trace_cell"],
                traces=named("trace:"),
                stimuli=ragged("stimuli"),
                changes=ragged("changes"),
                making=json.loads(str(data["making"])),
                time_unit=str(data.get("time_unit", "s")),
            )
        except (KeyError, ValueError, TypeError) as problem:
            raise InputError(f"{path} is not a recording") from problem

    def to_xarray(self) -> "xarray.Dataset":
        """Traces as a labelled dataset; needs the optional package xarray."""
        try:
            import xarray
        except ImportError as problem:
            raise InputError("to_xarray needs the package xarray (pip install xarray)") from problem
        coordinates: dict[str, Any] = {f"time_{self.time_unit}": self.trace_time, "cell": self.trace_cell}
        for name, values in self.conditions.items():
            coordinates[name] = ("cell", values[self.trace_cell])
        variables = {name: (("cell", f"time_{self.time_unit}"), values) for name, values in self.traces.items()}
        return xarray.Dataset(variables, coordinates, {"making": json.dumps(self.making)})
