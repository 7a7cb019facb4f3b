import numpy as np
import pytest

from excitability import Ions, Rest, Step, Train, load_model, measures, simulate
from excitability.motor_pool import (
    AREA_CM2,
    STANDARD_KCA,
    STANDARD_NOISE,
    STANDARD_RESISTANCE,
    STANDARD_RHEOBASE,
    TYPES,
    UNITS,
    motoneurons,
)
from excitability.parameters import Parameter

MODEL = load_model("motoneuron")
TRAIN = Train(rate=20, duration=2)
BESIDE = (0.97, 1.03)
DRIVEN = [unit.tonic_threshold.value for unit in UNITS if unit.tonic_threshold]


def resistance(g_leak_soma, g_leak_dendrite, g_axial, area):
    """Input resistance at the soma of two compartments, MOhm, from densities in mS/cm**2."""
    p = MODEL.parameters["p"].value
    g = g_leak_soma + g_axial / p * (1 - p) * g_leak_dendrite / (g_axial + (1 - p) * g_leak_dendrite)
    return 1e-3 / (g * area)


def test_ten_units_from_slow_to_fast_fatigable():
    assert [unit.name for unit in UNITS] == [f"MN{k}" for k in range(1, 11)]
    assert [unit.kind for unit in UNITS] == ["S"] * 5 + ["FR"] * 2 + ["FF"] * 3
    assert [TYPES.index(unit.kind) for unit in UNITS] == sorted(TYPES.index(unit.kind) for unit in UNITS)


def test_input_resistance_falls_and_what_it_takes_to_fire_rises():
    def column(name):
        return [getattr(unit, name).value for unit in UNITS if getattr(unit, name)]

    assert (np.diff(column("input_resistance")) < 0).all()
    for rising in ("g_leak_soma", "g_leak_dendrite", "C_soma", "free_calcium", "g_CaL", "rheobase", "tonic_threshold"):
        assert (np.diff(column(rising)) > 0).all(), rising
    assert [unit.tonic_threshold is None for unit in UNITS] == [unit.kind == "FF" for unit in UNITS]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_input_resistance_is_that_of_leaks_and_coupling_on_one_area(unit):
    """Conductances and input resistance are two statements of one thing: no slip in copying them survives this."""
    found = resistance(unit.g_leak_soma.value, unit.g_leak_dendrite.value, unit.g_axial.value, AREA_CM2)
    assert found == pytest.approx(unit.input_resistance.value, rel=0.003)


def test_standard_resistance_is_that_of_the_standard_cell():
    standard = [MODEL.parameters[name].value for name in ("g_leak_soma", "g_leak_dendrite", "g_axial")]
    assert resistance(*standard, 3.16e-3) == pytest.approx(STANDARD_RESISTANCE, rel=0.003)


def test_values_are_those_of_the_published_table():
    third, last = UNITS[2], UNITS[-1]
    assert (third.input_resistance.value, third.g_Na.value, third.free_calcium.value) == (2.6, 105.9, 0.007)
    assert (third.g_CaL.value, third.C_soma.value, third.C_dendrite.value) == (0.120, 0.8314, 0.8774)
    assert (last.g_leak_soma.value, last.g_leak_dendrite.value, last.g_axial.value) == (0.5406, 1.8211, 0.1358)
    for unit in UNITS:
        published = [value for value in vars(unit).values() if isinstance(value, Parameter)]
        assert sum(value.source == "Kim2017" for value in published) == 9
        assert all(value.note for value in published if value.source != "Kim2017")


def test_share_of_free_calcium_that_is_read_otherwise_than_printed_says_so():
    assert [unit.name for unit in UNITS if "printed" in unit.free_calcium.note] == ["MN7", "MN8", "MN9", "MN10"]
    assert "printed 0.175" in UNITS[6].free_calcium.note


def test_parameters_are_those_of_the_model_one_value_per_unit():
    given = motoneurons()
    assert set(given) <= set(MODEL.parameters)
    assert {len(values) for values in given.values()} == {10}
    assert {name: len(values) for name, values in motoneurons(UNITS[:3]).items()} == dict.fromkeys(given, 3)


