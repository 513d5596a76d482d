"""Templates compiled once in a process, for every application in it: no first reader of a page waits for that."""

from types import CodeType

from flask.blueprints import BlueprintSetupState
from jinja2.bccache import Bucket, BytecodeCache


class Compiled(BytecodeCache):
    """Keeps the code of each template, by its text (jinja.palletsprojects.com, "Bytecode Cache")."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code of this very text, if it was compiled before."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was just compiled."""
        assert bucket.code is not None
        self._kept[bucket.key, bucket.checksum] = bucket.code


KEPT = Compiled()


def compile_once(state: BlueprintSetupState) -> None:
    """Let an application share the compiled templates.  For `Blueprint.record`."""
    state.app.jinja_env.bytecode_cache = KEPT
