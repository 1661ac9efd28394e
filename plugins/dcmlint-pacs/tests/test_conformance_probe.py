"""A probe of a live peer gives a conformance file that predicts as the peer itself does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from counterparts import has_dcmtk, has_orthanc, orthanc, storescp
from dcmlint_pacs.conformance.compare import differences
from dcmlint_pacs.conformance.probe import probe_proposals
from dcmlint_pacs.conformance.read import read_conformance
from dcmlint_pacs.own import Own
from dcmlint_pacs.preflight.run import preflight
from dcmlint_pacs.preflight.words import Preflight
from scripted import acceptance, rejection, scripted
from sending import RESTRICTED, restricted_profile

from benchmarks.corpus import find_corpus


def _probe(location: str, file: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dcmlint", "conformance", "probe", location, "-o", str(file), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _said(found: Preflight) -> list[tuple[Any, ...]]:
    """Return what is said of each pair, but for what only a live peer decides: its preference."""
    unsure = {"as-stored": "sent", "converted": "sent"}
    return [
        (
            each.pair,
            each.cell.count,
            each.status,
            each.rule,
            each.to,
            unsure.get(each.storescu.how, each.storescu.how),
        )
        for each in found.verdicts
    ]


def _both(location: str, folder: Path) -> None:
    file = folder / "peer.yaml"
    done = _probe(location, file, "--sop-class", "9.9.9.9.9")
    assert done.returncode == 0, done.stderr
    corpus = [str(find_corpus().folder)]
    live, declared = preflight(corpus, location, Own()), preflight(corpus, str(file), Own())
    assert _said(declared) == _said(live)
    assert declared.offer.facts.max_pdu == live.offer.facts.max_pdu


@pytest.mark.skipif(not has_orthanc(), reason="Orthanc is not installed")
def test_orthanc(tmp_path: Path) -> None:
    with orthanc(tmp_path) as peer:
        _both(peer.dimse, tmp_path)
    found = read_conformance(str(tmp_path / "peer.yaml"))
    assert "1.2.840.10008.1.1" in found.services and len(found.services) > 100


@pytest.mark.skipif(not has_dcmtk(), reason="DCMTK is not installed")
def test_a_restricted_storescp(tmp_path: Path) -> None:
    with storescp(tmp_path / "received", *restricted_profile(tmp_path)) as peer:
        _both(peer.dimse, tmp_path)
        _probe(peer.dimse, tmp_path / "again.yaml", "--sop-class", "9.9.9.9.9")
    found = read_conformance(str(tmp_path / "peer.yaml"))
    assert not list(differences(found, read_conformance(str(tmp_path / "again.yaml"))))
    assert {uid: set(each.syntaxes) for uid, each in found.services.items()} == {
        uid: set(each) for uid, each in RESTRICTED.items()
    }


def test_contexts_are_asked_for_one_association_after_the_other(tmp_path: Path) -> None:
    def answer(contexts: Any) -> bytes:
        return acceptance(
            [(each.id, 0 if each.sop_class.endswith(".1.2") else 3, each.syntaxes) for each in contexts]
        )

    with scripted(answer) as (location, asked):
        done = _probe(location, tmp_path / "peer.yaml")
    assert done.returncode == 0, done.stderr
    assert max(map(len, asked)) == 128
    proposed = [(each.sop_class, each.syntaxes) for contexts in asked for each in contexts]
    wanted = list(probe_proposals())
    assert proposed[: len(wanted)] == [tuple(each) for each in wanted]
    assert list(read_conformance(str(tmp_path / "peer.yaml")).services) == [
        uid for uid in dict.fromkeys(each.sop_class for each in wanted) if uid.endswith(".1.2")
    ]


def test_a_peer_that_does_not_let_us_in_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "peer.yaml"
    file.write_text("before")
    with scripted(lambda contexts: rejection(1, 1, 3)) as (location, _):
        done = _probe(location, file)
    assert done.returncode == 2 and "AE title as calling" in done.stderr and file.read_text() == "before"
    with scripted(lambda contexts: acceptance([])) as (location, _):
        done = _probe(location, file)
    assert done.returncode == 2 and "accepts no SOP Class" in done.stderr and file.read_text() == "before"
