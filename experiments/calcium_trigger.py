"""How steeply does calcium outside trigger release, and calcium inside contraction?

Quanta that one impulse of the nerve releases against calcium, from a twelfth to more than twice of normal, at several levels
of magnesium; how they scatter from impulse to impulse; and which share of a muscle's fibres they move. Then the contractile
proteins alone, as in a skinned fibre: steady force against calcium in the myoplasm, at three levels of magnesium there.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from excitability.experiments.magnesium_block import (
    ANSWER_S,
    FIBRE,
    FOUR,
    JUNCTION,
    NORMAL,
    START_S,
    Answers,
    population,
    ratio,
    released,
    stimulated,
)

from excitability import (
    Event,
    Finding,
    Findings,
    Impulses,
    Ions,
    Model,
    Option,
    Parameter,
    Report,
    Run,
    Table,
    experiment,
    figures,
    load_model,
    rows_where,
    run_as_script,
)
from excitability.parameters import ASSUMPTION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from excitability import Recording

MAMMAL = 3.0  # an exponent that mammals may have
LOW_CA = 0.2  # mM: up to here the slope is that of low calcium
MOUSE = ((0.2, 0.09, 0.01), (0.6, 1.04, 0.07))  # calcium in mM, quanta and their error [Bukharaeva2007]
MOUSE_SLOPE = (2.07, 2.23, 2.39)  # of the logarithms, from those: with the errors, without them, with the errors
FROG_SLOPE, FROG_SD = 3.78, 0.2
MYOPLASM_UM = tuple(np.geomspace(0.1, 100, 31).tolist())
INSIDE_MM = (0.05, 1.0, 2.0)  # magnesium of the skinned fibres [DonaldsonKerrick1975]

COLUMNS = (
    "ca_mM", "mg_mM", "quantal_content", "epp_mV", "responding_fraction", "train_of_four", "force_fraction", "slope",
    "fires_alone",
)  # fmt: skip
EXPONENT_COLUMNS = ("n_release", "ca_mM", "mg_mM", "quantal_content", "epp_mV", "slope")
SCATTER_COLUMNS = (
    "ca_mM", "mg_mM", "impulses", "mean_quanta", "expected_quanta", "sd_quanta", "expected_sd", "failures",
    "expected_failures",
)  # fmt: skip
INSIDE_COLUMNS = ("mg_i_mM", "ca_i_uM", "pCa", "force")
STEEPNESS_COLUMNS = ("mg_i_mM", "pCa50", "hill_slope", "greatest_force")
Rows = list[dict[str, Any]]


@experiment(
    title="Calcium triggers release with the fourth power, and contraction inside the fibre",
    question="How steeply does calcium outside trigger release, and calcium inside contraction?",
    models=[JUNCTION, FIBRE],
    options={
        "ca": Option(
            (0.1, 0.14, 0.2, 0.3, 0.4, 0.6, 0.8, 1.2, 1.7, 2.2, 3.0),
            "mM",
            0.01,
            10,
            "ionised calcium outside",
            ion="ca",
        ),
        "mg": Option((0.0, 0.55, 2.0), "mM", 0, 10, "ionised magnesium outside", ion="mg"),
        "impulses": Option(100, "1", 10, 1000, "impulses with binomial scatter; the same draws at every level"),
        "fibres": Option(12, "1", 4, 200, "fibres that stand for a muscle"),
        "safety_factor": Option(3.0, "1", 1, 10, "mean safety factor of the fibres in normal ions"),
        "cv": Option(0.35, "1", 0.01, 1, "coefficient of variation of the fibres' safety factors"),
    },
    quick={"ca": (0.1, 0.2, 0.6, 1.2, 3.0), "mg": (0.55, 2.0), "fibres": 6},
    sources=["DodgeRahamimoff1967", "Bukharaeva2007", "AndreuBarrett1980", "DonaldsonKerrick1975", "SolaroShiner1976"],
)
def calcium_trigger(run: Run) -> Report:
    """Mean releases with two exponents, their scatter, the fibres that answer, and force at held calcium."""
    o = run.options
    levels = [(ca, mg) for mg in sorted(o.mg) for ca in sorted(o.ca)]
    run.announce("release")
    own = run.value(JUNCTION, "n_release")
    exponents = list(dict.fromkeys([own, MAMMAL]))
    quanta, potentials = released(
        run, levels * len(exponents), o.safety_factor, n_release=np.repeat(exponents, len(levels))
    )
    releases: Rows = [{"n_release": n, "ca_mM": ca, "mg_mM": mg} for n in exponents for ca, mg in levels]
    for row, m, v in zip(releases, quanta, potentials, strict=True):
        row |= {"quantal_content": m, "epp_mV": v}
    for n in exponents:
        for mg in o.mg:
            _add_slopes(rows_where(releases, n_release=n, mg_mM=mg))
    scatter = _scatter(run, rows_where(releases, n_release=own))

    run.announce("trains of four in a muscle's fibres")
    conditions = list(dict.fromkeys([NORMAL, *levels]))
    factors = population(o.fibres, o.safety_factor, o.cv)
    answers = Answers(stimulated(run, conditions, factors, Impulses(FOUR), FOUR[-1] + 2 * ANSWER_S), len(factors))
    rows: Rows = []
    for release in rows_where(releases, n_release=own):
        k = conditions.index((release["ca_mM"], release["mg_mM"]))
        alone = answers.alone(k) > 0  # then it is not the nerve that it answers
        share = None if alone else answers.share(k, START_S)
        rows.append(
            {
                **{name: value for name, value in release.items() if name != "n_release"},
                "responding_fraction": share,
                "train_of_four": None if alone else ratio(answers.share(k, FOUR[3]), share),
                "force_fraction": None if alone else answers.twitch(k, START_S) / answers.twitch(0, START_S),
                "fires_alone": alone,
            }
        )

    run.announce("force at held calcium")
    inside, traced, identify = contraction(run)
    steepness = [steepness_of(rows_where(inside, mg_i_mM=mg)) for mg in INSIDE_MM]
    middle = len(factors) // 2  # the fibre that is traced
    shown = list(dict.fromkeys([NORMAL, levels[0], *_first_failing(rows)]))
    return Report(
        tables={
            "table": Table(
                rows,
                COLUMNS,
                answers.recording.subset([conditions.index(c) * len(factors) + middle for c in shown]),
                [{"ca_mM": ca, "mg_mM": mg, "safety_factor": factors[middle]} for ca, mg in shown],
            ),
            "exponents": Table(releases, EXPONENT_COLUMNS),
            "scatter": Table(scatter, SCATTER_COLUMNS),
            "myoplasm": Table(inside, INSIDE_COLUMNS, traced, identify),
            "steepness": Table(steepness, STEEPNESS_COLUMNS),
        },
        findings=findings(rows, releases, scatter, steepness, own),
        draw=lambda: draw(rows, releases, scatter, inside, steepness, own),
        limits=[
            "Both constants of the competition are remembered from frog (DodgeRahamimoff1967), not seen. Frogs have the "
            "fourth power; mice have a slope that the third gives (Bukharaeva2007, whose magnesium is not known; "
            "n_release is a parameter).",
            "The model has ten times the quanta that were counted in mice in low calcium: its pool and its probability "
            "are assumed, for people in normal ions.",
            "At the lowest calcium in 2 to 10 mM magnesium frogs release more than the fourth power says "
            "(AndreuBarrett1980): not in the model.",
            "A fibre in almost no divalents fires by itself, by the screening of its gates; then nothing is said about "
            "what it answers. Fibres are asked with single impulses and four at 2 Hz.",
            "The pCa curve is that of the model's contractile proteins, fitted to human twitches; its shift by magnesium "
            "follows from competition at troponin (Rayani2021). That they do not compete there is held too "
            "(SolaroShiner1976): --set on_troponin=0.",
        ],
    )


# --------------------------------------------------------------------------------------------------------------- release


def _add_slopes(rows: Rows) -> None:
    """Local slope of release over calcium, both as logarithms, between a level and the one below it."""
    for row in rows:
        row["slope"] = None
    for below, row in pairwise(sorted(rows, key=lambda r: float(r["ca_mM"]))):
        row["slope"] = slope(below, row)


def slope(below: dict[str, Any], above: dict[str, Any]) -> float:
    """Slope of release over calcium between two rows, both as logarithms."""
    release = np.log(above["quantal_content"] / below["quantal_content"])
    return float(release / np.log(above["ca_mM"] / below["ca_mM"]))


def _scatter(run: Run, releases: Rows) -> Rows:
    """Every condition many times, with its binomial scatter: how often nothing is released, and how much it varies."""
    recording = run.simulate(
        JUNCTION,
        ions=Ions(ca=[r["ca_mM"] for r in releases], mg=[r["mg_mM"] for r in releases]),
        protocol=Impulses([5e-3]),
        repeats=(each := run.options.impulses),
        traced=range(len(releases) * each),
        duration=7e-3,
        sample=0.05,
    )
    pool = run.value(JUNCTION, "N_pool")
    found: Rows = []
    for k, row in enumerate(releases):
        ready = np.array([recording.trace("n_ready_1", c) for c in range(k * each, (k + 1) * each)])
        quanta = pool * (ready[:, 0] - ready.min(axis=1))
        mean = row["quantal_content"]
        found.append(
            {
                "ca_mM": row["ca_mM"],
                "mg_mM": row["mg_mM"],
                "impulses": each,
                "mean_quanta": float(quanta.mean()),
                "expected_quanta": mean,
                "sd_quanta": float(quanta.std(ddof=1)),
                "expected_sd": float(np.sqrt(mean * (1 - mean / pool))),
                "failures": float(np.mean(quanta < 0.5)),
                "expected_failures": float(np.exp(-mean)),
            }
        )
    return found


def _first_failing(rows: Rows) -> list[tuple[float, float]]:
    """In normal magnesium the highest calcium at which half of the fibres or more fail."""
    failing = [r for r in rows_where(rows, mg_mM=NORMAL[1]) if (r["responding_fraction"] or 0) <= 0.5]
    return [(r["ca_mM"], r["mg_mM"]) for r in failing[-1:]]


# ---------------------------------------------------------------------------------------------------- contractile proteins


def skinned(fibre: Model) -> Model:
    """The contractile proteins of a fibre in a bath of given calcium: those of its equations that force needs."""
    lines = {}
    for line in fibre.equations.splitlines():
        if defines := re.match(r"(?:d(\w+)/dt|(\w+)) =", line):
            lines[defines[1] or defines[2]] = line
    del lines["Ca_i"]
    needed, asked = set(), ["force"]
    while asked:
        name = asked.pop()
        if name in lines and name not in needed:
            needed.add(name)
            asked += re.findall(r"[A-Za-z_]\w*", lines[name].partition("=")[2].rpartition(":")[0])
    equations = "\n".join(line for name, line in lines.items() if name in needed)
    words = set(re.findall(r"[A-Za-z_]\w*", equations))
    return Model(
        title="contractile proteins in a bath",
        equations=equations,
        parameters={
            **{name: parameter for name, parameter in fibre.parameters.items() if name in words},
            "Ca_i": Parameter(1.0, "uM", ASSUMPTION, (1e-3, 1e4), "calcium of the bath"),
        },
        event=Event("force", 0.5, "1"),
        traces={"force": "1", "y": "1"},
        name="skinned_fibre",
    )


def contraction(run: Run) -> tuple[Rows, Recording, Rows]:
    """Steady force at every calcium and magnesium inside; traced are the middle ones, which show that it is steady."""
    cell = skinned(load_model(FIBRE))
    cell, _ = cell.with_parameters({n: run.value(FIBRE, n) for n in cell.parameters if n not in ("Ca_i", "Mg_i")})
    bath = replace(cell.parameters["Mg_i"], range=(0.0, 10.0))  # swept here, not claimed for a living fibre
    cell = replace(cell, parameters={**cell.parameters, "Mg_i": bath})
    conditions = [(mg, ca) for mg in INSIDE_MM for ca in MYOPLASM_UM]
    recording = run.simulate(
        cell,
        parameters={"Ca_i": [ca for _, ca in conditions], "Mg_i": [mg for mg, _ in conditions]},
        duration=0.1,
        sample=10.0,
    )
    rows = [
        {
            "mg_i_mM": mg,
            "ca_i_uM": ca,
            "pCa": float(6 - np.log10(ca)),
            "force": float(recording.trace("force_1", k)[-1]),
        }
        for k, (mg, ca) in enumerate(conditions)
    ]
    middle = [len(MYOPLASM_UM) * k + int(np.argmin(np.abs(np.array(MYOPLASM_UM) - 1.6))) for k in range(len(INSIDE_MM))]
    return rows, recording.subset(middle), [{n: rows[k][n] for n in ("mg_i_mM", "ca_i_uM")} for k in middle]


def steepness_of(rows: Rows) -> dict[str, Any]:
    """Where force is half of the greatest (pCa), and the slope of Hill's plot between a quarter and three quarters."""
    greatest = rows[-1]["force"]
    below = [r for r in rows if r["force"] < greatest]
    share = np.array([r["force"] / greatest for r in below])
    plot, logs = np.log10(share / (1 - share)), np.log10([r["ca_i_uM"] for r in below])
    quarter, half, three = np.interp(np.log10([1 / 3, 1, 3]), plot, logs)
    return {
        "mg_i_mM": rows[0]["mg_i_mM"],
        "pCa50": float(6 - half),
        "hill_slope": float(np.log10(9) / (three - quarter)),
        "greatest_force": greatest,
    }


