"""The catalogue of rules, selections from it, and what plugins add to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import CT, process

from dcmlint import plugins
from dcmlint.announced import ANNOUNCED
from dcmlint.catalogue import (
    ALWAYS_ON,
    catalogue,
    collected,
    find_rule,
    known_names,
    plugin_of,
    rules_in,
    select_rules,
)
from dcmlint.errors import PluginError, UsageError
from dcmlint.rule import Rule

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
    assert set(select_rules(catalogue(), ["sr"])) == ALWAYS_ON
    assert "file/unreadable" not in select_rules(catalogue(), ["sr"], ["file/unreadable"])


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


def test_duplicate_id_names_both_plugins() -> None:
    rule = find_rule("file/truncated")
    with pytest.raises(PluginError, match=r"file/truncated .* ours and theirs"):
        collected([("ours", [rule]), ("theirs", [rule])])


def test_plugin_of_a_rule() -> None:
    assert plugin_of("file/truncated") == "dcmlint"
    assert plugin_of("file") is None
    assert plugin_of("sr/units") is None


@pytest.mark.parametrize("rule_id", ["", "nogroup", "Upper/case", "a/b c", "/x", "x/"])
def test_ids_that_could_not_be_selected_are_refused(rule_id: str) -> None:
    rule = Rule(severity="note", scope="file", citation="none", message="none", id=rule_id)
    with pytest.raises(PluginError, match="theirs"):
        collected([("theirs", [rule])])


def install(folder: Path, name: str, code: str, *, group: str = "dcmlint", target: str = "") -> None:
    """Put a distribution with one entry point into a folder, as pip would."""
    (folder / f"{name}.py").write_text(code)
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        f"[console_scripts]\nx = y:z\n\n[{group}]\n# said here\n{name} = {target or name}\n"
    )


PLUGIN = '''
"""A plugin with a rule, a reporter and an executor."""
from dcmlint.hookspecs import hookimpl
from dcmlint.rule import Rule
from dcmlint.model import Found

def modality(instance):
    yield Found(0x00080060)

@hookimpl
def dcmlint_rules():
    yield Rule(severity="error", scope="instance", citation="house rules", message="{attribute} is there",
               id="house/modality", doc="Modality is there.", selects=("Modality",), check=modality)

class Counts:
    def __init__(self, out): self.out = out
    def begin(self, run): self.number = 0
    def add(self, report): self.number += len(report.findings)
    def end(self, summary): self.out.write(f"{self.number} in {summary.files}\\n")

@hookimpl
def dcmlint_reporters():
    return {"count": Counts}
'''


def test_plugin_brings_rules_and_reporters(tmp_path: Path) -> None:
    install(tmp_path, "house", PLUGIN)
    env = {"PYTHONPATH": str(tmp_path)}
    assert "house/modality" in process("rules", env=env).out
    counted = process("check", "--select", "house", "--format", "count", CT, env=env)
    assert (counted.out, counted.status) == ("1 in 1\n", 1)
    shown = process("check", "--select", "house", CT, env=env)
    assert "Modality is there" in shown.out
    many = process("check", "--select", "house", "--format", "count", "-j", "2", *[CT] * 60, env=env)
    assert (many.out, many.status) == ("60 in 60\n", 1)


@pytest.mark.parametrize("names", ["house", "other, house", "all"])
def test_plugins_can_be_disabled(tmp_path: Path, names: str) -> None:
    install(tmp_path, "house", PLUGIN)
    env = {"PYTHONPATH": str(tmp_path), "DCMLINT_DISABLE_PLUGINS": names}
    assert "house/modality" not in process("rules", env=env).out
    assert process("check", "--select", "house", CT, env=env).status == 2


@pytest.mark.parametrize(
    ("code", "target", "said"),
    [
        ("import not_there_at_all", "", "ModuleNotFoundError"),
        ("1 / 0", "", "ZeroDivisionError"),
        ("x = 1", "house:missing", "AttributeError"),
        (PLUGIN.replace("def dcmlint_rules", "def dcmlint_rulez"), "", "dcmlint_rulez"),
        (PLUGIN.replace("yield Rule(", "yield dict("), "", "not a Rule"),
        (PLUGIN.replace('{"count": Counts}', '["count"]'), "", "not a mapping"),
        (PLUGIN.replace('"count"', '"json"'), "", "dcmlint and house"),
        (PLUGIN.replace("house/modality", "file/truncated"), "", "dcmlint and house"),
        (PLUGIN.replace("yield Rule", "raise OSError(5); yield Rule"), "", "OSError"),
    ],
)
def test_broken_plugin_is_named_and_exits_2(tmp_path: Path, code: str, target: str, said: str) -> None:
    install(tmp_path, "house", code, target=target)
    result = process("check", CT, env={"PYTHONPATH": str(tmp_path)})
    assert result.status == 2
    assert "house" in result.err
    assert said in result.err
    assert "Traceback" not in result.err


def test_two_plugins_of_one_name_are_an_error(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        install(tmp_path / folder, f"house_{folder}", "")
        entry = tmp_path / folder / f"house_{folder}-1.0.dist-info" / "entry_points.txt"
        entry.write_text(f"[dcmlint]\nhouse = house_{folder}\n")
    result = process("rules", env={"PYTHONPATH": f"{tmp_path / 'one'}:{tmp_path / 'two'}"})
    assert result.status == 2
    assert "two plugins are named 'house'" in result.err


def test_entry_points_are_those_that_importlib_sees(tmp_path: Path) -> None:
    install(tmp_path, "house", "")
    install(tmp_path, "attic", "", target="attic:Thing.part [extra]")
    install(tmp_path, "elsewhere", "", group="pytest11")
    from importlib.metadata import distributions

    seen = sorted(
        (point.name, point.module, point.attr or "")
        for distribution in distributions(path=[str(tmp_path)])
        for point in distribution.entry_points.select(group="dcmlint")
    )
    found = plugins.entry_points([str(tmp_path), str(tmp_path / "not there")])
    assert [point[:3] for point in found] == seen
    assert [point.name for point in found] == ["attic", "house"]


def test_first_of_two_installed_distributions_wins(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        install(tmp_path / folder, "house", "", target=folder)
    found = plugins.entry_points([str(tmp_path / "first"), str(tmp_path / "second")])
    assert [point.module for point in found] == ["first"]


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
