"""`dcmlint audit reproduce`: what log, originals and key make again, and what is told if they do not."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from audit_logs import SCENE, SECRET, records_of
from command_line import Command, Result, dcmlint

from dcmlint.audit.key import AuditKey
from dcmlint.audit.log import AuditLog
from dcmlint.audit.record import About
from dcmlint.deid.make import deidentifier_of, made
from dcmlint.deid.policy import NO_POLICY, embedded_policies, load_policies
from dcmlint.deid.profile import parse_profile
from dcmlint.errors import UsageError
from dcmlint.model import Raw
from dcmlint.read.encode import part10
from dcmlint.read.opener import read_instance

__all__ = ["dcmlint"]

PROFILE = "basic+rtn-long-modif-dates+clean-desc"
FIRST = "name: one\nactions: {PatientSex: keep}\nset: {ClinicalTrialProtocolID: T7}\nvocabulary: [chest]"
SECOND = "---\nname: two\nactions:\n  StudyDescription: clean\nshift_days: 90\nvocabulary: [ct]\n"
THIRD = '[tool.dcmlint]\nname = "three"\nuid_root = "1.2.826.0.1.3680043"\n'
IMAGE = {
    **SCENE,
    "StudyDate": "20240131",
    "PatientSex": "F",
    "StudyDescription": "CHEST CT of Ada",
    "Modality": "CT",
}


class Site:
    """A folder of originals `in`, results `out`, a log and a key, and the commands on them."""

    def __init__(self, root: Path, command: Command) -> None:
        self.root, self._command = root, command
        self.key, self.log = root / "key", root / "log.jsonl"
        self.key.write_bytes(SECRET)

    def put(self, name: str, changes: dict[str, Any] | None = None, **encoding: Any) -> Path:
        path = self.root / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            part10({**IMAGE, "SOPInstanceUID": "1.2.840.99999.1.7", **(changes or {})}, **encoding)
        )
        return path

    def deid(self, *options: str | Path) -> Result:
        folders = (self.root / "in", self.root / "out")
        return self._command("deid", "apply", *folders, "--log", self.log, "--key-file", self.key, *options)

    def fix(self, *options: str | Path) -> Result:
        folders = (self.root / "in", "--output", self.root / "out")
        return self._command("fix", *folders, "--log", self.log, "--key-file", self.key, *options)

    def again(self, *options: str | Path, originals: str = "in", results: str = "out") -> Result:
        folders = (
            "--originals",
            self.root / originals,
            *(("--results", self.root / results) if results else ()),
        )
        return self._command("audit", "reproduce", self.log, *folders, "--key-file", self.key, *options)

    def results(self, folder: str = "out") -> dict[str, bytes]:
        root = self.root / folder
        return {
            path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
        }

    @property
    def only(self) -> Path:
        (path,) = (path for path in (self.root / "out").rglob("*") if path.is_file())
        return path


@pytest.fixture
def site(tmp_path: Path, dcmlint: Command, monkeypatch: pytest.MonkeyPatch) -> Site:
    for name in ("DCMLINT_AUDIT_KEY", "DCMLINT_DEID_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return Site(tmp_path, dcmlint)


def written(root: Path, *texts: tuple[str, str]) -> tuple[str, ...]:
    for name, text in texts:
        (root / name).write_text(text)
    return tuple(str(root / name) for name, _ in texts)


POLICIES = (("1.yaml", FIRST), ("2.yaml", SECOND), ("3.toml", THIRD))


@pytest.mark.parametrize("number", range(4))
def test_policies_are_the_same_out_of_the_log(tmp_path: Path, number: int) -> None:
    policy = load_policies(written(tmp_path, *POLICIES[:number]))
    assert len(policy.names) == number and (policy == NO_POLICY) == (not number)
    assert embedded_policies(policy.text, policy.parts) == policy


@pytest.mark.parametrize("parts", ["", "yaml", "yaml 3", "json 12", "yaml -1, yaml 5"])
def test_policies_that_cannot_be_told_apart_are_refused(parts: str) -> None:
    with pytest.raises(UsageError):
        embedded_policies("shift_days: 90\n", parts)


def test_a_de_identification_with_policies_and_options(site: Site) -> None:
    site.put("Lovelace_Ada/a.dcm")
    site.put("b.dcm", {"SOPInstanceUID": "1.2.840.99999.1.8"}, preamble=b"Ada".ljust(128, b"\0"))
    site.put("signed.dcm", {"DigitalSignaturesSequence": [{"MACIDNumber": 1}]})
    (site.root / "in" / "text").write_text("no DICOM")
    (site.root / "in" / "nowhere.dcm").symlink_to(site.root / "gone")
    policies = [Path(path) for path in written(site.root, *POLICIES)]
    given = [option for path in policies for option in ("--policy", path)]
    assert site.deid("--profile", PROFILE, *given).status == 1
    for path in policies:
        path.unlink()
    statuses = [record["status"] for record in records_of(site.log.read_bytes()) if record["type"] == "file"]
    assert sorted(statuses) == ["done", "done", "failed", "refused", "refused"]
    status, out, err = site.again("--output", site.root / "new")
    assert (status, err) == (0, ""), out
    assert out.endswith("reproduced: 5 files, byte for byte, with all edits\n")
    assert len(site.results()) == 2 and site.results("new") == site.results()


FAULTS: dict[str, Any] = {
    "StudyID": Raw("SH", b"1\0"),
    "StationName": Raw("SH", b"123"),
    "SpecificCharacterSet": "ISO IR 100",
}
SETTINGS = """
waivers: waivers.yaml
per-file-ignores:
  "Lovelace_Ada/**": [encoding/odd-length, value/placeholder]
