"""Writes small studies of kinds that no scanner of the demo makes: ultrasound with regions, uptake, breasts, videos, a photograph.

usage: make.py OUT UID-ROOT
Writes OUT/NAME.dcm …; the study of each kind is UID-ROOT.N in the order above. Nobody's: shapes and test pictures.
"""
import os
import subprocess

import numpy as np
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence

from base import begin, item, out, pixels, root, save

# 1: an M-mode of 5 ms and 0.5 mm a pixel beside a spectrum of 5 ms and 1 cm/s a pixel; below a picture of flow, and a part without axes.
def region(x0, y0, x1, y1, form, data, units, deltas, base=None):
    r = item(RegionSpatialFormat=form, RegionDataType=data, RegionFlags=0, PhysicalUnitsXDirection=units[0], PhysicalUnitsYDirection=units[1],
             PhysicalDeltaX=deltas[0], PhysicalDeltaY=deltas[1], RegionLocationMinX0=x0, RegionLocationMinY0=y0, RegionLocationMaxX1=x1, RegionLocationMaxY1=y1)
    if base is not None:
        r.ReferencePixelX0, r.ReferencePixelY0, r.ReferencePixelPhysicalValueX, r.ReferencePixelPhysicalValueY = 0, base, 0.0, 0.0
    return r


