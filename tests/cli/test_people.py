"""Customers as an operator looks at them, and the secrets that are shown once."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from nurture.flow.intake import Newcomer, capture_lead, sign_up
from nurture.store import audit, keys, staff
from tests.cli.conftest import Nurture

HOSTILE = "Ada \x1b[2J\x9bByron\u202e"


@pytest.fixture
def peopled(stocked: Nurture) -> Nurture:
    """Ada signed up, then Cy became a lead."""
    with stocked.parts() as parts:
        at = parts.look()
        traits = {"name": HOSTILE, "role": "developer"}
        sign_up(parts.ground, Newcomer("u-1", "ada@example.com", at.now, "test", traits=traits), at)
        later = parts.look()
        capture_lead(parts.ground, Newcomer(None, "cy@example.com", later.now, "test"), later)
    return stocked


def test_customers_are_listed_and_narrowed(peopled: Nurture) -> None:
    everybody = peopled("customers", "list")
    trials = json.loads(peopled("customers", "list", "--stage", "assessing", "--json").stdout)
    one = json.loads(peopled("customers", "list", "--limit", "1", "--json").stdout)
    rest = json.loads(peopled("customers", "list", "--cursor", one["cursor"], "--json").stdout)

    assert {"ada@example.com", "cy@example.com"} <= set(everybody.stdout.split())
    assert [found["user_id"] for found in trials["customers"]] == ["u-1"]
    assert json.loads(peopled("customers", "list", "--journey", "first-win", "--json").stdout) == trials
    assert json.loads(peopled("customers", "list", "--search", "ADA@", "--json").stdout) == trials
    assert json.loads(peopled("customers", "list", "--stage", "adopted", "--json").stdout)["customers"] == []
    assert [found["email"] for found in one["customers"] + rest["customers"]] == ["cy@example.com", "ada@example.com"]
    assert rest["cursor"] is None


def test_an_empty_list_says_so_and_a_word_that_nobody_knows_is_refused(peopled: Nurture) -> None:
    empty, unknown = (
        peopled("customers", "list", "--stage", "adopted"),
        peopled("customers", "list", "--stage", "adoptd"),
    )

    assert (empty.exit_code, empty.stdout) == (0, "Nobody.\n")
    assert (unknown.exit_code, unknown.stderr) == (2, "Error: there is no stage 'adoptd': did you mean 'adopted'?\n")


def test_a_customer_is_shown_whole_by_any_of_their_names(peopled: Nurture) -> None:
    shown = json.loads(peopled("customers", "show", "u-1", "--json").stdout)

    assert json.loads(peopled("customers", "show", shown["id"], "--json").stdout) == shown
    assert {walk["journey"] for walk in shown["enrollments"]} >= {"first-win"}
    assert [change["to"] for change in shown["stages"]] == ["assessing"]
    assert any(entry["kind"] == "message" and entry["what"] == "welcome" for entry in shown["timeline"])
    assert "a lead" in peopled("customers", "show", "email:cy@example.com").stdout


def test_a_customer_s_words_do_not_steer_the_terminal(peopled: Nurture) -> None:
    shown = peopled("customers", "show", "u-1").stdout

    assert "Ada" in shown
    assert not set("\x1b\x9b\u202e") & set(shown)


def test_why_answers_as_a_sentence_and_as_data(peopled: Nurture) -> None:
    said = peopled("why", "u-1", "--step", "welcome")
    never = json.loads(peopled("why", "email:cy@example.com", "--journey", "first-win", "--json").stdout)

    asked = {line[:23].rstrip(): line[25:] for line in said.stdout.splitlines()}
    assert said.exit_code == 0
    assert asked["held by another journey"].startswith("pass ")
    assert asked["quiet hours"] == "pass       urgent: not held by window or caps"
    assert never["outcome"] == "never entered"
    assert "considering" in never["sentence"]
    assert never["checks"][never["first_no"]]["asks"] == "stage"
    assert never["checks"][never["first_no"]]["fix"]["do"] == "edit-stages"


def test_why_says_of_every_journey_where_they_stand(peopled: Nurture) -> None:
    said = peopled("why", "u-1").stdout.splitlines()
    told = json.loads(peopled("why", "u-1", "--json").stdout)

    assert said[0].split() == ["journey", "outcome", "why"]
    assert any(line.split()[:2] == ["first-win", "walking"] for line in said)
    assert {one["journey"] for one in told["journeys"]} == {line.split()[0] for line in said[1:]}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["u-9", "--step", "welcome"], "no customer is known as 'u-9'"),
        (["u-1", "--step", "nope"], "no journey has, or had, a step 'nope'"),
        (["u-1", "--journey", "nope"], "there is no journey 'nope'"),
    ],
)
def test_why_refuses_what_it_does_not_know(peopled: Nurture, words: list[str], said: str) -> None:
    told = peopled("why", *words)

    assert told.exit_code == 2
    assert said in told.stderr


def test_a_member_of_staff_gets_a_password_alone_on_the_last_line(bare: Nurture) -> None:
    told = bare("staff", "add", "Ana@Example.com", "--role", "editor")

    password = told.stdout.splitlines()[-1]
    with bare.parts() as parts, parts.ground.sessions.read() as session:
        member = staff.by_email(session, "ana@example.com")
        assert [entry.act for entry in audit.entries(session)] == ["add staff"]
    assert member is not None
    assert member.role == "editor"
    assert staff.verify_password(member, password)
    assert password not in bare("staff", "list").stdout
    assert "ana@example.com" in bare("staff", "list").stdout


def test_staff_is_known_once_and_locked_out_once(bare: Nurture) -> None:
    bare("staff", "add", "ana@example.com", "--role", "editor")

    twice = bare("staff", "add", "ANA@example.com", "--role", "admin")
    out, again = bare("staff", "disable", "ana@example.com"), bare("staff", "disable", "ana@example.com")

    assert (twice.exit_code, out.exit_code, again.exit_code) == (2, 0, 2)
    assert "is a member of staff already" in twice.stderr
    assert "nobody on the staff" in again.stderr
    assert bare("staff", "add", "bo@example.com", "--role", "boss").stderr.startswith("Error: a role is one of viewer,")
    assert bare("staff", "add", "bo", "--role", "editor").exit_code == 2


def test_a_key_s_secret_is_alone_on_the_last_line_and_opens(bare: Nurture) -> None:
    told = bare("keys", "add", "our backend", "--scope", "ingest,read")

    secret = told.stdout.splitlines()[-1]
    with bare.parts() as parts, parts.ground.sessions.read() as session:
        key = keys.scopes_for(session, secret)
    assert key is not None
    assert key.scopes == {"ingest", "read"}
    assert secret not in bare("keys", "list").stdout

    revoked = bare("keys", "revoke", key.id)

    assert revoked.exit_code == 0
    with bare.parts() as parts, parts.ground.sessions.read() as session:
        assert keys.scopes_for(session, secret) is None
    assert bare("keys", "revoke", key.id).exit_code == 2


@pytest.mark.parametrize("scope", ["foo", "", "read,foo"])
def test_a_key_needs_scopes_that_exist(bare: Nurture, scope: str) -> None:
    told = bare("keys", "add", "x", "--scope", scope)

    assert (told.exit_code, told.stdout) == (2, "")
    assert "scopes are some of ingest, read, write, admin" in told.stderr


def test_commands_beside_each_other_wait_in_line(nurture: Nurture) -> None:
    with ThreadPoolExecutor(3) as pool:
        told = list(pool.map(lambda n: nurture.run("keys", "add", f"key {n}", "--scope", "read"), range(3)))

    assert [(one.returncode, one.stderr) for one in told] == [(0, "")] * 3
    with nurture.parts() as parts, parts.ground.sessions.read() as session:
        assert {key.name for key in keys.all_keys(session)} == {"key 0", "key 1", "key 2"}
