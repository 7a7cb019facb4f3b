"""From Brian2 equations to numpy code or JavaScript: the same equations, the same integrator, one step at a time.

Runs where Brian2 is imported (in the build process); what it writes runs without Brian2, in `excitability.loop` or in a page.
"""

import functools
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import sympy
from brian2.codegen.generators.numpy_generator import NumpyNodeRenderer
from brian2.core.namespace import DEFAULT_UNITS
from brian2.equations.equations import Equations
from brian2.parsing.sympytools import CustomSympyPrinter
from sympy.printing.jscode import JavascriptCodePrinter
from sympy.printing.precedence import PRECEDENCE

from excitability import integrator

CHANCE = "chance"  # in what a volley adds: a number from 0 to 1 drawn for it
_UNITS = {name: float(unit) for name, unit in DEFAULT_UNITS.items()}


class _Printer(CustomSympyPrinter):
    def _print_Pow(self, expr: sympy.Pow, rational: bool = False) -> str:
        """Small powers of a name as products: numpy's power is many times slower."""
        if expr.base.is_Symbol and expr.exp.is_Integer and 2 <= int(expr.exp) <= 4:
            return "(" + "*".join([str(expr.base)] * int(expr.exp)) + ")"
        return str(super()._print_Pow(expr, rational))


def _render(expression: sympy.Expr) -> str:
    return str(NumpyNodeRenderer().render_expr(_Printer().doprint(expression)))


