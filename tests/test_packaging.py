"""The wheel holds everything that runs, and runs where nothing else of the project is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {"dcmlint": "dcmlint", "rules": "dcmlint/rules"}
"""Folders of the repository and where they are in the wheel."""


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy: building leaves files behind.

    DCMLINT_KEEP_WHEEL is a folder to keep it in: `.ci/run` measures the same one, as compiling takes minutes.
    """
    copy = tmp_path_factory.mktemp("source")
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, copy / name, ignore=ignore)
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, copy)
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", out, copy, cwd=copy)
    (built,) = out.glob("*.whl")
    if kept := os.environ.get("DCMLINT_KEEP_WHEEL"):
        shutil.copy(built, kept)
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts' folder of a new environment with the wheel; its dependencies are this one's."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    python = folder / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", wheel, cwd=folder)
    script = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(run(python, "-c", script, cwd=folder).strip())
    # A line of a .pth file is a folder to import from; the .pth files in there, and so the editable
    # install of this checkout, are not read.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def test_everything_that_runs_is_in_the_wheel(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    for folder, place in PACKAGES.items():
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                name = f"{place}/{path.relative_to(ROOT / folder).as_posix()}"
                assert name in packed, f"{name} is missing: look at tool.setuptools in pyproject.toml"


def test_nothing_else_is_in_the_wheel(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    metadata = next(top for top in tops if top.endswith(".dist-info"))
    compiled = {top for top in tops if "__mypyc." in top}
    assert tops - compiled == {"dcmlint", metadata}


def test_licence_and_credits_go_along(wheel: Path) -> None:
    names = {Path(name).name for name in zipfile.ZipFile(wheel).namelist() if "licenses/" in name}
    assert names == {"LICENSE", "NOTICE"}


def test_the_installed_wheel_is_what_runs(installed: Path, tmp_path: Path) -> None:
    script = "import dcmlint, dcmlint.rules; print(dcmlint.__file__); print(dcmlint.rules.__file__)"
    for line in run(installed / "python", "-c", script, cwd=tmp_path).splitlines():
        assert Path(line).is_relative_to(installed.parent), line


def test_the_installed_wheel_checks_a_file(installed: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / "fixtures" / "clean" / "ct.dcm", tmp_path)
    report = json.loads(run(installed / "dcmlint", "check", "--format", "json", "ct.dcm", cwd=tmp_path))
    assert report["summary"]["instances"] == 1
    assert report["summary"]["errors"] == 0


def test_the_installed_wheel_takes_results_from_its_cache(installed: Path, tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    for number in range(80):
        shutil.copy(ROOT / "fixtures" / "clean" / "ct.dcm", files / f"{number:02}.dcm")
    time.sleep(0.2)
    options = (
        "--isolated",
        "--quiet",
        "--fail-on",
        "never",
        "--jobs",
        "1",
        "--cache-dir",
        tmp_path / "cache",
    )
    command = (installed / "dcmlint", "check", files, *options)
    first, second = (run(*command, cwd=tmp_path).rpartition(": ")[2] for _ in range(2))
    assert "79 notes" in first
    assert second == first


def test_the_installed_wheel_has_the_rules_and_tables(installed: Path, tmp_path: Path) -> None:
    script = (
        "from dcmlint.catalogue import catalogue; from dcmlint.standard.shards import iod_keys;"
        "print(len(catalogue()), len(iod_keys()))"
    )
    here = (sys.executable, "-c", script)
    assert run(installed / "python", "-c", script, cwd=tmp_path) == run(*here, cwd=ROOT)


def install_plugin(name: str, installed: Path, folder: Path) -> Path:
    """Install a distribution of plugins/ from a copy, and return the copy."""
    copy = folder / name
    shutil.copytree(ROOT / "plugins" / name, copy, ignore=shutil.ignore_patterns("build", "*.egg-info"))
    python = installed / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", copy, cwd=folder)
    return copy


def test_the_installed_wheel_runs_policies_like_the_checkout(installed: Path, tmp_path: Path) -> None:
    """Compiled and interpreted code say the same of 100 policy rules of every kind."""
    import yaml

    from benchmarks.policy import hundred_rules

    (tmp_path / "dcmlint.yaml").write_text(yaml.safe_dump({"rules": hundred_rules()}))
    options = ("--config", "dcmlint.yaml", "--no-cache", "--format", "jsonl", "--fail-on", "never")
    command = ("check", ROOT / "fixtures", *options)
    compiled = run(installed / "dcmlint", *command, cwd=tmp_path)
    interpreted = run(sys.executable, "-m", "dcmlint", *command, cwd=tmp_path)
    assert compiled.splitlines()[:-1] == interpreted.splitlines()[:-1]
    assert "internal/check-failed" not in compiled and '"rule":"site/' in compiled


def test_the_plugin_template_works_with_the_installed_wheel(installed: Path, tmp_path: Path) -> None:
    template = install_plugin("dcmlint-example-site", installed, tmp_path)
    assert "example/missing-station-name" in run(installed / "dcmlint", "rules", cwd=tmp_path)
    command = (installed / "python", "-m", "pytest", "-p", "no:cacheprovider", template / "tests")
    assert "6 passed" in run(*command, cwd=template)


def test_the_vendors_rules_work_with_the_installed_wheel(installed: Path, tmp_path: Path) -> None:
    plugin = install_plugin("dcmlint-vendors", installed, tmp_path)
    listed = json.loads(run(installed / "dcmlint", "plugins", "--format", "json", cwd=tmp_path))
    (vendors,) = [one for one in listed["plugins"] if one["name"] == "vendors"]
    assert vendors["version"] == "0.1.0"
    assert "siemens/mosaic-tiles" in vendors["brings"]["rules"]
    groups = ",".join(sorted({rule.partition("/")[0] for rule in vendors["brings"]["rules"]}))
    check = (
        installed / "dcmlint",
        "check",
        "--select",
        groups,
        "--fail-on",
        "note",
        ROOT / "fixtures" / "clean",
    )
    assert "no findings" in run(*check, cwd=tmp_path)
    command = (installed / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", plugin / "tests")
    assert " passed" in run(*command, cwd=plugin)


@pytest.mark.parametrize("name", ["dcmlint-example-site", "dcmlint-vendors"])
def test_plugins_use_the_public_api_only(name: str) -> None:
    """The modules that their READMEs name."""
    readme = (ROOT / "plugins" / name / "README.md").read_text()
    public = set(re.findall(r"`(dcmlint(?:\.\w+)*)`", readme))
    for path in (ROOT / "plugins" / name).rglob("*.py"):
        for found in re.findall(r"^\s*(?:from|import) (dcmlint\b[\w.]*)", path.read_text(), re.MULTILINE):
            assert found in public or f"{found}.rules_in" in public, f"{path.name} imports {found}"
