"""What whoever imports decides beside the files."""

from dataclasses import dataclass

from importers.csv_mapping import CsvMapping


@dataclass(frozen=True, slots=True)
class Choices:
    """Decisions; each importer looks at those that concern it.

    Attributes:
        intents: event data: a stated intent to meet (CAMEO 036) becomes a contact that is `planned`.
        mapping: tables: how their columns become contacts.
    """

    intents: bool = False
    mapping: CsvMapping | None = None