# --------------------------------------------------------------------------------------------------------------- findings


def findings(rows: Rows, releases: Rows, scatter: Rows, steepness: Rows, own: float) -> list[Finding]:
    """What the rows show, beside what is published."""
    found = Findings("the levels of calcium or magnesium that it takes are not in this run")
    _about_release(found, rows_where(releases, n_release=own))
    _about_mice(found, releases, own)
    _about_scatter(found, scatter)
    _about_fibres(found, rows)
    _about_contraction(found, steepness)
    return list(found)


def low_slope(rows: Rows) -> float | None:
    """Slope over the levels of low calcium."""
    low = sorted((r for r in rows if r["ca_mM"] <= LOW_CA), key=lambda r: float(r["ca_mM"]))
    return slope(low[0], low[-1]) if len(low) > 1 else None


def _about_release(found: Findings, releases: Rows) -> None:
    by_mg = {mg: low_slope(rows_where(releases, mg_mM=mg)) for mg in sorted({r["mg_mM"] for r in releases})}
    slopes = {mg: value for mg, value in by_mg.items() if value is not None}
    least = min((r["ca_mM"] for r in releases), default=0.0)
    normal = slopes.get(NORMAL[1])
    found.add(
        "slope",
        "1",
        f"{FROG_SLOPE} +- {FROG_SD} (SD) in frogs; accepted within 2 SD",
        "DodgeRahamimoff1967",
        None
        if normal is None
        else (
            f"From {least:g} to {LOW_CA:g} mM calcium release rises with the power {normal:.2f} of calcium.",
            normal,
            abs(normal - FROG_SLOPE) <= 2 * FROG_SD,
        ),
    )
    found.add(
        "slope_and_magnesium",
        "1",
        "magnesium lowers release and does not change the slope: within the SD of 0.2",
        "DodgeRahamimoff1967",
        None
        if len(slopes) < 2
        else (
            "The slope is " + ", ".join(f"{value:.2f} at {mg:g} mM" for mg, value in slopes.items()) + " magnesium.",
            max(slopes.values()) - min(slopes.values()),
            max(slopes.values()) - min(slopes.values()) <= FROG_SD and _falls_with_magnesium(releases),
        ),
    )
    local = [r["slope"] for r in rows_where(releases, mg_mM=NORMAL[1], ca_mM=NORMAL[0])]
    found.add(
        "slope_at_normal_calcium",
        "1",
        "the slope falls towards normal calcium: below 3",
        "DodgeRahamimoff1967",
        None
        if normal is None or not local or local[0] is None
        else (
            f"Just below {NORMAL[0]:g} mM calcium the slope is {local[0]:.2f}.",
            local[0],
            local[0] < min(3.0, normal),
        ),
    )


