"""Pictures of bags and pouches."""

from demo.drawing.canvas import Canvas, box, darker, detail, lighter, mirrored, moved, oval, path
from demo.drawing.materials import BRASS, CREAM, IRON, LEAF, RED, WALNUT, YELLOW


def tote(c: Canvas, colour: str) -> None:
    """Draw a canvas tote with a lighthouse printed on it."""
    c.cast(mirrored("M 730 390 L 760 840 L 500 852"), 18)
    strap = path("M 370 400 C 350 90 650 90 630 400")
    c.line(moved(strap, 16, -26), darker(colour, 0.28), 34)
    body = mirrored("M 720 380 L 756 800 Q 758 846 716 850 L 500 854")
    c.solid(body, colour, depth=44, shine=16)
    c.tube(strap, colour, 36)
    mark = detail(colour, 0.55)
    with c.inside(body) as inner:
        inner.stitches([(260, 420), (740, 420)], detail(colour, 0.3), 5)
        for x in (370, 630):
            inner.ring(box(x - 24, 400, x + 24, 452), detail(colour, 0.3), 4)
        inner.fill(path("M 476 560 L 524 560 L 546 730 L 454 730"), mark)
        for y in (592, 654):
            inner.fill(path(f"M 440 {y} L 560 {y} L 560 {y + 26} L 440 {y + 26}"), colour)
        inner.fill(path("M 466 550 Q 470 500 500 490 Q 530 500 534 550"), mark)
        for side in (-1, 1):
            for y in (500, 528, 556):
                inner.line([(500 + side * 60, 530), (500 + side * 130, y - 2)], mark, 6)
        inner.line(path("M 380 760 Q 410 736 440 760 Q 470 784 500 760 Q 530 736 560 760 Q 590 784 620 760"), mark, 8)


def backpack(c: Canvas, colour: str) -> None:
    """Draw a roll-top backpack with a buckle and side straps."""
    c.ground(500, 836, 210)
    for side in (-1, 1):
        c.line(
            path(f"M {500 + side * 190} 420 C {500 + side * 290} 500 {500 + side * 290} 720 {500 + side * 196} 790"),
            darker(colour, 0.4),
            34,
        )
    c.line(path("M 450 196 C 450 110 550 110 550 196"), darker(colour, 0.45), 22)
    body = mirrored("M 690 320 Q 726 560 716 780 Q 710 838 650 838 L 500 838")
    c.solid(body, colour, depth=54, shine=16)
    top = mirrored("M 680 200 Q 716 206 712 250 L 700 372 L 500 384")
    c.solid(top, lighter(colour, 0.07), depth=46, shine=13)
    c.solid(box(296, 186, 704, 250, 30), lighter(colour, 0.14), depth=16, shine=9)
    with c.inside(top) as inner:
        inner.fill(path("M 280 366 Q 500 388 720 366 L 720 400 L 280 400"), "#33203a", 0.16)
    pocket = box(336, 540, 664, 796, 30)
    c.solid(pocket, lighter(colour, 0.05), depth=20, shine=10)
    c.stitches([(356, 590), (644, 590)], detail(colour, 0.35), 5)
    c.line([(356, 570), (644, 570)], IRON, 9)
    c.line([(620, 570), (620, 616)], BRASS, 12)
    c.solid(box(478, 196, 522, 470, 6), WALNUT, depth=12, shine=6)
    c.ring(box(462, 420, 538, 480, 8), BRASS, 12)
    c.line([(500, 420), (500, 470)], BRASS, 9)
    c.solid(box(456, 640, 544, 706, 8), WALNUT, depth=8, shine=5)
    c.fill(path("M 500 652 L 512 690 L 488 690"), "#e8c99b")


def weekender(c: Canvas, colour: str) -> None:
    """Draw a weekend bag with leather handles and a luggage tag."""
    c.ground(500, 836, 330)
    c.line(path("M 390 470 C 390 250 610 250 610 470"), darker(WALNUT, 0.35), 28)
    body = mirrored("M 500 420 Q 720 416 780 446 Q 846 490 846 640 L 838 780 Q 830 838 770 838 L 500 838")
    c.solid(body, colour, depth=66, shine=18)
    with c.inside(body) as inner:
        base = path("M 140 726 Q 500 754 860 726 L 860 860 L 140 860")
        inner.fill(base, WALNUT)
        inner.fill(path("M 786 724 L 860 722 L 860 860 L 760 860 Q 790 800 786 724"), darker(WALNUT, 0.2))
        inner.stitches(path("M 150 744 Q 500 772 850 744"), lighter(WALNUT, 0.4), 5)
        inner.line(path("M 190 478 Q 500 452 810 478"), IRON, 10)
    for x in (360, 640):
        c.solid(box(x - 26, 440, x + 26, 720, 6), WALNUT, depth=12, shine=7)
        for y in (480, 700):
            c.fill(oval(x, y, 8), BRASS)
    c.tube(path("M 360 470 C 350 210 650 210 640 470"), WALNUT, 30)
    c.tube(path("M 448 276 Q 500 256 552 276"), darker(WALNUT, 0.2), 46)
    c.line([(640, 470), (712, 540)], WALNUT, 8)
    c.solid(box(690, 530, 752, 634, 12), "#d9a878", depth=8, shine=6)
    c.fill(box(702, 556, 740, 610, 4), CREAM)


