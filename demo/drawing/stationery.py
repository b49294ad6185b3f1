"""Pictures of paper goods and writing tools."""

from demo.drawing.canvas import (
    Canvas,
    box,
    darker,
    detail,
    is_dark,
    lighter,
    mix,
    moved,
    oval,
    path,
    turned,
)
from demo.drawing.materials import BEECH, BLUE, BRASS, GLASS, GREEN, IRON, NAVY, PAPER, PINK, RED, YELLOW

SUNDAY = 6


def notebook(c: Canvas, colour: str) -> None:
    """Draw a cloth-bound notebook with a ribbon, turned a little."""
    lean = -8
    c.cast(turned(box(286, 190, 726, 820, 10), lean), 20)
    c.fill(turned(path("M 640 800 L 664 800 L 664 890 L 652 872 L 640 890"), lean), RED)
    c.solid(turned(box(300, 196, 732, 822, 12), lean), darker(colour, 0.3), depth=6, shine=3)
    pages = turned(box(300, 200, 722, 812, 6), lean)
    c.fill(pages, PAPER)
    for k in range(4):
        c.line(turned([(712 + k * 3 - 4, 206), (712 + k * 3 - 4, 806)], lean), darker(PAPER, 0.12), 1.4)
    cover = turned(box(280, 186, 706, 806, 14), lean)
    c.solid(cover, colour, depth=10, shine=9)
    with c.inside(cover) as inner:
        inner.fill(turned(box(270, 180, 338, 820), lean), darker(colour, 0.2))
        inner.line(turned([(352, 180), (352, 820)], lean), darker(colour, 0.12), 5)
        label = turned(box(430, 300, 620, 420, 8), lean)
        inner.fill(label, PAPER)
        inner.line(turned([(460, 345), (590, 345)], lean), "#8a7f74", 7)
        inner.line(turned([(460, 380), (540, 380)], lean), "#b9aea2", 6)


def pen(c: Canvas, colour: str) -> None:
    """Draw a fountain pen and its cap above a written line."""
    tilt, centre = -35, (500, 500)
    c.line(
        path(
            "M 120 800 C 180 720 230 860 290 780 C 330 720 360 850 420 790 C 470 740 500 830 560 790 C 620"
            " 750 680 820 880 770"
        ),
        NAVY,
        9,
    )
    body = turned(path("M 330 452 L 820 458 Q 866 462 866 500 Q 866 538 820 542 L 330 548"), tilt, centre)
    c.cast(body, 18)
    nib = turned(path("M 150 500 Q 210 474 262 466 L 262 534 Q 210 526 150 500"), tilt, centre)
    c.cast(nib, 12)
    c.solid(nib, BRASS, depth=10, shine=5)
    c.line(turned([(150, 500), (224, 500)], tilt, centre), darker(BRASS, 0.5), 4)
    c.fill(turned(oval(228, 500, 8), tilt, centre), darker(BRASS, 0.5))
    c.solid(
        turned(path("M 258 462 L 336 454 L 336 546 L 258 538"), tilt, centre), darker(colour, 0.3), depth=14, shine=6
    )
    c.solid(body, colour, depth=22, shine=10)
    c.fill(turned(box(330, 450, 350, 550), tilt, centre), BRASS)
    c.fill(turned(box(360, 472, 800, 482, 5), tilt, centre), lighter(colour, 0.55))
    cap = turned(moved(box(180, 456, 480, 546, 30), 230, 150), tilt - 22, (550, 640))
    c.cast(cap, 14)
    c.solid(cap, colour, depth=20, shine=10)
    c.fill(turned(moved(box(440, 454, 462, 548), 230, 150), tilt - 22, (550, 640)), BRASS)
    c.tube(turned(moved([(206, 500), (400, 500)], 230, 150), tilt - 22, (550, 640)), BRASS, 16)


def pencils(c: Canvas, colour: str) -> None:
    """Draw a flat box of coloured pencils, open."""
    tones = (RED, "#e28a4a", YELLOW, GREEN, "#3f8f86", BLUE, "#5f5a9a", PINK, "#7a5240", IRON)
    for k, tone in enumerate(tones):
        x, top = 244 + k * 54, 180 + (k * 37 % 60)
        barrel = [(x, top + 100), (x + 46, top + 100), (x + 46, 700), (x, 700)]
        c.cast(barrel, 8)
        c.fill([(x + 23, top), (x + 46, top + 104), (x, top + 104)], BEECH)
        c.fill([(x + 23, top), (x + 32, top + 40), (x + 14, top + 40)], tone)
        c.solid(barrel, tone, depth=14, shine=10)
        c.fill(oval(x + 23, top + 103, 23, 9), BEECH)
    sleeve = box(216, 520, 796, 850, 14)
    c.cast(sleeve, 18)
    c.solid(sleeve, colour, depth=16, shine=10)
    c.fill(box(250, 556, 762, 816, 8), lighter(colour, 0.1))
    ink = detail(colour, 0.65)
    c.line(path("M 330 740 Q 420 650 500 720 Q 590 640 680 740"), ink, 10)
    c.fill(path("M 500 610 L 528 700 L 472 700"), ink)
    c.fill(oval(500, 600, 15), ink)
    c.line([(400, 776), (600, 776)], ink, 6)


