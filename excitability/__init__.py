"""Neuromuscular excitability with calcium as the trigger and magnesium as the blocker.

>>> from excitability import Ions, Train, simulate
>>> recording = simulate("motoneuron", ions=Ions(mg=[0.55, 0.25]), protocol=Train(rate=20), watch=1.0)
>>> [len(recording.events(cell)) > 20 for cell in range(2)]
[False, True]
"""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_beside = Path(__file__).parents[1]
if (_beside / "pyproject.toml").is_file() and (_beside / "models" / "__init__.py").is_file():
    __path__.append(str(_beside))  # in a checkout models/ and experiments/ sit beside this folder

if TYPE_CHECKING:
    from excitability import divalents as divalents
    from excitability import figures as figures
    from excitability import measures as measures
    from excitability.errors import EngineError as EngineError
    from excitability.errors import InputError as InputError
    from excitability.errors import NumericalError as NumericalError
    from excitability.study import Experiment as Experiment
    from excitability.study import Finding as Finding
    from excitability.study import Option as Option
    from excitability.study import Report as Report
    from excitability.study import Run as Run
    from excitability.study import Table as Table
    from excitability.study import experiment as experiment
    from excitability.study import list_experiments as list_experiments
    from excitability.study import load_experiment as load_experiment
    from excitability.ions import Ions as Ions
    from excitability.ions import judge as judge
    from excitability.model import Event as Event
    from excitability.model import Model as Model
    from excitability.model import Noise as Noise
    from excitability.model import list_models as list_models
    from excitability.model import load_model as load_model
    from excitability.parameters import Parameter as Parameter
    from excitability.protocol import Protocol as Protocol
    from excitability.protocol import Ramp as Ramp
    from excitability.protocol import Rest as Rest
    from excitability.protocol import Step as Step
    from excitability.protocol import Train as Train
    from excitability.recording import Recording as Recording
    from excitability.references import REFERENCES as REFERENCES
    from excitability.references import Reference as Reference
    from excitability.simulation import resting_state as resting_state
    from excitability.simulation import simulate as simulate

# Public names and the modules that hold them; loaded on first use, so that importing the package is quick.
_HOME = {
    "errors": ("EngineError", "InputError", "NumericalError"),
    "study": (
        "Experiment", "Finding", "Option", "Report", "Run", "Table", "experiment", "list_experiments", "load_experiment",
    ),
    "ions": ("Ions", "judge"),
    "model": ("Event", "Model", "Noise", "list_models", "load_model"),
    "parameters": ("Parameter",),
    "protocol": ("Protocol", "Ramp", "Rest", "Step", "Train"),
    "recording": ("Recording",),
    "references": ("REFERENCES", "Reference"),
    "simulation": ("resting_state", "simulate"),
}  # fmt: skip
_OF = {name: home for home, names in _HOME.items() for name in names}
_MODULES = ("divalents", "figures", "measures")
__all__ = sorted([*_OF, *_MODULES])


def __getattr__(name: str) -> Any:
    if name in _OF:
        return getattr(importlib.import_module(f"excitability.{_OF[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"excitability.{name}")
    raise AttributeError(f"module 'excitability' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
