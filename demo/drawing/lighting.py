"""Pictures of lamps and candles."""

import math

from demo.drawing.canvas import Canvas, box, darker, lighter, mirrored, mix, moved, oval, path, turned
from demo.drawing.materials import BRASS, CREAM, IRON, STEEL

WARM = "#ffe9ae"


def table_lamp(c: Canvas, colour: str) -> None:
    """Draw a mushroom-shaped table lamp, lit."""
    c.ground(500, 832, 170)
    c.glow(500, 560, 420)
    c.line(path("M 600 820 C 720 850 780 790 1010 850"), IRON, 7)
    stem = mirrored("M 540 480 Q 536 700 580 760 Q 660 780 664 818 Q 664 836 640 836 L 500 836")
    c.solid(stem, colour, depth=36, shine=10)
    c.fill(oval(500, 496, 250, 42), WARM)
    c.fill(oval(500, 490, 200, 26), "#fffaf0")
    dome = mirrored("M 500 190 C 690 190 790 330 800 470 Q 802 500 770 504 Q 640 540 500 540")
    with c.inside(dome) as inner:
        inner.solid(dome, colour, depth=62, shine=16)
        inner.fill(path("M 190 494 Q 500 560 810 494 L 810 560 L 190 560"), lighter(colour, 0.55))
        inner.fill(path("M 330 300 Q 270 360 256 430 L 290 434 Q 310 370 360 316"), "#ffffff", 0.4)


def desk_lamp(c: Canvas, colour: str) -> None:
    """Draw an adjustable desk lamp with two arms."""
    c.glow(690, 620, 300)
    c.ground(380, 838, 170)
    c.solid(mirrored("M 380 790 L 520 790 Q 540 836 520 840 L 380 840", 380), colour, depth=40, shine=10)
    c.tube([(380, 780), (270, 500)], STEEL, 22)
    c.line([(404, 770), (300, 510)], darker(STEEL, 0.3), 6)
    c.tube([(270, 500), (560, 300)], STEEL, 22)
    c.line([(290, 516), (560, 330)], darker(STEEL, 0.3), 6)
    for x, y in ((380, 780), (270, 500), (560, 306)):
        c.solid(oval(x, y, 30), colour, depth=12, shine=6)
        c.fill(oval(x, y, 9), lighter(colour, 0.6))
    shade = turned(
        path("M 530 240 Q 600 220 670 240 L 690 300 Q 770 360 788 470 Q 600 500 412 470 Q 430 360 510 300"),
        -24,
        (600, 320),
    )
    bulb = turned(oval(600, 474, 186, 30), -24, (600, 320))
    c.fill(bulb, WARM)
    c.solid(shade, colour, depth=46, shine=14)
    c.fill(turned(oval(600, 476, 186, 26), -24, (600, 320)), lighter(colour, 0.4))
    c.fill(turned(oval(600, 478, 166, 19), -24, (600, 320)), WARM)
    c.fill(turned(oval(600, 480, 70, 13), -24, (600, 320)), "#ffffff")


def pendant(c: Canvas, colour: str) -> None:
    """Draw a dome pendant on a textile cable."""
    c.line([(500, 0), (500, 300)], IRON, 9)
    c.glow(500, 660, 460)
    c.solid(box(456, 262, 544, 350, 20), BRASS, depth=22, shine=8)
    dome = mirrored("M 500 330 L 560 334 C 720 350 810 480 826 630 Q 660 670 500 670")
    c.cast(dome, 26)
    c.solid(dome, colour, depth=70, shine=18)
    with c.inside(dome) as inner:
        inner.fill(path("M 330 430 Q 250 500 228 590 L 262 596 Q 286 510 360 446"), "#ffffff", 0.36)
    c.fill(oval(500, 630, 326, 46), lighter(colour, 0.5))
    c.fill(oval(500, 632, 306, 37), mix(colour, WARM, 0.75))
    c.solid(oval(500, 650, 70, 56), "#fff7dc", depth=8, shine=8)


