"""The one table of limits: what every measured figure must be."""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["LIMITS", "Figures", "Limit"]


class Limit(NamedTuple):
    """What a figure must be; `reduced` is judged instead in a reduced run (None: only printed)."""

    what: str
    bound: Literal["at most", "at least"]
    value: float
    unit: str = ""
    aim: float | None = None
    reduced: float | None = None

    def met(self, figure: float, limit: float) -> bool:
        """Tell whether the figure is within the limit."""
        return figure <= limit if self.bound == "at most" else figure >= limit


LIMITS: dict[str, Limit] = {
    "parity": Limit("unexplained differences between scanner and pydicom", "at most", 0, reduced=0),
    "lint/pydicom": Limit(
        "CPU of a lint of single instances, copies of the corpus / bare pydicom opens",
        "at most",
        1.0,
        aim=0.6,
    ),
    "lint archive/pydicom": Limit(
        "CPU of a full lint of studies of an archive / bare pydicom opens", "at most", 1.0, aim=0.6
    ),
    "dciodvfy/lint": Limit(
        "CPU of dciodvfy, one process a file / lint of single instances", "at least", 10, aim=16
    ),
    "cold": Limit("wall of `dcmlint check one_small_ct.dcm` / `python -c 'import pydicom'`", "at most", 1.0),
    "hook": Limit(
        "wall of the pre-commit hook on three files / `python -c 'import pydicom'`", "at most", 2.0
    ),
    "discovery": Limit(
        "wall of finding plugins among 200 distributions / the same with importlib.metadata", "at most", 1.0
    ),
    "cache quiet": Limit("CPU of a second run with the cache and --quiet / the first run", "at most", 0.05),
    "cache json": Limit(
        "CPU of a second run with the cache and all JSON written / the first run", "at most", 0.10
    ),
    "policy": Limit("CPU of a lint with 100 policy rules / without", "at most", 1.5),
    "deid others unconfirmed": Limit(
        "findings in outputs of other tools that pydicom does not confirm", "at most", 0, reduced=0
    ),
    "deid others overlooked": Limit(
        "names, IDs and UIDs of originals that pydicom finds in them and nobody told", "at most", 0, reduced=0
    ),
    "deid rows": Limit("objects with an Attribute of PS3.15 E.1-1 treated wrongly", "at most", 0, reduced=0),
    "deid errors": Limit(
        "lint errors of de-identified files that the originals lack", "at most", 0, reduced=0
    ),
    "deid references": Limit(
        "references that resolved before de-identification and do not now", "at most", 0, reduced=0
    ),
    "deid untouched": Limit(
        "Data Elements that de-identification changed without an edit", "at most", 0, reduced=0
    ),
    "deid hidden, originals": Limit(
        "share of hidden identifiers found by verification with the originals", "at least", 1.0, reduced=1.0
    ),
    "deid hidden, no originals": Limit(
        "share of hidden identifiers found by verification without the originals",
        "at least",
        0.8,
        reduced=0.8,
    ),
    "deid overlooked": Limit(
        "rows of PS3.15 E.1-1 that verification overlooks where nothing was done", "at most", 0, reduced=0
    ),
    "deid blamed": Limit(
        "rows of PS3.15 E.1-1 with an error or a warning after `dcmlint deid apply`", "at most", 0, reduced=0
    ),
    "deid burned, originals": Limit(
        "share of identifiers in white burned into pixels that --ocr finds with the originals",
        "at least",
        0.95,
        reduced=0.9,
    ),
    "deid burned, no originals": Limit(
        "share of them that --ocr takes for identifiers without the originals", "at least", 0.4, reduced=None
    ),
    "deid burned text": Limit(
        "share of them that --ocr says anything of without the originals", "at least", 0.75, reduced=None
    ),
    "deid burned clean": Limit("findings of --ocr in clean pictures", "at most", 0, reduced=0),
    "deid clean": Limit("findings of verification in clean objects", "at most", 0, reduced=0),
    "deid killed": Limit(
        "results of a killed and continued run that differ, and faults of its audit log",
        "at most",
        0,
        reduced=0,
    ),
    "deid reproduced": Limit(
        "share of de-identified files that original, key and log make again", "at least", 1.0, reduced=1.0
    ),
    "fix reproduced": Limit(
        "share of fixed files that original, key and log make again", "at least", 1.0, reduced=1.0
    ),
    "deid/pydicom": Limit("CPU of `dcmlint deid apply` / pydicom reading and writing", "at most", 1.0),
    "hostile": Limit("wall of a scan with a hostile policy", "at most", 1.0, "s", reduced=None),
    "sarif": Limit("wall of writing 30,000 findings as SARIF", "at most", 3.0, "s"),
    "github-sarif": Limit("wall of writing 30,000 findings as SARIF for GitHub", "at most", 3.0, "s"),
    "page size": Limit("size of the page about 1,000,000 open findings", "at most", 5.0, "MB", reduced=5.0),
    "page filter": Limit("slowest filter of that page in Chromium", "at most", 1.0, "s", reduced=1.0),
    "page open": Limit("opening that page in Chromium until it is drawn", "at most", 3.0, "s", reduced=3.0),
    "report rss": Limit("peak RSS of a report on 1,000,000 open findings", "at most", 300, "MB", reduced=300),
    "rss": Limit("peak RSS of any process on the larger set of files", "at most", 200, "MB", reduced=200),
    "rss growth": Limit("growth of that peak from the smaller set", "at most", 20, "MB"),
    "jobs": Limit("wall of two jobs / one job on the larger set", "at most", 0.6, reduced=None),
    "fuzz failures": Limit("fuzz inputs with exception, hang or too much memory", "at most", 0, reduced=0),
    "inflated": Limit("bytes inflated from a deflate bomb", "at most", 256, "MB", reduced=256),
    "recall": Limit("recall of dciodvfy's errors after adjudication", "at least", 0.95, reduced=0.95),
    "precision": Limit(
        "share of our errors that dciodvfy reports too, after adjudication", "at least", 0.97, reduced=0.97
    ),
    "adjudicated": Limit("share of the compared keys that is adjudicated", "at most", 0.15, reduced=0.15),
    "defects": Limit("seeded defects detected at the right attribute", "at least", 0.98, reduced=0.98),
    "family defects": Limit(
        "seeded defects of object families detected at the right attribute", "at least", 0.98, reduced=0.98
    ),
    "codestream defects": Limit("seeded codestream defects detected", "at least", 1.0, reduced=1.0),
    "codestream errors": Limit("errors on right compressed files", "at most", 0, reduced=0),
    "sr recall": Limit(
        "recall of PixelMed's and dciodvfy's errors on SR, adjudicated", "at least", 0.95, reduced=0.95
    ),
    "sr precision": Limit(
        "share of our SR errors that one of them has, adjudicated", "at least", 0.95, reduced=0.95
    ),
    "sr adjudicated": Limit(
        "share of the compared SR keys that is adjudicated", "at most", 0.20, reduced=0.20
    ),
    "pixelmed/lint": Limit(
        "CPU of PixelMed's SR validator / lint of the same files", "at least", 200, reduced=None
    ),
    "sr defects": Limit(
        "seeded SR defects detected at the right Content Item", "at least", 0.97, reduced=0.97
    ),
    "planted kinds": Limit("kinds of faults planted across instances", "at least", 40, reduced=40),
    "planted found": Limit(
        "planted kinds found at the right instance, by the right rule", "at least", 1.0, reduced=1.0
    ),
    "planted false": Limit("findings across instances on what is clean", "at most", 0, reduced=0),
    "remote bytes": Limit("bytes read of S3 objects over 1 MB / bytes stored", "at most", 0.05, reduced=0.05),
    "remote findings": Limit(
        "findings of S3 objects that differ from those of the same files", "at most", 0, reduced=0
    ),
    "scan rate": Limit(
        "rate of the first scan with two jobs / bare pydicom opens with two processes", "at least", 1.0
    ),
    "scan parent": Limit("peak RSS of any process of that scan", "at most", 300, "MB", reduced=300),
    "scan faults": Limit("known faults of the archive that are not found", "at most", 0, reduced=0),
    "scan unchanged": Limit("wall of a scan of what has not changed / the first scan", "at most", 0.05),
    "scan changes": Limit("objects changed or removed that a scan did not notice", "at most", 0, reduced=0),
    "scan killed": Limit("stores that differ after SIGKILL at random moments", "at most", 0, reduced=0),
    "scan postgresql": Limit("stores on PostgreSQL that differ from SQLite", "at most", 0, reduced=0),
    "web findings": Limit(
        "findings out of Orthanc that differ from those of the files without a reason that holds",
        "at most",
        0,
        reduced=0,
    ),
    "web bytes": Limit(
        "bytes moved by a check of metadata through DICOMweb / bytes stored", "at most", 0.05, reduced=0.05
    ),
    "web wall": Limit(
        "wall of a check of metadata through DICOMweb / retrieval of them by dicomweb-client", "at most", 1.3
    ),
    "gate lost": Limit(
        "objects that a gate acknowledged and has lost, twice or changed after kills", "at most", 0, reduced=0
    ),
    "gate forward lost": Limit(
        "objects that a gate acknowledged and neither has nor forwarded as they were", "at most", 0, reduced=0
    ),
    "gate/bare": Limit(
        "objects a second of a gate / of a bare pynetdicom SCP that flushes", "at least", 0.8, reduced=0.6
    ),
    "gate/storescp": Limit(
        "objects a second of a gate / of DCMTK's storescp, which does not flush",
        "at least",
        0.2,
        reduced=0.15,
    ),
    "preflight wrong": Limit(
        "predictions of a preflight that sending by storescu does not confirm", "at most", 0, reduced=0
    ),
    "hostile crashes": Limit(
        "peers that hostile ones keep a gate from serving, and crashes", "at most", 0, reduced=0
    ),
    "hostile lines": Limit("hostile connections without a line in the log", "at most", 0, reduced=0),
    "hostile threads": Limit("threads that hostile peers leave behind", "at most", 0, reduced=0),
    "hostile files": Limit("open files and files in the spool that they leave", "at most", 0, reduced=0),
    "hostile memory": Limit("RSS of the gate after them / after the warm-up", "at most", 1.15, reduced=1.15),
    "hostile traces": Limit("tracebacks in the log", "at most", 0, reduced=0),
    "fix strayed": Limit(
        "files that change without an edit or elsewhere than where they are edited", "at most", 0, reduced=0
    ),
    "fix/pydicom": Limit(
        "CPU of changing files / pydicom reading, changing and writing the same", "at most", 1.0, reduced=1.0
    ),
    "fix worse": Limit("findings of fixed files that their inputs lack", "at most", 0, reduced=0),
    "fix twice": Limit(
        "fixed files that differ if they are fixed again or in place", "at most", 0, reduced=0
    ),
    "fix elsewhere": Limit(
        "fixed files in which a Data Element differs that no edit names", "at most", 0, reduced=0
    ),
    "fix crashes": Limit("exceptions of `dcmlint fix` and of fixes", "at most", 0, reduced=0),
    "fix leftovers": Limit(
        "files that `dcmlint fix` leaves behind or does not write", "at most", 0, reduced=0
    ),
    "fix originals": Limit("originals and backups that are not as they were", "at most", 0, reduced=0),
    "fix idle": Limit("rules with a fix that mends none of their findings", "at most", 0, reduced=0),
    "audit agrees": Limit(
        "records of a run that originals and results do not bear out", "at most", 0, reduced=0
    ),
    "audit changes": Limit("changes of an audit log that are not told", "at most", 0, reduced=0),
    "audit killed": Limit(
        "results and records that are wrong after SIGKILL at random moments", "at most", 0, reduced=0
    ),
    "check failed": Limit("findings internal/check-failed on the corpus", "at most", 0, reduced=0),
}


class Figures:
    """The figures of one run: prints each beside its limit and remembers which missed it."""

    def __init__(self, *, reduced: bool) -> None:
        self.reduced = reduced
        self.missed: list[str] = []

    def add(self, name: str, figure: float, note: str = "") -> None:
        """Print one figure and judge it."""
        limit = LIMITS[name]
        bound = limit.reduced if self.reduced else limit.value
        shown = f"{figure:.3f}".rstrip("0").rstrip(".") + (f" {limit.unit}" if limit.unit else "")
        if bound is None:
            judged = "not judged at reduced size"
        else:
            met = limit.met(figure, bound)
            judged = f"{'met' if met else 'MISSED'}: {limit.bound} {bound:g}"
            if not met:
                self.missed.append(name)
        aim = f", aim {limit.aim:g}" if limit.aim is not None else ""
        print(f"{limit.what}: {shown} ({judged}{aim}){'; ' + note if note else ''}", flush=True)

    def status(self) -> int:
        """Return the exit status: 1 if a figure missed its limit."""
        if self.missed:
            print(f"MISSED: {', '.join(self.missed)}")
        return 1 if self.missed else 0
