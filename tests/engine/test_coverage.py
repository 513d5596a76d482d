"""Who gets words of their own, who the general text, and who never comes."""

import json

from nurture.engine.coverage import Reader, as_json, coverage
from nurture.engine.playbook import Playbook
from tests.engine.builders import journey, playbook

HEAD = "---\nsubject: Hello\nsender: success\ntopic: tips\n---\n"


def tailored(*journeys: str, **files: str) -> Playbook:
    """A playbook whose email `hello` has these files besides its base; `kevin_de` is kevin.de.md."""
    body = {"email.md": f"{HEAD}Hello\n\n::: text tip\nA tip.\n:::\n"}
    text = json.dumps(body | {f"{name.replace('_', '.')}.md": words for name, words in files.items()})
    return playbook(*journeys, email_hello=text)


HELLO = "{id: hello, do: email, email: hello}"
PART = "::: text tip\nAnother tip.\n:::\n"


def test_an_email_step_tells_for_whom_it_has_words() -> None:
    book = tailored(journey(f"[{HELLO}]"), kevin="All of it anew.\n", wilma=PART)

    (row,) = coverage(book).letters

    assert (row.journey, row.step, row.email) == ("path", "hello", "hello")
    assert {str(reader): cell for reader, cell in row.cells.items()} == {"kevin": "own", "wilma": "parts"}


def test_only_the_general_text_is_a_hole_and_so_is_a_translation_that_is_missing() -> None:
    german = "---\nsubject: Hallo\n---\nHallo\n"
    other = journey("[{id: bye, do: email, email: bye}]", key="other")
    book = tailored(journey(f"[{HELLO}]"), other, kevin=PART, de=german, kevin_de=german)

    found = coverage(book)

    cells = {(row.email, str(reader)): cell for row in found.letters for reader, cell in row.cells.items()}
    assert cells["hello", "kevin"] == "parts"
    assert cells["hello", "wilma"] == "general"
    assert cells["hello", "kevin.de"] == "own"
    assert cells["hello", "wilma.de"] == "general"
    assert cells["bye", "kevin.de"] == "untranslated"
    assert found.holes == 6
    assert as_json(found)["holes"] == 6


def test_who_is_sent_another_way_leaves_no_hole() -> None:
    paths = (
        f"[{{when: {{persona: kevin}}, steps: [{HELLO}]}},"
        " {otherwise: true, steps: [{id: bye, do: email, email: bye}]}]"
    )
    book = tailored(
        journey(f"[{{id: who, do: split, paths: {paths}}}, {{id: ask, do: survey, survey: mood, email: hi}}]")
    )

    rows = {row.step: {str(reader): cell for reader, cell in row.cells.items()} for row in coverage(book).letters}

    assert rows["hello"] == {"kevin": "general", "wilma": "-"}
    assert rows["bye"] == {"kevin": "-", "wilma": "general"}
    assert rows["ask"] == {"kevin": "general", "wilma": "general"}


def test_a_journey_with_variants_tells_whose_steps_are_walked_in_each_stage() -> None:
    variants = "variants: [{stage: at_risk, journey: care}, {stage: at_risk, persona: kevin, journey: call}]"
    shapes = [journey("[{id: end, do: end}]", key=key, enter="null") for key in ("care", "call")]
    book = playbook(journey(f"[{HELLO}]", "{on: asked}", more=f"stays: [assessing, at_risk]\n{variants}"), *shapes)

    rows = {row.stage: row for row in coverage(book).shapes}

    assert list(rows) == ["assessing", "at_risk"]
    assert rows["at_risk"].cells == {"kevin": "call", "wilma": "care"}
    assert rows["at_risk"].general == ()
    assert rows["assessing"].general == ("kevin", "wilma")


def test_a_reader_is_named_as_the_file_that_is_written_for_them() -> None:
    assert [str(Reader("kevin", language)) for language in ("en", "de")] == ["kevin", "kevin.de"]
