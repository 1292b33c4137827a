"""Sentry: a project a STUF, what its people do to issues, and what the bot asks about them. Knows no Zulip."""
