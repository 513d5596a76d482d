"""Intake: a sign-up, a lead, an event becomes a fact and takes effect before it is answered.

Takes: what machines tell of people, each with its own moment and, where the sender has one, an id.
Gives: where a newcomer stands, or what became of each reported event.
May touch: customers, accounts and the inbox; whoever is concerned is settled in the same transaction.
Never: an answer before the commit, or while a letter that a stop has overtaken is still on its way.
"""

from nurture.flow.intake.bringing import Arrival, bring_in, known_among
from nurture.flow.intake.newcomers import Newcomer, Welcome, capture_lead, sign_up
from nurture.flow.intake.reports import Receipt, Report, take_events
from nurture.flow.intake.table import Table, Unreadable, arrival_of, read_table

__all__ = [
    "Arrival",
    "Newcomer",
    "Receipt",
    "Report",
    "Table",
    "Unreadable",
    "Welcome",
    "arrival_of",
    "bring_in",
    "capture_lead",
    "known_among",
    "read_table",
    "sign_up",
    "take_events",
]
