"""Compose: an email's text, once per revision, into templates; then words about one recipient into a letter's parts.

Markdown -> safe HTML -> MJML in the layout -> HTML with its styles inlined -> a Jinja template, for every variant.
What is wrong is found here, with file and line, so that nothing is left to find at hand-over but the recipient.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from html import unescape
from typing import Any, NamedTuple

import mrml
from jinja2 import TemplateError
from jinja2.exceptions import TemplateSyntaxError

from nurture.channels.email.kept import Kept
from nurture.channels.email.mjml import Desk, Missing, mjml_of
from nurture.channels.email.naming import naming_faults
from nurture.channels.email.plain import plain_text
from nurture.channels.email.prose import doubts
from nurture.channels.email.sandbox import HTML, TEXT, Fault, compiled, faults, parsed
from nurture.channels.email.slots import STATEMENT, Slots
from nurture.channels.email.structure import crossings, doubtful_links
from nurture.channels.email.words import NAMES, sample_words, tamed
from nurture.engine.email import BASE, BASE_LANGUAGE, Chosen, EmailText, language_of
from nurture.engine.problem import Problem, nearest
from nurture.engine.proofreading.weight import CLIPPED
from nurture.engine.survey import Survey

LAYOUT = "templates/emails/_layout/default.mjml"
BODY = "{{ body }}"
SHEETS = 512  # some twenty emails in all their variants, and as many drafts of them

_RAW_STATEMENT = re.compile(rf"<mj-raw>\s*({STATEMENT.pattern})\s*</mj-raw>")
_ANCHOR = re.compile(r'<a\b[^>]*?\shref="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_COMMENTED = re.compile(rf"<!--\s*({STATEMENT.pattern})\s*-->")
# Without this, naming Roboto among the fonts makes every reader's mail program fetch it from a stranger.
_PLAIN_FONTS = mrml.RenderOptions(fonts={})
_KEPT = Kept(SHEETS)
_RENDER_FAULTS = (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError)

Words = Mapping[str, Any]


class Unrenderable(Exception):
    """This email cannot be rendered for this recipient; the message is a sentence for staff."""


class Rendered(NamedTuple):
    """An email as one recipient reads it."""

    variant: str
    subject: str
    preheader: str
    html: str
    text: str


class Sheet(NamedTuple):
    """One variant, ready to render: a function from words to text for each part."""

    variant: str
    language: str
    subject: Callable[[Words], str]
    preheader: Callable[[Words], str]
    html: Callable[[Words], str]
    text: Callable[[Words], str]

    def render(self, context: Words) -> Rendered:
        words = tamed(context)
        words["language"] = self.language
        try:
            words["subject"] = subject = " ".join(self.subject(words).split())
            words["preheader"] = preheader = " ".join(self.preheader(words).split())
            return Rendered(self.variant, subject, preheader, self.html(words), self.text(words))
        except _RENDER_FAULTS as error:
            raise Unrenderable(f"variant {self.variant!r} does not render: {error}") from error


class CompiledEmail(NamedTuple):
    """All variants of one email.  problems: what its author should mend; a variant with a must-fix is absent."""

    text: EmailText
    sheets: Mapping[tuple[str | None, str], Sheet]
    problems: tuple[Problem, ...]

    def render(self, persona: str | None, locale: str | None, context: Words) -> Rendered:
        """Render for one recipient.  context: shaped as `words.NAMES`, plain values only.

        Raises Unrenderable, with a sentence that says why.
        """
        language = language_of(locale)
        sheets = self.sheets
        sheet = sheets.get((persona, language)) or sheets.get((None, language)) or sheets.get((persona, BASE_LANGUAGE))
        sheet = sheet or sheets.get((None, BASE_LANGUAGE))
        if sheet is None:
            raise Unrenderable(f"the email {self.text.key!r} does not compile")
        return sheet.render(context)


def compile_email(
    text: EmailText, layout: str, snippets: Mapping[str, str], surveys: Mapping[str, Survey]
) -> CompiledEmail:
    """Compile every variant of an email.  layout: MJML with one `{{ body }}`.  snippets: Markdown by key."""
    found: list[Problem] = []
    by_variant: dict[str, Sheet | None] = {}
    sheets: dict[tuple[str | None, str], Sheet] = {}
    for language in text.languages:
        for persona in (None, *text.personas):
            chosen = text.choose(persona, language)
            if chosen.variant not in by_variant:
                by_variant[chosen.variant], problems = _sheet(chosen, layout, snippets, surveys)
                found += problems
            sheet = by_variant[chosen.variant]
            if sheet is not None:
                sheets[persona, language] = sheet
    said = tuple(dict.fromkeys(found))
    return CompiledEmail(text, {} if any(each.must_fix for each in said) else sheets, said)


def compile_for(
    text: EmailText,
    persona: str | None,
    locale: str | None,
    layout: str,
    snippets: Mapping[str, str],
    surveys: Mapping[str, Survey],
) -> CompiledEmail:
    """Compile what one kind of reader reads, for a look at it; other variants' problems stay unsaid."""
    sheet, found = _sheet(text.choose(persona, locale), layout, snippets, surveys)
    return CompiledEmail(text, {(None, BASE_LANGUAGE): sheet} if sheet else {}, tuple(dict.fromkeys(found)))


