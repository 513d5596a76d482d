"""Plain text: what a letter says without its looks, derived once per revision from the same MJML."""

import re
from copy import deepcopy

from inscriptis import Inscriptis
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.css import HtmlElement
from lxml import etree, html  # type: ignore[import-untyped]

_BLOCKS = ("mj-text", "mj-button", "mj-section", "mj-column", "mj-divider")
_LINK = re.compile(r"\[([^\[\]]*)\]\((\S*?)\)")
_ONLY_STATEMENTS = re.compile(r"(?:zq\d{5}sqz\s*)+")
_COMMENT = re.compile(r"<!--(zq\d{5}sqz)-->")
_BETWEEN = re.compile(r"(</(?:p|ul|ol|h\d|blockquote|pre)>|<mj-text[^>]*>)\s*((?:zq\d{5}sqz\s*)+)(?=<)")


def plain_text(mjml: str) -> str:
    """Derive the plain text of a letter from its MJML, slots kept and every link spelt out."""
    mjml = _COMMENT.sub(r"<p>\1</p>", _BETWEEN.sub(r"\1<p>\2</p>", mjml))
    tree = html.fromstring(re.sub(r"<mj-head>.*?</mj-head>", "", mjml, flags=re.DOTALL))
    for element in list(tree.iter()):
        if isinstance(element.tag, str):
            _read_aloud(element)
    text = Inscriptis(tree, _config()).get_text()
    return _tidy(text)


def _read_aloud(element: etree._Element) -> None:
    """Turn one element into what it says."""
    classes = f"{element.get('class', '')} {element.get('css-class', '')}".split()
    if "html-only" in classes:
        element.drop_tree()
    elif element.tag == "mj-button":
        link = etree.SubElement(element, "a", href=element.get("href", ""))
        link.text, element.text = element.text, None
    elif element.tag == "mj-image":
        element.tag, element.text = "p", element.get("alt")
    elif element.tag == "mj-divider":
        element.text = "--"


def _config() -> ParserConfig:
    css = deepcopy(CSS_PROFILES["relaxed"])
    for tag in _BLOCKS:
        css[tag] = HtmlElement(display=Display.block, margin_before=1, margin_after=1)
    return ParserConfig(css=css, display_links=True, display_anchors=False)


def _tidy(text: str) -> str:
    """Lines without margins, one blank line between paragraphs, each statement between paragraphs on its own line."""
    lines: list[str] = []
    quiet = True  # no blank line is wanted next: one stands there, or a statement that may come to nothing
    for line in (each.strip() for each in text.splitlines()):
        if _ONLY_STATEMENTS.fullmatch(line):
            lines += line.split()
            quiet = True
        elif line or not quiet:
            lines += _links_spelt_out(line)
            quiet = not line
    return "\n".join(lines).strip() + "\n"


def _links_spelt_out(line: str) -> list[str]:
    """Write `[label](url)` as people do: behind its label, or below one another where a line is links alone."""
    parts = [part.strip() for part in line.split(" \N{MIDDLE DOT} ")]
    if all(_LINK.fullmatch(part) for part in parts):
        return [_LINK.sub(r"\1: \2", part) for part in parts]
    return [_LINK.sub(lambda link: link[2] if link[1] in ("", link[2]) else f"{link[1]} ({link[2]})", line)]
