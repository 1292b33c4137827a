"""Zulip: connection, intake, outbox, grammar, dialogue, formatting."""
