"""The command line: ``excitability list``, ``run``, ``diet``, ``classroom``, ``benchmark``, ``show``, ``cite``, ``doctor``,
``cache``.

Exit codes: 0 done, also when a finding does not hold; 2 wrong use or impossible input, with one line on standard error;
130 after Ctrl-C; 1 anything else.
"""

import argparse
import contextlib
import itertools
import json
import os
import platform
import re
import shlex
import shutil
import sys
import textwrap
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import excitability
from excitability import engine, export, machine, model, study
from excitability.errors import EngineError, InputError, NumericalError, nearest, unknown
from excitability.ions import NAMES, REFERENCE_RANGES, judge

if TYPE_CHECKING:
    from excitability.diet import Answer, Diet, Food

PROGRAM = "excitability"
_CLASSROOM = "excitability_classroom.html"
_DIET_EXAMPLE = f"{PROGRAM} diet --food milk=500 almonds=30 whole-wheat-bread=150"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, with the nearest right word."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message} ({self.prog} --help shows how)")

    def refuse(self, word: str) -> NoReturn:
        """Say that a word is not understood, with the option that is most like it."""
        options = [option for action in self._actions for option in action.option_strings if option.startswith("--")]
        guess = nearest(word, options) if word.startswith("-") else None
        hint = f"did you mean '{guess}'?" if guess else f"{self.prog} --help shows what is"
        raise InputError(f"'{word}' is not understood here ({hint})")


