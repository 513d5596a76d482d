"""Weight: how much a letter makes its reader carry."""

from collections.abc import Iterable, Iterator, Mapping

from nurture.engine.email import Block, EmailText
from nurture.engine.email_blocks import Image
from nurture.engine.proofreading.finding import Finding

CLIPPED = 102_000  # octets of HTML, beyond which Gmail shows the beginning alone, and no way out of the mail
NEAR = 90_000  # octets; real links are longer than those of a trial
FULL = CLIPPED * 8 // 10
HEAVY_PICTURE = 200_000  # octets
HEAVY_PICTURES = 800_000  # octets of all of them: four seconds at 1.6 Mbit/s, a slow phone


def of_weight(html: str, file: str) -> Finding | None:
    """Judge the size of a rendered letter; what is larger than CLIPPED does not compile."""
    size = len(html.encode())
    if size <= FULL or size > CLIPPED:
        return None
    said = f"the HTML has {size // 1000} kB; Gmail clips at {CLIPPED // 1000} kB"
    return Finding("tip" if size <= NEAR else "check", file, 0, said, "shorten it")


def of_pictures(email: EmailText, sizes: Mapping[str, int]) -> Iterator[Finding]:
    """Judge the pictures of which the size is known.  sizes: octets by the address that an image block names."""
    told = set[str]()
    for language in email.languages:
        for persona in (None, *email.personas):
            shown = [block for block in email.choose(persona, language).blocks if _source(block) in sizes]
            for block in shown:
                size = sizes[_source(block)]
                if size > HEAVY_PICTURE and block.file + str(block.line) not in told:
                    told.add(block.file + str(block.line))
                    said = f"the picture has {size // 1000} kB"
                    yield Finding("check", block.file, block.line, said, "a smaller one, 200 kB at most", "src")
            total = sum(sizes[source] for source in {_source(block) for block in shown})
            if total > HEAVY_PICTURES and "all" not in told:
                told.add("all")
                last = shown[-1]
                said = f"the pictures have {total // 1000} kB together"
                yield Finding("check", last.file, last.line, said, "on a phone that is seconds; leave one out", "src")


def pictures_of(email: EmailText) -> frozenset[str]:
    """Name the pictures of an email by the addresses that its blocks give, in every variant."""
    blocks: Iterable[Block] = (*email.blocks, *(block for each in email.overrides.values() for block in each.blocks))
    return frozenset(filter(None, map(_source, blocks)))


def _source(block: Block) -> str:
    return block.body.src if isinstance(block.body, Image) else ""
