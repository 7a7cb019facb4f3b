import json
import re
import subprocess
import sys

import pytest

from excitability import command


def call(capsys, *words):
    code = command.main(list(words))
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["lst"], "did you mean 'list'"),
        (["run"], "which experiment"),
        (["run", "low_magnesum"], "did you mean 'low_magnesium'"),
        (["run", "low_magnesium", "--sed", "3"], "did you mean '--seed'"),
        (["run", "low_magnesium", "extra"], "'extra' is not understood"),
        (["run", "low_magnesium", "--out"], "expected one argument"),
        (["run", "low_magnesium", "--set", "mgg=0.25"], "did you mean 'mg'"),
        (["run", "low_magnesium", "--set", "g_cal=0.1"], "did you mean 'g_CaL'"),
        (["run", "low_magnesium", "--set", "mg"], "expected PARAM=VALUE"),
        (["run", "low_magnesium", "--set", "mg="], "expected PARAM=VALUE"),
        (["run", "low_magnesium", "--set", "mg=-0.1"], "mg = -0.1 mM is outside 0 to 10 mM"),
        (["run", "low_magnesium", "--set", "mg=50"], "mg = 50 mM is outside 0 to 10 mM"),
        (["run", "low_magnesium", "--set", "mg=nan"], "mg = nan is not a finite number"),
        (["run", "low_magnesium", "--set", "mg=inf"], "mg = inf is not a finite number"),
        (["run", "low_magnesium", "--set", "mg=5 mV"], "wrong unit: mM is needed"),
        (["run", "low_magnesium", "--set", "mg=a lot"], "is not a number"),
        (["run", "low_magnesium", "--set", "mg=0.25mM,250uM"], "the same value twice"),
        (["run", "low_magnesium", "--set", "g_CaL=-0.1"], "a conductance cannot be negative"),
        (["run", "low_magnesium", "--set", "g_CaL=0.2mV"], "wrong unit: mS/cm**2 is needed"),
        (["run", "low_magnesium", "--set", "g_CaL=0.1,0.2"], "takes one value"),
        (["run", "low_magnesium", "--set", "axon.g_CaL=0.2"], "no option or parameter"),
        (["run", "low_magnesium", "--set", "C_soma=0"], "a capacitance must be above 0"),
        (["run", "low_magnesium", "--set", "tau_d=0"], "a time must be above 0"),
        (["run", "low_magnesium", "--set", "rate=10,20"], "takes one value, not 2"),
        (["run", "low_magnesium", "--set", "rate=20", "rate=30"], "given twice"),
        (["run", "low_magnesium", "--set", "duration=0"], "outside 0.05 to 60 s"),
        (["run", "low_magnesium", "--set", "watch=1"], "outside 5 to 300 s"),
        (["run", "low_magnesium", "--set", "seeds=2.5"], "whole number"),
        (["run", "low_magnesium", "--seed", "-1"], "whole number from 0"),
        (["run", "low_magnesium", "--seed", "one"], "is not a number"),
        (["run", "low_magnesium", "--format", "gif"], "no figure format 'gif'"),
        (["run", "low_magnesium", "--style", "wall"], "no figure style 'wall'"),
        (["run", "low_magnesium", "--engine", "gpu"], "no engine 'gpu'"),
        (["run", "nothing.py"], "no file nothing.py"),
        (["show", "motoneurn"], "did you mean 'motoneuron'"),
        (["cite", "xyzzy"], "(known: benchmark, body, "),
        (["cache", "--clearr"], "did you mean '--clear'"),
    ],
)
def test_wrong_use_is_one_line_on_stderr_and_exit_code_2(capsys, tmp_path, monkeypatch, words, says):
    monkeypatch.chdir(tmp_path)
    code, out, err = call(capsys, *words)
    assert code == 2
    assert out == ""
    assert says in err
    assert err.startswith("excitability: ")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []  # nothing half-written


