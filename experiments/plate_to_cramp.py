"""From the plate to the cramp: four people eat for months, and in the end the same volleys drive their muscles.

Each person's diet and losses decide, day by day, the ions of plasma and, behind a barrier, those of the cord; on some days
ten motor units are driven in these ions, as in the experiment cramp. How far the cord follows plasma is not known, so that
is swept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from excitability.experiments import _nerve

from excitability import (
    Findings,
    Ions,
    Option,
    Recording,
    Regimen,
    Report,
    Run,
    Table,
    Train,
    assays,
    body,
    experiment,
    figures,
    measures,
    motor_unit,
    rows_where,
    run_as_script,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure

MODEL = "body"
BALANCED, WESTERN, DEPLETED, TREATED = PEOPLE = ("balanced", "western_ratio", "long_depletion", "depletion_treated")
LABELS = {BALANCED: "balanced", WESTERN: "Western ratio", DEPLETED: "long depletion", TREATED: "depletion, treated"}
WESTERN_MG = (1200.0, 250.0)  # calcium and magnesium in a day, a ratio of 4.8
POOR_MG, LEAK = 100.0, 0.55  # magnesium in a day, and the kidney's threshold: as ill as the patients of Rude1985
GIVEN_MG = 700.0
TREATED_DAYS = 60
START_S, HELD_S = 0.5, (1.0, 3.0)  # of the train; after it, where force is taken
FOLLOWING = (0.0, 0.3, 1.0)  # how far the cord follows plasma, as a power
SLOWNESS = (0.1, 3.0, 30.0)  # days
NERVE = ("threshold_hz", "axon_state", "units_firing", "force_fraction", "self_sustained_s")
IONS = ("ca_mM", "mg_mM", "ca_cord_mM", "mg_cord_mM")
COLUMNS = ("person", "day", *IONS, *NERVE, "ca_total_mM", "mg_total_mM", "pth_ratio", "ca_mg_per_day", "mg_mg_per_day")
LINK_COLUMNS = ("s_cord", "tau_cord_day", "cord_calcium", "person", "day", *IONS, *NERVE)
Rows = list[dict[str, Any]]


@experiment(
    title="From the plate to the cramp",
    question="Four people, from what they eat to the force of their muscles: does a diet make a muscle cramp?",
    models=[MODEL, "motoneuron", "motor_axon", "muscle_fibre"],
    options={
        "days": Option(
            (0, 120, 300), "1", 0, 3000, "days on which the muscle is driven; treatment begins 60 days before the last"
        ),
        "rate": Option(20.0, "Hz", 0.5, 100, "rate of the volleys"),
        "duration": Option(2.0, "s", 0.1, 10, "of the train"),
        "watch": Option(12.0, "s", 3, 60, "after the train"),
    },
    quick={"days": (0, 300), "watch": 4.0},
    sources=["Rude1985", "Costello2021", "Garrison2020", "Flink1986", "Brewer2001"],
)  # fmt: skip
def plate_to_cramp(run: Run) -> Report:
    """Bodies first, then all motor units in all different ions at once."""
    o = run.options
    days = sorted(int(day) for day in o.days)
    lives = people(days[-1])
    recording = run.simulate(MODEL, protocol=list(lives.values()), duration=days[-1] + 1)
    rows: Rows = []
    for cell, person in enumerate(PEOPLE):
        traces = {name: recording.trace(name, cell) for name in recording.traces}
        for day in days:
            plasma = body.plasma(traces, day)
            eaten = {ion: body.milligrams(ion, _eaten(run, lives[person], ion, day)) for ion in ("ca", "mg")}
            rows.append(
                {"person": person, "day": day, **{name: plasma[name] for name in (*IONS, "ca_total_mM", "mg_total_mM")}}
                | {"pth_ratio": plasma["pth_ratio"], **{f"{ion}_mg_per_day": mg for ion, mg in eaten.items()}}
            )
    links = linked(run, lives, days[-1])
    train = Train(rate=o.rate, duration=o.duration, start=START_S)
    forces = drive(run, [*rows, *[r for r in links if r["tau_cord_day"] == SLOWNESS[1]]], train)
    _nerve.fill_in(run, [*rows, *links], ("threshold_hz", "axon_state"))
    for row in links:
        for name in NERVE:
            row.setdefault(name, None)
    return Report(
        tables={
            "table": Table(rows, COLUMNS, recording, [{"person": person} for person in PEOPLE]),
            "link": Table(links, LINK_COLUMNS),
        },
        findings=findings(rows, links, days),
        draw=lambda: draw(rows, links, recording, forces, train),
        limits=[
            "How far and how fast the cord follows plasma is an assumption (s_cord 0.3, tau_cord 3 days), swept in "
            "link.csv: most units of the depleted muscle cramp only where the cord's magnesium follows nearly fully and its "
            "calcium stays.",
            "What low calcium does to the motoneuron hinges on an unmeasured constant; link.csv holds the cord's calcium "
            "both as it follows and as in health.",
            "Axons that fire by themselves do so with the least of the gating shift in their potassium gates (f_K 0.3); "
            "their rate is not to be trusted (see three_arms).",
            "The pool and what makes its cells hold their firing are assumptions (see cramp and motor_pool). Potassium, "
            "which falls too in depletion, is not in the model.",
            f"A teaching model, not advice. {figures.NO_BENEFIT}",
        ],
    )


def people(last: int) -> dict[str, Regimen]:
    """What each of them eats and suffers from, until a last day."""
    ill = {"Mg_eaten": body.moles("mg", POOR_MG), "Mg_reabsorption": LEAK}
    treated = max(last - TREATED_DAYS, 0)
    depletion = Regimen().then(0, **ill)
    return {
        BALANCED: Regimen(),
        WESTERN: Regimen().then(0, **body.eaten(*WESTERN_MG)),
        DEPLETED: depletion,
        TREATED: depletion.then(treated, Mg_eaten=body.moles("mg", GIVEN_MG), Mg_reabsorption=1.0),
    }


def _eaten(run: Run, life: Regimen, ion: str, day: int) -> float:
    """Millimoles of an ion that a person eats on a day."""
    name = f"{ion.capitalize()}_eaten"
    amounts = [values[name] for at, values in life.course if at <= day and name in values]
    return float(amounts[-1]) if amounts else run.value(MODEL, name)


def linked(run: Run, lives: Mapping[str, Regimen], last: int) -> Rows:
    """The depleted person in the end, and the treated one on the third day of treatment, with other barriers of the cord."""
    cases = [(s, tau) for s in FOLLOWING for tau in SLOWNESS]
    when = {DEPLETED: last, TREATED: min(max(last - TREATED_DAYS, 0) + 3, last)}
    recording = run.simulate(
        MODEL,
        protocol=[lives[person] for person in when for _ in cases],
        parameters={"s_cord": [s for s, _ in cases] * 2, "tau_cord": [tau for _, tau in cases] * 2},
        duration=last + 1,
    )
    rows: Rows = []
    for k, person in enumerate(when):
        for c, (s, tau) in enumerate(cases):
            cell = k * len(cases) + c
            plasma = body.plasma({name: recording.trace(name, cell) for name in recording.traces}, when[person])
            shared = {"s_cord": s, "tau_cord_day": tau, "person": person, "day": when[person]}
            ions = {name: plasma[name] for name in IONS}
            rows.append({**shared, "cord_calcium": "follows", **ions})
            if s > 0:
                rows.append({**shared, "cord_calcium": "normal", **ions, "ca_cord_mM": run.value(MODEL, "Ca_cord_0")})
    return rows


def drive(run: Run, rows: Rows, train: Train) -> dict[tuple[float, ...], Any]:
    """Fill in what ten motor units do in the ions of these rows, and return force and impulses by ions."""
    keys = list(dict.fromkeys(_key(row) for row in rows))
    units = motor_unit.simulate(
        ions=Ions(ca=[k[0] for k in keys], mg=[k[1] for k in keys]),
        cord=Ions(ca=[k[2] for k in keys], mg=[k[3] for k in keys]),
        protocol=train,
        watch=run.options.watch,
        parameters={name: p for name, p in run.parameters.items() if name != MODEL},
        seed=run.seed,
        simulate=run.simulate,
    )
    time = units.fibres.trace_time
    held = (time > train.end + HELD_S[0]) & (time <= train.end + HELD_S[1])
    shown: dict[tuple[float, ...], Any] = {}
    for c, key in enumerate(keys):
        cells = [units.cell(c, k) for k in range(len(units.pool))]
        until = units.motoneurons.duration
        after = [
            measures.self_sustained(units.motoneurons.events(n), after=train.end, until=until).duration for n in cells
        ]
        force = units.force(c)
        shown[key] = (time, force, [units.fibres.events(n) for n in cells])
        for row in rows:
            if _key(row) == key:
                row["units_firing"] = sum(duration >= assays.CRAMP_S for duration in after)
                row["force_fraction"] = float(force[held].mean())
                row["self_sustained_s"] = max(after)
    return shown


def _key(row: Mapping[str, Any]) -> tuple[float, ...]:
    """Ions to a hundredth of a millimole: what differs by less is driven once."""
    return tuple(round(row[name], 2) for name in IONS)


def findings(rows: Rows, links: Rows, days: Sequence[int]) -> Findings:
    """Who cramps, and why."""
    found = Findings("not in this run")
    end = {person: rows_where(rows, person=person, day=days[-1])[0] for person in PEOPLE}
    long, short = days[-1] > TREATED_DAYS, f"the last day is not after day {TREATED_DAYS}"
    western = end[WESTERN]
    found.add(
        "western_ratio",
        "1",
        "no unit holds its firing, the axon is quiet: a ratio of 4.8 is invisible to the nerve",
        "model",
        (
            f"On a Western ratio ({WESTERN_MG[0] / WESTERN_MG[1]:.1f}) for {days[-1]} days plasma holds "
            f"{western['mg_mM']:.2f} mM of ionised magnesium and {western['ca_mM']:.2f} of calcium (balanced "
            f"{end[BALANCED]['mg_mM']:.2f} and {end[BALANCED]['ca_mM']:.2f}); {_units(western)}, and {_axon(western)}.",
            western["units_firing"],
            western["units_firing"] == 0 and western["axon_state"] != "repetitive",
        )
        if long
        else None,
        short,
    )
    ill = end[DEPLETED]
    found.add(
        "calcium_follows",
        "mM",
        "calcium 1.80 +- 0.10 mM (two standard errors) at 0.41 mM of magnesium",
        "Rude1985",
        (
            f"A kidney leak and {POOR_MG:g} mg of magnesium a day leave {ill['mg_total_mM']:.2f} mM of total magnesium and "
            f"{ill['ca_total_mM']:.2f} mM of calcium after {days[-1]} days.",
            ill["ca_total_mM"],
            abs(ill["ca_total_mM"] - 1.80) <= 0.10,
        )
        if long
        else None,
        short,
    )
    found.add(
        "depletion",
        "1",
        "the axon fires by itself, or units of the muscle hold their firing",
        "model",
        (
            f"In depletion {_axon(ill)}, {_units(ill)}, and the muscle keeps {100 * ill['force_fraction']:.0f} % of its full "
            f"force after the drive (threshold of the motoneuron: {_hz(ill)}).",
            ill["force_fraction"],
            ill["axon_state"] == "repetitive" or ill["units_firing"] > 0,
        )
        if long
        else None,
        short,
    )
    treated = end[TREATED]
    found.add(
        "treatment",
        "1",
        "as in health",
        "model",
        (
            f"{TREATED_DAYS} days of magnesium and a healed kidney bring total magnesium to {treated['mg_total_mM']:.2f} mM "
            f"and calcium to {treated['ca_total_mM']:.2f} mM; {_axon(treated)}, and {_units(treated)}.",
            treated["units_firing"],
            treated["units_firing"] == 0 and treated["axon_state"] != "repetitive",
        )
        if long
        else None,
        short,
    )
    sweep = [r for r in rows_where(links, person=DEPLETED, tau_cord_day=SLOWNESS[1]) if r["units_firing"] is not None]
    found.add(
        "barrier",
        "1",
        "units hold their firing by themselves only where the cord follows plasma",
        "assumption",
        (
            "Depleted, with the cord following plasma by a power of "
            + "; ".join(
                f"{r['s_cord']:g} (cord: magnesium {r['mg_cord_mM']:.2f}, calcium {r['ca_cord_mM']:.2f} mM): {_units(r)}, "
                + ("" if r["threshold_hz"] is None else "threshold ")
                + _hz(r)
                for r in sweep
            )
            + ".",
            max(r["units_firing"] for r in sweep),
            all((r["units_firing"] > 0) <= (r["s_cord"] > 0) for r in sweep),
        )
        if any(r["units_firing"] for r in sweep)
        else None,
        "no unit holds its firing, however far the cord follows",
    )
    return found


def _units(row: Mapping[str, Any]) -> str:
    number = row["units_firing"]
    if number > 1:
        return f"{number} units hold their firing"
    return f"{'1' if number else 'no'} unit holds its firing"


def _axon(row: Mapping[str, Any]) -> str:
    said = {"repetitive": "fires by itself", "single": "fires once", "quiet": "is quiet", "blocked": "is blocked"}
    return f"the axon {said[row['axon_state']]}"


def _hz(row: Mapping[str, Any]) -> str:
    return "no cramp at any rate" if row["threshold_hz"] is None else f"{row['threshold_hz']:g} Hz"


def draw(
    rows: Rows, links: Rows, recording: Recording, forces: Mapping[tuple[float, ...], Any], train: Train
) -> Figure:
    """A column per person: plate, plasma and cord over months, units and force in the end."""
    from matplotlib.figure import Figure

    figure = Figure()
    last = max(r["day"] for r in rows)
    columns = [
        (LABELS[person], cell, rows_where(rows, person=person, day=last)[0]) for cell, person in enumerate(PEOPLE)
    ]
    follows = rows_where(links, person=DEPLETED, tau_cord_day=SLOWNESS[1], s_cord=1.0, cord_calcium="normal")
    if follows:
        columns.append(("long depletion,\nno barrier for Mg", PEOPLE.index(DEPLETED), follows[0]))
    figure.suptitle(_title(rows, follows, last), fontweight="bold")
    grid: Any = figure.subplots(3, len(columns), sharey="row", height_ratios=[1.2, 1, 1])
    for c, (label, cell, row) in enumerate(columns):
        color = figures.SERIES[cell % len(figures.SERIES)][0]
        top, middle, bottom = grid[:, c]
        person = rows_where(rows, person=PEOPLE[cell], day=last)[0]
        plate = f"{person['ca_mg_per_day']:.0f} mg Ca, {person['mg_mg_per_day']:.0f} mg Mg"
        top.set_title(f"{label}\n{plate}" if "\n" not in label else label, fontsize="x-small")
        _ions(top, recording, cell, row, last, full="\n" in label)
        time, force, trains = forces[_key(row)]
        figures.raster(trains[::-1], middle, color=color)
        bottom.plot(time, 100 * force, color=color)
        for ax in (middle, bottom):
            figures.shade(ax, train.start, train.end)
            ax.set_xlim(0, time[-1])
            ax.tick_params(labelsize="small")
        bottom.set_xlabel("time (s)", fontsize="small")
        said = "axon fires by itself" if row["axon_state"] == "repetitive" else "axon quiet"
        bottom.text(
            0.98,
            0.95,
            f"{said}\ncramp threshold\n{_hz(row)}",
            transform=bottom.transAxes,
            ha="right",
            va="top",
            fontsize="xx-small",
        )
    grid[0, 0].set_ylabel("% of normal", fontsize="small")
    grid[0, 0].legend(loc="lower left", fontsize="xx-small")
    grid[1, 0].set_yticks([0, 9], ["fast", "slow"])
    grid[1, 0].set_ylabel(f"motor units\non day {last}", fontsize="small")
    grid[2, 0].set_ylabel("force (%)", fontsize="small")
    grid[2, 0].set_ylim(0, 1.5 * grid[2, 0].get_ylim()[1])  # room for what is said there
    figures.footnote(figure, f"Yellow: the drive. A teaching model, not advice. {figures.NO_BENEFIT}")
    return figure


def _ions(ax: Any, recording: Recording, cell: int, row: Mapping[str, Any], last: int, *, full: bool) -> None:
    """Plasma and cord over days, in per cent of the beginning."""
    shown = (
        ("Mg_ionised_mM", "plasma Mg", figures.VERMILLION, "-"),
        ("Ca_ionised_mM", "plasma Ca", figures.BLUE, "--"),
        ("Mg_cord_mM", "cord Mg", figures.VERMILLION, ":"),
    )
    for name, label, color, dash in shown:
        values = recording.trace(name, cell)
        if full and name == "Mg_cord_mM":  # it is as plasma then
            values = recording.trace("Mg_ionised_mM", cell)
        ax.plot(recording.trace_time, 100 * values / values[0], color=color, ls=dash, label=label)
    ax.set_xlim(0, max(last, 1))
    ax.set_ylim(0, 115)
    ax.set_xlabel("days", fontsize="small")
    ax.tick_params(labelsize="small")


def _title(rows: Rows, follows: Rows, last: int) -> str:
    ill = rows_where(rows, person=DEPLETED, day=last)[0]
    western = rows_where(rows, person=WESTERN, day=last)[0]
    if last <= TREATED_DAYS:
        return f"Four people and what they eat:\nions, motor units and force on day {last}"
    still = not western["units_firing"] and western["axon_state"] != "repetitive"
    first = "A Western diet changes nothing" if still else "A Western diet makes nerve or muscle fire by itself"
    second = (
        "depletion makes axons fire by themselves"
        if ill["axon_state"] == "repetitive"
        else "nor does long depletion make axons fire"
        if still
        else "long depletion does not make axons fire"
    )
    more = bool(follows) and follows[0]["units_firing"] > ill["units_firing"]
    return f"{first}; {second};\nwithout its barrier the cord would cramp too" if more else f"{first};\n{second}"


if __name__ == "__main__":
    run_as_script(plate_to_cramp)
