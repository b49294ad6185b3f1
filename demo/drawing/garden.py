"""Pictures of garden tools, pots and guests of the garden."""

from demo.drawing.canvas import Canvas, box, darker, detail, lighter, mirrored, moved, oval, path, scaled, turned
from demo.drawing.materials import (
    BRASS,
    CREAM,
    DEEP_LEAF,
    IRON,
    LEAF,
    OAK,
    PAPER,
    RED,
    ROPE,
    STEEL,
    YELLOW,
)


def watering_can(c: Canvas, colour: str) -> None:
    """Draw a watering can with a long spout and a brass rose."""
    c.ground(440, 832, 220)
    c.tube(path("M 400 470 C 160 300 100 560 250 690"), darker(colour, 0.06), 32)
    c.solid(path("M 600 720 L 830 350 L 868 372 L 640 812 L 590 820"), darker(colour, 0.05), depth=18, shine=8)
    c.line([(640, 520), (758, 470)], darker(colour, 0.15), 16)
    rose = turned(path("M 838 372 L 862 372 L 900 300 Q 850 280 800 300"), 30, (850, 360))
    c.solid(rose, BRASS, depth=14, shine=6)
    c.fill(turned(oval(850, 299, 52, 12), 30, (850, 360)), lighter(BRASS, 0.4))
    for k in (-30, -10, 10, 30):
        c.fill(turned(oval(850 + k, 299, 4), 30, (850, 360)), darker(BRASS, 0.5))
    body = path("M 270 480 Q 440 520 620 480 L 650 800 Q 646 838 600 838 L 280 838 Q 236 838 238 800")
    c.tube(path("M 320 490 C 340 300 560 300 580 490"), colour, 30)
    c.fill(oval(445, 480, 176, 34), darker(colour, 0.42))
    c.fill(path("M 440 512 Q 622 510 622 476 Q 622 446 520 446 Q 470 470 440 512"), colour)
    c.solid(body, colour, depth=62, shine=16)
    with c.inside(body) as inner:
        for y in (560, 780):
            inner.line(path(f"M 220 {y} Q 440 {y + 36} 670 {y}"), darker(colour, 0.14), 9)
            inner.line(path(f"M 220 {y - 8} Q 440 {y + 28} 670 {y - 8}"), lighter(colour, 0.4), 4)


def pot(c: Canvas, colour: str) -> None:
    """Draw a terracotta pot with a saucer and a young olive tree."""
    c.ground(500, 842, 210)
    c.line(path("M 500 560 C 490 460 516 400 500 250"), "#7d6a52", 13)
    c.line(path("M 500 440 C 560 400 580 360 590 320"), "#7d6a52", 8)
    c.line(path("M 500 460 C 440 420 420 380 410 340"), "#7d6a52", 8)
    leaves = (
        (500, 210, 0), (460, 250, -50), (545, 250, 50), (450, 310, -70), (560, 310, 10), (610, 280, 40), (640, 340, 80),
        (390, 300, -30), (360, 360, -80), (430, 380, -20), (560, 380, 60), (610, 400, 110), (470, 400, -40),
        (540, 440, 70),
        (440, 450, -100), (400, 420, -110), (530, 180, 30), (470, 180, -30),
    )  # fmt: skip
    for k, (x, y, angle) in enumerate(leaves):
        tone = "#8ca37c" if k % 3 == 0 else "#6f8f6c" if k % 3 == 1 else "#b3c2a2"
        c.solid(turned(oval(x, y, 15, 48), angle, (x, y)), tone, depth=7, shine=4)
    for x, y in ((470, 345), (590, 362), (420, 405)):
        c.solid(oval(x, y, 13, 17), "#4b4a35", depth=6, shine=4)
    c.solid(mirrored("M 680 800 L 664 842 L 500 842"), darker(colour, 0.05), depth=44, shine=8)
    c.solid(mirrored("M 660 600 L 624 816 L 500 816"), colour, depth=60, shine=12)
    c.fill(path("M 340 626 L 662 626 L 656 648 L 344 648"), darker(colour, 0.3))
    c.solid(box(316, 552, 684, 630, 8), lighter(colour, 0.08), depth=50, shine=10)
    c.fill(path("M 372 700 Q 376 740 388 790 L 404 790 Q 392 740 390 700"), "#ffffff", 0.3)


