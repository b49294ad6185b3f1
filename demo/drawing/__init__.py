"""Drawn pictures of the demo shop's products: the same bytes on every machine, no file to download."""

from collections.abc import Callable

from PIL import Image

from demo.drawing import bags, garden, home, kitchen, lighting, stationery, textiles, toys
from demo.drawing.canvas import Canvas

_Drawing = Callable[[Canvas, str], None]

ON_TABLE: dict[str, _Drawing] = {
    drawing.__name__: drawing
    for drawing in (
        kitchen.mug,
        kitchen.espresso_cups,
        kitchen.carafe,
        kitchen.kettle,
        kitchen.casserole,
        kitchen.board,
        kitchen.jar,
        kitchen.bowl,
        kitchen.mortar,
        kitchen.teapot,
        kitchen.bottle,
        kitchen.cookbook,
        home.chair,
        home.stool,
        home.basket,
        home.vase,
        lighting.table_lamp,
        lighting.desk_lamp,
        lighting.lighthouse,
        lighting.lantern,
        lighting.candle,
        textiles.blanket,
        textiles.cushion,
        textiles.towel,
        stationery.calendar,
        stationery.pen_cup,
        stationery.ink,
        stationery.wrap,
        garden.watering_can,
        garden.pot,
        garden.trug,
        bags.backpack,
        bags.weekender,
        toys.train,
        toys.stacking,
        toys.blocks,
        toys.boat,
        toys.rabbit,
    )
}
ON_WALL: dict[str, _Drawing] = {
    drawing.__name__: drawing
    for drawing in (
        home.mirror,
        home.clock,
        home.shelf,
        lighting.pendant,
        lighting.paper_lantern,
        lighting.string_lights,
        textiles.tea_towel,
        textiles.apron,
        textiles.rug,
        textiles.slippers,
        stationery.notebook,
        stationery.pen,
        stationery.pencils,
        stationery.guide,
        stationery.gift_card,
        garden.trowel,
        garden.secateurs,
        garden.birdhouse,
        garden.seeds,
        garden.gloves,
        garden.hanging_planter,
        bags.tote,
        bags.pouch,
        bags.crossbody,
        bags.net_bag,
        toys.kite,
        toys.puzzle,
    )
}
KINDS = frozenset(ON_TABLE) | frozenset(ON_WALL)


def draw(kind: str, *, colour: str, backdrop: str) -> Image.Image:
    """Return a square picture of one kind of thing, in one colour, before a wall of another.

    Raises:
        KeyError: there is no drawing of this kind.

    """
    if kind in ON_TABLE:
        canvas = Canvas.table(backdrop)
        ON_TABLE[kind](canvas, colour)
    else:
        canvas = Canvas.wall(backdrop)
        ON_WALL[kind](canvas, colour)
    return canvas.finish()