_Compiled = tuple[Sheet | None, tuple[Problem, ...]]


def _sheet(chosen: Chosen, layout: str, snippets: Mapping[str, str], surveys: Mapping[str, Survey]) -> _Compiled:
    """Compile one variant and say what is wrong; the same words are compiled once, in whatever draft they stand."""
    written = repr((chosen, layout, sorted(snippets.items()), sorted(surveys.items())))
    asked = sha256(written.encode("utf-8", "backslashreplace")).digest()
    return _KEPT.once(asked, lambda: _compile(chosen, layout, snippets, surveys))


def _compile(chosen: Chosen, layout: str, snippets: Mapping[str, str], surveys: Mapping[str, Survey]) -> _Compiled:
    problems: list[Problem] = []
    names = _names(surveys)
    slots = Slots()
    try:
        mjml = _in_layout(chosen, layout, Desk(slots, snippets, surveys), problems)
        head = [_head_line(chosen, key, names, problems) for key in ("subject", "preheader")]
    except _Broken as broken:
        return None, (broken.problem,)
    crossed = [Problem(*each) for each in crossings(mjml, slots)]
    problems += crossed or _template_problems(slots, names)
    problems += [Problem(*each) for each in doubtful_links(mjml, slots, chosen.blocks)]
    if any(problem.must_fix for problem in problems):
        return None, tuple(problems)
    try:
        html = _COMMENTED.sub(r"\1", mrml.to_html(mjml, None, _PLAIN_FONTS).content)
        sheet = Sheet(
            chosen.variant,
            chosen.language,
            compiled(head[0], TEXT),
            compiled(head[1], TEXT),
            compiled(slots.fill(html), HTML),
            compiled(slots.fill(plain_text(mjml)), TEXT),
        )
    except (OSError, TemplateError) as error:
        return None, (*problems, Problem(LAYOUT, 0, "", f"does not compile: {error}"))
    return sheet, (*problems, *_trial(chosen, sheet, surveys))