scopes:
  - when: Modality == "MR"
    ignore: [encoding/padding]
severity: {uid/malformed: off}
rules:
  - {id: high, message: few rows, check: Rows > 3, pass: [{Rows: 4}], fail: [{Rows: 1}]}
"""
WAIVERS = """
waivers:
  - {rule: encoding/padding, reason: they are so, owner: us, expires: 2099-01-01, uid: 1.2.840.99999.1.2}
  - {rule: encoding, reason: it was so, owner: us, expires: 2001-01-01}
"""


def faulty(site: Site) -> None:
    names = ("Lovelace_Ada/a.dcm", "b.dcm", "c.dcm", "d.dcm")
    for number, (name, modality) in enumerate(zip(names, ("CT", "CT", "MR", "CT"), strict=True), 1):
        uid = "1.2.840.99999.01.4" if number == 4 else f"1.2.840.99999.1.{number}"
        site.put(name, {**FAULTS, "SOPInstanceUID": uid, "Modality": modality})


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ("", ()),
        ("", ("--unsafe-fixes",)),
        ("", ("--ignore", "encoding/odd-length")),
        ("", ("--unsafe-fixes", "--select", "encoding,uid", "--ignore", "encoding/padding")),
        (SETTINGS, ("--unsafe-fixes", "--break-signatures", "--ignore", "value/placeholder")),
    ],
)
def test_a_fix_with_settings_that_are_gone(site: Site, settings: str, options: tuple[str, ...]) -> None:
    faulty(site)
    if settings:
        written(site.root / "in", ("dcmlint.yaml", SETTINGS), ("waivers.yaml", WAIVERS))
    site.fix(*options)
    for name in ("dcmlint.yaml", "waivers.yaml") if settings else ():
        (site.root / "in" / name).unlink()
    (site.root / "in").rename(site.root / "moved")
    status, out, _ = site.again("--output", site.root / "new", originals="moved")
    assert status == 0 and "reproduced: 4 files" in out, out
    assert len(site.results()) == 4 and site.results("new") == site.results()


def test_settings_of_a_fix_are_in_its_log_without_paths_and_uids(site: Site) -> None:
    faulty(site)
    written(site.root / "in", ("dcmlint.yaml", SETTINGS), ("waivers.yaml", WAIVERS))
    site.fix("--unsafe-fixes")
    content = site.log.read_bytes()
    assert not any(name in content for name in (b"Lovelace", b"1.2.840.99999", b"they are so"))
    told = {tuple(record["exceptions"]) for record in records_of(content) if record["type"] == "file"}
    ignored = "rules off by per-file-ignores 1: encoding/odd-length"
    assert told == {(), (ignored,), ("findings waived by waiver 1: encoding/padding",)}
    raw = {
        name: tuple(read_instance(result).root.raw(tag) for tag in (0x00200010, 0x00081010, 0x00080018))
        for name, result in site.results().items()
    }
    assert raw["Lovelace_Ada/a.dcm"][:2] == (b"1 ", b"123")
    assert raw["b.dcm"][:2] == raw["c.dcm"][:2] == (b"1\0", b"123 ")
    assert raw["d.dcm"] == (b"1 ", b"123 ", b"1.2.840.99999.01.4")


def test_a_fix_that_was_continued_on_another_day(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Original Attributes Sequence has the time that the log has of the run that wrote the file."""
    times = iter(("2026-01-31T10:00:00Z", "2026-02-01T11:00:00Z"))
    clock = [next(times)]
    monkeypatch.setattr("dcmlint.audit.log._now", lambda: clock[0])
    faulty(site)
    site.fix("--unsafe-fixes")
    first = site.results()
    lines = site.log.read_bytes().splitlines(keepends=True)
    site.log.write_bytes(b"".join(lines[:-1]))
    clock[0] = next(times)
    site.fix("--unsafe-fixes")
    kept = read_instance(site.results()["b.dcm"]).items("OriginalAttributesSequence") or ()
    assert [item.raw(0x04000562) for item in kept] == [b"20260201110000+0000 "], "padded to even length"
    assert site.results() != first
    clock[0] = "2026-03-01T00:00:00Z"
    assert site.again().status == 0


