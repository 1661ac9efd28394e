"""An answer is not in the DICOM JSON Model.

## What it does
Reports a DICOMweb server whose answer to a search or to a request for metadata is no JSON, no array of Data
Sets, has another media type than application/dicom+json (application/json, which is asked for too, is
taken), or has Attributes that are not of the model: a name that is no tag, a Value that is no array, a
value of VR PN that is no object, two kinds of content.

## Why this matters
Clients read what the model says, and drop or misread the rest. Often it is an error page or a login form
that a proxy has put in the place of the answer.

## Example
`The server does not answer in the DICOM JSON Model: an answer that is no JSON (once, first at /studies)`

## Fix
Look at what the address answers, and at proxies before it; update the server.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.18 Section F.2",
    message="The server does not answer in the DICOM JSON Model: {reason}",
    on_bytes=False,
)
