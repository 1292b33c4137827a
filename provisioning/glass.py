"""The instance repository of a STUF, its code under glass: where things lie in it, and its commits.

What is written here is neither secret nor personal: who may read the repository reads all of it.
"""

import base64
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

BRANCH: Final = "main"
_AUTHOR: Final = ("STUF provisioning", "provisioning@stuf.invalid")
_TIMEOUT: Final = 120

SPEC: Final = "configuration/spec.json"
STUF_CONFIG: Final = "configuration/api-config/stuf_config.json"
METADATA_CONFIG: Final = "configuration/api-config/metadata_config.json"
OUTPUTS: Final = "infrastructure/outputs.json"


def description(slug: str) -> str:
    """What GitHub shows of the repository, by which it is known as ours."""
    return f"STUF {slug}: code under glass"


def log_path(started: datetime, operation: str) -> str:
    """Where the deployment log of an attempt lies."""
    return f"infrastructure/deployment-logs/{_stamp(started)}_{operation}.log"


def history_path(started: datetime, operation: str) -> str:
    """Where the record of an attempt lies: what was asked, which stages ran, how it ended."""
    return f"audit/deployment-history/{_stamp(started)}_{operation}.json"


def change_path(started: datetime, operation: str) -> str:
    """Where an attempt notes which files of the configuration it changed."""
    return f"audit/config-changes/{_stamp(started)}_{operation}.json"


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%SZ")


@dataclass(frozen=True)
class Message:
    """A commit's message: what changed, why, who asked, how verification went."""

    subject: str
    what: tuple[str, ...]
    reason: str
    requested_by: str
    operation: str
    verification: str
    run_url: str = ""

    def __str__(self) -> str:
        body = "\n".join(f"- {line}" for line in self.what)
        trailers = {
            "Reason": self.reason,
            "Requested-by": self.requested_by,
            "Operation": self.operation,
            "Run": self.run_url,
            "Verification": self.verification,
        }
        told = "\n".join(f"{name}: {value}" for name, value in trailers.items() if value)
        return f"{self.subject}\n\n{body}\n\n{told}\n" if body else f"{self.subject}\n\n{told}\n"


class GitError(Exception):
    """Git could not do what it was asked; the text is git's own line, without the token."""


class Clone:
    """A clone of the instance repository. The token is handed to git in its environment only."""

    def __init__(self, folder: Path, url: str, token: SecretStr) -> None:
        self.folder = folder
        self._url = url
        self._environment = _environment(url, token)

    def fetch(self) -> None:
        """Bring the newest state here, into a fresh folder or the one that is there. Raises GitError."""
        if not (self.folder / ".git").exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._git("init", "--quiet", f"--initial-branch={BRANCH}")
            self._git("remote", "add", "origin", self._url)
        self._git("fetch", "--quiet", "origin")
        if self._git("branch", "--remotes", "--list", f"origin/{BRANCH}"):
            self._git("checkout", "--quiet", "--force", "-B", BRANCH, f"origin/{BRANCH}")
            self._git("clean", "--quiet", "--force", "-d", "-x")

    def commit(self, message: Message) -> str | None:
        """Commit what changed; its id, or None if nothing did. Raises GitError."""
        self._git("add", "--all")
        if not self._git("status", "--porcelain"):
            return None
        self._git("commit", "--quiet", "--no-verify", "--file=-", sent=str(message))
        return self._git("rev-parse", "HEAD")

    def push(self) -> None:
        """Push the branch; when somebody else pushed meanwhile, on top of theirs. Raises GitError."""
        try:
            self._git("push", "--quiet", "origin", f"HEAD:refs/heads/{BRANCH}")
        except GitError:
            self._git("pull", "--quiet", "--rebase", "origin", BRANCH)
            self._git("push", "--quiet", "origin", f"HEAD:refs/heads/{BRANCH}")

    def write(self, path: str, content: str) -> None:
        """Write a file of the repository, with the folders that it needs."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, "utf-8")

    def read(self, path: str) -> str | None:
        """A file of the repository, or None."""
        file = self.folder / path
        return file.read_text("utf-8") if file.is_file() else None

    def _git(self, *words: str, sent: str | None = None) -> str:
        command = ["git", *words]
        try:
            ended = subprocess.run(  # noqa: S603 - our own words; values of others go by standard input
                command,
                cwd=self.folder,
                env=self._environment,
                input=sent,
                capture_output=True,
                text=True,
                check=False,
                timeout=_TIMEOUT,
            )
        except subprocess.TimeoutExpired:
            raise GitError(f"git {words[0]} took longer than {_TIMEOUT} seconds") from None
        if ended.returncode:
            lines = [line for line in ended.stderr.splitlines() if line.strip()]
            # What went wrong stands first; advice to a person at a keyboard follows.
            told = next(
                (line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1] if lines else ""
            )
            raise GitError(f"git {words[0]}: {told.strip() or 'no reason given'}")
        return ended.stdout.strip()


def _environment(url: str, token: SecretStr) -> Mapping[str, str]:
    """Git's environment: nobody is asked, nobody's own configuration counts, the token goes to this host only."""
    name, mail = _AUTHOR
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": mail,
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": mail,
    }
    for kept in ("GIT_SSL_CAINFO", "SSL_CERT_FILE", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"):
        if kept in os.environ:
            environment[kept] = os.environ[kept]
    parts = urlsplit(url)
    if token.get_secret_value() and parts.scheme in {"http", "https"}:
        basic = base64.b64encode(f"x-access-token:{token.get_secret_value()}".encode()).decode()
        environment |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{parts.scheme}://{parts.netloc}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
        }
    return environment
