"""Names for feeds and calendars that stay the same wherever the service is reached."""

from uuid import UUID, uuid5

from formats.shapes import About

NAMESPACE = UUID("6f1a3c52-9d0e-5b7f-8a44-2e5d1c7b9f30")
"""Any, but always this one."""


def stable_id(about: About, name: str) -> UUID:
    """Returns the id of something in one record: another record gives another, another host the same."""
    return uuid5(NAMESPACE, f"{about.instance}/{name}")
