"""The pipeline: one input to one report of what is wrong with it.

entry -> bytes -> is it DICOM? -> Instance -> checks -> InstanceReport

Nothing that an input holds, and nothing a check does, raises out of here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from dcmlint.check import check_instance
from dcmlint.errors import UnreadableError, UsageError
from dcmlint.model import Finding, InstanceReport, Severity
from dcmlint.plan import Plans
from dcmlint.plugins import named
from dcmlint.policy.choice import Choice
from dcmlint.policy.model import NO_POLICY, Policy
from dcmlint.read.item import Instance
from dcmlint.read.opener import looks_like_dicom, read_instance
from dcmlint.rule import Rule
from dcmlint.source import NOTHING_ASKED, REMARKS, Asked, Asks, Blob, Entry, Remark, Source
from dcmlint.source.kind import GIT_LFS_POINTER, content_kind

if TYPE_CHECKING:
    from dcmlint.deep import Decoder
    from dcmlint.policy.site import Conditions, SiteChecks
    from dcmlint.policy.unique import Demands

__all__ = [
    "Session",
    "Settings",
    "entries",
    "lint_blob",
    "lint_entry",
    "lint_file",
    "lint_instance",
    "unreadable",
]

_HEAD = 1024
"""Bytes that tell whether an input is DICOM, and if not, what it is."""

_STUDY_INSTANCE_UID = 0x0020000D
_SERIES_INSTANCE_UID = 0x0020000E
_MANUFACTURER = 0x00080070

_HASHED = 1 << 20
"""Bytes of a header that go into an identity at most."""


class Settings(NamedTuple):
    """What the user asked for, as far as it bears on checking. Small and picklable.

    `select` and `ignore` take the place of those of the policy if they are not empty. `deep` is whether
    pixels are decoded, `facts` whether Facts are read for checks over several instances, `asked` what is
    asked of places that are queried.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    skip_non_dicom: bool = False
    policy: Policy = NO_POLICY
    deep: bool = False
    facts: bool = False
    asked: Asked = NOTHING_ASKED


class Session:
    """What all inputs of one run share: the rules that are on, their plans, and the sources.

    `rules` has every rule that runs, `on` those that are on where no scope of the policy says otherwise.
    `sources` are those that are not of a plugin, by URI scheme. Raises UsageError if the settings name a
    rule that is not there.
    """

    def __init__(
        self,
        settings: Settings = Settings(),  # noqa: B008 - immutable
        sources: Mapping[str, Source] = MappingProxyType({}),
    ) -> None:
        self.settings = settings
        policy = settings.policy
        choice = Choice.of(policy, settings.select, settings.ignore)
        self.on = frozenset(choice.on)
        self.rules: Mapping[str, Rule] = choice.running
        self.plans = Plans(self.rules)
        self.conditions: Conditions | None = None
        self.demands: Demands | None = None
        self.site: SiteChecks | None = None
        if policy.rules or policy.conditions:
            self._compile(policy)
        self.collects_facts = settings.facts
        """Whether Facts are read of each Instance."""
        self._sources: dict[str, Source] = dict(sources)
        self.observe: Callable[[Instance, Any], None] | None = None
        """Called with each Instance that was checked, and its bytes, before it is closed."""
        self.decoder: Decoder | None = None
        if settings.deep:
            from dcmlint.deep import RULE_ID, Decoder

            self.decoder = Decoder() if RULE_ID in self.rules else None

    def collect_facts(self) -> None:
        """Read Facts of each Instance from now on, in worker processes too."""
        self.settings = self.settings._replace(facts=True)
        self.collects_facts = True

    def _compile(self, policy: Policy) -> None:
        from dcmlint.policy.site import Conditions, SiteChecks
        from dcmlint.policy.unique import Demands

        running = [rule for rule in policy.rules if rule.id in self.rules]
        if any(rule.form != "unique" for rule in running):
            self.site = SiteChecks(running)
            self.plans.site = self.site.run
        if any(rule.form == "unique" for rule in running):
            self.demands = Demands(running)
        if policy.conditions:
            self.conditions = Conditions(policy.conditions)

    def source(self, scheme: str) -> Source:
        """Return the source for a URI scheme; raises UsageError if no plugin brings it."""
        source = self._sources.get(scheme)
        if source is None:
            factories = named("dcmlint_sources")
            if scheme not in factories:
                known = f"Known: {', '.join(sorted(factories))}"
                is_pacs = scheme.partition("+")[0] in ("dicomweb", "dimse")
                hint = "python -m pip install 'dcmlint[pacs]'" if is_pacs else known
                raise UsageError(f"Nothing is installed that reads {scheme}://", hint)
            source = factories[scheme]()
            if isinstance(source, Asks):
                source.ask(self.settings.asked)
            self._sources[scheme] = source
        return source


