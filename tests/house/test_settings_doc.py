"""docs/settings.md says what the code does: every setting with its default, every unsafe configuration."""

import re
from pathlib import Path

from pydantic.fields import FieldInfo

from db.safety import RULES
from models.settings import Settings

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "settings.md"


def shown(field: FieldInfo) -> str:
    default = field.default
    if default is None or default == []:
        return "absent"
    return f"`{default}`"


def settings_table() -> str:
    rows = [
        f"| `READOUT_{name.upper()}` | {shown(field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])


def rules_table() -> str:
    rows = [f"| {'refused' if rule.refused else 'warned'} | {rule.sentence} |" for rule in RULES.values()]
    return "\n".join(["| | what the service says |", "|---|---|", *rows])


def test_every_setting_stands_there_as_it_is() -> None:
    written = DOCUMENT.read_text(encoding="utf-8")
    assert settings_table() in written, f"put this table into docs/settings.md:\n{settings_table()}"


def test_every_unsafe_configuration_stands_there_as_it_is() -> None:
    written = DOCUMENT.read_text(encoding="utf-8")
    assert rules_table() in written, f"put this table into docs/settings.md:\n{rules_table()}"


def test_no_setting_is_promised_that_does_not_exist() -> None:
    known = {f"READOUT_{name.upper()}" for name in Settings.model_fields}
    tests_only = {"READOUT_TEST_DATABASE_URL", "READOUT_SHARED_DATA"}
    assert set(re.findall(r"READOUT_[A-Z_]+[A-Z]", DOCUMENT.read_text(encoding="utf-8"))) <= known | tests_only
