"""How one customer is decided: learn the news, move the stage, know the persona, leave, enter, walk, rest.

Time decides nothing about somebody whom staff hold; what they do is heard as ever, and no step acts.
`decide` is the only question the house ever asks about a customer. The webhook, the tick, the simulation, the
publish preview and the tests all ask it here.
"""

from datetime import datetime

from nurture.engine.decision import Decision
from nurture.engine.deliberation import Deliberation
from nurture.engine.entering import enter, leave
from nurture.engine.folding import move_on_events, tread
from nurture.engine.learning import learn
from nurture.engine.lifecycle import Move
from nurture.engine.playbook import Playbook
from nurture.engine.snapshot import Snapshot
from nurture.engine.steering import steer
from nurture.engine.walking import walk

MAX_ROUNDS = 12  # stage moves in one decision; a lifecycle that turns in circles rests here until the next beat


def decide(playbook: Playbook, snapshot: Snapshot, now: datetime) -> Decision:
    """Decide everything about one customer at one moment.

    snapshot: the photograph, with the news that has just arrived.  now: life time, aware UTC.
    Raises KeyError if they walk a version that the playbook does not hold.
    """
    here = Deliberation(playbook, snapshot, now)
    if snapshot.newborn:
        here.be_born()
    learn(here)
    steer(here)
    move_on_events(here)
    follow_colleagues(here)
    if here.stands_still:
        walk(here)  # nobody takes a step, also in a journey that was changed meanwhile
        return here.decision()
    for _ in range(MAX_ROUNDS):
        move_on_conditions(here)
        leave(here)
        enter(here)
        if not walk(here):
            break
    return here.decision()


def follow_colleagues(here: Deliberation) -> None:
    """Adopt where anybody of the account has since: their adoption is everyone's who could have made that move."""
    adopted = here.snapshot.account.adopted
    if adopted is not None and follows(here.playbook, here.snapshot):
        tread(here, adopted.to)
        here.turn(adopted.to, adopted.at, f"a colleague adopted: {adopted.because}")


def follows(playbook: Playbook, snapshot: Snapshot) -> bool:
    """Whether what a colleague adopted moves them as well."""
    adopted, stage = snapshot.account.adopted, snapshot.customer.stage
    if adopted is None or adopted.at <= snapshot.customer.stage_since or stage in playbook.finals:
        return False
    return adopted.to not in snapshot.facts.stages and playbook.lifecycle.leads(stage, adopted.to)


def move_on_conditions(here: Deliberation) -> None:
    """Make the moves whose condition has come to hold, until none is left; remember when time could bring the next.

    The persona may rest on the stage and the stage on the persona, so both are looked at anew after each move.
    """
    for _ in range(MAX_ROUNDS):
        here.flip = None
        assess(here)
        move = _next_move(here)
        if move is None or move.when is None:
            return
        because = move.when.words(here.snapshot, here.now)
        tread(here, move.to)
        here.turn(move.to, here.now, because)


def _next_move(here: Deliberation) -> Move | None:
    lifecycle, customer = here.playbook.lifecycle, here.customer
    stays_until = customer.stage_since + lifecycle.minimum_stay
    for move in here.playbook.moves_when.get(customer.stage, ()):
        assert move.when is not None
        holds, flips_at = move.when.glance(here.snapshot, here.now)
        if holds:
            if here.now >= stays_until or lifecycle.stage(move.to).phase == "use":
                return move
            here.rests_on(stays_until, f"may become {move.to} after the minimum stay", move.when)
        here.rests_on(flips_at, f"may become {move.to}", move.when)
    return None


def assess(here: Deliberation) -> None:
    """Know the persona anew, first match wins, unless staff locked it."""
    customer = here.customer
    if customer.persona_locked:
        return
    for persona in here.playbook.personas.personas:
        if persona.when is not None:
            holds, flips_at = persona.when.glance(here.snapshot, here.now)
            here.rests_on(flips_at, f"may turn out to be {persona.id}", persona.when)
            if not holds:
                continue
        if persona.id != customer.persona:
            rule = persona.when
            because = rule.words(here.snapshot, here.now) if rule else "no other persona's rule holds"
            here.note("persona", because, about=persona.id)
            here.see(persona=persona.id, persona_because=because)
        return
