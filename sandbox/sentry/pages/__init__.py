"""The pages that a person looks at: projects, issues, one issue with what can be done to it."""

from starlette.routing import Route

from sandbox.sentry.pages import acting, issue, listing
from sandbox.sentry.pages.view import View, asset
from sandbox.sentry.realm import Realm


def routes(realm: Realm) -> list[Route]:
    """The addresses that answers and webhooks give as `permalink` and `web_url`."""
    view = View(realm)
    issues = "/organizations/{org}/issues/"
    one = f"{issues}{{issue:int}}/"
    return [
        Route("/_assets/{name}", asset),
        Route("/", view.shows(listing.home)),
        Route(issues, view.shows(listing.issues)),
        Route(one, view.shows(issue.page)),
        Route(f"{one}events/{{event}}/", view.shows(issue.page)),
        Route(f"{one}{{act}}", view.does(acting.act), methods=["POST"]),
    ]
