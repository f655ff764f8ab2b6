"""Actors of GDELT: CAMEO codes of a country, of a known organisation, of types, joined into one word.

The codes are facts of CAMEO's actor codebook; what `reference/cameo-actors.tsv` calls them is in our words.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from importers.event_parties import Party, named_party, slugs_by_iso3, state_names, type_party
from models.reference import table_rows

NAME: Final = "gdelt"


@lru_cache(maxsize=4)
def codes(what: str) -> Mapping[str, str]:
    """What CAMEO's actor codes mean, of one sort.

    Args:
        what: `country` (those that are not ISO 3166-1's, with our slug), `region` and `type` (with our words for them),
            `organisation` (with our slug).
    """
    return {row["code"]: row["meaning"] for row in table_rows("cameo-actors.tsv") if row["what"] == what}


def country_of(code: str) -> str | None:
    """The slug of the state that a code of a country means; None for none."""
    return codes("country").get(code) or slugs_by_iso3().get(code)


def party_of(cells: Sequence[str]) -> Party | None:
    """Who an actor is, from his ten cells: code, name, country, known group, ethnic, two religions, three types.

    A country alone is the state. With types he is a group of the state; the name in the row may be a person's or an
    adjective, so it stays on the participant. A known organisation is itself.

    Returns:
        None for types of no state and no organisation, which name nobody.
    """
    code, name, country, group, ethnic, *rest = cells
    given = name or code
    home = country_of(country)
    known = codes("organisation").get(group)
    if known is not None:
        return Party(known, given)
    if group and home is None:
        return named_party(NAME, given, "organisation", None)
    marks = [mark for mark in (group, ethnic, *rest) if mark]
    if home is not None and not marks:
        return Party(home, given)
    if home is not None:
        words = dict.fromkeys(codes("type").get(mark, mark) for mark in marks)
        return type_party(NAME, f"{', '.join(words)} ({state_names()[home]})", home, given=given)
    region = codes("region").get(country)
    return type_party(NAME, region, None, given=given) if region else None
