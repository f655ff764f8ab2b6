"""Who dealt with whom, as a matrix: the question and its answer."""

from typing import Annotated

from pydantic import Field

from models.base import ActorLink, CommaList, Ref, Shape
from models.graph import GraphAnswer, GraphQuestion
from models.vocabulary import CountingRule, Watched

MOST_ENDS = 300
Ends = Annotated[list[Ref], CommaList, Field(max_length=MOST_ENDS)]


class MatrixQuestion(GraphQuestion):
    """Who dealt with whom: actor by actor, or with `level=state` state by state.

    A cell says how much joined the two. `count=contacts` counts distinct contacts in which they dealt with each
    other; `count=edges` counts pairs of actors who did so in them, each contact anew: a meeting of two delegations of
    three is nine; `count=days` counts distinct civil days of those contacts, where the date says which days, and
    tells how many contacts it leaves out because theirs does not. At actor level edges and contacts are the same.

    Without `rows` and `columns` both are the actors of the strongest pairs, at most `limit` of them; with one of the
    two given the other are those of the strongest pairs with these. Two who had nothing to do with each other have no
    cell. The whole address takes up to 64 KiB.

    The margin of a row is not the sum of its cells: a contact of three stands in two of them. It counts the distinct
    contacts of the question that the actor took part in, with whomever.

    A row or column is `observed` when a publisher that may speak for it was monitored for the whole time of the
    question, by one window of coverage; a cell, and the lack of one, when its row or its column is.
    """

    rows: Ends = Field(default=[], description="Absent = the strongest.", examples=[["iso3:USA", "iso3:ISR"]])
    columns: Ends = Field(default=[], description="Absent = the strongest.", examples=[["iso3:EGY", "iso3:QAT"]])
    count: CountingRule = Field(default="contacts", description="What a cell counts.", examples=["contacts"])
    limit: int = Field(default=30, ge=1, le=MOST_ENDS, description="Most rows, or columns, that are not named.")


class MatrixEnd(Shape):
    """A row or a column."""

    actor: ActorLink = Field(description="Who it is.")
    contacts: int = Field(description="The margin: distinct contacts of the question that he took part in.")
    link: str = Field(description="These contacts.")
    watched: Watched = Field(description="Whether its publications were monitored for the whole time of the question.")


class MatrixCell(Shape):
    """What joined two actors."""

    row: str = Field(description="Slug of the row.")
    column: str = Field(description="Slug of the column.")
    value: int = Field(description="Contacts, edges or days, as `count` says; never 0.")
    link: str = Field(description="The contacts behind it.")
    watched: Watched = Field(description="Whether those of the row or of the column were.")


class MatrixAnswer(GraphAnswer):
    """Rows and columns, in the order named or by their strongest pairs, and the cells that are not empty."""

    count: CountingRule = Field(description="What a cell counts.")
    rows: list[MatrixEnd] = Field(description="The rows in their order.")
    columns: list[MatrixEnd] = Field(description="The columns in their order.")
    cells: list[MatrixCell] = Field(description="Row by row, each in the order of the columns.")
