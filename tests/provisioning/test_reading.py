"""What is read out of logs and answers, and what is kept out of them."""

import base64
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import SecretBytes
from world import participant, run_step, spec

from provisioning.cost import estimate
from provisioning.events import OperationChanged, OperationEnded
from provisioning.github import RunView
from provisioning.models import REGIONS, AwsStorage
from provisioning.operations.joblog import read_failure
from provisioning.operations.workflow import merge_steps
from provisioning.records import Operation, OperationKind, StepState, StepStatus, first_steps
from provisioning.redaction import redact
from provisioning.storage import SecretCache
from provisioning.verification import Verification, VerificationError, composite_sha256

T = "2026-11-23T12:00:00.1234567Z "


class TestJobLog:
    def test_the_last_reason_counts_with_the_steps_own_lines(self) -> None:
        log = "\n".join(
            [
                f"{T}##[group]Run python -m provisioning.stages validate",
                f"{T}env:",
                f"{T}##[endgroup]",
                f"{T}valid",
                f"{T}##[group]Run python -m provisioning.stages infrastructure",
                f"{T}env:",
                f"{T}  STUF_SLUG: acme-audit",
                f"{T}##[endgroup]",
                *(f"{T}line {number}" for number in range(30)),
                f"{T}##[error][first-reason] Not this one.",
                f"{T}\x1b[31mfatal\x1b[0m: refused",
                f"{T}##[error][stack-failed] The stack failed: see the lines above.",
                f"{T}##[error]Process completed with exit code 1.",
                f"{T}##[group]Run python -m provisioning.stages record",
                f"{T}##[endgroup]",
                f"{T}recorded",
            ]
        )
        failure = read_failure(log, "infrastructure")
        assert failure.code == "stack-failed"
        assert failure.sentence == "The stack failed: see the lines above."
        assert failure.log_tail == (*(f"line {number}" for number in range(16, 30)), "fatal: refused")

    def test_without_a_reason_it_says_so(self) -> None:
        failure = read_failure(
            f"{T}boom\n{T}##[error]Process completed with exit code 1.\n{T}later", "record"
        )
        assert failure.code == "workflow-failed"
        assert "record" in failure.sentence
        assert failure.log_tail == ("boom",)

    def test_an_empty_log_is_no_trouble(self) -> None:
        assert read_failure("", None).log_tail == ()

    def test_lines_are_cut_and_clean(self) -> None:
        failure = read_failure(f"{T}{'x' * 5000}\n{T}a\x00\x07\u202eb\n{T}##[error][a-b] c", None)
        assert [len(line) for line in failure.log_tail] == [300, 2]

    @given(some.text(), some.none() | some.text(max_size=20))
    def test_any_text_can_be_read(self, text: str, step: str | None) -> None:
        failure = read_failure(text, step)
        assert len(failure.log_tail) <= 15
        assert all(len(line) <= 300 for line in failure.log_tail)


class TestRedaction:
    @pytest.mark.parametrize(
        "secret",
        [
            "ghp_abcDEF123456",
            "ghs_shortone",
            "github_pat_11ABC_def",
            "AKIAABCDEFGHIJKLMNOP",
            "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl",
            "ana@example.org",
            "ana.smith+stuf@mail.example.co.uk",
            "+447700900123",
            "+44 7700 900123",
            "+1 (202) 555-0123",
        ],
    )
    @pytest.mark.parametrize("frame", ["{}", "for {} now", "'{}'", "<{}>", "x={},", '"{}":'])
    def test_it_is_hidden_wherever_it_stands(self, secret: str, frame: str) -> None:
        assert secret not in redact(frame.format(secret))

    @pytest.mark.parametrize(
        ("line", "secret"),
        [
            ("password: hunter2", "hunter2"),
            ('"client_secret": "abc def"', "abc"),
            ("Authorization: Bearer abc.def", "abc.def"),
            ("Authorization: token abcdef", "abcdef"),
            ("api_key=abcdef&x=1", "abcdef"),
            ("AWS_SECRET_ACCESS_KEY=abc/def+x", "abc/def+x"),
            ("https://s3/?X-Amz-Signature=0123abcd&X-Amz-Date=1", "0123abcd"),
            ("https://user:pass@host/path", "pass"),
            ("https://x-access-token:ghs_abc@github.com/a/b", "ghs_abc"),
        ],
    )
    def test_what_is_named_a_secret_is_hidden(self, line: str, secret: str) -> None:
        assert secret not in redact(line)

    @pytest.mark.parametrize(
        "line",
        [
            "TASK [stack : create the stack stuf-acme-audit] ***",
            "changed=0 unreachable=0 failed=1",
            "arn:aws:kms:eu-west-1:000000000000:key/1234",
            "An error occurred (AccessDenied) when calling the CreateStack operation",
            "2026-11-23 12:00:00 took 12.5 s",
        ],
    )
    def test_ordinary_lines_stay_whole(self, line: str) -> None:
        assert redact(line) == line


