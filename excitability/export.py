"""Writing results: files appear whole or not at all, and one run's files replace another's together."""

import contextlib
import csv
import hashlib
import io
import json
import math
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import filelock
import numpy as np

from excitability.errors import InputError
from excitability.recording import Recording

SUMMARY = "summary.json"
Rows = Sequence[Mapping[str, Any]]


@contextlib.contextmanager
def writable_folder(path: str | Path) -> Iterator[Path]:
    """The folder, made if it is missing; folders made here and still empty at the end are removed again.

    Raises
    ------
    InputError
        It cannot be made or written to.
    """
    folder = Path(path).expanduser().absolute()
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        raise InputError(f"folder {path} cannot be written to: {problem.strerror}") from problem
    try:
        yield Path(path).expanduser()
    finally:
        with contextlib.suppress(OSError):  # not empty: there are results in it
            for made in missing:
                made.rmdir()


def plain(value: Any) -> Any:
    """A value as JSON and CSV know it: ten digits, no NaN, no infinity.

    Raises
    ------
    ValueError
        NaN or infinity: what does not exist is None.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} cannot be written: what does not exist is None")
        return float(f"{value:.10g}")
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def _cell(value: Any) -> str:
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def table_csv(rows: Rows, columns: Sequence[str]) -> bytes:
    """A table as CSV; what does not exist is an empty cell, booleans are true and false."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return text.getvalue().encode()


def _label(row: Mapping[str, Any]) -> str:
    """A row's identifying cells as CSV, with the comma that follows them."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([_cell(value) for value in row.values()])
    return text.getvalue() + "," if row else ""


def _finite(name: str, values: Any) -> None:
    if not np.isfinite(values).all():
        raise ValueError(f"{name} holds nan or inf, which are never written")


def traces_csv(recording: Recording, identify: Sequence[Mapping[str, Any]]) -> bytes:
    """Traces, long form: identifying columns, time_s (time_day of a body), one column per trace.

    Parameters
    ----------
    identify : sequence of mapping
        Identifying columns of every cell of the recording.

    Raises
    ------
    ValueError
        A value is not finite.
    """
    names = list(recording.traces)
    columns = list(identify[0]) if identify else []
    parts = [",".join([*columns, f"time_{recording.time_unit}", *names]) + "\n"]
    for name, values in recording.traces.items():
        _finite(name, values)
    large = [bool(values.size) and np.abs(values).max() >= 1 for values in recording.traces.values()]
    formats = ["%.10g", *("%.4f" if big else "%.6g" for big in large)]
    for row, cell in enumerate(recording.trace_cell):
        values = np.column_stack([recording.trace_time, *(recording.traces[name][row] for name in names)])
        line = _label(identify[cell]).replace("%", "%%") + ",".join(formats) + "\n"
        parts.append((line * len(values)) % tuple(values.ravel().tolist()))
    return "".join(parts).encode()


def events_csv(recording: Recording, identify: Sequence[Mapping[str, Any]]) -> bytes:
    """Events, one row each: identifying columns, time_s, event (spike, stimulus, ions).

    Raises
    ------
    ValueError
        A time is not finite.
    """
    _finite("events", recording.event_time)
    columns = list(identify[0]) if identify else []
    labels = [_label(row) for row in identify]
    lines = [",".join([*columns, f"time_{recording.time_unit}", "event"])]
    lines += [f"{labels[cell]}{time:.10g},{kind}" for cell, time, kind in recording.all_events()]
    return ("\n".join(lines) + "\n").encode()


def write_together(folder: Path, files: Mapping[str, bytes], summary: Mapping[str, Any]) -> list[Path]:
    """Put a run's files into a folder: all are written beside their places first, then renamed together.

    Files that an earlier run of its own left there and this one has not made are removed; others are left alone.

    Parameters
    ----------
    folder : Path
    files : mapping of name to content
    summary : mapping
        Becomes summary.json; the names of the files are added to it.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    InputError
        The folder cannot be written to, or the disk is full; nothing has been replaced then.
    """
    names = [*files, SUMMARY]
    text = json.dumps(plain({**summary, "files": names}), indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    place = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    lock = Path(tempfile.gettempdir()) / f"excitability-{os.getuid() if hasattr(os, 'getuid') else 0}-{place}.lock"
    with _beside(folder, {**files, SUMMARY: text.encode()}) as beside, filelock.FileLock(lock):
        for old in _own_files(folder) - set(names):
            (folder / old).unlink(missing_ok=True)
        for name, path in beside.items():
            path.replace(folder / name)
    return [folder / name for name in names]


def write_all(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Put files into a folder, whole or none of them; others are left alone.

    Parameters
    ----------
    folder : Path
    files : mapping of name to content

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    InputError
        The folder cannot be written to, or the disk is full; nothing has been replaced then.
    """
    with _beside(folder, files) as beside:
        for name, path in beside.items():
            path.replace(folder / name)
    return [folder / name for name in files]


@contextlib.contextmanager
def _beside(folder: Path, contents: Mapping[str, bytes]) -> Iterator[dict[str, Path]]:
    """Files written beside their places, to be renamed there while the context lasts."""
    beside = {name: folder / f".{name}.{os.getpid()}.part" for name in contents}
    try:
        for name, content in contents.items():
            if (folder / name).is_dir():
                raise IsADirectoryError(None, f"there is a folder in the place of {name}")
            beside[name].write_bytes(content)
        yield beside
    except OSError as problem:
        raise InputError(f"folder {folder} cannot be written to: {problem.strerror}") from problem
    finally:
        for path in beside.values():
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def _own_files(folder: Path) -> set[str]:
    try:
        summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        listed = summary["files"] if "experiment" in summary else []
        return {n for n in listed if isinstance(n, str) and Path(n).name == n and (folder / n).is_file()}
    except (OSError, ValueError, KeyError, TypeError):  # none there, or something else's
        return set()
