"""What has been measured at the neuromuscular junction and in muscle: rows of `validation`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from excitability.experiments._observation import CALIBRATED, NOT_MODELLED, PREDICTED, Observation, Shared
from excitability.experiments.calcium_trigger import contraction, steepness_of
from excitability.experiments.magnesium_block import population

from excitability import (
    Impulses,
    Ions,
    Protocol,
    Rest,
    Step,
    Train,
    assays,
    load_model,
    measures,
    motor_pool,
    rows_where,
)

if TYPE_CHECKING:
    from excitability import Recording, Run

AT_S = 0.01  # the first impulse
RATES_HZ = (5.0, 8.0, 10.0, 13.0, 20.0, 50.0)
MG_INSIDE_MM = (0.1, 0.3, 1.0, 2.0)
SAFETY, SPREAD, FIBRES = 3.0, 0.35, 16  # mean and coefficient of variation of the safety factor, and how many fibres
LADDER_MM = (0.55, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.25, 2.5, 2.7, 2.9, 3.1, 3.3, 3.5, 4.0, 4.5, 5.0)
RELEASE = (  # calcium and magnesium, mM, exponent
    (0.10, 0.55, 4.0), (0.12, 0.55, 4.0), (0.10, 2.0, 4.0), (0.12, 2.0, 4.0), (0.6, 0.55, 4.0), (0.72, 0.55, 4.0),
    (0.2, 1.0, 4.0), (0.6, 1.0, 4.0), (0.2, 1.0, 3.0), (0.6, 1.0, 3.0), (0.05, 4.0, 4.0), (0.06, 4.0, 4.0),
)  # fmt: skip
HUMAN_RATE_HZ = 15.8  # Macefield2000: of units in a maximal voluntary effort

# ------------------------------------------------------------------------------------------------------------- groups of runs


def release(run: Run) -> Recording:
    """Pairs of impulses, 10 ms apart, at junctions in the ions of `RELEASE`; and a 50 Hz train in normal ions."""
    ca, mg, n = (list(values) for values in zip(*RELEASE, strict=True))
    pair = Impulses([AT_S, AT_S + 0.01])
    trains: list[Protocol] = [Train(rate=50.0, duration=1.0, start=AT_S)]
    return run.simulate(
        "neuromuscular_junction",
        ions=Ions(ca=[*ca, 1.2], mg=[*mg, 0.55]),
        protocol=[pair] * len(ca) + trains,
        parameters={"n_release": [*n, 4.0]},
        duration=1.2,
        noise=False,
    )


def fibre(run: Run) -> Recording:
    """A fibre left alone, given a small current, impulses at several rates, and one impulse with other magnesium inside."""
    normal = run.value("muscle_fibre", "Mg_i")
    trains: list[Protocol] = [Train(rate=rate, duration=1.0, start=AT_S) for rate in RATES_HZ]
    once = Impulses([AT_S])
    return run.simulate(
        "muscle_fibre",
        protocol=[Rest(), Step(-0.5, 0.2, 0.1), once, *trains, *[once] * len(MG_INSIDE_MM)],
        parameters={"Mg_i": [*[normal] * (3 + len(RATES_HZ)), *MG_INSIDE_MM]},
        duration=1.35,
        sample=0.1,
        noise=False,
    )


def fast_fibre(run: Run) -> Recording:
    """One impulse of the fast fibre."""
    return run.simulate(
        "muscle_fibre",
        protocol=Impulses([AT_S]),
        parameters={name: [fast.value] for name, fast in motor_pool.FAST_FIBRE.items()},
        duration=0.3,
        sample=0.1,
        noise=False,
    )


def ladder(run: Run) -> list[float]:
    """Share of the fibres that answer a single impulse, at every level of magnesium."""
    factors = population(FIBRES, SAFETY, SPREAD)
    recording = run.simulate(
        "muscle_fibre",
        ions=Ions(ca=1.2, mg=list(LADDER_MM)).repeated(len(factors)),
        protocol=Impulses([AT_S]),
        parameters={"safety_factor": np.tile(factors, len(LADDER_MM)).tolist()},
        duration=0.03,
        traced=[],
        noise=False,
    )
    fired = np.array([len(recording.events(c)) > 0 for c in range(len(recording))])
    return [float(share) for share in fired.reshape(len(LADDER_MM), -1).mean(axis=1)]


def skinned(run: Run) -> list[dict[str, Any]]:
    """Half force (pCa), slope and greatest force of contractile proteins in a bath, from little to much magnesium."""
    rows, _, _ = contraction(run)
    return [steepness_of(rows_where(rows, mg_i_mM=mg)) for mg in sorted({row["mg_i_mM"] for row in rows})]


def pool(run: Run) -> list[measures.SelfSustained]:
    """Firing of the ten motoneurons of the pool after a 20 Hz train at low magnesium."""
    train = Train(rate=20.0)
    units = motor_pool.motoneurons()
    recording = run.simulate(
        motor_pool.model("motoneuron", units),
        ions=Ions(ca=[1.2] * len(motor_pool.UNITS), mg=[0.25] * len(motor_pool.UNITS)),
        protocol=train,
        parameters=units,
        watch=20.0,
        traced=[],
    )
    return [
        measures.self_sustained(recording.events(c), after=train.end, until=recording.duration)
        for c in range(len(recording))
    ]


# -------------------------------------------------------------------------------------------------------- what a row measures


def quanta(recording: Recording, cell: int, impulse: int = 0) -> float:
    """Quanta that an impulse releases: what the pool of vesicles loses."""
    ready, time = recording.trace("n_ready_1", cell), recording.trace_time
    at = int(np.searchsorted(time, recording.stimuli[cell][impulse] - 1e-6))
    return float(load_model("neuromuscular_junction").parameters["N_pool"].value * (ready[at - 1] - ready[at]))


def slope(shared: Shared, low: int) -> float:
    """Of log release over log calcium, between two junctions of `RELEASE`."""
    recording = shared(release)
    more, less = (quanta(recording, low + k) for k in (1, 0))
    return float(np.log(more / less) / np.log(RELEASE[low + 1][0] / RELEASE[low][0]))


def facilitation(shared: Shared) -> float:
    """Release of a second impulse over that of the first, less one, 10 ms apart at low calcium."""
    return quanta(shared(release), 0, 1) / quanta(shared(release), 0, 0) - 1


def plateau(shared: Shared) -> float:
    """Endplate potential at the end of 1 s of 50 Hz over the first."""
    recording, cell = shared(release), len(RELEASE)
    v, time = recording.trace("V_mV", cell), recording.trace_time
    heights = [v[(time >= at) & (time < at + 0.01)].max() - v[time <= at][-1] for at in recording.stimuli[cell]]
    return float(np.mean(heights[-10:]) / heights[0])


def _said_of_release(shared: Shared) -> str:
    recording = shared(release)
    return (
        f"{quanta(recording, 8):.2f} to {quanta(recording, 9):.1f} quanta with exponent 3, {quanta(recording, 6):.2f} to "
        f"{quanta(recording, 7):.1f} with 4, at 1 mM Mg, which the source does not state"
    )


def block(shared: Shared, left: float) -> float | None:
    """Lowest magnesium, mM, at which no more than a share of the fibres answers, interpolated."""
    answers = np.array(shared(ladder))
    if answers.min() > left:
        return None
    first = int(np.argmax(answers <= left))
    if first == 0:
        return LADDER_MM[0]
    a, b = answers[first - 1], answers[first]
    return float(LADDER_MM[first - 1] + (LADDER_MM[first] - LADDER_MM[first - 1]) * (a - left) / (a - b))


REST, STEP, ONE, TRAINS = 0, 1, 2, 3  # cells of `fibre`
INSIDE = TRAINS + len(RATES_HZ)


def resting_conductance(shared: Shared) -> float:
    """Of the fibre, by a small inward current, mS/cm2."""
    recording = shared(fibre)
    v, time = recording.trace("V_mV", STEP), recording.trace_time
    return float(0.5 / (v[time < 0.1][-1] - v[time < 0.3][-1]))  # uA/cm2 over mV


def impulse(shared: Shared) -> measures.Twitch:
    """The fibre's action potential."""
    recording = shared(fibre)
    early = recording.trace_time < 0.04
    return measures.twitch(recording.trace_time[early], recording.trace("V_mV", ONE)[early], at=AT_S)