def pouch(c: Canvas, colour: str) -> None:
    """Draw two zip pouches, a large one behind a small one."""
    for x, y, half, height, tone in ((470, 250, 290, 420, colour), (600, 520, 220, 300, lighter(colour, 0.5))):
        body = mirrored(
            f"M {x + half - 10} {y} Q {x + half} {y + 20} {x + half + 6} {y + 60} L {x + half + 12} {y + height - 40}"
            f" Q {x + half + 8} {y + height} {x + half - 40} {y + height} L {x} {y + height}",
            x,
        )
        c.cast(body, 18)
        c.solid(body, tone, depth=30, shine=14)
        with c.inside(body) as inner:
            inner.fill(box(x - half - 20, y, x + half + 20, y + 46), darker(tone, 0.35))
            inner.stitches([(x - half, y + 23), (x + half, y + 23)], BRASS, 12, dash=7, gap=9)
            inner.stitches([(x - half, y + 68), (x + half, y + 68)], detail(tone, 0.35), 5)
            for k in range(9):
                inner.line(
                    path(
                        f"M {x - half - 10} {y + 150 + k * 34} Q {x} {y + 176 + k * 34}"
                        f" {x + half + 20} {y + 150 + k * 34}"
                    ),
                    detail(tone, 0.1 if k % 3 else 0.3),
                    7,
                )
        c.tube([(x + half - 30, y + 24), (x + half + 26, y + 80)], BRASS, 14)
        c.line([(x + half + 26, y + 80), (x + half + 40, y + 150)], RED, 14)


def crossbody(c: Canvas, colour: str) -> None:
    """Draw a half-moon shoulder bag hanging by its strap."""
    c.solid(oval(500, 100, 22), BRASS, depth=8, shine=4)
    strap = path("M 262 520 C 300 330 450 160 500 104 C 550 160 700 330 738 520")
    c.line(moved(strap, 10, 18), "#3b2a3a", 18, 0.2)
    c.tube(strap, darker(colour, 0.2), 24)
    for side in (-1, 1):
        c.ring(oval(500 + side * 242, 516, 26), BRASS, 10)
    body = mirrored("M 770 520 C 800 720 700 860 500 860")
    c.cast(body, 20)
    c.solid(body, colour, depth=56, shine=16)
    with c.inside(body) as inner:
        inner.stitches(path("M 244 560 C 236 720 330 836 500 836 C 670 836 764 720 756 560"), detail(colour, 0.35), 5)
    flap = mirrored("M 770 516 C 780 560 770 600 750 626 Q 640 690 500 692")
    c.fill(moved(flap, 0, 14), "#33203a", 0.16)
    c.solid(flap, lighter(colour, 0.1), depth=30, shine=12)
    c.solid(box(226, 500, 774, 544, 20), darker(colour, 0.08), depth=12, shine=8)
    c.solid(oval(500, 676, 30), BRASS, depth=10, shine=6)


def net_bag(c: Canvas, colour: str) -> None:
    """Draw a net shopping bag full of fruit, with a loaf and leeks showing."""
    c.line(path("M 380 470 C 350 90 650 90 620 470"), colour, 20)
    c.solid(path("M 590 520 L 640 240 Q 660 190 700 210 Q 736 232 720 280 L 680 540"), "#d9a05c", depth=20, shine=9)
    for y in (280, 330, 380):
        c.line([(648, y + 20), (692, y)], "#f0d3a0", 9)
    for lean in (-40, -12, 16):
        c.line(path(f"M 350 520 Q 340 380 {330 + lean} 270"), LEAF, 22)
    bag = mirrored("M 650 470 C 800 600 800 860 500 868")
    c.cast(bag, 18)
    with c.inside(bag) as inner:
        inner.fill(bag, darker(colour, 0.25), 0.35)
        for x, y, radius, tone in (
            (360, 560, 88, "#e59a3c"), (520, 540, 92, RED), (660, 590, 84, YELLOW), (310, 700, 84, "#8fb35f"),
            (450, 690, 96, YELLOW), (610, 710, 100, "#e59a3c"), (380, 810, 86, RED), (540, 820, 90, "#8fb35f"),
            (680, 800, 70, RED),
        ):  # fmt: skip
            inner.solid(oval(x, y, radius), tone, depth=26, shine=9)
        for k in range(-9, 12):
            inner.line(path(f"M {300 + k * 44} 440 Q {420 + k * 60} 660 {380 + k * 86} 900"), colour, 7)
            inner.line(path(f"M {480 + k * 44} 440 Q {420 + k * 60} 660 {330 + k * 40} 900"), colour, 7)
    c.ring(bag, colour, 9)
    c.tube(path("M 350 470 Q 500 440 650 470"), colour, 26)
