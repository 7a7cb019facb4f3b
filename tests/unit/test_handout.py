import re

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from excitability import handout, lesson
from excitability.demonstration import Shown

DPI = 150


def shown(one: lesson.Lesson, settings) -> Shown:
    """Something to draw, as quick as it comes."""
    full = {**lesson.defaults(one.level, one.setup.get("cell")), **settings}
    duration = full["months"] * 30.0 if one.level == "person" else 16.5
    times = np.linspace(0, duration, 400)
    wave = 0.5 + 0.1 * np.sin(times)
    names = {"cell": ["V_soma"], "chain": ["force"], "person": ["Mg_ionised"]}[one.level]
    traces = {name: wave if name != "V_soma" else 100 * wave - 100 for name in names}
    measures = {"threshold_mV": -50.0} if one.level == "cell" else {}
    return Shown(full, (0.5, 2.5), times, traces, np.array([0.6, 0.8]), 16.5, measures)


@pytest.fixture(params=lesson.names())
def one(request) -> lesson.Lesson:
    return lesson.load(request.param)


def test_a_handout_is_two_pages_of_a4(one):
    pdf = handout.pdf(one, shown(one, one.setup), shown(one, one.after_run))
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 2
    boxes = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf)
    assert len(boxes) == 2
    for wide, high in boxes:
        assert float(wide) / 72 * 25.4 == pytest.approx(210, abs=0.5)
        assert float(high) / 72 * 25.4 == pytest.approx(297, abs=0.5)


def test_the_same_lesson_makes_the_same_bytes():
    one = lesson.load("trigger")
    pair = shown(one, one.setup), shown(one, one.after_run)
    assert handout.pdf(one, *pair) == handout.pdf(one, *pair)


def words(ax) -> list[Text]:
    """All that is written in and around axes."""
    found = [*ax.texts]
    for axis in (ax.xaxis, ax.yaxis) if ax.axison else ():
        low, high = axis.get_view_interval()
        labels = zip(axis.get_majorticklocs(), axis.get_majorticklabels(), strict=False)
        found += [axis.label, *(label for at, label in labels if low <= at <= high and label.get_visible())]
    return [text for text in found if text.get_text().strip()]


def test_letters_are_ten_points_or_more_and_stay_on_the_page_without_touching(one):
    for page in handout.pages(one, shown(one, one.setup), shown(one, one.after_run)):
        page.set_dpi(DPI)
        canvas = FigureCanvasAgg(page)
        canvas.draw()
        seen = [text for ax in page.axes for text in words(ax)]
        assert min(text.get_fontsize() for text in seen) >= 10
        boxes = [text.get_window_extent(canvas.get_renderer()).padded(-0.01 * DPI) for text in seen]
        edge = 0.4 * DPI
        for k, box in enumerate(boxes):
            assert box.x0 > edge and box.x1 < page.bbox.width - edge, seen[k].get_text()
            assert box.y0 > edge and box.y1 < page.bbox.height - edge, seen[k].get_text()
            for j, other in enumerate(boxes[:k]):
                assert not box.overlaps(other), (seen[k].get_text(), seen[j].get_text())


def test_the_first_page_does_not_tell_the_answer(one):
    first, _ = handout.pages(one, shown(one, one.setup), shown(one, one.after_run))
    plots = first.axes[1:]
    assert len(plots) == 1
    assert all(len(line.get_xdata()) == 2 for line in plots[0].lines)  # bars and marks, no trace
    assert plots[0].get_xlabel() and plots[0].get_ylabel().endswith((")", "greatest)"))


def test_the_second_page_has_before_dashed_and_after_solid(one):
    _, second = handout.pages(one, shown(one, one.setup), shown(one, one.after_run))
    traces = [line for ax in second.axes[1:] for line in ax.lines if len(line.get_xdata()) > 2]
    assert [line.get_linestyle() for line in traces] == ["--", "-"]


def test_too_much_text_is_refused(refused):
    from dataclasses import replace

    one = replace(lesson.load("cramp"), limits="word " * 900)
    with refused("lesson 'cramp' has too much text"):
        handout.pages(one, shown(one, one.setup), shown(one, one.after_run))


def test_a_thinned_trace_keeps_its_extremes():
    times = np.linspace(0, 1, 20000)
    values = np.sin(300 * times)
    values[7777] = 9.0
    fewer, kept = handout.thinned(times, values, 500)
    assert len(fewer) <= 1000 + 4
    assert kept.max() == 9.0
    assert np.all(np.diff(fewer) >= 0)
    few = np.arange(10.0)
    assert handout.thinned(few, few)[1] is few


def test_wrapped_lines_keep_all_words():
    words = "Two impulses follow one another so quickly that their twitches add up " * 3
    lines = handout.wrapped(words, 10, 3.0)
    assert " ".join(lines) == words.strip()
    assert len(lines) > 3
