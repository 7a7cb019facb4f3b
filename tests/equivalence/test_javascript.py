"""The page's engine against this package's: the same equations in JavaScript, run by Node."""

import json
import shutil
import subprocess
from functools import cache
from importlib.resources import files

import numpy as np
import pytest

from excitability import Ions, Regimen, Step, Train, assays, javascript, load_model, measures, simulate

NODE = shutil.which("node") or shutil.which("nodejs")
pytestmark = [
    pytest.mark.skipif(NODE is None, reason="needs Node"),
    pytest.mark.xdist_group("javascript"),
    pytest.mark.filterwarnings(r"ignore:'\w+' (argument is )?deprecated:DeprecationWarning"),
]
LOW = Ions(ca=1.2, mg=0.25)
CASES = {
    "squid_axon": {"protocol": load_model("squid_axon").example, "duration": 0.5},
    "motoneuron": {"ions": LOW, "protocol": Train(rate=20, duration=0.4, start=0.05), "duration": 0.5},
    "motor_axon": {"ions": Ions(ca=1.0, mg=0.25), "protocol": Step(0.3, 0.1, 0.01), "duration": 0.5},
    "neuromuscular_junction": {"protocol": Train(rate=20, duration=0.4, start=0.01), "duration": 0.5},
    "muscle_fibre": {"ions": LOW, "protocol": Train(rate=20, duration=0.4, start=0.01), "duration": 0.5},
    "body": {
        "protocol": Regimen(before={"gland": 0.5}).then(0, Mg_eaten=0.5, TRPM6=0.0).then(40, Mg_eaten=60.0),
        "duration": 120,
    },
}
EVERY = pytest.mark.parametrize("name", CASES)
RUN = """
const jobs = JSON.parse(require("fs").readFileSync(0, "utf8"));
const told = {};
for (const [name, options] of Object.entries(jobs)) {
  const run = Excitability.simulate(MODELS[options.model || name], options);
  const traces = {};
  for (const [trace, values] of Object.entries(run.traces)) traces[trace] = Array.from(values);
  told[name] = { events: run.events, times: Array.from(run.times), traces, resting: run.resting };
}
console.log(JSON.stringify(told));
"""


@cache
def modules() -> str:
    models = {name: javascript.program(name) for name in CASES}
    return files("excitability").joinpath("page/engine.js").read_text(encoding="utf-8") + javascript.module(models)


