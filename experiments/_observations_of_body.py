"""What has been measured of gut, kidney, hormones and plasma ions: rows of `validation`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from excitability.experiments._observation import CALIBRATED, PREDICTED, Observation, Shared

from excitability import Regimen, body, load_model

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from excitability import Recording, Run

MODEL = "body"
STEP_DAY = 1 / 96  # a quarter of an hour
MINUTES_DAY = 1 / 1440
DEPLETED_DAYS = 21
WITHOUT = {"Mg_eaten": 0.5}  # mmol a day, Fatemi1991
Values = Mapping[str, "NDArray[np.float64]"]
# what is infused: mmol and hours; a day of rest comes before
CALCIUM_IV, MAGNESIUM_IV = (4.25, 0.75), (7.08, 0.75)  # Ferment1987
LOAD, BOLUS = (30.0, 8.0), (20.0, 0.5)  # Gullestad1994, Brewer2001
CLAMP_MM, CLAMP_HOURS = 2.5, 3.0  # total magnesium, Cholst1984

# ------------------------------------------------------------------------------------------------------------- groups of runs


def meals(run: Run) -> Values:
    """Bodies whose plasma is held as it is in health: calcium and magnesium per meal vary, and calcitriol in the last."""
    held = body.held(load_model(MODEL), Ca_plasma="mM", Mg_plasma="mM", calcitriol="1")
    each = run.value(MODEL, "meals")
    per_meal = [  # calcium, magnesium (mmol), calcitriol
        (6.67, 0.3, 1.0), (6.67, 40.3, 1.0),  # Fine1991
        (15 / 40.078, 1.0, 1.0), (500 / 40.078, 1.0, 1.0),  # Heaney1990
        (6.67, 4.8, 0.0), (6.67, 4.8, 1.0),  # Wilz1979
    ]  # fmt: skip
    ca, mg, d = (np.array(values) for values in zip(*per_meal, strict=True))
    parameters = {"Ca_eaten": (each * ca).tolist(), "Mg_eaten": (each * mg).tolist(), "held_calcitriol": d.tolist()}
    return run.steady_states(held, parameters=parameters)


STEADY: dict[str, dict[str, float]] = {
    "reference": {},
    "little calcium": {"Ca_eaten": body.moles("ca", 200)},
    "much calcium": {"Ca_eaten": body.moles("ca", 2000)},
    "girls": {"Ca_eaten": body.moles("ca", 667), "Mg_eaten": body.moles("mg", 176)},
    "girls, more calcium": {"Ca_eaten": body.moles("ca", 1667), "Mg_eaten": body.moles("mg", 176)},
    "men": {"Mg_eaten": body.moles("mg", 241)},
    "men, more magnesium": {"Mg_eaten": body.moles("mg", 826)},
    "supplement": {"Mg_eaten": 14.4 + 15.0},
    "calcitriol 0.5": {"calcitriol_given": 0.5},
    "half the vitamin D": {"vitamin_D": 0.28},
    "no vitamin D": {"vitamin_D": 0.0},
    "oral magnesium": {**body.DISEASES["trpm6_loss"], "Mg_eaten": 60.0},
    **{name: dict(changes) for name, changes in body.DISEASES.items()},
    **{f"leak {share:g}": {"Mg_reabsorption": share} for share in (0.65, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35)},
    "proposed, low": {"Ca_eaten": body.moles("ca", 1.7 * 350), "Mg_eaten": body.moles("mg", 350)},
    "proposed, high": {"Ca_eaten": body.moles("ca", 2.6 * 350), "Mg_eaten": body.moles("mg", 350)},
}


def steady(run: Run) -> Values:
    """Bodies in the end, as `STEADY` lists them."""
    names = sorted({name for changes in STEADY.values() for name in changes})
    return run.steady_states(
        MODEL, parameters={n: [c.get(n, run.value(MODEL, n)) for c in STEADY.values()] for n in names}
    )


def clamped(run: Run) -> Values:
    """The body with plasma and calcitriol held: normal, calcium 0.2 mM up and 0.07 mM down, much magnesium; the bell last."""
    held = body.held(load_model(MODEL), Ca_plasma="mM", Mg_plasma="mM", calcitriol="1")
    share, mg_0 = run.value(MODEL, "share_Ca"), run.value(MODEL, "Mg_0")
    ca_0 = run.value(MODEL, "Ca_0")
    pairs = [(ca_0, mg_0), (ca_0 + 0.2 / share, mg_0), (ca_0 - 0.07 / share, mg_0), (ca_0, CLAMP_MM)]
    pairs += [(ca_0, mg) for mg in BELL_MM]
    return run.steady_states(
        held, parameters={"held_Ca_plasma": [ca for ca, _ in pairs], "held_Mg_plasma": [mg for _, mg in pairs]}
    )


BELL_MM = np.round(np.arange(0.5, 1.3, 0.025), 3).tolist()


def hours(run: Run) -> Recording:
    """Infusions into veins, in health and after three weeks almost without magnesium."""
    depleted = Regimen().then(0, **WITHOUT)
    given = [
        body.infusion(Regimen(), 1, "ca", *CALCIUM_IV),
        body.infusion(Regimen(), 1, "mg", *MAGNESIUM_IV),
        body.infusion(Regimen(), 1, "mg", *LOAD),
        body.infusion(depleted, DEPLETED_DAYS, "mg", *LOAD),
        depleted,
        body.infusion(Regimen(), 1, "mg", *BOLUS),
        Regimen(),
    ]
    return run.simulate(MODEL, protocol=given, duration=DEPLETED_DAYS + 1, dt=STEP_DAY, sample=STEP_DAY)


CA_IV, MG_IV, LOADED, LOADED_DEPLETED, DEPLETED, BOLUS_IV, HEALTH = range(7)


def clamp(run: Run) -> Recording:
    """Magnesium of plasma held high for three hours, with glands and without."""
    held = body.held(load_model(MODEL), Mg_plasma="mM")
    return run.simulate(
        held,
        parameters={"gland": [1.0, 0.03]},
        protocol=Regimen().then(0, held_Mg_plasma=CLAMP_MM),
        duration=1.0,
        dt=STEP_DAY,
        sample=STEP_DAY,
    )


def months(run: Run) -> Recording:
    """Almost no magnesium; the loss of TRPM6; little calcium; much calcium."""
    courses = (WITHOUT, body.DISEASES["trpm6_loss"], {"Ca_eaten": 2.0}, {"Ca_eaten": 20.0 + 84.0})
    return run.simulate(MODEL, protocol=[Regimen().then(0, **changes) for changes in courses], duration=400)


NO_MG, NO_TRPM6, LOW_CA, HIGH_CA = range(4)

# ---------------------------------------------------------------------------------------------------------------- measures


def of(s: Shared, name: str, quantity: str) -> float:
    """A quantity of one of the steady bodies."""
    return float(s(steady)[quantity][list(STEADY).index(name)])


def ratio(s: Shared, name: str, quantity: str) -> float:
    """The same over the reference body's."""
    return of(s, name, quantity) / of(s, "reference", quantity)


