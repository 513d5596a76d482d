"""Ids: a prefix that says the noun, an underscore, and a ULID, so that they sort by birth."""

import os
from collections.abc import Callable
from datetime import datetime

from nurture.store.schema import micros

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O or U
PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
RANDOM_BITS = 70
LAST_MOMENT = 1 << 48


class Chance:
    """Where the chance in ids comes from: the system, but for a simulation that must run the same way again."""

    draw: Callable[[int], bytes] = staticmethod(os.urandom)


chance = Chance()


def new_id(prefix: str, at: datetime) -> str:
    """Make an id that no other is equal to and that sorts by `at`, to the microsecond.

    prefix: the noun, such as "cus".  at: the birth, aware; before 1970 raises ValueError.
    The ten bits after the ULID's 48 of milliseconds hold the microseconds, the last 70 are random.
    Source: the ULID specification (26 characters of Crockford's base 32, most significant first).
    """
    milliseconds, rest = divmod(micros(at), 1000)
    if not 0 <= milliseconds < LAST_MOMENT:
        raise ValueError(f"an id cannot be born at {at:%Y-%m-%d}")
    random = int.from_bytes(chance.draw(9)) >> 2
    number = ((milliseconds << 10 | rest) << RANDOM_BITS) | random
    return f"{prefix}_" + "".join([PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])
