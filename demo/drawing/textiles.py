"""Pictures of blankets, cushions, linen and other cloth."""

from demo.drawing.canvas import Canvas, box, darker, detail, lighter, mirrored, moved, oval, path, scaled, turned
from demo.drawing.materials import BEECH, CREAM, ROPE


def blanket(c: Canvas, colour: str) -> None:
    """Draw a folded wool blanket with stripes and fringes, tied with a band."""
    c.ground(500, 836, 300)
    for k, (y, tone) in enumerate(((710, darker(colour, 0.08)), (584, colour), (458, lighter(colour, 0.1)))):
        fold = path(f"M 240 {y} L 730 {y} Q 804 {y + 4} 804 {y + 62} Q 804 {y + 124} 730 {y + 126} L 240 {y + 126}")
        c.solid(fold, tone, depth=26, shine=13)
        with c.inside(fold) as inner:
            for x, width in ((560, 46), (632, 14), (664, 14)):
                inner.fill(box(x, y - 4, x + width, y + 130), CREAM, 0.85)
            inner.fill(box(220, y + 106, 820, y + 130), "#33203a", 0.14)
        for step in range(11):
            top = y + 9 + step * 11
            c.line([(242, top), (170 + (step * 7 + k * 5) % 20, top + 6)], darker(tone, 0.05 + 0.05 * (step % 2)), 6)
    band = box(350, 450, 446, 838, 4)
    c.solid(band, BEECH, depth=16, shine=6)
    c.fill(path("M 398 520 L 418 576 L 378 576"), "#7d5b42")
    c.fill(oval(398, 514, 10), "#7d5b42")
    c.line([(372, 600), (424, 600)], "#7d5b42", 6)
    c.line([(372, 624), (410, 624)], "#7d5b42", 4)


def cushion(c: Canvas, colour: str) -> None:
    """Draw a plump square cushion with piped edges."""
    c.ground(500, 828, 270)
    outline = path(
        "M 214 266 Q 500 330 786 266 Q 822 262 812 300 Q 760 550 816 790 Q 820 830 780 824 Q 500 770 220 824"
        " Q 180 830 186 790 Q 240 550 188 300 Q 180 262 214 266"
    )
    c.cast(outline, 12)
    c.solid(outline, colour, depth=40, shine=16)
    with c.inside(outline) as inner:
        inner.ring(scaled(outline, 0.955, (500, 546)), detail(colour, 0.2), 5)
        for k in range(5):
            for row in range(4):
                x, y = 310 + k * 95, 400 + row * 96
                leaf = detail(colour, 0.22)
                inner.line([(x, y + 26), (x, y - 26)], leaf, 5)
                for dy in (-12, 6):
                    inner.line([(x - 20, y + dy - 14), (x, y + dy), (x + 20, y + dy - 14)], leaf, 5)


def tea_towel(c: Canvas, colour: str) -> None:
    """Draw two tea towels hanging from a peg rail."""
    rail = box(130, 170, 870, 226, 14)
    c.cast(rail, 14)
    c.solid(rail, BEECH, depth=14, shine=8)
    for x, tone, striped in ((330, CREAM, True), (670, colour, False)):
        towel = path(
            f"M {x - 20} 262 Q {x} 236 {x + 20} 262 Q {x + 100} 330 {x + 128} 420 L {x + 138} 800"
            f" Q {x + 70} 822 {x} 806"
            f" Q {x - 70} 792 {x - 138} 812 L {x - 128} 420 Q {x - 100} 330 {x - 20} 262"
        )
        c.cast(towel, 14)
        c.solid(towel, tone, depth=30, shine=12)
        with c.inside(towel) as inner:
            for y, width in ((690, 30), (734, 10), (660, 10)):
                band = path(f"M {x - 150} {y} Q {x} {y - 14} {x + 150} {y}")
                inner.line(band, colour if striped else CREAM, width)
            if striped:
                for dx in (-84, 0, 84):
                    inner.line([(x + dx * 0.4, 300), (x + dx, 830)], colour, 8)
            for dx in (-60, 20, 76):
                inner.line([(x + dx * 0.2, 280), (x + dx, 640)], darker(tone, 0.2), 8, 0.4)
        c.tube([(x, 208), (x, 262)], darker(BEECH, 0.15), 26)
        c.solid(oval(x, 262, 22), BEECH, depth=8, shine=6)


def apron(c: Canvas, colour: str) -> None:
    """Draw a cross-back apron on a hook, its front pocket holding a spoon."""
    c.solid(oval(500, 118, 20), "#d8a945", depth=7, shine=4)
    strap = detail(colour, 0.15)
    c.line(path("M 420 316 Q 430 180 500 130 Q 570 180 580 316"), strap, 20)
    c.line(path("M 284 524 C 200 560 210 680 160 730"), strap, 16)
    c.line(path("M 716 524 C 800 560 790 680 840 730"), strap, 16)
    body = mirrored("M 610 300 Q 606 430 720 500 L 736 850 Q 620 872 500 868")
    c.cast(body, 16)
    c.solid(body, colour, depth=40, shine=14)
    with c.inside(body) as inner:
        inner.line(mirrored("M 600 318 L 500 318"), detail(colour, 0.2), 5)
        inner.line([(540, 600), (552, 860)], darker(colour, 0.2), 10, 0.4)
        inner.line([(330, 560), (312, 850)], darker(colour, 0.2), 8, 0.4)
    c.tube([(590, 470), (584, 640)], BEECH, 18)
    c.solid(turned(oval(592, 446, 32, 46), 4, (592, 446)), BEECH, depth=10, shine=6)
    pocket = box(366, 590, 634, 750, 16)
    c.solid(pocket, lighter(colour, 0.08), depth=12, shine=8)
    c.stitches([(380, 612), (620, 612)], detail(colour, 0.4), 5)
    c.stitches([(500, 620), (500, 740)], detail(colour, 0.4), 5)


