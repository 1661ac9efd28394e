"""Results of earlier runs: found when nothing that they depend on has changed, and only then."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from command_line import CLEAN, FAULTY, Command, dcmlint, process, timeless

from dcmlint.cache import FEW, HASHED_BYTES, Cache, CacheSettings, cache_file, digest
from dcmlint.scan import lint_blob

__all__ = ["dcmlint"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with more objects than a run looks into the cache for, changed long enough ago."""
    folder = tmp_path / "data"
    folder.mkdir()
    sources = [*sorted(CLEAN.glob("*.dcm")), *sorted(FAULTY.glob("*.dcm"))]
    assert len(sources) >= FEW
    for source in sources:
        (folder / f"{source.parent.name}_{source.name}").write_bytes(source.read_bytes())
    time.sleep(0.1)
    return folder


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The files that were really checked, in this process."""
    seen: list[str] = []

    def counting(entry, blob, session):  # type: ignore[no-untyped-def]
        seen.append(Path(entry.path).name)
        return lint_blob(entry, blob, session)

    monkeypatch.setattr("dcmlint.work.lint_blob", counting)
    yield seen


def run(dcmlint: Command, data: Path, *options: str | Path) -> dict[str, object]:
    result = dcmlint(
        *("check", data, "--format", "json", "-j", "1", "--isolated", "--cache-dir", data.parent / "cache"),
        *options,
    )
    assert result.status in (0, 1), result.err
    assert result.err == ""
    report = json.loads(result.out)
    del report["summary"]["elapsed_s"]
    return report  # type: ignore[no-any-return]


def test_second_run_reads_nothing_and_says_the_same(dcmlint: Command, data: Path, checked: list[str]) -> None:
    first = run(dcmlint, data)
    assert len(checked) == len(list(data.iterdir()))
    checked.clear()
    assert run(dcmlint, data) == first
    assert checked == []
    assert first == run(dcmlint, data, "--no-cache")
    text = dcmlint("check", data, "--isolated", "-j", "1", "--cache-dir", data.parent / "cache").out
    plain = dcmlint("check", data, "--isolated", "-j", "1", "--no-cache").out
    assert timeless(text) == timeless(plain)


@pytest.mark.parametrize("form", ["text", "jsonl", "sarif"])
def test_pooled_and_cached_are_equal(form: str, data: Path) -> None:
    options = ("--format", form, "--isolated", "--cache-dir", data.parent / "cache")
    outputs = [process("check", data, *options, "-j", jobs).out for jobs in ("1", "2", "1", "2")]
    assert len({"\n".join(timeless(text)) for text in outputs}) == 1


def test_a_changed_file_is_checked_again(dcmlint: Command, data: Path, checked: list[str]) -> None:
    before = run(dcmlint, data)
    target = data / "clean_ct.dcm"
    stat = target.stat()
    content = bytearray(target.read_bytes())
    at = content.index(b"HFS")
    content[at : at + 3] = b"XXX"
    target.write_bytes(bytes(content))  # same size, and the same time of modification
    os.utime(target, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    checked.clear()
    assert run(dcmlint, data) != before
    assert checked == ["clean_ct.dcm"]


def test_a_file_that_was_only_touched_or_moved_is_known_by_content(
    dcmlint: Command, data: Path, checked: list[str]
) -> None:
    before = run(dcmlint, data)
    checked.clear()
    os.utime(data / "clean_ct.dcm")
    (data / "clean_mr.dcm").rename(data / "clean_zz.dcm")
    after = run(dcmlint, data)
    assert checked == []
    assert after["summary"] == before["summary"]
    time.sleep(0.1)
    run(dcmlint, data)
    assert checked == []


def test_large_files_are_known_by_their_times_only(dcmlint: Command, data: Path, checked: list[str]) -> None:
    target = data / "clean_ct.dcm"
    target.write_bytes(target.read_bytes() + bytes(HASHED_BYTES))
    time.sleep(0.1)
    run(dcmlint, data)
    checked.clear()
    run(dcmlint, data)
    assert checked == []
    os.utime(target)
    run(dcmlint, data)
    assert checked == ["clean_ct.dcm"]


def test_severities_and_waivers_read_nothing_again(dcmlint: Command, data: Path, checked: list[str]) -> None:
    plain = run(dcmlint, data)
    checked.clear()
    changed = run(dcmlint, data, "--set", "severity.module=note", "--set", "severity.value/vm=off")
    assert checked == []
    severities = {each["severity"] for each in changed["findings"] if each["rule"].startswith("module/")}  # type: ignore[attr-defined,index]
    assert severities == {"note"}
    assert plain["summary"] != changed["summary"]
    (data.parent / "waivers.yaml").write_text("waivers:\n  - {rule: encoding, reason: known}\n")
    waived = run(dcmlint, data, "--set", f"waivers={data.parent / 'waivers.yaml'}")
    assert checked == []
    assert waived["summary"]["waived"] > 0  # type: ignore[index]
    quiet = dcmlint(
        *("check", data, "-q", "-j", "1", "--isolated", "--cache-dir", data.parent / "cache"),
        *("--set", "severity.module=note", "--set", "severity.value/vm=off"),
    )
    assert checked == []
    notes = changed["summary"]["notes"]  # type: ignore[index]
    assert f"{notes} notes" in quiet.out


@pytest.mark.parametrize("options", [(), ("severity.encoding=off",), ("severity.encoding=note",)])
def test_what_may_be_fixed_is_counted_in_kept_results_too(
    options: tuple[str, ...], dcmlint: Command, data: Path, checked: list[str]
) -> None:
    asked = [word for each in options for word in ("--set", each)]
    report = run(dcmlint, data, *asked)
    fixes = [each["fix"] for each in report["findings"]]  # type: ignore[attr-defined,index]
    numbers = fixes.count("safe"), fixes.count("unsafe")
    assert numbers == (report["summary"]["fixable"], report["summary"]["fixable_unsafe"])  # type: ignore[index]
    checked.clear()
    for kept in (("--cache-dir", data.parent / "cache"), ("--no-cache",)):
        said = dcmlint("check", data, "-q", "-j", "1", "--isolated", *kept, *asked).out.splitlines()[-1]
        assert re.findall(r"\d+", said) == [str(number) for number in numbers]
    assert checked == [], "the first time"


@pytest.mark.parametrize(
    "options",
    [
        ("--select", "module"),
        ("--ignore", "value/vm"),
        ("--set", "parameters.pixel/orientation-not-orthonormal.tolerance=0.01"),
        ("--set", "rules=[{id: a, required: PatientAge}]"),
        ("--set", "scopes=[{when: Rows > 1, ignore: pixel}]"),
        ("--skip-non-dicom", "--select", "file"),
    ],
)
def test_what_bears_on_checking_is_another_matter(
    options: tuple[str, ...], dcmlint: Command, data: Path, checked: list[str]
) -> None:
    run(dcmlint, data)
    checked.clear()
    first = run(dcmlint, data, *options)
    assert len(checked) == len(list(data.iterdir()))
    assert run(dcmlint, data, *options) == first == run(dcmlint, data, "--no-cache", *options)


def test_rules_about_file_names_do_not_follow_content(
    dcmlint: Command, data: Path, checked: list[str]
) -> None:
    options = ("--set", "rules=[{id: a, matches_file_name: 'clean_{Modality}.dcm'}]")
    run(dcmlint, data, *options)
    checked.clear()
    (data / "clean_ct.dcm").rename(data / "clean_xx.dcm")
    run(dcmlint, data, *options)
    assert checked == ["clean_xx.dcm"]


def test_unique_values_are_kept_too(dcmlint: Command, data: Path, checked: list[str]) -> None:
    options = ("--set", "rules=[{id: a, unique: SOPInstanceUID}]", "--select", "site")
    first = run(dcmlint, data, *options)
    assert first["findings"]
    checked.clear()
    assert run(dcmlint, data, *options) == first
    assert checked == []


def test_few_files_do_not_open_the_cache(data: Path, tmp_path: Path) -> None:
    process("check", *sorted(data.iterdir())[:3], "--cache-dir", tmp_path / "none", "--isolated")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100, b"SQLite format 3\0" + bytes(5000)])
def test_a_corrupt_cache_is_discarded_with_a_note(content: bytes, data: Path) -> None:
    folder = data.parent / "cache"
    folder.mkdir()
    Path(cache_file(str(folder))).write_bytes(content)
    first = process("check", data, "-q", "--isolated", "--cache-dir", folder)
    assert "Traceback" not in first.err
    assert ("is discarded" in first.err) == bool(content)
    assert process("check", data, "-q", "--isolated", "--cache-dir", folder).err == ""


def test_a_foreign_database_is_discarded_with_a_note(data: Path) -> None:
    folder = data.parent / "cache"
    folder.mkdir()
    with sqlite3.connect(cache_file(str(folder))) as foreign:
        foreign.execute("CREATE TABLE rows (x)")
    assert (
        "it is not a cache of dcmlint"
        in process("check", data, "-q", "--isolated", "--cache-dir", folder).err
    )
    assert process("check", data, "-q", "--isolated", "--cache-dir", folder).err == ""


def test_damage_in_the_middle_costs_the_cache_not_the_run(data: Path) -> None:
    folder = data.parent / "cache"
    expected = process("check", data, "-q", "--isolated", "--cache-dir", folder)
    file = Path(cache_file(str(folder)))
    content = bytearray(file.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    file.write_bytes(bytes(content))
    result = process("check", data, "-q", "--isolated", "--cache-dir", folder)
    assert result.status == expected.status and "Traceback" not in result.err
    assert result.out.partition(": ")[2] == expected.out.partition(": ")[2]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(data: Path) -> None:
    folder = data.parent / "cache"
    folder.mkdir(mode=0o500)
    result = process("check", data, "-q", "--isolated", "--cache-dir", folder)
    assert "goes without the cache" in result.err and result.status == 1


def test_a_file_in_the_place_of_the_folder(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    result = process("check", data, "-q", "--isolated", "--cache-dir", tmp_path / "file")
    assert "goes without the cache" in result.err and result.status == 1


def test_several_processes_share_a_cache(data: Path) -> None:
    command = (
        "check",
        data,
        "--isolated",
        "--cache-dir",
        data.parent / "cache",
        "--format",
        "jsonl",
        "-j",
        "1",
    )
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda _: process(*command), range(12)))
    assert {result.err for result in results} == {""}
    assert len({"\n".join(result.out.splitlines()[:-1]) for result in results}) == 1


def test_no_value_and_no_path_is_in_the_cache(data: Path) -> None:
    folder = data.parent / "cache"
    process("check", data, "-q", "--isolated", "--cache-dir", folder)
    content = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"module/missing-type-1" in content
    assert b"faulty_" not in content and b"/data" not in content
    assert b"Doe" not in content


def test_the_cache_stays_below_its_size(tmp_path: Path) -> None:
    settings = CacheSettings(str(tmp_path), digest(["x"]), megabytes=1)
    cache = Cache(settings)
    cache.prepare()
    stat = Path(__file__).stat()
    for number in range(4000):
        cache.keep(cache.row(f"/data/{number}", stat, None, os.urandom(1000)))
    cache.close()
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert size < 1.3 * (1 << 20)
    again = Cache(settings)
    again.prepare()
    kept = [again.find(f"/data/{number}", stat) is not None for number in range(4000)]
    assert 200 < sum(kept) < 1000


def test_clean_deletes_it(data: Path) -> None:
    folder = data.parent / "cache"
    process("check", data, "-q", "--isolated", "--cache-dir", folder)
    assert process("clean", "--cache-dir", folder).status == 0
    assert list(folder.iterdir()) == []
    assert process("clean", "--cache-dir", folder).out.startswith("0.0 MB")


def test_a_fresh_change_is_not_trusted_by_its_times(tmp_path: Path) -> None:
    """Two changes within the resolution of a file system's clock leave the same times."""
    cache = Cache(CacheSettings(str(tmp_path / "cache"), digest(["x"])))
    file = tmp_path / "a.dcm"
    file.write_bytes(b"x")
    assert cache.row(str(file), file.stat(), b"x", b"").stat == b""
    time.sleep(0.1)
    assert cache.row(str(file), file.stat(), b"x", b"").stat != b""


def test_cached_runs_import_no_pydicom(data: Path) -> None:
    options = ["check", str(data), "--isolated", "--cache-dir", str(data.parent / "cache"), "-q", "-j", "1"]
    code = (
        "import sys, atexit\nfrom dcmlint.__main__ import main\n"
        "heavy = {'pydicom', 'numpy', 'yaml', 'cel', 'rich'}\n"
        "atexit.register(lambda: print(*sorted(heavy & set(sys.modules))))\n"
        f"sys.argv = ['dcmlint', *{options!r}]\nmain()\n"
    )
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == ""
