"""What the command line says, and to whom: answers, and failures as sentences."""

from typing import Final, NoReturn

from rich.console import Console

console: Final = Console(highlight=False)
remarks: Final = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
"""Where failures and warnings go. What they repeat of the outside world must not be taken for markup."""


def refuse(sentence: str) -> NoReturn:
    """Prints a sentence and ends the command with exit code 1."""
    remarks.print(sentence, style="bold red")
    raise SystemExit(1)


def warn(sentences: list[str]) -> None:
    """Prints warnings, one a line."""
    for sentence in sentences:
        remarks.print(f"Warning: {sentence}", style="yellow")
