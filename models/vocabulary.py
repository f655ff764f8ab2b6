"""The controlled words of the record: one tuple each, used by shapes, CHECK constraints and docs alike."""

from typing import Final, Literal, get_args

ActorKind = Literal["person", "office", "organisation", "state", "group"]
OrganisationType = Literal[
    "government", "ministry", "alliance", "igo", "armed_group", "party", "media", "company", "ngo", "other"
]
NameKind = Literal["primary", "alias", "former", "transliteration", "acronym"]
Relation = Literal["holds", "belongs_to", "part_of", "member_of", "controls"]
SourceKind = Literal["readout", "remarks", "press_report", "dataset", "internal_note", "other"]
Reliability = Literal["A", "B", "C", "D", "E", "F"]
ContactKind = Literal[
    "call",
    "conversation",
    "meeting",
    "visit",
    "mission",
    "negotiation",
    "mediation",
    "message",
    "summons",
    "gathering",
    "engagement",
]
Medium = Literal["telephone", "video", "hotline", "other"]
Protocol = Literal["state", "official", "official_working", "working", "private", "informal", "transit"]
Track = Literal["1", "1.5", "2"]
Talks = Literal["direct", "proximity"]
Role = Literal[
    "principal",
    "delegate",
    "visitor",
    "host",
    "envoy",
    "mediator",
    "party",
    "sender",
    "recipient",
    "venue",
    "interpreter",
    "note_taker",
    "observer",
]
Presence = Literal["in_person", "remote", "represented"]
OfficeLevel = Literal[
    "head_of_state",
    "head_of_government",
    "minister",
    "deputy_minister",
    "ambassador",
    "envoy",
    "senior_official",
    "official",
    "other",
]
DateBasis = Literal["stated", "inferred"]
Stance = Literal["affirms", "denies", "announces", "requests", "declines", "postpones", "cancels"]
Status = Literal[
    "disputed",
    "confirmed",
    "acknowledged",
    "reported",
    "denied",
    "planned",
    "requested",
    "declined",
    "postponed",
    "cancelled",
    "unsettled",
    "did_not_happen",
]
Level = Literal["actor", "office", "organisation", "state"]
ContactRelation = Literal["prepared_by", "follows", "same_round"]
RelationSeen = Literal["prepared_by", "prepares", "follows", "followed_by", "same_round"]
DuplicateNoun = Literal["contacts", "actors"]
Scope = Literal["read", "write", "admin"]
OpenEnds = Literal["exclude", "include"]
Dated = Literal["may", "within", "begins"]
ContactSort = Literal["-latest", "earliest", "-recorded", "recorded"]
TieSort = Literal["-contacts", "-last", "first"]
ContactInclude = Literal["accounts", "commitments", "identifiers", "parts", "related", "follows"]
TieInclude = Literal["rhythm"]
SilenceSort = Literal["-silence", "-contacts"]
CommitmentState = Literal["open", "lapsed", "kept", "partly", "not_kept"]
Watched = Literal["observed", "not_looked_at"]
Outcome = Literal["agreed", "some", "one", "day_apart", "contradicted", "not_mentioned"]
Measure = Literal["degree", "strength", "closeness", "betweenness", "pagerank"]
PathMode = Literal["certain", "possible"]
PathObjective = Literal["earliest-arrival", "latest-departure", "fewest-hops", "shortest-duration"]
CountingRule = Literal["contacts", "edges", "days"]
PathWeight = Literal["hops", "contacts", "recency"]
TieRank = Literal["leader", "minister", "any"]
FactKind = Literal["first_since", "first_on_record", "longest_gap", "longest_gap_since", "silence"]
BucketSize = Literal["day", "week", "month", "quarter", "year"]
TimelineGroup = Literal["kind", "level", "side", "status", "none"]
Uncertain = Literal["spread", "apart", "first"]
Action = Literal["create", "change", "retract", "restore", "merge", "unmerge", "erase"]
ChangedNoun = Literal[
    "actor",
    "affiliation",
    "designation",
    "coverage",
    "dismissal",
    "episode",
    "source",
    "topic",
    "contact",
    "account",
    "commitment",
    "api_key",
]
RowShape = Literal["long", "wide"]
EdgesKey = Literal["edges", "links"]

