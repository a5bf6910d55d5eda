"""Writes small phantoms of one study, a series each, and what a display must show of them, computed from the standard's own formulas.

usage: phantoms.py OUT STUDY
Writes OUT/N.dcm, and to standard output one JSON object a file. `shown` is what stands on the display in a grid of 16 by 16: red, green
and blue of each block, row by row, as the picture lies when it opens. `aspect` is the height of a pixel over its width.
"""
import json
import os
import subprocess
import sys

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

out, study = sys.argv[1], sys.argv[2]
GRID, BLOCK = 16, 4
SIDE = GRID * BLOCK
SC = "1.2.840.10008.5.1.4.1.1.7"
rng = np.random.default_rng(20260101)
count = 0


def blocks(values):
    """256 values as a picture of 64 by 64."""
    return np.kron(np.asarray(values).reshape(GRID, GRID), np.ones((BLOCK, BLOCK), dtype=int))


def ramp(low, high):
    """256 whole values from low to high in no order, so that a picture that lies wrongly is a wrong one."""
    return rng.permutation(np.round(np.linspace(low, high, GRID * GRID)).astype(int)).reshape(GRID, GRID)


def item(**values):
    d = Dataset()
    for k, v in values.items():
        setattr(d, k, v)
    return d


def table(first, entries, bits, **more):
    """An item of a lookup table sequence (PS3.3 C.11.1.1)."""
    d = item(**more)
    # The first value mapped has the representation of the pixels.
    d.add_new(0x00283002, "SS" if first < 0 else "US", [len(entries) % 65536, first, bits])
    d.add_new(0x00283006, "OW", np.asarray(entries, "<u2").tobytes())
    return Sequence([d])


def looked(values, first, entries):
    return np.asarray(entries)[np.clip(np.asarray(values).astype(int) - first, 0, len(entries) - 1)]


def linear(x, c, w):
    """PS3.3 C.11.2.1.2.1."""
    x = np.asarray(x, float)
    y = ((x - (c - 0.5)) / (w - 1) + 0.5) * 255 if w > 1 else 0 * x
    return np.where(x <= c - 0.5 - (w - 1) / 2, 0, np.where(x > c - 0.5 + (w - 1) / 2, 255, y))


def exact(x, c, w):
    """PS3.3 C.11.2.1.3.2."""
    x = np.asarray(x, float)
    return np.where(x <= c - w / 2, 0, np.where(x > c + w / 2, 255, ((x - c) / w + 0.5) * 255))


def sigmoid(x, c, w):
    """PS3.3 C.11.2.1.3.1."""
    return 255 / (1 + np.exp(-4 * (np.asarray(x, float) - c) / w))


def rgb_of(ybr):
    """PS3.3 C.7.6.3.1.2, full range."""
    y, cb, cr = (np.asarray(ybr, float)[..., i] for i in range(3))
    rgb = np.stack([y + 1.402 * (cr - 128), y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128), y + 1.772 * (cb - 128)], axis=-1)
    return np.clip(rgb, 0, 255)


def grey(y):
    return np.repeat(np.asarray(y, float).reshape(GRID, GRID)[..., None], 3, axis=-1)


def begin(name):
    global count
    count += 1
    d = Dataset()
    meta = FileMetaDataset()
    d.SOPClassUID = meta.MediaStorageSOPClassUID = SC
    d.StudyInstanceUID, d.SeriesInstanceUID, d.SOPInstanceUID = study, f"{study}.{count}", f"{study}.{count}.1"
    meta.MediaStorageSOPInstanceUID, meta.TransferSyntaxUID = d.SOPInstanceUID, ExplicitVRLittleEndian
    d.file_meta, d.is_little_endian, d.is_implicit_VR = meta, True, False
    d.SpecificCharacterSet = "ISO_IR 192"
    d.PatientID, d.PatientName, d.PatientBirthDate, d.PatientSex = "CANVAS", "Test^Canvas", "", ""
    d.AccessionNumber, d.StudyID, d.StudyDate, d.StudyTime = "", "", "20260101", "120000"
    d.Modality, d.SeriesNumber, d.InstanceNumber, d.SeriesDescription = "OT", count, 1, name
    d.Rows = d.Columns = SIDE
    return d


