"""From an importer's plain records to the bodies a client would send."""

from typing import Final

from importers.records import ActorRecord, AffiliationRecord, ContactRecord, ParticipantRecord, SourceRecord
from models.actors import ActorIn
from models.affiliations import AffiliationIn
from models.contacts import ContactIn
from models.sources import SourceIn

ROW_SEPARATOR: Final = "; "
LINE_MAX: Final = 500
"""What the column of original rows takes."""


def actor_body(record: ActorRecord) -> ActorIn:
    """Returns an actor's body; its key becomes an outside identifier, by which a second run finds it."""
    scheme, value = record.key.split(":", 1)
    identifiers = [{"scheme": scheme, "value": value}]
    identifiers += [{"scheme": one, "value": other} for one, other in record.identifiers]
    return ActorIn.model_validate(
        {
            "kind": record.kind,
            "name": record.name,
            "slug": record.slug,
            "provisional": record.provisional,
            "organisation_type": record.organisation_type,
            "names": [{"name": alias, "lang": record.lang} for alias in record.aliases],
            "identifiers": identifiers,
        }
    )


def affiliation_body(record: AffiliationRecord) -> AffiliationIn:
    """Returns an affiliation's body; whose it is stands beside it."""
    return AffiliationIn(relation=record.relation, target=record.target_key, since=record.since, until=record.until)


def source_body(record: SourceRecord) -> SourceIn:
    """Returns a source's body; its key becomes its slug."""
    return SourceIn.model_validate(
        {
            "slug": source_slug(record.key),
            "kind": record.kind,
            "title": record.title,
            "publisher": record.publisher_key,
            "publisher_name": record.publisher_name,
            "url": record.url,
            "language": record.language,
            "published": record.published,
            "retrieved": record.retrieved,
            "reliability": record.reliability,
            "note": record.note,
        }
    )


def source_slug(key: str) -> str:
    """Returns the slug of a source's key."""
    return key.replace(":", "-").replace("/", "-")


def contact_body(record: ContactRecord) -> ContactIn:
    """Returns a contact's body; its key becomes an outside identifier, and what is doubtful stands in its summary."""
    scheme, value = record.key.split(":", 1)
    summary = ". ".join(part for part in (record.title, *record.flags) if part)
    return ContactIn.model_validate(
        {
            "kind": record.kind,
            "when": record.when,
            "date_basis": record.date_basis,
            "protocol": record.protocol,
            "medium": record.medium,
            "place": record.place,
            "summary": summary or None,
            "part_of": record.part_of,
            "topics": list(record.topics),
            "identifiers": [{"scheme": scheme, "value": value}],
            "participants": [_participant(one) for one in record.participants],
            "accounts": [
                {
                    "source": source_slug(account.source_key),
                    "stance": account.stance,
                    "paraphrase": account.paraphrase or None,
                    "original_row": rows_in_one_line(account.original_row),
                    "original_code": account.original_code,
                    "credibility": account.credibility,
                }
                for account in record.accounts
            ],
        }
    )


def rows_in_one_line(rows: str) -> str:
    """Returns the ids of rows, given one to a line, as one line that a column takes; what is cut ends in `…`."""
    joined = ROW_SEPARATOR.join(rows.splitlines())
    if len(joined) <= LINE_MAX:
        return joined
    whole = joined[: LINE_MAX - 1].rpartition(ROW_SEPARATOR)[0]
    return f"{whole or joined[: LINE_MAX - 1]}…"


def _participant(record: ParticipantRecord) -> dict[str, str | None]:
    return {
        "actor": record.actor_key,
        "role": record.role,
        "capacity": record.capacity_key,
        "on_behalf_of": record.on_behalf_of_key,
        "level": record.level,
        "name_as_given": record.name_as_given,
        "side": record.side,
    }
