import csv
import io
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from excitability import Recording, export

SUMMARY = {"experiment": "trial", "title": "a run", "value": 1.5}


def recording(potentials=((-65.0, -64.5),), label=(0.55, 0.25)):
    return Recording(
        conditions={"mg_mM": np.array(label)},
        duration=1.0,
        event_cell=np.array([1, 1]),
        event_time=np.array([0.25, 0.5]),
        trace_time=np.array([0.0, 0.5]),
        trace_cell=np.array([1]),
        traces={"V_soma_mV": np.array(potentials)},
        stimuli=[np.empty(0), np.array([0.3])],
        changes=[np.array([0.75]), np.empty(0)],
        making={},
    )


IDENTIFY = ({"mg_mM": 0.55, "given_mM": None}, {"mg_mM": 0.25, "given_mM": 1.5})


def parsed(content):
    return list(csv.reader(io.StringIO(content.decode())))


def contents(folder):
    return {p.name: p.read_text() for p in folder.iterdir() if p.is_file()}


def test_cells_of_a_table_read_as_agreed():
    rows = [
        {"name": "a, b", "mg_mM": 0.25, "ended": True, "rate_hz": None, "n": 3},
        {"name": 'say "x"', "mg_mM": np.float64(1 / 3), "ended": np.bool_(False), "rate_hz": 17.25, "n": np.int64(4)},
    ]
    assert parsed(export.table_csv(rows, ["name", "mg_mM", "ended", "rate_hz", "n"])) == [
        ["name", "mg_mM", "ended", "rate_hz", "n"],
        ["a, b", "0.25", "true", "", "3"],
        ['say "x"', "0.3333333333", "false", "17.25", "4"],
    ]


def test_columns_come_in_the_order_asked_and_no_others():
    assert parsed(export.table_csv([{"a": 1, "b": 2, "c": 3}], ["c", "a"])) == [["c", "a"], ["3", "1"]]


@given(st.floats(-1e300, 1e300))
def test_numbers_keep_ten_digits(value):
    (_, (text,)) = parsed(export.table_csv([{"x": value}], ["x"]))
    assert float(text) == pytest.approx(value, rel=1e-9, abs=0)
    assert export.plain(value) == pytest.approx(value, rel=1e-9, abs=0)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float64("nan"), np.float32("inf")])
def test_nan_and_infinity_are_never_written(value, tmp_path):
    for write in (
        lambda: export.table_csv([{"x": value}], ["x"]),
        lambda: export.plain({"a": [{"b": (1.0, value)}]}),
        lambda: export.traces_csv(recording(), [{"mg_mM": value}] * 2),
        lambda: export.events_csv(recording(), [{"mg_mM": value}] * 2),
        lambda: export.write_together(tmp_path, {"table.csv": b"x"}, {"value": value}),
    ):
        with pytest.raises(ValueError, match=r"nan|inf"):
            write()
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("broken", [{"potentials": [[0.0, math.nan]]}, {"potentials": [[0.0, math.inf]]}])
def test_nan_and_infinity_are_never_written_as_traces(broken):
    with pytest.raises(ValueError, match=r"nan|inf"):
        export.traces_csv(recording(**broken), IDENTIFY)


def test_plain_turns_numpy_into_what_json_knows():
    value = {"a": np.int64(3), "b": (np.bool_(True), None), 1: np.float64(0.1)}
    assert json.loads(json.dumps(export.plain(value))) == {"a": 3, "b": [True, None], "1": 0.1}


def test_traces_are_in_long_form_with_identifying_columns():
    assert parsed(export.traces_csv(recording(), IDENTIFY)) == [
        ["mg_mM", "given_mM", "time_s", "V_soma_mV"],
        ["0.25", "1.5", "0", "-65.0000"],
        ["0.25", "1.5", "0.5", "-64.5000"],
    ]


def test_events_have_a_row_each_cell_by_cell():
    assert parsed(export.events_csv(recording(), IDENTIFY)) == [
        ["mg_mM", "given_mM", "time_s", "event"],
        ["0.55", "", "0.75", "ions"],
        ["0.25", "1.5", "0.25", "spike"],
        ["0.25", "1.5", "0.3", "stimulus"],
        ["0.25", "1.5", "0.5", "spike"],
    ]


@pytest.mark.parametrize("label", ["50 %s", "low, then normal", '"low"'])
@pytest.mark.parametrize("write", [export.traces_csv, export.events_csv])
def test_labels_of_any_text_stay_one_cell(write, label):
    header, *rows = parsed(write(recording(), [{"arm": label}] * 2))
    assert {len(row) for row in rows} == {len(header)}
    assert {row[0] for row in rows} == {label}