class Writer:
    """Writes Python functions for a set of equations.

    Parameters
    ----------
    equations : Equations
    slow : list of str
        Sub-expressions that change only with ions and parameters.
    given : list of str
        What the engine sets once a tick.
    """

    def __init__(self, equations: Equations, slow: list[str], given: list[str]) -> None:
        self.equations = equations
        self.slow = slow
        self.ticked = [*given, *slow]
        self.subexpressions = {
            name: integrator.parsed(expression.code)
            for name, expression in equations.eq_expressions
            if name in equations.subexpr_names
        }
        self.states = [name for name, _ in equations.diff_eq_expressions]
        self.counter = 0
        self.stages: set[str] = set()  # names of an integrator's intermediate results

    def _expand(self, code: str, keep: list[str]) -> sympy.Expr:
        """Write out sub-expressions, except those in `keep`, and turn unit names into SI numbers."""
        expression = integrator.parsed(code)
        while True:
            replace = {
                symbol: self.subexpressions[symbol.name]
                for symbol in expression.free_symbols
                if symbol.name in self.subexpressions and symbol.name not in keep
            }
            if not replace:
                break
            expression = expression.xreplace(replace)
        units = {s: sympy.Float(_UNITS[s.name]) for s in expression.free_symbols if s.name in _UNITS}
        return expression.xreplace(units)

    def _new(self) -> sympy.Symbol:
        self.counter += 1
        return sympy.Symbol(f"_{self.counter}", real=True)

    def _hoist(self, expression: sympy.Expr, found: dict[sympy.Expr, sympy.Symbol]) -> sympy.Expr:
        """Replace what depends on parameters alone by names, to be computed once and not at every step."""
        moving = {*self.states, *self.ticked, *self.stages, "t", CHANCE}

        @functools.cache
        def constant(e: sympy.Expr) -> bool:
            return not {s.name for s in e.free_symbols} & moving

        def named(e: sympy.Expr) -> sympy.Expr:
            if e.is_Atom:
                return e
            if e not in found:
                found[e] = self._new()
            return found[e]

        if expression.is_Atom:
            return expression
        if constant(expression):
            return named(expression)
        if isinstance(expression, (sympy.Add, sympy.Mul)):
            fixed = [arg for arg in expression.args if constant(arg)]
            loose = [self._hoist(arg, found) for arg in expression.args if not constant(arg)]
            whole = [named(expression.func(*fixed))] if fixed else []
            return expression.func(*whole, *loose)
        return expression.func(*(self._hoist(arg, found) for arg in expression.args))

    def _common(
        self, assignments: list[tuple[str, sympy.Expr]]
    ) -> tuple[list[tuple[sympy.Symbol, sympy.Expr]], list[sympy.Expr]]:
        """What several assignments have in common, under new names, and what is left of each."""
        fresh = sympy.utilities.iterables.numbered_symbols("_", start=self.counter + 1, real=True)
        shared, results = sympy.cse([e for _, e in assignments], symbols=fresh, order="none", list=True)
        self.counter += len(shared)
        return shared, results

    def _block(self, assignments: list[tuple[str, sympy.Expr]]) -> list[str]:
        """Assignments that do not depend on each other, with what they share computed once."""
        shared, results = self._common(assignments)
        lines = [f"{symbol} = {_render(expression)}" for symbol, expression in shared]
        if len(assignments) == 1:
            return [*lines, f"{assignments[0][0]} = {_render(results[0])}"]
        lines += [f"{name}_new = {_render(e)}" for (name, _), e in zip(assignments, results, strict=True)]
        return [*lines, *(f"{name} = {name}_new" for name, _ in assignments)]

    def _volley(self, volley: Mapping[str, str]) -> list[list[tuple[str, sympy.Expr]]]:
        """What a volley adds, all from the states before it."""
        now = {name: sympy.Symbol(name, real=True) for name in volley}
        return [[(name, now[name] + self._expand(code, self.slow)) for name, code in volley.items()]]

    def _needed(
        self, blocks: list[list[tuple[str, sympy.Expr]]], found: dict[sympy.Expr, sympy.Symbol]
    ) -> tuple[list[list[tuple[str, sympy.Expr]]], list[str], set[str], list[str]]:
        """Blocks without what goes to `found`; the parameters in them, all names in them, and those that they write."""
        hoisted = [[(n, self._hoist(e, found)) for n, e in block] for block in blocks]
        names = {s.name for block in blocks for _, e in block for s in e.free_symbols}
        written = list(dict.fromkeys(n for block in blocks for n, _ in block))
        parameters = sorted(names - {*self.states, *self.ticked, *written, "t", "dt", CHANCE})
        return hoisted, parameters, names, written

    def _make(self, name: str, arguments: str, blocks: list[list[tuple[str, sympy.Expr]]], result: list[str]) -> str:
        """A function that returns a function: parameters are unpacked and combined once, the rest at every call."""
        found: dict[sympy.Expr, sympy.Symbol] = {}
        hoisted, parameters, _, _ = self._needed(blocks, found)
        body = [f"{', '.join(self.ticked)}, = _s"] if self.ticked else []
        body += [f"{', '.join(self.states)}, = _y"] if "_y" in arguments else []
        for block in hoisted:
            body += self._block(block)
        return "\n".join(
            [
                f"def make_{name}(_p, dt=0.0):",
                *(f"    {p} = _p['{p}']" for p in parameters),
                *(f"    {symbol} = {_render(e)}" for e, symbol in found.items()),
                f"    def {name}({arguments}):",
                *(f"        {line}" for line in body),
                f"        return [{', '.join(result)}]",
                f"    return {name}\n",
            ]
        )

    def _statements(self, method: str) -> list[tuple[str, str]]:
        """What an integrator does in one step."""
        if method == integrator.RUNGE_KUTTA:
            return integrator.runge_kutta(self.equations)
        return integrator.statements(self.equations)

    def counters(self) -> list[str]:
        """States that no rate depends on."""
        used: set[str] = set()
        expressions = [integrator.parsed(e.code) for _, e in self.equations.diff_eq_expressions]
        while expressions:
            names = {symbol.name for symbol in expressions.pop().free_symbols} - used
            used |= names
            expressions += [self.subexpressions[name] for name in names if name in self.subexpressions]
        return [state for state in self.states if state not in used]

    def write(self, volley: Mapping[str, str], method: str, readouts: Sequence[str]) -> str:
        """Source of make_slow, make_derivatives, make_step, make_volley and make_readouts."""
        slow = [[(name, self._expand(name, self.slow[:k]))] for k, name in enumerate(self.slow)]
        codes = [(n, e.split_stochastic()[0].code) for n, e in self.equations.diff_eq_expressions]
        rates = [(n, self._expand(code, self.slow)) for n, code in codes]
        blocks: list[list[tuple[str, sympy.Expr]]] = [[]]
        statements = self._statements(method)
        self.stages = {name for name, _ in statements} - set(self.states)
        for name, code in statements:
            expression = self._expand(code, self.slow)
            written = {n for n, _ in blocks[-1]}
            if name in written or written & {s.name for s in expression.free_symbols}:
                blocks.append([])
            blocks[-1].append((name, expression))
        read_out = [[(name, self._expand(name, self.slow)) for name in readouts]] if readouts else []
        return "\n".join(
            [
                self._make("slow", "_s", slow, self.slow),
                self._make("derivatives", "_y, t, _s", [rates], self.states),
                self._make("step", "_y, t, _s", blocks, self.states),
                self._make("volley", f"_y, _s, {CHANCE}", self._volley(volley), self.states),
                self._make("readouts", "_y, t, _s", read_out, list(readouts)),
            ]
        )


