"""Care: what a person of ours is asked to do, with a brief and talking points for each persona."""

from collections.abc import Mapping

from pydantic import Field

from nurture.engine.condition import Condition
from nurture.engine.document import Document, Key


class Brief(Document):
    """What is different for one persona; what is left out stays as it is for everybody."""

    brief: str | None = None
    talking_points: tuple[str, ...] | None = None


class Task(Document):
    """Something to be done by hand: why, and what to say.  owner: whose it is, unless the step says otherwise."""

    id: Key
    name: str
    brief: str = ""
    talking_points: tuple[str, ...] = ()
    for_: Mapping[Key, Brief] = Field(default={}, alias="for")
    owner: Key | None = None

    def brief_for(self, persona: str | None) -> tuple[str, tuple[str, ...]]:
        """Give the brief and the talking points as this persona asks for them."""
        own = self.for_.get(persona or "", Brief())
        points = self.talking_points if own.talking_points is None else own.talking_points
        return (self.brief if own.brief is None else own.brief), points


class Owner(Document):
    """A person of ours whom tasks go to.  when: whose customers; without it, anybody's."""

    id: Key
    name: str
    email: str = Field(pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$")
    when: Condition | None = None
