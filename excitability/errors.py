"""What goes wrong, in one sentence: the value, the reason, and the nearest right answer."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any


class InputError(ValueError):
    """Impossible or misspelt input. The message is one sentence for a person; the command line exits with 2."""


class NumericalError(ArithmeticError):
    """A result that is not a finite number: names the variable, the condition, the time and dt."""


class EngineError(RuntimeError):
    """The built program could not be made or did not finish."""


class CompilerError(EngineError):
    """The compiler works on a small program and fails on this one."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name` (letter case ignored), or None if nothing is close."""
    by_fold = {candidate.casefold(): candidate for candidate in known}
    close = difflib.get_close_matches(name.casefold(), list(by_fold), n=1, cutoff=0.5)
    return by_fold[close[0]] if close else None


def missing(kind: str, name: str, module: Mapping[str, Any]) -> AttributeError:
    """An error for a public name that a module (its globals) does not define, with the nearest one that it does."""
    own = [key for key, value in module.items() if getattr(value, "__module__", "") == module["__name__"]]
    return AttributeError(str(unknown(kind, name, [key for key in own if not key.startswith("_")])))


def unknown(kind: str, name: str, known: Iterable[str]) -> InputError:
    """An error for a name that does not exist, with the nearest one that does."""
    known = list(known)
    guess = nearest(name, known)
    hint = f"did you mean '{guess}'?" if guess else f"known: {', '.join(sorted(known))}"
    return InputError(f"no {kind} '{name}' ({hint})")
