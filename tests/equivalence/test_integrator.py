"""The state updaters "exponential_strang" and "runge_kutta_4" against solutions known in closed form, scipy's solvers and
Brian2's own methods.

Equations of all kinds are run by Brian2 itself; the motoneuron is run by the package's engines.
"""

import functools
import gc
import itertools
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import mpmath
import numpy as np
import pytest
from by_hand import HODGKIN_HUXLEY_START, Motoneuron, crossings, hodgkin_huxley, orders, upward_crossings
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.linalg import solve_continuous_lyapunov

from excitability import Event, Ions, Model, Parameter, Step, Train, loop, machine, resting_state, simulate

# Brian2 calls pyparsing under names that pyparsing has deprecated
pytestmark = pytest.mark.filterwarnings(r"ignore:'\w+' (argument is )?deprecated:DeprecationWarning")

Array = NDArray[np.float64]
METHOD = "exponential_strang"
SECOND_ORDER = (1.8, 2.2)


def integrate(
    brian: ModuleType,
    equations: str,
    start: Mapping[str, Any],
    *,
    dt: float,
    duration: float,
    method: str = METHOD,
    cells: int = 1,
    namespace: Mapping[str, Any] | None = None,
    record: str | None = None,
    **group: Any,
) -> tuple[Any, Array]:
    """Run equations in Brian2, times in ms: the group at the end, and samples (time, cell) of `record` from every step."""
    neurons = brian.NeuronGroup(
        cells, equations, method=method, dt=dt * brian.ms, namespace=dict(namespace or {}), **group
    )
    for name, value in start.items():
        setattr(neurons, name, value)
    network = brian.Network(neurons)
    if record:
        monitor = brian.StateMonitor(neurons, record, record=True, dt=dt * brian.ms)
        network.add(monitor)
    network.run(duration * brian.ms, namespace={})
    samples = np.asarray(getattr(monitor, record)).T if record else np.empty(0)
    return neurons, samples


def within(measured: Array, band: tuple[float, float] = SECOND_ORDER) -> bool:
    return bool(np.all((measured > band[0]) & (measured < band[1])))


# --- the squid axon: spike times ---------------------------------------------------------------------------------------

SQUID = """
dv/dt = (I - 120*msiemens/cm**2*m**3*h*(v - 50*mV) - 36*msiemens/cm**2*n**4*(v + 77*mV)
         - 0.3*msiemens/cm**2*(v + 54.387*mV))/(1*uF/cm**2) : volt
dm/dt = alpha_m*(1 - m) - beta_m*m : 1
dh/dt = alpha_h*(1 - h) - beta_h*h : 1
dn/dt = alpha_n*(1 - n) - beta_n*n : 1
beta_m = 4*exp(-(v + 65*mV)/(18*mV))/ms : Hz
alpha_h = 0.07*exp(-(v + 65*mV)/(20*mV))/ms : Hz
beta_h = 1/(1 + exp(-(v + 35*mV)/(10*mV)))/ms : Hz
beta_n = 0.125*exp(-(v + 65*mV)/(80*mV))/ms : Hz
I : amp/meter**2 (constant)
"""
SQUID_OPENING = {
    "exprel": """
        alpha_m = 1/exprel(-(v + 40*mV)/(10*mV))/ms : Hz
        alpha_n = 0.1/exprel(-(v + 55*mV)/(10*mV))/ms : Hz""",
    "quotient": """
        alpha_m = 0.1/mV*(v + 40*mV)/(1 - exp(-(v + 40*mV)/(10*mV)))/ms : Hz
        alpha_n = 0.01/mV*(v + 55*mV)/(1 - exp(-(v + 55*mV)/(10*mV)))/ms : Hz""",
    "bernoulli": """
        alpha_m = bernoulli(-(v + 40*mV)/(10*mV))/ms : Hz
        alpha_n = 0.1*bernoulli(-(v + 55*mV)/(10*mV))/ms : Hz""",
}
CURRENTS = (7.0, 10.0, 20.0)  # uA/cm**2
SQUID_DURATION = 100.0


@functools.cache
def squid_reference(method: str = "DOP853") -> list[Array]:
    """Spike times (ms) of the squid axon for every current."""
    return [
        np.array(
            crossings(
                lambda t, y, i=i: hodgkin_huxley(t, y, i), HODGKIN_HUXLEY_START, (0, SQUID_DURATION), method=method
            )[0]
        )
        for i in CURRENTS
    ]


def run_squid(
    brian: ModuleType, dt: float, *, method: str = METHOD, opening: str = "bernoulli", duration: float = SQUID_DURATION
) -> Array:
    """Potential (time, current) in mV."""
    v, m, h, n = HODGKIN_HUXLEY_START
    start = {"v": v * brian.mV, "m": m, "h": h, "n": n, "I": np.array(CURRENTS) * brian.uA / brian.cm**2}
    _, samples = integrate(
        brian, SQUID + SQUID_OPENING[opening], start, dt=dt, duration=duration, method=method, cells=3, record="v"
    )
    return samples * 1e3


