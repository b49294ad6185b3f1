"""Pictures of things for the kitchen."""

from demo.drawing.canvas import Canvas, box, darker, lighter, mirrored, mix, moved, oval, path
from demo.drawing.materials import (
    BRASS,
    CORK,
    CREAM,
    DEEP_LEAF,
    GLASS,
    IRON,
    LEAF,
    OLIVE_WOOD,
    PAPER,
    RAW_CLAY,
    RED,
    STEEL,
    WATER,
    YELLOW,
)


def mug(c: Canvas, colour: str) -> None:
    """Draw a straight mug whose foot is left unglazed."""
    c.ground(500, 822, 190)
    c.tube(path("M 655 440 C 800 425 815 650 655 668"), darker(colour, 0.06), 46)
    body = mirrored("M 680 350 L 676 730 Q 672 828 590 830 L 500 830")
    c.solid(body, colour, depth=58)
    with c.inside(body) as inner:
        foot = path("M 300 752 Q 400 782 500 760 Q 600 742 700 770 L 700 850 L 300 850")
        inner.fill(foot, RAW_CLAY)
        inner.fill(path("M 622 740 L 700 740 L 700 850 L 560 850 Q 620 830 622 740"), darker(RAW_CLAY, 0.16))
    c.fill(oval(500, 350, 180, 36), lighter(colour, 0.4))
    c.fill(oval(500, 352, 164, 28), darker(colour, 0.3))
    c.fill(oval(500, 360, 150, 20), "#6b4331")


def espresso_cups(c: Canvas, colour: str) -> None:
    """Draw two stacked cups and a third beside them."""
    pale = lighter(colour, 0.45)
    for x in (360, 680):
        c.ground(x, 824, 140)
    for x, y, tone in ((360, 830, colour), (360, 590, pale), (680, 830, pale)):
        cup = mirrored(f"M {x + 146} {y - 240} L {x + 120} {y - 64} Q {x + 110} {y} {x + 60} {y} L {x} {y}", x)
        c.solid(cup, tone, depth=46, shine=11)
        with c.inside(cup) as inner:
            inner.fill(box(x - 160, y - 96, x + 160, y - 76), lighter(tone, 0.55))
        c.fill(oval(x, y - 240, 146, 30), lighter(tone, 0.45))
        c.fill(oval(x, y - 239, 132, 23), darker(tone, 0.3))
    c.fill(oval(680, 596, 122, 17), "#5b3a2b")


def carafe(c: Canvas, colour: str) -> None:
    """Draw a glass carafe half full of water, with a cork ball on its neck."""
    c.ground(500, 832, 170)
    body = mirrored("M 562 250 L 556 360 C 560 450 680 480 680 640 L 672 780 Q 668 838 620 838 L 500 838")
    with c.inside(body) as inner:
        inner.fill(body, GLASS, 0.7)
        inner.fill(box(280, 560, 720, 860), mix(WATER, colour, 0.4), 0.75)
        inner.fill(oval(500, 560, 175, 26), lighter(WATER, 0.4), 0.9)
        for y in (610, 660, 710, 760):
            inner.line(path(f"M 310 {y} Q 405 {y + 34} 500 {y} Q 595 {y - 34} 690 {y}"), "#ffffff", 5, 0.5)
        inner.outside(moved(body, -26, -8), mix(WATER, "#5b8fa3", 0.35))
        inner.fill(path("M 350 600 Q 350 520 400 480 L 424 490 Q 380 540 378 610 L 378 760 L 350 760"), "#ffffff", 0.7)
    c.ring(body, mix(WATER, "#5b8fa3", 0.4), 5)
    c.fill(oval(500, 250, 66, 14), lighter(WATER, 0.5))
    c.ring(oval(500, 250, 66, 14), mix(WATER, "#5b8fa3", 0.4), 5)
    c.solid(oval(500, 196, 66), CORK, depth=22)
    for x, y in ((480, 180), (520, 212), (508, 170), (470, 215)):
        c.fill(oval(x, y, 6, 4), darker(CORK, 0.25))


