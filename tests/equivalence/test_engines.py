"""The two engines against each other, and what must not matter: batches, order, company, the user's own Brian2.

Times in s, potentials in mV, as in the package.
"""

import gc
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from by_hand import Motoneuron
from numpy.typing import NDArray

from excitability import (
    Event,
    InputError,
    Ions,
    Model,
    Noise,
    NumericalError,
    Parameter,
    Recording,
    Step,
    Train,
    engine,
    machine,
    resting_state,
    simulate,
    simulation,
)

# Brian2 calls pyparsing under names that pyparsing has deprecated
pytestmark = pytest.mark.filterwarnings(r"ignore:'\w+' (argument is )?deprecated:DeprecationWarning")

Array = NDArray[np.float64]


def cramp(
    engine_name: str,
    mg: Any,
    *,
    to: float = 1.5,
    at: Any = 0.35,
    sigma_noise: Any = 0.7,
    duration: float = 0.6,
    k_h: float = 7.0,
    **how: Any,
) -> Recording:
    """Motoneurons with noise and volleys whose magnesium changes in mid-run; one compiled build serves all of them."""
    cells = len(mg)
    return simulate(
        "motoneuron",
        ions=Ions(mg=mg).then(at=at, mg=to),
        protocol=Train(rate=60, duration=0.3, start=0.03),
        duration=duration,
        parameters={"sigma_noise": np.broadcast_to(sigma_noise, cells), "k_h": k_h},
        engine=engine_name,
        **how,
    )


def assert_same_cells(
    one: Recording, other: Recording, pairs: Mapping[int, int], *, seconds: float, millivolts: float
) -> None:
    """Cell a of one recording is cell b of the other, for every pair."""
    for a, b in pairs.items():
        assert len(one.events(a)) == len(other.events(b))
        np.testing.assert_allclose(one.events(a), other.events(b), rtol=0, atol=seconds)
        for name in one.traces:
            short = min(len(one.trace_time), len(other.trace_time))
            np.testing.assert_allclose(
                one.trace(name, a)[:short], other.trace(name, b)[:short], rtol=0, atol=millivolts
            )


# --- engines against each other ----------------------------------------------------------------------------------------


@pytest.mark.xdist_group("compiled")
@pytest.mark.usefixtures("compiled")
def test_engines_agree() -> None:
    runs = [
        cramp(
            name,
            [0.55, 0.25, 0.25, 0.10],
            at=[np.inf, 0.3, 0.3, 0.1],
            sigma_noise=[0.7, 0.7, 0.5, 0.9],
            repeats=2,
        )
        for name in ("cpp", "numpy")
    ]
    assert len(runs[0]) == 8
    counts = [len(runs[0].events(cell)) for cell in range(8)]
    assert min(counts) >= 2
    assert len(set(counts)) > 2  # conditions differ
    np.testing.assert_allclose(runs[0].trace_time, runs[1].trace_time, rtol=0, atol=1e-12)
    for cell in range(8):
        np.testing.assert_allclose(runs[0].events(cell), runs[1].events(cell), rtol=0, atol=1e-6)
    for name, values in runs[0].traces.items():
        assert values.shape == (4, 1200)
        np.testing.assert_allclose(values, runs[1].traces[name], rtol=0, atol=1e-6)
    assert runs[0].making["rest"] == runs[1].making["rest"]


# --- what must not matter ----------------------------------------------------------------------------------------------

THREE = (0.25, 0.55, 0.13)  # mM


def company(cells: int, seed: int = 0) -> tuple[list[float], dict[int, int]]:
    """Many magnesium levels with the three among them, in another order, and where each of the three is."""
    generator = np.random.default_rng(seed)
    levels = generator.uniform(0.08, 2.0, cells)
    places = generator.choice(cells, 3, replace=False)
    levels[places] = THREE
    return levels.tolist(), dict(enumerate(places.tolist()))


@pytest.mark.xdist_group("compiled")
@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize(
    ("cells", "cores", "long", "size", "number"),
    [(40, 2, False, 32, 2), (40, 2, True, 24, 2), (8, 2, True, 8, 1), (32, 2, True, 16, 2), (1000, 2, True, 128, 8)],
)
def test_long_runs_leave_no_core_with_copies(cells: int, cores: int, long: bool, size: int, number: int) -> None:
    assert engine.batches(cells, cores, long=long) == (size, number)


