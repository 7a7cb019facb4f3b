"""Do the models show what has been measured in cord, nerve, muscle and the body?

One table for everything: what was observed and by whom, what the model gives, whether it holds, and whether the model was
calibrated on it or predicts it. Rows that fail are shown as failing. To add one, append an `Observation` to the list in
`_observations_of_nerve`, `_observations_of_muscle` or `_observations_of_body`; what it needs to be run goes into a function
of the `Run`, which rows share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from excitability.experiments._observation import CALIBRATED, COLUMNS, NOT_MODELLED, PREDICTED, Observation, Shared
from excitability.experiments._observations_of_body import BODY
from excitability.experiments._observations_of_muscle import MUSCLE
from excitability.experiments._observations_of_nerve import NERVE, divalents_cut

from excitability import Findings, Option, Report, Run, Table, experiment, figures, rows_where, run_as_script

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROWS = 30  # that a figure of the usual height holds

OBSERVATIONS: list[Observation] = [*NERVE, *MUSCLE, *BODY]

# ------------------------------------------------------------------------------------------------------------ the experiment


@experiment(
    title="The models beside what has been measured",
    question="Do the models show what has been measured in cord, nerve, muscle and the body?",
    models=["motoneuron", "motor_axon", "motor_fibre", "squid_axon", "neuromuscular_junction", "muscle_fibre", "body"],
    options={"seeds": Option(20, "1", 2, 1000, "noise seeds of the motoneuron")},
    quick={"seeds": 4},
    sources=[
        *dict.fromkeys(o.source for o in OBSERVATIONS if o.source != "model"),
        "Wang2002",
        "Steurer1997",
        "vanIngen1994",
        "ClaySquid",
        "MillerKnight2012",
        "Serrao2007",
        "LorkovicTomanek1977",
        "Vandervoort1983",
        "Thomas1990",
        "Macefield2000",
        "Parfitt1976",
    ],
)
def validation(run: Run) -> Report:
    """Every observation beside the model's value."""
    shared = Shared(run)
    rows = [observation.row(shared) for observation in run.in_turn(OBSERVATIONS)]
    recording, identify = shared(divalents_cut)
    calibrated, predicted = tally(rows, CALIBRATED), tally(rows, PREDICTED)
    return Report(
        tables={"table": Table(rows, COLUMNS, recording, identify)},
        findings=findings(rows),
        draw=lambda: draw(rows),
        limits=[
            f"Of what was measured, {calibrated[0]} of {calibrated[1]} calibrated rows hold, which shows a fit, and "
            f"{predicted[0]} of {predicted[1]} predicted ones, of which several ask for no more than a sign. Rows "
            "whose source is the model guard against mistakes and are not counted.",
            *([f"Not modelled: {without_model(rows)}."] if without_model(rows) else []),
            "Most published values were read in abstracts, and many were measured in other species or at other "
            "temperatures.",
            "Trials of magnesium for ordinary night cramps found no benefit (Garrison2020). These are models, not "
            "advice.",
        ],
    )


def tally(rows: Sequence[dict[str, Any]], use: str) -> tuple[int, int]:
    """How many measured observations of a use hold, of how many that were judged; regressions are not among them."""
    judged = [r["holds"] for r in rows_where(rows, use=use) if r["holds"] is not None and r["source"] != "model"]
    return sum(judged), len(judged)


def without_model(rows: Sequence[dict[str, Any]]) -> str:
    """The rows that no model here can answer."""
    return "; ".join(f"{row['id']} ({row['note']})" for row in rows_where(rows, use=NOT_MODELLED))


