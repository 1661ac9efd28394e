"""The scanner reads every real file as pydicom does, down to the last nested Item."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from benchmarks.corpus import Corpus, find_corpus
from benchmarks.parity import Difference, compare_file, explain


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return find_corpus()


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_scanner_agrees_with_pydicom_on_every_file(corpus: Corpus) -> None:
    elements = 0
    left: list[Difference] = []
    for path in corpus.files:
        compared = compare_file(path, corpus.name(path))
        if compared is not None:
            elements += compared[0]
            left += [difference for difference in compared[1] if explain(difference) is None]
    assert elements > 10_000
    assert left == []


def test_a_wrong_reading_is_a_difference(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """The comparison sees a changed VR, a shifted value, a lost tag and a lost Item."""
    import benchmarks.parity as parity

    path = next(path for path in find_corpus().files if path.name == "rtplan.dcm")
    read = parity.read_instance

    def spoiled(content: bytes):  # type: ignore[no-untyped-def]
        instance = read(content)
        elements = instance.root.elements
        elements[0x00080060] = ("SH", *elements[0x00080060][1:])
        vr, offset, length, items = elements[0x00080070]
        elements[0x00080070] = (vr, offset + 2, length, items)
        del elements[0x00100020]
        assert elements[0x300A00B0][3]
        elements[0x300A00B0][3].pop()
        return instance

    monkeypatch.setattr(parity, "read_instance", spoiled)
    compared = compare_file(path, "rtplan.dcm")
    assert compared is not None
    kinds = {(difference.kind, difference.tag) for difference in compared[1] if explain(difference) is None}
    assert kinds >= {
        ("vr-implicit", 0x00080060),
        ("bytes", 0x00080070),
        ("offset", 0x00080070),
        ("tag-missing", 0x00100020),
        ("items", 0x300A00B0),
    }
