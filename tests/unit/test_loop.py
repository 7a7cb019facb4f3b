import mpmath
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from excitability.loop import ON_ARRAYS, ON_NUMBERS, TINY, bernoulli, d_bernoulli, d_phi_1, phi_1

ARGUMENTS = st.one_of(st.floats(-700, 700), st.floats(-1, 1), st.floats(-12, 0).map(lambda e: 10**e))
AWAY_FROM_0 = ARGUMENTS.filter(lambda u: abs(u) >= 1e-4)


def exact(function, u):
    with mpmath.workdps(60):
        u = mpmath.mpf(u)
        return float(function(u))


def exact_bernoulli(u):
    return u / mpmath.expm1(u) if u else mpmath.mpf(1)


def exact_phi_1(u):
    return mpmath.expm1(u) / u if u else mpmath.mpf(1)


def slope(function):
    """Central difference in 60 digits: exact to 1e-35."""
    h = mpmath.mpf(10) ** -18
    return lambda u: (function(u + h) - function(u - h)) / (2 * h)


@pytest.mark.parametrize("names", [ON_ARRAYS, ON_NUMBERS], ids=["arrays", "numbers"])
@given(u=ARGUMENTS)
@example(u=0.0)
@example(u=-1e-9)
@example(u=1e-300)
@example(u=-5e-324)
def test_bernoulli_and_phi_1_are_exact_to_12_digits(names, u):
    assume(u != -TINY)
    assert names["bernoulli"](u) == pytest.approx(exact(exact_bernoulli, u), rel=1e-12, abs=0)
    assert names["phi_1"](u) == pytest.approx(exact(exact_phi_1, u), rel=1e-12, abs=0)
    assert names["exprel"](u) == names["phi_1"](u)


@pytest.mark.parametrize("u", [720.0, 1e4, 1e300])
def test_far_out_values_go_to_their_limits(u):
    with np.errstate(over="ignore"):
        assert bernoulli(u) == 0
        assert bernoulli(-u) == u
        assert phi_1(u) == np.inf
        assert phi_1(-u) == pytest.approx(1 / u, rel=1e-12, abs=0)


@given(AWAY_FROM_0)
def test_derivatives_are_those_of_the_functions(u):
    assert d_bernoulli(u) == pytest.approx(exact(slope(exact_bernoulli), u), rel=1e-9, abs=1e-300)
    assert d_phi_1(u) == pytest.approx(exact(slope(exact_phi_1), u), rel=1e-9, abs=1e-300)


@given(st.floats(-1e-4, 1e-4))
def test_derivatives_stay_near_their_values_at_0(u):
    assert d_bernoulli(u) == pytest.approx(-1 / 2, abs=1e-4)
    assert d_phi_1(u) == pytest.approx(1 / 2, abs=1e-4)


@given(st.floats(-30, 30))
def test_the_two_functions_belong_together(u):
    assume(abs(u) > 1e-300)
    assert bernoulli(u) * phi_1(u) == pytest.approx(1, rel=1e-14)
    assert bernoulli(-u) - bernoulli(u) == pytest.approx(u, rel=1e-12, abs=1e-15)


def test_names_mean_the_same_for_numbers_and_for_arrays():
    assert set(ON_NUMBERS) == set(ON_ARRAYS)
    for name in set(ON_ARRAYS) - {"clip", "logical_and", "logical_or", "binomial_quantile"}:
        for u in (0.25, 0.75):
            assert ON_NUMBERS[name](u) == pytest.approx(float(ON_ARRAYS[name](np.array([u]))[0]), rel=1e-15), name
    for condition in (False, True):
        assert ON_NUMBERS["int"](condition) == float(condition) == ON_ARRAYS["int"](np.array([condition]))[0]


@pytest.mark.parametrize("names", [ON_ARRAYS, ON_NUMBERS], ids=["arrays", "numbers"])
@pytest.mark.parametrize(("x", "clipped"), [(-2.0, -1.0), (0.5, 0.5), (7.0, 3.0), (np.inf, 3.0), (-np.inf, -1.0)])
def test_clipping_holds_numbers_between_limits_and_hides_no_nan(names, x, clipped):
    assert names["clip"](x, -1.0, 3.0) == clipped
    assert np.isnan(names["clip"](np.nan, -1.0, 3.0))


@pytest.mark.parametrize("function", [bernoulli, phi_1, d_bernoulli, d_phi_1])
def test_arrays_are_evaluated_element_by_element(function):
    u = np.array([-3.0, -1e-6, 0.0, 1e-6, 2.0])
    values = function(u)
    assert values.shape == u.shape
    assert values == pytest.approx([float(function(x)) for x in u], rel=1e-15)
    assert u.tolist() == [-3.0, -1e-6, 0.0, 1e-6, 2.0]
