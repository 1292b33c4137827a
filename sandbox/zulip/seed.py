"""The realm as it is when it starts for the first time."""

from collections.abc import Mapping

from sandbox.zulip.records import OWNER, Channel, Group, User
from sandbox.zulip.users import new_key
from sandbox.zulip.world import World

DOMAIN = "example.org"
PEOPLE: Mapping[str, tuple[int, str]] = {
    "ada": (8, "Ada Admin"),
    "tess": (9, "Tess Architect"),
    "omar": (10, "Omar Ops"),
    "pat": (11, "Pat Plain"),
    "bot": (12, "STUF Bot"),
}
_ADDRESS = {"bot": "stuf-bot"}
_OWNER_OF_BOT = 8
_NOBODY = 9


def address(name: str) -> str:
    """The e-mail address of one of the realm's accounts."""
    return f"{_ADDRESS.get(name, name)}@{DOMAIN}"


def seed_accounts(world: World) -> None:
    """The server's own bots, the five accounts, and the groups that every realm has."""
    now = world.now()
    world.remember("created", now)
    world.remember("upload-key", new_key())
    for user_id, email, name in (
        (1, "emailgateway@zulip.com", "Email Gateway"),
        (6, "notification-bot@zulip.com", "Notification Bot"),
        (7, "welcome-bot@zulip.com", "Welcome Bot"),
    ):
        world.keep(User(id=user_id, email=email, full_name=name, bot_type=1, system=True, joined=now))
    for name, (user_id, full_name) in PEOPLE.items():
        user = User(id=user_id, email=address(name), full_name=full_name, api_key=new_key(), joined=now)
        if name == "ada":
            user.role = OWNER
        if name == "bot":
            user.bot_type, user.owner_id = 1, _OWNER_OF_BOT
        world.keep(user)
    world.remember("next:user", 13)
    members = [user_id for name, (user_id, _) in PEOPLE.items() if name != "ada"]
    for group_id, name, description, direct, below in (
        (9, "role:nobody", "Nobody", [], []),
        (10, "role:owners", "Owners of this organization", [8], []),
        (11, "role:administrators", "Administrators of this organization, including owners", [], [10]),
        (12, "role:moderators", "Moderators of this organization, including administrators", [], [11]),
        (
            13,
            "role:fullmembers",
            "Members of this organization, not including new accounts and guests",
            members,
            [12],
        ),
        (14, "role:members", "Members of this organization, not including guests", members, [13]),
        (15, "role:everyone", "Everyone in this organization, including guests", [], [14]),
        (16, "role:internet", "Everyone on the Internet", [], [15]),
    ):
        world.keep(
            Group(
                id=group_id,
                name=name,
                description=description,
                members=list(direct),
                subgroups=list(below),
                system=True,
                can_mention=_NOBODY,
            )
        )
    world.remember("next:group", 17)


def add_channel(world: World, name: str, description: str, subscribers: list[int]) -> Channel:
    """A public channel that nobody in particular created."""
    channel = Channel(
        id=world.number("channel"),
        name=name,
        description=description,
        created=world.now(),
        subscribers=subscribers,
    )
    world.keep(channel)
    return channel


def seed_demo(world: World) -> None:
    """The realm of the demo: two channels, and the group of the operators."""
    seed_accounts(world)
    world.remember("next:channel", 3)
    everybody = [user_id for user_id, _ in PEOPLE.values()]
    add_channel(world, "general", "For everybody.", list(everybody))
    add_channel(world, "stuf-admin", "Creating and looking after STUFs.", list(everybody))
    operators = Group(
        id=world.number("group"),
        name="stuf-operators",
        description="Who watches over the STUFs.",
        members=[PEOPLE["omar"][0]],
        can_mention=15,
    )
    world.keep(operators)