class TestMergingSteps:
    def operation(self, **changes: Any) -> Operation:
        given: dict[str, Any] = {
            "id": "op-abc234",
            "kind": OperationKind.PROVISION,
            "slug": "acme-audit",
            "steps": first_steps(OperationKind.PROVISION),
            "person_id": 1,
            "person_name": "Tess",
            "started_at": participant(1).created_at,
        }
        return Operation(**(given | changes))

    def merged(self, operation: Operation, *steps: Any, ended: bool = False) -> list[str]:
        view = RunView("completed" if ended else "in_progress", None, 1, steps)
        return [step.status.value for step in merge_steps(operation, view)]

    def test_the_runs_own_steps_are_left_out(self) -> None:
        assert self.merged(self.operation(), run_step("set up", "success")) == ["waiting"] * 6

    def test_running_and_done_are_told_apart(self) -> None:
        found = self.merged(self.operation(), run_step("validate", "success"), run_step("repository", None))
        assert found[:3] == ["done", "running", "waiting"]

    def test_what_an_earlier_attempt_did_stays_done(self) -> None:
        done = StepState(name="validate", status=StepStatus.DONE, seconds=3)
        operation = self.operation(steps=(done, *first_steps(OperationKind.PROVISION)[1:]))
        view = RunView(
            "in_progress", None, 1, (run_step("validate", "skipped"), run_step("repository", "skipped"))
        )
        first, second, *_ = merge_steps(operation, view)
        assert first == done
        assert second.status is StepStatus.SKIPPED

    def test_a_step_that_runs_when_the_run_has_ended_has_failed(self) -> None:
        assert self.merged(self.operation(), run_step("validate", None), ended=True)[0] == "failed"
        assert self.merged(self.operation(), run_step("validate", "cancelled"), ended=True)[0] == "failed"


class TestEvents:
    def test_keys_tell_changes_and_attempts_apart(self) -> None:
        changed = OperationChanged(operation_id="op-a", slug="s", sequence=3)
        ended = OperationEnded(operation_id="op-a", slug="s", attempt=2, succeeded=True)
        assert (changed.key, changed.order) == ("operation:op-a:3", "stuf:s")
        assert (ended.key, ended.order) == ("operation:op-a:ended:2", "stuf:s")


class TestCost:
    @pytest.mark.parametrize("region", REGIONS)
    def test_a_range_that_grows_with_people(self, region: str) -> None:
        one = estimate(spec().model_copy(update={"storage": AwsStorage(region=region)}), 1)
        many = estimate(spec().model_copy(update={"storage": AwsStorage(region=region)}), 100)
        assert 0 < one.low < one.high < many.high
        assert one.low < many.low

    def test_the_sentence_names_money_assumptions_and_date(self) -> None:
        sentence = estimate(spec(), 2).sentence
        assert sentence.startswith("about 1.")
        assert "USD a month" in sentence
        assert "eu-west-1" in sentence
        assert "2025-12" in sentence

    def test_nobody_counts_as_one(self) -> None:
        assert estimate(spec(), 0) == estimate(spec(), 1)


