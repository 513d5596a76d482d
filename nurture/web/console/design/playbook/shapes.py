"""Which parts a document of the playbook has, and the fields of each: what staff may change without writing text."""

from collections.abc import Mapping
from typing import NamedTuple, get_args

from nurture.engine.lifecycle import Phase
from nurture.web.console.design.rules import EXAMPLES


class Field(NamedTuple):
    """One key of a part.  name: with dots.  kind: as for `flow.fields.Input`, or `list`: several, with commas between.

    refers: the kind of thing that it names.  choices: value and word.
    """

    name: str
    label: str
    kind: str
    hint: str = ""
    refers: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    needed: bool = False


class Shape(NamedTuple):
    """One part of a document.  word: what one is called.  keyed: the name that a new one's id is made of, '' for none.

    ordered: the order matters, so that one can be moved.  last: how many at the end stay where they are.
    """

    fields: tuple[Field, ...]
    word: str
    keyed: str = ""
    ordered: bool = False
    last: int = 0


RULE = f"a condition, such as {EXAMPLES[5]}"
PHASES: Mapping[str, str] = {
    "learn": "Learn: they ask about us",
    "buy": "Buy: they try it",
    "use": "Use: it is theirs",
    "return": "Return: we may be losing them",
    "recommend": "Recommend: they speak well of us",
    "leave": "Leave: they are gone",
}
assert set(PHASES) == set(get_args(Phase))

