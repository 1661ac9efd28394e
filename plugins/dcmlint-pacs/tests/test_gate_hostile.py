"""The gate among hostile peers: it refuses, says so, goes on; more of them: benchmarks/pacs_hostile.py."""

from __future__ import annotations

import random
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import hostile_web
import psutil
import pytest
from counterparts import certified, free_port
from dcmlint_pacs.gate.guard import Ended, logged
from dcmlint_pacs.gate.messages import Bounds, Messages, RefusedError, command_set
from gate_process import GateProcess
from hostile import SCENARIOS, mutated
from wire import (
    CT,
    Peer,
    associate,
    command,
    data_set,
    echo_is_answered,
    element,
    p_data,
    recorded,
    store,
    store_status,
)

_SLOW = ("nothing at all", "P-DATA byte by byte")
_WEB = (
    "request shorter than its length",
    "request that stops",
    "no final boundary",
    "part shorter than its length",
)


class Running(GateProcess):
    """A gate with a settings file, and the port of its HTTP server."""

    def __init__(self, folder: Path, settings: str = "", limits: str = "idle_s: 1, object: 4MB") -> None:
        self.web = free_port()
        file = folder / "gate.yaml"
        spool = folder / "spool"
        more = f"{limits}, reserve: 1MB, associations: 40"
        file.write_text(f"spool: {spool}\nlimits: {{{more}}}\nhttp: {{port: {self.web}}}\n{settings}")
        super().__init__(spool, free_port(), "--config", str(file))

    def start(self) -> None:
        """Start the gate; return when both of its ports are listened on."""
        super().start()
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.web), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)

    def lines(self, kind: str = "association") -> list[str]:
        """The lines of the log of one kind."""
        return [line for line in self.log.read_text().splitlines() if f"Z {kind}: " in line]

    def settled(self) -> int:
        """How many connections have a line, once no more of them comes."""
        count = -1
        while count != (count := len(self.lines())):
            time.sleep(0.5)
        return count

    def awaited(self, count: int, within_s: float = 15) -> list[str]:
        """The lines about connections, once there are as many."""
        end = time.monotonic() + within_s
        while len(self.lines()) < count and time.monotonic() < end:
            time.sleep(0.02)
        return self.lines()


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("gate")) as made:
        yield made


@contextmanager
def state_is_kept(gate: Running) -> Iterator[None]:
    """After the block there are as many threads and files as before it, and nothing in incoming/."""
    assert gate.process is not None
    process = psutil.Process(gate.process.pid)
    before = (process.num_threads(), process.num_fds())
    yield
    end = time.monotonic() + 15
    while time.monotonic() < end:
        incoming = list((gate.spool / "incoming").iterdir())
        if process.num_threads() <= before[0] and process.num_fds() <= before[1] and not incoming:
            break
        time.sleep(0.1)
    assert gate.process.poll() is None
    assert not incoming
    assert process.num_threads() <= before[0]
    assert process.num_fds() <= before[1]


def last_line(gate: Running, port: int, before: int) -> str:
    """The line about the connection from a port, among those after `before` others."""
    end = time.monotonic() + 15
    while time.monotonic() < end:
        for line in gate.lines()[before:]:
            if f" port {port}" in line:
                return line
        time.sleep(0.02)
    raise AssertionError(f"no line about port {port}")


def test_whatever_peers_do_the_gate_goes_on_and_says_what_happened(gate: Running) -> None:
    rng = random.Random(7)
    for number in range(4):  # warm-up: threads of the pool, modules
        assert store_status(gate.port, f"1.2.3.{number}") == 0xB007
        hostile_web.post(
            gate.web, hostile_web.multipart(hostile_web.part(hostile_web.part10(f"1.2.4.{number}")))
        )

    def fuzz(seed: int) -> int:
        with Peer(gate.port, 0.2) as peer:
            for each in mutated(recorded(f"1.2.5.{seed}"), random.Random(seed)):
                peer.send(each)
                peer.receive()
        return 1

    acts: list[Any] = [lambda act=act: act(gate.port) for name, act in SCENARIOS.items() if name not in _SLOW]
    acts += [lambda seed=seed: fuzz(seed) for seed in range(60)]
    web: list[Any] = [lambda name=name: hostile_web.SCENARIOS[name](gate.web) for name in _WEB]
    rng.shuffle(acts)
    before = gate.settled()
    with state_is_kept(gate), ThreadPoolExecutor(8) as peers:
        made = sum(peers.map(lambda act: act(), acts))
        sum(peers.map(lambda act: act(), web))
        lines = gate.awaited(before + made)
        assert len(lines) == before + made
    assert "Traceback" not in gate.log.read_text()
    assert echo_is_answered(gate.port)
    assert store_status(gate.port, "1.2.3.99") == 0xB007


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("A-ASSOCIATE-RQ of 4 GB", "aborted: a PDU of type 01 with 4294967295 bytes"),
        ("P-DATA of 4 GB", "aborted: a PDU of type 04 with 4294967295 bytes"),
        ("half a PDU", "aborted: a PDU took more than 1 s"),
        ("wrong called AE title", "rejected: called AE title"),
        ("400 contexts", "aborted: an A-ASSOCIATE-RQ with 400 Presentation Contexts"),
        ("P-DATA before association", "aborted: a PDU of type 04 where none can be"),
        (
            "command: Data Set on another context",
            "aborted: fragments of one message in two Presentation Contexts",
        ),
        ("command: N-EVENT-REPORT", "aborted: a message with Command Field 0100"),
        ("two messages in one P-DATA", "aborted: two messages in one P-DATA-TF"),
        ("connects and closes", "closed by the peer"),
        ("user identity", "aborted: nothing came for 1 s"),
    ],
)
def test_a_line_says_how_a_connection_ended(gate: Running, name: str, said: str) -> None:
    before = len(gate.lines())
    SCENARIOS[name](gate.port)
    end = time.monotonic() + 15
    while not any(f": {said}" in line for line in gate.lines()[before:]):
        assert time.monotonic() < end, gate.lines()[before:]
        time.sleep(0.02)


