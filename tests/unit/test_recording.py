import gc
import json
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from excitability import InputError, Recording
from excitability.export import events_csv, traces_csv

TIMES = st.lists(st.floats(0, 100), max_size=5).map(np.array)


def recording(**changes):
    """Three cells: the first and the last traced, impulses of all in order of time."""
    parts = {
        "conditions": {"mg_mM": np.array([0.55, 0.25, 0.25]), "seed": np.array([1, 1, 2])},
        "duration": 3.0,
        "event_cell": np.array([2, 1, 2, 1, 2]),
        "event_time": np.array([0.1, 0.2, 0.3, 0.4, 0.5]),
        "trace_time": np.array([0.0, 1.0, 2.0, 3.0]),
        "trace_cell": np.array([0, 2]),
        "traces": {"V_soma_mV": np.array([[-65.0, -64, -63, -62], [-60, -20, -30, -40]])},
        "stimuli": [np.array([0.5]), np.empty(0), np.array([0.1, 0.6])],
        "changes": [np.empty(0), np.array([0.3]), np.empty(0)],
        "making": {"model": "motoneuron", "seed": 1, "ions": [[1.2, 0.55]]},
    }
    return Recording(**{**parts, **changes})


def assert_same(a, b):
    assert (len(a), a.duration, a.making, a.time_unit) == (len(b), b.duration, b.making, b.time_unit)
    for name in ("event_cell", "event_time", "trace_time", "trace_cell"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    for name in ("conditions", "traces"):
        assert list(getattr(a, name)) == list(getattr(b, name))
        for key, values in getattr(a, name).items():
            np.testing.assert_array_equal(values, getattr(b, name)[key])
    for name in ("stimuli", "changes"):
        assert [list(x) for x in getattr(a, name)] == [list(x) for x in getattr(b, name)]


def test_every_cell_has_its_events_trace_and_condition():
    made = recording()
    assert len(made) == 3
    assert [made.events(cell).tolist() for cell in range(3)] == [[], [0.2, 0.4], [0.1, 0.3, 0.5]]
    assert made.trace("V_soma_mV", 2).tolist() == [-60, -20, -30, -40]
    assert made.condition(1) == {"mg_mM": 0.25, "seed": 1}
    assert type(made.condition(1)["seed"]) is int


def test_misspelt_trace_suggests_the_nearest(refused):
    with refused("V_soma", "did you mean 'V_soma_mV'?"):
        recording().trace("V_soma", 0)


def test_cell_that_was_not_traced_is_refused_with_those_that_were(refused):
    with refused("cell 1", "0, 2"):
        recording().trace("V_soma_mV", 1)


def test_where_finds_cells_by_their_conditions(refused):
    made = recording()
    assert made.where(mg_mM=0.25) == [1, 2]
    assert made.where(mg_mM=0.25, seed=2) == [2]
    assert made.where(mg_mM=0.25 * (1 + 1e-12)) == [1, 2]
    assert made.where(mg_mM=0.26) == []
    assert made.where() == [0, 1, 2]
    with refused("'mg'", "did you mean 'mg_mM'?"):
        made.where(mg=0.25)


def test_subset_keeps_what_belongs_to_its_cells_in_the_order_asked():
    made = recording().subset([2, 1])
    assert [made.condition(k) for k in range(2)] == [{"mg_mM": 0.25, "seed": 2}, {"mg_mM": 0.25, "seed": 1}]
    assert [made.events(k).tolist() for k in range(2)] == [[0.1, 0.3, 0.5], [0.2, 0.4]]
    assert made.trace_cell.tolist() == [0]
    assert made.trace("V_soma_mV", 0).tolist() == [-60, -20, -30, -40]
    assert [x.tolist() for x in made.stimuli] == [[0.1, 0.6], []]
    assert [x.tolist() for x in made.changes] == [[], [0.3]]


def test_subset_of_all_cells_is_the_recording():
    assert_same(recording().subset(range(3)), recording())


def test_empty_subset_has_no_cells():
    made = recording().subset([])
    assert len(made) == len(made.stimuli) == len(made.event_cell) == len(made.trace_cell) == 0


@pytest.mark.parametrize("cells", [[3], [-1], [0, 0]])
def test_subset_refuses_cells_that_are_not_there_or_come_twice(cells, refused):
    with refused("cell"):
        recording().subset(cells)


def test_all_events_come_cell_by_cell_in_order_of_time():
    assert list(recording().all_events()) == [
        (0, 0.5, "stimulus"),
        (1, 0.2, "spike"),
        (1, 0.3, "ions"),
        (1, 0.4, "spike"),
        (2, 0.1, "spike"),
        (2, 0.1, "stimulus"),
        (2, 0.3, "spike"),
        (2, 0.5, "spike"),
        (2, 0.6, "stimulus"),
    ]


def test_saved_recording_loads_as_it_was(tmp_path):
    path = recording().save(tmp_path / "run")
    assert path == tmp_path / "run.npz"
    assert_same(Recording.load(path), recording())
    assert_same(Recording.load(str(path)), recording())


@given(st.lists(st.tuples(TIMES, TIMES), min_size=1, max_size=4))
def test_lists_of_any_length_survive_saving(tmp_path_factory, ragged):
    made = recording(
        conditions={"seed": np.arange(len(ragged))},
        event_cell=np.empty(0, dtype=np.int64),
        event_time=np.empty(0),
        trace_cell=np.empty(0, dtype=np.int64),
        traces={},
        stimuli=[stimuli for stimuli, _ in ragged],
        changes=[changes for _, changes in ragged],
    )
    path = made.save(tmp_path_factory.getbasetemp() / "ragged.npz")
    assert_same(Recording.load(path), made)


def test_recording_without_cells_survives_saving(tmp_path):
    made = recording().subset([])
    assert_same(Recording.load(made.save(tmp_path / "none")), made)


def test_saving_again_replaces_the_file(tmp_path):
    recording().save(tmp_path / "run")
    path = recording(duration=4.0).save(tmp_path / "run.npz")
    assert Recording.load(path).duration == 4.0
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]


