"""The embedded realm: Zulip, GitHub and AWS on this machine, for the demo and the tests."""
