"""Archives are looked into, and those that are broken or hostile are findings."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import re
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import CT, FAULTY, Command, dcmlint, process

from dcmlint.execute.pool import Pool
from dcmlint.scan import Session, lint_entry
from dcmlint.source import Entry, archive, archive_bounds, is_held
from dcmlint.source.archive import Members, visit
from dcmlint.source.paths import Paths

__all__ = ["dcmlint"]

BAD = FAULTY / "missing_type_1.dcm"
CONTENTS = {"s/ct.dcm": CT, "s/bad.dcm": BAD}


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return made.getvalue()


def tarred(members: dict[str, bytes], mode: Any = "w", form: int = tarfile.PAX_FORMAT) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode, format=form) as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


FORMS: list[tuple[str, Callable[[dict[str, bytes]], bytes]]] = [
    ("a.zip", zipped),
    ("stored.ZIP", lambda members: zipped(members, zipfile.ZIP_STORED)),
    ("b.zip", lambda members: zipped(members, zipfile.ZIP_BZIP2)),
    ("a.tar", tarred),
    ("gnu.tar", lambda members: tarred(members, form=tarfile.GNU_FORMAT)),
    ("a.tar.gz", lambda members: tarred(members, "w:gz")),
    ("a.tgz", lambda members: tarred(members, "w:gz")),
    ("a.tar.bz2", lambda members: tarred(members, "w:bz2")),
    ("a.tar.xz", lambda members: tarred(members, "w:xz")),
    ("in.tar", lambda members: tarred({"in.zip": zipped(members)})),
    ("in.zip", lambda members: zipped({"in.tgz": tarred(members, "w:gz")})),
    ("in.tar.gz", lambda members: tarred({"in.tar": tarred(members)}, "w:gz")),
]


def found(dcmlint: Command, *arguments: str | Path) -> list[dict[str, Any]]:
    result = dcmlint("check", "--isolated", "--no-cache", "-f", "json", *arguments)
    assert result.err == ""
    findings: list[dict[str, Any]] = json.loads(result.out)["findings"]
    return findings


def rules(dcmlint: Command, *arguments: str | Path) -> list[tuple[str, str]]:
    return [(Path(each["file"]).name, each["rule"]) for each in found(dcmlint, *arguments)]


@pytest.mark.parametrize(("name", "make"), FORMS, ids=[name for name, _ in FORMS])
@pytest.mark.parametrize("walked", [False, True])
def test_members_have_the_findings_of_files(
    dcmlint: Command, tmp_path: Path, name: str, make: Callable[[dict[str, bytes]], bytes], walked: bool
) -> None:
    archive = tmp_path / name
    archive.write_bytes(make({member: path.read_bytes() for member, path in CONTENTS.items()}))
    folder = tmp_path.with_name(f"{tmp_path.name}-files")
    for member, path in CONTENTS.items():
        target = folder / member
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    ours = found(dcmlint, tmp_path if walked else archive)
    assert {each["file"].startswith(f"{archive}!/") for each in ours} == {True}
    assert {each["rule"] for each in ours} == {"module/missing-type-1", "uid/duplicate-instance"}
    assert placed(ours, r'[^ "]*!/') == placed(found(dcmlint, folder), re.escape(f"{folder}/"))


def test_nothing_is_said_to_be_fixable_in_an_archive(dcmlint: Command, tmp_path: Path) -> None:
    content = (FAULTY / "odd_length.dcm").read_bytes()
    (tmp_path / "a.zip").write_bytes(zipped({"odd.dcm": content}))
    (tmp_path / "odd.dcm").write_bytes(content)
    said = {
        path.name: json.loads(dcmlint("check", "--isolated", "-f", "json", path).out)["summary"]
        for path in tmp_path.iterdir()
    }
    assert {name: (each["notes"] + each["errors"], each["fixable"]) for name, each in said.items()} == {
        "a.zip": (1, 0),
        "odd.dcm": (1, 1),
    }


def placed(findings: list[dict[str, Any]], above: str) -> list[str]:
    """Return the findings without what is above the names of the files, in any order."""
    return sorted(re.sub(above, "", json.dumps(each)) for each in findings)


@pytest.mark.parametrize("packed", [gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_file(dcmlint: Command, tmp_path: Path, packed: Callable[[bytes], bytes]) -> None:
    suffix = {gzip.compress: ".gz", bz2.compress: ".bz2", lzma.compress: ".xz"}[packed]  # type: ignore[index]
    path = tmp_path / f"bad.dcm{suffix}"
    path.write_bytes(packed(BAD.read_bytes()))
    (finding,) = found(dcmlint, path)
    assert finding["file"] == f"{path}!/bad.dcm"
    assert finding["rule"] == "module/missing-type-1"


def test_which_archives_are_looked_into(dcmlint: Command, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"bad.dcm": BAD.read_bytes()}))
    inside, outside = [("bad.dcm", "module/missing-type-1")], [("a.zip", "file/not-dicom")]
    assert rules(dcmlint, tmp_path) == rules(dcmlint, path) == inside
    assert rules(dcmlint, "--archives", "named", tmp_path) == outside
    assert rules(dcmlint, "--archives", "named", path) == inside
    assert rules(dcmlint, "--archives", "none", path) == outside
    assert dcmlint("check", "--archives", "some", path).status == 2


def test_the_settings_say_which(dcmlint: Command, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"bad.dcm": BAD.read_bytes()}))
    settings = tmp_path / "dcmlint.yaml"
    settings.write_text("archives: none\n")
    result = dcmlint("check", "--config", settings, "--no-cache", "-f", "json", path)
    assert [each["rule"] for each in json.loads(result.out)["findings"]] == ["file/not-dicom"]


def test_a_dicom_file_with_the_name_of_an_archive(dcmlint: Command, tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    path.write_bytes(BAD.read_bytes())
    assert rules(dcmlint, path) == [("bad.zip", "module/missing-type-1")]


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
def test_a_pool_finds_what_one_process_finds(tmp_path: Path, name: str) -> None:
    members = {f"{number}.dcm": (BAD if number % 3 else CT).read_bytes() for number in range(150)}
    path = tmp_path / name
    path.write_bytes(dict(FORMS)[name](members))
    for number in range(60):
        (tmp_path / f"{number}.dcm").write_bytes(CT.read_bytes())
    options = ("check", "--isolated", "--no-cache", "-f", "csv", tmp_path)
    one, two = process(*options, "-j", "1"), process(*options, "-j", "2")
    assert one.out == two.out
    assert one.out.count("module/missing-type-1") == 100


def test_held_members_are_worked_on_one_by_one(tmp_path: Path) -> None:
    """What a compressed tar holds is given up before the next member is read, with a pool too."""
    path = tmp_path / "a.tgz"
    path.write_bytes(tarred({str(number): bytes([number]) * 100 for number in range(200)}, "w:gz"))
    for number in range(70):
        (tmp_path / f"{number:03}").write_bytes(b"x")
    events: list[str] = []

    def entries() -> Any:
        for entry in Paths().entries(str(tmp_path)):
            events.append(f"met {entry.path}")
            yield entry

    class Work:
        def __call__(self, entry: Entry) -> str:
            events.append(f"done {entry.path}")
            return entry.path

        def lost(self, entry: Entry, reason: str) -> str:
            raise AssertionError

    done = list(Pool(2).run(Work(), entries()))
    assert len(done) == 270
    held = [event for event in events if "!/" in event]
    assert held == [f"{what} {path}!/{number}" for number in range(200) for what in ("met", "done")]


def test_memory_is_that_of_one_member(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    content = os.urandom(1 << 20)
    path.write_bytes(tarred({str(number): content for number in range(40)}, "w:gz"))
    tracemalloc.start()
    for entry in visit(str(path), named=True):
        assert len(entry.held) == len(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 << 20


def test_the_list_of_members_is_not_in_memory(tmp_path: Path) -> None:
    for name, make in (("a.zip", zipped), ("a.tar", tarred)):
        path = tmp_path / name
        path.write_bytes(make({f"{number:06}": b"" for number in range(20_000)}))
        tracemalloc.start()
        assert sum(1 for _ in visit(str(path), named=True)) == 20_000
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1 << 20, name


def test_a_large_member_of_a_tar_is_read_as_far_as_needed(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(tarred({"ct.dcm": CT.read_bytes() + bytes(3 << 20)}))
    (entry,) = visit(str(path), named=True)
    blob = Members().open(entry)
    assert blob.buf[128:132] == b"DICM"
    assert blob.buf.fetched < 100_000
    blob.close()
    descriptors = open_files()
    for _ in range(20):
        lint_entry(entry, Session())
    assert open_files() == descriptors


# Hostile and broken archives: what is made, and (name, rule, part of the message) of what is said of it.


def bomb(path: Path) -> None:
    """One member that comes to 300 MB."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = bytes(1 << 20)
    packed = b"".join(compressor.compress(zeros) for _ in range(300)) + compressor.flush()
    path.write_bytes(raw_zip("bomb.dcm", packed, size=300 << 20))


