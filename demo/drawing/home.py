"""Pictures of furniture and decoration."""

from demo.drawing.canvas import Canvas, box, darker, lighter, mirrored, mix, moved, oval, path, turned
from demo.drawing.materials import BRASS, CREAM, DEEP_LEAF, LEAF, RED, ROPE, YELLOW


def chair(c: Canvas, colour: str) -> None:
    """Draw a ladder-back chair with a woven seat."""
    c.ground(505, 866, 230)
    back = darker(colour, 0.12)
    for x in (372, 642):
        c.tube([(x, 560), (x, 800)], back, 24)
    for y in (210, 300, 390):
        rail = path(f"M 352 {y} Q 500 {y - 34} 650 {y} L 648 {y + 46} Q 500 {y + 14} 354 {y + 46}")
        c.solid(rail, colour, depth=10, shine=7)
    for x, foot in ((346, 354), (656, 648)):
        c.tube([(x, 150), (foot, 560)], colour, 30)
        c.solid(oval(x, 146, 19, 24), colour, depth=8, shine=5)
    seat = path("M 336 536 L 664 536 L 716 622 Q 718 644 700 644 L 300 644 Q 282 644 284 622")
    c.solid(seat, ROPE, depth=12, shine=8)
    with c.inside(seat) as inner:
        for k in range(12):
            inner.line([(500, 590), (270 + k * 42, 520)], darker(ROPE, 0.2), 4)
            inner.line([(500, 590), (250 + k * 46, 660)], darker(ROPE, 0.2), 4)
        for k in range(7):
            inner.line([(260, 520 + k * 22), (500, 590), (740, 520 + k * 22)], darker(ROPE, 0.2), 4)
        inner.fill(box(260, 624, 740, 660), darker(colour, 0.1))
    c.tube([(306, 744), (694, 744)], colour, 20)
    for x, foot in ((306, 298), (694, 702)):
        c.tube([(x, 640), (foot, 866)], colour, 32)


def stool(c: Canvas, colour: str) -> None:
    """Draw a three-legged stool with a thick round seat."""
    c.ground(500, 862, 220)
    c.tube([(500, 420), (500, 800)], darker(colour, 0.18), 34)
    c.tube([(392, 640), (608, 640)], darker(colour, 0.08), 20)
    c.tube([(380, 420), (296, 856)], colour, 38)
    c.tube([(620, 420), (704, 856)], colour, 38)
    c.solid(mirrored("M 500 372 L 752 372 Q 760 440 700 446 L 500 452"), darker(colour, 0.1), depth=40, shine=8)
    c.solid(oval(500, 372, 254, 62), lighter(colour, 0.2), depth=6, shine=10)
    with c.inside(oval(500, 372, 254, 62)) as inner:
        for rx, ry in ((200, 46), (146, 33), (92, 21), (40, 9)):
            inner.ring(oval(492, 374, rx, ry), darker(colour, 0.04), 5)


def basket(c: Canvas, colour: str) -> None:
    """Draw a woven basket with two loops, a blanket hanging over its rim."""
    c.ground(500, 832, 250)
    for x in (350, 650):
        c.tube(path(f"M {x - 66} 480 C {x - 60} 350 {x + 60} 350 {x + 66} 480"), darker(colour, 0.2), 26)
    body = mirrored("M 764 470 Q 800 640 730 800 Q 720 836 680 838 L 500 838")
    c.fill(oval(500, 470, 264, 44), darker(colour, 0.45))
    c.solid(
        path("M 260 470 Q 330 400 440 424 Q 560 390 620 430 Q 720 420 744 474 Q 500 540 260 470"), "#d9877b", depth=20
    )
    c.solid(body, colour, depth=64, shine=16)
    with c.inside(body) as inner:
        for row, y in enumerate(range(488, 850, 32)):
            for x in range(190 + row % 2 * 28, 830, 56):
                inner.fill(oval(x, y, 25, 12), darker(colour, 0.17))
                inner.fill(oval(x - 2, y - 4, 22, 8), lighter(colour, 0.22))
        inner.outside(moved(body, -64, -14), darker(colour, 0.3))
        for row, y in enumerate(range(488, 850, 32)):
            for x in range(638 + row % 2 * 28, 830, 56):
                inner.fill(oval(x, y, 20, 8), lighter(colour, 0.06), 0.45)
    c.tube(path("M 240 474 Q 500 520 760 474"), lighter(colour, 0.1), 32)
    throw = path("M 400 440 L 610 440 Q 628 600 606 700 Q 510 740 420 704 Q 396 600 400 440")
    c.solid(throw, "#d9877b", depth=26, shine=12)
    with c.inside(throw) as inner:
        for y in (520, 548, 640):
            inner.line(path(f"M 380 {y} Q 500 {y + 26} 640 {y - 4}"), "#f6e3d8", 10)
    for k in range(9):
        c.line(
            [(428 + k * 22, 708 + 9 * (k in (2, 3, 4, 5, 6))), (426 + k * 22, 738 + 9 * (k in (3, 4, 5)))], "#d9877b", 8
        )


