"""What nobody should send: values, JSON and bodies that break whoever reads them carelessly (S18 and S19 by dice)."""

import gzip
import json
from collections.abc import Sequence
from random import Random
from typing import Any
from urllib.parse import quote_plus

Pairs = Sequence[tuple[str, str]]

WORDS = (
    *(
        "",
        " ",
        "\t",
        "\x00",
        "a\x00b",
        "\ud800",
        "\u202eada",
        "\ufeff",
        "\u0130",
        "e\u0301",
        "\U0001f469\u200d\U0001f467",
    ),
    *("x" * 300, "x" * 70_000, "9" * 400, "9" * 5_000, "-1", "0", "1", "2", "3", "1.5", "1e999", "NaN", "null", "true"),
    *(
        "[]",
        "{}",
        '{"a"',
        "[" * 500,
        "{a: " * 200,
        "a: b: c",
        "&a [*a]",
        "*a",
        "!!python/name:os.system",
        "- - -",
        "id: x",
    ),
    *(
        "{{ 7 * 7 }}",
        "{{ customer",
        "{% for x in y %}",
        "{% endif %}",
        "{{ customer.__class__ }}",
        "<script>alert(1)</script>",
    ),
    *("' OR 1=1 --", "%", "_", "%00", "../../etc/passwd", "=1+1", "javascript:alert(1)", "//evil.example", "a\r\nX: y"),
    *("a@b.c", "@", "ada@example.com", "u-ada", "u-bo", "u-cy", "email:ada@example.com", "email:", "cus_", "cus_x"),
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "2026-02-30", "2026-01-07", "2026-01-05T09:00:00Z", "24:00"),
    *("3d", "0d", "-3d", "99999999999d", "1h30m", "P1D", "Europe/Berlin", "UTC", "localtime", "../UTC", "de", "en-GB"),
    *("first-win", "next-wins", "trial-ending", "welcome", "nudge-data", "report-built", "paying", "wilma", "policy"),
    *("journey", "email", "snippet", "layout", "segment", "persona", "assessing", "adopted", "terminated", "save_time"),
    *("report_shared", "subscription_started", "trial_cancelled", "move", "keep", "leave", "enter", "admin", "viewer"),
)
"""Texts: empty, endless, of odd signs, half a template or YAML, out of the calendar; and words that mean something."""

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 3, 2**31, 2**53, 2**53 + 1, 2**63, -(2**63), 10**30, 0.5, -0.0, 1e308, 5e-324),
    *(float("nan"), float("inf"), [], {}, [[]], [None], {"": None}, {"a": {"b": [1]}}, ["x"] * 60, {"\x00": "\ud800"}),
)

RAW = (
    b"",
    b" ",
    b"null",
    b"[]",
    b"{}",
    b'"x"',
    b"{" * 40,
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"[" * 31 + b"]" * 31,
    b'{"a":NaN}',
    b'{"a":-Infinity}',
    b'{"a":1e999}',
    b'{"a":' + b"9" * 4_301 + b"}",
    b'{"a":1,"a":2}',
    b'{"a":"\\ud800"}',
    b'{"a":"\\u0000"}',
    b'{"a":"\x00"}',
    b'{"a":"\xff\xfe"}',
    b'{"a":"\xc0\xaf"}',
    b"{'a':1}",
    b'{"a":1,}',
    b'{"a":1}//',
    b'{"a":01}',
    b'{"a":"\n"}',
    '{"a":1}'.encode("utf-16"),
    b"\xef\xbb\xbf{}",
    b'"' * 100_000,
    b"\\" * 1_000,
    b'{"' + b"k" * 600_000 + b'":1}',
)
"""Bodies that are JSON to some, and to others not."""

TYPES = (
    "",
    "text/plain",
    "application/xml",
    "application/json; charset=utf-16",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=nothing",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=b",
    "application/octet-stream",
    "a/b; " + "c=d; " * 200,
    "\xff",
)


FILES = ("file", "image")  # fields of forms that are sent as files


