"""How pictures are shown to staff: only files of our own, so that no page of the admin asks another shop's server."""

from collections.abc import Iterable

from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.admin.columns import thumbnail
from products.models import Media


def picture_url(picture: Media) -> str | None:
    """Return the address of a picture's smallest file of ours; None for one that lies elsewhere."""
    if not picture.file:
        return None
    smallest = min(picture.renditions, key=int, default=None)
    return picture.file.storage.url(picture.renditions[smallest]) if smallest else picture.file.url


def first_picture_url(pictures: Iterable[Media]) -> str | None:
    """Return the address of the first picture that we have a file of."""
    return next((url for picture in pictures if (url := picture_url(picture))), None)


def preview(picture: Media, *, size: int) -> SafeString:
    """Return a small picture; a link in its place for one that lies elsewhere."""
    if picture.url:
        return format_html(
            '<a class="tnd-thumb tnd-thumb-link material-symbols-outlined" style="width:{0}px;height:{0}px" href="{1}"'
            ' title="This picture lies elsewhere; it is shown only when you open it." rel="noreferrer noopener"'
            ' target="_blank">open_in_new</a>',
            size,
            picture.url,
        )
    return thumbnail(picture_url(picture), picture.alt, size=size)
