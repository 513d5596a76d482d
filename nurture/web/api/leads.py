"""Leads: somebody who has asked about the product and not signed up yet."""

from typing import Any

from flask import Response
from pydantic import ConfigDict, Field, model_validator

from nurture.flow import intake
from nurture.flow.ground import Moment
from nurture.flow.intake import Newcomer, Welcome
from nurture.parts import Parts
from nurture.web import strict_json
from nurture.web.api.shapes import (
    Address,
    Days,
    Id,
    Instant,
    Locale,
    Name,
    Shape,
    Side,
    Text,
    Zone,
    check_driver,
    read,
    traits_of,
)
from nurture.web.auth import Caller


class Account(Shape):
    """The organisation they belong to; further keys are its traits."""

    model_config = ConfigDict(extra="allow")

    id: Id
    name: Name | None = None


class Consent(Shape):
    """On what ground we may write to them, who recorded it, and when."""

    basis: Id
    source: Text | None = None
    at: Instant | None = None


class Lead(Shape):
    """What is said of a newcomer."""

    email: Address
    name: Name | None = None
    first_name: Name | None = None
    company: Name | None = None
    role: Name | None = None
    timezone: Zone | None = None
    locale: Locale | None = None
    plan: Text | None = None
    trial_days: Days | None = None
    trial_ends_at: Instant | None = None
    driver: Id | None = None
    account: Account | None = None
    traits: Side = Field(default_factory=dict)
    consent: Consent | None = None
    at: Instant | None = None

    @model_validator(mode="after")
    def _one_end(self) -> "Lead":
        if self.trial_days is not None and self.trial_ends_at is not None:
            raise ValueError("send trial_days or trial_ends_at, not both")
        return self


def capture(parts: Parts, caller: Caller) -> Response:
    """POST /v1/leads: 201 for somebody new, 200 for an address we know."""
    asked, at = read(Lead, strict_json.body()), parts.look()
    newcomer = newcomer_of(asked, "leads", caller, at)
    check_driver(parts, newcomer.traits)
    welcome = intake.capture_lead(parts.ground, newcomer, at)
    parts.nudge()
    return welcomed(welcome)


def newcomer_of(asked: Lead, source: str, caller: Caller, at: Moment, **more: Any) -> Newcomer:
    """Say it as the station takes it.  more: what only a sign-up has."""
    account = asked.account
    stated = asked.model_dump(include={"name", "first_name", "company", "role", "plan", "driver"})
    consent = asked.consent.model_dump(mode="json", exclude_none=True) if asked.consent else None
    return Newcomer(
        user_id=more.get("user_id"),
        email=asked.email,
        at=asked.at or at.now,
        source=source,
        ext_id=caller.delivery,
        lead_id=more.get("lead_id"),
        zone=asked.timezone,
        locale=asked.locale,
        trial_days=asked.trial_days,
        trial_ends_at=asked.trial_ends_at,
        account_id=account.id if account else None,
        account_name=account.name if account else None,
        account_traits=(account.model_extra or {}) if account else {},
        traits=traits_of(asked.traits, {**stated, "consent": consent}),
    )


def welcomed(welcome: Welcome) -> Response:
    """Answer where the newcomer stands."""
    return strict_json.answer(
        {
            "customer_id": welcome.customer_id,
            "user_id": welcome.user_id,
            "stage": welcome.stage,
            "persona": welcome.persona,
            "enrollments": [
                {"journey": journey, "version": version, "because": because}
                for journey, version, because in welcome.enrollments
            ],
        },
        201 if welcome.created else 200,
    )
