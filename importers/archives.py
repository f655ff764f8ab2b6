"""Data sets that are folders, sent as one file: a ZIP archive, of which the files that are wanted are unpacked."""

import fcntl
import os
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import IO, Final
from xml.etree.ElementTree import ParseError
from xml.sax import SAXException, SAXParseException

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]

from importers.documents import CHUNK_BYTES, Document
from importers.records import Record

ARCHIVE_BYTES_MAX: Final = 16 << 20
"""Its table of contents is held in memory, and could be all of it."""
UNPACKED_BYTES_MAX: Final = 32 << 20
"""Several times the largest data set; all rows of one are held in memory."""
FILES_MAX: Final = 2_000
NAME_BYTES_MAX: Final = 200
FOLDER_PREFIX: Final = "readout-import-"
ENCRYPTED: Final = 0x1
BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, struct.error, OverflowError)
"""What the library makes of an archive that is damaged; it promises no error of its own."""


class Unreadable(Exception):
    """A data set is not what it should be; the message says so to whoever sent it."""


def read_archive(
    document: Document, wanted: Sequence[str], read_folder: Callable[[Path], Iterator[Record]]
) -> Iterator[Record]:
    """Yields the records of a folder that comes as a ZIP archive.

    Args:
        document: the archive.
        wanted: patterns of the files to read, from the folder on; whatever stands above it, or beside them, is left.
        read_folder: reads the folder once it is unpacked, all of it before it hands over the first record.

    Raises:
        Unreadable: it is no such archive, is too large, or a file in it is not well-formed.

    Cost:
        Disk for the archive and `UNPACKED_BYTES_MAX`, until the first record is there.
    """
    with _folder() as folder:
        with _gathered(document) as file:
            _unpack(file, wanted, folder)
        records = read_folder(folder)
        try:
            first = next(records, None)
        except FileNotFoundError:
            raise Unreadable(f"The archive holds none of {', '.join(wanted)}.") from None
        except DefusedXmlException:
            raise Unreadable("A file in the archive defines XML entities of its own, which are not read.") from None
        except (SAXException, ParseError) as error:
            raise Unreadable(_said(error, folder)) from None
    # What is unpacked goes now, and not with a process that may be killed before the load is over.
    if first is not None:
        yield first
        yield from records


def looks_like_archive(file: IO[bytes]) -> bool:
    """Returns whether a file ends as a ZIP archive does; one that does may still be broken."""
    return zipfile.is_zipfile(file)


@contextmanager
def _folder() -> Iterator[Path]:
    """Gives an empty folder until the block ends; of a process that was killed it goes with the next that is made."""
    for left in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        with suppress(OSError), _alone(left, fcntl.LOCK_NB):
            shutil.rmtree(left)
    while True:
        with tempfile.TemporaryDirectory(prefix=FOLDER_PREFIX) as name, ExitStack() as held:
            try:
                held.enter_context(_alone(Path(name)))
            except FileNotFoundError:
                continue
            yield Path(name)
            return


@contextmanager
def _alone(folder: Path, how: int = 0) -> Iterator[None]:
    """Holds a lock on a folder, of which the system lets go when the process ends, however it does.

    Raises:
        FileNotFoundError: somebody took it for left behind before it was locked.
        OSError: it is none, or not ours, or somebody holds the lock and was not to be waited for.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | how)
        # It must be the folder of this name still.
        if not os.path.samestat(os.fstat(descriptor), folder.stat()):
            raise FileNotFoundError
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _gathered(document: Document) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        for piece in document.chunks:
            file.write(piece)
            if file.tell() > ARCHIVE_BYTES_MAX:
                raise Unreadable(f"The archive is longer than {ARCHIVE_BYTES_MAX >> 20} MiB.")
        yield file


def _unpack(file: IO[bytes], wanted: Sequence[str], folder: Path) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            members = _members(archive, wanted)
            left = UNPACKED_BYTES_MAX
            for place, member in members.items():
                left -= _write(archive, member, folder / place, left)
    except BROKEN:
        raise Unreadable("The archive is no ZIP archive, or it is damaged.") from None


def _members(archive: zipfile.ZipFile, wanted: Sequence[str]) -> dict[str, zipfile.ZipInfo]:
    """Returns the files to unpack by where they go, which is never outside of the folder: the pattern says it."""
    found: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        path = PurePosixPath(member.filename)
        pattern = next((one for one in wanted if path.match(one)), None)
        # What a Mac adds beside each file is named after it, with a dot before.
        if pattern is None or member.is_dir() or path.name.startswith("."):
            continue
        place = PurePosixPath(*path.parts[-len(PurePosixPath(pattern).parts) :]).as_posix()
        if place in found:
            raise Unreadable("The archive holds two files of one name in folders of one name; send one of them.")
        if len(place.encode("utf-8", "surrogatepass")) > NAME_BYTES_MAX or not place.isprintable():
            raise Unreadable("The archive holds a file whose name is too long or has characters that none needs.")
        found[place] = member
    if len(found) > FILES_MAX:
        raise Unreadable(f"The archive holds more than {FILES_MAX:,} files.")
    return found


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, left: int) -> int:
    """Unpacks one file and returns its length; what the archive says of that is not believed."""
    if member.flag_bits & ENCRYPTED or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unreadable("A file in the archive is encrypted, or packed otherwise than by «deflate».")
    target.parent.mkdir(exist_ok=True)
    size = 0
    with archive.open(member) as packed, target.open("xb") as file:
        while piece := packed.read(CHUNK_BYTES):
            size += len(piece)
            if size > left:
                raise Unreadable(f"The files in the archive are longer than {UNPACKED_BYTES_MAX >> 20} MiB together.")
            file.write(piece)
    return size


def _said(error: Exception, folder: Path) -> str:
    """Returns what is wrong with which file, without where it was unpacked."""
    if not isinstance(error, SAXParseException):
        return "A file in the archive is not well-formed XML." if isinstance(error, ParseError) else str(error)
    path = Path(error.getSystemId() or "")
    shown = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else "A file in the archive"
    return f"{shown}, line {error.getLineNumber()}, is not well-formed XML."
