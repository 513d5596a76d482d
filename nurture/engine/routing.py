"""Routing: whose a care task is."""

from datetime import datetime

from nurture.engine.allocation import pick
from nurture.engine.playbook import Playbook
from nurture.engine.snapshot import Snapshot


def owner_for(
    playbook: Playbook, snapshot: Snapshot, named: str | None, task: str, now: datetime
) -> tuple[str | None, str]:
    """Choose the owner of a task, and say why: the step's, the task's, the customer's own, then the policy's rules.

    Several owners without a rule share what is left by lot; each customer stays with theirs.
    """
    owners = {owner.id: owner for owner in playbook.policy.owners}
    document = playbook.tasks.get(task)
    own = snapshot.customer.owner or str(snapshot.customer.traits.get("owner") or "")
    for who, why in (
        (named, "named by the step"),
        (document.owner if document else None, "named by the task"),
        (own, "the customer's own"),
    ):
        if who in owners:
            return who, f"for {owners[who].name}, {why}"
    for owner in owners.values():
        if owner.when is not None and owner.when.glance(snapshot, now)[0]:
            return owner.id, f"for {owner.name}, because {owner.when.words(snapshot, now)}"
    anybodys = [owner for owner in owners.values() if owner.when is None]
    if not anybodys:
        return None, "for nobody in particular: no owner of the policy fits"
    chosen = anybodys[pick(f"owner|{snapshot.customer.id}", [1] * len(anybodys))]
    return chosen.id, f"for {chosen.name}, by turns"
