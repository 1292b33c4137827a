"""Writes docs/github-events.md from GitHub's public samples: what is told of each kind.

python tests/github/events_page.py >docs/github-events.md
"""

import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from github_hearing import Hearing, open_hearing
from github_samples import ABSENT, Sample, one_of_each, samples

from handlers.github.kinds import READERS
from stuf_bot.relays import Relay

PAGE = Path(__file__).parents[2] / "docs/github-events.md"

HEAD = """\
# What is told of GitHub's events

One object (a pull request, an issue, a branch, a release, a run, a deployment, an alert) has one topic, whose first
message is its **card**: it shows how the object stands now, and is changed in place. What somebody may want to know
at once is a **message** below it. Who is asked to act (a review, an assignment, an approval) is mentioned there, once,
if their GitHub account is known (`me github octo`); everybody else is named without being called. A changed title or
text, a label, a milestone change the card only: nothing is posted twice.

Each event belongs to one of the kinds that `relays` lists and mutes; see [Relays](relays.md). Deliveries that came out
of order or twice end in the same card, for each fact is kept with the time at which GitHub said it. E-mail addresses
and phone numbers are left out of all that people wrote on GitHub. An event of a kind that is not listed here is kept:
see [Deliveries](deliveries.md).

## Runs, deployments, alerts, access

- **Runs and checks**: one topic per workflow and branch. It is loud where the branch begins to fail (with the job and
  the step) and where it works again; what succeeds is quiet, unless `relays` says otherwise. What belongs to an
  operation is on that operation's card, and nowhere else.
- **Deployments**: those of GitHub have a card with their history, steps, duration, log and what changed since the one
  before. An operation's card shows, once it is over, which components it deployed and which files of the configuration
  it changed, from the record that its run leaves in the instance repository. `deployments acme-audit` lists both. Who
  may approve is asked once. No command rolls back yet.
- **Alerts** stand on a card until they are fixed or dismissed; a critical one that is open, and any secret, goes before
  everything else, and no rule mutes it. The secret itself is never read. An advisory of the world is news only where it
  names a package that the bot or a STUF's API is built from.
- **Access**: whatever changes who may read a STUF's repository is told, and no rule mutes it. GitHub does not tell of
  everything: after each change, after a provisioning and every six hours the bot asks who may read each repository,
  and tells what no webhook told, invitations (made, taken, lapsed, withdrawn) among it. For that its account needs to
  read the repository's *administration*, and *members* of the organization; a part that it may not see is left out.

## Every kind, with an example

What is shown is written by the bot from [GitHub's public samples](https://github.com/octokit/webhooks) (`make docs`
writes this page again, a test holds it to what the bot says). In the samples, `Codertocat` belongs to nobody in the
realm. Actions that are told alike stand in one row; … stands for a block of what people wrote.

| Event | Kind | Topic | Card | Message |
| --- | --- | --- | --- | --- |
"""
WITHOUT = "These are read too, though there is no public sample of them: {kinds}."
EXAMPLES = """
## Whole cards

As they stand in Zulip's Markdown.
"""
WHOLE = {
    ("deployment_status", "created"),
    ("issues", "assigned"),
    ("pull_request", "labeled"),
    ("push", ""),
    ("release", "published"),
}

_BLOCK = re.compile(r"(`{3,})(?:spoiler|text)[^\n]*\n.*?\n\1", re.DOTALL)
_LONGEST = 400


def page() -> str:
    """The whole page. It needs the samples."""
    hearing = open_hearing()
    each = sorted(one_of_each(), key=lambda sample: (sample.kind, sample.action))
    rows: dict[tuple[str, str], list[str]] = {}
    for sample in each:
        for row in _rows(hearing, sample):
            rows.setdefault((sample.kind, row), []).append(sample.action)
    table = "".join(f"| {_event(kind, actions)} {row}" for (kind, row), actions in rows.items())
    sampled = {sample.kind for sample in each}
    others = ", ".join(f"`{kind}`" for kind in sorted(set(READERS) - sampled))
    without = textwrap.fill(WITHOUT.format(kinds=others), 120)
    wholes = "".join(_whole(hearing, sample) for sample in each if _is_whole(sample))
    hearing.database.close()
    return HEAD + table + f"\n{without}\n" + EXAMPLES + wholes


def _rows(hearing: Hearing, sample: Sample) -> Iterator[str]:
    told = _told(hearing, sample)
    if not told:
        yield "| | | *shown by what it belongs to* | |\n"
    for relay in told:
        news = "<br>".join(_cell(one.text) for one in relay.news)
        yield f"| {relay.kind} | {_cell(relay.subject.topic)} | {_cell(relay.card)} | {news} |\n"


def _is_whole(sample: Sample) -> bool:
    return (sample.kind, sample.action) in WHOLE and not str(sample.payload.get("ref")).startswith(
        "refs/tags/"
    )


def _event(kind: str, actions: list[str]) -> str:
    """The kind, and which actions are told alike."""
    return " ".join([f"`{kind}`", ", ".join(dict.fromkeys(filter(None, actions)))]).strip()


def _whole(hearing: Hearing, sample: Sample) -> str:
    cards = "\n\n".join(relay.card for relay in _told(hearing, sample))
    return f"\n`{sample.kind}` {sample.action}".rstrip() + f":\n\n`````markdown\n{cards}\n`````\n"


def _told(hearing: Hearing, sample: Sample) -> list[Relay]:
    hearing.forget()
    hearing.stuf = "acme-audit"
    return hearing.hear(sample.kind, sample.payload)


def _cell(text: str) -> str:
    """In a cell of a table, without the blocks of what people wrote."""
    lines = [line.strip() for line in _BLOCK.sub("…", text).splitlines()]
    shown = "<br>".join(line for line in lines if line)
    return re.sub(r"<time:([^>]+)>", r"*\1*", shown).replace("|", "\\|")


if __name__ == "__main__":
    if not samples():
        sys.exit(ABSENT)
    sys.stdout.write(page())