def vase(c: Canvas, colour: str) -> None:
    """Draw a bellied vase with three stems."""
    c.ground(500, 836, 150)
    stems = (
        "M 500 520 C 500 400 490 330 470 210",
        "M 508 520 C 520 420 590 360 620 290",
        "M 492 520 C 480 440 400 400 370 330",
    )
    for stem in stems:
        c.line(path(stem), DEEP_LEAF, 9)
    for x, y, angle in (
        (440, 430, -40),
        (560, 420, 46),
        (530, 340, 30),
        (462, 340, -30),
        (424, 372, 20),
        (590, 352, -30),
    ):
        c.fill(turned(oval(x, y, 17, 48), angle, (x, y)), LEAF)
    for x, y, radius, tone in ((468, 200, 58, YELLOW), (626, 282, 50, "#f2d27f"), (364, 322, 46, "#f2d27f")):
        for k in range(9):
            petal = turned(oval(x, y - radius * 0.72, radius * 0.3, radius * 0.46), k * 40, (x, y))
            c.fill(petal, tone if k % 2 else lighter(tone, 0.25))
        c.solid(oval(x, y, radius * 0.36), "#a8672f", depth=6, shine=4)
    body = mirrored("M 568 470 Q 540 510 552 540 C 600 590 690 620 690 712 C 690 800 620 838 560 838 L 500 838")
    c.solid(body, colour, depth=52, shine=15)
    with c.inside(body) as inner:
        inner.fill(path("M 360 660 Q 336 700 342 740 L 366 744 Q 364 704 388 672"), "#ffffff", 0.4)
        inner.line(path("M 300 730 Q 500 780 700 730"), lighter(colour, 0.45), 10)
        inner.line(path("M 300 758 Q 500 806 700 758"), lighter(colour, 0.45), 5)
    c.fill(oval(500, 470, 68, 15), lighter(colour, 0.35))
    c.fill(oval(500, 471, 58, 10), darker(colour, 0.35))


def mirror(c: Canvas, colour: str) -> None:
    """Draw a round mirror hanging from a strap."""
    c.cast(oval(500, 560, 290), 20)
    c.line([(330, 340), (500, 120), (670, 340)], "#8a5a3c", 16)
    c.solid(oval(500, 120, 26), BRASS, depth=9, shine=5)
    c.solid(oval(500, 560, 290), colour, depth=16, shine=12)
    glass = oval(500, 560, 250)
    with c.inside(glass) as inner:
        inner.fill(glass, "#cfe0e3")
        inner.fill(path("M 250 640 L 620 250 L 740 330 L 300 800"), "#e4eff0")
        inner.fill(path("M 380 830 L 780 420 L 790 480 L 440 850"), "#e4eff0")
        inner.outside(moved(glass, 14, 12), "#a9c0c6")


def clock(c: Canvas, colour: str) -> None:
    """Draw a round wall clock with plain marks."""
    rim = oval(500, 500, 310)
    c.cast(rim, 22)
    c.solid(rim, colour, depth=22, shine=16)
    face = oval(500, 500, 258)
    with c.inside(face) as inner:
        inner.fill(face, "#fbf6ea")
        inner.outside(moved(face, 12, 12), "#e3d9c6")
    for hour in range(12):
        length = 44 if hour % 3 == 0 else 22
        c.line(turned([(500, 268), (500, 268 + length)], hour * 30), darker(colour, 0.2), 12 if hour % 3 == 0 else 7)
    ink = "#3c3844"
    c.line(turned([(500, 530), (500, 372)], 305), ink, 18)
    c.line(turned([(500, 545), (500, 300)], 52), ink, 12)
    c.line(turned([(500, 560), (500, 310)], 205), "#cf5c4a", 5)
    c.solid(oval(500, 500, 20), "#cf5c4a", depth=6, shine=4)


def shelf(c: Canvas, colour: str) -> None:
    """Draw a wall shelf carrying books, a plant and a little jug."""
    c.cast(box(150, 600, 850, 650), 18)
    for x in (260, 740):
        bracket = path(f"M {x - 16} 646 L {x + 16} 646 L {x + 16} 790 Q {x} 806 {x - 16} 790")
        c.cast(bracket, 10)
        c.solid(bracket, darker(colour, 0.16), depth=12, shine=6)
    c.solid(box(150, 600, 850, 650, 8), colour, depth=12, shine=8)
    for x in (200, 340, 520, 700):
        c.line(path(f"M {x} 622 Q {x + 60} 632 {x + 110} 620"), darker(colour, 0.14), 4)
    spine = 206
    for width, height, tone in ((46, 230, "#4f83ab"), (58, 270, RED), (38, 210, YELLOW), (52, 250, "#5d7f6a")):
        c.solid(box(spine, 600 - height, spine + width, 600, 4), tone, depth=9, shine=6)
        c.fill(box(spine + 8, 640 - height, spine + width - 12, 650 - height), CREAM)
        spine += width + 2
    c.solid(turned(box(spine + 4, 366, spine + 46, 600, 4), 13, (spine + 46, 600)), "#c9879a", depth=9, shine=6)
    for x, y, angle in (
        (560, 380, -38),
        (600, 350, -8),
        (650, 372, 30),
        (530, 440, -62),
        (680, 440, 60),
        (620, 410, 10),
    ):
        c.solid(turned(oval(x, y, 24, 62), angle, (x, y)), LEAF if angle > 0 else DEEP_LEAF, depth=10, shine=5)
    c.solid(mirrored("M 670 460 L 656 580 Q 652 600 636 600 L 608 600", 608), "#cf7a52", depth=22, shine=7)
    c.solid(box(534, 446, 682, 478, 8), "#d98b63", depth=14, shine=6)
    jug = mirrored("M 778 500 Q 770 520 788 540 Q 800 596 776 600 L 752 600", 752)
    c.tube(path("M 782 512 C 830 504 830 570 790 574"), mix(colour, "#fbf4e6", 0.7), 12)
    c.solid(jug, "#fbf4e6", depth=18, shine=5)
