"""Settings: read once from the environment, frozen; a bad value stops the start and names itself."""

import math
import os
import re
from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

ROOT = Path(__file__).resolve().parent.parent
"""The folder of pyproject.toml: relative paths are taken from here, whatever the current folder."""

P256_KEY = re.compile(r"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE[A-Za-z0-9+/]{86}==")
"""How a public key of the curve P-256 begins and ends, written as base64 of its DER; RFC 5480."""


class BadSetting(Exception):
    """A setting cannot be used; the message names it and says what was expected."""


class Settings(BaseModel):
    """Everything an operator can set.  Each field is read from the variable of its alias, or from `<alias>_FILE`."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True)

    database_url: str = Field(default="sqlite:///var/nurture.db", alias="NURTURE_DATABASE_URL")
    """Where everything is remembered: `sqlite:///a/file` or `postgresql://...`."""
    secret_key: str = Field(default="", alias="NURTURE_SECRET_KEY")
    """Signs links and seals message keys; several, comma-separated, for rotation (the first one signs).
    Empty: made on the first start and kept in var/secret_key."""
    host: str = Field(default="127.0.0.1", alias="NURTURE_HOST")
    """The address `serve` listens on; loopback until a proxy stands in front."""
    port: int = Field(default=8000, ge=0, le=65535, alias="NURTURE_PORT")
    """The port `serve` listens on; 0 picks a free one and prints it."""
    public_url: str = Field(default="http://127.0.0.1:8000", alias="NURTURE_PUBLIC_URL")
    """What absolute links are built from; never taken from a request.  Not given: where `serve` listens."""
    mail: str = Field(default="outbox:var/outbox", alias="NURTURE_MAIL")
    """Who carries the post: `outbox:FOLDER`, `sendgrid:`, `smtp://user:pass@host:port` or `smtps://...`."""
    sendgrid_api_key: str = Field(default="", alias="SENDGRID_API_KEY")
    """The key for `sendgrid:`; its least scope is mail.send."""
    sendgrid_base_url: str = Field(default="https://api.sendgrid.com", alias="SENDGRID_BASE_URL")
    """Where SendGrid is: another region, or a fake on loopback in tests."""
    sendgrid_webhook_public_key: str = Field(default="", alias="SENDGRID_WEBHOOK_PUBLIC_KEY")
    """Verifies SendGrid's event webhooks; two, comma-separated, while one replaces the other."""
    stripe_webhook_secret: str = Field(default="", alias="STRIPE_WEBHOOK_SECRET")
    """Verifies Stripe's webhooks."""
    signup_secret: str = Field(default="", alias="NURTURE_SIGNUP_SECRET")
    """Standard Webhooks secret(s) for sign-ups and events, comma-separated.
    Empty: made on the first start, kept in var/signup_secret and shown in the console."""
    clock: str = Field(default="real", alias="NURTURE_CLOCK")
    """Life time: `real`, or `2026-01-05T09:00:00Z*3600` to start there and run 3,600 times faster.
    A database remembers its first start with it, and later ones go on from there: give it a database of its own."""
    oidc_issuer: str = Field(default="", alias="NURTURE_OIDC_ISSUER")
    """Your company's own accounts for staff to sign in with (OpenID Connect), as `iss` has it; empty: passwords only.
    Needs the `oidc` extra, and the next two."""
    oidc_client_id: str = Field(default="", alias="NURTURE_OIDC_CLIENT_ID")
    """What that provider calls us."""
    oidc_client_secret: str = Field(default="", alias="NURTURE_OIDC_CLIENT_SECRET")
    """What proves to it who we are."""
    oidc_name: str = Field(default="your company account", alias="NURTURE_OIDC_NAME")
    """What staff call it, on the button *Sign in with ...*."""
    webhook_loopback: Literal["no", "yes"] = Field(default="no", alias="NURTURE_WEBHOOK_LOOPBACK")
    """Whether webhooks may lead to this machine itself, and there without TLS: `yes` to try things out, else `no`."""
    log: Literal["console", "json"] = Field(default="console", alias="NURTURE_LOG")
    """How log lines are written."""
    var: str = Field(default="var", alias="NURTURE_VAR")
    """The folder for what a first start makes: secrets, locks."""

    @field_validator("database_url", "mail")
    @classmethod
    def _from_the_root(cls, value: str) -> str:
        for prefix in ("sqlite:///", "outbox:"):
            path = value.removeprefix(prefix)
            if path != value and path and not path.startswith("/"):
                return f"{prefix}{ROOT / path}"
        return value

    @field_validator("database_url")
    @classmethod
    def _a_database_we_speak_to(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://", "postgres://", "postgresql+psycopg://")):
            raise ValueError("expected sqlite:///a/file or postgresql://user:password@host/name")
        return value

    @field_validator("public_url")
    @classmethod
    def _a_place_of_its_own(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[^\s/]+/?", value):
            raise ValueError("expected https://nurture.example.com or its like, without a path")
        return value.removesuffix("/")

    @field_validator("sendgrid_webhook_public_key")
    @classmethod
    def _keys_of_its_curve(cls, value: str) -> str:
        if any(not P256_KEY.fullmatch(key.strip()) for key in value.split(",") if value):
            raise ValueError("expected the verification key that SendGrid shows: one line that begins with MFkwEwYH")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _a_provider_to_trust(cls, value: str) -> str:
        if value and not re.fullmatch(
            r"https://[^\s?#]+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?[^\s?#]*", value
        ):
            raise ValueError("expected https://accounts.example.com or its like")
        return value

    @field_validator("clock")
    @classmethod
    def _a_moment_and_a_speed(cls, value: str) -> str:
        moment, _, speed = value.partition("*")
        try:
            if value != "real" and (not moment.endswith("Z") or not 0 < float(speed) < math.inf):
                raise ValueError  # noqa: TRY301 - the same words for every way to miss it
            if value != "real":
                datetime.fromisoformat(moment)
        except ValueError:
            raise ValueError("expected real, or a moment and a speed such as 2026-01-05T09:00:00Z*3600") from None
        return value

    @model_validator(mode="after")
    def _all_of_a_provider(self) -> Self:
        given = {
            "NURTURE_OIDC_ISSUER": self.oidc_issuer,
            "NURTURE_OIDC_CLIENT_ID": self.oidc_client_id,
            "NURTURE_OIDC_CLIENT_SECRET": self.oidc_client_secret,
        }
        missing = [name for name, value in given.items() if not value]
        if missing and len(missing) < len(given):
            raise ValueError(f"{missing[0]}: sign-in with company accounts needs {', '.join(given)} together")
        return self

    @property
    def var_path(self) -> Path:
        """The folder for what a first start makes."""
        return ROOT / self.var

    @property
    def accelerated(self) -> bool:
        """Whether life time runs by another clock than the machine's."""
        return self.clock != "real"

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment.  Raises BadSetting for a value that cannot be used or an unknown `NURTURE_` name."""
        given = dict(os.environ if environ is None else environ)
        known = {str(field.alias): name for name, field in cls.model_fields.items()}
        values: dict[str, str] = {}
        for name, value in given.items():
            plain = name.removesuffix("_FILE")
            if plain in known:
                values[plain] = _from_file(name, value) if plain != name else value
            elif name.startswith("NURTURE_"):
                near = get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]}?" if near else "see docs/reference/settings.md"
                raise BadSetting(f"{name} is not a setting of nurture; {hint}")
        values = {name: value for name, value in values.items() if value != ""}
        host, port = values.get("NURTURE_HOST", "127.0.0.1"), values.get("NURTURE_PORT", "8000")
        values.setdefault("NURTURE_PUBLIC_URL", f"http://{f'[{host}]' if ':' in host else host}:{port}")
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise BadSetting("; ".join(dict.fromkeys(map(_said, error.errors())))) from None


def secret_named(name: str, environ: Mapping[str, str] | None = None) -> str:
    """Read a secret that a document names, from the variable or from the file of `<name>_FILE`; '' if there is none.

    Raises BadSetting where that file cannot be read.
    """
    given = os.environ if environ is None else environ
    file = given.get(f"{name}_FILE", "")
    return given.get(name, "") or (_from_file(f"{name}_FILE", file) if file else "")


def _said(error: Any) -> str:
    """Say what is wrong with a setting, without its value, which may be a secret."""
    words = {
        "NURTURE_PORT": "expected a number from 0 to 65535",
        "NURTURE_LOG": "expected console or json",
        "NURTURE_WEBHOOK_LOOPBACK": "expected yes or no",
    }
    name, said = str((error["loc"] or [""])[0]), str(error["msg"]).removeprefix("Value error, ")
    return f"{name}: {words.get(name) or said}" if name else said


def _from_file(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadSetting(f"{name}: cannot read {path}: {error.strerror}") from error
