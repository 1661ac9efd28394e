"""De-identification: rows of PS3.15 Table E.1-1, the corpus, and what it costs: `python -m benchmarks.deid`.

Rows: an object for each of the 647, its Attribute in the root and in an Item, under the Basic Profile and
under each option (reduced: options only where the row has a code for them). Corpus, under the Basic Profile:
lint errors that the original did not have, references that resolved before and do not now, Data Elements that
are not as they were though no edit names them. CPU: `dcmlint deid apply` over reading and writing with
pydicom, one process each, start included.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.cache import distinct_copies
from benchmarks.corpus import find_corpus
from benchmarks.deid_rows import COLUMNS, complaint, expected, table, with_attribute
from benchmarks.limits import Figures
from benchmarks.process import dcmlint_command, run
from benchmarks.untouched import touched
from dcmlint.deid.decisions import Decisions
from dcmlint.deid.instance import Changes, Deidentifier
from dcmlint.deid.policy import Policy
from dcmlint.deid.profile import parse_profile
from dcmlint.deid.pseudonym import Pseudonyms
from dcmlint.deid.walk import NotSafeError
from dcmlint.errors import FixError
from dcmlint.fix.splice import spliced
from dcmlint.read.item import Item
from dcmlint.read.opener import looks_like_dicom, read_instance

__all__ = ["main"]

_KEY = "5" * 64
_REFERENCED, _SOP_INSTANCE = 0x00081155, 0x00080018
_SHOWN = 10

_PYDICOM = """
import sys, warnings, pydicom
from pathlib import Path
warnings.simplefilter("ignore")
for number, line in enumerate(Path(sys.argv[1]).read_text().splitlines()):
    try:
        pydicom.dcmread(line, force=True).save_as(Path(sys.argv[2]) / str(number))
    except Exception:
        pass
"""
"""Values stay as bytes in pydicom: this is its cheapest way of reading and writing."""


class _Result(NamedTuple):
    path: Path
    before: bytes
    after: bytes
    changes: Changes


def _deidentifier(profile: str) -> Deidentifier:
    policy = Policy(safe_private={"ANOTHER MAKER": frozenset((1,))})
    decisions = Decisions(parse_profile(profile), policy)
    return Deidentifier(decisions, Pseudonyms(b"k" * 32), break_signatures=True)


def _result(deidentifier: Deidentifier, content: bytes) -> tuple[bytes, Changes]:
    instance = read_instance(content)
    changes = deidentifier.changes(content, instance)
    return b"".join(spliced(content, changes.edits, changes.patches, instance=instance)), changes


def _rows(*, reduced: bool) -> tuple[int, int]:
    """Return (objects, of these with a complaint)."""
    made, wrong = 0, 0
    for option in ("", *COLUMNS):
        deidentifier = _deidentifier("basic" + (f"+{option}" if option else ""))
        for row in table():
            if reduced and option and COLUMNS[option] not in row.codes:
                continue
            original = with_attribute(row.tag)
            found = complaint(row, option, original, _result(deidentifier, original)[0])
            made += 1
            wrong += bool(found)
            if found and wrong <= _SHOWN:
                print(f"  {row.tag:08X} under basic+{option} {expected(row, option)}: {found}")
    return made, wrong


def _corpus() -> tuple[list[_Result], int]:
    """Return what was made of the corpus, and how many of its files were refused."""
    deidentifier, results, refused = _deidentifier("basic"), [], 0
    for path in find_corpus().files:
        content = path.read_bytes()
        if not looks_like_dicom(content[:4096]):
            continue
        try:
            results.append(_Result(path, content, *_result(deidentifier, content)))
        except (NotSafeError, FixError):
            refused += 1
    return results, refused


def _new_errors(results: Sequence[_Result]) -> int:
    """Return how many lint errors, by rule and Attribute, are in results and not in their originals."""
    from dcmlint.linter import Linter

    linter, count = Linter(), 0
    for result in results:
        before, after = (
            Counter(
                (found.rule, found.path)
                for found in linter.content(content, "object").report.active()
                if found.severity == "error"
            )
            for content in (result.before, result.after)
        )
        new = after - before
        count += new.total()
        for rule, path in list(new)[: max(0, _SHOWN - count + new.total())]:
            print(f"  {result.path.name}: {rule} at {path}")
    return count


def _references(item: Item) -> Iterator[tuple[Any, str]]:
    for each in item.walk():
        raw = each.raw(_REFERENCED)
        if raw is not None:
            yield each.location, raw.rstrip(b"\0 ").decode("latin-1")


def _broken(results: Sequence[_Result]) -> tuple[int, int]:
    """Return (references that resolve in the originals and are in the results, of these that do not)."""
    pairs = [(read_instance(each.before), read_instance(each.after)) for each in results]
    there = [{pair[side].sop_instance_uid for pair in pairs} for side in (0, 1)]
    count = broken = 0
    for before, after in pairs:
        old = dict(_references(before.root))
        for location, value in _references(after.root):
            if old.get(location) in there[0]:
                count += 1
                broken += value not in there[1]
    return count, broken


def _touched(result: _Result) -> int:
    """Return how many Data Elements differ, are gone or are new though no edit is about them."""
    before, after = read_instance(result.before), read_instance(result.after)
    return len(touched(before, after, result.changes.edits))


def _cost(number: int) -> float:
    """Return CPU of `dcmlint deid apply` over that of pydicom on distinct copies of the corpus."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = distinct_copies(folder / "in", number)
        (folder / "key").write_text(_KEY)
        (folder / "list").write_text("\n".join(map(str, made)))
        (folder / "pydicom").mkdir()
        options = ["--key-file", str(folder / "key"), "--break-signatures", "--jobs", "1"]
        ours = run([*dcmlint_command(), "deid", "apply", str(folder / "in"), str(folder / "out"), *options])
        script = [sys.executable, "-c", _PYDICOM, str(folder / "list"), str(folder / "pydicom")]
        theirs = run(script)
        counts = [sum(each.is_file() for each in (folder / part).rglob("*")) for part in ("out", "pydicom")]
        print(f"  dcmlint {ours.cpu_s:.2f} s, {counts[0]} files; pydicom {theirs.cpu_s:.2f} s, {counts[1]}")
    return ours.cpu_s / theirs.cpu_s


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="small enough for CI")
    reduced = parser.parse_args(arguments).reduced
    warnings.simplefilter("ignore")
    figures = Figures(reduced=reduced)
    made, wrong = _rows(reduced=reduced)
    figures.add("deid rows", wrong, f"{made} objects")
    results, refused = _corpus()
    print(f"corpus: {len(results)} files de-identified, {refused} refused")
    figures.add("deid errors", _new_errors(results))
    count, broken = _broken(results)
    figures.add("deid references", broken, f"{count} references")
    figures.add("deid untouched", sum(_touched(result) for result in results))
    figures.add("deid/pydicom", _cost(400 if reduced else 4000))
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