def test_unwritable_folder_is_refused_before_anything_runs(capsys, tmp_path):
    (tmp_path / "file").write_text("in the way")
    code, out, err = call(capsys, "run", "low_magnesium", "--out", str(tmp_path / "file" / "results"))
    assert (code, out) == (2, "")
    assert "cannot be written to" in err


def test_list_has_a_line_for_every_experiment_and_model(capsys):
    code, out, _ = call(capsys, "list")
    assert code == 0
    assert re.search(r"^ +low_magnesium +\S", out, re.M)
    assert re.search(r"^ +motoneuron +\S", out, re.M)


def test_show_gives_every_parameter_with_unit_range_and_source_and_the_computed_rest(capsys):
    from excitability import load_model

    code, out, _ = call(capsys, "show", "motoneuron")
    assert code == 0
    for name, parameter in load_model("motoneuron").parameters.items():
        row = next(line for line in out.splitlines() if re.match(rf"{re.escape(name)} +{parameter.value:.6g} ", line))
        assert parameter.unit in row
        assert parameter.source in row
        assert " to " in row
    assert "dV_soma/dt" in out
    assert re.search(r"^V_soma +-64\.86", out, re.M)
    assert re.search(r"^it responds to: 24 afferent volleys at 80 Hz from 0.02 s to 0.32 s$", out, re.M)


def test_show_gives_the_unit_of_the_current_that_makes_a_cell_respond(capsys):
    code, out, _ = call(capsys, "show", "squid-axon")
    assert code == 0
    assert re.search(r"^it responds to: a current of 10 from 0.02 s to 0.16 s, in uA/cm\*\*2$", out, re.M)
    assert re.search(r"^V +-64\.99", out, re.M)


def test_show_experiment_gives_its_options(capsys):
    code, out, _ = call(capsys, "show", "low-magnesium")
    assert code == 0
    for option in ("ca", "mg", "rate", "duration", "watch", "seeds"):
        assert re.search(rf"^{option} ", out, re.M)


def test_cite_lists_sources_as_text_and_bibtex(capsys):
    code, out, _ = call(capsys, "cite", "low_magnesium")
    assert code == 0
    assert "Kim2017" in out
    assert "Minetto2009" in out
    code, out, _ = call(capsys, "cite", "motoneuron", "--bibtex")
    assert code == 0
    entries = out.split("@")[1:]
    assert len(entries) >= 8
    for entry in entries:
        assert re.match(r"(article|misc)\{\w+,\n", entry)
        assert entry.count("{") == entry.count("}")
        assert "author = {" in entry


def test_doctor_names_engine_and_versions(capsys):
    code, out, _ = call(capsys, "doctor")
    assert code == 0
    for word in ("Python", "brian2", "numpy", "compiler", "builds"):
        assert re.search(rf"^{word} ", out, re.M)
    assert re.search(r"^engine +(cpp|numpy): \S", out, re.M)


def test_doctor_without_a_compiler_says_what_that_means(tmp_path):
    code = (
        "import sys; from excitability import command, machine; machine.compiler.cache_clear();"
        "sys.exit(command.main(['doctor']))"
    )
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert re.search(r"^engine +numpy: no C\+\+ compiler was found", done.stdout, re.M)


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        command.main(["--version"])
    assert stop.value.code == 0
    assert re.fullmatch(r"excitability \d+\.\d+\.\d+\n", capsys.readouterr().out)


