"""What a TA is asked for a new STUF. The questions are the fields."""

import base64
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from handlers._people import Invitee, distinct, spread
from provisioning.models import REGIONS, Colour, GithubLogin, Region, Slug, slugify
from stuf_bot.access import Role
from stuf_bot.chat.forms import Answers, Form, Question, yes_or_no
from stuf_bot.personal_text import found

_CHANNEL_LENGTH = 60
_MARKUP = frozenset("*>`#@|\\[]")


def _channel(value: str) -> str:
    name = re.sub(r"^#?\*\*(.+)\*\*$", r"\1", value.strip()).removeprefix("#").strip()
    if not 1 <= len(name) <= _CHANNEL_LENGTH:
        raise ValueError(f"must be a channel name of 1 to {_CHANNEL_LENGTH} characters")
    if not name.isprintable() or set(name) & _MARKUP:
        # The name is written into links to the channel.
        raise ValueError("must be without the characters " + " ".join(sorted(_MARKUP)))
    return name


def _public(value: str) -> str:
    if found(value):
        raise ValueError(
            "must be without e-mail addresses and phone numbers: it is written where others read it, in the "
            "STUF's channel and repository"
        )
    return value


def _bool(value: Any) -> Any:
    return yes_or_no(value) if isinstance(value, str) else value


def _lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _picture(value: str) -> str:
    if value and not re.match(r"data:image/(png|jpeg);base64,", value):
        raise ValueError("must be a PNG or JPEG picture that you attach to your answer")
    return value


def _count(value: Any) -> str:
    return f"{len(value)} people"


def _attached(value: Any) -> str:
    return "the attached picture" if value else "no logo"


def _suggested_slug(answers: Answers) -> str:
    return slugify(str(answers.get("name", "")))


def _suggested_channel(answers: Answers) -> str:
    return f"stuf-{answers['slug']}" if "slug" in answers else ""


def _suggested_title(answers: Answers) -> str:
    return str(answers.get("name", ""))


class CreateForm(Form, form="create", heading="A new STUF", role=Role.ARCHITECT):
    """All that a new STUF needs."""

    name: Annotated[
        str,
        AfterValidator(_public),
        Field(title="Project name", min_length=1, max_length=60),
        Question("What is the project called?", "Up to 60 characters, for example *Acme Audit*."),
    ]
    slug: Annotated[
        Slug,
        BeforeValidator(_lower),
        Field(title="Slug"),
        Question(
            "What is its short name?",
            "It names the STUF in commands, its address and its repository: 3 to 32 lower-case letters, "
            "digits and hyphens.",
            suggest=_suggested_slug,
        ),
    ]
    description: Annotated[
        str,
        AfterValidator(_public),
        Field(title="Description", max_length=500),
        Question(
            "What is it for?", "One or two sentences for the people who read along; up to 500 characters."
        ),
    ] = ""
    storage: Annotated[
        Literal["aws"],
        BeforeValidator(_lower),
        Field(title="Storage"),
        Question("Where are the files kept?", "`aws`: AWS S3.", choices=("aws",)),
    ] = "aws"
    region: Annotated[
        Region,
        BeforeValidator(_lower),
        Field(title="Region"),
        Question("In which AWS region?", "The files stay there.", choices=REGIONS),
    ] = "eu-west-1"
    participants: Annotated[
        tuple[Invitee, ...],
        BeforeValidator(spread),
        AfterValidator(distinct),
        Field(title="Authorised users"),
        Question(
            "Who may upload?",
            "One person a line, e-mail and phone with country code, or attach a CSV file with the two columns:\n"
            "```text\nana@example.org, +44 7700 900123\nben@example.org, +44 7700 900456\n```",
            private=True,
            upload="text",
            show=_count,
        ),
    ]
    channel: Annotated[
        str,
        AfterValidator(_channel),
        AfterValidator(_public),
        Field(title="Notification channel"),
        Question(
            "In which channel are uploads and operations announced?",
            "If it does not exist, I make it: private, with you and the operators.",
            suggest=_suggested_channel,
        ),
    ]
    show_file_names: Annotated[
        bool,
        BeforeValidator(_bool),
        Field(title="Show file names"),
        Question(
            "Should announcements of uploads name the file?",
            "File names can be personal data; everybody in the channel reads them.",
            choices=("yes", "no"),
        ),
    ] = False
    display_name: Annotated[
        str,
        AfterValidator(_public),
        Field(title="Display name", max_length=60),
        Question("Which name does the upload page show?", suggest=_suggested_title),
    ] = ""
    accent_colour: Annotated[
        Colour,
        Field(title="Accent colour"),
        Question(
            "Which accent colour does the page have?",
            "A # and six hexadecimal digits, for example `#1a6b54`.",
        ),
    ] = "#1a6b54"
    welcome_text: Annotated[
        str,
        AfterValidator(_public),
        Field(title="Welcome text", max_length=1000),
        Question("What does the page say to participants?", "Plain text, up to 1000 characters."),
    ] = ""
    logo: Annotated[
        str,
        AfterValidator(_picture),
        Field(title="Logo", repr=False),
        Question(
            "Would you like a logo on the page?",
            "Attach a PNG or JPEG up to 1 MB.",
            upload="image",
            show=_attached,
        ),
    ] = ""
    github_account: Annotated[
        GithubLogin | None,
        Field(title="GitHub account"),
        Question(
            "Which GitHub account of yours may read the STUF's repository?",
            "It is invited to read, nothing more.",
        ),
    ] = None


def logo_file(form: CreateForm) -> tuple[str, bytes] | None:
    """The logo as (file name, content), or None."""
    if not form.logo:
        return None
    head, _, content = form.logo.partition(",")
    return ("logo.png" if "png" in head else "logo.jpg"), base64.b64decode(content)
