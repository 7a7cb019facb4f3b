import json
import re
from pathlib import Path

import pytest

from excitability import REFERENCES, lesson
from excitability.lesson import Lesson

NAMES = ["trigger", "blocker", "spared_axon", "cramp", "magnesium_given", "plate_to_cramp"]
SHIPPED = Path(lesson.__file__).with_name("page") / "lessons"
EACH = pytest.mark.parametrize("name", NAMES)


@pytest.fixture
def own(tmp_path):
    """A lesson of one's own: a shipped one with some words replaced, written to a file."""

    def write(*changes, name="mine.toml", base="magnesium_given"):
        text = (SHIPPED / f"{base}.toml").read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


# --- the package's lessons ------------------------------------------------------------------------------------------


def test_there_are_the_six_in_the_order_of_a_course():
    assert lesson.names() == NAMES
    assert [one.name for one in lesson.every()] == NAMES


def test_a_language_without_lessons_has_the_english_ones():
    assert lesson.every("xx") == lesson.every()


@EACH
def test_every_lesson_has_all_its_parts(name):
    one = lesson.load(name)
    assert one.level in ("cell", "chain", "person")
    assert 3 <= len(one.prediction["choices"]) <= 4
    assert one.challenge["may_move"]
    assert one.goal.startswith("You can ")


@EACH
def test_every_paragraph_of_an_explanation_ends_in_sources(name):
    one = lesson.load(name)
    for paragraph in one.explanation:
        assert re.search(r"\[\w+\]\.?$", paragraph), paragraph
    assert set(one.sources) <= set(REFERENCES)


@EACH
def test_words_are_those_of_a_classroom(name):
    text = (SHIPPED / f"{name}.toml").read_text(encoding="utf-8")
    for word in (
        "Brian2",
        "Python",
        "JavaScript",
        "TOML",
        "parameter",
        "simulat",
        "engine",
        "K_Ca",
        "f_K",
        "color",
        "behavior",
    ):
        assert not re.search(rf"\b{word}", text), word


def test_where_magnesium_meets_cramps_it_says_that_trials_found_no_benefit():
    for name in ("cramp", "magnesium_given", "plate_to_cramp"):
        said = "Trials of magnesium for ordinary night cramps found no benefit [Garrison2020]"
        assert said in lesson.load(name).limits  # which the handout has too


def test_no_motoneuron_is_shown_with_changed_calcium():
    for one in lesson.every():
        if one.level == "cell" and one.setup.get("cell") == "motoneuron":
            assert one.after_run["ca"] == one.setup["ca"] == 1.2
            assert "ca" not in one.challenge["may_move"]


@EACH
def test_as_page_is_plain_data_with_the_agreed_keys(name):
    page = lesson.load(name).as_page()
    assert json.loads(json.dumps(page)) == page
    agreed = "name, title, level, goal, setup, prediction, run, explanation, sources, limits, challenge"
    assert ", ".join(page) == agreed
    assert list(page["prediction"]) == ["question", "choices", "answer"]
    assert page["sources"] and all("(" in text for text in page["sources"].values())


# --- lessons of one's own -------------------------------------------------------------------------------------------


def test_a_copy_of_a_lesson_is_a_lesson(own):
    mine = lesson.load(own())
    assert isinstance(mine, Lesson)
    assert mine.name == "mine"
    assert mine.setup == lesson.load("magnesium_given").setup
    assert lesson.load(str(own())) == mine


