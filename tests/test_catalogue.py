"""The catalogue of rules, selections from it, and what plugins add to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dcmlint.announced import ANNOUNCED
from dcmlint.catalogue import ALWAYS_ON, catalogue, find_rule, known_names, rules_in, select_rules
from dcmlint.errors import UsageError

ROOT = Path(__file__).parents[1]

PROMISED = {
    "file": """command-attribute deflate-bomb empty-meta-attribute meta-attribute-in-data-set
        meta-group-length missing-meta-attribute missing-meta-information missing-preamble not-dicom
        polyglot-preamble retired-transfer-syntax sop-class-mismatch sop-instance-mismatch
        trailing-bytes transfer-syntax-mismatch truncated unknown-transfer-syntax unreadable""",
    "encoding": """bad-item duplicate-element group-length invalid-vr length-overrun missing-delimiter
        odd-length out-of-order padding private-creator-duplicate private-creator-invalid
        private-without-creator retired-attribute too-deep undefined-length unknown-attribute
        vr-not-permitted vr-unknown""",
    "value": """charset-escape charset-undeclared charset-undecodable charset-unknown control-character
        invalid-ae invalid-as invalid-cs invalid-da invalid-ds invalid-dt invalid-is invalid-lo
        invalid-lt invalid-pn invalid-sh invalid-st invalid-tm invalid-uc invalid-ui invalid-ur
        invalid-ut mojibake number-range person-name-components person-name-groups placeholder
        surrounding-space too-long truncated vm""",
    "uid": """duplicate-copy duplicate-instance malformed missing private-sop-class reserved-root
        retired-sop-class same-in-roles unknown-sop-class""",
    "module": """attribute-not-in-iod conditional-module-missing conditional-module-not-permitted empty-type-1
        empty-type-1c missing-module missing-type-1 missing-type-1c missing-type-2 missing-type-2c
        not-permitted required-value sequence-empty-item sequence-items value-not-defined-term
        value-not-enumerated value-not-positive value-zero""",
    "functional-group": "dimension-index frame-count missing-macro not-permitted shared-and-per-frame stack",
    "pixel": """bits-stored-exceeds-allocated codestream-mismatch fragment-count fragment-structure
        high-bit-mismatch length-mismatch lossy-not-flagged lossy-ratio offset-table
        orientation-not-orthonormal overlay palette-descriptor photometric-for-compression
        planar-configuration rescale-slope-zero samples-photometric-mismatch spacing-not-positive vr
        window-width""",
    "sr": """by-reference code-incomplete code-meaning-mismatch coding-scheme-private coding-scheme-retired
        coding-scheme-unknown coordinates evidence-not-listed evidence-unreferenced language
        measured-value missing-concept-name missing-value not-an-image observer-context relationship
        relationship-not-permitted template-condition template-missing-row template-multiplicity
        template-order template-relationship template-unexpected-item template-unknown
        template-value-set units value-type verification""",
    "reference": "class-mismatch dangling frame-out-of-range",
    "consistency": "equipment frame-of-reference modality-mixed patient patient-split series study",
    "geometry": "duplicate-position gantry-tilt missing-slice mixed-orientation uneven-spacing",
    "dicomdir": "missing-file offset record-mismatch unlisted-file",
    "deid": """attribute-not-emptied attribute-not-removed burned-in-risk date-not-shifted method-not-recorded
        private-retained text-contains-identifier uid-not-replaced""",
    "interop": """no-common-transfer-syntax role-not-supported sop-class-not-accepted
        transfer-syntax-not-accepted""",
    "ai": """algorithm-not-identified contributing-equipment missing-source-reference
        result-not-linked-to-study secondary-capture-unlabelled""",
    "site": "",
    "internal": "check-failed unused-waiver",
}
"""The ids that reports, baselines and comparisons rely on: the catalogue of faults of the first design."""


def test_every_file_of_rules_is_in_the_catalogue() -> None:
    files = {
        path.relative_to(ROOT / "rules").with_suffix("").as_posix().replace("_", "-")
        for path in (ROOT / "rules").glob("*/[!_]*.py")
    }
    groups = {rule_id.partition("/")[0] for rule_id in catalogue()}
    assert {name.partition("/")[0] for name in files} == groups
    for name in files & set(catalogue()):
        assert catalogue()[name].id == name
    # A file without an id of its own name has RULES, each of which says its id.
    for name in files - set(catalogue()):
        path = ROOT / "rules" / (name.replace("-", "_") + ".py")
        assert re.search(r"^RULES\b", path.read_text(), re.MULTILINE), f"{path} defines no rule"


def test_catalogue_is_sorted_and_read_only() -> None:
    assert list(catalogue()) == sorted(catalogue())
    with pytest.raises(TypeError):
        catalogue()["x/y"] = find_rule("file/truncated")  # type: ignore[index]


def test_rule_has_id_and_documentation_from_its_file() -> None:
    rule = find_rule("file/not-dicom")
    assert rule.id == "file/not-dicom"
    assert rule.title == "A file is not DICOM at all."


def test_announced_rules_are_known_and_not_built() -> None:
    known = known_names(catalogue())
    for group, names in ANNOUNCED.items():
        assert group in known
        for name in names.split():
            rule_id = f"{group}/{name}"
            assert rule_id in known
            assert rule_id not in catalogue(), f"{rule_id} is built: take it out of dcmlint/announced.py"


@pytest.mark.parametrize("group", PROMISED)
def test_promised_ids_are_accepted(group: str) -> None:
    names = [group, *(f"{group}/{name}" for name in PROMISED[group].split())]
    assert select_rules(catalogue(), names, names) is not None
    assert not [name for name in names if name not in known_names(catalogue())]


@pytest.mark.parametrize(
    ("select", "ignore", "on", "off"),
    [
        (["file"], [], ["file/truncated"], ["encoding/odd-length"]),
        (["file/truncated"], [], ["file/truncated"], ["file/trailing-bytes", "encoding/odd-length"]),
        ([], ["file"], ["encoding/odd-length"], ["file/truncated"]),
        (["file"], ["file/truncated"], ["file/trailing-bytes"], ["file/truncated"]),
        (["file/truncated"], ["file"], ["file/truncated"], ["file/trailing-bytes"]),
        (["file/truncated"], ["file/truncated"], [], ["file/truncated"]),
        (["sr"], [], ["internal/check-failed"], ["file/truncated"]),
    ],
)
def test_selection(select: list[str], ignore: list[str], on: list[str], off: list[str]) -> None:
    chosen = select_rules(catalogue(), select, ignore)
    assert not [name for name in on if name not in chosen]
    assert not [name for name in off if name in chosen]


def test_selection_of_nothing_is_everything() -> None:
    assert select_rules(catalogue()) == dict(catalogue())


def test_rules_that_say_what_was_not_checked_stay_on() -> None:
    assert set(select_rules(catalogue(), ["site"])) == ALWAYS_ON
    assert "file/unreadable" not in select_rules(catalogue(), ["site"], ["file/unreadable"])


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("file/trucated", "file/truncated"),
        ("file/missing_preamble", "file/missing-preamble"),
        ("Encoding", "encoding"),
        ("geometry/gantry-tild", "geometry/gantry-tilt"),
        ("truncated", "file/truncated"),
    ],
)
def test_unknown_names_get_a_suggestion(name: str, suggested: str) -> None:
    for names in ((name,), ()):
        with pytest.raises(UsageError) as caught:
            select_rules(catalogue(), names, () if names else (name,))
        assert suggested in caught.value.hint


def test_rules_of_a_package_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    group = tmp_path / "own_rules" / "house_style"
    group.mkdir(parents=True)
    (group.parent / "__init__.py").write_text("")
    (group.parent / "README.txt").write_text("no folder")
    (group / "__init__.py").write_text("")
    (group / "too_loud.py").write_text(
        '"""It is too loud."""\nfrom dcmlint.rule import Rule\n'
        'RULE = Rule(severity="note", scope="file", citation="none", message="none")\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    (rule,) = rules_in("own_rules")
    assert (rule.id, rule.title) == ("house-style/too-loud", "It is too loud.")
