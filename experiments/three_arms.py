"""Low magnesium, low calcium, or both: which of them makes a motor axon fire by itself?

The ions around a resting axon change abruptly from normal, without any stimulus. Three arms tell the two ions apart, and a
map of the calcium-magnesium plane shows where the axon is quiet, fires once, fires on, or is blocked; it is made for
several shares of the gating shift that potassium gates feel, which nobody has measured at the node.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

from excitability import (
    PRESETS,
    REFERENCE_RANGES,
    Findings,
    Ions,
    Option,
    Report,
    Run,
    Step,
    Table,
    assays,
    experiment,
    figures,
    rows_where,
    run_as_script,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from excitability import Recording

CA_MM, MG_MM = PRESETS["normal"]
DURATION_S, LAST_S = 1.0, 0.4  # how long to watch, and how much of it decides
SAMPLE_MS = 0.05  # fine enough for the width of an impulse
AT_ONCE = 128  # cells whose traces are held at the same time
HELD_MV = -70.0  # a membrane that stays above is far from its rest (-77 mV and lower), and below the level of block
REACHED_CA = (0.87, 1.1)  # ionised calcium in patients, mM
PUBLISHED_CA = (0.25, 0.85)  # where the published axon fires, mM
LOBSTER_HZ = 100.0  # AdelmanAdams1959
TYPICAL_MG = (0.10, 0.25, 0.55)

#: (arm, Ca, Mg) in mM; what has a name has it from the presets.
ARMS = (
    ("normal", 1.2, 0.55),
    ("magnesium low", 1.2, 0.25),
    ("magnesium low", 1.2, 0.10),
    ("calcium low", 1.1, 0.55),
    ("calcium low", 0.9, 0.55),
    ("calcium low", 0.6, 0.55),
    ("both low", 1.1, 0.25),
    ("both low", 0.9, 0.25),
    ("both low", 0.9, 0.10),
    ("both low", 0.6, 0.25),
    ("magnesium high", 1.2, 1.5),
    ("calcium low, magnesium high", 0.9, 1.5),
    ("calcium low, magnesium high", 0.6, 1.5),
)
SHOWN = (("magnesium low", 1.2, 0.10), ("calcium low", 0.9, 0.55), ("both low", 0.9, 0.25))

#: Constants by which axons differ in the test of robustness; the rest is computed anew for each.
SPREAD = ("C_node", "C_myelin", "g_BB", "g_Naf", "g_Nap", "g_Kf", "g_Ks", "g_Kfi", "x_s")
SPREAD_SHARE = 0.05
ROBUST = (PRESETS["normal"], (1.2, 0.25), (1.2, 0.10), PRESETS["hypomagnesaemic_tetany"])

COLUMNS = (
    "ca_mM",
    "mg_mM",
    "f_K",
    "state",
    "rate_hz",
    "width_ms",
    "depolarised_ms",
    "potential_mV",
    "impulses",
    "share_leak",
)
ARM_COLUMNS = ("arm", "name", *COLUMNS)
BORDER_COLUMNS = ("f_K", "share_leak", "mg_mM", "lowest_ca_mM", "highest_ca_mM")
ROBUST_COLUMNS = ("ca_mM", "mg_mM", "f_K", "cells", "fire", "share", "any_impulse")


@experiment(
    title="Low magnesium alone leaves a motor axon silent; it fires when calcium falls too",
    question="Which makes a motor axon fire by itself: low magnesium, low calcium, or both?",
    models=["motor_axon"],
    options={
        "ca": Option(
            tuple(round(0.2 + 0.05 * k, 2) for k in range(25)), "mM", 0, 10, "ionised calcium of the map", ion="ca"
        ),
        "mg": Option(
            (0.10, 0.25, 0.40, 0.55, 0.75, 1.0, 1.25, 1.5), "mM", 0, 10, "ionised magnesium of the map", ion="mg"
        ),
        "f_K": Option((0.3, 0.6, 1.0), "1", 0, 2, "shares of the gating shift that potassium gates feel"),
        "share_leak": Option(
            (0.0, 0.3), "1", 0, 1, "shares of the sodium leak that divalents block; the first makes the table"
        ),
        "cells": Option(100, "1", 0, 10000, "axons whose constants differ by 5 %; 0 leaves them out"),
    },
    quick={
        "ca": (0.5, 0.6, 0.7, 0.8, 0.9, 1.2),
        "mg": (0.10, 0.25, 0.55, 1.5),
        "f_K": (0.3,),
        "share_leak": (0.0,),
        "cells": 0,
    },
    sources=["Hennings2005", "Mogyoros1996", "AdelmanAdams1959", "Martiszus2021", "vanIngen1994", "AroraJefferson2023"],
)
def three_arms(run: Run) -> Report:
    """What an axon does in the arms and all over the map, for every f_K."""
    o = run.options
    grid = [(ca, mg) for mg in sorted(o.mg) for ca in sorted(o.ca)]
    arm_points = [(ca, mg) for _, ca, mg in ARMS]
    everything: list[dict[str, Any]] = []
    arms: list[dict[str, Any]] = []
    examples: Recording | None = None
    parts = [(share, f_K, some) for share in o.share_leak for f_K in o.f_K for some in [arm_points, *_chunks(grid)]]
    for share, f_K, some in run.in_turn(parts):
        found, recording = watched(run, some, f_K=f_K, share_leak=share)
        if some is not arm_points:
            everything += found
        elif share == o.share_leak[0]:
            arms += [{"arm": arm, "name": _name(ca, mg), **row} for (arm, ca, mg), row in zip(ARMS, found, strict=True)]
            examples = recording.subset([ARMS.index(one) for one in SHOWN]) if examples is None else examples
    assert examples is not None
    rows = rows_where(everything, share_leak=o.share_leak[0])
    borders = [
        dict(zip(BORDER_COLUMNS, (f_K, share, mg, *border(everything, mg, f_K, share)), strict=True))
        for share in o.share_leak
        for f_K in o.f_K
        for mg in sorted(o.mg)
    ]
    robust = [row for f_K in o.f_K for row in robustness(run, f_K)] if o.cells else []
    usual = evoked(run)
    identify = [{"ca_mM": ca, "mg_mM": mg, "f_K": o.f_K[0]} for _, ca, mg in SHOWN]
    tables = {
        "table": Table(rows, COLUMNS, examples, identify),
        "arms": Table(arms, ARM_COLUMNS),
        "borders": Table(borders, BORDER_COLUMNS),
        **({"robustness": Table(robust, ROBUST_COLUMNS)} if robust else {}),
    }
    return Report(
        tables=tables,
        findings=findings(rows, arms, borders, robust, usual),
        draw=lambda: draw(rows, arms, examples),
        limits=[
            "f_K, the share of the gating shift that potassium gates feel, is not measured at the node. Which states "
            "fire hinges on it.",
            "The model was calibrated on the strength-duration time constant of human axons, which made it fire at "
            f"much higher calcium than the published one ({PUBLISHED_CA[0]:g} to {PUBLISHED_CA[1]:g} mM). That it "
            "fires in states a body reaches is a property of this calibration, not evidence that a patient's axon "
            "does.",
            "Each impulse at low calcium leads into a plateau of tens of milliseconds near -60 mV that is not known "
            "from human axons; the plateau sets the rate. Neither a count of impulses nor their width shows it.",
            f"State and rate are those of the last {1e3 * LAST_S:g} of {1e3 * DURATION_S:g} ms after an abrupt "
            "change: slower adaptation is not seen. An axon that stays depolarised near -60 mV after one impulse is "
            "counted as single, because block is said of what stays above -40 mV; the column potential_mV tells them "
            "apart.",
            "The ions are those around the axon, taken as those of plasma. This is a model of one axon, not advice.",
        ],
    )


def _chunks(points: list[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    return [points[k : k + AT_ONCE] for k in range(0, len(points), AT_ONCE)]


def _name(ca: float, mg: float) -> str | None:
    """The name of a state, if it has one."""
    return next((name for name, ions in PRESETS.items() if ions == (ca, mg)), None)


def watched(
    run: Run, points: Sequence[tuple[float, float]], *, f_K: float, share_leak: float = 0.0, **constants: Any
) -> tuple[list[dict[str, Any]], Recording]:
    """What axons do after an abrupt change from normal ions: a row each, and the recording."""
    number = len(points)
    # every constant that may vary is given per cell, so that all runs share one build
    usual = {name: [run.value("motor_axon", name)] * number for name in SPREAD}
    found = assays.spontaneous_activity(
        "motor_axon",
        ions=Ions(ca=[ca for ca, _ in points], mg=[mg for _, mg in points]),
        parameters={"f_K": [f_K] * number, "share_leak": [share_leak] * number, **usual, **constants},
        duration=DURATION_S,
        last=LAST_S,
        sample=SAMPLE_MS,
        simulate=run.simulate,
    )
    recording = found.recording
    late = recording.trace_time >= recording.duration - LAST_S
    rows = []
    for cell, (ca, mg) in enumerate(points):
        potential, times = recording.trace("V_mV", cell), recording.events(cell)
        fires = str(found.state[cell]) == "repetitive"
        end = times[times > recording.duration - LAST_S]
        late_impulses = len(end)
        widths = half_widths(recording.trace_time, potential, end)
        rows.append(
            {
                "ca_mM": ca,
                "mg_mM": mg,
                "f_K": f_K,
                "state": str(found.state[cell]),
                # a lone late impulse has no mean interval in the end, but one to the impulse before it
                "rate_hz": (float(found.rate[cell]) or float(1 / (times[-1] - times[-2]))) if fires else None,
                "width_ms": float(np.median(widths)) if fires and len(widths) else None,
                "depolarised_ms": depolarised(recording.trace_time[late], potential[late], late_impulses)
                if fires
                else None,
                "potential_mV": float(np.median(potential[late])),
                "impulses": len(times),
                "share_leak": share_leak,
            }
        )
    return rows, recording


def half_widths(
    time: NDArray[np.float64], potential: NDArray[np.float64], impulses: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Width of each impulse at half its height, ms.

    Parameters
    ----------
    time, potential : array
        s, mV.
    impulses : array
        Times at which they begin, s. Height is from the lowest potential in the 5 ms before to the peak; impulses whose
        flanks lie outside the trace are left out.
    """
    step = float(time[1] - time[0])
    before, edges = round(5e-3 / step), [*impulses.tolist(), float(time[-1])][1:]
    widths = []
    for start, stop in zip(impulses.tolist(), edges, strict=True):
        begin, end = int(np.searchsorted(time, start)), int(np.searchsorted(time, stop))
        if begin < before or end - begin < 3:
            continue
        peak = begin + int(np.argmax(potential[begin:end]))
        half = (potential[peak] + potential[begin - before : begin].min()) / 2
        rise = np.flatnonzero(potential[begin - before : peak] < half)
        fall = np.flatnonzero(potential[peak:] < half)
        if not len(rise) or not len(fall):
            continue
        a, b = begin - before + int(rise[-1]), peak + int(fall[0])
        up = a + (half - potential[a]) / (potential[a + 1] - potential[a])
        down = b - (half - potential[b]) / (potential[b - 1] - potential[b])
        widths.append(1e3 * step * (down - up))
    return np.array(widths)


