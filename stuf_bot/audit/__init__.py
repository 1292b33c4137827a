"""The audit log: who did what, where, with which outcome, in a hash chain.

`record` appends, `verify` finds what was changed, removed or inserted, `entries` reads.
"""

from stuf_bot.audit.chain import Head, head, record
from stuf_bot.audit.faults import note_fault
from stuf_bot.audit.reading import Entry, entries
from stuf_bot.audit.tags import Tag
from stuf_bot.audit.verifying import Kind, Problem, snapshot, verify

__all__ = [
    "Entry",
    "Head",
    "Kind",
    "Problem",
    "Tag",
    "entries",
    "head",
    "note_fault",
    "record",
    "snapshot",
    "verify",
]