@pytest.fixture
def done(site: Site) -> Iterator[Site]:
    """A run of `deid apply` over one file."""
    site.put("Lovelace_Ada/a.dcm")
    assert site.deid("--profile", PROFILE).status == 0
    yield site


def test_a_changed_original_is_told(done: Site) -> None:
    path = done.root / "in" / "Lovelace_Ada" / "a.dcm"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    status, out, _ = done.again()
    assert status == 1 and "Lovelace_Ada/a.dcm: its original is not what it was: the SHA-256 differs" in out
    path.unlink()
    status, out, _ = done.again()
    assert status == 1 and "its original is not in the folder" in out
    assert out.endswith("NOT REPRODUCED: 1 of 1 file\n")


def test_a_changed_result_is_told(done: Site) -> None:
    content = done.only.read_bytes()
    for changed in (content[:-1] + b"x", content[:-1], content + b"x"):
        done.only.write_bytes(changed)
        status, out, _ = done.again()
        assert status == 1
        assert "Lovelace_Ada/a.dcm: the result in the folder is not, byte for byte, the one made again" in out
    done.only.unlink()
    assert "its result is not in the folder" in done.again().out
    assert done.again(results="").status == 0


def test_a_changed_log_is_refused(done: Site) -> None:
    content = done.log.read_bytes()
    done.log.write_bytes(content.replace(b'"profile":"basic+', b'"profile":"BASIC+'))
    status, out, _ = done.again("--output", done.root / "new")
    assert status == 1 and "line 1: its MAC is not of this key" in out
    assert out.endswith("NOT REPRODUCED: the log is not sound\n") and not (done.root / "new").exists()
    done.log.write_bytes(b"".join(content.splitlines(keepends=True)[:-1]))
    status, out, _ = done.again("-f", "json")
    told = json.loads(out)
    assert status == 1 and told["compared"] is None and not told["sound"] and not told["reproduced"]
    assert "without a closing record" in told["problems"][0]["text"]


def test_another_key_is_refused(done: Site) -> None:
    done.key.write_bytes(b"another key of the tests, also of no worth")
    status, out, _ = done.again()
    assert status == 1 and "it was written with another key than the one given" in out


