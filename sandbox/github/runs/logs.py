"""Log files as GitHub writes them: a timestamp on each line, commands as `##[…]`, secrets as `***`."""

import io
import shutil
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from sandbox.github import records

_BYTE_ORDER_MARK = "\ufeff"
_MASK = "***"
_SHORTEST_SECRET = 3
_SUMMARY = "summary.md"


class Masker:
    """Replaces secrets by `***`; a secret of several lines line by line."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets: set[str] = set()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        for line in (secret, *secret.splitlines()):
            if len(line.strip()) >= _SHORTEST_SECRET:
                self._secrets.add(line.strip())

    def __call__(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, _MASK)
        return text


class JobLog:
    """Writes the log of one job, one file a step, so that a reader can follow while it grows."""

    def __init__(self, folder: Path, clock: Callable[[], float], mask: Masker) -> None:
        self._folder = folder
        self._clock = clock
        self._mask = mask
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, step: int, text: str) -> None:
        """Add lines to the log of step number `step`."""
        stamp = log_time(self._clock())
        with (self._folder / f"{step:04}.log").open("a", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{stamp} {line}\n" for line in self._mask(text).split("\n"))

    def summarise(self, text: str) -> None:
        """Add to the summary of the job."""
        with (self._folder / _SUMMARY).open("a", encoding="utf-8") as file:
            file.write(self._mask(text) + "\n")


def log_time(seconds: float) -> str:
    """A time as it stands before each line: seven decimals of a second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def folder_of(state: Path, job: records.Job) -> Path:
    return state / "logs" / str(job.run) / str(job.attempt) / str(job.id)


def step_text(state: Path, job: records.Job, number: int) -> str:
    """The log of one step; empty where nothing was written."""
    file = folder_of(state, job) / f"{number:04}.log"
    return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""


def summary(state: Path, job: records.Job) -> str:
    """What the steps of a job wrote to `$GITHUB_STEP_SUMMARY`."""
    file = folder_of(state, job) / _SUMMARY
    return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""


def forget(state: Path, run: int) -> None:
    """Remove all logs of a run."""
    shutil.rmtree(state / "logs" / str(run), ignore_errors=True)


def job_text(state: Path, job: records.Job) -> str:
    """The whole log of a job, in the order of its steps."""
    folder = folder_of(state, job)
    files = sorted(folder.glob("*.log")) if folder.is_dir() else []
    return _BYTE_ORDER_MARK + "".join(file.read_text(encoding="utf-8", errors="replace") for file in files)


def archive(state: Path, jobs: list[records.Job]) -> bytes:
    """The zip that GitHub gives for a run: each job as a whole, and each step in a folder of its job."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for number, job in enumerate(jobs):
            name = _file_name(job.name)
            file.writestr(f"{number}_{name}.txt", job_text(state, job))
            for step in job.steps:
                if text := step_text(state, job, step.number):
                    file.writestr(
                        f"{name}/{step.number}_{_file_name(step.name)}.txt", _BYTE_ORDER_MARK + text
                    )
    return buffer.getvalue()


def _file_name(name: str) -> str:
    return "".join("_" if letter in '\\/:*?"<>|' else letter for letter in name)[:90]