def mono(name, values, stored=16, signed=False, allocated=16, photometric="MONOCHROME2", **more):
    d = begin(name)
    d.SamplesPerPixel, d.PhotometricInterpretation = 1, photometric
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = allocated, stored, stored - 1, int(signed)
    kind = f"{'<i' if signed else '<u'}{allocated // 8}"
    d.PixelData = blocks(values).astype(kind).tobytes()
    for k, v in more.items():
        setattr(d, k, v)
    return d


def colour(name, photometric, samples, planar=0):
    d = begin(name)
    d.SamplesPerPixel, d.PhotometricInterpretation, d.PlanarConfiguration = 3, photometric, planar
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 8, 8, 7, 0
    full = np.kron(samples, np.ones((BLOCK, BLOCK, 1))).astype("u1")
    d.PixelData = (full if planar == 0 else np.moveaxis(full, 2, 0)).tobytes()
    return d


def tell(d, shown, convert=(), **more):
    path = os.path.join(out, f"{count}.dcm")
    pydicom.dcmwrite(path, d, write_like_original=False)
    if convert:
        raw = path + ".raw"
        os.rename(path, raw)
        subprocess.run([*convert, raw, path], check=True, capture_output=True)
        os.remove(raw)
    says = {"name": d.SeriesDescription, "n": count, "aspect": 1, "tolerance": 1, **more}
    says["shown"] = np.clip(np.asarray(shown, float), 0, 255).round(3).reshape(GRID, GRID, 3).tolist()
    print(json.dumps(says))


def overlay(d, group, bits, row, column):
    """A graphic of its own (PS3.3 C.9.2), its first pixel at row and column from 1."""
    height, width = bits.shape
    packed = np.packbits(bits.astype("u1").ravel(), bitorder="little")
    d.add_new((group, 0x0010), "US", height)
    d.add_new((group, 0x0011), "US", width)
    d.add_new((group, 0x0040), "CS", "G")
    d.add_new((group, 0x0050), "SS", [row, column])
    d.add_new((group, 0x0100), "US", 1)
    d.add_new((group, 0x0102), "US", 0)
    d.add_new((group, 0x3000), "OW", packed.tobytes() + b"\0" * (len(packed) % 2))


# Windows.
v = ramp(0, 4095)
tell(mono("window", v, 12, WindowCenter="2048", WindowWidth="1024"), grey(linear(v, 2048, 1024)))
v = ramp(0, 255)
tell(mono("window, narrow", v, 12, WindowCenter="100", WindowWidth="16"), grey(linear(v, 100, 16)))
tell(mono("window, exact", v, 12, WindowCenter="100", WindowWidth="16", VOILUTFunction="LINEAR_EXACT"), grey(exact(v, 100, 16)))
tell(mono("window of one", v, 12, WindowCenter="100", WindowWidth="1"), grey(linear(v, 100, 1)))
v = ramp(0, 4095)
tell(mono("sigmoid", v, 12, WindowCenter="2048", WindowWidth="1000", VOILUTFunction="SIGMOID"), grey(sigmoid(v, 2048, 1000)))
tell(mono("no window", v, 12), grey(exact(v, 2047.5, 4095)))
v = ramp(0, 255)
tell(mono("eight bits, no window", v, 8, allocated=8), grey(v))
v = ramp(20, 200)
tell(mono("eight bits, not all of them", v, 8, allocated=8), grey(v))
v = ramp(-1024, 3071)
tell(mono("rescaled", v + 1024, 12, RescaleIntercept="-1024", RescaleSlope="1", WindowCenter="40", WindowWidth="400", RescaleType="HU"), grey(linear(v, 40, 400)))
v = ramp(0, 400)
tell(mono("rescaled by a fraction", v, 16, RescaleIntercept="-0.5", RescaleSlope="0.01", WindowCenter="1", WindowWidth="4", RescaleType="US"), grey(linear(v * 0.01 - 0.5, 1, 4)))
tell(mono("rescaled, exact fraction", v, 16, RescaleIntercept="0", RescaleSlope="0.001", WindowCenter="0.2", WindowWidth="0.3", VOILUTFunction="LINEAR_EXACT"), grey(exact(v * 0.001, 0.2, 0.3)))

