"""Previewing: an email that is being written, as a given reader would read it, by the composer that sends.

Nothing is written, and nobody's links are made: those of a preview mean nobody.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from threading import Lock
from typing import Any, NamedTuple

from nurture.channels.email.cage import Shared, Write, looked_through, written
from nurture.channels.email.compose import Rendered, Unrenderable
from nurture.channels.email.kept import Kept
from nurture.channels.email.links import Links
from nurture.channels.email.words import sample_words
from nurture.engine.email import EmailText, parse_email
from nurture.engine.email_pieces import unfold
from nurture.engine.playbook import Playbook
from nurture.engine.problem import Problem, nearest
from nurture.engine.proofreading import Finding, findings, of_pictures, proofread
from nurture.flow.letters import Reader, context, portrait, specimen_of

LARGEST = 262_144  # characters of one email with all its variants
SKETCHES = 64  # texts that are not saved, of everybody at once
KEPT = 256  # answers


class Proof(NamedTuple):
    """An email looked through.  email: None where its text cannot be read.  findings: the worst first."""

    email: EmailText | None
    findings: tuple[Finding, ...]

    def counts(self) -> Mapping[str, int]:
        """How many there are of each level."""
        return {level: sum(one.level == level for one in self.findings) for level in ("must", "check", "tip")}

    def weighed(self, sizes: Mapping[str, int]) -> "Proof":
        """The same, with its pictures weighed.  sizes: octets of those that are known, by address."""
        heavy = of_pictures(self.email, sizes) if self.email else ()
        return self._replace(findings=_ordered([*self.findings, *heavy]))


class Sketchbook:
    """The texts that somebody is typing, and what was found out about texts: bounded, for this process alone."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sketches: OrderedDict[str, str] = OrderedDict()
        self._answers = Kept(KEPT)

    def keep(self, key: str, text: str) -> str:
        """Keep a text of an email for a short while; gives the word by which it is found again.

        Raises ValueError where it is too long.
        """
        if len(text) > LARGEST:
            raise ValueError(f"the email is larger than {LARGEST // 1024} KiB")
        name = sha256(f"{key}\0{text}".encode()).hexdigest()[:24]
        with self._lock:
            self._sketches[name] = text
            self._sketches.move_to_end(name)
            while len(self._sketches) > SKETCHES:
                self._sketches.popitem(last=False)
        return name

    def sketch(self, name: str) -> str | None:
        """Give a text that was kept; None where it is no longer known."""
        with self._lock:
            return self._sketches.get(name)

    def read(self, key: str, text: str) -> tuple[EmailText | None, tuple[Problem, ...]]:
        """Read an email's text; None where it cannot be."""
        return self._answers.once(("read", key, text), lambda: _read(key, text))

    def proof(self, playbook: Playbook, key: str, text: str) -> Proof:
        """Look through an email: everything that stops a publish, and everything that could be better."""
        return self._answers.once(("proof", playbook.revision, key, text), lambda: self._proof(playbook, key, text))

    def glance(self, playbook: Playbook, key: str, text: str) -> Proof:
        """Look through an email without compiling it; for a text that is live, which was compiled when it went live."""
        return self._answers.once(("glance", playbook.revision, key, text), lambda: self._glance(playbook, key, text))

    def render(self, playbook: Playbook, links: Links, key: str, text: str, reader: Reader, now: datetime) -> Rendered:
        """Write an email as a reader would get it at `now`.  Raises Unrenderable, with a sentence that says why."""
        email, problems = self.read(key, text)
        _check([*problems, *(_references(playbook, email) if email else ())])
        assert email is not None
        taken = portrait(playbook, reader, now)
        customer = taken.snapshot.customer
        whole = playbook._replace(emails={**playbook.emails, key: email})
        words = context(whole, specimen_of(whole, key, now), taken, links, now)
        words = words if reader.known else {**words, **_unknown()}
        answer = written(Write(email, _shared(playbook), customer.persona, customer.locale, words))
        _check(answer.problems)
        if answer.rendered is None:
            raise Unrenderable(f"the email {key!r} does not compile")
        return answer.rendered

    def _glance(self, playbook: Playbook, key: str, text: str) -> Proof:
        email, problems = self.read(key, text)
        found = list(findings(problems))
        if email is not None:
            found += findings(_references(playbook, email))
            found += proofread(email, playbook.policy.senders.get(email.head.sender), playbook.snippets)
        return Proof(email, _ordered(found))

    def _proof(self, playbook: Playbook, key: str, text: str) -> Proof:
        email, _ = self.read(key, text)
        if email is None:
            return self.glance(playbook, key, text)
        answer = looked_through(email, _shared(playbook))
        if not answer.passed:
            return Proof(email, tuple(findings(answer.problems)))
        seen = self.glance(playbook, key, text)
        return Proof(seen.email, _ordered([*seen.findings, *findings(answer.problems), *answer.advice]))


def drafted(playbook: Playbook, key: str, text: str) -> Playbook:
    """Give the playbook as it would be with this text of one email, which passed the cage.

    Raises Unrenderable where it cannot be read, or must be mended first.
    """
    email, problems = _read(key, text)
    _check([*problems, *(_references(playbook, email) if email else ())])
    assert email is not None
    _check(looked_through(email, _shared(playbook)).problems)
    return playbook._replace(emails={**playbook.emails, key: email}, revision=-1)


def passed(playbook: Playbook, keys: Iterable[str]) -> None:
    """Have these emails looked through before letters are made of them here.  Raises Unrenderable."""
    for key in keys:
        _check(looked_through(playbook.emails[key], _shared(playbook)).problems)


def _check(problems: Iterable[Problem]) -> None:
    """Raise Unrenderable for the first problem that must be mended, in a sentence without the file's path."""
    for one in problems:
        if one.must_fix:
            said = f"{one.key}: {one.message}" if one.key and one.key not in one.message else one.message
            raise Unrenderable(f"{said} ({one.suggestion})" if one.suggestion else said)


def _unknown() -> dict[str, Any]:
    """The words about somebody of whom nothing is known."""
    words = sample_words(full=False)
    return {name: words[name] for name in ("customer", "account", "trial", "milestones", "drivers", "product")}


def _shared(playbook: Playbook) -> Shared:
    return Shared(playbook.layouts.get("default", ""), playbook.snippets, playbook.surveys)


def _read(key: str, text: str) -> tuple[EmailText | None, tuple[Problem, ...]]:
    try:
        return parse_email(key, unfold(text))
    except ValueError as error:
        return None, (Problem(f"templates/emails/{key}", 0, "", str(error)),)


def _references(playbook: Playbook, email: EmailText) -> list[Problem]:
    """Find what an email names and the playbook does not have."""
    file, head = f"templates/emails/{email.key}/email.md", email.head
    topics = [topic.id for topic in playbook.policy.topics]
    found = []
    for field, value, known in (("sender", head.sender, playbook.policy.senders), ("topic", head.topic, topics)):
        if value not in known:
            line = email.lines.get(field, 0)
            found.append(Problem(file, line, field, f"there is no {field} {value!r}", nearest(value, known)))
    personas = [persona.id for persona in playbook.personas.personas]
    for persona in email.personas:
        if persona not in personas:
            theirs = next(one.file for stem, one in email.overrides.items() if stem.split(".")[0] == persona)
            found.append(Problem(theirs, 0, "", f"there is no persona {persona!r}", nearest(persona, personas)))
    return found


def _ordered(found: list[Finding]) -> tuple[Finding, ...]:
    levels = {"must": 0, "check": 1, "tip": 2}
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (levels[one.level], one.file, one.line)))
