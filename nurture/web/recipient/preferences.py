"""What they get from us, on one page: topics, a pause, fewer emails, none at all, and the way back."""

from datetime import datetime
from typing import get_args

from flask import Blueprint, Response, request

from nurture.engine.document import DAY
from nurture.engine.local import zone_of
from nurture.engine.policy import Topic
from nurture.flow.feedback import EVERYTHING, Wish, come_back, unsubscribe, wish
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.web.recipient.page import Whose, show, unknown, whose
from nurture.web.recipient.sentences import day_in_words

WISHES: tuple[Wish, ...] = get_args(Wish)


def add_preferences(pages: Blueprint, parts: Parts) -> None:
    """Add `/p`: GET shows, POST does one thing and shows what has changed."""

    @pages.get("/p/<token>")
    def prefer(token: str) -> Response:
        whom = whose(parts, "preferences", token)
        return _page(whom, parts.look()) if whom else unknown()

    @pages.post("/p/<token>")
    def prefers(token: str) -> Response:
        whom = whose(parts, "preferences", token)
        if whom is None:
            return unknown()
        at = parts.look()
        done = _does(parts, whom, at)
        if done is None:
            return _page(whom, at, status=400)
        parts.nudge()
        after = whose(parts, "preferences", token)
        return _page(after, at, done) if after else unknown()


def named(whom: Whose, scope: str) -> Topic | None:
    """The topic of this name, if it is one that can be left."""
    return next((topic for topic in whom.reader.topics if topic.id == scope), None)


def may_leave(whom: Whose, scope: str) -> bool:
    """Whether they can have no more of these letters by asking."""
    return scope == EVERYTHING or named(whom, scope) is not None


def _does(parts: Parts, whom: Whose, at: Moment) -> str | None:
    """Do what the form asks.  Returns the name of the sentence that says so; None where it asks nothing we know."""
    ground, who = parts.ground, whom.reader.customer_id
    leaves, back = request.form.get("scope", ""), request.form.get("back", "")
    wished = next((one for one in WISHES if one == request.form.get("wish")), None)
    if leaves and may_leave(whom, leaves):
        done = unsubscribe(ground, who, leaves, "unsubscribed on the preferences page", at)
        said = "left_all" if leaves == EVERYTHING else "left_topic"
    elif back and may_leave(whom, back):
        done = come_back(ground, who, back, at)
        said = "back_all" if back == EVERYTHING else "back_topic"
    elif wished is not None:
        done = wish(ground, who, wished, at)
        said = f"said_{wished}"
    else:
        return None
    return said if done else None


def _page(whom: Whose, at: Moment, done: str | None = None, status: int = 200) -> Response:
    reader, said = whom.reader, whom.sentences
    topic = named(whom, request.form.get("scope") or request.form.get("back") or "")
    paused = reader.paused_until(at.now)
    until = _day(whom, paused or at.now + reader.pause)
    days = max(1, round(reader.fewer.per / DAY))
    return show(
        "preferences.html",
        whom,
        status,
        done=said[done].format(topic=topic.name if topic else "", until=until) if done else None,
        paused=paused is not None,
        pause_label=said["pause"].format(until=until),
        paused_said=said["said_pause"].format(until=until),
        fewer_why=said["fewer_why"].format(count=reader.fewer.at_most, days=days),
    )


def _day(whom: Whose, at: datetime) -> str:
    return day_in_words(whom.language, at.astimezone(zone_of(whom.reader.zone)))