def depolarised(time: NDArray[np.float64], potential: NDArray[np.float64], impulses: int) -> float:
    """Time above -70 mV per impulse, ms: with a plateau after each it is long, however narrow the impulses are."""
    return float(1e3 * (potential > HELD_MV).sum() * (time[1] - time[0]) / impulses)


def evoked(run: Run) -> tuple[float, float]:
    """Width at half height, and time above -70 mV, of one impulse evoked in normal ions, ms."""
    pulse = Step(0.15, 1e-3, 0.01)
    recording = run.simulate("motor_axon", protocol=pulse, duration=0.04, noise=False, sample=SAMPLE_MS)
    time, potential, impulses = recording.trace_time, recording.trace("V_mV", 0), recording.events(0)
    return float(half_widths(time, potential, impulses)[0]), depolarised(time, potential, len(impulses))


def border(
    rows: Sequence[dict[str, Any]], mg: float, f_K: float, share_leak: float
) -> tuple[float | None, float | None]:
    """The lowest and the highest calcium at which an axon fires on, at a magnesium."""
    firing = rows_where(rows, mg_mM=mg, f_K=f_K, share_leak=share_leak, state="repetitive")
    ca = [row["ca_mM"] for row in firing]
    return (min(ca), max(ca)) if ca else (None, None)