def trowel(c: Canvas, colour: str) -> None:
    """Draw a hand trowel and a hand fork, crossed."""
    for lean, tool in ((-24, "fork"), (24, "trowel")):
        centre = (500, 540)
        grip = turned(mirrored("M 500 690 L 526 690 Q 546 780 530 880 Q 520 906 500 906"), lean, centre)
        shaft = turned([(500, 430), (500, 700)], lean, centre)
        if tool == "trowel":
            blade = [turned(mirrored("M 500 110 Q 590 190 588 330 Q 584 440 520 452 L 500 452"), lean, centre)]
        else:
            prong = "M {0} 150 Q {1} 130 {2} 150 L {2} 380 L {0} 380"
            prongs = [path(prong.format(x - 13, x, x + 13)) for x in (424, 500, 576)]
            base = path("M 411 350 L 589 350 Q 590 440 520 452 L 480 452 Q 410 440 411 350")
            blade = [turned(outline, lean, centre) for outline in (*prongs, base)]
        for outline in (*blade, grip):
            c.cast(outline, 14)
        c.tube(shaft, darker(STEEL, 0.2), 22)
        for outline in blade:
            c.solid(outline, STEEL, depth=18, shine=7)
        if tool == "trowel":
            c.line(turned([(500, 190), (500, 420)], lean, centre), darker(STEEL, 0.2), 8)
        c.solid(grip, colour, depth=16, shine=9)
        c.solid(turned(box(478, 668, 522, 708, 6), lean, centre), BRASS, depth=14, shine=6)
        c.line(turned([(500, 862), (500, 884)], lean, centre), CREAM, 12)


def secateurs(c: Canvas, colour: str) -> None:
    """Draw open secateurs beside a cut twig."""
    c.line(path("M 130 300 C 240 250 330 300 430 220"), "#7d6a52", 14)
    for x, y, angle in ((180, 250, 20), (250, 320, 130), (300, 240, -10), (370, 300, 120)):
        c.solid(turned(oval(x, y, 20, 50), angle, (x, y)), LEAF, depth=8, shine=5)
    upper = path("M 520 560 C 500 430 560 280 660 190 Q 690 320 640 420 Q 610 500 580 580")
    lower = path("M 560 560 C 620 500 560 380 470 290 Q 430 300 436 340 Q 500 420 500 560")
    left = turned(
        path("M 500 540 L 566 560 Q 560 660 500 760 Q 470 840 440 900 Q 400 910 388 870 Q 420 700 500 540"),
        22,
        (540, 560),
    )
    right = turned(
        path("M 580 540 L 516 560 Q 524 660 580 760 Q 606 830 630 890 Q 668 900 682 862 Q 660 700 580 540"),
        -22,
        (540, 560),
    )
    for outline in (upper, lower, left, right):
        c.cast(outline, 16)
    c.solid(lower, darker(STEEL, 0.3), depth=12, shine=6)
    c.solid(left, colour, depth=22, shine=11)
    c.solid(right, darker(colour, 0.06), depth=22, shine=11)
    c.solid(upper, STEEL, depth=14, shine=12)
    c.line([(486 + k * 9, 664 + (16 if k % 2 else -16)) for k in range(13)], darker(STEEL, 0.35), 7)
    c.solid(oval(544, 566, 36), IRON, depth=12, shine=6)
    c.fill(oval(544, 566, 13), BRASS)


def birdhouse(c: Canvas, colour: str) -> None:
    """Draw a nesting box with a pitched roof, and its tenant on the perch."""
    c.line([(500, 0), (500, 210)], "#7d6a52", 10)
    front = path("M 500 250 L 700 420 L 690 800 L 310 800 L 300 420")
    c.cast(front, 22)
    c.solid(front, colour, depth=46, shine=14)
    with c.inside(front) as inner:
        for x in (372, 448, 524, 600, 676):
            inner.line([(x, 200), (x, 810)], darker(colour, 0.13), 5)
    c.solid(oval(500, 500, 78), darker(colour, 0.16), depth=8, shine=4)
    c.fill(oval(500, 500, 64), "#33272e")
    c.tube([(500, 620), (500, 640)], OAK, 26)
    for side in (-1, 1):
        roof = path(
            f"M 500 200 L {500 + side * 268} 424 L {500 + side * 244} 462 L 500 262" if side > 0 else
            "M 500 200 L 232 424 L 256 462 L 500 262"
        )  # fmt: skip
        c.solid(roof, OAK if side < 0 else darker(OAK, 0.14), depth=8, shine=8)
    c.solid(box(280, 790, 720, 826, 8), OAK, depth=12, shine=7)
    bird = path("M 560 610 Q 566 540 630 536 Q 690 540 700 600 Q 770 640 790 720 Q 730 700 690 700 Q 590 720 560 610")
    c.cast(bird, 10)
    c.solid(bird, "#5c86a8", depth=18, shine=8)
    with c.inside(bird) as inner:
        inner.fill(oval(600, 680, 62, 56), "#e9a35c")
    c.fill(path("M 566 584 L 530 598 L 566 608"), "#e8b045")
    c.fill(oval(598, 580, 9), "#2c2530")
    c.fill(path("M 630 620 Q 700 620 730 680 Q 660 690 630 620"), darker("#5c86a8", 0.2))
    c.line([(622, 706), (618, 740)], "#6a4a38", 6)
    c.line([(648, 704), (650, 740)], "#6a4a38", 6)
    c.tube([(500, 740), (690, 740)], OAK, 18)


