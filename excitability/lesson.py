"""Lessons of the classroom: predict, run, explain, and a challenge. Each is a TOML file; those of the package lie in
``page/lessons/``, and a teacher's own may lie anywhere.
"""

import json
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from excitability import references
from excitability.errors import InputError, nearest, unknown

#: The folder of the page's files.
PAGE = files("excitability").joinpath("page")
_LESSONS = PAGE.joinpath("lessons")
_MOST_BYTES = 100_000  # of a lesson
_TEXTS = {"title": 90, "goal": 300, "limits": 900, "question": 600, "text": 400}  # letters that fit on a handout
_KEYS = ("title", "level", "goal", "setup", "prediction", "run", "explanation", "limits", "challenge")
_PREDICTION = ("question", "choices", "answer")
_CHALLENGE = ("text", "measure", "may_move")
_CITED = re.compile(r"\[([A-Za-z][\w-]*)\]")


@cache
def tables() -> dict[str, Any]:
    """What the page can be set to and what it measures, level by level: ``page/controls.json``."""
    found: dict[str, Any] = json.loads(PAGE.joinpath("controls.json").read_text(encoding="utf-8"))
    return found


def about(level: str, name: str, cell: str | None = None) -> dict[str, Any]:
    """What is known of a control: low, high, default and unit, or choices and default.

    Parameters
    ----------
    level, name : str
    cell : str, optional
        The cell that is chosen, where some controls differ.
    """
    found = dict(tables()["controls"][level][name])
    own = found.pop("motor_axon", {})
    return {**found, **own} if cell == "motor_axon" else found


def defaults(level: str, cell: str | None = None) -> dict[str, Any]:
    """The settings with which a level of the page begins."""
    found = {name: about(level, name, cell)["default"] for name in tables()["controls"][level]}
    return {**found, "cell": cell} if cell else found


def unit_of(level: str, measure: str) -> str:
    """The unit of what a challenge can ask for; empty if it has none."""
    return str(tables()["measures"][level][measure])


@dataclass(frozen=True)
class Lesson:
    """A lesson of the classroom.

    Parameters
    ----------
    name : str
        That of its file.
    title, level, goal : str
        The level is "cell", "chain" or "person"; the goal is what a student can do afterwards.
    setup : mapping of str to value
        The page's settings before the run; those that are left out have their defaults.
    prediction : mapping
        question, choices (3 or 4) and answer: the number of the right one, from 0 on.
    run : mapping of str to value
        What the run changes.
    explanation : sequence of str
        Paragraphs; sources are keys of the bibliography in square brackets.
    limits : str
        What the model cannot say.
    challenge : mapping
        text, measure, `above` or `below` (a number), may_move (names of controls). It begins where the run has ended.

    See Also
    --------
    load, every
    """

    name: str
    title: str
    level: str
    goal: str
    setup: Mapping[str, Any]
    prediction: Mapping[str, Any]
    run: Mapping[str, Any]
    explanation: tuple[str, ...]
    limits: str
    challenge: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sources(self) -> dict[str, references.Reference]:
        """The publications that the lesson names, by their keys, in the order in which it does."""
        return references.find(_cited([*self.explanation, self.limits]))

    @property
    def after_run(self) -> dict[str, Any]:
        """The settings with which the run ends and the challenge begins."""
        return {**self.setup, **self.run}

    def as_page(self) -> dict[str, Any]:
        """The lesson as `excitability.classroom.page` takes it.

        Returns
        -------
        dict
            Plain data: name, title, level, goal, setup, prediction, run, explanation, sources (texts by keys), limits,
            challenge.
        """
        return {
            "name": self.name,
            "title": self.title,
            "level": self.level,
            "goal": self.goal,
            "setup": dict(self.setup),
            "prediction": {**self.prediction, "choices": list(self.prediction["choices"])},
            "run": dict(self.run),
            "explanation": list(self.explanation),
            "sources": {key: reference.text() for key, reference in self.sources.items()},
            "limits": self.limits,
            "challenge": {**self.challenge, "may_move": list(self.challenge["may_move"])},
        }


def names() -> list[str]:
    """Names of the package's lessons, in the order in which a course would take them."""
    found = {entry.name.removesuffix(".toml") for entry in _LESSONS.iterdir() if entry.name.endswith(".toml")}
    plain = {name for name in found if "." not in name}  # others are translations: trigger.de.toml
    return [name for name in _COURSE if name in plain] + sorted(plain - set(_COURSE))


def languages() -> list[str]:
    """Languages that the page's words exist in; a lesson may be in fewer."""
    found = {entry.name.removesuffix(".toml") for entry in PAGE.iterdir() if entry.name.endswith(".toml")}
    return sorted(found | {"en"})


_COURSE = ("trigger", "blocker", "spared_axon", "cramp", "magnesium_given", "plate_to_cramp")


def every(language: str = "en") -> list[Lesson]:
    """All lessons of the package.

    Parameters
    ----------
    language : str
        A lesson NAME is in English; NAME.de.toml would be its German. Where there is none, the English one is taken.
    """
    return [_shipped(name, language) for name in names()]


