"""An embedded GitHub a test, with an organization, people, and the real client."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import github
import pytest
import requests
from github.Repository import Repository
from github.WorkflowRun import WorkflowRun

from sandbox.github import GitHub, Runner

Seeder = Callable[..., Repository]
Waiter = Callable[..., WorkflowRun]

_SECONDS = 60.0


@pytest.fixture
def starter(tmp_path: Path) -> Iterator[Callable[..., GitHub]]:
    """Starts embedded GitHubs on `tmp_path/state`, and stops those still running at the end."""
    running: list[GitHub] = []

    def start(**options: Any) -> GitHub:
        environment = {"AWS_ACCESS_KEY_ID": "test", **options.pop("environment", {})}
        runner = Runner(environment=environment, **options.pop("runner", {}))
        hub = GitHub(tmp_path / "state", runner=runner, **options)
        hub.start()
        running.append(hub)
        return hub

    yield start
    for hub in running:
        hub.stop()


@pytest.fixture
def hub(starter: Callable[..., GitHub]) -> GitHub:
    started = starter()
    started.create_account("acme", "Organization")
    started.create_account("tess")
    return started


@pytest.fixture
def token(hub: GitHub) -> str:
    return hub.create_token("acme")


@pytest.fixture
def connect(hub: GitHub) -> Callable[[str], github.Github]:
    """PyGithub as the holder of a token."""

    def client(value: str) -> github.Github:
        return github.Github(
            auth=github.Auth.Token(value),
            base_url=hub.url,
            seconds_between_requests=0,
            seconds_between_writes=0,
            retry=None,
        )

    return client


@pytest.fixture
def client(connect: Callable[[str], github.Github], token: str) -> github.Github:
    return connect(token)


@pytest.fixture
def ask(hub: GitHub, token: str) -> Callable[..., requests.Response]:
    """A plain request to the API, with the organization's token unless told otherwise."""

    def send(method: str, path: str, *, auth: str | None = token, **options: Any) -> requests.Response:
        headers = {**({"Authorization": f"Bearer {auth}"} if auth else {}), **options.pop("headers", {})}
        address = path if path.startswith("http") else hub.url + path
        return requests.request(
            method, address, headers=headers, timeout=20, allow_redirects=False, **options
        )

    return send


@pytest.fixture
def seed(hub: GitHub, client: github.Github, tmp_path: Path) -> Seeder:
    """Puts files into `acme/NAME`: paths to texts."""

    def fill(files: dict[str, str], name: str = "control", **options: Any) -> Repository:
        folder = tmp_path / f"seed-{name}"
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        hub.seed_repository("acme", name, folder, **options)
        return client.get_repo(f"acme/{name}")

    return fill


@pytest.fixture
def workflow(seed: Seeder) -> Callable[[str], Repository]:
    """A repository with one workflow, `work.yml`."""

    def fill(text: str) -> Repository:
        return seed({".github/workflows/work.yml": text, "README.md": "# Control\n"})

    return fill


@pytest.fixture
def start_run() -> Waiter:
    """Dispatches `work.yml` and gives its run, as it is right after."""

    def start(repository: Repository, **inputs: Any) -> WorkflowRun:
        found = repository.get_workflow("work.yml").create_dispatch(
            "main", inputs, throw=True, return_run_details=True
        )
        return repository.get_workflow_run(found.id)

    return start


@pytest.fixture
def until() -> Callable[[Callable[[], Any]], Any]:
    """Polls until something is true, and gives it."""

    def wait(condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + _SECONDS
        while not (found := condition()):
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.05)
        return found

    return wait


@pytest.fixture
def ended(until: Callable[..., Any]) -> Waiter:
    """Waits for the end of a run, and gives it as it is then."""

    def wait(repository: Repository, run: WorkflowRun) -> WorkflowRun:
        def finished() -> WorkflowRun | None:
            found = repository.get_workflow_run(run.id)
            return found if found.status == "completed" else None

        return until(finished)

    return wait


@pytest.fixture
def log_of() -> Callable[[Repository, WorkflowRun], str]:
    """The log of the first job of a run, through GitHub's redirect."""

    def read(repository: Repository, run: WorkflowRun) -> str:
        job = next(iter(repository.get_workflow_run(run.id).jobs()))
        return requests.get(job.logs_url(), timeout=20).content.decode("utf-8-sig")

    return read


@pytest.fixture
def app_token() -> Callable[[int, str], str]:
    """The JSON web token of a GitHub App, as its owner's client makes it."""

    def make(number: int, key: str) -> str:
        return github.Auth.AppAuth(number, key).create_jwt()

    return make


@pytest.fixture
def ask_hub() -> Callable[[GitHub, str], Any]:
    """GETs the JSON at an address of any embedded GitHub, as the organization."""

    def get(hub: GitHub, path: str) -> Any:
        headers = {"Authorization": f"token {hub.create_token('acme')}"}
        return requests.get(hub.url + path, headers=headers, timeout=20).json()

    return get