@pytest.mark.parametrize(("cells", "size", "number"), [(40, 32, 2), (70, 32, 3), (40, 64, 1)])
def test_a_cell_does_not_feel_the_others(monkeypatch: pytest.MonkeyPatch, cells: int, size: int, number: int) -> None:
    monkeypatch.setattr(engine, "BATCH_SIZES", (32,))
    alone = cramp("cpp", list(THREE))
    assert sum(len(alone.events(k)) for k in range(3)) >= 15
    levels, places = company(cells, seed=cells + size)
    # as many traced cells as one build has room for
    others = [cell for cell in range(cells) if cell not in places.values()]
    traced = [*places.values(), *others[: 4 * number - 3]]
    monkeypatch.setattr(engine, "BATCH_SIZES", (size,))
    assert engine.batches(cells, machine.cores()) == (size, number)
    together = cramp("cpp", levels, traced=traced)
    assert_same_cells(alone, together, places, seconds=1e-9, millivolts=1e-6)


@pytest.mark.parametrize("cores", [1, 3])
def test_a_cell_does_not_feel_the_others_in_the_numpy_loop(monkeypatch: pytest.MonkeyPatch, cores: int) -> None:
    """Few cells are integrated one by one, many as arrays; every core has its share."""
    alone = cramp("numpy", list(THREE), dt=0.1)
    levels, places = company(40)
    monkeypatch.setattr(machine, "cores", lambda: cores)
    together = cramp("numpy", levels, dt=0.1)
    assert_same_cells(alone, together, places, seconds=1e-9, millivolts=1e-6)


@pytest.mark.xdist_group("compiled")
@pytest.mark.usefixtures("compiled")
def test_a_rate_that_overflows_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """exp() of thousands is infinite, and the gate behind it closed, in every way of computing it."""
    how: dict[str, Any] = {"duration": 0.35, "at": 0.1, "k_h": 0.01}
    alone = cramp("cpp", list(THREE), **how)
    monkeypatch.setattr(machine, "cores", lambda: 1)
    assert len(alone.event_time) >= 2
    levels, places = company(40)
    for cells, where in ((list(THREE), {0: 0, 1: 1, 2: 2}), (levels, places)):
        assert_same_cells(alone, cramp("numpy", cells, **how), where, seconds=1e-6, millivolts=1e-6)


@pytest.mark.xdist_group("compiled")
def test_the_seed_decides_the_noise(engine_name: str) -> None:
    """In the same condition twice, the same seed gives the same run, another seed another."""
    recording = cramp(engine_name, [0.25, 0.25, 0.4], repeats=2, traced=range(4), dt=_cheap(engine_name))
    assert_same_cells(recording, recording, {0: 2, 1: 3}, seconds=1e-12, millivolts=1e-9)
    assert np.abs(recording.trace("V_soma_mV", 0) - recording.trace("V_soma_mV", 1)).max() > 1.0
    later = cramp(engine_name, [0.25, 0.25, 0.4], seed=2, traced=range(3), dt=_cheap(engine_name))
    assert_same_cells(recording, later, {1: 0}, seconds=1e-9, millivolts=1e-6)


@pytest.mark.xdist_group("compiled")
def test_a_longer_run_continues_a_shorter_one(engine_name: str) -> None:
    short, long = (
        cramp(engine_name, list(THREE), duration=d, traced=range(3), dt=_cheap(engine_name)) for d in (0.4, 0.6)
    )
    for cell in range(3):
        early = long.events(cell)[long.events(cell) < 0.4]
        np.testing.assert_allclose(short.events(cell), early, rtol=0, atol=1e-9)
    for name, values in short.traces.items():
        np.testing.assert_allclose(values, long.traces[name][:, :800], rtol=0, atol=1e-6)


def _cheap(engine_name: str) -> float | None:
    """A long step for the numpy loop, which takes its time; the usual one, already built, for the compiled engine."""
    return 0.1 if engine_name == "numpy" else None


# --- small models of one's own -----------------------------------------------------------------------------------------


def constant(value: float, unit: str) -> Parameter:
    return Parameter(value, unit, "assumption", (-1e6, 1e6), "of a test")


def small(equations: str, **other: Any) -> Model:
    settings: dict[str, Any] = {
        "title": "a small cell",
        "parameters": {"tau": constant(5.0, "ms"), "level": constant(1.0, "mV")},
        "event": Event("V", 5.0, "mV"),
        "traces": {"V": "mV"},
        "dt": 0.1,
        **other,
    }
    return Model(equations=equations, **settings)