class _Broken(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def _in_layout(chosen: Chosen, layout: str, desk: Desk, problems: list[Problem]) -> str:
    """Lay the blocks into the layout; all Jinja, the layout's too, becomes slots in reading order."""
    above, here, below = layout.partition(BODY)
    if not here or BODY in below:
        raise _Broken(Problem(LAYOUT, 0, "", f"must hold {BODY} exactly once"))
    top = _lift(desk.slots, above, LAYOUT, 1)
    body = []
    for block in chosen.blocks:
        if isinstance(block.body, str):
            problems += [
                Problem(block.file, block.line + line - 1, "", said, hint, must_fix=False)
                for line, said, hint in doubts(block.body)
            ]
        try:
            body.append(mjml_of(block, desk))
        except Missing as missing:
            hint = nearest(missing.key, missing.known)
            problems.append(Problem(block.file, block.line, block.type, str(missing), hint))
        except TemplateSyntaxError as error:
            raise _Broken(Problem(block.file, block.line + error.lineno - 1, block.type, str(error.message))) from error
    bottom = _lift(desk.slots, below, LAYOUT, above.count("\n") + 1)
    return "\n".join([top, *body, bottom])


def _lift(slots: Slots, text: str, file: str, line: int) -> str:
    try:
        return _RAW_STATEMENT.sub(r"<mj-raw><!--\1--></mj-raw>", slots.lift(text, file, line))
    except TemplateSyntaxError as error:
        raise _Broken(Problem(file, line + error.lineno - 1, "", str(error.message))) from error


def _head_line(chosen: Chosen, key: str, names: Words, problems: list[Problem]) -> str:
    """Check the subject or the preheader as a template of its own."""
    source: str = getattr(chosen.head, key)
    file, line = chosen.lines.get(key, (f"{chosen.variant}.md", 0))
    problems += [Problem(file, line, key, fault.message, fault.suggestion) for fault in _faults(source, names)]
    return source


def _template_problems(slots: Slots, names: Words) -> Iterator[Problem]:
    if not slots.kept:
        return
    for fault in _faults(slots.skeleton(), names):
        slot = slots.where(fault)
        yield Problem(slot.file, slot.line, slot.source[:60], fault.message, fault.suggestion)


def _faults(source: str, names: Words) -> Iterator[Fault]:
    tree = parsed(source)
    if isinstance(tree, Fault):
        yield tree
        return
    forbidden = list(faults(tree))
    yield from forbidden or naming_faults(tree, names)


def _names(surveys: Mapping[str, Survey]) -> dict[str, Any]:
    answers = {key: dict.fromkeys(survey.ways, "") for key, survey in surveys.items()}
    return {**NAMES, "links": {**NAMES["links"], "survey": answers}}


def _trial(chosen: Chosen, sheet: Sheet, surveys: Mapping[str, Survey]) -> Iterator[Problem]:
    """Render for somebody well known and for somebody of whom nothing is known."""
    choices = {key: survey.ways for key, survey in surveys.items()}
    file = chosen.blocks[0].file if chosen.blocks else f"{BASE}.md"
    for full, who in ((True, "a customer we know well"), (False, "a customer of whom nothing is known")):
        try:
            rendered = sheet.render(sample_words(full=full, surveys=choices))
        except Unrenderable as error:
            yield Problem(file, 0, "", f"{error} (tried for {who})", "give each expression a fallback")
            continue
        if not rendered.subject:
            yield Problem(file, 0, "subject", f"comes out empty for {who}")
        yield from _dead_ends(chosen, rendered.html, who)
        if len(rendered.html.encode()) > CLIPPED:
            said = f"its HTML is larger than {CLIPPED // 1000} kB, which Gmail clips: no letter could go out"
            yield Problem(file, 0, "", said, "shorten it")


def _dead_ends(chosen: Chosen, html: str, who: str) -> Iterator[Problem]:
    """Find the links that a missing word leaves without an address; a letter with one is stopped at hand-over."""
    for url, label in _ANCHOR.findall(html):
        if not url.startswith(("https://", "http://", "mailto:")):
            words = " ".join(unescape(_TAG.sub("", label)).split())
            file, line = next(
                ((block.file, block.line) for block in chosen.blocks if words and words in str(block.body)),
                (chosen.blocks[0].file if chosen.blocks else f"{BASE}.md", 0),
            )
            said = f"the link {words[:40]!r} leads nowhere for {who}"
            yield Problem(file, line, "", said, "show it only to those who have the address: {% if ... %}")
