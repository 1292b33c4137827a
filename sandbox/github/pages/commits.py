"""The commits of a repository, and what one of them changed."""

from markupsafe import Markup

from sandbox.github import git, records
from sandbox.github.pages.view import Page, Visit
from sandbox.github.pages.when import iso_moment
from sandbox.viewing import PageMissingError, join

_MOST = 100
_MOST_LINES = 5000
_COLOURS = {"+": "added", "-": "removed", "@": "hunk", "d": "file"}


def listing(visit: Visit) -> Page:
    """The newest commits of a branch."""
    row, bare = visit.repository(), visit.bare()
    ref = visit.path.get("rest") or row.default_branch
    start = bare.resolve(ref)
    if start is None:
        if visit.path.get("rest"):
            raise PageMissingError
        return Page(f"Commits · {row.full_name}", Markup("<p>There are no commits yet.</p>"), row, "Commits")
    lines = [_line(row, commit) for commit in bare.commits(start, limit=_MOST)]
    body = Markup("<h1>Commits <span class='badge'>{}</span></h1><ul class='rows'>{}</ul>").format(
        ref, join(lines)
    )
    return Page(f"Commits · {row.full_name}", body, row, "Commits")


def one(visit: Visit) -> Page:
    """One commit with its message and its diff."""
    row, bare = visit.repository(), visit.bare()
    sha = bare.resolve(visit.path["sha"])
    if sha is None:
        raise PageMissingError
    commit = bare.commit(sha)
    title, _, rest = commit.message.partition("\n")
    head = Markup(
        "<h1>{}</h1><pre class='message'>{}</pre><p class='last'><b>{}</b> {} <code>{}</code>"
        " <a href='/{}/tree/{}'>Browse files</a></p>"
    ).format(
        title,
        rest.strip(),
        commit.author.name,
        iso_moment(commit.committed_at),
        sha,
        row.full_name,
        sha,
    )
    return Page(f"{title} · {row.full_name}", head + _diff(bare.patch(sha)), row, "Commits")


def _line(row: records.Repository, commit: git.Commit) -> Markup:
    return Markup(
        "<li><a href='/{}/commit/{}'><b>{}</b></a> <code>{}</code> <span class='quiet'>{}, {}</span></li>"
    ).format(
        row.full_name,
        commit.sha,
        commit.message.split("\n", 1)[0],
        commit.sha[:7],
        commit.author.name,
        iso_moment(commit.committed_at),
    )


def _diff(patch: str) -> Markup:
    lines = patch.split("\n")
    shown = [
        Markup("<span class='{}'>{}\n</span>").format(_COLOURS.get(line[:1], "same"), line)
        for line in lines[:_MOST_LINES]
    ]
    more = len(lines) - _MOST_LINES
    rest = Markup("<p>{} more lines are not shown.</p>").format(more) if more > 0 else Markup("")
    return Markup("<pre class='diff'>{}</pre>{}").format(Markup("").join(shown), rest)
