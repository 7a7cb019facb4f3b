"""The body: what holds for every diet, and the words in which a life is told."""

import functools
import os
import re
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from excitability import (
    REFERENCES,
    Rest,
    Train,
    body,
    load_model,
    machine,
    quantities,
    simulate,
    simulation,
    steady_states,
)
from excitability.body import DISEASES, disease, eaten, infusion
from excitability.protocol import Regimen

# Brian2 calls pyparsing under names that pyparsing has deprecated
pytestmark = [
    pytest.mark.filterwarnings(r"ignore:'\w+' (argument is )?deprecated:DeprecationWarning"),
    pytest.mark.xdist_group("body"),
]

BODY = load_model("body")
BOOKS = """
dtotal_Ca/dt = absorbed_Ca + Ca_infused - obligatory_Ca - urine_Ca : mole
dtotal_Mg/dt = absorbed_Mg + Mg_infused - obligatory_Mg - urine_Mg : mole
"""
#: The body that also counts what it has gained through gut, vein and kidney.
WITH_BOOKS = replace(
    BODY, equations=BODY.equations + BOOKS, traces={**BODY.traces, "total_Ca": "mmol", "total_Mg": "mmol"}
)
BODIES = 24  # in every run, so that one build serves all
ABSURD = 150.0  # mmol/day: 6 g of calcium, 3.6 g of magnesium
CORNERS = [
    Regimen().then(0, Ca_eaten=ca, Mg_eaten=mg) for ca, mg in ((0, 0), (0, ABSURD), (ABSURD, 0), (ABSURD, ABSURD))
]
INTAKE = st.floats(0, ABSURD) | st.floats(0, 5)
DIET = st.fixed_dictionaries({"Ca_eaten": INTAKE, "Mg_eaten": INTAKE})
VALUES = {
    name: st.floats(*BODY.parameters[name].range) for name in BODY.changing if not name.endswith(("eaten", "infused"))
}
CHANGES = st.fixed_dictionaries(
    {}, optional={**VALUES, "Ca_eaten": INTAKE, "Mg_eaten": INTAKE, "Mg_infused": st.floats(0, 50)}
)
LIFE = st.builds(
    lambda before, diet, day, later: Regimen(before).then(0, **diet).then(day, **later),
    st.fixed_dictionaries({}, optional=VALUES) | DIET,
    DIET,
    st.integers(0, 350),
    CHANGES,
)
LIVES = st.lists(LIFE, min_size=BODIES - len(CORNERS), max_size=BODIES - len(CORNERS))


def lived(lives, days):
    assert len(lives) == BODIES
    return simulate(WITH_BOOKS, protocol=lives, duration=days, traced=range(BODIES))


def states(recording):
    return {f"{name}_{unit}": recording.traces[f"{name}_{unit}"] for name, unit in BODY.traces.items()}


def parameter(name):
    return BODY.parameters[name].value


@functools.cache
def reference():
    """The reference body in SI: parameters, equations, states."""
    job, made, rest, kind = simulation.one_cell(BODY)
    assert kind == "stable"
    return {name: float(np.ravel(value)[0]) for name, value in job.parameters.items()}, made.program, rest


def seen(**given):
    """What is read out of the reference body, but for some states and parameters in their own units, as arrays."""
    p, program, rest = reference()
    units = {**BODY.traces, **{name: one.unit for name, one in BODY.parameters.items()}}
    si = {name: np.asarray(value, dtype=float) * quantities.si_factor(units[name]) for name, value in given.items()}
    p = {**p, **si}
    y = [np.asarray(si.get(name, rest[name])) for name in program.states]
    ticked = program.slow(p)([p[name] for name in program.ticked[: program.given]])
    values = program.read_out(p)(y, 0.0, ticked)
    return {
        name: value / quantities.si_factor(unit)
        for (name, unit), value in zip(BODY.readouts.items(), values, strict=True)
    }


# --- gut ---------------------------------------------------------------------------------------------------------------