def seeds(c: Canvas, colour: str) -> None:
    """Draw three paper packets of seeds with what will grow from them."""
    for lean, dx, tone, blooms in ((-14, -150, YELLOW, True), (12, 150, RED, True), (-1, 0, colour, False)):
        pivot = (500 + dx, 860)
        packet = turned(moved(box(350, 270, 650, 760, 8), dx), lean, pivot)
        c.cast(packet, 14)
        c.solid(packet, PAPER, depth=10, shine=7)
        with c.inside(packet) as inner:
            inner.fill(turned(moved(box(340, 260, 660, 370), dx), lean, pivot), tone)
            inner.fill(turned(moved(box(340, 706, 660, 770), dx), lean, pivot), tone)
            inner.line(turned(moved([(410, 320), (590, 320)], dx), lean, pivot), lighter(tone, 0.75), 12)
            inner.line(turned(moved([(440, 736), (560, 736)], dx), lean, pivot), lighter(tone, 0.75), 7)
            stem = turned(moved(path("M 500 690 C 496 600 508 540 500 450"), dx), lean, pivot)
            inner.line(stem, DEEP_LEAF, 9)
            for x, y, angle in ((462, 620, -50), (540, 600, 50), (468, 540, -40), (534, 520, 40)):
                leaf = turned(oval(x, y, 16, 44), angle, (x, y))
                inner.fill(turned(moved(leaf, dx), lean, pivot), LEAF)
            cx, cy = turned([(500 + dx, 446)], lean, pivot)[0]
            if not blooms:
                inner.fill(oval(cx, cy, 20, 42), LEAF)
                continue
            for k in range(8):
                inner.fill(turned(oval(cx, cy - 34, 15, 26), k * 45, (cx, cy)), tone)
            inner.fill(oval(cx, cy, 17), "#7a4d31")


def gloves(c: Canvas, colour: str) -> None:
    """Draw a pair of garden gloves, the palms dipped."""
    hand = path(
        "M 400 800 L 396 620 Q 300 560 270 480 Q 262 440 296 440 Q 330 450 390 520 L 384 270 Q 388 232 412 232"
        " Q 438 236 440 270"
        " L 450 430 L 456 210 Q 462 170 486 170 Q 512 174 512 210 L 514 428 L 530 226 Q 536 190 560 192"
        " Q 584 198 582 232"
        " L 574 440 L 596 300 Q 604 266 626 270 Q 650 276 646 312 L 622 620 L 616 800"
    )
    flipped = [(1000 - x, y) for x, y in hand]
    for outline, lean, dx in ((flipped, 16, 130), (hand, -12, -150)):
        placed = turned(moved(scaled(outline, 0.94), dx, 20), lean, (500 + dx, 600))
        c.cast(placed, 16)
        c.solid(placed, colour, depth=26, shine=12)
        with c.inside(placed) as inner:
            cuff = turned(moved(box(330, 690, 690, 850), dx, 20), lean, (500 + dx, 600))
            inner.fill(cuff, CREAM)
            for y in (710, 740, 770):
                inner.line(turned(moved([(330, y), (690, y)], dx, 20), lean, (500 + dx, 600)), darker(CREAM, 0.16), 7)
            dot = detail(colour, 0.22)
            for row in range(5):
                for col in range(5):
                    x, y = 430 + col * 36 + row % 2 * 18, 470 + row * 42
                    inner.fill(turned(moved(oval(x, y, 9), dx, 20), lean, (500 + dx, 600)), dot)


