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
    derivatives: Callable[[Array], Array], guess: Array, *, steps: int = 120, first: float = 0.87e-3
) -> RestingState:
    """Find the equilibrium that the dynamics lead to from a guess.

    Implicit Euler steps that grow as they succeed: small ones follow the dynamics, so that the answer is the equilibrium
    in whose basin the guess lies, and large ones are Newton's method (pseudo-transient continuation).

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
    """
    x = np.array(guess, dtype=float)
    states, cells = x.shape
    identity = np.eye(states)
    step = np.full(cells, first)
    settled = np.zeros(cells, dtype=bool)
    scale = np.maximum(np.abs(x), 1e-12)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for _ in range(steps):
            rate = derivatives(x)
            jacobian = _jacobian(derivatives, x)
            matrix = identity / step[:, None, None] - jacobian
            matrix = np.where(np.isfinite(matrix), matrix, identity)
            try:
                move = np.linalg.solve(matrix, rate.T[:, :, None])[:, :, 0].T
            except np.linalg.LinAlgError:  # growth exactly as fast as the step: another step
                step = step * 0.9
                continue
            good = np.isfinite(move).all(axis=0)
            scale = np.maximum(scale, np.abs(x))
            # a step that would more than halve or double something that has one sign is too long
            limit = np.max(np.where(scale > 0, np.abs(move) / scale, 0), axis=0)
            shrink = np.where(good, np.minimum(1.0, 0.5 / np.maximum(limit, 1e-300)), 0.0)
            x = x + np.where(good, move, 0.0) * shrink
            step = np.where(good & (shrink >= 1.0), np.minimum(step * 2, 1e9), step * 0.7)
            settled = good & (limit < 1e-12) & (step >= LONG)  # a short step is small whatever the distance
            if settled.all():
                break
        jacobian = _jacobian(derivatives, x)
        sound = settled & np.isfinite(jacobian).all(axis=(1, 2))
        growth = np.linalg.eigvals(np.where(sound[:, None, None], jacobian, identity)).real.max(axis=1)
    return RestingState(values=x, found=sound, stable=sound & (growth < 0))