def squid_errors(v: Array, dt: float) -> list[float]:
    """Largest error of a spike time (ms) for every current."""
    errors = []
    for k, exact in enumerate(squid_reference()):
        found = upward_crossings(np.arange(len(v)) * dt, v[:, k])
        assert len(found) == len(exact)
        errors.append(float(np.abs(found - exact).max()))
    return errors


def test_two_solvers_agree_on_the_squid_axon() -> None:
    for one, other in zip(squid_reference(), squid_reference("LSODA"), strict=True):
        assert len(one) > 4
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)


def test_squid_spike_times_are_second_order(brian: ModuleType) -> None:
    steps = (0.1, 0.05, 0.025, 0.0125)
    errors = np.array([squid_errors(run_squid(brian, dt), dt) for dt in steps])
    for column in errors.T:
        assert within(orders(column)), orders(column)
    assert errors[steps.index(0.025)].max() < 0.05


@pytest.mark.parametrize("opening", ["exprel", "quotient"])
def test_rates_written_otherwise_are_the_same_rates(brian: ModuleType, opening: str) -> None:
    one, other = (run_squid(brian, 0.05, opening=o, duration=20) for o in ("bernoulli", opening))
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-7)


@pytest.mark.parametrize(("method", "order"), [("rk4", 2), ("exponential_euler", 1)])
def test_meets_brians_own_methods_at_small_steps(brian: ModuleType, method: str, order: int) -> None:
    """The difference shrinks with the lower of the two orders (rk4's own error is far below)."""
    differences = []
    for dt in (0.04, 0.02, 0.01):
        one, other = (run_squid(brian, dt, method=m, duration=30) for m in (METHOD, method))
        differences.append(np.abs(one - other).max())
    assert within(orders(differences)[-1:], (order - 0.3, order + 0.3)), differences
    assert differences[2] < differences[1] < differences[0]


@pytest.mark.parametrize("dt", [0.25, 0.5, 1.0])
def test_squid_stays_bounded_at_ten_times_the_step_and_more(brian: ModuleType, dt: float) -> None:
    v = run_squid(brian, dt, duration=200)
    assert np.isfinite(v).all()
    assert v.min() > -80
    assert v.max() < 55


# --- the motoneuron: spike times ---------------------------------------------------------------------------------------

MOTONEURON_CASES: tuple[tuple[float, float, Step | Train], ...] = (
    (1.2, 0.55, Step(amplitude=6, duration=0.35, start=0.02)),
    (1.1, 0.25, Step(amplitude=6, duration=0.35, start=0.02)),
    (1.2, 0.25, Train(rate=40, duration=0.35, start=0.02)),
    (1.2, 0.55, Train(rate=25, duration=0.35, start=0.02)),
)
MOTONEURON_DURATION = 0.4


@functools.cache
def motoneuron_reference() -> list[Array]:
    """Spike times (ms) of the motoneuron typed by hand, from the package's resting state."""
    found = []
    for ca, mg, protocol in MOTONEURON_CASES:
        rest, _ = resting_state("motoneuron", ions=Ions(ca=ca, mg=mg))
        cell = Motoneuron(ca, mg)
        step = (
            (protocol.start * 1e3, protocol.end * 1e3, protocol.amplitude)
            if isinstance(protocol, Step)
            else (0.0, 0.0, 0.0)
        )
        found.append(
            cell.spikes(
                [rest[name][0] for name in cell.STATES],
                MOTONEURON_DURATION * 1e3,
                volleys=(protocol.volleys() * 1e3).tolist(),
                step=step,
            )
        )
    return found


@functools.cache
def motoneuron_errors(dt: float | None, engine: str) -> tuple[float, ...]:
    """Largest error of a spike time (ms) for every case."""
    recording = simulate(
        "motoneuron",
        ions=Ions(ca=[ca for ca, _, _ in MOTONEURON_CASES], mg=[mg for _, mg, _ in MOTONEURON_CASES]),
        protocol=[protocol for _, _, protocol in MOTONEURON_CASES],
        duration=MOTONEURON_DURATION,
        noise=False,
        traced=[],
        dt=dt,
        engine=engine,
    )
    errors = []
    for k, exact in enumerate(motoneuron_reference()):
        found = recording.events(k) * 1e3
        assert len(found) == len(exact) >= 2
        errors.append(float(np.abs(found - exact).max()))
    return tuple(errors)


@pytest.mark.xdist_group("motoneuron")
def test_motoneuron_spike_times_at_the_default_step(engine_name: str) -> None:
    assert max(motoneuron_errors(None, engine_name)) < 0.05


