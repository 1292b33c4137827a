"""Mails and text messages that went out, kept: an emulator that restarts forgets them."""

import json
import logging
import threading
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sandbox.page.sent import SentMessage

_MAILS: Final = "/_ministack/ses/messages"
_TEXTS: Final = "/_ministack/sns/sms-messages"
_log = logging.getLogger(__name__)


class AwsOutbox:
    """What the emulator sent, now and before; keeps its copy as lines of JSON in `file`."""

    def __init__(self, file: Path, emulator: str) -> None:
        self._file = file
        self._emulator = emulator
        self._lock = threading.Lock()
        self._kept: dict[str, SentMessage] = {}
        if file.exists():
            for line in file.read_text().splitlines():
                record = json.loads(line)
                key, at = record.pop("id"), datetime.fromisoformat(record.pop("sent_at"))
                self._kept[key] = SentMessage(**record, sent_at=at)

    def messages(self) -> list[SentMessage]:
        """Everything sent so far, oldest first."""
        self.collect()
        with self._lock:
            return sorted(self._kept.values(), key=lambda message: message.sent_at)

    def collect(self) -> None:
        """Copy what is new; an emulator that is away at the moment has nothing new."""
        try:
            found = {**self._mails(), **self._texts()}
        except (OSError, urllib.error.URLError) as error:
            _log.info("mails and texts cannot be read now: %s", type(error).__name__)
            return
        with self._lock:
            new = {key: message for key, message in found.items() if key not in self._kept}
            if not new:
                return
            self._kept.update(new)
            with self._file.open("a") as lines:
                for key, message in new.items():
                    lines.write(json.dumps({"id": key, **_record(message)}) + "\n")

    def _mails(self) -> dict[str, SentMessage]:
        found = {}
        for mails in self._get(_MAILS)["messages"].values():
            for mail in mails:
                text = mail["BodyText"] or mail["BodyHtml"] or ""
                for to in mail["To"]:
                    message = SentMessage(
                        "mail", to, mail["Subject"], text, datetime.fromtimestamp(mail["Timestamp"], UTC)
                    )
                    found[f"{mail['MessageId']}:{to}"] = message
        return found

    def _texts(self) -> dict[str, SentMessage]:
        found = {}
        for phone, texts in self._get(_TEXTS)["sms_messages"].items():
            for text in texts:
                # The emulator notes no time for texts; they are collected as they go out.
                found[text["MessageId"]] = SentMessage("sms", phone, "", text["Message"], datetime.now(UTC))
        return found

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(self._emulator + path, timeout=5) as response:  # noqa: S310 - our own emulator
            return json.load(response)


def _record(message: SentMessage) -> dict[str, str]:
    return {
        "kind": message.kind,
        "to": message.to,
        "subject": message.subject,
        "text": message.text,
        "sent_at": message.sent_at.isoformat(),
    }
