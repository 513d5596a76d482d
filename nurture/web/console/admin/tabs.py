"""The pages of the settings, side by side; each is shown to whoever may see it."""

from nurture.web.console.access import LEAST_ROLE, may, signed_in

PAGES = {
    "settings": ("/settings", "Wiring"),
    "health": ("/settings/health", "Health"),
    "staff": ("/settings/staff", "Staff"),
    "keys": ("/settings/keys", "API keys"),
    "suppressed": ("/settings/suppression", "Suppression"),
    "images": ("/settings/images", "Images"),
    "account": ("/settings/account", "My account"),
}
"""By endpoint: the address and the word."""


def tabs(here: str) -> list[tuple[str, str, bool]]:
    """Name the pages that this member may see: address, word, and whether it is this one."""
    role = signed_in().member.role
    return [
        (path, word, endpoint == here) for endpoint, (path, word) in PAGES.items() if may(role, LEAST_ROLE[endpoint])
    ]
