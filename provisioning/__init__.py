"""A STUF and its operations. Knows no Zulip."""
