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
LONGEST = 0.4  # s
WITHIN = 0.05e-3  # s, of the exact times at the default time step
FLOOR = 1e-6  # s; below it an error says nothing about the order of convergence


def example(model: Model) -> Protocol:
    assert model.example is not None, (
        f"models/{model.name}.py needs an example: a stimulus that makes the cell respond (see Model)"
    )
    return model.example


def duration(name: str) -> float:
    """Until a little after the example ends, in whole milliseconds."""
    return min(LONGEST, math.ceil(1e3 * (1.25 * example(load_model(name)).end + 2e-3)) / 1e3)


def stronger(protocol: Protocol) -> Protocol:
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
        name, ions=ions, protocol=protocols, duration=duration(name), noise=False, engine=engine, dt=dt, sample=0.5
    )


@cache
def independent(name: str, condition: int) -> tuple[ByEquations, Array]:
    """The same cell from its own text, and its computed rest in SI."""
    ions, _ = conditions(name)
    model = load_model(name)
    here = {ion: float(np.broadcast_to(getattr(ions, ion.lower()), 2)[condition]) for ion in ("Ca", "Mg")}
    cell = ByEquations(model, here if model.ions else {})  # 1 mM is 1 mol/m3
    rest, _ = resting_state(name, ions=Ions(ca=here["Ca"], mg=here["Mg"]))
    return cell, np.array([cell.si(*rest[state]) for state in cell.states])


@cache
def exact(name: str, condition: int) -> Array:
    cell, rest = independent(name, condition)
    return cell.events(rest, conditions(name)[1][condition], duration(name))


def error(recording: Recording, name: str) -> float:
    """Largest error of an event's time in s; the counts must agree."""
    worst = 0.0
    for condition in range(2):
        right, found = exact(name, condition), recording.events(condition)
        assert len(found) == len(right), f"{len(found)} events, and scipy finds {len(right)}"
        worst = max(worst, float(np.abs(found - right).max(initial=0.0)))
    return worst


@EVERY_MODEL
def test_the_example_makes_the_cell_respond(name: str) -> None:
    assert len(exact(name, 0)) > 0, f"the example of models/{name}.py evokes no event in {duration(name):g} s"
    assert not np.array_equal(exact(name, 0), exact(name, 1))  # the conditions differ


@EVERY_MODEL
def test_rest_is_an_equilibrium_of_the_models_own_text(name: str) -> None:
    for condition in range(2):
        cell, rest = independent(name, condition)
        moved = cell.distance_from_rest(rest)
        assert np.all(np.abs(moved) <= 1e-7 * np.abs(rest) + 1e-15), dict(zip(cell.states, moved, strict=True))


@EVERY_MODEL
def test_the_loop_converges_to_the_exact_times_with_second_order(name: str) -> None:
    whole, half = (error(run(name, "numpy", halving), name) for halving in (1, 2))
    assert whole < WITHIN
    order = np.log2(whole / half)
    assert 1.7 < order < 2.3 or max(whole, half) < FLOOR, f"order {order:.2f}: errors {whole:.3g} s and {half:.3g} s"


@EVERY_MODEL
@pytest.mark.usefixtures("compiled")
def test_the_compiled_engine_agrees_with_the_loop_and_with_the_exact_times(name: str) -> None:
    compiled, loop = run(name, "cpp"), run(name, "numpy")
    for condition in range(2):
        assert len(compiled.events(condition)) == len(loop.events(condition))
        np.testing.assert_allclose(compiled.events(condition), loop.events(condition), rtol=0, atol=1e-6)
    assert error(compiled, name) < WITHIN


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
    right = cell.events(rest, stimulus, until)
    assert len(right) > 2
    found = timing.exact_times(load_model(name), stimulus, until, {})
    np.testing.assert_allclose(found, right, rtol=0, atol=2e-9)


@pytest.mark.parametrize("stimulus", [Train(20, 0.1), Ramp(10.0, 0.1)])
def test_the_benchmark_refuses_what_changes_in_between(stimulus: Protocol) -> None:
    with pytest.raises(InputError, match="constant between its edges"):
        timing.exact_times(load_model("motoneuron"), stimulus, 0.2, {})