def hanging_planter(c: Canvas, colour: str) -> None:
    """Draw a pot in a macrame hanger with a trailing plant."""
    for x in (330, 500, 670):
        c.line([(500, 90), (x, 560)], ROPE, 9)
    c.solid(oval(500, 90, 32), BRASS, depth=10, shine=5)
    c.fill(oval(500, 90, 17), darker(BRASS, 0.3))
    c.cast(oval(500, 660, 180, 150), 22)
    for x, y, angle in (
        (430, 470, -30),
        (500, 440, 0),
        (570, 470, 30),
        (400, 510, -60),
        (600, 510, 60),
        (470, 490, -10),
        (540, 490, 16),
    ):
        c.solid(turned(oval(x, y, 32, 66), angle, (x, y)), LEAF if angle % 20 else DEEP_LEAF, depth=12, shine=6)
    body = mirrored("M 690 540 C 704 700 620 800 540 806 L 500 806")
    c.solid(body, colour, depth=58, shine=14)
    with c.inside(body) as inner:
        inner.line(path("M 300 590 Q 500 630 700 590"), lighter(colour, 0.5), 10)
    c.solid(box(300, 520, 700, 560, 14), lighter(colour, 0.1), depth=20, shine=8)
    for start, end, count in (((340, 540), (280, 860), 6), ((430, 540), (410, 800), 5), ((640, 540), (720, 900), 7)):
        trail = path(f"M {start[0]} {start[1]} Q {start[0]} {start[1] + 120} {end[0]} {end[1]}")
        c.line(trail, DEEP_LEAF, 7)
        for k in range(count):
            cx, cy = trail[min(len(trail) - 1, (k + 1) * len(trail) // count)]
            leaf = turned(oval(cx, cy, 18, 34), 60 if k % 2 else -60, (cx, cy + 20))
            c.solid(leaf, LEAF, depth=8, shine=5)
    for x in (330, 670):
        c.line(path(f"M {x} 556 Q {500 + (x - 500) * 0.9} 720 500 826"), ROPE, 9)
    c.line([(500, 556), (500, 826)], ROPE, 9)
    c.solid(oval(500, 830, 24), ROPE, depth=8, shine=5)
    for k in (-22, -8, 8, 22):
        c.line([(500 + k * 0.5, 846), (500 + k, 930)], ROPE, 7)


def trug(c: Canvas, colour: str) -> None:
    """Draw a shallow harvest basket with vegetables in it."""
    c.ground(500, 836, 300)
    c.tube(path("M 300 640 C 320 180 680 180 700 640"), darker(colour, 0.2), 34)
    for x, y, lean in ((300, 560, -40), (360, 530, -24)):
        c.solid(
            turned(mirrored(f"M {x} {y - 10} Q {x + 40} {y} {x + 34} {y + 50} L {x} {y + 160}", x), lean, (x, y)),
            "#e58a44",
            depth=12,
            shine=6,
        )
        for k in (-16, 0, 16):
            c.line(turned([(x, y), (x + k, y - 80)], lean, (x, y)), LEAF, 10)
    for x, y, radius in ((470, 590, 66), (560, 570, 74)):
        c.solid(oval(x, y, radius, radius * 0.9), RED, depth=22, shine=8)
        for k in range(5):
            c.fill(turned(oval(x, y - radius * 0.72, 6, 22), k * 72, (x, y - radius * 0.86)), DEEP_LEAF)
    for x, y, lean in ((660, 560, 20), (720, 590, 40)):
        c.solid(turned(oval(x, y, 44, 96), lean, (x, y)), "#6a4a7c", depth=20, shine=8)
        c.fill(turned(oval(x, y - 90, 26, 20), lean, (x, y)), DEEP_LEAF)
    body = mirrored("M 850 620 Q 840 780 740 830 L 500 838")
    c.solid(body, colour, depth=64, shine=14)
    with c.inside(body) as inner:
        for y in (680, 740, 796):
            inner.line(path(f"M 130 {y - 30} Q 500 {y + 30} 870 {y - 30}"), darker(colour, 0.2), 7)
        for x in (300, 660):
            strap = path(f"M {x} 600 L {x + 46} 600 L {x + 40} 850 L {x + 6} 850")
            inner.solid(strap, darker(colour, 0.16), depth=10, shine=6)
    c.tube(path("M 150 622 Q 500 660 850 622"), lighter(colour, 0.15), 30)
