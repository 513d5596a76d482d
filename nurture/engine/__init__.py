"""The core: what the documents mean, and what should happen to one customer now.

Takes: a compiled playbook, the photograph of one customer, and the present moment as an argument.
Gives: a decision: changes, messages to queue, reasons in words, and the next moment anything can change.
May touch: its own frozen values, pydantic and the standard library's arithmetic.
Never: a clock, a database, a socket, a file, randomness, a log; nor any other room of the house.
"""
