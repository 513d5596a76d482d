"""A clock that is not ours: what time an HTTP server says it is, by the Date of its answer (RFC 9110, 6.6.1)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from urllib3 import PoolManager, Timeout
from urllib3.exceptions import HTTPError

PATIENCE_SECONDS = 5.0


def told_by(url: str) -> datetime | None:
    """Ask a server for the time, to the second, whatever else it answers; None where it tells none.  Never raises."""
    try:
        with PoolManager() as pool:
            answer = pool.request("HEAD", url, retries=False, redirect=False, timeout=Timeout(total=PATIENCE_SECONDS))
        told = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (HTTPError, OSError, ValueError):
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)
