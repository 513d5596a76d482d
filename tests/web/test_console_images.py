"""Images for emails: taken in within bounds, drawn anew, served for ever by their hash, and nothing but pixels."""

import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from struct import pack

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from nurture.store import images
from nurture.web import recipient
from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import hidden, signed_in
from tests.web.test_console import words

SCRIPT = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


def picture(kind: str = "PNG", size: tuple[int, int] = (3000, 100)) -> bytes:
    page = io.BytesIO()
    Image.new("RGB", size, "teal").save(page, kind, comment=b"<script>alert(1)</script>")
    return page.getvalue()


def bomb() -> bytes:
    """A PNG that says it has 400 million pixels."""

    def chunk(kind: bytes, told: bytes) -> bytes:
        return pack(">I", len(told)) + kind + told + pack(">I", zlib.crc32(kind + told))

    head = pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def uploads(client: FlaskClient, content: bytes, name: str = "hero.png", **form: str) -> TestResponse:
    csrf = hidden(client.get("/settings/images").text, "csrf")
    answer = client.post("/settings/images", data={"csrf": csrf, "image": (io.BytesIO(content), name), **form})
    answer.request.environ["wsgi.input"].close()  # what a test client sends is spooled to a file, and left open by it
    return answer


def kept(harbour: Harbour) -> list[images.Image]:
    with harbour.parts.ground.sessions.read() as session:
        return images.everyone(session)


@pytest.mark.parametrize(("kind", "becomes"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/png")])
def test_an_image_is_shrunk_drawn_anew_and_served_for_ever(harbour: Harbour, kind: str, becomes: str) -> None:
    answer = uploads(signed_in(harbour, "editor"), picture(kind), alt="Our harbour")

    (one,) = kept(harbour)
    served = harbour.app(recipient.blueprint).test_client().get(f"/m/{one.hash}")
    assert answer.status_code == 303
    assert (one.kind, one.width, one.height, one.alt) == (becomes, 1200, 40, "Our harbour")
    assert (served.status_code, served.content_type) == (200, becomes)
    assert b"script" not in served.data
    assert "immutable" in served.headers["Cache-Control"]
    assert served.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("content", [b"", b"no image", SCRIPT, bomb(), picture()[:200], b"\0" * 3_600_000])
def test_what_is_no_image_is_refused_and_nothing_kept(harbour: Harbour, content: bytes) -> None:
    answer = uploads(signed_in(harbour, "editor"), content, alt="x")

    assert answer.status_code == 422
    assert "Nothing was kept" in words(answer.text)
    assert kept(harbour) == []


def test_an_image_has_words_or_is_said_to_decorate(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")

    silent = uploads(client, picture())
    decorative = uploads(client, picture(), decorative="yes")

    assert "Say what it shows" in words(silent.text)
    assert (decorative.status_code, kept(harbour)[0].alt) == (303, "")


def test_a_dropped_image_is_gone_and_an_odd_address_is_none(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")
    uploads(client, picture(), alt="x")
    reader, digest = harbour.app(recipient.blueprint).test_client(), kept(harbour)[0].hash

    client.post(f"/settings/images/{digest}/drop", data={"csrf": hidden(client.get("/settings/images").text, "csrf")})

    for address in (digest, "0" * 40, "../../etc/passwd", "A" * 40):
        assert reader.get(f"/m/{address}").status_code == 404
