"""What staff shape: journeys, emails, the lifecycle, personas, and what publishing them does to people.

Takes: the blueprint of the console and the parts.
Gives: drafts that are changed one act at a time, looked at, tried, and published.
May touch: drafts, and the station that publishes them.
Never: a change that touches what is live, or one that cannot be taken back.
"""
