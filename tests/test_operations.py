"""The files for those who run dcmlint every night: units, cron, image and scripts say what they should."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from command_line import ROOT

EXAMPLES = ROOT / "docs" / "examples"
OF_SCAN = {"--store", "--time-budget", "--status-file", "--metrics-file", "--log-format", "--quiet"}
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def command(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))


def units(folder: Path, program: str) -> list[str]:
    """Return copies of the units that start `program`, which is there."""
    copies = []
    for path in sorted(EXAMPLES.glob("dcmlint-scan.*")):
        copy = folder / path.name
        copy.write_text(path.read_text().replace("/opt/dcmlint/bin/dcmlint", program))
        copies.append(str(copy))
    assert len(copies) == 2
    return copies


@pytest.mark.skipif(command("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    verify = ["systemd-analyze", "verify", "--man=no"]
    done = subprocess.run(
        [*verify, *units(tmp_path, sys.executable)], capture_output=True, text=True, check=False
    )
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "dcmlint" in line]
    assert done.returncode == 0 and not ours


@pytest.mark.skipif(command("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_would_say_what_is_wrong(tmp_path: Path) -> None:
    service, _ = units(tmp_path, "/nowhere/dcmlint")
    done = subprocess.run(["systemd-analyze", "verify", service], capture_output=True, text=True, check=False)
    assert "/nowhere/dcmlint" in done.stdout + done.stderr


def test_options_of_scan_are_those_of_the_docs() -> None:
    for name in ("dcmlint-scan.service", "dcmlint.cron"):
        text = (EXAMPLES / name).read_text()
        (called,) = re.findall(r"^[^#\n]*?dcmlint scan((?:.*\\\n)*.*?)(?:\|\||$)", text, re.MULTILINE)
        assert set(re.findall(r"--[a-z-]+", called)) <= OF_SCAN
        assert "--store" in called and "--time-budget" in called


def test_the_cron_line_fails_on_failure_only() -> None:
    lines = (EXAMPLES / "dcmlint.cron").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith("30 ")]
    assert "%" not in line, "cron takes it for the end of a line"
    assert re.match(r"30 22 \* \* \* dcmlint nice ", line), "times, the user, the command"
    script = "nice() { return $STATUS; }; nice " + line.partition(" dcmlint nice ")[2]
    for status, mailed in ((0, ""), (1, ""), (2, "dcmlint scan failed with status 2\n"), (3, "")):
        done = subprocess.run(
            ["sh", "-c", script], env={"STATUS": str(status)}, capture_output=True, text=True, check=False
        )
        assert done.stdout == mailed and not done.stderr


def test_scripts_for_slurm_can_be_read() -> None:
    subprocess.run(["bash", "-n", str(EXAMPLES / "slurm_check.sh")], check=True)
    tree = ast.parse((EXAMPLES / "slurm_check.py").read_text())
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert {"SLURMCluster", "cluster.adapt", "cluster.close"} <= calls


def test_dask_jobqueue_takes_the_arguments() -> None:
    jobqueue = pytest.importorskip("dask_jobqueue", reason="dask-jobqueue is not installed")
    import inspect

    known: set[str] = set()
    for each in (*jobqueue.SLURMCluster.__mro__, *jobqueue.SLURMCluster.job_cls.__mro__):
        known |= set(inspect.signature(each.__init__).parameters)
    tree = ast.parse((EXAMPLES / "slurm_check.py").read_text())
    (call,) = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func) == "SLURMCluster"]
    assert {word.arg for word in call.keywords} <= known


def test_the_image_is_small_and_has_a_user_without_rights() -> None:
    stages = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(stages) == 2 and set(stages) == {"python:3.13-slim-bookworm"}
    final = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (.+)$", final, re.MULTILINE) == ["10001:10001"]
    assert "apt-get" not in final and "COPY . " not in final, "no compiler and no source in the result"
    assert final.index("USER") < final.index("ENTRYPOINT")


def test_no_secrets_are_in_the_image() -> None:
    assert not re.search(r"password|passwd|secret|token|api[_-]?key|BEGIN .*KEY", DOCKERFILE, re.IGNORECASE)
    assert not re.search(r"^ADD ", DOCKERFILE, re.MULTILINE)
    patterns = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert patterns[0] == "*", "nothing goes to the daemon but what is named"
    for pattern in patterns:
        if pattern.startswith("!"):
            assert (ROOT / pattern[1:]).exists()


@pytest.mark.skipif(command("hadolint") is None, reason="hadolint is not installed")
def test_hadolint_has_nothing_to_say() -> None:
    done = subprocess.run(
        [str(command("hadolint")), str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and not done.stdout


@pytest.mark.parametrize("page", ["operations.md", "distributed.md"])
def test_pages_name_what_is_there(page: str) -> None:
    text = (ROOT / "docs" / page).read_text()
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (ROOT / "docs" / target).exists(), target
    for block in re.findall(r"```yaml\n(.*?)```", text.replace("\n  ", "\n"), re.DOTALL):
        assert yaml.safe_load(block)
