"""An email is edited piece by piece: what was not touched keeps every character, and a variant holds its own alone."""

import difflib
from collections.abc import Callable

import pytest

from nurture.engine.editing import CannotEdit
from nurture.engine.email import parse_email
from nurture.engine.email_edits import (
    FRESH,
    add_piece,
    drop_piece,
    drop_variant,
    move_piece,
    own_words,
    set_fields,
    set_head,
    set_words,
    whole_words,
)
from nurture.engine.email_pieces import fold, place_of, read_manuscript, shown, unfold

BASE = """---
# why this letter is
subject: "Your first import"   # tested in spring
sender: success
topic: tips
---
# Hello

Dear {{ customer.first_name | default('friend', true) }},
this is one paragraph.

{# for colleagues: legal has read this #}

- one

- two

{% if milestones.next %}
Next: {{ milestones.next.name }}.

Then the rest.
{% endif %}

::: button action
# the only one
label: Start   # short
url: https://app.harbour.example/import
:::
"""
KEVIN = "---\npreheader: For engineers\n---\n::: button action\nlabel: Call the API\nurl: https://h.example/api\n:::\n"
FILES = {"email.md": BASE, "kevin.md": KEVIN}
TEXT = fold(FILES)
Edit = Callable[[str], tuple[str, str]]


def changed(edit: Edit, file: str = "email.md", text: str = TEXT) -> list[str]:
    """The lines that an edit took out and put in; no other file may change."""
    before, after = unfold(text), unfold(edit(text)[0])
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} <= {file}
    lines = difflib.ndiff(before.get(file, "").split("\n"), after.get(file, "").split("\n"))
    return [line for line in lines if line[0] in "+-" and line[2:].strip()]


def kinds(text: str, stem: str = "email") -> list[str]:
    return [one.piece.name or one.piece.kind for one in shown(unfold(text), stem)]


def test_a_body_is_parted_into_what_an_author_sees() -> None:
    assert kinds(TEXT) == ["heading", "text", "note", "list", "logic", "action"]
    assert read_manuscript(BASE).pieces[3].body == "- one\n\n- two"


def test_the_pieces_cover_every_word_of_the_body() -> None:
    manuscript = read_manuscript(BASE)
    covered = {n for piece in manuscript.pieces for n in range(piece.start, piece.end)}

    assert manuscript.head == (1, 5)
    assert [line for n, line in enumerate(manuscript.lines) if n > 5 and n not in covered and line.strip()] == []


def test_one_field_changes_one_line_and_keeps_its_comments() -> None:
    assert changed(lambda text: set_fields(text, "email", 5, {"label": "Begin"})) == [
        "- label: Start   # short",
        "+ label: Begin   # short",
    ]
    assert changed(lambda text: set_head(text, "email", "subject", "A first import: yours")) == [
        '- subject: "Your first import"   # tested in spring',
        "+ subject: 'A first import: yours'   # tested in spring",
    ]


def test_words_change_in_their_own_lines() -> None:
    assert changed(lambda text: set_words(text, "email", 0, "# Good day")) == ["- # Hello", "+ # Good day"]
    assert changed(lambda text: set_words(text, "email", 0, "# Hello\r\n")) == []


@pytest.mark.parametrize("kind", FRESH)
def test_every_kind_of_piece_can_be_put_anywhere(kind: str) -> None:
    for n in (0, 1, 2, 5, 6):
        text, _ = add_piece(TEXT, "email", n, kind, "driver")

        assert kinds(text) == [*kinds(TEXT)[:n], kind, *kinds(TEXT)[n:]]
        assert not [one for one in changed(lambda _, new=text: (new, "")) if one[0] == "-"]  # type: ignore[misc]


def test_what_is_moved_there_and_back_is_as_it_was() -> None:
    for n in range(5):  # a piece and the next one change places, and again
        there, said = move_piece(TEXT, "email", n, n + 1)
        assert sorted(kinds(there)) == sorted(kinds(TEXT))
        assert said.endswith("down")
        assert unfold(move_piece(there, "email", n + 1, n)[0]) == FILES


def test_paragraphs_stay_apart_whatever_is_taken_out_between_them() -> None:
    close = fold({"email.md": "one\n::: button\nlabel: x\nurl: y\n:::\ntwo\n"})

    assert kinds(drop_piece(close, "email", 1)[0]) == ["text", "text"]
    assert kinds(move_piece(close, "email", 1, 0)[0]) == ["button", "text", "text"]


def test_a_removed_piece_leaves_the_others_alone() -> None:
    assert changed(lambda text: drop_piece(text, "email", 2)) == ["- {# for colleagues: legal has read this #}"]


