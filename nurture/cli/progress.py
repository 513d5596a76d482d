"""How long work shows that it goes on: one line on a terminal's stderr, nothing where a program reads."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def telling(noun: str) -> Iterator[Callable[[int, int], None]]:
    """Give what is to be told how many of how many are done; the line is wiped at the end."""
    terminal = sys.stderr.isatty()

    def told(done: int, total: int) -> None:
        if terminal:
            click.echo(f"\r{done:,} of {total:,} {noun} ", nl=False, err=True)

    try:
        yield told
    finally:
        if terminal:
            click.echo("\r" + " " * 60 + "\r", nl=False, err=True)
