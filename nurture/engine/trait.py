"""The leaf that asks for a trait: compared as staff would, where case does not count and true is not 1."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from pydantic import Field, model_validator

from nurture.engine.question import Glance, Question
from nurture.engine.snapshot import Snapshot


class Comparison(Question):
    """A trait compared with a value; a missing trait is never equal, never greater, and does not exist."""

    is_: Any = Field(default=None, alias="is")
    is_not: Any = None
    in_: tuple[Any, ...] | None = Field(default=None, alias="in")
    not_in: tuple[Any, ...] | None = None
    contains: str | None = None
    gt: float | None = None
    gte: float | None = None
    lt: float | None = None
    lte: float | None = None
    exists: bool | None = None

    @model_validator(mode="after")
    def _one_comparison(self) -> "Comparison":
        if len(self.model_fields_set & COMPARISONS.keys()) != 1:
            raise ValueError("a trait needs exactly one of is, is_not, in, not_in, contains, gt, gte, lt, lte, exists")
        return self

    @cached_property
    def comparison(self) -> tuple[str, Callable[[Any, Any], bool], Any]:
        """How the trait is compared: the field's name, the comparison, and with what."""
        name = next(name for name in self.model_fields_set if name in COMPARISONS)
        return name, COMPARISONS[name], getattr(self, name)

    @cached_property
    def _words(self) -> frozenset[str]:
        """The texts in a list that is asked for, without regard to case: what most lists are."""
        return frozenset(one.casefold() for one in self.in_ or self.not_in or () if isinstance(one, str))

    def found(self, snapshot: Snapshot) -> tuple[str, Any]:
        """Find what is compared: its name and its value, None where it is not known."""
        raise NotImplementedError(type(self).__name__)

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        name, compare, asked = self.comparison
        _, value = self.found(snapshot)
        if isinstance(value, str) and name in ("in_", "not_in"):
            return (value.casefold() in self._words) is (name == "in_"), None
        return compare(value, asked), None

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        trait, value = self.found(snapshot)
        name, _, asked = self.comparison
        shown = ", ".join(map(str, asked)) if isinstance(asked, tuple) else str(asked)
        said = f"{trait} is {value!r}" if value is not None else f"{trait} is not known"
        return f"{said} (asked: {name.strip('_').replace('_', ' ')} {shown})"


class TraitIs(Comparison):
    """A trait of the customer."""

    trait: str

    def found(self, snapshot: Snapshot) -> tuple[str, Any]:
        return self.trait, snapshot.customer.traits.get(self.trait)


class AccountTraitIs(Comparison):
    """A trait of the customer's account."""

    account_trait: str

    def found(self, snapshot: Snapshot) -> tuple[str, Any]:
        return f"the account's {self.account_trait}", snapshot.account.traits.get(self.account_trait)


def _same(value: Any, asked: Any) -> bool:
    if isinstance(value, str) and isinstance(asked, str):
        return value.casefold() == asked.casefold()
    return bool(value == asked) and isinstance(value, bool) == isinstance(asked, bool)


def _one_of(value: Any, asked: Sequence[Any]) -> bool:
    return value is not None and any(_same(value, one) for one in asked)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "is_": lambda value, asked: value is not None and _same(value, asked),
    "is_not": lambda value, asked: value is None or not _same(value, asked),
    "in_": _one_of,
    "not_in": lambda value, asked: not _one_of(value, asked),
    "contains": lambda value, asked: isinstance(value, str | list) and asked in value,
    "gt": lambda value, asked: _number(value) and value > asked,
    "gte": lambda value, asked: _number(value) and value >= asked,
    "lt": lambda value, asked: _number(value) and value < asked,
    "lte": lambda value, asked: _number(value) and value <= asked,
    "exists": lambda value, asked: (value is not None) == asked,
}