def robustness(run: Run, f_K: float) -> list[dict[str, Any]]:
    """How many axons fire whose constants differ from the reference by up to 5 %."""
    cells = run.options.cells
    factors = 1 + SPREAD_SHARE * run.drawn(cells, len(SPREAD))
    constants = {name: run.value("motor_axon", name) * factors[:, k] for k, name in enumerate(SPREAD)}
    rows = []
    for ca, mg in ROBUST:
        fire = once = 0
        for first in range(0, cells, AT_ONCE):
            some = {name: values[first : first + AT_ONCE] for name, values in constants.items()}
            number = len(some[SPREAD[0]])
            found, _ = watched(run, [(ca, mg)] * number, f_K=f_K, share_leak=run.options.share_leak[0], **some)
            fire += sum(row["state"] == "repetitive" for row in found)
            once += sum(row["impulses"] > 0 for row in found)
        condition = {"ca_mM": ca, "mg_mM": mg, "f_K": f_K, "cells": cells}
        rows.append({**condition, "fire": fire, "share": fire / cells, "any_impulse": once / cells})
    return rows


# ------------------------------------------------------------------------------------------------------------- findings


def findings(
    rows: Sequence[dict[str, Any]],
    arms: Sequence[dict[str, Any]],
    borders: Sequence[dict[str, Any]],
    robust: Sequence[dict[str, Any]],
    usual: tuple[float, float],
) -> Findings:
    """What each arm does, where the borders lie, and what to think of the impulses."""
    found = Findings()
    shares = list(dict.fromkeys(row["f_K"] for row in arms))
    firing = rows_where(rows, state="repetitive")
    share_leak = rows[0]["share_leak"]

    normal = rows_where(arms, arm="normal")
    found.add(
        "normal",
        "1",
        "quiet in normal ions",
        "model",
        (
            "In normal ions the axon is " + " and ".join(sorted({str(row["state"]) for row in normal})) + ".",
            sum(row["impulses"] for row in normal),
            all(row["state"] == "quiet" for row in normal),
        ),
    )
    alone = [r for r in [*arms, *rows] if r["ca_mM"] == CA_MM and 0 < r["mg_mM"] < MG_MM]
    loud = rows_where(alone, state="repetitive")
    found.add(
        "magnesium_alone",
        "1",
        "low magnesium at normal calcium does not make an axon fire, whatever f_K is",
        "model",
        (
            f"At {CA_MM:g} mM calcium, magnesium down to {min(r['mg_mM'] for r in alone):g} mM leaves the axon "
            f"silent at every f_K ({_list(shares)})."
            if not loud
            else f"At {CA_MM:g} mM calcium the axon fires at {_states(loud)}.",
            len(loud),
            not loud,
        )
        if alone
        else None,
    )
    for arm, name in (("calcium low", "calcium_alone"), ("both low", "both")):
        loud = rows_where(arms, arm=arm, state="repetitive")
        found.add(
            name,
            "1",
            "fires when calcium is low enough" + ("; low magnesium helps" if name == "both" else ""),
            "model",
            (
                f"With {arm}, the axon fires at {_states(loud)}."
                if loud
                else f"With {arm}, no axon fires in the arms.",
                len(loud),
                bool(loud),
            ),
        )

    for f_K in shares:
        own = [
            row
            for row in rows_where(borders, f_K=f_K, share_leak=share_leak)
            if row["mg_mM"] in TYPICAL_MG or row["highest_ca_mM"] is not None
        ]
        tops = {row["mg_mM"]: row["highest_ca_mM"] for row in own}
        typical = {mg: tops[mg] for mg in TYPICAL_MG if mg in tops}
        known = [-1.0 if typical[mg] is None else typical[mg] for mg in sorted(typical)]
        found.add(
            f"border_at_f_K_{f_K:g}",
            "mM",
            "the highest calcium at which it fires is the higher, the lower magnesium is",
            "model",
            (
                f"At f_K {f_K:g} it fires from calcium "
                + ", ".join(f"{_mM(ca)} at Mg {mg:g}" for mg, ca in typical.items())
                + " mM down.",
                typical.get(0.25),
                all(a > b for a, b in pairwise(known)),
            )
            if len(typical) > 1
            else None,
        )
    several = [rows_where(borders, f_K=f_K, share_leak=share_leak, mg_mM=0.25) for f_K in sorted(shares)]
    tops_at = [own[0]["highest_ca_mM"] or 0.0 for own in several if own]
    found.add(
        "f_K_decides",
        "mM",
        "the more of the shift potassium gates feel, the lower calcium must fall",
        "model",
        (
            "At Mg 0.25 mM calcium must fall to "
            + ", ".join(f"{_mM(top)} at f_K {f_K:g}" for f_K, top in zip(sorted(shares), tops_at, strict=True))
            + " mM: what is unmeasured decides.",
            tops_at[0] - tops_at[-1],
            all(a > b for a, b in pairwise(tops_at)),
        )
        if len(tops_at) == len(shares) > 1
        else None,
    )
    high = [row for row in [*rows, *arms] if row["mg_mM"] >= 1.5]
    left = rows_where(high, state="repetitive")
    lowest = min((row["ca_mM"] for row in high), default=0.0)
    found.add(
        "high_magnesium",
        "mM",
        "1.5 mM magnesium abolishes firing at every calcium, as in the published axon",
        "Hennings2005",
        (
            f"At Mg 1.5 mM nothing fires at any calcium from {lowest:g} mM up."
            if not left
            else f"At Mg 1.5 mM firing is left only at calcium of {max(r['ca_mM'] for r in left):g} mM and less "
            f"(f_K {_list(sorted({r['f_K'] for r in left}))}); above, magnesium abolishes it.",
            max((row["ca_mM"] for row in left), default=None),
            not left,
        )
        if high
        else None,
    )
    low_ca, high_ca = REACHED_CA
    reached = [row for row in rows if low_ca <= row["ca_mM"] <= high_ca]
    loud = rows_where(reached, state="repetitive")
    found.add(
        "states_a_body_reaches",
        "1",
        "to be reported, whichever it is; in the published axon they are silent",
        "model",
        (
            f"With calcium of {low_ca:g} to {high_ca:g} mM, which a body reaches, "
            + (
                "nothing fires."
                if not loud
                else f"{len(loud)} of {len(reached)} states of the map fire: "
                + "; ".join(f"at f_K {f_K:g} " + (_tops(rows_where(loud, f_K=f_K)) or "none") for f_K in shares)
                + ". This calibration needs much less calcium to be lost than the published axon "
                f"({PUBLISHED_CA[0]:g} to {PUBLISHED_CA[1]:g} mM)."
            ),
            len(loud),
            not loud,
        )
        if reached
        else None,
    )
    tetany = rows_where(arms, name="hypomagnesaemic_tetany")
    found.add(
        "hypomagnesaemic_tetany",
        "Hz",
        "to be reported, whichever it is; in the published axon it is silent",
        "model",
        (
            f"At Ca {tetany[0]['ca_mM']:g} and Mg {tetany[0]['mg_mM']:g} mM the axon "
            + ", ".join(_does(row) + f" at f_K {row['f_K']:g}" for row in tetany)
            + ".",
            max((row["rate_hz"] or 0.0 for row in tetany), default=None),
            not any(row["state"] == "repetitive" for row in tetany),
        )
        if tetany
        else None,
    )
    rates = [row["rate_hz"] for row in firing]
    found.add(
        "rate",
        "Hz",
        f"up to {LOBSTER_HZ:g}/s in a lobster's motor axons without calcium",
        "AdelmanAdams1959",
        (
            f"It fires at {min(rates):.0f} to {max(rates):.0f} Hz, half of the states between "
            f"{np.percentile(rates, 25):.0f} and {np.percentile(rates, 75):.0f} Hz.",
            max(rates),
            max(rates) <= LOBSTER_HZ,
        )
        if rates
        else None,
    )
    held = [row for row in rows if _held(row)]
    found.add(
        "lower_border",
        "1",
        "below the calcium at which it fires there is one impulse, then inactivation",
        "model",
        (
            f"In {len(held)} states of too little calcium the axon fires once or a few times and then stays "
            f"depolarised ({min(r['potential_mV'] for r in held):.0f} to {max(r['potential_mV'] for r in held):.0f} "
            "mV). That is inactivation, although they count as single, not as blocked (above -40 mV).",
            len(held),
            True,
        )
        if held
        else None,
    )
    for name, column, k, expected, what, after in (
        (
            "width",
            "width_ms",
            0,
            "impulses as narrow as the evoked one, within a factor of two",
            "wide at half height",
            "",
        ),
        (
            "plateau",
            "depolarised_ms",
            1,
            "no plateau: depolarised for as long as by the evoked one, within a factor of two",
            f"depolarised (above {HELD_MV:g} mV) per impulse",
            ". Each impulse leads into a plateau not known from human axons: a weak point of the model, which makes "
            "the rates doubtful",
        ),
    ):
        values = [row[column] for row in firing if row[column] is not None]
        holds = bool(values) and bool(np.median(values) <= 2 * usual[k])
        found.add(
            name,
            "ms",
            expected,
            "model",
            (
                f"Where it fires on, the axon is {min(values):.2g} to {max(values):.2g} ms {what} (median "
                f"{np.median(values):.2g}); with one impulse evoked in normal ions it is {usual[k]:.2g} "
                f"ms{'' if holds else after}.",
                float(np.median(values)),
                holds,
            )
            if values
            else None,
        )
    others = sorted({row["share_leak"] for row in borders} - {share_leak})
    shifts = [
        (row["highest_ca_mM"] or 0.0)
        - (rows_where(borders, f_K=row["f_K"], mg_mM=row["mg_mM"], share_leak=share_leak)[0]["highest_ca_mM"] or 0.0)
        for row in borders
        if others and row["share_leak"] == others[-1]
    ]
    found.add(
        "leak",
        "mM",
        "a leak that divalents block raises the calcium at which it fires",
        "model",
        (
            f"If divalents block a share of {others[-1]:g} of the sodium leak (share {share_leak:g} above), the "
            f"highest calcium at which it fires moves by {min(shifts):+.2f} to {max(shifts):+.2f} mM.",
            max(shifts),
            min(shifts) >= 0 < max(shifts),
        )
        if shifts
        else None,
    )
    own = [row for row in rows_where(robust, ca_mM=CA_MM) if row["mg_mM"] < MG_MM]
    found.add(
        "robust",
        "1",
        "no axon fires by low magnesium alone either when its constants differ by 5 %",
        "model",
        (
            f"Of {robust[0]['cells']} axons whose {len(SPREAD)} constants differ by up to {SPREAD_SHARE:.0%}, fire: "
            + ", ".join(
                f"{row['fire']} at Ca {row['ca_mM']:g}, Mg {row['mg_mM']:g} mM (f_K {row['f_K']:g})"
                for row in robust
                if row["mg_mM"] < MG_MM
            )
            + f"; in normal ions {sum(r['fire'] for r in robust if (r['ca_mM'], r['mg_mM']) == (CA_MM, MG_MM))}.",
            max(row["share"] for row in own),
            not any(row["fire"] for row in own),
        )
        if own
        else None,
    )
    return found


