"""Colours: how well two of them can be told apart, and what a mail program that forces the dark makes of one.

Sources: WCAG 2.2, success criterion 1.4.3 and the definitions of contrast ratio, relative luminance and large text
(https://www.w3.org/TR/WCAG22/); Filter Effects Module Level 1, feColorMatrix hueRotate, for the forced dark.
"""

import re
from typing import NamedTuple

ENOUGH = 4.5
ENOUGH_LARGE = 3.0
LARGE = 24.0  # CSS pixels: 18 points
LARGE_BOLD = 18.66  # 14 points

_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+(?:1|1\.0|100%))?\s*\)")
_NAMED = {
    "black": "#000000",
    "white": "#ffffff",
    "gray": "#808080",
    "grey": "#808080",
    "silver": "#c0c0c0",
    "red": "#ff0000",
    "green": "#008000",
    "blue": "#0000ff",
    "navy": "#000080",
    "teal": "#008080",
    "yellow": "#ffff00",
    "orange": "#ffa500",
}
_TURNED = ((-0.574, 1.43, 0.144), (0.426, 0.43, 0.144), (0.426, 1.43, -0.856))


class Colour(NamedTuple):
    """A colour without transparency; red, green and blue from 0 to 255."""

    red: int
    green: int
    blue: int

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    @property
    def luminance(self) -> float:
        """Relative luminance, from 0 for black to 1 for white."""
        red, green, blue = (_linear(one / 255) for one in self)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    @property
    def forced_dark(self) -> "Colour":
        """What this becomes where everything is inverted and its hue turned back: roughly what mail programs do."""
        inverted = [255 - one for one in self]
        mixed = [sum(share * one for share, one in zip(row, inverted, strict=True)) for row in _TURNED]
        return Colour(*(min(255, max(0, round(one))) for one in mixed))


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)


def colour_of(written: str) -> Colour | None:
    """Read a colour out of CSS; None where it is transparent, or is written in a way that is not known here."""
    written = written.strip().lower()
    written = _NAMED.get(written, written)
    if match := _HEX.fullmatch(written):
        digits = match[1] if len(match[1]) == 6 else "".join(one * 2 for one in match[1])
        return Colour(int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16))
    if match := _RGB.fullmatch(written):
        return Colour(*(min(255, int(one)) for one in match.groups()))
    return None


def contrast(one: Colour, other: Colour) -> float:
    """Give the contrast ratio of two colours, from 1 to 21, the same whichever is in front."""
    lighter, darker = sorted((one.luminance, other.luminance), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def needed(size: float, *, bold: bool) -> float:
    """Give the least contrast ratio for words of a size in CSS pixels."""
    return ENOUGH_LARGE if size >= LARGE or (bold and size >= LARGE_BOLD) else ENOUGH
