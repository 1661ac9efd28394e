"""A picture that an algorithm made does not say that it is one.

## What it does
Looks at Secondary Captures whose Series Description, Derivation Description, model names or Software Versions
say that an algorithm made them (artificial intelligence, machine or deep learning, neural network, computer
aided). Image Type must begin with DERIVED, Burned In Annotation must be there, and Derivation Description or
Derivation Code Sequence must say what was done. All are optional in the IOD.

## Why this matters
A picture with contours or values in its pixels must not be measured, analysed again or given away as if it
were acquired. Viewers and de-identification look at these attributes and at nothing else; a reader must be
able to tell the drawing of a program from an image.

## Example
A Secondary Capture with Series Description "Deep learning nodule overlay" and no Image Type.

## Fix
Write Image Type DERIVED\\SECONDARY, Burned In Annotation YES or NO, and a Derivation Description.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.algorithmic import RESULTS, result
from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good

_IMAGE_TYPE = 0x00080008
_BURNED_IN_ANNOTATION = 0x00280301
_DERIVATION_DESCRIPTION = 0x00082111
_DERIVATION_CODES = 0x00089215


def check(instance: Instance) -> Iterator[Found]:
    """Yield each label that a captured result lacks."""
    if result(instance) != "capture":
        return
    if (instance.raw(_IMAGE_TYPE) or b"").partition(b"\\")[0].strip() != b"DERIVED":
        yield Found(_IMAGE_TYPE, {"what": "does not begin with DERIVED"})
    if not instance.raw(_BURNED_IN_ANNOTATION):
        yield Found(_BURNED_IN_ANNOTATION, {"what": "does not say whether text is in the pixels"})
    if not instance.raw(_DERIVATION_DESCRIPTION) and not instance.items(_DERIVATION_CODES):
        yield Found(_DERIVATION_DESCRIPTION, {"what": "does not say how the picture was made"})


_SC = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7",
    "ConversionType": "SYN",
    "SeriesDescription": "Deep learning overlay",
    "ImageType": ["DERIVED", "SECONDARY"],
    "BurnedInAnnotation": "YES",
    "DerivationDescription": "contours drawn over the source image",
}
_CODE = {"CodeValue": "113085", "CodingSchemeDesignator": "DCM", "CodeMeaning": "Spatial resampling"}

RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.3 Sections C.7.6.1, C.8.6.2 and C.12.4",
    message="{attribute} of a picture that an algorithm made {what}",
    selects=RESULTS,
    check=check,
    cases=(
        good(_SC),
        good(_SC, DerivationDescription=None, DerivationCodeSequence=[_CODE]),
        good(_SC, ImageType=None, SeriesDescription="3D view", BurnedInAnnotation=None),
        good(_SC, SOPClassUID="1.2.840.10008.5.1.4.1.1.2", ImageType=["ORIGINAL", "PRIMARY"]),
        bad("ImageType", _SC, ImageType=["ORIGINAL", "PRIMARY"]),
        bad("ImageType", _SC, ImageType=None),
        bad("BurnedInAnnotation", _SC, BurnedInAnnotation=None),
        bad("DerivationDescription", _SC, DerivationDescription=None),
    ),
)