def fraction(s: Shared, name: str, ion: str) -> float:
    """Per cent of an ion absorbed by a steady body."""
    eaten = STEADY[name].get(f"{ion}_eaten", s.run.value(MODEL, f"{ion}_eaten"))
    return float(100 * of(s, name, f"absorbed_{ion}_mmol/day") / eaten)


def of_meal(s: Shared, k: int, ion: str, per_meal: float) -> float:
    """Per cent of an ion absorbed from one of the meals."""
    return float(100 * s(meals)[f"absorbed_{ion}_mmol/day"][k] / (per_meal * s.run.value(MODEL, "meals")))


def held_at(s: Shared, k: int, quantity: str) -> float:
    """A quantity in one of the clamps, over the normal one."""
    return float(s(clamped)[quantity][k] / s(clamped)[quantity][0])


def peak_of_bell(s: Shared) -> float:
    """Total magnesium at which most hormone is released."""
    return float(BELL_MM[int(np.argmax(s(clamped)["PTH_1"][4:]))])


def threshold_mg(s: Shared) -> float:
    """What the kidney reabsorbs of magnesium at most, per litre of filtrate."""
    filtered = s.run.value(MODEL, "filtered_Mg") * CLAMP_MM
    return float(filtered - s(clamped)["urine_Mg_mmol/day"][3] / s.run.value(MODEL, "GFR"))


