"""Every command of the README runs as written, in a copy of the repository, and shows what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from checkout import copy_checkout
from command_line import ROOT

TEXT = (ROOT / "README.md").read_text()

SECTIONS = [
    "Two commands",
    "Everyday use",
    "Writing a policy",
    "Writing a rule and a plugin",
    "CI and pre-commit",
    "Archives",
    "How it compares",
    "Limits",
    "Licence",
]

STATUS = {
    "dcmlint check fixtures/faulty --baseline": 0,
    "dcmlint check fixtures/faulty": 1,
    "cd fixtures/faulty": 1,
    "find fixtures": 1,
    "dcmlint standard fetch": 2,
    "dcmlint preflight fixtures/clean": 1,
}
"""Exit status by the start of a command; 0 for all others. There is no network for `fetch` here."""


class Command(NamedTuple):
    """A line of the README that starts with "$ ", and the output that the README shows below it."""

    line: str
    shown: tuple[str, ...]

    @property
    def status(self) -> int:
        return next((status for start, status in STATUS.items() if self.line.startswith(start)), 0)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def commands() -> list[Command]:
    found = []
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, *shown = part.splitlines()
            found.append(Command(line, tuple(text for text in shown if text.strip() not in ("", "..."))))
    return found


RUN_ELSEWHERE = {"make test": "this is it", "make demo": "test_the_demo_sets_itself_up"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as a clone has it."""
    folder = tmp_path_factory.mktemp("clone") / "dcmlint"
    return copy_checkout(folder)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, copy: Path) -> dict[str, str]:
    """Variables of a new environment in which the copy is installed; its dependencies are this one's."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    script = "import sysconfig; print(sysconfig.get_path('purelib'))"
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True)
    Path(done.stdout.strip(), "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", copy],
        env={**os.environ, "DCMLINT_PURE": "1"},  # test_packaging.py has the compiled wheel
        check=True,
    )
    return {
        **os.environ,
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": "",
        "DCMLINT_DATA_DIR": str(folder / "data"),
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
    }


def steady(text: str) -> str:
    """Return text without what differs from run to run."""
    return re.sub(r"in \d+\.\d+ s", "in N s", text).rstrip()


def check_shown(command: Command, output: str) -> None:
    """Assert that the lines shown are lines of the output, in their order."""
    lines = iter([steady(line) for line in output.splitlines()])
    for shown in command.shown:
        assert steady(shown) in lines, f"{command.line} does not print, or not in this place: {shown}"


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.line[:60])
def test_command(command: Command, copy: Path, environment: dict[str, str]) -> None:
    if command.line in RUN_ELSEWHERE:
        return
    variables = dict(environment)
    if " pip " in command.line:
        variables = {key: value for key, value in variables.items() if not key.endswith("_proxy")}
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command.line],
        cwd=copy,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == command.status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    check_shown(command, done.stdout)


def test_the_demo_sets_itself_up(copy: Path, tmp_path: Path) -> None:
    (command,) = (command for command in commands() if command.line == "make demo")
    shutil.copytree(copy, tmp_path / "clone")
    variables = {key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done = subprocess.run(
        ["make", f"PYTHON={sys.executable}", "demo"],
        cwd=tmp_path / "clone",
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CT Image Storage" in done.stdout and "7 files checked" in done.stdout
    check_shown(command, done.stdout)


def test_ci_runs_the_same_test_command() -> None:
    assert "make test" in [command.line for command in commands()]
    assert re.search(r"^make test\b", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.strip().splitlines()[-1][:50])
def test_python(block: str, copy: Path, environment: dict[str, str], tmp_path: Path) -> None:
    if block.startswith('"""'):
        return  # the rule: see test_the_rule_shown_is_that_of_the_plugin
    script = tmp_path / "script.py"
    script.write_text(block)
    variables = {
        **environment,
        "DCMLINT_DISABLE_PLUGINS": "example-site",
    }  # the README installs it further down
    done = subprocess.run(
        ["python", script], cwd=copy, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rule_shown_is_that_of_the_plugin() -> None:
    folder = ROOT / "plugins" / "dcmlint-example-site" / "src" / "dcmlint_example_site" / "rules" / "example"
    (shown,) = (block for block in blocks("python") if block.startswith('"""'))
    assert shown == (folder / "missing_station_name.py").read_text()


def test_the_pre_commit_configuration_is_one() -> None:
    (block,) = (block for block in blocks("yaml") if block.startswith("repos:"))
    (hook,) = yaml.safe_load(block)["repos"][0]["hooks"]
    ours = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())[0]
    same = ("id", "entry", "types", "files")
    assert {key: hook[key] for key in same} == {key: ours[key] for key in same}


def test_sections_are_in_order() -> None:
    prose = re.sub(r"^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL)
    assert re.findall(r"^## (.+)$", prose, re.MULTILINE) == SECTIONS


def test_the_first_thing_shown_is_real_output() -> None:
    first = commands()[0]
    assert "dcmlint check" in first.line and len(first.shown) > 5
