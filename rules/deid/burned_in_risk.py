"""Pixels may identify the patient: burned-in text, an overlay, a face.

## What it does
`dcmlint deid verify` tells from the header how likely that is. Burned In
Annotation or Recognizable Visual Features with the value YES are errors. Where Burned In Annotation is not
NO, it warns of secondary captures, ultrasound, endoscopy, photographs, videos, encapsulated PDFs, pictures
of screens, scanned films and makers of scanners. Where Recognizable Visual Features is not NO, it warns of
CT, MR and PET of the head. Overlay planes that the profile lets stay are a note.

With `--ocr` it looks at pixels too: where the program tesseract reads words in a picture that does not say
Burned In Annotation YES, it warns. A frame that could not be looked at is a note.

## Why this matters
No change of the header takes a name out of the pixels, and a face can be reconstructed from thin slices of
a head.

## Example
`text may be burned into the pixels: it is a secondary capture (confidence medium)`

## Fix
Look at the images, clean the pixels or leave the images out, and record it: Burned In Annotation NO.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.15 E.3.1, E.3.2; PS3.3 C.7.6.1.1",
    message="{why}",
    on_bytes=True,
)
