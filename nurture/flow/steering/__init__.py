"""Steering: what staff do to one customer, each act in one transaction, with its reason and its author.

Takes: the ground, one customer, what is wanted, who wants it, why, and now.
Gives: it done, settled, audited, and in effect before it is answered; or a refusal in a sentence, and nothing changed.
May touch: the customer's own row, their journeys, letters, tasks and notes.
Never: another customer; a letter to whoever asked for none; an act without a reason.

acting      what all of these share: the reason, the refusal, the fact and its settling
holding     nothing goes out, time decides nothing; released, they go on where they were; or a person takes over
walking     one step passed, one letter sent now, one journey begun or ended
knowing     who of ours looks after them, and what staff write down about them
"""

from nurture.flow.steering.acting import Refused
from nurture.flow.steering.holding import hold, release, take_over
from nurture.flow.steering.knowing import LONGEST_NOTE, assign_owner, write_note
from nurture.flow.steering.walking import Place, remove, send_now, skip, start

__all__ = [
    "LONGEST_NOTE",
    "Place",
    "Refused",
    "assign_owner",
    "hold",
    "release",
    "remove",
    "send_now",
    "skip",
    "start",
    "take_over",
    "write_note",
]
