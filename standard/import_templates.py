"""Make templates.json and context_groups.json of this folder from the gathered facts and pydicom.

Run once for each new delivery of facts: `python standard/import_templates.py ../shared/standard`. Sentences
are dropped; conditions of the 2022 facts become lists (see `dcmlint.sr.condition`), those that exist only as
a sentence are unknown unless template_overrides.json gives them.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DOSE = re.compile(r"100(0[1-7][ABC]?|1[1-5]|2[1-4])")
SUFFIXES = {
    "HasConceptMod": "HAS CONCEPT MOD",
    "HasObsContext": "HAS OBS CONTEXT",
    "HasProperties": "HAS PROPERTIES",
    "Contains": "CONTAINS",
    "CN": "CONTAINS",
    "HP": "HAS PROPERTIES",
    "IF": "INFERRED FROM",
}
KINDS = {"EV": "E", "DT": "D"}
Row = dict[str, Any]


def current_code(code: list[str], snomed: dict[str, str]) -> list[str]:
    """Return a code with an SRT value replaced by its SNOMED CT one, where pydicom knows it."""
    value, scheme, *rest = code
    if scheme == "SRT" and value in snomed:
        return [snomed[value], "SCT", *rest]
    return [value, scheme, *rest]


# --- conditions of the 2022 facts -----------------------------------------------------------------------

TOKEN = re.compile(
    r"\s*(count|number|not|and|or|//|\.\.|[A-Za-z0-9]+(?=[\s\[\]/)@]|$)|@[a-z]+|'[^']*'|!=|[<>=]|\d+|.)"
)
NAMES = {"reference": "REFERENCE", "*": ""}


class UnparsedError(Exception):
    """A condition has a form that nobody has translated yet."""


class Parser:
    """Reads one XPath condition of the 2022 facts."""

    def __init__(self, text: str, snomed: dict[str, str]) -> None:
        self.tokens = [token for token in TOKEN.findall(text) if token.strip()]
        self.snomed = snomed

    def peek(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def take(self, expected: str = "") -> str:
        if not self.tokens or (expected and self.tokens[0] != expected):
            raise UnparsedError(f"{expected!r} expected before {self.tokens[:6]}")
        return self.tokens.pop(0)

    def disjunction(self) -> list[Any]:
        terms = [self.conjunction()]
        while self.peek() == "or":
            self.take()
            terms.append(self.conjunction())
        return terms[0] if len(terms) == 1 else ["or", *terms]

    def conjunction(self) -> list[Any]:
        terms = [self.term()]
        while self.peek() == "and":
            self.take()
            terms.append(self.term())
        return terms[0] if len(terms) == 1 else ["and", *terms]

    def term(self) -> list[Any]:
        if self.peek() == "(":
            self.take("(")
            inner = self.disjunction()
            self.take(")")
            return inner
        if self.peek() == "number":
            first = self.number()
            self.take(">")
            second: Any = int(self.take()) if self.peek().isdigit() else self.number()
            return ["more", first, second]
        self.take("count")
        self.take("(")
        where, kind, tests = self.path()
        self.take(")")
        operator, bound = ">", 0
        if self.peek() in ("=", ">"):
            operator, bound = self.take(), int(self.take())
        counted = ["count", where, kind, tests, operator, bound]
        return counted

    def number(self) -> list[Any]:
        self.take("number")
        self.take("(")
        where, kind, tests = self.path()
        self.take(")")
        return [where, kind, tests]

    def path(self) -> tuple[str, str, dict[str, Any]]:
        steps: list[str] = []
        if self.peek() == "//":
            self.take()
            steps.append("//")
        while self.peek() == "..":
            self.take()
            steps.append("..")
            self.take("/")
        kind, tests = self.step()
        while self.peek() == "/":
            self.take()
            if self.peek() == "value":
                self.take()
                break
            if tests:
                kind += f"[{tests['concept'][0][1]} {tests['concept'][0][0]}]"
            steps.append(kind)
            kind, tests = self.step()
        return "/".join(steps), kind, tests

    def step(self) -> tuple[str, dict[str, Any]]:
        name = self.take()
        tests: dict[str, Any] = {}
        if self.peek() == "[":
            self.take("[")
            self.predicate(tests)
            self.take("]")
        return NAMES.get(name, name.upper()), tests

    def predicate(self, tests: dict[str, Any]) -> None:
        while self.peek() != "]":
            if self.peek() in ("and", "or", "(", ")"):
                self.take()
            elif self.peek() == "not":
                self.take()
                self.take("(")
                tests.setdefault("other", []).append(self.code("value"))
                self.take(")")
            elif self.peek() == "@relationship":
                self.take()
                self.take("=")
                tests["relationship"] = self.take().strip("'")
            elif self.peek() in ("concept", "value"):
                name = self.peek()
                code, equal = self.equality(name)
                tests.setdefault(name if equal else "other", []).append(code)
            else:
                raise UnparsedError(f"unknown predicate at {self.tokens[:6]}")
        for name, codes in tests.items():
            if name != "relationship":
                tests[name] = [list(each) for each in dict.fromkeys(tuple(code) for code in codes)]

    def code(self, name: str) -> list[str]:
        return self.equality(name)[0]

    def equality(self, name: str) -> tuple[list[str], bool]:
        found = []
        equal = True
        for attribute in ("@cv", "@csd"):
            if attribute == "@csd":
                self.take()  # and, or `or` between two inequalities
            self.take(name)
            self.take("/")
            self.take(attribute)
            equal = self.take() == "="
            found.append(self.take().strip("'"))
        return current_code(found, self.snomed), equal


def condition(text: str, snomed: dict[str, str]) -> list[Any]:
    """Return a condition of the 2022 facts in the project's own form."""
    parser = Parser(text, snomed)
    parsed = parser.disjunction()
    if parser.tokens:
        raise UnparsedError(f"left over: {parser.tokens[:6]}")
    return parsed