SMALL_TO_ABSURD = st.floats(-2, np.log10(ABSURD)).map(lambda power: 10**power)
CALCITRIOL = st.floats(-1, 1).map(lambda power: 10**power)


@given(st.lists(st.tuples(SMALL_TO_ABSURD, SMALL_TO_ABSURD, CALCITRIOL), min_size=100, max_size=100))
@settings(max_examples=20)
def test_never_more_is_absorbed_than_eaten(meals):
    corners = np.array(np.meshgrid([0.01, 1.0, 20.0, ABSURD], [0.01, 1.0, 14.4, ABSURD], [0.1, 1.0, 10.0])).reshape(
        3, -1
    )
    ca, mg, calcitriol = np.concatenate([corners, np.array(meals).T], axis=1)
    found = seen(Ca_eaten=ca, Mg_eaten=mg, calcitriol=calcitriol)
    for taken, given_ in ((found["absorbed_Ca"], ca), (found["absorbed_Mg"], mg)):
        assert (taken > 0).all()
        assert (taken < given_).all()


def test_calcitriol_and_less_magnesium_let_more_calcium_in():
    by_calcitriol = seen(calcitriol=np.array([0.1, 0.5, 1.0, 2.0, 10.0]))["absorbed_Ca"]
    by_magnesium = seen(Mg_eaten=np.array([150.0, 50.0, 14.4, 4.0, 0.0]))["absorbed_Ca"]
    by_calcium = seen(Ca_eaten=np.array([150.0, 50.0, 20.0, 5.0, 0.0]))["absorbed_Mg"]
    for values in (by_calcitriol, by_magnesium, by_calcium):
        assert (np.diff(values) > 0).all()
    assert np.ptp(by_magnesium[1:]) < 0.15 * by_magnesium[2]  # weak between 0 and 50 mmol a day
    assert seen(Ca_eaten=0.0, Mg_eaten=0.0)["absorbed_Ca"] == 0


# --- a life --------------------------------------------------------------------------------------------------------------


@given(LIVES)
@settings(max_examples=4)
def test_what_each_ion_gains_is_what_it_has_more_of_after_400_days(lives):
    traces = lived([*CORNERS, *lives], 401.0).traces
    content = {
        "Ca": parameter("space_Ca") * traces["Ca_plasma_mM"] + traces["Ca_surface_mmol"] + traces["Ca_bone_mmol"],
        "Mg": parameter("space_Mg") * traces["Mg_plasma_mM"]
        + traces["Mg_quick_mmol"]
        + traces["Mg_slow_mmol"]
        + traces["Mg_bone_mmol"],
    }
    for ion, whole in content.items():
        more = whole - whole[:, :1]
        assert np.abs(more).max() > 100  # mmol: there is something to account for
        assert np.abs(more - traces[f"total_{ion}_mmol"]).max() < 1e-9 * whole.min()


@given(LIVES)
@settings(max_examples=4)
def test_every_life_stays_possible(lives):
    recording = lived([*CORNERS, *lives], 401.0)
    assert set(recording.making["rest"]) == {"stable"}
    for name, values in recording.traces.items():
        assert np.isfinite(values).all(), name
    for name, values in states(recording).items():
        # what was made of no vitamin D is 0 but for rounding; the index has counted nothing yet on the first day
        assert (values >= -1e-20).all(), name
        assert (values[: len(CORNERS), 1:] > 0).all(), name
    for name in ("absorbed_Ca_mmol/day", "absorbed_Mg_mmol/day", "urine_Ca_mmol/day", "urine_Mg_mmol/day"):
        assert (recording.traces[name] >= 0).all(), name


