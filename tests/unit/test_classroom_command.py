import sys
from types import ModuleType

import pytest

import excitability
from excitability import command, handout, lesson


@pytest.fixture(autouse=True)
def asked(monkeypatch, tmp_path):
    """A page that is quick to make, no browser, and an empty folder to work in; what was asked of them."""
    told = {"opened": [], "pages": []}

    def page(lessons, *, lesson="", language="en", announce=None):
        told["pages"].append((list(lessons), lesson, language))
        return "<!doctype html><title>é</title>"

    stub = ModuleType("excitability.classroom")
    stub.page = page
    monkeypatch.setitem(sys.modules, "excitability.classroom", stub)
    monkeypatch.setattr(excitability, "classroom", stub, raising=False)
    monkeypatch.setattr(handout, "handouts", lambda some, announce=None: {one.name: b"%PDF" for one in some})
    monkeypatch.setattr("webbrowser.open", lambda address: told["opened"].append(address) or True)
    monkeypatch.chdir(tmp_path)
    return told


def call(capsys, *words):
    code = command.main(["classroom", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_page_is_written_here_with_all_lessons(capsys, tmp_path, asked):
    code, out, err = call(capsys)
    assert (code, err) == (0, "")
    assert files(tmp_path) == ["excitability_classroom.html"]
    assert (tmp_path / "excitability_classroom.html").read_text(encoding="utf-8").endswith("<title>é</title>")
    assert "excitability_classroom.html" in out and "MB" in out
    assert "double-click" in out and "file://" in out
    ((lessons, first, language),) = asked["pages"]
    assert [one["name"] for one in lessons] == lesson.names()
    assert (first, language) == ("", "en")


def test_nothing_opens_where_there_is_no_terminal_or_no_screen(capsys, monkeypatch, asked):
    call(capsys)
    monkeypatch.setattr(command, "_has_display", lambda: True)
    call(capsys, "--no-browser")
    assert asked["opened"] == []
    _, out, _ = call(capsys)
    assert len(asked["opened"]) == 1 and asked["opened"][0].startswith("file://")
    assert "open in your browser" in " ".join(out.split())


def test_a_screen_is_needed(monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    assert not command._has_display()
    monkeypatch.setenv("DISPLAY", ":0")
    assert command._has_display()


def test_a_lesson_comes_first(capsys, asked):
    assert call(capsys, "--lesson", "magnesium-given")[0] == 0
    assert asked["pages"][0][1] == "magnesium_given"
    assert len(asked["pages"][0][0]) == len(lesson.names())


def test_a_teachers_own_lesson_is_added(capsys, tmp_path, asked):
    text = lesson._LESSONS.joinpath("cramp.toml").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    assert call(capsys, "--lesson", "mine.toml")[0] == 0
    lessons, first, _ = asked["pages"][0]
    assert first == "mine"
    assert [one["name"] for one in lessons] == [*lesson.names(), "mine"]


def test_a_changed_lesson_of_the_same_name_takes_its_place(capsys, tmp_path, asked):
    text = lesson._LESSONS.joinpath("cramp.toml").read_text(encoding="utf-8")
    (tmp_path / "cramp.toml").write_text(text.replace('title = "Cramp', 'title = "My cramp'), encoding="utf-8")
    assert call(capsys, "--lesson", "cramp.toml")[0] == 0
    lessons = asked["pages"][0][0]
    assert [one["name"] for one in lessons] == lesson.names()
    assert next(one["title"] for one in lessons if one["name"] == "cramp").startswith("My cramp")


def test_handouts_lie_beside_the_page(capsys, tmp_path):
    folder = tmp_path / "course"
    folder.mkdir()
    assert call(capsys, "--handout", "--out", "course/page.html")[0] == 0
    assert files(folder) == sorted(["page.html", *(f"{name}.pdf" for name in lesson.names())])


def test_one_lesson_has_one_handout(capsys, tmp_path):
    _, out, _ = call(capsys, "--handout", "--lesson", "cramp")
    assert files(tmp_path) == ["cramp.pdf", "excitability_classroom.html"]
    assert "cramp.pdf" in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--lesson", "crmp"], "did you mean 'cramp'?"),
        (["--lesson", "mine.toml"], "mine.toml cannot be read"),
        (["--language", "english"], "no language 'english' (the page's words exist in: en"),
        (["--out", "missing/page.html"], "there is no folder missing; make it first"),
        (["--out", "."], "is a folder; name a file in it: excitability_classroom.html"),
        (["--out", "page.pdf"], "did you mean 'page.pdf.html'?"),
        (["--handouts"], "did you mean '--handout'"),
        (["extra"], "'extra' is not understood"),
    ],
)
def test_wrong_use_is_one_line_and_writes_nothing(capsys, tmp_path, words, says):
    code, out, err = call(capsys, *words)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1
    assert files(tmp_path) == []


def test_what_is_there_stays_when_writing_fails(capsys, tmp_path):
    (tmp_path / "excitability_classroom.html").write_text("old")
    (tmp_path / "cramp.pdf").mkdir()
    code, _, err = call(capsys, "--handout", "--lesson", "cramp")
    assert code == 2
    assert "folder in the place of cramp.pdf" in err
    assert (tmp_path / "excitability_classroom.html").read_text() == "old"
    assert files(tmp_path) == ["cramp.pdf", "excitability_classroom.html"]


def test_cite_lists_the_sources_of_all_lessons(capsys):
    assert command.main(["cite", "classroom"]) == 0
    out = capsys.readouterr().out
    for one in lesson.every():
        assert all(f"{key}: " in out for key in one.sources)
