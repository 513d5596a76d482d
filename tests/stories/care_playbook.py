"""A small playbook of its own: nurture that rests while somebody at risk is cared for by a person."""

import json
from collections.abc import Mapping

from nurture.flow.ground import Ground, Moment, Seals, Shelf
from nurture.flow.publish import publish
from nurture.settings import ROOT
from nurture.store import migrate
from nurture.store.session import Sessions
from tests.stories.town import KEYS, MONDAY

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
  - {from: [considering, assessing, adopted, at_risk], to: terminated, on: trial_cancelled}
  - {from: assessing, to: at_risk, when: {silent_for: 5d}}
"""
PERSONAS = """
personas:
  - {id: kevin, name: Kevin, when: {trait: role, in: [developer, admin]}}
  - {id: wilma, name: Wilma, otherwise: true}
"""
MILESTONES = """
milestones:
  - {id: first_value, name: A report shared, on: report_shared, weight: {kevin: 1, wilma: 1}}
drivers: [save_time]
"""
POLICY = """
senders: {success: {name: Ana, email: ana@harbour.example}}
window: {days: mon-sun, from: "00:00", to: "23:59:59.999999", else_zone: Europe/London}
caps: []
lateness: {after: 24h, then: skip}
topics: [{id: tips, name: Tips}, {id: account, name: Account, transactional: true}]
postal_address: 1 Example Quay, London
owners:
  - {id: lea, name: Lea, email: lea@harbour.example, when: {trait: plan, is: big}}
  - {id: jonas, name: Jonas, email: jonas@harbour.example, when: {persona: kevin}}
  - {id: ana, name: Ana, email: ana@harbour.example}
"""
JOURNEYS = {
    "first-win": """
id: first-win
name: Get to the first win
enter: {stage: assessing}
stays: [assessing, at_risk]
goal: {milestone: first_value}
steps:
  - {id: welcome, do: email, email: welcome}
  - {id: pause, do: wait, for: 10d}
  - {id: tip, do: email, email: tip}
""",
    "get-help": """
id: get-help
name: Get help
priority: 80
enter: {on: ticket_opened, again: always}
stays: [assessing, adopted, at_risk]
variants: [{stage: at_risk, journey: special-care}]
steps:
  - {id: answer, do: email, email: we-have-it}
""",
    "special-care": """
id: special-care
name: Special care
priority: 90
stays: [assessing, adopted, at_risk]
holds: all
steps:
  - {id: answer, do: email, email: somebody-calls}
  - id: call
    do: care
    task: call
    due: 4h
    escalate: {after: 2h, to: lea}
    wait_for_outcome: 2d
    outcomes:
      booked: []
      no_answer: [{id: missed, do: email, email: we-missed-you}]
    else: [{id: in-writing, do: email, email: in-writing}]
  - {id: solved, do: wait_for, what: {event: ticket_solved}, up_to: 10d}
""",
}
CALL = """
id: call
name: Call about their question
brief: Read the ticket first.
talking_points: [May I solve it with you now?]
for:
  kevin: {brief: Have the log open., talking_points: [This is what changed., What have you ruled out?]}
  wilma: {brief: Say that it is not her fault.}
"""


def email(key: str, topic: str = "tips") -> str:
    """An email that says which one it is, and differently to Kevin and to Wilma."""
    head = f"---\nsubject: {key}\nsender: success\ntopic: {topic}\n---\n"
    block = "::: text reason\nThis is {} for {}.\n:::\n"
    others = {f"{who}.md": block.format(key, who) for who in ("kevin", "wilma")}
    return json.dumps({"email.md": head + block.format(key, "everybody"), **others})


TEXTS = {
    ("layout", "default"): (ROOT / "templates/emails/_layout/default.mjml").read_text(encoding="utf-8"),
    ("lifecycle", "lifecycle"): LIFECYCLE,
    ("personas", "personas"): PERSONAS,
    ("milestones", "milestones"): MILESTONES,
    ("policy", "policy"): POLICY,
    ("task", "call"): CALL,
    **{("journey", key): text for key, text in JOURNEYS.items()},
    **{("email", key): email(key) for key in ("welcome", "tip", "we-missed-you", "in-writing")},
    **{("email", key): email(key, "account") for key in ("we-have-it", "somebody-calls")},
}


def prepared(url: str) -> None:
    """Bring a database to the newest schema, with this playbook published."""
    published(url, TEXTS)


def published(url: str, texts: Mapping[tuple[str, str], str]) -> None:
    """Bring a database to the newest schema, with these documents published."""
    migrate.upgrade(url)
    sessions = Sessions(url)
    publish(Ground(sessions, Shelf(), Seals(KEYS)), texts, "a test", "", Moment(MONDAY, MONDAY))
    sessions.close()
