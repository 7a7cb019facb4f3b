"""Every shipped model on both engines, against scipy and the model's own text. A new model joins by being there."""

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from by_equations import ByEquations
from by_hand import hodgkin_huxley
from excitability.experiments.benchmark import STIMULI
from numpy.typing import NDArray

from excitability import (
    InputError,
    Ions,
    Model,
    Protocol,
    Pulses,
    Ramp,
    Recording,
    Regimen,
    Step,
    Train,
    list_models,
    load_model,
    resting_state,
    simulate,
    timing,
)

# Brian2 calls pyparsing under names that pyparsing has deprecated
pytestmark = pytest.mark.filterwarnings(r"ignore:'\w+' (argument is )?deprecated:DeprecationWarning")
# one worker for all tests of a model, because they share its runs
EVERY_MODEL = pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name, marks=[pytest.mark.xdist_group(f"model {name}"), *[pytest.mark.long] * (name == "motor_fibre")]
        )
        for name in list_models()
    ],
)

Array = NDArray[np.float64]
# of cells in s, of bodies in days
LONGEST = {"s": 0.4, "day": 401.0}
WITHIN = {"s": 0.05e-3, "day": 0.01}  # of the exact times at the default time step
FLOOR = 1e-6  # s; below it an error of a time says nothing about the order of convergence
SAMPLE = 0.5  # ms, or days
ORDERS = {"exponential_strang": 2, "runge_kutta_4": 4}


def example(model: Model) -> Protocol:
    assert model.example is not None, (
        f"models/{model.name}.py needs an example: a stimulus that makes the cell respond (see Model)"
    )
    return model.example


def duration(name: str) -> float:
    """Until a little after the example ends, in whole milliseconds; of a body, long enough for plasma to settle."""
    model = load_model(name)
    longest = LONGEST[model.time]
    return min(longest, math.ceil(1e3 * (1.25 * example(model).end + 2e-3)) / 1e3) if model.time == "s" else longest


def stronger(protocol: Protocol) -> Protocol:
    if isinstance(protocol, Regimen):  # after another life: for ever on four fifths of what comes last
        _, last = protocol.course[-1]
        return replace(protocol, before={parameter: 0.8 * value for parameter, value in last.items()})
    if isinstance(protocol, Train):
        return replace(protocol, rate=min(1.25 * protocol.rate, 500.0))
    if isinstance(protocol, Step):
        return replace(protocol, amplitude=1.25 * protocol.amplitude)
    if isinstance(protocol, Pulses):
        return Pulses([replace(step, amplitude=1.25 * step.amplitude) for step in protocol.steps])
    assert isinstance(protocol, Ramp)
    return replace(protocol, peak=1.25 * protocol.peak)


def conditions(name: str) -> tuple[Ions, list[Protocol]]:
    """Two of them: the example in normal ions and in low magnesium, or else a stronger example."""
    model = load_model(name)
    if model.ions:
        return Ions(ca=[1.2, 1.2], mg=[0.55, 0.3]), [example(model)] * 2
    return Ions(), [example(model), stronger(example(model))]


@cache
def run(name: str, engine: str, halving: int = 1) -> Recording:
    ions, protocols = conditions(name)
    dt = load_model(name).dt / halving
    return simulate(
        name, ions=ions, protocol=protocols, duration=duration(name), noise=False, engine=engine, dt=dt, sample=SAMPLE
    )


@cache
def independent(name: str, condition: int) -> tuple[ByEquations, Array]:
    """The same cell from its own text, and its computed rest in SI."""
    ions, protocols = conditions(name)
    model = load_model(name)
    here = {ion: float(np.broadcast_to(getattr(ions, ion.lower()), 2)[condition]) for ion in ("Ca", "Mg")}
    cell = ByEquations(model, here if model.ions else {})  # 1 mM is 1 mol/m3
    before = dict(protocols[condition].changes()[:1]).get(-math.inf, {})
    rest, _ = resting_state(name, ions=Ions(ca=here["Ca"], mg=here["Mg"]), parameters=before)
    return cell, np.array([cell.si(*rest[state]) for state in cell.states])


@cache
def exact(name: str, condition: int) -> Array:
    cell, rest = independent(name, condition)
    return cell.solution(rest, conditions(name)[1][condition], duration(name))[0]


def error_of_states(recording: Recording, name: str, at: float) -> float:
    """Largest relative error of a state at a time at which there is a sample."""
    worst, traced = 0.0, load_model(name).traces
    for condition in range(2):
        cell, rest = independent(name, condition)
        _, right = cell.solution(rest, conditions(name)[1][condition], at)
        for state, exactly in zip(cell.states, right.tolist(), strict=True):
            values = recording.trace(f"{state}_{traced[state]}", condition)
            found = cell.si(values[np.flatnonzero(recording.trace_time == at)].item(), traced[state])
            worst = max(worst, abs(found / exactly - 1))
    return worst


def error(recording: Recording, name: str) -> float:
    """Largest error of an event's time, in the model's unit of it; the counts must agree."""
    worst = 0.0
    for condition in range(2):
        right, found = exact(name, condition), recording.events(condition)
        assert len(found) == len(right), f"{len(found)} events, and scipy finds {len(right)}"
        worst = max(worst, float(np.abs(found - right).max(initial=0.0)))
    return worst


@EVERY_MODEL
def test_the_example_makes_the_cell_respond(name: str) -> None:
    assert len(exact(name, 0)) > 0, f"the example of models/{name}.py evokes no event until {duration(name):g}"
    assert not np.array_equal(exact(name, 0), exact(name, 1))  # the conditions differ


