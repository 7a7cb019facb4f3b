"""What is eaten in a day, and what becomes of it: foods to calcium and magnesium, to plasma and cord, to nerve.

>>> from excitability import diet
>>> day = diet.Diet.of_foods({"milk": 500, "almonds": 30})
>>> round(day.ca), round(day.mg)
(646, 131)

The foods come from `foods.csv` (composition tables of the United States and France), the steady state from the model
`body`, the answers of nerve from `excitability.assays.nerve`.
"""

import csv
import difflib
import functools
import io
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import excitability
from excitability import assays, body, quantities, references
from excitability.divalents import gating_shift
from excitability.errors import InputError, NumericalError
from excitability.ions import MOLAR_MASS, NAMES, REFERENCE_RANGES, Ions, judge
from excitability.model import load_model
from excitability.simulation import steady_states

MOST_G = 20_000.0  # of one food a day: above this it is a slip of the unit
_MOST_BYTES = 1_000_000  # of a file that lists foods
_SUGGESTIONS = 5
_OF_ONE_GROUP = 2  # suggestions, so that they are not five kinds of seeds
_COLUMNS = ("food", "grams")
#: Calcium to magnesium by weight, proposed as an optimum because diseases were rarer within it.
RATIO_RANGE = (1.7, 2.6, "Costello2021")


@dataclass(frozen=True)
class Food:
    """A food of the table.

    Parameters
    ----------
    name, group : str
    calcium, magnesium : float
        mg in 100 g.
    portion_g : float or None
        An ordinary portion, if the source has one.
    portion : str
        The same in words.
    source, source_id : str
        Key of the composition table in the bibliography, and the food's number there.
    description : str
        The food's name there.
    """

    name: str
    group: str
    calcium: float
    magnesium: float
    portion_g: float | None
    portion: str
    source: str
    source_id: str
    description: str

    def holds(self, grams: float) -> tuple[float, float]:
        """Calcium and magnesium in so many grams, mg."""
        return self.calcium * grams / 100, self.magnesium * grams / 100


@functools.cache
def foods() -> tuple[Food, ...]:
    """All foods of the table, by group and name."""
    with (Path(__file__).parent / "foods.csv").open(encoding="utf-8", newline="") as table:
        return tuple(
            Food(
                row["name"],
                row["group"],
                float(row["calcium_mg_per_100g"]),
                float(row["magnesium_mg_per_100g"]),
                float(row["portion_g"]) if row["portion_g"] else None,
                row["portion"],
                row["source"],
                row["source_id"],
                row["description"],
            )
            for row in csv.DictReader(table)
        )


def _fold(name: str) -> str:
    """A name without what people write differently: case, hyphens, singular and plural."""
    words = re.sub(r"[-_\s]+", " ", name.strip().casefold()).split(" ")
    return " ".join(re.sub(r"(ie|y|e)$", "", word.rstrip("s")) for word in words)


@functools.cache
def _by_name() -> dict[str, Food]:
    return {_fold(food.name): food for food in foods()}


def find(name: str) -> Food:
    """A food by its name; hyphens, underscores and spaces, singular and plural are alike.

    Raises
    ------
    InputError
        Unknown, with the names most like it.
    """
    key, known = _fold(name), _by_name()
    if key in known:
        return known[key]
    within = [other for other in known if key and set(key.split()) & set(other.split())]
    alike = difflib.get_close_matches(key, known, n=3, cutoff=0.6)
    names = [known[other].name for other in dict.fromkeys([*alike, *within])]
    hint = f"did you mean {' or '.join(names[:5])}?" if names else f"{len(known)} are known, such as {foods()[0].name}"
    raise InputError(f"no food {name!r} ({hint}; excitability diet --foods lists all)")


def _refuse_comma(name: str, value: Any) -> None:
    if isinstance(value, str) and "," in value:
        right = "numbers with a point only, such as 12.5"
        if one := re.fullmatch(r"\s*([-+]?\d+),(\d+)([^.,]*)", value):
            whole = f", or {one[1]}{one[2]}{one[3]}" if len(one[2]) == 3 else ""
            right = f"{one[1]}.{one[2]}{one[3]}{whole}"
        raise InputError(f"{name} = '{value}' has a comma: write {right}")


