"""The motor axon and the fibre made of it: what people and cats show, and what must be true of any axon."""

import numpy as np
import pytest
from excitability.experiments import conduction, trousseau

from excitability import Ions, Run, Step, assays, load_experiment, load_model, machine, resting_state, simulate

pytestmark = [pytest.mark.xdist_group("axon"), pytest.mark.long]
compiled = pytest.mark.skipif(machine.compiler() is None, reason="no C++ compiler that works was found")


@pytest.mark.parametrize(
    "changes", [{}, {"g_Kf": 20.0}, {"g_Ks": 20.0, "g_Nap": 8.0}, {"V_rest": -83.0}, {"g_Ksi": 30.0, "g_Kfi": 100.0}]
)
def test_rest_is_where_it_is_meant_to_be_whatever_the_conductances(changes):
    rest, kind = resting_state("motor_axon", parameters=changes)
    assert kind == "stable"
    assert rest["V"][0] == pytest.approx(changes.get("V_rest", -79.7), abs=1e-6)
    assert rest["Na_i"][0] == pytest.approx(9.0, abs=1e-6)  # sodium and potassium stay as they are


@compiled
def test_strength_duration_and_recovery_are_those_of_human_motor_axons():
    """Mogyoros 1996: 0.459 +- 0.126 ms (calibrated on it); superexcitability about -26 %, late subexcitability +15 %."""
    found = assays.strength_duration("motor_axon", ions=Ions(), widths=[0.2e-3, 1e-3], lowest=0.01, highest=2.0)
    assert found.time_constant[0] == pytest.approx(0.459e-3, abs=0.126e-3)
    cycle = assays.recovery_cycle(
        "motor_axon", ions=Ions(), intervals=[4e-3, 6e-3, 45e-3, 0.2], lowest=0.01, highest=2.0
    )
    assert -0.4 < cycle.superexcitability[0] < -0.1
    assert 0.05 < cycle.late_subexcitability[0] < 0.25
    assert cycle.change[0, -1] == pytest.approx(0, abs=0.02)  # all is over after 200 ms


@compiled
def test_one_stimulus_gives_one_impulse():
    threshold = 0.0917  # nA, of a 1 ms pulse
    sizes = [0.9, 1.05, 1.5, 3.0, 6.0]
    run = simulate("motor_axon", protocol=[Step(threshold * k, 1e-3, 5e-3) for k in sizes], duration=0.1, sample=0.05)
    assert [len(run.events(cell)) for cell in range(len(sizes))] == [0, 1, 1, 1, 1]
    v = run.trace("V_mV", 2)
    assert v.max() - v[0] > 80  # mV
    assert ((v > -55).sum() - 1) * 0.05 < 1.5  # ms; no plateau


@compiled
def test_normal_ions_and_low_magnesium_alone_are_quiet():
    mg, f_K = np.meshgrid([0.55, 0.25, 0.10, 1.5], [0.3, 0.6, 1.0])
    found = assays.spontaneous_activity(
        "motor_axon", ions=Ions(mg=mg.ravel()), parameters={"f_K": f_K.ravel()}, duration=1.0
    )
    assert found.state.tolist() == ["quiet"] * 12


@compiled
def test_a_sodium_load_ends_a_burst():
    """At 1.0 mM calcium and 0.25 mM magnesium the axon fires; a small pool of sodium ends that within seconds."""
    run = simulate(
        "motor_axon",
        ions=Ions(ca=[1.2, 1.2]).then(at=0.0, ca=1.0, mg=0.25),
        parameters={"volume": [8.3e3, 8.3e4]},
        duration=8.0,
        sample=10.0,
    )
    small, whole = (run.events(cell) for cell in range(2))
    assert 5 < len(small) < len(whole)
    assert small[-1] < 6.0
    assert whole[-1] > 7.5
    assert run.trace("Na_i_mM", 0).max() > 9.5


# --- the fibre --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fibre():
    return load_experiment("conduction").run(quick=True, engine="numpy")


def test_velocity_is_that_of_its_diameter(fibre):
    """Boyd & Kalu 1979: 5.7 m/s per um in the cat; within a fifth."""
    known = [r["velocity_per_um"] for r in fibre.rows if r["velocity_per_um"] and r["mg_mM"] == 0.55]
    assert len(known) == 2
    assert known == pytest.approx([5.7, 5.7], rel=0.2)


