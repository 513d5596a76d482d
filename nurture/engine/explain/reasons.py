"""What is asked before a step acts, in order, and which of it a decision's own words speak of."""

from typing import NamedTuple

JOURNEY, ENTRY, STAGE, PERSONA = "journey is live", "entry rule", "stage", "persona"
AGAIN, CONSENT, SUPPRESSION, LIMIT = "re-entry", "consent", "suppression", "limit"
HOURS, LATENESS, ASIDE, EXIT = "quiet hours", "lateness", "kept aside", "earlier exit"
HELD, RESTS, STEP = "held by staff", "held by another journey", "step condition"
RENDERING, SENDER = "rendering", "sender"

ASKED = (
    *(JOURNEY, ENTRY, STAGE, PERSONA, AGAIN, CONSENT, SUPPRESSION, LIMIT),
    *(HOURS, LATENESS, ASIDE, EXIT, HELD, RESTS, STEP, RENDERING, SENDER),
)
"""The questions in the order in which people read them."""

TURN = (
    *(JOURNEY, STAGE, ENTRY, AGAIN, PERSONA, EXIT, HELD, RESTS, STEP),
    *(LATENESS, SUPPRESSION, CONSENT, ASIDE, LIMIT, HOURS, RENDERING, SENDER),
)
"""The questions in the order in which the engine asks them: what comes after the one that said no was not asked."""

OF_A_JOURNEY = frozenset({JOURNEY, ENTRY, STAGE, PERSONA, AGAIN, ASIDE, EXIT, HELD, RESTS})
"""The questions that concern a journey as a whole."""

OF_A_LETTER = frozenset({CONSENT, SUPPRESSION, LIMIT, HOURS, LATENESS, RENDERING})
"""The questions that are asked of letters alone."""


class Fix(NamedTuple):
    """What could be done.  do: a word for programs.  on: the document meant, as `kind/key`; None for none."""

    do: str
    sentence: str
    on: str | None = None


FIXES = {
    JOURNEY: Fix("publish-journey", "Publish the journey, or ask about one that is published."),
    ENTRY: Fix("edit-entry", "Change the entry rule, or put them into the journey by hand."),
    STAGE: Fix("edit-stages", "Name their stage in the journey's entry, or move them to another stage."),
    PERSONA: Fix("edit-variants", "Change who walks which variant, or choose their persona by hand."),
    AGAIN: Fix("edit-again", "Let the journey be entered again: `enter.again`."),
    CONSENT: Fix("wait-for-consent", "Only they can change this, on their preferences page."),
    SUPPRESSION: Fix("review-suppression", "Take the address off the suppression list only if they ask for it."),
    LIMIT: Fix("edit-caps", "Raise the cap, or mark the letter urgent if it truly is."),
    HOURS: Fix("edit-window", "It goes by itself when the window opens; or widen the window."),
    LATENESS: Fix("edit-lateness", "Let late letters be sent or replanned: `late`, or the policy's `lateness`."),
    ASIDE: Fix("leave-aside", "Leave it: whoever is kept aside shows what the journey is worth."),
    EXIT: Fix("edit-exits", "Change the journey's goal, `stays` or `leave_when`, or put them in again by hand."),
    HELD: Fix("release", "Release them on their page; they go on where they were."),
    RESTS: Fix("edit-holds", "It goes on by itself when the other journey ends; or change what that one holds."),
    STEP: Fix("edit-step", "Change the step, or the conditions on the way to it."),
    RENDERING: Fix("edit-email", "Correct the email; what was blocked is not sent again."),
    SENDER: Fix("check-sender", "Look at the provider's answer and at the sender's settings."),
}

POLICY = frozenset({LIMIT, HOURS, LATENESS, ASIDE})

WORDS = (  # how a decision's own words begin, and what they speak of; the longest that fits counts
    ("withheld: the address is suppressed", SUPPRESSION),
    ("withheld: kept aside", ASIDE),
    ("withheld: too quiet", LIMIT),
    ("withheld:", CONSENT),
    ("held because they asked for a pause", CONSENT),
    ("held since", HELD),
    ("held by window", HOURS),
    ("held by", LIMIT),
    ("skipped as late", LATENESS),
    ("skipped, no need for it", STEP),
    ("skipped by", STEP),
    ("skipped: the email", STEP),
    ("skipped: the stage", STEP),
    ("waits: its customer is set aside", SENDER),
    ("cancelled, the publish", JOURNEY),
    ("cancelled: unsubscribed", CONSENT),
    ("cancelled: they reported", SUPPRESSION),
    ("cancelled: they unsubscribed at", SUPPRESSION),
    ("cancelled: their address", SUPPRESSION),
    ("not entered: the stage is", STAGE),
    ("not entered: it is not published", JOURNEY),
    ("not entered: it is paused", JOURNEY),
    ("rests: it is paused", JOURNEY),
    ("not entered: they have walked it", AGAIN),
    ("not entered: they walked it", AGAIN),
    ("not entered: its goal is reached", EXIT),
    ("not entered: they would leave at once", EXIT),
)


RESTING = "rests while they walk"  # after the name of the journey that rests


def meant(because: str) -> str | None:
    """Say which question a decision's own words answered with no; None if they do not say."""
    if RESTING in because:
        return RESTS
    fitting = [(begins, asks) for begins, asks in WORDS if because.startswith(begins)]
    return max(fitting, key=lambda word: len(word[0]))[1] if fitting else None


def fix_for(asks: str, journey: str, email: str | None) -> Fix:
    """Say what could be done where this question was answered with no, and in which document."""
    on = "policy/policy" if asks in POLICY else f"journey/{journey}"
    if asks == RENDERING:
        on = f"email/{email}"
    return FIXES[asks]._replace(on=None if asks in (CONSENT, SUPPRESSION, HELD, SENDER) else on)