def raw_zip(name: str, packed: bytes, *, size: int, crc: int = 0, method: int = 8, count: int = 1) -> bytes:
    """Return a zip archive of one member, `count` times in its directory."""
    coded = name.encode()
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, method, 0, 0, crc, len(packed), size, len(coded), 0)
    record = struct.pack(
        "<4s6H3L5H2L",
        b"PK\1\2",
        20,
        20,
        0,
        method,
        0,
        0,
        crc,
        len(packed),
        size,
        len(coded),
        0,
        0,
        0,
        0,
        0,
        0,
    )
    directory = (record + coded) * count
    body = local + coded + packed
    return (
        body
        + directory
        + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)
    )


def liar(path: Path) -> None:
    """More comes of the member than its archive says."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = compressor.compress(bytes(50 << 20)) + compressor.flush()
    path.write_bytes(raw_zip("liar.dcm", packed, size=1000))


def overlapping(path: Path) -> None:
    packed = zlib.compress(bytes(1 << 20))[2:-4]
    path.write_bytes(raw_zip("same.dcm", packed, size=1 << 20, crc=zlib.crc32(bytes(1 << 20)), count=500))


def wrong_checksum(path: Path) -> None:
    path.write_bytes(raw_zip("a.dcm", BAD.read_bytes(), size=BAD.stat().st_size, crc=1, method=0))


def encrypted(path: Path) -> None:
    content = bytearray(zipped({"a.dcm": BAD.read_bytes()}))
    content[6] |= 1
    content[content.rindex(b"PK\1\2") + 8] |= 1
    path.write_bytes(content)


def unknown_method(path: Path) -> None:
    path.write_bytes(raw_zip("a.dcm", b"x" * 20, size=20, method=99))


def cut_zip(path: Path) -> None:
    path.write_bytes(zipped({"a.dcm": CT.read_bytes()})[:-30])


def broken_directory(path: Path) -> None:
    content = zipped({"a.dcm": CT.read_bytes(), "b.dcm": CT.read_bytes()})
    at = content.rindex(b"PK\1\2")
    path.write_bytes(content[:at] + b"XXXX" + content[at + 4 :])


def cut_gz(path: Path) -> None:
    content = tarred({"ct.dcm": CT.read_bytes(), "z": os.urandom(100_000)}, "w:gz")
    path.write_bytes(content[:-50_000])


def cut_tar(path: Path) -> None:
    path.write_bytes(tarred({"a": b"x" * 10, "ct.dcm": CT.read_bytes()})[: 1536 + 1000])


def bad_gz(path: Path) -> None:
    content = bytearray(tarred({"ct.dcm": CT.read_bytes(), "z": os.urandom(100_000)}, "w:gz"))
    content[-1] ^= 1
    content[-6] ^= 1
    path.write_bytes(content)


def bad_xz(path: Path) -> None:
    content = bytearray(tarred({"z": os.urandom(100_000)}, "w:xz"))
    content[50_000] ^= 1
    path.write_bytes(content)


def gz_bomb(path: Path) -> None:
    """A member of 320 MB in a compressed tar archive of 1.4 MB."""
    member = tarfile.TarInfo("bomb.dcm")
    member.size = 20 << 24
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    with path.open("wb") as file:
        file.write(packer.compress(member.tobuf()))
        zeros = bytes(16 << 20)
        for _ in range(20):
            file.write(packer.compress(zeros))
        file.write(packer.flush())


def deep(path: Path) -> None:
    """Ten archives, one in the other."""
    content = BAD.read_bytes()
    for level in range(10):
        content = zipped({f"{level}.zip" if level else "bad.dcm": content})
    path.write_bytes(content)


def long_header(path: Path) -> None:
    """A pax header of 8 GB."""
    member = tarfile.TarInfo("x")
    member.type = tarfile.XHDTYPE
    member.size = 8 << 30
    path.write_bytes(gzip.compress(member.tobuf(tarfile.GNU_FORMAT) + bytes(4 << 20)))


def negative(path: Path) -> None:
    """A member whose size would lead back to its own header."""
    member = bytearray(tarfile.TarInfo("x").tobuf())
    member[124:136] = b"\xff" * 10 + b"\xfc\x00"
    member[148:156] = b" " * 8
    member[148:156] = b"%06o\0 " % sum(member)
    path.write_bytes(bytes(member) + bytes(2048))


def sparse(path: Path) -> None:
    """A member that says it is huge and has nothing."""
    path.write_bytes(gzip.compress(_sparse_header(7 << 30) + bytes(1024)))


def _sparse_header(size: int) -> bytes:
    member = bytearray(tarfile.TarInfo("x").tobuf(tarfile.GNU_FORMAT))
    member[156:157] = b"S"
    member[386:410] = b"%011o\0" % 0 + b"%011o\0" % 0
    member[483:495] = b"%011o\0" % size
    member[148:156] = b" " * 8
    member[148:156] = b"%06o\0 " % sum(member)
    return bytes(member)


def many_long_names(path: Path) -> None:
    """Thousands of headers for one member, which the library follows by recursion."""
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 4
    path.write_bytes((header.tobuf(tarfile.GNU_FORMAT) + b"abc\0".ljust(512, b"\0")) * 5000)


HOSTILE = [
    ("a.zip", bomb, "bomb.dcm", "file/archive-refused", "314,572,800 bytes"),
    ("a.zip", liar, "liar.dcm", "file/archive-damaged", "more comes of it"),
    ("a.zip", overlapping, "a.zip", "file/archive-refused", "overlap"),
    ("a.zip", wrong_checksum, "a.dcm", "file/archive-damaged", "checksum"),
    ("a.zip", encrypted, "a.dcm", "file/archive-refused", "encrypted"),
    ("a.zip", unknown_method, "a.dcm", "file/archive-refused", "method 99"),
    ("a.zip", cut_zip, "a.zip", "file/archive-damaged", "directory"),
    ("a.zip", broken_directory, "a.zip", "file/archive-damaged", "directory is broken"),
    ("a.tgz", cut_gz, "a.tgz", "file/archive-damaged", "breaks off"),
    ("a.tar", cut_tar, "a.tar", "file/archive-damaged", "breaks off"),
    ("a.tgz", bad_gz, "a.tgz", "file/archive-damaged", "broken"),
    ("a.txz", bad_xz, "a.txz", "file/archive-damaged", "broken"),
    ("a.tgz", gz_bomb, "bomb.dcm", "file/archive-refused", "bytes"),
    ("a.zip", deep, "5.zip", "file/archive-refused", "inside of 5 others"),
    ("a.tgz", long_header, "a.tgz", "file/archive-damaged", ""),
    ("a.tar", negative, "a.tar", "file/archive-damaged", ""),
    ("a.tgz", sparse, "a.tgz", "file/archive-refused", "bytes"),
    ("a.tar", many_long_names, "a.tar", "file/archive-damaged", ""),
]


@pytest.mark.parametrize(
    ("name", "make", "member", "rule", "said"), HOSTILE, ids=[case[1].__name__ for case in HOSTILE]
)
def test_a_hostile_archive_is_a_finding_and_the_rest_goes_on(
    dcmlint: Command,
    tmp_path: Path,
    name: str,
    make: Callable[[Path], None],
    member: str,
    rule: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(archive_bounds, "FREE_BYTES", 200 << 20)
    monkeypatch.setattr(archive_bounds, "RATIO", 20)
    monkeypatch.setattr(archive, "MEMBER_BYTES", 100 << 20)
    make(tmp_path / name)
    (tmp_path / "z.dcm").write_bytes(BAD.read_bytes())
    before = sorted(tmp_path.rglob("*"))
    tracemalloc.start()
    findings = found(dcmlint, tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    ours = [each for each in findings if Path(each["file"]).name == member and each["rule"] == rule]
    assert ours, findings
    assert said in ours[0]["message"]
    assert ours[0]["severity"] == "error"
    assert findings[-1]["file"].endswith("z.dcm")
    assert sorted(tmp_path.rglob("*")) == before
    assert peak < 200 << 20


def test_of_a_damaged_archive_the_start_is_checked(dcmlint: Command, tmp_path: Path) -> None:
    content = tarred({"bad.dcm": BAD.read_bytes(), "z": os.urandom(100_000)}, "w:gz")
    (tmp_path / "a.tgz").write_bytes(content[:-50_000])
    assert ("bad.dcm", "module/missing-type-1") in rules(dcmlint, tmp_path)


def test_a_quine(dcmlint: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive that has itself as its only member: here by a reader that always gives the same."""
    content = zipped({"r.zip": b"x"})
    monkeypatch.setattr(archive, "_read", lambda *_: content)
    monkeypatch.setattr(archive, "_kind", lambda head: "zip")
    (tmp_path / "r.zip").write_bytes(content)
    ((name, rule),) = rules(dcmlint, tmp_path / "r.zip")
    assert (name, rule) == ("r.zip", "file/archive-refused")