def _grams(food: Food, value: Any) -> float:
    _refuse_comma(food.name, value)
    try:
        grams = quantities.read(value, "g", food.name)
    except InputError:
        raise InputError(
            f"{food.name} = {value!r} is no weight: write grams, such as 30, or a unit too (1.5kg)"
        ) from None
    if not isinstance(grams, float) or not 0 <= grams <= MOST_G:
        said = f"{grams:g} g" if isinstance(grams, float) else str(value)
        raise InputError(f"{food.name} = {said} a day is impossible: it is 0 to {MOST_G:,.0f} g")
    return grams


@dataclass(frozen=True)
class ReferenceIntake:
    """What an authority advises healthy adults to eat in a day, or not to exceed.

    Parameters
    ----------
    ion : {"ca", "mg"}
    kind : {"advised", "upper level", "from supplements"}
        The last is the upper level of what supplements add.
    who : str
    mg : float
        A day.
    source : str
        Key in the bibliography.
    """

    ion: str
    kind: str
    who: str
    mg: float
    source: str


ADVISED, UPPER, UPPER_SUPPLEMENTS = "advised", "upper level", "from supplements"
REFERENCE_INTAKES = (
    ReferenceIntake("ca", ADVISED, "US women 19-50, men 19-70", 1000, "IOM2011"),
    ReferenceIntake("ca", ADVISED, "US women 51+, men 71+", 1200, "IOM2011"),
    ReferenceIntake("ca", ADVISED, "EU adults 25+", 950, "EFSAcalcium2015"),
    ReferenceIntake("ca", UPPER, "US 19-50", 2500, "IOM2011"),
    ReferenceIntake("ca", UPPER, "US 51+", 2000, "IOM2011"),
    ReferenceIntake("ca", UPPER, "EU", 2500, "EFSAcalcium2012"),
    ReferenceIntake("mg", ADVISED, "US women 31+", 320, "IOM1997"),
    ReferenceIntake("mg", ADVISED, "US men 31+", 420, "IOM1997"),
    ReferenceIntake("mg", ADVISED, "EU women", 300, "EFSAmagnesium2015"),
    ReferenceIntake("mg", ADVISED, "EU men", 350, "EFSAmagnesium2015"),
    ReferenceIntake("mg", UPPER_SUPPLEMENTS, "US", 350, "IOM1997"),
    ReferenceIntake("mg", UPPER_SUPPLEMENTS, "EU", 250, "EFSAlimits2006"),
)
#: Up to which suggestions go: also what the reference body eats.
GOAL = next(one for one in REFERENCE_INTAKES if one.who == "EU men")

LIMITS = (
    "A teaching model, not advice.",
    "Plasma is what a healthy adult comes to in the long run: months on this diet, years where it holds next to nothing.",
    "Not in it: oxalate, which keeps the calcium of spinach from being absorbed [HeaneyWeaverRecker1988], phytate of "
    "whole grains, which does so to magnesium [Bohn2004], phosphate, illness, and how much of a supplement dissolves.",
)
#: What the numbers rest on, besides the sources of the models.
SOURCES = (
    "USDA2016",
    "Ciqual2020",
    "PubChem2021",
    *dict.fromkeys(one.source for one in REFERENCE_INTAKES),
    RATIO_RANGE[2],
    *(source for _, _, source in REFERENCE_RANGES.values()),
    gating_shift.parameters["K_shift"].source,
    "HeaneyWeaverRecker1988",
    "Bohn2004",
)


@dataclass(frozen=True)
class Suggestion:
    """One ordinary portion of a food, for its magnesium.

    Parameters
    ----------
    food : Food
    ca, mg : float
        What a portion holds, mg.
    portions : int
        How many of them would close the gap.
    total_mg : float
        The day's magnesium with one portion more.
    """

    food: Food
    ca: float
    mg: float
    portions: int
    total_mg: float


