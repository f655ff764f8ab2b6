"""Commitments over HTTP: what was promised, what is open, kept or past due."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request, Response

from api.answers import asked_page, merged_body, page_reply, today
from api.deps import RecordReader, Writer
from api.routing import PathRef
from api.writes import RetryingRoute, reply
from db.commitments import (
    commitment_body,
    commitment_number,
    list_commitments,
    patch_commitment,
    read_commitment,
)
from db.pages import filter_digest
from models.commitments import CommitmentBody, CommitmentDetail, CommitmentList, CommitmentPage, CommitmentPatch

router = APIRouter(prefix="/v1/commitments", tags=["commitments"], route_class=RetryingRoute)
CommitmentRef = Annotated[PathRef, Path(description="An id (`com_…`).", examples=["com_5f3a91b2"])]


@router.get("", response_model=CommitmentPage, operation_id="list_commitments", summary="List commitments")
def list_(request: Request, reader: RecordReader, asked: Annotated[CommitmentList, Query()]) -> Response:
    """What was promised in contacts that took place by somebody's word, those due first at the top. A commitment
    without an outcome is `open`, and `lapsed` once its date is over. `by`, `to` and `actor` understand an office,
    organisation or state as whoever stood for it on the contact's date."""
    page = list_commitments(reader.session, asked, asked_page(request, asked.limit, asked.cursor), reader.today)
    return page_reply(request, page, filter_digest(asked, "commitments"), "commitments")


@router.get(
    "/{commitment:record}", response_model=CommitmentDetail, operation_id="get_commitment", summary="Get a commitment"
)
def get(request: Request, reader: RecordReader, commitment: CommitmentRef) -> Response:
    """One commitment, with its contact and what became of it."""
    number = commitment_number(reader.session, commitment)
    document, version = read_commitment(reader.session, number, reader.today)
    return reply(request, document.encode(), version)


@router.patch(
    "/{commitment:record}",
    response_model=CommitmentDetail,
    operation_id="patch_commitment",
    summary="Change a commitment",
)
def patch(
    write: Writer,
    commitment: CommitmentRef,
    body: Annotated[CommitmentPatch, Body(media_type="application/merge-patch+json")],  # type: ignore[valid-type]
) -> Response:
    """JSON Merge Patch of what became of it: `outcome` (-1 not kept, 0 partly or under way, 1 kept) with the account
    that shows it, the contact in which it was followed up, and its text and date. Needs `If-Match`."""
    expected = write.if_match(required=True)
    number = commitment_number(write.session, commitment)
    merged: CommitmentBody = merged_body(CommitmentBody, commitment_body(write.session, number), body)
    patch_commitment(write.session, number, merged, expected)
    document, version = read_commitment(write.session, number, today())
    return write.done(document.encode(), version=version)