@pytest.mark.skipif(machine.compiler() is None, reason="takes minutes without a C++ compiler")
def test_plasma_forgets_the_life_before():
    """The same diet leads to the same steady state, whether hunger, excess or a disease came before."""
    before = [
        {"Ca_eaten": 0.0, "Mg_eaten": 0.0},
        {"Ca_eaten": ABSURD, "Mg_eaten": ABSURD},
        {"gland": 0.03, "vitamin_D": 0.1},
        {"gland": 4.0, "set_point_shift": 1.17, "Ca_eaten": ABSURD, "Mg_eaten": 0.0},
        {"TRPM6": 0.0, "Mg_reabsorption": 0.6},
        {"Mg_infused": 50.0, "Ca_infused": 50.0, "calcitriol_given": 2.0},
    ]
    healthy = {name: parameter(name) for name in BODY.changing}
    diets = [(20.0, 14.4), (5.0, 4.0), (50.0, 30.0), (100.0, 3.0)]
    lives = [
        Regimen(past).then(0, **{**healthy, "Ca_eaten": ca, "Mg_eaten": mg}) for ca, mg in diets for past in before
    ]
    traces = lived(lives, 6001.0).traces
    settled, kinds = steady_states(
        "body", parameters={"Ca_eaten": [ca for ca, _ in diets], "Mg_eaten": [mg for _, mg in diets]}
    )
    assert kinds.tolist() == ["stable"] * len(diets)
    for name in ("Ca_plasma_mM", "Mg_plasma_mM", "Ca_cord_mM", "Mg_cord_mM", "D25_1", "calcitriol_1", "PTH_1"):
        values = traces[name].reshape(len(diets), len(before), -1)
        assert np.ptp(values[:, :, 0], axis=1).min() > 0.01, name  # far starts
        right = np.broadcast_to(settled[name][:, None], values.shape[:2])
        np.testing.assert_allclose(values[:, :, -1], right, rtol=1e-6, err_msg=name)
    assert np.ptp(settled["Mg_plasma_mM"]) > 0.05  # diets differ


def test_a_life_begins_in_the_steady_state_of_what_was_always_and_changes_on_its_days():
    always = {"Ca_eaten": 35.0, "gland": 0.5}
    recording = simulate(
        "body",
        protocol=[Regimen(always).then(2, Mg_eaten="25 mmol/day").then(4, Mg_eaten=5.0), Regimen()],
        duration=7.0,
        engine="numpy",
    )
    settled, _ = steady_states("body", parameters={name: [value, parameter(name)] for name, value in always.items()})
    assert recording.trace_time.tolist() == list(range(7))
    for name, values in recording.traces.items():
        # on day 2 states are still as they were, and what is absorbed is not
        until = 3 if name in states(recording) and name != "deposit_day" else 2
        if name not in ("Ca_bone_mmol", "Mg_bone_mmol", "deposit_day"):
            np.testing.assert_allclose(values[0, :until], settled[name][0], rtol=1e-9, err_msg=name)
            np.testing.assert_allclose(values[1], settled[name][1], rtol=1e-9, err_msg=name)
    absorbed = recording.trace("absorbed_Mg_mmol/day", 0)
    assert absorbed[2] == absorbed[3] > absorbed[1] > absorbed[4] == absorbed[6]
    np.testing.assert_allclose(recording.trace("deposit_day", 1), range(7), rtol=1e-9)  # an index of 1


# --- reference ---------------------------------------------------------------------------------------------------------

CONSTANTS = [name for name in BODY.parameters if name not in BODY.changing]
AT_REFERENCE = {
    "D25": "1", "calcitriol": "1", "Ca_surface": "Ca_surface_0", "formation": "remodelling", "Mg_quick": "Mg_quick_0",
    "Mg_slow": "Mg_slow_0", "Ca_plasma": "Ca_0", "Mg_plasma": "Mg_0", "Ca_cord": "Ca_cord_0", "Mg_cord": "Mg_cord_0",
}  # fmt: skip


