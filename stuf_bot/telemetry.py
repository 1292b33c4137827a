"""What the bot tells about itself: the log, and its own errors to Sentry. No secret leaves by either."""

import logging
import re
import sys
import threading
import time
from collections.abc import Iterable
from types import TracebackType

from stuf_bot import reporting
from stuf_bot.personal_text import hidden
from stuf_bot.settings import Settings

HIDDEN = "[hidden]"
_MISFIT = "the values of the entry at %s:%d do not fit its text"
_log = logging.getLogger(__name__)

# By structure, never by length: GitHub's and AWS' tokens name themselves, headers name theirs.
_SECRETS = re.compile(
    r"(?:gh[a-z]_|github_pat_)[A-Za-z0-9_.\-]+"
    r"|\bA(?:KIA|SIA)[A-Z0-9]{16}\b"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
    r"|(?i:(?<=\bbasic )|(?<=\bbearer ))[A-Za-z0-9+/=_.\-]+"
    r"|(?<=[?&]X-Amz-Signature=)[0-9a-f]+"
    # PostgreSQL's errors quote the row that they are about.
    r"|(?m:(?<=^DETAIL: ).+$)"
)
# Personal data: participants are known by their e-mail address and their phone number. Personal data of ours
# hides by its type; this is for what a library quotes, and rather takes a line of the log too much.
_PERSONAL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+|\+[1-9](?:[ \-]?\d){7,14}\b")


class Redaction:
    """Takes out of a text what must not be read in a log."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        """The text without secrets, e-mail addresses and phone numbers."""
        if self._known:
            text = self._known.sub(HIDDEN, text)
        return hidden(_PERSONAL.sub(HIDDEN, _SECRETS.sub(HIDDEN, text)), HIDDEN)


class LineFormatter(logging.Formatter):
    """One line an entry (and its traceback), in UTC, redacted."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self, redaction: Redaction) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self.converter = time.gmtime
        self._redaction = redaction

    def format(self, record: logging.LogRecord) -> str:
        """The entry as it is written; one whose values do not fit its text says so, without them."""
        try:
            return self._redaction(super().format(record))
        except (TypeError, ValueError, KeyError):
            # Else the log's own handler would write them to standard error as they are.
            broken = logging.makeLogRecord(
                record.__dict__ | {"msg": _MISFIT, "args": (record.pathname, record.lineno)}
            )
            return self._redaction(super().format(broken))


def start(settings: Settings) -> None:
    """Log to standard error as the settings say, and report errors to Sentry where it is configured."""
    redaction = Redaction(settings.secrets())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter(redaction))
    logging.basicConfig(level=settings.stuf_bot.log_level, handlers=[handler], force=True)
    # These tell every request, at DEBUG with all that it holds; the bot's own entries say what mattered.
    for talker in (
        "sqlalchemy",
        "urllib3",
        "botocore",
        "boto3",
        "github",
        "alembic",
        "apscheduler",
        "uvicorn",
    ):
        logging.getLogger(talker).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda caught: _uncaught(caught.exc_type, caught.exc_value, caught.exc_traceback)
    if settings.sentry.dsn:
        reporting.start(settings.sentry.dsn.get_secret_value(), settings.sentry.environment, redaction)


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """What nobody caught goes by the log, redacted, instead of to standard error as it is."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error or kind(), trace)
        return
    _log.critical("nobody caught this", exc_info=(kind, error or kind(), trace))
