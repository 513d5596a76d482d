"""The daily work: who needs somebody today, who is where and why, what a person of ours does, what customers say.

Takes: the blueprint of the console and the parts.
Gives: customers and their timelines, and care tasks.
May touch: the store's reading questions, and the stations by which staff act for one customer.
Never: an act without its author, a list whose state is not in its address.
"""
