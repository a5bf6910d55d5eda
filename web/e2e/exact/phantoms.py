"""Writes phantoms whose places and values are known exactly: volumes with rods, pictures with spots.

usage: phantoms.py OUT STUDY
Writes OUT/SERIES-N.dcm, and to standard output one JSON object a series: what stands where, in millimetres of the patient or of the picture.
"""
import json
import os
import sys

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

out, study = sys.argv[1], sys.argv[2]
rng = np.random.default_rng(20260102)
series = 0
CT, CR, SC, US = (f"1.2.840.10008.5.1.4.1.1.{n}" for n in ("2", "1", "7", "6.1"))


def begin(name, modality, kind, number, pixels, more):
    d = Dataset()
    meta = FileMetaDataset()
    d.SOPClassUID = meta.MediaStorageSOPClassUID = kind
    d.StudyInstanceUID, d.SeriesInstanceUID = study, f"{study}.{series}"
    d.SOPInstanceUID = meta.MediaStorageSOPInstanceUID = f"{study}.{series}.{number}"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    d.file_meta, d.is_little_endian, d.is_implicit_VR = meta, True, False
    d.SpecificCharacterSet = "ISO_IR 192"
    d.PatientID, d.PatientName, d.PatientBirthDate, d.PatientSex = "EXACT", "Test^Exact", "", ""
    d.AccessionNumber, d.StudyID, d.StudyDate, d.StudyTime = "", "", "20260102", "120000"
    d.Modality, d.SeriesNumber, d.InstanceNumber, d.SeriesDescription = modality, series, number, name
    d.Rows, d.Columns = pixels.shape
    d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
    signed = pixels.dtype.kind == "i"
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 16, 16, 15, int(signed)
    d.PixelData = pixels.astype("<i2" if signed else "<u2").tobytes()
    for k, v in more.items():
        setattr(d, k, v)
    return d


def write(d):
    pydicom.dcmwrite(os.path.join(out, f"{series}-{d.InstanceNumber}.dcm"), d, write_like_original=False)


def tell(name, **facts):
    print(json.dumps({"name": name, "n": series, **facts}))


def volume(name, values, spacing, origin, axes, slope=1, intercept=0, shift=(0, 0, 0), **facts):
    """values(x, y, z) in millimetres of the patient; spacing between columns, rows and slices; axes: rows, columns, slices."""
    global series
    series += 1
    n = facts["size"]
    axes = np.asarray(axes, float)
    i, j = np.meshgrid(np.arange(n[0]), np.arange(n[1]))
    for k in range(n[2]):
        corner = np.asarray(origin) + axes[2] * k * spacing[2] + np.asarray(shift) * k
        at = corner + i[..., None] * spacing[0] * axes[0] + j[..., None] * spacing[1] * axes[1]
        stored = np.round((values(at[..., 0], at[..., 1], at[..., 2]) - intercept) / slope)
        d = begin(name, "CT", CT, k + 1, stored.astype("i4").astype("i2"), {
            "PixelSpacing": [spacing[1], spacing[0]],
            "SliceThickness": spacing[2],
            "ImagePositionPatient": [f"{v:.9g}" for v in corner],
            "ImageOrientationPatient": [f"{v:.9g}" for v in np.ravel(axes[:2])],
            "FrameOfReferenceUID": f"{study}.0",
            "RescaleSlope": slope, "RescaleIntercept": intercept, "RescaleType": "HU",
            "WindowCenter": 500, "WindowWidth": 1000,
        })
        write(d)
    tell(name, spacing=spacing, **facts)


# Rods along the three axes: each stands out of the plane that it crosses as a round spot of its own brightness.
SIZE, SPACING, ORIGIN = [96, 80, 56], [0.9, 1.25, 2.2], np.array([-37.3, -61.7, 103.4])
MIDDLE = ORIGIN + (np.array(SIZE) - 1) * SPACING / 2
PLACES = [(-31, -27), (28, -33), (-24, 34), (33, 25)]
PEAKS = [970, 850, 730, 610]
WIDE = 3.0
rods = [(axis, [MIDDLE[a] + o for a, o in zip([a for a in range(3) if a != axis], place)], peak)
        for axis in range(3) for place, peak in zip(PLACES, PEAKS)]


def bundle(x, y, z):
    at = [x, y, z]
    seen = []
    for axis, (p, q), peak in rods:
        u, v = (at[a] for a in range(3) if a != axis)
        seen.append(peak * np.exp(-((u - p) ** 2 + (v - q) ** 2) / (2 * WIDE**2)))
    return np.max(seen, axis=0)


volume("rods", bundle, SPACING, ORIGIN, np.eye(3), size=SIZE, rods=rods, middle=MIDDLE.tolist())


# Soft waves and an edge, taken slantwise.
def turned(about, degrees):
    a, (c, s) = np.asarray(about, float) / np.linalg.norm(about), (np.cos(np.radians(degrees)), np.sin(np.radians(degrees)))
    k = np.array([[0, -a[2], a[1]], [a[2], 0, -a[0]], [-a[1], a[0], 0]])
    return np.eye(3) + s * k + (1 - c) * k @ k


