"""Make concepts.tsv, snomed_rt.tsv and ucum.tsv from libraries that know the code systems.

Run once for each new edition, in an environment that has both: `pip install pydicom ucumvert`, then
`python standard/import_codes.py`. coding_schemes.tsv is kept by hand.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

HERE = Path(__file__).parent
UCUM = "{http://unitsofmeasure.org/ucum-essence}"


def concepts() -> None:
    """Write concepts.tsv: the codes that PS3.16 uses, with a meaning and the context groups that have it."""
    from pydicom.sr._concepts_dict import concepts as known

    found = [
        (scheme, code, " ".join(meaning.replace("\u200b", "").split()), " ".join(map(str, sorted(cids))))
        for scheme, by_keyword in known.items()
        for codes in by_keyword.values()
        for code, (meaning, cids) in codes.items()
    ]
    lines = ["scheme\tcode\tmeaning\tcids", *("\t".join(row) for row in sorted(set(found)))]
    (HERE / "concepts.tsv").write_text("\n".join(lines) + "\n")


_OF_TEMPLATES = {"F-61FDB": "417881006"}
"""What templates name and the library's Annex O does not: Radiopharmaceutical agent."""


def snomed_rt() -> None:
    """Write snomed_rt.tsv: identifiers of SNOMED RT with those of SNOMED CT (PS3.16 Annex O)."""
    from pydicom.sr._snomed_dict import mapping

    found = _OF_TEMPLATES | mapping["SRT"]
    lines = ["rt\tct", *(f"{old}\t{new}" for old, new in sorted(found.items()))]
    (HERE / "snomed_rt.tsv").write_text("\n".join(lines) + "\n")


def ucum() -> None:
    """Write ucum.tsv: the atoms of UCUM and whether they take a prefix, and the prefixes."""
    import ucumvert

    path = Path(ucumvert.__file__).parent / "vendor" / "ucum-essence.xml"
    root = ElementTree.parse(path).getroot()
    lines = [f"prefix\t{each.get('Code')}" for each in root.iter(f"{UCUM}prefix")]
    lines += [f"metric\t{each.get('Code')}" for each in root.iter(f"{UCUM}base-unit")]
    for each in root.iter(f"{UCUM}unit"):
        lines.append(f"{'metric' if each.get('isMetric') == 'yes' else 'other'}\t{each.get('Code')}")
    lines.append("other\tTorr")  # in UCUM's table of examples only
    (HERE / "ucum.tsv").write_text("\n".join(["kind\tcode", *sorted(lines)]) + "\n")


if __name__ == "__main__":
    concepts()
    snomed_rt()
    ucum()
