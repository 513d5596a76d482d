"""Drawing: an image that somebody uploads is opened within bounds and drawn anew, so that only pixels remain of it."""

import io
import warnings

from nurture.flow.ground import Ground, Moment
from nurture.store import images
from nurture.store.images import Drawn

BYTES = 3_500_000  # a request may have 4 MiB
PIXELS = 40_000_000
WIDEST = 1_200  # twice the 600 pixels of a letter, for fine screens
KINDS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/png", "WEBP": "image/png"}
"""What is read, and what it is kept as: mail programs show PNG and JPEG everywhere."""


class NoImage(ValueError):
    """What was uploaded is no image that we take; the message says why."""


def take_in(ground: Ground, content: bytes, name: str, alt: str, actor: str, at: Moment) -> str:
    """Keep an uploaded image, drawn anew, and return its hash.  Raises NoImage."""
    drawn = draw(content)
    return ground.sessions.write(lambda session: images.keep(session, drawn, name, alt, actor, at.machine))


def draw(content: bytes) -> Drawn:
    """Open an image within bounds, shrink it to its use, and write its pixels anew.  Raises NoImage."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    if len(content) > BYTES:
        raise NoImage(f"it is larger than {BYTES / 1_000_000:.1f} MB")
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(content), formats=list(KINDS)) as opened:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            kind = KINDS[str(opened.format)]
            _check_size(opened.width * opened.height)
            picture = ImageOps.exif_transpose(opened)
            picture.thumbnail((WIDEST, WIDEST * 4))
            picture = picture.convert("RGB" if kind == "image/jpeg" else "RGBA")
            picture.info = {}  # comments, profiles: Pillow would write them along
            page = io.BytesIO()
            picture.save(page, kind.partition("/")[2].upper(), quality=85, optimize=True)
    except NoImage:
        raise
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Warning, Image.DecompressionBombError) as error:
        raise NoImage("it is no PNG, JPEG, GIF or WebP that can be read") from error
    return Drawn(page.getvalue(), kind, picture.width, picture.height)


def _check_size(pixels: int) -> None:
    if pixels > PIXELS:
        raise NoImage(f"it has more than {PIXELS // 1_000_000} million pixels")