def npz(path, **content):
    np.savez(path, **content)
    return path.read_bytes()


def npy(path):
    np.save(path.with_suffix(".npy"), np.arange(3))
    return path.with_suffix(".npy").read_bytes()


def damaged(path):
    whole = recording().save(path).read_bytes()
    return whole[:200] + bytes(60) + whole[260:]


OTHER_FILES = {
    "text": lambda path: b"time,V\n0,1\n",
    "other arrays": lambda path: npz(path, a=1),
    "other format": lambda path: npz(path, format=2),
    "empty": lambda path: b"",
    "one array": npy,
    "other arrays with the same format": lambda path: npz(path, format=1),
    "format in words": lambda path: npz(path, format="abc"),
    "half a recording": lambda path: recording().save(path).read_bytes()[:500],
    "damaged recording": damaged,
}


def error_of_loading(path):
    """Kind and text of the error, without the traceback, which would keep files open."""
    try:
        Recording.load(path)
    except Exception as problem:
        return type(problem), str(problem)
    return None, ""


@pytest.mark.parametrize(
    "content",
    OTHER_FILES.values(),
    ids=OTHER_FILES,
)
def test_what_is_no_recording_is_refused_by_name_and_closed(content, tmp_path):
    path = tmp_path / "other.npz"
    path.write_bytes(content(tmp_path / "made.npz"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        kind, message = error_of_loading(path)
        gc.collect()
    assert kind is InputError
    assert str(path) in message
    assert [w.category for w in caught] == []


def test_missing_file_and_folder_are_refused_by_name(tmp_path, refused):
    for path in (tmp_path / "missing.npz", tmp_path):
        with refused(str(path)):
            Recording.load(path)


class _Breaks:
    def __array__(self, *_, **__):
        raise RuntimeError("no values")


@pytest.mark.parametrize("broken", [{"making": {"model": object()}}, {"traces": {"V_soma_mV": _Breaks()}}])
def test_failed_save_leaves_the_old_file_and_nothing_else(broken, tmp_path):
    path = recording().save(tmp_path / "run")
    with pytest.raises((TypeError, RuntimeError)):
        recording(**broken).save(path)
    assert_same(Recording.load(path), recording())
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]


@pytest.mark.parametrize(
    "place",
    [
        "missing/run.npz",
        "file.txt/run.npz",
        "folder.npz",
    ],
)
def test_save_to_an_impossible_place_is_refused_and_leaves_nothing(place, tmp_path, refused):
    (tmp_path / "file.txt").write_text("mine")
    (tmp_path / "folder.npz").mkdir()
    with refused("cannot be written"):
        recording().save(tmp_path / place)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["file.txt", "folder.npz"]


def test_traces_become_a_labelled_dataset():
    pytest.importorskip("xarray")
    data = recording().to_xarray()
    assert data["V_soma_mV"].dims == ("cell", "time_s")
    assert data["V_soma_mV"].sel(cell=2, time_s=1.0).item() == -20
    assert data["seed"].sel(cell=2).item() == 2
    assert json.loads(data.attrs["making"]) == recording().making


def test_without_traces_it_keeps_its_events():
    bare = recording().without_traces()
    assert not bare.traces
    assert not len(bare.trace_cell)
    assert list(bare.all_events()) == list(recording().all_events())


@pytest.mark.parametrize("unit", ["s", "day"])
def test_the_unit_of_time_goes_wherever_the_recording_goes(unit, tmp_path):
    made = recording(time_unit=unit)
    loaded = Recording.load(made.save(tmp_path / "run"))
    for one in (made, loaded, loaded.subset([2, 1]), loaded.without_traces()):
        assert one.time_unit == unit
        names = [{"cell": cell} for cell in range(len(one))]
        assert events_csv(one, names).splitlines()[0].decode() == f"cell,time_{unit},event"
    columns = traces_csv(loaded, [{"cell": cell} for cell in range(3)]).splitlines()
    assert columns[0].decode() == f"cell,time_{unit},V_soma_mV"
    assert columns[6].decode() == "2,1,-20.0000"


def test_a_dataset_of_a_body_has_days():
    pytest.importorskip("xarray")
    data = recording(time_unit="day").to_xarray()
    assert data["V_soma_mV"].dims == ("cell", "time_day")
    assert data["V_soma_mV"].sel(cell=2, time_day=1.0).item() == -20


def test_recordings_from_before_there_were_days_are_in_seconds(tmp_path):
    path = recording().save(tmp_path / "run")
    with np.load(path) as file:
        np.savez(tmp_path / "old.npz", **{name: file[name] for name in file.files if name != "time_unit"})
    assert Recording.load(tmp_path / "old.npz").time_unit == "s"