@pytest.mark.xdist_group("motoneuron")
def test_motoneuron_spike_times_are_second_order() -> None:
    errors = np.array([motoneuron_errors(dt, "numpy") for dt in (0.05, 0.025, 0.0125)])
    for column in errors.T:
        assert within(orders(column)), orders(column)


@pytest.mark.parametrize("dt", [0.25, 0.5, 1.0])
@pytest.mark.xdist_group("motoneuron")
def test_motoneuron_stays_bounded_at_ten_times_the_step_and_more(dt: float) -> None:
    protocols = [Step(amplitude=60, duration=0.35, start=0.02), Train(rate=100, duration=0.35, start=0.02)]
    recording = simulate(
        "motoneuron", ions=Ions(mg=0.1), protocol=protocols, duration=1.0, sample=dt, dt=dt, engine="numpy"
    )
    for values in recording.traces.values():
        assert np.isfinite(values).all()
        assert values.min() > -95
        assert values.max() < 65


@pytest.mark.xdist_group("motoneuron")
def test_engine_and_brian_itself_run_the_same_motoneuron(brian: ModuleType) -> None:
    """The numpy engine against Brian2's own run of the model's equations, with a current and no noise."""
    from excitability import load_model

    model, duration, dt = load_model("motoneuron"), 0.06, 0.05
    protocol = Step(amplitude=12, duration=0.05, start=0.01)
    recording = simulate(model, protocol=protocol, duration=duration, noise=False, sample=dt, dt=dt, engine="numpy")
    rest, _ = resting_state(model)
    known = {
        **vars(brian),
        "s": brian.second,
        "J": brian.joule,
        "K": brian.kelvin,
        "C": brian.coulomb,
        "mol": brian.mole,
    }
    namespace = {name: p.value * eval(p.unit, known) for name, p in model.parameters.items()}
    namespace |= {"Ca": 1.2 * brian.mmolar, "Mg": 0.55 * brian.mmolar, "I_noise": 0 * brian.uA / brian.cm**2}
    namespace["I_antidromic"] = 0 * brian.uA / brian.cm**2
    current = "I_stim = int(t >= 10*ms)*12*uA/cm**2 : amp/meter**2"
    scale = {"mV": brian.mV, "1": 1, "mM": brian.mmolar, "mS/cm**2": brian.mS / brian.cm**2}
    start = {name: value * scale[unit] for name, (value, unit) in rest.items()}
    _, samples = integrate(
        brian,
        model.equations + current,
        start,
        dt=dt,
        duration=duration * 1e3,
        namespace=namespace,
        record="V_soma",
    )
    assert len(recording.events(0)) == 1
    np.testing.assert_allclose(recording.trace("V_soma_mV", 0), samples[:, 0] * 1e3, rtol=0, atol=1e-6)


# --- all kinds of equations --------------------------------------------------------------------------------------------

