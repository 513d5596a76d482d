"""Small playbooks from YAML text, and people: Ada the builder, Bo the evaluator, Cy the admin."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from pydantic import TypeAdapter

from nurture.engine.condition import Condition
from nurture.engine.decide import decide
from nurture.engine.decision import Decision, after
from nurture.engine.document import plain, read_yaml
from nurture.engine.playbook import Playbook, compile_playbook
from nurture.engine.reading import Texts
from nurture.engine.snapshot import Customer, Fact, Facts, Snapshot

EXAMPLES = settings(derandomize=True, deadline=None, database=None, max_examples=150)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

LIFECYCLE = """
stages:
  - {id: considering, phase: learn}
  - {id: assessing, phase: buy}
  - {id: adopted, phase: use}
  - {id: at_risk, phase: return}
  - {id: terminated, phase: leave, final: true}
starts: {lead: considering, signup: assessing}
moves:
  - {from: [considering, terminated], to: assessing, on: signed_up}
  - {from: [considering, assessing, at_risk, terminated], to: adopted, on: subscription_started}
  - {from: [assessing, at_risk, adopted], to: terminated, on: [trial_cancelled, account_closed]}
"""
PERSONAS = """
personas:
  - {id: kevin, name: Kevin, when: {trait: role, in: [developer, admin]}}
  - {id: wilma, name: Wilma, otherwise: true}
"""
MILESTONES = """
milestones:
  - {id: first_project, name: A project, on: project_created, weight: {kevin: 1, wilma: 3}}
  - {id: first_value, name: A report shared, on: report_shared, weight: {kevin: 2}}
drivers: [save_time, replace_tool]
"""
ALWAYS = """{days: mon-sun, from: "00:00", to: "23:59:59.999999", else_zone: Europe/London}"""
OFFICE = """{days: mon-fri, from: "09:00", to: "17:00", else_zone: Europe/London}"""


def policy(window: str = ALWAYS, caps: str = "[]", lateness: str = "{after: 24h, then: skip}", more: str = "") -> str:
    """The text of a policy; by itself it never says no."""
    return f"""
senders: {{success: {{name: Ana, email: ana@example.com}}}}
window: {window}
caps: {caps}
lateness: {lateness}
topics: [{{id: tips, name: Tips}}, {{id: account, name: Account, transactional: true}}]
postal_address: 1 Example Quay, London
owners:
  - {{id: ana, name: Ana, email: ana@example.com}}
  - {{id: lead, name: Lea, email: lea@example.com, when: {{stage: at_risk}}}}
{more}
"""


NAMED = {
    "survey": r"survey: ([\w-]+)",
    "task": r"(?:task|care): ([\w-]+)",
    "outbound": r"do: webhook, to: ([\w-]+)",
}
MADE_UP = {
    "survey": "{{id: {key}, name: {key}, question: How is it?, kind: score}}",
    "task": "{{id: {key}, name: {key}}}",
    "outbound": "{{id: {key}, url: 'https://example.com/{key}'}}",
}


def texts(*journeys: str, **others: str) -> dict[tuple[str, str], tuple[int, str]]:
    """The texts of a playbook: journeys, and other documents by kind (`segment_paying` is the segment `paying`).

    An email that a journey names is made up, and so are surveys, tasks and outbounds; emails named `receipt...` are
    transactional.
    """
    found = {("lifecycle", "lifecycle"): LIFECYCLE, ("personas", "personas"): PERSONAS}
    found |= {("milestones", "milestones"): MILESTONES, ("policy", "policy"): policy()}
    for name, text in others.items():
        kind, _, key = name.partition("_")
        found[kind, key or kind] = text
    for text in journeys:
        found["journey", "".join(re.findall(r"(?m)^id: ([\w-]+)", text)[:1]) or "path"] = text
        for email in re.findall(r"email: ([\w-]+)", text):
            topic = "account" if email.startswith("receipt") else "tips"
            head = f"---\nsubject: {email}\nsender: success\ntopic: {topic}\npreheader: Read on\n---\nHello\n"
            found.setdefault(("email", email), json.dumps({"email.md": head}))
        for kind, named in NAMED.items():
            for key in re.findall(named, text):
                found.setdefault((kind, key), MADE_UP[kind].format(key=key))
    return {name: (1, text) for name, text in found.items()}


def playbook(*journeys: str, revision: int = 1, since: Mapping[str, int] | None = None, **others: str) -> Playbook:
    """Compile a small playbook; what is not given is as above."""
    made: Texts = texts(*journeys, **others)
    return compile_playbook(revision, made, since=since)


def journey(steps: str, enter: str = "{stage: assessing}", key: str = "path", more: str = "") -> str:
    """The text of a journey.  steps: a YAML list on one line."""
    return f"id: {key}\nname: {key}\nenter: {enter}\n{more}\nsteps: {steps}\n"


def condition(text: str) -> Condition:
    """A condition from one line of YAML."""
    tree, problems = read_yaml(text, "here")
    assert problems == ()
    asked: Condition = TypeAdapter(Condition).validate_python(plain(tree))
    return asked


def ada(signed_up: datetime = NOON, zone: str = "Europe/London", **more: Any) -> Customer:
    """Ada the builder, in the trial that began when she signed up."""
    known: dict[str, Any] = {
        "id": "cus_ada",
        "account_id": "acc_ada",
        "ext_id": "ada",
        "email": "ada@example.com",
        "stage": "assessing",
        "stage_since": signed_up,
        "zone": zone,
        "signed_up_at": signed_up,
        "trial_starts_at": signed_up,
        "trial_ends_at": signed_up + 14 * DAY,
        "created_at": signed_up,
    }
    return Customer(**known | more)


def bo(seen: datetime = NOON, **more: Any) -> Customer:
    """Bo the evaluator, a lead who has not signed up: no trial, no zone."""
    return Customer("cus_bo", "acc_bo", None, "bo@example.com", "considering", seen, created_at=seen, **more)


def known(customer: Customer, *news: Fact, suppressed: str = "", **facts: Any) -> Snapshot:
    """A photograph of somebody the playbook has been settled for before."""
    of_before = customer._replace(revision=customer.revision or 1, persona=customer.persona or "wilma")
    return Snapshot(of_before, Facts(**facts), news=news, suppressed=frozenset(suppressed.split()))


def newborn(customer: Customer, *news: Fact) -> Snapshot:
    """A photograph of somebody we hear of for the first time: by these facts, or as a lead or by a sign-up."""
    first = Fact("signed_up" if customer.signed_up_at else "lead_captured", customer.stage_since)
    return Snapshot(customer, news=news or (first,), newborn=True)


def settle(book: Playbook, snapshot: Snapshot, now: datetime, *news: Fact) -> tuple[Snapshot, Decision]:
    """Decide, and give the photograph that would be taken next beside the decision."""
    decision = decide(book, snapshot._replace(news=(*snapshot.news, *news)), now)
    return after(snapshot, decision), decision


def emails(decision: Decision) -> list[str]:
    """The emails that a decision orders."""
    return [order.email for order in decision.orders]


def said(decision: Decision, do: str) -> list[str]:
    """The reasons a decision gives for one kind of note."""
    return [note.because for note in decision.notes if note.do == do]
