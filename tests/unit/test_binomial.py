"""Numbers of successes from chances."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, kstest

from excitability.loop import binomial_quantile

CHANCES = st.floats(1e-6, 1 - 1e-6)


@given(CHANCES, st.integers(0, 3000), st.floats(1e-4, 0.999))
def test_it_is_the_quantile_of_the_binomial_distribution(u, n, p):
    k = float(binomial_quantile(u, n, p))
    # rounding may move a chance that lies on an edge by one
    assert binom.cdf(k, n, p) >= u - 1e-9
    assert binom.cdf(k - 1, n, p) <= u + 1e-9


@given(CHANCES, st.floats(0, 1000), st.sampled_from([0.0, 1.0]))
def test_certain_outcomes(u, n, p):
    assert float(binomial_quantile(u, n, p)) == p * np.floor(n + 0.5)


@given(st.floats(0, 1000), st.floats(0, 1))
def test_without_a_chance_it_is_the_mean(n, p):
    assert float(binomial_quantile(-1.0, n, p)) == n * p


def test_uniform_chances_give_binomial_numbers():
    u = np.random.default_rng(1).random(4000)
    k = binomial_quantile(u, 400.0, 0.11)
    assert k.mean() == pytest.approx(44.0, abs=0.4)
    assert k.var() == pytest.approx(400 * 0.11 * 0.89, rel=0.08)
    jittered = k - np.random.default_rng(2).random(4000)
    edges = np.arange(-1, 401)
    right = binom.cdf(edges, 400, 0.11)
    assert kstest(jittered, lambda x: np.interp(x, edges, right)).pvalue > 1e-3


def test_arrays_pair_up():
    u, n, p = np.array([0.1, 0.9]), np.array([400.0, 100.0]), np.array([0.11, 0.5])
    both = binomial_quantile(u, n, p)
    assert both.tolist() == [float(binomial_quantile(*one)) for one in zip(u, n, p, strict=True)]