def _held(row: dict[str, Any]) -> bool:
    """Whether an axon that no longer fires stays depolarised."""
    return row["state"] in {"single", "blocked"} and row["potential_mV"] > HELD_MV


def _mM(ca: float | None) -> str:
    return f"{ca:.2f}" if ca else "none"


def _list(numbers: Sequence[float]) -> str:
    return ", ".join(f"{number:g}" for number in numbers)


def _states(rows: Sequence[dict[str, Any]]) -> str:
    """Ca/Mg of states with the f_K at which they are so."""
    at: dict[tuple[float, float], list[float]] = {}
    for row in rows:
        shares = at.setdefault((row["ca_mM"], row["mg_mM"]), [])
        if row["f_K"] not in shares:
            shares.append(row["f_K"])
    return ", ".join(f"{ca:g}/{mg:g} mM (f_K {_list(shares)})" for (ca, mg), shares in at.items())


def _tops(rows: Sequence[dict[str, Any]]) -> str:
    """The highest calcium of some states at each magnesium."""
    tops: dict[float, float] = {}
    for row in rows:
        tops[row["mg_mM"]] = max(row["ca_mM"], tops.get(row["mg_mM"], 0.0))
    return ", ".join(f"to Ca {ca:g} at Mg {mg:g}" for mg, ca in sorted(tops.items()))


