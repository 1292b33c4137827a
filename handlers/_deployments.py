"""What was deployed to a STUF, and when: by operations, and by GitHub's own deployments.

Two deployments that are told in another order end in the same list; only their numbers follow the order in which they
were first told of.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from stuf_bot.chat.outside import inline, link
from stuf_bot.relays import Objects

PRODUCTION: Final = "production"
OPERATION: Final = "operation"
GITHUB: Final = "github"

# There is no command that rolls back: what there is instead, said wherever somebody may want one.
AFTERWARDS: Final = (
    "There is no command that rolls back. `deployments {slug}` lists what ran before, `test {slug}` tries an upload "
    "from end to end, `retry {slug}` goes on with an operation that failed."
)

_KEPT: Final = 50
_SHORT: Final = 12


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment that succeeded.

    `key` is the sender's id for it; `version` is what the API answers as its version, empty where that is not known;
    `commit` is a hash, empty likewise; `link` leads to where it can be looked at; `number` is 1 for the first of its
    STUF, and given by `note`.
    """

    key: str
    source: str
    environment: str
    finished_at: datetime
    version: str = ""
    commit: str = ""
    link: str = ""
    repository: str = ""
    number: int = 0

    @property
    def name(self) -> str:
        """`v12`, as people call it."""
        return f"v{self.number}"

    @property
    def what(self) -> str:
        """What runs since then, of the version or the commit the one that is known; may be empty."""
        return (self.version or self.commit)[:_SHORT]

    @property
    def shown(self) -> str:
        """Safe Markdown: its name, linked, and what runs."""
        name = link(self.name, self.link) if self.link else self.name
        return f"{name} ({inline(self.what)})" if self.what else name


def note(session: Session, slug: str, deployment: Deployment) -> Deployment:
    """Remember it, and give it with its number; one that is known keeps the number it has."""
    objects = Objects()
    facts = objects.read(session, _key(slug)) or {"count": 0, "deployments": []}
    known = {one["key"]: one for one in facts["deployments"]}
    earlier = known.get(deployment.key)
    count = facts["count"] if earlier else facts["count"] + 1
    numbered = replace(deployment, number=earlier["number"] if earlier else count)
    if earlier is None or earlier["finished_at"] <= deployment.finished_at.isoformat():
        known[deployment.key] = asdict(numbered) | {"finished_at": deployment.finished_at.isoformat()}
    kept = sorted(known.values(), key=lambda one: (one["finished_at"], one["key"]))[-_KEPT:]
    objects.keep(session, _key(slug), slug, {"count": count, "deployments": kept})
    return numbered


def known(session: Session, slug: str) -> Sequence[Deployment]:
    """The last ones, at most fifty, the newest first. Nobody's slug gives none."""
    facts = Objects().read(session, _key(slug)) or {"deployments": []}
    return [_deployment(one) for one in reversed(facts["deployments"])]


def latest(session: Session, slug: str, before: datetime, environment: str = "") -> Deployment | None:
    """The last one that was finished at `before` or earlier, in this environment if one is named."""
    return next(
        (
            one
            for one in known(session, slug)
            if one.finished_at <= before and environment in ("", one.environment)
        ),
        None,
    )


def _deployment(facts: dict[str, Any]) -> Deployment:
    return Deployment(**{**facts, "finished_at": datetime.fromisoformat(facts["finished_at"])})


def _key(slug: str) -> str:
    return f"deployments:{slug}"
