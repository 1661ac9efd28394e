"""Completion in the shell: the protocol that its functions speak, and the functions themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Command, dcmlint

from dcmlint.catalogue import catalogue
from dcmlint.explain import FORMATS
from dcmlint.report import reporters
from dcmlint.run import FAIL_ON

__all__ = ["dcmlint"]

SCRIPT = Path(sys.executable).parent / "dcmlint"
RULES = set(catalogue())
GROUPS = {rule.group for rule in catalogue().values()}


def run(*command: str | Path, status: int = 0, **variables: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        env={**os.environ, "PATH": f"{SCRIPT.parent}{os.pathsep}{os.environ['PATH']}", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (status, "")
    return done.stdout


def offered(line: str, **variables: str) -> set[str]:
    """Return what bash is told when Tab is pressed at the end of the line."""
    words = line.split(" ")
    variables |= {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    return set(run(SCRIPT, _DCMLINT_COMPLETE="complete_bash", **variables).split())


COMMANDS = set(
    "check rules rule explain sr standard baseline policy init plugins clean scan store report diff "
    "fix audit deid".split()
)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("dcmlint ", COMMANDS),
        ("dcmlint standard ", {"list", "show", "fetch", "use"}),
        ("dcmlint check --sel", {"--select"}),
        ("dcmlint check x.dcm --fail", {"--fail-on"}),
        ("dcmlint check --select ", RULES | GROUPS),
        ("dcmlint check --ignore ", RULES | GROUPS),
        ("dcmlint rules --select ", RULES | GROUPS),
        ("dcmlint check --select file/tr", {rule for rule in RULES if rule.startswith("file/tr")}),
        ("dcmlint check --select uid,file/un", {f"uid,{rule}" for rule in RULES if rule[:7] == "file/un"}),
        ("dcmlint check --select file,fil", {f"file,{rule}" for rule in RULES if rule[:4] == "file"}),
        ("dcmlint check --select nothing/like", set()),
        ("dcmlint check --format ", set(reporters())),
        ("dcmlint check -f j", {"json", "jsonl", "junit"}),
        ("dcmlint check --fail-on ", set(FAIL_ON)),
        ("dcmlint rule ", RULES),
        ("dcmlint rule value/vm --format ", set(FORMATS)),
        ("dcmlint rules -f ", set(FORMATS)),
        ("dcmlint check ", set()),
        ("dcmlint check --output ", set()),
    ],
)
def test_bash_is_told(line: str, wanted: set[str]) -> None:
    assert offered(line, DCMLINT_DISABLE_PLUGINS="all") == wanted


def test_every_option_is_offered(dcmlint: Command) -> None:
    shown = {word.rstrip(",") for word in dcmlint("check", "--help").out.split() if word.startswith("--")}
    assert offered("dcmlint check --") == shown


def test_broken_plugin_does_not_write_into_the_line(tmp_path: Path) -> None:
    metadata = tmp_path / "house-1.0.dist-info"
    metadata.mkdir()
    (metadata / "entry_points.txt").write_text("[dcmlint]\nhouse = not_there_at_all\n")
    for line in ("dcmlint check --select ", "dcmlint rule ", "dcmlint check --format "):
        found = offered(line, PYTHONPATH=str(tmp_path))
        assert found and not any("house" in each or "Error" in each for each in found)


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_others_are_told_with_descriptions(shell: str) -> None:
    told = run(
        SCRIPT,
        _DCMLINT_COMPLETE=f"complete_{shell}",
        _TYPER_COMPLETE_ARGS="dcmlint check --select uid,file/trun",
        _TYPER_COMPLETE_FISH_ACTION="get-args",
    )
    assert "uid,file/truncated" in told
    assert catalogue()["file/truncated"].title in told


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_script_of_a_shell(shell: str) -> None:
    script = run(SCRIPT, "--show-completion", shell)
    assert f"complete_{shell}" in script
    assert "dcmlint" in script


def test_unknown_shell(dcmlint: Command) -> None:
    result = dcmlint("--show-completion", "command.com")
    assert result.status != 0
    assert "command.com not supported" in result.err


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("dcmlint check --select pixel/hi", ["pixel/high-bit-mismatch"]),
        ("dcmlint check --form", ["--format"]),
        ("dcmlint rule file/trun", ["file/truncated"]),
    ],
)
def test_bash_completes(words: str, wanted: list[str]) -> None:
    """With the function that bash calls when Tab is pressed."""
    code = (
        f'eval "$(dcmlint --show-completion bash)"; COMP_WORDS=({words}); '
        "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); complete -p dcmlint; "
        '_dcmlint_completion dcmlint; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    registered, *replies = run("bash", "--norc", "-c", code).splitlines()
    assert registered == "complete -o default -F _dcmlint_completion dcmlint"
    assert replies == wanted


@pytest.mark.parametrize(
    ("shell", "path"),
    [
        ("bash", ".bash_completions/dcmlint.sh"),
        ("zsh", ".zfunc/_dcmlint"),
        ("fish", ".config/fish/completions/dcmlint.fish"),
    ],
)
def test_installation(tmp_path: Path, shell: str, path: str) -> None:
    told = run(SCRIPT, "--install-completion", shell, HOME=str(tmp_path))
    assert str(tmp_path / path) in told
    assert (tmp_path / path).read_text().strip() == run(SCRIPT, "--show-completion", shell).strip()
    if shell == "bash":
        code = f"source {tmp_path}/.bashrc; complete -p dcmlint"
        assert "_dcmlint_completion" in run("bash", "--norc", "-c", code)