def _falls_with_magnesium(releases: Rows) -> bool:
    return all(
        more["quantal_content"] < less["quantal_content"]
        for ca in {r["ca_mM"] for r in releases}
        for less, more in pairwise(sorted(rows_where(releases, ca_mM=ca), key=lambda r: float(r["mg_mM"])))
    )


def _about_mice(found: Findings, releases: Rows, own: float) -> None:
    """The same two levels of calcium as in mice, with both exponents."""
    slopes: dict[float, float] = {}
    for n in dict.fromkeys((own, MAMMAL)):
        at = [rows_where(releases, n_release=n, mg_mM=NORMAL[1], ca_mM=ca) for ca, _, _ in MOUSE]
        if all(at):
            slopes[n] = slope(at[0][0], at[1][0])
    there = [rows_where(releases, n_release=MAMMAL, mg_mM=NORMAL[1], ca_mM=ca) for ca, _, _ in MOUSE]
    found.add(
        "slope_in_mice",
        "1",
        f"{MOUSE_SLOPE[1]} in mice ({MOUSE_SLOPE[0]} to {MOUSE_SLOPE[2]} by the errors), with exponent {MAMMAL:g}",
        "Bukharaeva2007",
        None
        if MAMMAL not in slopes
        else (
            f"From {MOUSE[0][0]:g} to {MOUSE[1][0]:g} mM calcium the slope is "
            + " and ".join(f"{value:.2f} with exponent {n:g}" for n, value in slopes.items())
            + f", {MOUSE_SLOPE[1]} in mice.",
            slopes[MAMMAL],
            MOUSE_SLOPE[0] <= slopes[MAMMAL] <= MOUSE_SLOPE[2],
        ),
    )
    quanta = [rows[0]["quantal_content"] for rows in there if rows]
    found.add(
        "quanta_in_mice",
        "1",
        " and ".join(f"{m} +- {error} quanta in {ca:g} mM calcium" for ca, m, error in MOUSE) + "; accepted twofold",
        "Bukharaeva2007",
        None
        if len(quanta) < len(MOUSE)
        else (
            f"With exponent {MAMMAL:g} an impulse releases "
            + " and ".join(f"{m:.2f} quanta in {ca:g} mM" for m, (ca, _, _) in zip(quanta, MOUSE, strict=True))
            + " calcium, in mice "
            + " and ".join(f"{m}" for _, m, _ in MOUSE)
            + ".",
            quanta[0],
            all(0.5 <= m / seen <= 2 for m, (_, seen, _) in zip(quanta, MOUSE, strict=True)),
        ),
    )


