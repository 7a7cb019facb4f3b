"""The classroom: one HTML file that simulates by itself, for lessons without installation, server or network.

`page` puts together what lies in ``page/``: the models in JavaScript (`excitability.javascript`), their runner, the plots of
BokehJS, the texts of a language and the lessons. `CONTROLS` and `MEASURES` name what a lesson may set and ask for.
"""

import base64
import functools
import hashlib
import html
import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from excitability import assays, body, emg, figures, ions, javascript, motor_pool
from excitability.errors import unknown
from excitability.lesson import PAGE, languages, tables
from excitability.protocol import Impulses
from excitability.simulation import simulate

_TABLES = tables()

#: What the page's runs are made of, s and days: when drives and changed ions begin, how long an impulse's answer may take,
#: from when on an axon that fires does so by itself, time steps.
TIMES: dict[str, float] = _TABLES["times"]
#: By level, the controls of the page: low, high, step, default and unit, or choices and default. What is different for the
#: motor axon is under that name.
CONTROLS: dict[str, dict[str, dict[str, Any]]] = _TABLES["controls"]
#: By level, what a challenge can ask for, with its unit.
MEASURES: dict[str, dict[str, str]] = _TABLES["measures"]
#: Those of them that are told in per cent.
SHARES: list[str] = _TABLES["shares"]
#: By level, named settings.
PRESETS: dict[str, dict[str, dict[str, Any]]] = _TABLES["presets"]

#: Parameters of the body under treatment, in every disease and in single ones: a full diet with 15 mmol of magnesium a day
#: more, and what is missing.
TREATMENT: dict[str, float] = {"Ca_eaten": 25.0, "Mg_eaten": 14.4 + 15.0}
TREATMENTS: dict[str, dict[str, float]] = {
    "hypoparathyroidism": {"calcitriol_given": 0.75},  # 0.5 to 1 ug a day [Kooh1975]
    "hyperparathyroidism": {"gland": 1.0, "set_point_shift": 1.0},
    "vitamin_d_deficiency": {"vitamin_D": 1.0},
}

MODELS = ("motoneuron", "motor_axon", "muscle_fibre", "body")
#: After the engine and the worker, one after the other.
SCRIPTS = tuple(
    f"{name}.js"
    for name in ("settings", "orders", "results", "plots", "views", "controls", "lessons", "player", "takeaway", "page")
)
EMG_HZ = 4000.0
_BEFORE_S, _AFTER_S = 2e-3, 20e-3  # around an impulse


def page(
    lessons: Sequence[Mapping[str, Any]],
    *,
    lesson: str = "",
    language: str = "en",
    announce: Callable[[str], None] | None = None,
) -> str:
    """The classroom as the text of one HTML file.

    Parameters
    ----------
    lessons : sequence of mapping
        Each with name, title, level, goal, setup, prediction, run, explanation, sources, limits, challenge.
    lesson : str
        Name of the lesson that the page opens with; free play if left out.
    language : str
        Of the page's texts: the name of a file in ``page/``.
    announce : function of a sentence, optional
        Told before something that takes long.

    Returns
    -------
    str

    Raises
    ------
    InputError
        No such lesson or language.
    EngineError
        A model could not be translated.
    """
    from bokeh.resources import Resources  # takes a third of a second, and is needed for nothing else

    names = [str(one["name"]) for one in lessons]
    if lesson and lesson not in names:
        raise unknown("lesson", lesson, names)
    words = texts(language)
    models = {name: javascript.program(name, announce) for name in MODELS}
    engine = "\n".join([_read("engine.js"), javascript.module(models), _read("worker.js")])
    bokeh = Resources(mode="inline", components=["bokeh", "bokeh-api"], minified=True).js_raw
    scripts = {"bokeh": "\n".join(bokeh[:2]), "engine": engine, "script": "\n".join(map(_read, SCRIPTS))}
    scripts = {name: _closed(script) for name, script in scripts.items()}
    data = json.dumps(_data(lessons, lesson, words), ensure_ascii=False, separators=(",", ":"))
    filled = {
        "language": language,
        "policy": _policy(scripts.values()),
        "style": _read("page.css"),
        "data": data.replace("<", "\\u003c"),
        **scripts,
    }

    def part(found: re.Match[str]) -> str:
        name = found[1]
        if name in filled:
            return filled[name]
        return html.escape(str(words["page"][name]).format(no_benefit=figures.NO_BENEFIT))

    return re.sub(r"\{\{(\w+)\}\}", part, _read("page.html"))


