"""What an observation is: how a model is asked for it, and when it holds. Rows of `validation` are made of these."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from excitability import Run

CALIBRATED, PREDICTED, NOT_MODELLED = "calibrated", "predicted", "not modelled"
COLUMNS = (
    "id",
    "observation",
    "source",
    "published",
    "low",
    "high",
    "model",
    "unit",
    "use",
    "holds",
    "strict",
    "note",
)

Result = TypeVar("Result")


class Shared:
    """What the rows are measured on: a run, and the results of the groups of simulations that rows share.

    Called with a group, a function of the `Run`, it runs that once and gives its result to every row that asks.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self._results: dict[Any, Any] = {}

    def __call__(self, group: Callable[[Run], Result]) -> Result:
        """The result of a group."""
        if group not in self._results:
            self._results[group] = group(self.run)
        result: Result = self._results[group]
        return result


@dataclass(frozen=True)
class Observation:
    """One row: something that has been measured, and how the model is asked about it.

    Parameters
    ----------
    id : str
        ``nerve-6``.
    observation : str
        What was observed, in a few words.
    source : str
        A key of the bibliography; "model" for what an independent implementation of the same equations gave.
    published : str
        The value, as its source has it.
    low, high : float or None
        What the model may give; None is no limit.
    unit : str
        "1" for a bare number.
    use : {"calibrated", "predicted", "not modelled"}
        Whether constants were chosen with this observation in view.
    measure : function of Shared
        The model's value; None if the model has none, which does not hold.
    note : str, or function of Shared
        What a reader should know.
    strict : bool
        Whether the limits themselves do not count: for signs.
    cheap : bool
        Whether the short version has it too.
    """

    id: str
    observation: str
    source: str
    published: str
    low: float | None
    high: float | None
    unit: str
    use: str
    measure: Callable[[Shared], float | None] = lambda _: None
    note: str | Callable[[Shared], str] = ""
    strict: bool = False
    cheap: bool = False

    def row(self, shared: Shared) -> dict[str, Any]:
        """The row of the table."""
        empty = {name: getattr(self, name) for name in (*COLUMNS[:6], "strict")} | {
            "model": None,
            "unit": self.unit,
            "use": self.use,
        }
        if self.use == NOT_MODELLED:
            return {**empty, "holds": None, "note": self.note if isinstance(self.note, str) else self.note(shared)}
        if shared.run.quick and not self.cheap:
            return {**empty, "holds": None, "note": "left out of the short version"}
        value = self.measure(shared)
        known = None if value is None or not math.isfinite(value) else float(value)
        note = self.note if isinstance(self.note, str) else self.note(shared)
        return {**empty, "model": known, "holds": self.holds(known), "note": note}

    def holds(self, value: float | None) -> bool:
        """Whether a value of the model is what was observed. None, where the model has no such thing, is not."""
        if value is None:
            return False
        low, high = -math.inf if self.low is None else self.low, math.inf if self.high is None else self.high
        return low < value < high if self.strict else low <= value <= high
