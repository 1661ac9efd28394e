"""How likely it is that pixels, overlays or a face identify the patient: what the header tells."""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.deid_verify.made import finding
from dcmlint.deid_verify.profile import Demands
from dcmlint.deid_verify.words import fold, words_of
from dcmlint.model import Finding, Severity
from dcmlint.read.item import Instance

__all__ = ["picture_findings"]

_SOP_CLASS, _IMAGE_TYPE, _MODALITY, _MANUFACTURER = 0x00080016, 0x00080008, 0x00080060, 0x00080070
_CONVERSION, _BODY_PART, _STUDY, _SERIES, _PROTOCOL = (
    0x00080064,
    0x00180015,
    0x00081030,
    0x0008103E,
    0x00181030,
)
_BURNED_IN, _RECOGNIZABLE, _PIXEL_DATA = 0x00280301, 0x00280302, 0x7FE00010

_CAPTURES = "1.2.840.10008.5.1.4.1.1.7"
_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.6.1": "an ultrasound image",
    "1.2.840.10008.5.1.4.1.1.3.1": "an ultrasound clip",
    "1.2.840.10008.5.1.4.1.1.77.1.1.1": "an endoscopic video",
    "1.2.840.10008.5.1.4.1.1.77.1.2.1": "a microscopic video",
    "1.2.840.10008.5.1.4.1.1.77.1.4.1": "a photographic video",
    "1.2.840.10008.5.1.4.1.1.77.1.4": "a photograph",
    "1.2.840.10008.5.1.4.1.1.104.1": "an encapsulated PDF",
}
_MODALITIES = {"US": "ultrasound", "ES": "endoscopy", "XC": "photography", "SC": "a secondary capture"}
_MODALITIES |= {"OT": "modality OT", "IVUS": "intravascular ultrasound", "ECG": "an ECG", "HC": "a hard copy"}
_TYPES = frozenset(("SCREEN SAVE", "SCREENSAVE", "SCREENSHOT", "SCREEN CAPTURE", "REPORT", "DOSE REPORT"))
_SCANNED = frozenset(("DF", "DI", "DRW", "SD", "SI", "WSD"))
_PRINTERS = ("vidar", "lumisys", "howtek", "array corp", "vital images", "terarecon", "codonics")
_HEAD = frozenset(
    "head brain skull face facial neck headneck cranium orbit orbits sinus sinuses jaw maxilla mandible ear "
    "iac tmj nose eye eyes kopf schadel hirn cerebro craneo tete cerveau neuro cap wholebody".split()
)
_VOLUMES = {"CT": "CT", "MR": "MR", "PT": "PET"}


def picture_findings(instance: Instance, demands: Demands) -> Iterator[Finding]:
    """Yield the risks that pixels, overlays and recognizable features are, each once."""
    root = instance.root
    has_pixels = any(tag in root.elements for tag in (_PIXEL_DATA, 0x7FE00008, 0x7FE00009, 0x00420011))
    if not has_pixels:
        return
    said = root.first(_BURNED_IN)
    if said == "YES":
        yield _risk("error", _BURNED_IN, "Burned In Annotation is YES (confidence high)")
    elif said != "NO" and (why := _why(instance)):
        yield _risk("warning", None, f"text may be burned into the pixels: {why} (confidence medium)")
    if root.first(_RECOGNIZABLE) == "YES":
        yield _risk("error", _RECOGNIZABLE, "Recognizable Visual Features is YES (confidence high)")
    elif root.first(_RECOGNIZABLE) != "NO" and (volume := _face(instance)):
        yield _risk(
            "warning", None, f"a face may be reconstructed from this {volume} of a head (confidence medium)"
        )
    for tag in root.elements:
        if tag & 0xFF00FFFF == 0x60003000 and demands.action(tag) != "X":
            yield _risk("note", tag, "an overlay plane may hold text: look at it (confidence low)")


def _risk(severity: Severity, tag: int | None, why: str) -> Finding:
    return finding("burned-in-risk", severity, ((), tag, None), why=why)


def _why(instance: Instance) -> str:
    sop_class = instance.sop_class_uid
    if sop_class == _CAPTURES or sop_class.startswith(_CAPTURES + "."):
        return "it is a secondary capture"
    if sop_class in _CLASSES:
        return f"it is {_CLASSES[sop_class]}"
    if (modality := str(instance.first(_MODALITY) or "")) in _MODALITIES:
        return f"it is {_MODALITIES[modality]}"
    if {str(value).upper() for value in instance.get(_IMAGE_TYPE) or ()} & _TYPES:
        return "Image Type says that it is a picture of a screen"
    if str(instance.first(_CONVERSION) or "") in _SCANNED:
        return "Conversion Type says that it was scanned or captured"
    manufacturer = str(instance.first(_MANUFACTURER) or "").lower()
    return (
        "its manufacturer makes scanners of films or captures" if manufacturer.startswith(_PRINTERS) else ""
    )


def _face(instance: Instance) -> str:
    """Return the kind of volume where it is one of a head, "" if not."""
    volume = _VOLUMES.get(str(instance.first(_MODALITY) or ""), "")
    if not volume or "LOCALIZER" in (instance.get(_IMAGE_TYPE) or ()):
        return ""
    texts = [str(instance.first(tag) or "") for tag in (_BODY_PART, _STUDY, _SERIES, _PROTOCOL)]
    return volume if any(word.text in _HEAD for text in texts for word in words_of(fold(text))) else ""
