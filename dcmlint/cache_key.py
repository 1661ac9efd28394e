"""What a cached result depends on besides the content of its file."""

from __future__ import annotations

import os
from collections.abc import Iterator

import dcmlint
from dcmlint.cache import CacheSettings, code_stamp, digest
from dcmlint.scan import Session
from dcmlint.standard.location import edition_directory
from dcmlint.standard.shards import edition_label

__all__ = ["cache_settings"]


def cache_settings(session: Session, folder: str, megabytes: int) -> CacheSettings:
    """Return the settings of the cache for a run."""
    site, conditions = session.site, session.conditions
    by_place = (site is not None and site.uses_file) or (conditions is not None and conditions.uses_file)
    return CacheSettings(folder, digest(_parts(session)), bool(by_place), megabytes)


def _parts(session: Session) -> Iterator[str]:
    """Yield all that findings depend on: the tool, the tables, the rules and what is set of them."""
    from dcmlint.plugins import plugin_folders

    policy = session.settings.policy
    yield dcmlint.__version__
    yield edition_label()
    rules = __import__("dcmlint.rules", fromlist=["_"])
    folders = [*dcmlint.__path__, *rules.__path__, str(edition_directory()), *plugin_folders()]
    yield code_stamp(list(dict.fromkeys(map(os.path.abspath, folders))))
    yield from sorted(session.rules)
    yield repr(sorted((rule, sorted(values.items())) for rule, values in policy.parameters.items()))
    for rule in policy.rules:
        if rule.id in session.rules:
            yield repr(rule._replace(policy="", source="", line=0, passing=(), failing=()))
    yield repr(policy.conditions)
    yield f"facts {session.collects_facts}"
    if session.decoder is not None:
        from dcmlint.deep import decoder_versions

        yield decoder_versions()
    if session.site is not None and session.site.uses_today:
        from datetime import date

        yield date.today().isoformat()
