"""Accounts side by side: what all agree on, what only one voice mentions, what contradicts. Pure functions.

A voice is a side, or a speaker without one. Silence is no statement: only what an account says can contradict
what another says, and of lists only one that is said to be complete tells who was not there.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any, Final, Literal

from models.base import FIRST_MOMENT, LAST_MOMENT
from models.bounds import DAY
from models.edtf import Edtf, parse
from models.status import STATUS_OF_PLAN
from models.vocabulary import Outcome

Relation = Literal["agrees", "day_apart", "contradicts"]
Above = Mapping[int, Collection[int]]
"""For an actor or topic, all that it stands for or belongs under, itself included."""

FINER_KINDS: Final[Mapping[str, frozenset[str]]] = {"conversation": frozenset({"call", "meeting"})}
"""What each kind leaves open. An engagement leaves everything open: contact is asserted, nothing more."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one account says of one aspect.

    Attributes:
        account: its id.
        voice: the side that speaks, or the speaker where it speaks for none.
        value: what is said.
    """

    account: int
    voice: Hashable
    value: Any


Relate = Callable[[Claim, Claim], Relation]


@dataclass(frozen=True, slots=True)
class Version:
    """One account as far as it lists things.

    Attributes:
        account: its id.
        voice: whose account it is.
        named: what it lists.
        denied: what it says was not there.
        complete: whether its list is said to be complete, so that leaving out is a statement.
    """

    account: int
    voice: Hashable
    named: frozenset[int] = frozenset()
    denied: frozenset[int] = frozenset()
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """How the versions speak of one listed thing.

    Attributes:
        item: the thing.
        outcome: what they make of it together.
        named: accounts that name it, or something that stands for it or for which it stands.
        denied: accounts that say it was not there.
        omitted: accounts whose complete list leaves it out.
    """

    item: int
    outcome: Outcome
    named: tuple[int, ...]
    denied: tuple[int, ...]
    omitted: tuple[int, ...]


def compared_stances(stances: Iterable[str]) -> frozenset[str]:
    """Returns the stances whose accounts are held against each other.

    Once somebody affirms, plans are no versions of what took place; a denial is a version of nothing.
    """
    return frozenset({"affirms"} if "affirms" in set(stances) else STATUS_OF_PLAN)


def outcome(claims: Sequence[Claim], voices: Collection[Hashable], relate: Relate) -> Outcome:
    """Says what all claims on one aspect amount to.

    Args:
        claims: one for each account that says something.
        voices: all who could have said something.
        relate: how two claims stand to each other.
    """
    found = {relate(one, other) for one, other in combinations(claims, 2)}
    if "contradicts" in found:
        return "contradicted"
    if "day_apart" in found:
        return "day_apart"
    return _mentioned({claim.voice for claim in claims}, voices)


def finest(values: Sequence[Any], is_within: Callable[[Any, Any], bool]) -> Any | None:
    """Returns the value that lies within all others, None where there is none."""
    return next((one for one in values if all(is_within(one, other) for other in values)), None)


def mention(item: int, versions: Sequence[Version], above: Above) -> Mention:
    """Says how versions speak of one thing: a person is named by his office too, a topic by a narrower one."""
    named = [one for one in versions if any(_stand_for_each_other(item, other, above) for other in one.named)]
    denied = [one for one in versions if item in one.denied]
    listed = {one.account for one in (*named, *denied)}
    omitted = [one for one in versions if one.complete and one.named and one.account not in listed]
    said: Outcome = _mentioned({one.voice for one in named}, {one.voice for one in versions})
    if denied or (named and omitted):
        said = "contradicted"
    accounts = (tuple(one.account for one in some) for some in (named, denied, omitted))
    return Mention(item, said, *accounts)


def relate_dates(one: Claim, other: Claim) -> Relation:
    """Compares two dates: what may lie inside the other agrees, civil days of two voices may differ by one.

    Two instants with offsets are compared as instants; without, only their days can be.
    """
    first, second = parse(one.value), parse(other.value)
    if first.offset_minutes is not None and second.offset_minutes is not None:
        return "agrees" if _overlap(_universal(first), _universal(second)) else "contradicts"
    spans = _civil(first), _civil(second)
    if first.throughout and second.throughout and _days_known(first) and _days_known(second):
        gap = max(abs(a - b) for a, b in zip(*spans, strict=True))
        return "agrees" if not gap else _near(one, other, gap)
    if _overlap(*spans):
        return "agrees"
    early, late = sorted(spans)
    return _near(one, other, late[0] - early[1] + DAY)


def is_date_within(one: str, other: str) -> bool:
    """Whether every moment of a date lies inside another date, or both are the same text."""
    first, second = _bounds(parse(one)), _bounds(parse(other))
    return one == other or (second[0] <= first[0] and first[1] <= second[1])


def relate_kinds(one: Claim, other: Claim) -> Relation:
    """Compares two kinds: a finer one refines a coarser one."""
    related = is_kind_within(one.value, other.value) or is_kind_within(other.value, one.value)
    return "agrees" if related else "contradicts"


def is_kind_within(one: str, other: str) -> bool:
    """Whether a kind is another one, or a finer case of it."""
    return one == other or other == "engagement" or one in FINER_KINDS.get(other, ())


def relate_numbers(one: Claim, other: Claim) -> Relation:
    """Compares two numbers."""
    return "agrees" if one.value == other.value else "contradicts"


def relate_actors(above: Above) -> Relate:
    """Returns the comparison of two actors: one who stands for the other at that date agrees with him."""

    def relate(one: Claim, other: Claim) -> Relation:
        return "agrees" if _stand_for_each_other(one.value, other.value, above) else "contradicts"

    return relate


def _mentioned(speaking: Collection[Hashable], voices: Collection[Hashable]) -> Outcome:
    if not speaking:
        return "not_mentioned"
    if len(speaking) == 1:
        return "one"
    return "agreed" if set(speaking) >= set(voices) else "some"


def _stand_for_each_other(one: int, other: int, above: Above) -> bool:
    return one == other or other in above.get(one, ()) or one in above.get(other, ())


def _near(one: Claim, other: Claim, gap: timedelta) -> Relation:
    return "day_apart" if one.voice != other.voice and gap <= DAY else "contradicts"


def _bounds(date: Edtf) -> tuple[datetime, datetime]:
    return date.earliest or FIRST_MOMENT, date.latest or LAST_MOMENT


def _civil(date: Edtf) -> tuple[datetime, datetime]:
    """Returns a date in whole civil days: an instant without an offset is comparable by its day only."""
    start, end = _bounds(date)
    if date.precision == "instant":
        start = start.replace(hour=0, minute=0, second=0)
        end = start + DAY
    return start, end


def _universal(date: Edtf) -> tuple[datetime, datetime]:
    start, end = _bounds(date)
    return start - timedelta(minutes=date.offset_minutes or 0), end - timedelta(minutes=date.offset_minutes or 0)


def _overlap(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _days_known(date: Edtf) -> bool:
    return not date.coarser_than_day
