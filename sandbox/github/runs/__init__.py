"""Workflows: read from the repository, queued, and run by the `act` binary."""
