"""Sign-in by a company's own accounts: OpenID Connect, the code flow, with PKCE, a state and a nonce.

What the provider says of itself, and its keys, are read anew for each sign-in: they are rare, and a key that was
changed is then never an old one here.  No answer of a provider is followed elsewhere: the secret would go with it.
Source: OpenID Connect Core 1.0 (3.1, 5.7) and Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (`iss` of an answer).
"""

from collections.abc import Mapping
from contextlib import contextmanager
from datetime import datetime
from hmac import compare_digest
from importlib.util import find_spec
from ipaddress import ip_address
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from authlib.integrations.requests_client import OAuth2Session

PATIENCE = 10.0  # seconds for one answer of the provider
DRIFT = 60  # seconds that its clock may be off ours
SIGNED_BY = ("RS256", "PS256", "ES256")  # never `none`, never a secret shared as if it were a key
MALFORMED = (AttributeError, LookupError, TypeError, ValueError)  # JSON of another shape than it should have
DISCOVERY = "/.well-known/openid-configuration"


class Unproven(Exception):
    """The provider did not prove who this is; the message says what was wrong, and names nobody."""


class Asked(NamedTuple):
    """What a browser keeps while its user is at the provider; nobody else may learn it."""

    state: str
    nonce: str
    verifier: str


class Registered(NamedTuple):
    """What the provider's administrator has written down of us.

    issuer: as its discovery document says it, to the letter.  back: the address it sends people back to.
    name: of the provider, for staff.
    """

    issuer: str
    client_id: str
    client_secret: str
    back: str
    name: str


def installed() -> bool:
    """Whether what this needs is there: it comes with the `oidc` extra."""
    return find_spec("authlib") is not None and find_spec("requests") is not None


class IdentityProvider:
    """Asks one provider who somebody is."""

    def __init__(self, registered: Registered) -> None:
        self._ours = registered

    @property
    def name(self) -> str:
        """What staff call it."""
        return self._ours.name

    def ask(self) -> tuple[str, Asked]:
        """Say where a browser goes to be asked, and what it keeps meanwhile.  Raises Unproven where nobody answers."""
        asked = Asked(token_urlsafe(24), token_urlsafe(24), token_urlsafe(48))
        with self._session() as session:
            start = self._discovered(session)["authorization_endpoint"]
            address, _ = session.create_authorization_url(
                start, state=asked.state, nonce=asked.nonce, code_verifier=asked.verifier
            )
        return str(address), asked

    def answered(self, asked: Asked, answer: Mapping[str, str], machine: datetime) -> str:
        """Say whose browser came back: the address that the provider has verified.

        answer: the query it came back with.  machine: now, in machine time.  Raises Unproven.
        """
        if not compare_digest(answer.get("state", "").encode(), asked.state.encode()):
            raise Unproven("the answer belongs to another question")
        if answer.get("iss", self._ours.issuer) != self._ours.issuer:
            raise Unproven("the answer is another provider's")
        if "code" not in answer:
            raise Unproven(f"the provider says {answer.get('error', 'nothing')[:60]!r}")
        with self._session() as session:
            found = self._discovered(session)
            session.token_endpoint_auth_method = _way_to_authenticate(found)
            token = session.fetch_token(found["token_endpoint"], code=answer["code"], code_verifier=asked.verifier)
            keys = session.get(found["jwks_uri"], withhold_token=True).json()
            claims = self._claims(token, keys, asked.nonce, machine)
            if "email" not in claims and "userinfo_endpoint" in found:
                claims = _same_person(claims, session.get(found["userinfo_endpoint"]).json())
        return _verified(claims)

    @contextmanager
    def _session(self) -> "Iterator[OAuth2Session]":
        """Open a conversation; whatever goes wrong in it is Unproven."""
        from authlib.common.errors import AuthlibBaseError
        from authlib.integrations.requests_client import OAuth2Session
        from joserfc.errors import JoseError
        from requests import RequestException

        ours = self._ours
        try:
            with OAuth2Session(
                ours.client_id,
                ours.client_secret,
                scope="openid email",
                redirect_uri=ours.back,
                code_challenge_method="S256",
                default_timeout=PATIENCE,
            ) as session:
                session.max_redirects = 0
                yield session
        except (AuthlibBaseError, JoseError, RequestException, *MALFORMED) as error:
            raise Unproven(f"{type(error).__name__}: {error}"[:300]) from error

    def _discovered(self, session: "OAuth2Session") -> dict[str, Any]:
        """Read what the provider says of itself; it must say that it is who we asked, and lead nowhere unsafe."""
        answer = session.get(self._ours.issuer.removesuffix("/") + DISCOVERY, withhold_token=True)
        answer.raise_for_status()
        found = cast(dict[str, Any], answer.json())
        if found["issuer"] != self._ours.issuer:
            raise Unproven(f"the provider calls itself {found['issuer']!r}, not {self._ours.issuer!r}")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
            if (name != "userinfo_endpoint" or name in found) and not safe(found[name]):
                raise Unproven(f"its {name} is no https address")
        return found

    def _claims(self, token: Mapping[str, Any], keys: Any, nonce: str, machine: datetime) -> dict[str, Any]:
        """Read the identity token: signed by the provider, for us, in answer to this very question, and not too old."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.jwk import KeySet

        ours = self._ours
        read = jwt.decode(token["id_token"], KeySet.import_key_set(keys), algorithms=list(SIGNED_BY))
        # Authlib looks at a nonce, an issuer, an audience and an authorized party only where it is given one.
        options = {"iss": {"value": ours.issuer}, "aud": {"value": ours.client_id}}
        expected = {"nonce": nonce, "client_id": ours.client_id, "access_token": token.get("access_token")}
        claims = CodeIDToken(read.claims, read.header, options, expected)
        claims.validate(now=int(machine.timestamp()), leeway=DRIFT)
        return dict(claims)


def safe(address: str) -> bool:
    """Whether a secret may be sent there: by https, or to this machine itself."""
    split = urlsplit(address)
    host = split.hostname or ""
    return bool(host) and (split.scheme == "https" or (split.scheme == "http" and _this_machine(host)))


def _this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _way_to_authenticate(found: Mapping[str, Any]) -> str:
    """How we prove to the provider who we are: `basic` unless it says that it takes only the other."""
    ways = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"


def _same_person(claims: dict[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Take the address from the provider's user info, if it speaks of the same person (OpenID Connect Core, 5.3.4)."""
    if said["sub"] != claims["sub"]:
        raise Unproven("the provider's user info is about somebody else")
    return {**said, **claims}


def _verified(claims: Mapping[str, Any]) -> str:
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        raise Unproven("the provider has not verified their address")
    return email
