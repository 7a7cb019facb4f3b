"""Neuromuscular excitability with calcium as the trigger and magnesium as the blocker."""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# in a checkout models/ and experiments/ sit beside this folder
if (Path(__file__).parents[1] / "pyproject.toml").is_file() and (Path(__file__).parents[1] / "models" / "__init__.py").is_file():
    __path__.append(str(Path(__file__).parents[1]))
