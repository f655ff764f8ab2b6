"""Who speaks for a side of a contact: an organ or an office-holder of it at that date, not its media."""

from collections.abc import Collection, Hashable, Mapping
from typing import Any, Final, Protocol

from models.lifts import LIFTED_LEVELS
from models.projection import Event

SPEAKING_KINDS: Final = frozenset({"person", "office", "organisation", "state"})
"""Who can be authorised to speak for a side. A group («officials») has no voice of its own."""

VOICELESS_TYPES: Final = frozenset({"media", "company", "ngo"})
"""Organisations that are no organ of the state they belong to, and whose people do not speak for it."""


class Speaker(Protocol):
    """An account as far as it tells who speaks: the row of it will do."""

    @property
    def speaker_id(self) -> Any: ...
    @property
    def speaker_unnamed(self) -> Any: ...
    @property
    def speaker_kind(self) -> Any: ...
    @property
    def organisation_type(self) -> Any: ...
    @property
    def voiceless(self) -> Any:
        """Organisations of VOICELESS_TYPES that the speaker ever stood for."""
        ...


def voices(event: Event) -> dict[int, Hashable]:
    """Returns the side that an actor speaks for: as a participant, or as a unit that stands on one side only."""
    sides = event.sides()
    found: dict[int, set[Hashable]] = {}
    for taker in event.takers:
        if taker.actor_id in sides:
            lifted = [unit.unit for level in LIFTED_LEVELS for unit in event.units(taker, level)]
            for actor in (taker.actor_id, taker.standing_id, *lifted):
                found.setdefault(actor, set()).add(sides[taker.actor_id])
    return {actor: next(iter(near)) for actor, near in found.items() if len(near) == 1}


def side_spoken_for(speaker: Speaker, event: Event, voiced: Mapping[int, Hashable]) -> Hashable | None:
    """Returns the side for which a speaker is authorised, or None.

    Args:
        speaker: who gives the account. An unnamed official speaks for nobody.
        event: the contact; what counts is where the speaker stood on its date.
        voiced: as ``voices`` returns it.
    """
    actor = speaker.speaker_id
    if actor is None or speaker.speaker_unnamed or speaker.speaker_kind not in SPEAKING_KINDS:
        return None
    if speaker.organisation_type == "media":
        return None
    if actor in voiced:
        return voiced[actor]
    if speaker.organisation_type in VOICELESS_TYPES or _is_private(speaker, event):
        return None
    for level in LIFTED_LEVELS:
        near = {voiced[unit] for unit in _stood_for(event, actor, level) if unit in voiced}
        if near:
            return next(iter(near)) if len(near) == 1 else None
    return None


def _is_private(speaker: Speaker, event: Event) -> bool:
    """Whether a person holds no office, or everything he stands for has no voice."""
    if speaker.speaker_kind == "person" and not _stood_for(event, speaker.speaker_id, "office"):
        return True
    organs = _stood_for(event, speaker.speaker_id, "organisation")
    return bool(organs) and set(organs) <= set(speaker.voiceless or ())


def _stood_for(event: Event, actor: int, level: str) -> Collection[int]:
    start, end = event.bounds.earliest, event.bounds.latest
    return [row.unit_id for row in event.lifts.get((actor, level), ()) if row.since < end and row.until > start]