# Tables.
v = ramp(0, 4095)
root = np.round(np.sqrt(np.arange(4096) / 4095) * 65535).astype(int)
tell(mono("Modality LUT", v, 12, WindowCenter="30000", WindowWidth="40000", ModalityLUTSequence=table(0, root, 16, ModalityLUTType="US")), grey(linear(looked(v, 0, root), 30000, 40000)))
bent = np.round((np.arange(1024) / 1023) ** 2 * 255).astype(int)
tell(mono("VOI LUT of eight bits", v, 12, VOILUTSequence=table(1000, bent, 8)), grey(looked(v, 1000, bent)))
wide = np.round((np.arange(4096) / 4095) ** 0.5 * 4095).astype(int)
tell(mono("VOI LUT of twelve bits", v, 12, VOILUTSequence=table(0, wide, 12)), grey(looked(v, 0, wide) / 4095 * 255))
both = np.round((np.arange(65536) / 65535) ** 2 * 65535).astype(int)
tell(mono("Modality and VOI LUT", v, 12, ModalityLUTSequence=table(0, root, 16, ModalityLUTType="US"), VOILUTSequence=table(0, both, 16)), grey(looked(looked(v, 0, root), 0, both) / 65535 * 255))
v = ramp(-2048, 2047)
below = np.round((np.arange(4096) / 4095) ** 3 * 65535).astype(int)
tell(mono("VOI LUT of signed pixels", v, 12, signed=True, VOILUTSequence=table(-2048, below, 16)), grey(looked(v, -2048, below) / 65535 * 255))
v = ramp(0, 4095)
tell(mono("VOI LUT, MONOCHROME1", v, 12, photometric="MONOCHROME1", VOILUTSequence=table(0, wide, 12)), grey(255 - looked(v, 0, wide) / 4095 * 255))

# Which way light is.
tell(mono("MONOCHROME1", v, 12, photometric="MONOCHROME1", WindowCenter="2048", WindowWidth="1024"), grey(255 - linear(v, 2048, 1024)))
tell(mono("MONOCHROME1, INVERSE", v, 12, photometric="MONOCHROME1", WindowCenter="2048", WindowWidth="1024", PresentationLUTShape="INVERSE"), grey(255 - linear(v, 2048, 1024)))
tell(mono("MONOCHROME2, INVERSE", v, 12, WindowCenter="2048", WindowWidth="1024", PresentationLUTShape="INVERSE"), grey(255 - linear(v, 2048, 1024)))
tell(mono("MONOCHROME1, sigmoid", v, 12, photometric="MONOCHROME1", WindowCenter="2048", WindowWidth="1000", VOILUTFunction="SIGMOID"), grey(255 - sigmoid(v, 2048, 1000)))

# Signs and bits.
v = ramp(-1000, 1000)
tell(mono("signed", v, 16, signed=True, WindowCenter="0", WindowWidth="1000"), grey(linear(v, 0, 1000)))
v.ravel()[:40] = -2000
padded = mono("padded, no window", v, 16, signed=True)
padded.add_new(0x00280120, "SS", -2000)
tell(padded, grey(exact(v, 0, 2000)))
v = ramp(-2048, 2047)
twelve = mono("twelve bits with a sign", v, 12, signed=True, WindowCenter="0", WindowWidth="3000")
twelve.PixelData = (blocks(v) & 0x0FFF).astype("<u2").tobytes()
tell(twelve, grey(linear(v, 0, 3000)))
v = ramp(0, 4095)
def dirty(name, **more):
    d = mono(name, v, 12, WindowCenter="2048", WindowWidth="1024", **more)
    d.PixelData = (blocks(v) | (blocks(above) << 12)).astype("<u2").tobytes()
    return d