def of_parent(parsed: Any) -> Any:
    """Return a condition in which the code that encloses a row is asked itself, not all its siblings."""
    if not isinstance(parsed, list):
        return parsed
    if parsed[:3] == ["count", "..", "CODE"]:
        asked = ["parent", parsed[3]]
        return asked if parsed[4] == ">" else ["not", asked]
    return [of_parent(each) for each in parsed]


# --- rows -----------------------------------------------------------------------------------------------


def older(row: Row, rows: list[Row]) -> Row:
    """Return the row of 2016 that a later row continues, {} if none does."""
    inc = row.get("inc", "")
    if inc:
        tid = re.sub(r"[A-Za-z]+$", "", inc) if not inc.startswith("10003") else inc.upper()
        return next((each for each in rows if each.get("inc") == tid), {})
    code = row.get("cn") if isinstance(row.get("cn"), list) else (row.get("cn") or {}).get("code")
    for each in rows:
        known = (each.get("cn") or {}).get("code") or ["", "", ""]
        later = (each.get("cn") or {}).get("code2") or known
        alike = all(each.get(name) == row.get(name) for name in ("vt", "n", "ref"))
        if code and alike and code[:2] in (known[:2], later[:2]):
            return each
    number = row.get("row") or row.get("r")
    if not code:
        return next((each for each in rows if each["r"] == number and each.get("vt") == row.get("vt")), {})
    return {}


def concept_of(row: Row, old: Row, snomed: dict[str, str]) -> dict[str, Any]:
    """Return {"code"}, {"cid"} or {"param"}; {} = any concept, or one that nobody knows."""
    found = row.get("cn")
    if isinstance(found, list):
        return {"code": current_code([*found[:2], found[2].replace("#", "'")], snomed)}
    if row.get("cnCID"):
        return {"cid": re.sub(r"_WithTCE$", "", str(row["cnCID"]))}
    found = found or old.get("cn") or {}
    for key in ("code2", "code"):
        if key in found:
            return {"code": current_code(found[key], snomed)}
    if "cid" in found:
        return {"cid": found["cid"]}
    return {"param": found["param"]} if "param" in found else {}


