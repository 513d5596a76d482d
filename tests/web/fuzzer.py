"""Somebody who tries everything: every route there is, with what is right and with what is not, again by its seed.

What may be asked is learnt as a person would learn it: each page that is shown brings its links, its forms and the
words in them.  For programs, tests/web/asking.py says what is right.  A request is one of these, changed or not.
"""

import html
import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from random import Random
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

import urllib3
from lxml.html import fromstring  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BuildError, RequestRedirect

from nurture.channels.email.links import Purpose
from nurture.flow.folder import read_folder
from nurture.settings import ROOT
from nurture.store import keys, staff
from nurture.web import for_machines
from nurture.web.reference.openapi import address
from tests.sendgrid_events import SIGNATURE, TIMESTAMP, EventPost
from tests.web.asking import BODIES, QUERIES
from tests.web.documented import undocumented
from tests.web.forms import fill
from tests.web.harbour import URL, Harbour
from tests.web.nasty import FILES, Nasty, Pairs, as_bytes, multipart, urlencoded
from tests.web.places import FORMS
from tests.web.product import Product, signed

SLOWEST = 10.0  # seconds that an answer may take
ROOM = 40  # requests remembered of one route
SIGNED = ("api.signups_sign_up", "api.events_take")
PURPOSES: dict[str, tuple[Purpose, str]] = {
    "recipient.leave": ("unsubscribe", ""),
    "recipient.leaves": ("unsubscribe", ""),
    "recipient.prefer": ("preferences", ""),
    "recipient.prefers": ("preferences", ""),
    "recipient.ask": ("survey", "driver"),
    "recipient.answers": ("survey", "how_is_it_going"),
    "recipient.read": ("browser", ""),
}
SEEN = {"console.home": (303,), "console.sign_in_back": (404,)}  # sent to today; no provider of accounts
LINK = re.compile(rf'(?:href|src|hx-get|value)="(?:{re.escape(URL)})?(/[^"]*)"')
RIGHT = 0.3  # of the requests are as they should be: who never gets in never breaks anything there


class Known(NamedTuple):
    """A request that would be right.  form: of a page, which had this address; content: JSON, for a program."""

    endpoint: str
    method: str
    where: Mapping[str, Any]
    query: Pairs = ()
    form: Pairs = ()
    content: Any = None
    page: str = ""