def test_the_reference_diet_is_a_fixed_point_whatever_the_other_parameters():
    """Each parameter at both ends of its range, in its turn."""
    ends = [(name, end) for name in CONSTANTS for end in BODY.parameters[name].range]
    table = {name: np.full(len(ends), parameter(name)) for name in CONSTANTS}
    for k, (name, end) in enumerate(ends):
        table[name][k] = end
    table |= {"Ca_eaten": table["Ca_diet"], "Mg_eaten": table["Mg_diet"]}
    settled, kinds = steady_states("body", parameters=table)
    assert set(kinds) == {"stable"}
    run = simulate("body", parameters=table, duration=11.0, sample=10.0, engine="numpy")
    for state, name in AT_REFERENCE.items():
        right = table.get(name, np.ones(len(ends)))
        column = f"{state}_{BODY.traces[state]}"
        np.testing.assert_allclose(settled[column], right, rtol=1e-8, err_msg=state)
        np.testing.assert_allclose(run.traces[column][:, 1], right, rtol=1e-8, err_msg=state)
    for name in ("Ca_bone_mmol", "Mg_bone_mmol"):
        np.testing.assert_allclose(run.traces[name][:, 1], run.traces[name][:, 0], rtol=1e-10, err_msg=name)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10)
def test_the_reference_diet_is_a_fixed_point_with_all_parameters_anywhere_in_their_ranges(seed):
    p, program, rest = reference()
    low, high = np.array([BODY.parameters[name].range for name in CONSTANTS]).T
    shares = np.random.default_rng(seed).uniform(size=(300, len(CONSTANTS)))
    drawn = dict(zip(CONSTANTS, (low + shares * (high - low)).T, strict=True))
    drawn |= {"Ca_eaten": drawn["Ca_diet"], "Mg_eaten": drawn["Mg_diet"]}
    # there is such a body only if its calcium lies above the set point, and if it absorbs more than it must lose
    possible = drawn["share_Ca"] * drawn["Ca_0"] > 1.01 * drawn["set_point"]
    with np.errstate(all="ignore"):
        found = seen(**drawn)
    possible &= found["absorbed_Ca"] > drawn["e_Ca"] + 0.1
    possible &= found["absorbed_Mg"] > drawn["e_Mg"] + 0.1
    drawn = {name: values[possible] for name, values in drawn.items()}
    bodies = int(possible.sum())
    assert bodies > 50

    p = p | {name: values * quantities.si_factor(BODY.parameters[name].unit) for name, values in drawn.items()}
    start = {state: p.get(name, np.ones(bodies)) for state, name in AT_REFERENCE.items()}
    y = [np.broadcast_to(start.get(name, rest[name]), bodies) for name in program.states]
    ticked = program.slow(p)([p[name] for name in program.ticked[: program.given]])
    rates = dict(zip(program.states, program.derivatives(p)(y, 0.0, ticked), strict=True))
    for state, value in zip(program.states, y, strict=True):
        if state != "deposit":
            assert (np.abs(rates[state]) * 86400 <= 1e-8 * np.abs(value)).all(), state


# --- directions --------------------------------------------------------------------------------------------------------


def test_magnesium_holds_the_glands_back_and_so_does_its_lack():
    """The bell at fixed calcium."""
    mg = np.arange(0.30, 2.0, 0.01)
    hormone = seen(Mg_plasma=mg)["PTH"]
    top = int(np.argmax(hormone))
    assert 0.7 < mg[top] < 1.0
    assert (np.diff(hormone[: top + 1]) > 0).all()
    assert (np.diff(hormone[top:]) < 0).all()
    near = {at: np.interp(at, mg, np.gradient(hormone, mg)) for at in (0.5, 1.2)}
    assert near[0.5] > 1.0  # of normal, per mM
    assert near[1.2] < -0.3


def test_calcium_and_calcitriol_hold_the_glands_back():
    for changes in ({"Ca_plasma": np.arange(1.6, 3.0, 0.05)}, {"calcitriol": np.arange(0.1, 4.0, 0.1)}):
        assert (np.diff(seen(**changes)["PTH"]) < 0).all()


def test_a_ratio_of_calcium_to_magnesium_from_1_7_to_2_6_changes_plasma_little():
    diets = [eaten(ca=ratio * 350, mg=350) for ratio in (1.7, 2.0, 2.3, 2.6)]
    found, _ = steady_states("body", parameters={name: [diet[name] for diet in diets] for name in diets[0]})
    for name, normal, share in (("Ca_ionised_mM", 1.25, 0.02), ("Mg_ionised_mM", 0.5525, 0.05)):
        assert np.ptp(found[name]) > 0
        assert found[name] == pytest.approx(normal, rel=share)


