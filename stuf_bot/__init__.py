"""The bot: it knows Zulip, the database, the clock and the web, and no business."""
