"""The endpoints of categories, brands, attributes and suggestions: read by all, written by staff."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, cast

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.pagination import Sort, page_response, paginate
from core.serializers import QuerySerializer
from core.views import PageQuery
from markets.selectors import language_for, market_for
from products import services
from products.exceptions import CategoryNotFound
from products.fields import AttributeFields, BrandFields, CategoryFields
from products.models import Category
from products.selectors.pages import moved_slug
from products.selectors.shelves import (
    attribute_get,
    attribute_list,
    brand_get,
    brand_list,
    category_get,
    category_tree,
)
from products.selectors.suggestions import suggestions
from products.serializers.queries import SuggestQuery
from products.serializers.shelves import (
    AttributeInput,
    AttributeOutput,
    AttributePatch,
    BrandInput,
    BrandOutput,
    BrandPatch,
    CategoryInput,
    CategoryOutput,
    CategoryPatch,
    CategoryTree,
    SuggestionsOutput,
    branch_data,
)
from products.views.hot import moved_response
from users.authentication import caller_of
from users.resources import ResourceViewSet

TAGS = ["catalogue"]
_WRITE = "catalogue:write"
_NEEDS = "Needs the right catalogue:write and If-Match. "


def _is_staff(request: Request) -> bool:
    return caller_of(request).may("catalogue:read")


class CategoryViewSet(ResourceViewSet):
    """The tree that shoppers browse by."""

    guest_actions = frozenset({"list", "retrieve"})

    def render(self, row: Any) -> dict[str, Any]:
        """Return a category with its path and what is below it."""
        branch, path = category_get(str(row.pk), is_staff=True)
        return self._shown(branch, path)

    def _shown(self, branch: Any, path: list[Category]) -> dict[str, Any]:
        category = branch.category
        above = [{"id": one.pk, "slug": one.slug, "name": one.name} for one in path]
        texts = {
            "description": category.description,
            "seo_title": category.seo_title,
            "seo_description": category.seo_description,
            "metadata": category.metadata,
            "path": above,
        }
        return dict(CategoryOutput(branch_data(branch) | texts).data)

    @extend_schema(
        summary="Read the tree of categories",
        description="The whole tree at once. Shoppers see active categories below active ones; the right "
        "catalogue:read shows all.",
        responses=CategoryTree,
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        """Answer the tree."""
        tree = [branch_data(branch) for branch in category_tree(is_staff=_is_staff(request))]
        return self.tagged({"results": tree})

    @extend_schema(
        summary="Read a category",
        description="By id or slug, with what is above and below it; an old slug answers 308.",
        responses={200: CategoryOutput, 308: None},
        tags=TAGS,
    )
    def retrieve(self, request: Request, reference: str) -> HttpResponseBase:
        """Answer one."""
        try:
            branch, path = category_get(reference, is_staff=_is_staff(request))
        except CategoryNotFound:
            return moved_response(request, reference, moved_slug("category", reference, at=clock.now()))
        return self.tagged(self._shown(branch, path))

    @extend_schema(
        summary="Make a category",
        description="Needs the right catalogue:write.",
        request=CategoryInput,
        responses={201: CategoryOutput},
        tags=TAGS,
    )
    def create(self, request: Request) -> HttpResponseBase:
        """Make one."""
        caller_of(request).require(_WRITE)
        body = self.body(CategoryInput)
        parent = body.pop("parent", None)
        return self.once(
            lambda: self.answer(services.category_create(fields=cast("CategoryFields", body), parent=parent), 201)
        )

    @extend_schema(
        summary="Change or move a category",
        description=_NEEDS + "`parent` moves it with everything below it, `before` among its sisters.",
        request=CategoryPatch,
        responses=CategoryOutput,
        tags=TAGS,
    )
    def partial_update(self, request: Request, reference: str) -> HttpResponseBase:
        """Change one."""
        caller_of(request).require(_WRITE)
        body = self.body(CategoryPatch)
        place = {name: body.pop(name) for name in ("parent", "before") if name in body}
        changes = cast("CategoryFields", body)

        def work() -> Response:
            branch, path = category_get(reference, is_staff=True)
            category_id = branch.category.pk
            # Where it is now, which the precondition sees too, unless the client says another place.
            parent = place.get("parent", path[-1].pk if path else None)
            changed = services.category_update(category_id=category_id, changes=changes, precondition=self.check)
            if place:
                changed = services.category_move(category_id=category_id, parent=parent, before=place.get("before"))
            return self.answer(changed)

        return self.whole(work)

    @extend_schema(
        summary="Delete a category",
        description=_NEEDS + "Its products stay; one with others below it is refused.",
        responses={204: None},
        tags=TAGS,
    )
    def destroy(self, request: Request, reference: str) -> HttpResponseBase:
        """Delete one."""
        caller_of(request).require(_WRITE)
        return self.gone(
            lambda: services.category_delete(
                category_id=category_get(reference, is_staff=True)[0].category.pk, precondition=self.check
            )
        )


class BrandViewSet(ResourceViewSet):
    """Whose make things are."""

    guest_actions = frozenset({"list", "retrieve"})
    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": PageQuery}

    def render(self, row: Any) -> dict[str, Any]:
        """Return a brand as it is answered."""
        return dict(BrandOutput(row).data)

    @extend_schema(
        summary="List brands",
        description="By name.",
        parameters=[PageQuery],
        responses=BrandOutput(many=True),
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        """Page through them."""
        page = paginate(brand_list(), self.page((Sort("name", ("name", "id")),)))
        return page_response(request, page, [self.render(row) for row in page.results])

    @extend_schema(summary="Read a brand", description="By id or slug.", responses=BrandOutput, tags=TAGS)
    def retrieve(self, request: Request, reference: str) -> Response:
        """Answer one."""
        return self.answer(brand_get(reference))

    @extend_schema(
        summary="Make a brand",
        description="Needs the right catalogue:write.",
        request=BrandInput,
        responses={201: BrandOutput},
        tags=TAGS,
    )
    def create(self, request: Request) -> HttpResponseBase:
        """Make one."""
        caller_of(request).require(_WRITE)
        fields = cast("BrandFields", self.body(BrandInput))
        return self.once(lambda: self.answer(services.brand_create(fields=fields), 201))

    @extend_schema(
        summary="Change a brand",
        description=_NEEDS + "Its products show it at once.",
        request=BrandPatch,
        responses=BrandOutput,
        tags=TAGS,
    )
    def partial_update(self, request: Request, reference: str) -> HttpResponseBase:
        """Change one."""
        caller_of(request).require(_WRITE)
        changes = cast("BrandFields", self.body(BrandPatch))
        return self.once(
            lambda: self.answer(
                services.brand_update(brand_id=brand_get(reference).pk, changes=changes, precondition=self.check)
            )
        )

    @extend_schema(
        summary="Delete a brand",
        description=_NEEDS + "One that has products is refused.",
        responses={204: None},
        tags=TAGS,
    )
    def destroy(self, request: Request, reference: str) -> HttpResponseBase:
        """Delete one."""
        caller_of(request).require(_WRITE)
        return self.gone(lambda: services.brand_delete(brand_id=brand_get(reference).pk, precondition=self.check))


class AttributeViewSet(ResourceViewSet):
    """Typed properties of products."""

    guest_actions = frozenset({"list", "retrieve"})
    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": PageQuery}

    def render(self, row: Any) -> dict[str, Any]:
        """Return an attribute as it is answered."""
        return dict(AttributeOutput(row).data)

    @extend_schema(
        summary="List attributes",
        description="In the order shoppers see them.",
        parameters=[PageQuery],
        responses=AttributeOutput(many=True),
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        """Page through them."""
        page = paginate(attribute_list(), self.page((Sort("position", ("position", "id")),)))
        return page_response(request, page, [self.render(row) for row in page.results])

    @extend_schema(summary="Read an attribute", description="By id.", responses=AttributeOutput, tags=TAGS)
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Answer one."""
        return self.answer(attribute_get(id))

    @extend_schema(
        summary="Make an attribute",
        description="Needs the right catalogue:write.",
        request=AttributeInput,
        responses={201: AttributeOutput},
        tags=TAGS,
    )
    def create(self, request: Request) -> HttpResponseBase:
        """Make one."""
        caller_of(request).require(_WRITE)
        fields = cast("AttributeFields", self.body(AttributeInput))
        return self.once(lambda: self.answer(services.attribute_create(fields=fields), 201))

    @extend_schema(
        summary="Change an attribute",
        description=_NEEDS + "Never so that a product's value would lose its meaning.",
        request=AttributePatch,
        responses=AttributeOutput,
        tags=TAGS,
    )
    def partial_update(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Change one."""
        caller_of(request).require(_WRITE)
        changes = cast("AttributeFields", self.body(AttributePatch))
        return self.once(
            lambda: self.answer(services.attribute_update(attribute_id=id, changes=changes, precondition=self.check))
        )

    @extend_schema(
        summary="Delete an attribute",
        description=_NEEDS + "One that products carry is refused.",
        responses={204: None},
        tags=TAGS,
    )
    def destroy(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Delete one."""
        caller_of(request).require(_WRITE)
        return self.gone(lambda: services.attribute_delete(attribute_id=id, precondition=self.check))


class SuggestionViewSet(ResourceViewSet):
    """What somebody may mean who is still typing."""

    guest_actions = frozenset({"retrieve"})
    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"retrieve": SuggestQuery}

    @extend_schema(
        summary="Suggest products and categories",
        description="By the beginning of what is typed.",
        parameters=[SuggestQuery],
        responses=SuggestionsOutput,
        tags=TAGS,
    )
    def retrieve(self, request: Request) -> Response:
        """Answer what fits."""
        market = market_for(self.query.get("market"))
        accepted = request.headers.get("Accept-Language", "")
        language = language_for(market.languages, wanted=self.query.get("language"), accepted=accepted)
        found = suggestions(
            self.query["q"], market=market, language=language, at=clock.now(), limit=self.query["limit"]
        )
        return self.tagged(dict(SuggestionsOutput({"products": found.products, "categories": found.categories}).data))
