"""Ctrl-C, two runs at once, odd places, no compiler: a right result or one clear line."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from excitability import machine

QUICK = ["run", "low_magnesium", "--quick", "--set", "mg=0.55", "seeds=1", "watch=5"]


def start(words, **keywords):
    return subprocess.Popen(
        [sys.executable, "-m", "excitability", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **keywords,
    )


@pytest.mark.parametrize(("kind", "pause"), [("cpp", 4.0), ("numpy", 4.0)])
def test_ctrl_c_ends_with_130_and_leaves_nothing(tmp_path, kind, pause):
    if kind == "cpp" and machine.compiler() is None:
        pytest.skip("no compiler here")
    process = start([*QUICK[:-2], "watch=300", "--engine", kind, "--out", str(tmp_path / "deep" / "out")])
    time.sleep(pause)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert err == "excitability: stopped; nothing was written\n"
    assert list(tmp_path.iterdir()) == []


def test_two_runs_at_once_into_one_folder_leave_one_whole_result(tmp_path):
    folder = tmp_path / "out"
    runs = [start([*QUICK, "--out", str(folder), "--seed", str(seed)]) for seed in (1, 2)]
    for run in runs:
        _, err = run.communicate(timeout=300)
        assert (run.returncode, err) == (0, "")
    summary = json.loads((folder / "summary.json").read_text())
    seed = summary["provenance"]["seed"]
    assert seed in (1, 2)
    assert [row["seed"] for row in summary["table"]] == [seed]
    assert f",{seed}," in (folder / "table.csv").read_text().splitlines()[1]
    assert not [file for file in folder.iterdir() if file.name.startswith(".")]


def test_folders_with_spaces_and_letters_of_all_kinds(tmp_path):
    home = tmp_path / "größe 1 空"
    home.mkdir()
    environment = {**os.environ, "EXCITABILITY_CACHE": str(home / "builds"), "TMPDIR": str(home)}
    process = start([*QUICK, "--out", str(home / "out put")], env=environment, cwd=home)
    _, err = process.communicate(timeout=300)
    assert (process.returncode, err) == (0, "")
    assert (home / "out put" / "figure.png").stat().st_size > 10_000


def test_without_a_compiler_and_without_a_writable_cache_the_same_command_works(tmp_path):
    (tmp_path / "file").write_text("in the way of the cache")
    environment = {
        "PATH": str(tmp_path), "HOME": str(tmp_path), "EXCITABILITY_CACHE": str(tmp_path / "file" / "cache"),
        "MPLCONFIGDIR": str(tmp_path / "mpl"),
    }  # fmt: skip
    process = start([*QUICK, "--out", str(tmp_path / "out")], env=environment)
    out, err = process.communicate(timeout=300)
    assert (process.returncode, err) == (0, "")
    assert "Engine numpy (no C++ compiler was found" in " ".join(out.split())
    made = json.loads((tmp_path / "out" / "summary.json").read_text())["provenance"]
    assert made["engine"] == "numpy"


def test_asking_for_cpp_without_a_compiler_is_refused(tmp_path):
    process = start([*QUICK, "--engine", "cpp"], env={"PATH": str(tmp_path), "HOME": str(tmp_path)}, cwd=tmp_path)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert "needs a C++ compiler" in err
    assert err.count("\n") == 1


def test_a_pipe_that_closes_early_is_no_error(tmp_path):
    process = start(["show", "motoneuron"], cwd=tmp_path)
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 0
    assert err == ""


def test_a_compiler_that_does_not_work_is_not_used(tmp_path):
    broken = tmp_path / "g++"
    broken.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "broken 1.0" && exit 0\necho "internal error" >&2\nexit 1\n'
    )
    broken.chmod(0o755)
    environment = {**os.environ, "CXX": str(broken), "EXCITABILITY_CACHE": str(tmp_path / "builds")}
    process = start(["doctor"], env=environment)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert "engine       numpy: no C++ compiler was found that works" in out


def test_a_build_that_has_lost_its_program_is_made_anew(tmp_path, monkeypatch):
    from excitability import Train, simulate

    if machine.compiler() is None:
        pytest.skip("no compiler here")
    monkeypatch.setenv("EXCITABILITY_CACHE", str(tmp_path))

    def run():
        return simulate("motoneuron", protocol=Train(rate=20, duration=0.1, start=0.0), watch=0.1, traced=[], dt=0.05)

    first = run()
    (program,) = tmp_path.glob("*/project/main")
    program.unlink()
    (tmp_path / ".build-left").mkdir()
    os.utime(tmp_path / ".build-left", (0, 0))
    assert run().event_time.tolist() == first.event_time.tolist()
    assert program.is_file()
    assert not (tmp_path / ".build-left").exists()  # what a killed build left behind long ago