def _parser() -> tuple[_Parser, dict[str, _Parser]]:
    parser = _Parser(
        prog=PROGRAM,
        description="Neuromuscular excitability: calcium the trigger, magnesium the blocker.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {excitability.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    commands.add_parser("list", help="experiments and models, a line each", allow_abbrev=False)

    run = commands.add_parser(
        "run",
        help="run an experiment",
        allow_abbrev=False,
        description="Run an experiment, by name or by the path of a file of your own.",
        epilog="example: excitability run low_magnesium --set mg=0.55,0.25 rate=24 --out here",
    )
    run.add_argument("name", nargs="?", metavar="NAME", help="experiment, or a file that defines one")
    benchmark = commands.add_parser(
        "benchmark",
        help="speed, error and start-up beside Brian2's own methods (same as run benchmark)",
        allow_abbrev=False,
    )
    benchmark.set_defaults(name="benchmark")
    for one in (run, benchmark):
        one.add_argument("--out", metavar="DIR", help="folder for the results (results/NAME)")
        one.add_argument(
            "--set",
            nargs="+",
            action="extend",
            default=[],
            metavar="PARAM=VALUE",
            help="an option of the experiment or a parameter of its model; units are read (mg=250uM), lists take commas",
        )
        one.add_argument("--format", default="png", metavar="png,svg,pdf", help="figure formats")
        one.add_argument(
            "--style", default="slide", metavar="slide|screen|paper", help="size of the figure and its text"
        )
        one.add_argument(
            "--engine", default="auto", metavar="auto|cpp|numpy", help="compiled (cpp) or without a compiler (numpy)"
        )
        one.add_argument("--seed", default="1", metavar="N", help="first noise seed")
        one.add_argument("--quick", action="store_true", help="the same protocol, fewer conditions")
        one.add_argument("--quiet", action="store_true", help="no progress and no findings on the terminal")

    diet = commands.add_parser(
        "diet",
        help="what a day's food does to plasma, cord and nerve",
        allow_abbrev=False,
        description="From a day's food to calcium and magnesium of plasma and cord, and to what a nerve would notice. "
        "A teaching model, not advice.",
        epilog=f"example: {_DIET_EXAMPLE}",
    )
    diet.add_argument(
        "--food",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=GRAMS",
        help="foods and grams, everything eaten in a day; other units are read (milk=1.5kg); dark-chocolate=20",
    )
    diet.add_argument("--file", metavar="CSV", help="the same as a table with the columns food,grams")
    diet.add_argument("--ca", metavar="MG", help="a day's calcium instead of foods, mg; units are read (1g, 20mmol)")
    diet.add_argument("--mg", metavar="MG", help="a day's magnesium instead of foods")
    diet.add_argument("--foods", action="store_true", help="list the foods that are known")
    diet.add_argument(
        "--nerve",
        action="store_true",
        help="stimulate motor axon and motoneuron too: 5 to 10 seconds, a minute more the first time, and 5 minutes "
        "without a C++ compiler",
    )
    diet.add_argument("--json", action="store_true", help="one JSON object; with --nerve where there is a compiler")

    classroom = commands.add_parser(
        "classroom",
        help="a page of lessons that simulates by itself, without network",
        allow_abbrev=False,
        description="Write the classroom's page, one HTML file that simulates in the browser, and open it.",
        epilog=f"example: {PROGRAM} classroom --lesson my_lesson.toml --handout",
    )
    classroom.add_argument("--out", metavar="FILE.html", help=f"where to write it ({_CLASSROOM} in this folder)")
    classroom.add_argument(
        "--lesson", metavar="NAME|FILE", help="begin with a lesson: one of the package's, or a TOML file of your own"
    )
    classroom.add_argument("--language", default="en", metavar="LANG", help="of the page's words (en)")
    classroom.add_argument(
        "--handout", action="store_true", help="write NAME.pdf beside it too: the lesson, or every lesson, on two pages"
    )
    classroom.add_argument("--no-browser", action="store_true", help="do not open it")

    show = commands.add_parser(
        "show", help="a model's equations, parameters and rest; an experiment's options", allow_abbrev=False
    )
    show.add_argument("name", metavar="NAME", help="model or experiment, or a file that defines one")

    cite = commands.add_parser("cite", help="references used", allow_abbrev=False)
    cite.add_argument("name", metavar="NAME", help="model or experiment, a file that defines one, diet or classroom")
    cite.add_argument("--bibtex", action="store_true", help="as BibTeX")

    commands.add_parser("doctor", help="what is installed, which engine will be used and why", allow_abbrev=False)
    cache = commands.add_parser("cache", help="builds that are kept, and their size", allow_abbrev=False)
    cache.add_argument("--clear", action="store_true", help="delete them")
    return parser, commands.choices


def main(arguments: Sequence[str] | None = None, said: str | None = None) -> int:
    """Entry of the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process if left out.
    said : str, optional
        How it was called, for the record.

    Returns
    -------
    int
        Exit code.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    said = said or shlex.join([PROGRAM, *words])
    try:
        return _dispatch(words, said)
    except InputError as problem:
        print(f"{PROGRAM}: {_line(problem)}", file=sys.stderr)
        return 2
    except (NumericalError, EngineError) as problem:
        print(f"{PROGRAM}: {_line(problem)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as stop:
        print("; ".join([f"{PROGRAM}: stopped", str(stop) or "nothing was written"]), file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of a pipe has gone (| head)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def run_as_script(experiment: study.Experiment) -> NoReturn:
    """Run an experiment's file as a script, with the options of ``excitability run``, and exit.

    Parameters
    ----------
    experiment : Experiment
        The one that the file defines.
    """
    file = sys.argv[0]
    sys.exit(
        main(
            ["run", file if Path(file).is_file() else experiment.name, *sys.argv[1:]], shlex.join(["python", *sys.argv])
        )
    )


def _line(problem: BaseException) -> str:
    return " ".join(str(problem).split())


def _dispatch(words: list[str], said: str) -> int:
    parser, commands = _parser()
    first = next((w for w in words if not w.startswith("-")), None)
    if first is not None and first not in commands:
        raise unknown("command", first, commands)
    given, left = parser.parse_known_args(words)
    if left:
        commands.get(given.command, parser).refuse(left[0])
    if given.command is None:
        parser.print_help()
        return 0
    actions: dict[str, Callable[[argparse.Namespace, str], int]] = {
        "list": _list,
        "run": _run,
        "diet": _diet,
        "classroom": _classroom,
        "benchmark": _run,
        "show": _show,
        "cite": _cite,
        "doctor": _doctor,
        "cache": _cache,
    }
    return actions[given.command](given, said)


# ------------------------------------------------------------------------------------------------------ list and run


def _list(given: argparse.Namespace, said: str) -> int:
    for heading, entries in (("experiments", study.list_experiments()), ("models", model.list_models())):
        print(heading)
        width = max(len(name) for name in entries)
        for name, title in entries.items():
            print(f"  {name:<{width}}  {title}")
    print(f"\n{PROGRAM} run NAME runs an experiment, {PROGRAM} show NAME shows what is in it.")
    return 0


def _changes(assignments: Sequence[str]) -> dict[str, str]:
    changes: dict[str, str] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise InputError(f"--set {assignment}: expected PARAM=VALUE, such as mg=0.25")
        key = name.strip().replace("-", "_")
        if key in changes:
            raise InputError(f"--set {key} is given twice")
        changes[key] = value.strip()
    return changes


def _seed(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise InputError(f"seed = '{text}' is not a number (expected a whole number)") from None
    if not 0 <= number < 2**63:
        raise InputError(f"seed = {text} is impossible: it must be a whole number from 0 to 2**63 - 1")
    return number


def _run(given: argparse.Namespace, said: str) -> int:
    if given.name is None and given.set and "=" not in given.set[-1]:
        given.name = given.set.pop()  # run --set mg=0.25 low_magnesium
    if given.name is None:
        raise InputError(f"which experiment? {PROGRAM} list shows them")
    formats = [kind.strip() for kind in given.format.split(",")]
    study.check_formats(formats)
    from excitability import figures

    if given.style not in figures.STYLES:
        raise unknown("figure style", given.style, figures.STYLES)
    seed, changes = _seed(given.seed), _changes(given.set)
    engine.choose(given.engine)
    experiment = study.load_experiment(given.name)
    experiment.check(changes, given.quick)
    with (
        export.writable_folder(given.out or Path("results") / experiment.name) as folder,
        _progress(given.quiet, given.engine) as (announce, progress),
    ):
        report = experiment.run(
            changes,
            seed=seed,
            engine=given.engine,
            quick=given.quick,
            announce=announce,
            progress=progress,
            command=said,
        )
        paths = report.save(folder, formats, given.style)
    if not given.quiet:
        _tell(report, paths)
    return 0


@contextlib.contextmanager
def _progress(quiet: bool, asked: str) -> Iterator[tuple[Callable[[str], None] | None, Callable[[float], None] | None]]:
    """A bar on a terminal; nothing in a pipe."""
    if quiet or not sys.stderr.isatty():
        yield None, None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("preparing", total=None)

        def announce(text: str) -> None:
            bar.update(task, description=text, total=None)

        def progress(fraction: float) -> None:
            bar.update(
                task, description=f"simulating (engine {engine.choose(asked)[0]})", total=1.0, completed=fraction
            )

        yield announce, progress


def _wrap(text: str, first: str, later: str) -> str:
    width = min(shutil.get_terminal_size((100, 24)).columns, 110)
    return textwrap.fill(text, width, initial_indent=first, subsequent_indent=later, break_long_words=False)


def _tell(report: study.Report, paths: Sequence[Path]) -> None:
    made = report.provenance
    print(_wrap(f"{report.experiment.title if report.experiment else ''}", "", ""))
    for finding in report.findings:
        if finding.holds is None:
            continue
        mark = "  " if finding.holds else "✗ " if _unicode() else "! "
        print(
            _wrap(
                finding.text + ("" if finding.holds else f" Expected: {finding.expected}. Does not hold."), mark, "  "
            )
        )
    left_out = sum(finding.holds is None for finding in report.findings)
    if left_out:
        print(f"  ({left_out} findings had nothing to judge in this run)")
    for remark in made["remarks"]:
        print(_wrap(f"Note: {remark}.", "", "  "))
    if report.limits:
        print(_wrap("Limits: " + " ".join(report.limits), "", "  "))
    print(_wrap(f"Engine {made['engine']} ({made['engine_reason']}), {made['wall_s']:.1f} s.", "", "  "))
    for path in paths:
        print(f"  {path}")


def _unicode() -> bool:
    return (sys.stdout.encoding or "").lower().startswith("utf")


# ----------------------------------------------------------------------------------------------------- show and cite


def _find(name: str) -> tuple[str, Any]:
    """A model or an experiment, by name or path."""
    text = str(name)
    if text.endswith(".py") or "/" in text or "\\" in text:
        try:
            return "model", model.load_model(text)
        except InputError as not_model:
            if "objects of type" not in str(not_model):
                raise
        try:
            return "experiment", study.load_experiment(text)
        except InputError as not_experiment:
            if "0 objects of type" in str(not_experiment):
                raise InputError(f"{text} defines neither a Model nor an Experiment") from None
            raise
    key = text.replace("-", "_")
    models, experiments = model.names("models"), model.names("experiments")
    if key in models:
        return "model", model.load_model(key)
    if key in experiments:
        return "experiment", study.load_experiment(key)
    raise unknown("model or experiment", text, [*models, *experiments])


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for k, column in enumerate(columns):
        justify: Literal["left", "right"] = "right" if k in numbers else "left"
        table.add_column(column, overflow="fold", no_wrap=k < len(columns) - 1, justify=justify)
    for row in rows:
        table.add_row(*(Text(item) for item in row))
    width = shutil.get_terminal_size((120, 24)).columns if sys.stdout.isatty() else 160
    # a terminal too narrow may break lines, but no figure may lose its last digits
    needed = [max(len(line[k]) for line in (columns, *rows)) + 2 for k in range(len(columns) - 1)]
    width = max(width, sum(needed) + max(12, len(columns[-1])))
    console = Console(width=width, highlight=False)
    with console.capture() as text:  # rich would end the program when a pipe closes
        console.print(table)
    print("\n".join(line.rstrip() for line in text.get().splitlines()))


def _show(given: argparse.Namespace, said: str) -> int:
    kind, found = _find(given.name)
    if kind == "experiment":
        _show_experiment(found)
    else:
        _show_model(found)
    return 0


def _show_experiment(experiment: study.Experiment) -> None:
    print(f"{experiment.name}: {experiment.title}\n\n{experiment.question}\n")
    rows = []
    for name, option in experiment.options.items():
        if option.choices:
            rows.append((name, option.default, "", "a word", f"{option.help}: {', '.join(option.choices)}"))
            continue
        default = ", ".join(f"{v:g}" for v in option.default) if option.many else f"{option.default:g}"
        unit = "" if option.unit == "1" else option.unit
        rows.append((name, default, unit, f"{option.low:g} to {option.high:g}", option.help))
    _table(("option", "default", "unit", "accepted", "what it is"), rows)
    print(f"\nmodels: {', '.join(experiment.models)}; their parameters can be set too ({PROGRAM} show MODEL)")
    print(f"example: {PROGRAM} run {experiment.name} --set {rows[0][0]}={rows[0][1].split(',')[0]}")


def _folded(equations: str) -> str:
    """Equations with paragraphs that differ in numbers only, three or more in a row, shown once."""
    shown: list[str] = []
    for _, same in itertools.groupby(re.split(r"\n\s*\n", equations.strip()), lambda text: re.sub(r"\d+", "0", text)):
        alike = list(same)
        shown.append(alike[0])
        if len(alike) > 2:
            first, last = (text.splitlines()[0].lstrip("# ") for text in (alike[1], alike[-1]))
            shown.append(f"# {first} to {last}: the same with other numbers")
        else:
            shown += alike[1:]
    return "\n\n".join(shown)


def _show_model(cell: model.Model) -> None:
    from excitability.simulation import resting_state

    state, kind = resting_state(cell)
    print(f"{cell.name}: {cell.title}\n\n{cell.description.strip()}\n")
    print("equations\n")
    print(textwrap.indent(_folded(cell.equations), "  "))
    print(f"\nevent: {cell.event.variable} rises through {cell.event.level:g} {cell.event.unit}")
    if cell.example is not None:
        unit = f", in {cell.stimulus_unit}" if cell.example.current() else ""
        print(f"it responds to: {cell.example.in_words()}{unit}")
    print(f"time step: {cell.dt:g} {cell.clock.step}\n")
    rows = [
        (name, f"{p.value:.6g}", p.unit, f"{p.range[0]:g} to {p.range[1]:g}", p.source, p.note)
        for name, p in cell.parameters.items()
    ]
    _table(("parameter", "value", "unit", "plausible range", "source", "note"), rows)
    print(f"\nresting state{' in normal ions' if cell.ions else ''}, computed ({kind})\n")
    _table(("state", "rest", "unit"), [(name, f"{value:.6g}", unit) for name, (value, unit) in state.items()])


def _cite(given: argparse.Namespace, said: str) -> int:
    from excitability import references

    if given.name == "diet":
        from excitability import diet

        entries = references.find(diet.SOURCES) | model.load_model("body").references
    elif given.name == "classroom":
        from excitability import lesson

        entries = references.find(key for one in lesson.every() for key in one.sources)
    else:
        entries = dict(_find(given.name)[1].references)
    entries |= references.find(["Stimberg2019", "Chen2020"])
    for key, reference in entries.items():
        print(reference.bibtex(key) + "\n" if given.bibtex else _wrap(f"{key}: {reference.text()}", "", "    "))
    return 0


# -------------------------------------------------------------------------------------------------------------- diet


def _diet(given: argparse.Namespace, said: str) -> int:
    from excitability import diet

    if given.foods:
        _table(
            ("food", "group", "Ca mg/100 g", "Mg mg/100 g", "portion g", "portion"),
            [(f.name, f.group, f"{f.calcium:g}", f"{f.magnesium:g}", _weight(f), f.portion) for f in diet.foods()],
            numbers=(2, 3, 4),
        )
        return 0
    if not (given.food or given.file or given.ca or given.mg):
        raise InputError(f"what is eaten in a day? {_DIET_EXAMPLE} ({PROGRAM} diet --foods lists the foods)")
    if (given.food or given.file) and (given.ca or given.mg):
        raise InputError("--ca and --mg are amounts instead of foods: give either them, or --food and --file")
    if given.ca or given.mg:
        day = diet.Diet.of_amounts(given.ca, given.mg)
    else:
        day = diet.Diet.of_foods([*_foods(given.food), *(diet.read_csv(given.file) if given.file else [])])
    nerve = given.nerve or (given.json and engine.choose("auto")[0] == "cpp")
    with _progress(not nerve, "auto") as (announce, progress):
        answer = day.answer(nerve=nerve, announce=announce, progress=progress)
    if given.json:
        print(json.dumps(answer.json(), indent=2, allow_nan=False))
    else:
        _tell_diet(answer)
    return 0


def _weight(food: "Food") -> str:
    return "" if food.portion_g is None else f"{food.portion_g:.4g}"


def _foods(words: Sequence[str]) -> list[tuple[str, str]]:
    pairs = []
    for word in words:
        name, equals, grams = word.partition("=")
        if not equals or not name.strip() or not grams.strip():
            raise InputError(f"--food {word}: expected NAME=GRAMS, such as almonds=30 or dark-chocolate=20")
        pairs.append((name, grams))
    return pairs


def _amount(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if abs(value) >= 9.95 else f"{value:.2g}" if abs(value) >= 0.005 else "0"


def _tell_diet(answer: "Answer") -> None:
    from excitability import diet

    if answer.diet.eaten:
        _tell_foods(answer.diet)
    print("what becomes of it, in a day\n")
    _table(("", "calcium", "magnesium"), _of_body(answer))
    n = answer.numbers
    if n["pth_ratio"] is not None and n["calcitriol_ratio"] is not None:
        print(f"\nparathyroid hormone {n['pth_ratio']:.2f} and calcitriol {n['calcitriol_ratio']:.2f} of normal")
    if n["ratio"] is not None:
        low, high, source = diet.RATIO_RANGE
        print(
            _wrap(
                f"calcium to magnesium {n['ratio']:.2g} by weight ({low} to {high} has been proposed, since diseases were "
                f"associated with other ratios: an association in populations, no threshold of the body [{source}])",
                "",
                "  ",
            )
        )
    print("\nwhat a nerve would notice\n")
    for sentence in answer.notice():
        print(_wrap(sentence, "  ", "  "))
    print("\nbeside reference intakes of healthy adults\n")
    rows = []
    for one, eaten in answer.compared():
        verdict = "not known from amounts"
        if eaten is not None:
            above = "above it" if eaten > one.mg else "within"
            verdict = f"{100 * eaten / one.mg:.0f} %" if one.kind == diet.ADVISED else above
        rows.append((NAMES[one.ion], one.kind, one.who, f"{one.mg:.0f}", verdict, one.source))
    _table(("", "", "who", "mg a day", "eaten", "source"), rows, numbers=(3,))
    _tell_suggestions(answer)
    print()
    for note in answer.notes:
        print(_wrap(note, "", "  "))
    print(f"{PROGRAM} cite diet gives the sources.")


def _tell_foods(day: "Diet") -> None:
    print("eaten in a day\n")
    rows = [
        (
            food.name,
            f"{grams:.4g}",
            *(_amount(mg) for mg in food.holds(grams)),
            f"{food.source} {food.source_id}: {food.description}",
        )
        for food, grams in day.eaten
    ]
    total = ("all", f"{sum(grams for _, grams in day.eaten):.4g}", _amount(day.ca), _amount(day.mg), "")
    _table(("food", "g", "Ca mg", "Mg mg", "source"), [*rows, total], numbers=(1, 2, 3))
    print()


def _of_body(answer: "Answer") -> list[tuple[str, str, str]]:
    """What the body makes of a diet, a row each, calcium beside magnesium."""
    n = answer.numbers

    def both(what: str, say: Callable[[str], str]) -> tuple[str, str, str]:
        return (what, say("ca"), say("mg"))

    def mmol(column: str, sign: str = "") -> Callable[[str], str]:
        def say(ion: str) -> str:
            value = n[f"{ion}_{column}"]
            return "" if value is None else f"{round(value, 2) + 0.0:{sign}.2f} mmol"  # no -0.00

        return say

    def concentration(column: str) -> Callable[[str], str]:
        def say(ion: str) -> str:
            value = n[f"{ion}_{column}"]
            return "" if value is None else f"{value:.3f} mM"

        return say

    def absorbed(ion: str) -> str:
        share = n[f"{ion}_absorbed_share"]
        return "" if share is None else f"{_amount(n[f'{ion}_absorbed_mg_per_day'])} mg, {100 * share:.0f} %"

    def ionised(ion: str) -> str:
        value = n[f"{ion}_mM"]
        return "" if value is None else f"{value:.3f} mM, {judge(ion, value)}"

    def normal(ion: str) -> str:
        return "{:g} to {:g} mM".format(*REFERENCE_RANGES[ion][:2])

    rows = [both("eaten", lambda ion: f"{_amount(n[f'{ion}_mg_per_day'])} mg, {mmol('mmol_per_day')(ion)}")]
    if n["ca_mM"] is None:
        return rows
    return [
        *rows,
        both("absorbed", absorbed),
        both("net of gut and skin losses", mmol("net_mmol_per_day")),
        both("in the urine", mmol("urine_mmol_per_day")),
        both("to bone (+) or from it (-)", mmol("balance_mmol_per_day", "+")),
        both("plasma, total", concentration("total_mM")),
        both("plasma, ionised", ionised),
        both("  in healthy people", normal),
        both("cord, ionised", concentration("cord_mM")),
    ]


def _tell_suggestions(answer: "Answer") -> None:
    from excitability import diet

    goal = diet.GOAL
    print(f"\nmagnesium, against {goal.mg:.0f} mg a day ({goal.who}, [{goal.source}])\n")
    if not answer.suggestions:
        print("  reached: nothing is needed")
        return
    print(_wrap("One portion more of any of these (needed: how many portions would reach it):", "  ", "  "))
    print()
    _table(
        ("food", "g", "Ca mg", "Mg mg", "Mg then", "needed", "portion"),
        [
            (
                one.food.name,
                f"{one.food.portion_g:.3g}",
                f"{one.ca:.0f}",
                f"{one.mg:.0f}",
                f"{one.total_mg:.0f}",
                f"{one.portions}",
                one.food.portion,
            )
            for one in answer.suggestions
        ],
        numbers=(1, 2, 3, 4, 5),
    )


# --------------------------------------------------------------------------------------------------------- classroom


def _classroom(given: argparse.Namespace, said: str) -> int:
    from excitability import classroom, lesson

    target = _page_file(given.out)
    if given.language not in lesson.languages():
        raise InputError(f"no language '{given.language}' (the page's words exist in: {', '.join(lesson.languages())})")
    lessons, chosen = lesson.every(given.language), ""
    if given.lesson is not None:
        first = lesson.load(given.lesson, given.language)
        chosen = first.name
        lessons = [first if one.name == chosen else one for one in lessons]
        lessons += [first] if first not in lessons else []
    with export.writable_folder(target.parent), _progress(False, "auto") as (announce, _):
        page = classroom.page(
            [one.as_page() for one in lessons], lesson=chosen, language=given.language, announce=announce
        )
        files = {target.name: page.encode()}
        if given.handout:
            from excitability import handout

            some = [one for one in lessons if chosen in ("", one.name)]
            files |= {f"{name}.pdf": content for name, content in handout.handouts(some, announce).items()}
        paths = export.write_all(target.parent, files)
    for path in paths:
        print(
            f"{path}  {path.stat().st_size / 1e6:.1f} MB"
            if path.suffix != ".pdf"
            else f"{path}  for printing, two pages"
        )
    address = target.resolve().as_uri()
    opened = not given.no_browser and _has_display() and webbrowser.open(address)
    how = "It is open in your browser now" if opened else f"Open it in a browser: double-click it, or go to {address}"
    print(_wrap(f"{how}. It needs no network and no installation, so the file can be handed out as it is.", "", ""))
    return 0


def _page_file(out: str | None) -> Path:
    """Where the page is to be written; what cannot be is refused before anything is made."""
    if out is None:
        return Path(_CLASSROOM)
    path = Path(out).expanduser()
    if path.is_dir():
        raise InputError(f"--out {out} is a folder; name a file in it: {path / _CLASSROOM}")
    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"--out {out}: the page is an HTML file (did you mean '{path.name}.html'?)")
    if not path.parent.is_dir():
        raise InputError(f"--out {out}: there is no folder {path.parent}; make it first")
    return path


def _has_display() -> bool:
    """Whether somebody sits before a screen."""
    screen = sys.platform in ("win32", "darwin") or any(os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY"))
    return sys.stdout.isatty() and bool(screen)


# ------------------------------------------------------------------------------------------------- doctor and cache


def _doctor(given: argparse.Namespace, said: str) -> int:
    chosen, why = engine.choose("auto")
    compiler = machine.compiler()
    folder = machine.cache_folder()
    print(f"{PROGRAM:<12} {excitability.__version__} in {Path(excitability.__file__).parent}")
    print(f"{'Python':<12} {platform.python_version()}, {platform.platform()}, {machine.cores()} cores")
    for package in ("brian2", "numpy", "sympy", "matplotlib", "pint"):
        print(f"{package:<12} {machine.version(package)}")
    if compiler:
        fast = "-D__FAST_MATH__=1" in compiler.flags
        print(f"{'compiler':<12} {compiler.version} ({compiler.path})")
        print(
            f"{'flags':<12} {' '.join(compiler.flags)}" + ("" if fast else "  (without vectorised mathematics: slower)")
        )
    else:
        tried = f"CXX = {os.environ['CXX']}" if os.environ.get("CXX") else "g++, clang++, c++; CXX may name another"
        print(f"{'compiler':<12} none that works ({tried})")
    print(f"{'builds':<12} {len(engine.builds())} kept in {folder} ({_writable(folder)})")
    print(f"{'engine':<12} {chosen}: {why}")
    return 0


def _writable(folder: Path) -> str:
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if existing.is_dir() and os.access(existing, os.W_OK):
        return "writable"
    return "not writable: what is not in it is built again by every run; EXCITABILITY_CACHE may name another"


def _cache(given: argparse.Namespace, said: str) -> int:
    folder = machine.cache_folder()
    builds = engine.builds()
    size = sum(megabytes for _, _, megabytes in builds)
    if given.clear:
        engine.clear()
        print(f"{len(builds)} builds removed from {folder} ({size:.1f} MB)")
        return 0
    for name, what, megabytes in builds:
        print(f"{name[:12]:<12}  {megabytes:6.1f} MB  {what}")
    print(f"{len(builds)} builds, {size:.1f} MB in {folder} ({_writable(folder)})")
    left = sorted(machine.unfinished_folder().glob("*"))
    for study_folder in left:
        parts = [file.stat().st_size for file in study_folder.glob("*.npz")]
        print(
            f"{study_folder.name.rpartition('-')[0]}: interrupted, {len(parts)} parts done ({sum(parts) / 1e6:.1f} MB); "
            "the same command goes on from there"
        )
    if builds or left:
        print(_wrap(f"{PROGRAM} cache --clear deletes them; what a run needs is built again.", "", ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
