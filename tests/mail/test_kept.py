"""What was compiled once is not compiled again, and never given for other words."""

import pytest
from jinja2 import DictLoader, Environment

from nurture.channels.email.compose import compile_email
from nurture.channels.email.kept import Kept
from nurture.web.compiled import Compiled
from tests.mail.samples import LAYOUT, SURVEYS, read, words

BASE = (None, "en")
SNIPPETS = {"hello": "Good morning"}
HELLO = "::: snippet\nsnippet: hello\n:::\n"


def test_the_same_words_are_compiled_once_and_other_words_anew() -> None:
    first = compile_email(read(HELLO), LAYOUT, SNIPPETS, SURVEYS)

    again = compile_email(read(HELLO), LAYOUT, dict(SNIPPETS), SURVEYS)
    changed = [
        compile_email(read(HELLO + "More.\n"), LAYOUT, SNIPPETS, SURVEYS),
        compile_email(read(HELLO), LAYOUT + "<!-- new -->", SNIPPETS, SURVEYS),
        compile_email(read(HELLO), LAYOUT, {"hello": "Good night"}, SURVEYS),
        compile_email(read(HELLO), LAYOUT, SNIPPETS, {}),
    ]

    assert again.sheets[BASE] is first.sheets[BASE]
    assert [other.sheets[BASE] is first.sheets[BASE] for other in changed] == [False] * 4
    assert "Good night" in changed[2].render(None, None, words()).text


def test_what_is_wrong_is_said_again() -> None:
    broken = read("Hi {{ customer.nobody }}\n")

    first, again = (compile_email(broken, LAYOUT, SNIPPETS, SURVEYS) for _ in range(2))

    assert first.problems
    assert (again.problems, dict(again.sheets)) == (first.problems, {})


def test_the_latest_are_kept_and_a_failure_is_not() -> None:
    kept, asked = Kept(2), list[str]()

    def answer(word: str) -> str:
        asked.append(word)
        if word == "bad":
            raise ValueError(word)
        return word.upper()

    told = [kept.once(word, lambda word=word: answer(word)) for word in ("a", "b", "a", "c", "a", "b")]  # type: ignore[misc]
    for _ in range(2):
        with pytest.raises(ValueError, match="bad"):
            kept.once("bad", lambda: answer("bad"))

    assert told == ["A", "B", "A", "C", "A", "B"]
    assert asked == ["a", "b", "c", "b", "bad", "bad"]


def test_applications_share_compiled_pages_and_a_page_that_changed_is_compiled_anew() -> None:
    cache = Compiled()
    pages = {"page.html": "old {{ word }}"}
    one, other = (Environment(loader=DictLoader(pages), autoescape=True, bytecode_cache=cache) for _ in range(2))
    before = one.get_template("page.html").render(word="<")

    other.loader = None
    shared = DictLoader(pages).load(other, "page.html").render(word=">")
    pages["page.html"] = "new {{ word }}"
    after = one.get_template("page.html").render(word="<")

    assert (before, shared, after) == ("old &lt;", "old &gt;", "new &lt;")