def suggestions(mg: float) -> tuple[Suggestion, ...]:
    """Foods that bring a day's magnesium up to `GOAL` at the least change: fewest portions, then fewest grams.

    Parameters
    ----------
    mg : float
        A day's magnesium, mg.

    Returns
    -------
    tuple of Suggestion
        Up to five, at most two of one group, no supplements and no alcohol; none if the goal is reached.
    """
    gap = GOAL.mg - mg
    if gap <= 0:
        return ()
    found = []
    for food in foods():
        left_out = food.group == "supplements" or food.description.startswith("Alcoholic")
        if food.portion_g and food.magnesium and not left_out:
            calcium, gained = food.holds(food.portion_g)
            found.append(Suggestion(food, calcium, gained, math.ceil(gap / gained), mg + gained))
    found.sort(key=lambda one: (one.portions, one.food.portion_g, -one.mg))
    chosen: list[Suggestion] = []
    for one in found:
        if sum(other.food.group == one.food.group for other in chosen) < _OF_ONE_GROUP:
            chosen.append(one)
    return tuple(chosen[:_SUGGESTIONS])


def healthy_shift() -> float:
    """By how many mV gates differ between healthy people at the low and the high ends of the reference ranges."""
    low, high = ({ion.capitalize(): ends[end] for ion, ends in REFERENCE_RANGES.items()} for end in (0, 1))
    return float(gating_shift(**high) - gating_shift(**low))