def _does(row: dict[str, Any]) -> str:
    if row["state"] == "repetitive":
        return f"fires at {row['rate_hz']:.0f} Hz"
    return {"quiet": "is quiet", "single": "fires once", "blocked": "is blocked"}[row["state"]]


# --------------------------------------------------------------------------------------------------------------- figure


def draw(
    rows: Sequence[dict[str, Any]],
    arms: Sequence[dict[str, Any]],
    examples: Recording,
) -> Figure:
    """A map for each f_K; below, one potential from each arm."""
    from matplotlib.figure import Figure

    shares = list(dict.fromkeys(row["f_K"] for row in rows))
    figure = Figure()
    figure.suptitle(_title(rows, arms), fontweight="bold")
    grid = figure.add_gridspec(2, 1, height_ratios=[1.9, 1])
    maps, below = grid[0].subgridspec(1, len(shares)), grid[1].subgridspec(1, 2, width_ratios=[1.9, 1])
    first: Axes | None = None
    for k, f_K in enumerate(shares):
        ax = figure.add_subplot(maps[0, k], sharey=first)
        first = first or ax
        _map(ax, rows_where(rows, f_K=f_K))
        ax.set_title(f"$f_K$ = {f_K:g}", fontsize="medium", loc="left")
        ax.set_xlabel("ionised Ca (mM)")
        if k == 0:
            ax.set_ylabel("ionised Mg (mM)")
        else:
            ax.tick_params(labelleft=False)
    _potentials(figure.add_subplot(below[0, 0]), examples, shares[0])
    key = figure.add_subplot(below[0, 1])
    key.set_axis_off()
    key.legend(handles=_legend(rows), loc="center", ncols=2, fontsize="x-small", handlelength=1.2, columnspacing=0.8)
    figures.footnote(
        figure,
        "$f_K$: share of the gating shift that potassium gates feel, not measured at the node. A model of one axon, "
        "which its calibration\n"
        "on human strength-duration data made much more sensitive to calcium than the published one; not advice.",
    )
    return figure