class Wire(NamedTuple):
    """A request as it goes out."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def __str__(self) -> str:
        shown = {name: text for name, text in self.headers.items() if name not in ("Authorization", "Cookie")}
        return f"{self.method} {self.path[:1500]} {shown} {self.body[:3000]!r}"


class Fuzzer:
    """Asks an installation, served at an address, and says what it should not have answered."""

    def __init__(self, product: Product, address: str, seed: int, events: EventPost) -> None:
        self.product, self.address, self.events = product, address, events
        self.dice = Random(seed)
        self.nasty = Nasty(self.dice)
        self.asked = 0
        self.statuses: Counter[str] = Counter()
        self.broken: list[str] = []
        self.texts = read_folder(ROOT)
        self._paths = product.app.url_map.bind("127.0.0.1")
        rules = product.app.url_map.iter_rules()
        self._doors = sorted((r.endpoint, m) for r in rules for m in (r.methods or ()) if m not in ("HEAD", "OPTIONS"))
        self._turns: list[tuple[str, str]] = []
        self._known: defaultdict[tuple[str, str], list[Known]] = defaultdict(list)
        self._pool = urllib3.PoolManager()
        self._people = 0
        self.comes_in()

    @property
    def harbour(self) -> Harbour:
        return self.product.harbour

    @property
    def unasked(self) -> set[str]:
        """Routes that were not asked yet."""
        return {endpoint for endpoint, _ in self._doors} - {told.partition(" ")[0] for told in self.statuses}

    def comes_in(self) -> None:
        """Sign in as an administrator whom nobody has locked out yet, and have a key that opens everything."""
        self._people += 1
        house = self.harbour
        member = house.hires("admin", f"sam{self._people}@harbour.example")
        sessions = house.parts.ground.sessions
        self._session = sessions.write(lambda session: staff.open_session(session, member, house.machine))
        self._key = sessions.write(lambda session: keys.add(session, "fuzz", ["admin"], house.machine))

    def goes_on(self, **span: float) -> None:
        """Let somebody sign up, somebody ask, and time go by; whoever was signed in too long ago comes in again."""
        self._people += 1
        self.harbour.signs_up(f"p{self._people}")
        self.harbour.asks(f"q{self._people}")
        self.harbour.pass_time(**span)
        self.comes_in()

    def looks_around(self) -> None:
        """Read every page that has an address of its own: all of them are to be seen."""
        for endpoint, method in self._doors:
            if method == "GET" and endpoint.startswith("console.") and not self._arguments(endpoint, method):
                one = Known(endpoint, method, {}, tuple(QUERIES.get(endpoint, {}).items()))
                status = self._asks(one, right=True)
                if status not in SEEN.get(endpoint, (200,)):
                    self.broken.append(f"{endpoint} can no more be seen: {status}")

    def asks(self) -> None:
        """Ask once: every route in its turn, in another order each time."""
        if not self._turns:
            self._turns = self.dice.sample(self._doors, len(self._doors))
        endpoint, method = self._turns.pop()
        known = self._known[endpoint, method]
        one = self._guess(endpoint, method)
        if known and self.dice.random() < 0.9:
            one = known[-1] if self.dice.random() < 0.5 else self.dice.choice(known)
        if one.page and self.dice.random() < 0.5:
            one = self._opens_again(one)
        self._asks(one, right=self.dice.random() < RIGHT)

    def _opens_again(self, one: Known) -> Known:
        """Open the page of a form anew, as one does who was told that it has changed meanwhile."""
        found = self._read("GET", one.page)
        if found is not None:
            self._asks(found, right=True)
        known = self._known[one.endpoint, one.method]
        return next((other for other in reversed(known) if (other.where, other.page) == (one.where, one.page)), one)

    def _asks(self, one: Known, *, right: bool) -> int:
        wire = self._wire(one, right=right)
        self.asked += 1
        began = monotonic()
        try:
            answer = self._pool.request(
                wire.method, self.address + wire.path, body=wire.body or None, headers=wire.headers,
                retries=False, redirect=False, timeout=60, decode_content=True,
            )  # fmt: skip
        except urllib3.exceptions.HTTPError as error:
            self.broken.append(f"no answer ({error}) to {wire}")
            return 0
        took = monotonic() - began
        self.statuses[f"{one.endpoint} {answer.status}"] += 1
        if answer.status >= 500:
            self.broken.append(f"{answer.status} to {wire}: {answer.data[:300]!r}")
        if took > SLOWEST:
            self.broken.append(f"{took:.1f} s for {wire}")
        self._judges(wire, answer)
        self._learns(one, wire.path, answer)
        return answer.status

    def _judges(self, wire: Wire, answer: urllib3.BaseHTTPResponse) -> None:
        """Hold an answer to a program to what the document tells of it."""
        path, kind = urlsplit(wire.path).path, answer.headers.get("Content-Type", "")
        if not for_machines(path):
            return
        if answer.status >= 400 and path != "/readyz" and kind != "application/problem+json":
            self.broken.append(f"{answer.status} as {kind!r} to {wire}")
        try:
            rule, _ = self._paths.match(path, wire.method, return_rule=True)
        except (HTTPException, RequestRedirect):
            return
        wrong = undocumented(wire.method, address(rule.rule), answer.status, kind, answer.data)
        if wrong:
            self.broken.append(f"{wrong}, asked by {wire}: {answer.data[:500]!r}")

    def _wire(self, one: Known, *, right: bool) -> Wire:
        nasty = self.nasty
        wrong = None if right else self.dice.choice(("path", "query", "body", "body", "body", "body", "headers"))
        if wrong == "body" and not one.form and one.content is None:
            wrong = "query"
        path = self._path(one, bent=wrong == "path")
        query = nasty.form(one.query) if wrong == "query" else one.query
        if query:
            path += "?" + "&".join(f"{_quoted(name[:999])}={_quoted(text[:9_999])}" for name, text in query)
        if one.content is not None:
            content = nasty.changed(one.content) if wrong == "body" else one.content
            raw, headers = nasty.body_of(content) if wrong == "body" else _as_json(content)
        elif one.form or one.method == "POST":
            fresh = [(name, self._session.csrf if name == "csrf" else text) for name, text in one.form]
            form = nasty.form(fresh) if wrong == "body" else fresh
            raw, headers = nasty.body_with(form) if wrong == "body" else _as_form(form)
        else:
            raw, headers = b"", {}
        headers |= self._shown(one, raw)
        if wrong == "headers":
            headers |= self._odd_headers()
        return Wire(one.method, path, headers, raw)

    def _path(self, one: Known, *, bent: bool) -> str:
        try:
            path = self._paths.build(one.endpoint, dict(one.where), method=one.method)
        except (BuildError, ValueError):  # a kind that has no such page
            path = "/" + "/".join(_quoted(str(text)) for text in one.where.values())
        path = urlsplit(path).path  # the addresses of links may hold anything
        if not bent:
            return path
        parts = path.split("/")
        n = self.dice.randrange(1, len(parts))
        parts[n] = quote(self.nasty.word()[:3_000], safe="", errors="surrogatepass")
        return "/".join(parts)

    def _shown(self, one: Known, raw: bytes) -> dict[str, str]:
        """What says who is asking: a key, a signature, or the cookie of somebody signed in."""
        if one.endpoint == "hooks.sendgrid":
            stamp = str(int(self.harbour.machine.timestamp()))
            return {TIMESTAMP: stamp, SIGNATURE: self.events.sign(raw, stamp)}
        if one.endpoint in SIGNED and self.dice.random() < 0.3 and _is_text(raw):
            return {k: v for k, v in signed(raw, f"msg_{self.dice.randrange(10**6)}").items() if k != "Content-Type"}
        if one.endpoint.startswith("api."):
            return {"Authorization": f"Bearer {self._key}", "If-Match": self.dice.choice(("*", "*", '"1"', '"2"'))}
        return {"Cookie": f"nurture={self._session.token}"} | (
            {"HX-Request": "true"} if self.dice.random() < 0.2 else {}
        )

    def _odd_headers(self) -> dict[str, str]:
        name = self.dice.choice(
            ("If-Match", "Authorization", "Cookie", "Idempotency-Key", "Accept-Encoding", "Origin", "Referer", "Host",
             "Content-Type", "Content-Encoding", "Accept-Language", "HX-Current-URL", "HX-Trigger", "X-Forwarded-For",
             "Range", "If-None-Match", "If-Modified-Since", "User-Agent", "Accept", "Sec-Fetch-Site")
        )  # fmt: skip
        word = self.nasty.word()[:3_000].encode("latin-1", "replace").decode("latin-1")
        return {name: "".join(sign for sign in word if sign.isprintable())}

    def _guess(self, endpoint: str, method: str) -> Known:
        """What would be right there as far as one can know without having seen it."""
        kind = self.dice.choice(sorted({kind for kind, _ in self.texts}))
        key = self.dice.choice(sorted(key for one, key in self.texts if one == kind))
        customer = self.dice.choice(("u-ada", "u-bo", "email:lea@example.com", f"u-p{self.dice.randint(1, 9)}"))
        purpose, about = PURPOSES.get(endpoint, ("browser", ""))
        known: dict[str, Any] = {
            "kind": kind,
            "key": key,
            "reference": customer,
            "customer_id": customer,
            "n": self.dice.choice((1, 2, 3, 10**9)),
            "token": self._token(purpose, about),
        }
        where = {name: known.get(name) or self.nasty.word()[:300] for name in self._arguments(endpoint, method)}
        content = self.dice.choice(BODIES[endpoint]) if endpoint in BODIES else None
        if isinstance(content, dict) and "text" in content:
            content = {**content, "text": self.texts.get((kind, key), content["text"])}
        page = endpoint.startswith("console.") and method == "POST"
        said = FORMS.get(endpoint.removeprefix("console."), {})
        form = (("csrf", self._session.csrf), *said.items()) if page else ()
        return Known(endpoint, method, where, tuple(QUERIES.get(endpoint, {}).items()), form, content)

    def _token(self, purpose: Purpose, about: str) -> str:
        with self.harbour.parts.ground.sessions.read() as session:
            ids = [row[0] for row in session.rows("SELECT id FROM customers ORDER BY created_at, email LIMIT 9")]
            letters = [row[0] for row in session.rows("SELECT id FROM messages ORDER BY id LIMIT 9")]
        about = about or (self.dice.choice([*letters, ""]) if purpose == "browser" else self.nasty.word()[:99])
        said = about.encode(errors="replace").decode()
        return self.harbour.token(purpose, self.dice.choice([*ids, "cus_x"]), said)

    def _arguments(self, endpoint: str, method: str) -> list[str]:
        rules = self.product.app.url_map.iter_rules(endpoint)
        return sorted(next(rule.arguments for rule in rules if method in (rule.methods or ())))

    def _learns(self, one: Known, here: str, answer: urllib3.BaseHTTPResponse) -> None:
        """Remember what a page offers; where it is a login, sign in again."""
        location = answer.headers.get("Location", "")
        if one.endpoint.startswith("console.") and (answer.status in (401, 403) or location.startswith("/login")):
            self.comes_in()
        if answer.status >= 400 or not answer.headers.get("Content-Type", "").startswith("text/html"):
            return
        page = answer.data.decode(errors="replace")
        for found in LINK.findall(page)[:300]:
            self._keeps(self._read("GET", html.unescape(found)))
        root = fromstring(page) if page.strip() else None
        for form in root.iter("form") if root is not None else ():
            self._reads_form(here, form)

    def _reads_form(self, here: str, form: Any) -> None:
        pairs = fill(form, self.dice)
        self.nasty.learns([str(text) for text in form.xpath(".//@value") if len(text) < 200][:40])
        actions = [form.get("action") or here, form.get("hx-post"), *form.xpath(".//@formaction")]
        for action in dict.fromkeys(str(one) for one in actions if one):
            method = "GET" if (form.get("method") or "get").lower() == "get" else "POST"
            self._keeps(self._read(method, action, pairs, here))

    def _read(self, method: str, link: str, pairs: Pairs = (), page: str = "") -> Known | None:
        """Read what a link or a form asks for; None where it leads out of the house."""
        found = urlsplit(link)
        try:
            endpoint, where = self._paths.match(found.path, method)
        except (HTTPException, RequestRedirect):
            return None
        query = tuple(parse_qsl(found.query, keep_blank_values=True))
        if method == "GET":
            return Known(str(endpoint), method, where, (*query, *pairs))
        return Known(str(endpoint), method, where, query, tuple(pairs), page=page)

    def _keeps(self, one: Known | None) -> None:
        if one is None:
            return
        kept = self._known[one.endpoint, one.method]
        if one in kept:
            kept.remove(one)
        elif len(kept) >= ROOM:
            kept.pop(self.dice.randrange(ROOM))
        kept.append(one)


def _quoted(text: str) -> str:
    return quote_plus(as_bytes(text))


def _as_json(content: Any) -> tuple[bytes, dict[str, str]]:
    return json.dumps(content).encode(), {"Content-Type": "application/json"}


def _as_form(pairs: Pairs) -> tuple[bytes, dict[str, str]]:
    if any(name in FILES for name, _ in pairs):
        return multipart(pairs), {"Content-Type": "multipart/form-data; boundary=b"}
    return urlencoded(pairs), {"Content-Type": "application/x-www-form-urlencoded"}


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
