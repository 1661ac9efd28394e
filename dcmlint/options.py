"""What the command line and the settings files say together: a Request.

What is given on the command line counts; then what the settings file says; then the default.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from dcmlint.cache import cache_folder
from dcmlint.errors import UsageError
from dcmlint.execute import jobs_of
from dcmlint.policy.find import find_settings
from dcmlint.policy.model import NO_POLICY, Policy
from dcmlint.report.protocol import STATISTICS
from dcmlint.run import Output, Request
from dcmlint.scan import Settings
from dcmlint.source import NOTHING_ASKED, Asked
from dcmlint.source.paths import ARCHIVES

__all__ = ["Given", "request_of", "settings_text"]


class Given(NamedTuple):
    """The options of `dcmlint check` as they were typed; "", () and False where they were not."""

    paths: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    output: str = ""
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend_ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fail_on: str = ""
    jobs: str = ""
    config: str = ""
    isolated: bool = False
    policies: tuple[str, ...] = ()
    inline: tuple[str, ...] = ()
    baseline: str = ""
    ratchet: bool = False
    no_cache: bool = False
    cache_dir: str = ""
    skip_non_dicom: bool = False
    null: bool = False
    show_files: bool = False
    statistics: bool = False
    statistics_by: tuple[str, ...] = ()
    quiet: bool = False
    stdin_filename: str | None = None
    respect_gitignore: bool = False
    deep: bool = False
    archives: str = ""
    executor: str = ""
    scheduler: str = ""
    where: tuple[str, ...] = ()
    per_series: str = ""
    instances: bool = False
    keep: str = ""


def policy_of(given: Given) -> Policy:
    """Return the policy in force; raises UsageError for what is wrong with its files."""
    if given.config and given.isolated:
        raise UsageError("--config names a settings file and --isolated says to read none.")
    file = given.config or ("" if given.isolated else find_settings(given.paths))
    policy = NO_POLICY
    if file or given.inline or given.policies:
        from dcmlint.policy.load import load_policy

        policy = load_policy(file, given.inline, given.policies)
    here = str(Path.cwd())
    return replace(
        policy,
        extend_select=(*policy.extend_select, *given.extend_select),
        ignore=(*(given.ignore or policy.ignore), *given.extend_ignore),
        exclude=(*policy.exclude, *((here, glob) for glob in given.exclude)),
    )


def request_of(given: Given) -> Request:
    """Return what is to be done."""
    policy = policy_of(given)
    run = policy.run
    if given.scheduler and not given.executor:
        raise UsageError("--scheduler needs an executor that has one.", "Name it: --executor dask")
    cache: Mapping[str, Any] = run.get("cache", {})
    folder = given.cache_dir or cache.get("folder", "") or cache_folder()
    has_cache = cache.get("enabled", True) and not given.no_cache
    statistics = _statistics(given, run)
    settings = Settings(
        select=given.select,
        skip_non_dicom=given.skip_non_dicom or bool(run.get("skip-non-dicom", False)),
        policy=policy,
        deep=given.deep,
        asked=_asked(given),
    )
    return Request(
        given.paths,
        settings,
        _outputs(given.formats or run.get("format", ()), given.output),
        fail_on=given.fail_on or run.get("fail-on", "error"),
        jobs=jobs_of(given.jobs, run.get("jobs")),
        separator=b"\0" if given.null else b"",
        show_files=given.show_files,
        statistics=statistics,
        quiet=given.quiet,
        cache=folder if has_cache else "",
        cache_megabytes=cache.get("megabytes", 512),
        baseline=given.baseline or policy.baseline,
        ratchet=given.ratchet or policy.ratchet,
        stdin_filename=given.stdin_filename,
        respect_gitignore=given.respect_gitignore or bool(run.get("respect-gitignore", False)),
        archives=_archives(given.archives or run.get("archives", "all")),
        executor=given.executor,
        scheduler=given.scheduler,
    )


def _asked(given: Given) -> Asked:
    """Return what is asked of places that are queried; raises UsageError where no location is one."""
    if not (given.where or given.per_series or given.instances or given.keep):
        return NOTHING_ASKED
    if not any("://" in location for location in given.paths):
        raise UsageError(
            "--where, --per-series, --instances and --keep are for a PACS, and no location is one.",
            "Such as dicomweb+https://host/dicom-web or dimse://AET@host:104",
        )
    keep = given.keep and str(Path(given.keep).absolute())
    return Asked.parsed(given.where, given.per_series)._replace(instances=given.instances, keep=keep)


def _archives(name: str) -> str:
    if name not in ARCHIVES:
        raise UsageError(f"--archives: there is no {name}", f"Known: {', '.join(ARCHIVES)}")
    return name


def _statistics(given: Given, run: Mapping[str, Any]) -> tuple[str, ...]:
    named = given.statistics_by or (("rule",) if given.statistics else run.get("statistics-by", ()))
    for name in named:
        if name not in STATISTICS:
            raise UsageError(f"--statistics-by: there is no {name}", f"Known: {', '.join(STATISTICS)}")
    return tuple(dict.fromkeys(named))


def _outputs(formats: Sequence[str], output: str) -> tuple[Output, ...]:
    """Return the reports to write: `format` or `format:file` each; --output is the file of the only one."""
    found = [Output(*text.split(":", 1)) if ":" in text else Output(text) for text in formats or ("text",)]
    if not output:
        return tuple(found)
    bare = [number for number, each in enumerate(found) if not each.file]
    if len(bare) != 1:
        raise UsageError(
            "--output names one file, and there is not one report without a file.",
            "Name the file with the format: --format sarif:dcmlint.sarif --format text",
        )
    found[bare[0]] = found[bare[0]]._replace(file=output)
    return tuple(found)


def settings_text(given: Given) -> str:
    """Return the settings in force as YAML, with the files that they are from."""
    import yaml

    policy = policy_of(given)
    request = request_of(given)
    shown: dict[str, Any] = {
        "extends": list(policy.names) or None,
        "select": list(given.select or policy.select or ()) or None,
        "extend-select": list(policy.extend_select),
        "ignore": list(policy.ignore),
        "severity": dict(policy.severity),
        "parameters": {rule: dict(values) for rule, values in policy.parameters.items()},
        "per-file-ignores": {glob: list(rules) for _, glob, rules in policy.per_file_ignores},
        "scopes": [_shown_scope(scope) for scope in policy.scopes],
        "rules": [rule.id for rule in policy.rules],
        "waivers": [f"{waiver.source}, line {waiver.line}" for waiver in policy.waivers],
        "baseline": request.baseline,
        "ratchet": request.ratchet,
        "include": [glob for _, glob in policy.include],
        "exclude": [glob for _, glob in policy.exclude],
        "skip-non-dicom": request.settings.skip_non_dicom,
        "fail-on": request.fail_on,
        "jobs": request.jobs,
        "format": [f"{each.format}:{each.file}" if each.file else each.format for each in request.outputs],
        "statistics-by": list(request.statistics),
        "cache": {
            "enabled": bool(request.cache),
            "folder": request.cache,
            "megabytes": request.cache_megabytes,
        },
    }
    files = "".join(f"# from {file}\n" for file in policy.files) or "# no settings file\n"
    kept = {key: value for key, value in shown.items() if value not in (None, [], {}, "")}
    return files + str(yaml.safe_dump(kept, sort_keys=False, allow_unicode=True)).rstrip()


def _shown_scope(scope: Any) -> dict[str, Any]:
    said = {"when": scope.when, "select": list(scope.select), "ignore": list(scope.ignore)}
    said["severity"] = dict(scope.severity)
    return {key: value for key, value in said.items() if value}