def test_noise_is_the_same_in_every_condition() -> None:
    """A linear cell shows its noise: what is left after subtracting each condition's rest."""
    model = small(
        "dV/dt = (level + hiss - V)/tau : volt",
        parameters={
            "tau": constant(0.1, "ms"),
            "level": constant(1.0, "mV"),
            "sd": constant(2.0, "mV"),
            "tau_hiss": constant(5.0, "ms"),
        },
        noise=Noise("hiss", sd="sd", tau="tau_hiss"),
    )
    levels = [-30.0, 0.0, 12.0]
    recording = simulate(model, parameters={"level": levels}, duration=2.0, sample=0.1, engine="numpy")
    hiss = [recording.trace("V_mV", cell) - level for cell, level in enumerate(levels)]
    np.testing.assert_allclose(hiss[1], hiss[0], rtol=0, atol=1e-9)
    np.testing.assert_allclose(hiss[2], hiss[0], rtol=0, atol=1e-9)
    # held for a millisecond, and known at its end: these are the samples, in units of their SD
    samples = simulation.noise_samples(1, 2000, 5e-3)
    np.testing.assert_allclose(hiss[0][10::10] / 2.0, samples[:-1], rtol=0, atol=2e-4)


def test_noise_has_its_variance_and_correlation() -> None:
    tau = 4e-3
    runs = np.array([simulation.noise_samples(seed, 4000, tau)[200:] for seed in range(50)])
    independent = runs.size * np.tanh(1e-3 / tau)  # samples of a correlated process, worth as many independent ones
    assert runs.var() == pytest.approx(1.0, abs=4 * np.sqrt(2 / independent))
    for lag in (1, 3, 8):
        correlation = float((runs[:, lag:] * runs[:, :-lag]).mean())
        assert correlation == pytest.approx(np.exp(-lag * 1e-3 / tau), abs=4 * np.sqrt(2 / independent))


# --- results that are no numbers ---------------------------------------------------------------------------------------