def _about_scatter(found: Findings, scatter: Rows) -> None:
    """Single impulses against their mean, in normal magnesium."""
    own = rows_where(scatter, mg_mM=NORMAL[1])
    near = min(own, key=lambda r: abs(np.log(r["expected_quanta"])), default=None)  # one quantum, about
    found.add(
        "failures",
        "1",
        "impulses that release nothing: exp(-mean), as of rare independent events; within 3 standard errors",
        "model",
        None
        if near is None
        else (
            f"At {near['ca_mM']:g} mM calcium, where the mean is {near['expected_quanta']:.2f} quanta, "
            f"{near['failures']:.0%} of {near['impulses']} impulses release nothing (expected: "
            f"{near['expected_failures']:.0%}).",
            near["failures"],
            all(
                abs(r["failures"] - r["expected_failures"])
                <= 3 * np.sqrt(r["expected_failures"] * (1 - r["expected_failures"]) / r["impulses"]) + 1e-3
                for r in own
            ),
        ),
    )
    normal = rows_where(own, ca_mM=NORMAL[0])
    found.add(
        "scatter",
        "1",
        "means and SDs are those of a binomial distribution, within 3 standard errors and a quarter",
        "model",
        None
        if not normal
        else (
            f"In normal ions an impulse releases {normal[0]['mean_quanta']:.1f} +- {normal[0]['sd_quanta']:.1f} quanta "
            f"(expected {normal[0]['expected_quanta']:.1f} +- {normal[0]['expected_sd']:.1f}).",
            normal[0]["sd_quanta"] / normal[0]["mean_quanta"],
            abs(normal[0]["mean_quanta"] - normal[0]["expected_quanta"])
            <= 3 * normal[0]["expected_sd"] / np.sqrt(normal[0]["impulses"])
            and abs(normal[0]["sd_quanta"] / normal[0]["expected_sd"] - 1) <= 0.25,
        ),
    )


