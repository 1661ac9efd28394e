"""Make the reviewable source of the tables in this folder from the gathered facts and pydicom.

Run once for each new delivery of facts: `python standard/import_facts.py ../shared/standard`.
Sentences of the standard are dropped here; what rules need of them is kept as a flag.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def dictionary(facts: Path) -> None:
    """Write dictionary.tsv (PS3.6 chapters 6-8) and uids.tsv (PS3.6 Annex A)."""
    from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
    from pydicom._uid_dict import UID_dictionary

    rows = {f"{tag:08X}": (vr, vm, kw, ret) for tag, (vr, vm, _, ret, kw) in DicomDictionary.items()}
    for mask, (vr, vm, _, ret, kw) in RepeatersDictionary.items():
        rows[mask] = (vr, vm, kw, ret)
    for extra in json.loads((facts / "dictionary_extra.json").read_text()):
        tag = extra["tag"].strip("()").replace(",", "")
        rows.setdefault(tag, (extra["vr"], extra["vm"], extra["kw"], "Retired" if extra.get("retired") else ""))
    # Changed since pydicom's edition (PS3.6 2025b).
    rows["00102160"] = (*rows["00102160"][:3], "Retired")
    rows["30040012"] = (*rows["30040012"][:3], "")
    rows["00283006"] = (rows["00283006"][0], "1-n or 1", *rows["00283006"][2:])
    lines = ["tag\tvr\tvm\tkeyword\tretired"]
    lines += [f"{t}\t{vr}\t{vm}\t{kw}\t{'R' if ret else ''}" for t, (vr, vm, kw, ret) in sorted(rows.items()) if kw]
    (HERE / "dictionary.tsv").write_text("\n".join(lines) + "\n")

    uids = {uid: (kind, name, bool(ret)) for uid, (name, kind, _, ret, _) in UID_dictionary.items()}
    iods = {}
    for sop in json.loads((facts / "sop_classes.json").read_text()):
        uids.setdefault(sop["uid"], ("SOP Class", sop["name"], bool(sop.get("retired"))))
        iods[sop["uid"]] = (sop.get("iod") or "", sop.get("d3") or "")
    lines = ["uid\ttype\tname\tretired\tiod\tdicom3tools"]
    for uid, (kind, name, ret) in sorted(uids.items()):
        iod, d3 = iods.get(uid, ("", ""))
        lines.append(f"{uid}\t{kind}\t{name.replace(' (Retired)', '')}\t{'R' if ret else ''}\t{iod}\t{d3}")
    (HERE / "uids.tsv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    dictionary(Path(sys.argv[1]))
