"""Exponential Strang splitting: a second-order state updater for any smooth Brian2 equations.

Importing this module registers the method ``"exponential_strang"`` with Brian2, together with two functions for
writing rates: ``bernoulli(u) = u/(exp(u) - 1)`` and ``phi_1(u) = (exp(u) - 1)/u``; and ``"runge_kutta_4"``, the same
method as Brian2's ``rk4``, for equations with many sub-expressions.

Every variable x has a flow with all the others held, taken as one exponential Rosenbrock-Euler step

    Phi_x(h):  x <- x + h f(x) phi_1(h A),    A = df/dx (symbolic),

which is exact when f is linear in x, as it is for every gate and every membrane potential without rectification
[HochbruckOstermann2010]_. One step of length dt composes the flows as a palindrome [Strang1968]_,

    Phi_s1(dt/2) .. Phi_sk(dt/2)   Phi_g(dt) for every g   Phi_sk(dt/2) .. Phi_s1(dt/2),

which makes it second order. s1..sk are the variables that act on each other (potentials, concentrations), found
as a vertex cover of the graph "a depends on b or b on a"; the g that remain (gates) do not act on each other, so
their rates, the expensive part, are evaluated once a step. For Hodgkin-Huxley models this is the splitting of
[Chen2020]_, found here automatically and extended to equations that are not linear in their own variable.

Explicit time is read at t + dt/2. All variables are known at the same instant, so events, resets and monitors need
nothing special. Additive noise enters each flow with the variance that is exact for an Ornstein-Uhlenbeck process.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sympy
from brian2.core.functions import DEFAULT_FUNCTIONS, Function
from brian2.equations.equations import Equations
from brian2.parsing.sympytools import str_to_sympy, sympy_to_str
from brian2.stateupdaters.base import (
    StateUpdateMethod,
    UnsupportedEquationsException,
    extract_method_options,
)

from excitability import loop

NAME = "exponential_strang"
RUNGE_KUTTA = "runge_kutta_4"


# Functions, written without branches so that compilers can vectorise a loop that calls them. u/expm1(u) and its inverse
# are accurate for every u but 0 itself, which adding TINY avoids; the derivatives cancel near 0, where they are held.
TINY = 1e-300


class bernoulli(sympy.Function):
    """The Bernoulli function u/(e^u - 1): every rate a (V - V0)/(1 - exp(-(V - V0)/k)), every constant-field current."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Any:
        return d_bernoulli(self.args[0])


class d_bernoulli(sympy.Function):
    """Derivative of the Bernoulli function."""

    nargs = 1


