"""Editions of PS3 as NEMA publishes them: DocBook files, fetched through dicom-validator's reader.

What comes from the network is not trusted: downloads are bounded in size and time, put in place only
when whole, and refused if they declare XML entities.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen
from xml.parsers import expat

from dicom_validator.spec_reader.edition_reader import EditionReader

from dcmlint.errors import UsageError

__all__ = ["MAX_BYTES", "Nema", "download", "quiet", "refuse_entities"]

MAX_BYTES = 256 << 20
"""The largest file that is taken; PS3.3, the largest part, has about 40 MB."""

TIMEOUT_S = 30.0
"""How long one read from the network may take."""


class Nema(EditionReader):  # type: ignore[misc]
    """dicom-validator's reader of editions, with bounded downloads and checked XML.

    `folder` is laid out as dicom-validator's standard path: `<edition>/docbook/part03.xml` ...; what
    lies there already is not fetched again.
    """

    def __init__(self, folder: Path) -> None:
        with quiet():
            super().__init__(folder)
        self.logger = logging.getLogger("dcmlint.standard.nema")
        self.logger.addHandler(logging.NullHandler())
        self.failure = ""

    def docbook(self, selector: str) -> tuple[str, Path]:
        """Return (edition, folder of its DocBook files) for "2025c", "2025" or "current".

        Raises UsageError if the network or the edition is not there, or a file is not acceptable.
        """
        try:
            edition = self.get_edition(selector)
            known = self.get_editions(update=False) or []
        except (ValueError, TypeError, AttributeError) as error:
            path = self.editions_path()
            raise UsageError(f"{path} is no list of editions.", f"Remove {path}.") from error
        if edition is None or not re.fullmatch(r"\d{4}[a-z]?", edition):
            if known:
                raise UsageError(f"There is no edition {selector!r} of PS3.", f"NEMA has {_range(known)}.")
            raise self._unreachable("NEMA's list of editions could not be fetched")
        folder: Path = self.docbook_path(edition)
        folder.mkdir(parents=True, exist_ok=True)
        for part in (3, 4, 6):
            if not self.get_chapter(edition, part):
                raise self._unreachable(f"PS3.{part} {edition} could not be fetched")
            refuse_entities(folder / f"part{part:02}.xml")
        return edition, folder

    def retrieve(self, html_path: Path) -> None:
        """Download the list of editions; see `EditionReader.retrieve`."""
        try:
            download(self.base_url, html_path)
        except OSError as error:
            self.failure = str(error)
            raise

    def get_chapter(self, edition: str, chapter: int) -> bool:
        """Download one part if it is not there; see `EditionReader.get_chapter`."""
        path: Path = self.docbook_path(edition) / f"part{chapter:02}.xml"
        if path.exists():
            return True
        if sys.stderr.isatty():
            print(f"fetching PS3.{chapter} {edition}", file=sys.stderr)
        folder = "current" if self.is_current(edition) else edition
        name = f"part{chapter:02}"
        try:
            download(f"{self.base_url}{folder}/source/docbook/{name}/{name}.xml", path)
        except OSError as error:
            self.failure = str(error)
            return False
        return True

    def _unreachable(self, what: str) -> UsageError:
        reason = f": {self.failure}" if self.failure else ""
        return UsageError(
            f"{what}{reason}.",
            "The edition in use stays as it is and needs no network. On a machine without one, copy the "
            f"DocBook files of an edition to {self.path}/<edition>/docbook/ and its name into "
            f'{self.path}/editions.json, as in ["2025c"].',
        )


def download(url: str, target: Path) -> None:
    """Write what `url` gives to `target`, which appears only when it is whole.

    Raises OSError if it cannot be had, is cut short, or has more than MAX_BYTES.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise OSError(f"not a web address: {url}")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with urlopen(url, timeout=TIMEOUT_S) as response, partial.open("wb") as file:
            expected = response.headers.get("Content-Length")
            size = 0
            while chunk := response.read(1 << 18):
                size += len(chunk)
                if size > MAX_BYTES:
                    raise OSError(f"{url} has more than {MAX_BYTES >> 20} MB")
                file.write(chunk)
        if expected is not None and size != int(expected):
            raise OSError(f"{url} was cut short: {size} of {expected} bytes")
        partial.replace(target)
    except (HTTPException, ValueError) as error:
        raise OSError(f"{url}: {type(error).__name__}") from error
    finally:
        partial.unlink(missing_ok=True)


def refuse_entities(path: Path) -> None:
    """Return if the file is XML that declares no entities.

    Raises UsageError otherwise: expanded entities could fill the memory or read local files, and
    the standard's DocBook has none.
    """

    def refuse(*_: object) -> int:
        raise _EntityError

    def doctype(_name: str, _system: object, _public: object, internal_subset: bool) -> None:
        if internal_subset:
            raise _EntityError

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = refuse
    parser.StartDoctypeDeclHandler = doctype
    parser.ExternalEntityRefHandler = refuse
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except _EntityError:
        raise UsageError(f"{path} declares XML entities and is not read.", f"Remove {path}.") from None
    except expat.ExpatError as error:
        raise UsageError(f"{path} is not XML: {error}.", f"Remove {path} and fetch again.") from None


class _EntityError(Exception):
    pass


@contextmanager
def quiet() -> Iterator[None]:
    """Keep dicom-validator from adding a handler for stdout to the root logger."""
    root, handler = logging.getLogger(), logging.NullHandler()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


def _range(editions: list[str]) -> str:
    return f"{min(editions)} to {max(editions)}"
