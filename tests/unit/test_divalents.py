import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from excitability.divalents import FORMULAS, calcium_driving_force, calcium_entry, gating_shift, nmda_block

CONCENTRATION = st.floats(0, 10)
MORE = st.floats(1e-3, 5)
POTENTIAL = st.floats(-120, 60)


@pytest.mark.parametrize(
    ("ca", "mg", "expected"),
    [
        (1.2, 0.25, -0.98),
        (1.2, 0.10, -1.51),
        (1.2, 0.0, -1.88),
        (0.9, 0.55, -1.69),
        (0.9, 0.25, -2.86),
        (0.6, 0.25, -5.19),
        (0.4, 0.20, -7.43),
        (0.2, 0.10, -10.77),
        (1.2, 2.5, 4.74),
        (2.4, 0.55, 4.84),
    ],
)
def test_gating_shift_has_the_published_size(ca, mg, expected):
    assert gating_shift(Ca=ca, Mg=mg) == pytest.approx(expected, abs=0.02)


def test_taking_all_divalents_away_shifts_gates_by_18_mV():
    assert gating_shift(Ca=0, Mg=0) - gating_shift(Ca=2, Mg=0) == pytest.approx(-18, abs=0.05)


def test_tenfold_divalents_shift_gates_by_20_to_25_mV():
    assert 20 <= gating_shift(Ca=100, Mg=0) - gating_shift(Ca=10, Mg=0) <= 25


@pytest.mark.parametrize(
    ("mg", "shift", "entry", "nmda"),
    [
        (2.0, 3.72, 0.859, 0.31),
        (1.5, 2.59, 0.903, 0.40),
        (1.0, 1.31, 0.952, 0.59),
        (0.8, 0.75, 0.973, 0.72),
        (0.55, 0.0, 1.0, 1.0),
        (0.40, -0.48, 1.017, 1.31),
        (0.25, -0.98, 1.035, 1.89),
        (0.10, -1.51, 1.054, 3.41),
    ],
)
def test_magnesium_acts_as_in_the_reference_motoneuron(mg, shift, entry, nmda):
    assert gating_shift(Ca=1.2, Mg=mg) == pytest.approx(shift, abs=0.0055)
    assert calcium_entry(Ca=1.2, Mg=mg) == pytest.approx(entry, abs=0.00055)
    assert nmda_block(Mg=mg, V=-60) == pytest.approx(nmda, abs=0.0055)


def test_reference_state_has_shift_0_and_factors_1():
    assert gating_shift(Ca=1.2, Mg=0.55) == 0
    assert calcium_driving_force(Ca=1.2) == 0
    assert calcium_entry(Ca=1.2, Mg=0.55) == pytest.approx(1, abs=1e-15)
    assert nmda_block(Mg=0.55, V=-60) == pytest.approx(1, abs=1e-15)


@given(CONCENTRATION, CONCENTRATION, MORE)
def test_more_of_either_ion_shifts_gates_further_and_calcium_the_most(ca, mg, more):
    before, calcium, magnesium = (gating_shift(Ca=c, Mg=m) for c, m in ((ca, mg), (ca + more, mg), (ca, mg + more)))
    assert before < magnesium < calcium


@given(CONCENTRATION.filter(lambda c: c > 1e-3), CONCENTRATION, MORE)
def test_calcium_enters_more_with_more_calcium_and_less_with_more_magnesium(ca, mg, more):
    assert calcium_entry(Ca=ca, Mg=mg + more) < calcium_entry(Ca=ca, Mg=mg) < calcium_entry(Ca=ca + more, Mg=mg)
    assert calcium_driving_force(Ca=ca) < calcium_driving_force(Ca=ca + more)


@given(CONCENTRATION, POTENTIAL, MORE)
def test_magnesium_blocks_the_nmda_synapse_and_depolarisation_frees_it(mg, V, more):
    assert nmda_block(Mg=mg + more, V=V) < nmda_block(Mg=mg, V=V)
    assert nmda_block(Mg=mg + more, V=V) < nmda_block(Mg=mg + more, V=V + 1)


def test_half_the_nmda_conductance_is_blocked_where_jahr_and_stevens_found_it():
    for mg, V in ((3.57, 0.0), (1.0, math.log(1 / 3.57) / 0.062)):
        assert nmda_block(Mg=mg, V=V) / nmda_block(Mg=0, V=V) == pytest.approx(0.5)


