import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from excitability import emg

RATE = 20_000.0


def action_potential(duration=0.012):
    """Rosenfalck's, one that runs by at 4 m/s: 96 z^3 e^-z - 90 mV."""
    z = np.clip(np.arange(0, duration, 1 / RATE) - 1e-3, 0, None) * 4000
    return 96 * z**3 * np.exp(-z) - 90


def test_potential_is_that_of_the_sum_over_points_of_the_fibre_and_endplates():
    """The same integral done the long way: every point's current, at every time, at both electrodes."""
    velocity, fibres, v = 4.0, 300.0, action_potential()
    p = {name: parameter.si for name, parameter in emg.PARAMETERS.items()}
    found = emg.unit_potential(v, rate=RATE, velocity=velocity, fibres=fibres)
    dz = 2.5e-4
    z = np.arange(-p["half_length"], p["half_length"] + dz / 2, dz)
    time = np.arange(len(v) + 400) / RATE
    total = np.zeros(len(time))
    for endplate in np.linspace(-0.5, 0.5, 7) * p["endplates"]:
        late = time[:, None] - np.abs(z - endplate) / velocity
        potential = 1e-3 * np.interp(late, np.arange(len(v)) / RATE, v, left=v[0])
        flow = np.diff(potential, axis=1) / dz
        current = p["sigma_i"] * math.pi * p["d_fibre"] ** 2 / 4 * np.diff(flow, prepend=0.0, append=0.0, axis=1)
        for side in (-1, 1):
            place = p["position"] + side * p["spacing"] / 2
            distance = np.sqrt(p["sigma_z"] / p["sigma_r"] * p["depth"] ** 2 + (z - place) ** 2)
            total += -side * (current / (4 * math.pi * p["sigma_r"] * distance)).sum(axis=1) / 7
    right = 1e3 * fibres * total
    size = np.abs(right).max()
    assert found == pytest.approx(right[: len(found)], abs=0.02 * size)


def test_potential_begins_and_ends_at_zero_and_sums_to_almost_nothing():
    shape = emg.unit_potential(action_potential(), rate=RATE, velocity=4.0)
    assert abs(shape[0]) < 1e-3 * np.abs(shape).max()
    assert abs(shape[-1]) < 1e-3 * np.abs(shape).max()
    assert abs(shape.sum()) < 1e-3 * np.abs(shape).sum()


@settings(deadline=None, max_examples=20)
@given(st.floats(1, 2000), st.floats(6, 25))
def test_it_grows_with_the_fibres_and_shrinks_with_depth(fibres, depth):
    near, far = (
        emg.unit_potential(action_potential(), rate=RATE, velocity=4.0, fibres=fibres, depth=d)
        for d in (depth, depth + 2)
    )
    one = emg.unit_potential(action_potential(), rate=RATE, velocity=4.0, depth=depth)
    assert near == pytest.approx(fibres * one)
    assert np.abs(far).max() < np.abs(near).max()


def test_it_does_not_depend_on_the_sampling_rate():
    coarse = emg.unit_potential(action_potential()[::4], rate=RATE / 4, velocity=4.0)
    fine = emg.unit_potential(action_potential(), rate=RATE, velocity=4.0)
    again = np.interp(np.arange(len(coarse)) / (RATE / 4), np.arange(len(fine)) / RATE, fine)
    assert coarse == pytest.approx(again, abs=0.04 * np.abs(fine).max())


def test_a_slow_fibre_is_seen_later():
    slow, fast = (emg.unit_potential(action_potential(), rate=RATE, velocity=v, endplates=0.0) for v in (3.0, 5.0))
    assert np.argmax(np.abs(slow)) > np.argmax(np.abs(fast))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"velocity": 0.0}, "velocity"),
        ({"rate": -1.0}, "rate"),
        ({"fibres": math.nan}, "fibres"),
        ({"half_length": 0.0}, "half_length"),
        ({"dept": 3.0}, "depth"),
    ],
)
def test_impossible_input_is_refused(wrong, said, refused):
    with refused(said):
        emg.unit_potential(action_potential(), **{"rate": RATE, "velocity": 4.0, **wrong})


def test_electromyogram_is_the_sum_of_the_potentials_at_their_times():
    a, b = np.array([0.0, 1.0, -1.0, 0.0]), np.array([0.0, 2.0, 0.0])
    found = emg.electromyogram([[0.001, 0.004], [0.001]], [a, b], rate=1000.0, duration=0.01)
    assert found == pytest.approx([0, 0, 3, -1, 0, 1, -1, 0, 0, 0])


def test_times_between_samples_are_shared_out_and_what_is_late_is_cut():
    found = emg.electromyogram([[0.0015, 0.0095, 0.5]], [[0.0, 4.0, 0.0]], rate=1000.0, duration=0.01)
    assert found == pytest.approx([0, 0, 2, 2, 0, 0, 0, 0, 0, 0])


@pytest.mark.parametrize("name", list(emg.PARAMETERS))
def test_every_constant_has_its_source_and_range(name):
    parameter = emg.PARAMETERS[name]
    low, high = parameter.range
    assert low < high
    assert parameter.note