@functools.cache
def texts(language: str) -> dict[str, Any]:
    """The page's texts in a language.

    Raises
    ------
    InputError
        There are none.
    """
    if language not in languages():
        raise unknown("language", language, languages())
    return tomllib.loads(_read(f"{language}.toml"))


def label(level: str, name: str, cell: str | None = None, language: str = "en") -> str:
    """What a control of a level, or of a cell, is called in the page."""
    words = texts(language)["controls"][name]
    return str(words["label"] if name == "cell" else words.get(level) or words.get(cell or "") or words["label"])


def _read(name: str) -> str:
    return PAGE.joinpath(name).read_text(encoding="utf-8")


def _closed(script: str) -> str:
    """The same script, without anything that would end or swallow its element."""
    script = re.sub(r"</(script)", r"<\\/\1", script.replace("\r\n", "\n"), flags=re.IGNORECASE)
    return script.replace("<!--", "<\\!--")


def _policy(scripts: Any) -> str:
    """What the page may do: run these scripts and nothing else, and ask nobody."""
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    return "; ".join(
        [
            "default-src 'none'",
            "script-src " + " ".join(f"'sha256-{one}'" for one in hashes),
            "worker-src blob:",
            "style-src 'unsafe-inline'",
            "img-src data: blob:",
            "connect-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _data(lessons: Sequence[Mapping[str, Any]], lesson: str, words: Mapping[str, Any]) -> dict[str, Any]:
    """What the page's scripts are told, apart from the models."""
    return {
        "times": TIMES,
        "controls": CONTROLS,
        "measures": MEASURES,
        "shares": SHARES,
        "presets": PRESETS,
        "ranges": {ion: [low, high] for ion, (low, high, _) in ions.REFERENCE_RANGES.items()},
        "molar_mass": ions.MOLAR_MASS,
        "diseases": body.DISEASES,
        "treatment": TREATMENT,
        "treatments": TREATMENTS,
        "cramp_s": assays.CRAMP_S,
        "emg": unit_potential(),
        "texts": words,
        "lessons": [dict(one) for one in lessons],
        "lesson": lesson,
        "no_benefit": figures.NO_BENEFIT,
    }


def unit_potential() -> dict[str, Any]:
    """What one impulse of the reference fibre's motor unit brings to the electrodes on the skin, and its highest force.

    Returns
    -------
    dict
        ``rate`` in Hz, ``begin`` (s from the first sample to the impulse), ``uV`` (one number per sample), and
        ``twitch_force``, the peak of a single twitch in normal ions.
    """
    once = simulate(
        "muscle_fibre", protocol=Impulses([_BEFORE_S]), duration=0.25, noise=False, dt=0.05, sample=0.05, engine="numpy"
    )
    unit = motor_pool.UNITS[0]
    times = np.arange(0.0, _BEFORE_S + _AFTER_S, 1 / EMG_HZ)
    potential = emg.unit_potential(
        np.interp(times, once.trace_time, once.trace("V_mV", 0)),
        rate=EMG_HZ,
        velocity=unit.between("velocity"),
        fibres=unit.between("fibres"),
    )
    return {
        "rate": EMG_HZ,
        "begin": round(float(once.events(0)[0]), 6),
        "uV": [round(1e3 * value, 4) for value in potential.tolist()],
        "twitch_force": round(float(once.trace("force_1", 0).max()), 4),
    }