def test_with_little_magnesium_more_calcium_lowers_it():
    found, _ = steady_states("body", parameters={"Ca_eaten": [5.0, 20.0, 50.0], "Mg_eaten": 4.0})
    assert (np.diff(found["Mg_plasma_mM"]) < -0.005).all()
    assert (found["Mg_plasma_mM"] > 0.65).all()


# --- words for a life --------------------------------------------------------------------------------------------------


def test_food_is_milligrams_or_text_with_a_unit():
    assert eaten() == {}
    assert eaten(ca=801.56) == {"Ca_eaten": pytest.approx(20.0)}
    assert eaten(mg=350) == {"Mg_eaten": pytest.approx(14.4, rel=1e-3)}
    both = {"Ca_eaten": pytest.approx(20.0), "Mg_eaten": pytest.approx(10.0)}
    assert eaten(ca="20 mmol", mg="0.24305 g") == both
    assert eaten(ca="801.56 mg", mg="10000 umol") == both
    assert eaten(ca=0, mg="0") == {"Ca_eaten": 0.0, "Mg_eaten": 0.0}


@pytest.mark.parametrize(
    ("food", "words"),
    [
        ({"ca": -1}, ["calcium eaten", "-1"]),
        ({"mg": "-2 mmol"}, ["magnesium eaten", "-2 mmol"]),
        ({"ca": 100001}, ["calcium eaten", "100 g"]),
        ({"ca": "5000 mmol"}, ["calcium eaten", "100 g"]),
        ({"mg": "much"}, ["magnesium eaten", "much", "mg"]),
        ({"mg": "3 mV"}, ["magnesium eaten", "3 mV", "mg"]),
        ({"ca": [800, 900]}, ["calcium eaten"]),
        ({"ca": float("nan")}, ["calcium eaten", "nan"]),
        ({"ca": True}, ["calcium eaten", "True"]),
    ],
)
def test_impossible_food_is_refused(food, words, refused):
    with refused(*words):
        eaten(**food)


@pytest.mark.parametrize("name", DISEASES)
def test_diseases_are_known_by_their_names_and_change_what_may_change(name):
    spoken = name.replace("_", " ").capitalize()
    assert disease(spoken) == disease(name.replace("_", "-")) == DISEASES[name]
    assert set(DISEASES[name]) <= set(BODY.changing)


@pytest.mark.parametrize("name", ["kidney failure", "CKD", "Renal-failure"])
def test_kidney_failure_is_refused_with_the_reason(name, refused):
    with refused(name, "phosphate"):
        disease(name)


def test_a_misspelt_disease_suggests_the_nearest(refused):
    with refused("hypoparathyroidsm", "did you mean 'hypoparathyroidism'?"):
        disease("hypoparathyroidsm")


def test_an_infusion_is_a_rate_that_begins_and_ends():
    given_ = infusion(Regimen().then(1, Mg_eaten=4.0), day=5, ion="mg", amount=30, hours=12)
    assert given_.course[1:] == ((5.0, {"Mg_infused": 60.0}), (5.5, {"Mg_infused": 0.0}))


