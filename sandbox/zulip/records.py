"""What the realm remembers. Times are unix seconds; dictionaries are keyed by user id."""

from typing import Any

from pydantic import BaseModel, Field

OWNER, ADMINISTRATOR, MODERATOR, MEMBER, GUEST = 100, 200, 300, 400, 600


class User(BaseModel):
    """A person or a bot. `system` bots belong to the server and to no list of users."""

    id: int
    email: str
    full_name: str
    api_key: str = ""
    role: int = MEMBER
    bot_type: int | None = None
    owner_id: int | None = None
    active: bool = True
    joined: int = 0
    system: bool = False

    @property
    def is_bot(self) -> bool:
        """Whether this is a program's account."""
        return self.bot_type is not None

    @property
    def is_admin(self) -> bool:
        """Whether the account administers the realm (an owner does, too)."""
        return self.role <= ADMINISTRATOR


class Channel(BaseModel):
    """A channel. An archived one keeps its id and messages and frees its name."""

    id: int
    name: str
    description: str = ""
    creator_id: int | None = None
    created: int = 0
    private: bool = False
    history_public: bool = True
    post_policy: int = 1
    archived: bool = False
    subscribers: list[int] = Field(default_factory=list)
    former: list[int] = Field(default_factory=list)
    first_message_id: int | None = None


class Group(BaseModel):
    """A user group; system groups nest (`role:administrators` holds `role:owners`)."""

    id: int
    name: str
    description: str = ""
    members: list[int] = Field(default_factory=list)
    subgroups: list[int] = Field(default_factory=list)
    system: bool = False
    can_mention: int = 0


class Reaction(BaseModel):
    """One person's emoji on a message."""

    user_id: int
    emoji_name: str
    emoji_code: str
    reaction_type: str = "unicode_emoji"


class Submessage(BaseModel):
    """A widget's definition, or what somebody did with it. `content` is JSON text."""

    id: int
    message_id: int
    sender_id: int
    msg_type: str
    content: str


class Message(BaseModel):
    """A message. `received` holds the flags of everybody who got it; absent means not delivered."""

    id: int
    sender_id: int
    channel_id: int | None = None
    topic: str = ""
    people: list[int] = Field(default_factory=list)
    content: str
    rendered: str
    sent: int
    client: str
    reactions: list[Reaction] = Field(default_factory=list)
    submessages: list[Submessage] = Field(default_factory=list)
    edits: list[dict[str, Any]] = Field(default_factory=list)
    last_edit: int | None = None
    received: dict[int, list[str]] = Field(default_factory=dict)

    @property
    def is_me(self) -> bool:
        """Whether it is shown as an action of its sender."""
        return self.content.startswith("/me ")


class Upload(BaseModel):
    """An uploaded file; its bytes lie beside the database under `path_id`."""

    id: int
    path_id: str
    owner_id: int
    name: str
    size: int
    content_type: str
    created: int


class Setting(BaseModel):
    """One remembered value: a realm setting, a counter, a recipient's number."""

    id: str
    value: Any = None
