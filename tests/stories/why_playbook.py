"""A small playbook for why: one journey for each thing that can stand between a customer and a letter."""

from typing import Any

from tests.stories.care_playbook import CALL, MILESTONES, PERSONAS, email, published
from tests.stories.care_playbook import TEXTS as BASE

LIFECYCLE = """
stages:
  - {id: considering, phase: learn}
  - {id: assessing, phase: buy}
  - {id: adopted, phase: use}
  - {id: terminated, phase: leave, final: true}
starts: {lead: considering, signup: assessing}
moves:
  - {from: [considering, terminated], to: assessing, on: signed_up}
  - {from: [considering, assessing], to: adopted, on: subscription_started}
  - {from: [considering, assessing, adopted], to: terminated, on: trial_cancelled}
"""
POLICY = """
senders: {success: {name: Ana, email: ana@harbour.example}}
window: {days: mon-sun, from: "08:00", to: "20:00", else_zone: Europe/London}
caps: [{per: 30d, at_most: 1}]
lateness: {after: 24h, then: skip}
topics: [{id: tips, name: Tips}, {id: news, name: News, default: off}]
postal_address: 1 Example Quay, London
owners: [{id: ana, name: Ana, email: ana@harbour.example}]
"""
LETTER = "{id: letter, do: email, email: words}"
DAY = "{id: a-day, do: wait, for: 1d}"
CALLING = "{id: call, do: care, task: call, due: 4h, wait_for_outcome: 2d, outcomes: {booked: []}}"
SPLIT = "{id: fork, do: split, paths: [{when: {trait: plan, is: big}, steps: [LETTER]}, {otherwise: true}]}"


def journey(key: str, *steps: str, on: str | None = "", more: str = "") -> str:
    """A journey that an event of its own name opens, unless it says otherwise."""
    begins = "" if on is None else f"enter: {on or f'{{on: {key}}}'}\n"
    listed = "".join(f"  - {step}\n" for step in steps).replace("LETTER", LETTER).replace("DAY", DAY)
    return f"id: {key}\nname: {key}\nstays: [assessing, adopted]\n{begins}{more}\nsteps:\n{listed}"


JOURNEYS = {
    "plain": journey("plain", LETTER),
    "second": journey("second", LETTER),
    "entry": journey("entry", LETTER, on="{on: entry, when: {trait: plan, is: big}}"),
    "stage": journey("stage", LETTER, on="{on: stage, stage: adopted}"),
    "base": journey(
        "base", "{id: note, do: set, trait: met, to: true}", more="variants: [{persona: kevin, journey: other}]"
    ),
    "other": journey("other", "{id: note, do: set, trait: met, to: true}", LETTER, on=None),
    "soon": journey("soon", LETTER, on="{on: soon, again: after 30d}"),
    "grown": journey("grown", LETTER, on="{stage: adopted}"),
    "dark": journey("dark", DAY, "{id: letter, do: email, email: words, off: true}"),
    "won": journey("won", LETTER, more="goal: {milestone: first_value}"),
    "often": journey(
        "often",
        *(DAY, "{id: fork, do: wait_for, what: {event: ready}, up_to: 1d, then: [LETTER]}"),
        "{id: more, do: wait, for: 20d}",
        on="{on: often, again: always}",
        more="goal: {did: enough}",
    ),
    "weeks": journey("weeks", f"{{id: weekly, do: repeat, times: 2, steps: [{SPLIT}, DAY]}}"),
    "again": journey("again", DAY, LETTER, more="goal: {did: enough}"),
    "news": journey("news", "{id: letter, do: email, email: news}"),
    "late": journey("late", DAY, LETTER),
    "behind": journey(
        "behind",
        *(DAY, "{id: first, do: email, email: others, urgent: true, late: send}"),
        *("{id: more, do: wait, for: 1d}", "{id: letter, do: email, email: words, urgent: true, late: send}"),
    ),
    "aside": journey("aside", LETTER, more="holdout: 100%"),
    "exit": journey("exit", DAY, LETTER, more="leave_when: [{did: enough}]"),
    "rests": journey("rests", DAY, LETTER),
    "calm": journey("calm", "{id: rest, do: wait, for: 20d}", more="holds: all\npriority: 90"),
    "unless": journey("unless", "{id: letter, do: email, email: words, unless: {persona: wilma}}"),
    "split": journey("split", SPLIT, "{id: after, do: wait, for: 20d}"),
    "arm": journey("arm", "{id: fork, do: experiment, arms: [{id: a, weight: 0, steps: [LETTER]}, {id: b}]}"),
    "waits": journey("waits", "{id: fork, do: wait_for, what: {event: ready}, up_to: 1d, then: [LETTER]}"),
    "off": journey("off", "{id: letter, do: email, email: words, off: true}"),
    "rounds": journey(
        "rounds",
        "{id: fork, do: repeat, times: 2, steps: [{id: letter, do: email, email: words, urgent: true}, DAY]}",
    ),
    "care": journey("care", CALLING),
    "notice": journey("notice", "{id: hint, do: message, title: Hello, body: There}"),
    "silent": journey("silent", "{id: hush, do: message, title: Hello, body: There}", more="holdout: 100%"),
    "tells": journey("tells", "{id: tell, do: webhook, to: crm}"),
    "asks": journey("asks", "{id: letter, do: survey, survey: mood, email: words}"),
    "once": journey("once", LETTER, on="{once: true, segment: kevins}"),
    "starts": journey("starts", "{id: go, do: start, journey: plain}"),
}
MOOD = "{id: mood, name: Mood, question: How is it going?, kind: score}"
TEXTS = {
    **{name: text for name, text in BASE.items() if name[0] == "layout"},
    ("lifecycle", "lifecycle"): LIFECYCLE,
    ("personas", "personas"): PERSONAS,
    ("milestones", "milestones"): MILESTONES,
    ("policy", "policy"): POLICY,
    ("segment", "kevins"): "{id: kevins, when: {persona: kevin}}",
    ("survey", "mood"): MOOD,
    ("task", "call"): CALL,
    ("outbound", "crm"): '{id: crm, url: "http://127.0.0.1:9/crm"}',
    **{("journey", key): text for key, text in JOURNEYS.items()},
    **{("email", key): email(key) for key in ("words", "others")},
    ("email", "news"): email("news", "news"),
}


def edited(old: str, new: str) -> dict[tuple[str, str], Any]:
    """The journeys that say something, saying it in another way."""
    return {("journey", key): text.replace(old, new) for key, text in JOURNEYS.items() if old in text}


def prepared(url: str) -> None:
    """Bring a database to the newest schema, with this playbook published."""
    published(url, TEXTS)
