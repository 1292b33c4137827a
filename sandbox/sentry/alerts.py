"""Alerts: which workflows an event or a change sets off, and the webhooks that come of it."""

from sandbox.sentry import records
from sandbox.sentry.lifecycle import Arrival
from sandbox.sentry.realm import Realm


def arrived(realm: Realm, arrival: Arrival) -> None:
    """Run the alerts of an event that was taken."""


def changed(realm: Realm, before: records.Issue, after: records.Issue) -> None:
    """Run the alerts of an issue that somebody changed."""
