"""What the classroom's page does with its settings, done here: for handouts, and to check what lessons say.

Drives and measures are those of ``page/orders.js`` and ``page/results.js``; names of the settings are in
``page/settings.js``. `classroom.TIMES` serves both.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from excitability import assays, body, classroom, measures
from excitability.ions import Ions
from excitability.lesson import defaults
from excitability.protocol import Protocol, Regimen, Rest, Step, Together, Train
from excitability.recording import Recording
from excitability.simulation import simulate as _simulate

Array = NDArray[np.float64]
Settings = Mapping[str, Any]

START_S, IONS_AT_S, LATE_S, EVOKED_S = (classroom.TIMES[f"{name}_s"] for name in ("start", "ions_at", "late", "evoked"))
CHAIN_START_S, CHAIN_REST_S = classroom.TIMES["chain_start_s"], classroom.TIMES["chain_rest_s"]
LEFT_AFTER_S, ANSWER_S = classroom.TIMES["left_after_s"], classroom.TIMES["answer_s"]
MONTH = int(classroom.TIMES["month_d"])
_AXON_DT = 1e3 * classroom.TIMES["axon_dt_s"]
_NEVER = np.inf


@dataclass(frozen=True, eq=False)
class Shown:
    """What came of one set of settings.

    Parameters
    ----------
    settings : mapping
        All of them, with the defaults of those that were left out.
    drive : tuple of float
        From when to when the cell or the nerve is stimulated, s.
    times, traces : array, mapping of str to array
        s (days for a person) and traces by the names of the model's variables.
    events : array
        Impulses of the cell, of the fibre, or of the motoneuron in the person's cord; s.
    duration : float
        Of what `events` are counted in, s.
    measures : mapping of str to float
        By the page's names.
    """

    settings: Mapping[str, Any]
    drive: tuple[float, float]
    times: Array
    traces: Mapping[str, Array]
    events: Array
    duration: float
    measures: Mapping[str, float]


def run(level: str, settings: Sequence[Settings], simulate: Callable[..., Recording] = _simulate) -> list[Shown]:
    """Simulate a level of the page with several settings.

    Parameters
    ----------
    level : {"cell", "chain", "person"}
    settings : sequence of mapping
        What differs from the page's defaults.
    simulate : function
        In place of `excitability.simulate`.

    Returns
    -------
    list of Shown
        One per set of settings.
    """
    full = [{**defaults(level, one.get("cell")), **one} for one in settings]
    if level == "cell":
        return _cells(full, simulate)
    return (_fibres if level == "chain" else _people)(full, simulate)


def driven(one: Settings) -> bool:
    """Whether a train or a current acts on a cell."""
    return bool(one["rate"] > 0 or one["current"] > 0)


def thresholds(shown: Sequence[Shown], simulate: Callable[..., Recording] = _simulate) -> list[Shown]:
    """The same cells, and among their measures what a brief current has to reach when their drive begins.

    Parameters
    ----------
    shown : sequence of Shown
        Cells that ran.
    simulate : function
        In place of `excitability.simulate`.

    Returns
    -------
    list of Shown
        With ``threshold_mV``, and ``threshold_ratio`` of the current to that in normal ions, unless a cell has none.
    """
    normal = (Ions().ca, Ions().mg)
    own = [(one.settings["ca"], one.settings["mg"]) for one in shown]
    measured = list(shown)
    for cell in dict.fromkeys(one.settings["cell"] for one in shown):
        places = [k for k, one in enumerate(shown) if one.settings["cell"] == cell]
        ions = list(dict.fromkeys([normal, *(own[k] for k in places)]))
        axon = {"simulate": partial(_changed, simulate), "start": START_S - IONS_AT_S, "dt": _AXON_DT}
        found = assays.threshold(
            cell,
            ions=Ions(ca=[ca for ca, _ in ions], mg=[mg for _, mg in ions]),
            width=classroom.TIMES["pulse_s"],
            **(axon if cell == "motor_axon" else {"simulate": simulate}),
        )
        for k in places:
            j = ions.index(own[k])
            if np.isfinite(found.potential[j]) and not shown[k].measures["spontaneous"]:
                ratio = float(found.current[j] / found.current[0])
                told = {"threshold_mV": float(found.potential[j]), "threshold_ratio": ratio}
                measured[k] = replace(shown[k], measures={**shown[k].measures, **told})
    return measured


def _changed(simulate: Callable[..., Recording], model: Any, *, ions: Ions, **keywords: Any) -> Recording:
    """As the page has its axons: from rest in normal ions, which change at once; the sodium inside has not followed yet."""
    return simulate(model, ions=ions.from_normal(), **keywords)


def _drive(one: Settings, start: float) -> Protocol:
    if one["rate"] > 0:
        return Train(rate=one["rate"], duration=one["train"], start=start)
    return Rest()


def _cells(settings: Sequence[Settings], simulate: Callable[..., Recording]) -> list[Shown]:
    """Cells of a kind run together, those with noise apart from those without."""
    kinds = [(one["cell"], bool(one["noise"]) and one["cell"] == "motoneuron") for one in settings]
    shown: dict[int, Shown] = {}
    for kind in dict.fromkeys(kinds):
        places = [k for k, other in enumerate(kinds) if other == kind]
        some = (_motoneurons if kind[0] == "motoneuron" else _axons)([settings[k] for k in places], kind[1], simulate)
        shown.update(zip(places, some, strict=True))
    return [shown[k] for k in range(len(settings))]


def _given(ions: Ions, settings: Sequence[Settings]) -> Ions:
    """The same ions, and magnesium given some time after the drive."""
    if not any(one["mg_given"] > 0 for one in settings):
        return ions
    at = [START_S + one["train"] + one["given_at"] if one["mg_given"] > 0 else _NEVER for one in settings]
    return ions.then(at=at, mg=[one["mg_given"] for one in settings])


def _driven(
    model: str, ions: Ions, settings: Sequence[Settings], simulate: Callable[..., Recording], **how: Any
) -> tuple[Recording, list[Protocol], list[float], list[float]]:
    """Cells with their drives: what they did, the drives, when each ends, and for how long each cell is watched."""
    protocols = [_both(one) for one in settings]
    ends = [START_S + one["train"] for one in settings]
    lengths = [round(end + one["watch"], 3) for end, one in zip(ends, settings, strict=True)]
    recording = simulate(model, ions=_given(ions, settings), protocol=protocols, duration=max(lengths), **how)
    return recording, protocols, ends, lengths


def _motoneurons(settings: Sequence[Settings], noise: bool, simulate: Callable[..., Recording]) -> list[Shown]:
    ions = Ions(ca=[one["ca"] for one in settings], mg=[one["mg"] for one in settings])
    seed = [int(one["seed"]) for one in settings] if noise else 1
    recording, _, ends, lengths = _driven("motoneuron", ions, settings, simulate, noise=noise, seed=seed, sample=0.25)
    return [_fired(recording, cell, one, lengths[cell], ends[cell]) for cell, one in enumerate(settings)]


def _both(one: Settings) -> Protocol:
    """A train, a current, or both."""
    current = [Step(one["current"], one["train"], START_S)] if one["current"] > 0 else []
    return Together([_drive(one, START_S), *current])


def _fired(recording: Recording, cell: int, one: Settings, length: float, end: float) -> Shown:
    """What a motoneuron did."""
    times, traces, fired = _until(recording, cell, length)
    after = measures.self_sustained(fired, after=end if driven(one) else 0.0, until=length)
    before = measures.count(fired, 0.0, START_S)
    given = end + one["given_at"]
    extra = measures.self_sustained(fired, after=given, until=length).duration if one["mg_given"] > 0 else 0.0
    restless = recording.making["rest"][cell] == "none"
    return Shown(
        one,
        (START_S, end),
        times,
        traces,
        fired,
        length,
        {
            "spikes": len(fired),
            "train_spikes": measures.count(fired, START_S, end),
            "rate_hz": after.rate or 0.0,
            "self_sustained_s": after.duration,
            "extra_s": extra,
            "spontaneous": float(before > 0 or restless),
        },
    )


def _until(recording: Recording, cell: int, length: float) -> tuple[Array, dict[str, Array], Array]:
    """Times and traces of a cell until a time, named without their units, and its impulses."""
    fired = recording.events(cell)
    seen = recording.trace_time <= length
    traces = {name.rpartition("_")[0]: recording.trace(name, cell)[seen] for name in recording.traces}
    return recording.trace_time[seen], traces, fired[fired <= length]


def _axons(settings: Sequence[Settings], noise: bool, simulate: Callable[..., Recording]) -> list[Shown]:
    """Axons have no noise; their ions change from normal after a moment."""
    changed = Ions(ca=[one["ca"] for one in settings], mg=[one["mg"] for one in settings]).from_normal(at=IONS_AT_S)
    recording, protocols, ends, lengths = _driven(
        "motor_axon",
        changed,
        settings,
        simulate,
        noise=noise,
        dt=_AXON_DT,
        sample=1e3 * classroom.TIMES["axon_sample_s"],
    )
    shown = []
    for cell, (one, protocol, end, length) in enumerate(zip(settings, protocols, ends, lengths, strict=True)):
        times, traces, fired = _until(recording, cell, length)
        own = np.array([t for t in fired if not _evoked(t, protocol)])
        late = own[own > length - LATE_S]
        felt = late if len(late) > 1 else own[-2:]
        rate = (len(felt) - 1) / (felt[-1] - felt[0]) if len(felt) > 1 else 0.0
        after = measures.self_sustained(fired, after=end if driven(one) else IONS_AT_S, until=length)
        shown.append(
            Shown(
                one,
                (START_S, end),
                times,
                traces,
                fired,
                length,
                {
                    "spikes": len(fired),
                    "train_spikes": measures.count(fired, START_S, end),
                    "rate_hz": float(rate),
                    "self_sustained_s": after.duration,
                    "spontaneous": float(len(own) >= 2 and len(late) >= 1),
                },
            )
        )
    return shown


def _evoked(t: float, protocol: Protocol) -> bool:
    volleys = protocol.volleys()
    by_volley = bool(((volleys < t) & (t <= volleys + EVOKED_S)).any())
    return by_volley or any(begin < t <= end + EVOKED_S for begin, end, _, _ in protocol.current())


def _fibres(settings: Sequence[Settings], simulate: Callable[..., Recording]) -> list[Shown]:
    lengths = [round(CHAIN_START_S + one["train"] + CHAIN_REST_S, 3) for one in settings]
    protocols = [_drive(one, CHAIN_START_S) for one in settings]
    recording = simulate(
        "muscle_fibre",
        ions=Ions(ca=[one["ca"] for one in settings], mg=[one["mg"] for one in settings]),
        parameters={"Mg_i": [one["mg_i"] for one in settings]},
        protocol=protocols,
        duration=max(lengths),
        noise=False,
        dt=1e3 * classroom.TIMES["fibre_dt_s"],
        sample=0.25,
    )
    shown = []
    for cell, (one, protocol, length) in enumerate(zip(settings, protocols, lengths, strict=True)):
        times, traces, fired = _until(recording, cell, length)
        nerve = protocol.volleys()
        asked = nerve[nerve < length - ANSWER_S]
        passed = sum(measures.count(fired, t, t + ANSWER_S) > 0 for t in asked)
        peak = float(traces["force"].max())
        left = traces["force"][np.searchsorted(times, nerve[-1] + LEFT_AFTER_S - 1e-9) :]
        shown.append(
            Shown(
                one,
                (CHAIN_START_S, CHAIN_START_S + one["train"]),
                times,
                traces,
                fired,
                length,
                {
                    "nerve_impulses": len(asked),
                    "fibre_impulses": len(fired),
                    "answered": passed / len(asked) if len(asked) else 1.0,
                    "force_peak": peak,
                    "force_after": float(left[0]) / peak if len(left) and peak > 1e-3 else 0.0,
                    "ca_peak_uM": float(traces["Ca_i"].max()),
                },
            )
        )
    return shown


def _people(settings: Sequence[Settings], simulate: Callable[..., Recording]) -> list[Shown]:
    """A life for every person, and in the end a motoneuron in the ions of each cord."""
    lives = [_life(one) for one in settings]
    lengths = [MONTH * int(one["months"]) for one in settings]
    lived = simulate(
        "body",
        protocol=lives,
        parameters={"s_cord": [one["s_cord"] for one in settings]},
        duration=max(lengths),
    )
    ends = [_until(lived, cell, lengths[cell] - 1) for cell in range(len(settings))]
    cord = [{"ca": float(values["Ca_cord"][-1]), "mg": float(values["Mg_cord"][-1])} for _, values, _ in ends]
    cells = run("cell", cord, simulate)
    shown = []
    for one, (days, values, _), cell in zip(settings, ends, cells, strict=True):
        last = {name: float(trace[-1]) for name, trace in values.items()}
        shown.append(
            Shown(
                one,
                cell.drive,
                days,
                values,
                cell.events,
                cell.duration,
                {
                    "ca_plasma_mM": last["Ca_ionised"],
                    "mg_plasma_mM": last["Mg_ionised"],
                    "ca_cord_mM": last["Ca_cord"],
                    "mg_cord_mM": last["Mg_cord"],
                    "pth_ratio": last["PTH"],
                    **{name: cell.measures[name] for name in ("spikes", "rate_hz", "self_sustained_s")},
                },
            )
        )
    return shown


def _life(one: Settings) -> Regimen:
    ill = {} if one["disease"] == "none" else dict(body.disease(one["disease"]))
    life = Regimen().then(0, **body.eaten(one["ca_mg"], one["mg_mg"]), **ill)
    if 0 < one["treat_after"] < one["months"]:
        healed = {**classroom.TREATMENT, **classroom.TREATMENTS.get(one["disease"], {})}
        life = life.then(MONTH * int(one["treat_after"]), **healed)
    return life
