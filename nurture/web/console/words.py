"""How the console names what the playbook and the timeline call by key: stages, steps, states, kinds of entry."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from nurture.engine.lifecycle import Phase
from nurture.engine.playbook import Playbook
from nurture.store.timeline import Entry, Message


class Label(NamedTuple):
    """A word and its tone.  tone: a class of the style sheet, which adds shape and colour to the word."""

    word: str
    tone: str


PHASE_TONES: Mapping[Phase, str] = {
    "learn": "learn",
    "buy": "buy",
    "use": "use",
    "return": "return",
    "recommend": "recommend",
    "leave": "leave",
}
STATES: Mapping[str, Label] = {
    "queued": Label("Queued", "wait"),
    "handing": Label("Being handed over", "wait"),
    "accepted": Label("Sent", "sent"),
    "refused": Label("Refused", "failed"),
    "unknown": Label("Unknown if sent", "unclear"),
    "lost": Label("Lost", "failed"),
    "blocked": Label("Blocked", "failed"),
    "cancelled": Label("Cancelled", "unsent"),
}
"""The states of a message.  Only what went wrong has the tone of trouble: a cap or a departure is no alarm."""

UNSENT = frozenset({"held", "skipped", "withheld"})
"""Notes that say why a letter did not go out."""

EVENT_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


def said(key: str) -> str:
    """Say a key as words: `connect-your-data` -> `Connect your data`."""
    words = key.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def because(text: str) -> str:
    """Say a reason; one that is only an event's name is said as words."""
    return said(text) if EVENT_NAME.fullmatch(text) else text


EDGES = (r"(?<![\w@./:-])", r"(?![\w@/-])")
"""What is no part of a key: an address or a link that holds one is left as it is."""
AT_A_STAGE = re.compile(r"(?<=\bstage is )\w+")


class Namer:
    """Names things by the playbook that stands, and keys it no longer knows by themselves."""

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook
        self._stages = {stage.id: stage for stage in playbook.lifecycle.stages}
        self._milestones = {one.id: one.name for one in playbook.milestones.milestones}
        self._journeys = {version.journey.id: version.journey.name for version in playbook.pinned.values()}

    def because(self, text: str) -> str:
        """Say a reason with names for keys: `first_report: not reached` -> `Built a report: not reached`.

        A key of one word is no different from the word itself and is left, but for a stage's where one is spoken of.
        """
        told = self._key.sub(lambda key: self._keys[key[0]], because(text))
        return AT_A_STAGE.sub(lambda key: self.stage(key[0]).word if key[0] in self._stages else key[0], told)

    @cached_property
    def _key(self) -> re.Pattern[str]:
        keys = "|".join(re.escape(key) for key in sorted(self._keys, key=len, reverse=True))
        return re.compile(f"{EDGES[0]}(?:{keys or '(?!)'}){EDGES[1]}")

    @cached_property
    def _keys(self) -> dict[str, str]:
        """What every key is called that is written with `-` or `_`; a journey before an email of the same key."""
        playbook = self.playbook
        named = {key: said(key) for key in (*playbook.emails, *playbook.surveys, *playbook.segments)}
        named |= {key: task.name for key, task in playbook.tasks.items()}
        named |= {**self._journeys, **self._milestones, **{key: self.stage(key).word for key in self._stages}}
        return {key: name for key, name in named.items() if "-" in key or "_" in key}

    def stage(self, key: str) -> Label:
        stage = self._stages.get(key)
        return Label(said(key), "leave") if stage is None else Label(stage.name or said(key), PHASE_TONES[stage.phase])

    def persona(self, key: str | None) -> str:
        """The short name: `Kevin` of `Kevin, the Power User`."""
        return self.playbook.personas.name(key).partition(",")[0] if key else "No persona yet"

    def persona_whole(self, key: str | None) -> str:
        return self.playbook.personas.name(key) if key else "No persona yet"

    def journey(self, key: str | None) -> str:
        return self._journeys.get(key or "", said(key or ""))

    def milestone(self, key: str) -> str:
        return self._milestones.get(key, said(key))

    def task(self, key: str) -> str:
        task = self.playbook.tasks.get(key)
        return task.name if task is not None else said(key)

    def owner(self, key: str | None) -> str:
        """Whose a task is: the owner's name, or what stands for nobody."""
        names = {owner.id: owner.name for owner in self.playbook.policy.owners}
        return names.get(key, said(key)) if key else "Nobody yet"

    def email_at(self, journey: str | None, step: str | None) -> str:
        """The email that a step of the standing version writes; '' for a step that writes none."""
        version = self.playbook.live(journey or "")
        place = version.places.get(step or "") if version else None
        return str(getattr(place.step, "email", "")) if place else ""

    def letter(self, entry: Entry) -> str:
        """The name of the letter an entry is about."""
        return said(entry.what or self.email_at(entry.journey, entry.step) or entry.step or "a letter")


class Named(Protocol):
    """Somebody with an address, and with what was told of them."""

    @property
    def email(self) -> str: ...

    @property
    def traits(self) -> Mapping[str, Any]: ...


def name_of(whom: Named) -> str:
    """What to call somebody: their name, or the part of their address that is theirs."""
    name = str(whom.traits.get("name") or whom.traits.get("first_name") or "").strip()
    return name or whom.email.partition("@")[0]


def letter_title(message: Message) -> str:
    """A message by its subject, or by its email's key as long as it has not been written."""
    return message.subject or said(message.email)