def load(name_or_path: str | Path, language: str = "en") -> Lesson:
    """A lesson, by its name or from a file of one's own.

    Parameters
    ----------
    name_or_path : str or Path
        A name that ends in .toml, or holds a slash, is a path.
    language : str
        See `every`.

    Raises
    ------
    InputError
        No such lesson; a file that cannot be read, or is no lesson: which key, what is wrong with it, and what would be
        right.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith(".toml") or "/" in text or "\\" in text:
        return _from_file(Path(text).expanduser(), text)
    key = text.strip().replace("-", "_")
    if key not in names():
        if Path(text).is_file():
            raise InputError(f"no lesson '{text}'; a lesson of your own is a file whose name ends in .toml")
        raise InputError(f"{unknown('lesson', text, names())}; a file of your own ends in .toml")
    return _shipped(key, language)


def _shipped(name: str, language: str) -> Lesson:
    own = _LESSONS.joinpath(f"{name}.{language}.toml")
    file = own if own.is_file() else _LESSONS.joinpath(f"{name}.toml")
    return _parsed(file.read_text(encoding="utf-8"), name, file.name)


def _from_file(path: Path, said: str) -> Lesson:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as problem:
        near = nearest(path.stem, names()) if isinstance(problem, FileNotFoundError) else None
        hint = f" (the package has a lesson '{near}')" if near else ""
        raise InputError(f"{said} cannot be read: {problem.strerror}{hint}") from None
    if len(content) > _MOST_BYTES:
        raise InputError(f"{said} is larger than {_MOST_BYTES // 1000} kB: it is no lesson")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{said} is not UTF-8 text: save it as UTF-8") from None
    if not text.strip():
        raise InputError(f"{said} is empty: copy a lesson of the package and change it")
    return _parsed(text, path.stem, said)


# ------------------------------------------------------------------------------------------------------------- checking


class _Checked:
    """The keys of a lesson's file, each refused by name where it is wrong."""

    def __init__(self, said: str) -> None:
        self.said = said

    def wrong(self, key: str, why: str) -> InputError:
        """An error that names file, key and reason."""
        return InputError(f"{self.said}: {key}{why}")

    def known(self, given: Iterable[str], needed: Iterable[str], where: str = "", optional: Iterable[str] = ()) -> None:
        """Refuse keys that are missing or that nobody knows."""
        given, needed, allowed = list(given), list(needed), [*needed, *optional]
        place = f" in [{where}]" if where else ""
        for key in given:
            if key not in allowed:
                guess = nearest(key, [name for name in allowed if name not in given] or allowed)
                hint = f"did you mean '{guess}'?" if guess else f"known: {', '.join(allowed)}"
                raise self.wrong("", f"no key '{key}'{place} is known ({hint})")
        for key in needed:
            if key not in given:
                raise self.wrong("", f"the key '{key}'{place} is missing")

    def text(self, key: str, value: Any, most: int) -> str:
        """Words that are there and fit."""
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, f" = {value!r} is not a text")
        words = " ".join(value.split())
        if len(words) > most:
            raise self.wrong(key, f" has {len(words)} letters: at most {most} fit on the page")
        return words

    def texts(self, key: str, value: Any, few: int, many: int, most: int) -> tuple[str, ...]:
        """A list of texts."""
        if not isinstance(value, list):
            raise self.wrong(key, f" = {value!r} is not a list of texts")
        if not few <= len(value) <= many:
            raise self.wrong(key, f" has {len(value)} entries: it takes {few} to {many}")
        return tuple(self.text(f"{key}[{k}]", one, most) for k, one in enumerate(value))

    def table(self, key: str, value: Any) -> dict[str, Any]:
        """A table of the file."""
        if not isinstance(value, dict):
            raise self.wrong(key, f" = {value!r} is not a table: write [{key}] and a line for each entry")
        return value

    def settings(self, where: str, values: Mapping[str, Any], level: str, cell: str | None) -> dict[str, Any]:
        """Settings of a level, each within what the page offers."""
        for name, value in values.items():
            self.control(where, name, level)
            if cell == "motor_axon" and name in ("noise", "seed"):
                raise self.wrong(f"{where}.{name}", ": an axon has no synapse that could be noisy")
            self.setting(f"{where}.{name}", value, about(level, name, cell))
        return dict(values)

    def control(self, where: str, name: Any, level: str) -> None:
        """Refuse a control that the level does not have."""
        controls = tables()["controls"]
        if name in controls[level]:
            return
        elsewhere = [other for other in controls if name in controls[other]]
        guess = nearest(str(name), controls[level])
        hint = (
            f"it belongs to level {elsewhere[0]}"
            if elsewhere
            else f"did you mean '{guess}'?"
            if guess
            else f"known: {', '.join(controls[level])}"
        )
        raise self.wrong(where, f": level {level} has no control '{name}' ({hint})")

    def setting(self, key: str, value: Any, known: Mapping[str, Any]) -> None:
        """Refuse a value that the control cannot have."""
        if "choices" in known:
            choices = known["choices"]
            if isinstance(value, bool) or value not in choices:
                guess = nearest(str(value), [str(choice) for choice in choices])
                hint = f"did you mean '{guess}'?" if guess else f"it is one of {', '.join(map(str, choices))}"
                raise self.wrong(key, f" = {value!r} cannot be chosen ({hint})")
            return
        low, high, unit = known["low"], known["high"], known.get("unit", "")
        shown = f"{low:g} to {high:g}{' ' + unit if unit else ''}"
        number = self.number(key, value, shown)
        if not low <= number <= high:
            edge = low if number < low else high
            raise self.wrong(key, f" = {number:g} is outside {shown} (the nearest is {edge:g})")
        if known.get("whole") and number != round(number):
            raise self.wrong(key, f" = {number:g} must be a whole number (the nearest is {round(number)})")

    def number(self, key: str, value: Any, expected: str = "") -> float:
        """A number that is one."""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise self.wrong(key, f" = {value!r} is not a number{f' ({expected})' if expected else ''}")
        return float(value)


