"""Turns equations into something that runs; the only module that touches Brian2's device and preferences.

It runs as a process of its own (``python -m excitability.build SPECIFICATION.json FOLDER``), because Brian2's device is
global and a user may have Brian2 open too. Into FOLDER it writes the generated numpy functions and, where a compiler is
asked for, a C++ program: Brian2's standalone project with the duration and every parameter turned into arguments, and
with noise, volleys and ions read as samples once a tick.
"""

import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from excitability.errors import CompilerError, EngineError, InputError, unknown

DURATION = "EXCITABILITY_DURATION_S"
INPUTS = "EXCITABILITY_INPUTS"
INPUTS_FAILED = 3  # exit code of the built program when its inputs cannot be read

_READ_INPUTS = """
#include <cstdio>
#include <cstdlib>
#include <vector>
// One row of samples per tick: channels x cells doubles, after a header of three (ticks, channels, cells).
static double _input_sample(const int channel, const int tick, const int cell)
{
    static std::vector<double> values;
    static long long shape[3] = {0, 0, 0};
    if (values.empty())
    {
        const char *path = std::getenv("%INPUTS%");
        FILE *file = path ? std::fopen(path, "rb") : NULL;
        bool good = file && std::fread(shape, sizeof(long long), 3, file) == 3;
        if (good)
        {
            values.resize(shape[0] * shape[1] * shape[2]);
            good = std::fread(values.data(), sizeof(double), values.size(), file) == values.size();
        }
        if (file) std::fclose(file);
        if (!good) { std::fprintf(stderr, "the input samples could not be read\\n"); std::exit(%FAILED%); }
    }
    if (tick >= shape[0] || channel >= shape[1] || cell >= shape[2])
    {
        std::fprintf(stderr, "the input samples do not cover this run\\n"); std::exit(%FAILED%);
    }
    return values[(tick * shape[1] + channel) * shape[2] + cell];
}
""".replace("%INPUTS%", INPUTS).replace("%FAILED%", str(INPUTS_FAILED))


# Progress goes to standard output, a line at every fiftieth of the run.
_SHOW_PROGRESS = """
#include <cstdio>
#include <cstdlib>
static double _show_progress(const double time)
{
    static double next = 0.0;
    static const double duration = std::atof(std::getenv("%DURATION%"));
    if (time >= next) { std::printf("progress %.4f\\n", time/duration); std::fflush(stdout); next += duration/50; }
    return 0.0;
}
""".replace("%DURATION%", DURATION)

# Brian2's loop asks for the processor time at every step and only prints it; as a system call that took longer than the
# step itself.
_NO_CLOCK = '#include <ctime>\nextern "C" std::clock_t clock() noexcept { return 0; }\n'


_CHANCE = {"rand", "randn", "poisson", "binomial"}


def _equations(specification: dict[str, Any]) -> tuple[Any, Any, list[str]]:
    """Equations as written with declarations, the same with slow sub-expressions made variables, and those."""
    from brian2.core.functions import DEFAULT_FUNCTIONS
    from brian2.equations.equations import EquationError, Equations

    from excitability import integrator, translation

    assert integrator.NAME  # importing it is what makes its functions known

    per_cell = set(specification["per_cell"])
    declared = [
        f"{name} : {unit} (constant)" if name in per_cell else f"{name} : {unit} (shared, constant)"
        for name, unit in specification["parameters"].items()
    ]
    declared += [f"{name} : {unit}" for name, unit in specification["given"].items()]
    try:
        equations = Equations("\n".join([specification["equations"], specification["stimulus"], *declared]))
    except (EquationError, SyntaxError, ValueError) as problem:
        raise InputError(f"equations: {_one_line(problem)}") from problem

    from brian2.core.namespace import DEFAULT_UNITS

    known = set(equations.names) | set(DEFAULT_FUNCTIONS) | set(DEFAULT_UNITS) | {"t", "dt"}
    for name, expression in equations.eq_expressions:
        for word in sorted(expression.identifiers):
            if word in _CHANCE or word == "xi" or word.startswith("xi_"):
                raise InputError(
                    f"equation of {name}: {word} is noise without a seed; give the model a Noise, and its name here"
                )
            if word not in known:
                raise InputError(f"equation of {name}: {unknown('quantity', word, equations.names)}")
    if not equations.diff_eq_names:
        raise InputError("equations: there is no differential equation among them")

    slow = translation.slow_subexpressions(equations, set(specification["given"]) - set(specification["held"]))
    kept = [eq for eq in equations.values() if eq.varname not in slow]
    return equations, Equations([*kept, *(_variable(name, equations[name].dim) for name in slow)]), slow


