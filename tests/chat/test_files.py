"""Files go out with their post, also where the process ends in between, and long texts become files."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from sandbox.zulip import ZulipRealm
from stuf_bot.acts import Drawing, FilePart, Lane, Post
from stuf_bot.chat.content import CONTENT_LENGTH
from stuf_bot.chat.files import Uploaded, fitted, linked, upload_name
from stuf_bot.chat.zulip_api import Unavailable, ZulipApi
from stuf_bot.places import Direct, Topic
from stuf_bot.store.tables import OutboxRow

TESS = Direct(user_ids=(9,))
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
PICTURE = FilePart(name="code.png", content=PNG)


class Killed(BaseException):
    """The process ends here."""


def of_tess(realm: ZulipRealm) -> ZulipApi:
    account = realm.accounts["tess"]
    return ZulipApi.from_account(realm.url, account.email, account.api_key)


def paths(said: str) -> list[str]:
    return [part.split(")")[0] for part in said.split("](")[1:]]


def test_a_file_is_bytes_in_python_and_base64_in_json() -> None:
    post = Post(to=TESS, content="scan this", files=(PICTURE,))
    stored = post.model_dump_json()
    assert "iVBORw0KGgo" in stored
    assert Post.model_validate_json(stored) == post


def test_files_are_linked_below_the_text_and_can_be_read(realm: ZulipRealm, hand_bot: Any, tess: Any) -> None:
    notes = FilePart(name="../notes [1](x) @**all**.md", content=b"# notes")
    hand_bot.put(Post(to=TESS, content="scan this", files=(PICTURE, notes)))
    hand_bot.drain()
    (said,) = tess.reads_from_bot()
    text, links = said.split("\n\n")
    assert text == "scan this"
    assert links.splitlines()[0].startswith("[`code.png`](/user_uploads/")
    assert links.splitlines()[1].startswith("[`notes [1](x) @**all**.md`](/user_uploads/")
    picture, file = (path for path in paths(said) if path.startswith("/user_uploads/"))
    assert of_tess(realm).download(picture) == PNG
    assert of_tess(realm).download(file) == b"# notes"
    (message,) = [m for m in tess.reads() if m["sender_id"] == 12]
    assert "mentioned" not in message["flags"]


@pytest.mark.parametrize("dies_at", ["upload 1", "upload 2", "keep 1", "keep 2", "send", "sent"])
def test_killed_anywhere_between_the_files_and_the_note(
    realm: ZulipRealm, make_bot: Any, tess: Any, monkeypatch: Any, dies_at: str
) -> None:
    first = make_bot(realm)
    first.intake.connect()
    first.put(Post(to=TESS, content="two", files=(PICTURE, PICTURE)), Post(to=TESS, content="after"))
    calls = {"upload": 0, "keep": 0}

    def dying(name: str, real: Any) -> Any:
        def call(*given: Any) -> Any:
            calls[name] += 1
            if dies_at == f"{name} {calls[name]}":
                raise Killed
            return real(*given)

        return call

    def die(*_: Any) -> None:
        raise Killed

    monkeypatch.setattr(first.api, "upload", dying("upload", first.api.upload))
    monkeypatch.setattr(first.sender._waiting, "keep", dying("keep", first.sender._waiting.keep))
    if dies_at in {"send", "sent"}:
        patched = (first.api, "send") if dies_at == "send" else (first.sender._waiting, "done")
        monkeypatch.setattr(*patched, die)
    with pytest.raises(Killed):
        first.sender.step()
    second = make_bot(realm)
    second.intake.connect()
    second.drain()
    said = tess.reads_from_bot()
    assert [one.split("\n")[0] for one in said] == ["two", "after"]
    assert len(paths(said[0])) == 2


def test_a_lost_answer_uploads_nothing_again(
    realm: ZulipRealm, hand_bot: Any, tess: Any, moments: Any, monkeypatch: Any
) -> None:
    uploads: list[str] = []
    real = hand_bot.api.upload

    def upload(name: str, content: bytes) -> str:
        uploads.append(name)
        return str(real(name, content))

    monkeypatch.setattr(hand_bot.api, "upload", upload)
    realm.fail_next("POST", "/api/v1/messages", 502, after_effect=True)
    hand_bot.put(Post(to=TESS, content="once", files=(PICTURE,)))
    hand_bot.drain()
    moments.forward(3)
    hand_bot.drain()
    assert len(tess.reads_from_bot()) == 1
    assert uploads == ["code.png"]
    with hand_bot.database.reading() as session:
        row = session.scalars(select(OutboxRow)).one()
    assert (row.payload, row.uploaded) == ("", "")


def test_an_upload_that_gets_no_answer_is_tried_again(
    hand_bot: Any, tess: Any, moments: Any, monkeypatch: Any
) -> None:
    real = hand_bot.api.upload
    answers: list[Any] = [Unavailable("no answer"), real]

    def upload(name: str, content: bytes) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer(name, content)

    monkeypatch.setattr(hand_bot.api, "upload", upload)
    hand_bot.put(Post(to=TESS, content="once", files=(PICTURE,)))
    hand_bot.drain()
    assert tess.reads_from_bot() == []
    moments.forward(3)
    hand_bot.drain()
    assert len(tess.reads_from_bot()) == 1


def test_a_picture_is_drawn_when_it_goes_out_and_by_no_transaction(
    realm: ZulipRealm, make_bot: Any, tess: Any
) -> None:
    drawn: list[Any] = []

    def draw(of: Any) -> bytes:
        # Whoever stores something meanwhile does not wait.
        with bot.database.session() as session:
            session.execute(update(OutboxRow).values(asker=OutboxRow.asker))
        drawn.append(of)
        return PNG

    bot = make_bot(realm, draws={"dots": draw})
    bot.intake.connect()
    picture = Drawing(name="dots.png", draw="dots", of={"dots": [1, None]})
    bot.put(Post(to=TESS, content="look", files=(PICTURE, picture)))
    assert drawn == []
    realm.fail_next("POST", "/api/v1/messages", 502, after_effect=True)
    bot.drain()
    (said,) = tess.reads_from_bot()
    assert drawn == [{"dots": [1, None]}]
    assert [of_tess(realm).download(path) for path in paths(said)] == [PNG, PNG]


@pytest.mark.parametrize("draw", ["broken", "unknown"])
def test_a_post_goes_without_a_picture_that_cannot_be_drawn(
    realm: ZulipRealm, make_bot: Any, tess: Any, moments: Any, caplog: Any, draw: str
) -> None:
    def broken(_: Any) -> bytes:
        raise ZeroDivisionError

    bot = make_bot(realm, draws={"broken": broken})
    bot.intake.connect()
    lost = Drawing(name="dots.png", draw=draw, of={})
    # Its answer is lost: what was sent is found again, once.
    realm.fail_next("POST", "/api/v1/messages", 502, after_effect=True)
    bot.put(Post(to=TESS, content="look", files=(lost, PICTURE)))
    bot.drain()
    moments.forward(3)
    bot.drain()
    (said,) = tess.reads_from_bot()
    assert said.startswith("look\n\n*(`dots.png` could not be drawn.)*\n[`code.png`](")
    assert f"a picture of {draw} could not be drawn" in caplog.text


def test_a_file_that_is_too_big_is_said_to_be_missing(hand_bot: Any, tess: Any) -> None:
    big = FilePart(name="log.txt", content=b"x" * (26 * 1024 * 1024))
    hand_bot.put(Post(to=TESS, content="the log", files=(big, PICTURE)))
    hand_bot.drain()
    (said,) = tess.reads_from_bot()
    assert (
        "`log.txt` could not be attached: `Uploaded file is larger than the allowed limit of 25 MiB`" in said
    )
    assert "Ask an administrator" in said
    assert "[`code.png`](/user_uploads/" in said


def test_a_long_text_is_its_beginning_and_a_file_with_all_of_it(
    realm: ZulipRealm, hand_bot: Any, tess: Any
) -> None:
    lines = "\n".join(f"line {number} of a log" for number in range(2000))
    content = f"```text\n{lines}\n```\n\nThat is for @**Tess Architect|9**."
    hand_bot.put(Post(to=TESS, content=content))
    hand_bot.drain()
    (said,) = tess.reads_from_bot()
    assert len(said) <= CONTENT_LENGTH
    beginning, note, people, link = said.rsplit("\n\n", 3)
    assert beginning.startswith("```text\nline 0 of a log\n")
    assert beginning.splitlines()[-1] == "```"
    assert beginning.splitlines()[-2] in lines.splitlines()
    assert note == "*(This is the beginning: `message.md` below has all of it.)*"
    assert people == "For @**Tess Architect|9**."
    assert of_tess(realm).download(paths(link)[0]).decode() == content


def test_a_long_text_whose_file_is_refused_says_so(realm: ZulipRealm, hand_bot: Any, tess: Any) -> None:
    refusal = (
        '{"result":"error","code":"BAD_REQUEST","msg":"Upload would exceed your organization\'s quota."}'
    )
    realm.fail_next("POST", "/api/v1/user_uploads", 400, refusal)
    hand_bot.put(Post(to=Topic(channel="stuf-admin", topic="work"), content="word " * 3000))
    hand_bot.drain()
    (said,) = tess.reads_from_bot(("channel", "stuf-admin"))
    assert "`message.md` could not be attached" in said
    assert "quota" in said


@given(
    content=st.tuples(st.text(st.sampled_from("ab \n`~@*|9"), max_size=40), st.integers(0, 900)).map(
        lambda parts: parts[0] * parts[1]
    ),
    files=st.lists(st.text(max_size=90), max_size=4),
    refused=st.booleans(),
)
def test_text_and_links_always_fit(content: str, files: list[str], refused: bool) -> None:
    parts = tuple(FilePart(name=name, content=b"") for name in files)
    post = fitted(Post(to=TESS, content=content, files=parts, lane=Lane.REPLY))
    assert fitted(post) == post
    one = Uploaded(refused="r" * 300) if refused else Uploaded(path="/user_uploads/2/f1/" + "x" * 120)
    said = linked(post, [one] * len(post.files))
    assert 0 < len(said) <= CONTENT_LENGTH
    assert len(post.files) - len(parts) in {0, 1}
    assert said.count("/user_uploads/") == (0 if refused else len(post.files))


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("code.png", "code.png"),
        ("../../etc/passwd", "etc-passwd"),
        ('a"b\r\nc.txt', "a-b--c.txt"),
        ("naïve.md", "na-ve.md"),
        ("", "file"),
        ("…", "file"),
    ],
)
def test_the_name_of_an_upload_is_plain(name: str, safe: str) -> None:
    assert upload_name(name) == safe


def test_a_long_name_keeps_its_ending() -> None:
    assert Path(upload_name("x" * 300 + ".json")).suffix == ".json"
    assert len(upload_name("x" * 300 + ".json")) <= 100
