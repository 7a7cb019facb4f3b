"""Public names and the modules that hold them; `excitability/__init__.py` loads them from here on first use."""

from . import assays as assays
from . import body as body
from . import diet as diet
from . import divalents as divalents
from . import emg as emg
from . import figures as figures
from . import lesson as lesson
from . import measures as measures
from . import motor_pool as motor_pool
from . import motor_unit as motor_unit
from . import timing as timing
from .command import run_as_script as run_as_script
from .errors import EngineError as EngineError
from .errors import InputError as InputError
from .errors import NumericalError as NumericalError
from .ions import PRESETS as PRESETS
from .ions import REFERENCE_RANGES as REFERENCE_RANGES
from .ions import Ions as Ions
from .ions import judge as judge
from .model import Event as Event
from .model import Model as Model
from .model import Noise as Noise
from .model import list_models as list_models
from .model import load_model as load_model
from .parameters import Parameter as Parameter
from .protocol import Impulses as Impulses
from .protocol import Protocol as Protocol
from .protocol import Pulses as Pulses
from .protocol import Ramp as Ramp
from .protocol import Regimen as Regimen
from .protocol import Rest as Rest
from .protocol import Step as Step
from .protocol import Together as Together
from .protocol import Train as Train
from .recording import Recording as Recording
from .references import REFERENCES as REFERENCES
from .references import Reference as Reference
from .simulation import resting_state as resting_state
from .simulation import simulate as simulate
from .simulation import steady_states as steady_states
from .study import Experiment as Experiment
from .study import Finding as Finding
from .study import Findings as Findings
from .study import Option as Option
from .study import Report as Report
from .study import Run as Run
from .study import Table as Table
from .study import experiment as experiment
from .study import list_experiments as list_experiments
from .study import load_experiment as load_experiment
from .study import rows_where as rows_where

__version__: str
__all__: list[str]
