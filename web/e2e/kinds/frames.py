"""Writes studies whose frames say something of their own: angiograms, fluoroscopy, scintigrams, tables of single frames, Enhanced PET.

usage: frames.py OUT UID-ROOT
Writes OUT/NAME.dcm …; the study of each kind is UID-ROOT.N in the order below. Prints as JSON what the pixels of study 4 are by pydicom.
"""
import json

import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixel_data_handlers.util import apply_voi_lut

from base import begin, code, frames, item, root, save, sq

x, y = np.meshgrid(np.arange(256), np.arange(256))
vessel = abs(y - 128 - 40 * np.sin(x / 40)) < 6


def loop(n, step):
    """A square that lights by as much more in each frame, under a vessel."""
    inner = (abs(x - 40) < 20) & (abs(y - 40) < 20)
    return [np.where(inner, k * step, np.where(vessel, 30, 160)).astype("u1") for k in range(n)]


# 1: angiograms: the detector's spacing alone; with a magnification; calibrated on a catheter.
for series, (name, more) in enumerate((("detector", {}), ("estimated", {"EstimatedRadiographicMagnificationFactor": "1.5"}),
                                       ("calibrated", {"PixelSpacing": ["0.2", "0.2"], "PixelSpacingCalibrationType": "FIDUCIAL"})), 1):
    d = begin(1, "12.1", "XA", name, series, ImagerPixelSpacing=["0.3", "0.3"], FrameTime="125", FrameIncrementPointer=0x00181063, **more)
    d.ImageType, d.PositionerMotion = ["ORIGINAL", "PRIMARY", "SINGLE PLANE"], "STATIC"
    frames(d, loop(24, 10))
    save(d, f"xa{series}")

# 2: fluoroscopy: three frames close together, then three that stay.
d = begin(2, "12.2", "RF", "swallow", FrameIncrementPointer=0x00181065, FrameTimeVector=["0", "100", "100", "900", "900", "900"])
d.ImageType = ["ORIGINAL", "PRIMARY"]
frames(d, loop(6, 40))
save(d, "rf")

# 3: scintigrams: views of two detectors on their way around; front and back of a whole body.
d = begin(3, "20", "NM", "views", ImageType=["ORIGINAL", "PRIMARY", "TOMO", "EMISSION"], NumberOfDetectors=2, NumberOfRotations=1, NumberOfEnergyWindows=1)
d.FrameIncrementPointer = [0x00540010, 0x00540020, 0x00540050, 0x00540090]
d.EnergyWindowVector, d.RotationVector = [1] * 8, [1] * 8
d.DetectorVector, d.AngularViewVector = [1] * 4 + [2] * 4, [1, 2, 3, 4] * 2
frames(d, [np.full((64, 64), 20 * (k + 1), "<u2") for k in range(8)])
save(d, "nm1")
d = begin(3, "20", "NM", "whole body", 2, ImageType=["ORIGINAL", "PRIMARY", "WHOLE BODY", "EMISSION"], NumberOfDetectors=2)
d.FrameIncrementPointer, d.DetectorVector = [0x00540020], [1, 2]
d.DetectorInformationSequence = sq(item(ViewCodeSequence=code("R-10206", "SRT", "anterior")), item(ViewCodeSequence=code("R-10226", "SRT", "posterior")))
frames(d, [np.full((64, 64), v, "<u2") for v in (30, 60)])
save(d, "nm2")


# 4: an enhanced MR: a table for the first frame, another one shared by the second and the third, a window for the fourth.
def table(first, bits, entries):
    lut = Dataset()
    lut.is_little_endian, lut.is_implicit_VR = True, False
    lut.add_new("LUTDescriptor", "US", [len(entries), first, bits])
    lut.add_new("LUTData", "OW", np.asarray(entries, "<u2").tobytes())
    return item(VOILUTSequence=sq(lut))