def kettle(c: Canvas, colour: str) -> None:
    """Draw an enamelled kettle with a wooden grip."""
    c.ground(490, 826, 250)
    c.solid(path("M 640 560 C 740 520 745 430 800 392 L 836 420 C 800 480 800 620 670 690"), darker(colour, 0.04))
    c.tube(path("M 330 440 C 330 190 650 190 650 440"), IRON, 20)
    c.tube(path("M 420 268 Q 490 238 560 268"), OLIVE_WOOD, 46)
    body = mirrored("M 490 420 C 640 420 712 560 722 740 Q 726 830 640 832 L 490 832", 490)
    c.solid(body, colour, depth=64, shine=16)
    with c.inside(body) as inner:
        inner.fill(box(200, 800, 760, 850), darker(colour, 0.32))
        inner.fill(path("M 350 520 Q 300 600 296 700 L 330 700 Q 335 610 380 530"), "#ffffff", 0.45)
    c.solid(path("M 392 430 Q 490 372 588 430 Q 490 462 392 430"), lighter(colour, 0.12), depth=14, shine=6)
    c.solid(oval(490, 388, 26), IRON, depth=10, shine=4)


def casserole(c: Canvas, colour: str) -> None:
    """Draw a cast-iron casserole with its lid on."""
    c.ground(500, 832, 300)
    for side in (1, -1):
        x = 500 + side * 300
        c.tube(
            path(f"M {x - side * 10} 560 L {x + side * 44} 560 Q {x + side * 62} 590 {x - side * 10} 622"), colour, 30
        )
    pot = mirrored("M 800 520 L 790 740 Q 780 836 690 838 L 500 838")
    c.solid(pot, colour, depth=70, shine=14)
    with c.inside(pot) as inner:
        inner.fill(path("M 252 570 L 262 740 Q 266 780 290 800 L 310 790 Q 292 770 290 740 L 284 570"), "#ffffff", 0.32)
    lid = mirrored("M 500 398 Q 700 404 812 500 Q 818 528 800 530 L 500 530")
    c.solid(lid, lighter(colour, 0.08), depth=30, shine=12)
    c.fill(mirrored("M 500 514 L 812 514 Q 816 536 800 540 L 500 540"), darker(colour, 0.34))
    c.fill(box(478, 372, 522, 410), darker(BRASS, 0.2))
    c.solid(oval(500, 360, 46, 26), BRASS, depth=14, shine=6)


def board(c: Canvas, colour: str) -> None:
    """Draw a chopping board with a round handle, leaning on the wall, and a lemon."""
    c.ground(500, 828, 230)
    outline = mirrored(
        "M 500 150 C 580 150 590 240 560 300 Q 556 340 600 346 Q 712 352 712 450 L 712 760 Q 712 828 640 830 L 500 830"
    )
    c.cast(outline, 10)
    c.solid(outline, colour, depth=24, shine=14)
    with c.inside(outline) as inner:
        for x, bend in ((340, 30), (392, -26), (450, 40), (520, -34), (575, 28), (640, -30)):
            inner.line(
                path(f"M {x} 140 C {x + bend} 360 {x - bend} 560 {x + bend / 2} 860"), darker(colour, 0.16), 6, 0.55
            )
        inner.ring(oval(598, 560, 34, 58), darker(colour, 0.18), 6)
        inner.ring(oval(598, 560, 16, 34), darker(colour, 0.18), 6)
    c.fill(oval(500, 218, 24), darker(colour, 0.5))
    c.ground(300, 842, 92)
    lemon = path("M 190 800 Q 205 740 300 738 Q 390 740 412 796 Q 428 806 412 816 Q 390 856 300 858 Q 205 856 190 800")
    c.solid(lemon, "#f0cb52", depth=24, shine=10)
    c.fill(path("M 300 740 Q 330 690 390 700 Q 370 748 300 740"), LEAF)


