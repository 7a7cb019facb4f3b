import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from excitability import REFERENCES, InputError, Ions, NumericalError, assays, body, command, diet
from excitability.assays import Activity, ThresholdFrequency
from excitability.diet import Diet

COLUMNS = [
    "ca_mg_per_day",
    "mg_mg_per_day",
    "ratio",
    "ca_total_mM",
    "mg_total_mM",
    "ca_mM",
    "mg_mM",
    "pth_ratio",
    "calcitriol_ratio",
    "ca_urine_mmol_per_day",
    "mg_urine_mmol_per_day",
    "ca_cord_mM",
    "mg_cord_mM",
    "threshold_hz",
    "rheobase_ratio",
]


def possible(pairs):
    try:
        Diet.of_foods(pairs)
    except InputError:
        return False
    return True


some_foods = st.lists(
    st.tuples(st.sampled_from([food.name for food in diet.foods()]), st.floats(0, 400)), min_size=1, max_size=8
).filter(possible)


def call(capsys, *words):
    code = command.main(["diet", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def no_compiler(monkeypatch):
    """Without a compiler --json leaves nerve out, which takes minutes then."""
    monkeypatch.setattr(command.engine, "choose", lambda asked: ("numpy", "no compiler"))


# ------------------------------------------------------------------------------------------------------------ foods


def test_every_food_is_found_by_its_name_and_no_two_are_alike():
    for food in diet.foods():
        assert diet.find(food.name) is food
    assert len(diet._by_name()) == len(diet.foods()) >= 60


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("almond", "almonds"),
        ("ALMONDS", "almonds"),
        ("dark-chocolate", "dark chocolate"),
        ("dark_chocolate", "dark chocolate"),
        (" dark  chocolate ", "dark chocolate"),
        ("banana", "bananas"),
        ("strawberry", "strawberries"),
        ("tomato", "tomatoes"),
        ("chocolate chip cookie", "chocolate chip cookies"),
        ("milks", "milk"),
        ("sweet potatoes", "sweet potato"),
    ],
)
def test_food_is_found_however_it_is_written(said, name):
    assert diet.find(said).name == name


@pytest.mark.parametrize(
    ("said", "near"), [("almnds", "almonds"), ("bread", "rye bread"), ("xyzzy", "--foods lists all")]
)
def test_unknown_food_comes_with_the_nearest(refused, said, near):
    with refused(f"no food '{said}'", near):
        diet.find(said)


@pytest.mark.parametrize(
    ("amount", "grams"), [(30, 30), ("30", 30), ("30g", 30), ("1.5 kg", 1500), ("500 mg", 0.5), ("1 oz", 28.349523)]
)
def test_weights_are_read_with_their_units(amount, grams):
    assert Diet.of_foods({"milk": amount}).eaten[0][1] == pytest.approx(grams)


def test_same_food_twice_adds_up():
    day = Diet.of_foods([("milk", 200), ("Milk", "0.3 kg")])
    assert [(food.name, grams) for food, grams in day.eaten] == [("milk", 500)]
    assert (day.ca, day.mg) == pytest.approx((565, 50))


@given(some_foods, st.floats(0.1, 3))
def test_totals_are_linear(pairs, factor):
    day = Diet.of_foods(pairs)
    each = [Diet.of_foods([pair]) for pair in pairs]
    assert day.ca == pytest.approx(sum(one.ca for one in each))
    assert day.mg == pytest.approx(sum(one.mg for one in each))
    more = [(name, factor * grams) for name, grams in pairs]
    if possible(more):
        assert Diet.of_foods(more).mg == pytest.approx(factor * day.mg)


@pytest.mark.parametrize(
    ("amount", "says"),
    [
        (-30, "almonds = -30 g a day is impossible: it is 0 to 20,000 g"),
        (math.nan, "almonds = nan g a day is impossible"),
        (math.inf, "almonds = inf g a day is impossible"),
        ("25kg", "almonds = 25000 g a day is impossible"),
        ("12,5", "has a comma: write 12.5"),
        ("1,000", "write 1.000, or 1000"),
        ("1 l", "'1 l' is no weight"),
        ("many", "'many' is no weight"),
        (None, "None is no weight"),
        (True, "True is no weight"),
        ([1.0, 2.0], "[1. 2.] a day is impossible"),
    ],
)
def test_impossible_amounts_of_food_are_refused(refused, amount, says):
    with refused(says):
        Diet.of_foods({"almonds": amount if not isinstance(amount, list) else np.array(amount)})


