"""Written conversations: read from a file, played with real accounts on any realm where the bot runs."""
