"""Writes a large CT whose slices show their own number: everywhere-memory.slices.py OUT STUDY SLICES SIDE

Each slice is SIDE by SIDE pixels of 16 bits: four by four blocks. Eleven are the bits of its index, white for one, then come their parity, white, black,
and two greys, so that nothing else is taken for a number. Blocks are long runs, so that a slice is small in run lengths (PS3.5 annex G).
"""
import os
import struct
import sys

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import CTImageStorage, RLELossless

out, study, slices, side = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
BLOCK = side // 4
BLACK, WHITE = 1024, 2024  # stored: 0 and 1000 HU


def runs(value):
    """One row of one block of a byte."""
    whole, rest = divmod(BLOCK, 128)
    return bytes([129, value]) * whole + (bytes([257 - rest, value]) if rest > 1 else bytes([0, value]) * rest)


def blocks(index):
    bits = [index >> n & 1 for n in range(11)]
    return [*bits, sum(bits) % 2, 1, 0, 0.7, 0.3]


def compressed(index):
    values = [round(BLACK + share * (WHITE - BLACK)) for share in blocks(index)]
    segments = []
    for shift in (8, 0):  # the high bytes come first
        rows = (b"".join(runs(v >> shift & 255) for v in values[row : row + 4]) for row in range(0, 16, 4))
        data = b"".join(row * BLOCK for row in rows)
        segments.append(data + b"\0" * (len(data) % 2))
    return struct.pack("<16I", 2, 64, 64 + len(segments[0]), *[0] * 13) + b"".join(segments)


d = Dataset()
d.SOPClassUID, d.StudyInstanceUID, d.SeriesInstanceUID, d.FrameOfReferenceUID = CTImageStorage, study, f"{study}.1", f"{study}.0"
d.PatientID, d.PatientName, d.PatientBirthDate, d.PatientSex = "LARGE", "Test^Large", "", ""
d.AccessionNumber, d.StudyID, d.StudyDate, d.StudyTime = "", "", "20260102", "120000"
d.Modality, d.SeriesNumber, d.SeriesDescription = "CT", 1, "numbers"
d.Rows = d.Columns = side
d.SamplesPerPixel, d.PhotometricInterpretation, d.PixelRepresentation = 1, "MONOCHROME2", 0
d.BitsAllocated, d.BitsStored, d.HighBit = 16, 12, 11
d.RescaleIntercept, d.RescaleSlope, d.RescaleType = -1024, 1, "HU"
d.WindowCenter, d.WindowWidth = 500, 1000
d.PixelSpacing, d.SliceThickness = [0.7, 0.7], 0.5
d.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
d.file_meta = FileMetaDataset()
d.file_meta.MediaStorageSOPClassUID, d.file_meta.TransferSyntaxUID = CTImageStorage, RLELossless
d.is_little_endian, d.is_implicit_VR = True, False
for i in range(slices):
    d.SOPInstanceUID = d.file_meta.MediaStorageSOPInstanceUID = f"{study}.1.{i + 1}"
    d.InstanceNumber, d.ImagePositionPatient = i + 1, [0, 0, (slices - i) * 0.5]
    d.PixelData = encapsulate([compressed(i)])
    d["PixelData"].is_undefined_length = True
    pydicom.dcmwrite(os.path.join(out, f"{i}.dcm"), d, write_like_original=False)