def test_what_nobody_could_eat_is_refused_in_total_too(refused):
    with refused("milk = 22000 g"):
        Diet.of_foods([("milk", "11 kg"), ("milk", "11 kg")])
    with refused("calcium eaten"):
        Diet.of_foods({"calcium carbonate": 500})
    with refused("at least one food"):
        Diet.of_foods({})


# ------------------------------------------------------------------------------------------------------------ files


@pytest.mark.parametrize(
    "content",
    [
        b"food,grams\nmilk,500\nalmonds,30\n",
        b"\xef\xbb\xbffood,grams\r\nmilk,500\r\nalmonds,30\r\n",
        b"Grams, note ,Food\n250,a,milk\n\n250,b,milks\n30 g,,almond\n",
    ],
)
def test_file_gives_the_same_as_foods(tmp_path, content):
    (tmp_path / "day.csv").write_bytes(content)
    assert Diet.from_csv(tmp_path / "day.csv") == Diet.of_foods({"milk": 500, "almonds": 30})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"food,weight\nmilk,3\n", "no column 'grams': its first row is 'food, weight'"),
        (b"milk,500\n", "no column 'food': its first row is 'milk, 500'"),
        (b"food,food,grams\nmilk,x,3\n", "more than one column 'food'"),
        (b"food;grams\nmilk;12,5\n", "separated by semicolons"),
        (b"food\tgrams\nmilk\t3\n", "separated by tabs"),
        (b'food,grams\nmilk,3\nmilk,"12,5"\n', "row 3: milk = '12,5' has a comma: write 12.5"),
        (b"food,grams\nmilk,12,5\n", "row 2: 3 values for 2 columns (milk,12,5): a decimal comma? write 12.5"),
        (b"food,grams\n\nmilk,-3\n", "row 3: milk = -3 g a day is impossible"),
        (b"food,grams\nmilk,many\n", "row 2: milk = 'many' is no weight"),
        (b"food,grams\nmilk,nan\n", "row 2: milk = nan g a day is impossible"),
        (b"food,grams\nmlk,3\n", "row 2: no food 'mlk' (did you mean milk"),
        (b"food,grams\nmilk\n", "row 2: no grams of milk"),
        (b"food,grams\n,3\n", "row 2: no name of a food"),
        (b"food,grams\n", "a header and no foods"),
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"food,grams\nh\xe9par water,3\n", "is not UTF-8 text"),
        (b'food,grams\n"milk,3\n', "is not a CSV table"),
        (b"food,grams\n" + b"milk,3\n" * 200_000, "larger than 1 MB"),
    ],
)
def test_odd_files_are_refused_in_one_line(refused, tmp_path, content, says):
    (tmp_path / "day.csv").write_bytes(content)
    with refused("day.csv", says):
        Diet.from_csv(tmp_path / "day.csv")


def test_missing_file_and_folder_are_refused(refused, tmp_path):
    with refused("cannot be read"):
        Diet.from_csv(tmp_path / "none.csv")
    with refused("cannot be read"):
        Diet.from_csv(tmp_path)


# ---------------------------------------------------------------------------------------------------------- answers


@settings(max_examples=8)
@given(some_foods)
def test_no_more_is_absorbed_than_eaten_and_what_is_absorbed_goes_somewhere(pairs):
    answer = Diet.of_foods(pairs).answer()
    n = answer.numbers
    for ion in ("ca", "mg"):
        assert 0 <= n[f"{ion}_absorbed_mmol_per_day"] <= n[f"{ion}_mmol_per_day"]
        assert n[f"{ion}_net_mmol_per_day"] == pytest.approx(
            n[f"{ion}_urine_mmol_per_day"] + n[f"{ion}_balance_mmol_per_day"]
        )
    json.dumps(answer.json(), allow_nan=False)


