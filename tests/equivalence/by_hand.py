"""Models and measures typed out from their published formulas, sharing nothing with the package.

Units here are those of the field: mV, ms, uA/cm**2, mS/cm**2, uF/cm**2, mM.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log, log10
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline

Array = NDArray[np.float64]


def hodgkin_huxley(_t: float, y: Sequence[float], current: float) -> list[float]:
    """The squid axon of 1952 at 6.3 degrees, rest near -65 mV: V, m, h, n."""
    V, m, h, n = y
    alpha_m = 0.1 * (V + 40) / (1 - exp(-(V + 40) / 10))
    beta_m = 4 * exp(-(V + 65) / 18)
    alpha_h = 0.07 * exp(-(V + 65) / 20)
    beta_h = 1 / (1 + exp(-(V + 35) / 10))
    alpha_n = 0.01 * (V + 55) / (1 - exp(-(V + 55) / 10))
    beta_n = 0.125 * exp(-(V + 65) / 80)
    return [
        current - 120 * m**3 * h * (V - 50) - 36 * n**4 * (V + 77) - 0.3 * (V + 54.387),
        alpha_m * (1 - m) - beta_m * m,
        alpha_h * (1 - h) - beta_h * h,
        alpha_n * (1 - n) - beta_n * n,
    ]


#: Where the squid axon starts in these tests, near its rest.
HODGKIN_HUXLEY_START = (-65.0, 0.05, 0.6, 0.32)


@dataclass(frozen=True)
class Motoneuron:
    """The two-compartment motoneuron with divalent ions, recommended set of parameters."""

    ca: float = 1.2
    mg: float = 0.55

    #: Order of the state vector, under the package's names, with the package's units.
    STATES = (
        "V_soma", "V_dendrite", "m", "h", "p_NaP", "n", "c_N", "k_N", "Ca_i", "d", "h_L", "g_AMPA", "g_NMDA",
    )  # fmt: skip
    W_AMPA = 0.16
    W_NMDA = 0.002

    def rates(self, _t: float, y: Sequence[float], current: float = 0.0) -> list[float]:
        """Time derivatives, per ms."""
        Vs, Vd, m, h, p, n, c, k, cai, d, hl, g_a, g_n = y
        ca, mg = self.ca, self.mg
        shift = 23 * log10((ca + 0.6 * mg + 0.395) / 1.925)
        entry = (ca / 5) / (1 + ca / 5 + mg / 6.7) / ((1.2 / 5) / (1 + 1.2 / 5 + 0.55 / 6.7))
        nernst = 1000 * 8.314462618 * 309.15 / (2 * 96485.33212)
        block = (1 + 0.55 / 3.57 * exp(3.72)) / (1 + mg / 3.57 * exp(-0.062 * Vd))

        S = Vs - shift  # what the gates of the soma feel
        D = Vd - shift
        a_m = -0.4 * (S + 49) / (exp(-(S + 49) / 5) - 1)
        b_m = 0.4 * (S + 25) / (exp((S + 25) / 5) - 1)
        h_inf = 1 / (1 + exp((S + 58) / 7))
        tau_h = 30 / (exp((S + 60) / 15) + exp(-(S + 60) / 16))
        a_p = -0.0353 * (S + 21.4) / (exp(-(S + 21.4) / 5) - 1)
        b_p = 0.000883 * (S + 25.7) / (exp((S + 25.7) / 5) - 1)
        n_inf = 1 / (1 + exp(-(S + 31) / 15))
        tau_n = 5 / (exp((S + 50) / 40) + exp(-(S + 50) / 50))

        i_na = 26.75 * m**3 * h * (Vs - 50)
        i_nap = 0.00086 * p**3 * (Vs - 50)
        i_kdr = 6.2 * n**4 * (Vs + 80)
        i_n = 0.008 * entry * c**2 * k * (Vs - (nernst * log(2 * (ca / 1.2) / cai) - 70))
        i_kca = 0.75 * cai / (cai + 0.0005) * (Vs + 80)
        i_soma = current - i_na - i_n - i_nap - i_kdr - i_kca - 0.143 * (Vs + 70) + 0.211 * (Vd - Vs) / 0.492
        i_dendrite = (
            -0.175 * entry * d * hl * (Vd - 60 - nernst * log(ca / 1.2))
            - 0.131 * (Vd + 70)
            - (0.014 + g_a + g_n * block) * Vd
            + 0.211 * (Vs - Vd) / 0.508
        )
        return [
            i_soma / 1.058,
            i_dendrite / 0.915,
            a_m * (1 - m) - b_m * m,
            (h_inf - h) / tau_h,
            a_p * (1 - p) - b_p * p,
            (n_inf - n) / tau_n,
            (1 / (1 + exp(-(S + 25) / 5)) - c) / 15,
            (1 / (1 + exp((S + 43) / 5)) - k) / 50,
            -0.01 * i_n - 0.02 * cai,
            (1 / (1 + exp(-(D + 43) / 6)) - d) / 60,
            (1 / (1 + exp((D + 30) / 5)) - hl) / 20000,
            -g_a / 4,
            -g_n / 80,
        ]

    def spikes(
        self,
        start: Sequence[float],
        duration: float,
        *,
        volleys: Sequence[float] = (),
        step: tuple[float, float, float] = (0.0, 0.0, 0.0),
        method: str = "DOP853",
    ) -> Array:
        """Upward crossings of 0 mV at the soma, ms; `step` is (from, to, current)."""
        kicks = [round(v, 9) for v in volleys]
        edges = sorted({0.0, duration, *kicks, *(e for e in step[:2] if 0 < e < duration)})
        y = np.array(start, dtype=float)
        found: list[float] = []
        for a, b in pairwise(edges):
            if a in kicks:
                y[-2] += self.W_AMPA
                y[-1] += self.W_NMDA
            current = step[2] if step[0] <= a < step[1] else 0.0
            more, y = crossings(lambda t, x, i=current: self.rates(t, x, i), y, (a, b), method=method)
            found += more
        return np.array(found)


def crossings(
    rates: Callable[[float, Any], Any], start: Sequence[float] | Array, span: tuple[float, float], *, method: str
) -> tuple[list[float], Array]:
    """Upward crossings of 0 by the first variable, and the last state, from a nearly exact solution."""

    def level(_t: float, y: Array) -> float:
        return float(y[0])

    level.direction = 1.0  # type: ignore[attr-defined]
    start = np.asarray(start, dtype=float)
    size = np.maximum(np.abs(start), 1e-7)
    size[0] = 1.0
    # at rest an explicit method would try steps far beyond its stability
    longest = 0.25 if method == "DOP853" else np.inf
    solution = solve_ivp(
        rates, span, start, method=method, rtol=1e-10, atol=1e-10 * size, events=level, max_step=longest
    )
    assert solution.success, solution.message
    return list(solution.t_events[0]), solution.y[:, -1]


def upward_crossings(t: Array, v: Array) -> Array:
    """Upward crossings of 0 by samples, from a cubic spline through them."""
    spline = CubicSpline(t, v)
    roots = spline.solve(0.0, extrapolate=False)
    return np.asarray(roots[spline(roots, 1) > 0])


def orders(errors: Sequence[float]) -> Array:
    """Order of convergence measured at every halving of the time step."""
    return np.log2(np.asarray(errors[:-1]) / np.asarray(errors[1:]))
