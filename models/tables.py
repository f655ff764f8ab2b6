"""Every table of the record, imported once so that the metadata is whole."""

from sqlmodel import SQLModel

from models import (  # noqa: F401
    accounts,
    acknowledgement,
    actors,
    affiliations,
    commitments,
    contacts,
    coverage,
    designations,
    edges,
    episodes,
    history,
    keys,
    participants,
    sources,
    topics,
)

METADATA = SQLModel.metadata
