"""What a cold start may import: pre-commit hooks run dcmlint on three files, a hundred times a day."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import CLEAN, CT, FAULTY

DISTRIBUTIONS = {
    "dcmlint": "this",
    "typer": "the command line",
    "annotated_doc": "typer needs it",
    "shellingham": "typer looks for it",
    "click": "typer needed it before version 0.26",
    "typing_extensions": "typer needed it before version 0.26",
    "pluggy": "hooks",
    "xxhash": "fingerprints",
}
"""Everything outside the standard library that `dcmlint check FILE` may import."""

STANDARD_LIBRARY_NOT = {
    "asyncio",
    "concurrent",
    "cProfile",
    "csv",
    "ctypes",
    "decimal",
    "email",
    "ftplib",
    "http",
    "importlib.metadata",
    "importlib.resources",
    "logging",
    "multiprocessing",
    "pickle",
    "random",
    "smtplib",
    "socket",
    "sqlite3",
    "ssl",
    "tempfile",
    "unittest",
    "urllib.request",
    "xml",
    "zipfile",
}
"""What it must not import though the standard library has it: networking, and what is slow to load."""


def loaded_by(*arguments: str | Path) -> set[str]:
    """Return the modules that the command line has loaded when it ends, those of start-up left out."""
    code = (
        "import sys, json\nbefore = set(sys.modules)\n"
        "try:\n    from dcmlint.__main__ import main\n    main()\n"
        "finally: print(json.dumps(sorted(set(sys.modules) - before)), file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, 1), done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


def foreign(modules: set[str]) -> set[str]:
    """Return the top-level packages among the modules that the standard library does not have."""
    packages = {name.partition(".")[0] for name in modules}
    return packages - sys.stdlib_module_names - {"__mp_main__"}


FORMATS = ("json", "jsonl", "github", "gitlab", "junit", "csv", "markdown")


@pytest.mark.parametrize("options", [(), ("--select", "pixel"), *(("--format", name) for name in FORMATS)])
def test_check_of_few_files(options: tuple[str, ...]) -> None:
    modules = loaded_by("check", *options, CT, FAULTY / "missing_type_1.dcm")
    assert foreign(modules) <= set(DISTRIBUTIONS)
    assert not modules & STANDARD_LIBRARY_NOT


def test_check_loads_no_other_command_that_can_wait() -> None:
    modules = loaded_by("check", CT, FAULTY / "odd_length.dcm")  # a rule with a fix reports it
    later = {"dcmlint.cli_audit", "dcmlint.cli_deid", "dcmlint.cli_fix"}
    packages = ("dcmlint.audit", "dcmlint.deid", "dcmlint.deid_verify", "dcmlint.fix")
    assert not modules & later and not {name for name in modules if name.startswith(packages)}


def test_every_clean_fixture_is_checked_without_pydicom() -> None:
    modules = loaded_by("check", CLEAN)
    assert foreign(modules) <= set(DISTRIBUTIONS)


def test_sarif_alone_loads_sarif_om() -> None:
    modules = loaded_by("check", "--format", "sarif", CT)
    assert "sarif_om" in modules
    assert not foreign(modules) & {"pydicom", "numpy", "rich", "yaml", "pydantic"}


def test_workers_load_no_more() -> None:
    modules = loaded_by("check", "--jobs", "2", *[CT] * 60)
    assert foreign(modules) <= set(DISTRIBUTIONS)


def test_importing_the_package_loads_nothing() -> None:
    code = "import sys, dcmlint; print(*[name for name in sys.modules if name.startswith('dcmlint')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["dcmlint"]


def test_public_names_are_what_all_says() -> None:
    import dcmlint

    for name in dcmlint.__all__:
        assert getattr(dcmlint, name) is not None
    assert set(dir(dcmlint)) == set(dcmlint.__all__)
    with pytest.raises(AttributeError):
        dcmlint.nothing_like_this  # noqa: B018
