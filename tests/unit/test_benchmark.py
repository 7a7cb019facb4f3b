import json

import numpy as np
import pytest
from excitability.experiments import benchmark

from excitability import Event, Model, Parameter, Step, load_experiment, machine, timing

OWN, EULER, RK4 = timing.METHODS
EXACT = np.array([0.1, 0.2, 0.3])


def timed(ns=50.0, first=20.0, again=0.5, events=EXACT):
    return timing.Timing(ns, first, again, np.asarray(events))


def rows(own, euler, rk4, cells=1000, model="motoneuron"):
    """Three lines of the table, from what was measured with each method."""
    return [
        benchmark.row(model, cells, method, measured, EXACT, 0.025, 0.4)
        for method, measured in ((OWN, own), (EULER, euler), (RK4, rk4))
    ]


def by_name(table):
    return {finding.name: finding for finding in benchmark.findings(table)}


def test_a_line_of_the_table_has_the_error_of_its_spikes():
    line = benchmark.row("motoneuron", 100, OWN, timed(events=[0.1, 0.20003, 0.29998, 0.45]), EXACT, 0.025, 4.0)
    assert list(line)[:6] == ["model", "cells", "method", "ns_per_step", "error_ms", "startup_s"]
    assert tuple(line) == benchmark.COLUMNS
    assert line["error_ms"] == pytest.approx(0.03)
    assert (line["ns_per_step"], line["startup_s"], line["first_startup_s"], line["spikes"]) == (50.0, 0.5, 20.0, 3)


@pytest.mark.parametrize("events", [[], [0.1, 0.2], [0.1, 0.2, 0.3, 0.35]])
def test_with_another_number_of_spikes_there_is_no_error(events):
    assert benchmark.row("motoneuron", 1, OWN, timed(events=events), EXACT, 0.025, 0.4)["error_ms"] is None


def test_a_method_that_is_not_for_a_model_has_a_line_with_empty_cells():
    line = benchmark.row("motoneuron", 100, EULER, None, EXACT, 0.025, 4.0)
    filled = {name for name, value in line.items() if value is not None}
    assert filled == {"model", "cells", "method", "dt_ms"}
    found = by_name(rows(timed(50), None, timed(200)))
    assert found["faster_motoneuron"].value == pytest.approx(4.0)  # against the other one
    assert found["exponential_euler_error_motoneuron"].holds is None


@pytest.mark.parametrize(("euler", "ratio", "holds"), [(176.0, 3.52, True), (174.0, 3.48, False), (40.0, 0.8, False)])
def test_speed_is_judged_against_the_cheaper_method(euler, ratio, holds):
    table = rows(timed(50), timed(euler), timed(300))
    finding = by_name(table)["faster_motoneuron"]
    assert finding.value == pytest.approx(ratio)
    assert finding.holds is holds
    assert f"{ratio:.1f} times" in finding.text
    assert "exponential_euler" in finding.text
    assert ("times less" in benchmark.title(table)) is (ratio > 1)


def test_speed_is_judged_at_1000_cells_only():
    found = by_name(rows(timed(50), timed(500), timed(500), cells=100))
    assert found["faster_motoneuron"].holds is None
    assert found["faster_motoneuron"].value is None


@pytest.mark.parametrize(("late", "holds"), [(49e-6, True), (51e-6, False)])
def test_exactness_is_that_of_the_worst_line(late, holds):
    table = rows(timed(), timed(), timed()) + rows(timed(events=EXACT + late), timed(), timed(), cells=1)
    finding = by_name(table)["exact_motoneuron"]
    assert finding.value == pytest.approx(late * 1e3)
    assert finding.holds is holds


def test_a_wrong_number_of_spikes_is_not_exact():
    finding = by_name(rows(timed(events=[0.1]), timed(), timed()))["exact_motoneuron"]
    assert (finding.value, finding.holds) == (None, False)


@pytest.mark.parametrize(
    ("own", "rk4", "holds", "word"), [(1e-5, 1e-6, True, "smaller"), (1e-6, 1e-5, False, "larger")]
)
def test_rk4_is_said_to_be_more_exact_where_it_is(own, rk4, holds, word):
    found = by_name(rows(timed(events=EXACT + own), timed(events=EXACT + 1e-3), timed(events=EXACT + rk4)))
    assert found["rk4_error_motoneuron"].holds is holds
    assert f"10 times {word}" in found["rk4_error_motoneuron"].text
    assert found["exponential_euler_error_motoneuron"].holds is True


