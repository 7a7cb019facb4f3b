import subprocess
import sys
from pathlib import Path

import pytest

import excitability

ROOT = Path(excitability.__file__).parents[1]


def loaded_after(statement):
    """Which of the heavy packages a fresh interpreter has loaded after a statement."""
    heavy = "{'brian2', 'matplotlib', 'pint', 'sympy', 'scipy', 'numpy'}"
    program = f"import sys\n{statement}\nprint(*sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout.split()


def test_importing_the_package_loads_nothing_heavy():
    assert loaded_after("import excitability") == []


def test_public_names_come_without_brian2_and_matplotlib():
    statement = "import excitability as e\n[getattr(e, name) for name in e.__all__ if name != 'figures']"
    assert not {"brian2", "matplotlib", "sympy"} & set(loaded_after(statement))


def test_unit_conversion_waits_until_it_is_needed():
    assert "pint" not in loaded_after("from excitability import Ions\nIons(ca=1.2, mg=[0.55, 0.25])")


@pytest.mark.parametrize("name", excitability.__all__)
def test_public_name_resolves_and_is_documented(name):
    thing = getattr(excitability, name)
    assert name in dir(excitability)
    if not isinstance(thing, dict):
        assert thing.__doc__
        assert not thing.__doc__.startswith(f"{name}("), "a dataclass without a docstring of its own"


@pytest.mark.parametrize("name", excitability.__all__)
def test_public_methods_are_documented(name):
    thing = getattr(excitability, name)
    for member, value in vars(thing).items() if isinstance(thing, type) else ():
        if not member.startswith("_") and (callable(value) or isinstance(value, (property, classmethod))):
            assert any(vars(base)[member].__doc__ for base in thing.__mro__ if member in vars(base)), member


def test_names_that_do_not_exist_are_attribute_errors():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = excitability.no_such_name