def test_reference_diet_is_the_reference_body():
    answer = Diet.of_amounts("20 mmol", "14.4 mmol").answer()
    n = answer.numbers
    assert (n["ca_mM"], n["mg_mM"]) == pytest.approx((1.25, 0.5525))
    assert (n["ca_total_mM"], n["mg_total_mM"]) == pytest.approx((1.25 / 0.52, 0.85))
    assert (n["ca_cord_mM"], n["mg_cord_mM"], n["pth_ratio"]) == pytest.approx((1.2, 0.55, 1.0))
    assert n["gating_shift_mV"] == pytest.approx(0, abs=1e-6)
    assert answer.notice()[0].startswith("Nothing")


def test_little_magnesium_lowers_it_in_plasma_and_brings_gates_nearer_to_firing():
    answer = Diet.of_amounts(800, 40).answer()
    n = answer.numbers
    assert n["mg_mM"] < 0.46
    assert n["gating_shift_mV"] < n["gating_shift_cord_mV"] < 0
    assert answer.notice()[0].startswith("Little")
    assert "magnesium is low" in answer.notice()[1]


@pytest.mark.parametrize(("ca", "mg", "name"), [(800, 0, "magnesium"), (0, 350, "calcium")])
def test_diet_without_an_ion_is_answered_and_says_that_nobody_lives_with_it(ca, mg, name):
    answer = Diet.of_amounts(ca, mg).answer()
    assert any(note.startswith(f"No {name} at all") for note in answer.notes)
    assert answer.notice()[0].startswith("More than healthy people differ by")
    assert answer.numbers["ratio"] == (None if mg == 0 else 0)
    json.dumps(answer.json(), allow_nan=False)


@pytest.mark.parametrize("how", ["none", "error"])
def test_where_there_is_no_steady_state_the_answer_says_so(monkeypatch, capsys, how):
    def no_rest(*_, **__):
        if how == "error":
            raise NumericalError("runs away")
        return {"PTH_1": np.array([1.0])}, ["none"]

    monkeypatch.setattr(diet, "steady_states", no_rest)
    answer = Diet.of_amounts(800, 0).answer(nerve=True)
    assert any("no steady state" in note for note in answer.notes)
    told = answer.json()
    assert [told[name] for name in COLUMNS if name not in ("ca_mg_per_day", "mg_mg_per_day")] == [None] * 13
    code, out, _ = call(capsys, "--ca", "800", "--mg", "0")
    assert code == 0
    assert "no steady state" in out


def test_healthy_spread_is_computed_from_the_reference_ranges():
    # 23 log10 of (1.31 + 0.6 0.66 + 0.395)/(1.16 + 0.6 0.46 + 0.395)
    assert diet.healthy_shift() == pytest.approx(23 * math.log10(2.101 / 1.831))


def test_amount_left_out_is_that_of_the_reference_body_and_said():
    day = Diet.of_amounts(ca=1000)
    assert (day.ca, day.mg, day.assumed) == (pytest.approx(1000), pytest.approx(350, abs=0.1), ("mg",))
    assert any("No magnesium was given" in note for note in day.answer().notes)


def test_every_source_is_in_the_bibliography():
    assert set(diet.SOURCES) <= set(REFERENCES)
    assert {food.source for food in diet.foods()} | {one.source for one in diet.REFERENCE_INTAKES} <= set(diet.SOURCES)


def test_limit_of_magnesium_from_supplements_counts_supplements_only():
    day = Diet.of_foods({"magnesium oxide": 1, "pumpkin seeds": 100})
    by_who = {(one.kind, one.who): eaten for one, eaten in day.answer().compared() if one.ion == "mg"}
    assert by_who[diet.UPPER_SUPPLEMENTS, "EU"] == pytest.approx(603.04)
    assert by_who[diet.ADVISED, "EU men"] == pytest.approx(603.04 + 592)
    assert Diet.of_amounts(800, 500).supplements_mg() is None


