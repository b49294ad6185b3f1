"""The endpoints of a product's pictures and translations, for staff."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.http import HttpResponseBase, QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.parsing import JSONParser, MergePatchParser
from core.problems import NotFound
from products import services
from products.fields import MediaFields, TranslationFields
from products.models import Media
from products.selectors.records import product_record
from products.serializers.records import MediaInput, MediaPatch, MediaRecord, MediaUpload, TextsInput, TranslationRecord
from users.authentication import caller_of
from users.resources import ResourceViewSet

TAGS = ["catalogue"]
_WRITE = "catalogue:write"


class MediaViewSet(ResourceViewSet):
    """A product's pictures."""

    parser_classes = (JSONParser, MergePatchParser, MultiPartParser)

    def get_parsers(self) -> list[BaseParser]:
        """Take forms for new pictures only: there is nothing in a change that JSON can't hold."""
        is_new = getattr(self.request, "method", None) == "POST"
        return [parser for parser in super().get_parsers() if is_new or not isinstance(parser, MultiPartParser)]

    def render(self, row: Any) -> dict[str, Any]:
        """Return a picture as staff see it."""
        return dict(MediaRecord(row).data)

    @extend_schema(
        summary="Add a picture",
        description="A file as multipart, of which smaller renditions are made, or a URL, which isn't fetched. Needs "
        "the right catalogue:write.",
        request={"application/json": MediaInput, "multipart/form-data": MediaUpload},
        responses={201: MediaRecord},
        tags=TAGS,
    )
    def create(self, request: Request, reference: str) -> HttpResponseBase:
        """Add one."""
        caller = caller_of(request)
        caller.require(_WRITE)
        is_form = isinstance(request.data, QueryDict)
        body = self.body(MediaUpload if is_form else MediaInput)
        file, url = body.pop("file", None), body.pop("url", None)
        return self.once(
            lambda: self.answer(
                services.media_add(
                    product_id=product_record(reference).pk,
                    actor=caller.actor,
                    file=file,
                    url=url,
                    fields=cast("MediaFields", body),
                ),
                201,
            )
        )

    @extend_schema(
        summary="Read a picture",
        description="Needs the right catalogue:read.",
        responses=MediaRecord,
        tags=TAGS,
    )
    def retrieve(self, request: Request, reference: str, media_id: uuid.UUID) -> Response:
        """Answer one."""
        caller_of(request).require("catalogue:read")
        return self.answer(_media(reference, media_id))

    @extend_schema(
        summary="Change a picture",
        description="Its text, its place or its variants. Needs the right catalogue:write and If-Match.",
        request=MediaPatch,
        responses=MediaRecord,
        tags=TAGS,
    )
    def partial_update(self, request: Request, reference: str, media_id: uuid.UUID) -> HttpResponseBase:
        """Change one."""
        caller = caller_of(request)
        caller.require(_WRITE)
        changes = cast("MediaFields", self.body(MediaPatch))
        return self.once(
            lambda: self.answer(
                services.media_update(
                    product_id=_media(reference, media_id).product_id,
                    media_id=media_id,
                    changes=changes,
                    actor=caller.actor,
                    precondition=self.check,
                )
            )
        )

    @extend_schema(
        summary="Delete a picture",
        description="With its files. Needs the right catalogue:write and If-Match.",
        responses={204: None},
        tags=TAGS,
    )
    def destroy(self, request: Request, reference: str, media_id: uuid.UUID) -> HttpResponseBase:
        """Delete one."""
        caller = caller_of(request)
        caller.require(_WRITE)
        return self.gone(
            lambda: services.media_delete(
                product_id=_media(reference, media_id).product_id,
                media_id=media_id,
                actor=caller.actor,
                precondition=self.check,
            )
        )


class TranslationViewSet(ResourceViewSet):
    """A product's texts in other languages."""

    def render(self, row: Any) -> dict[str, Any]:
        """Return the texts of one language."""
        return dict(TranslationRecord(row).data)

    @extend_schema(
        summary="Read a translation",
        description="Needs the right catalogue:read.",
        responses=TranslationRecord,
        tags=TAGS,
    )
    def retrieve(self, request: Request, reference: str, language: str) -> Response:
        """Answer one."""
        caller_of(request).require("catalogue:read")
        for translation in product_record(reference).translations.all():
            if translation.language == language:
                return self.answer(translation)
        raise NotFound

    @extend_schema(
        summary="Write a translation",
        description="Whole. Needs the right catalogue:write, and If-Match when there is one already.",
        request=TextsInput,
        responses={200: TranslationRecord, 201: TranslationRecord},
        tags=TAGS,
    )
    def update(self, request: Request, reference: str, language: str) -> HttpResponseBase:
        """Write one."""
        caller = caller_of(request)
        caller.require(_WRITE)
        fields = cast("TranslationFields", self.body(TextsInput))

        def work() -> Response:
            translation, is_new = services.translation_set(
                product_id=product_record(reference).pk,
                language=language,
                fields=fields,
                actor=caller.actor,
                precondition=lambda known: None if known is None else self.check(known),
            )
            return self.answer(translation, 201 if is_new else 200)

        return self.once(work)

    @extend_schema(
        summary="Delete a translation",
        description="Shoppers of that language see the product's own texts then. Needs the right catalogue:write and "
        "If-Match.",
        responses={204: None},
        tags=TAGS,
    )
    def destroy(self, request: Request, reference: str, language: str) -> HttpResponseBase:
        """Delete one."""
        caller = caller_of(request)
        caller.require(_WRITE)
        return self.gone(
            lambda: services.translation_delete(
                product_id=product_record(reference).pk, language=language, actor=caller.actor, precondition=self.check
            )
        )


def _media(reference: str, media_id: uuid.UUID) -> Media:
    for media in product_record(reference).media.all():
        if media.pk == media_id:
            return media
    message = "The product has no such picture."
    raise NotFound(message)
