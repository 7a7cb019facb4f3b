"""Engines in turn, and Brian2 in a state that each test finds and leaves as it was.

Builds go to the folder that the conftest above chooses for all tests.
"""

from collections.abc import Iterator
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def compiled(builds_of_their_own: None) -> None:
    """For tests that need the compiled engine."""
    from excitability import machine

    if machine.compiler() is None:
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
