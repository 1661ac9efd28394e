"""gate.yaml and the options of `dcmlint gate`: what they say, and what is wrong with them, by line."""

from __future__ import annotations

from pathlib import Path

import pytest
from dcmlint_pacs.gate.config import Allow, Choice, Config, Forward, Http, Limits, Tls
from dcmlint_pacs.gate.decide import check_rules, comment_of, decided, status_of
from dcmlint_pacs.gate.model import Arrival, Decision, RuleCount
from dcmlint_pacs.gate.options import Given, configured
from dcmlint_pacs.gate.settings import read_config
from dcmlint_pacs.peer import DimsePeer, WebPeer

from dcmlint.errors import UsageError

ALL = """
spool: /var/spool/dcmlint
aet: GATE
port: 11113
bind: 0.0.0.0
tls: {certificate: cert.pem, key: key.pem, client_ca: ca.pem}
allow:
  calling: [CT1, MR1]
  called: OLDGATE
  addresses: [10.1.0.0/16, 192.168.1.7]
limits:
  associations: 10
  per_address: 4
  pdu: 128 KiB
  object: 2 GiB
  idle_s: 30
  total_s: 3600
  reserve: 1 GB
  waiting: 500
policy: [strict]
settings: dcmlint.yaml
decide:
  - {rule: "file/*", action: refuse}
  - {severity: error, calling: "CT*", action: quarantine}
  - {severity: error, sop_class: 1.2.840.10008.5.1.4.1.1.2, action: accept}
otherwise: forward
quarantined: success
forward:
  targets: [dimse://PACS@pacs:104, dicomweb+https://pacs/dicom-web]
  acknowledge: forwarded
  keep: true
  connections: 3
  within_s: 20
http: {port: 8042, bind: 127.0.0.1, user_env: GATE_USER, password_env: GATE_PASSWORD, stow: false}
unrestricted: true
show_station: true
log: json
"""

PEERS = (DimsePeer("PACS", "pacs", 104), WebPeer("https://pacs/dicom-web"))


def written(folder: Path, text: str) -> str:
    file = folder / "gate.yaml"
    file.write_text(text)
    return str(file)


def test_all_keys(tmp_path: Path) -> None:
    assert read_config(written(tmp_path, ALL)) == Config(
        spool="/var/spool/dcmlint",
        aet="GATE",
        port=11113,
        bind="0.0.0.0",
        tls=Tls("cert.pem", "key.pem", "ca.pem"),
        allow=Allow(("CT1", "MR1"), ("OLDGATE",), ("10.1.0.0/16", "192.168.1.7/32")),
        limits=Limits(10, 4, 128 << 10, 2 << 30, 30.0, 3600.0, 10**9, 500),
        policies=("strict",),
        settings="dcmlint.yaml",
        decide=(
            Choice("refuse", rule=("file/*",)),
            Choice("quarantine", severity="error", calling=("CT*",)),
            Choice("accept", severity="error", sop_class=("1.2.840.10008.5.1.4.1.1.2",)),
        ),
        otherwise="forward",
        quarantined="success",
        forward=Forward(PEERS, "forwarded", True, 3, 20.0),
        http=Http(8042, "127.0.0.1", None, "GATE_USER", "GATE_PASSWORD", "", False),
        unrestricted=True,
        show_station=True,
        log="json",
    )


def test_a_gate_listens_on_loopback_and_quarantines_errors_unless_told_otherwise(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, "spool: here"))
    assert (config.bind, config.port, config.otherwise) == ("127.0.0.1", 11112, "accept")
    assert config.decide == (Choice("quarantine", severity="error"),)
    assert config.http.port is None


