"""Public ids: the integer of a row, permuted with the database's own key and written in hexadecimal.

A second unique column would cost an index on every table. A permutation costs nothing to store, can be
computed inside SQL (see ``public_id`` in the first migration) and keeps the number of records, and their
order of arrival, out of sight.
"""

import re
from dataclasses import dataclass
from typing import Final

BITS: Final = 31
"""Two 31-bit factors multiply without overflow in Postgres's bigint; bits above pass through unpermuted."""
MASK: Final = (1 << BITS) - 1
SHIFT: Final = 16
"""At least half of BITS, so that xor with the shifted value undoes itself."""
LARGEST_ID: Final = (1 << 63) - 1
SHAPE: Final = re.compile(r"([a-z]{3})_([0-9a-f]{1,16})", re.ASCII)


@dataclass(frozen=True, slots=True)
class IdKey:
    """The key of one database: two odd 31-bit factors."""

    first: int
    second: int

    def encode(self, prefix: str, number: int) -> str:
        """Returns the public id of a row, such as ``con_5f3a91b2``."""
        low = (number & MASK) * self.first & MASK
        low ^= low >> SHIFT
        low = low * self.second & MASK
        return f"{prefix}_{(number & ~MASK) | low:x}"

    def decode(self, text: str, prefix: str) -> int | None:
        """Returns the row's integer, or None when the text is not a public id of that prefix."""
        match = SHAPE.fullmatch(text)
        if match is None or match[1] != prefix:
            return None
        number = int(match[2], 16)
        low = (number & MASK) * pow(self.second, -1, 1 << BITS) & MASK
        low ^= low >> SHIFT
        low = low * pow(self.first, -1, 1 << BITS) & MASK
        plain = (number & ~MASK) | low
        return plain if 0 < plain <= LARGEST_ID and self.encode(prefix, plain) == text else None