ONE, TWO, THREE, FOUR = (SecretBytes(name) for name in (b"one", b"two", b"three", b"four"))


class TestSecretCache:
    def test_reads_once_in_a_while_and_never_remembers_nothing(self) -> None:
        answers: list[SecretBytes | None] = [None, ONE, TWO]
        now = [0.0]
        cache = SecretCache(lambda _: answers.pop(0), seconds=10, clock=lambda: now[0])
        assert cache("a") is None
        assert cache("a") == cache("a") == ONE
        now[0] = 11
        assert cache("a") == TWO

    def test_the_key_of_one_that_is_gone_is_not_the_key_of_the_next(self) -> None:
        answers = [ONE, TWO]
        lives: list[str | None] = ["first", "first", None, "second"]
        cache = SecretCache(lambda _: answers.pop(0), identity=lambda _: lives.pop(0), clock=lambda: 0.0)
        assert cache("a") == cache("a") == ONE
        assert cache("a") is None
        assert cache("a") == TWO

    def test_afresh_reads_at_once_but_not_again_and_again(self) -> None:
        answers = [ONE, TWO, THREE, FOUR]
        now = [0.0]
        cache = SecretCache(lambda _: answers.pop(0), again_seconds=10, clock=lambda: now[0])
        assert cache("a") == ONE
        assert cache.afresh("a") == cache("a") == TWO
        assert cache.afresh("a") is None
        assert cache.afresh("b") == THREE
        now[0] = 10
        assert cache.afresh("a") == FOUR


class TestComposite:
    @given(some.lists(some.binary(max_size=50), min_size=1, max_size=5))
    def test_is_the_digest_of_digests(self, parts: list[bytes]) -> None:
        digests = b"".join(hashlib.sha256(part).digest() for part in parts)
        value, _, count = composite_sha256(parts).rpartition("-")
        assert base64.b64decode(value) == hashlib.sha256(digests).digest()
        assert int(count) == len(parts)


class TestMisbehavingStuf:
    @pytest.fixture
    def answers(self) -> Any:
        """An HTTP server that answers each request with the next of a list: (status, body)."""
        given: list[tuple[int, bytes]] = []

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = given.pop(0)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Answer)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield given, Verification(f"http://127.0.0.1:{server.server_port}", "a", lambda: SecretBytes(b"s"))
        server.shutdown()
        thread.join()
        server.server_close()

    @pytest.mark.parametrize(
        ("status", "body", "text", "passing"),
        [
            (200, b"<html>", "something else than JSON", False),
            (200, b"[1]", "unexpected shape", False),
            (200, b"{}", "lacks version", False),
            (404, b'{"error": {"code": "not-found", "message": "x"}}', "404 (not-found)", False),
            (500, b'{"error": {"code": "<b>@**all**", "message": "x"}}', "with 500", True),
            (302, b"", "302", False),
            (429, b"", "429", True),
        ],
    )
    def test_is_told_in_words(
        self, answers: Any, status: int, body: bytes, text: str, *, passing: bool
    ) -> None:
        given, visitor = answers
        given.append((status, body))
        with pytest.raises(VerificationError) as told:
            visitor.version()
        assert text in str(told.value)
        assert "@" not in str(told.value)
        assert told.value.passing is passing


def test_a_step_that_says_only_its_reason_has_that_as_its_log() -> None:
    log = (
        "2026-11-23T22:55:49.9Z ##[group]Run python -m provisioning.stages repository\n"
        "2026-11-23T22:55:49.9Z shell: /usr/bin/bash -e {0}\n"
        "2026-11-23T22:55:49.9Z ##[endgroup]\n"
        "2026-11-23T22:55:50.4Z ##[error][github-access-denied] GitHub did not allow it.\n"
        "2026-11-23T22:55:50.8Z ##[error]Process completed with exit code 1.\n"
    )
    assert read_failure(log, "repository").log_tail == ("[github-access-denied] GitHub did not allow it.",)
