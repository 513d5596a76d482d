"""Benchmarks: what nurture costs, beside the least that the same work can cost on this machine.

places.py      where databases stand: SQLite files, a PostgreSQL server of our own
population.py  customers by the thousand, cloned from two real ones
limits.py      the least that must happen: raw drivers, bare Jinja2, bare urllib3
meter.py       wall time, our CPU, the server's CPU; medians over alternating rounds
report.py      the table, results.json, what got worse since the last one
settling.py, composing.py, explaining.py, journeying.py    the figures themselves

Takes: nothing but a machine; a PostgreSQL installation where there is one.
Gives: one table on stdout, and results.json beside this file.
May touch: a folder of its own under the system's temporary files.
Never: a figure without its limit, or a verdict on time alone.
"""