def test_what_is_infused_arrives():
    """As a rise of what the body holds, whatever the kidney then does with it."""
    recording = simulate(
        "body",
        protocol=[infusion(Regimen(), 1, "mg", 20, hours=6), infusion(Regimen(), 1, "ca", 10, hours=2.4), Regimen()],
        duration=3.0,
        sample=0.05,
        engine="numpy",
    )
    assert recording.trace("Mg_ionised_mM", 0)[:21] == pytest.approx(recording.trace("Mg_ionised_mM", 2)[:21])
    for cell, ion, space, amount in ((0, "Mg", 24.0, 20.0), (1, "Ca", 14.0, 10.0)):
        plasma = recording.trace(f"{ion}_plasma_mM", cell)
        top = recording.trace_time[np.argmax(plasma)]
        assert top == pytest.approx(1.25 if ion == "Mg" else 1.1)
        early = (plasma[21] - plasma[20]) * space  # in the first 0.05 day, before much has left the plasma
        rate = amount / (0.25 if ion == "Mg" else 0.1)
        assert 0.6 * rate * 0.05 < early < rate * 0.05


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"ion": "na", "amount": 10, "hours": 6}, ["ion", "na"]),
        ({"ion": "mg", "amount": -10, "hours": 6}, ["-10 mmol"]),
        ({"ion": "mg", "amount": 10, "hours": 0}, ["0 h"]),
        ({"ion": "mg", "amount": float("nan"), "hours": 1}, ["nan mmol"]),
    ],
)
def test_impossible_infusion_is_refused(arguments, words, refused):
    with refused(*words):
        infusion(Regimen(), 1, **arguments)


@pytest.mark.parametrize(
    ("regimen", "words"),
    [
        (Regimen().then(0, Mg_eatn=4), ["Mg_eatn", "did you mean 'Mg_eaten'?"]),
        (Regimen({"Mgeaten": 4}), ["Mgeaten", "did you mean 'Mg_eaten'?"]),
        (Regimen().then(0, GFR=100), ["GFR", "regimen"]),
        (Regimen().then(0, Ca_eaten="800 mg/day"), ["Ca_eaten", "800 mg/day", "mmol/day is needed", "eaten"]),
        (Regimen().then(0, Ca_eaten=[5, 6]), ["Ca_eaten", "one value"]),
        (Regimen().then(0, Ca_eaten=float("nan")), ["Ca_eaten", "nan"]),
        (Regimen().then(1.3, Mg_eaten=4).then(1.333, Mg_eaten=5), ["1.333", "time step of 0.05 day"]),
        (infusion(Regimen(), 1, "mg", 30, hours=8), ["1.33333", "time step of 0.05 day"]),
        (Regimen().then(500, Mg_eaten=4), ["500 day", "after the run", "400 day"]),
    ],
)
def test_a_regimen_that_cannot_be_lived_is_refused(regimen, words, refused):
    with refused(*words):
        simulate("body", protocol=regimen, duration=400.0)


def test_a_change_within_a_day_falls_on_a_time_step():
    recording = simulate(
        "body", protocol=Regimen().then("30 h", Mg_eaten=40.0), duration=2.0, sample=0.25, engine="numpy"
    )
    absorbed = recording.trace("absorbed_Mg_mmol/day", 0)
    assert np.flatnonzero(np.diff(absorbed)).tolist() == [4]  # from sample 5 on, at 1.25 days
    assert recording.making["protocol"] == ["day 1.25: Mg_eaten 40"]


def test_values_may_carry_units_and_unusual_ones_are_remarked():
    recording = simulate(
        "body",
        protocol=[Regimen().then(0, Ca_eaten="20 mmol/day"), Regimen({"Mg_eaten": 100}).then(1, Mg_eaten=100)],
        duration=2.0,
        engine="numpy",
    )
    assert recording.trace("Ca_ionised_mM", 0)[-1] == pytest.approx(1.25, rel=1e-9)
    (remark,) = recording.making["remarks"]  # said once
    assert remark.startswith("Mg_eaten = 100 mmol/day is outside its plausible range")


def test_cells_take_no_regimen_and_bodies_no_volleys(refused):
    with refused("motoneuron", "regimen", "body"):
        simulate("motoneuron", protocol=Regimen().then(0, Mg_eaten=4))
    with refused("body", "volleys"):
        simulate("body", protocol=Train(20))


def test_a_body_without_a_regimen_lives_as_the_reference():
    recording = simulate("body", protocol=Rest(), duration=3.0, engine="numpy")
    assert recording.time_unit == "day"
    assert recording.trace("PTH_1", 0) == pytest.approx([1, 1, 1], rel=1e-9)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"dt": 0.3}, ["dt = 0.3 day", "divide 1 day"]),
        ({"dt": 2.0}, ["dt = 2 day"]),
        ({"sample": 0.07}, ["sample = 0.07 day", "multiple"]),
        ({"duration": 0.5}, ["duration = 0.5 day", "at least 1 day"]),
    ],
)
def test_impossible_clocks_of_a_body_are_refused(how, words, refused):
    with refused(*words):
        simulate("body", **{"duration": 10.0, **how})


