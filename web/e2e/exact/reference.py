"""What planes and regions of phantoms show and measure, computed from the files by pydicom and numpy alone.

usage: reference.py DIR < questions > answers
Both are JSON lists. A question about a plane brings the greys that a display shows (base64) and where that says it looks; its answer is how far
these are from the greys that it should show. A question about a region brings its shape in pixels; its answer is its statistics.
"""
import base64
import glob
import json
import os
import sys

import numpy as np
import pydicom

folder = sys.argv[1]


class Volume:
    """A series by its headers: slices in the order of their places along the normal."""

    def __init__(self, number):
        files = [pydicom.dcmread(f) for f in glob.glob(os.path.join(folder, f"{number}-*.dcm"))]
        rows, columns = np.reshape([float(v) for v in files[0].ImageOrientationPatient], (2, 3))
        normal = np.cross(rows, columns)
        place = lambda d: np.array([float(v) for v in d.ImagePositionPatient])
        files.sort(key=lambda d: place(d) @ normal)
        first, last = place(files[0]), place(files[-1])
        down, right = (float(v) for v in files[0].PixelSpacing)
        self.origin, self.axes = first, np.array([rows, columns, normal])
        self.spacing = np.array([right, down, (last - first) @ normal / (len(files) - 1)])
        slope = lambda d: float(d.get("RescaleSlope", 1))
        self.values = np.array([d.pixel_array * slope(d) + float(d.get("RescaleIntercept", 0)) for d in files])  # by slice, row, column
        self.window = float(files[0].WindowCenter), float(files[0].WindowWidth)
        self.size = np.array(self.values.shape[::-1])

    def index(self, places):
        return (places - self.origin) @ self.axes.T / self.spacing

    def at(self, index):
        """The value between voxels: linear in all three directions. Beyond the outermost middles it stays what it is there."""
        index = np.clip(index, 0, self.size - 1.0)
        low = np.minimum(index.astype(int), self.size - 2)
        part = index - low
        total = 0
        for corner in np.ndindex(2, 2, 2):
            i, j, k = (low[..., a] + corner[a] for a in range(3))
            weight = np.prod([part[..., a] if corner[a] else 1 - part[..., a] for a in range(3)], axis=0)
            total = total + weight * self.values[k, j, i]
        return total


def linear(x, c, w):
    """PS3.3 C.11.2.1.2.1, as a grey of 0 to 255."""
    return np.clip(((x - (c - 0.5)) / (w - 1) + 0.5) * 255, 0, 255)


def plane(q):
    v = Volume(q["series"])
    right, down = np.array(q["right"]), np.array(q["down"])
    towards = np.cross(down, right)
    width, height, mm = q["width"], q["height"], q["mm"]
    shown = np.frombuffer(base64.b64decode(q["grey"]), np.uint8).reshape(height, width).astype(float)
    every = q.get("every", 3)
    x, y = np.meshgrid(np.arange(1, width, every), np.arange(1, height, every))
    shown, x, y = shown[y, x].ravel(), x.ravel() + 0.5, y.ravel() + 0.5  # the middles of the screen's pixels

    def expected(shift=(0, 0, 0)):
        by = np.array(shift)
        places = np.array(q["at"]) + ((x - q["cross"][0]) * mm + by[0])[..., None] * right + ((y - q["cross"][1]) * mm + by[1])[..., None] * down
        places = places + by[2] * towards
        thick = q.get("slab", {"mm": 0})["mm"]
        steps = np.linspace(-thick / 2, thick / 2, max(1, round(thick / 0.2) + 1))
        index = v.index(places)
        deep = (v.axes @ towards) / v.spacing
        reach = 0.5 + np.abs(deep) * thick / 2
        inside = np.all((index >= reach) & (index <= v.size - 1 - reach), axis=-1)
        index = np.where(inside[..., None], index, 0)
        layers = (v.at(index + s * deep) for s in steps)
        if thick == 0:
            value = next(layers)
        elif q["slab"]["blend"] == "maximum":
            value = np.maximum.reduce(list(layers))
        elif q["slab"]["blend"] == "minimum":
            value = np.minimum.reduce(list(layers))
        else:
            value = sum(layers) / len(steps)
        return linear(value, *q.get("window", v.window)), inside

    want, inside = expected()
    if q.get("dump"):
        np.savez(q["dump"], want=want, shown=shown, inside=inside)
    far = np.abs(shown - want)[inside]
    answer = {"pixels": int(inside.sum()), "mean": far.mean(), "p99": np.percentile(far, 99), "most": far.max(), "bias": (shown - want)[inside].mean(), "spread": want[inside].std()}
    answer["shifted"] = []
    for axis in q.get("shifts", []):
        for sign in (-1, 1):
            other, within = expected([sign * q["by"] if a == axis else 0 for a in range(3)])
            answer["shifted"].append(np.abs(shown - other)[inside & within].mean())
    return answer


