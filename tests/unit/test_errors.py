import pytest

from excitability.errors import EngineError, InputError, NumericalError, nearest, unknown

NAMES = ["g_CaL", "g_KCa", "tau_d", "motoneuron"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("g_cal", "g_CaL"), ("G_CAL", "g_CaL"), ("taud", "tau_d"), ("motoneron", "motoneuron"), ("xyzzy", None)],
)
def test_nearest_name_ignores_case_and_small_slips(typed, meant):
    assert nearest(typed, NAMES) == meant


def test_nearest_of_nothing_is_nothing():
    assert nearest("g_CaL", []) is None


def test_unknown_name_is_answered_with_the_nearest_or_with_all():
    assert str(unknown("parameter", "tau_dd", NAMES)) == "no parameter 'tau_dd' (did you mean 'tau_d'?)"
    assert str(unknown("parameter", "xyzzy", NAMES)).endswith("(known: g_CaL, g_KCa, motoneuron, tau_d)")


def test_known_names_may_come_from_an_iterator():
    assert "'tau_d'" in str(unknown("parameter", "tau_dd", iter(NAMES)))


def test_errors_can_be_caught_as_what_they_are_in_python():
    assert issubclass(InputError, ValueError)
    assert issubclass(NumericalError, ArithmeticError)
    assert issubclass(EngineError, RuntimeError)
