"""A very small edition of PS3 in DocBook, made up for tests, in the shape of NEMA's files."""

from __future__ import annotations

from pathlib import Path

__all__ = ["IOD_UID", "write_edition"]

IOD_UID = "1.2.840.10008.5.1.4.1.1.999"

_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<book xmlns="http://docbook.org/ns/docbook">'

_PATIENT = [
    ("Patient's Name", "(0010,0010)", "2", "A name."),
    ("Patient's Sex", "(0010,0040)", "2", "Sex.|Enumerated Values:M F O"),
    ("Patient Comments", "(0010,4000)", "1C", "Required if Patient's Sex (0010,0040) is O."),
    ("Ethnic Group", "(0010,2160)", "1C", "Required if known."),
    ("Other Patient IDs Sequence", "(0010,1002)", "3", "One or more Items are permitted in this Sequence."),
    (">Patient ID", "(0010,0020)", "1", "An identifier."),
    (">Include 10-18",),
]
_MACRO = [
    ("Issuer of Patient ID", "(0010,0021)", "3", "Who issued it."),
    ("Novel Attribute", "(0010,9F01)", "3", "New in this edition.|Defined Terms:ONE TWO"),
]


def write_edition(folder: Path) -> Path:
    """Write part03.xml, part04.xml and part06.xml into `folder` and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "part03.xml").write_text(_part3())
    (folder / "part04.xml").write_text(_part4())
    (folder / "part06.xml").write_text(_part6())
    return folder


def _part3() -> str:
    use = [
        '<td rowspan="1"><para>Patient</para></td><td><para>Patient</para></td>'
        '<td><para><xref linkend="sect_C.7.1.1"/></para></td><td><para>M</para></td>'
    ]
    iod = _section("A.2", "Test IOD", _section("A.2.3", "Test IOD Module Table", _table("A.2-1", use)))
    patient = _section("C.7.1.1", "Patient Module", _table("C.7-1", [_row(row) for row in _PATIENT]))
    macro = _table("10-18", [_row(row) for row in _MACRO])
    common = _section("C.7", "Common", _section("C.7.1", "Patient", patient))
    return (
        f"{_HEAD}<chapter label='10'>{_section('10.15', 'Macro', macro)}</chapter>"
        f"<chapter label='A'>{_section('A.1', 'Elements', '')}{iod}</chapter>"
        f"<chapter label='C'>{common}</chapter></book>"
    )


def _part4() -> str:
    row = (
        f"<td><para>Test Storage</para></td><td><para>{IOD_UID}</para></td>"
        "<td><para><olink targetptr='sect_A.2'/></para></td>"
    )
    return (
        f"{_HEAD}<chapter label='B'>{_section('B.5', 'SOP Classes', _table('B.5-1', [row]))}</chapter></book>"
    )


def _part6() -> str:
    element = ["(0010,9F01)", "Novel Attribute", "Novel\u200bAttribute", "CS", "1-n", ""]
    uid = [IOD_UID.replace("999", "\u200b999"), "Test Storage", "TestStorage", "SOP Class", "PS3.4"]
    cells = ["".join(f"<td><para>{cell}</para></td>" for cell in row) for row in (element, uid)]
    return (
        f"{_HEAD}<chapter label='6'>{_table('6-1', cells[:1])}</chapter>"
        f"<chapter label='A'>{_table('A-1', cells[1:])}</chapter></book>"
    )


def _section(label: str, title: str, content: str) -> str:
    return f"<section label='{label}'><title>{title}</title>{content}</section>"


def _table(label: str, rows: list[str]) -> str:
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table label='{label}' xml:id='table_{label}'><tbody>{body}</tbody></table>"


def _row(row: tuple[str, ...]) -> str:
    if len(row) == 1:
        level, name = row[0].rsplit(" ", 1)
        level = level.replace(">", "&gt;")
        text = f"{level} <xref linkend='table_{name}'/>"
        return f"<td colspan='4'><para><emphasis>{text}</emphasis></para></td>"
    name, tag, attribute_type, description = row
    text, _, listed = description.partition("|")
    title, _, values = listed.partition(":")
    entries = "".join(f"<varlistentry><term>{value}</term></varlistentry>" for value in values.split())
    values_list = f"<variablelist><title>{title}:</title>{entries}</variablelist>" if listed else ""
    cells = [name.replace(">", "&gt;"), tag, attribute_type]
    return (
        "".join(f"<td><para>{cell}</para></td>" for cell in cells)
        + f"<td><para>{text}</para>{values_list}</td>"
    )
