"""The hooks of `.pre-commit-hooks.yaml`, run by pre-commit and by prek in repositories of their own."""

from __future__ import annotations

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
from command_line import CLEAN, FAULTY, ROOT

TOOLS = ("pre-commit", "prek")
SCRIPTS = Path(sys.executable).parent
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
BROKEN = FAULTY / "missing_type_1.dcm"
POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 526462\n"
)


@pytest.fixture(scope="session")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of git and of both tools, which keep there what they build."""
    folder = tmp_path_factory.mktemp("hooks")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "DCMLINT_"))}
    return {
        **kept,
        "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": "",
        "PRE_COMMIT_HOME": str(folder / "pre-commit"),
        "PREK_HOME": str(folder / "prek"),
        "DCMLINT_CACHE_DIR": str(folder / "cache"),
        "DCMLINT_PURE": "1",  # compiling takes minutes; test_packaging.py has the compiled wheel
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{name}": "tests@example" for name in ("AUTHOR_NAME", "AUTHOR_EMAIL")},
        **{f"GIT_{name}": "tests@example" for name in ("COMMITTER_NAME", "COMMITTER_EMAIL")},
    }


class Repository:
    """A git repository, and the tools run in it."""

    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        self.folder = folder
        self.variables = variables
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet")

    def git(self, *arguments: str) -> str:
        """Return what git says; it must succeed."""
        done = self._done("git", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def put(self, name: str, content: Path | str) -> None:
        """Write a file and add it to the index."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content.read_bytes())
        self.git("add", "--", name)

    def run(self, tool: str, *arguments: str) -> tuple[int, str]:
        """Return the exit status of `tool run` and what it says."""
        done = self._done(str(SCRIPTS / tool), "run", "--verbose", *arguments)
        return done.returncode, done.stdout + done.stderr

    def _done(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory, variables: dict[str, str]) -> Repository:
    """The repository that the hooks come from: this checkout, as its next commit would have it."""
    repository = Repository(tmp_path_factory.mktemp("source") / "dcmlint", variables)
    copy_checkout(repository.folder)
    repository.git("add", "--all", "--force")
    repository.git("commit", "--quiet", "--message", "the hooks")
    return repository


def configuration(source: Repository, **hooks: dict[str, Any]) -> str:
    """Return a configuration with these hooks, `_` in their ids for `-`, and what it says of each."""
    listed = [{"id": name.replace("_", "-"), **options} for name, options in hooks.items()]
    revision = source.git("rev-parse", "HEAD").strip()
    return yaml.safe_dump({"repos": [{"repo": str(source.folder), "rev": revision, "hooks": listed}]})


@pytest.fixture
def repository(tmp_path: Path, variables: dict[str, str], source: Repository) -> Repository:
    """An empty repository with the hook for the files of a commit."""
    repository = Repository(tmp_path / "repository", variables)
    repository.put(".pre-commit-config.yaml", configuration(source, dcmlint={}))
    return repository


def batches(said: str) -> list[int]:
    """Return how many files each process of a hook has checked."""
    return [int(number) for number in re.findall(r"in (\d+) files? checked", said)]


@pytest.mark.parametrize("tool", TOOLS)
def test_manifest_is_valid(tool: str) -> None:
    done = subprocess.run(
        [SCRIPTS / tool, "validate-manifest", ROOT / ".pre-commit-hooks.yaml"],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("a.dcm", True),
        ("data/A.DCM", True),
        ("a.dicom", True),
        ("a.ima", True),
        ("MR.1.IMA", True),
        ("data/IM0001", True),
        ("DICOMDIR", True),
        ("1.2.840.113619.2.5", True),
        ("CT.1.2.840.113619.2.5", True),
        ("d.v2/IM_1", True),
        ("LICENSE", True),
        ("a.png", False),
        ("a.dcm.txt", False),
        ("adcm.py", False),
        ("setup.cfg", False),
        (".gitignore", False),
        ("folder.dcm/x.txt", False),
        ("v1.2/notes.md", False),
        ("CHANGES-1.2", False),
    ],
)
def test_names_that_are_looked_into(name: str, taken: bool) -> None:
    assert bool(re.search(HOOKS["dcmlint"]["files"], name)) == taken


@pytest.mark.parametrize("tool", TOOLS)
def test_clean_files_pass_and_what_is_not_dicom_is_passed_over(repository: Repository, tool: str) -> None:
    repository.put("a.dcm", CLEAN / "ct.dcm")
    repository.put("IM0001", CLEAN / "mr.dcm")
    repository.put("notes.dcm", "no DICOM here\n")
    repository.put("LICENSE", "words\n")
    status, said = repository.run(tool)
    assert status == 0, said
    assert "2 SOP Instances in 4 files checked" in said and "(2 not DICOM)" in said


