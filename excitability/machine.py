"""The machine: its processor, its C++ compiler, what is installed, and where builds are kept."""

import contextlib
import functools
import hashlib
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

_COMMON_FLAGS = ["-O3", "-ffast-math", "-fno-finite-math-only", "-march=native"]
_FLAG_SETS = (
    # __FAST_MATH__ opens glibc's vector functions, which -fno-finite-math-only would close; that one has to stay, or NaN
    # could not be found. Without the last one gcc refuses to vectorise a loop over so many arrays.
    [
        *_COMMON_FLAGS,
        "-D__FAST_MATH__=1",
        "-mprefer-vector-width=512",
        "-std=c++17",
        "--param=vect-max-version-for-alias-checks=1000",
    ],
    [*_COMMON_FLAGS, "-std=c++17"],
    ["-O2", "-std=c++11"],
)
_PROBE = """
#include <cmath>
#include <cstdio>
int main() { double x[64]; for (int i = 0; i < 64; i++) x[i] = std::expm1(0.01*i); std::printf("%g", x[9]); return 0; }
"""


def cache_folder() -> Path:
    """Where builds are kept; ``EXCITABILITY_CACHE`` moves it."""
    try:
        chosen = os.environ.get("EXCITABILITY_CACHE") or platformdirs.user_cache_dir("excitability", appauthor=False)
        return Path(chosen).expanduser().absolute()
    except RuntimeError:  # a user without a home has no place to keep builds in
        return Path(os.devnull, "excitability")


def unfinished_folder() -> Path:
    """Where long studies that were interrupted have left what was done."""
    return cache_folder() / "unfinished"


def memory_folder(size: float) -> str | None:
    """A folder in memory for files that live shortly, if there is one with room for several times `size` bytes.

    Writing many small files to a disk may take longer than the simulation that makes them. ``TMPDIR`` overrules it.
    """
    place = Path("/dev/shm")
    if os.environ.get("TMPDIR") or not (place.is_dir() and os.access(place, os.W_OK)):
        return None
    about = os.statvfs(place)
    roomy = about.f_bavail * about.f_frsize > 8 * size
    return str(place) if roomy and not about.f_flag & os.ST_NOEXEC else None


def version(package: str) -> str:
    """Installed version of a package, without importing it."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@functools.cache
def processor() -> str:
    """What tells processors apart for compiled code."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith(("flags", "Features")):
                return f"{platform.machine()} {hashlib.sha256(line.encode()).hexdigest()[:12]}"
    return f"{platform.machine()} {platform.processor()}"


@dataclass(frozen=True)
class Compiler:
    """A C++ compiler that works here, with the flags that it understands."""

    path: str
    version: str
    flags: list[str] = field(default_factory=list)


@functools.cache
def compiler() -> Compiler | None:
    """The C++ compiler to use (``CXX``, then g++, clang++, c++), tried out on a small program; None if there is none."""
    candidates = [os.environ["CXX"]] if os.environ.get("CXX") else ["g++", "clang++", "c++"]
    for candidate in candidates:
        path = shutil.which(candidate)
        if path is None:
            continue
        try:
            said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60, check=True).stdout
        except (OSError, subprocess.SubprocessError):
            continue
        name = said.splitlines()[0] if said else candidate
        key = hashlib.sha256(f"{path} {name} {processor()} {_FLAG_SETS}".encode()).hexdigest()[:16]
        note = cache_folder() / f"compiler-{key}.json"
        with contextlib.suppress(OSError, ValueError, TypeError):
            flags = json.loads(note.read_text(encoding="utf-8"))
            if flags in [list(flags_) for flags_ in _FLAG_SETS]:
                return Compiler(path, name, flags)
        for flags in _FLAG_SETS:
            if _works(path, flags):
                with contextlib.suppress(OSError):
                    note.parent.mkdir(parents=True, exist_ok=True)
                    note.write_text(json.dumps(flags), encoding="utf-8")
                return Compiler(path, name, list(flags))
    return None


def _works(path: str, flags: list[str]) -> bool:
    try:
        with tempfile.TemporaryDirectory(prefix="excitability-") as folder:
            source, program = Path(folder, "probe.cpp"), Path(folder, "probe")
            source.write_text(_PROBE, encoding="utf-8")
            subprocess.run(
                [path, *flags, str(source), "-o", str(program)], capture_output=True, timeout=120, check=True
            )
            ran = subprocess.run([str(program)], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return ran.stdout.startswith("0.094")
