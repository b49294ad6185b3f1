"""A canvas for flat illustrations with smooth edges. What is drawn on it does not belong here.

Everything is measured in units of a 1000 x 1000 square. The canvas is drawn twice as large and reduced at the end,
because Pillow draws hard edges only; three times would cost twice as long for a difference that nobody sees.
"""

import functools
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Self

from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIZE = 960
OVERSAMPLING = 2
UNITS = 1000
SCALE = SIZE * OVERSAMPLING / UNITS
CURVE_STEPS = 24
# Soft shadows have no detail, so they are blurred on a picture this much smaller than the canvas.
SHADOW_REDUCTION = 12
TABLE_EDGE = 730
# Of 255,000: the weighted sum of the channels, by the weights of ITU-R BT.601.
DARK_LUMA = 110_000

Point = tuple[float, float]
Points = Sequence[Point]
Colour = tuple[int, int, int]


@functools.cache
def rgb(colour: str) -> Colour:
    """Return the three channels of `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(first: str, second: str, share: float) -> str:
    """Return the colour that is `share` (0..1) of the way from the first to the second."""
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(rgb(first), rgb(second), strict=True))


def darker(colour: str, share: float = 0.2) -> str:
    """Return the colour in shadow: towards a warm dark blue, since grey shadows look dirty."""
    return mix(colour, "#33203a", share)


def lighter(colour: str, share: float = 0.25) -> str:
    """Return the colour in light: towards a warm white."""
    return mix(colour, "#fffaf0", share)


def is_dark(colour: str) -> bool:
    """Tell whether details on this colour must be light to be seen."""
    red, green, blue = rgb(colour)
    return red * 299 + green * 587 + blue * 114 < DARK_LUMA


def detail(colour: str, share: float = 0.25) -> str:
    """Return a colour for seams and prints that is visible on the given one."""
    return lighter(colour, share) if is_dark(colour) else darker(colour, share)


def _bezier(start: Point, controls: Points) -> list[Point]:
    chain = [start, *controls]
    degree = len(controls)
    points = []
    for step in range(1, CURVE_STEPS + 1):
        t = step / CURVE_STEPS
        weights = [math.comb(degree, k) * (1 - t) ** (degree - k) * t**k for k in range(degree + 1)]
        points.append(
            (
                sum(w * p[0] for w, p in zip(weights, chain, strict=True)),
                sum(w * p[1] for w, p in zip(weights, chain, strict=True)),
            )
        )
    return points


def path(text: str) -> list[Point]:
    """Return the points of one outline written like an SVG path with absolute M, L, Q and C."""
    points: list[Point] = []
    numbers: list[float] = []
    command = ""
    needed = {"M": 2, "L": 2, "Q": 4, "C": 6}
    for token in text.split():
        if token in needed:
            command = token
            continue
        numbers.append(float(token))
        if len(numbers) == needed[command]:
            pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
            points.extend(_bezier(points[-1], pairs) if command in "QC" else pairs)
            numbers.clear()
    return points


def mirrored(text: str, axis: float = 500) -> list[Point]:
    """Return a closed outline from its right half, which is written from top to bottom."""
    right = path(text)
    return right + [(2 * axis - x, y) for x, y in reversed(right)]


def moved(points: Points, dx: float = 0, dy: float = 0) -> list[Point]:
    """Return the outline at another place."""
    return [(x + dx, y + dy) for x, y in points]


def turned(points: Points, degrees: float, centre: Point = (500, 500)) -> list[Point]:
    """Return the outline turned clockwise around a centre."""
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    cx, cy = centre
    return [(cx + (x - cx) * cosine - (y - cy) * sine, cy + (x - cx) * sine + (y - cy) * cosine) for x, y in points]


def scaled(points: Points, factor: float, centre: Point = (500, 500)) -> list[Point]:
    """Return the outline larger or smaller around a centre."""
    cx, cy = centre
    return [(cx + (x - cx) * factor, cy + (y - cy) * factor) for x, y in points]


def oval(cx: float, cy: float, rx: float, ry: float | None = None) -> list[Point]:
    """Return the outline of an ellipse, or of a circle when only one radius is given."""
    steps = 72
    return [
        (cx + rx * math.cos(2 * math.pi * k / steps), cy + (ry or rx) * math.sin(2 * math.pi * k / steps))
        for k in range(steps)
    ]


def box(x0: float, y0: float, x1: float, y1: float, radius: float = 0) -> list[Point]:
    """Return the outline of a rectangle with round corners."""
    if not radius:
        return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    points = []
    for cx, cy, start in (
        (x1 - radius, y0 + radius, -90),
        (x1 - radius, y1 - radius, 0),
        (x0 + radius, y1 - radius, 90),
        (x0 + radius, y0 + radius, 180),
    ):
        for step in range(0, 91, 9):
            angle = math.radians(start + step)
            points.append((cx + radius * math.cos(angle), cy + radius * math.sin(angle)))
    return points


class Canvas:
    """A picture in the making; `inside` gives canvases that are clipped to an outline."""

    def __init__(self, image: Image.Image, origin: tuple[int, int] = (0, 0)) -> None:
        """Draw on the given picture, whose upper left pixel is `origin` on the whole canvas."""
        self._image = image
        self._origin = origin
        self._opaque = ImageDraw.Draw(image)
        # Blending costs several times as much as overwriting, so it is kept for what is see-through.
        self._blending = ImageDraw.Draw(image, "RGBA")

    @classmethod
    def wall(cls, colour: str) -> Self:
        """Return a canvas with a plain wall and a pool of light on it, for what hangs."""
        return cls(_backdrop(colour, with_table=False))

    @classmethod
    def table(cls, colour: str) -> Self:
        """Return a canvas with a wall and a table top, for what stands."""
        return cls(_backdrop(colour, with_table=True))

    def finish(self) -> Image.Image:
        """Return the picture at its final size."""
        return self._image.reduce(OVERSAMPLING)

    def fill(self, points: Points, colour: str, opacity: float = 1) -> None:
        """Fill an outline with one colour."""
        if opacity == 1:
            self._opaque.polygon(self._pixels(points), fill=rgb(colour))
        else:
            self._blending.polygon(self._pixels(points), fill=(*rgb(colour), round(255 * opacity)))

    def solid(self, points: Points, colour: str, *, depth: float = 34, shine: float = 12) -> None:
        """Fill an outline so that it looks like a body lit from the upper left.

        `depth` is the width of the shadow along the lower right edge, `shine` that of the light along the upper left.
        """
        with self.inside(points) as inner:
            inner.fill(points, lighter(colour, 0.35))
            inner.fill(moved(points, shine, shine * 0.4), colour)
            inner.outside(moved(points, -depth, -depth * 0.22), darker(colour, 0.16))

    def outside(self, points: Points, colour: str) -> None:
        """Fill everything except an outline."""
        width, height = self._image.size
        hole = self._pixels(points)
        first = min(range(len(hole)), key=lambda index: hole[index])
        x, y = hole[first]
        # One polygon that goes around the frame, along a bridge to the hole's leftmost point, around the hole and back:
        # Pillow fills by the even-odd rule, and this costs a tenth of pasting through a mask.
        frame = [(min(x, 0), y), (0, 0), (width, 0), (width, height), (0, height), (min(x, 0), y)]
        self._opaque.polygon([*frame, *hole[first:], *hole[: first + 1]], fill=rgb(colour))

    def line(self, points: Points, colour: str, width: float, opacity: float = 1) -> None:
        """Draw a line with round ends and joints."""
        pixels = self._pixels(points)
        if opacity != 1:
            self._veil(pixels, colour, round(width * SCALE), opacity)
            return
        self._opaque.line(pixels, fill=rgb(colour), width=round(width * SCALE), joint="curve")
        radius = width * SCALE / 2
        for x, y in (pixels[0], pixels[-1]):
            self._opaque.ellipse((x - radius, y - radius, x + radius, y + radius), fill=rgb(colour))

    def ring(self, points: Points, colour: str, width: float) -> None:
        """Draw a closed line."""
        self.line([*points, *points[:2]], colour, width)

    def tube(self, points: Points, colour: str, width: float) -> None:
        """Draw a line that looks like a round bar: with a darker lower and a lighter upper edge."""
        self.line(points, darker(colour, 0.18), width)
        self.line(moved(points, -width * 0.09, -width * 0.09), colour, width * 0.78)
        self.line(moved(points, -width * 0.2, -width * 0.2), lighter(colour, 0.3), width * 0.16)

    def stitches(self, points: Points, colour: str, width: float = 4, dash: float = 14, gap: float = 10) -> None:
        """Draw a dashed line."""
        walked, drawing, run = 0.0, True, [points[0]]
        for (x0, y0), (x1, y1) in pairwise(points):
            length, done = math.hypot(x1 - x0, y1 - y0), 0.0
            while done < length:
                step = min((dash if drawing else gap) - walked, length - done)
                done += step
                walked += step
                here = (x0 + (x1 - x0) * done / length, y0 + (y1 - y0) * done / length)
                run.append(here)
                if walked >= (dash if drawing else gap) - 1e-6:
                    if drawing:
                        self.line(run, colour, width)
                    walked, drawing, run = 0.0, not drawing, [here]
        if drawing and len(run) > 1:
            self.line(run, colour, width)

    @contextmanager
    def inside(self, points: Points) -> Iterator[Self]:
        """Give a canvas on which only what lies inside the outline is kept."""
        pixels = self._pixels(points)
        width, height = self._image.size
        left = max(0, math.floor(min(x for x, _ in pixels)))
        top = max(0, math.floor(min(y for _, y in pixels)))
        right = min(width, math.ceil(max(x for x, _ in pixels)) + 1)
        bottom = min(height, math.ceil(max(y for _, y in pixels)) + 1)
        region = self._image.crop((left, top, right, bottom))
        yield type(self)(region, (self._origin[0] + left, self._origin[1] + top))
        mask = Image.new("1", region.size, 0)
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in pixels], fill=1)
        self._image.paste(region, (left, top), mask)

    def ground(self, cx: float, cy: float, rx: float, ry: float | None = None) -> None:
        """Lay a soft shadow on the table, wide and faint, with a narrow dark one where the thing touches it."""
        height = ry or rx * 0.13
        self._soften(oval(cx + rx * 0.08, cy, rx * 1.12, height * 1.5), blur=18, opacity=0.2)
        self._soften(oval(cx, cy - height * 0.1, rx * 0.98, height * 0.8), blur=7, opacity=0.34)

    def cast(self, points: Points, distance: float = 16) -> None:
        """Throw the soft shadow of an outline on the wall behind it."""
        self._soften(moved(points, distance, distance * 1.5), blur=distance * 0.8, opacity=0.24)

    def glow(self, cx: float, cy: float, radius: float, colour: str = "#fff3c4", opacity: float = 0.75) -> None:
        """Shine a soft light."""
        self._soften(oval(cx, cy, radius * 0.6), blur=radius * 0.28, opacity=opacity, colour=colour)

    def _soften(self, points: Points, *, blur: float, opacity: float, colour: str = "#3b2a3a") -> None:
        small = [(x * SCALE / SHADOW_REDUCTION, y * SCALE / SHADOW_REDUCTION) for x, y in self._shifted(points)]
        size = (-(-self._image.width // SHADOW_REDUCTION), -(-self._image.height // SHADOW_REDUCTION))
        mask = Image.new("L", size, 0)
        ImageDraw.Draw(mask).polygon(small, fill=255)
        mask = mask.filter(ImageFilter.GaussianBlur(blur * SCALE / SHADOW_REDUCTION))
        bounds = mask.getbbox()
        if bounds is None:
            return
        mask = ImageChops.multiply(mask, Image.new("L", size, round(255 * opacity))).crop(bounds)
        mask = mask.resize((mask.width * SHADOW_REDUCTION, mask.height * SHADOW_REDUCTION), Image.Resampling.BILINEAR)
        # A picture of one colour is pasted in half of the time that the bare colour takes.
        veil = Image.new("RGB", mask.size, rgb(colour))
        self._image.paste(veil, (bounds[0] * SHADOW_REDUCTION, bounds[1] * SHADOW_REDUCTION), mask)

    def _veil(self, pixels: Points, colour: str, width: int, opacity: float) -> None:
        """Draw a see-through line. Blended piece by piece it would be darker wherever two pieces overlap."""
        left, top = (math.floor(min(point[axis] for point in pixels)) - width for axis in (0, 1))
        right, bottom = (math.ceil(max(point[axis] for point in pixels)) + width for axis in (0, 1))
        mask = Image.new("L", (right - left, bottom - top), 0)
        moved_pixels = [(x - left, y - top) for x, y in pixels]
        ImageDraw.Draw(mask).line(moved_pixels, fill=round(255 * opacity), width=width, joint="curve")
        self._image.paste(Image.new("RGB", mask.size, rgb(colour)), (left, top), mask)

    def _shifted(self, points: Points) -> list[Point]:
        return moved(points, -self._origin[0] / SCALE, -self._origin[1] / SCALE)

    def _pixels(self, points: Points) -> list[Point]:
        left, top = self._origin
        return [(x * SCALE - left, y * SCALE - top) for x, y in points]


def _backdrop(colour: str, *, with_table: bool) -> Image.Image:
    return _small_backdrop(colour, with_table).resize((SIZE * OVERSAMPLING,) * 2, Image.Resampling.NEAREST)


@functools.lru_cache(maxsize=16)
def _small_backdrop(colour: str, with_table: bool) -> Image.Image:  # noqa: FBT001 - a cached function's key
    image = Image.new("RGB", (SIZE, SIZE), rgb(colour))
    edge = round(TABLE_EDGE * SIZE / UNITS)
    light = Image.new("L", (125, 125), 0)
    ImageDraw.Draw(light).ellipse((14, 4, 111, 101), fill=150)
    light = light.filter(ImageFilter.GaussianBlur(20)).resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    image.paste(rgb(lighter(colour, 0.7)), (0, 0), light)
    if with_table:
        table = Image.linear_gradient("L").resize((SIZE, SIZE - edge))
        image.paste(rgb(mix(colour, "#8a6a5c", 0.26)), (0, edge, SIZE, SIZE))
        image.paste(rgb(mix(colour, "#a58470", 0.16)), (0, edge), table)
    return image