@pytest.mark.parametrize(
    ("own", "holds", "says"),
    [(1000.0, True, "5.0 times as much"), (100.0, True, "2.0 times less"), (40.0, False, "5.0 times less")],
)
def test_one_cell_is_said_to_gain_less_where_it_does(own, holds, says):
    table = rows(timed(own), timed(200), timed(400), cells=1)
    finding = by_name(table + rows(timed(50), timed(200), timed(400)))["one_cell_motoneuron"]
    assert finding.holds is holds
    assert finding.value == pytest.approx(200 / own)
    assert says in finding.text
    assert by_name(table)["one_cell_motoneuron"].holds is None


@pytest.mark.parametrize(("own", "ratio", "holds"), [(0.5, 4.0, True), (4.0, 0.5, False)])
def test_start_up_is_compared_with_the_sooner_of_the_others(own, ratio, holds):
    finding = by_name(rows(timed(again=own), timed(again=2.0), timed(again=5.0)))["startup"]
    assert finding.value == pytest.approx(ratio)
    assert finding.holds is holds


def test_a_figure_is_drawn_also_where_values_are_missing():
    from excitability import figures

    table = rows(timed(), None, timed(300)) + rows(timed(events=[]), timed(900), timed(300), model="squid_axon")
    with figures.style("paper"):
        assert figures.encoded(benchmark.draw(table), "png").startswith(b"\x89PNG")


@pytest.mark.parametrize("ns", [3, 5, 17, 55, 180, 550, 1800])
def test_a_figure_is_drawn_also_where_all_methods_cost_the_same(ns):
    from excitability import figures

    with figures.style("paper"):
        figures.encoded(benchmark.draw(rows(timed(0.99 * ns), timed(ns), timed(1.01 * ns))), "png")


def test_counts_of_cells_are_whole_numbers(refused):
    with refused("cells = 2.5", "whole number"):
        load_experiment("benchmark").run({"cells": "1,2.5"})


def test_the_numpy_loop_is_not_compared(refused):
    with refused("a benchmark needs a C++ compiler", "numpy"):
        load_experiment("benchmark").run(engine="numpy")


def test_without_a_compiler_one_sentence_says_so(monkeypatch, refused):
    monkeypatch.setattr(machine, "compiler", lambda: None)
    with refused("a benchmark needs a C++ compiler, and none was found"):
        timing.measure(CURVED, RK4, protocol=Step(1.0, 0.01), cells=1, duration=0.4, parameters={})


CURVED = Model(
    title="a cell that is not linear in its own potential",
    equations="dV/dt = (E - V)*exp((V - E)/E)/tau + I : volt",
    parameters={
        "tau": Parameter(5.0, "ms", "assumption", (1, 10), "an example"),
        "E": Parameter(-65.0, "mV", "assumption", (-80, -50), "an example"),
    },
    event=Event("V", 0.0),
    traces={"V": "mV"},
    guess={"V": (-64.0, "mV")},
    stimulus="I",
    stimulus_unit="V/s",
)


@pytest.fixture
def compiled(builds_of_their_own):
    if machine.compiler() is None:
        pytest.skip("no C++ compiler that works was found")


@pytest.mark.usefixtures("compiled")
def test_what_brian2_refuses_is_not_measured():
    curved = {"equations": CURVED.equations.replace("(E - V)*exp((V - E)/E)", "E*cosh(V/E)")}
    model = Model(**{**vars(CURVED), **curved})
    assert timing.measure(model, EULER, protocol=Step(1.0, 0.01), cells=1, duration=0.01, parameters={}) is None


@pytest.mark.long
@pytest.mark.usefixtures("compiled")
@pytest.mark.xdist_group("benchmark")
@pytest.mark.filterwarnings(r"ignore:'\w+' (argument is )?deprecated:DeprecationWarning")
def test_a_small_benchmark_runs_from_the_command_line(tmp_path, monkeypatch, capsys):
    """One model, few cells; builds of Brian2's projects are what takes long."""
    from excitability import command

    monkeypatch.setattr(benchmark, "STIMULI", {"squid_axon": benchmark.STIMULI["squid_axon"]})
    code = command.main(["benchmark", "--set", "cells=3", "work=0.01", "runs=1", "--out", str(tmp_path)])
    assert code == 0, capsys.readouterr().err
    names = {"figure.png", "table.csv", "traces.csv", "events.csv", "summary.json"}
    assert names == {path.name for path in tmp_path.iterdir()}
    table = json.loads((tmp_path / "summary.json").read_text())["table"]
    assert [(r["model"], r["cells"], r["method"]) for r in table] == [("squid_axon", 3, m) for m in timing.METHODS]
    for line in table:
        assert line["ns_per_step"] > 0
        assert 0 < line["startup_s"] < line["first_startup_s"]
        assert line["spikes"] == 10
    own, euler, rk4 = (line["error_ms"] for line in table)
    assert rk4 < own < 0.05 < euler
    assert (tmp_path / "table.csv").read_text().startswith("model,cells,method,ns_per_step,error_ms,startup_s")