d = begin(1, "6.1", "US", "regions", PatientOrientation="")
d.SequenceOfUltrasoundRegions = Sequence([
    region(0, 0, 319, 239, 2, 1, (4, 3), (0.005, 0.05)),
    region(320, 0, 639, 239, 3, 3, (4, 7), (0.005, -1.0), base=120),
    region(0, 240, 319, 479, 1, 2, (3, 3), (0.02, 0.02)),
    region(320, 240, 639, 479, 5, 1, (0, 0), (0.0, 0.0)),
])
x, y = np.meshgrid(np.arange(640), np.arange(480))
picture = np.zeros((480, 640), "u1")
beat = (x * 0.005) % 0.8 / 0.8
picture[:240, :320] = (np.abs(y - (120 + 40 * np.sin(2 * np.pi * beat))) < 4)[:240, :320] * 220
spectrum = (y < 120) & (y > 120 - 90 * np.clip(np.sin(2 * np.pi * beat), 0, 1))
picture[:240, 320:] = spectrum[:240, 320:] * 160
picture[120, 320:] = 255
picture[240:, :320] = ((x // 25 + y // 25) % 2 * 90)[240:, :320]
picture[240:, 320:] = 40
pixels(d, picture)
save(d, "us")

# 2: bodies that hold their dose evenly, with a part of four times as much; of the second the weight is not known.
DOSE, KILOGRAMS, HALF, SECONDS = 370e6, 70, 6586.2, 3600
even = DOSE * 2 ** (-SECONDS / HALF) / (KILOGRAMS * 1000)  # Bq/ml, an uptake of one
for series, weight in ((1, KILOGRAMS), (2, None)):
    for z in range(5):
        d = begin(2, "128", "PT", "uptake" if weight else "no weight", series, SeriesDate="20260101", SeriesTime="110000", AcquisitionDate="20260101", AcquisitionTime="110000")
        agent = item(RadiopharmaceuticalStartDateTime="20260101100000", RadionuclideTotalDose=f"{DOSE:.0f}", RadionuclideHalfLife=f"{HALF}")
        d.RadiopharmaceuticalInformationSequence = Sequence([agent])
        d.Units, d.DecayCorrection, d.CorrectedImage, d.ImageType = "BQML", "START", ["DECY", "ATTN", "SCAT"], ["ORIGINAL", "PRIMARY"]
        if weight:
            d.PatientWeight = str(weight)
        d.FrameOfReferenceUID = f"{root}.2.0"
        d.ImageOrientationPatient, d.ImagePositionPatient, d.PixelSpacing = [1, 0, 0, 0, 1, 0], [-126, -126, 4 * z], ["4", "4"]
        d.SliceThickness, d.RescaleIntercept, d.RescaleSlope = "4", "0", f"{even / 1000:.9g}"
        x, y = np.meshgrid(np.arange(64), np.arange(64))
        body = ((x - 31.5) ** 2 / 26**2 + (y - 31.5) ** 2 / 18**2 < 1) * 1000
        hot = (x - 40) ** 2 + (y - 30) ** 2 < 36
        pixels(d, np.where(hot, 4000, body).astype("<u2"))
        save(d, f"pt{series}{z}")

# 3: four views of breasts, the chest wall where the row begins or ends; one of them dark on light, one on a smaller plate.
for n, (side, view, photometric) in enumerate((("L", "MLO", "MONOCHROME2"), ("R", "CC", "MONOCHROME2"), ("L", "CC", "MONOCHROME2"), ("R", "MLO", "MONOCHROME1"))):
    d = begin(3, "1.2", "MG", f"{side} {view}", n + 1, ViewPosition=view, ImageLaterality=side, BodyPartExamined="BREAST", PresentationIntentType="FOR PRESENTATION")
    rows, columns = (480, 360) if view == "MLO" else (360, 270)
    d.PatientOrientation = ["A" if side == "L" else "P", "F" if view == "MLO" else ("L" if side == "L" else "R")]
    d.ImagerPixelSpacing = d.PixelSpacing = ["0.5", "0.5"]
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    x = x if side == "L" else columns - 1 - x
    breast = (x / (0.7 * columns)) ** 2 + ((y - rows / 2) / (0.4 * rows)) ** 2 < 1
    values = np.where(breast, 2200 + 900 * np.cos(x / 23.0) * np.cos(y / 31.0), 100)
    values[(x - 90) ** 2 + (y - rows // 2) ** 2 < 100] = 4000
    values = values.astype("<u2")
    pixels(d, values if photometric == "MONOCHROME2" else (4095 - values).astype("<u2"), 12, photometric)
    d.WindowCenter, d.WindowWidth = "2048", "4096"
    save(d, f"mg{n}")

# 4: videos: one that browsers play, one that they do not.
def film(series, syntax, name, *how):
    path = os.path.join(out, name)
    source = ("-f", "lavfi", "-i", "testsrc=size=320x240:rate=25:duration=2")
    subprocess.run(["ffmpeg", "-v", "error", "-y", *source, "-pix_fmt", "yuv420p", *how, path], check=True)
    d = begin(4, "77.1.1.1", "ES", name, series, FrameTime="40", CineRate="25", NumberOfFrames="50", FrameIncrementPointer=0x00181063)
    d.Rows, d.Columns, d.SamplesPerPixel, d.PlanarConfiguration, d.PhotometricInterpretation = 240, 320, 3, 0, "YBR_PARTIAL_420"
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 8, 8, 7, 0
    d.LossyImageCompression = "01"
    stream = open(path, "rb").read()
    d.PixelData = encapsulate([stream + b"\0" * (len(stream) % 2)], has_bot=False)
    d["PixelData"].is_undefined_length = True
    d.file_meta.TransferSyntaxUID = syntax
    save(d, name)


film(1, "1.2.840.10008.1.2.4.102", "plays.mp4", "-c:v", "libx264", "-profile:v", "high", "-bf", "0", "-movflags", "+faststart")
film(2, "1.2.840.10008.1.2.4.100", "not.m2v", "-c:v", "mpeg2video", "-f", "mpeg2video")

# 5: a photograph as JPEG baseline; pixels of a camera have no size.
x, y = np.meshgrid(np.linspace(0, 255, 320), np.linspace(0, 255, 240))
d = begin(5, "77.1.4", "XC", "photograph", LossyImageCompression="00")
pixels(d, np.stack([x, y, 255 - x], axis=-1).astype("u1"), photometric="RGB")
save(d, "photo")
path = os.path.join(out, "photo.dcm")
subprocess.run(["dcmcjpeg", "+eb", "+q", "95", path, path + ".jpeg"], check=True)
os.replace(path + ".jpeg", path)

# 6: an enhanced CT whose frames come in no order of place, each with an intercept of its own; n slices up the inner square has 10 n HU.
SLICES = 24
d = begin(6, "2.1", "CT", "enhanced", FrameOfReferenceUID=f"{root}.6.0", NumberOfFrames=SLICES, ImageType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"])
x, y = np.meshgrid(np.arange(64), np.arange(64))
pixels(d, np.where((abs(x - 31.5) < 16) & (abs(y - 31.5) < 16), 1000, 0).astype("<u2"), 12)
d.PixelData = d.PixelData * SLICES
d.SharedFunctionalGroupsSequence = Sequence([item(
    PlaneOrientationSequence=Sequence([item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])]),
    PixelMeasuresSequence=Sequence([item(PixelSpacing=["2", "2"], SliceThickness="3", SpacingBetweenSlices="3")]),
    FrameVOILUTSequence=Sequence([item(WindowCenter="120", WindowWidth="241")]),
)])
d.PerFrameFunctionalGroupsSequence = Sequence([item(
    FrameContentSequence=Sequence([item(StackID="1", InStackPositionNumber=n + 1)]),
    PlanePositionSequence=Sequence([item(ImagePositionPatient=[-63, -63, 3 * n])]),
    PixelValueTransformationSequence=Sequence([item(RescaleIntercept=str(10 * n - 1000), RescaleSlope="1", RescaleType="HU")]),
) for n in ((7 * i) % SLICES for i in range(SLICES))])
save(d, "enhanced")
