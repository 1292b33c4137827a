"""Reads why a step failed out of a job's log as GitHub keeps it."""

import re
from typing import Final

from provisioning.records import Failure
from provisioning.redaction import redact

_TAIL: Final = 15
_LINE_LENGTH: Final = 300
_READ_LENGTH: Final = 4000
_SENTENCE_LENGTH: Final = 600
_STAMP: Final = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT[\d:.]+Z ?")
_ANSI: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_REASON: Final = re.compile(r"^##\[error\]\[(?P<code>[a-z0-9]+(?:-[a-z0-9]+)*)\] *(?P<sentence>.+)$")
_COMMAND: Final = re.compile(r"^##\[(?:group|endgroup|error|command|debug)\]")


def read_failure(log: str, step: str | None) -> Failure:
    """The last `##[error][code] sentence` of the log and the lines before it, redacted.

    Without such a line the failure is `workflow-failed`, with the lines before the last error.
    """
    lines = [_plain(line) for line in log.splitlines()]
    found = [(at, match) for at, line in enumerate(lines) if (match := _REASON.match(line))]
    if found:
        at, match = found[-1]
        sentence = redact(match["sentence"].strip())[:_SENTENCE_LENGTH]
        # A step may say nothing but its reason: then that is its log.
        said = (f"[{match['code']}] {sentence}"[:_LINE_LENGTH],)
        return Failure(code=match["code"], sentence=sentence, log_tail=_tail(lines, at) or said)
    errors = [at for at, line in enumerate(lines) if line.startswith("##[error]")]
    where = f"The step {step} failed" if step else "The run failed"
    return Failure(
        code="workflow-failed",
        sentence=f"{where} without naming a reason; the last lines of its log may.",
        log_tail=_tail(lines, errors[-1] if errors else len(lines)),
    )


def _tail(lines: list[str], end: int) -> tuple[str, ...]:
    """The last lines of the failing step's own output: nothing from before its command was started."""
    starts = [at for at in range(end) if lines[at].startswith("##[group]Run ")]
    output = [line for line in lines[starts[-1] + 1 if starts else 0 : end] if line.strip()]
    closed = [at for at, line in enumerate(output) if line.startswith("##[endgroup]")]
    # The first group of a step shows its command and environment, which is no output.
    shown = output[closed[0] + 1 :] if starts and closed else output
    kept = [redact(line)[:_LINE_LENGTH] for line in shown if not _COMMAND.match(line)]
    return tuple(kept[-_TAIL:])


def _plain(line: str) -> str:
    return _CONTROL.sub("", _ANSI.sub("", _STAMP.sub("", line[:_READ_LENGTH]))).rstrip()
