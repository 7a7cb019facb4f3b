import dataclasses

import pytest

from excitability import Event, Model, Noise, Parameter, Rest, Step, Train, list_models, load_model
from excitability.references import REFERENCES

GIVEN = Parameter(0.3, "mS/cm**2", "HodgkinHuxley1952", (0.1, 0.5))
CELL = Model(
    title="leaky cell",
    equations="""
    dV/dt = (-g_leak*(V - E_leak) + I_noise + I_stim)/C : volt
    ds/dt = -s/tau : siemens/meter**2
    """,
    parameters={
        "g_leak": GIVEN,
        "E_leak": Parameter(-65.0, "mV", "HodgkinHuxley1952", (-80, -50), "see [Kim2017]"),
        "C": Parameter(1.0, "uF/cm**2", "assumption", (0.5, 2), "as in [JahrStevens1990]"),
        "tau": Parameter(4.0, "ms", "assumption", (1, 10), "chosen"),
    },
    event=Event("V", -20.0),
    traces={"V": "mV"},
    stimulus="I_stim",
)
FILE = """
from excitability import Event, Model, Parameter

CELL = Model(
    title="my cell",
    equations="dV/dt = -V/tau : volt",
    parameters={"tau": Parameter(10.0, "ms", "assumption", (5, 20), "chosen")},
    event=Event("V", 0.0),
    traces={"V": "mV"},
)
"""


def written(folder, text, name="my_cell.py"):
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", list_models())
def test_models_load_by_name_with_hyphens_or_underscores(name):
    assert load_model(name).name == load_model(name.replace("_", "-")).name == name
    assert load_model(name).title == list_models()[name]


def test_motoneuron_is_among_the_models():
    assert "motoneuron" in list_models()


@pytest.mark.parametrize("name", ["motoneron", "Motoneuron", "moto-neuron"])
def test_misspelt_model_suggests_the_nearest(name, refused):
    with refused("model", name, "did you mean 'motoneuron'?"):
        load_model(name)


@pytest.mark.parametrize("name", list_models())
def test_every_source_of_a_model_is_in_the_bibliography(name):
    model = load_model(name)
    sources = {p.source for p in model.parameters.values()} - {"assumption"}
    assert sources <= set(model.references) <= set(REFERENCES)


@pytest.mark.parametrize("name", list_models())
def test_every_parameter_of_a_model_lies_in_its_range_and_says_why_if_assumed(name):
    for parameter in load_model(name).parameters.values():
        low, high = parameter.range
        assert low <= parameter.value <= high
        assert low < high
        assert parameter.source != "assumption" or len(parameter.note.split()) > 1


def test_model_of_ones_own_loads_by_its_path(tmp_path):
    model = load_model(written(tmp_path, FILE))
    assert (model.name, model.title) == ("my_cell", "my cell")
    assert load_model(str(tmp_path / "my_cell.py")).parameters["tau"].value == 10.0


def test_changed_file_is_read_again(tmp_path):
    load_model(written(tmp_path, FILE))
    assert load_model(written(tmp_path, FILE.replace("10.0", "15.00"))).parameters["tau"].value == 15.0


def test_missing_file_is_refused_with_the_models_there_are(tmp_path, refused):
    with refused("my_cell.py", "motoneuron"):
        load_model(tmp_path / "my_cell.py")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 1\ny = (\n", 2),
        ("x = 1\n  y = 2\n", 2),
        ("def f(:\n    pass\n", 1),
        ("import math\n\nmath.sqrt(-1)\n", 3),
        ("import no_such_module_anywhere\n", 1),
        ("x = 1\nraise ValueError('one\\ntwo')\n", 2),
        ("def f():\n    return 1/0\n\nf()\n", 2),
    ],
)
def test_file_with_an_error_is_refused_with_its_line(text, line, tmp_path, refused):
    path = written(tmp_path, text)
    with refused(str(path), f"line {line}:"):
        load_model(path)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"x = '\x00'\n"])
def test_file_that_is_not_text_is_refused(content, tmp_path, refused):
    path = tmp_path / "my_cell.py"
    path.write_bytes(content)
    with refused(str(path)):
        load_model(path)


