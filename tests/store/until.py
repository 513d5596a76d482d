"""Waiting for the thing itself, with a deadline."""

from collections.abc import Callable
from threading import Event


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Return as soon as it is true; fail where that takes too long."""
    for _ in range(int(seconds * 1000)):
        if true():
            return
        Event().wait(0.001)
    raise AssertionError("it never came true")
