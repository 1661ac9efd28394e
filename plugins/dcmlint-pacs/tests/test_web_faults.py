"""What DICOMweb servers do wrong is found, and nothing on a server that does nothing wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from broken_web import BrokenWeb, broken_web, stored
from dcmlint_pacs.web import listing as listing_module
from dcmlint_pacs.web.listing import Listing
from dcmlint_pacs.web.source import WebSource
from dcmlint_pacs.web.target import target_of

from dcmlint.model import Finding, InstanceReport
from dcmlint.scan import Session, Settings, lint_entry
from dcmlint.source import NOTHING_ASKED, Asked, Entry


def entries(location: str, asked: Asked = NOTHING_ASKED, *, is_lazy: bool = False) -> list[Entry]:
    """Return what is listed, in this process: the server has threads here."""
    return list(Listing(target_of(location), asked, is_lazy=is_lazy).entries())


def reports(location: str, asked: Asked = NOTHING_ASKED, *, is_lazy: bool = False) -> list[InstanceReport]:
    session = Session(Settings(asked=asked))
    return [lint_entry(entry, session) for entry in entries(location, asked, is_lazy=is_lazy)]


def told(found: list[InstanceReport]) -> list[tuple[str, str]]:
    """Return (rule, reason) of what concerns the server or could not be read."""
    return [
        (finding.rule, str(finding.args.get("reason")))
        for report in found
        for finding in report.findings
        if finding.rule.startswith(("interop/", "file/"))
    ]


@contextmanager
def serving(*faults: str, **sizes: int) -> Iterator[BrokenWeb]:
    with broken_web(BrokenWeb(stored(**sizes), *faults)) as server:
        yield server


@pytest.mark.parametrize("is_lazy", [False, True])
@pytest.mark.parametrize(
    "asked",
    [
        Asked(),
        Asked(instances=True),
        Asked(per_series=1),
        Asked(where=(("StudyDate", "20240101-20240101"),)),
        Asked(where=(("Modality", "CT"),)),
        Asked(where=(("InstanceNumber", "2"),)),
        Asked(where=(("0020000E", "1.2.1.1"),)),
    ],
    ids=str,
)
def test_nothing_is_told_of_a_server_without_faults(asked: Asked, *, is_lazy: bool) -> None:
    with serving() as server:
        found = reports(server.location, asked, is_lazy=is_lazy)
    assert told(found) == []
    uids = [report.sop_instance_uid for report in found]
    everything = [ds.SOPInstanceUID for ds in server.objects]
    expected = {
        "StudyDate": [uid for uid in everything if uid.startswith("1.2.1.")],
        "Modality": [uid for uid in everything if uid.split(".")[3] == "1"],
        "InstanceNumber": [uid for uid in everything if uid.endswith(".2")],
        "0020000E": [uid for uid in everything if uid.startswith("1.2.1.1.")],
    }
    wanted = expected[asked.where[0][0]] if asked.where else everything
    if asked.per_series:
        wanted = [uid for uid in everything if uid.endswith(".2")]
    assert uids == sorted(wanted)
    assert {report.kind for report in found} == {"instance"}


FAULTS = [
    ("no sex", "interop/qido-missing-return-key", "study results without PatientSex (2 times)"),
    ("no modality", "interop/qido-missing-return-key", "series results without Modality (4 times)"),
    ("no rows", "interop/qido-missing-return-key", "instance results without Rows, which the instances have"),
    ("no uid", "interop/qido-missing-return-key", "without a usable StudyInstanceUID, which are left out"),
    ("vr", "interop/qido-wrong-vr", "StudyDate of study results has VR LO, not DA (2 times)"),
    ("twice", "interop/qido-duplicate-result", "study results with the same StudyInstanceUID"),
    (
        "study count",
        "interop/count-mismatch",
        "NumberOfStudyRelatedSeries is not the number of series results",
    ),
    (
        "series count",
        "interop/count-mismatch",
        "NumberOfSeriesRelatedInstances is not the number of instances",
    ),
    ("lost result", "interop/count-mismatch", "its metadata have other instances"),
    ("lost metadata", "interop/count-mismatch", "NumberOfSeriesRelatedInstances is not the number"),
    ("no offset", "interop/paging", "the offset of a search for studies is ignored"),
    ("html metadata", "interop/not-dicom-json", "an answer that is no JSON"),
    ("html series", "interop/not-dicom-json", "an answer that is no JSON"),
    ("media type studies", "interop/not-dicom-json", "an answer with another media type"),
    ("one object", "interop/not-dicom-json", "an answer that is no JSON array"),
    ("shape", "interop/not-dicom-json", "a value of VR PN that is no JSON object"),
    ("other series", "interop/wrong-object", "metadata of an instance of another Series or Study"),
    ("no series metadata", "interop/not-retrievable", "there is no such thing (404)"),
]


@pytest.mark.parametrize(("fault", "rule", "reason"), FAULTS, ids=[each[0] for each in FAULTS])
def test_a_fault_of_the_server_is_a_finding_about_it(fault: str, rule: str, reason: str) -> None:
    with serving(fault) as server:
        found = reports(server.location)
    matching = [why for name, why in told(found) if name == rule and reason in why]
    assert matching
    assert len(matching) == len(set(matching))
    places = [report for report in found if report.kind == "place"]
    assert {report.file for report in places} == {server.location}
    assert rule in {finding.rule for report in places for finding in report.findings}


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("wrong syntax", "interop/wrong-transfer-syntax"),
        ("available syntax", "interop/wrong-transfer-syntax"),
        ("implicit", "interop/web-transfer-syntax"),
        ("other object", "interop/wrong-object"),
    ],
)
def test_an_object_that_is_wrong_is_a_finding_about_it(fault: str, rule: str) -> None:
    with serving(fault, count=1, series=1, studies=1) as server:
        found = reports(server.location, Asked(instances=True))
    assert [name for name, _ in told(found)] == [rule]
    assert [report.kind for report in found] == ["unreadable" if fault == "other object" else "instance"]


def test_an_object_that_ends_early_is_not_taken_for_one() -> None:
    with serving("cut", count=1, series=1, studies=1) as server:
        found = told(reports(server.location, Asked(instances=True)))
    assert found == [("file/unreadable", "its answer ends early")]


def test_the_limit_of_a_page_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcmlint_pacs.web.server.PAGE", 2)
    with serving("no limit", studies=3, count=1, series=1) as server:
        found = told(reports(server.location))
    assert (
        "interop/paging",
        "the limit of a search for studies is exceeded (once, such as /studies)",
    ) in found


def test_pages_come_until_one_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcmlint_pacs.web.server.PAGE", 2)
    with serving(studies=5, count=3, series=1) as server:
        found = reports(server.location)
        assert told(found) == []
        assert len(found) == 15
        offsets = [path for path in server.asked if path.startswith("/dicom-web/studies?")]
        assert len(offsets) == 4


def test_results_that_do_not_match_are_left_out_and_told() -> None:
    asked = Asked(where=(("StudyDate", "20240102"),))
    with serving("no filter") as server:
        found = reports(server.location, asked)
    assert {report.study_instance_uid for report in found if report.kind == "instance"} == {"1.2.2"}
    assert told(found) == [("interop/filter-ignored", "study results have other values of StudyDate (once)")]


def test_results_that_do_not_say_whether_they_match_are_told() -> None:
    asked = Asked(where=(("ProtocolName", "HEAD"),))
    with serving() as server:
        found = reports(server.location, asked)
    assert told(found) == [("interop/filter-ignored", "series results do not have ProtocolName (4 times)")]


def test_what_is_being_stored_meanwhile_is_no_fault() -> None:
    """The count is asked for again, and is another then."""
    with serving("study count", count=2, series=1, studies=1) as server:

        def settle(handler: object) -> None:
            if len(server.asked) > 4:
                server.faults.clear()

        server.check = settle
        assert told(reports(server.location)) == []


def test_metadata_of_another_instance_are_not_checked() -> None:
    with serving("other instance", count=1, series=1, studies=1) as server:
        found = reports(server.location, is_lazy=True)
    assert told(found) == [("interop/wrong-object", "the metadata are of another instance")]


def test_a_series_that_is_large_is_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing_module, "AT_ONCE", 2)
    with serving(count=3, series=1, studies=1) as server:
        found = reports(server.location)
        assert told(found) == []
        assert [report.sop_instance_uid for report in found] == ["1.2.1.1.1", "1.2.1.1.2", "1.2.1.1.3"]
        assert sum(path.endswith("/metadata") for path in server.asked) == 3


def test_a_sample_is_spread_evenly_and_asked_for_alone() -> None:
    with serving(count=9, series=1, studies=1) as server:
        found = reports(server.location, Asked(per_series=2))
        assert [report.sop_instance_uid for report in found] == ["1.2.1.1.1", "1.2.1.1.9"]
        assert sum(path.endswith("/metadata") for path in server.asked) == 2


def test_findings_are_those_of_the_file() -> None:
    """Metadata and object of the same instance, apart from what concerns bytes."""
    with serving(count=1, series=2, studies=1) as server:
        by_metadata, by_bytes = reports(server.location), reports(server.location, Asked(instances=True))

    def keys(report: InstanceReport) -> list[Finding]:
        return [finding._replace(offset=None, length=None) for finding in report.findings]

    rules = Session().rules
    for ours, theirs in zip(by_metadata, by_bytes, strict=True):
        assert keys(ours) == [each for each in keys(theirs) if not rules[each.rule].on_bytes]


def test_the_metadata_of_a_series_are_asked_for_once_in_a_scan() -> None:
    with serving(count=8, series=1, studies=1) as server:
        source = WebSource()
        listed = entries(server.location, is_lazy=True)
        before = len(server.asked)
        for entry in listed:
            assert source.open(entry).content is not None
        assert len(server.asked) - before == 3  # two alone, then the others
