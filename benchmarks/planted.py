"""Planted faults across instances: each kind alone in a clean data set of whole studies, found or not.

A kind is found if its rule reports the right instance at the right Attribute. What any rule across instances
says of the clean data set, and of the patients that a kind leaves alone, is a false finding.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.limits import Figures
from benchmarks.planted_data import Tree, clean_tree, medium, write
from benchmarks.planted_kinds import KINDS, Kind
from benchmarks.planted_media import MEDIUM_KINDS, MediumKind

__all__ = ["found", "is_found", "main"]

SELECT = ("uid", "consistency", "reference", "geometry", "dicomdir")


def found(folder: Path, *, report: Path) -> list[dict[str, Any]]:
    """Return what `dcmlint check` reports across the instances of a folder, and of its DICOMDIR."""
    from dcmlint.run import Output, Request, check
    from dcmlint.scan import Settings

    check(Request((str(folder),), Settings(select=SELECT), (Output("json", str(report)),), quiet=True))
    findings: list[dict[str, Any]] = json.loads(report.read_text())["findings"]
    return findings


def is_found(kind: Kind | MediumKind, reported: str, findings: Sequence[dict[str, Any]]) -> bool:
    """Tell whether the rule reports the right instance, at the Attribute of the kind."""
    keyword = kind.keyword if isinstance(kind, Kind) else None
    return any(
        each["rule"] == kind.rule
        and str(each["file"]).endswith(reported)
        and (keyword is None or each["keyword"] == keyword)
        for each in findings
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print how many kinds were found, and what was said of what is clean; 1 if a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planted", description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="two patients only")
    parser.add_argument("--list", action="store_true", help="print every kind and what was said besides")
    options = parser.parse_args(arguments)
    tree = clean_tree(2 if options.reduced else 4)
    missed: list[str] = []
    false: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        clean = _of_tree(tree, folder / "clean")
        false += [f"clean: {_line(each)}" for each in clean + _of_medium(tree, folder / "medium", None)[1]]
        for number, kind in enumerate(KINDS):
            changed = copy.deepcopy(tree)
            reported = kind.change(changed)
            findings = _of_tree(changed, folder / str(number))
            others = [each for each in findings if "/p0/" not in each["file"]]
            false += [f"{kind.what}: {_line(each)}" for each in others]
            _judge(kind, reported, findings, missed, show=options.list)
        for number, of_medium in enumerate(MEDIUM_KINDS):
            reported, findings = _of_medium(tree, folder / f"m{number}", of_medium)
            _judge(of_medium, reported, findings, missed, show=options.list)
    for line in (*(f"not found: {what}" for what in missed), *(f"false: {line}" for line in false)):
        print(line)
    kinds = len(KINDS) + len(MEDIUM_KINDS)
    figures = Figures(reduced=options.reduced)
    figures.add("planted kinds", kinds, f"{len(tree)} clean instances")
    figures.add("planted found", (kinds - len(missed)) / kinds)
    figures.add("planted false", len(false))
    return figures.status()


def _of_tree(tree: Tree, folder: Path) -> list[dict[str, Any]]:
    write(tree, folder)
    return found(folder, report=folder.parent / "report.json")


def _of_medium(tree: Tree, folder: Path, kind: MediumKind | None) -> tuple[str, list[dict[str, Any]]]:
    files = medium(tree, folder)
    reported = kind.change(folder, files).name if kind is not None else ""
    return reported, found(folder, report=folder.parent / "report.json")


def _judge(
    kind: Kind | MediumKind, reported: str, findings: list[dict[str, Any]], missed: list[str], *, show: bool
) -> None:
    if not is_found(kind, reported, findings):
        missed.append(kind.what)
    if show:
        print(f"{kind.what} -> {reported}")
        for each in findings:
            print(f"    {_line(each)}")


def _line(finding: dict[str, Any]) -> str:
    return f"{finding['rule']} {finding['severity']} {finding['file']}: {finding['message']}"


if __name__ == "__main__":
    sys.exit(main())
