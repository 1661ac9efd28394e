"""`dcmlint scan` of object stores: listed as a stream, beside what the store knows, in the order of keys."""

from __future__ import annotations

import json
import random
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archive_sample import FAULTY, exported, rows, run_scan
from command_line import CT, Command, dcmlint, process
from test_source_dicomdir import directory

from benchmarks.object_store import BUCKET, ObjectStore, object_store
from dcmlint.errors import UsageError
from dcmlint.nightly.run import COMPLETE, FAILED, NEW, PARTIAL
from dcmlint.nightly.walk import roots_of
from dcmlint.scan import Session
from dcmlint.source import Entry, remote

__all__ = ["dcmlint"]

FAULTS = [path.read_bytes() for path in sorted(FAULTY.glob("*.dcm"))[:8]]

KEYS = (
    "p-q/1.dcm",
    "p.dcm",
    "p/a.dcm",
    "p/a/1.dcm",
    "p/a/ü.dcm",
    "p/a0.dcm",
    "p/b.dcm",
    "p/\U0001f600.dcm",
    "p/\uff01.dcm",
)
"""Names that folders and keys have in different orders, as have UTF-16 and UTF-8."""


@pytest.fixture(scope="module")
def server() -> Iterator[ObjectStore]:
    pytest.importorskip("moto", reason="moto[server] is not installed")
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    with object_store() as running:
        running.put("here", b"the bucket is")
        yield running


@pytest.fixture
def objects(
    server: ObjectStore, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Objects]:
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    server.failures.clear()
    objects = Objects(server, request.node.name.replace("[", "-").replace("]", ""))
    for number, key in enumerate(KEYS):
        objects.put(key, FAULTS[number % len(FAULTS)])
    yield objects


class Objects:
    """Objects below a prefix of a test's own."""

    def __init__(self, server: ObjectStore, prefix: str) -> None:
        self.server = server
        self.prefix = prefix
        self.root = f"s3://{BUCKET}/{prefix}"
        self.there: dict[str, bytes] = {}

    def put(self, key: str, content: bytes) -> None:
        self.server.put(f"{self.prefix}/{key}", content)
        self.there[key] = content

    def remove(self, key: str) -> None:
        self.server.remove(f"{self.prefix}/{key}")
        del self.there[key]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "a.db"


def scan(root: str, store: Path, **asked: object) -> int:
    return run_scan(root, store, **asked)  # type: ignore[arg-type]


def counts(store: Path) -> list[tuple[Any, ...]]:
    return rows(store, "SELECT visited, changed, removed FROM runs ORDER BY id")


def there(store: Path) -> list[str]:
    query = "SELECT f.path || i.name FROM instances i JOIN folders f ON f.id = i.folder_id "
    return sorted(str(row[0]) for row in rows(store, query + "WHERE removed_run IS NULL"))


def fresh(root: str, place: Path) -> list[str]:
    """Return the findings of a scan into a new store."""
    place.unlink(missing_ok=True)
    scan(root, place)
    return exported(place)


def test_findings_are_those_of_check(objects: Objects, store: Path, dcmlint: Command) -> None:
    assert scan(objects.root, store) == NEW
    checked = json.loads(dcmlint("check", objects.root, "--isolated", "-f", "json").out)["findings"]
    expected = {(each["file"], each["rule"], each["fingerprint"]) for each in checked}
    found = {(each["file"], each["rule"], each["fingerprint"]) for each in map(json.loads, exported(store))}
    assert found == expected
    assert there(store) == sorted(f"{objects.root}/{key}" for key in KEYS)
    assert counts(store) == [(len(KEYS), len(KEYS), 0)]


def test_unchanged_objects_are_not_read(objects: Objects, store: Path) -> None:
    scan(objects.root, store)
    before = exported(store)
    objects.server.forget()
    assert scan(objects.root, store) == COMPLETE
    assert counts(store)[1] == (len(KEYS), 0, 0)
    assert not [key for key in objects.server.asked if key.startswith(f"{objects.prefix}/p")]
    objects.put("p/b.dcm", objects.there["p/b.dcm"])  # written again, with what it was
    assert scan(objects.root, store) == COMPLETE
    assert counts(store)[2] == (len(KEYS), 0, 0)
    assert exported(store) == before