def jar(c: Canvas, colour: str) -> None:
    """Draw a glass storage jar with a cork stopper, filled with beans."""
    c.ground(500, 832, 200)
    body = mirrored("M 650 330 Q 690 350 690 400 L 690 770 Q 690 838 626 838 L 500 838")
    with c.inside(body) as inner:
        inner.fill(body, GLASS, 0.8)
        inner.fill(box(300, 500, 700, 850), colour)
        for row, y in enumerate(range(505, 850, 30)):
            for x in range(300 + row % 2 * 24, 720, 48):
                inner.solid(oval(x, y, 24, 16), colour, depth=8, shine=5)
        inner.outside(moved(body, -22, -6), "#7fa9ad")
        inner.fill(box(336, 390, 364, 800, 14), "#ffffff", 0.55)
    c.ring(body, "#8fb6b9", 6)
    c.solid(box(346, 236, 654, 346, 26), CORK, depth=26)
    for x, y in ((390, 270), (450, 305), (520, 262), (575, 300), (610, 272), (420, 322), (545, 322)):
        c.fill(oval(x, y, 8, 5), darker(CORK, 0.25))
    c.solid(box(412, 600, 588, 720, 12), "#fbf4e6", depth=8, shine=4)
    c.line([(440, 640), (560, 640)], "#8a7f74", 7)
    c.line([(440, 676), (520, 676)], "#b9aea2", 7)


def bowl(c: Canvas, colour: str) -> None:
    """Draw a wide salad bowl with leaves and tomatoes showing over its rim."""
    c.ground(500, 832, 230)
    for x, y, radius, tone in (
        (360, 500, 84, "#86ab63"),
        (470, 462, 96, "#6f9a57"),
        (600, 480, 90, "#86ab63"),
        (680, 520, 66, "#6f9a57"),
        (420, 520, 80, "#9bbd72"),
    ):
        c.solid(oval(x, y, radius), tone, depth=22, shine=8)
    for x, y in ((540, 476), (330, 530), (640, 540)):
        c.solid(oval(x, y, 40), "#d6533f", depth=14, shine=7)
    body = mirrored("M 820 540 C 812 720 700 800 620 804 L 612 836 L 500 836")
    c.solid(body, colour, depth=70, shine=14)
    with c.inside(body) as inner:
        inner.line(path("M 180 596 Q 500 650 820 596"), lighter(colour, 0.55), 12)
        inner.line(path("M 186 626 Q 500 684 814 626"), lighter(colour, 0.55), 5)
    c.fill(mirrored("M 500 560 Q 720 558 822 532 Q 828 548 820 556 Q 700 590 500 592"), lighter(colour, 0.4))


def mortar(c: Canvas, colour: str) -> None:
    """Draw a stone mortar with its pestle leaning out over leaves of basil."""
    c.ground(490, 832, 220)
    c.fill(oval(490, 480, 250, 50), lighter(colour, 0.3))
    c.fill(oval(490, 482, 228, 40), darker(colour, 0.42))
    with c.inside(oval(490, 482, 228, 40)) as inner:
        for x, y, tone in ((360, 500, LEAF), (410, 490, DEEP_LEAF), (450, 506, LEAF), (500, 500, DEEP_LEAF)):
            inner.fill(oval(x, y, 46, 22), tone)
    pestle = path("M 520 560 L 690 196 Q 712 160 746 178 Q 780 200 762 236 L 610 590")
    c.solid(pestle, lighter(colour, 0.2), depth=20)
    body = path(
        "M 240 482 Q 300 530 490 531 Q 680 530 740 482 C 740 640 690 720 610 740 L 640 812 Q 644 838 610 838"
        " L 370 838 Q 336 838 340 812 L 370 740 C 290 720 240 640 240 482"
    )
    c.solid(body, colour, depth=66, shine=14)
    with c.inside(body) as inner:
        for k in range(44):
            place = oval(250 + k * 61 % 480, 540 + k * 97 % 290, 4 + k % 4)
            inner.fill(place, "#ffffff" if k % 3 == 0 else darker(colour, 0.3), 0.4)
        inner.line(path("M 372 744 Q 490 766 608 744"), darker(colour, 0.22), 8)


