"""Which file reads which kind of delivery (GitHub's X-GitHub-Event)."""

from typing import Final

from handlers.github import (
    comments,
    discussions,
    general,
    issues,
    kinds_operations,
    pull_checks,
    pulls,
    pushes,
    releases,
    reviews,
    wiki,
)
from handlers.github.reading import Json, ReadContext, Reader
from stuf_bot.relays import Relay


def both(first: Reader, second: Reader) -> Reader:
    """Reads for two: what `first` tells, then what `second` does."""

    def read(payload: Json, ctx: ReadContext) -> list[Relay]:
        return [*first(payload, ctx), *second(payload, ctx)]

    return read


READERS: Final[dict[str, Reader]] = {
    # Code and talk about it.
    "commit_comment": comments.read_on_commit,
    "create": pushes.read_created,
    "delete": pushes.read_deleted,
    "discussion": discussions.read,
    "discussion_comment": discussions.read_comment,
    "gollum": wiki.read,
    "issue_comment": comments.read,
    "issues": issues.read,
    "pull_request": pulls.read,
    "pull_request_review": reviews.read,
    "pull_request_review_comment": reviews.read_comment,
    "pull_request_review_thread": reviews.read_thread,
    "push": pushes.read,
    "release": releases.read,
    # In general form: who did what, where.
    **{
        kind: general.read(kind, mute="repository")
        for kind in ("fork", "label", "milestone", "page_build", "repository_import", "star", "watch")
    },
    **{
        kind: general.read(kind)
        for kind in (
            "marketplace_purchase",
            "org_block",
            "project",
            "project_card",
            "project_column",
            "projects_v2",
            "projects_v2_item",
            "projects_v2_status_update",
            "repository_dispatch",
            "sponsorship",
        )
    },
    "issue_dependencies": general.read("issue_dependencies", mute="issues"),
    "secret_scanning_scan": general.read("secret_scanning_scan", mute="security"),
    "sub_issues": general.read("sub_issues", mute="issues"),
    "package": general.read("package", mute="releases", news=True),
    "registry_package": general.read("registry_package", mute="releases", news=True),
    # Runs, deployments, security, access.
    **kinds_operations.READERS,
    "check_run": both(kinds_operations.READERS["check_run"], pull_checks.read_check),
    "workflow_run": both(kinds_operations.READERS["workflow_run"], pull_checks.read_run),
}