def middle(q):
    v = Volume(q["series"])
    return (v.origin + (v.size - 1) / 2 * v.spacing @ v.axes).tolist()


def on_lines(points, x, y):
    """How far pixels lie from the lines of a closed polygon."""
    points = np.asarray(points, float)
    best = np.full(np.shape(x), np.inf)
    for a, b in zip(points, np.roll(points, -1, axis=0)):
        way = b - a
        t = np.clip(((x - a[0]) * way[0] + (y - a[1]) * way[1]) / max(way @ way, 1e-12), 0, 1)
        best = np.minimum(best, np.hypot(x - a[0] - t * way[0], y - a[1] - t * way[1]))
    return best


def region(q):
    d = pydicom.dcmread(os.path.join(folder, f"{q['series']}-1.dcm"))
    values = d.pixel_array * float(d.get("RescaleSlope", 1)) + float(d.get("RescaleIntercept", 0))
    y, x = np.mgrid[0 : d.Rows, 0 : d.Columns].astype(float)
    if q["shape"] == "ellipse":
        # By two axes, each from end to end.
        (a, b), (c, e) = (np.array(p, float) for p in q["axes"])
        middle, u, w = (a + b) / 2, (b - a) / 2, (e - c) / 2
        inverse = np.linalg.inv(np.array([u, w]).T)
        p, r = inverse @ np.array([(x - middle[0]).ravel(), (y - middle[1]).ravel()])
        inside = (np.hypot(p, r) <= 1).reshape(x.shape)
        edge = np.abs(np.hypot(p, r) - 1).reshape(x.shape) * min(np.hypot(*u), np.hypot(*w))
    else:
        points = np.asarray(q["points"], float)
        inside = np.zeros(x.shape, bool)
        for (ax, ay), (bx, by) in zip(points, np.roll(points, -1, axis=0)):
            crosses = (ay > y) != (by > y)
            with np.errstate(divide="ignore", invalid="ignore"):
                inside ^= crosses & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
        edge = on_lines(points, x, y)
    sure = inside & (edge >= q["sure"])
    maybe = inside | (edge < q["sure"])
    v = values[inside]
    rest = values[maybe & ~sure]
    return {
        "pixels": int(inside.sum()), "doubtful": int(rest.size), "mean": v.mean(), "sd": v.std(), "min": v.min(), "max": v.max(),
        # Whatever becomes of those on the line.
        "least": {"min": values[maybe].min(), "max": values[sure].max()}, "most": {"min": values[sure].min(), "max": values[maybe].max()},
    }


def box(q):
    """The voxels whose middles lie between two corners of the patient; where these are as far along an axis, the nearest ones."""
    v = Volume(q["series"])
    ends = np.sort(v.index(np.array(q["corners"])), axis=0)
    flat = ends[1] - ends[0] < 1e-6
    # From the first middle beyond the one end to the last before the other.
    low, high = np.where(flat, np.round(ends[0]), np.ceil(ends)[0]).astype(int), np.where(flat, np.round(ends[1]), np.floor(ends)[1]).astype(int)
    inside = v.values[tuple(slice(a, b + 1) for a, b in zip(low[::-1], high[::-1]))]
    return {"voxels": inside.size, "mean": inside.mean(), "sd": inside.std(), "min": inside.min(), "max": inside.max()}


print(json.dumps([{"plane": plane, "box": box, "middle": middle, "region": region}[q["ask"]](q) for q in json.load(sys.stdin)]))
