"""The settings file that `dcmlint init` writes: every line that is not a comment is a default."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from dcmlint.errors import UsageError
from dcmlint.policy.find import NAMES, find_settings
from dcmlint.policy.keys import SCHEMA_ADDRESS
from dcmlint.policy.load import policy_file
from dcmlint.report.output import open_output

__all__ = ["starter", "write_starter"]

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*").fullmatch
_TEXT = """\
# yaml-language-server: $schema={schema}

## Settings of dcmlint. They are in force for what lies in this folder and below.
##   dcmlint check --show-settings .    what is in force
##   dcmlint policy test                do the rules below do what their examples say?
## Lines with ## explain; take `# ` away from the others that you want to use.
## All keys are in docs/configuration.md, and docs/policies.md tells how to write rules.

## Policies that this file builds on; `dcmlint policy list` names them. Files are named by their paths.
{extends}

## dcmlint exits with 1 from this severity on: error, warning, note or never.
fail-on: error

## How bad a rule or a group of rules is here: error, warning, note or off. `dcmlint rules` lists them.
# severity:
#   value/truncated: error
#   encoding/group-length: off

## Rules that are off in some files (globs, relative to this file), and files that are not visited.
# per-file-ignores:
#   "phantoms/**": [value/placeholder]
# exclude: ["*.tmp", "scratch/**"]

## Settings for instances that a condition is true for.
# scopes:
#   - when: Modality == "SR"
#     severity: {{module/attribute-not-in-iod: off}}

## Rules of your own. Each shows what passes and what fails; `dcmlint policy test` runs the examples.
# rules:
#   - id: accession-number
#     title: The accession number is absent or not one of ours.
#     description: Reports are matched with images by it. Query the worklist before the examination.
#     severity: warning
#     when: Modality in ["CT", "MR"]
#     pattern: {{AccessionNumber: "[A-Z]{{2}}[0-9]{{8}}"}}
#     pass:
#       - {{Modality: CT, AccessionNumber: AB12345678}}
#       - {{Modality: US, AccessionNumber: "17"}}
#     fail:
#       - {{Modality: CT, AccessionNumber: "17"}}

## Findings that are accepted, with reason and owner, in a file of their own.
# waivers: dcmlint-waivers.yaml
"""


def starter(policies: Sequence[str] = ()) -> str:
    """Return the text of a settings file that builds on policies."""
    named = ", ".join(name if _PLAIN(name) else json.dumps(name) for name in policies)
    extends = f"extends: [{named}]" if policies else "# extends: [archive-ingest]"
    return _TEXT.format(schema=SCHEMA_ADDRESS, extends=extends)


def write_starter(policies: Sequence[str] = (), *, overwrite: bool = False) -> str:
    """Write dcmlint.yaml into the working directory, and return what to say about it.

    Raises UsageError if a settings file is there already, or a policy is not.
    """
    folder = Path.cwd()
    for name in policies:
        policy_file(name, str(folder), "--policy")
    there = find_settings(())
    if there and Path(there).parent == folder and not overwrite:
        raise UsageError(
            f"There are settings already: {Path(there).name}", "--force writes dcmlint.yaml anyway."
        )
    target = folder / NAMES[0]
    try:
        with open_output(target) as stream:
            stream.write(starter(policies))
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}") from error
    return f"Wrote {NAMES[0]}. What is in force: dcmlint check --show-settings ."
