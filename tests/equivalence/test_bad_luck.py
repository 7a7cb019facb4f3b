"""Bad luck, each by doing it: the right result or one clear sentence, never a wrong number, never something half-written.

Runs are processes of their own, in folders with spaces and letters of all kinds; a small cell keeps them short.
"""

import contextlib
import dataclasses
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest

from excitability import Step, command, engine, machine, simulate
from excitability.errors import EngineError

pytestmark = pytest.mark.long  # every test makes builds or kills them

CELL = """
from excitability import Event, Model, Parameter


def value(number, unit):
    return Parameter(number, unit, "assumption", (-1e3, 1e3), "of a test")


MODEL = Model(
    title="A small cell", equations="dv/dt = (push*level - v)/tau : volt",
    parameters={"level": value(20.0, "mV"), "tau": value(5.0, "ms")},
    event=Event("v", 10.0, "mV"), traces={"v": "mV"}, stimulus="push", stimulus_unit="1", dt=0.1,
)
"""
EXPERIMENT = """
from pathlib import Path
from excitability import Finding, Option, Report, Step, Table, experiment, figures

CELL = str(Path(__file__).with_name("cell.py"))


@experiment(
    title="A step in a small cell", question="Does it fire?", models=[CELL],
    options={"watch": Option(0.05, "s", 0, 100_000, "how long to watch")},
)
def step(run):
    recording = run.simulate(CELL, protocol=Step(1.0, 0.05, start=0.01), watch=run.options.watch)
    time = float(recording.events(0)[0])
    fires = Finding("fires", f"It fires at {time:.3f} s.", time, "s", "some", "model", True)
    table = Table([{"seed": 1, "time_s": time}], ("seed", "time_s"), recording, [recording.condition(0)])
    return Report({"table": table}, [fires], lambda: figures.trace(recording.trace_time, recording.trace("v_mV", 0)).figure)
"""
FIRES = 0.01 + 5e-3 * math.log(2)  # s: v = level*(1 - exp(-(t - 0.01 s)/tau))

Ended = tuple[int, str, str]  # exit code, standard output, standard error
HERE = "größe 1 空"
together = pytest.mark.xdist_group("bad luck")  # these share a build


# --- places, runs and what becomes of them -----------------------------------------------------------------------------


def furnished(folder: Path) -> Path:
    """A folder with an experiment and its cell in it."""
    place = folder / HERE
    (place / "tmp").mkdir(parents=True)
    (place / "cell.py").write_text(CELL, encoding="utf-8")
    (place / "step.py").write_text(EXPERIMENT, encoding="utf-8")
    return place


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return furnished(tmp_path)


@pytest.fixture(scope="session")
def at_once(compiled: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[int], list[Ended]]:
    """A place in which two runs of the same model began at once, the processes that built it, and how the two ended."""
    place = furnished(tmp_path_factory.mktemp("at_once"))
    runs = [start(place, "run", "step.py", "--out", f"out {k}") for k in (1, 2)]
    builders = set()
    while any(run.poll() is None for run in runs):
        for number, line in running(place).items():
            with contextlib.suppress(
                ProcessLookupError
            ):  # a compiler about to start still has its parent's command line
                builders |= {number} if "-m excitability.build" in line and os.getsid(number) == number else set()
        time.sleep(0.1)
    return place, builders, [ended(run) for run in runs]


@pytest.fixture(scope="session")
def translated_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = furnished(tmp_path_factory.mktemp("translated"))
    fires(place, "--engine", "numpy")
    return place


@pytest.fixture
def translated(translated_once: Path, place: Path) -> Path:
    """A place in which there is what the numpy loop needs."""
    shutil.copytree(translated_once / "builds", place / "builds")
    return place


@pytest.fixture
def built(at_once: tuple[Path, Any, Any], place: Path) -> Path:
    """A place in which the model is built already."""
    shutil.copytree(at_once[0] / "builds", place / "builds")
    return place


