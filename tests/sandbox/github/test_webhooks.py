"""Webhooks: signed, delivered in order, recorded, and sent again on request."""

import hashlib
import hmac
import json
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import github
import pytest
import requests
from github.Repository import Repository
from github.WorkflowRun import WorkflowRun

SECRET = "a shared secret"
WORKFLOW = "on: workflow_dispatch\njobs: {one: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"


@dataclass
class Letter:
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> str:
        return self.headers["x-github-event"]

    @property
    def payload(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """Takes webhooks; answers with `status`."""

    def __init__(self) -> None:
        self.letters: queue.Queue[Letter] = queue.Queue()
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.letters.put(Letter(headers, body))
                self.send_response(receiver.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hooks/github"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self) -> Letter:
        return self.letters.get(timeout=30)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def hook_to(receiver: Receiver, repository: Repository, events: list[str], kind: str = "json") -> Any:
    config = {"url": receiver.url, "content_type": kind, "secret": SECRET}
    return repository.create_hook("web", config, events, active=True)


def test_a_ping_that_is_signed(receiver: Receiver, workflow: Callable[[str], Repository]) -> None:
    hook = hook_to(receiver, workflow(WORKFLOW), ["push"])
    letter = receiver.next()
    assert letter.event == "ping"
    assert letter.payload["hook_id"] == hook.id
    assert letter.payload["hook"]["config"]["secret"] == "********"
    expected = "sha256=" + hmac.new(SECRET.encode(), letter.body, hashlib.sha256).hexdigest()
    assert letter.headers["x-hub-signature-256"] == expected
    assert letter.headers["user-agent"].startswith("GitHub-Hookshot/")
    assert letter.headers["content-type"] == "application/json"
    assert len(letter.headers["x-github-delivery"]) == 36
    assert letter.headers["x-github-hook-id"] == str(hook.id)


def test_a_form_carries_the_payload(receiver: Receiver, workflow: Callable[[str], Repository]) -> None:
    hook_to(receiver, workflow(WORKFLOW), ["push"], kind="form")
    letter = receiver.next()
    assert letter.headers["content-type"] == "application/x-www-form-urlencoded"
    assert json.loads(parse_qs(letter.body.decode())["payload"][0])["zen"]


def test_a_push(receiver: Receiver, workflow: Callable[[str], Repository]) -> None:
    repository = workflow(WORKFLOW)
    hook_to(receiver, repository, ["push"])
    receiver.next()
    before = repository.get_branch("main").commit.sha
    made = repository.create_file("notes/a.txt", "Add a note", "hello\n", branch="main")
    push = receiver.next()
    assert push.event == "push"
    body = push.payload
    assert (body["ref"], body["before"], body["after"]) == ("refs/heads/main", before, made["commit"].sha)
    assert [commit["message"] for commit in body["commits"]] == ["Add a note"]
    assert body["commits"][0]["added"] == ["notes/a.txt"]
    assert body["repository"]["full_name"] == "acme/control"
    assert body["sender"]["login"] == "acme-admin"
    assert body["organization"]["login"] == "acme"


def test_a_run_from_beginning_to_end(
    receiver: Receiver, workflow: Callable[[str], Repository], start_run: Callable[..., WorkflowRun]
) -> None:
    repository = workflow(WORKFLOW)
    hook_to(receiver, repository, ["workflow_run", "workflow_job"])
    receiver.next()
    run = start_run(repository)
    seen = []
    while ("workflow_run", "completed") not in seen:
        letter = receiver.next()
        seen.append((letter.event, letter.payload["action"]))
    assert [action for event, action in seen if event == "workflow_run"] == [
        "requested",
        "in_progress",
        "completed",
    ]
    assert [action for event, action in seen if event == "workflow_job"] == [
        "queued",
        "in_progress",
        "completed",
    ]
    body = letter.payload
    assert body["workflow_run"]["id"] == run.id
    assert body["workflow_run"]["conclusion"] == "success"
    assert body["workflow"]["path"] == ".github/workflows/work.yml"


def test_deliveries_are_kept_and_sent_again(
    receiver: Receiver,
    workflow: Callable[[str], Repository],
    until: Callable[..., Any],
    ask: Callable[..., requests.Response],
) -> None:
    repository = workflow(WORKFLOW)
    receiver.status = 500
    hook = hook_to(receiver, repository, ["push"])
    first = receiver.next()
    item = until(lambda: list(repository.get_hook_deliveries(hook.id)))[0]
    assert (item.status_code, item.event, item.guid) == (500, "ping", first.headers["x-github-delivery"])
    assert len(ask("GET", f"{hook.url}/deliveries?status=failure").json()) == 1
    assert ask("GET", f"{hook.url}/deliveries?status=success&per_page=x").json() == []
    whole = repository.get_hook_delivery(hook.id, item.id)
    assert whole.request.headers["X-GitHub-Event"] == "ping"
    assert whole.response.payload == "ok"
    receiver.status = 200
    again = f"{hook.url}/deliveries/{item.id}/attempts"
    repository._requester.requestJsonAndCheck("POST", again)
    second = receiver.next()
    assert second.headers["x-github-delivery"] == first.headers["x-github-delivery"]
    assert second.payload == first.payload

    def kept() -> list[Any] | None:
        found = list(repository.get_hook_deliveries(hook.id))
        return found if len(found) == 2 else None

    assert [one.redelivery for one in until(kept)] == [True, False]
    assert repository.get_hook(hook.id).last_response.code == 200


def test_hooks_that_are_refused(receiver: Receiver, workflow: Callable[[str], Repository]) -> None:
    repository = workflow(WORKFLOW)
    with pytest.raises(github.GithubException) as refused:
        repository.create_hook("web", {"url": "ftp://example.org"}, ["push"])
    assert refused.value.status == 422
    hook_to(receiver, repository, ["push"])
    with pytest.raises(github.GithubException, match="Hook already exists"):
        hook_to(receiver, repository, ["push"])


def test_a_hook_that_sleeps_hears_nothing(receiver: Receiver, workflow: Callable[[str], Repository]) -> None:
    repository = workflow(WORKFLOW)
    hook = hook_to(receiver, repository, ["push"])
    receiver.next()
    hook.edit("web", {"url": receiver.url, "content_type": "json"}, ["push"], active=False)
    repository.create_file("a.txt", "Add", "a", branch="main")
    hook.ping()
    assert receiver.next().event == "ping"
