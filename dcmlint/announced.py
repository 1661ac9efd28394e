"""Rule ids that are promised but not built yet: `--select` and `--ignore` accept them already.

A configuration written against the catalogue of faults stays valid while the rules arrive.
"""

from __future__ import annotations

__all__ = ["ANNOUNCED"]

ANNOUNCED: dict[str, str] = {
    "deid": "attribute-not-removed attribute-not-emptied uid-not-replaced date-not-shifted "
    "private-retained burned-in-risk method-not-recorded text-contains-identifier",
    "interop": "sop-class-not-accepted transfer-syntax-not-accepted no-common-transfer-syntax "
    "role-not-supported",
    "site": "",
}
"""Group to the names of its announced rules; the names of group `site` come with a policy."""