# equations in ms, start, right-hand side in ms, variable looked at, duration in ms, longest step in ms
Case = tuple[str, dict[str, float], Callable[[float, Any], Any], float, float]
SYSTEMS: dict[str, Case] = {
    "Lotka and Volterra": (
        "dx/dt = x*(1 - y)/ms : 1\ndy/dt = y*(x - 1)/ms : 1",
        {"x": 1.5, "y": 0.7},
        lambda t, y: [y[0] * (1 - y[1]), y[1] * (y[0] - 1)],
        8.0,
        0.1,
    ),
    "van der Pol": (
        "dx/dt = y/ms : 1\ndy/dt = (2*(1 - x**2)*y - x)/ms : 1",
        {"x": 1.0, "y": 0.5},
        lambda t, y: [y[1], 2 * (1 - y[0] ** 2) * y[1] - y[0]],
        5.0,
        0.05,
    ),
    "Lorenz, all three act on each other": (
        "dx/dt = 10*(y - x)/ms : 1\ndy/dt = (x*(28 - z) - y)/ms : 1\ndz/dt = (x*y - 8*z/3)/ms : 1",
        {"x": 1.0, "y": 2.0, "z": 20.0},
        lambda t, y: [10 * (y[1] - y[0]), y[0] * (28 - y[2]) - y[1], y[0] * y[1] - 8 * y[2] / 3],
        1.0,
        0.01,
    ),
    "a ring, each acts on the next": (
        "da/dt = (cos(d) - a)/ms : 1\ndb/dt = (a**2 - b)/ms : 1\ndc/dt = (sin(b) - c**3)/ms : 1\ndd/dt = (2*c - d)/ms : 1",
        {"a": 0.1, "b": 1.0, "c": -0.4, "d": 0.8},
        lambda t, y: [np.cos(y[3]) - y[0], y[0] ** 2 - y[1], np.sin(y[1]) - y[2] ** 3, 2 * y[2] - y[3]],
        4.0,
        0.2,
    ),
    "driven, with time in coupled equations": (
        "dx/dt = (y*sin(2*t/ms) - x)/ms : 1\ndy/dt = (1 + x*cos(3*t/ms) - y**2)/ms : 1",
        {"x": 0.3, "y": 0.9},
        lambda t, y: [y[1] * np.sin(2 * t) - y[0], 1 + y[0] * np.cos(3 * t) - y[1] ** 2],
        4.0,
        0.1,
    ),
    "through sub-expressions of sub-expressions": (
        "dx/dt = (w - x)/ms : 1\ndy/dt = -u*y/ms : 1\nu = w**2 + x : 1\nw = tanh(y - x)/cosh(x) : 1",
        {"x": -0.5, "y": 1.2},
        lambda t, y: [
            np.tanh(y[1] - y[0]) / np.cosh(y[0]) - y[0],
            -((np.tanh(y[1] - y[0]) / np.cosh(y[0])) ** 2 + y[0]) * y[1],
        ],
        3.0,
        0.1,
    ),
    "abs() of the variable": (
        "dx/dt = (sin(2*t/ms) - x*abs(x))/ms : 1",
        {"x": 0.4},
        lambda t, y: [np.sin(2 * t) - y[0] * abs(y[0])],
        5.0,
        0.1,
    ),
    "exprel() of the variable": (
        "dx/dt = -x*exprel(x)/ms : 1\ndy/dt = (exprel(x - y) - y)/ms : 1",
        {"x": 1.0, "y": -1.0},
        lambda t, y: [1 - np.exp(y[0]), np.expm1(y[0] - y[1]) / (y[0] - y[1]) - y[1]],
        2.0,
        0.1,
    ),
    "bernoulli() and phi_1() of the variable": (
        "dx/dt = (bernoulli(3*x) - phi_1(x))/ms : 1\ndy/dt = (bernoulli(y - x) - y)/ms : 1",
        {"x": 1.0, "y": -1.0},
        lambda t, y: [
            3 * y[0] / np.expm1(3 * y[0]) - np.expm1(y[0]) / y[0],
            (y[1] - y[0]) / np.expm1(y[1] - y[0]) - y[1],
        ],
        2.0,
        0.1,
    ),
    "int() of a condition on time, on the grid": (
        "dx/dt = (5*int(t >= 1*ms)*int(t < 2*ms) - x**3)/ms : 1",
        {"x": 0.5},
        lambda t, y: [5 * (1 <= t < 2) - y[0] ** 3],
        3.0,
        0.1,
    ),
}


def final_errors(brian: ModuleType, case: Case, halvings: int = 4) -> list[float]:
    """Largest error of any variable at the end, for the longest step and its halvings."""
    equations, start, rates, duration, longest = case
    exact = solve_ivp(rates, (0, duration), list(start.values()), "DOP853", rtol=1e-12, atol=1e-12, max_step=0.01)
    errors = []
    for k in range(halvings):
        group, _ = integrate(brian, equations, start, dt=longest / 2**k, duration=duration)
        errors.append(max(abs(float(getattr(group, n)[0]) - exact.y[j, -1]) for j, n in enumerate(start)))
    return errors


@pytest.mark.parametrize("name", list(SYSTEMS))
def test_second_order_on_any_smooth_equations(brian: ModuleType, name: str) -> None:
    errors = final_errors(brian, SYSTEMS[name])
    assert within(orders(errors)[1:], (1.7, 2.4)), (errors, orders(errors))
    assert errors[-1] < 3e-3


@pytest.mark.parametrize(
    ("equation", "rate"),
    [
        ("dx/dt = (1 + 0.5*sign(x - 0.5))/ms : 1", lambda x: 1 + 0.5 * np.sign(x - 0.5)),
        ("dx/dt = (2 - x + int(x > 0.6))/ms : 1", lambda x: 2 - x + (x > 0.6)),
        ("dx/dt = (1 + 0.3*floor(4*x) - x)/ms : 1", lambda x: 1 + 0.3 * np.floor(4 * x) - x),
    ],
    ids=["sign", "int", "floor"],
)
def test_jumps_in_the_variable_still_converge(brian: ModuleType, equation: str, rate: Callable[[Any], Any]) -> None:
    """Where a jump is crossed within a step, its share of the error is of first order."""
    exact = solve_ivp(lambda t, y: rate(y), (0, 1), [0.0512], "RK45", rtol=1e-9, atol=1e-9, max_step=1e-4).y[0, -1]
    worst = []
    for dt in (0.1, 0.02, 0.004):
        group, _ = integrate(brian, equation, {"x": 0.0512}, dt=dt, duration=1.0)
        worst.append(abs(float(group.x[0]) - exact) / dt)
    assert max(worst) < 1.1