@pytest.mark.parametrize(
    ("text", "number"), [("x = 1\n", 0), (FILE + FILE.replace("CELL", "OTHER").replace("my cell", "other"), 2)]
)
def test_file_must_define_exactly_one_model(text, number, tmp_path, refused):
    with refused("my_cell.py", f"{number} ", "one"):
        load_model(written(tmp_path, text))


def test_second_name_for_the_same_model_does_no_harm(tmp_path):
    assert load_model(written(tmp_path, FILE + "\nMODEL = CELL\n")).title == "my cell"


def test_impossible_model_in_a_file_is_refused_with_the_file(tmp_path, refused):
    path = written(tmp_path, FILE.replace('"assumption", (5, 20), "chosen"', '"Kim17", (5, 20)'))
    with refused(str(path), "did you mean 'Kim2017'?"):
        load_model(path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"parameters": {**CELL.parameters, "g_extra": GIVEN}}, ["g_extra", "not used"]),
        ({"parameters": {**CELL.parameters, "g_leak": 0.3}}, ["g_leak", "unit", "source"]),
        ({"equations": " "}, ["equations"]),
        ({"event": Event("V_soma", 0.0)}, ["V_soma"]),
        ({"traces": {"V_soma": "mV"}}, ["V_soma"]),
        ({"guess": {"V_soma": (-65, "mV")}}, ["V_soma"]),
        ({"volley": {"u": "g_leak"}}, ["u"]),
        ({"volley": {"s": "w_typo"}}, ["w_typo"]),
        ({"noise": Noise("I_noise", "sd_typo", "tau")}, ["sd_typo"]),
        ({"example": 10.0}, ["example", "10.0", "Protocol"]),
        ({"example": Rest()}, ["example", "no stimulus"]),
        ({"example": Train(20, 1)}, ["example", "20 afferent volleys", "synapse"]),
        ({"example": Step(10, 1), "stimulus": ""}, ["example", "a current of 10", "injected current"]),
        ({"dt": 0}, ["dt", "0 ms"]),
        ({"dt": float("nan")}, ["dt", "nan"]),
        (
            {"equations": CELL.equations.replace("s/tau", "s/(4*ms)  # or tau")},
            ["tau", "not used"],
        ),
    ],
)
def test_model_that_cannot_work_is_refused(changes, words, refused):
    with refused(*words):
        dataclasses.replace(CELL, **changes)


def test_noise_and_volley_use_their_parameters():
    extra = {"sd": GIVEN, "w": GIVEN}
    model = dataclasses.replace(
        CELL,
        parameters={**CELL.parameters, **extra},
        noise=Noise("I_noise", "sd", "tau"),
        volley={"s": "w"},
    )
    assert set(extra) < set(model.parameters)


def test_example_is_a_current_or_a_train_that_the_model_takes():
    assert dataclasses.replace(CELL, example=Step(10, 1)).example == Step(10, 1)
    with_synapse = {"parameters": {**CELL.parameters, "w": GIVEN}, "volley": {"s": "w"}}
    assert dataclasses.replace(CELL, example=Train(20, 1), **with_synapse).example == Train(20, 1)
    assert CELL.example is None


def test_references_are_those_of_parameters_and_of_notes():
    assert set(CELL.references) == {"HodgkinHuxley1952", "Kim2017", "JahrStevens1990"}


def test_ions_are_seen_in_the_equations():
    assert load_model("motoneuron").ions
    assert not load_model("squid_axon").ions
    assert not CELL.ions


def test_parameters_are_changed_in_a_copy_with_remarks():
    changed, remarks = CELL.with_parameters({"g_leak": "5 S/m**2", "tau": 20})
    assert changed.parameters["g_leak"].value == pytest.approx(0.5)
    assert CELL.parameters["g_leak"].value == 0.3
    assert [remark.split()[0] for remark in remarks] == ["tau"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"g_leek": 1}, ["did you mean 'g_leak'?"]),
        ({"g_leak": "1 mV"}, ["1 mV", "mS/cm**2"]),
        ({"g_leak": -1}, ["-1", "conductance"]),
    ],
)
def test_impossible_change_of_parameters_names_the_model(change, words, refused):
    with refused("leaky", *words):
        dataclasses.replace(CELL, name="leaky").with_parameters(change)
