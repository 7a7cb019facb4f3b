"""Junction and motor units: both engines, chances that depend on nothing but the seed, and stages that fit together."""

from typing import Any

import numpy as np
import pytest

from excitability import Impulses, InputError, Ions, Recording, Train, load_model, motor_pool, motor_unit, simulate

pytestmark = [
    pytest.mark.filterwarnings(r"ignore:'\w+' (argument is )?deprecated:DeprecationWarning"),
    pytest.mark.xdist_group("model neuromuscular_junction"),
]
TRAIN = Train(rate=50, duration=0.4, start=0.01)


def junction(engine: str, seeds: list[int] | int, **how: object) -> Recording:
    return simulate(
        "neuromuscular_junction",
        ions=Ions(ca=[1.2, 0.6, 1.2], mg=[0.55, 0.55, 2.5]),
        protocol=TRAIN,
        duration=0.45,
        engine=engine,
        seed=seeds,
        traced=range(3),
        **how,  # type: ignore[arg-type]
    )


def released(recording: Recording, cell: int) -> np.ndarray:
    """Quanta of every impulse: what the pool of vesicles loses."""
    N = load_model("neuromuscular_junction").parameters["N_pool"].value
    ready = recording.trace("n_ready_1", cell)
    at = np.searchsorted(recording.trace_time, recording.stimuli[cell] - 1e-6)
    recovered = 1 - (1 - ready[at - 1]) * np.exp(-0.5 / 250)  # in the half millisecond between the samples
    return N * (recovered - ready[at])


@pytest.mark.usefixtures("compiled")
def test_engines_draw_the_same_numbers_of_quanta() -> None:
    compiled, loop = (junction(name, [5, 6, 7]) for name in ("cpp", "numpy"))
    for cell in range(3):
        np.testing.assert_allclose(compiled.trace("V_mV", cell), loop.trace("V_mV", cell), rtol=0, atol=1e-6)
        np.testing.assert_allclose(released(compiled, cell), released(loop, cell), rtol=0, atol=1e-5)


def test_quanta_are_whole_numbers_and_vary_from_seed_to_seed(engine_name: str) -> None:
    one, same, other = (junction(engine_name, seeds) for seeds in (1, [1, 1, 1], 2))
    for cell in range(3):
        quanta = released(one, cell)
        np.testing.assert_allclose(quanta, np.round(quanta), rtol=0, atol=1e-4)
        np.testing.assert_array_equal(one.trace("n_ready_1", cell), same.trace("n_ready_1", cell))
    assert not np.array_equal(released(one, 0), released(other, 0))
    mean = junction(engine_name, 1, noise=False)
    assert released(mean, 0)[0] == pytest.approx(44.0, rel=1e-6)
    assert released(one, 0).mean() == pytest.approx(released(mean, 0).mean(), rel=0.15)


def test_release_is_that_of_the_recursion_written_out(engine_name: str) -> None:
    """From impulse to impulse by the exact decays between them."""
    p = {name: parameter.value for name, parameter in load_model("neuromuscular_junction").parameters.items()}
    recording = junction(engine_name, 1, noise=False)
    for cell, (ca, mg) in enumerate([(1.2, 0.55), (0.6, 0.55), (1.2, 2.5)]):

        def site(ca: float, mg: float) -> float:
            return ca / p["K_1"] / (1 + ca / p["K_1"] + mg / p["K_2"])

        kappa = -np.log(1 - p["p_0"]) * (site(ca, mg) / site(1.2, 0.55)) ** 4
        n, f1, f2, a, right = 1.0, 0.0, 0.0, 0.0, []
        for _ in recording.stimuli[cell]:
            quanta = p["N_pool"] * n * (1 - np.exp(-kappa * (1 + f1 + f2) * (1 + a)))
            right.append(quanta)
            n, f1, f2, a = n - quanta / p["N_pool"], f1 + p["a_F1"], f2 + p["a_F2"], a + p["a_A"]
            n = 1 - (1 - n) * np.exp(-20 / p["tau_n"])
            f1, f2, a = f1 * np.exp(-20 / p["tau_F1"]), f2 * np.exp(-20 / p["tau_F2"]), a * np.exp(-0.02 / p["tau_A"])
        np.testing.assert_allclose(released(recording, cell), right, rtol=1e-3)


def test_a_seed_for_every_condition_is_wanted_or_one_for_all() -> None:
    with pytest.raises(InputError, match="seed has 2 values for 3 conditions"):
        junction("numpy", [1, 2])


# --- the chain ---------------------------------------------------------------------------------------------------------


CHAIN: dict[str, Any] = {
    # as in the experiment on cramps all units and ions that change, so that its builds serve here too
    "ions": Ions(ca=[1.2, 0.02]).then(at=np.inf, mg=1.5),
    "cord": Ions(ca=[1.2, 1.2]).then(at=np.inf, mg=1.5),
    "protocol": Train(rate=30, duration=0.3),
    "watch": 0.2,
}


