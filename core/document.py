"""The OpenAPI document, made once per process: it says nothing that changes while the process runs."""

from __future__ import annotations

import hashlib
import threading
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.request import Request

from core.etags import etag_of, is_unchanged

_making = threading.Lock()


@cache
def _made() -> tuple[bytes, str]:
    schema = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    document = bytes(OpenApiJsonRenderer().render(schema, renderer_context={}))
    return document, etag_of(hashlib.sha256(document).hexdigest())


class DocumentView(SpectacularJSONAPIView):
    """Answers the document's bytes with their tag; a client that has them gets a 304."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer it."""
        # The first callers wait for one of them: it takes a second of a core, and everybody may ask.
        with _making:
            document, etag = _made()
        headers = {"ETag": etag, "Cache-Control": "public, max-age=60"}
        if is_unchanged(request, etag):
            return HttpResponse(status=304, headers=headers)
        return HttpResponse(document, content_type=OpenApiJsonRenderer.media_type, headers=headers)