OWN_EXPERIMENT = """
from excitability import Finding, Option, Report, Step, Table, experiment, figures


@experiment(
    title="A step in my own cell", question="Does it fire?", models=[{model!r}],
    options={{"current": Option(100.0, "uA/cm**2", 0, 500, "injected current")}},
)
def step(run):
    recording = run.simulate({model!r}, protocol=Step(run.options.current, 0.3), duration=0.35)
    rows = [{{"seed": 1, "spikes": len(recording.events(0))}}]
    fires = Finding("fires", f"It fires {{rows[0]['spikes']}} times.", rows[0]["spikes"], "1", "some", "model",
                    rows[0]["spikes"] > 0)
    table = Table(rows, ("seed", "spikes"), recording, [recording.condition(0)])
    return Report({{"table": table}}, [fires], lambda: figures.trace(recording.trace_time, recording.trace("v_mV", 0)).figure)
"""
OWN_MODEL = '''
from excitability import Event, Model, Parameter


def guess(value, unit):
    return Parameter(value, unit, "assumption", (min(value / 2, 2 * value), max(value / 2, 2 * value)), "barnacle muscle")


MODEL = Model(
    title="Morris and Lecar's muscle fibre",
    equations="""
    dv/dt = (I_stim - g_L*(v - E_L) - g_Ca*m_inf*(v - E_Ca) - g_K*w*(v - E_K))/C : volt
    dw/dt = phi*cosh((v - V_3)/(2*V_4))*(w_inf - w) : 1
    m_inf = 0.5*(1 + tanh((v - V_1)/V_2)) : 1
    w_inf = 0.5*(1 + tanh((v - V_3)/V_4)) : 1
    """,
    parameters={
        "g_L": guess(2.0, "mS/cm**2"), "g_Ca": guess(4.4, "mS/cm**2"), "g_K": guess(8.0, "mS/cm**2"),
        "E_L": guess(-60, "mV"), "E_Ca": guess(120, "mV"), "E_K": guess(-84, "mV"),
        "V_1": guess(-1.2, "mV"), "V_2": guess(18, "mV"), "V_3": guess(2, "mV"), "V_4": guess(30, "mV"),
        "C": guess(20, "uF/cm**2"), "phi": guess(0.04, "1/ms"),
    },
    event=Event("v", 0.0), traces={"v": "mV"}, guess={"v": (-60, "mV")}, stimulus="I_stim", dt=0.05,
)
'''


def test_own_experiment_and_model_run_by_their_paths(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my cell é.py").write_text(OWN_MODEL, encoding="utf-8")
    (tmp_path / "step.py").write_text(OWN_EXPERIMENT.format(model="my cell é.py"), encoding="utf-8")
    code, _, err = call(capsys, "run", "step.py", "--engine", "numpy", "--set", "g_L=2.2")
    assert (code, err) == (0, "")
    summary = json.loads((tmp_path / "results" / "step" / "summary.json").read_text())
    assert summary["experiment"] == "step"
    assert summary["findings"][0]["holds"] is True
    assert summary["provenance"]["parameters"]["my cell é"]["g_L"] == {"value": 2.2, "unit": "mS/cm**2"}
    assert call(capsys, "show", "my cell é.py")[0] == 0
    code, _, err = call(capsys, "run", "step.py", "--set", "g_LL=2")
    assert code == 2
    assert "did you mean 'g_L'" in err


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("(I_stim -", "(I_stimm -"), "'I_stimm' (did you mean 'I_stim'?)"),
        (("/C : volt", "*C : volt"), "equations: "),
        (('guess(2.0, "mS/cm**2")', 'guess(2.0, "")'), "has no unit"),
        (('guess(2.0, "mS/cm**2")', 'guess(2.0, "mS/cmm")'), "'mS/cmm' is not a unit"),
        (('guess(2.0, "mS/cm**2")', "2.0"), "parameter g_L needs a unit, a source and a range"),
        (("guess(2.0,", "guess(-2.0,"), "a conductance cannot be negative"),
        (('"barnacle muscle")', '"")'), "an assumption without a reason"),
        (('"assumption"', '"Kimm2017"'), "did you mean 'Kim2017'"),
        (("MODEL = Model(", "MODEL = Modell("), "Modell"),
        (('equations="""', 'equations=="""'), "line"),
    ],
)
def test_mistakes_in_an_own_model_are_one_line(capsys, tmp_path, monkeypatch, change, says):
    monkeypatch.chdir(tmp_path)
    assert change[0] in OWN_MODEL
    (tmp_path / "cell.py").write_text(OWN_MODEL.replace(*change), encoding="utf-8")
    code, _, err = call(capsys, "show", "cell.py")
    assert code == 2
    assert err.count("\n") == 1
    assert says in err