def test_a_name_is_read_with_hyphens_too():
    assert lesson.load("plate-to-cramp").name == "plate_to_cramp"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ([("mg = 0.25", "mgg = 0.25")], ["setup: level cell has no control 'mgg'", "did you mean 'mg'?"]),
        ([("mg = 0.25", "mg_i = 0.25")], ["has no control 'mg_i'", "it belongs to level chain"]),
        ([("mg = 0.25", "mg = 9")], ["setup.mg = 9 is outside 0.05 to 3 mM", "the nearest is 3"]),
        ([("mg = 0.25", "mg = nan")], ["setup.mg = nan is not a number", "0.05 to 3 mM"]),
        ([("mg = 0.25", 'mg = "little"')], ["setup.mg = 'little' is not a number"]),
        ([("mg = 0.25", "mg = 0.25\nseed = 1.5")], ["setup.seed = 1.5 must be a whole number", "the nearest is 2"]),
        ([('"motoneuron"', '"motor_axon"'), ("watch = 14", "watch = 3")], ["setup.noise", "no synapse"]),
        ([("mg = 0.25", "mg = true")], ["setup.mg = True is not a number"]),
        ([('"motoneuron"', '"motoneurone"')], ["setup.cell = 'motoneurone' cannot be chosen", "did you mean 'motoneuron'?"]),
        ([("answer = 0", "answer = 4")], ["prediction.answer = 4", "0 to 3, counted from 0", "the last is 3"]),
        ([("answer = 0", "answer = -1")], ["prediction.answer = -1"]),
        ([("answer = 0", 'answer = "first"')], ["prediction.answer = 'first' is not the number of a choice"]),
        ([("[Heckman2008]", "[Hekman2008]")], ["explanation[0]: no source 'Hekman2008'", "did you mean 'Heckman2008'?"]),
        ([('title = "', 'titel = "')], ["no key 'titel' is known", "did you mean 'title'?"]),
        ([("goal =", "# goal =")], ["the key 'goal' is missing"]),
        ([("measure =", "# measure =")], ["the key 'measure' in [challenge] is missing"]),
        ([('"self_sustained_s"', '"self_sustained"')], ["no measure 'self_sustained'", "did you mean 'self_sustained_s'?"]),
        ([("below = 1", "")], ["challenge needs a goal: either 'above' or 'below'"]),
        ([("below = 1", "below = 1\nabove = 0")], ["challenge needs a goal"]),
        ([("below = 1", 'below = "1"')], ["challenge.below = '1' is not a number"]),
        ([('"given_at"]', '"given"]')], ["may_move: level cell has no control 'given'", "did you mean"]),
        ([('["mg_given", "given_at"]', "[]")], ["challenge.may_move has 0 entries"]),
        ([('level = "cell"', 'level = "cells"')], ["no level 'cells'", "did you mean 'cell'?"]),
        ([("mg_given = 1.5\ngiven_at = 3.5", "")], ["run changes nothing"]),
        ([("mg_given = 1.5\n", 'mg_given = 1.5\ncell = "motor_axon"\n')], ["run.cell = 'motor_axon' is another cell"]),
        ([('"Become stronger"', '"Stop within half a second"')], ["the same choice twice"]),
        ([("[run]", "[run")], ["not TOML", "line "]),
        ([('limits = "', 'limits = 3 #"')], ["limits = 3 is not a text"]),
        ([('goal = "', 'goal = "' + "very " * 100)], ["goal has ", "at most 300"]),
    ],
)  # fmt: skip
def test_a_wrong_lesson_is_refused_in_one_sentence_that_names_the_file(own, refused, changes, says):
    path = own(*changes)
    with refused(str(path), *says):
        lesson.load(path)


def test_what_is_no_file_is_refused(tmp_path, refused):
    with refused("blokcer.toml cannot be read", "the package has a lesson 'blocker'"):
        lesson.load("blokcer.toml")
    with refused(f"{tmp_path} cannot be read"):
        lesson.load(tmp_path)
    with refused("no lesson 'cramps'", "did you mean 'cramp'?", "ends in .toml"):
        lesson.load("cramps")


def test_what_is_no_text_is_refused(tmp_path, refused):
    file = tmp_path / "lesson.toml"
    file.write_bytes(b"title = '\xff\xfe'")
    with refused("not UTF-8"):
        lesson.load(file)
    file.write_bytes(b"#" * 200_000)
    with refused("larger than 100 kB"):
        lesson.load(file)
    file.write_bytes(b"  \n")
    with refused("is empty"):
        lesson.load(file)


def test_a_table_that_is_none_is_refused(tmp_path, refused):
    file = tmp_path / "lesson.toml"
    keys = ("title", "level", "goal", "setup", "prediction", "run", "explanation", "limits", "challenge")
    file.write_text("\n".join(f'{key} = "cell"' for key in keys))
    with refused("setup = 'cell' is not a table", "write [setup]"):
        lesson.load(file)


def test_the_axons_own_ranges_hold_for_the_axon(own, refused):
    axon = own(("watch = 1", "watch = 20"), base="spared_axon")
    with refused("setup.watch = 20 is outside 0.2 to 3 s"):
        lesson.load(axon)
