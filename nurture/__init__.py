"""nurture walks every new trial customer from sign-up to adoption.

Facts come in, one pure function decides, effects go out, and the baton between them is always a row.
The map of the house, from the doors down; imports only go down:

cli         the `nurture` command
app         the composition root, and the only place that reads a clock
web         doors for HTTP: machines, recipients, staff
clockwork   the door for time: a few fixed beats
errands     every kind of long work that staff can ask for
parts       the frozen handful that every door is given
flow        stations, one transaction's work each: intake, settle, tick, hand-over, calling, feedback, publish, ...
store       memory: the only room that speaks SQL
channels    the post, calls, and who staff are: the only room that knows how to reach the world
settings    what an operator can set, read once
meters      what an operator's monitoring reads
engine      the core: pure, frozen values in, a decision that says why out
"""

__version__ = "0.1.0"
