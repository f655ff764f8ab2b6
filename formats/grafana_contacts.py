"""Contacts and ties as flat rows of ``models/grafana_rows.py``: tables and annotations."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from formats.grafana import KNOWN, Row, first_day, last_day, midnight

SHOWN_NAMES: Final = 6
"""Participants named in a title; more are counted."""


def contact_rows(contacts: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Returns models.contacts.ContactOut as models.grafana_rows.GrafanaContact."""
    return [
        {
            "id": contact["id"],
            "time": midnight(day) if (day := _began(contact)) else None,
            "when": contact["when"] or "",
            "title": _title(contact),
            "kind": contact["kind"],
            "status": contact["status"],
            "known": _known(contact),
            "participants": ", ".join(one["actor"]["name"] for one in contact["participants"]),
            "place": contact["place"] or "",
            "topics": ", ".join(topic["label"] for topic in contact["topics"]),
            "summary": contact["summary"] or "",
            "accounts": contact["account_count"],
            "link": contact["links"]["self"],
        }
        for contact in contacts
    ]


def annotation_rows(contacts: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Returns those models.contacts.ContactOut that have a date as models.grafana_rows.GrafanaAnnotation."""
    return [
        {
            "id": contact["id"],
            "time": midnight(day),
            "timeEnd": _ended(contact, day),
            "title": _title(contact),
            "text": " ".join(filter(None, (contact["summary"], f"{_known(contact).capitalize()}."))),
            "tags": ",".join([contact["kind"], contact["status"], *(one["slug"] for one in contact["topics"])]),
            "link": contact["links"]["self"],
        }
        for contact in contacts
        if (day := _began(contact))
    ]


def _began(contact: Mapping[str, Any]) -> date | None:
    return first_day(contact["earliest"]) or last_day(contact["latest"])


def _ended(contact: Mapping[str, Any], began: date) -> str:
    last = last_day(contact["latest"])
    return f"{last}T23:59:59Z" if contact["earliest"] and last else midnight(began)


def _title(contact: Mapping[str, Any]) -> str:
    names = [one["actor"]["name"] for one in contact["participants"]]
    more = len(names) - SHOWN_NAMES
    said = " – ".join(names[:SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")
    return f"{contact['kind'].capitalize()}: {said}"


def _known(contact: Mapping[str, Any]) -> str:
    count = contact["account_count"]
    basis = ", the date inferred" if contact["date_basis"] == "inferred" else ""
    return f"{KNOWN[contact['status']]} ({count} account{'' if count == 1 else 's'}{basis})"


def last_contact_rows(ties: Iterable[Mapping[str, Any]], edges: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Returns models.edges.TieOut as models.grafana_rows.GrafanaLastContact.

    Args:
        ties: one for each row.
        edges: models.edges.EdgeOut, newest first, in which the last contact of each pair is looked for. Of several
            that may have been equally late, the one whose date says most is meant.
    """
    newest: dict[frozenset[str], Mapping[str, Any]] = {}
    for edge in edges:
        known = newest.setdefault(frozenset((edge["source_slug"], edge["target_slug"])), edge)
        if edge["latest"] == known["latest"] and (edge["earliest"] or "") > (known["earliest"] or ""):
            newest[frozenset((edge["source_slug"], edge["target_slug"]))] = edge
    return [_last_contact(tie, newest.get(frozenset((tie["ego"]["slug"], tie["alter"]["slug"])))) for tie in ties]


def _last_contact(tie: Mapping[str, Any], edge: Mapping[str, Any] | None) -> Row:
    status = edge["contact_status"] if edge else None
    return {
        **_ends(tie),
        "alter_kind": tie["alter"]["kind"],
        "level": tie["level"],
        "contacts": tie["contacts"],
        "last_from": _text(first_day(tie["last"]["earliest"])),
        "last_to": _text(last_day(tie["last"]["latest"])),
        "days_at_least": tie["silence"]["at_least"],
        "days_at_most": tie["silence"]["at_most"],
        "kind": edge["contact_kind"] if edge else None,
        "status": status,
        "known": KNOWN[status] if status else "",
        "contact": edge["contact"] if edge else None,
        "link": tie["links"]["contacts"],
    }


def silence_rows(ties: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Returns models.lapsed.LapsedTie as models.grafana_rows.GrafanaSilence."""
    return [_silence(tie, tie["rhythm"]) for tie in ties]


def _silence(tie: Mapping[str, Any], rhythm: Mapping[str, Any]) -> Row:
    last = rhythm["last"] or {}
    return {
        **_ends(tie),
        "contacts": tie["contacts"],
        "last_when": last.get("when"),
        "last_kind": last.get("kind"),
        "days_at_least": rhythm["silence"]["at_least"],
        "days_at_most": rhythm["silence"]["at_most"],
        "usual_gap_days": rhythm["median_gap_days"],
        "times_usual": rhythm["times_median"],
        "contact": last.get("contact"),
        "link": tie["links"]["contacts"],
    }


def _ends(tie: Mapping[str, Any]) -> Row:
    return {
        "ego_slug": tie["ego"]["slug"],
        "ego_name": tie["ego"]["name"],
        "alter_slug": tie["alter"]["slug"],
        "alter_name": tie["alter"]["name"],
    }


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