def _about_fibres(found: Findings, rows: Rows) -> None:
    own = rows_where(rows, mg_mM=NORMAL[1])
    normal = rows_where(own, ca_mM=NORMAL[0])
    failing = [r for r in own if r["responding_fraction"] is not None and r["responding_fraction"] < 1]
    found.add(
        "fibres",
        "1",
        "every fibre answers every impulse in normal ions",
        "model",
        None
        if not normal
        else (
            f"In normal ions {normal[0]['responding_fraction']:.0%} of the fibres answer"
            + (
                "; "
                + ", ".join(f"{r['responding_fraction']:.0%} at {r['ca_mM']:g}" for r in failing[-3:])
                + " mM calcium."
                if failing
                else "."
            ),
            normal[0]["responding_fraction"],
            normal[0]["responding_fraction"] == 1 and normal[0]["train_of_four"] == 1,
        ),
    )
    loud = [f"{r['ca_mM']:g} mM calcium with {r['mg_mM']:g} mM magnesium" for r in rows if r["fires_alone"]]
    found.add(
        "fires_alone",
        "1",
        "no fibre fires by itself in normal ions",
        "model",
        None
        if not normal
        else (
            f"Fibres fire by themselves in {', '.join(loud)}: their gates are screened too little."
            if loud
            else "No fibre fires by itself.",
            float(len(loud)),
            not normal[0]["fires_alone"],
        ),
    )


