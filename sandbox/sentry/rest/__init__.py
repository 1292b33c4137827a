"""The REST API, one file a part."""

from starlette.routing import Route

from sandbox.sentry.calls import Api, Call, not_found
from sandbox.sentry.realm import Realm
from sandbox.sentry.rest import alerts, comments, explore, issues, organizations, projects

_PARTS = (organizations.API, projects.API, issues.API, comments.API, alerts.API, explore.API)


def routes(realm: Realm) -> list[Route]:
    """All addresses of the REST API."""
    found = Api()
    for part in _PARTS:
        found.handlers += part.handlers
    # What is left below the prefix answers 404 in JSON.
    found("GET", "/{rest:path}")(_nothing)
    return found.routes(realm)


def _nothing(call: Call) -> None:
    del call
    raise not_found()
