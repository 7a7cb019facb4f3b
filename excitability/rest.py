"""The resting state: computed for every condition, never typed in."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RestingState:
    """An equilibrium of every cell.

    Parameters
    ----------
    values : array
        (states, cells), SI.
    found : bool array
        (cells,): whether there is one. Where there is none, `values` are wherever the search ended.
    stable : bool array
        (cells,): whether a small disturbance dies out. Where it does not, the cell has no rest: it fires by itself, or
        stays wherever it is pushed.
    """

    values: Array
    found: NDArray[np.bool_]
    stable: NDArray[np.bool_]


def _jacobian(derivatives: Callable[[Array], Array], x: Array) -> Array:
    """Central differences, all in one call: (cells, states, states)."""
    states = len(x)
    h = 1e-6 * np.abs(x) + 1e-10
    moved = np.repeat(x[:, None, :], 2 * states, axis=1)
    for j in range(states):
        moved[j, 2 * j] += h[j]
        moved[j, 2 * j + 1] -= h[j]
    rates = derivatives(moved)
    return np.asarray(((rates[:, 0::2] - rates[:, 1::2]) / (2 * h)).transpose(2, 0, 1))


LONG = 1e8  # s; steps as long as this are Newton's method


def find(
    derivatives: Callable[[Array], Array], guess: Array, *, steps: int = 300, first: float = 1e-3, follow: bool = True
) -> RestingState:
    """Find the equilibrium that the dynamics lead to from a guess.

    Implicit Euler steps that grow as they succeed: small ones follow the dynamics, so that the answer is the equilibrium
    in whose basin the guess lies, and large ones are Newton's method (pseudo-transient continuation). Where a
    disturbance grows faster than the step is long, the step would run backwards, and is shortened.

    Parameters
    ----------
    derivatives : function of an array (states, ..., cells) to an array of the same shape
        Time derivatives in SI, without stimulus or noise.
    guess : array
        (states, cells).
    steps : int
        Most steps tried.
    first : float
        First time step, s.
    follow : bool
        False takes any equilibrium near the guess, also one that the dynamics leave.

    Returns
    -------
    RestingState
    """
    x = np.array(guess, dtype=float)
    states, cells = x.shape
    identity = np.eye(states)
    step = np.full(cells, first if follow else LONG)
    settled = np.zeros(cells, dtype=bool)
    scale = np.where(x == 0, 1.0, np.abs(x))  # what is guessed as 0 is a gate or a conductance
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for _ in range(steps):
            rate = derivatives(x)
            matrix = identity / step[:, None, None] - _jacobian(derivatives, x)
            usable = np.isfinite(matrix).all(axis=(1, 2)) & np.isfinite(rate).all(axis=0)
            matrix = np.where(usable[:, None, None], matrix, identity)
            sign = np.linalg.slogdet(matrix)[0]
            usable &= sign > 0 if follow else sign != 0
            matrix = np.where(usable[:, None, None], matrix, identity)
            move = np.where(usable, np.linalg.solve(matrix, rate.T[:, :, None])[:, :, 0].T, 0.0)
            scale = np.maximum(scale, np.abs(x))
            # a step that changes anything much does not follow the dynamics: a potential by some millivolts, a gate by 0.05
            most = np.max(np.abs(move) / scale, axis=0)
            share = np.minimum(1.0, (0.05 if follow else 0.5) / np.maximum(most, 1e-300))
            x = x + move * share
            left = np.max(np.abs(move) / np.maximum(np.abs(x), 1e-12), axis=0)
            # a short step is small whatever the distance
            settled = (usable & (left < 1e-10) & (step >= LONG)) | (rate == 0).all(axis=0)
            if settled.all():
                break
            if follow:
                step = np.where(
                    usable & (share >= 1), np.minimum(step * 2, 2 * LONG), step * np.where(usable, 0.7, 0.5)
                )
        jacobian = _jacobian(derivatives, x)
        sound = settled & np.isfinite(jacobian).all(axis=(1, 2))
        growth = np.linalg.eigvals(np.where(sound[:, None, None], jacobian, identity)).real.max(axis=1)
    return RestingState(values=x, found=sound, stable=sound & (growth < 0))