@EVERY_MODEL
def test_rest_is_an_equilibrium_of_the_models_own_text(name: str) -> None:
    for condition in range(2):
        cell, rest = independent(name, condition)
        moved = cell.distance_from_rest(rest, conditions(name)[1][condition])
        assert np.all(np.abs(moved) <= 1e-7 * np.abs(rest) + 1e-15), dict(zip(cell.states, moved, strict=True))


@EVERY_MODEL
def test_the_loop_converges_to_the_exact_solution_with_the_order_of_its_method(name: str) -> None:
    """By the times of its events; those are found on straight lines between steps, so that order 4 shows in states only."""
    model, runs = load_model(name), [run(name, "numpy", halving) for halving in (1, 2)]
    whole, half = (error(recording, name) for recording in runs)
    assert whole < WITHIN[model.time]
    order = ORDERS[model.integrator]
    if order > 2:
        soon = example(model).end + 2  # later all steps are short enough
        whole, half = (error_of_states(recording, name, soon) for recording in runs)
    elif max(whole, half) < FLOOR:
        return
    measured = np.log2(whole / half)
    assert order - 0.3 < measured < order + 0.3, f"order {measured:.2f}: errors {whole:.3g} and {half:.3g}"


@EVERY_MODEL
@pytest.mark.usefixtures("compiled")
def test_the_compiled_engine_agrees_with_the_loop_and_with_the_exact_times(name: str) -> None:
    compiled, loop = run(name, "cpp"), run(name, "numpy")
    for condition in range(2):
        assert len(compiled.events(condition)) == len(loop.events(condition))
        np.testing.assert_allclose(compiled.events(condition), loop.events(condition), rtol=0, atol=1e-6)
    assert error(compiled, name) < WITHIN[load_model(name).time]


@pytest.mark.xdist_group("model body")
@pytest.mark.parametrize("engine", ["numpy", "cpp"])
def test_a_body_ends_where_the_exact_solution_does(engine: str, request: pytest.FixtureRequest) -> None:
    if engine == "cpp":
        request.getfixturevalue("compiled")
    assert error_of_states(run("body", engine), "body", 400.0) < 1e-9


LIVES = (
    Regimen().then(0, Ca_eaten=0.0, Mg_eaten=0.0),
    Regimen().then(10, Ca_eaten=150.0).then(40, Mg_eaten=150.0, calcitriol_given=2.0),
    Regimen({"gland": 0.03}).then(5, Mg_infused=40.0).then(8, Mg_infused=0.0).then(30, calcitriol_given=1.0),
    Regimen({"Mg_eaten": 4.0}).then(20, gland=4.0, set_point_shift=1.17).then(50, vitamin_D=0.1, Mg_reabsorption=0.65),
    Regimen().then(0, TRPM6=0.0, Mg_reabsorption=0.6, Mg_eaten=60.0).then(30, Mg_eaten=0.5),
)


@pytest.mark.xdist_group("model body")
def test_half_the_time_step_changes_nothing_in_a_body_from_day_60_on() -> None:
    whole, half = (
        simulate("body", protocol=LIVES, duration=161.0, dt=dt, sample=20.0, engine="numpy") for dt in (0.05, 0.025)
    )
    for name, values in whole.traces.items():
        np.testing.assert_allclose(values[:, 3:], half.traces[name][:, 3:], rtol=1e-6, atol=1e-12, err_msg=name)
    assert np.ptp(whole.traces["Mg_plasma_mM"][:, -1]) > 0.5  # the lives differ


def test_a_model_without_an_example_fails_with_a_clear_message() -> None:
    with pytest.raises(AssertionError, match=r"models/squid_axon\.py needs an example"):
        example(replace(load_model("squid_axon"), example=None))


def test_the_squid_axon_has_the_published_rates() -> None:
    """The model's text with its parameters beside the formulas typed by hand, in mV and ms."""
    cell = ByEquations(load_model("squid_axon"), {})
    generator = np.random.default_rng(3)
    for _ in range(20):
        V, current = generator.uniform(-100, 60), generator.uniform(-5, 20)
        gates = generator.uniform(0, 1, 3)
        right = hodgkin_huxley(0.0, [V, *gates], current)
        by_name = dict(zip(("V", "m", "h", "n"), (1e-3 * V, *gates), strict=True))
        rates = cell.function(0.0, [by_name[state] for state in cell.states], 0.0, 1e-2 * current)
        found = dict(zip(cell.states, rates, strict=True))
        assert [found["V"], *(1e-3 * found[gate] for gate in "mhn")] == pytest.approx(right, rel=1e-9)


@pytest.mark.parametrize("name", list(STIMULI))
def test_the_benchmark_judges_by_the_exact_times(name: str) -> None:
    """Its translated equations against the model's own text."""
    stimulus, until = Step(12.0, duration=0.1, start=0.01), 0.12
    cell, rest = independent(name, 0)
    right, _ = cell.solution(rest, stimulus, until)
    assert len(right) > 2
    found = timing.exact_times(load_model(name), stimulus, until, {})
    np.testing.assert_allclose(found, right, rtol=0, atol=2e-9)


@pytest.mark.parametrize("stimulus", [Train(20, 0.1), Ramp(10.0, 0.1)])
def test_the_benchmark_refuses_what_changes_in_between(stimulus: Protocol) -> None:
    with pytest.raises(InputError, match="constant between its edges"):
        timing.exact_times(load_model("motoneuron"), stimulus, 0.2, {})