def test_a_command_that_names_another_object_than_comes_is_answered_with_a900(gate: Running) -> None:
    assert store_status(gate.port, "1.2.3.4.5.6", data_set("1.2.3.60")) == 0xA900
    mr = "1.2.840.10008.5.1.4.1.1.4"
    assert store_status(gate.port, "1.2.3.60", data_set("1.2.3.60", sop_class=mr)) == 0xA900


def test_a_uid_that_is_a_path_leads_nowhere(gate: Running) -> None:
    for uid in ("../../../../tmp/gate-x", "..", "a/b", "1.2.3\0.4"):
        store_status(gate.port, uid)
    kept = {path.relative_to(gate.spool).parts[0] for path in gate.spool.rglob("*.dcm")}
    assert kept <= {"accepted", "quarantine"}
    assert not Path("/tmp/gate-x.dcm").exists()
    assert all(
        re.fullmatch(r"[0-9.]+\.dcm|x[0-9a-f]{64}\.dcm|.*\.[0-9a-f]{32}\.dcm", path.name)
        for path in gate.spool.rglob("*.dcm")
    )


def test_data_sets_that_cannot_be_read_go_to_quarantine(gate: Running) -> None:
    whole = data_set("1.2.3.61", extra=element(0x7FE00010, b"OW", b"x" * 100))
    assert store_status(gate.port, "1.2.3.61", whole[:-30]) == 0xB007
    assert (
        store_status(
            gate.port, "1.2.3.62", data_set("1.2.3.62", extra=element(0x7FE00010, b"OW", b"", 0xFFFFFFF0))
        )
        == 0xB007
    )


def test_an_object_of_more_than_the_limit_is_refused(gate: Running) -> None:
    large = data_set("1.2.3.63", extra=element(0x7FE00010, b"OW", bytes(5 << 20)))
    with state_is_kept(gate):
        assert store_status(gate.port, "1.2.3.63", large) == 0xA700
    endless = data_set("1.2.3.64", extra=element(0x7FE00010, b"OW", bytes(20 << 20)))
    with state_is_kept(gate):
        assert store_status(gate.port, "1.2.3.64", endless) == -1
    assert "aborted: a Data Set of more than" in gate.lines()[-1]


def test_a_peer_that_names_itself_deceptively_does_no_harm_to_the_log(gate: Running) -> None:
    before = len(gate.lines())
    with Peer(gate.port) as peer:
        port = peer.socket.getsockname()[1]
        peer.asks(associate(calling=b"a\x1b[2J\nb' from x"))
    line = last_line(gate, port, before)
    assert "\x1b" not in line
    ended = Ended("10.0.0.1", 4, "a\n\x1b\u202e", "b", "released", 1.0)
    assert logged(ended).isascii()
    assert logged(ended).isprintable()


def test_messages_wait_while_one_is_served(gate: Running) -> None:
    """A peer that does not wait for answers gets all of them, and is not read ahead of."""
    assert gate.process is not None
    process = psutil.Process(gate.process.pid)
    content = data_set("1.2.3.65", extra=element(0x7FE00010, b"OW", bytes(2 << 20)))
    request = store("1.2.3.65", content)
    before = process.memory_info().rss
    with Peer(gate.port) as peer:
        peer.asks(associate())
        sender = threading.Thread(target=peer.send, args=(request * 20,), daemon=True)
        sender.start()
        answers = [peer.receive()[:1] for _ in range(20)]
        sender.join(5)
    assert answers == [b"\x04"] * 20
    assert process.memory_info().rss - before < 30 << 20


