"""One issue: what is known of it, what may be done to it, what was done."""

from typing import Any, Final

from markupsafe import Markup

from sandbox.sentry import grouping, lifecycle, records, shapes
from sandbox.sentry.pages.listing import chart, state
from sandbox.sentry.pages.view import Page, Visit, when
from sandbox.sentry.realm import Realm
from sandbox.viewing import join

_BUTTONS: Final = {
    "unresolved": (
        ("resolve", "Resolve"),
        ("resolve-next", "Resolve in the next release"),
        ("archive", "Archive until escalating"),
        ("archive-forever", "Archive forever"),
    ),
    "resolved": (("unresolve", "Unresolve"),),
    "ignored": (("unresolve", "Unarchive"), ("resolve", "Resolve")),
}
_MOST_FRAMES: Final = 30


def page(visit: Visit) -> Page:
    """The issue of the address, with the newest event that is kept."""
    realm = visit.realm
    row = lifecycle.age(realm, visit.issue())
    name = realm.short_id(row)
    body = Markup("<h1>{} <span class='quiet'>{}</span></h1><p>{}</p><p>{}</p>{}{}{}<h2>Activity</h2>{}").format(
        row.title, name, row.culprit, state(realm, row), _facts(realm, row), _forms(visit, row),
        _trace(realm, row), _activity(realm, row),
    )  # fmt: skip
    return Page(f"{name} {row.title}", body)


def _facts(realm: Realm, row: records.Issue) -> Markup:
    facts: dict[str, Any] = {
        "Project": realm.projects[row.project].slug,
        "Level": row.level,
        "Events": row.count,
        "Users": realm.occurrences.people(row.id),
        "Last 24 hours": Markup("<span class='chart'>{}</span>").format(chart(realm, row)),
        "First seen": Markup("{} {}").format(when(row.first_seen), row.first_release or ""),
        "Last seen": Markup("{} {}").format(when(row.last_seen), row.last_release or ""),
    }
    return _list(facts)


def _list(facts: dict[str, Any]) -> Markup:
    lines = [Markup("<dt>{}</dt><dd>{}</dd>").format(key, value) for key, value in facts.items()]
    return Markup("<dl>{}</dl>").format(join(lines))


def _forms(visit: Visit, row: records.Issue) -> Markup:
    """One form whose buttons say where it goes, so that all of them know who presses."""
    people = visit.members()
    teams = visit.realm.teams.where(organization=visit.organization().id)
    who = _options([(one.username, one.name) for one in people], "")
    anybody = [("", "nobody"), *((f"user:{one.id}", one.name) for one in people)]
    to = _options([*anybody, *((f"team:{one.id}", f"#{one.slug}") for one in teams)], row.assignee or "")
    priorities = _options([(name, name) for name in ("high", "medium", "low")], row.priority)
    base = visit.realm.address(row).removeprefix(visit.realm.url)
    buttons = [
        Markup("<button formaction='{}{}'>{}</button>").format(base, act, name)
        for act, name in _BUTTONS[row.status]
    ]
    return Markup("""<form method="post" class="acts">
<p><label>As <select name="by">{who}</select></label></p>
<p>{buttons}</p>
<p><label>To <select name="to">{to}</select></label>
<button formaction="{base}assign">Assign</button>
<label>Priority <select name="priority">{priorities}</select></label>
<button formaction="{base}priority">Set</button></p>
<p><label for="text">Comment</label><textarea id="text" name="text" rows="2"></textarea>
<button formaction="{base}comment">Comment</button></p>
</form>""").format(base=base, who=who, buttons=join(buttons), to=to, priorities=priorities)


def _options(choices: list[tuple[str, str]], chosen: str) -> Markup:
    lines = [
        Markup("<option value='{}'{}>{}</option>").format(
            value, Markup(" selected") if value == chosen else "", name
        )
        for value, name in choices
    ]
    return join(lines)


def _trace(realm: Realm, row: records.Issue) -> Markup:
    kept = realm.occurrences.events(row.id)
    error = grouping.exception(kept[0]) if kept else None
    if error is None:
        return Markup("")
    frames = ((error.get("stacktrace") or {}).get("frames") or [])[-_MOST_FRAMES:]
    lines = [
        Markup("<li{}>{}:{} in <b>{}</b><br><code>{}</code></li>").format(
            Markup(" class='ours'") if frame.get("in_app") else "",
            frame.get("filename") or "?",
            frame.get("lineno") or "?",
            frame.get("function") or "?",
            (frame.get("context_line") or "").strip(),
        )
        for frame in reversed(frames)
    ]
    tags = {key: value for key, value in shapes.tags(kept[0]) if key != "level"}
    return Markup("<h2>Newest event</h2><ol class='frames'>{}</ol>{}").format(join(lines), _list(tags))


def _activity(realm: Realm, row: records.Issue) -> Markup:
    done = sorted(realm.activities.where(issue=row.id), key=lambda one: -one.id)
    lines = []
    for one in done:
        person = realm.users.get(one.user) if one.user else None
        text = one.data.get("text", "") if one.kind == "note" else one.kind.replace("_", " ")
        kind = Markup(" class='comment'") if one.kind == "note" else ""
        lines.append(
            Markup("<li><b>{}</b> <span class='quiet'>{}</span><p{}>{}</p></li>").format(
                person.name if person else "Sentry", when(one.created_at), kind, text
            )
        )
    return Markup("<ul class='rows'>{}</ul>").format(join(lines))
