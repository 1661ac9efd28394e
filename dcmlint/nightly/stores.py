"""What `dcmlint store` does and says."""

from __future__ import annotations

import json

from dcmlint.errors import UsageError
from dcmlint.extra import import_extra

__all__ = ["export_lines", "info_text", "retention_text", "vacuum_text"]


def export_lines(url: str, output: str, *, canonical: bool) -> None:
    """Write the open findings as JSON, one a line, to a file or standard output."""
    _need()
    from dcmlint.store.export import export

    export(url, output, canonical=canonical)


def info_text(url: str, form: str = "text") -> str:
    """Return what is in a store, as text or JSON."""
    if form not in ("text", "json"):
        raise UsageError(f"Unknown format: {form}", "Known: text, json")
    _need()
    from dcmlint.store.open import open_store
    from dcmlint.store.upkeep import info

    store = open_store(url, read_only=True)
    try:
        found = info(store)
    finally:
        store.close()
    if form == "json":
        return json.dumps(found._asdict(), indent=1)
    return "\n".join(f"{name.replace('_', ' '):18} {value}" for name, value in found._asdict().items())


def retention_text(url: str, days: int) -> str:
    """Forget what is old, and return what was forgotten."""
    _need()
    from dcmlint.store.open import open_store
    from dcmlint.store.upkeep import forget

    store = open_store(url)
    try:
        gone = forget(store, days)
    finally:
        store.close()
    return f"forgotten: {gone.findings:,} findings, {gone.instances:,} objects, {gone.runs:,} runs"


def vacuum_text(url: str) -> str:
    """Give space back, and return how much."""
    _need()
    from dcmlint.store.open import open_store
    from dcmlint.store.upkeep import vacuum

    store = open_store(url)
    try:
        before, after = vacuum(store)
    finally:
        store.close()
    return f"{before:,.1f} MB before, {after:,.1f} MB after"


def _need() -> None:
    import_extra("sqlalchemy", extra="archive", wanted_by="dcmlint store")
