"""What a failed command says, for failures that whoever typed it can do something about."""

from pydantic import ValidationError

from db.embedded_faults import EmbeddedError
from models.errors import ReadoutError
from models.faults import sentence_of


def sentence_for(error: Exception) -> str | None:
    """Returns a fault of the domain, or of a file, in words; None = it is a fault of ours."""
    if isinstance(error, EmbeddedError):
        return str(error)
    if isinstance(error, ReadoutError):
        return " ".join([error.detail, *(one.message for one in error.errors if one.message != error.detail)])
    if isinstance(error, ValidationError):
        return "\n".join(f"{'.'.join(map(str, fault['loc']))}: {sentence_of(fault)}" for fault in error.errors())
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror or error}"
    return None