def _parsed(text: str, name: str, said: str) -> Lesson:
    check = _Checked(said)
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise check.wrong("", f"not TOML: {_first_lower(str(problem))}") from None
    check.known(found, _KEYS)
    levels = tables()["controls"]
    level = check.text("level", found["level"], 20)
    if level not in levels:
        raise check.wrong("level", f": {unknown('level', level, levels)}")
    setup, run = check.table("setup", found["setup"]), check.table("run", found["run"])
    cell = setup.get("cell") if level == "cell" else None
    setup, run = check.settings("setup", setup, level, cell), check.settings("run", run, level, cell)
    _changes(check, setup, run, level, cell)
    explanation = check.texts("explanation", found["explanation"], 1, 8, 700)
    limits = check.text("limits", found["limits"], _TEXTS["limits"])
    for key, words in [*((f"explanation[{k}]", one) for k, one in enumerate(explanation)), ("limits", limits)]:
        for source in _cited([words]):
            if source not in references.REFERENCES:
                raise check.wrong(key, f": {unknown('source', source, references.REFERENCES)}")
    return Lesson(
        name=name,
        title=check.text("title", found["title"], _TEXTS["title"]),
        level=level,
        goal=check.text("goal", found["goal"], _TEXTS["goal"]),
        setup=setup,
        prediction=_prediction(check, check.table("prediction", found["prediction"])),
        run=run,
        explanation=explanation,
        limits=limits,
        challenge=_challenge(check, check.table("challenge", found["challenge"]), level),
    )


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _changes(check: _Checked, setup: Mapping[str, Any], run: Mapping[str, Any], level: str, cell: str | None) -> None:
    """Refuse a run that changes nothing, or the cell."""
    before = {**defaults(level, cell), **setup}
    if all(before[name] == value for name, value in run.items()):
        raise check.wrong("run", " changes nothing of the setup, so that there is nothing to predict")
    if "cell" in run and run["cell"] != before["cell"]:
        raise check.wrong("run.cell", f" = '{run['cell']}' is another cell than that of the setup; keep to one")


def _prediction(check: _Checked, given: Mapping[str, Any]) -> dict[str, Any]:
    check.known(given, _PREDICTION, "prediction")
    choices = check.texts("prediction.choices", given["choices"], 3, 4, 140)
    if len(set(choices)) < len(choices):
        raise check.wrong("prediction.choices", " has the same choice twice")
    answer = given["answer"]
    if isinstance(answer, bool) or not isinstance(answer, int) or not 0 <= answer < len(choices):
        last = len(choices) - 1
        raise check.wrong(
            "prediction.answer",
            f" = {answer!r} is not the number of a choice: they are 0 to {last}, counted from 0"
            + (f" (the last is {last})" if answer == len(choices) else ""),
        )
    question = check.text("prediction.question", given["question"], _TEXTS["question"])
    return {"question": question, "choices": choices, "answer": answer}


def _challenge(check: _Checked, given: Mapping[str, Any], level: str) -> dict[str, Any]:
    check.known(given, _CHALLENGE, "challenge", ("above", "below"))
    known = tables()["measures"][level]
    measure = given["measure"]
    if measure not in known:
        raise check.wrong("challenge.measure", f": {unknown('measure', str(measure), known)}")
    goals = [name for name in ("above", "below") if name in given]
    if len(goals) != 1:
        raise check.wrong("challenge", " needs a goal: either 'above' or 'below', a number, and not both")
    may_move = check.texts("challenge.may_move", given["may_move"], 1, len(tables()["controls"][level]), 40)
    for name in may_move:
        check.control("challenge.may_move", name, level)
    return {
        "text": check.text("challenge.text", given["text"], _TEXTS["text"]),
        "measure": measure,
        goals[0]: check.number(f"challenge.{goals[0]}", given[goals[0]]),
        "may_move": may_move,
    }


def _cited(texts: Iterable[str]) -> list[str]:
    """Keys in square brackets, each once."""
    return list(dict.fromkeys(key for text in texts for key in _CITED.findall(text)))
