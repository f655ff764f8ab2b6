"""Folders that come as a ZIP archive: unpacked where nothing can escape, and told about when they are none."""

import fcntl
import io
import os
import struct
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from importers.archives import ARCHIVE_BYTES_MAX, UNPACKED_BYTES_MAX, Unreadable
from importers.choices import Choices
from importers.documents import Document
from importers.records import Outcome
from importers.registry import importer_named
from tests.importers.test_historyatstate import PRESIDENTS, visit

ROWS: Final = f"<visits>{visit()}</visits>"


def zipped(*files: tuple[str, str | bytes], way: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", way) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return packed.getvalue()


def read(data: bytes) -> list[tuple[str, str]]:
    importer = importer_named("historyatstate")
    assert importer is not None
    found = importer.read_sent(Document("sent.zip", [data]), Choices())
    return [(one.file, one.outcome) for one in found if isinstance(one, Outcome)]


@pytest.mark.parametrize("above", ["", "visits-master/", "../../", "/", "a/b/c/"])
def test_a_folder_is_found_wherever_it_stands_in_the_archive(above: str) -> None:
    beside = (("__MACOSX/visits/._a.xml", b"\0"), ("readme.md", b"x"), (f"{above}visits/deeper/b.xml", b"x"))
    found = read(zipped((f"{above}visits/a.xml", ROWS), (f"{above}presidents.xml", PRESIDENTS), *beside))
    assert found == [("visits/a.xml", "loaded")]


def crafted(change: Callable[[zipfile.ZipFile], None]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("visits/a.xml", ROWS)
        change(archive)
    return packed.getvalue()


def said_shorter(archive: zipfile.ZipFile) -> None:
    """A table of contents that says of a file that it is short."""
    archive.writestr("visits/b.xml", b" " * (UNPACKED_BYTES_MAX + 1))
    archive.infolist()[1].file_size = 10


def encrypted(archive: zipfile.ZipFile) -> None:
    archive.infolist()[0].flag_bits |= 1


BROKEN: Final = {
    "nothing": b"",
    "no archive": b"PK\x03\x04 nothing else",
    "end only": b"PK\x05\x06" + bytes(18),
    "counts that lie": b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 9, 9, 99, 9, 0),
    "cut": zipped(("visits/a.xml", ROWS))[:-30],
    "flipped": zipped(("visits/a.xml", ROWS * 9)).replace(b"a.xml", b"\xffxml!", 1),
    "no such folder": zipped(("other/a.xml", ROWS)),
    "twice": zipped(("x/visits/a.xml", ROWS), ("y/visits/a.xml", ROWS)),
    "long name": zipped((f"visits/{'x' * 201}.xml", ROWS)),
    "bent name": zipped(("visits/a\n.xml", ROWS)),
    "otherwise packed": zipped(("visits/a.xml", ROWS), way=zipfile.ZIP_LZMA),
    "many": zipped(*((f"visits/{number}.xml", b"") for number in range(2_001)), way=zipfile.ZIP_STORED),
    "bomb in parts": zipped(*((f"visits/{number}.xml", b" " * (UNPACKED_BYTES_MAX // 2)) for number in range(3))),
    "long": b" " * (ARCHIVE_BYTES_MAX + 1),
    "lies about its size": crafted(said_shorter),
    "encrypted": crafted(encrypted),
    "no XML": zipped(("visits/a.xml", "<visits><visit>")),
    "no XML of presidents": zipped(("visits/a.xml", ROWS), ("presidents.xml", "<p")),
    "unknown encoding": zipped(("visits/a.xml", '<?xml version="1.0" encoding="klingon"?><visits/>')),
    "wide encoding": zipped(("visits/a.xml", ROWS), ("presidents.xml", '<?xml version="1.0" encoding="big5"?><p/>')),
    "entities": zipped(("visits/a.xml", '<!DOCTYPE v [<!ENTITY a "b">]><visits>&a;</visits>')),
    "files of others": zipped(("visits/a.xml", '<!DOCTYPE v SYSTEM "file:///etc/passwd"><visits/>')),
}


def test_what_a_killed_process_left_is_cleared_away_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, used, strange = (tmp_path / name for name in ("readout-import-left", "readout-import-used", "other"))
    for folder in (left, used, strange):
        (folder / "visits").mkdir(parents=True)
        (folder / "visits" / "a.xml").write_text(ROWS, encoding="utf-8")
    (tmp_path / "readout-import-link").symlink_to(strange)
    descriptor = os.open(used, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    assert read(zipped(("visits/a.xml", ROWS))) == [("visits/a.xml", "loaded")]
    os.close(descriptor)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["other", "readout-import-link", "readout-import-used"]
    assert (strange / "visits" / "a.xml").is_file()


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_an_archive_that_is_none_is_told_about_without_where_it_was(data: bytes) -> None:
    with pytest.raises(Unreadable) as told:
        read(data)
    assert str(told.value).endswith(".")
    assert "/tmp" not in str(told.value)
    assert "readout-import" not in str(told.value)


def test_a_file_that_is_not_well_formed_is_named_with_its_line() -> None:
    with pytest.raises(Unreadable, match=r"^visits/b\.xml, line 2, is not well-formed XML\.$"):
        read(zipped(("visits/a.xml", ROWS), ("visits/b.xml", "<visits>\n</visit>")))


def test_a_president_without_a_name_is_none() -> None:
    nameless = PRESIDENTS.replace("<name>Ana Alva</name>", "")
    assert read(zipped(("visits/a.xml", ROWS), ("presidents.xml", nameless))) == [("visits/a.xml", "loaded")]