# What generated code may call: JavaScript's own, or functions of page/engine.js.
_JAVASCRIPT = {
    **{name: f"Math.{name}" for name in ("exp", "expm1", "log", "log10", "log1p", "sqrt", "sin", "cos", "tan")},
    **{name: f"Math.{name}" for name in ("sinh", "cosh", "tanh", "floor", "abs", "sign")},
    **{name: name for name in ("d_phi_1", "binomial_quantile")},
    **{"ceiling": "Math.ceil", "Abs": "Math.abs", "int": "Math.trunc", "int_": "Math.trunc"},
    **{"arcsin": "Math.asin", "arccos": "Math.acos", "arctan": "Math.atan"},
}


class _JavaScriptPrinter(JavascriptCodePrinter):
    """Prints expressions; what they need computed first is in `first`, as statements.

    A call of a function of ours in the midst of a long expression would box its result, which costs as much as the
    exponential in it, so those that equations use at every step are written out.
    """

    def __init__(self) -> None:
        super().__init__({"order": "none"})
        self.first: list[str] = []
        self.names = itertools.count(1)

    def _named(self, text: str) -> str:
        name = f"_u_{next(self.names)}"
        self.first.append(f"const {name} = {text};")
        return name

    def _print_Function(self, expr: sympy.Function) -> str:
        name, *arguments = expr.func.__name__, *(self._print(argument) for argument in expr.args)
        if name == "clip":
            return f"Math.min(Math.max({arguments[0]}, {arguments[1]}), {arguments[2]})"
        if name not in ("bernoulli", "d_bernoulli", "phi_1", "exprel"):
            return f"{_JAVASCRIPT[name]}({', '.join(arguments)})"
        u = self._named(arguments[0])
        v = self._named(f"{u}*{u}")
        # near 0 a Pade approximant of expm1(u)/u, which is right to 2e-13
        above, below = f"(120 + 2*{v})", f"(120 + 12*{v} - {u}*(60 + {v}))"
        if name in ("phi_1", "exprel"):
            return f"(Math.abs({u}) < 0.05 ? {above}/{below} : (Math.exp({u}) - 1)/{u})"
        b = f"(Math.abs({u}) < 0.05 ? {below}/{above} : {u}/(Math.exp({u}) - 1))"
        if name == "bernoulli":
            return b
        b = self._named(b)
        return f"(Math.abs({u}) < 1e-4 ? {u}/6 - 0.5 : {b}*(1 - {b} - {u})/{u})"

    _print_exp = _print_log = _print_Abs = _print_sign = _print_Function

    def _print_Pow(self, expr: sympy.Pow) -> str:
        """Small powers as products and powers of any size by logarithm, of bases that are not below 0: both are quicker."""
        if expr.exp.is_Integer and 2 <= int(expr.exp) <= 6:
            base = str(expr.base) if expr.base.is_Symbol else self._named(self._print(expr.base))
            return "(" + "*".join([base] * int(expr.exp)) + ")"
        if not expr.exp.is_number:
            logarithm = f"Math.log(Math.max({self._print(expr.base)}, 0))"
            return f"Math.exp({self.parenthesize(expr.exp, PRECEDENCE['Mul'])}*{logarithm})"
        return str(super()._print_Pow(expr))

    def _print_Float(self, expr: sympy.Float) -> str:
        return repr(float(expr))


