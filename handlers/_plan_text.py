"""How the plan of a new STUF reads."""

from dataclasses import dataclass

from provisioning.cost import Estimate
from provisioning.models import StufSpec
from stuf_bot.chat.format import listing, spoiler
from stuf_bot.chat.outside import inline


@dataclass(frozen=True, slots=True)
class Home:
    """Where STUFs are made."""

    repository_owner: str


def plan_text(spec: StufSpec, *, channel: str, people: int, cost: Estimate, home: Home) -> str:
    """What is created and where, what it costs, how it is undone."""
    page = spec.branding
    created = [
        f"a private repository `{home.repository_owner}/stuf-{spec.slug}` with exactly what runs"
        + (f", which {inline(spec.github_account)} may read" if spec.github_account else ""),
        (
            f"one stack `stuf-{spec.slug}` in AWS `{spec.storage.region}`: an encrypted, versioned bucket with its "
            "own key, the API, and the upload page behind CloudFront"
        ),
        f"access for {people} {'person' if people == 1 else 'people'}, with e-mail link and SMS code",
        f"the channel {inline('#' + channel)} (made if missing), where uploads are announced "
        + ("with their file names" if spec.notify.show_file_names else "without file names"),
    ]
    looks = f"The page is called {inline(page.display_name)}, in {inline(page.accent_colour)}"
    looks += ", with your logo" if page.logo else ""
    return "\n".join(
        [
            f"**Plan: create the STUF `{spec.slug}`** ({inline(spec.name)})",
            *([f"For: {inline(spec.description, 500)}"] if spec.description else []),
            "Created:",
            listing(created),
            "",
            f"{looks}.",
            f"Cost: {cost}.",
            spoiler("What the estimate assumes", listing(cost.assumptions)),
            (
                f"Undo: `abandon {spec.slug}` removes all of it again, but for the repository (archived, as the "
                "record) and the channel."
            ),
        ]
    )