def _title(rows: Sequence[dict[str, Any]], arms: Sequence[dict[str, Any]]) -> str:
    silent = all(
        row["state"] != "repetitive" for row in [*arms, *rows] if row["ca_mM"] == CA_MM and row["mg_mM"] < MG_MM
    )
    fires = any(row["state"] == "repetitive" for row in [*arms, *rows])
    if silent and fires:
        return "Low magnesium alone leaves this motor axon silent;\nit fires by itself when calcium falls too"
    if fires:
        return "Where a motor axon fires by itself: low magnesium alone suffices here"
    return "In none of these ions does this motor axon fire by itself"


#: State, label and colour; firing and staying depolarised carry hatches too.
LOOKS = (
    ("quiet", "quiet", "#F2F2F2", ""),
    ("single", "one impulse or a few", figures.SKY, ""),
    ("repetitive", "fires on", figures.VERMILLION, "//"),
    ("held", "stays depolarised", "#8C8C8C", ".."),
    ("blocked", "blocked (above −40 mV)", figures.BLACK, ""),
)
SHORT = {
    "normal": "normal",
    "low_magnesium": "low Mg",
    "low_calcium": "low Ca",
    "hypomagnesaemic_tetany": "hypomagn. tetany",
    "high_magnesium": "high Mg",
}
MARKERS = {
    "normal": "o",
    "low_magnesium": "s",
    "low_calcium": "^",
    "hypomagnesaemic_tetany": "D",
    "high_magnesium": "P",
}


