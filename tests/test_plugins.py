"""Plugins: how they are found, what they may bring, and that a broken one is named and left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import CLEAN, CT, FAULTY, ROOT, Result, process

from dcmlint import hookspecs
from dcmlint.entry_points import entry_points
from dcmlint.hookspecs import HOOKS
from dcmlint.plugins import culprit


def install(folder: Path, name: str, code: str, *, group: str = "dcmlint", target: str = "") -> None:
    """Put a distribution with one entry point into a folder, as pip would."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(code)
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        f"[console_scripts]\nx = y:z\n\n[{group}]\n# said here\n{name} = {target or name}\n"
    )


def run(folder: Path, *arguments: str | Path, disable: str = "", more: Path | None = None) -> Result:
    """Run the command line with the distributions in a folder, and none else that is installed here."""
    path = ":".join(map(str, filter(None, (folder, more))))
    return process(*arguments, env={"PYTHONPATH": path, "DCMLINT_DISABLE_PLUGINS": disable})


PLUGIN = '''
"""A plugin with a rule, a reporter and a source."""
from dcmlint.hookspecs import hookimpl
from dcmlint.rule import Rule
from dcmlint.model import Found
from dcmlint.source import Entry

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

class Rows:
    def entries(self, location): yield Entry(location, named=True, scheme="rows")
    def open(self, entry): return 1 / 0

@hookimpl
def dcmlint_reporters():
    return {"count": Counts}

@hookimpl
def dcmlint_sources():
    return {"rows": Rows}
'''


def test_plugin_brings_rules_and_reporters(tmp_path: Path) -> None:
    install(tmp_path, "house", PLUGIN)
    assert "house/modality" in run(tmp_path, "rules").out
    counted = run(tmp_path, "check", "--select", "house", "--format", "count", CT)
    assert counted == (1, "1 in 1\n", "")
    assert "Modality is there" in run(tmp_path, "check", "--select", "house", CT).out
    many = run(tmp_path, "check", "--select", "house", "--format", "count", "-j", "2", *[CT] * 60)
    assert many == (1, "60 in 60\n", "")


@pytest.mark.parametrize("names", ["house", "other, house", "all"])
def test_plugins_can_be_disabled(tmp_path: Path, names: str) -> None:
    install(tmp_path, "house", PLUGIN)
    assert "house/modality" not in run(tmp_path, "rules", disable=names).out
    assert run(tmp_path, "check", "--select", "house", CT, disable=names).status == 2


