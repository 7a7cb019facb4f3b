"""Thresholds from runs whose outcome is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from excitability import InputError, Ions, Recording, Step, Train, assays, measures

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


# --- pulses of current, against what is known ------------------------------------------------------------------------------


def answers(threshold):
    """A stand-in for `simulate`: an impulse 0.5 ms after a step begins whose amplitude is at least `threshold(step, ca)`."""
    runs = []

    def simulate(model, *, ions, protocol, duration, **keywords):
        runs.append(len(protocol))
        cells, times = [], []
        for k, ((ca, _), one) in enumerate(zip(ions, protocol, strict=True)):
            steps = getattr(one, "steps", [one])
            for j, step in enumerate(steps):
                if step.amplitude >= threshold(step, ca, steps[:j]):
                    cells.append(k)
                    times.append(step.start + 0.5e-3)
        order = np.argsort(times, kind="stable")
        number = len(protocol)
        return Recording(
            {"seed": np.arange(number)}, duration,
            np.array(cells, dtype=np.int64)[order], np.array(times, dtype=float)[order],
            np.empty(0), np.empty(0, dtype=np.int64), {}, [np.empty(0)] * number, [np.empty(0)] * number, {},
        )  # fmt: skip

    return simulate, runs


def test_weiss_law_gives_its_own_constants_back():
    widths = np.array([0.1, 0.2, 1.0, 5.0])
    rheobase, tau = np.array([0.06, 0.2]), np.array([0.4, 1.5])
    thresholds = rheobase[:, None] * (1 + tau[:, None] / widths)
    for some in (slice(None), [1, 2]):  # a line through all points, or through two
        slope, constant = assays.weiss(widths[some], thresholds[:, some])
        assert slope == pytest.approx(rheobase, rel=1e-12)
        assert constant == pytest.approx(tau, rel=1e-12)
    slope, constant = assays.weiss([0.2, 1.0], [np.nan, 0.1])
    assert np.isnan(slope)
    assert np.isnan(constant)


def weiss(rheobase, tau):
    return lambda step, ca, _: rheobase * ca / 1.2 * (1 + tau / step.duration)


def test_strength_duration_recovers_weiss_law():
    simulate, runs = answers(weiss(0.2, 0.4e-3))
    found = assays.strength_duration(
        "m", ions=Ions(ca=[1.2, 0.6]), widths=[0.1e-3, 0.3e-3, 0.5e-3, 1e-3], long=0.1, simulate=simulate
    )
    assert found.time_constant == pytest.approx([0.4e-3, 0.4e-3], rel=0.01)
    assert found.chronaxie == pytest.approx([0.4e-3, 0.4e-3], rel=0.02)
    assert found.rheobase == pytest.approx([0.2 * 1.004, 0.1 * 1.004], rel=2e-3)
    assert found.thresholds[0] == pytest.approx([1.0, 0.2 * 7 / 3, 0.36, 0.28], rel=2e-3)
    assert len(runs) == 3  # all widths and conditions together, narrowed down three times


def test_rheobase_is_the_threshold_of_a_long_pulse():
    simulate, _ = answers(weiss(0.2, 0.4e-3))
    found = assays.rheobase("m", ions=Ions(ca=[1.2, 0.6]), width=0.1, simulate=simulate)
    assert found == pytest.approx([0.2 * 1.004, 0.1 * 1.004], rel=2e-3)
    with pytest.raises(InputError, match="step duration"):
        assays.rheobase("m", ions=Ions(), width=-0.1, simulate=simulate)


def test_a_chronaxie_outside_the_widths_is_not_made_up():
    simulate, _ = answers(weiss(0.2, 5e-3))
    found = assays.strength_duration("m", ions=Ions(), simulate=simulate)
    assert np.isnan(found.chronaxie[0])


@given(at=st.floats(2e-3, 900.0))
def test_a_threshold_is_known_to_a_thousandth_and_never_below(at):
    simulate, _ = answers(lambda step, ca, _: at)
    ((found,),) = assays.thresholds(
        "m", [lambda a, _: Step(a, 1e-3)], ions=Ions(), after=[0.0], until=0.01, simulate=simulate
    )
    assert at <= found <= at * 1.0015


def test_thresholds_out_of_reach_are_nan_and_low_ones_the_lowest():
    simulate, _ = answers(lambda step, ca, _: 5000.0 if ca > 1 else 1e-6)
    found = assays.thresholds(
        "m", [lambda a, _: Step(a, 1e-3)], ions=Ions(ca=[1.2, 0.9]), after=[0.0], until=0.01, simulate=simulate
    )
    assert np.isnan(found[0, 0])
    assert found[1, 0] == pytest.approx(1e-3)


def test_recovery_cycle_of_a_known_cell():
    """Absolutely refractory to 2.2 ms, then a threshold that falls from twofold through 1 at 4 ms to 0.8, and rises late."""
    course = ([2.2e-3, 3e-3, 4e-3, 6e-3, 15e-3, 40e-3, 0.2], [2.0, 1.6, 1.0, 0.8, 1.0, 1.15, 1.0])

    def threshold(step, ca, before):
        if not before:
            return 0.3 * ca
        gap = step.start - before[-1].start
        return np.inf if gap < 2.2e-3 else 0.3 * ca * np.interp(gap, *course)

    simulate, _ = answers(threshold)
    found = assays.recovery_cycle(
        "m", ions=Ions(ca=[1.2, 0.8]), intervals=[2e-3, 3e-3, 4e-3, 5e-3, 6e-3, 15e-3, 40e-3, 0.1], simulate=simulate
    )
    for c in range(2):
        assert np.isnan(found.change[c, 0])
        assert found.change[c, 1] == pytest.approx(0.6, abs=0.01)
        assert found.refractory[c] == pytest.approx(4e-3, abs=0.05e-3)
        assert found.superexcitability[c] == pytest.approx(-0.2, abs=0.01)
        assert found.late_subexcitability[c] == pytest.approx(0.15, abs=0.01)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda f: assays.strength_duration("m", ions=Ions(), widths=[1e-3], simulate=f), "two or more"),
        (lambda f: assays.strength_duration("m", ions=Ions(), widths=[-1e-3, 1e-3], simulate=f), "positive"),
        (lambda f: assays.strength_duration("m", ions=Ions(), long=1e-3, simulate=f), "longer"),
        (lambda f: assays.strength_duration("m", ions=Ions(), lowest=2.0, highest=1.0, simulate=f), "lower first"),
        (lambda f: assays.recovery_cycle("m", ions=Ions(), intervals=[], simulate=f), "ascending"),
        (lambda f: assays.recovery_cycle("m", ions=Ions(), intervals=[0.5e-3], simulate=f), "shorter"),
        (lambda f: assays.recovery_cycle("m", ions=Ions(), conditioning=1.0, simulate=f), "above 1"),
        (lambda f: assays.recovery_cycle("m", ions=Ions(), highest=1e-2, simulate=f), "needs an impulse"),
        (lambda f: assays.thresholds("m", [], ions=Ions(), after=[], until=1.0, simulate=f), "needs stimuli"),
        (lambda f: assays.spontaneous_activity("m", ions=Ions(), duration=0.3, simulate=f), "longer"),
        (lambda f: assays.current_frequency("m", [], ions=Ions(), simulate=f), "list of currents"),
        (lambda f: assays.ramp_hysteresis("m", 1.0, ions=Ions(), duration=0.0, simulate=f), "ramp duration"),
        (lambda f: assays.ramp_hysteresis("m", np.nan, ions=Ions(), simulate=f), "ramp peak"),
    ],
)
def test_impossible_assays_are_refused_in_one_sentence(call, words):
    simulate, _ = answers(weiss(0.2, 0.4e-3))
    with pytest.raises(InputError, match=words) as caught:
        call(simulate)
    assert "\n" not in str(caught.value)


# --- what cells do in the end ----------------------------------------------------------------------------------------------


def test_activity_is_that_of_the_end_of_a_recording():
    """Firing at 10 Hz, silent, held at -20 mV from the middle on, and one early impulse."""
    impulses = [np.arange(0.05, 1.0, 0.1), [], [], [0.1]]
    potential = np.repeat([[-60.0], [-70.0], [-20.0], [-65.0]], 101, axis=1)
    potential[2, :50] = -70.0
    cells = np.concatenate([np.full(len(times), k) for k, times in enumerate(impulses)]).astype(np.int64)
    times = np.concatenate(impulses)
    order = np.argsort(times, kind="stable")
    recording = Recording(
        {"seed": np.arange(4)}, 1.0, cells[order], times[order], np.linspace(0, 1, 101), np.arange(4),
        {"V_mV": potential, "Na_i_mM": potential + 100}, [np.empty(0)] * 4, [np.empty(0)] * 4, {},
    )  # fmt: skip
    found = assays.activity(recording, 0.4)
    assert found.state.tolist() == ["repetitive", "quiet", "blocked", "single"]
    assert found.rate == pytest.approx([10, 0, 0, 0])
    assert found.recording is recording


# --- real cells ------------------------------------------------------------------------------------------------------------


def test_the_squid_axon_fires_between_its_limits_and_is_blocked_above():
    """Hodgkin and Huxley's axon: silent at 2, one impulse at 5, firing at 10, blocked at 400 uA/cm2."""
    found = assays.current_frequency("squid_axon", [2.0, 5.0, 10.0, 400.0], ions=Ions(), duration=0.3, engine="numpy")
    assert found.state[0].tolist() == ["quiet", "single", "repetitive", "blocked"]
    assert found.rate[0, 2] == pytest.approx(68, abs=5)
    assert found.rate[0, [0, 1, 3]].tolist() == [0, 0, 0]


def test_the_squid_axon_answers_a_shock_of_more_than_6_and_less_than_7_mv():
    """Hodgkin and Huxley (1952), figure 12: 6 nC/cm2 at once are not answered, 7 are; both at 1 uF/cm2."""
    found = assays.threshold("squid_axon", ions=Ions(), width=1e-4, engine="numpy")
    assert 6 < found.current[0] * 1e3 * 1e-4 < 7
    assert -65 + 6 < found.potential[0] < -50


def test_the_squid_axon_is_recruited_by_a_ramp():
    found = assays.ramp_hysteresis("squid_axon", 15.0, ions=Ions(), duration=0.6, engine="numpy")
    assert 5 < found.recruitment[0] < 14
    assert 5 < found.derecruitment[0] < 14


def test_an_unknown_assay_or_measure_is_refused_with_the_nearest():
    with pytest.raises(AttributeError, match=r"no assay 'recovery_cycl' .did you mean 'recovery_cycle'"):
        assays.recovery_cycl  # noqa: B018
    with pytest.raises(AttributeError, match=r"no measure 'impulse' .did you mean 'impulses'"):
        measures.impulse  # noqa: B018
