"""Files that a spreadsheet reads: every table that the house writes for staff to take away is written here.

A cell that a spreadsheet could take for a formula is marked as text by an apostrophe before it (OWASP, CSV Injection).
"""

import csv
import io
import re
from collections.abc import Iterable

SIGNS = "=+\\-@" + "".join(map(chr, (0xFF1D, 0xFF0B, 0xFF0D, 0xFF20, 0xFE66, 0xFE62, 0xFE63, 0xFE6B, 0x2212)))
"""What a formula begins with, also in wide and small forms: a spreadsheet may read each as the plain one."""
UNSEEN = "\\s\"'\\0\u200b-\u200f\u2060\ufeff"
FORMULA = re.compile(rf"^(?=[\t\r\n\0]|[{UNSEEN}]*[{SIGNS}])|(?<=[;\t\r\n])(?=[{UNSEEN}]*[{SIGNS}])")
"""Where a formula could begin: at the start, and behind what another country's spreadsheet takes for the next cell."""


def table(rows: Iterable[Iterable[object]]) -> str:
    """Write rows as CSV (RFC 4180).  Numbers are numbers; every other cell is text and no formula; None is empty."""
    page = io.StringIO()
    written = csv.writer(page)
    for row in rows:
        written.writerow(
            [cell if isinstance(cell, int | float) or cell is None else harmless(str(cell)) for cell in row]
        )
    return page.getvalue()


def harmless(cell: str) -> str:
    """Mark what a spreadsheet could take for a formula as text; whatever else is left as it is."""
    return FORMULA.sub("'", cell)