def _variable(name: str, dimension: Any, *flags: str) -> Any:
    """Declaration of a variable that no equation defines."""
    from brian2.equations.equations import PARAMETER, SingleEquation

    return SingleEquation(PARAMETER, name, dimension, flags=flags)


def _unit(equation: Any) -> str:
    """A unit that Brian2's equations accept, from an equation's dimension."""
    names = ("metre", "kilogram", "second", "amp", "kelvin", "mole", "candela")
    powers = [f"{n}**{p}" for n, p in zip(names, equation.dim._dims, strict=True) if p]
    return "*".join(powers) or "1"


def _one_line(problem: BaseException) -> str:
    """The messages of a chain of exceptions, outermost first, on one line."""
    said: list[str] = []
    link: BaseException | None = problem
    while link is not None:
        text = " ".join(str(link).split())
        if text and not any(text in earlier for earlier in said):
            said.append(text)
        link = link.__cause__
    return " ".join(said)


def _tick_code(specification: dict[str, Any], equations: Any, slow: list[str]) -> str:
    """What happens once a tick, in Brian2's syntax."""
    units = {eq.varname: _unit(eq) for eq in equations.values()}
    channels = {name: k for k, name in enumerate(specification["inputs"])}
    tick = f"int(t/({specification['tick_s']!r}*second) + 0.5)"
    lines = ["shown = show_progress(t/second)"]
    lines += [
        f"{name} = input_sample({channels[name]}, {tick}, i)" + ("" if units[name] == "1" else f"*{units[name]}")
        for name in specification["held"]
        if name in channels
    ]
    lines += [f"{name} = {equations[name].expr.code}" for name in slow]
    if specification["noise"] and "noise" in channels:
        name, sd = specification["noise"]
        lines.append(f"{name} = {sd}*input_sample({channels['noise']}, {tick}, i)")
    if "volley" in channels:
        drawn = f"input_sample({channels['chance']}, {tick}, i)" if "chance" in channels else "-1.0"
        lines.append(f"chance = {drawn}")
        # all from the states before the volley
        lines += [
            f"by_volley_{state} = ({added})*input_sample({channels['volley']}, {tick}, i)"
            for state, added in specification["volley"].items()
        ]
        lines += [f"{state} += by_volley_{state}" for state in specification["volley"]]
        lines += [
            f"{name} = {size}*input_sample({channels['volley']}, {tick}, i)"
            for name, size in specification["pulse"].items()
        ]
    for state in specification["states"]:
        one = "" if units[state] == "1" else f"*{units[state]}"
        lines.append(f"finite_{state} += int(abs({state}) < 1.7e308{one})")
    return "\n".join(lines)


