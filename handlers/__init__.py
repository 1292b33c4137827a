"""Behaviours of the bot: one file each, with what people read about it."""
