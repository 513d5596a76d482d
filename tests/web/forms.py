"""A form as somebody fills it in who means it: something chosen, something written, one button pressed."""

import io
from functools import cache
from random import Random
from typing import Any

from PIL import Image

from tests.web.harbour import PASSWORD

WRITTEN = {
    "email": "new{n}@harbour.example",
    "address": "somebody{n}@customer.example",
    "name": "Name {n}",
    "until": "2026-01-0{n}",
    "date": "2026-01-0{n}",
    "code": "12345{n}",
    "days": "{n}",
    "old": PASSWORD,
    "new": "another long password {n}",
    "password": "another long password {n}",
    "priority": "{n}0",
    "trait": "plan",
    "stage": "adopted",
    "sure": "yes",
    "file": "email,user_id,name\r\nc{n}@customer.example,u-c{n},Cy\r\n",
    "when": "{{silent_for: {n}d}}",
    "cursor": "",
}
"""By the name of a field that was left empty; {n}: a digit."""


@cache
def picture() -> str:
    """A small PNG, its bytes hidden in a text."""
    drawn = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(drawn, "PNG")
    return drawn.getvalue().decode("utf-8", "surrogateescape")


def fill(form: Any, dice: Random) -> list[tuple[str, str]]:
    """Fill a form in that lxml has read.  Returns what a browser would send."""
    pairs: dict[str, list[str]] = {}
    radios: dict[str, list[str]] = {}
    for field in form.xpath(".//input[@name] | .//textarea[@name] | .//select[@name]"):
        name, kind = field.get("name"), field.get("type", field.tag)
        if kind == "radio":
            radios.setdefault(name, []).append(field.get("value", "on"))
        elif kind == "checkbox":
            if dice.random() < 0.5:
                pairs.setdefault(name, []).append(field.get("value", "on"))
        elif kind == "select":
            options = field.xpath(".//option")
            if options:
                chosen = dice.choice(options)
                pairs.setdefault(name, []).append(chosen.get("value", chosen.text or ""))
        elif kind not in ("submit", "button"):
            pairs.setdefault(name, []).append((field.value or "").removeprefix("\n") or written(name, kind, dice))
    pairs |= {name: [dice.choice(values)] for name, values in radios.items()}
    presses = [(one.get("name"), one.get("value", "")) for one in form.xpath(".//button[@name]")]
    pressed = [dice.choice(presses)] if presses else []
    return [*((name, text) for name, texts in pairs.items() for text in texts), *pressed]


def written(name: str, kind: str, dice: Random) -> str:
    """What somebody writes into an empty field."""
    if kind == "hidden":
        return ""
    if name == "image":
        return picture()
    return WRITTEN.get(name, "they asked {n} times").format(n=dice.randrange(1, 10))
