"""Inbound webhooks and health."""
