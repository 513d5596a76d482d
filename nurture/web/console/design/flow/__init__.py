"""The flow editor: a journey drawn as it is walked, and changed one act at a time.

Takes: the text of a journey's draft, sound or not, and what a form asks for.
Gives: cards in nested lists, the form of one step, and the next text with a sentence that says what was done.
May touch: drafts, through the desk of design/drafting.py.
Never: a shape that is not in the text, or a change that loses what stands beside it.

cards      a journey's text as cards and lanes
sentences  what a step does, in one sentence
footfall   how many went on or left early, and where one customer went
fields     a step's keys as fields of a form, and back
beginning  what a new step says before anybody has said anything
acts       add, move, duplicate, copy, switch off, take out
pages      the pages
"""
