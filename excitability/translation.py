"""From Brian2 equations to numpy code: the same equations, the same integrator, one step at a time.

Runs where Brian2 is imported (in the build process); what it writes runs without Brian2 (`excitability.loop`).
"""

import sympy
from brian2.codegen.generators.numpy_generator import NumpyNodeRenderer
from brian2.equations.equations import Equations
from brian2.parsing.sympytools import CustomSympyPrinter, str_to_sympy
from brian2.units.allunits import all_units
from brian2.units.fundamentalunits import Quantity

from excitability import integrator

_UNITS = {unit.name: float(unit) for unit in all_units if isinstance(unit, Quantity)}


class _Printer(CustomSympyPrinter):
    def _print_Pow(self, expr: sympy.Pow, rational: bool = False) -> str:
        """Small powers of a name as products: numpy's power is many times slower."""
        if expr.base.is_Symbol and expr.exp.is_Integer and 2 <= int(expr.exp) <= 4:
            return "(" + "*".join([str(expr.base)] * int(expr.exp)) + ")"
        return str(super()._print_Pow(expr, rational))


def _render(expression: sympy.Expr) -> str:
    return str(NumpyNodeRenderer().render_expr(_Printer().doprint(expression)))


class _Writer:
    """Writes Python functions for a set of equations."""

    def __init__(self, equations: Equations, slow: list[str]) -> None:
        self.equations = equations
        self.slow = slow
        self.subexpressions = {
            name: str_to_sympy(expression.code)
            for name, expression in equations.eq_expressions
            if name in equations.subexpr_names
        }
        self.states = [name for name, _ in equations.diff_eq_expressions]

    def _expand(self, expression: sympy.Expr, keep: list[str]) -> sympy.Expr:
        """Write out sub-expressions, except those in `keep`, and turn unit names into SI numbers."""
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

    def _block(self, assignments: list[tuple[str, sympy.Expr]], counter: int) -> tuple[list[str], int]:
        """Assignments that do not depend on each other, with what they share computed once."""
        fresh = sympy.utilities.iterables.numbered_symbols("_", start=counter, real=True)
        shared, results = sympy.cse([e for _, e in assignments], symbols=fresh, order="none", list=True)
        lines = [f"{symbol} = {_render(expression)}" for symbol, expression in shared]
        lines += [f"{name}_new = {_render(e)}" for (name, _), e in zip(assignments, results, strict=True)]
        lines += [f"{name} = {name}_new" for name, _ in assignments]
        return lines, counter + len(shared)

    def _function(self, name: str, extra: str, arguments: str, lines: list[str], parameters: list[str]) -> str:
        unpack = [f"    {p} = _p['{p}']" for p in parameters]
        body = [f"        {line}" for line in lines]
        return "\n".join(
            [f"def make_{name}(_p{extra}):", *unpack, f"    def {name}({arguments}):", *body, f"    return {name}"]
        )

    def _names(self, expressions: list[sympy.Expr]) -> list[str]:
        found = {s.name for e in expressions for s in e.free_symbols}
        return sorted(found - set(self.states) - {"t", "dt"})

    def write(self) -> str:
        unpack_states = f"{', '.join(self.states)}, = y"

        slow = [(name, self._expand(self.subexpressions[name], [])) for name in self.slow]
        slow_lines = [f"{name} = {_render(e)}" for name, e in slow]
        slow_lines.append("return {" + ", ".join(f"'{name}': {name}" for name in self.slow) + "}")
        parts = [self._function("slow", "", "", slow_lines, self._names([e for _, e in slow]))]

        rates = [
            (n, self._expand(str_to_sympy(e.split_stochastic()[0].code), self.slow))
            for n, e in self.equations.diff_eq_expressions
        ]
        block, _ = self._block(rates, 0)
        lines = [unpack_states, *block, f"return [{', '.join(self.states)}]"]
        parts.append(self._function("derivatives", "", "y, t", lines, self._names([e for _, e in rates])))

        steps = [(n, self._expand(str_to_sympy(code), self.slow)) for n, code in integrator.statements(self.equations)]
        lines, counter = [unpack_states], 0
        pending: list[tuple[str, sympy.Expr]] = []
        for name, expression in steps:
            written = {n for n, _ in pending}
            if name in written or written & {s.name for s in expression.free_symbols}:
                block, counter = self._block(pending, counter)
                lines += block
                pending = []
            pending.append((name, expression))
        block, counter = self._block(pending, counter)
        lines += [*block, f"return [{', '.join(self.states)}]"]
        parts.append(self._function("step", ", dt", "y, t", lines, self._names([e for _, e in steps])))
        return "\n\n".join(parts) + "\n"


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


def translate(equations: Equations, slow: list[str]) -> tuple[list[str], str]:
    """Names of the state variables and Python source of the functions that `excitability.loop` runs."""
    writer = _Writer(equations, slow)
    return writer.states, writer.write()