RULE = 'id="house/modality"'
SELECTS = 'selects=("Modality",)'
BROKEN = {
    "import": ("import not_there_at_all", "", "cannot be loaded: ModuleNotFoundError: No module named"),
    "top level": ("1 / 0", "", "cannot be loaded: ZeroDivisionError"),
    "exit": ("raise SystemExit(0)", "", "cannot be loaded: SystemExit"),
    "syntax": ("def", "", "cannot be loaded: SyntaxError"),
    "attribute": ("x = 1", "house:missing", "cannot be loaded: AttributeError"),
    "unknown hook": (PLUGIN.replace("def dcmlint_rules", "def dcmlint_rulez"), "", "dcmlint_rulez"),
    "argument": (PLUGIN.replace("def dcmlint_rules()", "def dcmlint_rules(config)"), "", "dcmlint_rules"),
    "hook raises": (
        PLUGIN.replace("yield Rule", "raise OSError(5); yield Rule"),
        "",
        "dcmlint_rules, which is",
    ),
    "no list": (
        f"{PLUGIN}\n@hookimpl\ndef dcmlint_rules():\n    return 5\n",
        "",
        "'int' object is not iterable",
    ),
    "no rule": (PLUGIN.replace("yield Rule(", "yield dict("), "", "brings dict as a rule"),
    "no mapping": (PLUGIN.replace('{"count": Counts}', '["count"]'), "", "it returned list, not a mapping"),
    "no factory": (PLUGIN.replace("Counts}", "5}"), "", "which is int, not a factory"),
    "no name": (PLUGIN.replace('{"count"', "{5"), "", "that is int, not text"),
    "taken name": (
        PLUGIN.replace('"count"', '"json"'),
        "",
        "'json' in dcmlint_reporters as plugin 'dcmlint'",
    ),
    "taken id": (
        PLUGIN.replace("house/modality", "file/truncated"),
        "",
        "file/truncated as plugin 'dcmlint'",
    ),
    "no id": (PLUGIN.replace(RULE, 'id="Modality"'), "", "'Modality', which is no rule id"),
    "no text": (
        PLUGIN.replace(RULE, f"{RULE}, doc=5").replace('doc="Modality is there.",', ""),
        "",
        "is no text",
    ),
    "severity": (PLUGIN.replace('"error"', '"fatal"'), "", "unknown severity"),
    "no check": (PLUGIN.replace("check=modality", "check=None"), "", "without a check"),
    "keyword": (
        PLUGIN.replace('("Modality",)', '("Modalty",)'),
        "",
        "selects 'Modalty', which is no keyword",
    ),
    "selects": (PLUGIN.replace('("Modality",)', '"Modality"'), "", "selects that are str, not a tuple"),
    "nothing": (PLUGIN.replace('"instance"', '"item"').replace(SELECTS, "selects=()"), "", "selects nothing"),
}


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """What a check comes to where there is no plugin."""
    return run(tmp_path_factory.mktemp("none"), "check", "--select", "module", FAULTY / "missing_type_1.dcm")


@pytest.mark.parametrize("fault", BROKEN)
def test_broken_plugin_is_named_and_left_out(tmp_path: Path, without: Result, fault: str) -> None:
    code, target, said = BROKEN[fault]
    install(tmp_path, "house", code, target=target)
    result = run(tmp_path, "check", "--select", "module", FAULTY / "missing_type_1.dcm")
    first, second = result.err.splitlines()
    assert first.startswith("dcmlint: warning: plugin 'house' of house 1.0 ")
    assert said in first
    assert second == "  Set DCMLINT_DISABLE_PLUGINS=house to run without it."
    assert untimed(result.out) == untimed(without.out)
    assert "module/missing-type-1" in result.out
    assert without.err == ""


def untimed(text: str) -> str:
    return text.partition(" checked in ")[0]


def test_run_that_left_something_out_does_not_end_with_0(tmp_path: Path) -> None:
    install(tmp_path, "house", "1 / 0")
    broken = run(tmp_path, "check", "--fail-on", "never", CT)
    assert (broken.status, "no findings" in broken.out) == (1, True)
    assert run(tmp_path, "check", CT, disable="house").status == 0
    assert run(tmp_path, "rules").status == 0
    assert "cannot be loaded" in run(tmp_path, "rules").err


def test_warning_comes_once_however_many_processes_work(tmp_path: Path) -> None:
    install(tmp_path, "house", "1 / 0")
    result = run(tmp_path, "check", "-j", "2", *[CT] * 60)
    assert result.err.count("dcmlint: warning: plugin 'house'") == 1
    assert "60 files checked" in result.out


def test_rest_of_a_plugin_stays(tmp_path: Path) -> None:
    second = PLUGIN.replace("house/modality", "file/truncated").replace(
        "@hookimpl\ndef dcmlint_reporters",
        "@hookimpl(specname='dcmlint_rules')\ndef more():\n"
        "    yield Rule('note', 'instance', 'x', '{attribute} here', id='house/kept', selects=('Modality',),"
        " check=modality)\n\n@hookimpl\ndef dcmlint_reporters",
    )
    install(tmp_path, "house", second)
    result = run(tmp_path, "check", "--select", "house", "--format", "count", CT)
    assert "file/truncated" in result.err
    assert result.out == "1 in 1\n"


