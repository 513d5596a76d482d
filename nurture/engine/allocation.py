"""Allocation: who is drawn into which arm, or kept aside, the same for ever and on every machine.

A draw is a hash of a seed that names the draw and the customer: no chance, no memory, nobody in two places.
"""

from collections.abc import Sequence
from hashlib import sha256

DIGITS = 13  # hex digits of the hash that are read: 52 bits, what a float holds exactly


def draw(seed: str) -> float:
    """Turn a seed into a number in [0, 1), spread evenly over seeds."""
    most: int = 16**DIGITS
    return int(sha256(seed.encode()).hexdigest()[:DIGITS], 16) / most


def pick(seed: str, weights: Sequence[int]) -> int:
    """Pick one of several by weight; returns its index.  At least one weight must be above 0."""
    mark, total = draw(seed) * sum(weights), 0
    for index, weight in enumerate(weights):
        total += weight
        if mark < total:
            return index
    raise ValueError("there is nothing to pick from")


def kept_aside(salt: str, journey: str, customer_id: str, share: float) -> bool:
    """Whether this customer is kept aside for comparison, from one journey or (journey '') from all."""
    return draw(f"holdout|{salt}|{journey}|{customer_id}") < share
