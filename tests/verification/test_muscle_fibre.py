"""The muscle fibre: rest and impulse as in people and rats, and no trouble where formulas divide nothing by nothing."""

import numpy as np
import pytest

from excitability import Impulses, Step, load_model, measures, simulate
from excitability.simulation import one_cell

pytestmark = pytest.mark.xdist_group("fibre")
AT_S, STEP = 2e-3, 0.5  # when things happen; uA/cm2
NORMAL, LITTLE_CHLORIDE, NO_MAGNESIUM, PUSHED = range(4)


@pytest.fixture(scope="module")
def derivatives():
    """Time derivatives of all states by name, from rest with some states changed; SI."""
    job, made, rest, _ = one_cell(load_model("muscle_fibre"))
    program, p = made.program, job.parameters
    slow = program.slow(p)([p.get(name, 0.0) for name in program.ticked[: program.given]])
    function = program.derivatives(p)

    def at(**changes):
        state = [np.array([changes.get(name, rest[name])]) for name in program.states]
        return {
            name: float(np.broadcast_to(value, 1)[0])
            for name, value in zip(program.states, function(state, -1.0, slow), strict=True)
        }

    return at


@pytest.mark.parametrize("membrane", ["V", "V_t"])
@pytest.mark.parametrize(
    "potential", [-46.0, -40.0, 0.0]
)  # V_m, V_n, and where the constant-field currents divide by 0
def test_derivatives_are_finite_and_continuous_where_a_formula_is_singular(derivatives, membrane, potential):
    exact, step = 1e-3 * potential, 1e-7
    at, below, above = (derivatives(**{membrane: v}) for v in (exact, exact - step, exact + step))
    assert all(np.isfinite(list(at.values())))
    for name, value in at.items():
        slope = above[name] - below[name]
        assert value == pytest.approx((below[name] + above[name]) / 2, rel=1e-6, abs=1e-3 * abs(slope) + 1e-12), name
        assert abs(slope) <= 1e-3 * max(abs(value), abs(above[name]), 1e-9), name


@pytest.fixture(scope="module")
def run():
    """Four fibres: as it is, with a fifth of chloride, without magnesium inside, and pushed a little by a current."""
    impulse = Impulses([AT_S])
    return simulate(
        "muscle_fibre",
        protocol=[impulse, impulse, impulse, Step(STEP, 0.023, AT_S)],
        parameters={"g_Cl": [6.55, 1.31, 6.55, 6.55], "Mg_i": [0.56, 0.56, 0.0, 0.56]},
        duration=0.025,
        sample=0.025,
        noise=False,
        engine="numpy",  # a build takes longer
    )


def test_rest_and_impulse_are_those_of_human_muscle(run):
    """Rest -80 to -90, peak +20 to +50 mV, 0.8 to 2 ms at half height: textbook ranges, remembered."""
    t, v = 1e3 * run.trace_time, run.trace("V_mV", NORMAL)
    found = measures.twitch(t, v, at=1e3 * AT_S)
    assert -90 < found.rest < -80
    assert 20 < found.rest + found.height < 50
    assert 0.8 < found.half_width < 2.0
    assert len(run.events(NORMAL)) == 1
    assert 0.5e-3 < run.events(NORMAL)[0] - AT_S < 2e-3  # the junction's delay
    assert run.trace("V_t_mV", NORMAL).max() > 0  # the impulse runs into the tubules


def test_potassium_in_the_tubules_is_that_outside_at_rest(run):
    assert run.trace("K_t_mM", NORMAL)[0] == pytest.approx(4.0, abs=0.05)


def test_resting_conductance_is_of_the_size_measured_in_the_rat(run):
    """Palade & Barchi 1977: 2.45 mS/cm2, of which 85 % chloride; 1 to 3 for the sum, and the share is known to be too low."""
    v = run.trace("V_mV", PUSHED)
    assert 1.0 < STEP / (v[-1] - v[0]) < 3.0
    assert len(run.events(PUSHED)) == 0


def test_a_fibre_with_little_chloride_or_no_magnesium_stays_finite(run):
    for cell in (LITTLE_CHLORIDE, NO_MAGNESIUM):
        assert all(np.isfinite(traces[cell]).all() for traces in run.traces.values())
    assert len(run.events(LITTLE_CHLORIDE)) == 1  # and no discharge of its own, unlike in myotonia
    # without magnesium there is no MgATP: the pump stands still
    assert run.trace("Ca_i_uM", NO_MAGNESIUM)[0] > 10 * run.trace("Ca_i_uM", NORMAL)[0]


def test_a_fibre_without_chloride_stays_finite():
    run = simulate(
        "muscle_fibre",
        protocol=Impulses([AT_S]),
        parameters={"g_Cl": 0.0},
        duration=0.006,
        noise=False,
        engine="numpy",
    )
    assert run.trace("K_t_mM", 0).min() > 0


def test_the_fibre_pulls_the_same_with_half_the_time_step(run):
    half = simulate("muscle_fibre", protocol=Impulses([AT_S]), duration=0.025, sample=0.025, dt=0.0125, noise=False,
                    engine="numpy")  # fmt: skip
    for name in ("force_1", "Ca_i_uM"):
        a, b = run.trace(name, NORMAL), half.trace(name, 0)
        assert a[-1] == pytest.approx(b[-1], rel=5e-3), name
        assert a.max() == pytest.approx(b.max(), rel=1e-2), name
