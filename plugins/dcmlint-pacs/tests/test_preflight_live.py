"""Preflight of Orthanc and of DCMTK's storescp, beside really sending by storescu."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from counterparts import Peer, certified, has_dcmtk, has_orthanc, orthanc, storescp, storescu
from dcmlint_pacs.own import Own
from dcmlint_pacs.preflight.run import preflight
from predicted import compare, table
from samples import CT, EXPLICIT, IMPLICIT, written
from sending import restricted_profile

from benchmarks.corpus import find_corpus
from dcmlint.errors import UsageError
from dcmlint.source import Asked

pytestmark = pytest.mark.skipif(
    not (has_orthanc() and has_dcmtk()), reason="Orthanc or DCMTK is not installed"
)

SAMPLE = 60


@pytest.fixture(scope="module")
def sample() -> list[str]:
    """About 60 files of the corpus, evenly over its sources."""
    files = [path for path in find_corpus().files if "dicomdir" not in path.name.lower()]
    return [str(path) for path in files[:: max(1, len(files) // SAMPLE)]]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    with orthanc(tmp_path_factory.mktemp("orthanc")) as peer:
        yield peer


@pytest.fixture(scope="module")
def restricted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    folder = tmp_path_factory.mktemp("restricted")
    with storescp(folder / "received", *restricted_profile(folder)) as peer:
        yield peer


@pytest.mark.parametrize("name", ["archive", "restricted"])
def test_every_prediction_is_what_storescu_meets(
    name: str, sample: list[str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    peer: Peer = request.getfixturevalue(name)
    found = preflight(sample, peer.dimse, Own())
    compared = list(compare(found, (peer.port, peer.aet), tmp_path))
    assert len(compared) > SAMPLE, "each is sent in two ways"
    assert [each for each in compared if not each.agrees] == [], "\n".join(table(compared))
    assert [each for each in compared if each.beside == "status" and not each.explained] == []
    if name == "restricted":
        assert len({verdict.status for verdict in found.verdicts}) == 3, "all verdicts occur"


def test_data_that_are_in_another_pacs(archive: Peer, restricted: Peer, tmp_path: Path) -> None:
    explicit, implicit = tmp_path / "a.dcm", tmp_path / "b.dcm"
    written(explicit, Modality="CT", PatientID="PREFLIGHT")
    written(implicit, syntax=IMPLICIT, Modality="OT", PatientID="PREFLIGHT")
    storescu(archive.port, "-R", str(explicit))
    storescu(archive.port, "-R", "-xi", str(implicit))
    ours = ("PatientID", "PREFLIGHT")
    for location in (archive.dicomweb, archive.dimse):
        found = preflight([location], restricted.dimse, Own(), Asked((ours,)))
        few = preflight([location], restricted.dimse, Own(), Asked((ours, ("Modality", "OT"))))
        assert {(each.pair, each.cell.count, each.status) for each in found.verdicts} == {
            ((CT, EXPLICIT), 1, "accepted"),
            ((CT, IMPLICIT), 1, "transcodable"),
        }
        assert {pair: cell.count for pair, cell in few.demand.cells.items()} == {(CT, IMPLICIT): 1}


def test_a_description_of_orthanc_by_dicomweb(archive: Peer, tmp_path: Path) -> None:
    written(tmp_path / "a.dcm")
    found = preflight([str(tmp_path)], archive.dicomweb, Own())
    (verdict,) = found.verdicts
    assert verdict.status == "unknown" and found.exit_status(strict=False) == 0
    assert found.exit_status(strict=True) == 1
    assert "cannot be known without storing" in found.offer.notes[0]


def test_tls(tmp_path: Path) -> None:
    certificate, key = certified(tmp_path, "IP:127.0.0.1")
    written(tmp_path / "a.dcm")
    tls = ("+tls", key, certificate, "-ic")
    with storescp(tmp_path / "received", *tls) as peer:
        location = peer.dimse.replace("dimse://", "dimse+tls://")
        found = preflight([str(tmp_path / "a.dcm")], location, Own(tls_ca=certificate))
        with pytest.raises(UsageError, match="certificate is not trusted"):
            preflight([str(tmp_path / "a.dcm")], location, Own())
    assert [(each.pair, each.status) for each in found.verdicts] == [((CT, EXPLICIT), "accepted")]
