"""Wording: how hard the words are to read, and whether they shout."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from nurture.engine.email import Block, fields_of
from nurture.engine.proofreading.finding import Finding

LONGEST_SENTENCE = 35  # words
HARDEST = 12.0  # school years
ENOUGH = 60  # words; of fewer, a mean says nothing
SPOKEN = frozenset({"text", "says", "fallback"})  # the fields of blocks that hold sentences

_JINJA = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_VARIABLE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_APART = re.compile(r"^\s*(?:#{1,6}\s.*|```.*?^```|[-*_]{3,})\s*$", re.MULTILINE | re.DOTALL)
_ADDRESS = re.compile(r"\]\([^)]*\)|`[^`]*`|https?://\S+")
_ITEM = re.compile(r"\n\s*(?=(?:[-*+]|\d+[.)])\s)|\n\s*\n")
_END = re.compile(r"[.!?:…]+[\"'”\u2019»)*_]*(?=\s|$)")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_VOWELS = re.compile(r"[aeiouyäöü]+")
_SHOUTED = re.compile(
    r"\b(?:[A-ZÄÖÜ]{4,}(?:\s+[A-ZÄÖÜ]{2,})+|(?:[A-ZÄÖÜ]{2,}\s+)+[A-ZÄÖÜ]{4,}(?:\s+[A-ZÄÖÜ]{2,})*|[A-ZÄÖÜ]{7,})\b"
)

Sentence = Sequence[str]


def sentences(markdown: str) -> list[list[str]]:
    """Part Markdown into sentences, each a list of its words; headings, code and addresses are left out."""
    text = _VARIABLE.sub("it", _APART.sub("\n\n", _JINJA.sub(" ", markdown)))
    text = _ADDRESS.sub(" ", text)
    found = [_WORD.findall(said) for part in _ITEM.split(text) for said in _END.split(part)]
    return [words for words in found if words]


def english_grade(said: Sequence[Sentence]) -> float:
    """Grade English by the school years it takes to read it.

    Source: Flesch-Kincaid grade level; Kincaid, Fishburne, Rogers and Chissom, 1975, Navy Research Branch Report 8-75.
    Syllables are counted as groups of vowels, less a silent e.
    """
    words = [word for sentence in said for word in sentence]
    return 0.39 * len(words) / len(said) + 11.8 * sum(map(_english_syllables, words)) / len(words) - 15.59


def german_grade(said: Sequence[Sentence]) -> float:
    """Grade German by the school years it takes to read it.

    Source: Erste Wiener Sachtextformel; Bamberger and Vanecek, Lesen - Verstehen - Lernen - Schreiben, 1984.
    """
    words = [word for sentence in said for word in sentence]
    beats = [_syllables(word) for word in words]

    def share(count: int) -> float:
        return 100 * count / len(words)

    hard, short = share(sum(each >= 3 for each in beats)), share(sum(each == 1 for each in beats))
    long = share(sum(len(word) > 6 for word in words))
    return 0.1935 * hard + 0.1672 * len(words) / len(said) + 0.1297 * long - 0.0327 * short - 0.875


GRADES: Mapping[str, Callable[[Sequence[Sentence]], float]] = {"en": english_grade, "de": german_grade}
"""By language; another language is judged by the length of its sentences alone."""


def _syllables(word: str) -> int:
    return max(1, len(_VOWELS.findall(word.lower())))


def _english_syllables(word: str) -> int:
    low = word.lower()
    silent = low.endswith("e") and not low.endswith(("le", "ee", "ye"))
    silent = silent or (low.endswith("ed") and not low.endswith(("ted", "ded")))
    return max(1, len(_VOWELS.findall(low)) - silent)


def texts_of(block: Block) -> Iterator[tuple[str, str]]:
    """Give the sentences' Markdown of a block, each with the field that holds it."""
    if isinstance(block.body, str):
        yield "", block.body
    else:
        yield from ((key, str(value)) for key, value in fields_of(block).items() if key in SPOKEN)


def of_wording(blocks: Iterable[Block], language: str) -> Iterator[Finding]:
    """Judge how the words of a letter read: as a tip, for a formula knows no reader."""
    said: list[list[str]] = []
    spoken = [(block, key, text) for block in blocks for key, text in texts_of(block)]
    for block, key, text in spoken:
        here = sentences(text)
        said += here
        yield from _long(block, key, here)
        yield from _loud(block, key, text)
    if language not in GRADES or not spoken or sum(map(len, said)) < ENOUGH:
        return
    grade = GRADES[language](said)
    if grade > HARDEST:
        first = spoken[0][0]
        told = f"it takes about {grade:.0f} years of school to read it with ease"
        yield Finding("tip", first.file, first.line, told, "write shorter sentences, and shorter words")


def _long(block: Block, key: str, said: Sequence[Sentence]) -> Iterator[Finding]:
    longest = max(said, key=len, default=())
    if len(longest) > LONGEST_SENTENCE:
        told = f"a sentence has {len(longest)} words: “{' '.join(longest[:6])}…”"
        yield Finding("tip", block.file, block.line, told, "make two of it", key)


def _loud(block: Block, key: str, text: str) -> Iterator[Finding]:
    bare = _ADDRESS.sub(lambda match: " " * len(match[0]), _VARIABLE.sub(lambda match: " " * len(match[0]), text))
    match = _SHOUTED.search(_JINJA.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), bare))
    if match:
        line = block.line + (text[: match.start()].count("\n") if not key else 0)
        told = f"“{' '.join(match[0].split())[:40]}” is in capitals"
        yield Finding("tip", block.file, line, told, "capitals read as shouting; make what matters bold", key)