def paper_lantern(c: Canvas, colour: str) -> None:
    """Draw a globe of ribbed paper."""
    c.line([(500, 0), (500, 240)], IRON, 8)
    c.glow(500, 520, 520)
    globe = oval(500, 520, 310, 290)
    c.cast(globe, 24)
    with c.inside(globe) as inner:
        inner.solid(globe, colour, depth=70, shine=24)
        for k in range(-8, 9):
            y = 520 + 290 * math.sin(k / 9 * math.pi / 2)
            half = 310 * math.cos(k / 9 * math.pi / 2)
            bend = 26 * k / 8
            inner.line(path(f"M {500 - half} {y} Q 500 {y + bend + 16} {500 + half} {y}"), darker(colour, 0.1), 5)
        inner.glow(470, 520, 230, "#fff6d0", 0.6)
    c.fill(oval(500, 234, 74, 14), BRASS)
    c.fill(oval(500, 806, 74, 14), darker(BRASS, 0.1))


def lighthouse(c: Canvas, colour: str) -> None:
    """Draw a night light in the shape of a striped lighthouse on a rock."""
    c.ground(500, 838, 250)
    c.glow(500, 260, 330)
    for side in (1, -1):
        beam = [(500 + side * 60, 250), (500 + side * 540, 140), (500 + side * 540, 350)]
        c.fill(beam, "#fff3c4", 0.55)
    rock = path("M 250 838 Q 230 790 290 770 Q 320 716 400 730 Q 500 690 600 730 Q 690 710 714 772 Q 770 790 750 838")
    tower = mirrored("M 576 330 L 640 770 L 500 780")
    c.solid(tower, CREAM, depth=52, shine=12)
    with c.inside(tower) as inner:
        for y in (392, 530, 668):
            inner.fill(path(f"M 340 {y} Q 500 {y + 24} 660 {y} L 660 {y + 70} Q 500 {y + 94} 340 {y + 70}"), colour)
        shadow = path("M 524 320 L 578 790 L 660 790 L 600 320")
        inner.fill(shadow, "#33203a", 0.14)
        inner.fill(box(478, 600, 522, 652, 20), "#4a4452")
        inner.fill(box(478, 474, 522, 516, 20), "#4a4452")
        inner.fill(path("M 466 800 L 466 740 Q 500 700 534 740 L 534 800"), "#4a4452")
    c.solid(rock, "#8f8a92", depth=30, shine=12)
    c.fill(path("M 466 772 L 466 736 Q 500 700 534 736 L 534 772"), "#4a4452")
    c.solid(box(400, 306, 600, 340, 10), darker(colour, 0.3), depth=14, shine=6)
    c.solid(box(436, 208, 564, 306), WARM, depth=16, shine=10)
    for x in (436, 479, 521, 564):
        c.line([(x, 208), (x, 306)], darker(colour, 0.3), 8)
    c.solid(path("M 410 212 Q 440 130 500 116 Q 560 130 590 212"), colour, depth=24, shine=10)
    c.solid(oval(500, 112, 18), BRASS, depth=7, shine=4)