def high(name, signed=False):
    d = mono(name, v, 12, signed=signed, WindowCenter="0" if signed else "2048", WindowWidth="1024", HighBit=15)
    d.PixelData = (blocks(v - 2048 if signed else v) << 4).astype("<i2" if signed else "<u2").tobytes()
    return d


above = ramp(0, 15)
tell(dirty("something in the upper bits"), grey(linear(v, 2048, 1024)))
tell(high("pixels in the upper bits"), grey(linear(v, 2048, 1024)))
tell(dirty("something in the upper bits, RLE"), grey(linear(v, 2048, 1024)), convert=("dcmcrle",))
tell(dirty("something in the upper bits, JPEG-LS"), grey(linear(v, 2048, 1024)), convert=("dcmcjpls",))
tell(high("pixels in the upper bits, JPEG"), grey(linear(v, 2048, 1024)), convert=("dcmcjpeg",))
tell(high("pixels in the upper bits with a sign, JPEG-LS", True), grey(linear(v - 2048, 0, 1024)), convert=("dcmcjpls",))
falls = {"RescaleSlope": "-1", "RescaleIntercept": "4095"}
tell(mono("values that fall", v, 12, WindowCenter="2048", WindowWidth="1024", **falls), grey(linear(4095 - v, 2048, 1024)))
tell(dirty("values that fall, something in the upper bits, JPEG-LS", **falls), grey(linear(4095 - v, 2048, 1024)), convert=("dcmcjpls",))

# Colours.
c = rng.integers(0, 256, (GRID, GRID, 3))
tell(colour("RGB", "RGB", c), c)
tell(colour("RGB by planes", "RGB", c, 1), c)
ybr = rng.integers(40, 216, (GRID, GRID, 3))
tell(colour("YBR_FULL", "YBR_FULL", ybr), rgb_of(ybr))
tell(colour("YBR_FULL by planes", "YBR_FULL", ybr, 1), rgb_of(ybr))
half = colour("YBR_FULL_422", "YBR_FULL_422", ybr)
full = np.kron(ybr, np.ones((BLOCK, BLOCK, 1))).astype("u1")
# Two pixels of a line share their colour: Y Y B R (PS3.3 C.7.6.3.1.2).
half.PixelData = np.stack([full[:, 0::2, 0], full[:, 1::2, 0], full[:, 0::2, 1], full[:, 0::2, 2]], axis=-1).tobytes()
tell(half, rgb_of(ybr))
tell(colour("YBR_RCT", "RGB", c), c, convert=("gdcmconv", "--j2k"))
tell(colour("RGB, RLE", "RGB", c), c, convert=("gdcmconv", "--rle"))
tell(colour("YBR_FULL, RLE", "YBR_FULL", ybr), rgb_of(ybr), convert=("dcmcrle",))
tell(colour("RGB, JPEG-LS", "RGB", c), c, convert=("gdcmconv", "--jpegls"))
# Smooth colours, for what is lossy keeps no others.
soft = np.stack(np.meshgrid(np.linspace(60, 190, GRID), np.linspace(190, 60, GRID)) + [np.full((GRID, GRID), 128.0)], axis=-1).astype(int)
tell(colour("JPEG baseline", "RGB", soft), soft, convert=("dcmcjpeg", "+eb", "+q", "100", "+s4"), tolerance=4)


def palette(name, values, tables, first, bits, allocated):
    d = mono(name, values, allocated, allocated=allocated, photometric="PALETTE COLOR")
    for n, entries in zip(("Red", "Green", "Blue"), tables):
        setattr(d, f"{n}PaletteColorLookupTableDescriptor", [len(entries) % 65536, first, bits])
        setattr(d, f"{n}PaletteColorLookupTableData", np.asarray(entries, "<u2" if bits == 16 else "u1").tobytes())
    return d


