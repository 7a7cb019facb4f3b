"""Keeps these tests away from the user's cache and from each other's Brian2 settings."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for builds, shared by the processes of one test session."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    folder = folder / "equivalence-builds"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXCITABILITY_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def compiled(cache: Path) -> None:
    """For tests that need the compiled engine."""
    from excitability import engine

    if engine.compiler() is None:
        pytest.skip("no C++ compiler that works was found (g++, clang++, c++ or CXX), so there is no compiled engine")


@pytest.fixture(params=["numpy", "cpp"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Both engines in turn; the compiled one where there is a compiler."""
    if request.param == "cpp":
        request.getfixturevalue("compiled")
    return str(request.param)


@pytest.fixture
def brian() -> Iterator[ModuleType]:
    """Brian2 as a user has it, with its numpy target, in a scope of its own; everything as before afterwards."""
    import brian2

    from excitability import integrator

    assert integrator.NAME
    target = brian2.prefs.codegen.target
    brian2.prefs.codegen.target = "numpy"
    brian2.start_scope()
    yield brian2
    brian2.get_device().reinit()
    brian2.get_device().activate()
    brian2.seed()
    brian2.start_scope()
    brian2.prefs.codegen.target = target
