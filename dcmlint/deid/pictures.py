"""How likely it is that pixels or a face identify the patient, by the header (PS3.15 E.3.1, E.3.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from dcmlint.deid.fold import fold, words_of
from dcmlint.read.item import Instance

__all__ = ["Pictures", "Risk", "has_pictures", "picture_risks"]

_SOP_CLASS, _IMAGE_TYPE, _MODALITY, _MANUFACTURER = 0x00080016, 0x00080008, 0x00080060, 0x00080070
_CONVERSION, _BODY_PART, _STUDY, _SERIES, _PROTOCOL = (
    0x00080064,
    0x00180015,
    0x00081030,
    0x0008103E,
    0x00181030,
)
_BURNED_IN, _RECOGNIZABLE = 0x00280301, 0x00280302
_PIXELS = (0x7FE00010, 0x7FE00008, 0x7FE00009)
_DOCUMENT = 0x00420011

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

_ASKED = (
    *(_SOP_CLASS, _MODALITY, _BURNED_IN, _RECOGNIZABLE, _IMAGE_TYPE, _CONVERSION, _MANUFACTURER),
    *(_BODY_PART, _STUDY, _SERIES, _PROTOCOL, 0x00080005),
)
"""What the judgement looks at, with Specific Character Set."""

_MOST = 1 << 10


class Risk(NamedTuple):
    """A risk, how sure it is, and the Attribute that says so, None if it is several. No value is in `why`."""

    confidence: Literal["high", "medium"]
    tag: int | None
    why: str


class Pictures:
    """Remembers what was judged: images of a series say the same of themselves."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes | None, ...], tuple[str, ...]] = {}

    def risks(self, instance: Instance) -> tuple[str, ...]:
        """Return why an Instance with pictures may identify its patient."""
        raw = instance.root.raw
        asked = tuple([raw(tag) for tag in _ASKED])
        found = self._known.get(asked)
        if found is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            found = self._known[asked] = tuple(risk.why for risk in picture_risks(instance))
        return found


def has_pictures(instance: Instance, *, document: bool) -> bool:
    """Tell whether there are pixels, or, if asked, an encapsulated `document`."""
    elements = instance.root.elements
    return any(tag in elements for tag in _PIXELS) or (document and _DOCUMENT in elements)


def picture_risks(instance: Instance) -> Iterator[Risk]:
    """Yield what burned-in text and recognizable features there may be in an Instance that has pictures."""
    root = instance.root
    said = root.first(_BURNED_IN)
    if said == "YES":
        yield Risk("high", _BURNED_IN, "Burned In Annotation is YES")
    elif said != "NO" and (why := _why(instance)):
        yield Risk("medium", None, f"text may be burned into the pixels: {why}")
    if root.first(_RECOGNIZABLE) == "YES":
        yield Risk("high", _RECOGNIZABLE, "Recognizable Visual Features is YES")
    elif root.first(_RECOGNIZABLE) != "NO" and (volume := _face(instance)):
        yield Risk("medium", None, f"a face may be reconstructed from this {volume} of a head")


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