def at(s: Shared, cell: int, day: float, name: str) -> float:
    """A trace of the runs over months on a day."""
    return float(np.interp(day, s(months).trace_time, s(months).trace(name, cell)))


def changed(s: Shared, cell: int, day: float, name: str) -> float:
    """The same over its beginning."""
    return at(s, cell, day, name) / at(s, cell, 0.0, name)


def during(s: Shared, cell: int, day: float, name: str) -> float:
    """A trace of the infusions at a time."""
    return float(np.interp(day, s(hours).trace_time, s(hours).trace(name, cell)))


def retained(s: Shared, cell: int, without: int, start: float) -> float:
    """Per cent of the load that does not appear in the urine of 24 h, beyond what would be there without it."""
    time = s(hours).trace_time
    day = (time >= start) & (time < start + 1)
    more = s(hours).trace("urine_Mg_mmol/day", cell)[day] - s(hours).trace("urine_Mg_mmol/day", without)[day]
    return 100 * (1 - float(more.mean()) / LOAD[0])


def calcium_at(s: Shared, mg: float) -> float:
    """Total calcium where a kidney leak has brought total magnesium to a value."""
    leaks = [k for k, name in enumerate(STEADY) if name.startswith("leak")]
    levels, calcium = (s(steady)[name][leaks] for name in ("Mg_plasma_mM", "Ca_plasma_mM"))
    order = np.argsort(levels)
    return float(np.interp(mg, levels[order], calcium[order])) if levels.min() <= mg <= levels.max() else float("nan")


def end_of_clamp(s: Shared, cell: int, name: str) -> float:
    """A trace after three hours of high magnesium, over its beginning."""
    trace = s(clamp).trace(name, cell)
    return float(np.interp(CLAMP_HOURS / 24, s(clamp).trace_time, trace) / trace[0])


def _said_of_depletion(s: Shared) -> str:
    return f"on day 120 {changed(s, NO_MG, 120, 'Mg_plasma_mM'):.2f} of it is left"


# -------------------------------------------------------------------------------------------------------------- observations

