"""Prose: an author's Markdown as the small HTML that a letter may carry."""

import re

import nh3
from markdown_it import MarkdownIt

from nurture.channels.email.slots import STATEMENT, on_lines_of_their_own

TAGS = {"p", "a", "strong", "em", "s", "ul", "ol", "li", "br", "h1", "h2", "h3", "blockquote", "code", "pre", "hr"}
_MARKDOWN = MarkdownIt("js-default", {"html": False, "linkify": False}).disable("table")
SCHEMES = {"http", "https", "mailto"}
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):")
_ALONE = re.compile(r"<p>((?:\s*zq\d{5}sqz)+)\s*</p>")


def prose_html(markdown: str) -> str:
    """Turn Markdown, its Jinja lifted out, into safe HTML; statements stand between the elements, not inside one."""
    html: str = _MARKDOWN.render(on_lines_of_their_own(markdown))
    html = nh3.clean(html, tags=TAGS, attributes={"a": {"href"}}, url_schemes=SCHEMES, link_rel=None)
    return _ALONE.sub(r"\1", html).strip()


def doubts(markdown: str) -> list[tuple[int, str, str]]:
    """Find what Markdown would leave out or show raw.  Gives (line from 1, what, suggestion)."""
    found: list[tuple[int, str, str]] = []
    for token in _MARKDOWN.parse(on_lines_of_their_own(markdown)):
        line = (token.map or [0])[0] + 1
        for child in token.children or ():
            if child.type == "image":
                found.append((line, "a picture inside prose is left out", "::: image"))
            elif child.type == "text" and re.search(r"</?[a-z][a-z0-9]*[ >/]", child.content):
                found.append((line, "HTML is not passed through", "write Markdown, or a block"))
            elif child.type == "link_open":
                scheme = _SCHEME.match(str(child.attrs["href"]))
                if scheme is not None and scheme[1] not in SCHEMES:
                    found.append((line, f"a link that begins with {scheme[0]!r} is left out", "https:// or mailto:"))
    return found


def split_at_statements(html: str) -> list[str]:
    """Part HTML into pieces that hold no statement between elements, and the statements themselves."""
    pieces: list[str] = []
    depth = since = 0
    for match in re.finditer(r"<(/?)([a-z0-9]+)[^>]*>|" + STATEMENT.pattern, html):
        if match[2] is None:
            if depth == 0:
                pieces += [html[since : match.start()], match[0]]
                since = match.end()
        elif match[2] not in ("br", "hr"):
            depth += -1 if match[1] else 1
    pieces.append(html[since:])
    return [piece.strip() for piece in pieces if piece.strip()]