def _program(
    specification: dict[str, Any], folder: Path, equations: Any, slow: list[str], original: Any
) -> dict[str, Any]:
    """Write and compile Brian2's standalone project; returns the names of its files."""
    import brian2
    from brian2.devices.device import get_device
    from brian2.units.fundamentalunits import DIMENSIONLESS

    tick_code = _tick_code(specification, original, slow)
    variable, level = specification["event"]
    unit = _unit(original[variable])
    group_equations = brian2.Equations(
        [
            *equations.values(),
            *(_variable(f"finite_{state}", DIMENSIONLESS) for state in specification["states"]),
            _variable("event_last", original[variable].dim),
            _variable("shown", DIMENSIONLESS, "shared"),
        ]
    )

    sample = brian2.Function(
        lambda channel, tick, cell: 0.0,
        arg_units=[1, 1, 1],
        return_unit=1,
        arg_types=["integer"] * 3,
        return_type="float",
    )
    sample.implementations.add_implementation("cpp", _READ_INPUTS, name="_input_sample")
    show = brian2.Function(lambda time: 0.0, arg_units=[1], return_unit=1, stateless=False)
    show.implementations.add_implementation("cpp", _SHOW_PROGRESS, name="_show_progress")

    project = folder / "project"
    brian2.set_device("cpp_standalone", build_on_run=False)
    device = get_device()
    brian2.prefs.core.default_float_dtype = brian2.float64
    brian2.prefs.codegen.cpp.extra_compile_args = []  # not used; Brian2 would try each of its own on the compiler
    brian2.prefs.core.stop_on_keyboard_interrupt = False  # it would end with 0, and with results of half a run
    dt = specification["dt_s"] * brian2.second
    one = "" if unit == "1" else f"*{unit}"
    cells = brian2.NeuronGroup(
        specification["cells"],
        group_equations,
        method=specification["integrator"],
        dt=dt,
        threshold=f"event_last < {level!r}{one} and {variable} >= {level!r}{one}",
        namespace={"input_sample": sample, "show_progress": show},
        name="cells",
    )
    cells.run_regularly(
        tick_code, dt=specification["tick_s"] * brian2.second, when="start", order=-1, name="cells_tick"
    )
    cells.run_regularly(f"event_last = {variable}", dt=dt, when="end", name="cells_last")
    events = brian2.SpikeMonitor(cells, variables=[variable, "event_last"], name="events")
    objects = [cells, events]
    if specification["record"] and specification["traced"]:
        objects.append(
            brian2.StateMonitor(
                cells,
                specification["record"],
                record=list(range(specification["traced"])),
                dt=specification["record_s"] * brian2.second,
                when="start",
                name="traces",
            )
        )
    network = brian2.Network(*objects, name="network")
    network.run(1 * brian2.second, namespace={})

    # the duration becomes an argument
    queue = device.main_queue
    changed = 0
    for k, (action, argument) in enumerate(queue):
        if action == "run_network":
            net, lines = argument
            lines = [
                re.sub(r"(network\.run\()[^,]+,", rf'\1std::atof(std::getenv("{DURATION}")),', line) for line in lines
            ]
            changed += sum(DURATION in line for line in lines)
            queue[k] = (action, (net, lines))
    if changed != 1:
        raise EngineError("this version of Brian2 writes its main program in a way that is not understood here")
    device.build(directory=str(project), compile=False, run=False, debug=False, with_output=False)

    def file(owner: Any, name: str) -> str:
        return Path(device.get_array_filename(owner.variables[name])).name

    files = {
        "final": {state: file(cells, state) for state in specification["states"]},
        "finite": {state: file(cells, f"finite_{state}") for state in specification["states"]},
        "events": {
            "number": file(events, "N"),
            "cell": file(events, "i"),
            "time": file(events, "t"),
            "after": file(events, variable),
            "before": file(events, "event_last"),
        },
        "traces": {},
    }
    if len(objects) == 3:
        monitor = objects[2]
        files["traces"] = {
            "time": file(monitor, "t"),
            **{name: file(monitor, name) for name in specification["record"]},
        }
    _leave_out(project / "objects.cpp", {name for group in files.values() for name in group.values()})
    _compile(project, specification["compiler"], specification["flags"])
    return files


def _leave_out(objects: Path, read: set[str]) -> None:
    """Take the writing of files that nobody reads, most of them parameters, out of the program."""
    writing = re.compile(
        r" *ofstream outfile_\w+;\n.*?results_dir \+ \"(\w+)\".*?\n    } else\n.*?\n    }\n", re.DOTALL
    )
    text = objects.read_text(encoding="utf-8")
    text = writing.sub(lambda one: one[0] if one[1] in read else "", text)
    objects.write_text(text, encoding="utf-8")


def _hot(project: Path) -> str:
    """What runs at every step. Code objects have helpers of the same names, so each is put into a namespace of its own."""
    headers: dict[str, None] = {}
    lines = []
    for k, source in enumerate(sorted((project / "code_objects").glob("*.cpp"))):
        headers |= dict.fromkeys(re.findall(r"#include.*", source.read_text(encoding="utf-8")))
        functions = re.findall(r"void (\w+)\(\);", source.with_suffix(".h").read_text(encoding="utf-8"))
        lines += [f"namespace unit_{k} {{", f'#include "code_objects/{source.name}"', "}"]
        lines += [f"void {name}() {{ unit_{k}::{name}(); }}" for name in functions]
    return "\n".join([*headers, *lines, '#include "network.cpp"', _NO_CLOCK])