def test_a_kink_costs_no_order(brian: ModuleType) -> None:
    """The error depends on where in a step the kink falls, but stays of second order."""
    case: Case = (
        "dx/dt = (2*cos(2*t/ms) - x - 0.8*abs(x))/ms : 1",
        {"x": 0.4},
        lambda t, y: [2 * np.cos(2 * t) - y[0] - 0.8 * abs(y[0])],
        5.0,
        0.1,
    )
    assert max(error / (0.1 / 2**k) ** 2 for k, error in enumerate(final_errors(brian, case, 6))) < 0.5


def test_time_is_read_in_the_middle_of_the_step(brian: ModuleType) -> None:
    errors = []
    for dt in (0.2, 0.1, 0.05, 0.025):
        group, _ = integrate(brian, "dx/dt = cos(3*t/ms)/ms : 1", {"x": 0.0}, dt=dt, duration=2.0)
        errors.append(abs(float(group.x[0]) - np.sin(6.0) / 3))
    assert within(orders(errors), (1.97, 2.03))
    # the middle is the only place where a straight line is integrated exactly
    group, _ = integrate(brian, "dx/dt = t/ms**2 : 1", {"x": 0.0}, dt=0.5, duration=10.0)
    assert float(group.x[0]) == pytest.approx(50.0, rel=1e-13)


@pytest.mark.parametrize("dt", [0.01, 1.0, 7.0, 500.0])
def test_linear_equations_are_exact_for_any_step(brian: ModuleType, dt: float) -> None:
    equations = "dx/dt = (x_inf - x)/tau : 1\ndy/dt = 0.25/tau : 1\nx_inf : 1 (constant)"
    group, _ = integrate(
        brian,
        equations,
        {"x": 2.0, "y": -1.0, "x_inf": [0.3, -40.0]},
        dt=dt,
        duration=20 * dt,
        cells=2,
        namespace={"tau": 3 * brian.ms},
    )
    for k, x_inf in enumerate((0.3, -40.0)):
        assert float(group.x[k]) == pytest.approx(x_inf + (2.0 - x_inf) * np.exp(-20 * dt / 3), rel=1e-13, abs=1e-15)
    assert float(group.y[0]) == pytest.approx(-1.0 + 0.25 * 20 * dt / 3, rel=1e-13)


def test_resets_and_refractoriness_act_as_with_the_exact_method(brian: ModuleType) -> None:
    trains = []
    for method in (METHOD, "exact"):
        neurons = brian.NeuronGroup(
            1,
            "dv/dt = (1.5 - v)/(10*ms) : 1 (unless refractory)",
            threshold="v > 1",
            reset="v = 0",
            refractory=2 * brian.ms,
            method=method,
            dt=0.1 * brian.ms,
        )
        spikes = brian.SpikeMonitor(neurons, variables="v")
        brian.Network(neurons, spikes).run(100 * brian.ms)
        trains.append(np.array([np.asarray(spikes.t) * 1e3, np.asarray(spikes.v)]))
    assert trains[0].shape == (2, 7)
    np.testing.assert_allclose(trains[0], trains[1], rtol=1e-12)


# --- the engine that needs no compiler -------------------------------------------------------------------------------

FUNCTIONS = {
    "smooth": [
        "exp(-{x}) + expm1(y) - log1p({x}**2) - log10(3 + y)",
        "log(2 + y + {x}**2) - sqrt(1 + y**2)",
        "0.5*sqrt(y**2 + {x}**2)",
        "sin({x}) + cos(y*{x}) - tan(0.3*{x})",
        "arcsin(0.5*tanh({x})) + arccos(0.3*sin(y)) - arctan({x})",
        "sinh({x})/cosh({x}) - tanh(y) + cosh(0.1*{x})",
        "exprel(y - {x}) - 1 + bernoulli(2*{x} - y) - phi_1({x})",
        "{x}**2/5 - {x}**3 + (1 + {x}**2)**-1.5 + y**4 - {x}**5",
        "sin(t/tau)*{x} + cos(2*t/tau)",
    ],
    "with kinks and jumps": [
        "abs(y - 0.5) - 0.5*abs({x})*{x}",
        "0.1*sign(y - 0.3) + 0.2*floor(3*y) + 0.3*ceil(4*y)",
        "0.2*int(y > 0.1 and y < 0.9) + 0.1*int(not (y > 0.2)) + 0.3*int(y <= 0.02 or y >= 0.5)*{x}",
        "0.2*int(5*y)",
        "0.1*((10*y) % 3)",
        "clip(y, 0.2, 0.6) - {x}**2",
        "int(t >= 3*tau)*int(t < 5*tau)*y",
    ],
}