class phi_1(sympy.Function):
    """(e^u - 1)/u, the first of the phi functions of exponential integrators."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Any:
        return d_phi_1(self.args[0])


class d_phi_1(sympy.Function):
    """Derivative of phi_1."""

    nargs = 1


FUNCTIONS: dict[str, tuple[Callable[[Any], Any], type[sympy.Function], str]] = {
    "bernoulli": (loop.bernoulli, bernoulli, "const double u = x + 1e-300; return u/expm1(u);"),
    "d_bernoulli": (
        loop.d_bernoulli,
        d_bernoulli,
        "const double u = fabs(x) < 1e-4 ? 1e-4 : x; const double b = u/expm1(u); return b*(1.0 - b - u)/u;",
    ),
    "phi_1": (loop.phi_1, phi_1, "const double u = x + 1e-300; return expm1(u)/u;"),
    "d_phi_1": (
        loop.d_phi_1,
        d_phi_1,
        "const double u = fabs(x) < 1e-4 ? 1e-4 : x; return (exp(u) - expm1(u)/u)/u;",
    ),
}


def _register_functions() -> None:
    for name, (numpy_function, symbol, body) in FUNCTIONS.items():
        function = Function(
            numpy_function,
            sympy_func=symbol,
            arg_units=[1],
            return_unit=1,
            arg_types=["float"],
            return_type="float",
        )
        # discard_units: otherwise Brian2 wraps every call, which made its numpy target tens of times slower
        function.implementations.add_numpy_implementation(numpy_function, discard_units=True)
        function.implementations.add_implementation("cpp", f"static inline double {name}(double x) {{ {body} }}")
        DEFAULT_FUNCTIONS[name] = function
    # for what happens at an impulse, not for rates: it has no slope
    quantile = Function(
        loop.binomial_quantile, arg_units=[1, 1, 1], return_unit=1, arg_types=["float"] * 3, return_type="float"
    )
    quantile.implementations.add_numpy_implementation(loop.binomial_quantile, discard_units=True)
    quantile.implementations.add_implementation("cpp", _BINOMIAL_QUANTILE)
    DEFAULT_FUNCTIONS["binomial_quantile"] = quantile


_BINOMIAL_QUANTILE = """
static double binomial_quantile(const double u, const double trials, const double probability)
{
    if (u < 0.0) return trials*probability;
    const double n = floor(fmax(trials, 0.0) + 0.5);
    const double p = fmin(fmax(probability, 1e-300), 1.0 - 1e-16);
    double k = fmax(0.0, floor(n*p - 12.0*sqrt(n*p*(1.0 - p)) - 12.0));
    const double chosen = lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0);
    double share = exp(chosen + k*log(p) + (n - k)*log1p(-p));
    for (double below = share; below < u && k < n; below += share) { share *= (n - k)/(k + 1.0)*p/(1.0 - p); k += 1.0; }
    return k;
}
"""


_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")

# Functions that are constant between jumps, so that their slope is 0 wherever it exists.
STEPS = {"int", "int_", "floor", "ceil", "ceiling", "sign", "rand", "randn"}


def _names(expression: sympy.Expr) -> set[str]:
    return {symbol.name for symbol in expression.free_symbols}


class ExponentialStrang(StateUpdateMethod):
    """Brian2 state updater, registered as ``"exponential_strang"``.

    Brian2 calls it with a group's equations and receives abstract code.

    Raises
    ------
    UnsupportedEquationsException
        Noise that is multiplied by a state variable, one noise shared by several equations, or a function of a
        variable whose slope is not known. The message names the variable and the reason.
    """

    def __call__(
        self,
        equations: Equations,
        variables: Mapping[str, Any] | None = None,
        method_options: Mapping[str, Any] | None = None,
    ) -> str:
        extract_method_options(method_options, {})
        written = _Splitting(equations, variables).written_out()
        return "\n".join(f"{name} = {expression}" for name, expression in written)


def statements(equations: Equations, variables: Mapping[str, Any] | None = None) -> list[tuple[str, str]]:
    """The assignments that make one step, in order.

    Parameters
    ----------
    equations
        Brian2 equations.
    variables
        The group's variables, where known (Brian2 passes them to a state updater); they decide which symbols are real.

    Returns
    -------
    list of (name, expression)
        Each expression in Brian2's syntax, with ``t`` and ``dt`` as symbols.
    """
    return _Splitting(equations, variables).statements()


def parsed(code: str, variables: Mapping[str, Any] | None = None) -> sympy.Expr:
    """An expression of Brian2 as sympy's, with square roots as powers, which sympy can differentiate."""
    expression = str_to_sympy(code, variables)
    return expression.replace(lambda f: f.func.__name__ == "sqrt", lambda f: sympy.sqrt(*f.args))