@pytest.fixture
def here(built: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, with this process in it."""
    monkeypatch.setenv("EXCITABILITY_CACHE", str(built / "builds"))
    monkeypatch.setattr(tempfile, "tempdir", str(built / "tmp"))
    monkeypatch.chdir(built)
    return built


def start(place: Path, *words: str, before: Sequence[str] = (), **changes: str) -> subprocess.Popen[str]:
    """The command line in a place; `before` is a command that runs it."""
    return subprocess.Popen(
        [*before, sys.executable, "-m", "excitability", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=place,
        env=surroundings(place, **changes),
        start_new_session=True,
    )


def surroundings(place: Path, **changes: str) -> dict[str, str]:
    return {
        **os.environ,
        "EXCITABILITY_CACHE": str(place / "builds"),
        "TMPDIR": str(place / "tmp"),
        "MPLCONFIGDIR": mpl.get_cachedir(),
        **changes,
    }


def ended(process: subprocess.Popen[str]) -> Ended:
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def fires(place: Path, *words: str, **how: Any) -> dict[str, Any]:
    """Run the experiment: without a complaint, and with the right number. Returns its provenance."""
    code, _, err = ended(start(place, "run", "step.py", *words, **how))
    assert (code, err) == (0, "")
    return right(place / "results" / "step")


def right(folder: Path) -> dict[str, Any]:
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["table"][0]["time_s"] == pytest.approx(FIRES, abs=1e-6)
    assert (folder / "figure.png").stat().st_size > 5000
    provenance: dict[str, Any] = summary["provenance"]
    return provenance


def clear_line(place: Path, said: Ended, code: int, *words: str) -> None:
    """It ended with one sentence and left nothing."""
    assert said[:2] == (code, "")
    assert said[2].startswith("excitability: ")
    assert said[2].count("\n") == 1
    assert "Traceback" not in said[2]
    for word in words:
        assert word in said[2], said[2]
    assert not (place / "results").exists()
    assert list((place / "tmp").iterdir()) == []
    assert list(place.glob("builds/.build-*")) == []


def kept(place: Path) -> dict[str, tuple[int, int]]:
    """Files in the cache that count, with what would show that they were written again."""
    files = (place / "builds").glob("[!.l]*/**/*")
    return {str(file): (file.stat().st_ino, file.stat().st_mtime_ns) for file in files if file.is_file()}


def the_build(place: Path) -> Path:
    (manifest,) = (place / "builds").glob("[!.]*/manifest.json")
    return manifest.parent


def compiler_that(place: Path, does: str) -> str:
    """A compiler: the real one, after a few words of shell."""
    real = machine.compiler()
    assert real is not None
    path = place / "c++ of a kind"
    path.write_text(f'#!/bin/sh\n{does}\nexec {real.path} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def running(place: Path) -> dict[int, str]:
    """Processes that belong to a place, by what they have inherited, and their command lines."""
    mark, found = f"EXCITABILITY_CACHE={place / 'builds'}".encode(), {}
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and mark in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found


def wait_for(process: subprocess.Popen[str], place: Path, word: str) -> int:
    """The process whose command line has the word, as soon as there is one."""
    for _ in range(6000):
        for number, line in running(place).items():
            if word in line:
                return number
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    raise AssertionError(f"no {word}")


def assert_nothing_runs(place: Path) -> None:
    for _ in range(250):
        if not running(place):
            return
        time.sleep(0.02)
    assert running(place) == {}


# --- two at once, and some that are killed -----------------------------------------------------------------------------


@together
def test_two_processes_that_build_at_once_make_one_build(at_once: tuple[Path, set[int], list[Ended]]) -> None:
    place, builders, ends = at_once
    assert len(builders) == 1
    assert [(code, err) for code, _, err in ends] == [(0, "")] * 2
    assert [right(place / f"out {k}")["engine"] for k in (1, 2)] == ["cpp"] * 2
    assert the_build(place)  # one
    assert list(place.glob("builds/.build-*")) == []
    shown = ended(start(place, "cache"))
    assert "compiled, 32 cells at a time\n1 builds, " in shown[1]


@together
def test_two_runs_at_once_into_one_folder_leave_one_whole_result(translated: Path) -> None:
    place = translated
    runs = [start(place, "run", "step.py", "--engine", "numpy", "--seed", str(seed)) for seed in (1, 2)]
    for run in runs:
        code, _, err = ended(run)
        assert (code, err) == (0, "")
    folder = place / "results" / "step"
    assert right(folder)["seed"] in (1, 2)
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert {*summary["files"]} == {file.name for file in folder.iterdir()}


@together
@pytest.mark.parametrize(
    ("kind", "during"),
    [("cpp", "cold.cpp"), ("cpp", "project/main"), ("numpy", "excitability.build"), ("numpy", "excitability.loop")],
    ids=["compiling", "compiled", "translating", "loop"],
)
def test_ctrl_c_ends_with_130_and_leaves_nothing(request: pytest.FixtureRequest, kind: str, during: str) -> None:
    place: Path = request.getfixturevalue("built" if kind == "cpp" else "translated")
    if during in ("cold.cpp", "excitability.build"):
        shutil.rmtree(the_build(place))
    process = start(place, "run", "step.py", "--engine", kind, "--set", "watch=5000")
    wait_for(process, place, during)
    os.killpg(process.pid, signal.SIGINT)
    said = ended(process)
    clear_line(place, said, 130, "stopped; nothing was written")
    assert_nothing_runs(place)


@together
def test_a_build_killed_half_way_is_no_build(built: Path) -> None:
    shutil.rmtree(the_build(built))
    process = start(built, "run", "step.py")
    wait_for(process, built, "cold.cpp")
    os.killpg(process.pid, signal.SIGKILL)
    assert ended(process)[0] == -signal.SIGKILL
    assert kept(built) == {}
    assert "unfinished" in ended(start(built, "cache"))[1]
    assert fires(built)["engine"] == "cpp"  # perhaps while the killed one's compiler still runs
    assert_nothing_runs(built)


def test_a_build_process_that_is_killed_is_a_sentence(place: Path) -> None:
    process = start(place, "run", "step.py", "--engine", "numpy")
    os.kill(wait_for(process, place, "excitability.build"), signal.SIGKILL)
    clear_line(place, ended(process), 1, "the build failed: Killed (is there too little memory?)")
    assert kept(place) == {}


@together
def test_a_program_that_is_interrupted_leaves_no_result(built: Path) -> None:
    """Brian2's own would end with half a run, and with 0."""
    process = start(built, "run", "step.py", "--set", "watch=5000")
    os.kill(wait_for(process, built, "project/main"), signal.SIGINT)
    clear_line(built, ended(process), 1, "the simulation's process failed: Interrupt")


# --- places that are read-only, full, moved, or not there --------------------------------------------------------------


def without_powers() -> list[str]:
    """What makes a read-only folder read-only for root as well."""
    if os.geteuid():
        return []
    before = ["setpriv", "--bounding-set=-all"]
    if not shutil.which(before[0]) or subprocess.run([*before, "true"], capture_output=True, check=False).returncode:
        pytest.skip("permissions do not hold for root, and setpriv cannot make them")
    return before


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    folders = [path for path in (folder, *folder.rglob("*")) if path.is_dir()]
    for path in folders:
        path.chmod(0o555)
    try:
        yield
    finally:
        for path in folders:
            path.chmod(0o755)


@together
def test_what_is_in_a_read_only_cache_is_used(built: Path) -> None:
    before, powers = kept(built), without_powers()
    with read_only(built / "builds"):
        assert fires(built, before=powers)["engine"] == "cpp"
        assert "not writable" in ended(start(built, "doctor", before=powers))[1]
        code, out, err = ended(start(built, "cache", "--clear", before=powers))
    assert kept(built) == before
    assert (code, out) == (1, "")
    assert err.startswith("excitability: not all of ")
    assert err.count("\n") == 1


def test_with_a_home_that_is_read_only_a_build_serves_one_run(place: Path) -> None:
    home = place / "home"
    home.mkdir()
    with read_only(home):
        before = without_powers()
        fires(place, "--engine", "numpy", before=before, EXCITABILITY_CACHE="", XDG_CACHE_HOME="", HOME=str(home))
    assert list(home.iterdir()) == []
    assert [path for path in (place / "tmp").iterdir() if path.is_dir()] == []


@together
def test_builds_can_move(built: Path) -> None:
    """With the home that they are in."""
    home = built / "new = home, ü"
    (home / ".cache").mkdir(parents=True)
    (built / "builds").rename(home / "builds")
    before = kept(home)
    assert fires(built, EXCITABILITY_CACHE=str(home / "builds"))["engine"] == "cpp"
    (home / "builds").rename(home / ".cache" / "excitability")
    assert fires(built, EXCITABILITY_CACHE="", XDG_CACHE_HOME="", HOME=str(home))["engine"] == "cpp"
    (home / ".cache" / "excitability").rename(home / "builds")
    assert kept(home) == before


def test_a_user_without_a_home_runs(place: Path) -> None:
    before = ["unshare", "--map-user=12345", "--", "env", "-u", "HOME"]
    if not shutil.which("unshare") or subprocess.run([*before, "true"], capture_output=True, check=False).returncode:
        pytest.skip("users cannot be made up here")
    fires(place, "--engine", "numpy", before=before, EXCITABILITY_CACHE="", XDG_CACHE_HOME="")
    assert {path.name for path in place.iterdir()} == {"cell.py", "step.py", "tmp", "results"}


def test_without_compiler_home_or_cache_the_same_command_works(place: Path) -> None:
    nowhere = {
        "PATH": str(place),
        "HOME": str(place / "cell.py"),
        "CXX": "",
        "XDG_CACHE_HOME": "",
        "EXCITABILITY_CACHE": "",
    }
    code, out, err = ended(start(place, "run", "step.py", **nowhere))
    assert (code, err) == (0, "")
    assert "Engine numpy (no C++ compiler was found" in " ".join(out.split())
    assert right(place / "results" / "step")["engine"] == "numpy"


@together
def test_without_a_place_for_temporary_files_there_is_a_sentence(translated: Path) -> None:
    program = (
        "import sys, tempfile; tempfile.tempdir = sys.argv.pop(1); "  # Python itself would take the working directory
        "from excitability import command; sys.exit(command.main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(translated / "cell.py"), "run", "step.py", "--engine", "numpy"],
        capture_output=True, text=True, check=False, cwd=translated, env=surroundings(translated),
    )  # fmt: skip
    said = done.returncode, done.stdout, done.stderr
    clear_line(translated, said, 1, "the run's temporary files failed: Not a directory")


SWEEP = """
import resource, subprocess, sys, tempfile
from excitability import EngineError, Step, simulate

folder = tempfile.gettempdir()
for n in range(1, 25):
    if sys.argv[1] == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (40*n*n, resource.RLIM_INFINITY))
    else:
        size = f"size={3*n*resource.getpagesize()}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", folder], check=True)
    try:
        recording = simulate("cell.py", protocol=Step(1.0, 0.05, start=0.01), watch=0.05)
        print(*recording.event_time)
    except EngineError as problem:
        print(f"EngineError: {problem}")
    if sys.argv[1] == "tmpfs":
        subprocess.run(["umount", folder], check=True)
"""


def largest_file(size: int) -> list[str]:
    """A limit that acts like a disk that is full."""
    if not shutil.which("prlimit"):
        pytest.skip("no prlimit here")
    return ["prlimit", f"--fsize={size}"]


def may_mount() -> list[str]:
    """What lets a process mount a disk of its own."""
    for before in (["unshare", "-m"], ["unshare", "-rm"]):
        words = [*before, "mount", "-t", "tmpfs", "none", "/mnt"]
        if shutil.which("unshare") and not subprocess.run(words, capture_output=True, check=False).returncode:
            return before
    pytest.skip("no small disk can be mounted here")


@together
@pytest.mark.parametrize("kind", ["limit", "tmpfs"])
def test_a_disk_that_is_full_during_a_run_makes_no_wrong_number(built: Path, kind: str) -> None:
    """Sooner or later full: every size up to where all has room."""
    done = subprocess.run(
        [*(may_mount() if kind == "tmpfs" else []), sys.executable, "-c", SWEEP, kind],
        capture_output=True, text=True, check=False, cwd=built, env=surroundings(built),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    failed = [line for line in lines if line.startswith("EngineError: ")]
    worked = [float(line) for line in lines if line not in failed]
    assert len(failed) > 3
    assert len(worked) > 3
    assert worked == pytest.approx([FIRES] * len(worked), abs=1e-6)


@together
@pytest.mark.parametrize(
    ("size", "says"), [(100, "the model could not be built in "), (20_000, "the build failed: OSError: ")]
)
def test_a_disk_that_is_full_during_a_build_is_a_sentence(built: Path, size: int, says: str) -> None:
    shutil.rmtree(the_build(built))
    said = ended(start(built, "run", "step.py", before=largest_file(size)))
    clear_line(built, said, 1, says, "File too large")
    assert kept(built) == {}


@together
def test_a_disk_too_full_for_the_results_is_a_sentence(built: Path) -> None:
    said = ended(start(built, "run", "step.py", before=largest_file(28_000)))
    clear_line(built, said, 2, "folder results/step cannot be written to: File too large")


# --- builds that do not suit -------------------------------------------------------------------------------------------


def small_step(**how: Any) -> Any:
    return simulate("cell.py", protocol=Step(1.0, 0.05, start=0.01), watch=0.05, **how)


def the_key() -> str:
    """That of one specification, as everything around it says."""
    found = machine.compiler()
    assert found is not None
    return engine._key({"compiler": found.path, "flags": found.flags, "cells": 32})


@together
@pytest.mark.parametrize("what", ["brian2", "numpy", "sympy", "python", "processor", "compiler", "flags", "sources"])
def test_another_version_or_processor_has_builds_of_its_own(
    monkeypatch: pytest.MonkeyPatch, compiled: None, what: str
) -> None:
    before, found = the_key(), machine.compiler()
    assert found is not None
    assert before == the_key()
    version = machine.version
    if what in ("brian2", "numpy", "sympy"):
        monkeypatch.setattr(machine, "version", lambda name: "99" if name == what else version(name))
    elif what == "python":
        monkeypatch.setattr("platform.python_version", lambda: "3.99.0")
    elif what == "processor":
        monkeypatch.setattr(machine, "processor", lambda: "riscv64 0123456789ab")
    elif what == "sources":
        read = Path.read_bytes
        monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b"#" * (path.name == "build.py"))
    else:
        change = {"version": "g++ 99"} if what == "compiler" else {"flags": ["-O1"]}
        monkeypatch.setattr(machine, "compiler", lambda: dataclasses.replace(found, **change))
    assert the_key() != before


@together
def test_builds_of_another_version_are_left_alone_and_said_to_be(translated: Path) -> None:
    """In a cache that is named from the working directory."""
    made = the_build(translated)
    other = made.rename(made.with_name("0" * 32))
    before = kept(translated)
    fires(translated, "--engine", "numpy", EXCITABILITY_CACHE="builds")
    assert made.is_dir()
    assert before.items() <= kept(translated).items()
    lines = ended(start(translated, "cache"))[1].splitlines()
    assert [line.split()[0] for line in lines if "of another version" in line] == [other.name[:12]]
    assert ended(start(translated, "cache", "--clear"))[1].startswith("2 builds removed")
    assert list((translated / "builds").iterdir()) == []


@together
def test_equations_are_translated_once(built: Path, translated_once: Path) -> None:
    """A build takes from another what depends on the equations alone, and that is what it would have made itself."""
    before, alone = kept(built), json.loads((the_build(translated_once) / "manifest.json").read_text(encoding="utf-8"))
    process = start(built, "run", "step.py", "--engine", "numpy")
    while process.poll() is None:
        assert not any("excitability.build" in line for line in running(built).values())
        time.sleep(0.05)
    assert ended(process)[0] == 0
    right(built / "results" / "step")
    (second,) = {Path(name).parent for name in kept(built).keys() - before.keys()}
    assert json.loads((second / "manifest.json").read_text(encoding="utf-8")) == alone


@together
@pytest.mark.parametrize("damage", ["", "{", "[]", "null", "{}", '{"files": null}', "\xff\xfe"])
def test_a_damaged_manifest_is_no_build(here: Path, damage: str) -> None:
    made = the_build(here)
    assert engine._load(made)
    (made / "manifest.json").write_text(damage, encoding="latin-1")
    assert engine._load(made) is None


@together
@pytest.mark.parametrize("damage", ["gone", "short", "not to be run"])
def test_a_damaged_program_is_no_build(here: Path, damage: str) -> None:
    made = the_build(here)
    program = made / "project" / "main"
    if damage == "gone":
        program.unlink()
    elif damage == "short":
        os.truncate(program, program.stat().st_size // 2)
    else:
        program.chmod(0o644)
    assert engine._load(made) is None
    if damage == "short":
        old, young = (here / "builds" / f".build-{age}" for age in ("old", "young"))
        old.mkdir()
        young.mkdir()
        os.utime(old, (time.time() - 90_000,) * 2)
        assert small_step().event_time[0] == pytest.approx(FIRES, abs=1e-6)
        assert engine._load(made)
        assert not old.exists()  # left by a build that was killed a day ago
        assert young.exists()  # might still be in the making


def program_that(made: Path, content: bytes) -> None:
    """Put another program in the place of a build's own, which is left beside it."""
    program = made / "project" / "main"
    if not program.with_name("real").exists():
        program.rename(program.with_name("real"))
    program.write_bytes(content)
    program.chmod(0o755)
    manifest = json.loads((made / "manifest.json").read_text(encoding="utf-8"))
    (made / "manifest.json").write_text(json.dumps({**manifest, "size": len(content)}), encoding="utf-8")


ANEW = "'excitability cache --clear' has it built anew"


@together
@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("kill -ILL $$", f"Illegal instruction (built for another processor? {ANEW})"),
        ("kill -SEGV $$", "Segmentation fault"),
        ("kill -KILL $$", "Killed (is there too little memory?)"),
        ("exit 1", "exit code 1"),
        ("exit 0", "left no "),
        ('./real "$@"; exit 4', "exit code 4"),
        ('./real "$@"; echo "Error reading x: file size" >&2', "Error reading x: file size"),
        ('./real "$@"; echo "Error opening static array x."', "Error opening static array x."),
        ('./real "$@" x', "Cannot set unknown variable 'x'"),
        ('./real "$1" "$2" "$3" cells.v=/dev/null "$4"', "file size"),
        ("yes error | head -n 100000 >&2; exit 1", "failed: error"),
        ("another processor's", f"main cannot be started: Exec format error ({ANEW})"),
    ],
)
def test_a_program_that_fails_is_a_sentence(
    here: Path, capsys: pytest.CaptureFixture[str], program: str, says: str
) -> None:
    made = the_build(here)
    content = f"#!/bin/sh\n{program}\n".encode()
    if program == "another processor's":
        real = bytearray((made / "project" / "main").read_bytes())
        real[18:20] = (0xF3 if real[18] != 0xF3 else 0x3E, 0)  # e_machine of an ELF file: RISC-V, or x86-64
        content = bytes(real)
    program_that(made, content)
    code = command.main(["run", "step.py"])
    said = capsys.readouterr()
    clear_line(here, (code, said.out, said.err), 1, says)