_javascript = _JavaScriptPrinter()


def _javascript_lines(target: str, expression: sympy.Expr) -> list[str]:
    """Statements that end in giving the target the expression's value."""
    _javascript.first = []
    text = str(_javascript.doprint(expression))
    return [*_javascript.first, f"{target} = {text};"]


class JavaScriptWriter(Writer):
    """Writes the functions that `Writer` writes, in JavaScript.

    States and what changes once a tick are arrays, which the functions change in place: ``slow(s)``, ``step(y, t, s)``,
    ``volley(y, s, chance)``; ``derivatives(y, t, s, out)`` and ``read(y, t, s, out)`` leave their results in `out`.
    """

    def _block(self, assignments: list[tuple[str, sympy.Expr]]) -> list[str]:
        shared, results = self._common(assignments)
        lines = [line for symbol, e in shared for line in _javascript_lines(f"const {symbol}", e)]
        if len(assignments) == 1:
            return [*lines, *_javascript_lines(assignments[0][0], results[0])]
        self.counter += 1
        later = [f"_{name}_then_{self.counter}" for name, _ in assignments]
        lines += [x for new, e in zip(later, results, strict=True) for x in _javascript_lines(f"const {new}", e)]
        return [*lines, *(f"{name} = {new};" for (name, _), new in zip(assignments, later, strict=True))]

    def _make(self, name: str, arguments: str, blocks: list[list[tuple[str, sympy.Expr]]], result: list[str]) -> str:
        found: dict[sympy.Expr, sympy.Symbol] = {}
        hoisted, parameters, names, written = self._needed(blocks, found)
        used = names | set(result) | set(written)
        body = [f"let {n} = _y[{k}];" for k, n in enumerate(self.states) if n in used and "_y" in arguments]
        body += [f"{'let' if n in written else 'const'} {n} = _s[{k}];" for k, n in enumerate(self.ticked) if n in used]
        taken = {*(self.states if "_y" in arguments else ()), *self.ticked}
        body += [f"let {n};" for n in written if n not in taken]
        for block in hoisted:
            body += self._block(block)
        place = {"slow": "_s", "step": "_y", "volley": "_y"}.get(name, "_out")
        first = len(self.ticked) - len(self.slow) if name == "slow" else 0
        body += [f"{place}[{first + k}] = {n};" for k, n in enumerate(result)]
        taking = arguments + (", _out" if place == "_out" else "")
        return "\n".join(
            [
                f"{'read' if name == 'readouts' else name}: function (_p, dt) {{",
                *(f"  const {p} = _p.{p};" for p in parameters),
                *(f"  {x}" for e, symbol in found.items() for x in _javascript_lines(f"const {symbol}", e)),
                f"  return function ({taking}) {{",
                *(f"    {line}" for line in body),
                "  };",
                "},",
            ]
        )


def slow_subexpressions(equations: Equations, fast: set[str]) -> list[str]:
    """Sub-expressions that no state variable, no time and none of `fast` enters, in order of dependence.

    They change only when ions or parameters do, so engines compute them once a millisecond and not at every step.
    """
    direct = {name: set(e.identifiers) for name, e in equations.eq_expressions if name in equations.subexpr_names}
    moving = {"t", "dt", "xi", *fast, *(name for name, _ in equations.diff_eq_expressions)}

    def reach(name: str) -> set[str]:
        found = set(direct[name])
        for other in direct[name] & set(direct):
            found |= reach(other)
        return found

    slow = [name for name in direct if not reach(name) & moving]
    return sorted(slow, key=lambda name: len(reach(name) & set(slow)))


def translate(
    equations: Equations,
    slow: list[str],
    given: list[str],
    volley: Mapping[str, str],
    method: str,
    readouts: Sequence[str],
    language: str = "python",
) -> dict[str, Any]:
    """What `excitability.loop.Translated` takes: names, and source of the functions that it or a page runs."""
    writer = (Writer if language == "python" else JavaScriptWriter)(equations, slow, given)
    return {
        "states": writer.states,
        "ticked": [*given, *slow],
        "given": len(given),
        "counters": writer.counters(),
        "readouts": list(readouts),
        "source": writer.write(volley, method, readouts),
    }