def calcium(shared: Shared, cell: int = ONE) -> measures.Twitch:
    """The calcium transient of one impulse, uM."""
    recording = shared(fibre)
    return measures.twitch(recording.trace_time, recording.trace("Ca_i_uM", cell), at=AT_S)


def fast_calcium(shared: Shared) -> measures.Twitch:
    """The same in the fast fibre."""
    recording = shared(fast_fibre)
    return measures.twitch(recording.trace_time, recording.trace("Ca_i_uM", 0), at=AT_S)


def twitch(shared: Shared) -> measures.Twitch:
    """Force of one impulse."""
    recording = shared(fibre)
    return measures.twitch(recording.trace_time, recording.trace("force_1", ONE), at=AT_S)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else 1e3 * seconds


def forces(shared: Shared) -> list[float]:
    """Greatest force of one impulse and at every rate, over that at the highest rate."""
    recording = shared(fibre)
    found = [recording.trace("force_1", c).max() - recording.trace("force_1", c)[0] for c in range(ONE, INSIDE)]
    return [float(f / found[-1]) for f in found]


def half_maximum(shared: Shared) -> float:
    """Rate of half the greatest force, Hz; between rates on a logarithmic scale."""
    return float(np.exp(np.interp(0.5, forces(shared), np.log([1.0, *RATES_HZ]))))