def node(script, told=""):
    """What a script says that runs after the engine and the models."""
    done = subprocess.run(
        [NODE, "-"], input=modules() + script.replace("require(\"fs\").readFileSync(0, \"utf8\")", json.dumps(told)),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def options(case):
    """The same run in the page's words."""
    ions, protocol = case.get("ions", Ions()), case["protocol"]
    before, *later = protocol.changes() or ((0, {}),)
    return {
        "ions": {"Ca": float(ions.ca), "Mg": float(ions.mg)},
        "duration": case["duration"],
        "volleys": protocol.volleys().tolist(),
        "current": [list(piece) for piece in protocol.current()],
        "before": dict(before[1]),
        "changes": [{"at": day, "values": dict(values)} for day, values in later],
    }


@cache
def page():
    return node(RUN, json.dumps({name: options(case) for name, case in CASES.items()}))


@cache
def here(name):
    return simulate(name, **CASES[name], noise=False, engine="numpy")


@EVERY
def test_impulses_are_as_many_and_within_one_time_step(name):
    mine, theirs = here(name).events(0), np.array(page()[name]["events"])
    assert len(mine) == len(theirs) > 0
    dt = load_model(name).dt * (1 if load_model(name).time == "day" else 1e-3)
    np.testing.assert_allclose(theirs, mine, rtol=0, atol=1e-3 * dt)


@EVERY
def test_traces_agree_far_within_a_microvolt(name):
    recording = here(name)
    assert page()[name]["resting"] is (recording.making["rest"][0] != "none")
    np.testing.assert_allclose(page()[name]["times"], recording.trace_time, rtol=1e-12, atol=1e-12)
    for trace, values in recording.traces.items():
        theirs = np.array(page()[name]["traces"][trace.rpartition("_")[0]])
        np.testing.assert_allclose(theirs, values[0], rtol=1e-6, atol=1e-6, err_msg=trace)


THRESHOLDS = """
const told = {};
for (const [name, dt, ions] of JOBS) {
  const of = (one, near) => Excitability.threshold(MODELS[name], { ions: one, dt }, { width: 1e-3, latency: 1e-2, near });
  const { current } = of(ions[0]);
  told[name] = ions.map((one) => of(one, current));
}
console.log(JSON.stringify(told));
"""


def test_thresholds_are_those_of_the_package():
    ions = {
        "motoneuron": [(1.2, 0.55), (1.2, 0.25), (3, 3)],
        "motor_axon": [(1.2, 0.55), (0.9, 0.55), (0.3, 0.05)],
    }
    steps = {"motoneuron": load_model("motoneuron").dt, "motor_axon": 0.02}
    jobs = [[n, 1e-3 * steps[n], [{"Ca": ca, "Mg": mg} for ca, mg in some]] for n, some in ions.items()]
    told = node(THRESHOLDS.replace("JOBS", json.dumps(jobs)))
    for name, some in ions.items():
        ca, mg = zip(*some, strict=True)
        mine = assays.threshold(name, ions=Ions(ca=ca, mg=mg), dt=steps[name], engine="numpy")
        for theirs, current, potential in zip(told[name], mine.current, mine.potential, strict=True):
            assert (theirs is None) == np.isnan(current)
            if theirs:
                assert theirs["current"] == pytest.approx(current, rel=2e-3)
                assert theirs["potential"] == pytest.approx(potential, abs=0.3)
                assert theirs["from"] < theirs["potential"] - 5
    shared = node("console.log(JSON.stringify([Excitability.GRADED_MV, Excitability.SHORT_OF, Excitability.GAP_S]));")
    assert shared == [assays._GRADED_MV, assays._SHORT_OF, measures.GAP_S]
    # an axon that is held depolarised follows its current, and answers nothing
    assert told["motor_axon"][1] is not None and told["motor_axon"][2] is None


def test_functions_that_are_written_out_are_those_of_the_package():
    from excitability import integrator, loop, translation

    small = np.geomspace(1e-12, 0.2, 60)
    values = np.concatenate([-np.geomspace(0.2, 600, 40), -small, [0.0], small, np.geomspace(0.2, 600, 40)])
    wanted = {f"{name}(x)": getattr(loop, name) for name in ("bernoulli", "d_bernoulli", "phi_1", "d_phi_1")}
    wanted |= {
        "(x + 700)**n": lambda x: (x + 700) ** 2.3,
        "(x + 1)**3": lambda x: (x + 1) ** 3,
        "clip(x, 0, 1)": lambda x: np.clip(x, 0, 1),
    }
    bodies = [" ".join(translation._javascript_lines("const y", integrator.parsed(code))) for code in wanted]
    made = ", ".join(f"(x) => {{ {body} return y; }}" for body in bodies)
    script = f"const n = 2.3; console.log(JSON.stringify([{made}].map((f) => {json.dumps(values.tolist())}.map(f))));"
    for (code, function), found in zip(wanted.items(), np.array(node(script), dtype=float), strict=True):
        with np.errstate(over="ignore"):
            theirs = np.asarray(function(values))
        slope = code.startswith("d_")  # which the package holds constant within 1e-4 of 0
        far = np.abs(values) > 1e-4
        np.testing.assert_allclose(found, theirs, rtol=1e-4 if slope else 1e-12, err_msg=code)
        np.testing.assert_allclose(found[far], theirs[far], rtol=1e-7 if slope else 1e-12, err_msg=code)


def test_normal_ions_are_those_of_the_package():
    assert node("console.log(JSON.stringify(Excitability.NORMAL));") == {"Ca": Ions().ca, "Mg": Ions().mg}


def test_the_binomial_draw_is_that_of_the_package():
    from excitability.loop import binomial_quantile

    draws = [(0.1, 20, 0.3), (0.999, 400, 0.02), (0.5, 1, 0.5), (0.3, 3000, 0.7), (-1, 20, 0.25), (0.7, 0, 0.5)]
    told = node(f"console.log(JSON.stringify({json.dumps(draws)}.map((d) => binomial_quantile(...d))));")
    assert told == [float(binomial_quantile(*draw)) for draw in draws]


NOISE = """
const model = MODELS.motoneuron, n = 4000, runs = 60, sums = [0, 0, 0];
for (let seed = 0; seed < runs; seed++) {
  const run = Excitability.start(model, {duration: 1, seed});
  let before = 0;
  for (let k = 0; k < n; k++) {
    const value = run.noise.value;
    run.noise.value = value * run.noise.decay + run.noise.kick();
    if (k < 500) continue;
    sums[0] += value; sums[1] += value * value; sums[2] += value * before; before = value;
  }
}
const m = runs * (n - 500), decay = Excitability.start(model, {duration: 1, seed: 1}).noise.decay;
console.log(JSON.stringify({mean: sums[0] / m, variance: sums[1] / m, next: sums[2] / m, decay}));
"""


def test_seeded_noise_has_the_moments_of_the_packages_noise():
    told = node(NOISE)
    tau = load_model("motoneuron").parameters[load_model("motoneuron").noise.tau].si
    assert told["decay"] == pytest.approx(np.exp(-1e-3 / tau))
    assert abs(told["mean"]) < 0.05
    assert told["variance"] == pytest.approx(1, abs=0.1)
    assert told["next"] == pytest.approx(told["decay"], abs=0.1)


SEEDS = """
const train = Array.from({length: 40}, (_, k) => 0.1 + k / 20), told = [];
for (let seed = 1; seed <= 12; seed++) {
  const options = {ions: {Ca: 1.2, Mg: 0.25}, volleys: train, duration: 8, seed, sample: 0.1};
  const run = Excitability.simulate(MODELS.motoneuron, options);
  told.push([run.events.filter((t) => t < 2.1).length, Excitability.selfSustained(run.events, 2.1, 8).rate]);
}
console.log(JSON.stringify(told));
"""


def test_seeded_runs_equal_those_of_the_package_in_distribution():
    count, rate = np.array(node(SEEDS)).T
    recording = simulate(
        "motoneuron", ions=LOW, protocol=Train(rate=20, duration=2, start=0.1), duration=8, repeats=12, traced=[]
    )
    mine = np.array([len(recording.events(c)[recording.events(c) < 2.1]) for c in range(12)])
    after = np.array([np.mean(1 / np.diff(t[t > 2.1])) for t in map(recording.events, range(12))])
    spread = np.hypot(mine.std(ddof=1), count.std(ddof=1)) / np.sqrt(12)
    assert abs(mine.mean() - count.mean()) < 4 * spread + 0.5
    assert abs(after.mean() - rate.mean()) < 1.5


def test_a_seed_gives_the_same_numbers_again_and_another_seed_others():
    told = node(
        "const of = (seed) => { const draw = Excitability.uniform(seed); return [draw(), draw(), draw()]; };"
        "console.log(JSON.stringify([of(1), of(1), of(2)]));"
    )
    assert told[0] == told[1] != told[2]
    assert all(0 <= number < 1 for row in told for number in row)


def test_a_run_in_pieces_is_the_same_run():
    told = node(
        "const o = {ions: {Ca: 1.2, Mg: 0.25}, volleys: [0.02, 0.07], duration: 0.3};"
        "const whole = Excitability.simulate(MODELS.motoneuron, o), parts = Excitability.start(MODELS.motoneuron, o);"
        "while (!parts.done) parts.advance(parts.time + 0.013);"
        "const same = whole.traces.V_soma.every((v, k) => v === parts.traces.V_soma[k]);"
        "console.log(JSON.stringify([same, whole.events, parts.events]));"
    )
    assert told[0] is True
    assert told[1] == told[2]


def test_unknown_parameters_and_impossible_values_are_refused():
    script = (
        "try {{ Excitability.start(MODELS.motoneuron, {}); }} catch (e) {{ console.log(JSON.stringify(e.message)); }}"
    )
    assert "no parameter g_Nah" in node(script.format("{duration: 1, parameters: {g_Nah: 1}}"))
    assert "is not a number" in node(script.format("{duration: 1, parameters: {g_Na: NaN}}"))


SUPERSEDED = """
const told = [], order = (id, duration) => ({ id, model: "motoneuron", options: { duration }, traces: [], first: 0.5 });
const serve = server((part) => {
  told.push([part.id, part.done]);
  if (told.length === 1) serve(order(2, 1));
  if (part.done) { console.log(JSON.stringify(told)); process.exit(); }
});
serve(order(1, 60));
"""


def test_an_order_takes_the_place_of_the_one_at_work():
    worker = files("excitability").joinpath("page/worker.js").read_text(encoding="utf-8")
    told = node(worker + SUPERSEDED)
    assert told[0] == [1, False] and told[-1] == [2, True]
    assert all(number == 2 for number, _ in told[1:])
