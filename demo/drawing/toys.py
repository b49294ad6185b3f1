"""Pictures of toys and games."""

from demo.drawing.canvas import Canvas, box, darker, lighter, mirrored, mix, moved, oval, path, turned
from demo.drawing.materials import BEECH, BLUE, CREAM, GREEN, NAVY, OAK, PAPER, PINK, RED, YELLOW


def train(c: Canvas, colour: str) -> None:
    """Draw a wooden engine pulling one wagon with blocks."""
    c.ground(480, 832, 400)
    c.line([(430, 752), (560, 752)], "#7a5240", 14)
    wagon = box(120, 640, 430, 756, 14)
    for x, y, tone in ((140, 540, YELLOW), (240, 540, BLUE), (190, 440, GREEN), (330, 566, RED)):
        side = 96 if tone != RED else 74
        c.solid(box(x, y, x + side, y + side + 8, 8), tone, depth=16, shine=8)
    c.solid(wagon, OAK, depth=22, shine=10)
    c.solid(box(540, 660, 900, 756, 14), OAK, depth=22, shine=10)
    c.solid(box(640, 520, 868, 664, 66), colour, depth=34, shine=12)
    cab = box(548, 400, 700, 664, 12)
    c.solid(cab, lighter(colour, 0.12), depth=24, shine=11)
    c.fill(box(580, 446, 662, 540, 14), "#dcecef")
    c.fill(path("M 580 530 L 640 446 L 662 446 L 662 470 L 606 540 L 590 540"), "#ffffff", 0.6)
    c.solid(box(522, 366, 726, 408, 18), RED, depth=14, shine=8)
    c.solid(path("M 780 530 L 764 430 L 834 430 L 818 530"), NAVY, depth=16, shine=7)
    c.solid(box(752, 410, 846, 440, 12), YELLOW, depth=12, shine=6)
    c.solid(oval(868, 592, 24, 46), YELLOW, depth=10, shine=6)
    for x, y, radius in ((820, 350, 34), (760, 280, 46), (672, 220, 58)):
        c.fill(oval(x, y, radius), "#ffffff", 0.75)
    for x, radius, tone in ((186, 56, RED), (364, 56, RED), (610, 66, NAVY), (744, 52, NAVY), (852, 52, NAVY)):
        y = 834 - radius
        c.solid(oval(x, y, radius), tone, depth=16, shine=8)
        c.fill(oval(x, y, radius * 0.45), BEECH)
        c.fill(oval(x, y, radius * 0.16), darker(BEECH, 0.4))


def stacking(c: Canvas, colour: str) -> None:
    """Draw rings of falling size on a peg."""
    c.ground(500, 836, 290)
    tones = (colour, RED, "#e59a5a", YELLOW, GREEN, BLUE)
    c.solid(box(474, 180, 526, 800, 24), BEECH, depth=16, shine=8)
    c.solid(box(230, 786, 770, 838, 24), BEECH, depth=26, shine=10)
    for k, tone in enumerate(tones):
        half = 262 - k * 30
        top = 696 - k * 88
        c.solid(box(500 - half, top, 500 + half, top + 92, 44), tone, depth=48, shine=12)
        c.fill(box(500 - half + 34, top + 20, 500 - half + 84, top + 32, 6), "#ffffff", 0.5)
    c.solid(oval(500, 196, 56), RED, depth=20, shine=9)


def blocks(c: Canvas, colour: str) -> None:
    """Draw a castle of building blocks."""
    c.ground(500, 836, 320)
    pieces = (
        (box(190, 700, 330, 838, 8), colour), (box(670, 700, 810, 838, 8), GREEN), (box(340, 760, 660, 838, 8), BEECH),
        (box(200, 560, 320, 700, 8), YELLOW), (box(680, 560, 800, 700, 8), RED), (box(360, 620, 420, 760, 8), BLUE),
        (box(580, 620, 640, 760, 8), PINK),
    )  # fmt: skip
    for outline, tone in pieces:
        c.solid(outline, tone, depth=24, shine=10)
    arch = path("M 340 500 L 660 500 L 660 620 L 590 620 C 590 540 410 540 410 620 L 340 620")
    c.solid(arch, OAK, depth=20, shine=10)
    c.solid(box(400, 380, 600, 500, 8), colour, depth=28, shine=10)
    for x, y, tone in ((260, 560, RED), (740, 560, BLUE)):
        c.solid([(x, y - 140), (x + 84, y), (x - 84, y)], tone, depth=22, shine=10)
    c.solid(mirrored("M 500 250 C 590 250 606 330 606 380 L 500 380"), YELLOW, depth=28, shine=10)
    c.solid(oval(500, 316, 24), darker(YELLOW, 0.2), depth=6, shine=4)
    c.line([(500, 250), (500, 150)], "#7a5240", 9)
    c.fill(path("M 504 152 Q 560 140 620 178 Q 560 190 504 212"), RED)


