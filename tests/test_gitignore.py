"""`--respect-gitignore`: a walk leaves out what git ignores, as git itself says."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import CT, Command, dcmlint, process

from dcmlint.errors import UsageError
from dcmlint.source.gitignore import GitIgnored
from dcmlint.source.paths import Paths

__all__ = ["dcmlint"]


@pytest.fixture(autouse=True)
def no_lists_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    home = str(tmp_path_factory.mktemp("home"))
    monkeypatch.setenv("HOME", home)
    monkeypatch.setenv("XDG_CONFIG_HOME", home)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def git(folder: Path, *arguments: str | Path, stdin: bytes = b"", status: tuple[int, ...] = (0,)) -> bytes:
    command = ["git", *map(str, arguments)]
    done = subprocess.run(command, input=stdin, cwd=folder, capture_output=True, check=False)
    assert done.returncode in status, done.stderr
    return done.stdout


def repository(folder: Path, files: dict[str, str]) -> Path:
    """Make a repository with these files."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet")
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(os.fsencode(content))
    return folder


def walked(folder: Path) -> list[str]:
    """Return what a walk that respects `.gitignore` visits, relative to the folder."""
    return [os.path.relpath(entry.path, folder) for entry in Paths(GitIgnored()).entries(str(folder))]


def kept_by_git(root: Path) -> list[str]:
    """Return the files that git does not ignore, whether it tracks them or not."""
    names = [
        os.path.relpath(os.path.join(folder, name), root)  # noqa: PTH118
        for folder, _, files in os.walk(root)
        for name in files
        if ".git" not in Path(folder).parts
    ]
    listed = os.fsencode("\0".join(names))
    ignored = git(root, "check-ignore", "--no-index", "-z", "--stdin", stdin=listed, status=(0, 1))
    return sorted(set(names) - set(os.fsdecode(ignored).split("\0")))


SEGMENTS = "a b ab a.dcm *.dcm * ** ? [ab] [!a] *b a* \\a **a x [^b]* a\\* [a-b]x* é".split()
NAMES = ["a", "b", "ab", "a.dcm", "b.dcm", "ax", "é"]


def pattern(choose: random.Random) -> str:
    """Return a line of a list of patterns, sometimes an odd one."""
    line = "/".join(choose.choices(SEGMENTS, k=choose.choice((1, 1, 1, 2, 2, 3))))
    if choose.random() < 0.25:
        line = f"/{line}"
    if choose.random() < 0.3:
        line += "/"
    if choose.random() < 0.35:
        line = f"!{line}"
    if choose.random() < 0.08:
        line += choose.choice(("  ", "\\ ", "\\", "\r", "\t"))
    if choose.random() < 0.05:
        line = choose.choice(("#", "!#", "\\#", "", "/", "!", "\ufeff")) + line
    return line


def grow(folder: Path, depth: int, choose: random.Random) -> None:
    folder.mkdir(exist_ok=True)
    for name in choose.sample(NAMES, 4):
        if depth and choose.random() < 0.5:
            grow(folder / name, depth - 1, choose)
        else:
            (folder / name).touch()
    if choose.random() < 0.5:
        lines = [pattern(choose) for _ in range(choose.randint(1, 4))]
        (folder / ".gitignore").write_text("\n".join(lines) + choose.choice(("", "\n")))


@pytest.mark.parametrize("seed", range(40))
def test_git_keeps_the_same(tmp_path: Path, seed: int) -> None:
    choose = random.Random(seed)
    root = tmp_path / "repository"
    grow(root, 3, choose)
    repository(root, {".git/info/exclude": "\n".join(pattern(choose) for _ in range(choose.randint(0, 2)))})
    assert sorted(walked(root)) == kept_by_git(root)
    for folder in filter(Path.is_dir, root.iterdir()):
        if folder.name != ".git":
            below = [name for name in kept_by_git(root) if name.startswith(f"{folder.name}/")]
            assert sorted(f"{folder.name}/{name}" for name in walked(folder)) == below


IDIOMS = {
    "only": ("*\n!*/\n!*.dcm\n", ["deep/er/y.dcm", "x.dcm"]),
    "below": ("/deep/**\n!/deep/**/\n!/deep/**/*.dcm\n", [".gitignore", "deep/er/y.dcm", "x.dcm", "z.txt"]),
    "kept": ("deep/*\n!deep/er\n", [".gitignore", "deep/er/y.dcm", "deep/er/y.txt", "x.dcm", "z.txt"]),
    "lost": ("deep\n!deep/er/y.dcm\n", [".gitignore", "x.dcm", "z.txt"]),
}


@pytest.mark.parametrize("name", IDIOMS)
def test_idioms(tmp_path: Path, name: str) -> None:
    ignore, kept = IDIOMS[name]
    names = ("x.dcm", "z.txt", "deep/er/y.dcm", "deep/er/y.txt", "deep/d.txt")
    root = repository(tmp_path, {".gitignore": ignore, **dict.fromkeys(names, "")})
    assert walked(root) == kept == kept_by_git(root)