# --- speed -------------------------------------------------------------------------------------------------------------


def spent():
    """Processor time of this process and those it has started, s."""
    return sum(os.times()[:4])


@pytest.mark.skipif(machine.compiler() is None, reason="compiled runs need a C++ compiler")
def test_a_year_of_a_thousand_bodies_takes_seconds():
    """By the clock, or, on a machine that is busy with other things, by the time that its processors spent on it."""
    lives = [Regimen().then(0, Mg_eaten=mg) for mg in np.linspace(0.5, 40.0, 1000).tolist()]
    simulate("body", protocol=lives, duration=1.0, traced=[])  # builds
    took = []
    for _ in range(2):
        began, before = time.perf_counter(), spent()
        recording = simulate("body", protocol=lives, duration=400.0, traced=[])
        took += [time.perf_counter() - began, (spent() - before) / machine.cores()]
    assert len(recording) == 1000
    assert min(took) < 5.0


# ---------------------------------------------------------------------------------------------------- treatments


@pytest.mark.parametrize("name", body.TREATMENTS)
def test_a_treatment_says_what_it_gives_and_has_a_source(name):
    treatment = body.TREATMENTS[name]
    assert treatment.source in REFERENCES
    assert re.search(r"\d|vitamin D", treatment.says)
    assert bool(treatment.more) != bool(treatment.infused)


def test_a_treatment_adds_to_what_is_eaten_then_and_ends():
    life = body.treated(Regimen().then(0, Mg_eaten=4.0), "oral-magnesium", 10, 20, times=2)
    assert [dict(values) for _, values in life.changes()[1:]] == [
        {"Mg_eaten": 4.0}, {"Mg_eaten": 34.0}, {"Mg_eaten": 4.0}
    ]  # fmt: skip
    assert [day for day, _ in life.changes()[1:]] == [0, 10, 20]


def test_an_infusion_gives_its_amount_and_ends_by_itself():
    (_, _), (start, on), (end, off) = body.treated(Regimen(), "magnesium sulphate", 1).changes()
    assert on["Mg_infused"] * (end - start) == pytest.approx(20)
    assert (start, end - start, off["Mg_infused"]) == (1, pytest.approx(3 / 24), 0)


def test_treatments_are_refused_by_their_nearest_name_and_without_a_dose(refused):
    with refused("treatment", "oral magnesum", "did you mean 'oral_magnesium'"):
        body.treated(Regimen(), "oral magnesum", 0)
    with refused("0 times calcitriol is impossible"):
        body.treated(Regimen(), "calcitriol", 0, times=0)


def test_a_body_without_kidneys_is_refused(refused):
    with refused("GFR = 0 L/day is impossible: a flow must be above 0"):
        simulate("body", parameters={"GFR": 0}, duration=1)


def test_states_can_be_held_and_the_rest_follows():
    held = body.held(load_model("body"), Mg_plasma="mM")
    found, kinds = steady_states(held, parameters={"held_Mg_plasma": [0.85, 0.4]})
    assert list(kinds) == ["stable"] * 2
    np.testing.assert_allclose(found["Mg_plasma_mM"], [0.85, 0.4])
    np.testing.assert_allclose(found["Ca_plasma_mM"][0], 1.25 / 0.52, rtol=1e-8)
    assert found["calcitriol_1"][1] < 0.3


def test_plasma_of_the_reference_body_is_the_reference(refused):
    reference = body.reference({"share_Ca": 0.5})
    assert (reference.ca, reference.mg) == (pytest.approx(1.25 / 0.52 * 0.5), pytest.approx(0.5525))
    with refused("state variable", "Mg_plasm"):
        body.held(load_model("body"), Mg_plasm="mM")
