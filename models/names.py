"""Names: folded for comparison, keyed for candidate search, scored, and made into slugs.

A name is folded to plain lower-case ASCII, so that accents, script and punctuation do not matter. Blocking
keys find candidates under one GIN index; the score then decides among them. What transliteration cannot
bridge (Arabic and Hebrew leave out vowels, Chinese characters are read the Mandarin way) needs an alias.
"""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from anyascii import anyascii
from jellyfish import metaphone
from rapidfuzz.distance import OSA

from models.vocabulary import ROUTE_WORDS

LIKELY_SCORE: Final = 80.0
"""From here on two names may well mean one actor; below, they are only near."""
LONGEST_SLUG: Final = 80
MOST_TOKENS: Final = 16
"""Later words make no keys and take no part in the score: names are short, hostile input is not."""
LONGEST_TOKEN: Final = 40
PREFIX_LETTERS: Final = 3
"""Shorter prefixes would select half of all names."""
SHORTEST_MISSPELT: Final = 5
"""Below this one letter is too much of a name: Iran and Iraq, Mali and Malta."""
SHORTEST_JOINED: Final = 2
"""One key that «U.S.» shares with «US», and 习近平 with «Xi Jinping»."""
JOINED_LIKENESS: Final = 0.9
"""How alike two names written as one word must be to count: «north korea» and «south korea» are 0.8."""
SAME_SOUND: Final = 0.92
INITIAL_LIKENESS: Final = 0.9
PREFIX_LIKENESS: Final = 0.85
QUERY_SHARE: Final = 0.85
"""How much of the score says that the query is explained; the rest says that the candidate is."""
PARTICLE_WEIGHT: Final = 0.5
PARTICLES: Final = frozenset(
    {
        *("al", "el", "ul", "ad", "an", "ar", "as", "ash", "bin", "ben", "ibn", "bint", "abu"),
        *(
            "von",
            "van",
            "vom",
            "zu",
            "der",
            "den",
            "de",
            "del",
            "della",
            "di",
            "da",
            "do",
            "dos",
            "du",
            "la",
            "le",
        ),
        *("of", "the", "and"),
    }
)
PARTICLE_LIKENESS: Final = 0.9
"""Of one particle to another: transliterations write al, el and ul for one article."""
APOSTROPHES: Final = str.maketrans(dict.fromkeys("'`’‘ʼʻʿʾ´"))
PLAIN: Final = {**{n: " " for n in range(128) if not chr(n).isalnum()}, **APOSTROPHES}
"""Of ASCII text: apostrophes vanish, everything else that is no letter or digit separates."""
SEPARATORS: Final = {"\u0085": " ", "\u2028": " ", "\u2029": " "}
"""Line ends beyond ASCII, which transliteration would drop and so join two words."""
VOWEL_POINTS: Final = str.maketrans(
    dict.fromkeys([*range(0x0591, 0x05BE), 0x05BF, 0x05C1, 0x05C2, 0x05C4, 0x05C5, *range(0x064B, 0x0660), 0x0670])
)
"""Hebrew and Arabic points, which most texts leave out."""
RESPELLINGS: Final = (
    *(("tsch", "ch"), ("sch", "sh"), ("shch", "sh"), ("dh", "d"), ("kh", "h"), ("th", "t"), ("q", "k")),
    *(("w", "v"), ("ij", "y"), ("iy", "y"), ("ii", "y"), ("yo", "e"), ("dj", "j")),
)
"""Ways in which transliterations of one sound differ, levelled before the metaphone."""
SOUNDS_KEPT: Final = 50_000
"""Words recur from name to name, and a sound costs more to work out than to remember."""
SCRIPTS: Final = {
    "LATIN": "Latn", "CYRILLIC": "Cyrl", "ARABIC": "Arab", "HEBREW": "Hebr", "GREEK": "Grek", "CJK": "Hani",
    "HIRAGANA": "Jpan", "KATAKANA": "Jpan", "HANGUL": "Kore", "DEVANAGARI": "Deva", "THAI": "Thai",
    "GEORGIAN": "Geor", "ARMENIAN": "Armn", "ETHIOPIC": "Ethi", "BENGALI": "Beng", "TAMIL": "Taml",
    "TELUGU": "Telu", "GUJARATI": "Gujr", "GURMUKHI": "Guru", "KANNADA": "Knda", "MALAYALAM": "Mlym",
    "ORIYA": "Orya", "SINHALA": "Sinh", "KHMER": "Khmr", "LAO": "Laoo", "MYANMAR": "Mymr", "TIBETAN": "Tibt",
    "MONGOLIAN": "Mong", "THAANA": "Thaa", "SYRIAC": "Syrc", "BOPOMOFO": "Bopo",
}  # fmt: skip
NO_SCRIPT: Final = "Zyyy"
UNKNOWN_SCRIPT: Final = "Zzzz"


