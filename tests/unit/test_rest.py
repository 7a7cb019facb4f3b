import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from excitability import rest


def linear(A, equilibrium):
    """Rates A (x - equilibrium) for arrays (states, ..., cells)."""
    A = np.asarray(A, dtype=float)

    def derivatives(x):
        away = x - np.asarray(equilibrium, dtype=float).reshape(-1, *[1] * (x.ndim - 1))
        return np.einsum("ij,j...->i...", A, away)

    return derivatives


@pytest.mark.parametrize(
    ("A", "stable"),
    [
        ([[-1, 2], [0, -3]], True),
        ([[-0.1, 5], [-5, -0.1]], True),  # spirals in
        ([[0.1, 5], [-5, 0.1]], False),  # spirals out
        ([[1, 0], [0, -3]], False),  # saddle
        ([[-1e4, 0], [1, -0.05]], True),  # stiff: 0.1 ms and 20 s
    ],
)
def test_linear_system_has_its_equilibrium_with_its_stability(A, stable):
    found = rest.find(linear(A, [-0.065, 0.3]), np.array([[-0.065], [0.3]]))
    assert found.found.tolist() == [True]
    assert found.stable.tolist() == [stable]
    assert found.values[:, 0] == pytest.approx([-0.065, 0.3], rel=1e-9)


@given(
    st.lists(st.tuples(st.floats(0.05, 1e4), st.floats(-10, 10), st.floats(0.2, 4)), min_size=1, max_size=4),
    st.floats(-1, 1),
)
def test_stable_linear_system_is_found_from_wherever_the_search_starts(parts, coupling):
    rates, equilibrium, factor = (np.array(column) for column in zip(*parts, strict=True))
    equilibrium = np.where(np.abs(equilibrium) < 0.01, 0.01, equilibrium)
    A = -np.diag(rates) + coupling * np.triu(np.ones((len(rates), len(rates))), 1)
    found = rest.find(linear(A, equilibrium), (equilibrium * factor)[:, None])
    assert found.found.all()
    assert found.stable.all()
    assert found.values[:, 0] == pytest.approx(equilibrium, rel=1e-6, abs=1e-6)


@given(st.floats(1e-4, 100), st.floats(1e-6, 100))
def test_state_without_a_guess_starts_at_0_and_still_settles(tau, equilibrium):
    found = rest.find(linear([[-1 / tau]], [equilibrium]), np.zeros((1, 1)))
    assert found.found.all()
    assert found.values[0, 0] == pytest.approx(equilibrium, rel=1e-6)


@pytest.mark.parametrize(
    "speed",
    [
        1.0,
        777.0,
        1e4,
    ],
)
def test_bistable_cell_goes_to_the_rest_of_its_own_basin(speed):
    guesses = np.array([[-5.0, -0.2, -1e-3, 1e-3, 0.2, 3.0]])
    found = rest.find(lambda x: speed * (x - x**3), guesses)
    assert found.found.all()
    assert found.stable.all()
    assert found.values[0] == pytest.approx([-1, -1, -1, 1, 1, 1])


def test_equilibrium_between_two_basins_is_found_and_called_unstable():
    found = rest.find(lambda x: x - x**3, np.array([[0.0]]))
    assert (found.values[0, 0], found.found[0], found.stable[0]) == (0, True, False)


def test_growth_as_fast_as_the_first_step_is_no_obstacle():
    found = rest.find(lambda x: 1e3 * (x - x**3), np.array([[0.0, 0.5]]))
    assert found.values[0] == pytest.approx([0, 1])


@pytest.mark.parametrize("derivatives", [lambda x: 1 + x**2, lambda x: 1e-6 + x**2, lambda x: 1.0 + 0 * x, np.exp])
def test_without_an_equilibrium_none_is_found(derivatives):
    found = rest.find(derivatives, np.array([[0.0, 0.5, -0.5]]))
    assert not found.found.any()
    assert not found.stable.any()


def test_cells_are_judged_one_by_one():
    level = np.array([-1.0, 1.0])  # x' = level + x**2: rest at -1 for the first cell, none for the second
    found = rest.find(lambda x: level + x**2, np.array([[-0.5, -0.5]]))
    assert found.found.tolist() == found.stable.tolist() == [True, False]
    assert found.values[0, 0] == pytest.approx(-1)


def test_where_the_equations_have_no_value_nothing_is_found():
    assert not rest.find(np.log, np.array([[-1.0]])).found.any()


@pytest.mark.parametrize("guess", [0.56, 0.5501, 0.55001])
def test_slow_state_is_followed_to_its_end(guess):
    tau = 3 * 86400.0  # days, as for ions behind a barrier
    found = rest.find(linear([[-1 / tau]], [0.55]), np.array([[guess]]))
    assert found.values[0, 0] == pytest.approx(0.55, rel=1e-9)


def test_search_leaves_the_guess_alone():
    guess = np.array([[0.2]])
    rest.find(lambda x: x - x**3, guess)
    assert guess.tolist() == [[0.2]]