def value_set(row: Row, old: Row, snomed: dict[str, str]) -> dict[str, Any]:
    """Return what a row says of its value or units; `k` = E, D or B for codes and context groups."""
    kind = row.get("vsBDE", "")
    if row.get("vsCID") and not str(row["vsCID"]).startswith("PMP_"):
        return {"cids": str(row["vsCID"]).split("_"), "k": kind}
    for key, kept in (("v", "codes"), ("u", "units")):
        if row.get(key):
            return {kept: [current_code(row[key], snomed)], "k": "E"}
    if row.get("uCID"):
        return {"unit_cids": [str(row["uCID"])], "k": row.get("uBDE", "D")}
    found = row.get("vs") or old.get("vs") or {}
    if "param" in found:
        return {"param": found["param"]}
    if "unitsParam" in found:
        return {"units_param": found["unitsParam"]}
    if "cid" in found:
        ref = found.get("ref") or (old.get("vs") or {}).get("ref", "")
        return {"cids": [str(found["cid"])], "k": ref[:1]}
    if "units" in found:
        return {
            "units": [current_code(found["units"], snomed)],
            "k": {"EV": "E", "DT": "D"}.get(found.get("k"), ""),
        }
    if "code" in found and "more" not in found:
        return {
            "codes": [current_code(found["code"], snomed)],
            "k": {"EV": "E", "DT": "D"}.get(found.get("k"), ""),
        }
    return {}


def include(row: Row, old: Row) -> tuple[str, str]:
    """Return (TID, relationship) of an INCLUDE row; "" = not known."""
    name = str(row.get("inc") or "")
    match = re.fullmatch(r"(\d+)([A-Za-z]*)", name)
    if match is None:
        return "", row.get("rel") or old.get("rel", "")
    tid, suffix = match.groups()
    if tid == "10003":
        return tid + suffix.upper(), row.get("rel") or old.get("rel", "")
    return tid, row.get("rel") or SUFFIXES.get(suffix) or old.get("rel", "")


def converted(row: Row, tid: str, edition: int, rows: list[Row], snomed: dict[str, str]) -> Row:
    """Return one row in the project's own form."""
    old = older(row, rows) if edition != 2016 else {}
    made: Row = {"row": str(row.get("row") or row.get("r") or old.get("r") or ""), "n": row["n"]}
    if row.get("vt", "INCLUDE") == "INCLUDE" or "inc" in row:
        made["vt"] = "INCLUDE"
        made["include"], relationship = include(row, old)
        bind = row.get("bind") or old.get("bind") or {}
        if bind:
            made["bind"] = {name: bound(value, snomed) for name, value in bind.items()}
    else:
        made["vt"] = row["vt"]
        relationship = (row.get("rel") or old.get("rel", "")).strip()
        concept, values = concept_of(row, old, snomed), value_set(row, old, snomed)
        if concept:
            made["concept"] = concept
        if values:
            made["values"] = values
    if relationship:
        made["rel"] = relationship
    if row.get("ref"):
        made["ref"] = 1
    made["vm"] = {"1-1-n": "1-n", "": "1-n"}.get(row["vm"], row["vm"])
    made["req"] = row["req"]
    made["ed"] = edition
    if row.get("condX"):
        try:
            made["if"] = condition(row["condX"], snomed)
            if not DOSE.fullmatch(tid):
                made["if"] = of_parent(made["if"])
        except UnparsedError as error:
            print(f"TID {tid} row {made['row']}: condition not translated ({error})", file=sys.stderr)
    sentence = str((row.get("cond") if edition == 2026 else "") or old.get("cond") or "").strip()
    if re.match(r"IFF|XOR", sentence, re.IGNORECASE) and not row.get("mbpo") and "if" in made:
        made["only"] = 1
    same = old.get("req") == row["req"]
    if edition == 2026 or (edition == 2022 and (same or DOSE.fullmatch(tid))):
        made["firm"] = 1
    return made


def bound(value: dict[str, Any], snomed: dict[str, str]) -> dict[str, Any]:
    """Return what an INCLUDE binds to a parameter."""
    if not value:
        return {}
    if "code" in value:
        return {"code": current_code(value["code"], snomed)}
    if "cid" in value:
        return {"cid": str(value["cid"])}
    return {"param": value["param"]} if "param" in value else {}


def template(tid: str, facts: dict[str, Any], snomed: dict[str, str]) -> dict[str, Any]:
    """Return a template with the rows of the newest edition that is known."""
    rows = facts.get("rows") or []
    newest, edition, several = rows, 2016, False
    variants = {name: each for name, each in (facts.get("pm") or {}).items() if each}
    if variants:
        name = "" if "" in variants else next(iter(variants))
        newest, edition, several = variants[name], 2022, name != ""
    if facts.get("r2026"):
        newest, edition = facts["r2026"], 2026
    made = [converted(row, tid, edition, rows, snomed) for row in newest]
    if edition == 2026:
        adopt_kinds(made, variants.get("", []))
    if several:
        # The variants differ in the relationship of the first level, which the INCLUDE gives.
        for row in made:
            if row["n"] == 0:
                row.pop("rel", None)
    kept = {"name": facts.get("name") or "", "ed": edition}
    for key, name in (("root", "root"), ("ext", "extensible")):
        if facts.get(key) is not None:
            kept[name] = facts[key]
    return {**kept, "rows": made}


