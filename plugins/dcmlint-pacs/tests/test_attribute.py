"""Attributes of --where, by keyword or tag, for DICOMweb and DIMSE alike."""

from __future__ import annotations

import pytest
from dcmlint_pacs.attribute import Attribute, attribute_of
from dcmlint_pacs.dimse.where import filters_of as dimse_filters
from dcmlint_pacs.near import nearest
from dcmlint_pacs.web.filters import filters_of as web_filters

from dcmlint.errors import UsageError


@pytest.mark.parametrize("name", ["Modality", "00080060", "0008,0060", "(0008,0060)"])
def test_forms_of_one_attribute(name: str) -> None:
    assert attribute_of(name) == Attribute(0x00080060, "CS", "Modality")
    assert web_filters([(name, "CT")])[0][:3] == ("00080060", "Modality", "CS")
    assert dimse_filters([(name, "CT")])["SERIES"][0] == (0x00080060, "CS", b"CT")


def test_tags_that_are_not_in_ps3_6_are_for_dicomweb_only() -> None:
    assert attribute_of("00091001") == (0x00091001, "", "")
    assert web_filters([("00091001", "x")])[0].vr == "UN"
    with pytest.raises(UsageError, match="no Attribute of"):
        dimse_filters([("00091001", "x")])


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("StudyDat", "Did you mean StudyDate?"),
        ("", "Such as"),
        ("0008006", "Such as"),
        ("x" * 5000, "Such as"),
    ],
)
def test_what_is_none_has_a_hint(name: str, hint: str) -> None:
    for filters_of in (web_filters, dimse_filters):
        with pytest.raises(UsageError) as raised:
            filters_of([(name, "SECRET")])
        assert raised.value.hint.startswith(hint)
        assert len(str(raised.value)) < 200 and "SECRET" not in str(raised.value)


def test_what_is_like_nothing_has_no_nearest() -> None:
    assert nearest("spol", {"spool": 1, "port": 2}) == "spool"
    assert nearest("zzz", ("spool", "port")) == ""