class Nasty:
    """Dice that throw what nobody should send, the same for the same seed.  seen: words that were read on pages."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.seen: list[str] = []

    def learns(self, words: Sequence[str], room: int = 600) -> None:
        """Remember words that mean something to the other side, the latest of them."""
        self.seen = [*self.seen, *words][-room:]

    def word(self) -> str:
        """A text: one that means something, or one that should not."""
        return self.dice.choice(self.seen if self.seen and self.dice.random() < 0.4 else WORDS)

    def value(self) -> Any:
        """Anything that JSON can say, and some that it cannot."""
        return self.word() if self.dice.random() < 0.5 else self.dice.choice(VALUES)

    def bent(self, text: str) -> str:
        """A text with something cut out of it, or put into it."""
        start, end = sorted(self.dice.randrange(len(text) + 1) for _ in range(2))
        return text[:start] + (self.word() if self.dice.random() < 0.6 else "") + text[self.dice.choice((start, end)) :]

    def changed(self, found: Any) -> Any:
        """The same with one thing wrong, somewhere in it."""
        if isinstance(found, dict) and found and self.dice.random() < 0.9:
            name = self.dice.choice(list(found))
            rest = {key: value for key, value in found.items() if key != name}
            other = self.changed(found[name])
            return self.dice.choice(
                (rest, {**found, self.word(): self.value()}, {**found, name: other}, {**rest, name: other})
            )
        if isinstance(found, list) and found and self.dice.random() < 0.9:
            n = self.dice.randrange(len(found))
            return self.dice.choice(
                (found[:n], found * 2, [*found, self.value()], [*found[:n], self.changed(found[n]), *found[n + 1 :]])
            )
        if isinstance(found, str) and self.dice.random() < 0.5:
            return self.bent(found)
        return self.value()

    def form(self, pairs: Pairs, kept: str = "csrf") -> Pairs:
        """A form of which a field is missing, another, twice, or one that nobody asked for; `kept` mostly stays."""
        left = [list(pair) for pair in pairs]
        for _ in range(self.dice.choice((1, 1, 1, 2, 5))):
            free = [pair for pair in left if pair[0] != kept or self.dice.random() < 0.02]
            if not free or self.dice.random() < 0.15:
                left.append([self.dice.choice([pair[0] for pair in left] or ["x"]), self.word()])
                continue
            pair = self.dice.choice(free)
            match self.dice.randrange(8):
                case 0:
                    left.remove(pair)
                case 1:
                    pair[0] = self.word()
                case 2 | 3:
                    pair[1] = self.bent(pair[1])
                case _:
                    pair[1] = self.word()
        return [(name, text) for name, text in left]

    def body_of(self, content: Any) -> tuple[bytes, dict[str, str]]:
        """JSON as a body with its headers: mostly as it should be written, now and then not."""
        whole = json.dumps(content).encode()
        match self.dice.randrange(12):
            case 0:
                whole = self.dice.choice(RAW)
            case 1:
                whole = whole[: self.dice.randrange(len(whole) + 1)]
            case 2:
                whole = self.scratched(whole)
        return self._sent(whole, "application/json")

    def body_with(self, pairs: Pairs) -> tuple[bytes, dict[str, str]]:
        """A form as a body with its headers: mostly as a browser sends it, now and then not."""
        match self.dice.randrange(14):
            case 0:
                return self._sent(self.dice.choice(RAW), self.dice.choice(TYPES))
            case 1:
                return self._sent(self.scratched(urlencoded(pairs)), "application/x-www-form-urlencoded")
            case 2:
                return self._sent(self.scratched(multipart(pairs)), "multipart/form-data; boundary=b")
            case 3 | 4:
                return self._sent(multipart(pairs), "multipart/form-data; boundary=b")
        return self._sent(urlencoded(pairs), "application/x-www-form-urlencoded")

    def scratched(self, whole: bytes) -> bytes:
        """The same bytes with some of them another."""
        found = bytearray(whole)
        for _ in range(self.dice.randrange(1, 9)):
            found.insert(self.dice.randrange(len(found) + 1), self.dice.randrange(256))
        return bytes(found)

    def _sent(self, whole: bytes, kind: str) -> tuple[bytes, dict[str, str]]:
        match self.dice.randrange(25):
            case 0:
                return whole, {"Content-Type": self.dice.choice(TYPES)}
            case 1:
                return gzip.compress(whole), {"Content-Type": kind, "Content-Encoding": "gzip"}
            case 2:
                return gzip.compress(whole), {"Content-Type": kind}
            case 3:
                return gzip.compress(b"\0" * 8_000_000), {"Content-Type": kind, "Content-Encoding": "gzip"}
            case 4:
                return whole, {"Content-Type": kind, "Content-Encoding": self.dice.choice(("deflate", "br", "x, gzip"))}
        return whole, {"Content-Type": kind}


def urlencoded(pairs: Pairs) -> bytes:
    """A form as most are sent."""
    return "&".join(f"{quote_plus(as_bytes(one))}={quote_plus(as_bytes(two))}" for one, two in pairs).encode()


def as_bytes(text: str) -> bytes:
    """A text as it goes out: bytes that were hidden in it as they were, half of a surrogate pair as it is."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def multipart(pairs: Pairs) -> bytes:
    """A form as one with a file in it is sent, the boundary being `b`; what looks like a file is one."""
    parts = []
    for name, text in pairs:
        file = '; filename="x.csv"' if name in FILES else ""
        head = f'--b\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        parts.append(as_bytes(head) + as_bytes(text) + b"\r\n")
    return b"".join(parts) + b"--b--\r\n"
