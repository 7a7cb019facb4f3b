"""Assays: measures that take many runs. All runs of an assay go together, never one after the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from excitability import measures
from excitability.errors import InputError
from excitability.ions import Ions
from excitability.model import Model
from excitability.protocol import Protocol, Rest, Train
from excitability.recording import Recording
from excitability.simulation import simulate as _simulate

CRAMP_S = 2.0  # firing that outlasts a train for so long counts as a cramp
_START_S = 0.1  # the train begins when the noise has settled


def cramps(
    model: str | Path | Model,
    *,
    ions: Ions,
    rates: Sequence[float],
    duration: float = 2.0,
    parameters: Mapping[str, Any] | None = None,
    repeats: int = 1,
    noise: bool = True,
    simulate: Callable[..., Recording] = _simulate,
    **keywords: Any,
) -> NDArray[np.bool_]:
    """Whether a train of each rate is followed by a cramp: self-sustained firing for 2 s or more.

    Parameters
    ----------
    model : str, Path or Model
        With a synapse for afferent volleys.
    ions : Ions
        One condition per value.
    rates : sequence of float
        Hz; 0 stands for no train at all. Every run has a cell of its own.
    duration : float
        Length of the trains, s.
    parameters : mapping, optional
        Numbers, or sequences with one value per condition.
    repeats : int
        Noise seeds per condition and rate.
    noise : bool
    simulate : function
        `excitability.simulate`, or that of an experiment's run.
    **keywords
        For `simulate`: seed, engine, keep.

    Returns
    -------
    array of bool
        (conditions, rates, repeats)

    Raises
    ------
    InputError
        No rates, or what `simulate` refuses.

    Notes
    -----
    The threshold frequency of cramps in people is the lowest rate of stimulation of a nerve that brings one on
    [MillerKnight2009]. Firing is followed just long enough to decide.
    """
    if not len(rates) or list(rates) != sorted(set(rates)):
        raise InputError("an assay of cramps needs rates in ascending order")
    if ions.changes:
        raise InputError("an assay of cramps takes ions that stay as they are")
    sweep = {name: np.asarray(value) for name, value in (parameters or {}).items() if np.ndim(value)}
    lengths = {len(ions), *(len(value) for value in sweep.values())}
    conditions, each = max(lengths), len(rates)
    if lengths - {1, conditions}:
        raise InputError(f"conditions do not pair up: lists of {' and '.join(map(str, sorted(lengths)))} values")

    def per_run(values: Any) -> NDArray[Any]:
        return np.repeat(np.resize(values, conditions), each)

    end = _START_S + duration
    protocols: list[Protocol] = [Train(rate=r, duration=duration, start=_START_S) if r else Rest() for r in rates]
    recording = simulate(
        model,
        ions=Ions(ca=per_run(ions.ca), mg=per_run(ions.mg)),
        protocol=protocols * conditions,
        duration=end + CRAMP_S + measures.GAP_S,
        parameters={**(parameters or {}), **{name: per_run(values) for name, values in sweep.items()}},
        repeats=repeats,
        noise=noise,
        traced=[],
        **keywords,
    )
    after = [
        measures.self_sustained(recording.events(cell), after=end, until=recording.duration).duration
        for cell in range(len(recording))
    ]
    return (np.array(after) >= CRAMP_S).reshape(conditions, each, repeats)


@dataclass(frozen=True)
class ThresholdFrequency:
    """The lowest rate of a train that brings on a cramp, in one condition.

    Parameters
    ----------
    rate : float or None
        Hz. Of one noiseless run per rate: the lowest that is followed by a cramp. Of several noise seeds: the rate at which
        half of them cramp, interpolated where their share first reaches one half. None if there is none up to the highest
        rate tried; the lowest rate tried if it does so there already.
    firm : bool or None
        Whether half of the runs or more cramp at every higher rate tried too. If not, this is a border state, in which
        only a window of rates does so. None where `rate` is.
    share : array
        Share of the runs that cramp, at every rate tried.
    without : float
        Share that fires on in the same way without any train. If it is not 0, `rate` means little.
    """

    rate: float | None
    firm: bool | None
    share: NDArray[np.float64]
    without: float


def threshold_frequency(
    model: str | Path | Model, *, rates: Sequence[float], noise: bool = True, repeats: int = 20, **keywords: Any
) -> list[ThresholdFrequency]:
    """The threshold frequency of cramps in every condition.

    Parameters
    ----------
    model, **keywords
        See `cramps`.
    rates : sequence of float
        Ascending, Hz.
    noise : bool
        Without, a single run decides at every rate.
    repeats : int
        Noise seeds.

    Returns
    -------
    list of ThresholdFrequency

    Notes
    -----
    Near the border single runs flip with the noise, the step or the method, so that claims rest on the rate at which half
    of at least 20 seeds cramp.
    """
    happened = cramps(model, rates=[0.0, *rates], noise=noise, repeats=repeats if noise else 1, **keywords)
    shares = happened.mean(axis=2)
    return [_threshold(rates, share[1:], float(share[0]), noise) for share in shares]


def _threshold(
    rates: Sequence[float], share: NDArray[np.float64], without: float, interpolate: bool
) -> ThresholdFrequency:
    reached = np.flatnonzero(share >= 0.5)
    if not len(reached):
        return ThresholdFrequency(None, None, share, without)
    k = int(reached[0])
    rate = float(rates[k])
    if interpolate and k > 0:
        rate = float(np.interp(0.5, share[k - 1 : k + 1], rates[k - 1 : k + 1]))
    return ThresholdFrequency(rate, bool((share[k:] >= 0.5).all()), share, without)