def boat(c: Canvas, colour: str) -> None:
    """Draw a small sailing boat on its stand, ready for the pond."""
    c.ground(500, 850, 230)
    c.line([(410, 850), (450, 760)], OAK, 22)
    c.line([(590, 850), (550, 760)], OAK, 22)
    c.line([(380, 850), (620, 850)], darker(OAK, 0.15), 20)
    c.tube([(480, 140), (480, 690)], BEECH, 20)
    c.tube([(480, 630), (780, 640)], BEECH, 14)
    main = path("M 500 170 Q 700 360 776 610 Q 640 640 500 616")
    c.cast(main, 8)
    c.solid(main, CREAM, depth=26, shine=10)
    with c.inside(main) as inner:
        for y in (320, 430, 530):
            inner.line([(490, y), (800, y + 30)], darker(CREAM, 0.14), 5)
        inner.fill(path("M 490 540 L 800 560 L 800 600 L 490 582"), colour)
    jib = path("M 462 190 Q 380 420 232 620 Q 360 630 462 606")
    c.solid(jib, lighter(colour, 0.35), depth=16, shine=8)
    hull = path("M 190 670 Q 500 700 824 660 Q 800 760 690 790 L 360 794 Q 240 780 190 670")
    c.solid(hull, colour, depth=36, shine=14)
    with c.inside(hull) as inner:
        inner.line(path("M 180 692 Q 500 724 830 682"), CREAM, 12)
        inner.fill(path("M 180 760 Q 500 770 830 750 L 830 810 L 180 810"), RED)
    c.fill(path("M 480 140 Q 540 130 580 158 Q 540 172 480 176"), RED)


def kite(c: Canvas, colour: str) -> None:
    """Draw a diamond kite with a tail of bows."""
    body = turned(path("M 500 110 L 720 370 L 500 760 L 280 370"), 22, (500, 450))
    top, right, bottom, left = body
    centre = (500 + 20, 372)
    tail = path(f"M {bottom[0]} {bottom[1]} C 260 860 480 860 430 940 Q 410 970 360 1010")
    c.line(tail, "#7a5240", 6)
    c.cast(body, 30)
    tones = (colour, YELLOW, lighter(colour, 0.3), RED)
    corners = (top, right, bottom, left)
    for k, tone in enumerate(tones):
        c.fill([corners[k], corners[(k + 1) % 4], centre], tone)
    c.fill([corners[1], corners[2], centre], "#33203a", 0.1)
    c.line([top, centre, bottom], BEECH, 9)
    c.line([left, centre, right], BEECH, 9)
    c.ring(body, CREAM, 6)
    for index, place in enumerate((8, 21, 34)):
        x, y = tail[min(place, len(tail) - 1)]
        tone = (RED, YELLOW, colour)[index]
        for side in (-1, 1):
            c.solid([(x, y), (x + side * 52, y - 30), (x + side * 52, y + 30)], tone, depth=8, shine=5)
        c.fill(oval(x, y, 9), CREAM)


