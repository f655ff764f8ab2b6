"""The text of an API key: ``ro_<id>_<secret>``, the secret ending in a checksum of all that stands before.

The checksum tells a mistyped or shortened key from a revoked one without a look-up, and lets scanners of
leaked secrets be sure of what they found.
"""

import hashlib
import re
import secrets
import string
import zlib
from dataclasses import dataclass, field
from typing import Final

ALPHABET: Final = string.digits + string.ascii_letters
TOKEN_LENGTH: Final = 12
SECRET_LENGTH: Final = 32
"""190 bits: a plain SHA-256 is enough to keep it, since nobody can guess through so many."""
CHECKSUM_LENGTH: Final = 6
SHAPE: Final = re.compile(
    rf"ro_([0-9A-Za-z]{{{TOKEN_LENGTH}}})_([0-9A-Za-z]{{{SECRET_LENGTH}}})([0-9A-Za-z]{{{CHECKSUM_LENGTH}}})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class KeyText:
    """A key as its holder has it; printing it does not show the secret."""

    token: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """The whole key, to be shown once."""
        return f"ro_{self.token}_{self.secret}{checksum(self.token, self.secret)}"

    @property
    def digest(self) -> bytes:
        """What is stored instead of the secret."""
        return hashlib.sha256(self.text.encode()).digest()


def make_key_text() -> KeyText:
    """Returns a new key."""
    drawn = [secrets.choice(ALPHABET) for _ in range(TOKEN_LENGTH + SECRET_LENGTH)]
    return KeyText("".join(drawn[:TOKEN_LENGTH]), "".join(drawn[TOKEN_LENGTH:]))


def parse_key_text(text: str) -> KeyText | None:
    """Returns the key a text holds, or None when it is none or has a typing error."""
    match = SHAPE.fullmatch(text)
    if match is None or checksum(match[1], match[2]) != match[3]:
        return None
    return KeyText(match[1], match[2])


def checksum(token: str, secret: str) -> str:
    """Returns the CRC-32 of a key in base 62; it guards against mistakes, not against forgery."""
    number, written = zlib.crc32(f"ro_{token}_{secret}".encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        written = ALPHABET[digit] + written
    return written