def _map(ax: Axes, rows: Sequence[dict[str, Any]]) -> None:
    """States on the plane, with the plasma range, the named states and what a body reaches."""
    from matplotlib.patches import Rectangle

    ca, mg = (np.array(sorted({row[name] for row in rows})) for name in ("ca_mM", "mg_mM"))
    state = {(r["ca_mM"], r["mg_mM"]): _look(r) for r in rows}
    edges_ca, edges_mg = _edges(ca), _edges(mg)
    for j, y in enumerate(mg):
        for k, x in enumerate(ca):
            _, _, color, hatch = next(look for look in LOOKS if look[0] == state[x, y])
            corner = (edges_ca[k], edges_mg[j])
            wide, high = edges_ca[k + 1] - edges_ca[k], edges_mg[j + 1] - edges_mg[j]
            ax.add_patch(Rectangle(corner, wide, high, facecolor=color, edgecolor="white", lw=0.4, hatch=hatch))
    ax.set_xlim(edges_ca[0], max(edges_ca[-1], 1.45))
    ax.set_ylim(edges_mg[0], max(edges_mg[-1], 1.6))
    ax.axvspan(*REACHED_CA, facecolor="none", edgecolor=figures.BLACK, ls="--", lw=1.5)
    (ca_low, ca_high), (mg_low, mg_high) = (REFERENCE_RANGES[ion][:2] for ion in ("ca", "mg"))
    plasma = Rectangle(
        (ca_low, mg_low), ca_high - ca_low, mg_high - mg_low, facecolor="none", edgecolor=figures.GREEN, lw=3, zorder=3
    )
    ax.add_patch(plasma)
    size = 0.55 * float(mpl.rcParams["font.size"])
    for name, (x, y) in PRESETS.items():
        ax.plot(x, y, MARKERS[name], color=figures.BLACK, mec="white", ms=size, zorder=4, ls="none")


