"""The control repository on GitHub: dispatch a workflow, follow its run, read what it left.

No message of an error raised here holds a token, a header or an address with a signature.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast

import requests
from pydantic import SecretStr

from provisioning.models import StufOutputs

if TYPE_CHECKING:
    from github import Github
    from github.Repository import Repository
    from github.WorkflowRun import WorkflowRun

API_VERSION: Final = "2022-11-28"
_TIMEOUT: Final = 15
_LOG_BYTES: Final = 4 * 1024**2
_RECENT_RUNS: Final = 60


class GitHubError(Exception):
    """GitHub did not do what was asked; the text is fit for a person."""


class GitHubUnavailable(GitHubError):  # noqa: N818 - the base class says that it is one.
    """Not now: no connection, a server error, or a rate limit. What was asked may or may not have happened."""


class GitHubRefused(GitHubError):  # noqa: N818 - as above.
    """Not like this: `status` is HTTP's, the text says what to look at."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class RunRef:
    """A workflow run: its id, and where a person can look at it."""

    id: int
    url: str


@dataclass(frozen=True, slots=True)
class RunStep:
    """A step of a job as GitHub tells it; `conclusion` is None until it is completed."""

    name: str
    status: str
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as it stands: its status, conclusion and the steps of its job."""

    status: str
    conclusion: str | None
    job_id: int | None
    steps: tuple[RunStep, ...]

    @property
    def completed(self) -> bool:
        """Whether it has come to its end."""
        return self.status == "completed"


@dataclass(frozen=True, slots=True)
class AppKey:
    """A GitHub App's installation; `installation_id` None looks it up by the control repository."""

    app_id: int
    private_key: SecretStr
    installation_id: int | None = None


class GitHub:
    """The control repository `repository` (owner/name), whose workflows run at `ref`.

    Exactly one of `token` and `app` is given. A call takes `timeout` seconds at most and is never
    repeated here: whoever calls knows whether it may be.
    """

    def __init__(  # noqa: PLR0913 - settings, each by name.
        self,
        *,
        repository: str,
        token: SecretStr | None = None,
        app: AppKey | None = None,
        url: str = "https://api.github.com",
        ref: str = "main",
        timeout: int = _TIMEOUT,
    ) -> None:
        if (token is None) == (app is None):
            raise ValueError("give either a token or an app")
        self.repository = repository
        self._token, self._app = token, app
        self._url, self._ref, self._timeout = url.rstrip("/"), ref, timeout
        # One client a thread: PyGithub keeps a connection, which two threads must not share.
        self._made = threading.local()

    def dispatch(self, workflow: str, inputs: Mapping[str, str]) -> RunRef:
        """Start `workflow` (its file name). Raises GitHubRefused, GitHubUnavailable."""
        with self._errors(f"starting the workflow {workflow} in {self.repository}"):
            found = self._control().get_workflow(workflow)
            run: Any = found.create_dispatch(self._ref, dict(inputs), throw=True, return_run_details=True)
        if not hasattr(run, "id"):
            raise GitHubUnavailable("GitHub started the workflow without naming its run")
        return _ref_of(run)

    def find_run(self, workflow: str, tag: str) -> RunRef | None:
        """The run of `workflow` whose title has the word `tag`, among the recent ones."""
        with self._errors(f"looking for a run in {self.repository}"):
            runs = self._control().get_workflow(workflow).get_runs(event="workflow_dispatch")
            for number, run in enumerate(runs):
                if tag in run.display_title.replace("(", " ").replace(")", " ").split():
                    return _ref_of(run)
                if number >= _RECENT_RUNS:
                    break
        return None

    def view(self, run_id: int) -> RunView:
        """How a run stands now. Raises GitHubRefused with status 404 when it does not exist."""
        with self._errors(f"reading run {run_id} of {self.repository}"):
            run = self._control().get_workflow_run(run_id)
            jobs = list(run.jobs())
            job = jobs[0] if jobs else None
            steps = tuple(
                RunStep(step.name, step.status, step.conclusion, step.started_at, step.completed_at)
                for step in (job.steps if job else [])
            )
            return RunView(run.status, run.conclusion, job.id if job else None, steps)

    def log(self, job_id: int) -> str:
        """The last 4 MiB of a job's log."""
        with self._errors(f"reading the log of job {job_id} in {self.repository}"):
            headers, _ = self._control().requester.requestBlobAndCheck(
                "GET", f"/repos/{self.repository}/actions/jobs/{job_id}/logs"
            )
            # The address is signed and short-lived; it takes no token of ours.
            answer = requests.get(headers["location"], timeout=self._timeout)
            answer.raise_for_status()
        return answer.content[-_LOG_BYTES:].decode("utf-8", "replace")

    def outputs(self, repository: str) -> StufOutputs:
        """infrastructure/outputs.json of an instance repository. Raises ValueError when it is none."""
        with self._errors(f"reading infrastructure/outputs.json of {repository}"):
            content: Any = self._client().get_repo(repository).get_contents("infrastructure/outputs.json")
            return StufOutputs.model_validate_json(content.decoded_content)

    def _control(self) -> "Repository":
        return self._client().get_repo(self.repository)

    def _client(self) -> "Github":
        made: Any = getattr(self._made, "client", None)
        if made is None:
            # Imported here: it takes a third of a second, which `--help` need not wait for.
            from github import Github  # noqa: PLC0415

            made = self._made.client = Github(
                auth=self._auth(),
                base_url=self._url,
                timeout=self._timeout,
                retry=None,
                seconds_between_requests=0,
                seconds_between_writes=0,
                api_version=API_VERSION,
                user_agent="stuf-bot",
                # A repository is only a path here: it need not be read before it is used.
                lazy=True,
            )
        return cast("Github", made)

    def _auth(self) -> Any:
        from github import Auth, GithubIntegration  # noqa: PLC0415

        if self._app is None:
            return Auth.Token(self._token.get_secret_value() if self._token else "")
        key = Auth.AppAuth(self._app.app_id, self._app.private_key.get_secret_value())
        installation = self._app.installation_id
        if installation is None:
            integration = GithubIntegration(auth=key, base_url=self._url, retry=None, api_version=API_VERSION)
            owner, _, name = self.repository.partition("/")
            installation = integration.get_repo_installation(owner, name).id
        return key.get_installation_auth(installation)

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        from github import BadCredentialsException, GithubException, RateLimitExceededException  # noqa: PLC0415

        try:
            yield
        except RateLimitExceededException:
            raise GitHubUnavailable(f"GitHub's rate limit is reached while {what}") from None
        except BadCredentialsException:
            raise GitHubRefused(401, f"GitHub does not accept the bot's credentials ({what})") from None
        except GithubException as error:
            if error.status >= 500 or error.status == 429:  # noqa: PLR2004 - HTTP's own numbers.
                raise GitHubUnavailable(f"GitHub answered {error.status} while {what}") from None
            raise GitHubRefused(error.status, f"GitHub answered {error.status} while {what}") from None
        except requests.RequestException as error:
            raise GitHubUnavailable(f"no answer from GitHub while {what}: {type(error).__name__}") from None


def _ref_of(run: "WorkflowRun") -> RunRef:
    return RunRef(int(run.id), str(run.html_url))
