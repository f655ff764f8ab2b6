"""Where else the content of a record stands or stood: merges gave it to others, for good or for a time."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Stay:
    """A time in which one record was part of another, by the numbers of the logs between which it was.

    Attributes:
        guest: the record that was merged.
        host: the one that it was merged into.
        since: log of the merge.
        until: log by which it ended.
    """

    guest: int
    host: int
    since: int
    until: int

    def holds(self, log_id: int, side: str) -> bool:
        """Whether the host, before or after an entry of this log, was also the guest."""
        return self.since < log_id <= self.until if side == "before" else self.since <= log_id < self.until


def merged_with(session: Session, noun: str, number: int) -> list[int]:
    """Returns a record and all that were merged into it, that one first."""
    guests = text(f"SELECT {noun}_id FROM {noun} WHERE merged_into_id = :id ORDER BY 1 FOR UPDATE")
    return [number, *session.execute(guests, {"id": number}).scalars()]


def stays_of(session: Session, noun: str, numbers: Sequence[int]) -> list[Stay]:
    """Returns the times in which these records were part of others that they are no longer part of."""
    return [stay for number in numbers for stay in _stays(session, noun, number) if stay.host not in numbers]


def _stays(session: Session, noun: str, number: int) -> Iterator[Stay]:
    host = since = None
    for row in session.execute(text(_LED), {"noun": noun, "id": number}):
        if row.host == host:
            continue
        if host is not None and since is not None:
            yield Stay(number, host, since, row.log_id)
        host, since = row.host, row.log_id


def erase_past_stays(session: Session, noun: str, stays: Collection[Stay]) -> None:
    """Takes out of the past what hosts had of their guests; call it before the guests' own past is erased."""
    for stay in stays:
        given = {"guest": stay.guest, "host": stay.host, "since": stay.since, "until": stay.until}
        session.execute(text(_ERASE.format(noun=noun)), given)


def given_stays(stays: Collection[Stay]) -> dict[str, Any]:
    """Returns stays as the parameters that ``HOSTED`` names."""
    return {name: [getattr(stay, name[:-1]) for stay in stays] for name in ("hosts", "sinces", "untils")}


HOSTED: Final = """EXISTS (SELECT FROM unnest(CAST(:hosts AS bigint[]), CAST(:sinces AS bigint[]),
    CAST(:untils AS bigint[])) s(host, since, until) WHERE s.host = {record} AND log_id BETWEEN s.since AND s.until)"""
"""SQL condition of entries that a host left while it had guests."""
_LED: Final = """
SELECT log_id, CAST(after ->> 'merged_into_id' AS bigint) AS host FROM history JOIN revision USING (log_id)
WHERE noun = :noun AND record_id = :id AND salt IS NOT NULL ORDER BY revision_id, ordinal
"""
_ERASE: Final = """
SELECT erase_past_{noun}_stay(:guest, :host, s.write_id, u.write_id) FROM revision s, revision u
WHERE s.log_id = :since AND u.log_id = :until
"""
