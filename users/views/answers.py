"""How the endpoints of people answer: a body with the tag that its bytes make, and 304 where it is known already."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from core.etags import check_if_match, etag_of, is_unchanged
from core.rendering import dumps

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag as you read it. Refused (412) when it was changed since; not demanded.",
)


def tagged(body: Any, status: int = 200, *, location: str | None = None) -> Response:
    """Answer with a resource and its ETag; its Location too when it was just made."""
    headers = {"ETag": etag_of(dumps(body))}
    return Response(body, status=status, headers=headers if location is None else {**headers, "Location": location})


def conditional(request: Request, body: Any) -> Response:
    """Answer a GET, with 304 when If-None-Match names what is there."""
    tag = etag_of(dumps(body))
    return Response(status=304, headers={"ETag": tag}) if is_unchanged(request, tag) else tagged(body)


def check_seen(request: Request, body: Any, *, required: bool) -> None:
    """Refuse a change of something that the client hasn't seen as it is.

    Raises:
        PreconditionRequired, PreconditionFailed: as `core.etags.check_if_match` says.
    """
    check_if_match(request, etag_of(dumps(body)), required=required)
