"""Thresholds from runs whose outcome is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from excitability import InputError, Ions, Recording, Train, assays

DT = 0.05  # s between the spikes of a cell that fires


def fires_on(decide):
    """A stand-in for `simulate`: each cell fires on for as long as `decide(ca, mg, rate, seed)` says, in s."""
    asked = []

    def simulate(model, *, ions, protocol, duration, repeats, seed=1, **keywords):
        asked.append({"ions": list(ions), "protocol": protocol, "duration": duration, "repeats": repeats, **keywords})
        times, cells = [], []
        for c, ((ca, mg), one) in enumerate(zip(ions, protocol, strict=True)):
            rate = one.rate if isinstance(one, Train) else 0.0
            for r in range(repeats):
                lasts = decide(ca, mg, rate, seed + r)
                end = 2.1
                spikes = end + np.arange(DT, min(lasts, duration - end) + DT / 2, DT)
                times.append(spikes)
                cells.append(np.full(len(spikes), c * repeats + r))
        time, cell = np.concatenate(times), np.concatenate(cells)
        order = np.argsort(time, kind="stable")
        number = len(protocol) * repeats
        return Recording(
            {"seed": np.arange(number)},
            duration,
            cell[order],
            time[order],
            np.empty(0),
            np.empty(0, dtype=np.int64),
            {},
            [np.empty(0)] * number,
            [np.empty(0)] * number,
            {},
        )

    return simulate, asked


def test_a_cramp_is_firing_that_outlasts_the_train_by_two_seconds():
    simulate, asked = fires_on(lambda ca, mg, rate, seed: {8.0: 0.0, 16.0: 1.95, 24.0: 2.05, 32.0: 99.0}[rate])
    found = assays.cramps("motoneuron", ions=Ions(), rates=[8.0, 16.0, 24.0, 32.0], simulate=simulate)
    assert found.shape == (1, 4, 1)
    assert found[0, :, 0].tolist() == [False, False, True, True]
    assert asked[0]["protocol"][0].end == pytest.approx(2.1)
    assert asked[0]["duration"] == pytest.approx(4.5)  # just long enough to tell 2 s from a gap before it
    assert asked[0]["traced"] == []


def test_every_condition_rate_and_seed_has_a_cell_of_its_own():
    simulate, asked = fires_on(lambda ca, mg, rate, seed: 3.0 if rate / 100 + mg + 10 * ca + seed % 2 > 13.4 else 0.0)
    found = assays.cramps(
        "motoneuron",
        ions=Ions(ca=[1.2, 1.3, 1.25], mg=[0.2, 0.1, 0.5]),
        rates=[0.0, 20.0],
        repeats=4,
        parameters={"g_CaL": [0.1, 0.2, 0.3], "g_Na": 20.0},
        simulate=simulate,
        seed=3,
    )
    expected = [
        [[rate / 100 + mg + 10 * ca + seed % 2 > 13.4 for seed in (3, 4, 5, 6)] for rate in (0, 20)]
        for ca, mg in ((1.2, 0.2), (1.3, 0.1), (1.25, 0.5))
    ]
    assert found.tolist() == expected
    assert np.unique(found).tolist() == [False, True]
    assert asked[0]["parameters"]["g_CaL"].tolist() == [0.1, 0.1, 0.2, 0.2, 0.3, 0.3]
    assert asked[0]["parameters"]["g_Na"] == 20.0


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"rates": []}, "ascending"),
        ({"rates": [20.0, 10.0]}, "ascending"),
        ({"rates": [20.0, 20.0]}, "ascending"),
        ({"rates": [20.0], "ions": Ions(mg=[0.1, 0.2]), "parameters": {"g_Na": [1.0, 2.0, 3.0]}}, "2 and 3 values"),
        ({"rates": [20.0], "ions": Ions().then(at=1.0, mg=1.0)}, "stay"),
        ({"rates": [-5.0]}, "train rate = -5 Hz"),
    ],
)
def test_wrong_assays_are_refused(keywords, words):
    simulate, asked = fires_on(lambda ca, mg, rate, seed: 0.0)
    with pytest.raises(InputError, match=words):
        assays.cramps("motoneuron", **{"ions": Ions(), "simulate": simulate, **keywords})
    assert not asked


def test_half_of_the_seeds_decide_with_noise_and_one_run_without():
    def decide(ca, mg, rate, seed):  # at 10 Hz no seed, at 20 a quarter, at 30 three quarters, then all
        return 3.0 if seed % 4 < {10.0: 0, 20.0: 1, 30.0: 3, 40.0: 4}.get(rate, 0) else 0.0

    simulate, asked = fires_on(decide)
    rates = [10.0, 20.0, 30.0, 40.0]
    (noisy,) = assays.threshold_frequency("motoneuron", ions=Ions(), rates=rates, repeats=8, simulate=simulate)
    assert noisy.share.tolist() == [0.0, 0.25, 0.75, 1.0]
    assert noisy.rate == pytest.approx(25.0)
    assert (noisy.firm, noisy.without) == (True, 0.0)
    (single,) = assays.threshold_frequency("motoneuron", ions=Ions(), rates=rates, noise=False, simulate=simulate)
    assert asked[1]["repeats"] == 1
    assert (single.rate, single.firm) == (30.0, True)  # seed 1 joins at 30 Hz


def test_a_window_of_rates_is_a_border_and_silence_is_none():
    simulate, _ = fires_on(lambda ca, mg, rate, seed: 3.0 if 0.5 < mg < 1 and rate == 20 else 9.0 if mg < 0.1 else 0.0)
    window, silent, loud = assays.threshold_frequency(
        "motoneuron",
        ions=Ions(mg=[0.8, 2.0, 0.05]),
        rates=[10.0, 20.0, 30.0],
        noise=False,
        simulate=simulate,
    )
    assert (window.rate, window.firm) == (20.0, False)
    assert (silent.rate, silent.firm, silent.share.tolist()) == (None, None, [0.0, 0.0, 0.0])
    assert (loud.rate, loud.firm, loud.without) == (10.0, True, 1.0)


@given(share=st.lists(st.integers(0, 20).map(lambda n: n / 20), min_size=1, max_size=12))
def test_the_threshold_lies_where_the_share_first_reaches_one_half(share):
    rates = [4.0 + 2 * k for k in range(len(share))]
    found = assays._threshold(rates, np.array(share), 0.0, True)
    reached = [k for k, s in enumerate(share) if s >= 0.5]
    if not reached:
        assert found.rate is None
        return
    k = reached[0]
    assert rates[max(k - 1, 0)] <= found.rate <= rates[k]
    assert np.interp(found.rate, rates, share) == pytest.approx(max(0.5, share[0]))
    assert found.firm == all(s >= 0.5 for s in share[k:])