# ------------------------------------------------------------------------------------------------------ suggestions


@given(st.floats(0, 1000))
def test_suggestions_close_the_gap_and_never_widen_it(mg):
    found = diet.suggestions(mg)
    assert len(found) == (5 if mg < diet.GOAL.mg else 0)
    for one in found:
        assert one.total_mg == pytest.approx(mg + one.mg)
        assert one.mg > 0
        assert mg + one.portions * one.mg >= diet.GOAL.mg - 1e-9
        assert mg + (one.portions - 1) * one.mg < diet.GOAL.mg
        assert one.food.group != "supplements"
        assert one.food.name not in ("beer", "red wine")
    groups = [one.food.group for one in found]
    assert all(groups.count(group) <= 2 for group in groups)
    assert [one.portions for one in found] == sorted(one.portions for one in found)


# ------------------------------------------------------------------------------------------------------------ nerve


@pytest.fixture
def assayed(monkeypatch):
    """Assays that answer at once, from the ions they are asked about."""

    def frequencies(model, *, ions, rates, **keywords):
        assert model == "motoneuron"
        assert not keywords["noise"]
        rate = {0.55: 29.0, 0.4: None, 0.1: 4.0}
        return [ThresholdFrequency(rate[round(mg, 2)], True, np.zeros(len(rates)), float(mg < 0.2)) for _, mg in ions]

    def rheobases(model, *, ions, **_):
        assert model == "motor_axon"
        return np.array([math.nan if mg > 2 else 0.1 * mg for _, mg in ions])

    def activities(model, *, ions, **_):
        return Activity(np.array(["repetitive" if mg < 0.1 else "quiet" for _, mg in ions]), np.zeros(len(ions)), None)

    monkeypatch.setattr(assays, "threshold_frequency", frequencies)
    monkeypatch.setattr(assays, "rheobase", rheobases)
    monkeypatch.setattr(assays, "spontaneous_activity", activities)


def test_nerve_goes_together_and_marks_what_fires_by_itself(assayed):
    plasma = Ions(ca=1.25, mg=[0.5525, 0.27625, 0.05, 3.0])
    found = assays.nerve(plasma=plasma, cord=Ions(mg=[0.55, 0.4, 0.1, 0.55]), reference=body.reference())
    assert found.threshold == pytest.approx([29, math.nan, 0, 29], nan_ok=True)
    assert found.rheobase_ratio == pytest.approx([1, 0.5, 0, math.nan], rel=1e-3, nan_ok=True)
    assert found.axon_state.tolist() == ["quiet", "quiet", "repetitive", "quiet"]
    found = assays.nerve(plasma=plasma, cord=Ions(), reference=body.reference())
    assert found.threshold == pytest.approx([29] * 4)


def test_nerve_refuses_what_does_not_pair_up(refused):
    with refused("do not pair up"):
        assays.nerve(plasma=Ions(mg=[0.5, 0.4]), cord=Ions(mg=[0.5, 0.4, 0.3]), reference=Ions())
    with refused("stay as they are"):
        assays.nerve(plasma=Ions().then(at=1, mg=0.2), cord=Ions(), reference=Ions())


def test_nerve_is_told_beside_the_reference_body(assayed):
    answer = Diet.of_amounts("20 mmol", "14.4 mmol").answer(nerve=True)
    n = answer.numbers
    assert (n["threshold_hz"], n["threshold_reference_hz"]) == (29, 29)
    assert n["rheobase_ratio"] == pytest.approx(1)
    said = " ".join(answer.notice())
    assert "1.00 of the reference body's" in said
    assert "after trains of 29 Hz" in said
    assert answer.json()["stimulated"] is True


@pytest.mark.long
@pytest.mark.xdist_group("compiled")
def test_nerve_of_a_diet_poor_in_magnesium_is_easier_to_excite():
    found = assays.nerve(
        plasma=Ions(ca=[1.25, 1.25, 0.77], mg=[0.5525, 0.43, 0.007]),
        cord=Ions(mg=[0.55, 0.5, 0.15]),
        reference=body.reference(),
    )
    assert found.rheobase_ratio[0] == pytest.approx(1, abs=1e-3)
    assert 0.6 < found.rheobase_ratio[1] < 0.95
    assert found.rheobase_ratio[2] == 0
    assert 20 <= found.threshold[1] <= found.threshold[0] <= 35