def entries(session: Session, locations: Iterable[str]) -> Iterator[Entry]:
    """Yield what there is to visit at each location, a path or a URI, as a stream."""
    for location in locations:
        scheme, colon, _ = location.partition("://")
        yield from session.source(scheme.lower() if colon else "file").entries(location)


def lint_file(path: str, session: Session) -> InstanceReport:
    """Return what is wrong with the file at `path`, taken as named by the user."""
    return lint_entry(Entry(path, named=True), session)


def lint_entry(entry: Entry, session: Session) -> InstanceReport:
    """Return what is wrong with one input; never raises."""
    if entry.is_place:
        findings = _finding(entry.rule, session.rules, {"reason": entry.problem})
        return InstanceReport(entry.path, "place", "", "", entry.path, findings)
    if entry.problem and entry.rule not in REMARKS:
        return unreadable(entry, entry.problem, session, entry.rule)
    try:
        blob = session.source(entry.scheme).open(entry)
    except UnreadableError as error:
        return unreadable(entry, error.reason, session, error.rule)
    except Exception as error:  # a source of a plugin that does not keep to what Source says
        return unreadable(entry, f"what reads {entry.scheme}:// failed ({type(error).__name__})", session)
    try:
        report = lint_blob(entry, blob, session)
        if blob.failure:
            return unreadable(entry, blob.failure, session)
    finally:
        blob.close()
    if blob.remarks or entry.problem:
        remarks = [*blob.remarks, *([Remark(entry.rule, entry.problem)] if entry.problem else ())]
        told = [each for rule, why in remarks for each in _finding(rule, session.rules, {"reason": why})]
        return report._replace(findings=(*told, *report.findings))
    return report


def lint_blob(entry: Entry, blob: Blob, session: Session) -> InstanceReport:
    """Return what is wrong with the bytes of one input; never raises."""
    try:
        if blob.content is not None:
            return _metadata(entry, blob.content, session)
        head = bytes(blob.buf[:_HEAD])
        if not looks_like_dicom(head):
            return _not_dicom(entry, head, session)
        return _checked(entry, blob.buf, session)
    except UnreadableError as error:
        return unreadable(entry, error.reason, session, error.rule)
    except Exception as error:
        if blob.failure:
            return unreadable(entry, blob.failure, session)
        return _failed(entry, error, _hash(bytes(blob.buf[:_HASHED])))


def _metadata(entry: Entry, content: Mapping[str, Any], session: Session) -> InstanceReport:
    """Return what is wrong with a Data Set in the DICOM JSON Model."""
    import json

    from dcmlint.read.bridge import from_json

    try:
        instance = from_json(content, is_metadata=True)
    except ValueError:
        raise UnreadableError("it is no Data Set in the DICOM JSON Model") from None
    instance.file = entry.path
    report = lint_instance(instance, session, entry)
    if session.observe is not None or not report.identity:
        text = json.dumps(content, sort_keys=True, separators=(",", ":")).encode("utf-8", "surrogatepass")
        report = report._replace(identity=report.identity or _hash(text))
        if session.observe is not None:
            session.observe(instance, text)
    instance.close()
    return report._replace(file=entry.path)


