"""Webhooks of the busy hour: STUFs that tell of uploads, and GitHub."""

import hashlib
import hmac
import json
import random
import re
import threading
import time
import uuid

import requests
from busy_realm import BusyRealm
from mortal import NOTIFY_KEY

GITHUB_SECRET = "what GitHub signs with"
# No answer, and "not stored".
_AGAIN = (0, 503)
_WORD = re.compile(r"\bup\d{5}\b")


class Uploads(threading.Thread):
    """A STUF that tells of uploads, one after the other, and again where it got no answer."""

    def __init__(self, slug: str, url: str, chance: random.Random) -> None:
        super().__init__(name=f"uploads of {slug}", daemon=True)
        self.slug, self._url, self._chance = slug, url, chance
        self.ids: list[str] = []
        self.repeated = 0
        self.statuses: set[int] = set()
        self.over = threading.Event()

    def run(self) -> None:
        """Until it is over: tell, wait a while."""
        while not self.over.wait(self._chance.uniform(0.1, 0.8)):
            self.tell()
            self._github()

    def tell(self) -> None:
        """Tell of one upload until that is stored; perhaps twice."""
        upload = f"up{len(self.ids):05d}"
        self.ids.append(upload)
        delivery = self._delivery()
        for again in self._chance.choice(((delivery,), (delivery, delivery), (delivery, self._delivery()))):
            self._tell(upload, again)

    def _delivery(self) -> str:
        return str(uuid.UUID(int=self._chance.getrandbits(128)))

    def _tell(self, upload: str, delivery: str) -> None:
        body = json.dumps(
            {"event": "upload.completed", "slug": self.slug, "upload_id": upload, "size": 2048}
        ).encode()
        while True:
            stamp = str(int(time.time()))
            signature = hmac.new(NOTIFY_KEY, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
            headers = {
                "X-Stuf-Slug": self.slug,
                "X-Stuf-Timestamp": stamp,
                "X-Stuf-Delivery": delivery,
                "X-Stuf-Signature-256": f"sha256={signature}",
                "Content-Type": "application/json",
            }
            status = self._post("stuf", body, headers)
            if status not in _AGAIN:
                self.statuses.add(status)
                return
            self.repeated += 1
            time.sleep(self._chance.uniform(0.01, 0.1))

    def _github(self) -> None:
        """A run that nobody here began went well: nothing is said. GitHub does not try again."""
        run = {
            "id": 1,
            "name": "tests",
            "head_branch": "main",
            "status": "completed",
            "conclusion": "success",
            "updated_at": "2026-11-23T09:00:00Z",
        }
        told = {"action": "completed", "workflow_run": run, "repository": {"full_name": "acme/other"}}
        body = json.dumps(told).encode()
        signature = hmac.new(GITHUB_SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "X-GitHub-Event": "workflow_run",
            "X-GitHub-Delivery": self._delivery(),
            "X-Hub-Signature-256": f"sha256={signature}",
            "Content-Type": "application/json",
        }
        self._post("github", body, headers)

    def _post(self, hook: str, body: bytes, headers: dict[str, str]) -> int:
        try:
            return requests.post(
                f"{self._url}/hooks/{hook}", data=body, headers=headers, timeout=5
            ).status_code
        except requests.RequestException:
            return 0

    def differences(self, realm: BusyRealm) -> list[str]:
        """What was announced and not due, or due and not announced, or in another order."""
        found = []
        if self.statuses - {202}:
            found.append(f"uploads of {self.slug}: answered with {self.statuses}")
        channel = realm.channel_id(f"stuf-{self.slug}")
        texts = [one.content for one in realm.said(lambda one: one.channel_id == channel)]
        # What was folded into one message has the newest on top.
        told = [word for text in texts for word in sorted(_WORD.findall(text))]
        if told != self.ids:
            found.append(f"uploads of {self.slug}: said {told}, due {self.ids}")
        return found
