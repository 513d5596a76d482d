"""Images that staff uploaded: how much a reader must carry is known without reading them."""

from nurture.store import images
from nurture.store.session import Session, Sessions
from tests.store.rows import MONDAY


def test_images_are_weighed_by_their_hash_and_unknown_ones_left_out(sessions: Sessions) -> None:
    def uploaded(session: Session, octets: int) -> str:
        drawn = images.Drawn(b"\xff" * octets, "image/png", 600, 400)
        return images.keep(session, drawn, "hero.png", "Our harbour", "ada@harbour.example", MONDAY)

    light, heavy = sessions.write(lambda session: (uploaded(session, 7), uploaded(session, 210_000)))

    with sessions.read() as session:
        assert images.weights(session, [heavy, light, "0" * 40]) == {light: 7, heavy: 210_000}
        assert images.weights(session, []) == {}
