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
    dismissals,
    edges,
    episodes,
    history,
    imports,
    keys,
    participants,
    relations,
    sources,
    topics,
)

METADATA = SQLModel.metadata
