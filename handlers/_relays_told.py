"""How a relay is named by what rules look at."""

from stuf_bot.chat.outside import inline
from stuf_bot.relays.rules import FIELDS, Facts


def facts_shown(facts: Facts) -> str:
    """`checks` of object `#12`, status `failure`: all that is known, as safe Markdown."""
    known = [f"{field} {inline(facts.of(field))}" for field in FIELDS if facts.of(field)]
    return ", ".join([f"`{facts.kind}`", *known])