def _about_contraction(found: Findings, steepness: Rows) -> None:
    halves = ", ".join(f"{r['pCa50']:.2f} at {r['mg_i_mM']:g} mM" for r in steepness)
    falls = [b["pCa50"] < a["pCa50"] for a, b in pairwise(steepness)]
    found.add(
        "less_sensitive",
        "1",
        "magnesium inside makes the proteins less sensitive to calcium: pCa at half force falls",
        "DonaldsonKerrick1975",
        (
            f"Half force is at pCa {halves} magnesium inside.",
            steepness[0]["pCa50"] - steepness[-1]["pCa50"],
            all(falls),
        ),
    )
    force = [r["greatest_force"] for r in steepness]
    found.add(
        "greatest_force",
        "1",
        "the greatest force does not change with magnesium: within 2 %",
        "DonaldsonKerrick1975",
        (
            f"The greatest force is {', '.join(f'{f:.3f}' for f in force)} of what there can be.",
            min(force) / max(force),
            min(force) / max(force) >= 0.98,
        ),
    )
    hill = [r["hill_slope"] for r in steepness]
    found.add(
        "less_cooperative",
        "1",
        "cooperativity falls with magnesium: Hill's slope by 2 % or more",
        "DonaldsonKerrick1975",
        (f"Hill's slope is {', '.join(f'{h:.2f}' for h in hill)}.", hill[-1] / hill[0], hill[-1] / hill[0] <= 0.98),
    )


# ----------------------------------------------------------------------------------------------------------------- figure


def draw(rows: Rows, releases: Rows, scatter: Rows, inside: Rows, steepness: Rows, own: float) -> Figure:
    """Release against calcium; failures; fibres that answer; force against calcium inside."""
    from matplotlib.figure import Figure

    figure = Figure()
    power = low_slope(rows_where(releases, n_release=own, mg_mM=NORMAL[1]))
    shift = steepness[0]["pCa50"] - steepness[-1]["pCa50"]
    said = "Calcium triggers release" + (f" with the power {power:.1f}" if power else "")
    figure.suptitle(
        f"{said}; magnesium lowers it.\nInside the fibre magnesium shifts force by {shift:.2f} pCa",
        fontweight="bold",
    )
    axes: Any = figure.subplots(2, 2, width_ratios=[1.15, 1])
    (release, failures), (fibres, force) = axes
    _release(release, releases, own)
    _failures(failures, rows_where(scatter, mg_mM=NORMAL[1]))
    _fibres(fibres, rows)
    _force(force, inside, steepness)
    figure.supxlabel(
        "Competition as measured in frog (Dodge 1967), which has the fourth power; mice (Bukharaeva 2007, their magnesium "
        "not known) are nearer the third.",
        fontsize="x-small",
        color=figures.GREY,
    )
    return figure


def _line(k: int, size: float = 0.35) -> dict[str, Any]:
    color, dash, marker = figures.SERIES[k % len(figures.SERIES)]
    return {"color": color, "ls": dash, "marker": marker, "ms": size * float(mpl.rcParams["font.size"])}


def _calcium_axis(ax: Axes, ca: Sequence[float]) -> None:
    ax.set_xscale("log")
    ax.set_xticks([0.1, 0.2, 0.5, 1, 2], ["0.1", "0.2", "0.5", "1", "2"])
    ax.minorticks_off()
    ax.set_xlim(min(ca) * 0.9, max(ca) * 1.1)
    ax.set_xlabel("ionised calcium outside (mM)")


