"""Writes two CTs of one body: an earlier one, made on another table in another frame of reference, and the one of today.

usage: make.py OUT ORDERS.json
ORDERS.json: {"early": order, "late": order}, as POST /api/orders answers them. A rod runs through the body from right to left on its way down: where
it stands in a picture says how far down the body that picture lies. LEVELS.json in OUT has that way in mm of every picture, from the head down.
"""
import json
import os
import sys

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

out, orders = sys.argv[1], json.load(open(sys.argv[2]))
CT = "1.2.840.10008.5.1.4.1.1.2"
ROOT = "1.2.826.0.1.3680043.10.1462.99.11"
SIDE = 192
# date, slices, mm between them, level of the first, mm a pixel, where the table stood: z of the body's level 0, frame of reference
STUDIES = {
    "early": ("20260511", 30, 8.0, -96.0, 2.0, -412.5, 1),
    "late": ("20261120", 60, 5.0, -120.0, 1.9, 87.25, 2),
}


def body(level, mm):
    y, x = (np.mgrid[0:SIDE, 0:SIDE] - (SIDE - 1) / 2) * mm
    hu = np.full((SIDE, SIDE), -1000.0)
    hu[(x / 165) ** 2 + (y / 110) ** 2 < 1] = 40
    for side in (-1, 1):
        hu[((x - side * 75) / 55) ** 2 + ((y + 5) / 70) ** 2 < 1 - (level / 260) ** 2] = -820
    hu[x**2 + (y - 75) ** 2 < 18**2] = 420
    hu[(x - 0.75 * level) ** 2 + (y + 88) ** 2 < 7**2] = 3000
    return hu


def item(**values):
    d = Dataset()
    for k, v in values.items():
        setattr(d, k, v)
    return d


levels = {}
for number, (name, (date, slices, step, first, mm, table, frame)) in enumerate(STUDIES.items(), 1):
    order = orders[name]
    levels[name] = [first + i * step for i in range(slices)]
    for i, level in enumerate(levels[name]):
        d = Dataset()
        meta = FileMetaDataset()
        study = f"{ROOT}.{number}"
        d.SOPClassUID = meta.MediaStorageSOPClassUID = CT
        d.StudyInstanceUID, d.SeriesInstanceUID, d.FrameOfReferenceUID = study, f"{study}.1", f"{ROOT}.9.{frame}"
        d.SOPInstanceUID = meta.MediaStorageSOPInstanceUID = f"{study}.1.{i + 1}"
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        d.file_meta, d.is_little_endian, d.is_implicit_VR = meta, True, False
        d.SpecificCharacterSet = "ISO_IR 192"
        d.PatientName, d.PatientID, d.IssuerOfPatientID = "Test^Beside", order["patientNumber"], order["issuer"]
        d.PatientBirthDate, d.PatientSex = "19610203", "M"
        d.AccessionNumber = order["accession"]
        d.IssuerOfAccessionNumberSequence = Sequence([item(LocalNamespaceEntityID=order["issuer"])])
        d.StudyID, d.StudyDate, d.StudyTime, d.Modality = str(number), date, "090000", "CT"
        d.StudyDescription, d.SeriesDescription, d.BodyPartExamined = "胸部平扫", "胸部平扫 软组织", "CHEST"
        d.SeriesNumber, d.InstanceNumber = 1, i + 1
        d.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        corner = -(SIDE - 1) / 2 * mm
        d.ImagePositionPatient = [corner, corner, table - level]
        d.PixelSpacing, d.SliceThickness = [mm, mm], step
        d.RescaleIntercept, d.RescaleSlope, d.RescaleType = -1024, 1, "HU"
        d.WindowCenter, d.WindowWidth = 40, 400
        d.Rows = d.Columns = SIDE
        d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
        d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 16, 12, 11, 0
        d.PixelData = np.clip(body(level, mm) + 1024, 0, 4095).astype("<u2").tobytes()
        pydicom.dcmwrite(os.path.join(out, f"{name}-{i + 1:02}.dcm"), d, write_like_original=False)
with open(os.path.join(out, "LEVELS.json"), "w") as f:
    json.dump(levels, f)