def test_lines_end_as_they_did() -> None:
    windows = fold({"email.md": BASE.replace("\n", "\r\n")})
    edits: list[Edit] = [
        lambda text: set_words(text, "email", 1, "Dear you,\nhow are you?"),
        lambda text: add_piece(text, "email", 2, "button"),
        lambda text: set_fields(text, "email", 5, {"label": "Begin"}),
        lambda text: move_piece(text, "email", 3, 0),
    ]

    for edit in edits:
        after = unfold(edit(windows)[0])["email.md"]
        assert after.count("\r\n") == after.count("\n")


def test_a_variant_gets_words_of_its_own_and_gives_them_back() -> None:
    paragraph = shown(unfold(TEXT), "wilma")[1]
    own, said = own_words(TEXT, "wilma", paragraph)
    named = unfold(own)

    assert said == "own words: text “Dear {{ customer.first_name | default('…”, for wilma"
    assert "::: text text\nDear" in named["email.md"]
    assert named["wilma.md"].startswith("::: text text\nDear")
    changed_own, _ = set_words(own, "wilma", 0, "Hello, in her own words.")
    assert [one.piece.body for one in shown(unfold(changed_own), "wilma")][1] == "Hello, in her own words."
    assert [one.stem for one in shown(unfold(changed_own), "wilma")] == ["email", "wilma", *["email"] * 4]
    assert "wilma.md" not in unfold(drop_piece(changed_own, "wilma", 0)[0])


def test_a_block_is_hidden_from_one_persona() -> None:
    hidden, _ = own_words(TEXT, "wilma", shown(unfold(TEXT), "wilma")[5], hide=True)

    email, problems = parse_email("import", unfold(hidden))
    assert email is not None, problems
    assert email.choose("wilma", None).blocks[-1].body == ""
    assert email.choose("kevin", None).blocks[-1].type == "button"


def test_a_head_grows_and_shrinks_with_what_it_says() -> None:
    with_subject, _ = set_head(TEXT, "wilma", "subject", "For Wilma")
    assert unfold(with_subject)["wilma.md"] == "---\nsubject: For Wilma\n---\n"
    assert unfold(set_head(with_subject, "wilma", "subject", "")[0]) == FILES

    bare, _ = set_head(TEXT, "kevin", "preheader", "")
    assert parse_email("import", unfold(bare))[0] is not None
    assert changed(lambda text: set_head(text, "kevin", "subject", "APIs"), "kevin.md") == ["+ subject: APIs"]


def test_a_translation_begins_with_everything_that_is_read_now() -> None:
    text, _ = whole_words(TEXT, "de")

    assert kinds(text, "de") == kinds(TEXT)
    assert {one.stem for one in shown(unfold(text), "de")} == {"de"}
    assert unfold(text)["de.md"].startswith("---\nsubject: Your first import\n---\n# Hello\n\nDear")
    assert unfold(drop_variant(text, "de")[0]) == FILES


def test_a_divider_at_the_very_top_is_no_head() -> None:
    text = fold({**FILES, "wilma.md": "words\n"})

    divided, _ = add_piece(text, "wilma", 0, "divider")

    assert kinds(divided, "wilma") == ["divider", "text"]


REFUSED: list[Edit] = [
    lambda text: set_words(text, "email", 1, "one\n::: button\ntwo"),
    lambda text: set_words(text, "email", 1, " "),
    lambda text: set_words(text, "email", 9, "words"),
    lambda text: move_piece(text, "email", 0, -1),
    lambda text: add_piece(text, "email", 0, "movie"),
    lambda text: add_piece(text, "email", 4, "list"),
    lambda text: drop_variant(text, "email"),
    lambda text: set_head(text, "../policy", "subject", "x"),
    lambda text: own_words(text, "kevin", shown(unfold(text), "kevin")[5]),
    lambda _: set_words("not json", "email", 0, "x"),
    lambda _: set_fields(fold({"email.md": "::: button\n: [\n:::"}), "email", 0, {"label": "x"}),
]


@pytest.mark.parametrize("edit", REFUSED)
def test_what_cannot_be_done_is_refused_with_a_reason(edit: Edit) -> None:
    with pytest.raises(CannotEdit) as refusal:
        edit(TEXT)

    assert len(str(refusal.value)) > 10


def test_a_problem_is_found_again_at_its_piece() -> None:
    line = BASE.split("\n").index("url: https://app.harbour.example/import") + 1

    assert place_of(FILES, "templates/emails/import/email.md", line) == ("email", 5)
    assert place_of(FILES, "templates/emails/import/email.md", 3) == ("email", None)
    assert place_of(FILES, "templates/emails/import/kevin.md", 5) == ("kevin", 0)