def _legend(rows: Sequence[dict[str, Any]]) -> list[Any]:
    """What the colours, boxes and markers of the map mean."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    present = {_look(row) for row in rows}
    size = 0.55 * float(mpl.rcParams["font.size"])
    return [
        *(
            Patch(facecolor=color, edgecolor="white", hatch=hatch, label=text)
            for key, text, color, hatch in LOOKS
            if key in present
        ),
        Patch(facecolor="none", edgecolor=figures.GREEN, lw=3, label="plasma range"),
        Patch(facecolor="none", edgecolor=figures.BLACK, ls="--", lw=1.5, label="Ca a body reaches"),
        *(
            Line2D([], [], marker=marker, color=figures.BLACK, mec="white", ms=size, ls="none", label=SHORT[name])
            for name, marker in MARKERS.items()
        ),
    ]


def _look(row: dict[str, Any]) -> str:
    return "held" if row["state"] == "single" and _held(row) else str(row["state"])


def _edges(centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges half way between the values of a grid."""
    if len(centres) == 1:
        return np.array([centres[0] - 0.05, centres[0] + 0.05])
    between = (centres[1:] + centres[:-1]) / 2
    edges = np.concatenate([[2 * centres[0] - between[0]], between, [2 * centres[-1] - between[-1]]])
    return np.asarray(np.maximum(edges, 0.0))


def _potentials(ax: Axes, examples: Recording, f_K: float) -> None:
    """A potential from each arm, one above the other."""
    apart = 130.0
    for cell, ((arm, ca, mg), (color, _, _)) in enumerate(zip(SHOWN, figures.SERIES, strict=False)):
        lift = apart * (len(SHOWN) - 1 - cell)
        figures.trace(
            examples.trace_time,
            examples.trace("V_mV", cell) + lift,
            ax,
            color=color,
            lw=0.5 * float(mpl.rcParams["lines.linewidth"]),
        )
        ax.text(
            1.01,
            lift - 40,
            f"{arm}\nCa {ca:g}, Mg {mg:g} mM",
            transform=ax.get_yaxis_transform(),
            color=color,
            fontsize="x-small",
            va="center",
        )
    ax.set_yticks([])
    ax.set_xlim(0, examples.duration)
    ax.set_xlabel("time after an abrupt change from normal (s)")
    ax.set_ylabel("node (mV)", fontsize="small")
    ax.set_title(f"$f_K$ = {f_K:g}, no stimulus", fontsize="small", loc="left", pad=2)


if __name__ == "__main__":
    run_as_script(three_arms)
