"""The demo's pictures: drawn and made ready on all cores at once. Keeping them is the catalogue's work."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from demo import drawing
from demo.loader import Content, Product
from products.images import QUICK, Pictures, pictures_of

# More processes take longer to start than they save.
MAX_PROCESSES = 4


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture of a product in one of its colours."""

    slug: str
    colour: str
    pictures: Pictures


@dataclass(frozen=True, slots=True)
class _Job:
    slug: str
    colour: str
    kind: str
    paint: str
    backdrop: str


def colours_of(product: Product) -> list[str]:
    """Return the colours that a product's variants come in, in their order."""
    return list(dict.fromkeys(product.colour_of(variant) for variant in product.variants))


@contextmanager
def drawn(content: Content) -> Iterator[Iterator[Drawn]]:
    """Begin to draw every picture of the shop, and give them in the products' order as they are done.

    The drawing goes on in other processes while the caller does something else. They import this module alone, without
    Django's apps, so nothing here may import a model.
    """
    jobs = [
        _Job(product.slug, colour, product.picture.kind, content.colours[colour], product.picture.backdrop)
        for product in content.products
        for colour in colours_of(product)
    ]
    processes = min(os.cpu_count() or 1, MAX_PROCESSES)
    # "spawn" starts clean processes, which know nothing of this one's database connection.
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _begin) as pool:
        try:
            yield pool.map(_draw, jobs, chunksize=4)
        finally:
            pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """Leave Ctrl-C to the process that began this one, and end with it, even when it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _draw(job: _Job) -> Drawn:
    picture = drawing.draw(job.kind, colour=job.paint, backdrop=job.backdrop)
    return Drawn(job.slug, job.colour, pictures_of(picture, pace=QUICK))