@pytest.mark.parametrize("kind", list(FUNCTIONS))
@pytest.mark.parametrize("cells", [2, 60], ids=["few", "many"])
@pytest.mark.xdist_group("functions")
def test_numpy_engine_and_brian_itself_know_the_same_functions(
    brian: ModuleType, monkeypatch: pytest.MonkeyPatch, kind: str, cells: int
) -> None:
    """Few cells are integrated one by one, many as arrays."""
    monkeypatch.setattr(machine, "cores", lambda: 1)
    right = {f"x_{k}": function.format(x=f"x_{k}") for k, function in enumerate(FUNCTIONS[kind])}
    equations = "\n".join(
        [
            "dy/dt = (0.43 + push - y)/tau : 1",
            *(f"d{x}/dt = ({function} - {x})/tau : 1" for x, function in right.items()),
        ]
    )
    states = ("y", *right)
    model = Model(
        title="every function that equations may use",
        equations=equations,
        parameters={"tau": Parameter(3.0, "ms", "assumption", (1.0, 10.0), "of a test")},
        event=Event("y", 0.8, "1"),
        traces=dict.fromkeys(states, "1"),
        guess=dict.fromkeys(states, (0.5, "1")),
        dt=0.1,
        stimulus="push",
        stimulus_unit="1",
    )
    heights = np.linspace(0.7, -0.9, cells)
    steps = [Step(amplitude=a, duration=0.01, start=0.002) for a in heights.tolist()]
    recording = simulate(model, protocol=steps, duration=0.02, sample=0.1, engine="numpy")

    neurons = brian.NeuronGroup(
        cells,
        f"{equations}\npush = int(t >= 2*ms)*int(t < 12*ms)*height : 1\nheight : 1 (constant)",
        method=METHOD,
        dt=0.1 * brian.ms,
        namespace={"tau": 3 * brian.ms},
    )
    neurons.height = heights
    for x in states:
        setattr(neurons, x, recording.traces[f"{x}_1"][:, 0])
    monitor = brian.StateMonitor(neurons, states, record=True)
    brian.Network(neurons, monitor).run(20 * brian.ms, namespace={})
    for x in states:
        expected = np.asarray(getattr(monitor, x))
        assert np.ptp(expected) > 0.01
        np.testing.assert_allclose(recording.traces[f"{x}_1"], expected, rtol=0, atol=1e-10, err_msg=right.get(x, x))


# --- the functions it brings along -------------------------------------------------------------------------------------

ARGUMENTS = [s * 10.0**e for e in (-200, -20, -12, -9, -6, -5, -3, -1, 0, 1, 2) for s in (-2.3, -1.0, 1.0, 2.3)] + [0.0]


@pytest.mark.parametrize(
    ("name", "exact", "at_0", "tolerance"),
    [
        ("bernoulli", lambda u: u / mpmath.expm1(u), 1.0, 1e-14),
        ("phi_1", lambda u: mpmath.expm1(u) / u, 1.0, 1e-14),
        # only slopes, held within 1e-4 of 0
        ("d_bernoulli", lambda u: mpmath.diff(lambda w: w / mpmath.expm1(w), u), -0.5, 1e-4),
        ("d_phi_1", lambda u: mpmath.diff(lambda w: mpmath.expm1(w) / w, u), 0.5, 1e-4),
    ],
)
def test_functions_are_accurate_around_0_and_far_from_it(
    name: str, exact: Callable[[Any], Any], at_0: float, tolerance: float
) -> None:
    function: Callable[[Any], Any] = getattr(loop, name)
    with mpmath.workdps(60):
        expected = [float(exact(mpmath.mpf(u))) if abs(u) > 1e-15 else at_0 for u in ARGUMENTS]
    np.testing.assert_allclose(function(np.array(ARGUMENTS)), expected, rtol=tolerance)


# --- noise -------------------------------------------------------------------------------------------------------------

CELLS = 20_000


def sampled(variance: float, cells: int = CELLS) -> float:
    """Four standard errors of a variance measured over independent cells."""
    return 4 * variance * float(np.sqrt(2 / cells))


@pytest.mark.parametrize("share", [2, 20])
@pytest.mark.parametrize("elapsed", [0.5, 8.0], ids=["early", "settled"])
def test_variance_of_an_ornstein_uhlenbeck_process(brian: ModuleType, share: int, elapsed: float) -> None:
    brian.seed(20260101 + share)
    tau, sd = 4.0, 1.5
    group, _ = integrate(
        brian,
        "dx/dt = (mu - x)/tau + sd*sqrt(2/tau)*xi : 1",
        {"x": 3.0},
        dt=tau / share,
        duration=elapsed * tau,
        cells=CELLS,
        namespace={"tau": tau * brian.ms, "sd": sd, "mu": 0.7},
    )
    x = np.asarray(group.x)
    variance = sd**2 * (1 - np.exp(-2 * elapsed))
    assert x.var() == pytest.approx(variance, abs=sampled(variance))
    assert x.mean() == pytest.approx(0.7 + 2.3 * np.exp(-elapsed), abs=4 * np.sqrt(variance / CELLS))


