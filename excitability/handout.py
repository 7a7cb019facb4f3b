"""Handouts: a lesson on two pages of A4, to predict on the first and to compare and explain on the second.

All is black on white, in letters of ten points and more, with lines told apart by dashes.
"""

import io
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch, Rectangle
from numpy.typing import NDArray

from excitability import classroom, demonstration, figures
from excitability.demonstration import Shown
from excitability.errors import InputError
from excitability.ions import REFERENCE_RANGES
from excitability.lesson import Lesson, about, defaults, unit_of
from excitability.references import Reference

WIDTH, HEIGHT, MARGIN = 8.27, 11.69, 0.75  # A4, inches
SMALL, BODY, HEAD, TITLE = 10.0, 10.5, 12.5, 19.0  # points
INK, GREY, PALE = figures.BLACK, figures.GREY, "#D9D9D9"
BEFORE: dict[str, Any] = {"color": GREY, "ls": (0, (4, 1.6))}
AFTER: dict[str, Any] = {"color": INK, "ls": "-"}
_LINE = 1.32  # of the size of letters
_POINT = 1 / 72  # inch
_FINE = 720  # dots per inch, to measure words

_ZERO = {"mg_given": "none", "treat_after": "never", "noise": "off", "rate": "none", "current": "none"}

#: By level (and cell): the stations of the way, and at which of them a setting acts.
FLOWS: dict[str, tuple[tuple[str, ...], dict[str, int]]] = {
    "motoneuron": (
        ("impulses\narrive", "dendrites:\ncurrent", "motoneuron\nfires", "muscle\npulls"),
        {"rate": 0, "train": 0, "current": 0, "ca": 1, "mg": 1, "mg_given": 1, "given_at": 1, "noise": 1, "seed": 1},
    ),
    "motor_axon": (
        ("impulses\narrive", "gates of\nthe axon", "axon\nfires", "muscle\npulls"),
        {"rate": 0, "train": 0, "current": 0, "ca": 1, "mg": 1, "mg_given": 1, "given_at": 1},
    ),
    "chain": (
        ("nerve's\nimpulse", "transmitter\nreleased", "fibre's\nimpulse", "calcium\ninside", "force"),
        {"rate": 0, "train": 0, "ca": 1, "mg": 1, "mg_i": 3},
    ),
    "person": (
        ("plate", "gut", "blood,\nkidney, bone", "cord", "motoneuron\nfires"),
        {"ca_mg": 0, "mg_mg": 0, "disease": 2, "months": 2, "treat_after": 2, "s_cord": 3},
    ),
}


def handouts(lessons: Sequence[Lesson], announce: Callable[[str], None] | None = None) -> dict[str, bytes]:
    """Lessons as PDF files of two pages of A4, simulated here.

    Parameters
    ----------
    lessons : sequence of Lesson
    announce : function of a sentence, optional
        Told what is being done.

    Returns
    -------
    dict
        The bytes of a file by the name of the lesson.

    Raises
    ------
    InputError
        A lesson has more text than two pages hold.
    """
    shown: dict[str, tuple[Shown, Shown]] = {}
    for level in dict.fromkeys(one.level for one in lessons):
        mine = [one for one in lessons if one.level == level]
        if announce:
            announce(f"simulating {', '.join(one.name for one in mine)}")
        both = demonstration.run(level, [settings for one in mine for settings in (one.setup, one.after_run)])
        if level == "cell":
            both = demonstration.thresholds(both)
        shown |= {one.name: (both[2 * k], both[2 * k + 1]) for k, one in enumerate(mine)}
    return {one.name: pdf(one, *shown[one.name]) for one in lessons}


def pdf(lesson: Lesson, before: Shown, after: Shown) -> bytes:
    """A lesson as a PDF file, from what its setup and its run have shown."""
    stream = io.BytesIO()
    with (
        figures.style("paper"),
        mpl.rc_context({"font.size": SMALL, "figure.constrained_layout.use": False, "axes.linewidth": 0.8}),
        PdfPages(stream, metadata={"Title": lesson.title, "CreationDate": None}) as file,
    ):
        for page in pages(lesson, before, after):
            file.savefig(page)
    return stream.getvalue()


def pages(lesson: Lesson, before: Shown, after: Shown) -> tuple[Figure, Figure]:
    """The two pages as figures."""
    return _first(lesson, before, after), _second(lesson, before, after)


# ---------------------------------------------------------------------------------------------------------------- a page


