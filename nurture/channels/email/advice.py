"""Advice about the finished letter: how heavy it is, and which of its words are hard to see.

What stands in the text is judged by `engine.proofreading` as it is; here is what only the letter tells.
"""

from collections.abc import Mapping

from nurture.channels.email.compose import LAYOUT, CompiledEmail, Unrenderable
from nurture.channels.email.words import sample_words
from nurture.engine.proofreading import Finding, of_colours, of_weight
from nurture.engine.survey import Survey


def advice_on(compiled: CompiledEmail, layout: str, surveys: Mapping[str, Survey]) -> list[Finding]:
    """Judge every variant as it comes out for somebody well known.  layout: its MJML, in which the colours are said."""
    words = sample_words(surveys={one: survey.ways for one, survey in surveys.items()})
    found: dict[Finding, None] = {}
    for sheet in dict.fromkeys(compiled.sheets.values()):
        try:
            html = sheet.render(words).html
        except Unrenderable:
            continue  # the compiler has said so
        heavy = of_weight(html, f"templates/emails/{compiled.text.key}/{sheet.variant}.md")
        found |= dict.fromkeys([*([heavy] if heavy else []), *of_colours(html, layout, LAYOUT)])
    return list(found)