def test_what_is_new_changed_and_gone(objects: Objects, store: Path, tmp_path: Path) -> None:
    scan(objects.root, store)
    objects.put("p/a/1.dcm", CT.read_bytes())
    objects.put("p/a.dcm.new", FAULTS[0])
    objects.remove("p/a/ü.dcm")
    objects.remove("p-q/1.dcm")
    scan(objects.root, store)
    assert counts(store)[1] == (len(KEYS) - 1, 2, 2)
    assert there(store) == sorted(f"{objects.root}/{key}" for key in objects.there)
    assert exported(store) == fresh(objects.root, tmp_path / "fresh.db")


def test_many_changes_in_small_pages(
    objects: Objects, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dcmlint.store.known._PAGE", 2)
    monkeypatch.setattr("dcmlint.store.write.BATCH", 2)
    source = random.Random(4)
    for _ in range(4):
        for key in source.sample(sorted(objects.there), 4):
            objects.remove(key)
        for key in source.sample([*KEYS, "a", "p/a-", "p/a/0", "p/zz", "q/x/y"], 5):
            objects.put(key, source.choice(FAULTS))
        scan(objects.root, store)
        assert there(store) == sorted(f"{objects.root}/{key}" for key in objects.there)
    monkeypatch.undo()
    for name, value in objects.server.environment().items():
        monkeypatch.setenv(name, value)
    assert exported(store) == fresh(objects.root, tmp_path / "fresh.db")


def test_a_listing_that_fails_removes_nothing(
    objects: Objects, store: Path, tmp_path: Path, capsys: Any
) -> None:
    """At once, and after its first page."""
    for number in range(1100):
        objects.put(f"z/{number:04}", b"no DICOM")
    scan(objects.root, store)
    before = exported(store)
    objects.remove("p.dcm")
    objects.remove("z/1099")
    bucket = next(key for key in objects.server.asked if key.strip("/") == BUCKET)
    objects.server.forget()
    for let_through in (0, 2):
        objects.server.failures[bucket] = deque([0] * let_through + [403] * 20)
        assert scan(objects.root, store, quiet=False) == FAILED
        assert "access is denied (403)" in capsys.readouterr().err
    objects.server.failures.clear()
    assert exported(store) == before
    assert [row[2] for row in counts(store)[1:]] == [0, 0]
    assert counts(store)[2][0] > 900, "the first page was seen"
    other = tmp_path / "folder"
    other.mkdir()
    (other / "ct.dcm").write_bytes(CT.read_bytes())
    objects.server.failures[bucket] = deque([403] * 20)
    told = dcmlint_scan(objects, [objects.root, str(other)], store)
    assert told == PARTIAL
    objects.server.failures.clear()
    scan(objects.root, store)
    assert counts(store)[-1][2] == 2
    assert objects.prefix not in capsys.readouterr().err


def dcmlint_scan(objects: Objects, roots: list[str], store: Path, *options: str) -> int:
    base = ("--store", store, "--isolated", "--no-nice", "--quiet")
    return process("scan", *roots, *base, *options, env=objects.server.environment()).status


def test_an_empty_prefix_removes_nothing(objects: Objects, store: Path) -> None:
    scan(objects.root, store)
    before = exported(store)
    for key in list(objects.there):
        objects.remove(key)
    assert scan(objects.root, store) == FAILED
    assert exported(store) == before


def test_roots_within_a_bucket_are_parts_of_it(objects: Objects, store: Path, tmp_path: Path) -> None:
    """Each is its own keys, and a root above or below another one finds what that knows."""
    assert dcmlint_scan(objects, [f"{objects.root}/p", f"{objects.root}/p-q/"], store) == NEW
    assert len(there(store)) == len(KEYS) - 1
    scan(objects.root, store)
    assert counts(store)[1][1:] == (1, 0)
    objects.remove("p-q/1.dcm")
    objects.remove("p/a.dcm")
    scan(f"{objects.root}/p", store)
    assert counts(store)[2][1:] == (0, 1)
    scan(objects.root, store)
    assert counts(store)[3][1:] == (0, 1)
    assert exported(store) == fresh(objects.root, tmp_path / "fresh.db")


def test_worker_processes_find_the_same(objects: Objects, store: Path, tmp_path: Path) -> None:
    for number in range(70):
        objects.put(f"more/{number}.dcm", FAULTS[number % 8])
    assert dcmlint_scan(objects, [objects.root], store, "--jobs", "2") == NEW
    assert exported(store) == fresh(objects.root, tmp_path / "fresh.db")


def test_a_budget_ends_a_listing(objects: Objects, store: Path, tmp_path: Path) -> None:
    for number in range(1200):
        objects.put(f"z/{number:04}", b"no DICOM")
    assert dcmlint_scan(objects, [objects.root], store, "--time-budget", "1s") in (PARTIAL, NEW)
    objects.remove("p.dcm")
    scan(objects.root, store)
    assert len(there(store)) == len(objects.there)
    assert exported(store) == fresh(objects.root, tmp_path / "fresh.db")


def test_an_object_that_cannot_be_read_is_tried_again(objects: Objects, store: Path) -> None:
    objects.server.failures[f"{objects.prefix}/p/b.dcm"] = deque([403] * 5)
    scan(objects.root, store)
    assert "file/unreadable" in str(exported(store))
    objects.server.failures.clear()
    scan(objects.root, store)
    assert counts(store)[1] == (len(KEYS), 1, 0)
    assert "file/unreadable" not in str(exported(store))


def test_verify_since_and_sample(objects: Objects, store: Path) -> None:
    assert scan(objects.root, store, since_ns=4_000_000_000 * 10**9) == COMPLETE
    assert counts(store)[0] == (len(KEYS), 0, 0)
    scan(objects.root, store, share=0.5)
    assert 0 < counts(store)[1][1] < len(KEYS)
    scan(objects.root, store)
    before = exported(store)
    objects.server.forget()
    assert scan(objects.root, store, verify=True) == COMPLETE
    assert len([key for key in objects.server.asked if key.startswith(f"{objects.prefix}/p")]) == len(KEYS)
    assert counts(store)[3] == (len(KEYS), 0, 0)
    assert exported(store) == before


def test_a_dicomdir_has_the_findings_of_check(
    objects: Objects, store: Path, tmp_path: Path, dcmlint: Command
) -> None:
    objects.put("cd/DICOMDIR", directory("IM1", "IM2"))
    objects.put("cd/IM1", FAULTS[0])
    objects.put("cd/more/IM3", FAULTS[1])
    scan(objects.root, store)
    checked = json.loads(dcmlint("check", objects.root, "--isolated", "-f", "json").out)["findings"]
    found = list(map(json.loads, exported(store)))
    assert {(each["file"], each["rule"]) for each in found} == {
        (each["file"], each["rule"]) for each in checked
    }
    assert "dicomdir/unlisted-file" in {each["rule"] for each in found}
    objects.put("cd/IM2", FAULTS[2])
    objects.remove("cd/more/IM3")
    scan(objects.root, store)
    assert exported(store) == fresh(objects.root, tmp_path / "fresh.db")


def test_a_listing_in_another_order_is_not_trusted(
    objects: Objects, store: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    scan(objects.root, store)
    before = exported(store)
    real = remote.Remote.entries

    def turned(self: remote.Remote, location: str) -> Iterator[Entry]:
        return iter(list(real(self, location))[3::-1])

    monkeypatch.setattr(remote.Remote, "entries", turned)
    assert scan(objects.root, store, quiet=False) == FAILED
    assert "not list keys in the order" in capsys.readouterr().err
    assert exported(store) == before


def test_one_object_is_no_root(objects: Objects, store: Path, capsys: Any) -> None:
    assert scan(f"{objects.root}/p.dcm", store, quiet=False) == FAILED
    assert "it is one object" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("https://host/archive", "https:// has no listing of objects"),
        ("https://user:hidden@host/x", "takes no user"),
        ("s3://", "needs a name"),
        ("ftp://host/x", "Nothing is installed that reads ftp://"),
    ],
)
def test_roots_that_cannot_be_listed(store: Path, dcmlint: Command, location: str, said: str) -> None:
    told = dcmlint("scan", location, "--store", store, "--isolated")
    assert told.status == FAILED and said in told.err and "hidden" not in told.err
    assert not store.exists()


def test_roots_in_stores_and_folders(tmp_path: Path) -> None:
    given = ["S3://b/x/", "s3://b/x/y", "s3://b/x-y", str(tmp_path), "s3://c"]
    assert roots_of(given, Session().source) == [f"{tmp_path}/", "s3://b/x-y/", "s3://b/x/", "s3://c/"]
    with pytest.raises(UsageError):
        roots_of(["http://host/x"], Session().source)


def test_folder_by_folder_comes_to_the_order_of_keys() -> None:
    """As stores are listed that do not list keys themselves."""
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory", skip_instance_cache=True)
    for key in (*KEYS, "q/r/s/t.dcm", "q/r.dcm"):
        system.pipe(f"/order/{key}", b"x")
    try:
        found = [each["name"].removeprefix("/order/") for each in remote._pages(system, "/order")]
    finally:
        system.rm("/order", recursive=True)
    assert found == sorted((*KEYS, "q/r/s/t.dcm", "q/r.dcm"))