class _Splitting:
    def __init__(self, equations: Equations, variables: Mapping[str, Any] | None) -> None:
        self.variables = variables
        self.subexpressions = {
            name: self._parse(expression.code)
            for name, expression in equations.eq_expressions
            if name in equations.subexpr_names
        }
        # by name: Brian2 does not keep the order in which equations were written
        self.states = sorted(name for name, _ in equations.diff_eq_expressions)
        self.derivative: dict[str, sympy.Expr] = {}
        self.slope: dict[str, sympy.Expr] = {}
        self.noise: dict[str, list[str]] = {}
        self.depends: dict[str, set[str]] = {}
        owner: dict[str, str] = {}

        for name, expression in equations.diff_eq_expressions:
            deterministic, noise = expression.split_stochastic()
            for xi, factor in (noise or {}).items():
                state_dependent = self._reach(self._parse(factor.code)) & {*self.states, "t"}
                if state_dependent:
                    raise UnsupportedEquationsException(
                        f"'{name}': {NAME} takes additive noise only, but here {xi} is multiplied by "
                        f"{', '.join(sorted(state_dependent))}."
                    )
                if xi in owner:
                    raise UnsupportedEquationsException(
                        f"'{name}': {NAME} needs independent noise in every equation, but {xi} also drives "
                        f"'{owner[xi]}'; give each its own name (xi_{name})."
                    )
                owner[xi] = name
                self.noise.setdefault(name, []).append(factor.code)
            raw = self._parse(deterministic.code)
            self.depends[name] = self._reach(raw)
            time, dt = self._symbol("t"), self._symbol("dt")
            at_midpoint = self._inline(raw, {"t"}).subs(time, time + dt / 2)
            self.derivative[name] = at_midpoint
            self.slope[name] = self._slope(name, self._inline(at_midpoint, {name}))

    def _parse(self, code: str) -> sympy.Expr:
        return parsed(code, self.variables)

    def _symbol(self, name: str) -> sympy.Symbol:
        return next(iter(self._parse(name).free_symbols))

    def _reach(self, expression: sympy.Expr) -> set[str]:
        """All names an expression depends on, through sub-expressions."""
        found = set()
        for name in _names(expression):
            found |= {name} | (self._reach(self.subexpressions[name]) if name in self.subexpressions else set())
        return found

    def _inline(self, expression: sympy.Expr, targets: set[str]) -> sympy.Expr:
        """Write out those sub-expressions that depend on `targets`; the others stay names and are computed once."""
        while True:
            replace = {
                symbol: self.subexpressions[symbol.name]
                for symbol in expression.free_symbols
                if symbol.name in self.subexpressions and self._reach(self.subexpressions[symbol.name]) & targets
            }
            if not replace:
                return expression
            expression = expression.subs(replace)

    def _slope(self, name: str, derivative: sympy.Expr) -> sympy.Expr:
        x = self._symbol(name)
        # sympy can neither differentiate Brian2's conditions nor functions given only as code: the first are hidden from
        # it, since they are constant between jumps, and what is left over is refused.
        hidden: dict[sympy.Dummy, sympy.Expr] = {}
        steps = [f for f in derivative.atoms(sympy.Function) if f.has(x) and f.func.__name__ in STEPS]
        for step in sorted(steps, key=lambda f: -f.count_ops()):
            stand_in = sympy.Dummy(real=True)
            hidden[stand_in] = step
            derivative = derivative.xreplace({step: stand_in})
        derivative = derivative.replace(lambda f: f.func.__name__ == "exprel", lambda f: phi_1(*f.args))
        unknown = [
            f.func.__name__
            for f in derivative.atoms(sympy.Function)
            if f.has(x) and (isinstance(f, sympy.core.function.AppliedUndef) or f.func.__name__ == "clip")
        ]
        if unknown:
            raise UnsupportedEquationsException(
                f"'{name}': {NAME} needs the slope of d{name}/dt with respect to {name}, "
                f"and the derivative of {sorted(set(unknown))[0]}() is not known."
            )
        slope = sympy.diff(derivative, x)
        slope = slope.replace(sympy.Derivative, lambda *_: sympy.Integer(0))  # of sign(): 0 away from the jump
        return slope.xreplace(hidden)

    def _sweep(self) -> list[str]:
        """Vertex cover of the dependency graph, greedily: most neighbours first, ties to the first name."""
        neighbours = {
            a: {b for b in self.states if a != b and (b in self.depends[a] or a in self.depends[b])}
            for a in self.states
        }
        everyone = {a: len(others) for a, others in neighbours.items()}
        cover = set()
        while any(neighbours.values()):
            chosen = max(self.states, key=lambda a: (len(neighbours[a]), everyone[a]))
            cover.add(chosen)
            for other in neighbours[chosen]:
                neighbours[other].discard(chosen)
            neighbours[chosen] = set()
        return [name for name in self.states if name in cover]

    def _flow(self, name: str, h: str) -> tuple[str, str]:
        derivative, slope = sympy_to_str(self.derivative[name]), self.slope[name]
        a = sympy_to_str(slope)
        step = f"{name} + {h}*({derivative})" + ("" if slope == 0 else f"*phi_1({h}*({a}))")
        for factor in self.noise.get(name, []):
            variance = h if slope == 0 else f"{h}*phi_1(2*{h}*({a}))"
            step += f" + ({factor})*sqrt({variance})*randn()"
        return name, step

    def written_out(self) -> list[tuple[str, str]]:
        """The statements, with a name of its own for every value that a sub-expression takes in the course of a step.

        Brian2 would evaluate a sub-expression anew only where a variable that it names itself has changed, not where one
        has that stands behind another sub-expression.
        """
        lines: list[tuple[str, str]] = []
        current: dict[str, str] = {}
        number = itertools.count(1)

        def now(name: str) -> str:
            if name not in current:
                text = renamed(sympy_to_str(self.subexpressions[name]))
                current[name] = f"_{name}_{next(number)}"
                lines.append((current[name], text))
            return current[name]

        def renamed(text: str) -> str:
            return _WORD.sub(lambda word: now(word[0]) if word[0] in self.subexpressions else word[0], text)

        for name, expression in self.statements():
            lines.append((name, renamed(expression)))
            for stale in [sub for sub in current if name in self._reach(self.subexpressions[sub])]:
                del current[stale]
        return lines

    def statements(self) -> list[tuple[str, str]]:
        sweep = self._sweep()
        rest: Iterable[str] = [name for name in self.states if name not in sweep]
        half, whole = "(0.5*dt)", "dt"
        return [
            *(self._flow(name, half) for name in sweep),
            *(self._flow(name, whole) for name in rest),
            *(self._flow(name, half) for name in reversed(sweep)),
        ]