@pytest.mark.parametrize("tool", TOOLS)
def test_broken_files_fail_whatever_their_name(repository: Repository, tool: str) -> None:
    names = ("a.dcm", "b/A.DICOM", "MR.1.IMA", "b/IM0001", "1.2.840.113619", "name with spaces")
    for name in names:
        repository.put(name, BROKEN)
    repository.put("c.png", BROKEN)
    status, said = repository.run(tool)
    assert status == 1, said
    assert sum(batches(said)) == len(names)
    assert all(f"{name}  " in said for name in names) and "c.png" not in said
    assert "module/missing-type-1" in said


@pytest.mark.parametrize("tool", TOOLS)
def test_only_files_of_the_commit_are_checked(repository: Repository, tool: str) -> None:
    repository.put("old.dcm", BROKEN)
    repository.git("commit", "--quiet", "--no-verify", "--message", "broken")
    repository.put("new.dcm", CLEAN / "ct.dcm")
    status, said = repository.run(tool)
    assert status == 0, said
    assert "1 SOP Instance in 1 file checked" in said


@pytest.mark.parametrize("tool", TOOLS)
def test_several_batches_in_parallel_share_the_cache(repository: Repository, tool: str) -> None:
    for number in range(240):
        path = repository.folder / f"{number:03}.dcm"
        path.write_bytes((BROKEN if number == 77 else CLEAN / "ct.dcm").read_bytes())
    repository.git("add", ".")
    shutil.rmtree(repository.variables["DCMLINT_CACHE_DIR"], ignore_errors=True)
    for _ in ("makes the cache", "uses it"):
        status, said = repository.run(tool, "--all-files")
        assert status == 1, said
        assert sum(batches(said)) == 240
        assert len(batches(said)) > 1 or len(os.sched_getaffinity(0)) == 1
        assert said.count("module/missing-type-1") == 1
        assert "dcmlint: " not in said, "nothing on standard error"


@pytest.mark.parametrize("tool", TOOLS)
def test_arguments_are_options(repository: Repository, source: Repository, tool: str) -> None:
    repository.put("a.dcm", POINTER)
    status, said = repository.run(tool)
    assert status == 0 and "file/git-lfs-pointer" in said, said
    stricter = configuration(source, dcmlint={"args": ["--fail-on=warning"]})
    repository.put(".pre-commit-config.yaml", stricter)
    status, said = repository.run(tool)
    assert status == 1 and "file/git-lfs-pointer" in said, said


@pytest.mark.parametrize("tool", TOOLS)
def test_the_whole_dataset_is_checked_when_anything_changes(
    repository: Repository, source: Repository, tool: str
) -> None:
    repository.put(".pre-commit-config.yaml", configuration(source, dcmlint={}, dcmlint_dataset={}))
    repository.put("data/old.dcm", BROKEN)
    repository.git("commit", "--quiet", "--no-verify", "--message", "broken")
    repository.put("notes.txt", "words\n")
    status, said = repository.run(tool)
    assert status == 1, said
    assert "data/old.dcm  " in said
    assert "1 SOP Instance in 3 files checked" in said, "files of git itself are left out"
    assert re.search(r"dcmlint\.+\(no files to check\)\s*Skipped", said)


@pytest.mark.parametrize("tool", TOOLS)
def test_arguments_of_the_whole_dataset_are_its_folders(
    repository: Repository, source: Repository, tool: str
) -> None:
    only = configuration(source, dcmlint_dataset={"args": ["--fail-on=warning", "good", "better"]})
    repository.put(".pre-commit-config.yaml", only)
    for name, content in (("good", "ct.dcm"), ("better", "mr.dcm")):
        repository.put(f"{name}/a.dcm", CLEAN / content)
    repository.put("bad/a.dcm", BROKEN)
    status, said = repository.run(tool)
    assert status == 0, said
    assert "2 SOP Instances in 2 files checked" in said


def documented() -> list[str]:
    text = (ROOT / "docs" / "pre-commit.md").read_text()
    return re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_documented_configurations_name_hooks_and_their_keys() -> None:
    for block in documented():
        read = yaml.safe_load(block)
        hooks = read["repos"][0]["hooks"] if isinstance(read, dict) else read
        for hook in hooks:
            assert hook["id"] in HOOKS
            assert set(hook) <= {
                "id",
                "files",
                "exclude",
                "args",
                "stages",
                "name",
                "entry",
                "language",
                "types",
            }
            if "entry" in hook:
                ours = HOOKS[hook["id"]]
                assert all(hook[key] == ours[key] for key in ("entry", "types", "files"))


def test_documented_configurations_are_valid(tmp_path: Path) -> None:
    for number, block in enumerate(documented()):
        whole = (
            block if block.startswith("repos:") else f"repos:\n  - repo: x\n    rev: y\n    hooks:\n{block}"
        )
        path = tmp_path / f"{number}.yaml"
        path.write_text(whole)
        for tool in TOOLS:
            done = subprocess.run([SCRIPTS / tool, "validate-config", path], capture_output=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