# fmt: off
BODY: list[Observation] = [
    Observation(
        "body-1", "magnesium absorbed from a meal with 0.3 mmol", "Fine1991", "65 (least load)", 60, 70, "%", CALIBRATED,
        lambda s: of_meal(s, 0, "Mg", 0.3), "net; the least load is remembered, not read", cheap=True,
    ),
    Observation(
        "body-1b", "the same with 40 mmol more", "Fine1991", "11", 9, 13, "%", CALIBRATED,
        lambda s: of_meal(s, 1, "Mg", 40.3), cheap=True,
    ),
    Observation(
        "body-2", "calcium absorbed from a meal with 15 mg", "Heaney1990", "64.0", 59, 69, "%", CALIBRATED,
        lambda s: of_meal(s, 2, "Ca", 15 / 40.078), cheap=True,
    ),
    Observation(
        "body-2b", "the same with 500 mg", "Heaney1990", "28.6", 24, 34, "%", CALIBRATED,
        lambda s: of_meal(s, 3, "Ca", 500 / 40.078), cheap=True,
    ),
    Observation(
        "body-3", "calcium absorbed, 200 mg a day for long", "Heaney1989", "45", 37, 53, "%", PREDICTED,
        lambda s: fraction(s, "little calcium", "Ca"), "189 women; meals and habits disagree, the model follows the meals",
        cheap=True,
    ),
    Observation(
        "body-3b", "calcium absorbed, 2000 mg a day for long", "Heaney1989", "15", 7, 23, "%", PREDICTED,
        lambda s: fraction(s, "much calcium", "Ca"), "as body-3", cheap=True,
    ),
    Observation(
        "body-4", "magnesium absorbed, 1667 less 667 mg of calcium", "Andon1996", "+5, not significant", -6, 6, "%",
        CALIBRATED, lambda s: fraction(s, "girls, more calcium", "Mg") - fraction(s, "girls", "Mg"),
        "percentage points; girls of 11 years", cheap=True,
    ),
    Observation(
        "body-5", "calcium absorbed, 826 less 241 mg of magnesium", "Spencer1994", "0", -3, 3, "%", CALIBRATED,
        lambda s: fraction(s, "men, more magnesium", "Ca") - fraction(s, "men", "Ca"), "percentage points", cheap=True,
    ),
    Observation(
        "body-6", "calcium absorbed per calcitriol", "Wilz1979", "0.17", 0.113, 0.255, "%/pM", CALIBRATED,
        lambda s: (of_meal(s, 5, "Ca", 6.67) - of_meal(s, 4, "Ca", 6.67)) / 90, "90 pM are normal", cheap=True,
    ),
    Observation(
        "body-7", "most magnesium reabsorbed per filtrate", "Rude1980", "0.576", 0.53, 0.68, "mM", PREDICTED, threshold_mg,
        "0.625 in [Parfitt1976]; the threshold follows from balance at the reference diet", cheap=True,
    ),
    Observation(
        "body-7b", "the same in hypoparathyroidism over normal, in urine", "Rude1980", "1 (1.4 and 1.4 mg/dL)", 0.9, 1.1, "1",
        CALIBRATED, lambda s: ratio(s, "hypoparathyroidism", "Mg_plasma_mM"), "plasma magnesium in balance", cheap=True,
    ),
    Observation(
        "body-8", "plasma magnesium with 15 mmol a day more", "Zhang2016", "+0.04 (0.02 to 0.06)", 0.02, 0.06, "mM",
        CALIBRATED, lambda s: of(s, "supplement", "Mg_plasma_mM") - of(s, "reference", "Mg_plasma_mM"), "48 trials",
        cheap=True,
    ),
    Observation(
        "body-8b", "magnesium in urine with it", "Zhang2016", "+1.52 (1.20 to 1.83)", 1.20, 1.83, "mmol/day", PREDICTED,
        lambda s: of(s, "supplement", "urine_Mg_mmol/day") - of(s, "reference", "urine_Mg_mmol/day"),
        "calibrated on plasma of these trials, not on urine", cheap=True,
    ),
    Observation(
        "body-9", "magnesium in urine, day 4 almost without", "InstituteOfMedicine1997", "below 1", None, 1,
        "mmol/day", CALIBRATED, lambda s: at(s, NO_MG, 4, "urine_Mg_mmol/day"), "within 3 to 4 days",
    ),
    Observation(
        "body-10", "magnesium in urine, ionised calcium 0.2 mM up", "Barker1959", "above 1 (times normal)", 1, None, "1",
        CALIBRATED, lambda s: held_at(s, 1, "urine_Mg_mmol/day"), "no number could be read; the direction was put in",
        strict=True, cheap=True,
    ),
    Observation(
        "body-11", "of 30 mmol of magnesium retained in health", "Gullestad1994", "6.3 (-19.5 to 27.5)", -19.5, 27.5, "%",
        CALIBRATED, lambda s: retained(s, LOADED, HEALTH, 1.0), "within 24 h; 88 people",
    ),
    Observation(
        "body-11b", "the same after 21 days almost without magnesium", "Fatemi1991", "62 +- 4", 50, 74, "%", PREDICTED,
        lambda s: retained(s, LOADED_DEPLETED, DEPLETED, DEPLETED_DAYS),
        "from 11 +- 4 there; load not stated; other numbers of this study were fitted",
    ),
    Observation(
        "body-12", "hormone 45 min into 4.25 mmol of calcium", "Ferment1987", "0.7", 0.4, 0.85, "1", PREDICTED,
        lambda s: during(s, CA_IV, 1 + 45 * MINUTES_DAY, "PTH_1"),
        "times normal; an assay that sees fragments; fitted to the other infusion of this study",
    ),
    Observation(
        "body-13", "hormone 45 min into 7.08 mmol of magnesium", "Ferment1987", "0.7", 0.5, 0.85, "1", CALIBRATED,
        lambda s: during(s, MG_IV, 1 + 45 * MINUTES_DAY, "PTH_1"), "times normal; with another salt there was no fall",
    ),
    Observation(
        "body-14", "hormone with ionised calcium 0.07 mM down", "Toffaletti1991", "5 (+400 %)", 2.5, 7.5, "1", CALIBRATED,
        lambda s: held_at(s, 2, "PTH_1"),
        "times normal; after ten minutes, with an overshoot that the model has not; PTH_max was chosen by it",
        cheap=True,
    ),
    Observation(
        "body-15", "hormone, magnesium held at 2.5 mM", "Cholst1984", "0.60", 0.2, 0.75, "1", PREDICTED,
        lambda s: end_of_clamp(s, 0, "PTH_1"), "of the beginning, after 3 h; 7 pregnant women",
    ),
    Observation(
        "body-15b", "ionised calcium then", "Cholst1984", "0.89 (1.10 to 0.98)", 0.86, 0.93, "1", PREDICTED,
        lambda s: end_of_clamp(s, 0, "Ca_ionised_mM"), "of the beginning",
    ),
    Observation(
        "body-15c", "calcium then, without glands over with them", "Massry1970", "above 1 (falls with glands only)", 1, None,
        "1", PREDICTED, lambda s: end_of_clamp(s, 1, "Ca_plasma_mM") / end_of_clamp(s, 0, "Ca_plasma_mM"), "dogs",
        strict=True,
    ),
    Observation(
        "body-16", "plasma magnesium, 21 days almost without", "Fatemi1991", "0.76 (0.80 to 0.61)", 0.72, 0.81, "1",
        CALIBRATED, lambda s: changed(s, NO_MG, 21, "Mg_plasma_mM"), _said_of_depletion,
    ),
    Observation(
        "body-16b", "total calcium then", "Fatemi1991", "-0.05 +- 0.036", -0.12, 0.02, "mM", CALIBRATED,
        lambda s: at(s, NO_MG, 21, "Ca_plasma_mM") - at(s, NO_MG, 0, "Ca_plasma_mM"),
        "2.36 to 2.31; constants were fitted to this study",
    ),
    Observation(
        "body-16c", "calcitriol then", "Fatemi1991", "0.78 (55 to 43 pM)", 0.65, 0.9, "1", CALIBRATED,
        lambda s: changed(s, NO_MG, 21, "calcitriol_1"),
    ),
    Observation(
        "body-16d", "hormone then", "Fatemi1991", "flat or lower in 20 of 26", 0.5, 1.1, "1", CALIBRATED,
        lambda s: changed(s, NO_MG, 21, "PTH_1"),
    ),
    Observation(
        "body-17", "plasma magnesium, 100 days without", "Shils1964", "1/3 to 1/4", 0.22, 0.45, "1", PREDICTED,
        lambda s: changed(s, NO_MG, 100, "Mg_plasma_mM"), "2 men",
    ),
    Observation(
        "body-17b", "total calcium then", "Shils1964", "falls markedly", None, 2.1, "mM", PREDICTED,
        lambda s: at(s, NO_MG, 100, "Ca_plasma_mM"),
    ),
    Observation(
        "body-18", "total calcium where magnesium is 0.41 mM", "Rude1985", "1.80 +- 0.05", 1.70, 1.90, "mM", PREDICTED,
        lambda s: calcium_at(s, 0.41), "23 patients (SEM); in the model by a leak of the kidney", cheap=True,
    ),
    Observation(
        "body-19", "total calcium 16 days after the loss of TRPM6", "Suh1973", "1.70", 1.5, 1.95, "mM", PREDICTED,
        lambda s: at(s, NO_TRPM6, 16, "Ca_plasma_mM"),
        lambda s: f"magnesium {at(s, NO_TRPM6, 16, 'Mg_plasma_mM'):.2f} (0.25) mM; a child taken off magnesium",
    ),
    Observation(
        "body-19b", "hormone where TRPM6 is lost, in the end", "Suh1973", "unmeasurable", None, 0.25, "1", PREDICTED,
        lambda s: of(s, "trpm6_loss", "PTH_1"), cheap=True,
    ),
    Observation(
        "body-20", "plasma magnesium, TRPM6 lost, 60 mmol a day", "Shalev1998", "0.53 +- 0.12", 0.41, 0.65, "mM", PREDICTED,
        lambda s: of(s, "oral magnesium", "Mg_plasma_mM"), "15 patients over 8 years", cheap=True,
    ),
    Observation(
        "body-20b", "total calcium then", "Shalev1998", "normal", 2.2, 2.6, "mM", PREDICTED,
        lambda s: of(s, "oral magnesium", "Ca_plasma_mM"), cheap=True,
    ),
    Observation(
        "body-21", "magnesium of most hormone", "Takatsuki1980", "0.8 to 1.0 (glands in a dish)", 0.7, 1.0, "mM", CALIBRATED,
        peak_of_bell, "total, at normal calcium", cheap=True,
    ),
    Observation(
        "body-22", "calcitriol after 2 days of 2 mmol calcium", "Adams1979", "1.46 (63 to 92 pM)", 1.2, 1.8, "1", CALIBRATED,
        lambda s: changed(s, LOW_CA, 2, "calcitriol_1"),
    ),
    Observation(
        "body-22b", "calcitriol after a day of 84 mmol calcium", "Adams1979", "0.55 (84 to 46 pM)", 0.35, 0.75, "1",
        PREDICTED, lambda s: changed(s, HIGH_CA, 1, "calcitriol_1"), "39 to 130 mmol",
    ),
    Observation(
        "body-23", "total calcium in hyperparathyroidism", "Norman2011", "2.72 +- 0.15", 2.57, 2.87, "mM", PREDICTED,
        lambda s: of(s, "hyperparathyroidism", "Ca_plasma_mM"), "10,000 patients; glands as large as their hormone says",
        cheap=True,
    ),
    Observation(
        "body-23b", "hormone in hyperparathyroidism", "Norman2011", "3.3", 2.5, 4.1, "1", CALIBRATED,
        lambda s: of(s, "hyperparathyroidism", "PTH_1"), "times normal", cheap=True,
    ),
    Observation(
        "body-24", "calcitriol with 25(OH)D at 0.4 of normal", "Gallagher2013", "falls only below 25 nM", 0.8, 1.1, "1",
        CALIBRATED, lambda s: of(s, "half the vitamin D", "calcitriol_1"),
        lambda s: f"25(OH)D {of(s, 'half the vitamin D', 'D25_1'):.2f}; half_25D was chosen by it", cheap=True,
    ),
    Observation(
        "body-25", "hormone without vitamin D", "Allgrove1984", "7 to 20", 7, 20, "1", PREDICTED,
        lambda s: of(s, "no vitamin D", "PTH_1"), "times normal; in patients whose calcium was low", cheap=True,
    ),
    Observation(
        "body-26", "calcium in urine, 0.5 ug of calcitriol a day", "Levine1985", "1.52 (199 to 302 mg)", 1.3, 1.75, "1",
        PREDICTED, lambda s: ratio(s, "calcitriol 0.5", "urine_Ca_mmol/day"), "times normal", cheap=True,
    ),
    Observation(
        "body-27", "ionised magnesium after 20 mmol in 30 min", "Brewer2001", "+0.31 (0.58 to 0.89)", 0.1, 0.5, "mM",
        PREDICTED,
        lambda s: during(s, BOLUS_IV, 1 + 30 * MINUTES_DAY, "Mg_ionised_mM") - during(s, BOLUS_IV, 1, "Mg_ionised_mM"),
    ),
    Observation(
        "body-27b", "magnesium of the cord 4 h later", "Brewer2001", "1 (unchanged)", 0.95, 1.05, "1", CALIBRATED,
        lambda s: during(s, BOLUS_IV, 1 + 4 / 24, "Mg_cord_mM") / during(s, BOLUS_IV, 1, "Mg_cord_mM"),
        "of the beginning; cerebrospinal fluid of 9 patients; s_cord and tau_cord were chosen with it in view",
    ),
    Observation(
        "body-28", "ionised calcium, ratio 2.6 over 1.7", "model", "within 2 %", 0.98, 1.02, "1", PREDICTED,
        lambda s: of(s, "proposed, high", "Ca_ionised_mM") / of(s, "proposed, low", "Ca_ionised_mM"),
        "another implementation", cheap=True,
    ),
]
# fmt: on
