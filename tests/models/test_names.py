"""Names that must be taken for one another, names that must not, and what never breaks."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.ids import SHAPE
from models.names import (
    LIKELY_SCORE,
    LONGEST_SLUG,
    LONGEST_TOKEN,
    MOST_TOKENS,
    blocking_keys,
    fold,
    query_keys,
    score,
    script_of,
    slugify,
    tokens,
)

SAME = """
Netanyahu Benjamin|Benjamin Netanyahu
Netanyahu|Benjamin Netanyahu
B. Netanyahu|Benjamin Netanyahu
Binyamin Netanyahu|Benjamin Netanyahu
Нетаньяху|Benjamin Netanyahu
Биньямин Нетаньяху|Benjamin Netanyahu
Muammar Gaddafi|Moammar Qadhafi
Gaddafi|Muammar al-Qadhafi
Kadafi|Muammar Gaddafi
Ali Abdallah Salih|Ali Abdullah Saleh
Zelensky|Volodymyr Zelenskyy
Зеленський|Volodymyr Zelenskyy
Володимир Зеленський|Volodymyr Zelensky
Xi Jinping|习近平
習近平|Xi Jinping
Xi|Xi Jinping
Cai Yingwen|蔡英文
Путин|Vladimir Putin
Владимир Путин|Vladimir Putin
Wladimir Putin|Vladimir Putin
Горбачёв|Mikhail Gorbachev
Gorbachyov|Mikhail Gorbachev
Хрущёв|Nikita Khrushchev
Lukashenko|Alyaksandr Lukashenka
Лукашенко|Alexander Lukashenko
Sergei Lawrow|Sergey Lavrov
Dmitry Medvedyev|Dmitri Medvedev
Саакашвили|Mikheil Saakashvili
სააკაშვილი|Mikheil Saakashvili
Κυριάκος Μητσοτάκης|Kyriakos Mitsotakis
Narendra Modi|नरेन्द्र मोदी
あべ しんぞう|Abe Shinzo
Nguyễn Phú Trọng|Nguyen Phu Trong
Erdogan|Recep Tayyip Erdoğan
ERDOĞAN|Recep Tayyip Erdogan
İsmet İnönü|Ismet Inonu
Çavuşoğlu|Mevlut Cavusoglu
Schröder|Gerhard Schroeder
Løkke Rasmussen|Lars Lokke Rasmussen
Ceausescu|Nicolae Ceaușescu
Wałęsa|Lech Walesa
O’Neill|Paul O'Neill
ONeill|Paul O'Neill
Boutros-Ghali|Boutros Boutros Ghali
Ban Ki-moon|Ban Ki Moon
Gim Jeong-eun|김정은
Yasir Arafat|Yasser Arafat
Mohammed bin Salman|Muhammad Bin Salman
Mohamed ben Salman|Muhammad bin Salman
Mahmud Abbas|Mahmoud Abbas
Hafiz al-Asad|Hafez al-Assad
Abdel Fattah el-Sisi|Abdelfattah Alsisi
Al Sisi|Abdel Fattah el-Sisi
Ahmadinejad|Mahmoud Ahmadi-Nejad
Khomeini|Ruhollah Khomeyni
J. F. Kennedy|John Fitzgerald Kennedy
Kennedy, John F.|John F. Kennedy
Anthony Blinken|Antony Blinken
Blinkin|Antony Blinken
Cote d'Ivoire|Côte d’Ivoire
U.S.S.R.|USSR
U.S.|US
UN|U.N.
United States|United States of America
"""

NEEDS_ALIAS = """
بنيامين نتنياهو|Benjamin Netanyahu
נתניהו|Benjamin Netanyahu
محمود عباس|Mahmoud Abbas
Shinzo Abe|安倍晋三
Tsai Ing-wen|蔡英文
Jinping Xi|习近平
Kim Jong Un|김정은
Mao Tse-tung|Mao Zedong
Chiang Kai-shek|Jiang Jieshi
Chruschtschow|Nikita Khrushchev
Gamal Abd al-Nasir|Gamal Abdel Nasser
Tony Blinken|Antony Blinken
Joseph Biden|Joe Biden
Ivory Coast|Côte d'Ivoire
Türkiye|Turkey
JF Kennedy|John F. Kennedy
"""

DIFFERENT = """
Iran|Iraq
Austria|Australia
Slovakia|Slovenia
North Korea|South Korea
Mali|Malawi
Mali|Malta
Sweden|Sudan
Latvia|Lithuania
Chad|China
Congo|Mongolia
El Salvador|Ecuador
United Kingdom|United States
United Arab Emirates|United Arab Republic
Bashar al-Assad|Hafez al-Assad
Jimmy Carter|Ashton Carter
Hillary Clinton|Bill Clinton
John Kerry|John Kennedy
Kim Jong Un|Kim Dae Jung
Kim Jong Un|Kim Jong Il
Kim Il Sung|Kim Jong Il
King Hussein|Saddam Hussein
Li Peng|Li Keqiang
Abdullah Gul|Abdullah bin Abdulaziz
Mohammed bin Salman|Mohammed bin Zayed
Ali Abdullah Saleh|Ali Khamenei
Sergey Lavrov|Sergey Shoigu
Benjamin Netanyahu|Benjamin Franklin
Mubarak|Barack Obama
Prime Minister of Israel|Prime Minister of Italy
Prime Minister of Israel|Foreign Minister of Israel
Minister of Defence of Egypt|Minister of Defence of Israel
Al|Albania
Ben|Benjamin Netanyahu
a|Benjamin Netanyahu
de|Charles de Gaulle
the|The Hague
"""


def pairs(table: str) -> list[tuple[str, str]]:
    return [(left, right) for left, _, right in (line.partition("|") for line in table.strip().splitlines())]


@pytest.mark.parametrize(("query", "name"), pairs(SAME))
def test_the_same_name_is_found_and_scored_as_likely(query: str, name: str) -> None:
    assert set(query_keys(query)) & set(blocking_keys(name))
    assert score(query, [name]) >= LIKELY_SCORE


@pytest.mark.parametrize(("query", "name"), pairs(NEEDS_ALIAS))
def test_what_spelling_cannot_bridge_is_found_through_an_alias_only(query: str, name: str) -> None:
    assert score(query, [name]) < LIKELY_SCORE
    assert score(query, [name, query]) == 100
    assert set(query_keys(query)) & set(blocking_keys(query))


@pytest.mark.parametrize(("query", "name"), pairs(DIFFERENT))
def test_different_names_are_not_likely(query: str, name: str) -> None:
    assert score(query, [name]) < LIKELY_SCORE


@pytest.mark.parametrize(("query", "exact", "longer"), [
    ("Niger", "Niger", "Nigeria"),
    ("Dominica", "Dominica", "Dominican Republic"),
    ("Guinea", "Guinea", "Guinea-Bissau"),
])  # fmt: skip
def test_the_exact_name_ranks_above_one_that_begins_with_it(query: str, exact: str, longer: str) -> None:
    assert score(query, [exact]) == 100
    assert score(query, [exact]) > score(query, [longer]) > 0


@pytest.mark.parametrize("typed", ["net", "neta", "netany", "benjamin net", "Benj"])
def test_a_name_half_typed_finds_the_whole_one(typed: str) -> None:
    assert set(query_keys(typed)) & set(blocking_keys("Benjamin Netanyahu"))
    assert score(typed, ["Benjamin Netanyahu"]) >= 70


def test_a_half_typed_first_word_does_not_count_when_more_words_follow() -> None:
    assert score("Benj Smith", ["Benjamin Netanyahu"]) < 20


@pytest.mark.parametrize(("text", "folded"), [
    ("  Côte   d’Ivoire ", "cote divoire"),
    ("Нетаньяху", "netanyakhu"),
    ("习近平", "xijinping"),
    ("نتنياهو", "ntnyhw"),
    ("نَتَنْيَاهُو", "ntnyhw"),
    ("Straße", "strasse"),
    ("Søren", "soren"),
    ("İstanbul", "istanbul"),
    ("ISTANBUL ılık", "istanbul ilik"),
    ("Ben-Gurion", "ben gurion"),
    ("ＦＵＬＬ ｗｉｄｔｈ", "full width"),
    ("e\u0301lysée", "elysee"),
    ("one\ntwo\x00three\u2028four\u200bfive", "one two three fourfive"),
    ("… — !", ""),
    ("", ""),
])  # fmt: skip
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_tokens_keep_order_and_particles() -> None:
    assert tokens("Muhammad bin Salman Al Saud") == ["muhammad", "bin", "salman", "al", "saud"]


def test_keys_of_a_name() -> None:
    assert blocking_keys("Benjamin Netanyahu") == [
        "benjamin", "j:benjaminnetanyahu", "m:BNJMN", "m:NTNYH", "netanyahu", "p:ben", "p:net",
    ]  # fmt: skip


def test_particles_and_single_letters_select_nobody_beside_a_telling_word() -> None:
    assert {"al", "p:the", "b", "p:bin"}.isdisjoint(query_keys("B. bin al the Netanyahu"))
    assert query_keys("the") == ["j:the", "p:the", "the"]


@pytest.mark.parametrize("query", ["", "???", "\x00", "😶‍🌫️"[1:2]])
def test_nothing_to_search_for_finds_nothing(query: str) -> None:
    assert query_keys(query) == []
    assert score(query, ["Benjamin Netanyahu"]) == 0
    assert score("Benjamin", []) == score("Benjamin", ["!"]) == 0


@pytest.mark.parametrize(("name", "slug"), [
    ("Benjamin Netanyahu", "benjamin-netanyahu"),
    ("Côte d’Ivoire", "cote-divoire"),
    ("习近平", "xijinping"),
    ("act_5f3a91b2", "act-5f3a91b2"),
    ("iso3:ISR", "iso3-isr"),
    ("word " * 40, "-".join(["word"] * 16)),
    ("x" * 500, "x" * 80),
])  # fmt: skip
def test_slugify(name: str, slug: str) -> None:
    assert slugify(name) == slug


def test_names_without_letters_get_slugs_of_their_own() -> None:
    assert slugify("—").startswith("unnamed-")
    assert slugify("—") != slugify("…")


@pytest.mark.parametrize(("text", "script"), [
    ("Benjamin", "Latn"), ("Нетаньяху", "Cyrl"), ("نتنياهو", "Arab"), ("נתניהו", "Hebr"), ("习近平", "Hani"),
    ("習近平", "Hani"), ("安倍しんぞう", "Jpan"), ("アベ", "Jpan"), ("김정은", "Kore"), ("金정은", "Kore"),
    ("Μητσοτάκης", "Grek"), ("नरेन्द्र", "Deva"), ("ประยุทธ์", "Thai"), ("სააკაშვილი", "Geor"),
    ("Հայաստան", "Armn"), ("ኢትዮጵያ", "Ethi"), ("ｗｉｄｅ", "Latn"), ("Xi 习", "Latn"), ("習近平 Xi", "Hani"),
    ("123 !", "Zyyy"), ("", "Zyyy"), ("𐌰𐌱", "Zzzz"),
])  # fmt: skip
def test_script_of(text: str, script: str) -> None:
    assert script_of(text) == script


@given(st.text(max_size=500))
def test_whatever_the_text_folding_is_plain_and_stable(text: str) -> None:
    folded = fold(text)
    assert re.fullmatch(r"([a-z0-9]+( [a-z0-9]+)*)?", folded)
    assert fold(folded) == folded


@given(st.text(max_size=500))
def test_whatever_the_text_keys_are_few_short_and_printable(text: str) -> None:
    for keys in (blocking_keys(text), query_keys(text)):
        assert len(keys) == len(set(keys)) <= 3 * MOST_TOKENS + 2
        assert all(0 < len(key) <= LONGEST_TOKEN + 2 and key.isascii() and key.isprintable() for key in keys)


@given(st.text(max_size=500))
def test_whatever_the_text_the_slug_is_an_address(text: str) -> None:
    slug = slugify(text)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= LONGEST_SLUG
    assert SHAPE.fullmatch(slug) is None


@given(st.text(max_size=100), st.lists(st.text(max_size=100), max_size=4))
def test_whatever_the_names_the_score_is_a_percentage(query: str, names: list[str]) -> None:
    assert 0 <= score(query, names) <= 100


@given(st.text(alphabet="abcdefgh éПя习", min_size=1, max_size=60))
def test_a_name_scores_full_marks_against_itself_in_any_order(name: str) -> None:
    turned = " ".join(reversed(name.split()))
    if len(tokens(name)) <= MOST_TOKENS and tokens(name):
        assert score(turned, ["Somebody Else", name]) == 100
        assert set(query_keys(name)) & set(blocking_keys(name))
