"""What accounts cost the database: a fixed number of statements where something is shared, and none elsewhere."""

from nurture.engine.snapshot import Fact
from nurture.flow.settle import BY_TIME, Cause, settle
from nurture.store import accounts, photographs
from nurture.store.session import Session
from tests.accounts.colleagues import joins
from tests.stories.town import Person, Town


class Counted(Session):
    """A session that writes down what it is asked."""

    __slots__ = ("asked",)

    def __init__(self, session: Session) -> None:
        super().__init__(session.connection)
        self.asked: list[str] = []

    def rows(self, sql, params=()):  # type: ignore[no-untyped-def]
        self.asked.append(sql)
        return super().rows(sql, params)

    def run(self, sql, params=()):  # type: ignore[no-untyped-def]
        self.asked.append(sql)
        return super().run(sql, params)

    def many(self, sql, params):  # type: ignore[no-untyped-def]
        if params:
            self.asked.append(sql)
        super().many(sql, params)


def asked(town: Town, causes: dict[str, Cause]) -> list[str]:
    """What the database is asked while these customers are settled."""

    def act(session: Session) -> list[str]:
        counted = Counted(session)
        photographs.lock(session, sorted(causes))
        settle(counted, town.ground, causes, town.look(), locked=True)
        return counted.asked

    return town.ground.sessions.write(act)


def test_what_accounts_cost_is_fixed_and_nothing_where_none_has_changed(uncapped: Town) -> None:
    town = uncapped
    people = {key: [joins(town, f"{key}-{n}", key) for n in range(3)] for key in ("a-1", "a-2", "a-3", "a-4", "a-5")}
    first = [colleagues[0] for colleagues in people.values()]
    alone = [joins(town, name, None) for name in ("dan", "eve")]
    with town.ground.sessions.read() as session:
        town.ground.shelf.playbook(session)

    def told(*few: Person) -> int:
        fact = Fact("project_created", town.now)
        return len(asked(town, {one.id: Cause("project_created", (fact,)) for one in few}))

    nothing, of_one = (asked(town, {one.id: BY_TIME for one in few}) for few in (first, alone))
    one, several, again, of_nobody_else = told(first[0]), told(*first[1:]), told(*first), told(*alone)

    assert nothing == of_one
    assert len(nothing) == 4  # which playbook, who they are, where they stand; and who they are now
    assert one == several
    assert again < of_nobody_else < one


def test_an_account_of_one_is_made_without_a_read(town: Town) -> None:
    def act(session: Session) -> list[str]:
        counted = Counted(session)
        accounts.join(counted, accounts.Told(), town.now)
        return counted.asked

    assert [sql.split()[0] for sql in town.ground.sessions.write(act)] == ["INSERT"]