def test_there_are_not_more_connections_than_allowed(tmp_path: Path) -> None:
    with Running(tmp_path, limits="idle_s: 5, per_address: 2") as gate, ExitStack() as stack:
        peers = [stack.enter_context(Peer(gate.port)) for _ in range(12)]
        answers = [peer.asks(associate())[:1] for peer in peers]
        assert answers.count(b"\x02") == 2, "as many associations as one address may have"
        assert answers.count(b"\x03") + answers.count(b"") == 10, "rejected, or closed at once"
        for peer in peers:
            peer.socket.close()
        lines = gate.awaited(13)
        assert any("refused: too many connections" in line for line in lines)
        assert any("rejected: too many associations" in line for line in lines)
        assert echo_is_answered(gate.port)


def test_addresses_and_titles_that_are_not_allowed_stay_out(tmp_path: Path) -> None:
    with Running(tmp_path, "allow: {calling: [FRIEND]}\n") as gate:
        with Peer(gate.port) as peer:
            assert peer.asks(associate(calling=b"STRANGER"))[6:] == bytes((0, 1, 1, 3)), "PS3.8 9.3.4"
        with Peer(gate.port) as peer:
            assert peer.asks(associate(calling=b"FRIEND"))[:1] == b"\x02"
    other = tmp_path / "other"
    other.mkdir()
    with Running(other, "allow: {addresses: [192.0.2.0/24]}\n") as gate:
        with Peer(gate.port) as peer:
            assert peer.asks(associate()) == b""
        assert "refused: address not allowed" in gate.awaited(2)[-1]


def test_a_handshake_that_never_comes_holds_up_nobody(tmp_path: Path) -> None:
    certificate, key = certified(tmp_path)
    tls = f"tls: {{certificate: {certificate}, key: {key}}}\n"
    with Running(tmp_path, tls) as gate, ExitStack() as stack:
        silent = [stack.enter_context(Peer(gate.port)) for _ in range(4)]
        silent[0].send(b"\x16\x03\x01\x02\x00")
        context = ssl.create_default_context(cafile=certificate)
        context.check_hostname = False
        with Peer(gate.port) as peer:
            peer.socket = context.wrap_socket(peer.socket)
            assert peer.asks(associate())[:1] == b"\x02"
        with Peer(gate.port) as peer:
            peer.send(associate())
            assert peer.receive()[:1] != b"\x02", "no association without TLS"
        for peer in silent:
            peer.socket.close()


FIELDS: dict[int, int | str] = {0x0002: CT, 0x0100: 1, 0x0110: 7, 0x0700: 0, 0x0800: 0, 0x1000: "1.2.3"}


def told(*pdus: tuple[int, bytes], bounds: Bounds | None = None) -> str:
    """What is said of P-DATA-TFs with one PDV each, "" if nothing is."""
    messages = Messages(bounds or Bounds())
    try:
        for each in pdus:
            messages.pdu([each], {1: None, 3: None})
    except RefusedError as refused:
        return str(refused)
    return ""


def test_messages_are_followed_fragment_by_fragment() -> None:
    encoded = command(FIELDS)
    whole = [(1, b"\x01" + encoded[:9]), (1, b"\x03" + encoded[9:]), (1, b"\x00ab"), (1, b"\x02")]
    assert told(*whole, *whole) == ""
    assert "Data Set without command" in told((1, b"\x02ab"))
    assert "Command Set where a Data Set was due" in told((1, b"\x03" + encoded), (1, b"\x03" + encoded))
    assert "two Presentation Contexts" in told(*whole[:2], (3, b"\x02"))
    assert "not accepted" in told((5, b"\x03" + encoded))
    assert "more than 10 bytes" in told(*whole[:2], (1, b"\x00" + b"x" * 11), bounds=Bounds(data_set=10))
    assert "more than 20 bytes" in told(
        (1, b"\x01" + b"x" * 15), (1, b"\x01" + b"x" * 15), bounds=Bounds(command=20)
    )
    assert "took more than 0 s" in told(*whole, bounds=Bounds(message_s=0.0))


@pytest.mark.parametrize(
    ("encoded", "said"),
    [
        (command({**FIELDS, 0x0110: "abcd"}), "Message ID of 4 bytes"),
        (command(FIELDS)[:-1], "ends inside of an element"),
        (command(FIELDS) + b"\0\0\0", "ends inside of an element"),
        (command(FIELDS) + struct.pack("<HHL", 8, 0x18, 0), "other groups"),
        (command({0x0110: 7}) + command({0x0100: 1})[12:], "out of order"),
    ],
)
def test_a_command_set_is_read_strictly(encoded: bytes, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        command_set(encoded)


def test_a_wrong_group_length_and_a_missing_priority_do_no_harm(gate: Running) -> None:
    content = data_set("1.2.3.66")
    fields = {**FIELDS, 0x1000: "1.2.3.66"}
    del fields[0x0700]
    with Peer(gate.port) as peer:
        peer.asks(associate())
        answer = peer.asks(p_data(1, 3, command(fields, length=3)), p_data(1, 2, content))
    assert answer[:1] == b"\x04"
