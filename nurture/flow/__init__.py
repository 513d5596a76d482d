"""The stations: one transaction's work each, from a fact that came in to a row that goes out.

Takes: parts from a door (sessions, playbook, post), facts already parsed, and now.
Gives: committed rows, and an answer that is true when it is given.
May touch: the store, the engine, and, in hand-over alone, the post; in calling alone, webhooks.
Never: a request, a clock, another station (settle excepted), a transaction across a network call.
"""