def test_bytes_of_names_are_what_counts(tmp_path: Path) -> None:
    root = repository(tmp_path, {".gitignore": "caf?.dcm\nn\udce4me\n"})
    for name in (b"caf\xe9.dcm", "café.dcm".encode(), b"n\xe4me", "näme".encode()):
        (root / os.fsdecode(name)).touch()
    assert walked(root) == kept_by_git(root)
    assert len(walked(root)) == 3, ".gitignore, and the names in which a letter has two bytes"


def test_folders_that_are_ignored_are_not_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path, {".gitignore": "out/\n", "out/deep/x": "", "in/x": ""})
    entered = []
    scandir = os.scandir

    def watched(path: str) -> object:
        entered.append(os.path.relpath(path, root))
        return scandir(path)

    monkeypatch.setattr("dcmlint.source.paths.os.scandir", watched)
    assert walked(root) == [".gitignore", "in/x"]
    assert entered == [".", "in"]


def test_repositories_in_repositories_have_their_own_patterns(tmp_path: Path) -> None:
    outer = repository(tmp_path / "outer", {".gitignore": "*.dcm\n", "a.dcm": "", "a.txt": ""})
    inner = repository(outer / "inner", {".gitignore": "*.txt\n", "b.dcm": "", "b.txt": ""})
    assert walked(outer) == [".gitignore", "a.txt", "inner/.gitignore", "inner/b.dcm"]
    assert walked(inner) == [".gitignore", "b.dcm"] == kept_by_git(inner)


def test_worktree_has_the_list_of_its_repository(tmp_path: Path) -> None:
    main = repository(tmp_path / "main", {".git/info/exclude": "*.dcm\n", "x": ""})
    git(main, "add", "x")
    git(main, "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "--quiet", "-m", "x")
    git(main, "worktree", "add", "--quiet", tmp_path / "other")
    (tmp_path / "other" / "y.dcm").touch()
    assert walked(tmp_path / "other") == ["x"]
    assert kept_by_git(tmp_path / "other") == [".git", "x"]


def test_nothing_is_ignored_outside_of_a_repository(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*\n")
    (tmp_path / "x.dcm").touch()
    assert walked(tmp_path) == [".gitignore", "x.dcm"]


@pytest.mark.parametrize("kind", ["pipe", "folder", "link", "loop"])
def test_list_that_is_no_file(tmp_path: Path, kind: str) -> None:
    root = repository(tmp_path / "repository", {"x.dcm": ""})
    (tmp_path / "elsewhere").write_text("*\n")
    ignore = root / ".gitignore"
    if kind == "pipe":
        os.mkfifo(ignore)
    elif kind == "folder":
        ignore.mkdir()
    else:
        ignore.symlink_to(tmp_path / "elsewhere" if kind == "link" else ignore)
    assert "x.dcm" in walked(root)


def test_deep_folders_do_not_exhaust_the_stack(tmp_path: Path) -> None:
    root = repository(tmp_path, {".gitignore": "*.txt\n"})
    deepest = root / "/".join("d" * 1500)
    subprocess.run(["mkdir", "-p", deepest], check=True)
    (deepest / "x.txt").touch()
    (deepest / "y.dcm").touch()
    assert walked(deepest) == ["y.dcm"]
    subprocess.run(["rm", "-r", root / "d"], check=True)  # pytest cannot


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_command_line(dcmlint: Command, tmp_path: Path, jobs: str) -> None:
    root = repository(tmp_path, {".gitignore": "scratch/\n"})
    for number in range(60):
        for folder in ("kept", "scratch"):
            (root / folder).mkdir(exist_ok=True)
            (root / folder / f"{number}.dcm").write_bytes(CT.read_bytes())
    every = dcmlint("check", "-f", "json", "-j", jobs, "--skip-non-dicom", root / "kept", root / "scratch")
    assert json.loads(every.out)["summary"]["instances"] == 120
    kept = dcmlint("check", "-f", "json", "-j", jobs, "--respect-gitignore", root)
    assert json.loads(kept.out)["summary"]["instances"] == 60
    assert ".gitignore" in kept.out, "the list itself is a file like others"
    named = dcmlint("check", "-f", "json", "--respect-gitignore", root / "scratch" / "7.dcm")
    assert json.loads(named.out)["summary"]["instances"] == 1, "what is named is checked"
    none = dcmlint("check", "--respect-gitignore", root / "scratch")
    assert (none.status, "nothing to check" in none.err) == (0, True)


def test_pathspec_is_asked_for_where_it_is_missing(
    dcmlint: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pathspec", None)
    with pytest.raises(UsageError, match="--respect-gitignore needs the package pathspec"):
        GitIgnored()
    result = dcmlint("check", "--respect-gitignore", tmp_path)
    assert (result.status, result.out) == (2, "")
    assert "python -m pip install 'dcmlint[gitignore]'" in result.err
    assert dcmlint("check", CT).status == 0


def test_pathspec_that_is_broken_is_no_missing_package(tmp_path: Path) -> None:
    (tmp_path / "pathspec.py").write_text("import not_there_at_all\n")
    result = process("check", "--respect-gitignore", CT.parent, env={"PYTHONPATH": str(tmp_path)})
    assert result.status == 2
    assert "pip install" not in result.err