def test_small_values_are_not_rounded_to_zero():
    _, row, _ = parsed(export.traces_csv(recording([[1.03e-7, 2e-7]]), IDENTIFY))
    assert float(row[-1]) == pytest.approx(1.03e-7, rel=1e-3)


def test_summary_lists_the_files_of_the_run(tmp_path):
    written = export.write_together(tmp_path, {"table.csv": b"a\n", "figure.png": b"\x89"}, SUMMARY)
    assert sorted(p.name for p in written) == sorted(p.name for p in tmp_path.iterdir())
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary == {**SUMMARY, "files": ["table.csv", "figure.png", "summary.json"]}
    assert (tmp_path / "table.csv").read_bytes() == b"a\n"


def test_next_run_replaces_its_own_files_and_leaves_others_alone(tmp_path):
    export.write_together(tmp_path, {"table.csv": b"1", "traces.csv": b"1"}, SUMMARY)
    (tmp_path / "mine.txt").write_text("mine")
    export.write_together(tmp_path, {"table.csv": b"2", "events.csv": b"2"}, SUMMARY)
    left = contents(tmp_path)
    left.pop("summary.json")
    assert left == {"table.csv": "2", "events.csv": "2", "mine.txt": "mine"}


def test_file_of_the_last_run_may_be_gone(tmp_path):
    export.write_together(tmp_path, {"table.csv": b"1", "traces.csv": b"1"}, SUMMARY)
    (tmp_path / "traces.csv").unlink()
    export.write_together(tmp_path, {"table.csv": b"2"}, SUMMARY)
    assert contents(tmp_path)["table.csv"] == "2"


@pytest.mark.parametrize(
    "summary",
    [
        "",
        "[]",
        "{}",
        '{"files": [1, null, ".", "../mine.txt"]}',
        '{"files": 5}',
        '{"files": null}',
        '{"files": ["", ".."]}',
    ],
)
def test_summary_of_something_else_removes_nothing(summary, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "summary.json").write_text(summary)
    export.write_together(folder, {"table.csv": b"1"}, SUMMARY)
    assert contents(tmp_path) == {"mine.txt": "mine"}
    assert sorted(contents(folder)) == ["summary.json", "table.csv"]


UNWRITABLE = {
    "NaN in the summary": ({"table.csv": b"2"}, {"value": math.nan}),
    "a name the disk refuses": ({"table.csv": b"2", "b" * 300: b"2"}, SUMMARY),
    "content that is no content": ({"table.csv": b"2", "events.csv": None}, SUMMARY),
}


@pytest.mark.parametrize(("files", "summary"), UNWRITABLE.values(), ids=UNWRITABLE)
def test_error_in_the_middle_leaves_the_old_files_as_they_were(files, summary, tmp_path):
    export.write_together(tmp_path, {"table.csv": b"1", "traces.csv": b"1"}, SUMMARY)
    before = contents(tmp_path)
    with pytest.raises((ValueError, TypeError)):
        export.write_together(tmp_path, files, summary)
    assert contents(tmp_path) == before


def test_folder_in_the_place_of_a_file_leaves_the_old_files_as_they_were(tmp_path, refused):
    export.write_together(tmp_path, {"table.csv": b"1", "traces.csv": b"1"}, SUMMARY)
    (tmp_path / "zz.csv").mkdir()
    before = contents(tmp_path)
    with refused(str(tmp_path)):
        export.write_together(tmp_path, {"table.csv": b"2", "zz.csv": b"2"}, SUMMARY)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("place", ["missing", "file.txt", "file.txt/below"])
def test_writing_to_no_folder_is_refused(place, tmp_path, refused):
    (tmp_path / "file.txt").write_text("mine")
    with refused(str(tmp_path / place)):
        export.write_together(tmp_path / place, {"table.csv": b"1"}, SUMMARY)
    assert contents(tmp_path) == {"file.txt": "mine"}


@pytest.mark.parametrize("place", ["file.txt", "file.txt/below", "file.txt/far/below"])
def test_folder_below_a_file_is_refused_by_name(place, tmp_path, refused):
    (tmp_path / "file.txt").write_text("mine")
    with refused(str(tmp_path / place)), export.writable_folder(tmp_path / place):
        pass


def test_folder_is_made_and_kept_only_if_something_is_put_there(tmp_path):
    with export.writable_folder(tmp_path / "a" / "b") as folder:
        assert folder.is_dir()
    assert list(tmp_path.iterdir()) == []
    with export.writable_folder(tmp_path / "a" / "b") as folder:
        (folder / "table.csv").write_text("1")
    assert (tmp_path / "a" / "b" / "table.csv").read_text() == "1"


def test_folder_that_was_there_is_kept_empty_or_not(tmp_path):
    (tmp_path / "mine").mkdir()
    with export.writable_folder(tmp_path / "mine" / "new"):
        pass
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]
