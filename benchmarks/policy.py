"""CPU of a lint with 100 policy rules over one without, and hostile policies.

`python -m benchmarks.policy`
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from benchmarks.corpus import copies, find_corpus
from benchmarks.limits import Figures
from benchmarks.process import dcmlint_command, run

__all__ = ["hostile_expressions", "hundred_rules", "main"]

_TEXTS = (
    *("PatientName", "PatientID", "AccessionNumber", "StudyID", "StudyDescription", "SeriesDescription"),
    *("InstitutionName", "StationName", "Manufacturer", "ManufacturerModelName", "ProtocolName"),
    *("SoftwareVersions", "DeviceSerialNumber", "PatientComments", "ImageComments"),
)
_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID", "SOPClassUID")
_CODES = ("Modality", "PatientSex", "PhotometricInterpretation", "BurnedInAnnotation", "PatientPosition")
_DATES = ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "PatientBirthDate")


def hundred_rules() -> list[dict[str, object]]:
    """Return 100 policy rules of every kind, as a site would have them."""
    rules: list[dict[str, object]] = [{"required": [name]} for name in (*_TEXTS, *_UIDS, *_DATES)]
    rules += [{"pattern": {name: "[A-Za-z0-9 .,_^-]{0,64}"}} for name in _TEXTS[:10]]
    rules += [{"max_length": {name: 60}} for name in _TEXTS[:10]]
    rules += [{"one_of": {name: ["CT", "MR", "M", "F", "O", "MONOCHROME2", "NO", "HFS"]}} for name in _CODES]
    rules += [{"uid_root": {name: ["1.2", "1.3", "2.25"]}} for name in _UIDS]
    rules += [{"date_range": {name: {"from": "1900-01-01", "to": "today"}}} for name in _DATES]
    rules += [
        {"check": expression, "message": "{attribute} is not as it should be"}
        for expression in _expressions()
    ]
    rules += [{"forbidden": ["PatientAddress", "PatientTelephoneNumbers"]}, {"required": ["Modality"]}]
    for number, rule in enumerate(rules):
        rule["id"] = f"rule-{number}"
        if number % 4 == 0:
            rule["when"] = 'Modality in ["CT", "MR", "PT", "CR", "DX", "US"]'
    assert len(rules) == 100, len(rules)
    return rules


def _expressions() -> Iterator[str]:
    for name in _TEXTS[:8]:
        yield f'{name} != "UNKNOWN" && size({name}) > 1'
    for name in _DATES[1:]:
        yield f"{name} >= StudyDate"
    yield from (
        "Rows > 0 && Columns > 0",
        "BitsStored <= BitsAllocated",
        "HighBit == BitsStored - 1",
        "SliceThickness > 0.0 && SliceThickness < 50.0",
        "PixelSpacing.all(s, s > 0.0 && s < 10.0)",
        '"ORIGINAL" in ImageType || "DERIVED" in ImageType',
        "present(WindowCenter) == present(WindowWidth)",
        "RescaleSlope != 0.0",
        '!(Modality == "CT") || RescaleType in ["HU", "US"]',
        "ImageOrientationPatient.size() == 6",
        "KVP > 20.0",
        "EchoTime <= RepetitionTime",
        "ReferencedStudySequence.all(s, present(s.ReferencedSOPInstanceUID))",
        'encoding.transfer_syntax != "1.2.840.10008.1.2.2"',
        "file.size > 128",
        'StudyInstanceUID != SeriesInstanceUID',
        "SeriesNumber >= 0",
        "InstanceNumber >= 0",
        "NumberOfFrames >= 1",
        "date(StudyDate) <= date(ContentDate)",
        'PatientSex in ["M", "F", "O"]',
        "SamplesPerPixel in [1, 3]",
        "present(PatientID)",
        "filled(SOPInstanceUID)",
        'SpecificCharacterSet.all(c, c.startsWith("ISO"))',
        "FlipAngle >= 0.0 && FlipAngle <= 180.0",
    )  # fmt: skip


def hostile_expressions() -> list[str]:
    """Return expressions that try to hang or crash whoever evaluates them."""
    names = "OtherPatientNames"
    return [
        f"{names}.all(x, {names}.all(y, {names}.all(z, x == y)))",
        f"{names}.map(x, {names}.map(y, x + y)).size() == 1",
        f"{names}.map(x, {names}).size() == 1",
        f"{names}.all(x, ({' + '.join([names] * 60)}).size() > 0)",
        " + ".join([names] * 150) + f" == {names}",
        "&&".join([f"{names}.all(x, {names}.exists(y, y != x))"] * 10),
        "(" * 2000 + "true" + ")" * 2000,
        "!" * 1999 + "true",
        "[" * 500 + "]" * 500 + " == []",
        'PatientName.matches("(a{1000}){1000}")',
        'PatientName.matches("(a*)*b")',
        'PatientName.matches("(.{30}){30}")',
        f'{names}.all(x, x.matches("^([a-z]+)+$"))',
        "true ? " * 150 + "true" + " : false" * 150,
        "PatientName" + ".size()" * 200 + " == 1",
        "1 < 2" + " < 3" * 190,
        "{" + ", ".join(f'"{number}": {names}' for number in range(60)) + "}.size() == 1",
        '"' + "x" * 10_000 + '" == PatientName',
    ]


def _cpu_s(folder: Path, *options: str) -> float:
    command = [*dcmlint_command(), "check", str(folder), "--no-cache", "--jobs", "1", "--fail-on", "never"]
    cost = run([*command, "--quiet", *options])
    if cost.status:
        raise SystemExit(f"dcmlint ended with status {cost.status}")
    return cost.cpu_s


def against_no_policy(figures: Figures, folder: Path, policy: Path, rounds: int) -> None:
    """Print the CPU with 100 rules over that without, in alternating runs."""
    pairs = [(_cpu_s(folder, "--config", str(policy)), _cpu_s(folder, "--isolated")) for _ in range(rounds)]
    ratio = statistics.median(with_rules / without for with_rules, without in pairs)
    figures.add(
        "policy", ratio, f"medians of {rounds} pairs, the last {pairs[-1][0]:.2f} and {pairs[-1][1]:.2f} s"
    )


def against_hostile(figures: Figures, work: Path) -> None:
    """Print the longest that a scan with one hostile rule takes, of an object made to hurt it."""
    from dcmlint.read.encode import part10

    (work / "hostile").mkdir()
    content = part10({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "Modality": "OT", "PatientName": "a" * 60})
    many = part10({"Modality": "OT", "OtherPatientNames": [f"Name{number}^A" for number in range(990)]})
    (work / "hostile" / "a.dcm").write_bytes(content)
    (work / "hostile" / "b.dcm").write_bytes(many)
    slowest, refused = 0.0, 0
    for number, expression in enumerate(hostile_expressions()):
        policy = work / f"hostile{number}.yaml"
        policy.write_text(yaml.safe_dump({"rules": [{"id": "x", "check": expression, "message": "x"}]}))
        command = [*dcmlint_command(), "check", str(work / "hostile"), "--config", str(policy), "-q"]
        cost = run([*command, "--fail-on", "never"])
        if cost.status not in (0, 2):
            raise SystemExit(f"expression {number} ends dcmlint with status {cost.status}")
        refused += cost.status == 2
        slowest = max(slowest, cost.wall_s)
    figures.add("hostile", slowest, f"{len(hostile_expressions())} expressions, {refused} refused at load")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if one misses its limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.policy", description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="small enough for CI")
    options = parser.parse_args(arguments)
    figures = Figures(reduced=options.reduced)
    with tempfile.TemporaryDirectory(prefix="dcmlint-policy-") as folder:
        work = Path(folder)
        copies(find_corpus().files, work / "files", 2 if options.reduced else 10)
        policy = work / "policy.yaml"
        policy.write_text(yaml.safe_dump({"name": "hundred", "rules": hundred_rules()}))
        against_no_policy(figures, work / "files", policy, 1 if options.reduced else 5)
        against_hostile(figures, work)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