def fold(text: str) -> str:
    """Returns the text as lower-case ASCII words with single spaces: accents, script and punctuation gone.

    Apostrophes vanish (``O’Neill`` → ``oneill``), other punctuation separates. Folding twice is folding once.
    """
    if not text.isascii():
        composed = unicodedata.normalize("NFKC", text).casefold().translate(VOWEL_POINTS)
        text = anyascii("".join(SEPARATORS.get(c, c) for c in composed).translate(APOSTROPHES))
    return " ".join(text.lower().translate(PLAIN).split())


def word_query(text: str) -> str:
    """Returns the tsquery, for ``simple``, of texts that hold all these words, however they are hyphenated.

    ``cease-fire`` is folded to two words, so each word is also sought joined with its neighbour, and as two
    neighbours: «cease-fire», «cease fire» and «ceasefire» find each other. Every form is plain letters and digits.
    """
    words = fold(text).split()
    sought = []
    for i, word in enumerate(words):
        splits = range(1, len(word)) if word.isalpha() and len(word) <= LONGEST_TOKEN else ()
        neighbours = ("".join(words[n : n + 2]) for n in (i - 1, i) if 0 <= n < len(words) - 1)
        forms = (word, *neighbours, *(f"{word[:at]} <-> {word[at:]}" for at in splits))
        sought.append(" | ".join(dict.fromkeys(forms)))
    return " & ".join(f"({forms})" for forms in sought)


def tokens(text: str) -> list[str]:
    """Returns the folded words of a name in their order, particles among them."""
    return fold(text).split()


def blocking_keys(text: str) -> list[str]:
    """Returns the keys under which a name is found: words, ``p:`` prefixes, ``m:`` sounds, ``j:`` all in one.

    Returns:
        Sorted keys without duplicates: ``3 * MOST_TOKENS + 1`` at most, none over ``LONGEST_TOKEN + 2``.
    """
    words = _known_words(text)
    keys = {word for word in words if len(word) > 1 or len(words) == 1}
    keys.update(f"p:{word[:PREFIX_LETTERS]}" for word in words if len(word) >= PREFIX_LETTERS)
    keys.update(f"m:{sound}" for sound in map(_sound, words) if len(sound) > 1)
    joined = "".join(words)
    if len(joined) >= SHORTEST_JOINED:
        keys.add(f"j:{joined[:LONGEST_TOKEN]}")
    return sorted(keys)


def query_keys(text: str) -> list[str]:
    """Returns the keys of which a candidate must have at least one; a name half typed finds the whole one.

    Particles select nobody unless they are all there is.

    Returns:
        A list shaped like that of ``blocking_keys``; empty when the query has nothing to search for.
    """
    words = _known_words(text)
    telling = [word for word in words if word not in PARTICLES] or words
    joined = "".join(words)
    keys = set(blocking_keys(" ".join(telling)))
    if len(joined) >= SHORTEST_JOINED:
        keys.add(f"j:{joined[:LONGEST_TOKEN]}")
    return sorted(keys)


def score(query: str, candidate_names: Sequence[str]) -> float:
    """Returns how well the best of an actor's names fits a query, 0 to 100.

    Word order and accents do not matter, initials stand for words, the last word may be half typed; 100 means
    the same words. ``LIKELY_SCORE`` and above: probably the same name.

    Cost: about twenty microseconds per name.
    """
    asked = _known_words(query)
    if not asked:
        return 0.0
    return max((_name_score(asked, _known_words(name)) for name in candidate_names), default=0.0)


def slugify(name: str) -> str:
    """Returns an address made from a name: ``[a-z0-9-]``, at most 80 characters, never empty.

    A name without any letter or digit gets ``unnamed-`` and eight digits of its SHA-256; one that is a word of the
    service's own addresses gets ``named-`` before it. A slug never looks
    like a public id (those hold ``_``) nor like an outside identifier (those hold ``:``).
    """
    words = tokens(name)
    if not words:
        return f"unnamed-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    slug = "-".join(words)
    if slug in ROUTE_WORDS:
        return f"named-{slug}"
    if len(slug) <= LONGEST_SLUG:
        return slug
    whole_words = slug[: LONGEST_SLUG + 1].rpartition("-")[0]
    return whole_words or slug[:LONGEST_SLUG]


