"""The action, the example workflow and docs/ci.md: what they run works, and shows what they say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from checkout import copy_checkout
from command_line import CLEAN, FAULTY, ROOT, process

from dcmlint.report import reporters

ACTION = ROOT / "action.yml"
WORKFLOW = ROOT / ".github" / "workflows" / "dcmlint-example.yml"
PAGE = ROOT / "docs" / "ci.md"


def action() -> Any:
    return yaml.safe_load(ACTION.read_text())


def steps(name: str) -> dict[str, Any]:
    """Return the steps of the action, or of a job of the workflow, by name."""
    if name == "action":
        found = action()["runs"]["steps"]
    else:
        found = yaml.safe_load(WORKFLOW.read_text())["jobs"][name]["steps"]
    return {step.get("name", step.get("uses")): step for step in found}


def workflow_commands() -> list[str]:
    return [
        line.strip()
        for step in steps("dataset").values()
        for line in step.get("run", "").splitlines()
        if line.strip().startswith("dcmlint ")
    ]


def page_commands() -> list[str]:
    blocks = re.findall(r"^```console\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Variables as in a step of a job: `dcmlint` is on the path, and files for outputs are there."""
    programs = tmp_path / "bin"
    programs.mkdir()
    script = programs / "dcmlint"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dcmlint "$@"\n')
    script.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_PATH": str(tmp_path / "path"),
    }


def run(script: str, folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a script as GitHub runs a step with `shell: bash`."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def checked(environment: dict[str, str], **inputs: str) -> dict[str, str]:
    """Return the outputs of the action's check, with defaults for inputs that are not given."""
    given = {name: each["default"] for name, each in action()["inputs"].items()} | inputs
    step = steps("action")["Check"]
    variables = {
        name: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda found: given[found[1]], text)
        for name, text in step["env"].items()
    }
    done = run(step["run"], ROOT, {**environment, **variables})
    assert done.returncode == 0, done.stderr
    lines = Path(environment["GITHUB_OUTPUT"]).read_text().splitlines()
    return {**dict(line.split("=", 1) for line in lines), "shown": done.stdout, "said": done.stderr}


def test_the_action_has_the_inputs_that_its_steps_use() -> None:
    used = set(re.findall(r"inputs\.([a-z-]+)", ACTION.read_text()))
    assert used == set(action()["inputs"])
    job = yaml.safe_load(WORKFLOW.read_text())["jobs"]["action"]["steps"]
    (given,) = (step["with"] for step in job if step["uses"] == "./")
    assert set(given) <= set(action()["inputs"])
    page = yaml.safe_load(re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)[0])
    assert set(page["steps"][1]["with"]) <= set(action()["inputs"])
    assert page["permissions"]["security-events"] == "write"


def test_no_input_is_put_into_a_script() -> None:
    """An input in the text of a script would be run: they go through the environment."""
    for step in [*steps("action").values(), *steps("dataset").values()]:
        assert "${{" not in step.get("run", "")


def test_the_action_checks_clean_files(environment: dict[str, str]) -> None:
    outputs = checked(environment, paths="fixtures/clean\n\nREADME.md\n", category="phantoms")
    assert outputs["status"] == "0"
    assert "SOP Instances" in outputs["shown"]
    runs = json.loads(Path(outputs["sarif"]).read_text())["runs"]
    assert runs[0]["automationDetails"]["id"] == "phantoms/error/"
    assert steps("action")["Upload"]["with"]["sarif_file"] == "${{ steps.check.outputs.sarif }}"


def test_the_action_fails_after_the_upload(environment: dict[str, str]) -> None:
    outputs = checked(environment, paths="fixtures/faulty\n")
    assert outputs["status"] == "1"
    names = list(steps("action"))
    assert names.index("Check") < names.index("Upload") < names.index("Result")
    result = steps("action")["Result"]["run"]
    for status in (0, 1, 2):
        assert run(result, ROOT, {**environment, "STATUS": str(status)}).returncode == status


@pytest.mark.parametrize(("fail_on", "status"), [("never", "0"), ("error", "1"), ("worse", "2")])
def test_the_action_fails_on(environment: dict[str, str], fail_on: str, status: str) -> None:
    outputs = checked(environment, paths="fixtures/faulty", **{"fail-on": fail_on})
    assert outputs["status"] == status
    assert Path(outputs["sarif"]).exists() == (status != "2")
    assert steps("action")["Upload"]["if"].endswith("steps.check.outputs.status != '2'")


def test_the_action_applies_a_policy(environment: dict[str, str], tmp_path: Path) -> None:
    policy = tmp_path / "house rules.yaml"
    policy.write_text("severity: {pixel/high-bit-mismatch: note}\nselect: [pixel/high-bit-mismatch]\n")
    name = str(FAULTY / "high_bit.dcm")
    assert checked(environment, paths=name, policy=str(policy))["status"] == "0"


def test_the_action_takes_paths_as_they_are(environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "a b; $(touch hacked)"
    shutil.copytree(CLEAN, folder)
    outputs = checked(environment, paths=f"{folder}\n--help")
    assert "--help" in outputs["shown"] and "Usage" not in outputs["shown"]
    assert not (ROOT / "hacked").exists()


def test_the_action_installs_this_repository(environment: dict[str, str], tmp_path: Path) -> None:
    clone = tmp_path / "action"
    copy_checkout(clone)
    step = steps("action")["Install"]
    # What dcmlint depends on is here already; test_readme.py installs it in full.
    variables = {"SOURCE": str(clone), "DCMLINT_PURE": step["env"]["DCMLINT_PURE"], "PIP_NO_DEPS": "1"}
    done = run(step["run"], tmp_path, {**environment, **variables})
    assert done.returncode == 0, done.stderr
    (programs,) = Path(environment["GITHUB_PATH"]).read_text().splitlines()
    assert os.access(Path(programs, "dcmlint"), os.X_OK)


@pytest.mark.parametrize("command", [*workflow_commands(), *page_commands()])
def test_commands(command: str, environment: dict[str, str], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "fixtures", tmp_path / "fixtures")
    done = run(command, tmp_path, environment)
    assert done.returncode == 0, done.stderr
    assert "SOP Instances" in done.stdout
    assert json.loads((tmp_path / "dcmlint.sarif").read_text())["version"] == "2.1.0"


def test_there_are_commands() -> None:
    assert len(workflow_commands()) == 1 and len(page_commands()) == 2


def test_options_and_formats_exist() -> None:
    text = "\n".join([steps("action")["Check"]["run"], *workflow_commands(), *page_commands()])
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))
    known = set(re.findall(r"--[a-z][a-z-]*", process("check", "--help").out))
    assert {"--format", "--policy", "--fail-on"} <= options <= known
    formats = set(re.findall(r"--format \"?([a-z-]+)", text))
    assert {"text", "github-sarif"} <= formats <= set(reporters())


def test_the_workflow_uploads_what_the_check_writes() -> None:
    found = steps("dataset")
    file = found["Upload"]["with"]["sarif_file"]
    assert any(f"github-sarif:{file}" in command for command in workflow_commands())
    assert f"hashFiles('{file}')" in found["Upload"]["if"] and "!cancelled()" in found["Upload"]["if"]
    for job in yaml.safe_load(WORKFLOW.read_text())["jobs"].values():
        assert job["permissions"]["security-events"] == "write"


def test_the_example_does_not_run_by_itself() -> None:
    assert yaml.safe_load(WORKFLOW.read_text())[True] == {"workflow_dispatch": None}
