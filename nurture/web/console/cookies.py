"""Cookies: bound to this host where the browser can, out of reach of scripts and of other sites."""

from flask import Response

from nurture.parts import Parts


def cookie_name(parts: Parts, what: str = "") -> str:
    """Name a cookie so that the browser itself binds it to this host, where it can: only over https."""
    name = f"nurture{what}"
    return f"__Host-{name}" if secure(parts) else name


def secure(parts: Parts) -> bool:
    """Whether staff reach us over https."""
    return parts.settings.public_url.startswith("https:")


def set_cookie(parts: Parts, response: Response, what: str, value: str) -> None:
    """Keep a word in the browser until it is closed, out of reach of scripts and of other sites."""
    response.set_cookie(cookie_name(parts, what), value, secure=secure(parts), httponly=True, samesite="Lax", path="/")


def drop_cookie(parts: Parts, response: Response, what: str) -> None:
    """Take the word back."""
    response.delete_cookie(cookie_name(parts, what), secure=secure(parts), httponly=True, samesite="Lax", path="/")


def local_path(path: str) -> str | None:
    """Take a path on this very site, and nothing that a browser could read as another one."""
    fine = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if fine and len(path) <= 2_000 else None