@dataclass(frozen=True)
class Diet:
    """What is eaten in a day.

    Parameters
    ----------
    ca, mg : float
        mg.
    eaten : tuple of (Food, float)
        Foods and grams; empty if only amounts are known.
    assumed : tuple of str
        Ions that were not given ("ca", "mg"): they are those of the reference body.
    """

    ca: float
    mg: float
    eaten: tuple[tuple[Food, float], ...] = ()
    assumed: tuple[str, ...] = ()

    @classmethod
    def of_foods(cls, amounts: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> "Diet":
        """A day's foods, which are taken as everything that is eaten.

        Parameters
        ----------
        amounts : mapping of str to float or str, or pairs of these
            Food to grams; text may carry a unit ("1.5 kg"). The same food twice adds up.

        Raises
        ------
        InputError
            Unknown food, impossible amount, or no food at all.
        """
        total: dict[Food, float] = {}
        for name, value in amounts.items() if isinstance(amounts, Mapping) else amounts:
            food = find(name)
            total[food] = total.get(food, 0.0) + _grams(food, value)
        if not total:
            raise InputError("a diet needs at least one food, such as almonds = 30 g")
        for food, grams in total.items():
            _grams(food, grams)
        ca, mg = (sum(parts) for parts in zip(*(food.holds(grams) for food, grams in total.items()), strict=True))
        body.eaten(ca, mg)  # refuses what nobody could eat
        return cls(ca, mg, tuple(total.items()))

    @classmethod
    def from_csv(cls, path: str | Path) -> "Diet":
        """A day's foods from a table with the columns food and grams; others are ignored.

        Raises
        ------
        InputError
            A file that cannot be read or is no such table, or a row that is refused: names the row, counted as in a
            spreadsheet.
        """
        return cls.of_foods(read_csv(path))

    @classmethod
    def of_amounts(cls, ca: Any = None, mg: Any = None) -> "Diet":
        """A day's calcium and magnesium.

        Parameters
        ----------
        ca, mg : float or str, optional
            See `excitability.body.eaten`; one that is left out is that of the reference body.

        Raises
        ------
        InputError
            Impossible amount.
        """
        for ion, value in (("ca", ca), ("mg", mg)):
            _refuse_comma(NAMES[ion], value)
        usual = load_model("body").parameters
        given = {name: usual[name].value for name in ("Ca_eaten", "Mg_eaten")} | body.eaten(ca, mg)
        assumed = tuple(ion for ion, value in (("ca", ca), ("mg", mg)) if value is None)
        return cls(given["Ca_eaten"] * MOLAR_MASS["ca"], given["Mg_eaten"] * MOLAR_MASS["mg"], assumed=assumed)

    def supplements_mg(self) -> float | None:
        """Magnesium from supplements, mg a day; None where foods are not known."""
        if not self.eaten:
            return None
        return sum((food.holds(grams)[1] for food, grams in self.eaten if food.group == "supplements"), 0.0)

    def answer(self, *, nerve: bool = False, **keywords: Any) -> "Answer":
        """What becomes of this diet.

        Parameters
        ----------
        nerve : bool
            Whether to stimulate the motor axon and the motoneuron too: seconds, and a build the first time.
        **keywords
            For `excitability.assays.nerve`: engine, announce, progress.
        """
        numbers, notes = _steady(self)
        if nerve and numbers["ca_mM"] is not None:
            numbers |= _stimulated(numbers, **keywords)
        return Answer(self, numbers, suggestions(self.mg), (*notes, *LIMITS))


@dataclass(frozen=True)
class Answer:
    """What becomes of a diet.

    Parameters
    ----------
    diet : Diet
    numbers : dict of str to float or None
        By name with unit (``mg_mM`` is ionised magnesium of plasma); None where there is none.
    suggestions : tuple of Suggestion
    notes : tuple of str
        What to know about this answer.
    """

    diet: Diet
    numbers: dict[str, float | None]
    suggestions: tuple[Suggestion, ...]
    notes: tuple[str, ...]

    def compared(self) -> list[tuple[ReferenceIntake, float | None]]:
        """Every reference intake, and what is eaten of what it is about, mg a day (None if that is not known)."""
        mg = {UPPER_SUPPLEMENTS: self.diet.supplements_mg()}
        return [(one, self.diet.ca if one.ion == "ca" else mg.get(one.kind, self.diet.mg)) for one in REFERENCE_INTAKES]

    def notice(self) -> tuple[str, ...]:
        """What a nerve would notice, in sentences."""
        n = self.numbers
        shift, cord = n["gating_shift_mV"], n["gating_shift_cord_mV"]
        if shift is None or cord is None:
            return ("Nothing can be said without a steady state.",)
        usual = healthy_shift()
        judged = {ion: judge(ion, n[f"{ion}_mM"] or 0.0) for ion in NAMES}
        outside = [f"{NAMES[ion]} is {word}" for ion, word in judged.items() if word != "normal"]
        verdict = "More than healthy people differ by" if abs(shift) >= usual else "Little" if outside else "Nothing"
        said = [
            f"{verdict}: the gates of a motor axon are shifted by {_shift(shift)}; healthy people at the two ends of the "
            f"reference ranges differ by {usual:.1f} mV.",
            f"In plasma, ionised {' and ionised '.join(outside)}." if outside else "Plasma is within both ranges.",
            f"In the cord, which follows plasma partly, the gates of a motoneuron are shifted by {_shift(cord)}.",
        ]
        if "threshold_hz" in n:
            said += [_of_rheobase(n["rheobase_ratio"], n["rheobase_ratio_healthy"], shift)]
            said += [_of_threshold(n["threshold_hz"], n["threshold_reference_hz"])]
        return tuple(said)

    def json(self) -> dict[str, Any]:
        """All of it as plain numbers, text, lists and None, for a JSON object."""
        return {
            **self.numbers,
            **{name: self.numbers.get(name) for name in _STIMULATED},
            "stimulated": _STIMULATED[0] in self.numbers,
            "foods": [
                {
                    "name": food.name,
                    "grams": grams,
                    "ca_mg": food.holds(grams)[0],
                    "mg_mg": food.holds(grams)[1],
                    "source": food.source,
                    "source_id": food.source_id,
                }
                for food, grams in self.diet.eaten
            ],
            "assumed": list(self.diet.assumed),
            "reference_intakes": [
                {
                    **asdict(one),
                    "eaten_mg": eaten,
                    "share": None if eaten is None else eaten / one.mg,
                }
                for one, eaten in self.compared()
            ],
            "suggestions": [
                {
                    "food": one.food.name,
                    "portion_g": one.food.portion_g,
                    "portion": one.food.portion,
                    "ca_mg": one.ca,
                    "mg_mg": one.mg,
                    "portions_needed": one.portions,
                    "total_mg_mg": one.total_mg,
                    "source": one.food.source,
                    "source_id": one.food.source_id,
                }
                for one in self.suggestions
            ],
            "nerve": list(self.notice()),
            "notes": list(self.notes),
            "sources": {key: entry.text() for key, entry in references.find(SOURCES).items()},
            "version": excitability.__version__,
        }


def _shift(shift: float) -> str:
    if abs(shift) < 0.05:
        return "less than 0.1 mV"
    return f"{shift:+.1f} mV, towards {'more' if shift < 0 else 'less'} excitable"


def _of_rheobase(ratio: float | None, healthy: float | None, shift: float) -> str:
    if ratio is None:
        return "No current excites the motor axon."
    if not ratio:
        return "The motor axon fires by itself."
    said = f"The rheobase of the motor axon, the least current that excites it, is {ratio:.2f} of the reference body's"
    return (
        f"{said} ({healthy or 0.0:.2f} in healthy people at the {'low' if shift < 0 else 'high'} end of both ranges)."
    )


def _of_threshold(rate: float | None, normal: float | None) -> str:
    if rate is None:
        return f"No train up to {assays.RATES_HZ[-1]:g} Hz brings the motoneuron to cramp."
    if not rate:
        return "The motoneuron fires on and on without any train."
    return (
        f"The motoneuron cramps after trains of {rate:g} Hz and faster, in the reference body of {normal or 0.0:g} Hz "
        "(single runs without noise: a difference of 2 Hz means nothing)."
    )


def _steady(diet: Diet) -> tuple[dict[str, float | None], list[str]]:
    """The numbers of a steady state by the names of the experiments' columns, and what is to be said about them."""
    parameters, amounts = load_model("body").parameters, body.eaten(diet.ca, diet.mg)
    try:
        states, kinds = steady_states("body", parameters=amounts)
        found = {} if kinds[0] == "none" else {name: float(value[0]) for name, value in states.items()}
    except NumericalError:
        found = {}
    numbers: dict[str, float | None] = {"ratio": diet.ca / diet.mg if diet.mg else None}
    numbers |= {"pth_ratio": found.get("PTH_1"), "calcitriol_ratio": found.get("calcitriol_1")}
    numbers |= {"mg_supplements_mg_per_day": diet.supplements_mg()}
    notes = []
    if diet.eaten:
        notes.append("These foods are taken as everything eaten in a day.")
    if not found:
        notes.append(
            "There is no steady state on this diet: plasma goes on falling, further than anyone could live with."
        )
    for ion, name in NAMES.items():
        symbol, eaten = ion.capitalize(), getattr(diet, ion)
        numbers |= {f"{ion}_mg_per_day": eaten, f"{ion}_mmol_per_day": amounts[f"{symbol}_eaten"]}
        for column, readout in _READOUTS.items():
            numbers[f"{ion}_{column}"] = found.get(readout.format(symbol))
        if ion in diet.assumed:
            notes.append(f"No {name} was given: it is that of the reference body, {eaten:.0f} mg a day.")
        low, high = (end * MOLAR_MASS[ion] for end in parameters[f"{symbol}_eaten"].range)
        if not low <= eaten <= high:
            notes.append(
                f"{name.capitalize()} of {eaten:.0f} mg a day is outside what the model was made for, {low:.0f} to "
                f"{high:.0f} mg."
            )
        derived = ("absorbed_share", "absorbed_mg_per_day", "net_mmol_per_day", "balance_mmol_per_day")
        numbers |= dict.fromkeys(f"{ion}_{column}" for column in derived)
        if not found:
            continue
        absorbed = found[f"absorbed_{symbol}_mmol/day"]
        net = absorbed - found[f"obligatory_{symbol}_mmol/day"]
        numbers[f"{ion}_absorbed_share"] = absorbed / amounts[f"{symbol}_eaten"] if eaten else None
        numbers[f"{ion}_absorbed_mg_per_day"] = absorbed * MOLAR_MASS[ion]
        numbers[f"{ion}_net_mmol_per_day"] = net
        numbers[f"{ion}_balance_mmol_per_day"] = net - found[f"urine_{symbol}_mmol/day"]
        if not eaten:
            notes.append(
                f"No {name} at all: plasma goes on falling, and what is shown is where the model ends after years, not "
                "what a person would live to see."
            )
        elif net < 0:
            notes.append(
                f"Gut and skin lose {-net:.2g} mmol more {name} a day than is absorbed: the body goes on losing it, and "
                "bone, as it dissolves, keeps plasma where it is shown."
            )
    numbers |= {"healthy_shift_mV": healthy_shift(), "gating_shift_mV": None, "gating_shift_cord_mV": None}
    if found:
        plasma, cord = body.reference(), Ions()
        for column, place, normal in (("gating_shift_mV", "", plasma), ("gating_shift_cord_mV", "cord_", cord)):
            here = {ion.capitalize(): numbers[f"{ion}_{place}mM"] for ion in NAMES}
            numbers[column] = gating_shift(**here, Ca_ref=normal.ca, Mg_ref=normal.mg)
    return numbers, notes


#: Columns of each ion, and what they are among the states and readouts of the body.
_READOUTS = {
    "absorbed_mmol_per_day": "absorbed_{}_mmol/day",
    "urine_mmol_per_day": "urine_{}_mmol/day",
    "total_mM": "{}_plasma_mM",
    "mM": "{}_ionised_mM",
    "cord_mM": "{}_cord_mM",
}


_STIMULATED = ("threshold_hz", "threshold_reference_hz", "rheobase_ratio", "rheobase_ratio_healthy")


def _stimulated(numbers: Mapping[str, float | None], **keywords: Any) -> dict[str, float | None]:
    """What motoneuron and motor axon answer at these ions.

    Beside it, the motoneuron in the cord of the reference body, and the axon of healthy people at that end of the
    reference ranges to which this diet shifts.
    """
    end, normal = int((numbers["gating_shift_mV"] or 0.0) > 0), Ions()
    answers = assays.nerve(
        plasma=Ions(
            ca=[numbers["ca_mM"], REFERENCE_RANGES["ca"][end]],
            mg=[numbers["mg_mM"], REFERENCE_RANGES["mg"][end]],
        ),
        cord=Ions(ca=[numbers["ca_cord_mM"], normal.ca], mg=[numbers["mg_cord_mM"], normal.mg]),
        reference=body.reference(),
        **keywords,
    )
    values = (*answers.threshold, *answers.rheobase_ratio)
    found = [float(value) if np.isfinite(value) else None for value in values]
    return dict(zip(_STIMULATED, found, strict=True))


def read_csv(path: str | Path) -> list[tuple[str, float]]:
    """Foods and grams of a table; see `Diet.from_csv`."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as problem:
        raise InputError(f"{path} cannot be read: {problem.strerror}") from None
    if len(content) > _MOST_BYTES:
        raise InputError(f"{path} is larger than {_MOST_BYTES / 1e6:g} MB: it is no list of a day's foods")
    try:
        text = content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text: save it as CSV UTF-8") from None
    except csv.Error as problem:
        raise InputError(f"{path} is not a CSV table: {problem}") from None
    if not text.strip():
        raise InputError(f"{path} is empty: its first row is {','.join(_COLUMNS)}, then one food in each row")
    header = [column.strip().casefold() for column in rows[0]]
    said = ", ".join(rows[0])
    for separator, name in ((";", "semicolons"), ("\t", "tabs")):
        if separator in said and not set(_COLUMNS) <= set(header):
            raise InputError(f"{path} is separated by {name}: save it with commas, and numbers with a decimal point")
    for column in _COLUMNS:
        if header.count(column) != 1:
            found = "more than one column" if column in header else "no column"
            raise InputError(f"{path} has {found} '{column}': its first row is '{said}', and food,grams is needed")
    listed = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        try:
            listed.append(_of_row(header, row))
        except InputError as problem:
            raise InputError(f"{path}, row {number}: {problem}") from None
    if not listed:
        raise InputError(f"{path} has a header and no foods")
    return listed


def _of_row(header: list[str], row: list[str]) -> tuple[str, float]:
    if len(row) > len(header):
        raise InputError(f"{len(row)} values for {len(header)} columns ({','.join(row)}): a decimal comma? write 12.5")
    cells = dict(zip(header, row, strict=False))
    if not cells.get("food", "").strip():
        raise InputError("no name of a food")
    food = find(cells["food"])
    grams = cells.get("grams", "").strip()
    if not grams:
        raise InputError(f"no grams of {food.name}")
    return food.name, _grams(food, grams)
