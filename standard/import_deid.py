"""Make deid_attributes.tsv and deid_profile.tsv, PS3.15 Table E.1-1, from the gathered facts.

Run once for each new delivery of facts: `python standard/import_deid.py ../shared/standard`.
Private Attributes, one row of that table, are told by their odd group: they have no row in
deid_attributes.tsv, and the tag "private" in deid_profile.tsv. The facts are PS3.15 2025b as extracted by
innolitics (MIT) for DIAGNijmegen/rse-grand-challenge-dicom-de-id-procedure (Apache-2.0).
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent


def deid_attributes(facts: Path) -> None:
    """Write deid_attributes.tsv: tag (x = any digit), keyword, edition."""
    profile = json.loads((facts / "deid_profile.json").read_text())
    edition = re.search(r"\d{4}[a-e]", profile["_meta"]["edition"])
    if edition is None:
        raise ValueError("the facts do not tell their edition")
    keywords = {
        row.split("\t")[0]: row.split("\t")[3]
        for row in (HERE / "dictionary.tsv").read_text().splitlines()[1:]
    }
    lines = ["tag\tkeyword\tedition"]
    for row in sorted(profile["attributes"], key=lambda row: row["tag"]):
        tag = row["tag"].strip("()").replace(",", "").replace("X", "x")
        if not re.fullmatch(r"[0-9A-Fx]{8}", tag):
            continue
        keyword = row["kw"] or keywords.get(tag, "")
        lines.append(f"{tag}\t{keyword}\t{edition[0]}")
    (HERE / "deid_attributes.tsv").write_text("\n".join(lines) + "\n")


COLUMNS = (
    *("basic", "rtnSafePriv", "rtnUIDs", "rtnDevId", "rtnInstId", "rtnPatChars"),
    *("rtnLongFullDates", "rtnLongModifDates", "cleanDesc", "cleanStructCont", "cleanGraph"),
)


def deid_profile(facts: Path) -> None:
    """Write deid_profile.tsv: tag (x = any digit, or "private"), and the action codes by column."""
    profile = json.loads((facts / "deid_profile.json").read_text())
    lines = ["\t".join(("tag", *COLUMNS))]
    for row in sorted(profile["attributes"], key=lambda row: row["tag"]):
        tag = row["tag"].strip("()").replace(",", "").replace("X", "x")
        tag = tag if re.fullmatch(r"[0-9A-Fx]{8}", tag) else "private"
        lines.append("\t".join((tag, *(row.get(column, "") for column in COLUMNS))))
    (HERE / "deid_profile.tsv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    deid_attributes(Path(sys.argv[1]))
    deid_profile(Path(sys.argv[1]))
