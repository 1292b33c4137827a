"""Relays: outside events, each told in the topic of the object that it is about, by the STUF's rules."""

from stuf_bot.relays.keys import card_key, news_key
from stuf_bot.relays.model import News, Relay, Subject
from stuf_bot.relays.objects import Objects
from stuf_bot.relays.people import People
from stuf_bot.relays.say import Relays

__all__ = ["News", "Objects", "People", "Relay", "Relays", "Subject", "card_key", "news_key"]
