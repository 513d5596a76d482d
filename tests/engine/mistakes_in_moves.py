"""Mistakes in the rules of the lifecycle and of the personas, each with its mended twin."""

from tests.engine.builders import LIFECYCLE, PERSONAS
from tests.engine.mistakes import ADVICE, MUST, Case

RULES = "  - {from: [assessing, adopted], to: at_risk, when: {silent_for: 5d}}\n"


def lifecycle(*moves: str, stay: str = "0s") -> str:
    """A lifecycle whose own rules begin on line 14, one a line."""
    return LIFECYCLE + RULES + "".join(f"  - {{{move}}}\n" for move in moves) + f"minimum_stay: {stay}\n"


def rule_case(line: int, said: str, must: bool, planted: str, mended: str) -> Case:
    return Case(f"config/lifecycle.yaml:{line}", said, must, {"lifecycle": planted}, {"lifecycle": mended})


CASES: dict[str, Case] = {
    "a rule behind one that asks for less": rule_case(
        14,
        "moves nobody out of assessing or adopted: rule 4 fits whenever this one does",
        ADVICE,
        lifecycle("from: [assessing, adopted], to: terminated, when: {all: [{silent_for: 21d}, {did: any}]}"),
        lifecycle("from: at_risk, to: terminated, when: {silent_for: 21d}"),
    ),
    "a rule behind one on the same event": rule_case(
        14,
        "moves nobody out of adopted: rule 3 fits",
        ADVICE,
        lifecycle("from: adopted, to: at_risk, on: account_closed"),
        lifecycle("from: adopted, to: at_risk, on: [account_closed, asked_to_leave]"),
    ),
    "a rule that cannot hold in its stage": rule_case(
        14,
        "its condition never holds in 'assessing'",
        ADVICE,
        lifecycle("from: [assessing, adopted], to: terminated, when: {all: [{stage: adopted}, {did: paused}]}"),
        lifecycle("from: [adopted], to: terminated, when: {all: [{stage: adopted}, {did: paused}]}"),
    ),
    "rules that go round at once": rule_case(
        13,
        "goes round and round at once: assessing -> at_risk -> considering -> assessing",
        MUST,
        lifecycle(
            "from: at_risk, to: considering, when: {silent_for: 3d}",
            "from: considering, to: assessing, when: {any: [{silent_for: 1d}, {did: called}]}",
        ),
        lifecycle(
            "from: at_risk, to: considering, when: {silent_for: 3d}",
            "from: considering, to: assessing, when: {did: called}",
        ),
    ),
    "rules that go round day by day": rule_case(
        13,
        "goes round every 1 day: assessing -> at_risk -> assessing",
        ADVICE,
        lifecycle("from: at_risk, to: assessing, when: {not: {did: any, within: 4d}}", stay="1d").replace(
            "{silent_for: 5d}", "{not: {did: any, within: 4d}}"
        ),
        lifecycle("from: at_risk, to: assessing, when: {stage_for: {at_least: 2d}}", stay="1d"),
    ),
    "a persona behind one that asks for less": Case(
        "config/personas.yaml:4",
        "nobody is 'ada': 'kevin' stands before it",
        ADVICE,
        {
            "personas": PERSONAS.replace(
                "  - {id: wilma", "  - {id: ada, name: Ada, when: RULE}\n  - {id: wilma"
            ).replace("RULE", "{all: [{trait: role, in: [developer, admin]}, {did: any}]}")
        },
        {"personas": PERSONAS.replace("  - {id: wilma", "  - {id: ada, name: Ada, when: {did: any}}\n  - {id: wilma")},
    ),
}
