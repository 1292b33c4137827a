"""The migrations, one file each, in one line."""