class RungeKutta(StateUpdateMethod):
    """The classical Runge-Kutta method of fourth order, registered as ``"runge_kutta_4"``.

    A splitting moves one variable while it holds the others, so that what flows between two of them does not add up; this
    method moves all at once, and sums that the equations conserve stay as they are. Brian2's ``rk4`` is the same method, but
    writes every sub-expression out wherever it is used, which takes half a minute for forty of them; here each has a name
    of its own at each of the four stages.
    """

    def __call__(
        self,
        equations: Equations,
        variables: Mapping[str, Any] | None = None,
        method_options: Mapping[str, Any] | None = None,
    ) -> str:
        extract_method_options(method_options, {})
        if equations.is_stochastic:
            raise UnsupportedEquationsException(f"{RUNGE_KUTTA} takes no noise")
        return "\n".join(f"{name} = {expression}" for name, expression in runge_kutta(equations))


_STAGES = ((0, "", "1.0/6.0"), (1, "0.5*", "1.0/3.0"), (2, "0.5*", "1.0/3.0"), (3, "", "1.0/6.0"))


def runge_kutta(equations: Equations) -> list[tuple[str, str]]:
    """The assignments that make one step of the Runge-Kutta method, in order; see `statements`."""
    rates = {name: expression.code for name, expression in equations.diff_eq_expressions}
    texts = {n: e.code for n, e in equations.eq_expressions if n in equations.subexpr_names}

    def words(text: str) -> list[str]:
        return list(dict.fromkeys(_WORD.findall(text)))

    def moves(name: str) -> bool:
        return name in rates or name == "t" or (name in texts and any(moves(word) for word in words(texts[name])))

    ordered: list[str] = []

    def place(name: str) -> None:
        """A sub-expression, after those that it needs."""
        if name in texts and name not in ordered and moves(name):
            for word in words(texts[name]):
                place(word)
            ordered.append(name)

    for text in rates.values():
        for word in words(text):
            place(word)
    lines: list[tuple[str, str]] = []
    for stage, share, _ in _STAGES:
        if stage:
            lines += [(f"_{x}_at_{stage}", f"{x} + {share}dt*_k_{stage - 1}_{x}") for x in rates]
        now = {name: f"_{name}_{stage}" for name in ordered} | {
            "t": "(t + 0.5*dt)" if share else "(t + dt)" if stage else "t"
        }
        now |= {x: f"_{x}_at_{stage}" if stage else x for x in rates}

        def renamed(text: str, now: Mapping[str, str] = now) -> str:
            return _WORD.sub(lambda word: now.get(word[0], word[0]), text)

        lines += [(now[name], renamed(texts[name])) for name in ordered]
        lines += [(f"_k_{stage}_{x}", renamed(rates[x])) for x in rates]
    for x in rates:
        lines.append((x, f"{x} + dt*(" + " + ".join(f"{weight}*_k_{stage}_{x}" for stage, _, weight in _STAGES) + ")"))
    return lines


_register_functions()
StateUpdateMethod.register(NAME, ExponentialStrang())
StateUpdateMethod.register(RUNGE_KUTTA, RungeKutta())
