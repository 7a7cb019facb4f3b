"""What the classroom's page shows, with figure and tables: one cell, fibre or person in any settings, beside normal ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from excitability import Findings, Option, Report, Run, Table, classroom, demonstration, figures, ions, lesson

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from excitability import Recording
    from excitability.demonstration import Shown

#: Settings that the normal run does not share.
ASIDE = {
    "cell": ("ca", "mg", "mg_given"),
    "chain": ("ca", "mg", "mg_i"),
    "person": ("ca_mg", "mg_mg", "disease", "treat_after"),
}
#: Columns that say what was set.
SET = {
    "cell": {"ca_mM": "ca", "mg_mM": "mg", "mg_given_mM": "mg_given"},
    "chain": {"ca_mM": "ca", "mg_mM": "mg", "mg_i_mM": "mg_i"},
    "person": {
        "ca_eaten_mg": "ca_mg",
        "mg_eaten_mg": "mg_mg",
        "disease": "disease",
        "treat_after_months": "treat_after",
    },
}
NORMAL_LOOK: dict[str, Any] = {"color": figures.GREY, "ls": (0, (4, 1.6))}
LOOK: dict[str, Any] = {"color": figures.BLUE, "ls": "-"}


def options(level: str, cell: str | None = None) -> dict[str, Option]:
    """The page's settings of a level, with the limits that they have there; its preparation is the run's seed."""
    found = {}
    for name in lesson.defaults(level):
        known = lesson.about(level, name, cell)
        if name in ("cell", "seed") or (name == "noise" and cell == "motor_axon"):
            continue
        said = classroom.label(level, name, cell)
        if name == "noise":
            found[name] = Option(known["default"], "1", 0, 1, f"{said}: 1 for yes")
        elif "choices" in known:
            found[name] = Option(known["default"], "1", 0, 0, said, choices=tuple(known["choices"]))
        else:
            unit = known["unit"] if known["unit"] not in ("", "months") else "1"
            whole = known.get("whole", False)
            default = int(known["default"]) if whole else float(known["default"])
            found[name] = Option(default, unit, known["low"], known["high"], said, ion=known.get("ion", ""))
    return found


def report(run: Run, level: str, cell: str | None, judge: Callable[[Shown], tuple[str, bool]], expected: str) -> Report:
    """Simulate the settings of a run beside normal ones.

    Parameters
    ----------
    run : Run
        Its options are those of `options`.
    level, cell : str
        As the page has them.
    judge : function of Shown
        What happened in words, to follow "in normal ions", and whether this is what a normal one does.
    expected : str
        That, in words.
    """
    usual = lesson.defaults(level, cell)
    settings = {**usual, **vars(run.options)}
    if "seed" in usual:
        settings["seed"] = run.seed
    normal = {**settings, **{name: usual[name] for name in ASIDE[level]}}
    both = {"normal": normal} if normal == settings else {"normal": normal, "set": settings}
    recordings: list[Recording] = []

    def kept(*given: Any, **keywords: Any) -> Recording:
        recordings.append(run.simulate(*given, **keywords))
        return recordings[-1]

    came = demonstration.run(level, list(both.values()), kept)
    if level == "cell":
        came = demonstration.thresholds(came, run.simulate)
    shown = dict(zip(both, came, strict=True))
    identify = [
        {"condition": name, **{column: one[key] for column, key in SET[level].items()}} for name, one in both.items()
    ]
    columns = [name for name in classroom.MEASURES[level] if any(name in one.measures for one in came)]
    rows = [
        {**names, **{name: one.measures.get(name) for name in columns}}
        for names, one in zip(identify, came, strict=True)
    ]
    tables = {"table": Table(rows, list(rows[0]), recordings[-1], identify)}
    if len(recordings) > 1:
        tables["body"] = Table(identify, list(identify[0]), recordings[0], identify)
    what = "on a normal diet" if level == "person" else "in normal ions"
    said, holds = judge(shown["normal"])
    text = f"{what.capitalize()} {said}"
    title = said
    if "set" in shown:
        changed, outcome = described(level, settings), judge(shown["set"])[0]
        title, text = f"{changed}: {outcome}", f"{text}. With {changed} {outcome}"
    key = {"cell": "self_sustained_s", "chain": "force_peak", "person": "mg_plasma_mM"}[level]
    findings = Findings()
    findings.add(
        "beside_normal", classroom.MEASURES[level][key], expected, "model",
        (f"{text}.", float(list(shown.values())[-1].measures[key]), holds),
    )  # fmt: skip
    return Report(
        tables=tables,
        findings=findings,
        draw=lambda: draw(level, shown, title[0].upper() + title[1:]),
        limits=[
            "One cell, fibre or person with the reference values, and the time steps of the classroom's page; noise is drawn "
            "otherwise than there.",
            f"A model, not advice. {figures.NO_BENEFIT}",
        ],
    )


def described(level: str, settings: Mapping[str, Any]) -> str:
    """The settings that are not normal, in words."""
    usual = lesson.defaults(level, settings.get("cell"))
    names = {"ca": "Ca", "mg": "Mg", "mg_i": "Mg in the fibre", "ca_mg": "Ca eaten", "mg_mg": "Mg eaten"}
    parts = []
    for name in ASIDE[level]:
        value, unit = settings[name], lesson.about(level, name, settings.get("cell")).get("unit", "")
        if value == usual[name]:
            continue
        if name == "mg_given":
            late = settings["given_at"] >= settings["watch"]
            when = "only after the end" if late else f"{settings['given_at']:g} s after the drive"
            parts.append(f"Mg {value:g} {unit} given {when}")
        elif name == "treat_after":
            parts.append(f"treated after {value:g} months")
        else:
            words = classroom.texts("en")["controls"][name]
            parts.append(words[value] if isinstance(value, str) else f"{names[name]} {value:g} {unit}")
    return ", ".join(parts)


# ---------------------------------------------------------------------------------------------------------------- figure


def draw(level: str, shown: Mapping[str, Shown], title: str) -> Figure:
    """Traces of both runs: potentials below each other, all else over each other."""
    from matplotlib.figure import Figure

    figure = Figure()
    figure.suptitle(title, fontweight="bold", wrap=True)
    looks = [(name, one, look) for (name, one), look in zip(shown.items(), (NORMAL_LOOK, LOOK), strict=False)]
    if len(looks) == 1:
        looks = [(looks[0][0], looks[0][1], LOOK)]
    {"cell": _cells, "chain": _chains, "person": _people}[level](figure, looks)
    figures.footnote(figure, f"A model, not advice. {figures.NO_BENEFIT}")
    return figure


def _panels(figure: Figure, ratios: Sequence[float], share: bool = True) -> list[Any]:
    axes = figure.subplots(len(ratios), 1, sharex=share, squeeze=False, gridspec_kw={"height_ratios": list(ratios)})
    return list(axes[:, 0])


def _cells(figure: Figure, looks: Sequence[tuple[str, Shown, dict[str, Any]]]) -> None:
    panels = _panels(figure, [1.0] * len(looks))
    for ax, (name, one, look) in zip(panels, looks, strict=True):
        _driven(ax, one)
        figures.trace(
            one.times, one.traces["V_soma" if "V_soma" in one.traces else "V"], ax, color=look["color"], lw=1.0
        )
        ax.set_title(_condition(name, one), fontsize="medium", loc="left", fontweight="normal")
        ax.set_ylabel("potential (mV)")
        ax.set_ylim(-100, 60)
    panels[-1].set_xlabel("time (s)")


def _condition(name: str, one: Shown) -> str:
    ca, mg = one.settings["ca"], one.settings["mg"]
    return f"{'normal: ' if name == 'normal' else ''}Ca {ca:g} mM, Mg {mg:g} mM"


def _driven(ax: Axes, one: Shown) -> None:
    if one.settings.get("rate", 1) or one.settings.get("current"):
        figures.shade(ax, *one.drive)
    if one.settings.get("mg_given"):
        ax.axvline(one.drive[1] + one.settings["given_at"], color=figures.GREEN, ls="--")


def _over(
    ax: Axes, looks: Sequence[tuple[str, Shown, dict[str, Any]]], name: str, label: str, factor: float = 1.0
) -> None:
    for condition, one, look in looks:
        times = one.times / demonstration.MONTH if "months" in one.settings else one.times
        ax.plot(times, factor * one.traces[name], label="normal" if condition == "normal" else "as set", **look)
    ax.set_ylabel(label)


def _rows(ax: Axes, looks: Sequence[tuple[str, Shown, dict[str, Any]]], label: str) -> None:
    """Impulses as ticks, a row for each run."""
    figures.raster([one.events for _, one, _ in looks], ax)
    ax.set_yticks(range(len(looks)), ["normal" if name == "normal" else "as set" for name, _, _ in looks])
    ax.set_ylabel(label)


def _chains(figure: Figure, looks: Sequence[tuple[str, Shown, dict[str, Any]]]) -> None:
    fibre, calcium, force = _panels(figure, (0.6, 1, 1.4))
    for ax in (fibre, calcium, force):
        _driven(ax, looks[0][1])
    _rows(fibre, looks, "impulses of\nthe fibre")
    _over(calcium, looks, "Ca_i", "calcium inside\n(µM)")
    _over(force, looks, "force", "force (% of\nthe greatest)", 100)
    force.set_ylim(0, max(100.0, force.get_ylim()[1]))
    force.set_xlabel("time (s)")
    force.legend(fontsize="small")


def _people(figure: Figure, looks: Sequence[tuple[str, Shown, dict[str, Any]]]) -> None:
    grid = figure.add_gridspec(4, 1, height_ratios=(1, 1, 1, 0.8))
    first = figure.add_subplot(grid[0])
    rest = [figure.add_subplot(grid[k], sharex=first) for k in (1, 2)]
    cell = figure.add_subplot(grid[3])
    for ax, name, label, ion in (
        (first, "Ca_ionised", "Ca of the\nblood (mM)", "ca"), (rest[0], "Mg_ionised", "Mg of the\nblood (mM)", "mg"),
        (rest[1], "PTH", "PTH\n(x normal)", ""),
    ):  # fmt: skip
        if ion:
            low, high, _ = ions.REFERENCE_RANGES[ion]
            ax.axhspan(low, high, color=figures.GREEN, alpha=0.15, lw=0, label="normal range")
        _over(ax, looks, name, label)
    for ax in (first, rest[0]):
        ax.tick_params(labelbottom=False)
    rest[1].set_ylim(bottom=0)
    rest[1].set_xlabel("months")
    figure.legend(*first.get_legend_handles_labels(), loc="outside lower right", fontsize="x-small", ncols=3)
    figures.shade(cell, *looks[0][1].drive)
    _rows(cell, looks, "motoneuron\nin the end")
    cell.set_xlim(0, max(one.duration for _, one, _ in looks))
    cell.set_xlabel("time (s), drive shaded")


# ------------------------------------------------------------------------------------------------------- what was normal


def firing(subject: str) -> Callable[[Shown], tuple[str, bool]]:
    """Judge whether a cell is silent when nothing drives it."""

    def judge(one: Shown) -> tuple[str, bool]:
        m = one.measures
        if m["spontaneous"]:
            return f"the {subject} fires by itself", False
        if "threshold_mV" not in m:
            return f"the {subject} is blocked: no brief current is answered", False
        if not m["self_sustained_s"]:
            driven = demonstration.driven(one.settings)
            during = f"fires {m['train_spikes']:.0f} times in the drive and " if driven else ""
            return f"the {subject} {during}is silent by itself", True
        said = f"the {subject} fires on by itself for {m['self_sustained_s']:.1f} s"
        return said + (f" at {m['rate_hz']:.0f} Hz" if m["rate_hz"] else ""), False

    return judge


def pulling(one: Shown) -> tuple[str, bool]:
    """Judge whether every impulse of the nerve passes to the fibre."""
    m = one.measures
    passed = round(m["answered"] * m["nerve_impulses"])
    force = f"force comes to {100 * m['force_peak']:.1f} % of the greatest"
    return f"{passed} of the nerve's {m['nerve_impulses']:.0f} impulses pass, and {force}", m["answered"] == 1.0


def living(one: Shown) -> tuple[str, bool]:
    """Judge whether the blood's ions stay in their reference ranges."""
    m = one.measures
    within = all(ions.judge(ion, m[f"{ion}_plasma_mM"]) == "normal" for ion in ("ca", "mg"))
    blood = f"the blood ends at Ca {m['ca_plasma_mM']:.2f}, Mg {m['mg_plasma_mM']:.2f} mM"
    cell = f"fires on for {m['self_sustained_s']:.1f} s" if m["self_sustained_s"] else "is silent after a drive"
    return f"{blood}; the cord's motoneuron {cell}", within