class _Page:
    """A sheet that is filled from the top; `y` is where the next thing begins, in inches from the bottom."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.figure = Figure(figsize=(WIDTH, HEIGHT))
        self.paper = self.figure.add_axes((0, 0, 1, 1))
        self.paper.set_xlim(0, WIDTH)
        self.paper.set_ylim(0, HEIGHT)
        self.paper.set_axis_off()
        self.y = HEIGHT - MARGIN

    def write(self, x: float, y: float, text: str, size: float = BODY, **keywords: Any) -> None:
        """Words with their top at y."""
        self.paper.text(x, y, text, fontsize=size, parse_math=False, **{"va": "top", "color": INK, **keywords})

    def text(self, words: str, size: float = BODY, indent: float = 0.0, gap: float = 0.08, **keywords: Any) -> None:
        """A paragraph over the width of the page."""
        for line in wrapped(words, size, WIDTH - 2 * MARGIN - indent, keywords.get("fontweight", "normal")):
            self.write(MARGIN + indent, self.y, line, size, **keywords)
            self.y -= _LINE * size * _POINT
        self.y -= gap

    def heading(self, words: str) -> None:
        """What a part of the page is about."""
        self.y -= 0.06
        self.text(words, HEAD, gap=0.06, fontweight="bold")

    def box(self, words: str) -> None:
        """A choice with a box to tick."""
        side = 0.14
        self.paper.add_patch(Rectangle((MARGIN, self.y - side - 0.01), side, side, fill=False, lw=1.0))
        self.text(words, BODY, indent=0.28, gap=0.05)

    def rule(self, lines: int, apart: float = 0.31) -> None:
        """Lines to write on."""
        for _ in range(lines):
            self.y -= apart
            self.paper.plot([MARGIN, WIDTH - MARGIN], [self.y] * 2, color=GREY, lw=0.6)
        self.y -= 0.08

    def axes(self, bottom: float, height: float, left: float = 0.75) -> Axes:
        """Axes over the width of the page; labels lie outside."""
        x = MARGIN + left
        return self.figure.add_axes((x / WIDTH, bottom / HEIGHT, (WIDTH - MARGIN - x) / WIDTH, height / HEIGHT))

    def room(self, needed: float) -> float:
        """Height that is left, of which so much is needed."""
        left = self.y - MARGIN
        if left < needed:
            raise InputError(
                f"lesson '{self.name}' has too much text for two pages of A4: shorten its longest texts, or the list of "
                "settings"
            )
        return left


@cache
def _ruler() -> Any:
    renderer: Any = RendererAgg
    return renderer(8, 8, _FINE)


@cache
def _wide(words: str, size: float, weight: str = "normal") -> float:
    """Width of words in inches."""
    font = FontProperties(size=size, weight=weight)
    return float(_ruler().get_text_width_height_descent(words, font, False)[0]) / _FINE


def wrapped(words: str, size: float, width: float, weight: str = "normal") -> list[str]:
    """Lines of at most a width in inches.

    Parameters
    ----------
    words : str
    size : float
        Of the letters, points.
    width : float
        Inches.
    weight : str
    """
    space = _wide("a b", size, weight) - _wide("ab", size, weight)
    lines: list[list[str]] = []
    left = 0.0
    for word in words.strip().split(" "):
        wide = _wide(word, size, weight)
        if lines and space + wide <= left:
            lines[-1].append(word)
            left -= space + wide
        else:
            lines.append([word])
            left = width - wide
    return [" ".join(line) for line in lines]


# ------------------------------------------------------------------------------------------------------------- first page


def _first(lesson: Lesson, before: Shown, after: Shown) -> Figure:
    page = _Page(lesson.name)
    page.write(MARGIN, page.y, "Name", SMALL)
    page.write(WIDTH - MARGIN - 1.9, page.y, "Date", SMALL)
    line = page.y - 0.16
    page.paper.plot([MARGIN + 0.5, WIDTH - MARGIN - 2.1], [line] * 2, color=GREY, lw=0.6)
    page.paper.plot([WIDTH - MARGIN - 1.5, WIDTH - MARGIN], [line] * 2, color=GREY, lw=0.6)
    page.y -= 0.42
    page.text(lesson.title, TITLE, gap=0.06, fontweight="bold")
    page.text(f"Goal: {lesson.goal}", gap=0.1)
    _flow(page, lesson)
    _settings(page, lesson)
    page.heading("1. Predict")
    page.text(lesson.prediction["question"])
    for choice in lesson.prediction["choices"]:
        page.box(choice)
    page.text("Because", gap=0)
    page.y += 0.18
    page.rule(2)
    page.heading("Draw what you expect, after the change")
    height = min(page.room(1.7), 4.2) - 0.55
    _blank(page.axes(page.y - height, height), before, after, lesson)
    return page.figure


def _flow(page: _Page, lesson: Lesson) -> None:
    """Stations in boxes, arrows between them, and an arrow to where the run acts."""
    stations, acts_at = FLOWS[str(defaults(lesson.level, lesson.setup.get("cell")).get("cell", lesson.level))]
    changed = sorted({acts_at[name] for name in lesson.run if name in acts_at})
    wide, high, n = 1.06, 0.5, len(stations)
    between = (WIDTH - 2 * MARGIN - n * wide) / (n - 1)
    words = ["; ".join(_label(lesson, name) for name in lesson.run if acts_at.get(name) == k) for k in changed]
    top = page.y - 0.5
    for k, station in enumerate(stations):
        x = MARGIN + k * (wide + between)
        bold = k in changed
        page.paper.add_patch(
            FancyBboxPatch(
                (x + 0.05, top - high + 0.05), wide - 0.1, high - 0.1, boxstyle="round,pad=0.05", fc="white", ec=INK,
                lw=2.0 if bold else 0.9,
            )
        )  # fmt: skip
        page.write(
            x + wide / 2, top - high / 2, station, SMALL, ha="center", va="center", fontweight="bold" if bold else "normal",
            linespacing=1.1,
        )  # fmt: skip
        if k + 1 < n:
            _arrow(page, (x + wide, top - high / 2), (x + wide + between, top - high / 2), 1.0)
        if bold:
            _arrow(page, (x + wide / 2, top + 0.27), (x + wide / 2, top), 2.0)
            said = f"the change acts here: {words[changed.index(k)]}"
            half = _wide(said, SMALL) / 2
            middle = min(max(x + wide / 2, MARGIN + half), WIDTH - MARGIN - half)
            page.write(middle, top + 0.3, said, SMALL, va="bottom", ha="center")
    page.y = top - high - 0.18


def _arrow(page: _Page, start: tuple[float, float], end: tuple[float, float], wide: float) -> None:
    style = {"arrowstyle": "-|>", "lw": wide, "color": INK, "shrinkA": 0, "shrinkB": 1, "mutation_scale": 11}
    page.paper.annotate("", end, start, arrowprops=style)


def _settings(page: _Page, lesson: Lesson) -> None:
    """Settings before and after, those that the lesson names."""
    cell = lesson.setup.get("cell")
    columns = (MARGIN, MARGIN + 3.4, MARGIN + 5.1)
    step = 1.38 * SMALL * _POINT
    for x, head in zip(columns, ("settings", "before", "after"), strict=True):
        page.write(x, page.y, head, SMALL, fontweight="bold")
    page.y -= step + 0.02
    page.paper.plot([MARGIN, WIDTH - MARGIN], [page.y] * 2, color=INK, lw=0.8)
    page.y -= 0.05
    usual = defaults(lesson.level, cell)
    for name in [*lesson.setup, *(one for one in lesson.run if one not in lesson.setup)]:
        if name in ("noise", "seed", "watch", "cell") and name not in lesson.run:
            continue
        old, new = lesson.setup.get(name, usual[name]), lesson.after_run.get(name, usual[name])
        unused = name in ("train", "current", "rate") and not _driven(lesson)
        if unused or (name == "treat_after" and not new):
            continue
        unit = about(lesson.level, name, cell).get("unit", "")
        page.write(columns[0], page.y, _label(lesson, name), SMALL)
        none = name == "given_at" and not lesson.setup.get("mg_given", usual["mg_given"])
        page.write(columns[1], page.y, "–" if none else _said(name, old, unit), SMALL)
        page.write(columns[2], page.y, _said(name, new, unit), SMALL, fontweight="bold" if old != new else "normal")
        page.y -= step
    page.y -= 0.05


def _driven(lesson: Lesson) -> bool:
    """Whether anything stimulates the cell."""
    full = {**defaults(lesson.level, lesson.setup.get("cell")), **lesson.after_run}
    return lesson.level != "cell" or demonstration.driven(full)


def _label(lesson: Lesson, name: str) -> str:
    """A setting by the name that it has in the page."""
    return classroom.label(lesson.level, name, lesson.setup.get("cell"))


def _said(name: str, value: Any, unit: str) -> str:
    """A value in print."""
    if isinstance(value, str):
        return str(classroom.texts("en")["controls"][name][value])
    if value == 0 and name in _ZERO:
        return _ZERO[name]
    unit = {"Hz": "a second", "uA/cm**2": "µA/cm²"}.get(unit, unit)
    return f"{value:g} {unit}".strip()


# ------------------------------------------------------------------------------------------------------------ second page


def _second(lesson: Lesson, before: Shown, after: Shown) -> Figure:
    asked = 2.75  # inches that questions need, and that the figure has
    most, least = 3.1, 2.2
    page = _Page(lesson.name)
    page.text(lesson.title, HEAD, gap=0.12, fontweight="bold")
    for titles in (True, False):  # of the sources, where there is room for them
        end = _Page(lesson.name)  # on a sheet of its own, to know its height
        _end(end, lesson, titles)
        below = HEIGHT - MARGIN - end.y
        if below + asked + most <= page.y - MARGIN:
            break
    height = min(page.room(below + asked + least) - below - asked, 3.9)
    top = page.y - 0.1
    page.y -= height
    _drawn(page, page.y + 0.5, top, before, after, lesson)
    page.heading("2. Compare")
    page.text("Dashed: before the change. Solid: after it. What did you expect, and what came out otherwise?", gap=0)
    page.rule(2)
    page.heading("3. Explain")
    page.text("What happened at the station where the change acts, and what followed from it?", gap=0)
    spare = page.room(below) - below
    page.rule(max(2, int((spare - 0.1) / 0.31)))
    _end(page, lesson, titles)
    return page.figure


def _end(page: _Page, lesson: Lesson, titles: bool) -> None:
    """Challenge, limits and sources."""
    challenge = lesson.challenge
    sign = "above" if "above" in challenge else "below"
    share = challenge["measure"] in classroom.SHARES
    unit = "%" if share else unit_of(lesson.level, challenge["measure"])
    page.heading("4. Challenge, at the computer")
    page.text(challenge["text"], gap=0.04)
    movable = "; ".join(_label(lesson, name) for name in challenge["may_move"])
    measure = classroom.texts("en")["measures"][challenge["measure"]]
    goal = "\u00a0".join(
        part for part in (f"{measure} {sign} {challenge[sign] * (100 if share else 1):g}", unit) if part
    )
    page.text(f"Move: {movable}. Goal: {goal}. My settings:", gap=0)
    page.rule(1, 0.33)
    page.heading("What the model cannot say")
    page.text(lesson.limits, SMALL)
    if lesson.sources:
        page.heading("Sources")
        page.text("  ".join(f"[{key}] {_source(one, titles)}" for key, one in lesson.sources.items()), SMALL, gap=0)


def _source(reference: Reference, title: bool) -> str:
    """A publication in a line or two."""
    authors = reference.authors.strip("{}").split(" and ")
    alone, two = len(authors) == 1, len(authors) == 2 and authors[1] != "others"
    who = authors[0] + ("" if alone else f" and {authors[1]}" if two else " et al.")
    where = f" {reference.journal} {reference.volume}".rstrip() + "." if reference.journal else ""
    return f"{who} ({reference.year}).{f' {reference.title}.' if title or not where else ''}{where}"


# --------------------------------------------------------------------------------------------------------------- figures


def _blank(ax: Axes, before: Shown, after: Shown, lesson: Lesson) -> None:
    """Axes as on the second page, with nothing on them but stimulus and treatment."""
    _scaled(ax, after, _longest(before, after), lesson)
    ax.grid(color=PALE, lw=0.6)
    ax.set_axisbelow(True)


def _longest(*shown: Shown) -> float:
    """How far the axis of time goes: s, or months of a person."""
    if "months" in shown[0].settings:
        return max(float(one.settings["months"]) for one in shown)
    return max(one.duration for one in shown)


def _scaled(ax: Axes, shown: Shown, longest: float, lesson: Lesson) -> None:
    """Scales with units; the stimulus as a bar, and magnesium that is given as a line."""
    ax.tick_params(labelsize=SMALL)
    ax.set_xlim(0, longest)
    if lesson.level == "person":
        ax.set_xlabel("months", fontsize=SMALL)
        ax.set_ylim(0, 0.8)
        ax.set_ylabel("magnesium of\nthe blood (mM)", fontsize=SMALL)
        return
    ax.set_xlabel("time (s)", fontsize=SMALL)
    if lesson.level == "chain":
        ax.set_ylim(-4, 109)  # a line at zero is seen too
        ax.set_yticks([0, 25, 50, 75, 100])
        ax.set_ylabel("force (% of\nthe greatest)", fontsize=SMALL)
    else:
        ax.set_ylim(-100, 85)
        ax.set_yticks([-100, -50, 0, 50])
        ax.set_ylabel("potential\n(mV)", fontsize=SMALL)
    above = ax.get_xaxis_transform()
    if _driven(lesson):
        ax.plot(shown.drive, [0.96] * 2, color=INK, lw=4, solid_capstyle="butt", transform=above)
        ax.text(shown.drive[1], 1.0, "  stimulus", transform=above, fontsize=SMALL, va="top")
    at = shown.drive[1] + shown.settings.get("given_at", 0)
    if shown.settings.get("mg_given", 0) > 0 and at < longest:
        ax.axvline(at, color=INK, lw=0.8, ls=":")
        ax.text(at, 1.0, "  magnesium given", transform=above, fontsize=SMALL, va="top")


def _drawn(page: _Page, bottom: float, top: float, before: Shown, after: Shown, lesson: Lesson) -> None:
    """What came out, between two heights."""
    longest, strip = _longest(before, after), 0.42
    both = ((before, BEFORE, "before"), (after, AFTER, "after"))
    if lesson.level == "cell":
        each = (top - bottom - 0.15) / 2
        for k, (shown, look, words) in enumerate(both):
            ax = page.axes(bottom + (1 - k) * (each + 0.15), each)
            _scaled(ax, shown, longest, lesson)
            times, potential = thinned(shown.times, shown.traces["V_soma" if "V_soma" in shown.traces else "V"])
            ax.plot(times, potential, lw=0.8, **look)
            if "threshold_mV" in shown.measures:
                ax.axhline(shown.measures["threshold_mV"], color=INK, lw=0.8, ls=(0, (1, 3)))
                beside = ax.get_yaxis_transform()
                ax.text(
                    0.995,
                    shown.measures["threshold_mV"],
                    "threshold",
                    transform=beside,
                    fontsize=SMALL,
                    ha="right",
                    va="bottom",
                )
            ax.text(0.995, 1.0, words, transform=ax.transAxes, fontsize=SMALL, ha="right", va="top", fontweight="bold")
            if k == 0:
                ax.set_xlabel("")
                ax.tick_params(labelbottom=False)
    elif lesson.level == "chain":
        ax = page.axes(bottom, top - bottom - strip - 0.1)
        _scaled(ax, after, longest, lesson)
        for shown, look, _ in both:
            ax.plot(shown.times, 100 * shown.traces["force"], lw=1.6, **look)
        rows = page.axes(top - strip, strip)
        _impulses(rows, before, after)
        rows.tick_params(axis="x", length=0, labelbottom=False)
        rows.spines["bottom"].set_visible(False)
        rows.text(
            0.995, 0.5, "impulses of the fibre", transform=rows.transAxes, fontsize=SMALL, ha="right", va="center"
        )
    else:
        ax = page.axes(bottom + strip + 0.75, top - bottom - strip - 0.75)
        _scaled(ax, after, longest, lesson)
        low, high, _ = REFERENCE_RANGES["mg"]
        ax.axhspan(low, high, color=PALE, lw=0)
        ax.text(0.01, high, "normal range", transform=ax.get_yaxis_transform(), fontsize=SMALL, va="bottom")
        for shown, look, _ in both:
            ax.plot(shown.times / demonstration.MONTH, shown.traces["Mg_ionised"], lw=1.6, **look)
        rows = page.axes(bottom, strip)
        _impulses(rows, before, after)
        rows.set_xlabel("time (s): a motoneuron's impulses in the end, stimulated as the bar shows", fontsize=SMALL)
        rows.plot(
            after.drive,
            [1.02] * 2,
            color=INK,
            lw=4,
            solid_capstyle="butt",
            transform=rows.get_xaxis_transform(),
            clip_on=False,
        )


def _impulses(ax: Axes, before: Shown, after: Shown) -> None:
    """Impulses as ticks, a row for before and one for after."""
    for y, shown, look in ((1, before, BEFORE), (0, after, AFTER)):
        ax.vlines(shown.events, y + 0.1, y + 0.85, color=look["color"], lw=0.8)
    ax.set_xlim(0, max(before.duration, after.duration))
    ax.set_ylim(0, 2)
    ax.set_yticks([0.5, 1.5], ["after", "before"], fontsize=SMALL)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", labelsize=SMALL)


def thinned(
    times: NDArray[np.float64], values: NDArray[np.float64], most: int = 1500
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A trace with fewer samples that looks the same: least and greatest of every stretch.

    Parameters
    ----------
    times, values : array
        (samples,)
    most : int
        Number of stretches.
    """
    each = len(times) // most
    if each < 4:
        return times, values
    n = len(times) // each * each
    stretches = values[:n].reshape(-1, each)
    ends = np.sort(np.stack([stretches.argmin(axis=1), stretches.argmax(axis=1)], axis=1), axis=1)
    places = (ends + each * np.arange(len(stretches))[:, None]).ravel()
    return times[places], values[places]