def rabbit(c: Canvas, colour: str) -> None:
    """Draw a sitting cloth rabbit with a scarf."""
    c.ground(500, 838, 220)
    inner_ear = mix(colour, PINK, 0.7)
    for side, lean in ((-1, -10), (1, 14)):
        x = 500 + side * 66
        ear = turned(oval(x, 220, 50, 140), lean, (x, 340))
        c.solid(ear, colour, depth=20, shine=10)
        c.fill(turned(oval(x, 232, 24, 96), lean, (x, 340)), inner_ear)
    body = mirrored("M 580 540 C 690 600 710 760 660 836 L 500 840")
    c.solid(body, darker(colour, 0.03), depth=46, shine=13)
    c.fill(oval(492, 716, 92, 104), lighter(colour, 0.45))
    for side in (-1, 1):
        c.solid(
            turned(oval(500 + side * 170, 660, 44, 110), -side * 22, (500 + side * 150, 600)), colour, depth=18, shine=9
        )
        foot = oval(500 + side * 118, 806, 92, 52)
        c.solid(foot, colour, depth=18, shine=9)
        c.fill(oval(500 + side * 130, 812, 36, 24), inner_ear)
    c.solid(oval(500, 430, 158, 138), colour, depth=40, shine=14)
    for side in (-1, 1):
        c.fill(oval(500 + side * 62, 418, 14, 18), "#3c3038")
        c.fill(oval(496 + side * 62, 411, 5), "#ffffff")
        c.fill(oval(500 + side * 92, 466, 26, 17), PINK, 0.6)
    c.fill(path("M 482 454 Q 500 446 518 454 Q 510 474 500 476 Q 490 474 482 454"), darker(PINK, 0.2))
    c.line(path("M 500 476 Q 498 500 472 502"), "#6a4a50", 6)
    c.line(path("M 500 476 Q 502 500 528 502"), "#6a4a50", 6)
    scarf = path("M 370 530 Q 500 600 630 530 L 640 576 Q 500 650 360 576")
    c.solid(scarf, RED, depth=14, shine=9)
    tail = path("M 570 590 L 630 580 L 650 726 L 586 736")
    c.solid(tail, RED, depth=14, shine=8)
    for y in (640, 680):
        c.line([(582, y), (640, y - 8)], CREAM, 10)


def puzzle(c: Canvas, colour: str) -> None:
    """Draw a wooden puzzle of a harbour with one piece beside it."""
    frame = box(150, 170, 850, 780, 18)
    c.cast(frame, 18)
    c.solid(frame, OAK, depth=16, shine=11)
    field = box(190, 210, 810, 740, 6)
    with c.inside(field) as inner:
        inner.fill(field, mix(colour, CREAM, 0.6))
        inner.fill(oval(640, 330, 64), YELLOW)
        inner.fill(path("M 180 520 L 820 500 L 820 760 L 180 760"), colour)
        inner.fill(path("M 180 540 Q 260 400 380 460 Q 430 490 470 530"), GREEN)
        inner.fill(path("M 316 470 L 334 330 L 366 330 L 384 470"), CREAM)
        inner.fill(path("M 330 366 L 370 366 L 374 400 L 326 400"), RED)
        inner.fill(path("M 328 330 Q 350 286 372 330"), RED)
        inner.fill(path("M 540 600 L 740 596 Q 720 650 680 654 L 590 656"), RED)
        inner.fill(path("M 634 590 L 634 420 Q 720 500 734 586"), PAPER)
        for y in (600, 650, 700):
            inner.line(path(f"M 220 {y} Q 260 {y - 18} 300 {y} Q 340 {y + 18} 380 {y}"), lighter(colour, 0.45), 7)
        seam = darker(colour, 0.35)
        for x in (345, 500, 655):
            for row in range(4):
                y0 = 210 + row * 132
                knob = 34 if (row + x) % 2 else -34
                inner.line(
                    path(
                        f"M {x} {y0} L {x} {y0 + 46} C {x + knob} {y0 + 20} {x + knob} {y0 + 112} {x} {y0 + 86}"
                        f" L {x} {y0 + 132}"
                    ),
                    seam,
                    4,
                )
        for y in (342, 474, 606):
            for col in range(4):
                x0 = 190 + col * 155
                knob = 34 if (col + y) % 2 else -34
                inner.line(
                    path(
                        f"M {x0} {y} L {x0 + 56} {y} C {x0 + 28} {y + knob} {x0 + 126} {y + knob} {x0 + 98} {y}"
                        f" L {x0 + 155} {y}"
                    ),
                    seam,
                    4,
                )
        hole = path("M 655 606 L 810 606 L 810 740 L 655 740 L 655 694 C 690 720 690 626 655 652")
        inner.fill(hole, darker(OAK, 0.25))
    piece = turned(path("M 655 706 L 810 706 L 810 840 L 655 840 L 655 794 C 690 820 690 726 655 752"), 16, (730, 780))
    piece = moved(piece, 60, 60)
    c.cast(piece, 12)
    c.solid(piece, colour, depth=10, shine=8)
    c.line(moved(path("M 700 790 Q 730 776 760 796 Q 780 806 800 800"), 40, 60), lighter(colour, 0.45), 7)
