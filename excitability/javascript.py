"""Models in JavaScript: the same equations and integrators, for a page that simulates by itself.

`excitability.translation` writes the functions; `program` hands them out together with everything else that a page needs to
know of a model, and ``page/engine.js`` runs them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from excitability import engine, quantities, simulation
from excitability.model import Model, load_model


def program(model: str | Model, announce: Callable[[str], None] | None = None) -> dict[str, Any]:
    """Everything that a page needs of a model.

    Parameters
    ----------
    model : str or Model
    announce : function of a sentence, optional
        Told before something that takes long.

    Returns
    -------
    dict
        ``source``: the text of members of a JavaScript object, functions of the parameters and dt that return functions
        (see `excitability.translation.JavaScriptWriter`). All else is plain data: states, parameters in SI,
        the first guess of rest, what counts as an event, dt and tick in s, traces and readouts with the factors
        from SI to their units.

    Raises
    ------
    EngineError
        The equations could not be translated.
    """
    cell = model if isinstance(model, Model) else load_model(model)
    job = simulation.blank_job(cell)
    current = {cell.stimulus: quantities.base_units(cell.stimulus_unit)} if cell.stimulus else {}
    specification = {
        **engine.specification(job, "numpy"),
        "language": "javascript",
        "stimulus": "",
        "given": {**job.given, **current},
        "parameters": {name: unit for name, unit in job.units.items() if name not in current},
    }
    made = engine.prepare(specification, announce or (lambda _: None))
    translated = made.manifest["program"]
    return {
        "name": cell.name,
        "time": cell.time,
        "tick_s": cell.clock.tick,
        "dt_s": cell.dt * quantities.si_factor(cell.clock.step),
        "states": translated["states"],
        "ticked": translated["ticked"],
        "given": translated["given"],
        "counters": translated["counters"],
        "held": list(job.held),
        "noise": vars(cell.noise) if cell.noise else None,
        "pulse": dict(cell.pulse),
        "stimulus": cell.stimulus,
        "stimulus_si": quantities.si_factor(cell.stimulus_unit) if cell.stimulus else 1.0,
        "event": {"state": job.event[0], "level": job.event[1]},
        "guess": {name: value * quantities.si_factor(unit) for name, (value, unit) in cell.guess.items()},
        "parameters": {
            name: {"si": p.si, "factor": p.si / p.value if p.value else _factor(p.unit)}
            for name, p in cell.parameters.items()
        },
        "traces": {name: {"factor": _factor(unit)} for name, unit in cell.traces.items()},
        "readouts": [{"name": n, "factor": _factor(u)} for n, u in cell.readouts.items()],
        "source": translated["source"],
    }


def _factor(unit: str) -> float:
    return quantities.si_factor(unit)


def module(models: Mapping[str, dict[str, Any]]) -> str:
    """A JavaScript statement that defines ``MODELS``: programs by name, their functions among the data."""
    parts = []
    for name, one in models.items():
        data = json.dumps({key: value for key, value in one.items() if key != "source"}, separators=(",", ":"))
        parts.append(f"{json.dumps(name)}: Object.assign({data}, {{\n{one['source']}\n}})")
    return "const MODELS = {\n" + ",\n".join(parts) + "\n};\n"
