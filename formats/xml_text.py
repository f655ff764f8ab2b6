"""Text as XML 1.0 can hold it."""

import re
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that no XML 1.0 document may hold, not even as a reference."""
DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


def allowed(value: Any) -> str:
    """Returns a value as text, with � for each character that XML forbids."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return FORBIDDEN.sub("\ufffd", str(value))


def element_text(value: Any) -> str:
    """Returns a value as the text of an element; a carriage return survives, which parsers would drop."""
    return escape(allowed(value), {"\r": "&#13;"})


def attribute(value: Any) -> str:
    """Returns a value as an attribute with its quotes; line breaks and tabs survive."""
    return quoteattr(allowed(value))