# ---------------------------------------------------------------------------------------------------------- command


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "what is eaten in a day? excitability diet --food milk=500"),
        (["--food", "almnds=30"], "did you mean almonds"),
        (["--food", "almonds"], "--food almonds: expected NAME=GRAMS"),
        (["--food", "=30"], "expected NAME=GRAMS"),
        (["--food", "almonds=-30"], "almonds = -30 g a day is impossible"),
        (["--food", "almonds=nan"], "almonds = nan g a day is impossible"),
        (["--food", "almonds=30", "--ca", "800"], "--ca and --mg are amounts instead of foods"),
        (["--file", "none.csv", "--mg", "300"], "--ca and --mg are amounts instead of foods"),
        (["--file", "none.csv"], "none.csv cannot be read"),
        (["--ca", "-5"], "calcium eaten = -5 a day is impossible"),
        (["--ca", "nan"], "calcium eaten = nan a day is impossible"),
        (["--mg", "0,5"], "magnesium = '0,5' has a comma: write 0.5"),
        (["--mg", "3 mV"], "mg is needed"),
        (["almonds=30"], "'almonds=30' is not understood"),
        (["--fod", "almonds=30"], "did you mean '--food'"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(capsys, tmp_path, monkeypatch, words, says):
    monkeypatch.chdir(tmp_path)
    code, out, err = call(capsys, *words)
    assert (code, out) == (2, "")
    assert err.startswith("excitability: ")
    assert err.count("\n") == 1
    assert says in err


def test_command_tells_foods_plasma_nerve_intakes_and_suggestions(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    code, out, err = call(capsys, "--food", "milk=500", "almonds=30", "--food", "milk=100")
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert ["milk", "600", "678", "60", "USDA2016", "01077:"] in [line[:6] for line in lines]
    assert ["all", "630", "759", "141"] in lines
    for said in (
        "plasma, ionised",
        "parathyroid hormone",
        "an association in populations",
        "Nothing: the gates",
        "EFSAmagnesium2015",
        "pumpkin seeds",
        "A teaching model, not advice.",
        "taken as everything eaten in a day",
    ):
        assert said in out


def test_command_adds_a_file_to_foods_and_says_when_nothing_is_needed(capsys, tmp_path):
    (tmp_path / "day.csv").write_text("food,grams\nwheat bran,100\n")
    code, out, _ = call(capsys, "--file", str(tmp_path / "day.csv"), "--food", "milk=100")
    assert code == 0
    assert "reached: nothing is needed" in out
    assert "milk" in out


def test_command_lists_the_foods(capsys):
    code, out, _ = call(capsys, "--foods")
    assert code == 0
    assert len(out.splitlines()) == len(diet.foods()) + 1


def test_json_is_one_object_with_every_column(capsys, no_compiler):
    code, out, err = call(capsys, "--food", "milk=500", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert set(COLUMNS) <= set(told)
    for name in COLUMNS[:-2]:
        assert isinstance(told[name], float)
    assert told["stimulated"] is False
    assert (told["threshold_hz"], told["rheobase_ratio"]) == (None, None)
    assert told["foods"][0]["name"] == "milk"
    for name in ("reference_intakes", "suggestions", "notes", "sources", "version", "ca_absorbed_mg_per_day"):
        assert told[name]


def test_json_holds_what_nerve_answers(capsys, assayed):
    code, out, _ = call(capsys, "--ca", "20 mmol", "--nerve", "--json")
    assert code == 0
    assert json.loads(out)["threshold_hz"] == 29
    assert json.loads(out)["rheobase_ratio"] == pytest.approx(1)


def test_diet_can_be_cited(capsys):
    assert command.main(["cite", "diet"]) == 0
    assert "Costello2021: " in capsys.readouterr().out
