"""The template engine, and `dcmlint sr`: what the cases of single rules cannot hold (PS3.16)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from dcmlint.content_tree import tree_text
from dcmlint.errors import UsageError
from dcmlint.read.encode import part10
from dcmlint.read.opener import read_instance
from dcmlint.sr.condition import Document, holds
from dcmlint.sr.rows import template
from dcmlint.sr.sample import code, container, content, document, image
from dcmlint.sr.template import Judgement, judged
from dcmlint.sr.tree import ContentItem, content_tree
from dcmlint.standard.templates import context_group, current, root_tids

KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
DOSE = "1.2.840.10008.5.1.4.1.1.88.67"
COMPREHENSIVE = "1.2.840.10008.5.1.4.1.1.88.33"


def judgement(attributes: dict[str, Any]) -> Judgement:
    found = judged(read_instance(part10(attributes)))
    assert found is not None
    return found


def named(tid: str, resource: str = "DCMR") -> list[dict[str, str]]:
    return [{"MappingResource": resource, "TemplateIdentifier": tid}]


def report(*children: dict[str, Any], **attributes: Any) -> dict[str, Any]:
    """Return a Measurement Report (TID 1500)."""
    title = [code("126000", "DCM", "Imaging Measurement Report")]
    return document(
        *children,
        **{"ContentTemplateSequence": named("1500"), "ConceptNameCodeSequence": title, **attributes},
    )


def coded(value: tuple[str, str], concept: tuple[str, str], relationship: str = "CONTAINS") -> dict[str, Any]:
    return content(
        "CODE",
        relationship,
        ConceptNameCodeSequence=[code(*concept, "concept")],
        ConceptCodeSequence=[code(*value, "value")],
    )


def kinds(found: Judgement) -> list[tuple[str, str, str]]:
    return [(breach.kind, breach.args["tid"], breach.args["row"]) for breach in found.breaches]


@pytest.mark.parametrize("tid", ["1500", "1410", "1411", "1501", "2010", "10001", "10011", "10021", "4000"])
def test_curated_templates_have_rows_of_recent_facts(tid: str) -> None:
    known = template(tid)
    assert known is not None
    assert known.rows
    assert all(row.edition >= 2022 for rows in known.below.values() for row in rows)


def test_every_root_template_is_there() -> None:
    assert all(template(tid) is not None for tid in root_tids())


def test_retired_codes_stand_for_current_ones() -> None:
    assert current("R-0038D", "SRT") == ("373066001", "SCT")
    assert current("R-0038D", "99SDM") == ("373066001", "SCT")
    assert current("113704", "DCM") == ("113704", "DCM")
    assert current("X-NOTHING", "SNM3") == ("X-NOTHING", "SRT")


def test_closed_groups_are_known() -> None:
    group = context_group("230")
    assert group is not None
    assert group.extensible is False
    assert ("373066001", "SCT") in group.members


def test_declared_template_of_another_resource_is_not_followed() -> None:
    found = judgement(report(ContentTemplateSequence=named("1500", "99LOCAL")))
    assert found.root.guessed


def test_a_guess_gives_notes() -> None:
    found = judgement(report(ContentTemplateSequence=..., SOPClassUID=COMPREHENSIVE))
    assert (found.root.tid, found.root.guessed) == ("1500", True)
    assert {breach.severity for breach in found.breaches} == {"note"}
    assert all("guessed" in breach.args["guess"] for breach in found.breaches)


def test_what_an_iod_demands_gives_more_than_notes() -> None:
    title = [code("113701", "DCM", "X-Ray Radiation Dose Report")]
    found = judgement(document(ConceptNameCodeSequence=title, SOPClassUID=DOSE))
    assert found.root.demanded
    assert "warning" in {breach.severity for breach in found.breaches}


def test_one_of_several_rows_is_missed_once() -> None:
    found = judgement(report())
    assert kinds(found) == [("missing-row", "1500", "6")]


def test_measurement_groups_are_told_apart_by_what_they_hold() -> None:
    group = [code("125007", "DCM", "Measurement Group")]
    region = content("SCOORD", ConceptNameCodeSequence=[code("111030", "DCM", "Image Region")])
    segment = image() | {"ConceptNameCodeSequence": [code("121191", "DCM", "Referenced Segment")]}
    groups = [container(*held, ConceptNameCodeSequence=group) for held in ([region], [segment], [])]
    measurements = [code("126010", "DCM", "Imaging Measurements")]
    instance = read_instance(part10(report(container(*groups, ConceptNameCodeSequence=measurements))))
    found, tree = judged(instance), content_tree(instance)
    assert found is not None
    assert tree is not None
    held = tree.children[0].children
    assert [found.rows[id(node)][0].tid for node in held] == ["1410", "1411", "1501"]


def test_condition_of_a_title() -> None:
    rejected = [code("113001", "DCM", "Rejected for Quality Reasons")]
    best = [code("113013", "DCM", "Best In Set")]
    plain = document(image(), SOPClassUID=KEY_OBJECTS, ConceptNameCodeSequence=rejected)
    assert kinds(judgement(plain)) == []
    without = document(image(), SOPClassUID=KEY_OBJECTS, ConceptNameCodeSequence=best)
    assert kinds(judgement(without)) == [("missing-row", "2010", "4")]


def tree_of(*children: dict[str, Any]) -> ContentItem:
    tree = content_tree(read_instance(part10(document(*children))))
    assert tree is not None
    return tree


COUNTED = ("count", "", "CODE", {"concept": (("121005", "DCM"),), "value": (("121007", "DCM"),)})


@pytest.mark.parametrize(
    ("children", "more", "none"),
    [
        ([], False, True),
        ([coded(("121007", "DCM"), ("121005", "DCM"))], True, False),
        ([coded(("121006", "DCM"), ("121005", "DCM"))], False, True),
        ([content("CODE", ConceptNameCodeSequence=[code("121005", "DCM")])], None, None),
    ],
)
def test_conditions_have_three_values(
    children: list[dict[str, Any]], more: bool | None, none: bool | None
) -> None:
    tree = tree_of(*children)
    document_ = Document(tree)
    assert holds((*COUNTED, ">", 0), tree, bool, document_) is more
    assert holds((*COUNTED, "=", 0), tree, bool, document_) is none
    assert holds(("not", (*COUNTED, ">", 0)), tree, bool, document_) is (None if more is None else not more)
    assert holds(("or", (*COUNTED, ">", 0), ("row", "1")), tree, lambda _: True, document_) is True


def test_a_large_document_takes_time_in_proportion() -> None:
    group = [code("125007", "DCM", "Measurement Group")]
    measurements = [code("126010", "DCM", "Imaging Measurements")]

    def seconds(groups: int) -> float:
        held = [container(content("NUM"), ConceptNameCodeSequence=group) for _ in range(groups)]
        instance = read_instance(part10(report(container(*held, ConceptNameCodeSequence=measurements))))
        start = time.process_time()
        assert judged(instance) is not None
        return time.process_time() - start

    seconds(100)
    assert seconds(8000) < 60 * max(seconds(400), 0.01)


def test_a_deep_document_is_judged() -> None:
    nested = container()
    for _ in range(60):
        nested = container(nested, ConceptNameCodeSequence=[code("125007", "DCM", "Measurement Group")])
    assert judgement(report(nested)).root.tid == "1500"


def written(tmp_path: Path, attributes: dict[str, Any]) -> str:
    path = tmp_path / "document.dcm"
    path.write_bytes(part10(attributes))
    return str(path)


SECRET = document(
    content("PNAME", "HAS OBS CONTEXT", PersonName="Canary^Jane"),
    content(
        "TEXT", TextValue="canary text", ConceptNameCodeSequence=[code("CANARY1", "99LOCAL", "canary one")]
    ),
    content("DATE", Date="19700203"),
    content("CODE", ConceptCodeSequence=[code("121071", "DCM", "canary meaning")]),
    content("CODE", ConceptCodeSequence=[code("canary", "DCM", "canary meaning")]),
    SOPClassUID=COMPREHENSIVE,
)


def test_the_tree_shows_no_values_unless_asked(tmp_path: Path) -> None:
    shown = tree_text(written(tmp_path, SECRET))
    assert "anary" not in shown.replace("canary.dcm", "")
    assert "CANARY" not in shown
    assert "19700203" not in shown
    assert '(121071, DCM, "Finding")' in shown


def test_the_tree_shows_values_if_asked(tmp_path: Path) -> None:
    shown = tree_text(written(tmp_path, SECRET), values=True)
    for value in ("Canary^Jane", "canary text", "CANARY1", "19700203", "canary meaning"):
        assert value in shown


def test_the_tree_has_rows_and_findings(tmp_path: Path) -> None:
    shown = tree_text(written(tmp_path, report(SOPClassUID=COMPREHENSIVE)))
    assert "[TID 1500 row 1]" in shown
    assert "! error sr/template-missing-row: TID 1500 row 6" in shown


def test_what_has_no_tree_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no content tree"):
        tree_text(written(tmp_path, {"PatientID": "1"}))
    with pytest.raises(UsageError, match="cannot be read"):
        tree_text(str(tmp_path / "none.dcm"))
