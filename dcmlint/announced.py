"""Rule ids that are promised but not built yet, or of a plugin of this repository that may be missing:
`--select` and `--ignore` accept them all the same.

A configuration written against the catalogue of faults stays valid while the rules arrive.
"""

from __future__ import annotations

__all__ = ["ANNOUNCED"]

ANNOUNCED: dict[str, str] = {
    "interop": "association-rejected count-mismatch filter-ignored find-duplicate find-invalid-value "
    "find-key-missing find-not-matching find-wrong-vr malformed-message "
    "no-common-transfer-syntax not-dicom-json not-retrievable paging qido-duplicate-result "
    "qido-missing-return-key qido-wrong-vr response-after-final role-not-supported "
    "sop-class-not-accepted suboperation-count transfer-syntax-not-accepted unasked-object "
    "web-transfer-syntax wrong-object wrong-transfer-syntax",
    "site": "",
}
"""Group to the names of its announced rules; the names of group `site` come with a policy."""
