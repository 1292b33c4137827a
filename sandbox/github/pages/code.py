"""Folders and files of a repository."""

from urllib.parse import quote

from markupsafe import Markup
from starlette.responses import Response

from sandbox.github import git, records
from sandbox.github.pages.view import HEADERS, Page, Visit
from sandbox.github.pages.when import iso_moment
from sandbox.viewing import PageMissingError, join

_MOST_SHOWN = 400_000


def root(visit: Visit) -> Page:
    """The top folder of the default branch."""
    row = visit.repository()
    if not visit.bare().refs("refs/heads/"):
        empty = Markup(
            "<h1>{0}</h1><p>This repository is empty. Push to it:</p><pre>git push {1}/{0}.git main</pre>"
        )
        return Page(row.full_name, empty.format(row.full_name, visit.realm.url), row, "Code")
    return _folder(visit, row.default_branch, "")


def tree(visit: Visit) -> Page:
    """A folder, at a branch, tag or commit."""
    return _folder(visit, *_ref_and_path(visit))


def blob(visit: Visit) -> Page:
    """A file with line numbers."""
    row, bare = visit.repository(), visit.bare()
    ref, path = _ref_and_path(visit)
    content = bare.blob(_entry(bare, ref, path).sha)
    where = Markup("<a href='/{}/raw/{}/{}'>Raw</a>").format(row.full_name, quote(ref), quote(path))
    size = Markup("<p class='quiet'>{} bytes · {}</p>").format(len(content), where)
    if b"\0" in content[:8000] or len(content) > _MOST_SHOWN:
        body = Markup("<p>This file is not shown here.</p>")
    else:
        lines = content.decode(errors="replace").removesuffix("\n").split("\n")
        cells = [
            Markup("<tr id='L{0}'><td class='number'>{0}</td><td><code>{1}</code></td></tr>").format(
                number, line
            )
            for number, line in enumerate(lines, 1)
        ]
        body = Markup("<table class='code'>{}</table>").format(join(cells))
    return Page(f"{path} · {row.full_name}", _place(row, ref, path) + size + body, row, "Code")


def raw(visit: Visit) -> Response:
    """A file as it is, as plain text that no browser runs."""
    bare = visit.bare()
    ref, path = _ref_and_path(visit)
    content = bare.blob(_entry(bare, ref, path).sha)
    headers = {**HEADERS, "Content-Security-Policy": "default-src 'none'; sandbox"}
    return Response(content, headers={**headers, "Content-Type": "text/plain; charset=utf-8"})


def _folder(visit: Visit, ref: str, path: str) -> Page:
    row, bare = visit.repository(), visit.bare()
    sha = bare.resolve(ref)
    if sha is None:
        raise PageMissingError
    try:
        entries = bare.entries(sha, path)
    except git.GitError as wrong:
        raise PageMissingError from wrong
    last = bare.commits(sha, limit=1, path=path or None)
    entries.sort(key=lambda entry: (entry.kind != "tree", entry.path.lower()))
    lines = [_line(row, ref, path, entry) for entry in entries]
    listing = Markup("<ul class='files'>{}</ul>").format(join(lines))
    return Page(row.full_name, _place(row, ref, path) + _last(row, last) + listing, row, "Code")


def _line(row: records.Repository, ref: str, path: str, entry: git.Entry) -> Markup:
    kind = "tree" if entry.kind == "tree" else "blob"
    target = f"/{row.full_name}/{kind}/{quote(ref)}/{quote(f'{path}/{entry.path}'.strip('/'))}"
    mark = "📁" if kind == "tree" else "📄"
    return Markup("<li><span aria-hidden='true'>{}</span> <a href='{}'>{}</a></li>").format(
        mark, target, entry.path
    )


def _last(row: records.Repository, commits: list[git.Commit]) -> Markup:
    if not commits:
        return Markup("")
    commit = commits[0]
    return Markup(
        "<p class='last'><b>{}</b> <a href='/{}/commit/{}'>{}</a> <span class='quiet'>{}</span></p>"
    ).format(
        commit.author.name,
        row.full_name,
        commit.sha,
        commit.message.split("\n", 1)[0],
        iso_moment(commit.committed_at),
    )


def _place(row: records.Repository, ref: str, path: str) -> Markup:
    links = [Markup("<a href='/{0}/tree/{1}'>{2}</a>").format(row.full_name, quote(ref), row.name)]
    parts = path.split("/") if path else []
    for number, part in enumerate(parts, 1):
        target = quote("/".join(parts[:number]))
        links.append(
            Markup("<a href='/{}/tree/{}/{}'>{}</a>").format(row.full_name, quote(ref), target, part)
        )
    return Markup("<h1 class='place'><span class='badge'>{}</span> {}</h1>").format(
        ref, Markup(" / ").join(links)
    )


def _entry(bare: git.Bare, ref: str, path: str) -> git.Entry:
    sha = bare.resolve(ref)
    entry = bare.entry(sha, path) if sha and path else None
    if entry is None or entry.kind != "blob":
        raise PageMissingError
    return entry


def _ref_and_path(visit: Visit) -> tuple[str, str]:
    """Branch names may have slashes: the longest known one that fits is meant."""
    rest: str = visit.path["rest"].strip("/")
    names = [
        name.split("/", 2)[2]
        for name in visit.bare().refs()
        if name.startswith(("refs/heads/", "refs/tags/"))
    ]
    fitting = [name for name in names if rest == name or rest.startswith(f"{name}/")]
    if fitting:
        ref = max(fitting, key=len)
        return ref, rest[len(ref) :].strip("/")
    ref, _, path = rest.partition("/")
    return ref, path
