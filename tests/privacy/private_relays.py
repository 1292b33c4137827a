"""The walk through what others tell the bot: operations and their logs, STUFs, webhooks, a gap."""

from datetime import UTC, datetime, timedelta

import marked_hooks
from marked import FILE_NAME, MAIL, PHONE, PHONE_TYPED, STUF_SECRET, TOKEN, WEBHOOK_SECRET
from private_walk import Walk
from talk import TESS, TOPIC

from provisioning.fleet import Failure
from provisioning.models import StufOutputs
from provisioning.operations.joblog import read_failure
from provisioning.sentry import kept
from stuf_bot.messages import ErrandEnded, Reconnected

LOG = f"""2026-11-23T10:00:00Z ##[group]Run provision
##[endgroup]
for {MAIL} and {PHONE_TYPED} with token {TOKEN}
"secret": "{STUF_SECRET}" password={WEBHOOK_SECRET}
##[error][stack-failed] The stack failed for {MAIL}, authorization: {TOKEN}; call {PHONE}.
"""


class Relays:
    """Makes STUFs by the walk's conversations, and lets the world tell of them."""

    def __init__(self, walk: Walk) -> None:
        self.walk, self.house = walk, walk.house

    def operations(self) -> None:
        """A STUF of each kind of conversation, which fails, is retried, gets ready, is tested and removed."""
        made = [
            self.walk.create("walked-direct", in_channel=False),
            self.walk.create("walked-channel", in_channel=True),
            self.walk.create_at_once("walked-block"),
        ]
        failures = [
            read_failure(LOG, "infrastructure"),
            Failure(code="broken", sentence=f"for {MAIL} {PHONE} {TOKEN}", log_tail=tuple(LOG.splitlines())),
            read_failure(f"{MAIL}\n##[error]{TOKEN} {PHONE}", None),
        ]
        for operation, failure in zip(made, failures, strict=True):
            slug = operation.slug
            self.walk.fails(operation, failure)
            self.walk.plainly(f"status {slug}", "list", f"audit {slug}")
            self.house.says(TESS, f"retry {slug}")
            self.house.says(TESS, "confirm")
            again = self.walk.latest(slug)
            assert again.attempt == 2, slug
            self.walk.succeeds(again, outputs(slug))
            self.uploads(slug)
        self.house.says(TESS, "test walked-direct")
        self.house.says(TESS, "confirm")
        self.walk.fails(self.walk.latest("walked-direct"), failures[1])
        self.house.says(TESS, "abandon walked-block", TOPIC)
        self.house.says(TESS, "confirm", TOPIC)
        self.walk.succeeds(self.walk.latest("walked-block"))

    def uploads(self, slug: str) -> None:
        """What a STUF tells of uploads, with more than it should."""
        about = {
            "size": 1500,
            "file_name": FILE_NAME,
            "uploaded_by": MAIL,
            "phone": PHONE,
            "secret": STUF_SECRET,
        }
        for number, more in enumerate(
            ({}, {"verification": True}, {"upload_id": FILE_NAME}, {"size": FILE_NAME})
        ):
            body = {"upload_id": f"up-{slug}-{number}"} | about | more
            self.house.deliver("stuf", "upload.completed", body, slug)
        self.house.deliver("stuf", "upload.completed", about | {"upload_id": "up"}, "unknown")
        self.house.deliver("stuf", "something", about, slug)

    def webhooks(self) -> None:
        """What other senders tell."""
        person = {"name": FILE_NAME, "email": MAIL, "phone": PHONE, "token": TOKEN}
        for source in ("github", "sentry", "cloud", "stuf"):
            for kind in ("workflow_run", "push", "event_alert"):
                body = {
                    "action": MAIL,
                    "sender": person,
                    "repository": {"full_name": "acme/stuf-walked", "owner": person},
                    "workflow_run": {"id": 7, "display_title": MAIL, "head_commit": {"author": person}},
                    "workflow_job": {"run_id": 7, "name": TOKEN},
                    "commits": [{"message": f"for {MAIL}", "author": person}],
                    "issue": {"title": PHONE, "user": person},
                    "data": {"event": person},
                }
                self.house.deliver(source, kind, body, "walked")

    def sentry(self) -> None:
        """An issue, an alert and a comment of Sentry, and what it answers when it is asked for all of it."""
        with self.house.database.session() as session:
            kept.begun(session, "walked-direct", "stuf-walked-direct", self.house.talk.now)
            kept.noted(session, "walked-direct", project_id="7")
        for kind, body in marked_hooks.sentry():
            self.house.deliver("sentry", kind, body)
            self.details()

    def details(self) -> None:
        """An errand ends that asked for an issue."""
        self.house.talk.last += 1
        number = self.house.talk.last
        self.house.hears(
            ErrandEnded(
                number=number,
                kind="sentry.details",
                errand=f"1:{number}",
                within="sentry:issue:1",
                payload={"issue": "1"},
                succeeded=True,
                result=marked_hooks.details(),
            )
        )

    def github(self) -> None:
        """A pull request, from its beginning to its end."""
        for action in ("opened", "edited", "review_requested", "assigned", "labeled", "closed"):
            self.house.deliver("github", "pull_request", marked_hooks.pull_request(action))

    def gap(self) -> None:
        """The bot was away."""
        now = datetime(2026, 11, 23, 10, tzinfo=UTC)
        self.house.hears(Reconnected(since=now - timedelta(minutes=14), until=now, waited=3))


def outputs(slug: str) -> StufOutputs:
    """What a provisioning made."""
    names = {name: f"{name}-{slug}" for name in StufOutputs.model_fields if name != "schema_version"}
    return StufOutputs.model_validate(
        names | {"slug": slug, "region": "eu-west-1", "address": f"https://{slug}.example.org"}
    )
