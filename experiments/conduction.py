"""How fast does a motor fibre conduct, and which way does an impulse run that begins in its middle?

A fibre of 21 nodes, stimulated at its first node or in its middle, at several diameters and ions. Velocity is measured over
ten internodes away from the ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from excitability import (
    Findings,
    Ions,
    Option,
    Report,
    Run,
    Step,
    Table,
    experiment,
    figures,
    measures,
    rows_where,
    run_as_script,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from excitability import Recording

FIRST, LAST = 6, 16  # nodes between which velocity is measured
MIDDLE, ENDS = 11, (1, 21)
LEVEL_MV = -20.0
PER_UM, TOLERANCE = 5.7, 0.2  # m/s per um, group I afferents and alpha efferents of the cat; relative
MG_MM = (0.8, 0.1)  # what the dialysate held in the study of nerve conduction, as ionised magnesium
COLUMNS = (
    "diameter_um", "ca_mM", "mg_mM", "stimulated_node", "velocity_m_per_s", "velocity_per_um", "to_node_1_ms",
    "to_node_21_ms",
)  # fmt: skip


@experiment(
    title="A motor fibre conducts as fast as its diameter says, and an impulse from its middle runs both ways",
    question="How fast does a motor fibre conduct, and which way does an impulse run that begins in its middle?",
    models=["motor_fibre"],
    options={
        "diameter": Option((8.0, 10.0, 12.0, 14.0, 16.0), "um", 5.7, 16, "diameters of the fibre with its myelin"),
        "amplitude": Option(3.0, "nA", 0.1, 20, "the stimulus, 0.2 ms long"),
        "f_K": Option(0.3, "1", 0.15, 1, "share of the gating shift that potassium gates feel"),
    },
    quick={"diameter": (10.0, 14.0)},
    sources=["BoydKalu1979", "McIntyre2002", "Fleming1972", "Hennings2005"],
)
def conduction(run: Run) -> Report:
    """Arrival times along the fibre in every condition."""
    o = run.options
    normal = Ions()
    middle = sorted(o.diameter)[len(o.diameter) // 2]
    conditions = [(d, normal.mg, 1) for d in sorted(o.diameter)]
    conditions += [(middle, normal.mg, MIDDLE)]
    conditions += [(middle, mg, 1) for mg in MG_MM]
    step = Step(o.amplitude, 2e-4, 1e-3)
    recording = run.simulate(
        "motor_fibre",
        ions=Ions(ca=normal.ca, mg=[mg for _, mg, _ in conditions]),
        protocol=step,
        parameters={
            "D": [d for d, _, _ in conditions],
            "stimulated": [float(node) for _, _, node in conditions],
            "f_K": o.f_K,
        },
        duration=0.005,
        sample=0.0025,
    )
    rows, identify = [], []
    for cell, (d, mg, node) in enumerate(conditions):
        arrivals = {n: arrival(recording, cell, n) for n in (*ENDS, FIRST, MIDDLE, LAST)}
        begin, end = arrivals[FIRST], arrivals[LAST]
        velocity = None
        if node == 1 and begin is not None and end is not None and end > begin:
            velocity = (LAST - FIRST) * internode_um(run, d) * 1e-6 / (end - begin)
        shared = {"diameter_um": d, "ca_mM": normal.ca, "mg_mM": mg, "stimulated_node": node}
        times = {f"to_node_{n}_ms": None if (at := arrivals[n]) is None else 1e3 * (at - step.start) for n in ENDS}
        rows.append({**shared, "velocity_m_per_s": velocity, "velocity_per_um": velocity and velocity / d, **times})
        identify.append(shared)
    return Report(
        tables={"table": Table(rows, COLUMNS, recording, identify)},
        findings=findings(rows),
        draw=lambda: draw(rows, recording, conditions, step),
        limits=[
            "Nodes and internodes are lumped; axial current is part of each step, second order in the time step. At "
            "2.5 us arrival is late by some 2 %, and velocity low by as much.",
            "Velocity was not fitted, but it was known when the constants of the axon were chosen.",
            "The published change of velocity with magnesium is between high and normal to low magnesium in ten "
            "patients.",
        ],
    )


def internode_um(run: Run, diameter: float) -> float:
    """Length of an internode, as in the model's equations."""
    p = {name: run.value("motor_fibre", name) for name in ("x_axon", "D_axon", "L_0", "L_1", "L_2")}
    d = p["x_axon"] * diameter / (1 - diameter / p["D_axon"])
    return float(p["L_0"] + p["L_1"] * d + p["L_2"] * np.log10(d))


def arrival(recording: Recording, cell: int, node: int) -> float | None:
    """When the potential of a node first rises through -20 mV, s; None if it does not."""
    times = measures.rises(recording.trace_time, recording.trace(f"V_{node}_mV", cell), LEVEL_MV)
    return float(times[0]) if len(times) else None


