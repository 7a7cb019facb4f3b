"""How much magnesium blocks the neuromuscular junction, and what of the block does a tetanus undo?

Release, endplate potential and a population of muscle fibres, whose junctions differ in their margin of safety, against
magnesium from none to far above that of plasma: single impulses of the nerve, a train of four, a tetanus; and the same with
more calcium. Where three quarters of the fibres fail, what has been measured in pigs is asked of the model; none of its
constants was fitted to that.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

from excitability import (
    Finding,
    Findings,
    Impulses,
    Ions,
    Option,
    Protocol,
    Report,
    Run,
    Table,
    Train,
    experiment,
    figures,
    load_model,
    measures,
    rows_where,
    run_as_script,
)
from excitability.ions import IONISED_SHARE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from excitability import Recording

JUNCTION, FIBRE = "neuromuscular_junction", "muscle_fibre"
NORMAL = (1.2, 0.55)  # calcium and magnesium, mM
START_S = 0.05  # the first impulse of the nerve: a fibre that has no rest in its ions shows it before
ANSWER_S = 0.02  # an impulse of the fibre so long after that of the nerve is its answer
TWITCH_S = 0.45
FOUR = tuple(START_S + 0.5 * k for k in range(4))
TETANUS = Train(rate=50, duration=1, start=START_S)
SAMPLE_MS = 1.0
LEAST = (0.25, 256.0)  # safety factors among which the least that suffices is sought
AT_ONCE = 24

# what the pigs had, where three quarters of the fibres fail: a train of four, 5 s at 50 Hz, 1 s later a single impulse
BLOCKED = 0.75
LONG = Train(rate=50, duration=5, start=2.05)
AFTER_S = LONG.end + 1.0
ALL = Impulses([*FOUR, *LONG.volleys(), AFTER_S])

# total magnesium of serum in mM [JahnenDechentKetteler2012]
LADDER = (
    ("reflexes depressed, weakness", 2.5, 4.0),
    ("neuromuscular block", 3.7, 4.9),
    ("profound weakness, respiratory arrest", 5.0, 6.95),
)
FEW, NEARLY_ALL = 0.05, 0.95  # of the fibres fail: where the block begins and where it is complete
LOST = 0.1  # of the normal force is left
SHARE = IONISED_SHARE["mg"][0]

COLUMNS = (
    "ca_mM", "mg_mM", "quantal_content", "epp_mV", "responding_fraction", "train_of_four", "force_fraction",
    "safety_factor", "tetanic_force_fraction", "tetanus_twitch_ratio", "mg_total_mM",
)  # fmt: skip
BLOCK_COLUMNS = (
    "ca_mM", "mg_mM", "responding_fraction", "train_of_four", "force_fraction", "tetanus_fourth_over_first",
    "tetanic_force_fraction", "tetanus_twitch_ratio", "post_tetanic_twitch_ratio",
)  # fmt: skip
COURSE_COLUMNS = ("mg_mM", "time_s", "force_fraction")
Condition = tuple[float, float]
Rows = list[dict[str, Any]]


@experiment(
    title="Magnesium blocks the neuromuscular junction, and low magnesium does nothing to it",
    question="How much magnesium blocks the neuromuscular junction, and what of the block does a tetanus undo?",
    models=[JUNCTION, FIBRE],
    options={
        "mg": Option(
            (0.0, 0.1, 0.25, 0.55, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0),
            "mM", 0, 10, "ionised magnesium", ion="mg",
        ),
        "ca": Option((1.2, 2.0), "mM", 0.9, 5, "ionised calcium; the first is compared with what is published", ion="ca"),
        "fibres": Option(16, "1", 4, 200, "fibres that stand for a muscle"),
        "safety_factor": Option(3.0, "1", 1, 10, "mean safety factor of the fibres in normal ions"),
        "cv": Option(0.35, "1", 0.01, 1, "coefficient of variation of the fibres' safety factors"),
    },
    quick={"mg": (0.0, 0.55, 2.0, 4.0), "fibres": 8},
    sources=[
        "Lee1996",
        "JahnenDechentKetteler2012",
        "PatonWaud1967",
        "DelCastilloEngbaek1954",
        "DodgeRahamimoff1967",
        "Stovner1957",
        "vanIngen1994",
    ],
)  # fmt: skip
def magnesium_block(run: Run) -> Report:
    """Release and the safety factor that suffices in all ions; single impulses, four and a tetanus in all fibres."""
    o = run.options
    levels = [(ca, mg) for ca in o.ca for mg in sorted(o.mg)]
    conditions = list(dict.fromkeys([NORMAL, *levels]))
    factors = population(o.fibres, o.safety_factor, o.cv)
    run.announce("release, and the safety factor that suffices")
    quanta, potentials = released(run, conditions, o.safety_factor)
    least = least_safety_factors(run, conditions)
    run.announce("single impulses, trains of four and tetani")
    singles = Answers(stimulated(run, conditions, factors, Impulses(FOUR), FOUR[-1] + 2 * ANSWER_S), len(factors))
    tetani = Answers(stimulated(run, conditions, factors, TETANUS, TETANUS.end + 0.1), len(factors))
    twitch, tetanus = singles.twitch(0, START_S), tetani.force(0).max()
    rows: Rows = []
    for ca, mg in levels:
        k = conditions.index((ca, mg))
        single, whole = singles.twitch(k, START_S), float(tetani.force(k).max())
        responding = singles.share(k, START_S)
        rows.append(
            {
                "ca_mM": ca,
                "mg_mM": mg,
                "quantal_content": quanta[k],
                "epp_mV": potentials[k],
                "responding_fraction": responding,
                "train_of_four": ratio(singles.share(k, FOUR[3]), responding),
                "force_fraction": single / twitch,
                "safety_factor": ratio(o.safety_factor, least[k]),
                "tetanic_force_fraction": whole / tetanus,
                "tetanus_twitch_ratio": whole / single if responding else None,
                "mg_total_mM": mg / SHARE,
            }
        )
    along = {mg: least[conditions.index((o.ca[0], mg))] for mg in sorted(o.mg)}
    other = {mg: least[conditions.index((o.ca[1], mg))] for mg in sorted(o.mg)} if len(o.ca) > 1 else {}
    fibre_spread = lognormal(o.safety_factor, o.cv)
    block, course, blocked = _blocked(run, factors, o.ca[0], failing_at(along, fibre_spread, BLOCKED), twitch)
    middle = len(factors) // 2  # the fibre that is traced
    shown = _telling(rows_where(rows, ca_mM=o.ca[0]))
    tables = {
        "table": Table(
            rows,
            COLUMNS,
            singles.recording.subset([conditions.index(c) * len(factors) + middle for c in shown]),
            [{"ca_mM": ca, "mg_mM": mg, "safety_factor": factors[middle]} for ca, mg in shown],
        )
    }
    if blocked:
        cells = [middle, len(factors) + middle]
        identify = [{"ca_mM": r["ca_mM"], "mg_mM": r["mg_mM"], "safety_factor": factors[middle]} for r in block]
        tables["block"] = Table(block, BLOCK_COLUMNS, blocked.recording.subset(cells), identify)
        tables["course"] = Table(course, COURSE_COLUMNS)
    borders = {
        "begins": failing_at(along, fibre_spread, FEW),
        "complete": failing_at(along, fibre_spread, NEARLY_ALL),
        "force_lost": _falls_below(rows_where(rows, ca_mM=o.ca[0]), "tetanic_force_fraction", LOST),
        "complete_other": failing_at(other, fibre_spread, NEARLY_ALL),
    }
    return Report(
        tables=tables,
        findings=findings(rows, block, borders, least[0], o.ca),
        draw=lambda: draw(rows, block, course, borders, o.ca),
        limits=[
            "That magnesium competes with calcium was measured in frog (DodgeRahamimoff1967), and its constant is "
            "remembered, not seen; what magnesium below normal does to release in mammals is an extrapolation: no such "
            "endplate potentials were found.",
            "What spread of safety factors a muscle has is taken from curare in cats (PatonWaud1967); the mean of 3 in "
            "people is an assumption. Fibres stand for equal shares of a lognormal distribution.",
            "The train of four is the number of fibres that answer, which is the summed action potential where all have "
            "the same size.",
            "The published ladder is in total magnesium of serum, of which 0.65 is taken to be ionised (vanIngen1994); "
            "its signs come from the whole patient, reflexes and breathing too, not from the junction alone.",
            "The nerve conducts here whatever the magnesium. Magnesium's weak effect behind the junction, on the response "
            "to acetylcholine, is not in it.",
            "The pool of vesicles refills at one speed, in rest and in work; a tetanus may be undone less than in life by "
            "that.",
            "A model, not advice: nothing here says how magnesium sulphate is given.",
        ],
    )


def _telling(rows: Rows) -> list[Condition]:
    """Normal ions, the least magnesium, and the first at which half of the fibres or more fail: what is traced."""
    failing = [r for r in rows if r["responding_fraction"] <= 0.5]
    return list(dict.fromkeys([NORMAL, *((r["ca_mM"], r["mg_mM"]) for r in (rows[0], *failing[:1]))]))


# ------------------------------------------------------------------------------------------------------------- a muscle


def lognormal(mean: float, cv: float) -> NormalDist:
    """The distribution of the logarithm of a quantity that has a lognormal distribution."""
    variance = float(np.log(1 + cv**2))
    return NormalDist(float(np.log(mean)) - variance / 2, variance**0.5)


def population(fibres: int, mean: float, cv: float) -> NDArray[np.float64]:
    """Safety factors of fibres that stand for a muscle: the middles of equal shares of a lognormal distribution."""
    spread = lognormal(mean, cv)
    return np.array([np.exp(spread.inv_cdf((k + 0.5) / fibres)) for k in range(fibres)])


def stimulated(
    run: Run, conditions: Sequence[Condition], factors: NDArray[np.float64], protocol: Protocol, until: float
) -> Recording:
    """Every fibre in all ions, fibre after fibre and condition after condition; every release is the mean one."""
    ca, mg = zip(*conditions, strict=True)
    each = len(factors)
    return run.simulate(
        FIBRE,
        ions=Ions(ca=np.repeat(ca, each), mg=np.repeat(mg, each)),
        protocol=protocol,
        parameters={"safety_factor": np.tile(factors, len(conditions))},
        duration=round(until, 3),
        sample=SAMPLE_MS,
        noise=False,
    )


class Answers:
    """What the fibres of a muscle answer, condition by condition.

    Parameters
    ----------
    recording : Recording
        From `stimulated`.
    fibres : int
        How many there are in every condition.
    """

    def __init__(self, recording: Recording, fibres: int) -> None:
        self.recording, self.fibres = recording, fibres

    def _cells(self, condition: int) -> range:
        return range(condition * self.fibres, (condition + 1) * self.fibres)

    def share(self, condition: int, at: float) -> float:
        """Share of the fibres that answer an impulse of the nerve."""
        events = self.recording.events
        return sum(measures.count(events(c), at, at + ANSWER_S) > 0 for c in self._cells(condition)) / self.fibres

    def alone(self, condition: int) -> float:
        """Share of the fibres that have an impulse before the nerve has its first."""
        return (
            sum(measures.count(self.recording.events(c), 0, START_S) > 0 for c in self._cells(condition)) / self.fibres
        )

    def force(self, condition: int) -> NDArray[np.float64]:
        """Force of the muscle over time, above that at rest, as a share of the most its fibres can give."""
        force = np.mean([self.recording.trace("force_1", c) for c in self._cells(condition)], axis=0)
        return np.asarray(force - force[0])

    def twitch(self, condition: int, at: float) -> float:
        """How much force one impulse adds."""
        t, force = self.recording.trace_time, self.force(condition)
        during = force[(t > at - 1e-9) & (t < at + TWITCH_S)]
        return float(during.max() - during[0])


def released(
    run: Run, conditions: Sequence[Condition], safety_factor: float, **parameters: Any
) -> tuple[list[float], list[float]]:
    """Quanta that an impulse releases, and the endplate potential in mV where no sodium channel opens."""
    ca, mg = zip(*conditions, strict=True)
    recording = run.simulate(
        JUNCTION,
        ions=Ions(ca=list(ca), mg=list(mg)),
        protocol=Impulses([5e-3]),
        parameters={
            "n_release": [run.value(JUNCTION, "n_release")] * len(conditions),
            "safety_factor": safety_factor,
            **parameters,
        },
        duration=0.02,
        sample=0.05,
        noise=False,
    )
    pool = run.value(JUNCTION, "N_pool")
    ready = [recording.trace("n_ready_1", cell) for cell in range(len(recording))]
    potential = [recording.trace("V_mV", cell) for cell in range(len(recording))]
    return [float(pool * (n[0] - n.min())) for n in ready], [float(v.max() - v[0]) for v in potential]


def least_safety_factors(run: Run, conditions: Sequence[Condition]) -> list[float | None]:
    """The least safety factor (in reference ions) with which a fibre answers a single impulse; None if none suffices."""
    fibre = load_model(FIBRE)
    wide = replace(fibre.parameters["safety_factor"], range=LEAST)  # sought here, not claimed for a muscle
    fibre = replace(fibre, parameters={**fibre.parameters, "safety_factor": wide})
    ca, mg = (np.repeat(ion, AT_ONCE) for ion in zip(*conditions, strict=True))
    low, high = (np.full(len(conditions), end) for end in LEAST)
    found = np.ones(len(conditions), dtype=bool)
    for spacing in (np.geomspace, np.linspace):
        factors = np.asarray(spacing(low, high, AT_ONCE, axis=-1))
        recording = run.simulate(
            fibre,
            ions=Ions(ca=ca, mg=mg),
            protocol=Impulses([5e-3]),
            parameters={"safety_factor": factors.ravel()},
            duration=5e-3 + ANSWER_S,
            sample=SAMPLE_MS,
            noise=False,
        )
        answers = np.array([len(recording.events(cell)) > 0 for cell in range(len(recording))]).reshape(factors.shape)
        found &= answers.any(axis=-1)
        first = answers.argmax(axis=-1)[:, None]
        high = np.take_along_axis(factors, first, axis=-1)[:, 0]
        low = np.take_along_axis(factors, np.maximum(first - 1, 0), axis=-1)[:, 0]
        low, high = np.where(low < high, low, LEAST[0]), np.where(found, high, LEAST[1])
    return [float(factor) if there else None for factor, there in zip(high, found, strict=True)]


def failing_at(least: dict[float, float | None], spread: NormalDist, share: float) -> float | None:
    """The magnesium at which a share of the fibres fails: mM, between the levels; None if it lies beyond them."""
    known = [(mg, float(np.log(factor))) for mg, factor in sorted(least.items()) if factor is not None]
    wanted = spread.inv_cdf(share)
    for (mg, below), (more, above) in pairwise(known):
        if below < wanted <= above:
            return mg + (more - mg) * (wanted - below) / (above - below)
    return None


def _falls_below(rows: Rows, column: str, level: float) -> float | None:
    """The magnesium at which a column first falls below a level: mM, between the rows."""
    for one, other in pairwise(rows):
        a, b = one[column], other[column]
        if a >= level > b:
            return float(one["mg_mM"] + (other["mg_mM"] - one["mg_mM"]) * (a - level) / (a - b))
    return None


def ratio(value: float | None, of: float | None) -> float | None:
    """A ratio, None where there is nothing to divide by."""
    return value / of if value is not None and of else None


def _blocked(
    run: Run, factors: NDArray[np.float64], ca: float, mg: float | None, twitch: float
) -> tuple[Rows, Rows, Answers | None]:
    """Train of four, long tetanus and the twitch after it, in normal ions and where three quarters of the fibres fail."""
    if mg is None:
        return [], [], None
    run.announce("5 s at 50 Hz where three quarters of the fibres fail")
    conditions = [NORMAL, (ca, mg)]
    answers = Answers(stimulated(run, conditions, factors, ALL, AFTER_S + TWITCH_S), len(factors))
    t, impulses = answers.recording.trace_time, LONG.volleys()
    late = (t >= LONG.end - 0.5) & (t < LONG.end)
    normal = float(answers.force(0)[late].mean())
    block: Rows = []
    course: Rows = []
    for k, (own_ca, own_mg) in enumerate(conditions):
        force, single = answers.force(k), answers.twitch(k, START_S)
        block.append(
            {
                "ca_mM": own_ca,
                "mg_mM": own_mg,
                "responding_fraction": answers.share(k, START_S),
                "train_of_four": ratio(answers.share(k, FOUR[3]), answers.share(k, START_S)),
                "force_fraction": single / twitch,
                "tetanus_fourth_over_first": ratio(answers.share(k, impulses[3]), answers.share(k, impulses[0])),
                "tetanic_force_fraction": float(force[late].mean()) / normal,
                "tetanus_twitch_ratio": ratio(float(force[late].mean()), single),
                "post_tetanic_twitch_ratio": ratio(answers.twitch(k, AFTER_S), single),
            }
        )
        course += [
            {"mg_mM": own_mg, "time_s": float(t[s]), "force_fraction": float(force[s]) / normal}
            for s in range(0, len(t), 10)
        ]
    return block, course, answers


# --------------------------------------------------------------------------------------------------------------- findings


def findings(
    rows: Rows, block: Rows, borders: dict[str, float | None], least: float | None, ca: Sequence[float]
) -> list[Finding]:
    """What the rows show, beside what is published."""
    found = Findings("no magnesium level of this run is near enough")
    own = rows_where(rows, ca_mM=ca[0])
    found.add(
        "least_safety_factor",
        "1",
        "a fibre answers a single impulse in normal ions with a safety factor of 1, by definition, within 5 %",
        "model",
        None
        if least is None
        else (
            f"In normal ions a safety factor of {least:.2f} suffices for a single impulse.",
            least,
            abs(least - 1) <= 0.05,
        ),
    )
    low, normal = own[0], rows_where(own, mg_mM=NORMAL[1])
    gain = low["quantal_content"] / normal[0]["quantal_content"] if normal else None
    found.add(
        "low_magnesium",
        "1",
        "release rises by 45 % at most, and every fibre answers every impulse, as in normal ions",
        "model",
        None
        if gain is None or low["mg_mM"] >= NORMAL[1]
        else (
            f"At {low['mg_mM']:g} mM magnesium an impulse releases {100 * (gain - 1):.0f} % more than in normal ions, and "
            f"{low['responding_fraction']:.0%} of the fibres answer (normal: {normal[0]['responding_fraction']:.0%}), "
            f"train of four {_number(low['train_of_four'])}: a healthy junction gains nothing from low magnesium.",
            gain,
            1 < gain <= 1.45
            and {r[c] for r in (low, *normal) for c in ("responding_fraction", "train_of_four")} == {1.0},
        ),
    )
    for name, border, (sign, low_end, high_end), does in (
        ("block_begins", borders["begins"], LADDER[0], f"A single impulse fails in {FEW:.0%} of the fibres"),
        ("block_complete", borders["complete"], LADDER[1], f"A single impulse fails in {NEARLY_ALL:.0%} of the fibres"),
        ("force_lost", borders["force_lost"], LADDER[2], f"A second at 50 Hz gives {LOST:.0%} of its normal force"),
    ):
        found.add(
            name,
            "mM",
            f"{sign} at {low_end:g} to {high_end:g} mM total magnesium in people",
            "JahnenDechentKetteler2012",
            None
            if border is None
            else (
                f"{does} at {border:.2f} mM ionised, {border / SHARE:.1f} mM total magnesium; {sign} in people at "
                f"{low_end:g} to {high_end:g} mM total.",
                border / SHARE,
                low_end <= border / SHARE <= high_end,
            ),
        )
    _against_the_pigs(found, block)
    _against_calcium(found, rows, borders, ca)
    return list(found)


#: What Lee and others found where the single response is down by three quarters.
PIGS = (
    ("train_of_four", "the train of four does not fade: 0.9 or more"),
    ("twitch_and_potential", "the twitch falls rather more than the action potential"),
    ("tetanus_begins", "the fourth action potential of a tetanus is much larger than the first: 1.5 or more"),
    ("tetanus_outlasts", "after 5 s at 50 Hz the force is back at its control value: 0.9 or more"),
    (
        "tetanus_over_twitch",
        "tetanus over twitch rises from 2.8 +- 0.7 to 11.5 +- 4.0: 4.1-fold, 2.1 to 7.4 by these SDs",
    ),
    ("after_the_tetanus", "the twitch after a tetanus is 4.6 +- 1.4 of that before"),
)


def _against_the_pigs(found: Findings, block: Rows) -> None:
    """Nothing in the model was fitted to these."""
    said = _beside_the_pigs(*block) if block and block[1]["responding_fraction"] else {}
    for name, expected in PIGS:
        found.add(name, "1", f"{expected} (pig, single response down by 75 %)", "Lee1996", said.get(name))


def _beside_the_pigs(control: dict[str, Any], blocked: dict[str, Any]) -> dict[str, tuple[str, Any, bool]]:
    fails = f"where {1 - blocked['responding_fraction']:.0%} of the fibres fail"
    fade, grows, force = (
        blocked[name] for name in ("train_of_four", "tetanus_fourth_over_first", "tetanic_force_fraction")
    )
    twitch = blocked["force_fraction"] / blocked["responding_fraction"]
    before, then = control["tetanus_twitch_ratio"], blocked["tetanus_twitch_ratio"]
    after = blocked["post_tetanic_twitch_ratio"]
    return {
        "train_of_four": (f"The train of four is {fade:.2f} {fails}.", fade, fade >= 0.9),
        "twitch_and_potential": (
            f"The twitch is {blocked['force_fraction']:.3f} of normal, the summed action potential "
            f"{blocked['responding_fraction']:.3f}.",
            twitch,
            twitch < 1,
        ),
        "tetanus_begins": (
            f"The fourth action potential of the tetanus is {grows:.2f} of the first {fails}.",
            grows,
            grows >= 1.5,
        ),
        "tetanus_outlasts": (f"After 5 s at 50 Hz the force is {force:.2f} of normal {fails}.", force, force >= 0.9),
        "tetanus_over_twitch": (
            f"Tetanus over twitch is {before:.1f} in normal ions and {then:.1f} {fails}: it rises {then / before:.1f}-fold.",
            then / before,
            2.1 <= then / before <= 7.4,
        ),
        "after_the_tetanus": (
            f"A second after the tetanus a twitch is {after:.1f} of that before it {fails} (normal: "
            f"{control['post_tetanic_twitch_ratio']:.2f}).",
            after,
            3.2 <= after <= 6.0,
        ),
    }


def _against_calcium(found: Findings, rows: Rows, borders: dict[str, float | None], ca: Sequence[float]) -> None:
    """More calcium against the block."""
    pairs = (
        [(a, b) for a in rows_where(rows, ca_mM=ca[0]) for b in rows_where(rows, ca_mM=ca[1], mg_mM=a["mg_mM"])]
        if len(ca) > 1
        else []
    )
    partly = [pair for pair in pairs if pair[0]["responding_fraction"] < 1]
    most = max(partly, key=lambda p: abs(p[1]["responding_fraction"] - p[0]["responding_fraction"]), default=None)
    why = "this run has one level of calcium" if len(ca) < 2 else ""
    found.add(
        "calcium_counteracts",
        "1",
        "calcium counteracts the block" if len(ca) < 2 or ca[1] > ca[0] else "less calcium makes the block stronger",
        "DelCastilloEngbaek1954",
        most
        and (
            f"At {most[0]['mg_mM']:g} mM magnesium {most[0]['responding_fraction']:.0%} of the fibres answer in "
            f"{ca[0]:g} mM calcium and {most[1]['responding_fraction']:.0%} in {ca[1]:g} mM.",
            most[1]["responding_fraction"] - most[0]["responding_fraction"],
            all((b["responding_fraction"] - a["responding_fraction"]) * (ca[1] - ca[0]) >= 0 for a, b in pairs)
            and most[1]["responding_fraction"] != most[0]["responding_fraction"],
        ),
        why,
    )
    complete = borders["complete_other"]
    found.add(
        "block_in_rats",
        "mM",
        "6 mM just blocks single responses of the rat's diaphragm (37 degrees; its calcium is not stated): 5 to 7 mM",
        "Stovner1957",
        None
        if complete is None
        else (
            f"In {ca[1]:g} mM calcium a single impulse fails in {NEARLY_ALL:.0%} of the fibres at {complete:.1f} mM.",
            complete,
            5 <= complete <= 7,
        ),
        why,
    )


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.2f}"


# ----------------------------------------------------------------------------------------------------------------- figure


def draw(rows: Rows, block: Rows, course: Rows, borders: dict[str, float | None], ca: Sequence[float]) -> Figure:
    """Answers and force against magnesium below the published ladder; release and safety factor; the tetanus."""
    from matplotlib.figure import Figure

    figure = Figure()
    figure.suptitle(_title(rows_where(rows, ca_mM=ca[0]), block, borders["complete"]), fontweight="bold")
    axes: Any = figure.subplot_mosaic([["answers", "safety"], ["answers", "tetanus"]], width_ratios=[1.35, 1])
    _answers(axes["answers"], rows, ca)
    _safety(axes["safety"], rows_where(rows, ca_mM=ca[0]))
    _tetanus(axes["tetanus"], block, course)
    figure.supxlabel(
        "People: total magnesium of serum (Jahnen-Dechent 2012), 0.65 of it ionised. Competition was measured in frog;\n"
        "below normal magnesium it is extrapolated. A model, not advice.",
        fontsize="x-small",
        color=figures.GREY,
    )
    return figure


def _title(rows: Rows, block: Rows, complete: float | None) -> str:
    first = "Magnesium blocks single impulses" + (f" at {complete:.1f} mM" if complete else "")
    if rows[0]["mg_mM"] < NORMAL[1] and rows[0]["responding_fraction"] == 1:
        first += "; low magnesium adds nothing"
    if not block:
        return first
    return (
        f"{first}.\nWhere they fail in {1 - block[1]['responding_fraction']:.0%} of the fibres, a tetanus has "
        f"{block[1]['tetanic_force_fraction']:.0%} of its force"
    )


def _answers(ax: Axes, rows: Rows, ca: Sequence[float]) -> None:
    size = 0.4 * float(mpl.rcParams["font.size"])
    lines = [(ca[0], "responding_fraction", "single impulse: fibres")]
    lines += [(ca[0], "tetanic_force_fraction", "50 Hz for 1 s: force")]
    lines += [(other, "responding_fraction", f"single, Ca {other:g} mM") for other in ca[1:4]]
    for (level, column, label), (color, dash, marker) in zip(lines, figures.SERIES, strict=False):
        own = rows_where(rows, ca_mM=level)
        x, y = [r["mg_mM"] for r in own], [100 * r[column] for r in own]
        ax.plot(x, y, color=color, ls=dash, marker=marker, ms=size, label=label, clip_on=False)
    for k, (sign, low, high) in enumerate(LADDER):
        height = 178 - 18 * k
        ax.barh(
            height, SHARE * (high - low), left=SHARE * low, height=11, color=figures.ORANGE, alpha=0.4 + 0.25 * k, lw=0
        )
        ax.text(SHARE * high + 0.08, height, sign.replace(", ", ",\n"), va="center", fontsize="small", linespacing=0.95)
    ax.text(0.7, 178, "people", va="center", fontsize="small", fontweight="bold")
    ax.axvline(NORMAL[1], ymax=0.9, color=figures.GREY, ls=":", lw=0.6 * float(mpl.rcParams["lines.linewidth"]))
    ax.text(NORMAL[1] + 0.06, 4, "normal", color=figures.GREY, fontsize="small", rotation=90, va="bottom")
    ax.set_xlim(0, max(7.0, *(r["mg_mM"] for r in rows)))
    ax.set_ylim(0, 190)
    ax.set_yticks([0, 25, 50, 75, 100])
    ax.set_xlabel("ionised magnesium (mM)")
    ax.set_ylabel("% of fibres, or of normal force", y=0.28)
    ax.legend(fontsize="small", loc="lower right", bbox_to_anchor=(1.02, 0.31), borderpad=0)
    both: Any = (lambda x: x / SHARE, lambda x: x * SHARE)
    above: Any = ax.secondary_xaxis("top", functions=both)
    above.set_xlabel("total magnesium of serum (mM)")


def _safety(ax: Axes, rows: Rows) -> None:
    size = 0.4 * float(mpl.rcParams["font.size"])
    known = [(r["mg_mM"], r["safety_factor"]) for r in rows if r["safety_factor"] is not None]
    normal = [r["quantal_content"] for r in rows_where(rows, mg_mM=NORMAL[1])]
    lines = [(known, "safety factor of the mean fibre")]
    lines += [([(r["mg_mM"], r["quantal_content"] / n) for r in rows], "release / normal") for n in normal]
    for (points, label), (color, dash, marker) in zip(lines, figures.SERIES, strict=False):
        ax.plot(*zip(*points, strict=True), color=color, ls=dash, marker=marker, ms=size, label=label)
    ax.axhline(1, color=figures.GREY, ls=":", lw=0.6 * float(mpl.rcParams["lines.linewidth"]))
    ax.set_yscale("log")
    ax.set_ylim(0.05, 20)
    ax.set_yticks([0.1, 1, 10], ["0.1", "1", "10"])
    ax.set_xlim(0, max(7.0, *(r["mg_mM"] for r in rows)))
    ax.set_xlabel("ionised magnesium (mM)")
    ax.legend(fontsize="small", loc="upper right", borderpad=0)


def _tetanus(ax: Axes, block: Rows, course: Rows) -> None:
    if not block:
        ax.set_axis_off()
        return
    for row, (color, dash, _) in zip(block, figures.SERIES, strict=False):
        own = rows_where(course, mg_mM=row["mg_mM"])
        fails = 1 - row["responding_fraction"]
        label = f"Mg {row['mg_mM']:.2g} mM" + (f": single impulses fail in {fails:.0%}" if fails else "")
        ax.plot([r["time_s"] for r in own], [100 * r["force_fraction"] for r in own], color=color, ls=dash, label=label)
    for at, text in ((FOUR[0] + 0.75, "2 Hz"), ((LONG.start + LONG.end) / 2, "50 Hz"), (AFTER_S, "one")):
        ax.text(at, 106, text, ha="center", fontsize="small")
    ax.set_xlim(0, AFTER_S + TWITCH_S)
    ax.set_ylim(0, 165)
    ax.set_yticks([0, 50, 100])
    ax.set_xlabel("time (s)")
    ax.set_ylabel("force (%)", y=0.3)
    ax.legend(fontsize="small", loc="upper right", borderpad=0)


if __name__ == "__main__":
    run_as_script(magnesium_block)
