"""The rules that hold of themselves, until somebody of the STUF takes them back."""

from stuf_bot.relays.rules import OWN, Rule

_OF_OURS = (
    "pushes",
    "pull-requests",
    "reviews",
    "issues",
    "comments",
    "releases",
    "branches",
    "repository",
    "errors",
)

DEFAULTS = (
    Rule(
        "a",
        "mute",
        {
            "kind": ["checks"],
            "status": [
                "success",
                "neutral",
                "skipped",
                "cancelled",
                "stale",
                "queued",
                "requested",
                "waiting",
                "pending",
                "in_progress",
            ],
        },
    ),
    Rule("b", "mute", {"kind": ["repository"], "status": ["star*", "unstar*", "watch*", "fork*"]}),
    Rule("c", "mute", {"kind": list(_OF_OURS), "actor": [OWN]}),
)
"""Checks that do not fail, stars, and what this project did itself, but for its deployments and checks that fail.

None of them holds for news that asks somebody to act.
"""

MEANT = {
    "a": "checks that succeed, or have not ended yet",
    "b": "stars and forks",
    "c": "what I did myself, or this project's account (but deployments, and checks that fail)",
}
"""Each in words."""