def test_bounds_hold_over_all_levels(
    dcmlint: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many archives in archives, none of which is large by itself, end with one finding."""
    content = bytes(100_000)
    for level in range(4):
        content = zipped({f"{number}.{'zip' if level else 'dcm'}": content for number in range(16)})
    (tmp_path / "a.zip").write_bytes(content)
    monkeypatch.setattr(archive_bounds, "FREE_BYTES", 5_000_000)
    refused = [each for each in found(dcmlint, tmp_path) if each["rule"] == "file/archive-refused"]
    assert len(refused) == 1
    assert "the rest is not read" in refused[0]["message"]
    monkeypatch.setattr(archive_bounds, "FREE_BYTES", 1 << 40)
    monkeypatch.setattr(archive_bounds, "ENTRIES", 100)
    (refusal,) = [each for each in found(dcmlint, tmp_path) if each["rule"] == "file/archive-refused"]
    assert "100 members" in refusal["message"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/cron.d/x", "%2E%2E/%2E%2E/etc/cron.d/x"),
        ("/etc/passwd", "%2F/etc/passwd"),
        ("..\\..\\x", "..\\..\\x"),
        ("C:\\x", "C:\\x"),
    ],
)
@pytest.mark.parametrize("form", ["a.zip", "a.tar", "a.tar.gz"])
def test_names_that_lead_elsewhere(
    dcmlint: Command, tmp_path: Path, form: str, name: str, shown: str
) -> None:
    path = tmp_path / form
    path.write_bytes(dict(FORMS)[form]({name: BAD.read_bytes()}))
    findings = found(dcmlint, path)
    assert [each["rule"] for each in findings] == ["file/archive-member-name", "module/missing-type-1"]
    assert {each["file"] for each in findings} == {f"{path}!/{shown}"}
    assert [each.name for each in tmp_path.iterdir()] == [form]


def test_links_and_devices_are_not_followed(dcmlint: Command, tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        for name, kind in (("soft", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("null", tarfile.CHRTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    assert rules(dcmlint, path) == [
        (name, "file/archive-special-member") for name in ("soft", "hard", "null")
    ]
    link = zipfile.ZipInfo("soft")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as zip_archive:
        zip_archive.writestr(link, "/etc/passwd")
    assert rules(dcmlint, tmp_path / "a.zip") == [("soft", "file/archive-special-member")]


def test_a_path_says_one_thing_only(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    names = ["in.zip!/x", "in.zip%21/x", "a//b", "a/b", "./c", "50%"]
    path.write_bytes(zipped({**dict.fromkeys(names, b""), "in.zip": zipped({"x": b""})}))
    paths = [entry.path.removeprefix(f"{path}!/") for entry in visit(str(path), named=True)]
    assert len(set(paths)) == len(paths) == 7
    assert paths[-1] == "in.zip!/x"


def test_names_that_are_no_utf8(dcmlint: Command, tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    member = tarfile.TarInfo(os.fsdecode(b"M\xfcller.dcm"))
    member.size = BAD.stat().st_size
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT, errors="surrogateescape") as archive:
        archive.addfile(member, io.BytesIO(BAD.read_bytes()))
    (finding,) = found(dcmlint, path)
    assert finding["file"].endswith("a.tar!/M\\xfcller.dcm")


def test_an_archive_with_bytes_before_it_and_zip64(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as writer, writer.open("bad.dcm", "w", force_zip64=True) as member:
        member.write(BAD.read_bytes())
    path.write_bytes(made.getvalue())
    (entry,) = visit(str(path), named=True)
    assert bytes(Members().open(entry).buf) == BAD.read_bytes()
    path.write_bytes(b"PK\3\4 a program that unpacks itself" + zipped({"bad.dcm": BAD.read_bytes()}))
    (entry,) = visit(str(path), named=True)
    assert bytes(Members().open(entry).buf) == BAD.read_bytes()


def test_more_members_than_fit_the_old_directory(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(65_540):
            archive.writestr(str(number), b"")
    assert sum(1 for _ in visit(str(path), named=True)) == 65_540


def test_an_archive_that_changes_is_not_read_wrongly(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(tarred({"bad.dcm": BAD.read_bytes()}))
    (entry,) = visit(str(path), named=True)
    path.write_bytes(tarred({"other.dcm": CT.read_bytes()}))
    os.utime(path, ns=(1, 1))
    (finding,) = lint_entry(entry, Session()).findings
    assert finding.rule == "file/unreadable"
    assert "changed" in finding.args["reason"]
    path.unlink()
    (finding,) = lint_entry(entry, Session()).findings
    assert finding.rule == "file/unreadable"


def test_plain_archives_give_entries_that_travel(tmp_path: Path) -> None:
    for name in ("a.zip", "a.tar"):
        path = tmp_path / name
        path.write_bytes(dict(FORMS)[name]({"bad.dcm": BAD.read_bytes()}))
        (entry,) = visit(str(path), named=True)
        assert not is_held(entry)
        assert entry.size == BAD.stat().st_size


def test_any_bytes_in_the_place_of_others_do_not_raise(tmp_path: Path) -> None:
    """Every archive, with bytes changed or cut at many places."""
    import random

    chance = random.Random(5)
    session = Session()
    for name, make in FORMS:
        content = make({"a.dcm": b"\0" * 128 + b"DICM" + b"x" * 50, "b.zip": zipped({"c": b"y"})})
        path = tmp_path / name
        for _ in range(60):
            changed = bytearray(content)
            for _ in range(chance.randint(1, 6)):
                changed[chance.randrange(len(changed))] = chance.choice((0, 255, chance.randrange(256)))
            path.write_bytes(changed[: chance.choice((len(changed), chance.randrange(len(changed))))])
            for entry in visit(str(path), named=True):
                for each in lint_entry(entry, session).findings:
                    assert each.rule != "internal/check-failed", each