def waves(x, y, z):
    soft = 480 + 130 * np.sin(x / 4.1 + 0.3) + 130 * np.sin(y / 5.3 + 1.1) + 130 * np.sin(z / 6.7 + 2.0) + 1.2 * x - 0.9 * z
    return np.where((x - 12) ** 2 + (y + 9) ** 2 + (z - 4) ** 2 < 15**2, 940, soft)


slant = turned([1, 2, -1.5], 24).T
volume("waves", waves, [0.8, 1.1, 2.5], slant.T @ [-36, -38, -44], slant, slope=0.5, intercept=-1024, size=[90, 72, 36])
volume("tilted gantry", waves, [0.8, 1.1, 2.5], [-36, -38, -44], np.eye(3), shift=(0, 0.6, 0), size=[48, 48, 12])

# Pictures: round spots of known middles, brighter than the window's lower edge, and noise below it that only figures see.
SPOTS = [(-0.36, -0.34, 980), (0.37, -0.36, 860), (-0.35, 0.36, 740), (0.36, 0.33, 620), (0.04, -0.05, 520)]


def picture(name, columns, rows, between, along, modality, kind, **more):
    """A picture of columns and rows whose pixels are between (down) and along (to the right) apart."""
    global series
    series += 1
    j, i = np.mgrid[0:rows, 0:columns]
    noise = -700 + 60 * np.sin(i / 7.0) + 40 * np.cos(j / 5.0) + rng.normal(0, 45, (rows, columns))
    spots, places = np.zeros((rows, columns)), []
    for u, v, peak in SPOTS:
        x, y = (columns - 1) / 2 + u * columns, (rows - 1) / 2 + v * rows
        wide = 4.0 / max(between, along)  # of the wider pixels
        spots = np.maximum(spots, peak * np.exp(-(((i - x) * along) ** 2 + ((j - y) * between) ** 2) / (2 * (wide * max(between, along)) ** 2)))
        places.append([x, y, peak])
    values = np.where(spots > 3, spots, noise)
    stored = np.round(values).astype(int) + 1024
    d = begin(name, modality, kind, 1, stored.astype("u2"), {"WindowCenter": 500, "WindowWidth": 1000, "RescaleSlope": 1, "RescaleIntercept": -1024, **more})
    write(d)
    tell(name, columns=columns, rows=rows, spacing=[along, between], spots=places)


def lies(axes, at):
    return {"ImagePositionPatient": [f"{v:.9g}" for v in at], "ImageOrientationPatient": [f"{v:.9g}" for v in np.ravel(axes[:2])], "FrameOfReferenceUID": f"{study}.0"}


picture("unequal", 150, 110, 0.85, 1.35, "CT", CT, PixelSpacing=[0.85, 1.35], RescaleType="HU", **lies(slant, [-80, 22.5, 61]))
picture("detector", 160, 120, 0.8, 1.1, "CR", CR, ImagerPixelSpacing=[0.8, 1.1], PatientOrientation=["L", "F"])
picture("no size", 140, 140, 1, 1, "OT", SC)
picture("no size, high pixels", 140, 80, 2, 1, "OT", SC, PixelAspectRatio=["2", "1"])


def region(x0, y0, x1, y1, dx, dy):
    d = Dataset()
    d.RegionSpatialFormat, d.RegionDataType, d.RegionFlags = 1, 1, 0
    d.RegionLocationMinX0, d.RegionLocationMinY0, d.RegionLocationMaxX1, d.RegionLocationMaxY1 = x0, y0, x1, y1
    d.PhysicalUnitsXDirection = d.PhysicalUnitsYDirection = 3
    d.PhysicalDeltaX, d.PhysicalDeltaY = dx, dy
    return d


picture("ultrasound", 160, 120, 1, 1, "US", US, SequenceOfUltrasoundRegions=Sequence([region(10, 10, 84, 109, 0.05, 0.03), region(90, 10, 149, 109, 0.02, 0.02)]))

# Round spots on one plane: upright through the middle, then turned by 30 degrees about the patient's long axis, its right side forward.
SIZE, SPACING, ORIGIN = [88, 84, 52], [0.9, 1.1, 2.2], np.array([-41.6, 12.9, -208.7])
MIDDLE = ORIGIN + (np.array(SIZE) - 1) * SPACING / 2
ACROSS = np.array([np.cos(np.radians(30)), -np.sin(np.radians(30)), 0])
balls = [(MIDDLE + along * ACROSS + [0, 0, -down], [along, down], peak) for (along, down), peak in zip([*PLACES, (4, -3)], [*PEAKS, 500])]


def round_spots(x, y, z):
    return np.max([peak * np.exp(-((x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2) / (2 * 4.0**2)) for (a, b, c), _, peak in balls], axis=0)


volume("slanting", round_spots, SPACING, ORIGIN, np.eye(3), size=SIZE, spots=[{"at": at, "peak": peak} for _, at, peak in balls])