def test_variance_of_a_random_walk(brian: ModuleType) -> None:
    brian.seed(3)
    group, _ = integrate(brian, "dx/dt = 0.2/ms + 0.5*xi/sqrt(ms) : 1", {}, dt=0.5, duration=10.0, cells=CELLS)
    x = np.asarray(group.x)
    assert x.var() == pytest.approx(2.5, abs=sampled(2.5))
    assert x.mean() == pytest.approx(2.0, abs=4 * np.sqrt(2.5 / CELLS))


@pytest.mark.parametrize(("dt", "bias"), [(0.2, 0.003), (0.8, 0.05)])
def test_covariance_of_two_coupled_noisy_variables(brian: ModuleType, dt: float, bias: float) -> None:
    """The covariance C of dz = A z dt + B dW solves A C + C A' + B B' = 0; splitting adds a bias of order dt**2."""
    brian.seed(11)
    A = np.array([[-0.5, 0.4], [-0.6, -0.3]])
    B = np.array([0.8, 0.5])
    exact = solve_continuous_lyapunov(A, -np.diag(B**2))
    group, _ = integrate(
        brian,
        """dx/dt = (-0.5*x + 0.4*y)/ms + 0.8*xi_x/sqrt(ms) : 1
           dy/dt = (-0.6*x - 0.3*y)/ms + 0.5*xi_y/sqrt(ms) : 1""",
        {},
        dt=dt,
        duration=24.0,
        cells=CELLS,
    )
    measured = np.cov(np.array([group.x, group.y]))
    error = 4 * np.sqrt((exact**2 + np.outer(np.diag(exact), np.diag(exact))) / CELLS)
    assert (np.abs(measured - exact) < error + bias * np.diag(exact).max()).all(), measured - exact


def test_filtered_noise(brian: ModuleType) -> None:
    """A membrane driven by a correlated current: noise in one variable only."""
    brian.seed(5)
    tau_x, tau_y = 2.0, 5.0
    group, _ = integrate(
        brian,
        "dx/dt = -x/tau_x + sqrt(2/tau_x)*xi : 1\ndy/dt = (x - y)/tau_y : 1",
        {},
        dt=0.1,
        duration=40.0,
        cells=CELLS,
        namespace={"tau_x": tau_x * brian.ms, "tau_y": tau_y * brian.ms},
    )
    share = tau_x / (tau_x + tau_y)  # both the variance of y and its covariance with x
    measured = np.cov(np.array([group.x, group.y]))
    for found, exact in zip(measured[[0, 1, 0], [0, 1, 1]], (1.0, share, share), strict=True):
        assert found == pytest.approx(exact, abs=4 * np.sqrt(2 / CELLS) + 0.002)


# --- runge_kutta_4 -----------------------------------------------------------------------------------------------------

RUNGE_KUTTA = "runge_kutta_4"
# time both in a rate and behind two sub-expressions, one that nothing moves, and one that only a rate of another needs
DRIVEN = """
dx/dt = (outer - x)/tau : 1
dy/dt = (speed*x*cos(3*t/ms) - y**3)/ms : 1
dz/dt = clip(inner, -0.4, 10)/ms : 1
outer = inner*y + 1/(1 + x**2) : 1
inner = sin(2*t/ms) + speed*x : 1
speed = 1/(1 + tau/ms) : 1
"""
DRIVEN_START = {"x": 0.3, "y": 0.9, "z": 0.0}


def driven(brian: ModuleType, method: str, dt: float, duration: float = 4.0) -> Array:
    group, _ = integrate(
        brian, DRIVEN, DRIVEN_START, dt=dt, duration=duration, method=method, namespace={"tau": 2 * brian.ms}
    )
    return np.array([float(getattr(group, name)[0]) for name in DRIVEN_START])


@pytest.mark.parametrize("dt", [0.1, 0.5])
def test_the_runge_kutta_method_is_brians_own(brian: ModuleType, dt: float) -> None:
    ours, theirs = (driven(brian, method, dt) for method in (RUNGE_KUTTA, "rk4"))
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=0)
    assert not np.allclose(ours, driven(brian, "rk2", dt), rtol=1e-6, atol=0)


def test_the_runge_kutta_method_is_of_fourth_order(brian: ModuleType) -> None:
    def rates(t: float, y: Array) -> list[float]:
        inner = np.sin(2 * t) + y[0] / 3
        return [
            (inner * y[1] + 1 / (1 + y[0] ** 2) - y[0]) / 2,
            y[0] * np.cos(3 * t) / 3 - y[1] ** 3,
            inner,
        ]

    # until then nothing is clipped, which would be a kink
    exact = solve_ivp(rates, (0, 1.6), list(DRIVEN_START.values()), "DOP853", rtol=1e-13, atol=1e-13).y[:, -1]
    errors = np.array([np.abs(driven(brian, RUNGE_KUTTA, dt, 1.6) - exact) for dt in (0.2, 0.1, 0.05, 0.025)])
    for column in errors.T:
        assert within(orders(column)[1:], (3.7, 4.3)), (column, orders(column))


