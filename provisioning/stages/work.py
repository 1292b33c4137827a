"""The work directory of one attempt: what a stage leaves for the next, and the deployment log."""

import json
import logging
import sys
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from provisioning.redaction import redact
from provisioning.stages.settings import dump

_SECRETS: Final = ("STUF_GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_SHORTEST: Final = 6  # What is shorter (an emulator's `test`) is no secret and would blank ordinary words.


class StageResult(BaseModel):
    """How one stage of this attempt ended; `seconds` is its duration."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    stage: str
    succeeded: bool
    seconds: float
    reason: str = ""
    sentence: str = ""
    details: dict[str, str] = {}


class Work:
    """A folder per attempt: the log, what stages report, the clone of the instance repository."""

    def __init__(self, root: Path, operation: str) -> None:
        self.folder = root / operation
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log_file = self.folder / "deployment.log"
        self.clone = self.folder / "repository"

    def add_result(self, result: StageResult) -> None:
        """Note how a stage ended; a stage that ran again replaces what it said before."""
        kept = [one for one in self.results() if one.stage != result.stage]
        self._write("results", [one.model_dump() for one in (*kept, result)])

    def results(self) -> tuple[StageResult, ...]:
        """How the stages of this attempt ended, in the order in which they ran."""
        return tuple(StageResult.model_validate(one) for one in self._read("results") or [])

    def started_at(self, now: datetime) -> datetime:
        """When the attempt began (UTC); the first call decides."""
        noted = self._read("started")
        if noted is None:
            self._write("started", now.isoformat())
            return now
        return datetime.fromisoformat(noted)

    def _read(self, name: str) -> Any:
        path = self.folder / f"{name}.json"
        return json.loads(path.read_text("utf-8")) if path.exists() else None

    def _write(self, name: str, value: object) -> None:
        (self.folder / f"{name}.json").write_text(dump(value), "utf-8")


class _Redacting(logging.Formatter):
    converter = staticmethod(time.gmtime)

    def __init__(self, layout: str, secrets: Iterable[str]) -> None:
        super().__init__(layout, "%Y-%m-%dT%H:%M:%SZ")
        self._secrets = sorted(secrets, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "[hidden]")
        return redact(text)


def open_log(work: Work, stage: str, environment: Mapping[str, str]) -> logging.Logger:
    """The log of this stage: plain lines on the step's output, stamped ones in the deployment log."""
    secrets = [environment[name] for name in _SECRETS if len(environment.get(name, "")) >= _SHORTEST]
    log = logging.getLogger(f"provisioning.stages.{stage}")
    log.setLevel(logging.INFO)
    log.propagate = False
    for old in log.handlers[:]:
        log.removeHandler(old)
        old.close()
    shown = logging.StreamHandler(sys.stdout)
    shown.setFormatter(_Redacting("%(message)s", secrets))
    kept = logging.FileHandler(work.log_file, encoding="utf-8")
    kept.setFormatter(_Redacting(f"%(asctime)s {stage}: %(message)s", secrets))
    log.addHandler(shown)
    log.addHandler(kept)
    return log


def utc_now() -> datetime:
    """The time, in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
