"""The kinds of relays: what people mute, and what a source calls its events."""

from collections.abc import Mapping

KINDS: Mapping[str, str] = {
    "pushes": "commits pushed to a branch",
    "pull-requests": "pull requests: opened, closed, merged, changed",
    "reviews": "reviews of pull requests, and requests for them",
    "issues": "issues: opened, closed, assigned, labelled",
    "comments": "comments on commits, issues, pull requests and errors",
    "releases": "releases and packages",
    "branches": "branches and tags: made and deleted",
    "checks": "checks and workflow runs",
    "deployments": "deployments, their steps and their approvals",
    "access": "who may read or change a repository",
    "security": "alerts about dependencies, secrets and code",
    "repository": "the repository itself: its settings, stars, forks, wiki",
    "errors": "errors that Sentry groups into issues",
    "alarms": "alarms of the cloud and of Sentry's rules",
    "trends": "error rate, latency and throughput against the week before",
    "uploads": "uploads to a STUF",
    "other": "whatever has no kind of its own",
}
"""Each kind with what it holds, in the order in which people read them."""