@pytest.fixture(scope="module")
def units() -> motor_unit.MotorUnits:
    """All units in normal ions and in a calcium in which nothing is released."""
    return motor_unit.simulate(**CHAIN)


@pytest.mark.long
def test_impulses_pass_from_stage_to_stage_with_their_delays(units: motor_unit.MotorUnits) -> None:
    assert units.conditions == 2
    for unit in (3, 4):
        cell = units.cell(0, unit)
        fired, passed = units.motoneurons.events(cell), units.axons.events(cell)
        assert len(fired) > 3
        assert len(passed) == len(fired)
        assert np.abs(passed - fired).max() < 1.5e-3
        evoked = units.fibres.events(cell)
        arrived = passed[passed + units.delays[unit] < units.fibres.duration - 2e-3]
        late = evoked[: len(arrived)] - arrived - units.delays[unit]
        assert np.abs(late - late.mean()).max() < 1.2e-3  # whole milliseconds, twice
        assert 0 < late.mean() < 2.5e-3
        assert not len(units.ectopic(0, unit))


@pytest.mark.long
def test_without_calcium_the_nerve_is_heard_by_no_fibre(units: motor_unit.MotorUnits) -> None:
    assert not any(len(units.fibres.events(units.cell(1, unit))) for unit in range(10))
    assert units.force(1).max() < 0.02 * units.force(0).max()


@pytest.mark.long
def test_force_is_the_units_own_weighted_by_their_strength(units: motor_unit.MotorUnits) -> None:
    shares = np.array([unit.between("strength") for unit in units.pool])
    each = [units.fibres.trace("force_1", units.cell(0, unit)) for unit in range(10)]
    np.testing.assert_allclose(units.force(0), sum(s * f for s, f in zip(shares, each, strict=True)) / shares.sum())
    assert 0 < units.force(0).max() < 1


@pytest.mark.long
def test_electromyogram_follows_the_impulses(units: motor_unit.MotorUnits) -> None:
    rate = 4000.0
    emg = np.abs(units.electromyogram(0, rate=rate))
    assert len(emg) == round(units.fibres.duration * rate)
    first = min(units.fibres.events(units.cell(0, unit)).min(initial=np.inf) for unit in range(10))
    time = np.arange(len(emg)) / rate
    assert emg[time < first - 0.003].max() < 0.01 * emg.max()
    assert emg[(time > first) & (time < first + 0.03)].max() > 0.2 * emg.max()


@pytest.mark.long
def test_half_the_fibres_time_step_gives_the_same_impulses_and_force(units: motor_unit.MotorUnits) -> None:
    def finer(**how: Any) -> Recording:
        return simulate(**{**how, "dt": 0.025} if how["model"].name == "muscle_fibre" else how)

    again = motor_unit.simulate(**CHAIN, simulate=finer)
    for cell in range(len(units.fibres)):
        before, after = units.fibres.events(cell), again.fibres.events(cell)
        assert len(before) == len(after)
        np.testing.assert_allclose(before, after, rtol=0, atol=0.05e-3)
    np.testing.assert_allclose(units.force(0), again.force(0), rtol=0, atol=0.003 * units.force(0).max())


@pytest.mark.long
def test_every_unit_has_noise_of_its_own_whatever_the_others(units: motor_unit.MotorUnits) -> None:
    seeds = units.motoneurons.conditions["seed"]
    assert seeds[0] != seeds[1]
    assert len(set(seeds[:10].tolist())) == 10
    assert seeds.tolist() == [*seeds[:10].tolist()] * 2
    assert units.motoneurons.making["remarks"] == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"units": [0, 10]}, "0 to 9"),
        ({"units": []}, "at least one"),
        ({"parameters": {"muscle_fiber": {}}}, "did you mean 'muscle_fibre'"),
        ({"distance": -1.0}, "distance"),
        ({"ions": Ions(mg=[0.5, 0.6]), "cord": Ions(mg=[0.5, 0.6, 0.7])}, "pair up"),
    ],
)
def test_impossible_input_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        motor_unit.simulate(**{"ions": Ions(), "protocol": Impulses([0.1]), **wrong})  # type: ignore[arg-type]


def test_units_grow_from_slow_to_fast() -> None:
    for name in motor_pool.RANGES:
        values = [unit.between(name) for unit in motor_pool.UNITS]
        assert values == sorted(values)
        low, high = motor_pool.RANGES[name]
        assert (values[0], values[-1]) == pytest.approx((low.value, high.value))
    fibres = motor_pool.fibres()
    slow = load_model("muscle_fibre").parameters
    for name, fast in motor_pool.FAST_FIBRE.items():
        assert fibres[name][0] == pytest.approx(slow[name].value)
        assert fibres[name][-1] == pytest.approx(fast.value)
