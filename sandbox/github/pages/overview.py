"""All repositories, and those of one account."""

from markupsafe import Markup

from sandbox.github import records
from sandbox.github.pages.view import Page, Visit
from sandbox.github.pages.when import moment
from sandbox.viewing import PageMissingError, join


def home(visit: Visit) -> Page:
    """Every repository, the last pushed first."""
    return Page("Repositories", _list("Repositories", list(visit.realm.repositories)))


def owner(visit: Visit) -> Page:
    """The repositories of one account."""
    account = visit.realm.account(visit.path["owner"])
    if account is None:
        raise PageMissingError
    rows = visit.realm.repositories.where(owner=account.login)
    return Page(account.login, _list(account.login, rows))


def _list(title: str, rows: list[records.Repository]) -> Markup:
    rows.sort(key=lambda row: -row.pushed_at)
    lines = [
        Markup(
            "<li><a href='/{0}'><b>{0}</b></a> <span class='badge'>{1}</span>"
            " <span class='quiet'>pushed {2}</span><p>{3}</p></li>"
        ).format(
            row.full_name,
            "Private" if row.private else "Public",
            moment(row.pushed_at),
            row.description or "",
        )
        for row in rows
    ]
    empty = Markup("<p>There are no repositories yet.</p>")
    shown = Markup("<ul class='rows'>{}</ul>").format(join(lines)) if lines else empty
    return Markup("<h1>{}</h1>{}").format(title, shown)