def adopt_kinds(rows: list[Row], later: list[Row]) -> None:
    """Say of the context groups of 2026 rows whether they are Baseline or Defined, as 2022 has it."""
    kinds = {(row.get("row"), str(row.get("vsCID"))): row.get("vsBDE", "") for row in later}
    for row in rows:
        values = row.get("values") or {}
        if "cids" in values and not values["k"]:
            values["k"] = kinds.get((row["row"], values["cids"][0]), "")


def references(templates: dict[str, Any], overrides: list[Row]) -> set[str]:
    """Return the CIDs that some row or override names."""
    text = json.dumps([templates, overrides])
    found = set(re.findall(r'"cid": "(\d+)"', text))
    for listed in re.findall(r'"(?:unit_)?cids": \[([^\]]*)\]', text):
        found.update(re.findall(r"\d+", listed))
    return found


def context_groups(cids: set[str], facts: Path, snomed: dict[str, str]) -> dict[str, Any]:
    """Return the members of each context group: codes by scheme, and whether it is extensible."""
    from pydicom.sr._cid_dict import cid_concepts
    from pydicom.sr._concepts_dict import concepts

    extensible = {
        str(each["cid"]): each for each in json.loads((facts / "context_groups_ext.json").read_text())
    }
    groups = {}
    for cid in sorted(cids, key=int):
        members: dict[str, set[str]] = {}
        for scheme, keywords in cid_concepts.get(int(cid), {}).items():
            for keyword in keywords:
                for value, (_, used_in) in concepts[scheme].get(keyword, {}).items():
                    if int(cid) in used_in:
                        code, current, *_ = current_code([value, scheme], snomed)
                        members.setdefault(current, set()).add(code)
        known = extensible.get(cid, {})
        if members:
            groups[cid] = {
                "name": re.sub(r"(?<=[a-z])(?=[A-Z])", " ", known.get("name") or ""),
                **({"extensible": known["extensible"]} if "extensible" in known else {}),
                "codes": {scheme: sorted(values) for scheme, values in sorted(members.items())},
            }
    return groups


def dump(path: Path, records: dict[str, Any]) -> None:
    """Write one record a line; of a template, one row a line."""
    lines = []
    for key, record in records.items():
        if "rows" in record:
            head = json.dumps(
                {name: value for name, value in record.items() if name != "rows"}, ensure_ascii=False
            )
            rows = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in record["rows"])
            lines.append(f'{json.dumps(key)}: {head[:-1]}, "rows": [\n  {rows}]}}')
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(record, ensure_ascii=False)}")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def pairs(loaded: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the SRT codes that the facts give beside the SNOMED CT one."""
    for facts in loaded.values():
        for rows in (facts.get("pm") or {}).values():
            for row in rows:
                if row.get("cnAlt", ["", ""])[1] == "SRT" and row["cn"][1] == "SCT":
                    yield row["cnAlt"][0], row["cn"][0]
        for row in facts.get("rows") or []:
            concept = row.get("cn") or {}
            if concept.get("code2") and concept["code"][1] == "SRT":
                yield concept["code"][0], concept["code2"][0]


def main() -> None:
    """Write templates.json and context_groups.json."""
    from pydicom.sr._snomed_dict import mapping

    facts = Path(sys.argv[1])
    snomed = dict(mapping["SRT"])
    loaded = json.loads((facts / "templates.json").read_text())["templates"]
    snomed |= {old: new for old, new in pairs(loaded) if old not in snomed}
    templates = {tid: template(tid, each, snomed) for tid, each in loaded.items()}
    templates = {tid: each for tid, each in templates.items() if each["rows"]}
    overrides = HERE / "template_overrides.json"
    cids = references(templates, json.loads(overrides.read_text()) if overrides.exists() else [])
    dump(HERE / "templates.json", templates)
    dump(HERE / "context_groups.json", context_groups(cids, facts, snomed))


if __name__ == "__main__":
    main()
