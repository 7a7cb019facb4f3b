"""Figures: pieces that take axes and give them back, in colours and dashes that everyone can tell apart.

Nothing here opens a window or touches matplotlib's global figures.
"""

import contextlib
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from excitability.errors import unknown

# Okabe and Ito's colours, readable with every kind of colour vision
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY = "#595959"
#: Colour, dash and marker of the k-th of several lines.
SERIES: tuple[tuple[str, str | tuple[int, tuple[int, ...]], str], ...] = (
    (BLUE, "-", "o"),
    (VERMILLION, "--", "s"),
    (GREEN, "-.", "^"),
    (PURPLE, ":", "D"),
    (ORANGE, (0, (5, 1, 1, 1, 1, 1)), "v"),
    (BLACK, (0, (1, 1)), "P"),
)

#: What every figure says that could be read as a promise.
NO_BENEFIT = "Trials of magnesium for ordinary night cramps found no benefit (Cochrane 2020)."

STYLES: dict[str, dict[str, Any]] = {
    "slide": {"figure.figsize": (16, 9), "figure.dpi": 120, "font.size": 19, "lines.linewidth": 2.2},
    "screen": {"figure.figsize": (12, 7.5), "figure.dpi": 110, "font.size": 13, "lines.linewidth": 1.6},
    "paper": {"figure.figsize": (7.1, 5.2), "figure.dpi": 300, "font.size": 8, "lines.linewidth": 1.0},
}
_COMMON: dict[str, Any] = {
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titleweight": "bold",
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "excitability",
    "pdf.fonttype": 42,
    "figure.constrained_layout.use": True,
}


@contextlib.contextmanager
def style(name: str) -> Iterator[None]:
    """Sizes for a purpose, while the context lasts.

    Parameters
    ----------
    name : {"slide", "screen", "paper"}

    Raises
    ------
    InputError
        Unknown style.
    """
    if name not in STYLES:
        raise unknown("figure style", name, STYLES)
    settings: Any = {**_COMMON, **STYLES[name]}
    with mpl.rc_context(settings):
        yield


def new_axes() -> Axes:
    """Axes of a figure of their own."""
    return Figure().add_subplot()


def encoded(figure: Figure, kind: str) -> bytes:
    """A figure as the bytes of a file of the given kind (png, svg, pdf)."""
    stream = io.BytesIO()
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})
    figure.savefig(stream, format=kind, metadata=metadata)
    return stream.getvalue()


def raster(trains: Sequence[NDArray[np.float64]], ax: Axes | None = None, *, color: Any = BLACK) -> Axes:
    """Impulses as ticks, one row per train, the first on top.

    Parameters
    ----------
    trains : sequence of array
        Times in s.
    ax : Axes, optional
        A new figure's if left out.
    color : colour

    Returns
    -------
    Axes
    """
    ax = ax or new_axes()
    ax.set_yticks([])
    if not len(trains):
        return ax
    ax.eventplot(
        [np.asarray(train) for train in trains],
        lineoffsets=list(range(len(trains))),
        linelengths=0.8,
        colors=color,
        linewidths=mpl.rcParams["lines.linewidth"] * 0.4,
    )
    ax.set_ylim(len(trains) - 0.4, -0.6)
    return ax


def trace(
    times: NDArray[np.float64], values: NDArray[np.float64], ax: Axes | None = None, *, label: str = "", **keywords: Any
) -> Axes:
    """One trace over time.

    Parameters
    ----------
    times, values : array
        (samples,); s, and whatever `label` says.
    ax : Axes, optional
    label : str
    **keywords
        For matplotlib's ``plot``.

    Returns
    -------
    Axes
    """
    ax = ax or new_axes()
    ax.plot(times, values, label=label, **keywords)
    return ax


def footnote(figure: Figure, text: str) -> None:
    """Small print below a figure."""
    figure.supxlabel(text, fontsize="x-small", color=GREY)


def shade(ax: Axes, start: float, stop: float, label: str = "") -> Axes:
    """Mark a stretch of time, such as a stimulus."""
    ax.axvspan(start, stop, color=YELLOW, alpha=0.45, lw=0, label=label)
    return ax


def dots(
    groups: Mapping[str, Sequence[float]], ax: Axes | None = None, *, colors: Sequence[Any], markers: Sequence[str]
) -> Axes:
    """Every value as a dot, one column per group, with the median as a bar.

    Parameters
    ----------
    groups : mapping of str to sequence of float
        Name of the column, its values.
    ax : Axes, optional
    colors, markers : sequence
        One per group.

    Returns
    -------
    Axes
    """
    ax = ax or new_axes()
    size = mpl.rcParams["font.size"] * 0.5
    for k, (values, color, marker) in enumerate(zip(groups.values(), colors, markers, strict=True)):
        if not len(values):
            continue
        offsets = np.linspace(-0.15, 0.15, len(values)) if len(values) > 1 else np.zeros(1)
        ax.plot(
            k + offsets,
            list(values),
            marker,
            color=color,
            ms=size,
            mec="white",
            mew=0.5,
            ls="none",
            clip_on=False,
            zorder=3,
        )
        ax.hlines(np.median(values), k - 0.28, k + 0.28, color=color, lw=mpl.rcParams["lines.linewidth"] * 1.4)
    ax.set_xticks(range(len(groups)), list(groups))
    ax.set_xlim(-0.5, max(len(groups), 1) - 0.5)
    return ax
