"""Axe: the judge of accessibility, by the rules of WCAG 2.0 to 2.2, A and AA."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
EVERYTHING: dict[str, Any] = {"type": "tag", "values": TAGS}
COLOURS: dict[str, Any] = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""What darkness changes: nothing but colours."""


def violations(page: Page) -> list[str]:
    """What a page does wrong: each rule with the pieces of the page that break it; in the dark, of its colours."""
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    found = Axe().run(page, options={"runOnly": COLOURS if dark else EVERYTHING, "resultTypes": ["violations"]})
    return [
        f"{one['id']}: {'; '.join(' '.join(node['target']) for node in one['nodes'][:5])}"
        for one in found.response["violations"]
    ]