def test_rule():
    given = {name: np.array(values) for name, values in motoneurons().items()}
    published = np.array([unit.g_CaL.value for unit in UNITS])
    assert given["g_CaL"] / published == pytest.approx([1.41] * 7 + [1.0] * 3)
    resistances = np.array([unit.input_resistance.value for unit in UNITS])
    assert given["g_KCa"] / resistances == pytest.approx(STANDARD_KCA / STANDARD_RESISTANCE)
    assert given["k_Ca"] / given["alpha_Ca"] == pytest.approx(2.0)
    assert given["sigma_noise"] == pytest.approx(
        [STANDARD_NOISE * unit.rheobase.value / STANDARD_RHEOBASE for unit in UNITS]
    )
    assert len(set(given["w_AMPA"])) == len(set(given["w_NMDA"])) == 1
    ratio = MODEL.parameters["w_NMDA"].value / MODEL.parameters["w_AMPA"].value
    assert given["w_NMDA"] == pytest.approx(given["w_AMPA"] * ratio)


def test_standard_values_are_those_of_the_model():
    assert MODEL.parameters["g_KCa"].value == STANDARD_KCA
    assert MODEL.parameters["sigma_noise"].value == STANDARD_NOISE


def test_volley_scales_nothing_but_the_volley():
    plain, strong = motoneurons(), motoneurons(volley=1.5)
    for name in plain:
        factor = 1.5 if name in ("w_AMPA", "w_NMDA") else 1.0
        assert strong[name] == pytest.approx([factor * value for value in plain[name]]), name


def test_impossible_pools_are_refused(refused):
    with refused("units"):
        motoneurons([])
    with refused("volley", "-1"):
        motoneurons(volley=-1)
    with refused("volley", "nan"):
        motoneurons(volley=float("nan"))


def test_tonic_drive_is_a_share_of_the_threshold_and_ff_units_get_that_of_the_last_fr_unit():
    given = motoneurons()["g_tonic"]
    assert (np.diff(given[:7]) > 0).all()
    assert given[7:] == pytest.approx([given[6]] * 3, rel=0.001)


@pytest.fixture(scope="module")
def recording():
    """Everything in one run: ten units in a train at both magnesium levels, and each beside its computed thresholds."""
    given = motoneurons()
    rows = [({}, 0.55, TRAIN, range(10)), ({}, 0.25, TRAIN, range(10))]
    still = {"sigma_noise": 0.0, "w_AMPA": 0.0, "w_NMDA": 0.0}
    for factor in BESIDE:
        for k, threshold in enumerate(DRIVEN):
            rows.append((still | {"g_tonic": factor * threshold}, 0.55, Rest(), [k]))
        for k, unit in enumerate(UNITS):
            bare = still | {"g_tonic": 0.0, "g_CaL": 0.0}
            rows.append((bare, 0.55, Step(factor * unit.rheobase.value, duration=0.5), [k]))
    runs = [(changed, mg, protocol, k) for changed, mg, protocol, cells in rows for k in cells]
    return simulate(
        "motoneuron",
        ions=Ions(mg=[mg for _, mg, _, _ in runs]),
        protocol=[protocol for _, _, protocol, _ in runs],
        duration=TRAIN.end + 2.5,
        parameters={name: [changed.get(name, given[name][k]) for changed, _, _, k in runs] for name in given},
        traced=[],
    )


@pytest.mark.xdist_group("motor_pool")
def test_computed_thresholds_are_those_of_the_units(recording):
    """Just below its tonic threshold and its rheobase no unit fires, and just above all do."""
    fires = [measures.count(recording.events(cell), 0, 2) > 0 for cell in range(20, len(recording))]
    assert fires == [False] * (len(DRIVEN) + 10) + [True] * (len(DRIVEN) + 10)


@pytest.mark.xdist_group("motor_pool")
def test_low_magnesium_makes_the_slow_and_resistant_units_fire_on_and_normal_magnesium_does_not(recording):
    after = [
        measures.self_sustained(recording.events(cell), after=TRAIN.end, until=recording.duration) for cell in range(20)
    ]
    assert max(one.duration for one in after[:10]) < measures.GAP_S
    assert [one.duration > 2 for one in after[10:]] == [True] * 7 + [False] * 3