def _release(ax: Axes, releases: Rows, own: float) -> None:
    levels = sorted({r["mg_mM"] for r in releases})
    for k, mg in enumerate(levels):
        rows = rows_where(releases, n_release=own, mg_mM=mg)
        ax.plot([r["ca_mM"] for r in rows], [r["quantal_content"] for r in rows], **_line(k), label=f"Mg {mg:g} mM")
    third = rows_where(releases, n_release=MAMMAL, mg_mM=NORMAL[1]) if own != MAMMAL else []
    if third:
        ax.plot(
            [r["ca_mM"] for r in third], [r["quantal_content"] for r in third], color=figures.GREY, ls=(0, (1, 1)),
            label=f"third power, Mg {NORMAL[1]:g}",
        )  # fmt: skip
    ax.errorbar(
        [ca for ca, _, _ in MOUSE], [m for _, m, _ in MOUSE], [error for _, _, error in MOUSE], fmt="*", color=figures.BLACK,
        ms=0.7 * float(mpl.rcParams["font.size"]), label="mouse",
    )  # fmt: skip
    _calcium_axis(ax, [r["ca_mM"] for r in releases])
    ax.set_yscale("log")
    ax.set_yticks([0.01, 0.1, 1, 10, 100], ["0.01", "0.1", "1", "10", "100"])
    ax.minorticks_off()
    ax.set_ylabel("quanta per impulse")
    ax.legend(fontsize="small", loc="lower right", borderpad=0, labelspacing=0.2)


def _failures(ax: Axes, scatter: Rows) -> None:
    if not scatter:
        ax.set_axis_off()
        return
    mean = np.geomspace(0.01, 30, 200)
    few = [r for r in scatter if mean[0] <= r["expected_quanta"] <= mean[-1]]
    ax.plot(mean, 100 * np.exp(-mean), color=figures.GREY, label="exp(-mean)")
    _, _, marker = figures.SERIES[1]
    ax.plot(
        [r["expected_quanta"] for r in few], [100 * r["failures"] for r in few], marker, color=figures.VERMILLION,
        ms=0.5 * float(mpl.rcParams["font.size"]), label=f"{scatter[0]['impulses']} impulses", clip_on=False,
    )  # fmt: skip
    ax.set_xscale("log")
    ax.set_xticks([0.01, 0.1, 1, 10], ["0.01", "0.1", "1", "10"])
    ax.minorticks_off()
    ax.set_xlim(0.01, 30)
    ax.set_ylim(0, 105)
    ax.set_yticks([0, 50, 100])
    ax.set_xlabel("mean quanta per impulse")
    ax.set_ylabel("nothing released (%)")
    ax.legend(fontsize="small", loc="upper right", borderpad=0)


def _fibres(ax: Axes, rows: Rows) -> None:
    for k, mg in enumerate(sorted({r["mg_mM"] for r in rows})):
        own = [r for r in rows_where(rows, mg_mM=mg) if r["responding_fraction"] is not None]
        ax.plot([r["ca_mM"] for r in own], [100 * r["responding_fraction"] for r in own], **_line(k), clip_on=False)
        loud = [r["ca_mM"] for r in rows_where(rows, mg_mM=mg) if r["fires_alone"]]
        ax.plot(loud, [50] * len(loud), "x", color=figures.SERIES[k][0], ms=0.6 * float(mpl.rcParams["font.size"]))
        if loud:
            ax.text(
                loud[0],
                60,
                f"fires by itself (Mg {mg:g})",
                color=figures.SERIES[k][0],
                fontsize="x-small",
                clip_on=False,
            )
    ax.axvline(NORMAL[0], color=figures.GREY, ls=":", lw=0.6 * float(mpl.rcParams["lines.linewidth"]))
    _calcium_axis(ax, [r["ca_mM"] for r in rows])
    ax.set_ylim(0, 105)
    ax.set_yticks([0, 50, 100])
    ax.set_ylabel("fibres that answer (%)")


def _force(ax: Axes, inside: Rows, steepness: Rows) -> None:
    for k, row in enumerate(steepness):
        own = rows_where(inside, mg_i_mM=row["mg_i_mM"])
        style = {**_line(k), "marker": ""}
        ax.plot([r["ca_i_uM"] for r in own], [100 * r["force"] for r in own], **style, label=f"{row['mg_i_mM']:g} mM")
    ax.set_xscale("log")
    ax.set_xticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    ax.minorticks_off()
    ax.set_xlim(0.1, 100)
    ax.set_ylim(0, 105)
    ax.set_yticks([0, 50, 100])
    ax.set_xlabel("calcium inside (µM)")
    ax.set_ylabel("force (%)")
    ax.legend(title="Mg inside", fontsize="small", title_fontsize="small", loc="lower right", borderpad=0)


if __name__ == "__main__":
    run_as_script(calcium_trigger)
