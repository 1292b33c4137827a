"""Payloads as GitHub writes them, as far as they are read."""

from typing import Any

Json = dict[str, Any]

REPOSITORY: Json = {
    "name": "stuf-acme-audit",
    "full_name": "acme/stuf-acme-audit",
    "html_url": "https://github.com/acme/stuf-acme-audit",
    "private": True,
    "default_branch": "main",
}


def at(second: int) -> str:
    """A moment of the day, by its second."""
    return f"2026-11-23T{9 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"


def hook(action: str, *, by: str = "octo", **parts: Any) -> Json:
    """What every delivery has, and these parts."""
    return {"action": action, "sender": {"login": by}, "repository": REPOSITORY, **parts}


def pull(action: str, second: int = 0, *, by: str = "octo", **more: Any) -> Json:
    """A `pull_request` delivery; what belongs beside the pull request begins with an underscore."""
    beside = {name.removeprefix("_"): value for name, value in more.items() if name.startswith("_")}
    own = {name: value for name, value in more.items() if not name.startswith("_")}
    facts: Json = {
        "number": 12,
        "title": "Ask for a second code",
        "html_url": "https://github.com/acme/stuf-acme-audit/pull/12",
        "state": "open",
        "draft": False,
        "merged": False,
        "user": {"login": "octo"},
        "labels": [],
        "head": {"ref": "codes", "sha": "a" * 40},
        "base": {"ref": "main", "sha": "b" * 40},
        "commits": 2,
        "additions": 10,
        "deletions": 3,
        "changed_files": 2,
        "body": "So that nobody guesses it.",
        "updated_at": at(second),
    }
    return hook(action, by=by, pull_request=facts | own, **beside)


def review(
    action: str, number: int, state: str, second: int, *, by: str = "rev", body: str = "", sender: str = ""
) -> Json:
    """A `pull_request_review` delivery: here a pull request has less."""
    whole = pull(action, second, by=sender or by)
    short = {
        name: value
        for name, value in whole["pull_request"].items()
        if name not in {"merged", "commits", "additions", "deletions", "changed_files"}
    }
    said = {
        "id": number,
        "state": state,
        "user": {"login": by},
        "submitted_at": at(second),
        "body": body,
        "html_url": f"https://github.com/acme/stuf-acme-audit/pull/12#pullrequestreview-{number}",
    }
    return whole | {"pull_request": short, "review": said}


def issue(action: str, second: int = 0, *, by: str = "octo", **more: Any) -> Json:
    """An `issues` delivery."""
    beside = {name.removeprefix("_"): value for name, value in more.items() if name.startswith("_")}
    own = {name: value for name, value in more.items() if not name.startswith("_")}
    facts: Json = {
        "number": 7,
        "title": "The page is blank",
        "html_url": "https://github.com/acme/stuf-acme-audit/issues/7",
        "state": "open",
        "user": {"login": "octo"},
        "body": "Since today.",
        "updated_at": at(second),
    }
    return hook(action, by=by, issue=facts | own, **beside)


def push(
    second: int, before: str, after: str, *messages: str, ref: str = "refs/heads/main", **more: Any
) -> Json:
    """A `push` delivery with a commit for each message."""
    commits = [
        {
            "id": f"{number + 1:x}" * 40,
            "message": message,
            "timestamp": at(second),
            "url": f"https://github.com/acme/stuf-acme-audit/commit/{number}",
            "author": {"name": "Octo Cat", "email": "octo@example.org", "username": "octo"},
        }
        for number, message in enumerate(messages)
    ]
    whole = hook(
        "", ref=ref, before=before * 40, after=after * 40, commits=commits, compare="https://github.com/c"
    )
    return whole | {"repository": REPOSITORY | {"pushed_at": 1_795_000_000 + second}} | more