def calendar(c: Canvas, colour: str) -> None:
    """Draw a desk calendar standing like a tent."""
    c.ground(500, 838, 290)
    c.solid(path("M 300 330 L 740 330 L 830 838 L 250 838"), darker(colour, 0.3), depth=30, shine=6)
    sheet = path("M 262 318 L 712 318 L 776 826 L 206 826")
    c.solid(sheet, PAPER, depth=8, shine=6)
    with c.inside(sheet) as inner:
        art = path("M 250 300 L 730 300 L 750 484 L 228 484")
        with inner.inside(art) as print_:
            print_.fill(art, colour)
            print_.fill(oval(560, 430, 62), lighter(colour, 0.6))
            print_.fill(path("M 200 490 Q 330 380 480 450 L 500 500 L 200 500"), darker(colour, 0.2))
            print_.fill(path("M 380 500 Q 600 410 800 470 L 800 500"), darker(colour, 0.32))
        for row in range(4):
            for col in range(7):
                spread = 1 + row * 0.045
                x = 488 + (col - 3) * 66 * spread
                y = 540 + row * 76
                tone = RED if col == SUNDAY else "#6b6470"
                if (row, col) == (1, 3):
                    inner.ring(oval(x, y, 28, 24), RED, 6)
                inner.fill(box(x - 13, y - 9, x + 13, y + 9, 5), tone, 0.85)
    for k in range(11):
        x = 292 + k * 40
        c.line(path(f"M {x} 342 C {x - 22} 270 {x + 34} 270 {x + 14} 342"), "#77737c", 7)


def pen_cup(c: Canvas, colour: str) -> None:
    """Draw a desk tidy holding pencils, a brush and scissors."""
    c.ground(500, 836, 170)
    tools = ((410, -12, RED), (470, -3, YELLOW), (560, 10, BLUE))
    for x, lean, tone in tools:
        barrel = turned(box(x - 17, 280, x + 17, 640), lean, (x, 640))
        c.solid(barrel, tone, depth=12, shine=7)
        c.fill(turned([(x, 206), (x + 17, 284), (x - 17, 284)], lean, (x, 640)), BEECH)
        c.fill(turned([(x, 206), (x + 6, 236), (x - 6, 236)], lean, (x, 640)), tone)
    c.tube([(606, 560), (652, 330)], BEECH, 16)
    c.fill(turned(oval(664, 268, 20, 56), 12, (664, 268)), "#6a4a38")
    c.fill(turned(box(644, 306, 680, 346), 12, (664, 320)), "#b9c0c7")
    for x, lean in ((500, -22), (536, 18)):
        c.ring(turned(oval(x, 376, 30, 46), lean, (x, 376)), IRON, 15)
    c.line([(512, 420), (526, 560)], IRON, 18)
    c.fill(oval(500, 514, 170, 32), darker(colour, 0.4))
    c.fill(path("M 340 516 Q 500 500 660 516 L 660 540 L 340 540"), darker(colour, 0.4))
    cup = path("M 330 514 Q 500 572 670 514 L 652 800 Q 648 836 610 838 L 390 838 Q 352 836 348 800")
    c.solid(cup, colour, depth=54, shine=12)
    with c.inside(cup) as inner:
        inner.fill(path("M 320 640 Q 500 690 680 640 L 680 690 Q 500 740 320 690"), lighter(colour, 0.5))
        inner.fill(path("M 616 500 L 700 500 L 700 850 L 598 850"), "#33203a", 0.12)


def ink(c: Canvas, colour: str) -> None:
    """Draw a square bottle of ink with its colour showing, and a splash of it on a card."""
    card = path("M 560 790 L 860 800 L 900 880 L 560 868")
    c.ground(470, 836, 220)
    c.fill(moved(card, 6, 8), "#3b2a3a", 0.2)
    c.fill(card, PAPER)
    c.line(path("M 630 830 C 660 800 690 860 720 826 C 750 800 780 860 840 836"), colour, 10)
    body = box(264, 450, 676, 838, 46)
    with c.inside(body) as inner:
        inner.fill(body, GLASS)
        inner.fill(box(292, 520, 648, 812, 30), colour)
        inner.fill(box(292, 520, 648, 546), lighter(colour, 0.25))
        inner.outside(moved(body, -20, -8), mix(colour, "#9fb9c0", 0.6))
        inner.fill(box(282, 490, 306, 780, 12), "#ffffff", 0.6)
    c.ring(body, mix(colour, "#9fb9c0", 0.6), 5)
    c.solid(box(384, 396, 556, 456, 12), GLASS, depth=18, shine=8)
    c.solid(box(356, 272, 584, 404, 24), IRON, depth=36, shine=9)
    for x in range(376, 580, 22):
        c.line([(x, 296), (x, 384)], lighter(IRON, 0.14), 5)
    c.solid(box(352, 596, 588, 744, 10), PAPER, depth=8, shine=4)
    c.line(path("M 392 690 C 420 620 440 720 470 660 C 490 620 510 700 548 650"), colour, 8)
    c.line([(420, 716), (520, 716)], "#b9aea2", 6)


