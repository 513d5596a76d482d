"""An email's folder: what inherits from what, and what its author is told."""

import pytest

from nurture.engine.email import parse_email
from tests.mail.samples import HEAD, read

REASON = "::: text reason\nThe base's reason.\n:::\n"
KEVIN = "---\nsubject: For Kevin\n---\n::: text reason\nKevin's reason.\n:::\n"
GERMAN = "---\nsubject: Hallo\n---\nHallo.\n\n::: text reason\nGrund.\n:::\n"


def bodies(text: object) -> list[str]:
    return [str(block.body) for block in text.blocks]  # type: ignore[attr-defined]


def test_a_persona_replaces_one_block_and_one_line_of_the_head() -> None:
    text = read(f"Hi.\n\n{REASON}", kevin=KEVIN)
    chosen = text.choose("kevin", "en-GB")

    assert (chosen.variant, chosen.head.subject, chosen.head.sender) == ("kevin", "For Kevin", "success")
    assert bodies(chosen) == ["Hi.", "Kevin's reason."]


def test_everybody_else_reads_the_base() -> None:
    chosen = read(f"Hi.\n\n{REASON}", kevin=KEVIN).choose("wilma", None)

    assert (chosen.variant, bodies(chosen)) == ("email", ["Hi.", "The base's reason."])


def test_a_reader_of_german_gets_no_english_block() -> None:
    chosen = read(f"Hi.\n\n{REASON}", kevin=KEVIN, de=GERMAN).choose("kevin", "de-AT")

    assert (chosen.variant, chosen.language, bodies(chosen)) == ("de", "de", ["Hallo.", "Grund."])


def test_a_persona_in_a_language_comes_last() -> None:
    own = "---\nsubject: Kevin, hallo\n---\n::: text reason\nKevins Grund.\n:::\n"
    text = read(f"Hi.\n\n{REASON}", kevin=KEVIN, de=GERMAN, kevin_de=own)
    chosen = text.choose("kevin", "de_DE.UTF-8")

    assert (chosen.variant, bodies(chosen)) == ("kevin.de", ["Hallo.", "Kevins Grund."])
    assert text.variants == ("email", "kevin", "de", "kevin.de")


def test_prose_of_its_own_replaces_the_whole_body() -> None:
    assert bodies(read(f"Hi.\n\n{REASON}", kevin="Only this.").choose("kevin", "en")) == ["Only this."]


def test_a_head_alone_leaves_the_body() -> None:
    assert bodies(read("Hi.", kevin="---\npreheader: Hello\n---\n").choose("kevin", "en")) == ["Hi."]


WRONG = {
    "no base": ({"kevin.md": "Hi."}, "email.md: is missing"),
    "open head": ({"email.md": "---\nsubject: x\n"}, "email.md:1: the head is not closed"),
    "unknown key": ({"email.md": HEAD.replace("topic", "topik") + "Hi."}, "did you mean 'topic'"),
    "unknown block": (
        {"email.md": HEAD + "::: buton\n:::"},
        "email.md:6: buton: unknown block (did you mean 'button'?)",
    ),
    "open block": ({"email.md": HEAD + "Hi.\n\n::: text a\nx"}, "email.md:8: text: is not closed"),
    "stray end": ({"email.md": HEAD + "Hi.\n:::\n"}, "email.md:7: closes a block that was never opened"),
    "button without url": ({"email.md": HEAD + "::: button\nlabel: Go\n:::"}, "url: is missing (add 'url')"),
    "bad field's line": ({"email.md": HEAD + "::: button\nlabel: Go\nurll: x\n:::"}, "email.md:8: urll"),
    "two of a name": ({"email.md": HEAD + (REASON * 2)}, "two blocks have this name"),
    "nothing to replace": ({"email.md": HEAD + REASON, "kevin.md": REASON.replace("reason", "raeson")}, "'reason'?"),
    "english twice": ({"email.md": HEAD + "Hi.", "en.md": "Hi."}, "the base is English already"),
    "odd name": ({"email.md": HEAD + "Hi.", "Kevin.txt": "Hi."}, "is no name for a variant"),
    "half translated": ({"email.md": HEAD + "Hi.", "de.md": "Hallo."}, "would still read English in: subject"),
    "an alias": ({"email.md": HEAD.replace("success", "&a success") + "Hi."}, "anchors and aliases"),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_author_is_told_where_and_what(case: str) -> None:
    files, expected = WRONG[case]
    text, problems = parse_email("hello", files)

    assert text is None
    assert any(expected in str(problem) for problem in problems), problems
