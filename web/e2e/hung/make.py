"""Writes radiographs and mammograms as several houses send them: a view each in a series of its own, or all in one, in whatever order.

usage: make.py OUT UID-ROOT
The study N is UID-ROOT.N. Each view has a grey of its own, which tells it on the screen.
"""
import os
import sys

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

out, root = sys.argv[1:3]
GREYS = {"PA": 3200, "LL": 1600, "R CC": 1200, "L CC": 1800, "R MLO": 2500, "L MLO": 3400}
# modality, the views in their order, in how many series
STUDIES = {
    1: ("DX", ["PA", "LL"], 2),
    2: ("DX", ["PA", "LL"], 1),
    3: ("DX", ["LL", "PA"], 2),
    4: ("MG", ["R CC", "L CC", "R MLO", "L MLO"], 4),
    5: ("MG", ["L MLO", "R MLO", "R CC", "L CC"], 1),
}


def picture(view):
    y, x = np.mgrid[0:300, 0:240]
    if view in ("PA", "LL"):
        shape = (np.abs(x - 120) < 100) & (np.abs(y - 150) < 130)
    else:
        x = x if view[0] == "L" else 239 - x
        shape = (x / 150) ** 2 + ((y - 150) / 120) ** 2 < 1
    return np.where(shape, GREYS[view], 60).astype("<u2")


for n, (modality, views, series) in STUDIES.items():
    for i, view in enumerate(views):
        number = i + 1 if series > 1 else 1
        d = Dataset()
        meta = FileMetaDataset()
        sop = "1.2.840.10008.5.1.4.1.1.1.2" if modality == "MG" else "1.2.840.10008.5.1.4.1.1.1.1"
        d.SOPClassUID = meta.MediaStorageSOPClassUID = sop
        study = f"{root}.{n}"
        d.StudyInstanceUID, d.SeriesInstanceUID = study, f"{study}.{number}"
        d.SOPInstanceUID = meta.MediaStorageSOPInstanceUID = f"{study}.{number}.{i + 1}"
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        d.file_meta, d.is_little_endian, d.is_implicit_VR = meta, True, False
        d.SpecificCharacterSet = "ISO_IR 192"
        d.PatientID, d.PatientName, d.PatientBirthDate, d.PatientSex = f"HUNG-{n}", "Test^Hung", "", ""
        d.AccessionNumber, d.StudyID, d.StudyDate, d.StudyTime = "", "", "20260101", "110000"
        d.Modality, d.SeriesNumber, d.InstanceNumber = modality, number, i + 1
        d.SeriesDescription = view if series > 1 else "all"
        d.PresentationIntentType, d.BodyPartExamined = "FOR PRESENTATION", "BREAST" if modality == "MG" else "CHEST"
        if modality == "MG":
            side, d.ViewPosition = view.split()
            d.ImageLaterality = side
            d.PatientOrientation = ["A" if side == "L" else "P", "F" if view.endswith("MLO") else "L"]
        else:
            d.ViewPosition = view
        d.ImagerPixelSpacing = d.PixelSpacing = ["0.8", "0.8"]
        d.Rows, d.Columns, d.SamplesPerPixel, d.PhotometricInterpretation = 300, 240, 1, "MONOCHROME2"
        d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 16, 12, 11, 0
        d.WindowCenter, d.WindowWidth = "2048", "4096"
        d.PixelData = picture(view).tobytes()
        pydicom.dcmwrite(os.path.join(out, f"{n}-{i}.dcm"), d, write_like_original=False)
