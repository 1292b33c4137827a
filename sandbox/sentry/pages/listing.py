"""All projects, and the issues of one or of all."""

from markupsafe import Markup

from sandbox.sentry import lifecycle, records, shapes
from sandbox.sentry.pages.view import Page, Visit, counted, when
from sandbox.sentry.realm import Realm
from sandbox.viewing import PageMissingError, join

_STATES = {"unresolved": "Unresolved", "resolved": "Resolved", "ignored": "Archived", "": "All"}
_BARS = "▁▂▃▄▅▆▇█"


def home(visit: Visit) -> Page:
    """Every project, and the unresolved issues of all of them."""
    found = next(iter(visit.realm.organizations), None)
    if found is None:
        return Page("Issues", Markup("<h1>Issues</h1><p>There is no organization yet.</p>"))
    return _page(visit, found)


def issues(visit: Visit) -> Page:
    """The issues of an organization: `?project=` and `?status=` restrict them."""
    return _page(visit, visit.organization())


def state(realm: Realm, row: records.Issue) -> Markup:
    """Status, priority and assignee as badges."""
    names = {"unresolved": row.substatus or "unresolved", "ignored": "archived", "resolved": "resolved"}
    who = shapes.actor(realm, row.assignee)
    badges = [
        Markup("<span class='badge {0}'>{1}</span>").format(row.status, names[row.status]),
        Markup("<span class='badge'>{} priority</span>").format(row.priority),
    ]
    if who:
        badges.append(Markup("<span class='badge'>{}</span>").format(who["name"]))
    return Markup(" ").join(badges)


def chart(realm: Realm, row: records.Issue) -> str:
    """The events of the last 24 hours, a letter an hour."""
    counts = [number for _, number in realm.occurrences.hours(row.id, realm.clock())]
    most = max(counts) or 1
    return "".join(_BARS[round(number / most * (len(_BARS) - 1))] for number in counts)


def _page(visit: Visit, organization: records.Organization) -> Page:
    realm = visit.realm
    projects = realm.projects.where(organization=organization.id)
    wanted, status = visit.query.get("project", ""), visit.query.get("status", "unresolved")
    if status not in _STATES or (wanted and not wanted.isdigit()):
        raise PageMissingError
    base = f"/organizations/{organization.slug}/issues/"
    own = {row.id for row in projects if wanted in {"", str(row.id)}}
    rows = [lifecycle.age(realm, row) for row in realm.issues if row.project in own]
    shown = [row for row in rows if status in {"", row.status}]
    shown.sort(key=lambda row: -row.last_seen)
    tabs = [
        Markup("<a href='{}?project={}&amp;status={}'{}>{}</a>").format(
            base, wanted, key, Markup(" aria-current='page'") if key == status else "", name
        )
        for key, name in _STATES.items()
    ]
    body = Markup("<h1>Issues</h1><nav class='tabs'>{}</nav>{}<h2>Projects</h2>{}").format(
        join(tabs), _issues(realm, shown), _projects(realm, base, projects)
    )
    return Page("Issues", body)


def _issues(realm: Realm, rows: list[records.Issue]) -> Markup:
    if not rows:
        return Markup("<p>There are none.</p>")
    lines = [
        Markup(
            "<li><a href='{}'><b>{}</b></a> {}<p>{} · {} · {}, {} ·"
            " <span class='chart' aria-hidden='true'>{}</span> last seen {}</p></li>"
        ).format(
            realm.address(row).removeprefix(realm.url),
            row.title,
            state(realm, row),
            realm.short_id(row),
            row.culprit or "nowhere",
            counted(row.count, "event"),
            counted(realm.occurrences.people(row.id), "user"),
            chart(realm, row),
            when(row.last_seen),
        )
        for row in rows
    ]
    return Markup("<ul class='rows'>{}</ul>").format(join(lines))


def _projects(realm: Realm, base: str, rows: list[records.Project]) -> Markup:
    if not rows:
        return Markup("<p>There are none. A STUF gets one when it is made.</p>")
    lines = []
    for row in rows:
        issues = realm.issues.where(project=row.id)
        opened = [issue for issue in issues if issue.status == "unresolved"]
        lines.append(
            Markup(
                "<li><a href='{}?project={}&amp;status='><b>{}</b></a> <span class='quiet'>{}, {} unresolved</span></li>"
            ).format(base, row.id, row.slug, counted(len(issues), "issue"), len(opened))
        )
    return Markup("<ul class='rows'>{}</ul>").format(join(lines))