def _number(value: float) -> str:
    """Three figures."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _with_unit(value: str, unit: str) -> str:
    """A value with its unit, where it ends in a number."""
    return f"{value} {unit}" if unit != "1" and value[-1].isdigit() else value


def _accepted(row: dict[str, Any]) -> str:
    low, high = row["low"], row["high"]
    if low is None and high is None:
        return ""
    if high is None:
        return f"above {low:g}" if row["strict"] else f"{low:g} or more"
    if low is None:
        return f"below {high:g}" if row["strict"] else f"{high:g} or less"
    if low == high:
        return f"exactly {low:g}"
    return f"between {low:g} and {high:g}" if row["strict"] else f"{low:g} to {high:g}"


def findings(rows: Sequence[dict[str, Any]]) -> Findings:
    """A finding for every row."""
    found = Findings()
    for row in rows:
        published = _with_unit(row["published"], row["unit"])
        mine = "none" if row["model"] is None else _with_unit(_number(row["model"]), row["unit"])
        said = f"{mine}; published: {published} ({row['use']})"
        if row["holds"] is None:
            said = f"{row['use'] if row['use'] == NOT_MODELLED else 'not judged'}, {row['note']}"
        accepted = _accepted(row)
        found.add(
            row["id"],
            row["unit"],
            f"{published} (accepted: {accepted})" if accepted else published,
            row["source"],
            (f"{row['id']} {row['observation']}: {said}.", row["model"], row["holds"]),
        )
    return found


# ---------------------------------------------------------------------------------------------------------------- the figure


def position(row: dict[str, Any]) -> float:
    """Where a value lies in its published range: 0 at the lower end, 1 at the upper one, 0.5 where they are the same."""
    low, high, value = row["low"], row["high"], row["model"]
    if low is None:
        place = 1.0 + (value - high) / max(abs(high), 1.0)
    elif high is None:
        place = (value - low) / max(abs(low), 1.0)
    else:
        place = 0.5 + value - low if low == high else (value - low) / (high - low)
    return float(place)


EDGE = 0.75  # how far beyond its range a value is drawn where it is; farther ones lie at the edge


def draw(rows: Sequence[dict[str, Any]]) -> Figure:
    """Every row's value on the scale of its published range."""
    from matplotlib.figure import Figure

    figure = Figure()
    (good, calibrated), (right, predicted) = tally(rows, CALIBRATED), tally(rows, PREDICTED)
    figure.suptitle(
        f"{right} of {predicted} predictions and {good} of {calibrated} calibrated values agree with what was measured",
        fontweight="bold",
    )
    judged = [row for row in rows if row["holds"] is not None]
    width, height = figure.get_size_inches()
    taller = max(1.0, len(judged) / ROWS)
    figure.set_size_inches(width, height * taller)
    ax = figure.add_subplot()
    # of texts beside the axes the automatic layout makes a poor job; the margins stay as high as they are
    ax.set_position((0.395, 0.135 / taller, 0.285, 1 - 0.2 / taller))
    _rows(ax, judged)
    _legend(ax, -0.056 / (taller - 0.2))
    missing = [_short(row) for row in rows_where(rows, use=NOT_MODELLED)]
    figures.footnote(
        figure,
        "The bar is what counts as agreement. * another implementation, no measurement: not counted in the title."
        + (f" Not modelled: {', '.join(missing)}." if missing else "")
        + f"\nModels, not advice. {figures.NO_BENEFIT}",
    )
    return figure


def _short(row: dict[str, Any]) -> str:
    """A row's number, after the first letter of nerve, muscle or body."""
    where, _, number = row["id"].partition("-")
    return f"{where[0]}{number}"


def _rows(ax: Axes, rows: Sequence[dict[str, Any]]) -> None:
    size = 0.55 * float(mpl.rcParams["font.size"])
    small: Any = {"fontsize": "x-small", "va": "center"}
    sides = ax.get_yaxis_transform()
    for y, row in enumerate(rows):
        color = figures.BLUE if row["holds"] else figures.VERMILLION
        weight = "normal" if row["holds"] else "bold"
        ends = (-EDGE if row["low"] is None else 0.0, 1.0 + EDGE if row["high"] is None else 1.0)
        if row["low"] is not None and row["low"] == row["high"]:
            ends = (0.47, 0.53)
        ax.barh(y, ends[1] - ends[0], left=ends[0], height=0.62, color=figures.SKY, alpha=0.45, lw=0)
        filled = row["use"] == PREDICTED
        if row["model"] is not None:
            at = position(row)
            shown = min(max(at, -EDGE), 1 + EDGE)
            marker = ("o" if filled else "s") if shown == at else ("<" if at < shown else ">")
            ax.plot(shown, y, marker, color=color, mfc=color if filled else "white", ms=size, mew=0.18 * size, zorder=3)
        mine = "none" if row["model"] is None else _with_unit(_number(row["model"]), row["unit"])
        number = _short(row) + ("*" if row["source"] == "model" else "")
        ax.text(
            -0.01,
            y,
            f"{row['observation']}  {number}",
            color=color,
            weight=weight,
            ha="right",
            transform=sides,
            **small,
        )
        ax.text(1.01, y, mine.replace("**2", "²"), color=color, weight=weight, transform=sides, **small)
        ax.text(1.37, y, row["published"].replace("+-", "±"), transform=sides, **small)
    for x, heading in ((1.01, "model"), (1.37, "published")):
        ax.text(x, -1.1, heading, transform=sides, fontweight="bold", **small)
    ax.set_ylim(len(rows) - 0.4, -1.6)
    ax.set_xlim(-EDGE - 0.06, 1 + EDGE + 0.06)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)


def _legend(ax: Axes, at: float) -> None:
    size = 0.55 * float(mpl.rcParams["font.size"])
    for label, marker, edge, face in (
        ("predicted, holds", "o", figures.BLUE, figures.BLUE),
        ("predicted, fails", "o", figures.VERMILLION, figures.VERMILLION),
        ("calibrated, holds", "s", figures.BLUE, "white"),
        ("calibrated, fails", "s", figures.VERMILLION, "white"),
    ):
        ax.plot([], [], marker, color=edge, mfc=face, ms=size, mew=0.18 * size, label=label)
    ax.legend(fontsize="x-small", ncols=4, loc="lower center", bbox_to_anchor=(0.3, at), handletextpad=0.1)


if __name__ == "__main__":
    run_as_script(validation)