STAGE = Shape(
    (
        Field("name", "Name", "words", "empty: its key, said as words"),
        Field("phase", "Phase", "choose", choices=tuple(PHASES.items()), needed=True),
        Field("final", "All mail ends here; only an event leads out", "check"),
        Field("measure.milestone", "Success here: a milestone", "choose", refers="milestone"),
        Field("measure.target", "Reached by", "words", "a share of them, such as 60%"),
        Field("measure.within", "Within", "span", "such as 7 days"),
        Field("ask", "Survey that hears from people here", "choose", refers="survey"),
    ),
    "stage",
    keyed="name",
    ordered=True,
)
MOVE = Shape(
    (
        Field("from", "From", "keys", refers="stage", needed=True),
        Field("to", "To", "choose", refers="stage", needed=True),
        Field("on", "When this happens", "names", "events as the product sends them, such as subscription_started"),
        Field("when", "Or as soon as this holds", "rule", RULE),
    ),
    "rule",
    ordered=True,
)
LIFECYCLE = Shape(
    (
        Field(
            "minimum_stay",
            "Stay in a stage at least",
            "span",
            "so that nobody flips to and fro; it never delays a move made by an event, nor one into use",
        ),
        Field("starts.lead", "A lead begins in", "choose", refers="stage", needed=True),
        Field("starts.signup", "A sign-up begins in", "choose", refers="stage", needed=True),
    ),
    "lifecycle",
)
PERSONA = Shape(
    (
        Field("name", "Name", "words", "such as Wilma, the Occasional Browser", needed=True),
        Field("about.description", "Who they are", "lines"),
        Field("about.goals", "What they want", "lines"),
        Field("about.worries", "What worries them", "lines"),
        Field("about.tone", "How we speak to them", "lines"),
        Field("when", "Somebody is one if", "rule", f"a condition, such as {EXAMPLES[4]}", needed=True),
    ),
    "persona",
    keyed="name",
    ordered=True,
    last=1,
)
MILESTONE = Shape(
    (
        Field("name", "Name", "words", needed=True),
        Field("on", "Reached by the event", "words", "as the product sends it, such as report_shared", needed=True),
        Field("account", "What one person of an account reaches, all have reached", "check"),
        Field("moment_of_truth", "A first win: it foretells that they stay", "check"),
        Field("label", "Words on its button in emails", "words"),
        Field("url", "Where that button leads", "words"),
    ),
    "milestone",
    keyed="name",
    ordered=True,
)
MILESTONES = Shape(
    (Field("drivers", "What customers say they want", "list", "keys with commas between: save_time, report_to_boss"),),
    "drivers",
)
WINDOW = Shape(
    (
        Field("days", "Days", "words", "mon-fri, or mon tue thu", needed=True),
        Field("from", "From", "words", "on the clock: 09:00", needed=True),
        Field("to", "To", "words", "17:00; earlier than the beginning means over midnight", needed=True),
        Field("zone", "Whose clock", "words", "customer: their own; or a zone such as Europe/London"),
        Field("else_zone", "Zone of who has not told us", "words", "such as Europe/London", needed=True),
        Field("holidays", "Holidays", "list", "dates with commas between: 2026-12-25, 2026-12-28"),
    ),
    "window",
)
CAP = Shape(
    (
        Field("per", "In any", "span", "such as 7 days", needed=True),
        Field("at_most", "At most so many letters", "number", needed=True),
    ),
    "limit",
)
LATENESS = Shape(
    (
        Field("after", "Too late after", "span", "24 hours, unless said otherwise"),
        Field(
            "then",
            "What becomes of it",
            "choose",
            choices=(("skip", "skip it"), ("send", "send it"), ("replan", "send it, and count what follows from then")),
            needed=True,
        ),
    ),
    "lateness",
)
RAMP = Shape(
    (
        Field("start", "Letters on the first day", "number", needed=True),
        Field("grow", "Every day so many times as many", "written", "such as 1.5", needed=True),
        Field("since", "First day", "words", "2026-11-23; empty: the day of the first letter of all"),
    ),
    "ramp",
)
SUNSET = Shape(
    (Field("after", "Letters without a sign of life", "number", "then no further one until there is", needed=True),),
    "silence",
)
HOLDOUT = Shape((Field("share", "Kept aside for comparison", "words", "a share, such as 5%", needed=True),), "share")
SENDER = Shape(
    (
        Field("name", "Name", "words", needed=True),
        Field("email", "Address", "words", needed=True),
        Field("reply_to", "Replies go to", "words", "empty: to the same address"),
    ),
    "sender",
    keyed="name",
)
OWNER = Shape(
    (
        Field("name", "Name", "words", needed=True),
        Field("email", "Address", "words", needed=True),
        Field("when", "Whose customers", "rule", f"empty: anybody's; or a condition, such as {EXAMPLES[0]}"),
    ),
    "owner",
    keyed="name",
    ordered=True,
)
TOPIC = Shape(
    (
        Field("name", "Name", "words", "as recipients read it", needed=True),
        Field("default", "Who gets it", "choose", choices=(("on", "everybody"), ("off", "who asks for it"))),
        Field("transactional", "An answer to what they did: no limits, no hours, no opting out", "check"),
    ),
    "topic",
    keyed="name",
    ordered=True,
)
POLICY = Shape(
    (
        Field("pause", "A pause that a recipient asks for lasts", "span", "14 days, unless said otherwise"),
        Field("per_hour", "At most so many letters in any hour, over everything", "number", "empty: no such limit"),
        Field("postal_address", "Postal address in every letter", "lines", "the law asks for a real one", needed=True),
    ),
    "policy",
)
SEGMENT = Shape(
    (
        Field("name", "Name", "words"),
        Field("when", "Who belongs to it", "rule", RULE, needed=True),
    ),
    "segment",
)
TASK = Shape(
    (
        Field(
            "name", "What is to be done", "words", "as its list says it, such as Call about their question", needed=True
        ),
        Field("brief", "Brief", "lines", "why, and what to know before one begins"),
        Field("talking_points", "Talking points", "points", "one a line"),
        Field("owner", "Whose it is", "choose", "unless the step says otherwise", refers="owner"),
    ),
    "care task",
)

SHAPES: Mapping[str, Mapping[str, Shape]] = {
    "lifecycle": {"": LIFECYCLE, "stages": STAGE, "moves": MOVE},
    "personas": {"personas": PERSONA},
    "milestones": {"": MILESTONES, "milestones": MILESTONE},
    "policy": {
        "": POLICY,
        "window": WINDOW,
        "account_cap": CAP,
        "fewer": CAP,
        "lateness": LATENESS,
        "holdout": HOLDOUT,
        "ramp": RAMP,
        "sunset": SUNSET,
        "caps": CAP,
        "senders": SENDER,
        "owners": OWNER,
        "topics": TOPIC,
    },
    "segment": {"": SEGMENT},
    "task": {"": TASK},
}
"""The parts of each kind of document, by the key they stand under; '' is the document itself."""

LISTED = frozenset({"stages", "moves", "personas", "milestones", "caps", "senders", "owners", "topics"})
"""The keys under which there are several."""
OPTIONAL = frozenset({"account_cap", "fewer", "lateness", "holdout", "ramp", "sunset"})
"""The keys under which there may be one, or nothing."""
