"""Writes a study of three series that lie across and along each other, and where each picture lies.

usage: make.py OUT UID
1: slices that lean by 20°, 3 mm apart; 2: upright ones across them, in the same frame of reference; 3: as the first, 6 mm apart, in another frame.
"""
import json
import math
import os
import sys

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

out, root = sys.argv[1:3]
MR = "1.2.840.10008.5.1.4.1.1.4"
lean = math.radians(20)
tilted = [1, 0, 0, 0, round(math.cos(lean), 6), round(-math.sin(lean), 6)]
upright = [0, 1, 0, 0, 0, -1]
# number, name, orientation, rows, columns, mm a pixel, slices, mm between them, frame of reference
SERIES = [
    (1, "tilted", tilted, 160, 200, 1.0, 20, 3.0, 1),
    (2, "upright", upright, 120, 160, 1.25, 24, 5.0, 1),
    (3, "tilted, coarse", tilted, 160, 200, 1.0, 10, 6.0, 2),
]
places = {}
for number, name, o, rows, columns, mm, slices, step, frame in SERIES:
    row, column = np.array(o[:3]), np.array(o[3:])
    normal = np.cross(row, column)
    for i in range(slices):
        middle = normal * (i - (slices - 1) / 2) * step
        corner = middle - row * mm * (columns - 1) / 2 - column * mm * (rows - 1) / 2
        d = Dataset()
        meta = FileMetaDataset()
        d.SOPClassUID = meta.MediaStorageSOPClassUID = MR
        d.StudyInstanceUID, d.SeriesInstanceUID = root, f"{root}.{number}"
        d.SOPInstanceUID = meta.MediaStorageSOPInstanceUID = f"{root}.{number}.{i + 1}"
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        d.file_meta, d.is_little_endian, d.is_implicit_VR = meta, True, False
        d.SpecificCharacterSet = "ISO_IR 192"
        d.PatientID, d.PatientName, d.PatientBirthDate, d.PatientSex = "ACROSS-1", "Test^Across", "", ""
        d.AccessionNumber, d.StudyID, d.StudyDate, d.StudyTime = "", "", "20260101", "110000"
        d.Modality, d.SeriesNumber, d.InstanceNumber, d.SeriesDescription = "MR", number, i + 1, name
        d.FrameOfReferenceUID = f"{root}.9.{frame}"
        d.ImageOrientationPatient = o
        d.ImagePositionPatient = [round(float(v), 4) for v in corner]
        d.PixelSpacing, d.SliceThickness = [mm, mm], step
        y, x = np.mgrid[0:rows, 0:columns]
        values = (200 + 600 * ((x // 20 + y // 20) % 2) + 10 * i).astype(np.uint16)
        d.Rows, d.Columns, d.SamplesPerPixel, d.PhotometricInterpretation = rows, columns, 1, "MONOCHROME2"
        d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 16, 12, 11, 0
        d.WindowCenter, d.WindowWidth = 500, 1000
        d.PixelData = values.tobytes()
        pydicom.dcmwrite(os.path.join(out, f"{number}-{i + 1}.dcm"), d, write_like_original=False)
        place = {"corner": list(map(float, d.ImagePositionPatient)), "row": o[:3], "column": o[3:], "mm": mm, "rows": rows, "columns": columns}
        places.setdefault(str(number), []).append(place)
with open(os.path.join(out, "places.json"), "w") as f:
    json.dump(places, f)