def _said_of_force(shared: Shared) -> str:
    shares = ", ".join(f"{f:.2f} at {rate:g}" for f, rate in zip(forces(shared), [1.0, *RATES_HZ], strict=True))
    return f"share of the force at 50 Hz: {shares} Hz"


def following(shared: Shared) -> float:
    """Share of 50 impulses at 50 Hz that become impulses of the fibre."""
    recording, cell = shared(fibre), INSIDE - 1
    return len(recording.events(cell)) / len(recording.stimuli[cell])


def potassium(shared: Shared) -> float:
    """Highest potassium in the tubules in 1 s at 50 Hz, mM."""
    return float(shared(fibre).trace("K_t_mM", INSIDE - 1).max())


def tetanic_calcium(shared: Shared) -> float:
    """Mean calcium at the end of 1 s at 50 Hz, uM."""
    recording = shared(fibre)
    late = (recording.trace_time > AT_S + 0.8) & (recording.trace_time < AT_S + 0.98)
    return float(recording.trace("Ca_i_uM", INSIDE - 1)[late].mean())


def resting_calcium(shared: Shared, mg: float) -> float:
    """Resting calcium at a magnesium inside over that at the reference, uM/uM."""
    recording = shared(fibre)
    inside = recording.trace("Ca_i_uM", INSIDE + MG_INSIDE_MM.index(mg))[0]
    return float(inside / recording.trace("Ca_i_uM", REST)[0])


def peak_ratio(shared: Shared) -> float:
    """Calcium peak at 0.1 over that at 1 mM magnesium inside."""
    few, much = (calcium(shared, INSIDE + MG_INSIDE_MM.index(mg)).height for mg in (0.1, 1.0))
    return few / much


def leak_exponent(shared: Shared) -> float:
    """Slope of log leak over log magnesium inside, below the knee, with the sign turned."""
    from excitability import divalents

    constants = {n: shared.run.value("muscle_fibre", n) for n in divalents.ryanodine_leak.parameters}
    few, fewer = (float(divalents.ryanodine_leak(Mg=mg, **constants)) for mg in (0.02, 0.01))
    return float(np.log(fewer / few) / np.log(2.0))


