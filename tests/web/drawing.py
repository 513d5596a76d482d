"""A journey that somebody draws in the flow editor, and what they press."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nurture.engine.document import plain, read_yaml
from nurture.flow import drafts
from nurture.store.drafts import Draft
from tests.web.harbour import MONDAY, Harbour
from tests.web.staff import EMAIL, hidden

HEAD = """\
# Ours, by hand.
id: ours
name: Our journey
enter: {stage: assessing}
stays: [assessing, at_risk]
goal: {milestone: first_value}
"""
TEXT = (
    HEAD
    + """
steps:
  # at once
  - {id: hello, do: email, email: welcome}
  - {id: rest, do: wait, for: 1d}           # a day is enough
  - id: who
    do: split
    paths:
      - when: {persona: wilma}              # she reads
        steps:
          - {id: tips, do: email, email: share-your-report}
          - {id: more, do: email, email: choose-a-plan}
      - {otherwise: true, steps: []}
  - {id: bye, do: email, email: trial-ending}
"""
)


def writes(harbour: Harbour, text: str, expected: int | None = None, actor: str = EMAIL, key: str = "ours") -> Draft:
    return drafts.save_draft(harbour.parts.ground, "journey", key, text, expected, actor, "by hand", MONDAY)


def draft(harbour: Harbour, key: str = "ours") -> Draft:
    return drafts.read_draft(harbour.parts.ground, "journey", key)


def tree(harbour: Harbour, key: str = "ours") -> Any:
    found, problems = read_yaml(draft(harbour, key).text, key)
    assert not problems
    return plain(found)


def ids(harbour: Harbour, key: str = "ours") -> list[str]:
    return [step["id"] for step in tree(harbour, key)["steps"]]


def page(client: FlaskClient, query: str = "") -> str:
    answer = client.get(f"/journeys/ours/flow{query}")
    assert answer.status_code == 200
    return answer.text


def token(client: FlaskClient) -> str:
    """The token of this browser's forms, looked up once."""
    known = client.environ_base.get("tests.token") or hidden(client.get("/journeys?show=new").text, "csrf")
    client.environ_base["tests.token"] = known
    return str(known)


def sends(client: FlaskClient, path: str, by: str = "", **form: Any) -> TestResponse:
    return client.post(
        f"/journeys/ours/{path}", data={"csrf": token(client), "draft": "1", **form}, headers={"Autosave": by}
    )


def presses(client: FlaskClient, do: str, **form: Any) -> TestResponse:
    return sends(client, "edit", do=do, **form)