def _compile(project: Path, compiler: str, flags: list[str]) -> None:
    """Compile and link the project. Brian2's makefile would first scan all headers, and needs make.

    For every file the compiler reads the library's headers, which takes it longer than the file itself. So there are but
    two: what runs at every step, and what runs once and is not optimised.
    """
    once = [path.name for path in sorted(project.glob("*.cpp")) if path.name != "network.cpp"]
    (project / "cold.cpp").write_text("".join(f'#include "{name}"\n' for name in once), encoding="utf-8")
    (project / "hot.cpp").write_text(_hot(project), encoding="utf-8")

    def compile_one(part: str, *more: str) -> None:
        command = [compiler, "-c", "-w", *flags, *more, "-I.", f"{part}.cpp", "-o", f"{part}.o"]
        _call(command, project, f"on {part}.cpp")

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for part in [pool.submit(compile_one, "hot"), pool.submit(compile_one, "cold", "-O0", "-fno-exceptions")]:
            part.result()
    _call([compiler, "hot.o", "cold.o", "-o", "main", "-lm"], project, "to link")
    if not os.access(project / "main", os.X_OK):
        raise CompilerError(f"{compiler} left no program that can be run (is the disk mounted noexec?)")
    for path in project.iterdir():  # what is left is the program and what it reads
        if path.is_dir() and path.name not in ("static_arrays", "results"):
            shutil.rmtree(path)
        elif path.is_file() and path.name != "main":
            path.unlink()


def _call(command: list[str], project: Path, doing: str) -> None:
    """Run the compiler."""
    try:
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, errors="replace", check=False)
    except OSError as problem:
        raise CompilerError(f"the compiler {command[0]} failed {doing}: {problem.strerror}") from problem
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        said = next((line for line in lines if "error" in line), lines[0])
        raise CompilerError(f"the compiler {command[0]} failed {doing}: {said.strip()[:300]}")


def build(specification: dict[str, Any], folder: Path) -> None:
    """Make everything that the specification asks for in `folder`, or what is not yet in its manifest.

    Raises
    ------
    InputError
        Equations that are wrong: unknown names, units that do not match, noise that cannot be treated.
    CompilerError
        The compiler failed.
    """
    import brian2

    brian2.BrianLogger.log_level_error()  # standard error is for what went wrong
    brian2.prefs.reset_to_defaults()  # the user's own preferences shape the user's own simulations, not these
    original, equations, slow = _equations(specification)
    path = folder / "manifest.json"
    known = path.exists()  # of another build of the same equations
    manifest = json.loads(path.read_text(encoding="utf-8")) if known else _translated(specification, original, slow)
    if specification["compiler"]:
        states = manifest["program"]["states"]
        manifest["files"] = _program({**specification, "states": states}, folder, equations, slow, original)
        manifest["size"] = (folder / "project" / "main").stat().st_size
    path.write_text(json.dumps(manifest), encoding="utf-8")


def _translated(specification: dict[str, Any], original: Any, slow: list[str]) -> dict[str, Any]:
    """The manifest of a build without a compiled program."""
    import brian2
    from brian2.stateupdaters.base import UnsupportedEquationsException
    from brian2.units.fundamentalunits import DimensionMismatchError

    from excitability import translation

    try:
        group = brian2.NeuronGroup(1, original, method=specification["integrator"], name="check")
        original.check_units(group, run_namespace={})
        group.active = False
        program = translation.translate(
            original,
            slow,
            list(specification["given"]),
            specification["volley"],
            specification["integrator"],
            specification["readouts"],
            specification["language"],
        )
    except (DimensionMismatchError, UnsupportedEquationsException) as problem:
        raise InputError(f"equations: {_one_line(problem)}") from problem
    for variable in specification["states_named"]:
        if variable not in program["states"]:
            raise unknown("state variable", variable, program["states"])
    units = {state: _unit(original[state]) for state in program["states"]}
    return {"program": program, "units": units, "files": None, "size": 0}


def main(arguments: list[str]) -> int:
    """Entry of the build process: exit code 0, or 2 (input), 3 (compiler) and 1 with the sentence on standard error."""
    specification = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    sys.modules["pylab"] = None  # type: ignore[assignment]  # Brian2 would import all of matplotlib with it
    try:
        build(specification, Path(arguments[1]))
    except (InputError, EngineError) as problem:
        print(" ".join(str(problem).split()), file=sys.stderr)
        return 2 if isinstance(problem, InputError) else 3 if isinstance(problem, CompilerError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
