"""The embedded Sentry: takes envelopes of the real SDK, groups, answers the REST API, signs webhooks, has pages."""

from sandbox.sentry.server import Sentry

__all__ = ["Sentry"]