@given(POTENTIAL)
def test_without_magnesium_the_nmda_synapse_does_not_feel_the_potential(V):
    assert nmda_block(Mg=0, V=V) == pytest.approx(nmda_block(Mg=0, V=0))


@pytest.mark.parametrize(("ca", "expected"), [(0.9, -3.832), (2.4, 9.233), (0.6, -9.233)])
def test_calcium_driving_force_follows_nernst_at_36_degrees(ca, expected):
    assert calcium_driving_force(Ca=ca) == pytest.approx(expected, abs=0.002)


def test_zero_calcium_closes_entry_and_stays_finite():
    assert calcium_entry(Ca=0, Mg=0.55) == 0
    assert math.isfinite(calcium_driving_force(Ca=0))
    assert math.isfinite(gating_shift(Ca=0, Mg=0))


def _random_arguments(formula, size, seed=1):
    generator = np.random.default_rng(seed)
    ranges = {"Ca": (0.01, 5), "Mg": (0, 5), "V": (-100, 40)}
    return {name: generator.uniform(*ranges[name], size) for name in formula.arguments}


@pytest.mark.parametrize("formula", FORMULAS.values(), ids=FORMULAS)
def test_arrays_are_evaluated_element_by_element(formula):
    values = _random_arguments(formula, 7)
    single = [formula(**{name: float(v[k]) for name, v in values.items()}) for k in range(7)]
    assert all(type(number) is float for number in single)
    assert formula(**values) == pytest.approx(single, rel=1e-14)


@pytest.mark.parametrize("formula", FORMULAS.values(), ids=FORMULAS)
def test_equation_for_models_and_call_are_one_definition(formula):
    values = _random_arguments(formula, 7)
    name, _, rest = formula.equation("result", **{a: f"{a}_here" for a in formula.arguments}).partition(" = ")
    expression, _, unit = rest.rpartition(" : ")
    si = {"mM": 1.0, "mV": 1e-3}
    space = {f"{a}_here": v * si[formula.arguments[a]] for a, v in values.items()}
    space |= {p: parameter.si for p, parameter in formula.parameters.items()}
    result = eval(expression, {"log10": np.log10, "log": np.log, "exp": np.exp}, space)
    assert (name, unit) == ("result", {"mV": "volt", "mM": "mole/meter**3", "1": "1"}[formula.unit])
    assert result == pytest.approx(formula(**values) * si.get(formula.unit, 1.0), rel=1e-13)


def test_equation_has_the_names_of_the_model():
    assert gating_shift.equation().startswith("gating_shift = ")
    renamed = nmda_block.equation("B", V="V_dendrite")
    assert renamed.startswith("B = ")
    assert "V_dendrite" in renamed
    assert "V_NMDA_ref" in renamed


def test_misspelt_argument_suggests_the_nearest(refused):
    with refused("gating_shift", "Mgg", "did you mean 'Mg'?"):
        gating_shift(Ca=1.2, Mgg=0.5)
    with refused("beta_mg", "did you mean 'beta_Mg'?"):
        gating_shift(Ca=1.2, Mg=0.5, beta_mg=0.5)
    with refused("gating_shift", "V_m"):
        gating_shift.equation(V_m="V")


def test_missing_argument_is_named_with_its_unit(refused):
    with refused("nmda_block", "V in mV"):
        nmda_block(Mg=0.5)


@pytest.mark.parametrize("ca", [-0.1, [1.2, -0.1], math.nan, math.inf, "5 mV", None])
def test_impossible_concentration_is_refused(ca, refused):
    with refused("Ca"):
        gating_shift(Ca=ca, Mg=0.55)


def test_arguments_and_parameters_are_read_with_their_units():
    assert gating_shift(Ca="900 uM", Mg=0.25) == gating_shift(Ca=0.9, Mg=0.25)
    assert nmda_block(Mg=0.25, V="-0.04 V") == pytest.approx(nmda_block(Mg=0.25, V=-40))
    assert gating_shift(Ca=0.9, Mg=0.25, K_shift="0.046 V") == pytest.approx(2 * gating_shift(Ca=0.9, Mg=0.25))
