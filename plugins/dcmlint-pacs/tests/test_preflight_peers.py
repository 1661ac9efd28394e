"""Preflight of peers that reject, abort, break the protocol, or negotiate more than is usual."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from dcmlint_pacs.own import Own
from dcmlint_pacs.peer import dimse_peer
from dcmlint_pacs.preflight import live
from dcmlint_pacs.preflight.acceptance import MalformedError, read_acceptance
from dcmlint_pacs.preflight.live import negotiate
from dcmlint_pacs.preflight.model import Proposal
from dcmlint_pacs.preflight.run import preflight
from pynetdicom import AE, evt
from samples import CT, EXPLICIT, IMPLICIT, SR, written
from scripted import ABORT, acceptance, rejection, scripted

from dcmlint.errors import UsageError

OURS = Own("TESTER")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_PAUSES_S", (0.01, 0.02))


def _proposals(count: int) -> list[Proposal]:
    return [Proposal(f"1.2.3.{number}", (EXPLICIT,)) for number in range(count)]


@contextmanager
def _scp(contexts: dict[str, Any], **options: Any) -> Iterator[str]:
    """A peer of pynetdicom: roles (SCU, SCP) by SOP Class, None for the usual ones."""
    entity = AE("ROLES")
    for sop_class, roles in contexts.items():
        scu, scp = roles or (None, None)
        entity.add_supported_context(sop_class, [EXPLICIT, IMPLICIT], scu_role=scu, scp_role=scp)
    server = entity.start_server(("127.0.0.1", 0), block=False, **options)
    try:
        yield f"dimse://ROLES@127.0.0.1:{server.socket.getsockname()[1]}"
    finally:
        server.shutdown()


class TestRejected:
    @pytest.mark.parametrize(
        ("said", "told", "attempts"),
        [
            (rejection(1, 1, 7), "it does not know the AE title that we called it by", 1),
            (rejection(1, 1, 3), "it does not know our AE title as calling", 1),
            (rejection(2, 3, 2), "its limit of associations is reached", 3),
            (rejection(2, 3, 1), "it is congested", 3),
            (rejection(9, 9, 9), "source 9, reason 9", 1),
        ],
    )
    def test_a_rejected_association_is_a_result(
        self, tmp_path: Path, said: bytes, told: str, attempts: int
    ) -> None:
        written(tmp_path / "a.dcm")
        with scripted(lambda contexts: said) as (location, asked):
            found = preflight([str(tmp_path)], location, OURS)
        assert told in found.offer.rejection and len(asked) == attempts
        (verdict,) = found.verdicts
        assert (verdict.status, verdict.answer.result) == ("rejected", "association")
        assert found.exit_status(strict=False) == 1

    def test_it_is_a_finding_of_the_peer(self, tmp_path: Path) -> None:
        written(tmp_path / "a.dcm")
        with scripted(lambda contexts: rejection(1, 1, 7)) as (location, _):
            command = [
                sys.executable,
                "-m",
                "dcmlint",
                "preflight",
                "a.dcm",
                "--peer",
                location,
                "-f",
                "jsonl",
            ]
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 1 and '"rule":"interop/association-rejected"' in done.stdout
        assert f'"file":"{location}"' in done.stdout

    def test_our_title_and_theirs_are_what_was_asked(self, tmp_path: Path) -> None:
        entity = AE("RIGHT")
        entity.require_called_aet = True
        entity.require_calling_aet = ["TESTER"]
        entity.add_supported_context(CT)
        server = entity.start_server(("127.0.0.1", 0), block=False)
        at = f"127.0.0.1:{server.socket.getsockname()[1]}"
        proposals = [Proposal(CT, (IMPLICIT,))]
        try:
            right = negotiate(dimse_peer(f"dimse://RIGHT@{at}"), OURS, proposals)
            wrong = negotiate(dimse_peer(f"dimse://WRONG@{at}"), OURS, proposals)
            other = negotiate(dimse_peer(f"dimse://RIGHT@{at}"), Own("OTHER"), proposals)
        finally:
            server.shutdown()
        assert not right.rejection and right.answers[proposals[0]].accepted
        assert "called" in wrong.rejection and "calling" in other.rejection


class TestBroken:
    @pytest.mark.parametrize(
        ("said", "told"),
        [
            (ABORT, "aborts instead of negotiating"),
            (bytes((5, 0, 0, 0, 0, 4, 0, 0, 0, 0)), "a PDU of type 05H"),
            (b"\x02\x00\xff\xff\xff\xff" + bytes(100), "the limit is"),
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", "the limit is"),
            (
                acceptance([(1, 0, [EXPLICIT])]).replace(b"\x40\0\0\x13", b"\x40\0\xff\xff"),
                "longer than what",
            ),
        ],
    )
    def test_no_answer_that_can_be_read_is_told(self, said: bytes, told: str) -> None:
        proposals = [Proposal(CT, (EXPLICIT,))]
        with scripted(lambda contexts: said) as (location, _), pytest.raises(UsageError, match=told):
            negotiate(dimse_peer(location), OURS, proposals)

    def test_a_peer_that_closes_the_connection(self) -> None:
        def answer(contexts: Any) -> bytes:
            raise ConnectionResetError

        with scripted(answer) as (location, _), pytest.raises(UsageError, match="closed the connection"):
            negotiate(dimse_peer(location), OURS, [Proposal(CT, (EXPLICIT,))])

    def test_an_acceptance_without_anything_in_it(self) -> None:
        said = bytes((2, 0, 0, 0, 0, 4, 1, 2, 3, 4))
        with scripted(lambda contexts: said) as (location, _):
            found = negotiate(dimse_peer(location), OURS, [Proposal(CT, (EXPLICIT,))])
        assert found.answers[Proposal(CT, (EXPLICIT,))].result == "no-answer"

    def test_a_peer_that_says_nothing_takes_a_bounded_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from dcmlint_pacs.preflight import associate

        monkeypatch.setattr(associate, "_ANSWER_S", 0.5)
        start = time.monotonic()
        with (
            scripted(lambda contexts: None) as (location, _),
            pytest.raises(UsageError, match=r"in time|too long"),
        ):
            negotiate(dimse_peer(location), OURS, [Proposal(CT, (EXPLICIT,))])
        assert time.monotonic() - start < 8

    def test_answers_that_break_the_standard_are_not_taken_for_acceptance(self) -> None:
        proposals = [Proposal(f"1.2.{number}", (EXPLICIT,)) for number in range(6)]
        said = acceptance(
            [
                (1, 0, ["1.2.840.10008.1.2.4.50"]),
                (3, 9, [EXPLICIT]),
                (5, 0, []),
                (7, 0, [EXPLICIT]),
                (7, 0, [EXPLICIT]),
                (11, 0, [EXPLICIT]),
            ]
        )
        with scripted(lambda contexts: said) as (location, _):
            found = negotiate(dimse_peer(location), OURS, proposals)
        answers = [found.answers[each] for each in proposals]
        assert [each.result for each in answers] == [
            *("broken", "broken", "broken", "broken", "no-answer", "accepted")
        ]
        assert "was not proposed" in answers[0].why and "result 9" in answers[1].why

    def test_any_bytes_are_read_or_refused(self) -> None:
        chance = random.Random(6)
        whole = acceptance([(number, 0, [EXPLICIT]) for number in range(1, 99, 2)])[6:]
        for _ in range(3000):
            content = bytearray(whole[: chance.randrange(len(whole))])
            for _ in range(chance.randrange(6)):
                if content:
                    content[chance.randrange(len(content))] = chance.randrange(256)
            with suppress(MalformedError):
                read_acceptance(bytes(content))


class TestNegotiated:
    def test_more_than_128_contexts_go_into_several_associations(self) -> None:
        proposals = _proposals(300)

        def answer(contexts: Any) -> bytes:
            odd = {each.id: int(each.sop_class.rpartition(".")[2]) % 5 for each in contexts}
            return acceptance([(number, result, [EXPLICIT]) for number, result in odd.items()])

        with scripted(answer) as (location, asked):
            found = negotiate(dimse_peer(location), OURS, proposals)
        # Those that were accepted are asked about roles afterwards.
        assert [len(each) for each in asked] == [128, 128, 44, 60] and found.associations == 4
        results = ("accepted", "user-rejection", "no-reason", "abstract-syntax", "transfer-syntaxes")
        for number, proposal in enumerate(proposals):
            assert found.answers[proposal].result == results[number % 5]
            assert asked[number // 128][number % 128][1:] == (proposal.sop_class, proposal.syntaxes)

    def test_there_is_a_bound(self) -> None:
        with pytest.raises(UsageError, match="need more than 200 associations"):
            negotiate(dimse_peer("dimse://A@127.0.0.1:1"), OURS, _proposals(200 * 128 + 1))

    def test_what_is_no_uid_is_not_proposed(self) -> None:
        proposals = [Proposal("1.2.x", (EXPLICIT,)), Proposal(CT, ("",)), Proposal("1" * 65, (EXPLICIT,))]
        found = negotiate(dimse_peer("dimse://A@127.0.0.1:1"), OURS, proposals)
        assert not found.answers and not found.associations

    def test_roles_that_the_peer_takes(self) -> None:
        classes = {CT: (True, True), SR: (True, False), "1.2.840.10008.5.1.4.1.1.4": None}
        with _scp(classes) as location:
            found = negotiate(dimse_peer(location), OURS, [Proposal(uid, (EXPLICIT,)) for uid in classes])
        assert all(answer.accepted for answer in found.answers.values())
        # We propose to be both; a peer that lets us be SCP would be SCU itself (PS3.7 D.3.3.4).
        assert found.facts.roles[CT] == ("SCU", "SCP")
        assert found.facts.roles[SR] == ("SCP",)
        assert found.facts.roles["1.2.840.10008.5.1.4.1.1.4"] == ("SCP",)

    def test_a_peer_that_rejects_roles_is_still_asked_without(self) -> None:
        def answer(contexts: Any) -> bytes:
            answer.count += 1  # type: ignore[attr-defined]
            ids = [(each.id, 0, [EXPLICIT]) for each in contexts]
            return acceptance(ids) if answer.count == 1 else ABORT  # type: ignore[attr-defined]

        answer.count = 0  # type: ignore[attr-defined]
        with scripted(answer) as (location, _):
            found = negotiate(dimse_peer(location), OURS, [Proposal(CT, (EXPLICIT,))])
        assert found.answers[Proposal(CT, (EXPLICIT,))].accepted
        assert not found.facts.roles and "unknown" in found.notes[0]

    def test_what_else_the_peer_answers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DCMLINT_DIMSE_USER", "someone")
        monkeypatch.setenv("DCMLINT_DIMSE_PASSWORD", "secret")
        seen: list[tuple[Any, ...]] = []

        def identity(event: evt.Event) -> tuple[bool, bytes | None]:
            seen.append((event.user_id_type, event.primary_field, event.secondary_field))
            return True, None

        def extended(event: evt.Event) -> dict[Any, bytes]:
            return dict.fromkeys(event.app_info, b"\x02\x00\x01\x00\x00\x00")

        handlers = [
            (evt.EVT_USER_ID, identity),
            (evt.EVT_SOP_EXTENDED, extended),
            (evt.EVT_ASYNC_OPS, lambda event: (4, 4)),
        ]
        with _scp({CT: None}, evt_handlers=handlers) as location:
            found = negotiate(dimse_peer(location), OURS, [Proposal(CT, (EXPLICIT,))])
        assert seen[0] == (2, b"someone", b"secret")
        assert found.facts.identity == "no answer", "pynetdicom has none for a user and a password"
        assert found.facts.extended == {CT: b"\x02\x00\x01\x00\x00\x00"}
        assert found.facts.operations == (1, 1)
        assert found.facts.max_pdu == 16382 and found.facts.implementation_version.startswith("PYNETDICOM")

    def test_a_positive_response_to_a_user_identity(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DCMLINT_DIMSE_USER", "someone")
        said = acceptance([(1, 0, [EXPLICIT])], bytes((0x59, 0, 0, 2, 0, 0)))
        with scripted(lambda contexts: said) as (location, _):
            found = negotiate(dimse_peer(location), OURS, [Proposal(CT, (EXPLICIT,))])
        assert found.facts.identity == "accepted"

    def test_a_user_that_the_peer_does_not_know(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DCMLINT_DIMSE_USER", "someone")
        with _scp({CT: None}, evt_handlers=[(evt.EVT_USER_ID, lambda event: (False, None))]) as location:
            found = negotiate(dimse_peer(location), OURS, [Proposal(CT, (EXPLICIT,))])
        assert found.rejection

    def test_nothing_is_stored(self, tmp_path: Path) -> None:
        written(tmp_path / "a.dcm")
        stored: list[Any] = []

        def store(event: evt.Event) -> int:
            stored.append(event)
            return 0

        with _scp({CT: None}, evt_handlers=[(evt.EVT_C_STORE, store)]) as location:
            found = preflight([str(tmp_path)], location, OURS)
        assert found.exit_status(strict=True) == 0 and not stored

    def test_no_secret_is_told(self, tmp_path: Path) -> None:
        written(tmp_path / "a.dcm")
        environment = {**os.environ, "DCMLINT_DIMSE_USER": "someone", "DCMLINT_DIMSE_PASSWORD": "hush-hush"}
        command = [sys.executable, "-m", "dcmlint", "preflight", "a.dcm", "--peer", "dimse://A@127.0.0.1:1"]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 2 and "hush" not in done.stdout + done.stderr
