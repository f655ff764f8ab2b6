"""Files on their way in: received piece by piece into a file without a name, never held in memory."""

import asyncio
import errno
import hashlib
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import IO, Any, Final

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from importers.csv_mapping import MAPPING_BYTES_MAX
from models.errors import Detail, DiskFull, InvalidRecord, Unavailable, UnsupportedMedia

FORM: Final = "multipart/form-data"
FILE: Final = "file"
"""Of a form: where the file is."""
MAPPING: Final = "mapping"
"""Of a form: how a table's columns are read."""
AT_ONCE: Final = 4
"""Files received at the same time by one process; each takes disk while it comes."""
PIECE_BYTES: Final = 1 << 20
SILENCE_SECONDS: Final = 30.0
"""A client that sends nothing for so long has gone."""
SLOWEST_BYTES_PER_SECOND: Final = 8_192
"""Over the whole file: whoever is slower keeps a place from all others."""


@dataclass(slots=True)
class Received:
    """A file that has come in whole, and the mapping that came with it."""

    file: IO[bytes]
    name: str | None = None
    mapping: bytes | None = None
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def pieces(self, size: int) -> Iterator[bytes]:
        """Yields the file from its beginning, in pieces of one size."""
        self.file.seek(0)
        while piece := self.file.read(size):
            yield piece

    def add(self, piece: bytes) -> None:
        """Writes a piece that has come in."""
        self.file.write(piece)
        self.count(piece)

    def count(self, piece: bytes) -> None:
        """Counts a piece that stands in the file."""
        self.digest.update(piece)
        self.size += len(piece)


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[Received]:
    """Gives the file of a request: its body, or the part `file` of its form.

    Raises:
        InvalidRecord: there is none, or it is empty, or the form is not one.
        UnsupportedMedia: it is compressed.
        Unavailable: too many come in at once, or it stopped coming.
        DiskFull: there is no room for it.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMedia("Send the file uncompressed.")
    if getattr(request.state, "file_received", False):
        raise Unavailable("Another request stood in the way after the file had come in; send it again.")
    request.state.file_received = True
    places = _places(request)
    if places.locked():
        raise Unavailable(f"{AT_ONCE} files are being received already; send this one again shortly.")
    async with places:
        try:
            async with (_form_file if is_form(request) else _body_file)(request) as found:
                if not found.size:
                    raise InvalidRecord("The file is empty.", errors=[Detail("empty", "There is nothing in it.")])
                yield found
        except ClientDisconnect:
            raise Unavailable("The file broke off; send it again.") from None
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise DiskFull("There is no room to receive this file; nothing was stored.") from error


def is_form(request: Request) -> bool:
    """Returns whether the body of a request is a form with files."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM


def _places(request: Request) -> asyncio.Semaphore:
    state = request.app.state
    if not hasattr(state, "upload_places"):
        state.upload_places = asyncio.Semaphore(AT_ONCE)
    places: asyncio.Semaphore = state.upload_places
    return places


def _kept_coming(receive: Receive) -> Receive:
    """Returns a way to receive that gives up whoever falls silent, or is slower than anybody needs to be."""
    began, size = time.monotonic(), 0

    async def coming() -> Message:
        nonlocal size
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                message = await receive()
        except TimeoutError:
            raise Unavailable(f"The file stopped coming for {SILENCE_SECONDS:.0f} seconds; send it again.") from None
        size += len(message.get("body", b""))
        if time.monotonic() - began > SILENCE_SECONDS + size / SLOWEST_BYTES_PER_SECOND:
            raise Unavailable(f"The file comes slower than {SLOWEST_BYTES_PER_SECOND} bytes a second; send it again.")
        return message

    return coming


@asynccontextmanager
async def _body_file(request: Request) -> AsyncIterator[Received]:
    with tempfile.TemporaryFile() as file:
        found, held = Received(file), bytearray()
        async for chunk in Request(request.scope, _kept_coming(request.receive)).stream():
            held += chunk
            if len(held) >= PIECE_BYTES:
                await run_in_threadpool(found.add, bytes(held))
                held.clear()
        await run_in_threadpool(found.add, bytes(held))
        yield found


@asynccontextmanager
async def _form_file(request: Request) -> AsyncIterator[Received]:
    coming = Request(request.scope, _kept_coming(request.receive))
    try:
        form = await coming.form(max_files=2, max_fields=1, max_part_size=MAPPING_BYTES_MAX)
    except (HTTPException, KeyError) as error:
        if isinstance(error, HTTPException) and error.status_code == 413:
            raise
        said = (
            f"The body is not {FORM} with one file in the part «{FILE}» and, for a table, its mapping in the part "
            f"«{MAPPING}»; options go into the address."
        )
        raise InvalidRecord(said, errors=[Detail("bad_form", said)]) from None
    try:
        yield await _taken_from(form)
    finally:
        await form.close()


async def _taken_from(form: FormData) -> Received:
    names = [name for name, _ in form.multi_items()]
    if len(set(names)) < len(names) or not set(names) <= {FILE, MAPPING}:
        said = f"A form has one part «{FILE}» and, for a table, one part «{MAPPING}»; options go into the address."
        raise InvalidRecord(said, errors=[Detail("bad_form", said)])
    part, mapping = form.get(FILE), form.get(MAPPING)
    if not isinstance(part, UploadFile):
        said = f"The form has no file in a part named «{FILE}»."
        raise InvalidRecord(said, errors=[Detail("missing", said, pointer=f"/{FILE}")])
    if isinstance(mapping, str):
        said_how: bytes | None = mapping.encode("utf-8", "surrogatepass")
    else:
        # One byte more than a mapping may have, so that a longer one is refused for its length.
        said_how = await mapping.read(MAPPING_BYTES_MAX + 1) if mapping is not None else None
    found = Received(part.file, part.filename, said_how)
    await run_in_threadpool(_count, found)
    return found


def _count(found: Received) -> None:
    for piece in found.pieces(PIECE_BYTES):
        found.count(piece)
