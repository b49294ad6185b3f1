"""The drawn pictures are whole, repeatable, and differ by kind and colour."""

import hashlib

import pytest

from demo import drawing, loader
from demo.drawing import canvas

CONTENT = loader.read()


def digest(kind: str, colour: str) -> str:
    """Return the digest of one picture's pixels."""
    return hashlib.sha256(drawing.draw(kind, colour=colour, backdrop="#e1e9e7").tobytes()).hexdigest()


def test_the_same_thing_is_drawn_the_same_way_and_in_another_colour_otherwise() -> None:
    assert digest("mug", "#4f7f95") == digest("mug", "#4f7f95")
    assert digest("mug", "#4f7f95") != digest("mug", "#cf7a52")


@pytest.mark.parametrize("product", CONTENT.products, ids=lambda product: product.slug)
def test_each_product_has_a_picture_with_something_in_its_middle(product: loader.Product) -> None:
    colour = CONTENT.colours[product.colour_of(product.variants[0])]

    picture = drawing.draw(product.picture.kind, colour=colour, backdrop=product.picture.backdrop)

    assert (picture.size, picture.mode) == ((960, 960), "RGB")
    middle = picture.crop((250, 250, 750, 750)).quantize(64)
    assert len(middle.getcolors() or []) > 8
    corner = picture.crop((0, 0, 8, 8)).quantize(8)
    assert len(corner.getcolors() or []) <= 3, "nothing but the backdrop reaches the corner"


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError, match="submarine"):
        drawing.draw("submarine", colour="#4f7f95", backdrop="#e1e9e7")


def test_a_path_ends_where_it_says_and_a_mirrored_one_is_symmetric() -> None:
    points = canvas.path("M 0 0 L 10 0 Q 20 0 20 10 C 20 20 10 20 0 20")

    assert [round(value, 9) for value in (*points[0], *points[-1])] == [0, 0, 0, 20]
    half = canvas.mirrored("M 600 100 L 700 900", 500)
    assert half == [(600, 100), (700, 900), (300, 900), (400, 100)]


def test_only_what_is_inside_an_outline_is_painted() -> None:
    board = canvas.Canvas.wall("#ffffff")
    with board.inside(canvas.box(400, 400, 600, 600)) as inner:
        inner.fill(canvas.box(0, 0, 1000, 1000), "#ff0000")
        inner.outside(canvas.box(450, 450, 550, 550), "#0000ff")

    picture = board.finish()

    assert picture.getpixel((500, 500)) == (255, 0, 0)
    assert picture.getpixel((420, 500)) == (0, 0, 255)
    assert picture.getpixel((300, 500)) == picture.getpixel((700, 500)) != (0, 0, 255)