def towel(c: Canvas, colour: str) -> None:
    """Draw a pile of bath towels with a rolled one on top."""
    c.ground(500, 836, 280)
    tones = (colour, lighter(colour, 0.35), darker(colour, 0.1))
    for y, tone in zip((738, 642, 546), tones, strict=True):
        fold = path(
            f"M 250 {y} L 720 {y} Q 784 {y + 2} 784 {y + 48} Q 784 {y + 96} 720 {y + 98} L 250 {y + 98}"
            f" Q 224 {y + 50} 250 {y}"
        )
        c.solid(fold, tone, depth=22, shine=12)
        with c.inside(fold) as inner:
            inner.line([(236, y + 50), (730, y + 50)], darker(tone, 0.2), 6)
            inner.line(path(f"M 730 {y + 50} Q 752 {y + 50} 752 {y + 40}"), darker(tone, 0.2), 6)
            for x in (300, 326):
                inner.line([(x, y), (x, y + 98)], lighter(tone, 0.5), 8)
    roll = path("M 330 406 L 640 406 Q 700 410 700 476 Q 700 546 640 548 L 330 548 Q 290 530 290 476 Q 290 410 330 406")
    c.solid(roll, lighter(colour, 0.55), depth=26, shine=12)
    end = oval(336, 477, 52, 71)
    c.solid(end, lighter(colour, 0.7), depth=8, shine=6)
    spiral = [p for k, r in enumerate((40, 30, 20, 10)) for p in oval(336, 477, r * 0.74, r)[k * 4 : 72 - k * 2]]
    c.line(spiral, darker(lighter(colour, 0.4), 0.2), 5)
    for x in (580, 606):
        c.line(path(f"M {x} 410 Q {x + 22} 476 {x} 546"), colour, 8)


def rug(c: Canvas, colour: str) -> None:
    """Draw a flat-woven rug seen from above, with tassels."""
    field = box(150, 250, 850, 750, 6)
    c.cast(field, 14)
    for x, way in ((150, -1), (850, 1)):
        for k in range(20):
            y = 262 + k * 25
            c.line([(x, y), (x + way * 52, y + (k % 3 - 1) * 5)], ROPE, 8)
            c.fill(oval(x + way * 6, y, 8), darker(ROPE, 0.1))
    c.solid(field, colour, depth=12, shine=10)
    with c.inside(field) as inner:
        for x0, x1 in ((186, 214), (786, 814)):
            inner.fill(box(x0, 240, x1, 760), CREAM)
        for x in (240, 760):
            for k in range(10):
                y = 275 + k * 50
                inner.fill([(x, y - 25), (x + 25, y), (x, y + 25), (x - 25, y)], lighter(colour, 0.5))
        for scale, tone in ((1, CREAM), (0.78, darker(colour, 0.25)), (0.56, lighter(colour, 0.35)), (0.3, CREAM)):
            inner.fill(scaled([(500, 280), (730, 500), (500, 720), (270, 500)], scale), tone)
        for x, y in ((330, 330), (670, 330), (330, 670), (670, 670)):
            inner.fill([(x, y - 46), (x + 46, y), (x, y + 46), (x - 46, y)], CREAM)
            inner.fill([(x, y - 24), (x + 24, y), (x, y + 24), (x - 24, y)], darker(colour, 0.25))
        for k in range(50):
            inner.line([(150, 255 + k * 10), (850, 255 + k * 10)], "#33203a", 2, 0.05)


def slippers(c: Canvas, colour: str) -> None:
    """Draw a pair of felt slippers seen from above."""
    for x, lean in ((350, -6), (650, 6)):
        sole = turned(
            path(
                f"M {x} 200 C {x + 150} 200 {x + 140} 420 {x + 112} 560 C {x + 106} 660 {x + 120} 820 {x} 820"
                f" C {x - 120} 820 {x - 106} 660 {x - 112} 560 C {x - 140} 420 {x - 150} 200 {x} 200"
            ),
            lean,
            (x, 510),
        )
        c.cast(sole, 14)
        c.solid(sole, darker(colour, 0.3), depth=12, shine=8)
        inside = scaled(sole, 0.9, (x, 510))
        c.fill(inside, CREAM)
        with c.inside(inside) as inner:
            inner.outside(moved(inside, 12, 16), darker(CREAM, 0.25))
            inner.line(turned([(x - 30, 720), (x + 30, 720)], lean, (x, 510)), "#c9b695", 8)
        with c.inside(sole) as inner:
            upper = turned(
                path(
                    f"M {x - 200} 160 L {x + 200} 160 L {x + 200} 560 L {x + 120} 560 Q {x} 430 {x - 120} 560"
                    f" L {x - 200} 560"
                ),
                lean,
                (x, 510),
            )
            inner.fill(moved(upper, 0, 16), "#33203a", 0.2)
            with inner.inside(upper) as top:
                top.solid(sole, colour, depth=30, shine=16)
                top.stitches(
                    turned(path(f"M {x + 112} 534 Q {x} 410 {x - 112} 534"), lean, (x, 510)), lighter(colour, 0.6), 6
                )
