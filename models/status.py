"""What became of a contact, computed from the accounts of it: one decision table, one pure function.

The caller leaves out withdrawn accounts and accounts of superseded sources, and works out for each speaker
whether it was authorised for a side on that date. Rulings of an editor are shown above the outcome and never
enter it.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import SupportsRichComparison

STATUS_OF_PLAN: Final = {
    "announces": "planned",
    "requests": "requested",
    "declines": "declined",
    "postpones": "postponed",
    "cancels": "cancelled",
}
STANCES: Final = ("affirms", "denies", *STATUS_OF_PLAN)
# The statuses of a contact that took place by somebody's word; questions start from these.
HAPPENED: Final = ("disputed", "confirmed", "acknowledged", "reported")
STATUSES: Final = (
    "confirmed",
    "acknowledged",
    "reported",
    "disputed",
    "denied",
    *STATUS_OF_PLAN.values(),
    "unsettled",
)
# An editor may also rule what no account can say for all sides: that nothing took place.
RULINGS: Final = (*STATUSES, "did_not_happen")

BECAUSE: Final = {
    "disputed": "Somebody affirms it, and a side contradicts.",
    "confirmed": "Two or more sides affirm it, and none contradicts.",
    "acknowledged": "One side affirms it, and none contradicts.",
    "reported": "Somebody affirms it; no side has.",
    "denied": "A side denies it, and nobody stands by it.",
    "planned": "It is announced, and nobody says that it took place.",
    "requested": "It is asked for, and nobody says that it took place.",
    "declined": "The request was declined, and nobody says that it took place.",
    "postponed": "It is put off, and nobody says that it took place.",
    "cancelled": "It is called off, and nobody says that it took place.",
    "unsettled": "No word that stands decides: only people without a side deny it, or nobody's word remains.",
}
"""Why a status is what it is: the row of the table, in words."""

# Calling off what somebody already said took place contradicts it; calling off a mere plan does not.
_CALLS_OFF: Final = frozenset({"postpones", "cancels"})


@dataclass(frozen=True, slots=True)
class Word:
    """One account, reduced to what decides.

    Attributes:
        account: Id of the account.
        speaker: Who says so; words of equal speakers replace one another.
        side: The side the speaker is authorised for, None for everybody else.
        stance: One of STANCES.
        order: When it was said: publication, else recording, then id. Comparable between words.
        denies: Participants a denial names; empty means that the contact itself is denied.
        published: Bounds of its publication, civil time, half-open; None if that is not known. Decides nothing.

    Raises:
        ValueError: The stance is not one of STANCES, or participants are named without a denial.
    """

    account: int
    speaker: Hashable
    side: Hashable | None
    stance: str
    order: "SupportsRichComparison"
    denies: frozenset[int] = field(default=frozenset())
    published: tuple[datetime, datetime] | None = None

    def __post_init__(self) -> None:
        """Refuse what the table has no row for, which would otherwise pass as unsettled."""
        if self.stance not in STANCES:
            raise ValueError(f"A stance is one of {', '.join(STANCES)}.")
        if self.denies and self.stance != "denies":
            raise ValueError("Only an account that denies can name the participants it denies.")

    @property
    def is_partial(self) -> bool:
        """Whether only participants are denied and nothing is said of the contact itself."""
        return bool(self.denies)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of the decision table.

    Attributes:
        status: One of STATUSES.
        contested: A side contradicts the plan that gives the status.
        decided_by: Ids of the accounts on which status and contested rest, earliest word first.
        disputed_participants: Participants whose presence a side denies, while somebody affirms the contact.
        sides_affirming: Sides with a speaker whose standing word affirms, earliest first.
        sides_denying: Sides that deny, or call off after somebody affirmed, earliest first.
    """

    status: str
    contested: bool
    decided_by: tuple[int, ...]
    disputed_participants: frozenset[int]
    sides_affirming: tuple[Hashable, ...]
    sides_denying: tuple[Hashable, ...]


def standing(words: Iterable[Word]) -> tuple[Word, ...]:
    """Keep the latest word of each speaker on the contact, earliest first.

    A partial denial is a word on participants: it neither stands here nor replaces the word that does.
    """
    latest = {word.speaker: word for word in sorted(words, key=_said) if not word.is_partial}
    return tuple(sorted(latest.values(), key=_said))


def verdict(words: Sequence[Word]) -> Verdict:
    """Decide what became of a contact; the first matching row of the table in docs/status.md wins.

    Args:
        words: The accounts in force, in any order. None at all is unsettled.

    Cost: One sort; linear otherwise.
    """
    stand = standing(words)
    affirmed = min((word for word in words if word.stance == "affirms"), key=_said, default=None)
    yes = [word for word in stand if word.stance == "affirms"]
    no = [word for word in stand if _contradicts(word, affirmed)]
    plans = [word for word in stand if word.stance in STATUS_OF_PLAN and not _contradicts(word, affirmed)]
    sides_affirming = _sides(yes)
    plan = max(plans, key=lambda word: (word.side is not None, _said(word)), default=None)
    rests_on: Sequence[Word] = ()
    if yes and no:
        status, rests_on = "disputed", yes + no
    elif sides_affirming:
        status = "confirmed" if len(sides_affirming) > 1 else "acknowledged"
        rests_on = [word for word in yes if word.side is not None]
    elif yes:
        status, rests_on = "reported", yes
    elif no and (plan is None or plan.side is None):
        status, rests_on = "denied", no
    elif plan:
        status, rests_on = STATUS_OF_PLAN[plan.stance], [plan, *no]
    else:
        status = "unsettled"
    return Verdict(
        status=status,
        contested=status in STATUS_OF_PLAN.values() and bool(no),
        decided_by=_accounts(rests_on, affirmed),
        disputed_participants=_disputed_participants(words, stand) if yes else frozenset(),
        sides_affirming=sides_affirming,
        sides_denying=_sides(no),
    )


def _said(word: Word) -> "tuple[SupportsRichComparison, int]":
    return word.order, word.account


def _sides(words: Iterable[Word]) -> tuple[Hashable, ...]:
    return tuple(dict.fromkeys(word.side for word in words if word.side is not None))


def _contradicts(word: Word, affirmed: Word | None) -> bool:
    if word.side is None:
        return False
    calls_off = word.stance in _CALLS_OFF and affirmed is not None and _said(affirmed) < _said(word)
    return word.stance == "denies" or calls_off


def _accounts(rests_on: Sequence[Word], affirmed: Word | None) -> tuple[int, ...]:
    # Without an affirmation before it, a calling-off would be a plan word: the outcome rests on both.
    called_off = [word for word in rests_on if word.stance in _CALLS_OFF and _contradicts(word, affirmed)]
    decisive = list(rests_on)
    if affirmed and called_off:
        first_called_off = _said(min(called_off, key=_said))
        if not any(word.stance == "affirms" and _said(word) < first_called_off for word in rests_on):
            decisive.append(affirmed)
    return tuple(word.account for word in sorted(decisive, key=_said))


def _disputed_participants(words: Iterable[Word], stand: Iterable[Word]) -> frozenset[int]:
    words = [word for word in words if word.denies]
    if not words:
        return frozenset()
    last_said = {word.speaker: _said(word) for word in stand}
    return frozenset[int]().union(
        *(
            word.denies
            for word in words
            if word.side is not None and (word.speaker not in last_said or last_said[word.speaker] < _said(word))
        )
    )