VOCABULARIES: Final[dict[str, tuple[object, str]]] = {
    "ActorKind": (ActorKind, "What an actor is."),
    "OrganisationType": (OrganisationType, "What kind of organisation."),
    "NameKind": (NameKind, "How a name is used."),
    "Relation": (Relation, "What one actor is to another."),
    "SourceKind": (SourceKind, "What kind of document a source is."),
    "Reliability": (Reliability, "Admiralty scale: A completely reliable … F cannot be judged."),
    "ContactKind": (ContactKind, "What kind of event a contact is."),
    "Medium": (Medium, "By what a call was made."),
    "Protocol": (Protocol, "The rank of a visit in protocol."),
    "Track": (Track, "Who negotiates: 1 officials, 2 others, 1.5 both."),
    "Talks": (Talks, "Whether parties sit together or a mediator goes between them."),
    "Role": (Role, "What an actor did in a contact."),
    "Presence": (Presence, "How an actor was there."),
    "OfficeLevel": (OfficeLevel, "The rank of an office."),
    "DateBasis": (DateBasis, "Whether a source states a date, or an editor inferred it."),
    "Stance": (Stance, "What an account says became of a contact."),
    "Status": (Status, "What became of a contact, from all its accounts."),
    "Level": (Level, "At which level actors are named: as recorded, or rolled up by tenure."),
    "ContactRelation": (ContactRelation, "What another contact is to one that states it."),
    "RelationSeen": (RelationSeen, "What another contact is to one, whichever of the two states it."),
    "DuplicateNoun": (DuplicateNoun, "Of which records pairs may be one."),
    "Action": (Action, "What became of a record in one writing request."),
    "ChangedNoun": (ChangedNoun, "What kind of record history is kept of."),
    "Scope": (Scope, "What a key may do."),
    "OpenEnds": (OpenEnds, "What becomes of a date with an open or unknown end."),
    "Dated": (Dated, "How a date must lie to a window: it may lie in it, lies wholly within, or begins in it."),
    "EdgesKey": (EdgesKey, "What node-link JSON calls the list of edges."),
    "ContactSort": (ContactSort, "The order of contacts: - puts the greatest first."),
    "SilenceSort": (SilenceSort, "The order of silences: the longest first, or most contacts first."),
    "TieSort": (TieSort, "The order of ties: - puts the greatest first."),
    "CommitmentState": (CommitmentState, "What became of a promise: lapsed is past its date without an outcome."),
    "Watched": (Watched, "Whether anybody would have noticed a side speaking."),
    "Outcome": (Outcome, "What voices make of one aspect together."),
    "Measure": (Measure, "In what sense an actor is central."),
    "PathMode": (PathMode, "Whether a path is in order for sure, or may be."),
    "PathObjective": (PathObjective, "Which path in time is best."),
    "CountingRule": (CountingRule, "What a cell counts."),
    "PathWeight": (PathWeight, "What a good path has little of."),
    "TieRank": (TieRank, "Of which rank both ends were."),
    "FactKind": (FactKind, "What a fact of a tie says."),
    "BucketSize": (BucketSize, "The length of a span of the time line."),
    "TimelineGroup": (TimelineGroup, "By what contacts of a span are told apart."),
    "Uncertain": (Uncertain, "What becomes of a date that spans several buckets."),
    "RowShape": (RowShape, "One row for each number, or a column for each series."),
    "ContactInclude": (ContactInclude, "Parts of a contact that come only when asked for."),
}
"""Every vocabulary under its name, with what it says: a generator makes one type of each."""

ROLES_WITHOUT_EDGES: Final = frozenset({"venue", "interpreter", "note_taker", "observer"})
"""Roles that place an actor at a contact without making him anybody's counterpart."""

HUB_ROLES: Final = frozenset({"mediator", "envoy"})
"""In a mission, a mediation and proximity talks only these are joined to each of the others."""

STORED_LEVELS: Final[tuple[Level, ...]] = ("actor", "state")
"""Levels whose edges and ties are stored; the other two are lifted when asked: each one costs writes."""

COUNTED_KINDS: Final[tuple[ContactKind, ...]] = tuple(k for k in get_args(ContactKind) if k != "gathering")
"""Kinds that can make an edge, hence the kinds a tie counts by. A gathering is attendance only."""

ROUTE_WORDS: Final = ("search", "batch", "formats")
"""Actions that stand where a record is named: a record with such a slug could not be reached."""


def words(vocabulary: object) -> tuple[str, ...]:
    """Returns the members of one of the vocabularies above, in their order."""
    return get_args(vocabulary)
