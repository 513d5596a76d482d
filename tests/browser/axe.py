"""Axe: the judge of accessibility, by the rules of WCAG 2.0 to 2.2, A and AA."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def violations(page: Page) -> list[str]:
    """What a page does wrong: each rule with the pieces of the page that break it."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
    return [
        f"{one['id']}: {'; '.join(' '.join(node['target']) for node in one['nodes'][:5])}"
        for one in found.response["violations"]
    ]