@pytest.mark.xdist_group("compiled")
@pytest.mark.parametrize("cells", [3, 40])
def test_a_blown_up_motoneuron_is_reported(engine_name: str, cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Noise of 1e100 uA/cm**2, from 1 ms on, makes rates infinite."""
    monkeypatch.setattr(engine, "BATCH_SIZES", (32,))
    if engine_name == "numpy":
        monkeypatch.setattr(machine, "cores", lambda: 1)  # all in one loop: many are integrated as arrays
    noise = [0.7] * cells
    noise[cells // 2] = 1e100
    levels = np.linspace(0.2, 1.0, cells).round(2).tolist()
    with pytest.raises(NumericalError) as caught:
        cramp(engine_name, levels, sigma_noise=noise, traced=range(3 if cells == 3 else 8))
    said = str(caught.value)
    assert "\n" not in said
    for words in (
        "motoneuron: ",
        " is not a finite number any more at 0.002 s",
        f"mg_mM = {levels[cells // 2]:g},",
        "sigma_noise_uA/cm**2 = 1e+100",
        "seed = 1",
        "dt 0.025 ms",
    ):
        assert words in said, said
    assert said.split()[1] in Motoneuron.STATES


def runaway() -> Model:
    """With `square` 1, x leaves for infinity in finite time from beyond 1; with 0 it grows exponentially."""
    return small(
        "dx/dt = (square*(x**2 - 1) + (1 - square)*(x + 1))/tau + push : 1",
        parameters={"tau": constant(5.0, "ms"), "square": constant(1.0, "1")},
        event=Event("x", 0.0, "1"),
        traces={"x": "1"},
        guess={"x": (-1.0, "1")},
        stimulus="push",
        stimulus_unit="1/s",
    )


def calm(engine_name: str) -> Recording:
    """A run in which nothing happens."""
    steps = [Step(amplitude=a, duration=0.05, start=0.01) for a in (10.0, 20.0, 15.0)]
    return simulate(runaway(), protocol=steps, parameters={"tau": [5.0, 4.0, 3.0]}, duration=0.1, engine=engine_name)


@pytest.mark.xdist_group("small")
def test_a_runaway_is_reported_when_it_happens(engine_name: str) -> None:
    steps = [Step(amplitude=a, duration=0.05, start=0.01) for a in (10.0, 20.0, 500.0)]
    with pytest.raises(NumericalError) as caught:
        simulate(runaway(), protocol=steps, parameters={"tau": [5.0, 4.0, 3.0]}, duration=0.1, engine=engine_name)
    # x' = (x**2 + 1/2)/tau from x = -1, until infinity
    a = np.sqrt(0.5)
    escape = 0.01 + 3e-3 / a * (np.pi / 2 + np.arctan(1 / a))
    said = str(caught.value)
    for words in ("x is not a finite number", "tau_ms = 3,", "seed = 1", "dt 0.1 ms"):
        assert words in said
    time = float(said.partition(" at ")[2].partition(" s ")[0])
    assert escape - 1e-3 < time < escape + 2e-3
    calm(engine_name)  # without the third cell's current nothing is amiss


@pytest.mark.xdist_group("small")
def test_a_number_may_be_large(engine_name: str) -> None:
    """Growth to 1e126 is absurd, but finite."""
    model, _ = runaway().with_parameters({"square": 0.0})
    steps = [Step(amplitude=1.0, duration=0.01, start=0.01) for _ in range(3)]
    recording = simulate(model, protocol=steps, parameters={"tau": [5.0, 10.0, 20.0]}, duration=1.5, engine=engine_name)
    for cell, tau in enumerate((5e-3, 10e-3, 20e-3)):
        grown = tau * (1 - np.exp(-0.01 / tau)) * np.exp((recording.trace_time[-1] - 0.01) / tau)
        assert recording.trace("x_1", cell)[-1] == pytest.approx(grown - 1.0, rel=1e-6)


# --- equations that cannot be --------------------------------------------------------------------------------------------


@pytest.mark.xdist_group("small")
@pytest.mark.parametrize(
    ("equations", "words"),
    [
        ("dgate/dt = (level - gate)/tau : 1\ndV/dt = -V/tau : volt", ("gate", "unit")),
        ("dgate/dt = level/tau : 1\ndV/dt = -V/tau : volt", ("gate", "unit")),
        ("dV/dt = (level - V)/taw : volt\nW = V*tau : volt*second", ("equation of V", "'taw'", "tau")),
        ("dV/dt = (level - V)/tau + V*xi/sqrt(tau) : volt", ("equation of V", "xi")),
        ("dV/dt = (level - V)/tau + level*xi/sqrt(tau) : volt", ("equation of V", "xi", "seed")),
        ("dV/dt = (clip(V, level, 2*level) - V)/tau : volt", ("'V'", "clip()", "not known")),
        ("dV/dt = (level*rand() - V)/tau : volt", ("V", "rand")),
        ("dV/dt = (level*i - V)/tau : volt", ("V", "'i'")),
    ],
    ids=[
        "units",
        "units of the result",
        "unknown name",
        "multiplicative noise",
        "noise without seed",
        "no slope",
        "chance",
        "index",
    ],
)
def test_wrong_equations_are_refused_in_a_sentence(equations: str, words: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as caught:
        simulate(small(equations), duration=0.01, engine="numpy")
    said = str(caught.value)
    assert "\n" not in said
    for word in words:
        assert word in said, said


@pytest.mark.xdist_group("small")
def test_a_volley_that_lifts_the_potential_over_the_level_is_an_event() -> None:
    model = small(
        "dV/dt = (level - V)/tau : volt",
        parameters={"tau": constant(5.0, "ms"), "level": constant(0.0, "mV"), "kick": constant(8.0, "mV")},
        volley={"V": "kick"},
    )
    recording = simulate(model, protocol=Train(rate=10, duration=0.2, start=0.02), duration=0.3, engine="numpy")
    np.testing.assert_allclose(recording.events(0), [0.02, 0.12], rtol=0, atol=1.1e-4)


@pytest.mark.xdist_group("small")
def test_units_with_prefixes_are_known_in_equations() -> None:
    """As in Brian2, and in the right size."""
    model = small("dV/dt = (2*mV + level - V)/tau + 0*mV/ms : volt")
    rest, kind = resting_state(model)
    assert kind == "stable"
    assert rest["V"][0] == pytest.approx(3.0, rel=1e-9)


# --- the user's own Brian2 -----------------------------------------------------------------------------------------------


@pytest.mark.xdist_group("small")
def test_the_users_brian_is_left_alone(brian: ModuleType, engine_name: str) -> None:
    """With a group, preferences and a device of the user's."""
    usual = brian.prefs.codegen.cpp.extra_compile_args_gcc
    brian.prefs.codegen.cpp.extra_compile_args_gcc = ["-O1"]
    try:
        mine = brian.NeuronGroup(
            1, "dv/dt = (1 - v)/(10*ms) : 1", method="exponential_euler", dt=1 * brian.ms, name="mine"
        )
        network = brian.Network(mine)
        network.run(5 * brian.ms)
        preferences, device = brian.prefs.as_file, brian.get_device()
        calm(engine_name)
        assert brian.prefs.as_file == preferences
        assert "-O1" in preferences
        assert brian.get_device() is device
        network.run(5 * brian.ms)
        assert float(mine.v[0]) == pytest.approx(1 - np.exp(-1), rel=1e-12)
    finally:
        brian.prefs.codegen.cpp.extra_compile_args_gcc = usual


def test_a_run_does_not_import_brian(tmp_path: Path) -> None:
    """Not even where the model has to be built first."""
    program = (
        "import sys, excitability as e; "
        "r = e.simulate('motoneuron', ions=e.Ions(mg=[0.5, 0.25]), duration=0.01, engine='numpy'); "
        "assert len(r) == 2; "
        "print([m for m in ('brian2', 'sympy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(engine.__file__).parents[1],
        env={**os.environ, "EXCITABILITY_CACHE": str(tmp_path)},
    )
    assert done.stdout.strip() == "[]"
    assert len(list(tmp_path.glob("*/manifest.json"))) == 1


@pytest.mark.xdist_group("compiled")
@pytest.mark.usefixtures("compiled")
def test_a_run_leaves_no_file_open() -> None:
    before = threading.enumerate()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        cramp("cpp", list(THREE), duration=0.4)
        for thread in set(threading.enumerate()) - set(before):
            thread.join(10)
        gc.collect()
    assert [str(w.message) for w in caught if issubclass(w.category, ResourceWarning)] == []


# --- rest ----------------------------------------------------------------------------------------------------------------


def test_rest_has_the_published_values() -> None:
    rest, kind = resting_state("motoneuron")
    assert kind == "stable"
    shown = {name: value for name, (value, _) in rest.items()}
    units = {name: unit for name, (_, unit) in rest.items()}
    assert round(shown["V_soma"], 2) == -64.86
    assert round(shown["V_dendrite"], 2) == -63.15
    assert round(shown["d"], 4) == 0.0336
    assert round(shown["h_L"], 4) == 0.9987
    assert f"{shown['Ca_i']:.2e}" == "1.03e-07"
    assert (units["V_soma"], units["V_dendrite"], units["Ca_i"]) == ("mV", "mV", "mM")


@pytest.mark.parametrize(("ca", "mg"), [(1.2, 0.55), (1.2, 0.16), (0.9, 0.25), (1.4, 2.0)])
def test_nothing_changes_at_rest_in_equations_typed_by_hand(ca: float, mg: float) -> None:
    rest, kind = resting_state("motoneuron", ions=Ions(ca=ca, mg=mg))
    assert kind == "stable"
    cell = Motoneuron(ca, mg)
    y = np.array([rest[name][0] for name in cell.STATES])
    assert np.abs(cell.rates(0.0, y)).max() < 1e-6  # per ms
    # and small disturbances die out: no eigenvalue of the linearised equations has a positive real part
    h = 1e-6 * np.abs(y) + 1e-12
    columns = [
        (np.array(cell.rates(0.0, y + e)) - np.array(cell.rates(0.0, y - e))) / (2 * e.sum()) for e in np.diag(h)
    ]
    assert np.linalg.eigvals(np.array(columns).T).real.max() < 0


@pytest.mark.parametrize("far", [1e-6, 0.43, 250.0])
def test_rest_is_found_without_a_guess(far: float) -> None:
    """Linear equations have one equilibrium, wherever the search begins."""
    model = small(
        "dV/dt = (level - V)/tau : volt\ndW/dt = (2*V - W)/tau : volt",
        parameters={"tau": constant(5.0, "ms"), "level": constant(1.0, "V")},
    )
    rest, kind = resting_state(model, parameters={"level": far})
    assert kind == "stable"
    assert rest["V"][0] == pytest.approx(1e3 * far, rel=1e-9)


def test_nothing_moves_at_rest() -> None:
    recording = simulate(
        "motoneuron",
        ions=Ions(ca=[1.2, 1.2, 1.2, 0.9], mg=[0.55, 0.25, 1.5, 0.25]),
        duration=1.0,
        noise=False,
        dt=0.1,
        engine="numpy",
    )
    assert len(recording.event_time) == 0
    for values in recording.traces.values():
        assert np.ptp(values, axis=1).max() < 1e-6


def test_rest_is_lost_between_two_magnesium_levels() -> None:
    kinds = {mg: resting_state("motoneuron", ions=Ions(mg=mg))[1] for mg in (0.15, 0.16)}
    assert kinds == {0.15: "none", 0.16: "stable"}
    # the same in the cell typed by hand, which starts from normal rest as if magnesium had fallen at time 0
    rest, _ = resting_state("motoneuron")
    start = [rest[name][0] for name in Motoneuron.STATES]
    assert len(Motoneuron(mg=0.15).spikes(start, 20_000.0, method="LSODA")) > 1
    assert len(Motoneuron(mg=0.16).spikes(start, 20_000.0, method="LSODA")) == 0