def test_rule_id_of_another_plugin_names_both(tmp_path: Path) -> None:
    install(tmp_path, "attic", PLUGIN.replace('{"count"', '{"attic"').replace('"rows"', '"attic"'))
    install(tmp_path, "house", PLUGIN)
    result = run(tmp_path, "check", "--select", "house", CT)
    assert "plugin 'house' of house 1.0 brings rule house/modality as plugin 'attic' does" in result.err
    assert len(result.err.splitlines()) == 2
    assert "Modality is there" in result.out


def test_no_plugin_comes_before_what_is_built_in(tmp_path: Path) -> None:
    code = PLUGIN.replace('"count"', '"json"').replace("@hookimpl", "@hookimpl(trylast=True)")
    install(tmp_path, "house", code)
    result = run(tmp_path, "check", "--format", "json", CT)
    assert "'json'" in result.err
    assert json.loads(result.out)["summary"]["files"] == 1


def test_second_of_two_plugins_with_one_name_is_left_out(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        install(tmp_path / folder, f"house_{folder}", "")
        entry = tmp_path / folder / f"house_{folder}-1.0.dist-info" / "entry_points.txt"
        entry.write_text(f"[dcmlint]\nhouse = house_{folder}\n")
    result = run(tmp_path / "one", "check", CT, more=tmp_path / "two")
    assert "'house' of house-two 1.0 has the name of a plugin of house-one 1.0" in result.err
    assert "no findings" in result.out


def test_plugin_cannot_pose_as_what_is_built_in(tmp_path: Path) -> None:
    install(tmp_path, "dcmlint_house", PLUGIN)
    (tmp_path / "dcmlint_house-1.0.dist-info" / "entry_points.txt").write_text(
        "[dcmlint]\ndcmlint = dcmlint_house\n"
    )
    result = run(tmp_path, "check", CT)
    assert "plugin 'dcmlint' of dcmlint-house 1.0 has the name of what is built in" in result.err
    assert "no findings" in result.out


def test_one_module_under_two_names_stays_under_the_first(tmp_path: Path) -> None:
    install(tmp_path, "house", PLUGIN)
    entry = tmp_path / "house-1.0.dist-info" / "entry_points.txt"
    entry.write_text("[dcmlint]\nattic = house\nhouse = house\n")
    result = run(tmp_path, "check", "--select", "house", CT)
    assert "plugin 'house' of house 1.0 cannot be loaded: ValueError" in result.err
    assert "Modality is there" in result.out


def test_text_of_an_exception_is_clipped_to_one_line(tmp_path: Path) -> None:
    install(tmp_path, "house", "raise RuntimeError('a' * 300 + chr(10) + 'second')")
    install(tmp_path, "attic", "raise RuntimeError('bell ' + chr(7) + chr(10) + 'second')")
    attic, _, house, _ = run(tmp_path, "check", CT).err.splitlines()
    assert attic.endswith("RuntimeError: bell \\x07")
    assert house.endswith(f"RuntimeError: {'a' * 199}…")


def test_source_that_raises_costs_its_file_only(tmp_path: Path) -> None:
    install(tmp_path, "house", PLUGIN)
    result = run(tmp_path, "check", "rows://1", CT)
    assert "what reads rows:// failed (ZeroDivisionError)" in result.out
    assert "2 files checked" in result.out


def test_reporter_that_raises_is_named(tmp_path: Path) -> None:
    install(tmp_path, "house", PLUGIN.replace("self.number += len(report.findings)", "open('/not there')"))
    result = run(tmp_path, "check", "--format", "count", CT)
    assert result.status == 2
    assert result.err.startswith("dcmlint: error: plugin 'house' failed (FileNotFoundError)")


def test_library_does_without_a_broken_plugin(tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    install(tmp_path, "house", "1 / 0")
    code = (
        "import sys, dcmlint; print(len(dcmlint.lint(sys.argv[1])));"
        "from dcmlint.catalogue import problems; print(problems()[0].plugin)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(CT)],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout.split(), done.stderr) == (["0", "house"], "")


def test_nobody_is_blamed_for_what_dcmlint_does() -> None:
    try:
        raise RuntimeError
    except RuntimeError as error:
        assert culprit(error) == ""


def test_list_of_plugins(tmp_path: Path) -> None:
    install(tmp_path, "house", PLUGIN)
    install(tmp_path, "attic", "")
    install(tmp_path, "ruin", "1 / 0")
    result = run(tmp_path, "plugins")
    assert result.status == 1
    built_in, attic, house, left_out = result.out.split("\n\n")
    assert built_in.startswith("dcmlint 0.1.0, built in\n  rules ")
    assert (
        "reporters  csv, github, github-sarif, gitlab, json, jsonl, junit, markdown, sarif, text" in built_in
    )
    assert attic.splitlines()[2] == "  brings nothing"
    assert house.splitlines() == [
        "house: house 1.0, module house",
        f"  from       {tmp_path / 'house.py'}",
        "  rules      house/modality",
        "  sources    rows",
        "  reporters  count",
    ]
    assert "plugin 'ruin' of ruin 1.0 cannot be loaded: ZeroDivisionError" in left_out
    disabled = run(tmp_path, "plugins", disable="ruin,house")
    assert disabled.status == 0
    assert "house: house 1.0, module house\n  disabled by DCMLINT_DISABLE_PLUGINS" in disabled.out
    assert "house/modality" not in disabled.out


def test_list_of_plugins_as_json(tmp_path: Path) -> None:
    install(tmp_path, "house", PLUGIN.replace('"count"', '"json"'))
    content = json.loads(run(tmp_path, "plugins", "--format", "json").out)
    built_in, house = content["plugins"]
    assert (built_in["name"], "file/truncated" in built_in["brings"]["rules"]) == ("dcmlint", True)
    assert house == {
        "name": "house",
        "distribution": "house",
        "version": "1.0",
        "module": "house",
        "file": str(tmp_path / "house.py"),
        "disabled": False,
        "brings": {"rules": ["house/modality"], "sources": ["rows"]},
    }
    (problem,) = content["problems"]
    assert (problem["plugin"], problem["hook"]) == ("house", "dcmlint_reporters")
    assert run(tmp_path, "plugins", "--format", "yaml").status == 2


def test_entry_points_are_those_that_importlib_sees(tmp_path: Path) -> None:
    install(tmp_path, "house", "")
    install(tmp_path, "attic", "", target="attic:Thing.part [extra]")
    install(tmp_path, "elsewhere", "", group="pytest11")
    (tmp_path / "old_house.egg-info").mkdir()
    (tmp_path / "old_house.egg-info" / "entry_points.txt").write_text("[dcmlint]\nold = old_house\n")
    from importlib.metadata import distributions

    seen = sorted(
        (point.name, point.module, point.attr or "")
        for distribution in distributions(path=[str(tmp_path)])
        for point in distribution.entry_points.select(group="dcmlint")
    )
    found = entry_points([str(tmp_path), str(tmp_path / "not there")], "dcmlint")
    assert [point[:3] for point in found] == seen
    assert [(point.distribution, point.version) for point in found] == [
        ("attic", "1.0"),
        ("house", "1.0"),
        ("old-house", ""),
    ]


def test_first_of_two_installed_distributions_wins(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        install(tmp_path / folder, "house", "", target=folder)
    found = entry_points([str(tmp_path / "first"), str(tmp_path / "second")], "dcmlint")
    assert [point.module for point in found] == ["first"]


def test_every_hook_is_documented() -> None:
    page = (ROOT / "docs" / "plugins.md").read_text()
    for hook in HOOKS:
        assert f"| `{hook}` | " in page
        assert "Called " in (getattr(hookspecs, hook).__doc__ or "")


def test_no_plugin_is_needed_to_check(tmp_path: Path) -> None:
    assert run(tmp_path, "check", CLEAN / "ct.dcm", disable="all").status == 0