def script_of(text: str) -> str:
    """Returns the ISO 15924 code of the script most letters have; ``Zyyy`` without any, ``Zzzz`` if unknown.

    Han characters beside kana are Japanese, beside hangul Korean, alone ``Hani``: simplified and traditional
    cannot be told apart for certain.
    """
    letters = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c).startswith("L"))
    counts = Counter(_script_of_letter(letter) for letter in letters)
    for mixed in ("Jpan", "Kore"):
        if counts[mixed]:
            counts[mixed] += counts.pop("Hani", 0)
    found = counts.most_common(1)
    return found[0][0] if found else NO_SCRIPT


def _script_of_letter(letter: str) -> str:
    return SCRIPTS.get(unicodedata.name(letter, "").split(" ", 1)[0], UNKNOWN_SCRIPT)


def _known_words(text: str) -> list[str]:
    return [word[:LONGEST_TOKEN] for word in tokens(text)[:MOST_TOKENS]]


@lru_cache(maxsize=SOUNDS_KEPT)
def _sound(word: str) -> str:
    for spelling, respelt in RESPELLINGS:
        word = word.replace(spelling, respelt)
    return metaphone(word) if word.isalpha() else ""


def _name_score(asked: list[str], name: list[str]) -> float:
    if not name:
        return 0.0
    if sorted(asked) == sorted(name) or "".join(asked) == "".join(name):
        return 100.0
    asked, name = _joined_as(name, asked), _joined_as(asked, name)
    pairs = _best_pairs(asked, name)
    explained = sum(likeness * _weight(asked[i]) for i, _, likeness in pairs) / sum(map(_weight, asked))
    covered = sum(likeness * _weight(name[j]) for _, j, likeness in pairs) / sum(map(_weight, name))
    share = 0.0 if PARTICLES.issuperset(asked) else QUERY_SHARE
    aligned = share * explained + (1 - share) * covered
    return round(min(99.0, 100 * max(aligned, _joined_likeness(asked, name))), 1)


def _joined_as(model: list[str], words: list[str]) -> list[str]:
    """Joins neighbouring words that the model writes as one: ``ahmadi nejad`` as ``ahmadinejad``."""
    found: list[str] = []
    for word in words:
        if found and found[-1] + word in model:
            found[-1] += word
        else:
            found.append(word)
    return found


def _best_pairs(asked: list[str], name: list[str]) -> list[tuple[int, int, float]]:
    """Pairs each word asked for with one word of the name, the most alike first."""
    likenesses = (
        (_likeness(word, other, last=i == len(asked) - 1), i, j)
        for i, word in enumerate(asked)
        for j, other in enumerate(name)
    )
    pairs: list[tuple[int, int, float]] = []
    for likeness, i, j in sorted(likenesses, key=lambda found: (-found[0], found[1], found[2])):
        if likeness > 0 and not any(i == taken or j == given for taken, given, _ in pairs):
            pairs.append((i, j, likeness))
    return pairs


def _likeness(asked: str, word: str, *, last: bool) -> float:
    if asked == word:
        return 1.0
    shorter = min(len(asked), len(word))
    if shorter == 1:
        return INITIAL_LIKENESS if asked[0] == word[0] else 0.0
    if asked in PARTICLES and word in PARTICLES:
        return PARTICLE_LIKENESS
    begun = PREFIX_LIKENESS if last and len(asked) >= PREFIX_LETTERS and word.startswith(asked) else 0.0
    return max(begun, _spelling_likeness(asked, word), _sound_likeness(asked, word))


def _spelling_likeness(asked: str, word: str) -> float:
    shorter = min(len(asked), len(word))
    if shorter < SHORTEST_MISSPELT:
        return 0.0
    allowed = 1 if shorter < 2 * SHORTEST_MISSPELT - 2 else 2
    edits = OSA.distance(asked, word, score_cutoff=allowed)
    return 1 - edits / max(len(asked), len(word)) if edits <= allowed else 0.0


def _sound_likeness(asked: str, word: str) -> float:
    sound = _sound(asked)
    alike = len(sound) > 1 and sound == _sound(word)
    return SAME_SOUND if alike and min(len(asked), len(word)) > PREFIX_LETTERS else 0.0


def _joined_likeness(asked: list[str], name: list[str]) -> float:
    one, other = "".join(asked), "".join(name)
    if min(len(one), len(other)) < 2 * SHORTEST_MISSPELT:
        return 0.0
    likeness = OSA.normalized_similarity(one, other, score_cutoff=JOINED_LIKENESS)
    return float(likeness)


def _weight(word: str) -> float:
    return len(word) * (PARTICLE_WEIGHT if word in PARTICLES else 1.0)