def _checked(entry: Entry, buf: Any, session: Session) -> InstanceReport:
    instance = read_instance(buf)
    instance.file = entry.path
    report = lint_instance(instance, session, entry)
    if session.decoder is not None:
        report = report._replace(findings=(*report.findings, *session.decoder.findings(instance, buf)))
    identity = report.identity or _hash(bytes(buf[: min(instance.header_end, _HASHED)]))
    if session.observe is not None:
        session.observe(instance, buf)
    instance.close()
    return report._replace(file=entry.path, identity=identity)


def lint_instance(instance: Instance, session: Session, entry: Entry | None = None) -> InstanceReport:
    """Return what is wrong with an Instance, wherever it was made from; `entry` is the input that it is in.

    Its identity is the SOP Instance UID, "" if there is none.
    """
    uid = instance.sop_instance_uid
    findings = tuple(check_instance(instance, session.plans))
    root = instance.root
    return InstanceReport(
        "",
        "instance",
        instance.sop_class_uid,
        uid,
        uid,
        findings,
        _short_text(root.raw(_STUDY_INSTANCE_UID)),
        _short_text(root.raw(_SERIES_INSTANCE_UID)),
        _short_text(root.raw(_MANUFACTURER)),
        session.conditions.bits(instance) if session.conditions is not None else 0,
        session.demands.keys(instance) if session.demands is not None else (),
        _facts(instance, entry) if session.collects_facts else b"",
    )


def _facts(instance: Instance, entry: Entry | None) -> bytes:
    from dcmlint.excerpt import packed_facts

    return packed_facts(instance, can_read_again=entry is not None and entry.scheme == "file")


def _short_text(raw: bytes | None) -> str:
    return "" if raw is None else raw[:64].decode("latin-1").strip(" \0")


def _hash(content: bytes) -> str:
    from xxhash import xxh3_128_hexdigest

    return xxh3_128_hexdigest(content)


def unreadable(entry: Entry, reason: str, session: Session, rule: str = "") -> InstanceReport:
    """Return the report of an input that could not be read, as `rule` has it ("" = file/unreadable)."""
    findings = _finding(rule or "file/unreadable", session.rules, {"reason": reason})
    return InstanceReport(entry.path, "unreadable", "", "", "", findings)


def _not_dicom(entry: Entry, head: bytes, session: Session) -> InstanceReport:
    findings: tuple[Finding, ...] = ()
    skip, what = session.settings.skip_non_dicom, content_kind(head)
    if what == GIT_LFS_POINTER:
        # Told even then: a checkout without its LFS files would look clean.
        severity: Severity = "error" if entry.named and not skip else "warning"
        findings = _finding("file/git-lfs-pointer", session.rules, {}, severity)
    elif not skip:
        severity = "error" if entry.named else "note"
        findings = _finding("file/not-dicom", session.rules, {"what": what}, severity)
    return InstanceReport(entry.path, "not-dicom", "", "", _hash(head), findings)


def _failed(entry: Entry, error: Exception, content: str) -> InstanceReport:
    """Return the report of an input on which dcmlint itself failed; only the kind of error is told,
    since its text may hold values."""
    args = {"rule": "internal/pipeline", "error": type(error).__name__}
    finding = Finding("internal/check-failed", "error", (), None, None, None, args)
    return InstanceReport(entry.path, "instance", "", "", content, (finding,))


def _finding(
    rule: str, rules: Mapping[str, Rule], args: Mapping[str, Any], severity: Severity | None = None
) -> tuple[Finding, ...]:
    """Return the finding of a rule that is on, of the rule's own severity if none is given."""
    if rule not in rules:
        return ()
    return (Finding(rule, severity or rules[rule].severity, (), None, None, None, args),)