@together
def test_no_number_is_made_of_results_that_are_not_whole(here: Path) -> None:
    """Every file that the program leaves, in turn: not there, empty, cut, with more in it than there should be."""
    made = the_build(here)
    files = json.loads((made / "manifest.json").read_text(encoding="utf-8"))["files"]
    names = [name for group in files.values() for name in group.values()]
    assert len(names) == 9
    for name in names:
        for harm in ("rm {0}", ": > {0}", "truncate -s -8 {0}", "truncate -s +256 {0}"):
            spoil = harm.format(f'"$2{name}"')
            program_that(made, f'#!/bin/sh\n./real "$@"\n{spoil}\n'.encode())
            with pytest.raises(EngineError, match=name):
                small_step()
    events = " ".join(f'"$2{name}"' for what, name in files["events"].items() if what != "number")
    program_that(made, f'#!/bin/sh\n./real "$@"\ntruncate -s 0 {events}\n'.encode())
    with pytest.raises(EngineError, match="0 values"):
        small_step()
    program_that(made, b'#!/bin/sh\n./real "$@"\n')
    assert small_step().event_time[0] == pytest.approx(FIRES, abs=1e-6)


# --- compilers that are missing, broken or old -------------------------------------------------------------------------


def test_asking_for_cpp_without_a_compiler_is_refused(place: Path) -> None:
    said = ended(start(place, "run", "step.py", "--engine", "cpp", PATH=str(place), CXX=""))
    clear_line(place, said, 2, "needs a C++ compiler")


