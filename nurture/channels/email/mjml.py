"""The looks of the blocks: each type of block as MJML; colours and type come from the layout's classes.

Elements of class `html-only` are left out of the plain-text part.
"""

from collections.abc import Callable, Mapping
from html import escape
from typing import NamedTuple

from nurture.channels.email.prose import prose_html, split_at_statements
from nurture.channels.email.slots import STATEMENT, Slots
from nurture.engine.email import Block
from nurture.engine.email_blocks import (
    Button,
    CareManager,
    Image,
    NextMilestone,
    Quote,
    SnippetPlace,
    SurveyQuestion,
)
from nurture.engine.survey import PAGE, Survey


class Missing(Exception):
    """A block names something that is not published: (kind, key, the keys there are)."""

    def __init__(self, kind: str, key: str, known: tuple[str, ...]) -> None:
        super().__init__(f"unknown {kind} {key!r}")
        self.key = key
        self.known = known


class Desk(NamedTuple):
    """What lies ready while one variant is written: its slots, snippets and surveys by key."""

    slots: Slots
    snippets: Mapping[str, str]
    surveys: Mapping[str, Survey]


def mjml_of(block: Block, desk: Desk) -> str:
    """Write one block as MJML, its Jinja lifted into slots.

    Raises Missing where it names what is not published, TemplateSyntaxError where its braces do not match.
    """
    if isinstance(block.body, str):
        return _prose(desk.slots.lift(block.body, block.file, block.line))
    return _LOOKS[block.type](block, desk)


def _prose(markdown: str, kind: str = "prose") -> str:
    """Prose between statements, each statement where its author put it."""
    out = []
    for piece in split_at_statements(prose_html(markdown)):
        raw = STATEMENT.fullmatch(piece)
        out.append(_statement(piece) if raw else f'<mj-text mj-class="{kind}" css-class="{kind}">{piece}</mj-text>')
    return "\n".join(out)


def _statement(slot: str) -> str:
    # A comment stays where it is between the rows of a table; a word would be carried out of it by any HTML parser.
    return f"<mj-raw><!--{slot}--></mj-raw>"


def _lifted(block: Block, desk: Desk, text: str | None) -> str:
    """Lift the Jinja of one field; its line is the block's first."""
    return desk.slots.lift(text, block.file, block.line) if text else ""


def _own(block: Block, desk: Desk, source: str) -> str:
    """A slot for Jinja of ours inside a block."""
    return desk.slots.keep(source, block.file, block.line)


def _button(block: Block, desk: Desk) -> str:
    fields = block.body
    assert isinstance(fields, Button)
    url = escape(_lifted(block, desk, fields.url))
    label = escape(_lifted(block, desk, fields.label))
    return f'<mj-button mj-class="action" css-class="action" href="{url}">{label}</mj-button>'


def _image(block: Block, desk: Desk) -> str:
    fields = block.body
    assert isinstance(fields, Image)
    ours = _own(block, desk, "{{ links.site }}") if fields.src.startswith("/m/") else ""
    src = ours + escape(_lifted(block, desk, fields.src))
    alt = escape(_lifted(block, desk, fields.alt))
    width = f' width="{fields.width}px"' if fields.width else ""
    return f'<mj-image mj-class="picture" css-class="picture" src="{src}" alt="{alt}"{width} />'


def _quote(block: Block, desk: Desk) -> str:
    fields = block.body
    assert isinstance(fields, Quote)
    text = prose_html(_lifted(block, desk, fields.text))
    by = escape(_lifted(block, desk, fields.by))
    signed = f'<p class="by">{by}</p>' if by else ""
    return f'<mj-text mj-class="quote" css-class="quote"><div class="said">{text}{signed}</div></mj-text>'


def _care_manager(block: Block, desk: Desk) -> str:
    fields = block.body
    assert isinstance(fields, CareManager)
    says = prose_html(_lifted(block, desk, fields.says))
    if fields.name:
        name = escape(_lifted(block, desk, fields.name))
        initials = escape("".join(word[0] for word in fields.name.split()[:2])) if "{" not in fields.name else ""
    else:
        name = _own(block, desk, "{{ sender.name }}")
        initials = _own(block, desk, "{{ sender.name | first | upper }}")
    role = escape(_lifted(block, desk, fields.role))
    under = f'<br/><span class="role">{role}</span>' if role else ""
    badge = (
        f'<td class="html-only" width="44" valign="top"><div class="badge">{initials}</div></td>' if initials else ""
    )
    return (
        '<mj-text mj-class="card" css-class="card"><div class="panel">'
        f"{says}"
        f'<table role="presentation" class="signed" cellpadding="0" cellspacing="0" border="0"><tr>{badge}'
        f'<td class="who" valign="middle"><strong>{name}</strong>{under}</td></tr></table></div></mj-text>'
    )


def _survey(block: Block, desk: Desk) -> str:
    fields = block.body
    assert isinstance(fields, SurveyQuestion)
    survey = desk.surveys.get(fields.survey)
    if survey is None:
        raise Missing("survey", fields.survey, tuple(desk.surveys))
    out = [f'<mj-text mj-class="question" css-class="question">{escape(survey.question)}</mj-text>']
    for choice in survey.choices:
        url = _own(block, desk, f"{{{{ links.survey['{survey.id}']['{choice.id}'] }}}}")
        label = escape(choice.label)
        out.append(f'<mj-button mj-class="choice" css-class="choice" href="{url}">{label}</mj-button>')
    if not survey.choices:
        url, label = _own(block, desk, f"{{{{ links.survey['{survey.id}']['{PAGE}'] }}}}"), escape(fields.label)
        out.append(f'<mj-button mj-class="action" css-class="action" href="{url}">{label}</mj-button>')
    return "\n".join(out)


def _next_milestone(block: Block, desk: Desk) -> str:
    fields = block.body
    assert isinstance(fields, NextMilestone)
    begins = _own(block, desk, "{% if milestones.next %}")
    name = _own(block, desk, "{{ milestones.next.name }}")
    url, label = _own(block, desk, "{{ milestones.next.url }}"), _own(block, desk, "{{ milestones.next.label }}")
    otherwise = ""
    if fields.fallback:
        otherwise = _statement(_own(block, desk, "{% else %}"))
        otherwise += _prose(_lifted(block, desk, fields.fallback))
    ends = _own(block, desk, "{% endif %}")
    return (
        f'{_statement(begins)}<mj-text mj-class="next" css-class="next">{name}</mj-text>'
        f'<mj-button mj-class="action" css-class="action" href="{url}">{label}</mj-button>{otherwise}{_statement(ends)}'
    )


def _snippet(block: Block, desk: Desk) -> str:
    fields = block.body
    assert isinstance(fields, SnippetPlace)
    text = desk.snippets.get(fields.snippet)
    if text is None:
        raise Missing("snippet", fields.snippet, tuple(desk.snippets))
    return _prose(desk.slots.lift(text, f"config/snippets/{fields.snippet}.md", 1))


_LOOKS: dict[str, Callable[[Block, Desk], str]] = {
    "button": _button,
    "image": _image,
    "quote": _quote,
    "care-manager": _care_manager,
    "survey": _survey,
    "next-milestone": _next_milestone,
    "snippet": _snippet,
}
