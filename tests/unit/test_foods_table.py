import csv
import re
from importlib.resources import files

import pytest

from excitability import REFERENCES

COLUMNS = [
    "name",
    "group",
    "calcium_mg_per_100g",
    "magnesium_mg_per_100g",
    "portion_g",
    "portion",
    "source",
    "source_id",
    "description",
]
GROUPS = {
    "leafy greens",
    "vegetables",
    "fruit",
    "nuts",
    "seeds",
    "whole grains",
    "refined grains",
    "legumes",
    "dairy",
    "fish",
    "meat and eggs",
    "fortified foods",
    "water",
    "drinks and sweets",
    "dishes",
    "supplements",
}
ATOMIC_WEIGHTS = {
    "H": 1.008,
    "C": 12.011,
    "N": 14.007,
    "O": 15.999,
    "Mg": 24.305,
    "P": 30.974,
    "S": 32.06,
    "Cl": 35.45,
    "Ca": 40.078,
}
# metal, then all atoms of the salt with its water of crystallisation
SALTS = {
    "calcium carbonate": ("Ca", "Ca C O3"),
    "calcium citrate": ("Ca", "Ca3 C12 H10 O14 H8 O4"),
    "calcium gluconate": ("Ca", "Ca C12 H22 O14"),
    "calcium phosphate": ("Ca", "Ca3 P2 O8"),
    "magnesium carbonate": ("Mg", "Mg C O3"),
    "magnesium chloride": ("Mg", "Mg Cl2 H12 O6"),
    "magnesium citrate": ("Mg", "Mg3 C12 H10 O14"),
    "magnesium glycinate": ("Mg", "Mg C4 H8 N2 O4"),
    "magnesium hydroxide": ("Mg", "Mg O2 H2"),
    "magnesium oxide": ("Mg", "Mg O"),
    "magnesium sulphate": ("Mg", "Mg S O4 H14 O7"),
}
MOST_MG_PER_100G = 60_400  # magnesium oxide, the richest of all


def masses(atoms):
    """Grams of each element in a mole."""
    grams = {}
    for element, count in re.findall(r"([A-Z][a-z]?)(\d*)", atoms):
        grams[element] = grams.get(element, 0) + ATOMIC_WEIGHTS[element] * int(count or 1)
    return grams


@pytest.fixture(scope="module")
def rows():
    with (files("excitability") / "foods.csv").open(encoding="utf-8", newline="") as table:
        reader = csv.DictReader(table, strict=True)
        found = list(reader)
    assert reader.fieldnames == COLUMNS
    return found


@pytest.fixture(scope="module")
def foods(rows):
    return {row["name"]: row for row in rows}


def test_foods_are_many_unique_and_sorted(rows, foods):
    assert len(rows) >= 60
    assert len(foods) == len(rows)
    assert [(row["group"], row["name"]) for row in rows] == sorted((row["group"], row["name"]) for row in rows)


def test_name_can_be_typed_on_a_command_line(foods):
    for name in foods:
        assert re.fullmatch(r"[a-z]+( [a-z]+)*", name)


def test_every_group_has_foods_and_every_food_a_group(rows):
    assert {row["group"] for row in rows} == GROUPS


def test_every_row_names_its_source(rows):
    for row in rows:
        assert None not in row
        assert row["source"] in REFERENCES
        assert row["source_id"]
        assert row["description"]
    assert len({(row["source"], row["source_id"]) for row in rows}) == len(rows)


def test_contents_are_possible(rows):
    for row in rows:
        calcium, magnesium = float(row["calcium_mg_per_100g"]), float(row["magnesium_mg_per_100g"])
        assert calcium >= 0
        assert magnesium >= 0
        assert calcium + magnesium < (MOST_MG_PER_100G if row["group"] == "supplements" else 4000)


def test_portion_has_weight_and_words_or_neither(rows):
    for row in rows:
        assert bool(row["portion_g"]) == bool(row["portion"])
        if row["portion_g"]:
            assert 0 < float(row["portion_g"]) < 1000


def test_supplements_hold_what_their_formula_says(rows, foods):
    assert {row["name"] for row in rows if row["group"] == "supplements"} == set(SALTS)
    for name, (metal, atoms) in SALTS.items():
        grams = masses(atoms)
        content = {
            "Ca": float(foods[name]["calcium_mg_per_100g"]),
            "Mg": float(foods[name]["magnesium_mg_per_100g"]),
        }
        assert content.pop(metal) == pytest.approx(1e5 * grams[metal] / sum(grams.values()), abs=1)
        assert list(content.values()) == [0]


@pytest.mark.parametrize(
    ("more", "less", "ion"),
    [
        ("hard tap water", "tap water", "calcium"),
        ("fortified soy milk", "soy milk", "calcium"),
        ("fortified orange juice", "orange juice", "calcium"),
        ("sardines", "cod", "calcium"),
        ("calcium set tofu", "tofu", "calcium"),
        ("whole wheat bread", "white bread", "magnesium"),
        ("brown rice", "white rice", "magnesium"),
        ("dark chocolate", "milk chocolate", "magnesium"),
        ("almonds", "apples", "magnesium"),
    ],
)
def test_contrasts_a_student_looks_for_are_there(foods, more, less, ion):
    column = f"{ion}_mg_per_100g"
    assert float(foods[more][column]) > 1.4 * float(foods[less][column])