v = ramp(0, 255)
tables = [rng.integers(0, 65536, 200) for _ in range(3)]
tell(palette("palette", v, tables, 20, 16, 8), np.stack([looked(v, 20, t) >> 8 for t in tables], axis=-1))
tables = [np.zeros(256, int), rng.integers(0, 256, 256), rng.integers(0, 65536, 256)]
tell(palette("palette without red", v, tables, 0, 16, 8), np.stack([looked(v, 0, t) >> 8 for t in tables], axis=-1))
tables = [rng.integers(0, 256, 256) for _ in range(3)]
tell(palette("palette of eight bits", v, tables, 0, 8, 8), np.stack([looked(v, 0, t) for t in tables], axis=-1))
v = ramp(0, 65535)
tables = [rng.integers(0, 65536, 65536) for _ in range(3)]
tell(palette("palette of sixteen bits", v, tables, 0, 16, 16), np.stack([looked(v, 0, t) >> 8 for t in tables], axis=-1))

# Graphics over the pixels: where they are, the picture is not; `graphic` tells their blocks.
v = ramp(0, 255)
d = mono("overlays", v, 8, allocated=8)
letter = np.zeros((5, 6), bool)
letter[0], letter[:, 0], letter[2, :4] = True, True, True  # an F, which no turn leaves the same
overlay(d, 0x6000, np.kron(letter, np.ones((BLOCK, BLOCK))), 2 * BLOCK + 1, 3 * BLOCK + 1)
edge = np.ones((3 * BLOCK, 3 * BLOCK))
overlay(d, 0x6002, edge, 1 - 2 * BLOCK, SIDE - 2 * BLOCK + 1)  # one block of it lies on the picture's upper right corner
graphic = np.zeros((GRID, GRID), bool)
graphic[2:7, 3:9] = letter
graphic[0, 14:16] = True
tell(d, grey(v), graphic=graphic.astype(int).tolist())

# As until 2004: in a bit of each pixel that its value leaves free (PS3.3-2004 C.9.2).
v = ramp(0, 4095)
within = mono("overlay within the pixels", v, 12, WindowCenter="2048", WindowWidth="1024")
within.add_new((0x6000, 0x0010), "US", SIDE)
within.add_new((0x6000, 0x0011), "US", SIDE)
within.add_new((0x6000, 0x0040), "CS", "G")
within.add_new((0x6000, 0x0050), "SS", [1, 1])
within.add_new((0x6000, 0x0100), "US", 16)
within.add_new((0x6000, 0x0102), "US", 13)
graphic = np.zeros((GRID, GRID), bool)
graphic[5:10, 6:12] = letter
within.PixelData = (blocks(v) | (blocks(graphic.astype(int)) << 13)).astype("<u2").tobytes()
tell(within, grey(linear(v, 2048, 1024)), graphic=graphic.astype(int).tolist())

# How pixels lie.
v = ramp(0, 255)
flat = mono("pixels twice as wide as high", v, 8, allocated=8, PixelSpacing=["0.5", "1"])
tell(flat, grey(v), aspect=0.5)
high = mono("aspect ratio without a size", v, 8, allocated=8, PixelAspectRatio=["2", "1"])
tell(high, grey(v), aspect=2)
slice_ = mono("sagittal", v, 8, allocated=8, PixelSpacing=["1", "1"], ImagePositionPatient=["10", "-30", "40"], ImageOrientationPatient=["0", "1", "0", "0", "0", "-1"])
slice_.FrameOfReferenceUID = f"{study}.0"
slice_.Modality, slice_.SOPClassUID, slice_.file_meta.MediaStorageSOPClassUID = "CT", "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2"
tell(slice_, grey(v), letters={"left": "A", "right": "P", "top": "H", "bottom": "F"})
film = mono("radiograph", v, 8, allocated=8, PatientOrientation=["L", "F"], Modality="CR")
tell(film, grey(v), letters={"left": "R", "right": "L", "top": "H", "bottom": "F"})