def half_block(shared: Shared) -> float:
    """Magnesium that halves what magnesium can block of the release flux, uM."""
    from excitability import divalents

    constants = {n: shared.run.value("muscle_fibre", n) for n in divalents.ryanodine_block.parameters}
    none, all_ = (float(divalents.ryanodine_block(Mg=mg, **constants)) for mg in (0.0, 1e6))
    levels = np.geomspace(1e-3, 10.0, 4001)
    factor = divalents.ryanodine_block(Mg=levels, **constants)
    return float(1e3 * np.interp(-(none + all_) / 2, -factor, levels))


def _said_of_pca(shared: Shared) -> str:
    return "; ".join(
        f"{row['mg_i_mM']:g} mM: pCa50 {row['pCa50']:.2f}, slope {row['hill_slope']:.2f}, greatest force "
        f"{row['greatest_force']:.2f}"
        for row in shared(skinned)
    )


def by_magnesium_inside(shared: Shared, name: str) -> tuple[float, float]:
    """A measure of the contractile proteins in the least and in the most magnesium."""
    rows = shared(skinned)
    return float(rows[0][name]), float(rows[-1][name])


def _ratio(pair: tuple[float, float]) -> float:
    return pair[1] / pair[0]


def cramp_rate(shared: Shared) -> float | None:
    """Mean rate of the pool's units that hold a cramp, over that of a voluntary effort."""
    rates = [f.rate for f in shared(pool) if f.rate is not None and f.duration >= assays.CRAMP_S]
    return float(np.mean(rates)) / HUMAN_RATE_HZ if rates else None


def _said_of_the_pool(shared: Shared) -> str:
    return ", ".join(
        f"{unit.name} {f.duration:.1f} s" + (f" at {f.rate:.0f} Hz" if f.rate else "")
        for unit, f in zip(motor_pool.UNITS, shared(pool), strict=True)
    )


def holds_longest(shared: Shared) -> float | None:
    """How long slow units hold their firing over how long fast-fatigable ones do, medians; 0.4 s is the least."""
    firing = dict(zip(motor_pool.UNITS, shared(pool), strict=True))
    slow, fast = (
        float(np.median([max(f.duration, measures.GAP_S) for u, f in firing.items() if u.kind == kind]))
        for kind in ("S", "FF")
    )
    return slow / fast


