"""Looks at Sentry: whether the token is accepted, and whether what the settings name is there."""

from collections.abc import Iterator

from provisioning.sentry.client import SentryApi
from provisioning.sentry.http import SentryError
from stuf_bot.doctor.finding import Finding
from stuf_bot.settings import Settings

_AREA = "Sentry"
_HOOK = (
    "Sentry > Settings > Custom Integrations > the bot's: Webhook URL {url}/hooks/sentry, and its Client Secret as "
    "[sentry] client_secrets."
)


def look(settings: Settings) -> Iterator[Finding]:
    """What the integration's token meets; nothing where there is none, since Sentry may be left out."""
    given = settings.sentry
    if given.token is None:
        yield Finding(_AREA, "no [sentry] token: STUFs have no projects there, and errors are not told")
        return
    api = SentryApi(given.url, given.organization, given.token)
    try:
        teams = sorted(team.slug for team in api.teams())
    except SentryError as error:
        todo = f"Look at [sentry] url, organization ({given.organization}) and token: docs/sentry.md says how to get them."
        yield Finding(_AREA, f"no call is accepted ({error})", todo)
        return
    if given.team in teams:
        yield Finding(_AREA, f"organization {given.organization}, team {given.team}")
    else:
        known = ", ".join(teams) or "none that the token may see"
        yield Finding(_AREA, f"there is no team {given.team}", f"Set [sentry] team to one of these: {known}.")
    url = settings.web.public_url or "https://THE-BOT"
    if not given.client_secrets:
        yield Finding(
            _AREA, "no [sentry] client_secrets: no webhook of Sentry is accepted", _HOOK.format(url=url)
        )
    yield from _integration(api, given.app_id)


def _integration(api: SentryApi, app_id: str | None) -> Iterator[Finding]:
    """Whether the bot knows which integration it is; Sentry's pages do not show the id, so it is told here."""
    try:
        there = {one.app_id: one.slug for one in api.installations()}
    except SentryError as error:
        todo = "Give the integration Organization: Read, then run doctor again."
        yield Finding(_AREA, f"which integrations there are could not be read ({error})", todo)
        return
    if app_id in there:
        return
    known = ", ".join(f"{number} ({slug})" for number, slug in sorted(there.items())) or "none there is yet"
    what = "no [sentry] app_id" if app_id is None else f"there is no integration {app_id}"
    todo = f"Set [sentry] app_id to that of the bot's integration: {known}."
    yield Finding(_AREA, f"{what}: alerts do not reach the bot, and it may hear itself", todo)
