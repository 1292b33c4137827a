"""The bot.conf that points the bot at the embedded realm."""

from collections.abc import Mapping

_HEAD = "# Written by `stuf-bot sandbox` at every start; changes here are lost.\n"
_LEFT_OUT = """
# GitHub was left out (--no-github): give the bot its [github] settings by the environment,
# STUF_BOT_GITHUB_CONTROL_REPOSITORY and STUF_BOT_GITHUB_TOKEN.
"""


def render(sections: Mapping[str, Mapping[str, object]]) -> str:
    """The text of the file; a section without settings is left out."""
    text = _HEAD
    for name, settings in sections.items():
        if settings:
            text += f"\n[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items())
    return text if sections.get("github") else text + _LEFT_OUT