# fmt: off
MUSCLE: list[Observation] = [
    Observation(
        "muscle-1", "slope of release over Ca at low Ca (logarithms)", "DodgeRahamimoff1967", "3.78 +- 0.2", 3.4, 4.1,
        "1", CALIBRATED, lambda s: slope(s, 0), "by the exponent 4; 0.10 to 0.12 mM",
    ),
    Observation(
        "muscle-1b", "the same in 2 mM Mg over that in 0.55 mM", "DodgeRahamimoff1967", "1 (unchanged by Mg)", 0.95, 1.05,
        "1", CALIBRATED, lambda s: slope(s, 2) / slope(s, 0), "by the form of the competition",
    ),
    Observation(
        "muscle-2", "slope of release near normal Ca", "DodgeRahamimoff1967", "below 3", None, 3, "1", PREDICTED,
        lambda s: slope(s, 4), "0.60 to 0.72 mM", strict=True,
    ),
    Observation(
        "muscle-3", "fourth power in much Mg at the lowest release: slope", "AndreuBarrett1980", "clearly below 4", None, 3.4,
        "1", PREDICTED, lambda s: slope(s, 10), "4 mM Mg, 0.05 to 0.06 mM Ca; a known misfit of the formula", strict=True,
    ),
    Observation(
        "muscle-4", "facilitation 10 ms after one impulse", "MouseFacilitation1981", "0.5 at once, 35 and 163 ms: 0.40", 0.32,
        0.48, "1", CALIBRATED, facilitation, "its sizes and time constants were taken from there",
    ),
    Observation(
        "muscle-5", "release for threefold Ca (0.2 to 0.6 mM), mouse", "Bukharaeva2007", "1.04/0.09 = 11.6", 8, 17, "1",
        PREDICTED, lambda s: quanta(s(release), 7) / quanta(s(release), 6), _said_of_release,
    ),
    Observation(
        "muscle-9", "magnesium (ionised) at which 5 % of the fibres fail", "JahnenDechentKetteler2012", "2.5 to 4.0 total",
        1.2, 1.8, "mM", PREDICTED, lambda s: block(s, 0.95), "0.65 of the total is ionised, and weakness comes "
        "first",
    ),
    Observation(
        "muscle-9b", "magnesium (ionised) at which 95 % of the fibres fail", "JahnenDechentKetteler2012", "3.7 to 6.95 total",
        2.4, 4.5, "mM", PREDICTED, lambda s: block(s, 0.05), "from block to respiratory arrest; 0.65 of the total is ionised",
    ),
    Observation(
        "muscle-10", "impulses that pass at 50 Hz", "Trontelj2002", "all", 1, 1, "1", PREDICTED, following,
        "that none is blocked is inferred from the source, which measured jitter",
    ),
    Observation(
        "muscle-11", "endplate potential at the end of 1 s of 50 Hz over the first", "model", "0.6 to 0.8", 0.5, 0.85, "1",
        CALIBRATED, plateau, "by tau_n; no source that could be read",
    ),
    Observation(
        "muscle-12", "action potential of the fibre: peak", "model", "+20 to +50", 20, 50, "mV", CALIBRATED,
        lambda s: impulse(s).rest + impulse(s).height, "by the choice of conductances; remembered",
    ),
    Observation(
        "muscle-12b", "its width at half height", "model", "0.8 to 2", 0.8, 2.0, "ms", CALIBRATED,
        lambda s: _ms(impulse(s).half_width), "rates of 20 degrees; remembered",
    ),
    Observation(
        "muscle-12c", "greatest Na conductance of the membrane", "AlmersRobertsRuff1984", "44 to 360", 44, 360, "mS/cm**2",
        CALIBRATED, lambda s: s.run.value("muscle_fibre", "g_Na"), "per constant-field unit, near a chord conductance",
    ),
    Observation(
        "muscle-12d", "greatest K conductance of the membrane", "AlmersRobertsRuff1984", "0 to 19", 0, 19, "mS/cm**2",
        CALIBRATED, lambda s: s.run.value("muscle_fibre", "g_K"), "as published for slow fibres",
    ),
    Observation(
        "muscle-13", "resting conductance of the fibre", "PaladeBarchi1977", "2.45 (rat)", 1, 3, "mS/cm**2", PREDICTED,
        resting_conductance, "of membrane and tubules; too much is potassium's, 0.10 to 0.16 in rat [LorkovicTomanek1977]",
    ),
    Observation(
        "muscle-14", "calcium peak of one impulse, slow fibre", "BaylorHollingworth2003", "9.4 +- 1.0", 6.6, 12.2, "uM",
        CALIBRATED, lambda s: calcium(s).height, "mouse at 16 degrees",
    ),
    Observation(
        "muscle-14b", "width of that transient at half height", "BaylorHollingworth2003", "7.7 +- 0.6", 5.4, 10.0, "ms",
        CALIBRATED, lambda s: _ms(calcium(s).half_width), "mouse at 16 degrees; one well mixed space, no diffusion",
    ),
    Observation(
        "muscle-14c", "calcium peak of one impulse, fast fibre", "BaylorHollingworth2003", "18.5 +- 0.5", 13, 24, "uM",
        CALIBRATED, lambda s: fast_calcium(s).height, "mouse at 16 degrees",
    ),
    Observation(
        "muscle-14d", "calcium in the tetanus, 50 Hz", "model", "2 to 10", 2, 10, "uM", CALIBRATED, tetanic_calcium,
        "remembered; no source that could be read",
    ),
    Observation(
        "muscle-16", "time to peak of the twitch", "Macefield1996", "74.8 +- 3.9", 55, 90, "ms", CALIBRATED,
        lambda s: _ms(twitch(s).time_to_peak), "toe extensors; the calf is slower, 100 to 157 ms [Vandervoort1983]",
    ),
    Observation(
        "muscle-16b", "half relaxation of the twitch", "Macefield1996", "78.6 +- 6.0", 60, 100, "ms", CALIBRATED,
        lambda s: _ms(twitch(s).half_relaxation), "toe extensors; 25 to 108 in the thenar [Thomas1990]",
    ),
    Observation(
        "muscle-18", "rate of half the greatest force", "Thomas1991", "12 +- 4", 8, 16, "Hz", CALIBRATED, half_maximum,
        _said_of_force,
    ),
    Observation(
        "muscle-18b", "twitch over tetanus", "Thomas1999", "0.14 (0.48/3.5)", 0.1, 0.25, "1", CALIBRATED,
        lambda s: forces(s)[0], "0.18 was aimed at",
    ),
    Observation(
        "muscle-21", "resting calcium at 0.3 mM Mg inside over normal", "Owen1997", "no release above 0.1 to 0.2 mM", None,
        1.5, "1", CALIBRATED, lambda s: resting_calcium(s, 0.3), "by K_leak",
    ),
    Observation(
        "muscle-21b", "calcium peak at 0.1 over that at 1 mM Mg inside", "JacquemondSchneider1992", "about 1 (frog)", 0.8,
        1.25, "1", PREDICTED, peak_ratio, "with share_RyR 0.5; frog and rat disagree [Jona2001]",
    ),
    Observation(
        "muscle-22", "exponent of the leak over Mg inside, sign turned", "Lacampagne1998", "1.6", 1.3, 1.9, "1", CALIBRATED,
        leak_exponent, "taken from there (frog), below a knee that mammals ask for", cheap=True,
    ),
    Observation(
        "muscle-23", "Mg inside that halves the release flux it can block", "Jona2001", "174", 122, 226, "uM", CALIBRATED,
        half_block, "taken from there; half of the flux is blocked at all (share_RyR)", cheap=True,
    ),
    Observation(
        "muscle-24", "fall of pCa50, 0.05 to 2 mM Mg inside", "DonaldsonKerrick1975", "above 0", 0, None, "1", PREDICTED,
        lambda s: -float(np.diff(by_magnesium_inside(s, "pCa50"))[0]), _said_of_pca, strict=True,
    ),
    Observation(
        "muscle-24b", "greatest force, 2 over 0.05 mM Mg inside", "DonaldsonKerrick1975", "1 (unchanged)", 0.95, 1.05, "1",
        PREDICTED, lambda s: _ratio(by_magnesium_inside(s, "greatest_force")), _said_of_pca,
    ),
    Observation(
        "muscle-24c", "slope over pCa, 2 over 0.05 mM Mg inside", "DonaldsonKerrick1975", "below 1", None, 1, "1", PREDICTED,
        lambda s: _ratio(by_magnesium_inside(s, "hill_slope")), "in frog cooperativity falls; here it does not",
        strict=True,
    ),
    Observation(
        "muscle-27", "rate of units in a cramp over a voluntary effort", "RossThomas1995", "above 1", 1, None, "1", PREDICTED,
        cramp_rate, _said_of_the_pool, strict=True,
    ),
    Observation(
        "muscle-28", "potassium in the tubules after 1 s of 50 Hz", "model", "8 to 15", 8, 15, "mM", PREDICTED, potassium,
        "regression: 8.4 in the published fast fibre, 12 to 13 in another implementation",
    ),
    Observation(
        "muscle-29", "fall of calcium at 0.14 over that at 1 mM Mg inside", "JacquemondSchneider1992", "0.3 (frog)",
        None, None, "1", NOT_MODELLED, note="needs parvalbumin, which frog fibres have and human ones do not; see "
        "slow_relaxation",
    ),
]
# fmt: on
