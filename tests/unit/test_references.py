import re

import pytest

from excitability import REFERENCES, Reference
from excitability.references import find

ENTRIES = pytest.mark.parametrize("key", REFERENCES)
ARTICLE = Reference(
    "Doe, J. and Roe, R. and others", 2001, "Salt & water: 50 % each", "J Salt", "7", "2", "1-9", "10.1/x"
)


@ENTRIES
def test_every_entry_has_author_year_and_title(key):
    entry = REFERENCES[key]
    assert entry.authors
    assert entry.title
    assert not entry.title.endswith(".")
    assert 1900 < entry.year < 2100


@ENTRIES
def test_key_is_a_word_that_ends_in_the_year_where_it_names_one(key):
    assert re.fullmatch(r"[A-Za-z]+\d{0,4}", key)
    assert REFERENCES[key].doi == "" or REFERENCES[key].doi.startswith("10.")


@ENTRIES
def test_bibtex_entry_is_well_formed(key):
    text = REFERENCES[key].bibtex(key)
    assert re.match(rf"@(article|misc)\{{{key},\n", text)
    depth = 0
    for character in text:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0
    assert text.endswith("\n}")
    lines = text.splitlines()[1:-1]
    names = [re.fullmatch(r"  (\w+) = \{.+\},?", line)[1] for line in lines]
    assert {"author", "title", "year"} <= set(names)
    assert len(names) == len(set(names))
    assert [line.endswith(",") for line in lines] == [True] * (len(lines) - 1) + [False]


@ENTRIES
def test_bibtex_entry_has_no_character_that_latex_trips_over(key):
    for line in REFERENCES[key].bibtex(key).splitlines()[1:]:
        if not line.startswith(("  doi", "  url")):
            assert not re.search(r"(?<!\\)[&%$#_^~]", line)


@ENTRIES
def test_text_is_one_line_with_authors_year_title_and_place(key):
    entry, text = REFERENCES[key], REFERENCES[key].text()
    assert len(text.splitlines()) == 1
    assert text == " ".join(text.split())
    for part in (f"({entry.year})", entry.title, entry.journal, entry.doi or entry.url, entry.unconfirmed):
        assert part in text
    assert not re.search(r"[{}]|\.\.|\band others\b", text)


def test_text_reads_like_a_citation():
    assert ARTICLE.text() == "Doe, J.; Roe, R. et al. (2001). Salt & water: 50 % each. J Salt 7(2):1-9. doi:10.1/x"


def test_bibtex_escapes_what_latex_would_read():
    assert r"title = {Salt \& water: 50 \% each}" in ARTICLE.bibtex("Doe2001")


def test_entries_are_found_in_order_without_repeats():
    assert list(find(["Kim2017", "Isaev2012", "Kim2017"])) == ["Kim2017", "Isaev2012"]


def test_misspelt_key_suggests_the_nearest(refused):
    with refused("Kim17", "did you mean 'Kim2017'?"):
        find(["Kim17"])