def teapot(c: Canvas, colour: str) -> None:
    """Draw a round teapot with a cane handle on top."""
    c.ground(500, 826, 220)
    c.solid(path("M 640 640 C 740 640 730 520 800 470 L 842 492 C 810 560 820 730 660 760"), darker(colour, 0.03))
    c.tube(path("M 330 490 C 300 180 700 180 670 490"), "#b98b55", 26)
    for y in (452, 468):
        for x in (331, 669):
            c.line([(x - 17, y), (x + 17, y)], darker("#b98b55", 0.35), 6)
    body = mirrored("M 500 450 C 660 450 730 560 730 650 C 730 780 640 832 590 832 L 500 832")
    c.solid(body, colour, depth=64, shine=16)
    with c.inside(body) as inner:
        inner.fill(path("M 340 560 Q 300 610 304 680 L 334 684 Q 336 620 372 574"), "#ffffff", 0.42)
        inner.line(path("M 250 720 Q 500 780 750 720"), lighter(colour, 0.5), 8)
    c.solid(path("M 398 474 Q 500 396 602 474 Q 500 506 398 474"), lighter(colour, 0.15), depth=16, shine=6)
    c.solid(oval(500, 418, 28), "#b98b55", depth=10, shine=5)


def bottle(c: Canvas, colour: str) -> None:
    """Draw an insulated steel bottle with a loop on its cap."""
    c.ground(500, 834, 126)
    c.tube(path("M 446 232 C 440 120 560 120 554 232"), IRON, 22)
    c.solid(box(434, 214, 566, 306, 18), IRON, depth=22, shine=6)
    body = mirrored("M 556 300 Q 562 360 612 400 Q 632 424 632 470 L 632 790 Q 632 838 590 838 L 500 838")
    c.solid(body, colour, depth=52, shine=14)
    with c.inside(body) as inner:
        inner.fill(box(360, 296, 640, 330), STEEL)
        inner.fill(box(360, 800, 640, 850), STEEL)
        inner.fill(box(582, 800, 640, 850), darker(STEEL, 0.2))
        inner.fill(box(398, 460, 420, 770, 11), "#ffffff", 0.4)
        inner.fill(path("M 500 560 L 530 660 L 470 660"), lighter(colour, 0.6))
        inner.fill(oval(500, 552, 16), lighter(colour, 0.6))
        inner.line([(452, 676), (548, 676)], lighter(colour, 0.6), 8)


def cookbook(c: Canvas, colour: str) -> None:
    """Draw a thick cookbook standing up, a fish on its cover and a ribbon hanging out."""
    c.ground(500, 832, 230)
    c.fill(path("M 560 820 L 586 820 L 590 884 L 575 870 L 560 884"), RED)
    back = path("M 330 190 L 716 176 L 730 826 L 330 836")
    c.solid(back, darker(colour, 0.25), depth=10, shine=4)
    pages = path("M 320 206 L 700 192 L 712 806 L 320 826")
    c.solid(pages, PAPER, depth=12, shine=4)
    for k in range(5):
        c.line([(690 + k * 4, 200), (702 + k * 4, 806)], darker(PAPER, 0.16), 2)
    cover = path("M 288 200 L 672 214 L 672 842 L 288 830")
    c.solid(cover, colour, depth=14, shine=10)
    with c.inside(cover) as inner:
        inner.fill(box(280, 190, 330, 850), darker(colour, 0.24))
        inner.ring(path("M 364 248 L 636 258 L 636 796 L 364 786"), mix(colour, YELLOW, 0.75), 6)
        inner.fill(oval(500, 470, 124), CREAM)
        fish = path("M 404 470 Q 480 388 550 468 L 602 420 L 602 522 L 550 472 Q 480 554 404 470")
        inner.solid(fish, "#5c86a8", depth=14, shine=8)
        inner.fill(oval(446, 458, 9), PAPER)
        inner.fill(oval(446, 458, 4), IRON)
        for x in (484, 510):
            inner.line(path(f"M {x} 436 Q {x + 18} 470 {x} 504"), CREAM, 6)
        inner.line([(420, 650), (580, 655)], CREAM, 18)
        inner.line([(440, 696), (560, 700)], CREAM, 18)
        inner.line([(462, 744), (538, 746)], mix(colour, YELLOW, 0.75), 8)