def findings(rows: Sequence[dict[str, Any]]) -> Findings:
    """Velocities beside published ones; both ways; magnesium."""
    found = Findings("no impulse arrived")
    normal = rows_where(rows, stimulated_node=1, mg_mM=Ions().mg)
    known = [r for r in normal if r["velocity_m_per_s"] is not None]
    found.add(
        "conducts",
        "1",
        "an impulse at both ends of every fibre",
        "model",
        (
            f"An impulse runs along {len(known)} of {len(normal)} fibres of 21 nodes.",
            len(known),
            len(known) == len(normal),
        ),
    )
    per_um = [r["velocity_per_um"] for r in known]
    found.add(
        "velocity",
        "m/s/um",
        f"{PER_UM} m/s per um, within {TOLERANCE:.0%}",
        "BoydKalu1979",
        (
            "Velocities are "
            + ", ".join(f"{r['velocity_m_per_s']:.0f} m/s at {r['diameter_um']:g} um" for r in known)
            + f": {min(per_um):.1f} to {max(per_um):.1f} m/s per um, in the cat {PER_UM}.",
            float(np.mean(per_um)),
            all(abs(v / PER_UM - 1) <= TOLERANCE for v in per_um),
        )
        if known
        else None,
    )
    (both,) = rows_where(rows, stimulated_node=MIDDLE)
    times = [both["to_node_1_ms"], both["to_node_21_ms"]]
    arrives = all(t is not None for t in times)
    found.add(
        "both_ways",
        "ms",
        "an impulse that begins in the middle arrives at both ends, at the same time",
        "model",
        (
            f"An impulse from the middle arrives at both ends, after {times[0]:.2f} and {times[1]:.2f} ms."
            if arrives
            else "An impulse from the middle does not arrive at both ends.",
            abs(times[0] - times[1]) if arrives else None,
            arrives and abs(times[0] - times[1]) < 0.05,
        ),
    )
    by_mg = {r["mg_mM"]: r["velocity_m_per_s"] for r in rows_where(rows, stimulated_node=1) if r["mg_mM"] in MG_MM}
    found.add(
        "magnesium",
        "1",
        "faster at 0.1 than at 0.8 mM magnesium",
        "Fleming1972",
        (
            f"Velocity is {by_mg[MG_MM[1]]:.1f} m/s at {MG_MM[1]:g} and {by_mg[MG_MM[0]]:.1f} m/s at {MG_MM[0]:g} mM "
            "magnesium.",
            by_mg[MG_MM[1]] / by_mg[MG_MM[0]],
            by_mg[MG_MM[1]] > by_mg[MG_MM[0]],
        )
        if all(by_mg.get(mg) for mg in MG_MM)
        else None,
    )
    return found


def draw(
    rows: Sequence[dict[str, Any]],
    recording: Recording,
    conditions: Sequence[tuple[float, float, int]],
    step: Step,
) -> Figure:
    """Velocity against diameter on the left; an impulse from the middle on the right."""
    from matplotlib.figure import Figure

    figure = Figure()
    known = [r for r in rows_where(rows, stimulated_node=1, mg_mM=Ions().mg) if r["velocity_m_per_s"]]
    mean = float(np.mean([r["velocity_per_um"] for r in known])) if known else float("nan")
    figure.suptitle(
        f"A motor fibre conducts {mean:.1f} m/s for each µm of its diameter,\n"
        "and an impulse from its middle runs both ways",
        fontweight="bold",
    )
    axes: Any = figure.subplots(1, 2)
    left, right = axes
    d = np.array([0.0, 17.0])
    left.fill_between(d, PER_UM * (1 - TOLERANCE) * d, PER_UM * (1 + TOLERANCE) * d, color=figures.SKY, alpha=0.3, lw=0)
    left.plot(d, PER_UM * d, color=figures.BLUE, label=f"cat, {PER_UM} m/s per µm (± {TOLERANCE:.0%})")
    left.plot(
        [r["diameter_um"] for r in known],
        [r["velocity_m_per_s"] for r in known],
        "s",
        color=figures.VERMILLION,
        label="model",
    )
    left.set_xlim(0, 17)
    left.set_ylim(0, 105)
    left.set_xlabel("diameter of the fibre (µm)")
    left.set_ylabel("conduction velocity (m/s)")
    left.legend(loc="upper left", fontsize="small")
    _both_ways(right, recording, next(c for c, condition in enumerate(conditions) if condition[2] == MIDDLE), step)
    return figure


def _both_ways(ax: Axes, recording: Recording, cell: int, step: Step) -> None:
    nodes = (1, 6, 11, 16, 21)
    t = 1e3 * (recording.trace_time - step.start)
    for k, node in enumerate(nodes):
        color, dash, _ = figures.SERIES[k]
        figures.trace(t, recording.trace(f"V_{node}_mV", cell) + 130 * (len(nodes) - 1 - k), ax, color=color, ls=dash)
        ax.text(1.45, 130 * (len(nodes) - 1 - k) - 60, f"node {node}", color=color, ha="right", fontsize="small")
    ax.set_xlim(-0.1, 1.5)
    ax.set_yticks([])
    ax.set_xlabel("time after the stimulus at node 11 (ms)")
    ax.set_ylabel("potential of the node (130 mV apart)")


if __name__ == "__main__":
    run_as_script(conduction)
