"""Letters: what is written to whom, and whether it may be, and lets them go."""

import re
from collections.abc import Iterator, Sequence

from nurture.engine.coverage import GENERAL, OWN, PARTS, coverage
from nurture.engine.email import BASE_LANGUAGE, EmailText
from nurture.engine.email_blocks import SurveyQuestion
from nurture.engine.journey import Journey
from nurture.engine.linting.book import Book, Spot, email_of, emails_of
from nurture.engine.problem import Problem
from nurture.engine.proofreading import proofread
from nurture.engine.reading import file_of
from nurture.engine.steps import AnyStep

FOOTER = {"links.unsubscribe": "the way to unsubscribe", "postal_address": "the postal address"}
_COMMENT = re.compile(r"<!--.*?-->|\{#.*?#\}", re.DOTALL)


def no_way_to_unsubscribe(book: Book) -> Iterator[Problem]:
    """Find what every letter must carry and the layout does not; a letter without it is stopped at hand-over."""
    layout = book.playbook.layouts.get("default")
    if layout is None:
        return
    written = _COMMENT.sub("", layout)
    free = [key for key, email in book.playbook.emails.items() if not _transactional(book, email.head.topic)]
    for name, what in FOOTER.items():
        if name not in written and (free or name != "links.unsubscribe"):
            hint = f"write {{{{ {name} }}}} into its footer"
            yield Problem(file_of("layout", "default"), 0, "", f"does not give {what}: no letter could go out", hint)


def _transactional(book: Book, topic: str) -> bool:
    return book.playbook.policy.transactional(topic)


def compared_to_nobody(book: Book) -> Iterator[Problem]:
    """Find the holdouts over letters that are not withheld from anybody, because they are transactional."""
    for spot, journey in book.journeys:
        if journey.holdout is None:
            continue
        for step, key in emails_of(journey):
            if _transactional(book, book.playbook.emails[key].head.topic) and not step.off:
                said = f"{step.id!r} writes {key!r}, which is transactional and goes to those kept aside as well"
                yield book.wrong(spot.within("holdout"), said, "take the holdout off, or move the letter elsewhere")
                break


def written_twice(book: Book) -> Iterator[Problem]:
    """Find the emails that the same person gets twice on one way through a journey."""
    for _, journey in book.journeys:
        spots = {step.id: spot for spot, step in book.steps(journey)}
        for step, first in _twice(journey):
            said = f"{email_of(step)!r} went out at {first!r} already, on the same way"
            yield book.doubtful(spots[step.id], said, "write another email, or put the two on different paths")


def _twice(journey: Journey) -> Iterator[tuple[AnyStep, str]]:
    def through(steps: Sequence[AnyStep], seen: dict[str, str]) -> Iterator[tuple[AnyStep, str]]:
        """seen: by email, the step that wrote it; grows, unless the way ends here."""
        here = dict(seen)
        for step in steps:
            if step.off:
                continue
            if step.do == "end":
                return
            email = email_of(step)
            if email in here:
                yield step, here[email]
            elif email:
                here[email] = step.id
            before = dict(here)
            for inner in step.sequences().values():
                there = dict(before)
                yield from through(inner, there)
                here |= there
        seen |= here

    yield from through(journey.steps, {})


def several_urgent(book: Book) -> Iterator[Problem]:
    """Find the journeys that cry wolf: more than one letter that waits for nothing."""
    for _, journey in book.journeys:
        urgent = [
            (spot, step.id) for spot, step in book.steps(journey) if step.do in ("email", "survey") and step.urgent
        ]
        for spot, _ in urgent[1:2]:
            said = f"{len(urgent)} steps are urgent: {', '.join(key for _, key in urgent)}"
            hint = "window and caps are theirs to rely on: keep one at most"
            yield book.doubtful(spot.within("urgent"), said, hint)


def without_own_words(book: Book) -> Iterator[Problem]:
    """Find the emails that have words for one persona and none for another who gets them.

    The last persona, who takes everybody else, reads the general text.
    """
    general = {persona.id for persona in book.playbook.personas.personas if persona.otherwise}
    told = set[str]()
    for row in coverage(book.playbook).letters:
        cells = {one.persona: cell for one, cell in row.cells.items() if one.language == BASE_LANGUAGE}
        written = [persona for persona, cell in cells.items() if cell in (OWN, PARTS)]
        lacking = [persona for persona, cell in cells.items() if cell == GENERAL and persona not in general]
        if written and lacking and row.email not in told:
            told.add(row.email)
            said = f"has words for {_and(written)}, and none for {_and(lacking)}, who may get it too"
            file = file_of("email", row.email)
            yield Problem(file, 0, "", said, f"write {', '.join(f'{one}.md' for one in lacking)}", must_fix=False)


def _and(names: Sequence[str]) -> str:
    return " and ".join(names)


def sent_by_nobody(book: Book) -> Iterator[Problem]:
    """Find the emails that no step of any journey writes."""
    written = {key for _, journey in book.journeys for _, key in emails_of(journey)}
    for key in book.playbook.emails:
        if key not in written:
            said = "no step of any journey writes it"
            yield Problem(file_of("email", key), 0, "", said, "take it out, or write a step", must_fix=False)


def badly_said(book: Book) -> Iterator[Problem]:
    """Find what would be better said otherwise in the text of an email, and links that lead nowhere."""
    senders, snippets = book.playbook.policy.senders, book.playbook.snippets
    for email in book.playbook.emails.values():
        yield from (one.problem for one in proofread(email, senders.get(email.head.sender), snippets))


def asked_without_a_question(book: Book) -> Iterator[Problem]:
    """Find the surveys that are asked by an email which does not hold the question."""
    for _, journey in book.journeys:
        for spot, step in book.steps(journey):
            if step.do == "survey" and not asks(book.playbook.emails[step.asks_by], step.survey):
                said = f"the email {step.asks_by!r} does not ask {step.survey!r}: nobody could answer"
                yield book.doubtful(spot, said, "give it a survey block")


def asks(text: EmailText, survey: str) -> bool:
    """Whether an email holds the question of a survey."""
    blocks = [*text.blocks, *(block for each in text.overrides.values() for block in each.blocks)]
    bodies = [block.body if isinstance(block.body, str) else str(block.body) for block in blocks]
    asked = any(isinstance(block.body, SurveyQuestion) and block.body.survey == survey for block in blocks)
    return asked or any(re.search(rf"links\.survey\W+{survey}\b", body) for body in bodies)


def without_thanks(book: Book) -> Iterator[Problem]:
    """Find the surveys without a thank-you in words of their own."""
    for key, survey in book.playbook.surveys.items():
        if "thanks" not in survey.model_fields_set or not survey.thanks.strip():
            said = "has no `thanks`: whoever answers reads one general sentence" if survey.thanks else "thanks nobody"
            hint = "say what becomes of the answer"
            yield book.doubtful(Spot("survey", key), said, hint)
