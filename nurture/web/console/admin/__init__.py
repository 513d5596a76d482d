"""The house itself: what went out, how it is wired up, who may do what, and who did what.

Takes: the blueprint of the console and the parts.
Gives: the outbox, and settings.
May touch: the store's reading questions; staff, keys and secrets, each act audited.
Never: a secret that nobody asked for, or one that is shown twice.
"""
