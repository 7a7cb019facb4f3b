import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from excitability import figures

OKABE_ITO = {"#000000", "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"}
TRAINS = [np.array([0.1, 0.2]), np.array([]), np.array([0.3])]


@pytest.fixture
def ax():
    return Figure().add_subplot()


def test_colours_are_those_of_okabe_and_ito():
    named = (figures.BLACK, figures.ORANGE, figures.SKY, figures.GREEN)
    named += (figures.YELLOW, figures.BLUE, figures.VERMILLION, figures.PURPLE)
    assert {to_hex(colour) for colour in named} == OKABE_ITO
    assert {to_hex(colour) for colour, _, _ in figures.SERIES} <= OKABE_ITO


def test_lines_of_a_series_differ_in_colour_dash_and_marker():
    for looks in zip(*figures.SERIES, strict=True):
        assert len(set(looks)) == len(figures.SERIES)


def test_pieces_give_back_the_axes_they_are_given(ax):
    assert figures.raster(TRAINS, ax) is ax
    assert figures.trace(np.arange(3), np.arange(3), ax) is ax
    assert figures.shade(ax, 0, 1) is ax
    assert figures.dots({"a": [1.0]}, ax, colors=["k"], markers=["o"]) is ax


def test_pieces_make_axes_of_their_own_without_global_figures():
    axes = [
        figures.raster(TRAINS),
        figures.trace(np.arange(3), np.arange(3)),
        figures.dots({"a": [1.0]}, colors=["k"], markers=["o"]),
    ]
    assert len({id(ax.figure) for ax in axes}) == 3
    pyplot = pytest.importorskip("matplotlib.pyplot")
    assert pyplot.get_fignums() == []


def test_raster_has_a_row_per_train_with_the_first_on_top(ax):
    rows = figures.raster(TRAINS, ax).collections
    assert [list(row.get_positions()) for row in rows] == [[0.1, 0.2], [], [0.3]]
    heights = [ax.transData.transform((0, row.get_lineoffset()))[1] for row in rows]
    assert heights == sorted(heights, reverse=True)
    bottom, top = sorted(ax.get_ylim())
    assert all(bottom < row.get_lineoffset() < top for row in rows)


def test_raster_of_a_silent_cell_is_an_empty_row(ax):
    (row,) = figures.raster([np.array([])], ax).collections
    assert list(row.get_positions()) == []


def test_raster_of_no_cells_is_empty(ax):
    assert figures.raster([], ax) is ax


def test_trace_draws_the_values_with_label_and_look(ax):
    figures.trace([0, 1, 2], [5, 6, 7], ax, label="soma", color=figures.BLUE)
    (line,) = ax.lines
    assert line.get_xydata().tolist() == [[0, 5], [1, 6], [2, 7]]
    assert (line.get_label(), line.get_color()) == ("soma", figures.BLUE)


def test_dots_show_every_value_and_the_median(ax):
    figures.dots(
        {"low": [1.0, 2.0, 9.0], "none": [], "one": [4.0]}, ax, colors=["r", "g", "b"], markers=["o", "s", "^"]
    )
    low, one = ax.lines
    assert low.get_ydata().tolist() == [1, 2, 9]
    assert one.get_xydata().tolist() == [[2, 4]]
    assert [bar.get_segments()[0][:, 1].tolist() for bar in ax.collections] == [[2, 2], [4, 4]]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["low", "none", "one"]
    assert np.ptp(low.get_xdata()) < 1


def test_a_footnote_is_small_print_below_the_figure(ax):
    figures.footnote(ax.figure, figures.NO_BENEFIT)
    ax.figure.canvas.draw()
    (text,) = (text for text in ax.figure.texts if text.get_text() == figures.NO_BENEFIT)
    assert text.get_color() == figures.GREY
    assert text.get_fontsize() < mpl.rcParams["font.size"]
    assert text.get_position()[1] < 0.1


@pytest.mark.parametrize("name", figures.STYLES)
def test_styles_last_as_long_as_their_context(name):
    before = dict(mpl.rcParams)
    with figures.style(name):
        assert mpl.rcParams["font.size"] == figures.STYLES[name]["font.size"]
        assert mpl.rcParams["axes.spines.top"] is False
    assert dict(mpl.rcParams) == before
    with pytest.raises(ZeroDivisionError), figures.style(name):
        raise ZeroDivisionError
    assert dict(mpl.rcParams) == before


def test_letters_on_slides_are_larger_than_on_paper():
    sizes = {name: style["font.size"] for name, style in figures.STYLES.items()}
    assert sizes["slide"] > sizes["screen"] > sizes["paper"]


def test_unknown_style_suggests_the_nearest(refused):
    with refused("slides", "did you mean 'slide'?"), figures.style("slides"):
        pass


@pytest.mark.parametrize(("kind", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_figures_are_encoded_alike_every_time(kind, start):
    def encoded():
        with figures.style("paper"):
            figure = Figure(figsize=(2, 1))
            figures.trace([0, 1], [0, 1], figure.add_subplot(), label="V")
            return figures.encoded(figure, kind)

    assert encoded().startswith(start)
    assert encoded() == encoded()
