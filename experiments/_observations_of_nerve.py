"""What has been measured in cord and nerve: rows of `validation`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from excitability.experiments import _observations_of_muscle as muscle
from excitability.experiments._observation import CALIBRATED, NOT_MODELLED, PREDICTED, Observation, Shared

from excitability import PRESETS, Ions, Parameter, Step, Train, assays, divalents, list_models, load_model, measures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from excitability import Recording, Run

(CA_MM, MG_MM), LOW_MG_MM = PRESETS["normal"], PRESETS["low_magnesium"][1]
HYPERVENTILATION = (0.36, 0.12, 0.2)  # mM of Ca and of Mg lost per unit of pH (Wang2002), and pH 7.4 to 7.6
HIGHEST_HZ = 40.0  # of the trains by which cramp thresholds are sought
RUN_ELSEWHERE = ("motoneuron", "motor_axon", "motor_fibre", "squid_axon", "muscle_fibre")  # at rest, by another group
CUT_S, AFTER_S = 0.5, 2.0  # when divalents are cut, and how long that is watched
OTHER_F_K = (0.6, 1.0)  # shares of the gating shift that potassium gates may feel, beside the model's

# --------------------------------------------------------------------------------------------- groups of runs that rows share


def squid_shifts(run: Run) -> tuple[list[float], list[float]]:
    """The squid axon with all gates shifted at 0.1 s: shifts, mV, the first of them none, and rates from 0.6 s on, Hz."""
    axon = load_model("squid_axon")
    axon = replace(
        axon,
        equations=axon.equations.replace("- V)/", "- V_gate)/") + "\nV_gate = V - shift*int(t >= t_shift) : volt\n",
        parameters={
            **axon.parameters,
            "shift": Parameter(0.0, "mV", "assumption", (-20.0, 20.0), "of all gates"),
            "t_shift": Parameter(0.1, "s", "assumption", (0.0, 1.0), "when they are shifted"),
        },
    )
    shifts = [0.0, *np.round(np.arange(-4.0, -8.05, -0.1), 1).tolist()]
    recording = run.simulate(axon, parameters={"shift": shifts}, duration=1.1, traced=[])
    return shifts, [measures.count(recording.events(c), 0.6, 1.1) / 0.5 for c in range(len(recording))]


def divalents_cut(run: Run) -> tuple[Recording, list[dict[str, Any]]]:
    """The motoneuron in normal ions, and with both ions cut from 1.1 to 0.2 mM; without noise."""
    ions = Ions(ca=[CA_MM, 1.1], mg=[MG_MM, 1.1]).then(at=CUT_S, ca=[CA_MM, 0.2], mg=[MG_MM, 0.2])
    recording = run.simulate("motoneuron", ions=ions, duration=CUT_S + AFTER_S, noise=False, sample=1.0)
    return recording, [{"id": "nerve-25", "model": "motoneuron"}, {"id": "nerve-22", "model": "motoneuron"}]


def axon_without_calcium(run: Run) -> Recording:
    """The motor axon in normal ions, with both ions cut from 1.1 to 0.2 mM, and without calcium (f_K swept), from 0 s."""
    swept = [run.value("motor_axon", "f_K")] * 3 + list(OTHER_F_K)
    number = len(swept) - 2
    ions = Ions(ca=[CA_MM, 1.1, *[CA_MM] * number], mg=[MG_MM, 1.1, *[MG_MM] * number])
    ions = ions.then(at=0.0, ca=[CA_MM, 0.2, *[0.0] * number], mg=[MG_MM, 0.2, *[MG_MM] * number])
    return run.simulate("motor_axon", ions=ions, parameters={"f_K": swept}, duration=1.0, noise=False, sample=1.0)


def fibre(run: Run) -> Recording:
    """The motor fibre stimulated in much and in little magnesium, and left alone in normal ions."""
    step = Step(3.0, 2e-4, 1e-3)
    return run.simulate(
        "motor_fibre",
        ions=Ions(mg=[0.8, 0.1, MG_MM]),
        protocol=[step, step, Step(0.0, 2e-4, 1e-3)],
        duration=0.02,
        sample=0.0025,
        noise=False,
    )


def other_models_at_rest(run: Run) -> dict[str, int]:
    """Impulses within 1 s in normal ions of the cells that no other group runs there, without noise."""
    rest = [name for name in list_models() if name not in RUN_ELSEWHERE and load_model(name).time == "s"]
    return {name: len(run.simulate(name, duration=1.0, noise=False, traced=[]).events(0)) for name in rest}


def pulses(run: Run) -> assays.StrengthDuration:
    """Strength-duration curves of the motor axon, in normal ions and while hyperventilation lowers them in four steps."""
    per_ph_ca, per_ph_mg, rise = HYPERVENTILATION
    steps = np.linspace(0.0, rise, 5)
    ions = Ions(ca=CA_MM - per_ph_ca * steps, mg=MG_MM - per_ph_mg * steps)
    return assays.strength_duration("motor_axon", ions=ions, widths=(0.2e-3, 1e-3), simulate=run.simulate)


def recovery(run: Run) -> assays.RecoveryCycle:
    """Recovery cycle of the motor axon in normal ions, with pulses of 1 ms."""
    ms = (1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5, 5.5, 6, 7, 10, 15, 20, 30, 45, 60)
    return assays.recovery_cycle("motor_axon", ions=Ions(), intervals=[1e-3 * t for t in ms], simulate=run.simulate)


def cramps(run: Run) -> list[measures.SelfSustained]:
    """Firing of the motoneuron at low magnesium after a 20 Hz train, one entry per noise seed."""
    train = Train(rate=20.0)
    recording = run.simulate(
        "motoneuron", ions=Ions(mg=LOW_MG_MM), protocol=train, watch=20.0, repeats=run.options.seeds, traced=[]
    )
    all_seeds = [
        measures.self_sustained(recording.events(c), after=train.end, until=recording.duration)
        for c in range(len(recording))
    ]
    return [firing for firing in all_seeds if firing.duration >= assays.CRAMP_S]


def cramp_thresholds(run: Run) -> list[assays.ThresholdFrequency]:
    """Cramp threshold frequencies of the motoneuron at normal and at low magnesium."""
    return assays.threshold_frequency(
        "motoneuron",
        ions=Ions(mg=[MG_MM, LOW_MG_MM]),
        rates=np.arange(10.0, HIGHEST_HZ + 1, 2.0).tolist(),
        repeats=run.options.seeds,
        simulate=run.simulate,
    )


def magnesium_on_a_train(run: Run) -> tuple[dict[float, float], dict[float, float]]:
    """Impulses of the motoneuron during 2 s of a 20 Hz train, the mean over seeds, by magnesium; and by NMDA block alone."""
    levels, train = (0.0, 0.5, 1.0), Train(rate=20.0)
    others = [1.0] * len(levels) + [0.0] * len(levels)
    recording = run.simulate(
        "motoneuron",
        ions=Ions(mg=[*levels, *levels]),
        protocol=train,
        parameters={"on_gating_shift": others, "on_cav_block": others},
        watch=0.1,
        repeats=run.options.seeds,
        traced=[],
    )
    counts = [measures.count(recording.events(c), train.start, train.end) for c in range(len(recording))]
    means = np.reshape(counts, (2, len(levels), -1)).mean(axis=2).tolist()
    return dict(zip(levels, means[0], strict=True)), dict(zip(levels, means[1], strict=True))


# -------------------------------------------------------------------------------------------------------- what a row measures


def shift(shared: Shared, ca: float, mg: float, from_ca: float, from_mg: float) -> float:
    """Gating shift of the axon when divalents change, mV."""
    constants = {n: shared.run.value("motor_axon", n) for n in divalents.gating_shift.parameters}
    return float(
        divalents.gating_shift(Ca=ca, Mg=mg, **constants) - divalents.gating_shift(Ca=from_ca, Mg=from_mg, **constants)
    )


def potency(shared: Shared) -> float:
    """Shift by 10 mM magnesium over that by 10 mM calcium, each from none."""
    return shift(shared, 0.0, 10.0, 0.0, 0.0) / shift(shared, 10.0, 0.0, 0.0, 0.0)


def potassium_shift(shared: Shared) -> float:
    """Shift that potassium gates feel for 20 mM magnesium on 1.8 mM calcium, mV."""
    return float(shared.run.value("motor_axon", "f_K") * shift(shared, 1.8, 20.0, 1.8, 0.0))


def _said_of_potassium(shared: Shared) -> str:
    fits = 10.5 / shift(shared, 1.8, 20.0, 1.8, 0.0)
    return (
        f"f_K {shared.run.value('motor_axon', 'f_K'):g} is the share of the law's shift that potassium gates feel; "
        f"{fits:.2f} would fit here, 0.11 to 0.28 follows from the same charges in plasma's range"
    )


def calcium_current(shared: Shared) -> float:
    """Change of the calcium conductance for magnesium from 1.2 to 9.6 mM at 1.8 mM calcium, %."""
    constants = {n: shared.run.value("motoneuron", n) for n in divalents.calcium_entry.parameters}
    much, little = (divalents.calcium_entry(Ca=1.8, Mg=mg, **constants) for mg in (9.6, 1.2))
    return 100.0 * float(much / little - 1.0)


def hyperventilation(shared: Shared) -> float:
    """Largest ratio of successive 1 ms thresholds as calcium and magnesium fall in steps."""
    thresholds = shared(pulses).thresholds[:, 1]
    return float((thresholds[1:] / thresholds[:-1]).max())


def _said_of_hyperventilation(shared: Shared) -> str:
    thresholds = shared(pulses).thresholds[:, 1]
    return (
        f"threshold {100 * (thresholds[-1] / thresholds[0] - 1):+.0f} % at pH 7.6, by the fall of ions alone; in two "
        "studies of volunteers ionised calcium did not change significantly [Steurer1997]"
    )


def rate_without_calcium(shared: Shared) -> float:
    """Rate of the motor axon in the first second without calcium, Hz."""
    return _rate(shared(axon_without_calcium), 2)


def _rate(recording: Recording, cell: int) -> float:
    """1 / mean interval, Hz; 0 for less than three impulses, which are no firing."""
    times = recording.events(cell)
    return float(1.0 / np.diff(times).mean()) if len(times) >= 3 else 0.0


def _said_without_calcium(shared: Shared) -> str:
    recording = shared(axon_without_calcium)
    late = recording.trace("V_mV", 2)[recording.trace_time >= recording.duration - 0.4]
    others = ", ".join(f"{_rate(recording, 3 + k):.1f} Hz with f_K {f_K:g}" for k, f_K in enumerate(OTHER_F_K))
    return (
        f"impulses in the first second: {len(recording.events(2))}, and {np.median(late):.0f} mV in its end (one "
        f"impulse and a lasting depolarisation are a block); {others}"
    )


def conduction_velocity(shared: Shared) -> float | None:
    """Velocity at 0.1 mM over that at 0.8 mM magnesium, between two nodes of the fibre."""
    recording = shared(fibre)
    took = []
    for cell in range(2):
        passes = [measures.rises(recording.trace_time, recording.trace(f"V_{n}_mV", cell), -20.0) for n in (6, 16)]
        if not all(len(times) for times in passes):
            return None
        took.append(passes[1][0] - passes[0][0])
    return float(took[0] / took[1])


def after_the_cut(shared: Shared) -> float:
    """Impulses of the motoneuron within 2 s after divalents were cut."""
    recording, _ = shared(divalents_cut)
    return float(measures.count(recording.events(1), CUT_S, CUT_S + AFTER_S))


def _said_after_the_cut(shared: Shared) -> str:
    recording, _ = shared(divalents_cut)
    before = measures.count(recording.events(1), 0.0, CUT_S)
    v, t = recording.trace("V_soma_mV", 1), recording.trace_time
    rest, end = float(np.median(v[t < CUT_S])), float(np.median(v[t > CUT_S + AFTER_S - 0.4]))
    axon = len(shared(axon_without_calcium).events(1))
    return (
        f"motoneuron: {before} impulses before, median potential {rest:.0f} mV before and {end:.0f} mV in the end; "
        f"motor axon: {axon} in 1 s"
    )


def squid_onset(shared: Shared) -> float | None:
    """The smallest shift at which the squid axon fires by itself, mV."""
    shifts, rates = shared(squid_shifts)
    return next((s for s, rate in zip(shifts, rates, strict=True) if rate > 0), None)


def squid_rate(shared: Shared) -> float:
    """Its rate at -6.0 mV, Hz."""
    shifts, rates = shared(squid_shifts)
    return float(rates[shifts.index(-6.0)])


def _change(shared: Shared, ms: float) -> float:
    found = shared(recovery)
    return 100.0 * float(found.change[0, int(np.argmin(np.abs(found.intervals - 1e-3 * ms)))])


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _said_of_cramps(shared: Shared) -> str:
    return f"{len(shared(cramps))} of {shared.run.options.seeds} seeds cramp"


def threshold_ratio(shared: Shared) -> float | None:
    """Threshold frequency at low over that at normal magnesium."""
    normal, low = (found.rate for found in shared(cramp_thresholds))
    return None if normal is None or low is None else low / normal


def _said_of_thresholds(shared: Shared) -> str:
    normal, low = ("none" if t.rate is None else f"{t.rate:.1f} Hz" for t in shared(cramp_thresholds))
    return (
        f"{low} at {LOW_MG_MM:g} mM, {normal} at {MG_MM:g} mM; people prone to cramps are not known to lack magnesium"
    )


def afferent_ratio(shared: Shared) -> float | None:
    """Impulses during a train in 1.0 mM over those without magnesium."""
    counts, _ = shared(magnesium_on_a_train)
    return counts[1.0] / counts[0.0] if counts[0.0] else None


def _said_of_the_train(shared: Shared) -> str:
    whole, nmda = (
        ", ".join(f"{count:.1f} at {mg:g} mM" for mg, count in counts.items())
        for counts in shared(magnesium_on_a_train)
    )
    return f"impulses in 2 s of a 20 Hz train: {whole}; by NMDA block alone, which the source holds responsible: {nmda}"


def at_rest(shared: Shared) -> dict[str, int]:
    """Impulses of every model in normal ions, without noise, in 1 s or more (the fibre, whose steps are short: 20 ms)."""
    recording, _ = shared(divalents_cut)
    _, rates = shared(squid_shifts)
    found = {
        "motoneuron": len(recording.events(0)),
        "motor_axon": len(shared(axon_without_calcium).events(0)),
        "squid_axon": round(rates[0] * 0.5),
    }
    if not shared.run.quick:  # its build takes half a minute
        found["motor_fibre"] = len(shared(fibre).events(2))
        found["muscle_fibre"] = len(shared(muscle.fibre).events(muscle.REST))
    others: dict[str, int] = shared(other_models_at_rest)
    return found | others


def _said_of_rest(shared: Shared) -> str:
    return ", ".join(f"{name} {count}" for name, count in at_rest(shared).items())


# ------------------------------------------------------------------------------------------------------------------ the rows

# fmt: off
NERVE: list[Observation] = [
    Observation(
        "nerve-1", "Na gating shift, divalents tenfold", "HilleWoodhullShapiro1975", "+20 to +25", 20, 25, "mV", CALIBRATED,
        lambda s: shift(s, 20.0, 0.0, 2.0, 0.0), "2 to 20 mM Ca; the law's slope was taken from it", cheap=True,
    ),
    Observation(
        "nerve-2", "Na gating shift, no divalents against 2 mM Ca", "HilleWoodhullShapiro1975", "-18", -21, -15, "mV",
        CALIBRATED, lambda s: shift(s, 0.0, 0.0, 2.0, 0.0), "D_0 was taken from it; +-3 mV is allowed", cheap=True,
    ),
    Observation(
        "nerve-3", "shift by Mg over that by as much Ca", "HilleWoodhullShapiro1975", "below 1 (Mg < Ca)", 0, 1, "1",
        CALIBRATED, potency, "by the choice of beta_Mg; 10 mM each, from none", strict=True, cheap=True,
    ),
    Observation(
        "nerve-4", "potency of Mg against Ca", "Isaev2012", "0.5 to 0.71", 0.5, 0.71, "1", CALIBRATED,
        lambda s: s.run.value("motor_axon", "beta_Mg"), "0.71 Na channel [Isaev2012], 0.5 K channel [ClaySquid]", cheap=True,
    ),
    Observation(
        "nerve-5", "K gating shift, 20 mM Mg added", "Elinder1998", "10 to 11", 8, 13, "mV", PREDICTED,
        potassium_shift, _said_of_potassium, cheap=True,
    ),
    Observation(
        "nerve-6", "strength-duration time constant, motor axon", "Mogyoros1996", "0.459 +- 0.126", 0.333, 0.585, "ms",
        CALIBRATED, lambda s: 1e3 * float(s(pulses).time_constant[0]), "pulses of 0.2 and 1 ms",
    ),
    Observation(
        "nerve-7", "hyperventilation: threshold after a step over that before", "MacefieldBurke1991",
        "falls all along", 0, 1, "1", PREDICTED, hyperventilation, _said_of_hyperventilation, strict=True,
    ),
    Observation(
        "nerve-8", "conduction velocity, little over much Mg", "Fleming1972", "above 1", 1, None, "1", PREDICTED,
        conduction_velocity, "at 0.1 over 0.8 mM; in the study more than magnesium differed", strict=True,
    ),
    Observation(
        "nerve-9", "rate of a motor axon without Ca", "AdelmanAdams1959", "up to 100 (lobster)", 0, 100, "Hz",
        PREDICTED, rate_without_calcium, _said_without_calcium, strict=True, cheap=True,
    ),
    Observation(
        "nerve-10", "duration of a cramp, nerve intact over blocked", "Minetto2011", "55.6/2.6 = 21", 5, None, "1",
        NOT_MODELLED, note="needs the loop through the afferents, which a nerve block opens",
    ),
    Observation(
        "nerve-11", "rate of a unit in a cramp", "Minetto2009", "14.5 +- 5.1", 9.4, 19.6, "Hz", CALIBRATED,
        lambda s: _mean([c.rate for c in s(cramps)]), lambda s: f"by k_Ca and g_KCa; {_said_of_cramps(s)}",
    ),
    Observation(
        "nerve-11b", "variation of intervals in a cramp (SD/mean)", "Minetto2009", "0.446 +- 0.097", 0.349, 0.543, "1",
        PREDICTED, lambda s: _mean([c.interval_cv for c in s(cramps)]), _said_of_cramps,
    ),
    Observation(
        "nerve-11c", "duration of a cramp", "Minetto2009", "23.6 +- 16.2", 7.4, 39.8, "s", CALIBRATED,
        lambda s: _mean([c.duration for c in s(cramps)]), "set by the time constant of an assumed inactivation",
    ),
    Observation(
        "nerve-12", "cramp threshold, prone over not (low over normal Mg)", "MillerKnight2009", "14.9/25.5 = 0.58",
        0, 1, "1", PREDICTED, threshold_ratio, _said_of_thresholds, strict=True,
    ),
    Observation(
        "nerve-12b", "cramp threshold in several laboratories (normal Mg)", "Stone2003", "16 to 33", 16, 33, "Hz",
        CALIBRATED, lambda s: s(cramp_thresholds)[0].rate,
        "by g_CaL; 16.2 Hz [MillerKnight2012], 31.2 [Serrao2007], 20.0 and, tired, 32.9 [Stone2003]; but 13 "
        "[Minetto2011]",
    ),
    Observation(
        "nerve-14", "growth of the persistent current by monoamines", "LeeHeckman1999", "about 2", 1.5, 2.5, "1",
        NOT_MODELLED, note="needs monoamines; here their effect is put in by g_CaL",
    ),
    Observation(
        "nerve-15", "self-sustained firing, low over high rheobase", "LeeHeckman1998", "long against 1 to 2 s", 1, None, "1",
        CALIBRATED, muscle.holds_longest, "medians of slow and fast-fatigable units; the gain of slow units' current was "
        "chosen for their cramp, that of the fast ones is 1", strict=True,
    ),
    Observation(
        "nerve-18", "afferent response in 1.0 mM Mg over that without", "Evans1977", "depressed", 0, 1, "1",
        PREDICTED, afferent_ratio, _said_of_the_train, strict=True,
    ),
    Observation(
        "nerve-19", "slope of release over Ca (logarithms)", "DodgeRahamimoff1967", "3.78 +- 0.2", 3.38, 4.18, "1",
        CALIBRATED, lambda s: muscle.slope(s, 0), "by the exponent 4; as muscle-1",
    ),
    Observation(
        "nerve-20", "Ca current, Mg from 1.2 to 9.6 mM", "HeartMagnesium1991", "-45", -55, -35, "%", CALIBRATED,
        calcium_current, "K_Mg was derived from it, taking 1.8 mM Ca", cheap=True,
    ),
    Observation(
        "nerve-21", "Mg supplements: change of cramps a week", "Garrison2020", "-0.18 (-0.84 to 0.49): none", -0.84, 0.49,
        "1/week", NOT_MODELLED, note="negative control: no statement about ordinary night cramps follows from these models",
    ),
    Observation(
        "nerve-22", "impulses after divalents are cut, 1.1 to 0.2 mM each", "Martiszus2021", "above 0 (fires)", 0, None, "1",
        PREDICTED, after_the_cut, _said_after_the_cut, strict=True, cheap=True,
    ),
    Observation(
        "nerve-23", "ionised Mg at 0.85 mM total", "Koch2002", "0.60", 0.54, 0.66, "mM", PREDICTED,
        lambda _: float(Ions(mg="0.85 mM total").mg),
        "0.66 x total + 0.039 mM, +-10 % allowed; the share here is that of [vanIngen1994]", cheap=True,
    ),
    Observation(
        "nerve-24", "squid axon: shift of all gates at which it fires by itself", "model", "-6.0, not -5.5", -6.5, -5.5,
        "mV", PREDICTED, squid_onset, "regression: another implementation of the same equations", cheap=True,
    ),
    Observation(
        "nerve-24b", "squid axon: its rate at -6.0 mV", "model", "44", 39.6, 48.4, "Hz", PREDICTED, squid_rate,
        "regression: another implementation; +-10 % is allowed", cheap=True,
    ),
    Observation(
        "nerve-25", "impulses in normal ions, all cells", "model", "0", 0, 0, "1", CALIBRATED,
        lambda s: float(sum(at_rest(s).values())), _said_of_rest, cheap=True,
    ),
    Observation(
        "nerve-26", "superexcitability at 5.5 ms, motor axon", "AALNervePatch", "-25.7 +- 12.4", -38.1, -13.3, "%",
        CALIBRATED, lambda s: _change(s, 5.5), "digitised norm; what the +- means is not known",
    ),
    Observation(
        "nerve-27", "late subexcitability at 45 ms, motor axon", "AALNervePatch", "+15.5 +- 9.7", 5.8, 25.2, "%",
        CALIBRATED, lambda s: _change(s, 45.0), "digitised norm; what the +- means is not known",
    ),
    Observation(
        "nerve-28", "relative refractory period, motor axon", "AALNervePatch", "3", 2.5, 4.0, "ms", CALIBRATED,
        lambda s: 1e3 * float(s(recovery).refractory[0]), "digitised norm; onset to onset, pulses of 1 ms, no conduction",
    ),
]
# fmt: on