def test_an_impulse_from_the_middle_runs_both_ways(fibre):
    (both,) = (r for r in fibre.rows if r["stimulated_node"] == 11)
    assert both["velocity_m_per_s"] is None
    assert 0.1 < both["to_node_1_ms"] < 0.5
    assert both["to_node_1_ms"] == pytest.approx(both["to_node_21_ms"], rel=0.1)
    holds = {f.name: f.holds for f in fibre.findings}
    assert holds["conducts"] and holds["velocity"] and holds["both_ways"]


def test_the_fibre_of_14_um_is_made_of_the_axon(tmp_path):
    rest, _ = resting_state("motor_fibre")
    axon, _ = resting_state("motor_axon")
    assert rest["V_11"][0] == pytest.approx(axon["V"][0], abs=1e-6)
    assert rest["V_internode_11"][0] == pytest.approx(axon["V_internode"][0], abs=1e-6)
    as_it_is, longer = (
        Run({}, given, seed=1, engine="numpy", quick=True, announce=None, progress=None, unfinished=tmp_path)
        for given in ({}, {"motor_fibre": {"L_0": load_model("motor_fibre").parameters["L_0"].value + 100.0}})
    )
    length = conduction.internode_um(as_it_is, 14.0)
    assert length == pytest.approx(1377, abs=2)
    assert conduction.internode_um(longer, 14.0) == pytest.approx(length + 100.0)
    assert set(load_model("motor_fibre").traces) == {"V_1", "V_6", "V_11", "V_16", "V_21"}


def test_a_fibre_that_does_not_conduct_is_said():
    row = {"diameter_um": 14.0, "mg_mM": 0.55, "stimulated_node": 1, "velocity_m_per_s": None, "velocity_per_um": None}
    middle = {**row, "stimulated_node": 11, "to_node_1_ms": None, "to_node_21_ms": 0.3}
    found = {f.name: f for f in conduction.findings([row, middle])}
    assert found["conducts"].holds is False
    assert found["velocity"].holds is None
    assert found["both_ways"].holds is False


# --- the cuff ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([], {"onset_s": None, "release_onset_s": None, "rate_hz": None, "impulses_before": 0}),
        ([30.0, 30.1, 30.2], {"onset_s": 20.0, "release_onset_s": None, "rate_hz": 10.0, "impulses_in_cuff": 3}),
        ([9.9, 10.4, 10.9], {"onset_s": 0.0, "impulses_before": 1, "impulses_in_cuff": 2, "rate_hz": 2.0}),
        ([3.0, 30.0], {"onset_s": 20.0, "impulses_before": 1}),
        ([75.0, 76.0], {"onset_s": None, "release_onset_s": 5.0, "last_after_release_s": 6.0, "impulses_after": 2}),
        ([69.8, 75.0], {"release_onset_s": None, "impulses_after": 1}),  # it never stopped
    ],
)
def test_onsets_around_a_cuff(times, expected):
    found = trousseau.measured(np.array(times), 10.0, 70.0, 100.0)
    for name, value in expected.items():
        assert found[name] == (value if value is None else pytest.approx(value)), name


@pytest.mark.parametrize(
    ("impulses", "holds"),
    [
        ({"low calcium": (0, 5)}, True),
        ({}, False),
        ({"low calcium": (0, 5), "normal": (0, 1)}, False),
        ({"low calcium": (0, 5), "both low": (3, 9)}, False),
    ],
)
def test_a_sign_is_provoked_or_not(impulses, holds):
    states = {"normal": (1.2, 0.55), "low calcium": (0.9, 0.55), "both low": (0.9, 0.25)}
    rows = [
        {
            "ca_mM": ca, "mg_mM": mg, "f_K": 0.3, "slowing": 0.2, "rise_K_mM": 0.3, "impulses_after": 0,
            "impulses_before": impulses.get(state, (0, 0))[0], "impulses_in_cuff": impulses.get(state, (0, 0))[1],
        }
        for state, (ca, mg) in states.items()
    ]  # fmt: skip
    found = {f.name: f.holds for f in trousseau.findings(rows, states, (0.2, 0.3), [0.3])}
    assert found == {"provoked_f_K_0.3": holds, "provoked_strong": None}