def wrap(c: Canvas, colour: str) -> None:
    """Draw two rolls of wrapping paper and a small wrapped box."""
    c.ground(500, 842, 300)
    for x, lean, tone in ((330, -7, colour), (470, 5, lighter(colour, 0.55))):
        roll = turned(box(x - 48, 190, x + 48, 836, 8), lean, (x, 836))
        c.cast(roll, 12)
        c.solid(roll, tone, depth=26, shine=10)
        with c.inside(roll) as inner:
            for k in range(18):
                for side in (-24, 24):
                    dot = oval(x + side, 210 + k * 38 + (side > 0) * 19, 8)
                    inner.fill(turned(dot, lean, (x, 836)), lighter(tone, 0.7) if tone == colour else colour)
        c.fill(turned(oval(x, 192, 48, 15), lean, (x, 836)), lighter(tone, 0.5))
        c.fill(turned(oval(x, 192, 26, 8), lean, (x, 836)), darker(BEECH, 0.3))
    parcel = box(510, 580, 830, 842, 8)
    c.cast(parcel, 10)
    c.solid(parcel, YELLOW if not is_dark(colour) else PINK, depth=22, shine=10)
    c.fill(box(650, 580, 690, 842), RED)
    c.fill(box(510, 690, 830, 726), RED)
    for side in (1, -1):
        loop = path(
            f"M 670 582 C {670 + side * 40} 470 {670 + side * 170} 500 {670 + side * 130} 560"
            f" Q {670 + side * 80} 594 670 582"
        )
        c.solid(loop, RED, depth=12, shine=7)
    c.solid(oval(670, 576, 24, 20), darker(RED, 0.1), depth=6, shine=4)


def guide(c: Canvas, colour: str) -> None:
    """Draw a tablet showing the cover of the gift guide."""
    body = turned(box(270, 150, 730, 850, 44), 5)
    c.cast(body, 22)
    c.solid(body, "#3c3a46", depth=12, shine=8)
    screen = turned(box(302, 190, 698, 810, 12), 5)
    with c.inside(screen) as inner:
        inner.fill(screen, PAPER)
        inner.fill(turned(box(290, 180, 710, 590), 5), colour)
        inner.fill(turned(oval(500, 420, 130), 5), lighter(colour, 0.35))
        gift = turned(box(410, 380, 590, 510, 8), 5)
        inner.solid(gift, YELLOW, depth=14, shine=7)
        inner.fill(turned(box(484, 380, 516, 510), 5), RED)
        for side in (1, -1):
            loop = path(
                f"M 500 382 C {500 + side * 20} 310 {500 + side * 110} 320 {500 + side * 80} 366"
                f" Q {500 + side * 40} 390 500 382"
            )
            inner.solid(turned(loop, 5), RED, depth=8, shine=5)
        for y, end, width, tone in ((640, 640, 16, "#4a4452"), (690, 580, 16, "#4a4452"), (746, 610, 8, "#b9aea2")):
            inner.line(turned([(350, y), (end, y)], 5), tone, width)


def gift_card(c: Canvas, colour: str) -> None:
    """Draw two cards, one half over the other, with a ribbon about the upper one."""
    for lean, left, top, paint in ((9, 250, 330, lighter(colour, 0.35)), (-7, 190, 420, colour)):
        card = turned(box(left, top, left + 560, top + 350, 28), lean)
        c.cast(card, 18)
        c.solid(card, paint, depth=8, shine=10)
    with c.inside(turned(box(190, 420, 750, 770, 28), -7)) as inner:
        inner.fill(turned(box(300, 400, 350, 800), -7), RED)
        inner.fill(turned(box(170, 560, 770, 604), -7), RED)
        inner.line(turned([(430, 690), (690, 690)], -7), lighter(colour, 0.6), 10)
        inner.line(turned([(430, 724), (600, 724)], -7), lighter(colour, 0.45), 8)
    for k in (-1, 1):
        loop = turned(path(f"M 325 582 Q {325 + k * 110} 480 {325 + k * 120} 566 Q {325 + k * 110} 610 325 582"), -7)
        c.solid(loop, darker(RED, 0.1), depth=6, shine=6)
    c.solid(turned(oval(325, 582, 26), -7), RED, depth=6, shine=6)