@pytest.mark.parametrize("name", ["DCMLINT_AUDIT_KEY", "DCMLINT_DEID_KEY"])
def test_the_key_from_the_environment(
    done: Site, name: str, dcmlint: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("audit", "reproduce", done.log, "--originals", done.root / "in")
    status, _, err = dcmlint(*command)
    assert status == 2 and "needs a key" in err
    monkeypatch.setenv(name, SECRET.decode())
    assert dcmlint(*command).status == 0


def test_another_version_is_refused_unless_asked(done: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcmlint.reproduce.commands.__version__", "9.9")
    status, _, err = done.again()
    assert status == 2 and "was made with dcmlint 0.1.0" in err and "Install dcmlint 0.1.0" in err
    status, out, _ = done.again("--any-version")
    assert status == 0 and "made again with dcmlint 9.9" in out and "not promised" in out


def test_another_edition_is_refused(done: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcmlint.reproduce.commands.edition_label", lambda: "2019a")
    status, _, err = done.again()
    assert status == 2 and "this is dcmlint 0.1.0, tables 2019a" in err


def test_what_another_version_does_otherwise_is_told(done: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """It writes its version into De-identification Method, so that the result and one edit are others."""
    import dcmlint as package

    monkeypatch.setattr(package, "__version__", "9.9")
    status, out, _ = done.again("--any-version")
    assert status == 1 and "a.dcm: the SHA-256 of the result is another" in out
    assert ", (0012,0063), has another new" in out


def test_results_of_one_name_do_not_depend_on_what_is_missing(site: Site) -> None:
    """Of two objects of one UID the second has a longer name, its copy is refused, the first gone or not."""
    first = site.put("a.dcm")
    shutil.copy(site.put("b.dcm", {"PatientSex": "M"}), site.root / "in" / "c.dcm")
    assert "It is the same as another file of this run." in site.deid().err
    assert len(site.results()) == 2 and site.again().status == 0
    first.unlink()
    told = json.loads(site.again("-f", "json").out)["compared"]
    assert (told["reproduced"], told["differ"], told["no_original"]) == (2, 0, 1)
    ((path, why),) = ((each["path"], each["why"]) for each in told["missing"])
    assert (path, why) == ("", ["its original is not in the folder"])


def test_records_that_are_not_those_of_the_edits_are_told(site: Site) -> None:
    """Whoever holds the key can write a log of other edits than were made."""
    original = site.put("a.dcm")
    key, about = AuditKey(SECRET), About("deid apply", "", "0.1.0", "basic", {"break_signatures": "false"})
    deidentifier = deidentifier_of(parse_profile("basic"), NO_POLICY, key, break_signatures=False)
    nothing = AuditLog(str(site.root / "none.jsonl"), about, key)
    found = made(deidentifier, nothing, "a.dcm", original.read_bytes())
    content = b"".join(found.chunks)
    result = site.root / "out" / found.record.result
    result.parent.mkdir(parents=True)
    result.write_bytes(content)
    record = found.record._replace(after=hashlib.sha256(content).hexdigest())
    one, other, *more = found.edits
    cases = (
        (record, found.edits, ""),
        (record, (other, one, *more), ", has another path, tag"),
        (record, (one._replace(clause="X"), other, *more), ", has another clause"),
        (record, (one._replace(new=b"Ada"), other, *more), ", has another new"),
        (record, (one, other, *more[:-1]), f"there are {len(found.edits)} edits, and {len(found.edits) - 1}"),
        (record._replace(after="0" * 64), found.edits, "the SHA-256 of the result is another"),
        (record._replace(result="a.dcm"), found.edits, "the path of the result is another"),
        (record._replace(sop_instance_uid="1.2"), found.edits, "the SOP Instance UID is another"),
        (record._replace(exceptions=("odd",)), found.edits, "what is to be known of the file is another"),
        (
            record._replace(after="", status="refused", reason="it is odd"),
            (),
            "it was refused (it is odd), and is done",
        ),
    )
    for logged, edits, told in cases:
        site.log.unlink(missing_ok=True)
        with AuditLog.open(str(site.log), about, key) as log:
            log.record(logged, edits)
        status, out, _ = site.again(results="")
        assert status == bool(told) and told in out, out


def test_a_log_of_another_program_is_refused(site: Site) -> None:
    site.put("a.dcm")
    for command, told in (("our tool", "cannot be reproduced"), ("deid apply", "of which files its policy")):
        site.log.unlink(missing_ok=True)
        with AuditLog.open(str(site.log), About(command, "a: 1\n", "0.1.0", "basic"), AuditKey(SECRET)):
            pass
        status, _, err = site.again(results="")
        assert status == 2 and told in err


def test_a_fix_needs_the_plugins_that_brought_its_rules(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    faulty(site)
    monkeypatch.setattr("dcmlint.fix.run.rule_plugins", lambda: "ours 1.0")
    site.fix()
    status, _, err = site.again()
    assert status == 2 and "plugins differ" in err and "It was made with: ours 1.0" in err


def test_wrong_use_is_told(done: Site, dcmlint: Command) -> None:
    old = done.results()
    for options, told in (
        (("--output", done.root / "in" / "new"), "would mix"),
        (("--output", done.root / "out"), "would mix"),
        (("--output", done.root), "would mix"),
        (("-f", "xml"), "no format xml"),
    ):
        status, _, err = done.again(*options)
        assert status == 2 and told in err, options
    (done.root / "new").mkdir()
    (done.root / "new" / "x").write_text("x")
    assert "is not an empty folder" in done.again("--output", done.root / "new").err
    status, _, err = dcmlint("audit", "reproduce", done.log, "--key-file", done.key)
    assert status == 2 and "--originals DIR" in err
    assert "There is no folder" in done.again(originals="gone").err
    assert done.results() == old