k = np.arange(1024)
rising = (4095 * (k / 1023) ** 2).astype(int)
falling = (65535 * (1 - k / 1023) ** 0.5).astype(int)
ramp = (np.minimum(255, np.arange(256))[None, :].repeat(256, 0) * 4 + y // 64).astype("<u2")
d = begin(4, "4.1", "MR", "tables", ImageType=["ORIGINAL", "PRIMARY", "OTHER", "NONE"], FrameOfReferenceUID=f"{root}.4.0")
frames(d, [ramp] * 4, 12)
own = [table(0, 12, rising), None, None, item(WindowCenter="300", WindowWidth="200")]
d.SharedFunctionalGroupsSequence = sq(item(
    PlaneOrientationSequence=sq(item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])),
    PixelMeasuresSequence=sq(item(PixelSpacing=["1", "1"], SliceThickness="3")),
    FrameVOILUTSequence=sq(table(0, 16, falling)),
))
d.PerFrameFunctionalGroupsSequence = sq(*(item(
    FrameContentSequence=sq(item(StackID="1", InStackPositionNumber=n + 1)),
    PlanePositionSequence=sq(item(ImagePositionPatient=[0, 0, -3 * n])),
    **({"FrameVOILUTSequence": sq(o)} if o else {}),
) for n, o in enumerate(own)))
save(d, "mr")
points = [[8, 32], [60, 96], [128, 128], [200, 160], [250, 224]]
wanted = []
for o in own:
    plain = Dataset()
    plain.is_little_endian, plain.is_implicit_VR = True, False
    plain.PhotometricInterpretation, plain.BitsStored, plain.BitsAllocated, plain.PixelRepresentation = "MONOCHROME2", 12, 16, 0
    macro = o or d.SharedFunctionalGroupsSequence[0].FrameVOILUTSequence[0]
    plain.update(macro)
    if "VOILUTSequence" in macro:
        lut = plain.VOILUTSequence[0]
        shown = apply_voi_lut(ramp, plain).astype(float) / (2 ** lut.LUTDescriptor[2] - 1)
    else:
        shown = apply_voi_lut(ramp, plain).astype(float) / 4095
    wanted.append([round(float(255 * shown[v, u]), 2) for u, v in points])

# 5: Enhanced PET: bodies of an uptake of one with a part of four; by activity; by a mapping to uptake; without a weight; in counts.
HALF, DOSE = 6586.2, 370.0
even = DOSE * 1e6 * 2 ** (-3600 / HALF) / 70000
x, y = np.meshgrid(np.arange(64), np.arange(64))
body = ((x - 31.5) ** 2 / 26**2 + (y - 31.5) ** 2 / 18**2 < 1) * 1000
stored = np.where((x - 40) ** 2 + (y - 30) ** 2 < 36, 4000, body).astype("<u2")
kinds = (("activity", "Bq/ml", even / 1000, 70), ("uptake", "g/ml{SUVbw}", 0.001, None), ("no weight", "Bq/ml", even / 1000, None), ("counts", "{counts}/s", 1, 70))
for series, (name, unit, slope, weight) in enumerate(kinds, 1):
    d = begin(5, "130", "PT", name, series, ImageType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"], FrameOfReferenceUID=f"{root}.5.0")
    d.DecayCorrected = d.AttenuationCorrected = "YES"
    d.DecayCorrectionDateTime = "20260101110000"
    d.RadiopharmaceuticalInformationSequence = sq(item(
        RadiopharmaceuticalAgentNumber=1, RadiopharmaceuticalStartDateTime="20260101100000", RadionuclideTotalDose=f"{DOSE}", RadionuclideHalfLife=f"{HALF}"))
    if weight:
        d.PatientWeight = str(weight)
    frames(d, [stored] * 5)
    shared = item(
        PlaneOrientationSequence=sq(item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])),
        PixelMeasuresSequence=sq(item(PixelSpacing=["4", "4"], SliceThickness="4")),
        PixelValueTransformationSequence=sq(item(RescaleIntercept="0", RescaleSlope="1", RescaleType="US")),
    )
    mapping = item(RealWorldValueFirstValueMapped=0, RealWorldValueLastValueMapped=65535, RealWorldValueIntercept=0.0, RealWorldValueSlope=float(slope))
    mapping.LUTExplanation, mapping.LUTLabel = name, name[:16]
    mapping.MeasurementUnitsCodeSequence = code(unit, "UCUM", unit)
    shared.RealWorldValueMappingSequence = sq(mapping)
    d.SharedFunctionalGroupsSequence = sq(shared)
    d.PerFrameFunctionalGroupsSequence = sq(*(item(PlanePositionSequence=sq(item(ImagePositionPatient=[-126, -126, 4 * n]))) for n in range(5)))
    save(d, f"pt{series}")

# 6: a scintigram of slices that were made of views, from the head to the feet; each is darker than the one above.
d = begin(6, "20", "NM", "slices", ImageType=["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"], NumberOfDetectors=1, FrameOfReferenceUID=f"{root}.6.0")
d.FrameIncrementPointer, d.SliceVector, d.NumberOfSlices = [0x00540080], list(range(1, 25)), 24
d.DetectorInformationSequence = sq(item(ImagePositionPatient=[-63, -63, 100], ImageOrientationPatient=[1, 0, 0, 0, 1, 0]))
d.PixelSpacing, d.SliceThickness, d.SpacingBetweenSlices = ["2", "2"], "3", "-3"
d.WindowCenter, d.WindowWidth = "120", "240"
round = (x - 31.5) ** 2 + (y - 31.5) ** 2 < 20**2
frames(d, [np.where(round, 10 * (23 - k), 0).astype("<u2") for k in range(24)])
save(d, "nm-slices")

print(json.dumps({"points": points, "greys": wanted}))