def test_with_a_target_objects_are_forwarded(tmp_path: Path) -> None:
    text = "spool: here\nforward: {targets: dimse://PACS@pacs:104}"
    assert read_config(written(tmp_path, text)).otherwise == "forward"
    assert read_config(written(tmp_path, text + "\notherwise: accept")).otherwise == "accept"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("port: 1", "gate.yaml, line 1: has no key spool"),
        ("spool: x\nprot: 1", "line 2: prot is no key here: port\\?"),
        ("spool: x\nlimits:\n  pdu: 3 apples", "line 3: limits.pdu has to be a number of bytes"),
        ("spool: x\nlimits: {pdu: 1}", "limits.pdu is 4096 to"),
        ("spool: x\nlimits: {associations: 0}", "limits.associations has to be a whole number of at least 1"),
        ("spool: x\nlimits: {idle_s: soon}", "has to be a number of seconds"),
        ("spool: x\nport: 70000", "port has to be a port"),
        ("spool: x\nport: true", "port has to be a port"),
        ("spool: x\naet: MUCH_TOO_LONG_A_TITLE", "aet has to be an AE title"),
        ("spool: x\nallow:\n  addresses:\n  - 10.0.0.0/99", "line 4: allow.addresses has to be an address"),
        ("spool: x\ndecide:\n- severity: error", "line 3: decide needs action"),
        ("spool: x\ndecide:\n- {action: eat}", "decide.action has to be one of accept, forward"),
        ("spool: x\ndecide:\n- {action: forward}", "There is no target to forward to"),
        ("spool: x\notherwise: forward", "There is no target to forward to"),
        ("spool: x\nforward: {targets: http://pacs}", "is no target: http:// is no peer"),
        ("spool: x\nforward: {keep: true}", "forward needs targets"),
        ("spool: x\ntls: {certificate: a}", "tls needs key"),
        ("spool: x\nhttp: {port: 1, user_env: A}", "user_env and password_env go together"),
        ("spool: x\nhttp: {port: 1, token_env: not a name}", "not a secret"),
        ("spool: x\nport: null", "would listen nowhere"),
        ("spool: [x]", "spool has to be text"),
        ("- spool", "has to be keys with values"),
        ("spool: x\nspool: y", "there twice"),
        ("spool: !!python/object:os.system x", "aliases and tags are not allowed"),
        ("spool: x\nunrestricted: maybe", "has to be true or false"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_config(written(tmp_path, text))


def test_options_alone() -> None:
    given = Given("there", 4242, 8042, "0.0.0.0", "GATE", ("strict",), ("dimse://PACS@pacs:104",), "json")
    config = configured("", given)
    assert (config.spool, config.port, config.aet, config.bind) == ("there", 4242, "GATE", "0.0.0.0")
    assert (config.http.port, config.http.bind) == (8042, "0.0.0.0")
    assert config.policies == ("strict",)
    assert (config.forward.targets, config.otherwise, config.log) == (PEERS[:1], "forward", "json")


def test_options_go_over_a_file(tmp_path: Path) -> None:
    config = configured(written(tmp_path, ALL), Given(port=1, aet="OTHER"))
    assert (config.port, config.aet) == (1, "OTHER")
    assert config.forward.targets == PEERS


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (Given(), "needs a folder"),
        (Given("x", aet="a\\b"), "--aet is no AE title"),
        (Given("x", log="xml"), "--log is text or json"),
        (Given("x", forward=("pacs",)), "is no peer"),
    ],
)
def test_options_that_are_wrong(given: Given, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        configured("", given)


CT = Arrival("1.2.840.10008.5.1.4.1.1.2", "1.2", "1.2.840.10008.1.2", "CT1", "127.0.0.1", "C-STORE", "", 0)
FOUND = (RuleCount("value/truncated", "note", 3), RuleCount("module/missing-type-1", "error", 1))


@pytest.mark.parametrize(
    ("choices", "action", "rule"),
    [
        ((), "accept", ""),
        ((Choice("refuse", severity="error"),), "refuse", "module/missing-type-1"),
        ((Choice("refuse", severity="note"),), "refuse", "value/truncated"),
        ((Choice("refuse", rule=("value/*",)),), "refuse", "value/truncated"),
        ((Choice("refuse", rule=("value/*",), severity="error"),), "accept", ""),
        ((Choice("refuse", severity="error", calling=("MR*",)),), "accept", ""),
        ((Choice("refuse", severity="error", calling=("CT*",)),), "refuse", "module/missing-type-1"),
        ((Choice("refuse", sop_class=("1.2",)),), "accept", ""),
        ((Choice("refuse", sop_class=(CT.sop_class_uid,)),), "refuse", ""),
        (
            (Choice("forward", rule=("uid/*",)), Choice("quarantine", severity="error")),
            "quarantine",
            FOUND[1].rule,
        ),
    ],
)
def test_the_first_entry_that_is_met_decides(choices: tuple[Choice, ...], action: str, rule: str) -> None:
    decision = decided(CT, FOUND, choices, "accept")
    assert (decision.action, decision.rule) == (action, rule)
    assert decision.counts() == {"error": 1, "warning": 0, "note": 3}


@pytest.mark.parametrize(
    ("action", "rule", "status", "comment"),
    [
        ("accept", "", 0x0000, ""),
        ("forward", "", 0x0000, ""),
        ("quarantine", "module/missing-type-1", 0xB007, "quarantined: module/missing-type-1"),
        ("refuse", "module/missing-type-1", 0xA900, "refused: module/missing-type-1"),
        ("refuse", "file/sop-class-mismatch", 0xA900, "refused: file/sop-class-mismatch"),
        ("refuse", "file/not-dicom", 0xC000, "refused: file/not-dicom"),
        ("refuse", "encoding/odd-length", 0xC000, "refused: encoding/odd-length"),
        ("refuse", "", 0xA900, "refused: by the policy of the gate"),
        ("refuse", "x/" + "y" * 80, 0xA900, "refused: x/" + "y" * 53),
    ],
)
def test_status_and_comment(action: str, rule: str, status: int, comment: str) -> None:
    decision = Decision(action, rule, ())  # type: ignore[arg-type]
    assert (status_of(decision), comment_of(decision)) == (status, comment)
    assert len(comment_of(decision)) <= 64


def test_rules_that_do_not_exist_are_told() -> None:
    known = ["module/missing-type-1", "file/not-dicom"]
    check_rules((Choice("refuse", rule=("file/*", "module/missing-type-1")),), known)
    with pytest.raises(UsageError, match="no rule module/mising-type-1") as raised:
        check_rules((Choice("refuse", rule=("module/mising-type-1",)),), known)
    assert raised.value.hint == "module/missing-type-1?"


def test_the_environment_has_our_ae_title(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCMLINT_AET", "OURS")
    assert configured("", Given("there")).aet == "OURS"
    assert configured("", Given("there", aet="GATE")).aet == "GATE"
    assert read_config(written(tmp_path, "spool: here")).aet == "OURS"
    assert read_config(written(tmp_path, "spool: here\naet: GATE")).aet == "GATE"


def test_the_example_in_the_documentation_can_be_used(tmp_path: Path) -> None:
    docs = Path(__file__).parents[3] / "docs"
    text = (docs / "gate.md").read_text()
    example = text.partition("## gate.yaml")[2].partition("```yaml\n")[2].partition("```")[0]
    config = read_config(written(tmp_path, example))
    assert (config.aet, len(config.decide), len(config.forward.targets)) == ("GATE", 4, 2)
    assert config.limits == Limits()