def lantern(c: Canvas, colour: str) -> None:
    """Draw a storm lantern with a flame behind glass."""
    c.ground(500, 838, 190)
    c.tube(path("M 336 560 C 250 60 750 60 664 560"), IRON, 12)
    c.glow(500, 510, 330)
    for side in (1, -1):
        x = 500 + side * 150
        c.tube(path(f"M {x} 720 L {x} 360 Q {x} 300 {500 + side * 60} 296"), colour, 26)
    glass = mirrored("M 566 370 C 650 440 650 560 566 650 L 500 650")
    with c.inside(glass) as inner:
        inner.fill(glass, "#fff6d8", 0.7)
        inner.fill(path("M 500 430 C 560 520 560 600 500 620 C 440 600 440 520 500 430"), "#f3a63b")
        inner.fill(path("M 502 500 C 534 550 530 600 500 612 C 470 600 470 556 502 500"), "#ffe58a")
        inner.fill(path("M 420 450 Q 400 510 420 590 L 440 586 Q 424 510 442 452"), "#ffffff", 0.7)
    c.ring(glass, mix("#9ab7b4", colour, 0.2), 6)
    c.solid(mirrored("M 540 240 L 560 300 Q 600 320 600 372 L 500 372"), colour, depth=30, shine=9)
    c.solid(mirrored("M 500 206 L 560 206 Q 572 236 556 246 L 500 246"), darker(colour, 0.15), depth=16, shine=6)
    c.solid(mirrored("M 580 646 L 596 700 L 500 700"), darker(colour, 0.1), depth=24, shine=7)
    c.solid(mirrored("M 680 700 Q 706 740 690 838 L 500 838"), colour, depth=56, shine=12)
    c.solid(oval(690, 760, 22), BRASS, depth=9, shine=5)


def candle(c: Canvas, colour: str) -> None:
    """Draw three candles of beeswax of different heights on a plate."""
    c.ground(500, 838, 300)
    c.solid(mirrored("M 800 800 Q 770 846 660 848 L 500 848"), "#8f9aa0", depth=30, shine=8)
    c.fill(oval(500, 800, 300, 30), "#aeb8bc")
    c.fill(oval(500, 802, 260, 22), "#98a3a8")
    for x, top, half in ((380, 460, 82), (620, 580, 82), (500, 320, 84)):
        c.glow(x, top - 70, 130)
        body = box(x - half, top, x + half, 812, 10)
        c.solid(body, colour, depth=38, shine=12)
        with c.inside(body) as inner:
            drop = f"M {x - half} {top} L {x + half} {top} L {x + half} {top + 60} Q {x + 62} {top + 130}"
            inner.fill(
                path(
                    f"{drop} {x + 46} {top + 60} Q {x + 10} {top + 30} {x - 14} {top + 70}"
                    f" Q {x - 34} {top + 120} {x - half} {top + 40}"
                ),
                lighter(colour, 0.35),
            )
        c.fill(oval(x, top, half, 19), lighter(colour, 0.5))
        c.line([(x, top), (x + 3, top - 34)], "#4a3b34", 7)
        c.fill(
            path(f"M {x} {top - 126} Q {x + 44} {top - 50} {x} {top - 22} Q {x - 44} {top - 50} {x} {top - 126}"),
            "#f3a63b",
        )
        c.fill(
            path(f"M {x} {top - 86} Q {x + 22} {top - 46} {x} {top - 26} Q {x - 22} {top - 46} {x} {top - 86}"),
            "#fff0a8",
        )


def string_lights(c: Canvas, colour: str) -> None:
    """Draw two garlands of round bulbs."""
    for sag, y, count in ((200, 190, 6), (230, 480, 6)):
        cable = path(f"M -20 {y} Q 500 {y + 2 * sag} 1020 {y}")
        c.line(moved(cable, 12, 20), "#33203a", 8, 0.14)
        c.line(cable, IRON, 9)
        for k in range(count):
            t = (k + 0.5) / count
            x = -20 + 1040 * t
            top = y + 4 * sag * t * (1 - t)
            c.glow(x, top + 84, 130)
            c.solid(box(x - 20, top - 2, x + 20, top + 40, 6), IRON, depth=9, shine=4)
            bulb = mirrored(f"M {x + 18} {top + 38} C {x + 66} {top + 70} {x + 56} {top + 138} {x} {top + 140}", x)
            c.solid(bulb, mix(colour, WARM, 0.4) if k % 2 else WARM, depth=16, shine=9)
            c.line(
                path(f"M {x - 14} {top + 96} L {x - 5} {top + 70} L {x + 5} {top + 92} L {x + 14} {top + 68}"),
                "#e39a3a",
                5,
            )
