"""Neuromuscular excitability with calcium as the trigger and magnesium as the blocker.

>>> from excitability import Ions, Train, simulate
>>> recording = simulate("motoneuron", ions=Ions(mg=[0.55, 0.25]), protocol=Train(rate=20), watch=1.0)
>>> [len(recording.events(cell)) > 20 for cell in range(2)]
[False, True]
"""

from pathlib import Path

import lazy_loader

__version__ = "0.1.0"

_beside = Path(__file__).parents[1]
if (_beside / "pyproject.toml").is_file() and (_beside / "models" / "__init__.py").is_file():
    __path__.append(str(_beside))  # in a checkout models/ and experiments/ sit beside this folder

# importing the package is quick: __init__.pyi lists the public names, and each is loaded on first use
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
