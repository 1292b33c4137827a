"""E-mail addresses and phone numbers are found in what people write, and nothing else is taken for them."""

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stuf_bot.personal_text import found, hidden

PERSONAL = [
    "ana@example.org",
    "write to ana.b+c@mail.example.org.",
    "**ana@example.org**",
    "<ana@example.org>",
    "`ana@example.org`",
    "[Ana](mailto:ana@example.org)",
    "ana@example.org:+447700900123",
    "ana@example.org:ben@example.org",
    "mail=ana@example.org",
    "https://example.org/?mail=ana@example.org",
    "ana@163.com",
    "ана@пример.рф",
    "ana@xn--e1afmkfd.xn--p1ai",
    "ana\uff20example\uff0eorg",
    "ana\u200b@exam\u00adple.org",
    "+44 7700 900123",
    "+447700900123",
    "tel:+12025550123",
    "phone+447700900123",
    "call +1 (202) 555-0123 now",
    "+44 (0)7700 900123",
    "+44.7700.900123",
    "+44-7700-900-123",
    "+44\u00a07700\u00a0900123",
    "\uff0b\uff14\uff14 \uff17\uff17\uff10\uff10 \uff19\uff10\uff10\uff11\uff12\uff13",
    "+44 7700 900123 2026 12",
    "0044 7700 900123",
    "07700 900123",
    "(020) 7946 0958",
    "(202) 555-0123",
    "202-555-0123",
    "create\n```yaml\nparticipants:\n  - ana@example.org +44 7700 900123\n```",
]
ORDINARY = [
    "",
    "status acme-audit",
    "@**Ana Architect|12** hello @_**Ben** @*operators*",
    "#**stuf-acme>upload k3f9xy**",
    "test acme-2026 now",
    "<time:2026-11-24T10:00:00+01:00>",
    "2026-11-24T10:00:00+01:00",
    "2026-11-24 10:00 to 2026-11-25 11:30",
    "since 01.02.2026 10:30",
    "24/11/2026",
    "1.2.3",
    "1.2.3+20251123120000",
    "v10.20.300-rc1+20251123120000",
    "git@github.com:acme/stuf-control.git",
    "git@github.com",
    "ssh://git@github.com/acme/x.git",
    "deploy@host.example.org:srv/x.git",
    "https://ana@host.example.org/x",
    "npm i jquery@3.6.0.min.js",
    "uses: actions/checkout@v4",
    "run 19612345678",
    "https://github.com/a/b/actions/runs/19612345678",
    "10.200.100.200",
    "50 000 000 000 bytes",
    "#1a6b54",
    "+1",
    "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-1111-2222-333344445555",
    "00000000-0000-4000-8000-000000000000",
    "UTC+10:00 2026-11-24",
    "https://maps.example.org/@51.5074,-0.1278,15z",
]


@pytest.mark.parametrize("text", PERSONAL)
def test_what_is_personal_is_found(text: str) -> None:
    assert found(text)
    assert found(f"please add {text} to acme-audit")


@pytest.mark.parametrize("text", ORDINARY)
def test_what_only_looks_like_it_is_let_through(text: str) -> None:
    assert not found(text)


@given(st.emails(), st.sampled_from(["{}", "add {} now", "<{}>", "**{}**", "- {}, +44", "mailto:{}", "({})"]))
def test_every_address_is_found(address: str, around: str) -> None:
    assume(not address.startswith("git@"))
    assert found(around.format(address))


@given(
    st.sampled_from([("+447700900", 3), ("+120255501", 2)]),
    st.integers(0, 99),
    st.sampled_from([0, 1, 2]),
    st.sampled_from(["{}", "{} ring her", "Tel. {}", "({})", "ana, {}; ben", "{}\n2026-11-24"]),
)
def test_every_number_is_found_however_it_is_written(
    start: tuple[str, int], end: int, style: int, around: str
) -> None:
    number = phonenumbers.parse(start[0] + str(end).zfill(start[1]), None)
    assert found(around.format(phonenumbers.format_number(number, style)))


@given(st.lists(st.sampled_from("+@0123456789 .-:/()<>abgit\u200b"), max_size=300).map("".join))
def test_any_text_gets_an_answer(text: str) -> None:
    assert found(text) in {True, False}
    assert isinstance(hidden(text, "[x]"), str)


def test_each_is_hidden_and_the_rest_stays() -> None:
    text = "for ana@example.org, +44 7700 900123 and (ben@example.org) until 2026-11-24"
    assert hidden(text, "[x]") == "for [x], [x] and ([x]) until 2026-11-24"


def test_nothing_is_left_of_what_was_hidden() -> None:
    for text in filter(str.isascii, PERSONAL):
        assert not found(hidden(text, "[x]")), text
