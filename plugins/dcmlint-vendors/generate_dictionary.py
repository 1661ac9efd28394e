"""Write `src/dcmlint_vendors/dictionary.json`: the VRs of the vendors' private Data Elements.

`python generate_dictionary.py` takes them from pydicom's private dictionary (MIT), which is made from
GDCM's. One line a Private Creator: group, number within the block and VR of each Data Element.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from pydicom._private_dict import private_dictionaries

_VENDORS = re.compile(r"SIEMENS|^GEMS|^GEIIS|PHILIPS|^SPI|TOSHIBA|CANON|^ELSCINT1$", re.IGNORECASE)
_TAG = re.compile(r"[0-9A-F]{4}xx[0-9A-F]{2}")
_NO_ONE_VR = frozenset(("UN", "", "OB_OW"))
_DISPUTED = {
    "GEMS_GENIE_1": {"0009xx40", "0013xx12", "0013xx1C", "0013xx1D"},
    "GEMS_SENO_02": {"0045xx1B"},
    "Philips MR Imaging DD 004": {"2005xx95"},
    "Philips US Imaging DD 113": {"200Dxx14"},
    "SIEMENS MR HEADER": {"0051xx0A", "0051xx0B", "0051xx0C", "0051xx0E"},
}
"""What files of the vendor have with another VR than the dictionary does."""

_OUTPUT = Path(__file__).parent / "src" / "dcmlint_vendors" / "dictionary.json"


def main() -> None:
    """Write the file."""
    found = {}
    for creator in sorted(private_dictionaries):
        elements = [
            f"{tag[:4]}{tag[6:]}{entry[0]}"
            for tag, entry in sorted(private_dictionaries[creator].items())
            if _TAG.fullmatch(tag) and entry[0] not in _NO_ONE_VR and tag not in _DISPUTED.get(creator, ())
        ]
        if _VENDORS.search(creator) and elements:
            found[creator] = " ".join(elements)
    _OUTPUT.write_text(json.dumps(found, indent=0) + "\n")


if __name__ == "__main__":
    main()
