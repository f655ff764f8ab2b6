"""A load: actors found exactly or made, contacts known or added, the bad ones refused without a trace."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.loading import Loading, Settled
from db.records import Author, commit
from db.seed import seed
from models.actors import ActorIn
from models.affiliations import AffiliationIn
from models.contacts import ContactIn
from models.sources import SourceIn


def begun(session: Session) -> Loading:
    seed(session)
    loading = Loading(session)
    loading.begin()
    return loading


def contact(number: int, *actors: str, source: str = "report-1", **more: object) -> ContactIn:
    return ContactIn.model_validate(
        {
            "kind": "meeting",
            "when": "2020-01-01",
            "identifiers": [{"scheme": "set", "value": f"{number}"}],
            "participants": [{"actor": actor} for actor in actors or ("france", "japan")],
            "accounts": [{"source": source, "original_row": f"r{number}"}],
            **more,
        }
    )


def report(number: int = 1) -> SourceIn:
    return SourceIn(kind="press_report", title=f"Report {number}", slug=f"report-{number}")


def person(key: str, name: str, **more: object) -> ActorIn:
    given = {"kind": "person", "name": name, "identifiers": [{"scheme": "set", "value": key}], **more}
    return ActorIn.model_validate(given)


def names_of(session: Session) -> list[str]:
    return list(session.execute(text("SELECT name FROM actor WHERE kind = 'person' ORDER BY actor_id")).scalars())


def fates(settled: list[Settled]) -> list[str]:
    return [one.fate for one in settled]


def test_what_is_known_is_left_as_it_is(session: Session) -> None:
    loading = begun(session)
    loading.source(report())
    taken = loading.contact(contact(1)) + loading.contact(contact(2)) + loading.contact(contact(1))
    assert fates(taken + loading.flush()) == ["added", "added", "known"]
    again = Loading(session)
    again.contact(contact(2))
    assert fates(again.flush()) == ["known"]
    assert dict(again.counts) == {"contacts known": 1}


def test_bad_contacts_are_refused_at_their_place_and_leave_nobody_behind(session: Session) -> None:
    loading = begun(session)
    loading.source(report())
    loading.actor(person("p1", "Ana Alva"))
    loading.actor(person("p2", "Bo Brand"))
    loading.actor(person("p3", "Cy Cole"))
    loading.contact(contact(1, "set:p1", "japan"))
    loading.contact(contact(2, "set:p2", "nobody-of-that-name"))
    loading.contact(contact(3, "set:p3", "japan", when="2999"))
    loading.contact(contact(4, "set:p1", "france"))
    settled = loading.flush()
    assert fates(settled) == ["added", "refused", "refused", "added"]
    assert [fault.pointer for one in settled for fault in one.faults] == ["/participants/1/actor", "/when"]
    assert names_of(session) == ["Ana Alva"]
    assert loading.counts == {"actors": 1, "sources": 1, "contacts": 2}
    commit(session, Author())
    kept = "SELECT count(*) FROM history WHERE noun = 'contact' OR noun = 'actor' AND after ->> 'kind' = 'person'"
    assert session.execute(text(kept)).scalar() == 3


def test_a_fault_without_a_place_is_found_by_halves(session: Session) -> None:
    loading = begun(session)
    loading.source(report())
    loading.actor(person("p1", "Ana Alva"))
    loading.affiliation("set:p1", AffiliationIn(relation="belongs_to", target="france", since="2001", until="2000"))
    for number in range(9):
        loading.contact(contact(number, "set:p1" if number == 6 else "france", "japan"))
    settled = loading.flush()
    assert [one.number for one in settled if one.fate == "refused"] == [6]
    assert fates(settled).count("added") == 8


def test_an_actor_is_found_by_name_kind_and_state(session: Session) -> None:
    loading = begun(session)
    loading.source(report())
    for key, name, state in (("p1", "Ana Alva", "france"), ("p2", "Bo Brand", "japan")):
        loading.actor(person(key, name, names=[{"name": f"{name} Junior", "lang": "en"}]))
        loading.affiliation(f"set:{key}", AffiliationIn(relation="belongs_to", target=state))
    loading.contact(contact(1, "set:p1", "set:p2"))
    assert fates(loading.flush()) == ["added"]
    loading.actor(person("q1", "ÀNA  Alva"), "france")
    loading.actor(person("q2", "Bo Brand Junior"), "iso3:JPN")
    loading.actor(person("q3", "Ana Alva"), "japan")
    loading.actor(person("q4", "Ana Alvas"), "france")
    loading.actor(person("q5", "Ana Alva"))
    loading.contact(contact(2, "set:q1", "set:q2", "set:q3", "set:q4", "set:q5"))
    assert fates(loading.flush()) == ["added"]
    assert names_of(session) == ["Ana Alva", "Bo Brand", "Ana Alva", "Ana Alvas", "Ana Alva"]
    assert loading.counts["actors joined"] == 2


def test_of_two_of_one_name_in_one_state_neither_is_taken(session: Session) -> None:
    loading = begun(session)
    loading.source(report())
    for key in ("p1", "p2"):
        loading.actor(person(key, "Ana Alva"))
        loading.affiliation(f"set:{key}", AffiliationIn(relation="belongs_to", target="france"))
    loading.contact(contact(1, "set:p1", "set:p2"))
    loading.flush()
    loading.actor(person("q1", "Ana Alva"), "france")
    loading.contact(contact(2, "set:q1", "japan"))
    loading.flush()
    assert names_of(session) == ["Ana Alva"] * 3


def test_an_organisation_of_no_state_is_found_by_its_alias(session: Session) -> None:
    loading = begun(session)
    loading.source(report())
    body = {"kind": "organisation", "name": "AU", "identifiers": [{"scheme": "set", "value": "o1"}]}
    loading.actor(ActorIn.model_validate(body), "")
    loading.contact(contact(1, "set:o1", "japan"))
    loading.flush()
    found = session.execute(
        text("SELECT a.slug FROM actor a JOIN actor_identifier USING (actor_id) WHERE scheme = 'set'")
    )
    assert found.scalars().all() == ["african-union"]


def test_a_contact_that_grows_takes_the_accounts_of_further_sources(session: Session) -> None:
    loading = begun(session)
    for number in (1, 2, 3):
        loading.source(report(number))
    loading.contact(contact(1, source="report-1"), grows=True)
    loading.contact(contact(1, source="report-2"), grows=True)
    loading.contact(contact(1, source="report-2"), grows=True)
    loading.contact(contact(1, source="report-3"))
    settled = loading.flush()
    assert fates(settled) == ["known"]
    rows = session.execute(text("SELECT count(*) FROM account")).scalar()
    assert rows == 2
    assert loading.counts == {"contacts": 1, "sources": 2, "accounts": 1, "contacts known": 2}


def test_an_undated_affiliation_says_nothing_new_of_who_stands_there(session: Session) -> None:
    loading = begun(session)
    loading.source(report())
    loading.actor(person("p1", "Ana Alva"))
    loading.affiliation("set:p1", AffiliationIn(relation="belongs_to", target="france", since="2000", until="2010"))
    loading.contact(contact(1, "set:p1", "japan"))
    loading.flush()
    loading.affiliation("set:p1", AffiliationIn(relation="belongs_to", target="france"))
    loading.affiliation("set:p1", AffiliationIn(relation="belongs_to", target="germany"))
    loading.contact(contact(2, "set:p1", "japan"))
    loading.flush()
    assert loading.counts["affiliations"] == 2
