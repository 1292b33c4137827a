"""Runs one part of a playbook by ansible-runner and tells what its tasks do as they do it."""

import logging
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import ansible_runner

from provisioning.stages.errors import Reason, StageError
from provisioning.stages.run import Run

ROOT: Final = Path(__file__).resolve().parents[2]
PLAYBOOKS: Final = ROOT / "ansible"
_MESSAGE_LENGTH: Final = 600
_SILENT: Final = frozenset({"include_role", "validate_argument_spec"})
_SHOWN: Final = {"runner_on_ok": "ok", "runner_on_failed": "failed", "runner_on_unreachable": "unreachable"}


@dataclass
class Play:
    """What a run of a playbook said: which tasks changed something, what failed and why."""

    log: logging.Logger
    changed: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def hear(self, event: Mapping[str, Any]) -> bool:
        """Take in one event of ansible-runner; True keeps the event in the run's own records."""
        outcome, data = _SHOWN.get(event.get("event", "")), event.get("event_data", {})
        if outcome is None or data.get("ignore_errors"):
            return True
        if outcome == "ok" and str(data.get("task_action", "")).rpartition(".")[2] in _SILENT:
            return True
        result, task = data.get("res", {}), str(data.get("task", ""))
        if outcome == "ok" and result.get("changed"):
            outcome = "changed"
            self.changed.append(task)
        self.log.info("%s: %s (%.1f s)", outcome, task, data.get("duration", 0.0))
        if outcome in {"failed", "unreachable"}:
            self.failures.append(f"{task}: {_message(result)}")
        return True


def run_playbook(run: Run, name: str, tag: str, variables: Mapping[str, Any], reason: Reason) -> Play:
    """Run the tasks of `ansible/NAME` that bear `tag`; StageError(reason) with the failing task's message.

    Ansible sees this process's environment without the GitHub token: no playbook needs it. It takes every text
    in `variables` as it stands, never as a template.
    """
    play = Play(run.log)
    # Ansible-runner notes the whole environment, credentials among it; nothing of that stays on the runner.
    with tempfile.TemporaryDirectory(prefix="ansible-", dir=run.work.folder) as private:
        ended = ansible_runner.run(
            private_data_dir=private,
            project_dir=str(PLAYBOOKS),
            playbook=name,
            inventory="localhost,",
            tags=tag,
            extravars=literal(variables),
            envvars={
                "ANSIBLE_COLLECTIONS_PATH": str(Path(sys.prefix) / "collections"),
                "ANSIBLE_CONFIG": str(PLAYBOOKS / "ansible.cfg"),
                "ANSIBLE_HOME": str(run.work.folder / "ansible-home"),
                "PATH": f"{Path(sys.prefix) / 'bin'}:/usr/local/bin:/usr/bin:/bin",
                "PYTHONPATH": str(ROOT),
                "STUF_GITHUB_TOKEN": "",
            },
            event_handler=play.hear,
            quiet=True,
        )
        if ended.status != "successful":
            told = play.failures[-1] if play.failures else _last_words(ended)
            raise StageError(reason, told, tuple(play.failures))
    return play


def literal(value: Any) -> Any:
    """The same value with each text in it marked for Ansible as data; mappings and sequences at any depth.

    Ansible trusts what it is given as extra variables and would run `{{ … }}` in the name of a STUF. Keys of
    mappings stay as they are: they are ours.
    """
    if isinstance(value, str):
        return {"__ansible_unsafe": str(value)}
    if isinstance(value, Mapping):
        return {key: literal(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [literal(inner) for inner in value]
    return value


def _message(result: Mapping[str, Any]) -> str:
    """The one message of a failed task's result that a person can use."""
    for item in result.get("results", ()):
        if item.get("failed"):
            return _message(item)
    parts = [str(result[name]) for name in ("msg", "stderr") if result.get(name)]
    # The stack's module names the resources that failed in a log of its own.
    parts += [str(line) for line in result.get("log", ())[-3:]] if isinstance(result.get("log"), list) else []
    return " ".join(" ".join(parts).split())[:_MESSAGE_LENGTH] or "no message"


def _last_words(ended: Any) -> str:
    """The end of what Ansible printed when it never came to a task."""
    lines = [line.strip() for line in ended.stdout.read().splitlines() if line.strip()]
    return " ".join(lines[-3:])[:_MESSAGE_LENGTH] or f"Ansible ended with {ended.status}"