def test_a_compiler_that_does_not_work_is_not_used(compiled: None, place: Path) -> None:
    broken = compiler_that(
        place, '[ "$1" = --version ] && echo "broken 1.0" && exit 0\necho "internal error" >&2; exit 1'
    )
    code, out, err = ended(start(place, "doctor", CXX=broken))
    assert (code, err) == (0, "")
    assert "engine       numpy: no C++ compiler was found that works" in out
    assert f"compiler     none that works (CXX = {broken})" in out


@together
def test_where_the_compiler_fails_on_the_model_the_loop_runs(compiled: None, translated: Path) -> None:
    """And the compiler, which passes its trial, is not tried again for every run."""
    says = 'echo "in cell.h\ncell.cpp:3: error: $1 is odd\nand more" >&2'
    failing = compiler_that(
        translated, f'case "$*" in *hot.cpp*) echo x >> "{translated}/calls"; {says}; exit 1;; esac'
    )
    program = """
import sys
from excitability import command
print(*[command.main(["run", "step.py", "--quiet", *words]) for words in ([], ["--set", "watch=0.1"], ["--engine", "cpp"])])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=translated,
        env=surroundings(translated, CXX=failing),
    )  # fmt: skip
    said = f"the compiler {failing} failed on hot.cpp: cell.cpp:3: error: -c is odd"
    assert (done.stdout, done.stderr) == ("0 0 1\n", f"excitability: {said}\n")
    made = right(translated / "results" / "step")
    assert (made["engine"], made["engine_reason"]) == ("numpy", said)
    assert made["options"]["watch"] == 0.1
    assert (translated / "calls").read_text() == "x\nx\n"  # the first run and the last
    assert len(list(translated.glob("builds/*/manifest.json"))) == 1  # the loop's


def old_compiler(place: Path, refuses: str) -> str:
    says = 'echo "unrecognized option $word" >&2; exit 1'
    return compiler_that(place, f'for word; do case "$word" in {refuses}) {says};; esac; done')


def test_a_compiler_of_another_kind_is_given_what_it_understands(compiled: None, place: Path) -> None:
    out = ended(start(place, "doctor", CXX=old_compiler(place, "--param*|-mprefer*")))[1]
    assert re.search(r"^flags +-O3 .*-march=native -std=c\+\+17  \(without vectorised", out, re.M)
    assert re.search(r"^engine +cpp", out, re.M)


def test_an_old_compiler_is_as_good(compiled: None, place: Path) -> None:
    old = old_compiler(place, "-std=c++17")
    assert fires(place, CXX=old)["engine"] == "cpp"
    specification = json.loads((the_build(place) / "specification.json").read_text(encoding="utf-8"))
    assert (specification["compiler"], specification["flags"]) == (old, ["-O2", "-std=c++11"])


# --- and besides -------------------------------------------------------------------------------------------------------


def test_a_pipe_that_closes_early_is_no_error(place: Path) -> None:
    process = start(place, "show", "cell.py")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 0
    assert err == ""