def test_the_runge_kutta_method_keeps_what_is_exchanged(brian: ModuleType) -> None:
    """A splitting does not: it moves one while it holds the other."""
    equations = "da/dt = -flow/ms : 1\ndb/dt = flow/ms : 1\nflow = a**2 - sin(b) + cos(t/ms) : 1"
    left = {}
    for method in (RUNGE_KUTTA, METHOD):
        group, _ = integrate(brian, equations, {"a": 0.5, "b": 0.7}, dt=0.1, duration=10.0, method=method)
        left[method] = abs(float(group.a[0]) + float(group.b[0]) - 1.2)
    assert left[RUNGE_KUTTA] < 1e-14
    assert left[METHOD] > 1e-6


def test_the_runge_kutta_method_refuses_noise(brian: ModuleType) -> None:
    said = ""
    with brian.utils.logger.catch_logs():
        try:
            integrate(brian, "dx/dt = -x/ms + xi/sqrt(ms) : 1", {}, dt=0.1, duration=0.1, method=RUNGE_KUTTA)
        except Exception as problem:  # Brian2 wraps what its state updaters raise
            said = chain(problem)
        gc.collect()
    assert RUNGE_KUTTA in said
    assert "noise" in said


# --- refusals ----------------------------------------------------------------------------------------------------------


def chain(problem: BaseException | None) -> str:
    """What an exception and its causes say."""
    return " ".join(itertools.takewhile(bool, _messages(problem)))


def _messages(problem: BaseException | None) -> Any:
    while problem is not None:
        yield str(problem)
        problem = problem.__cause__


@pytest.mark.parametrize(
    ("equations", "words"),
    [
        ("dgate/dt = -gate/ms + 0.1*gate*xi/sqrt(ms) : 1", ("'gate'", "additive noise", "multiplied by gate")),
        (
            "da/dt = -a/ms + 0.1*size*xi/sqrt(ms) : 1\nsize = 1 + b**2 : 1\ndb/dt = -b/ms : 1",
            ("'a'", "additive noise", "b"),
        ),
        ("da/dt = -a/ms + 0.1*sin(t/ms)*xi/sqrt(ms) : 1", ("'a'", "additive noise", "multiplied by t")),
        (
            "dgate/dt = -gate/ms + 0.1*xi_one/sqrt(ms) : 1\ndother/dt = -other/ms + 0.2*xi_one/sqrt(ms) : 1",
            ("independent noise", "xi_one", "'gate'", "'other'"),
        ),
        ("dgate/dt = -mine(gate)/ms : 1", ("'gate'", "mine()", "derivative", "not known")),
        ("dgate/dt = (1 - clip(gate, 0, 1))/ms : 1", ("'gate'", "clip()", "derivative", "not known")),
        (
            "dgate/dt = (1 - held)/ms : 1\nheld = clip(gate, 0, 1) : 1",
            ("'gate'", "clip()", "derivative", "not known"),
        ),
    ],
    ids=["noise by itself", "noise by another", "noise by time", "shared noise", "own function", "clip", "clip inside"],
)
def test_refuses_what_it_cannot_do(brian: ModuleType, equations: str, words: tuple[str, ...]) -> None:
    @brian.check_units(x=1, result=1)  # type: ignore[untyped-decorator]
    def mine(x: Any) -> Any:
        return x**2

    said = ""
    # Brian2's log complains that a group that could not be made was never used
    with brian.utils.logger.catch_logs():
        try:
            integrate(brian, equations, {}, dt=0.1, duration=0.1, namespace={"mine": mine})
        except Exception as problem:  # Brian2 wraps what its state updaters raise
            said = chain(problem)
        gc.collect()
    assert METHOD in said
    for word in words:
        assert word in said


def test_a_clipped_other_variable_is_no_obstacle(brian: ModuleType) -> None:
    """Only the slope with respect to the variable itself is needed."""
    equations = "dx/dt = (clip(y, 0, 1) - x)/ms : 1\ndy/dt = 2/ms : 1"
    group, _ = integrate(brian, equations, {"x": 0.0, "y": -1.0}, dt=0.005, duration=2.0)
    exact = solve_ivp(
        lambda t, z: [np.clip(z[1], 0, 1) - z[0], 2.0], (0, 2), [0.0, -1.0], rtol=1e-10, atol=1e-10, max_step=0.01
    )
    assert float(group.x[0]) == pytest.approx(exact.y[0, -1], abs=1e-5)
