"""Staff read the policy in sentences and change it by forms; what it cannot be is told beside the field."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nurture.settings import ROOT
from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import signed_in
from tests.web.test_console_lifecycle import sends, standing

WRITTEN = (ROOT / "config/policy.yaml").read_text(encoding="utf-8")
EDIT = "/documents/policy/policy/edit"


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


def test_each_rule_is_said_in_a_sentence(harbour: Harbour) -> None:
    page = signed_in(harbour).get("/policy").text

    for sentence in (
        "Monday to Friday, 09:00 to 17:00, on the customer\u2019s own clock (Europe/London where nobody told us ",
        "At most 3 letters in any 1 week for one customer.",
        "At most 1 letter in any 20 hours for one account, all its people together.",
        "A letter that is more than 1 day late is not sent any more.",
        "Nobody is kept aside.",
        "Jonas, jonas@harbour.example: is Kevin.",
        "Your account and answers to you: answers to what they did.",
    ):
        assert sentence in page
    assert 'action="/documents' not in page


def test_hours_and_holidays_are_changed_in_their_place(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")

    sends(client, harbour, EDIT, at="window", **{"window.from": "10:00", "window.holidays": "2026-12-25, 2026-12-28"})

    text = standing(harbour, "policy").text
    changed = [line for line in text.split("\n") if line not in WRITTEN.split("\n")]
    assert len(changed) == 1
    assert "10:00" in changed[0]
    assert "2026-12-28" in changed[0]
    assert standing(harbour, "policy").sentence == (
        "the window: from 09:00 \u2192 10:00; holidays nothing \u2192 2026-12-25, 2026-12-28"
    )


@pytest.mark.parametrize(
    ("place", "field", "typed", "told"),
    [
        ("window", "window.else_zone", "Europe/Londn", "expected an IANA time zone"),
        ("window", "window.days", "never", "expected days such as mon-fri"),
        ("holdout", "holdout.share", "lots", "expected a share such as 5%"),
        ("caps/0", "caps.0.per", "soon", "write a span of time"),
        ("senders/success", "senders.success.email", "ana", "found &#39;ana&#39;"),
    ],
)
def test_what_it_cannot_be_is_told_beside_its_field(
    harbour: Harbour, place: str, field: str, typed: str, told: str
) -> None:
    answer = sends(signed_in(harbour, "editor"), harbour, EDIT, at=place, **{field: typed})

    beside = answer.text.partition(f'id="f-{field}-more"')[2].partition("</p>")[0]
    assert answer.status_code == 422
    assert told in beside
    assert f'value="{typed}"' in answer.text
    assert standing(harbour, "policy").n == 1


def test_limits_topics_and_senders_come_and_go(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")

    sends(client, harbour, EDIT, do="add", at="caps/new", **{"caps.new.per": "30 days", "caps.new.at_most": "8"})
    sends(client, harbour, EDIT, do="remove", at="account_cap")
    sends(client, harbour, EDIT, at="fewer", **{"fewer.per": "2 weeks", "fewer.at_most": "1"})
    sender = {"senders.new.name": "Jo", "senders.new.email": "jo@harbour.example"}
    sends(client, harbour, EDIT, do="add", at="senders/new", **sender)

    draft = standing(harbour, "policy")
    page = client.get("/policy").text
    assert "  - {per: 30d, at_most: 8}\n" in draft.text
    assert "account_cap:" not in draft.text
    assert draft.sentence == "added sender Jo"
    assert "Jo, jo@harbour.example." in page
    assert "Who asks for fewer mails gets at most 1 letter in any 2 weeks." in page
    assert "No limit for an account as a whole." in page


def test_a_must_fix_stands_beside_what_it_is_about(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")
    sends(client, harbour, EDIT, at="owners/1", **{"owners.1.when": "{persona: nobody-like-that}"})

    page = client.get("/policy").text

    beside = page.partition('id="f-owners.1.when-more"')[2].partition("</p>")[0]
    assert "there is no persona" in beside
    assert "1 must be mended" in page
