"""Files of pictures in the store: written before their row, forgotten after its row is gone."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from core import clock
from core.ids import uuid7
from products.images import Picture, Pictures
from products.models import Media


def files_store(pictures: Pictures) -> tuple[str, dict[str, str]]:
    """Write a picture and its renditions; return the first's name, and the others' by width."""
    stem = f"products/{clock.now():%Y/%m}/{uuid7().hex}"
    stored: list[str] = []
    try:
        for width, picture in ((None, pictures.original), *pictures.renditions.items()):
            stored.append(_store(f"{stem}.webp" if width is None else f"{stem}-{width}.webp", picture))
    except BaseException:
        files_drop(stored)
        raise
    return stored[0], dict(zip(map(str, pictures.renditions), stored[1:], strict=True))


def files_forget(media: Iterable[Media]) -> None:
    """Delete the files of rows that are about to go, once they are gone for good."""
    names = [name for row in media for name in file_names(row)]
    if names:
        transaction.on_commit(partial(files_drop, names))


def file_names(media: Media) -> list[str]:
    """Return the names of all files of a picture."""
    return [str(media.file.name), *map(str, media.renditions.values())] if media.file else []


def files_drop(names: Iterable[str]) -> None:
    """Delete files; one that isn't there is no error."""
    for name in names:
        default_storage.delete(name)


def _store(name: str, picture: Picture) -> str:
    return default_storage.save(name, ContentFile(picture.content))
