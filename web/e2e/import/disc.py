"""Writes a disc as other systems make them: a folder with a DICOMDIR, a file that the directory names and that is not there, one that it does
not name, one whose pixels are cut off, and what stands beside images on every disc.

usage: disc.py FOLDER < [{"name", "id", "birth", "sex", "studies": [{"modality", "description", "series": [images …]}]} …]
"""
import json
import os
import sys

import numpy
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.fileset import FileSet
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

folder = sys.argv[1]
noise = numpy.random.default_rng(1)
CLASS = {"CT": "1.2.840.10008.5.1.4.1.1.2", "DX": "1.2.840.10008.5.1.4.1.1.1.1"}


def image(patient, study, uid, series, modality, number, size=400):
    d = Dataset()
    d.SpecificCharacterSet = "GB18030"
    d.PatientName, d.PatientID = patient["name"], patient["id"]
    d.PatientBirthDate, d.PatientSex = patient.get("birth", ""), patient.get("sex", "")
    d.StudyInstanceUID, d.SeriesInstanceUID, d.SOPInstanceUID = uid, series, generate_uid()
    d.StudyDate, d.StudyTime, d.StudyID, d.AccessionNumber = "20260301", "083000", "1", ""
    d.StudyDescription, d.SeriesDescription = study["description"], f"{modality} {number}"
    d.InstitutionName, d.Manufacturer = "外院影像中心", "Elsewhere"
    d.SOPClassUID, d.Modality = CLASS[modality], modality
    d.SeriesNumber, d.InstanceNumber = 1, number
    d.Rows = d.Columns = size
    d.SamplesPerPixel, d.PhotometricInterpretation, d.PixelRepresentation = 1, "MONOCHROME2", 0
    d.BitsAllocated = d.BitsStored = 16
    d.HighBit = 15
    d.PixelSpacing = [0.5, 0.5]
    d.PixelData = noise.integers(0, 4096, size * size, dtype=numpy.uint16).tobytes()
    d.file_meta = FileMetaDataset()
    d.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    d.file_meta.MediaStorageSOPClassUID, d.file_meta.MediaStorageSOPInstanceUID = d.SOPClassUID, d.SOPInstanceUID
    d.is_little_endian, d.is_implicit_VR = True, False
    return d


def save(d, path):
    pydicom.dcmwrite(path, d, write_like_original=False)


patients = json.load(sys.stdin)
disc = FileSet()
studies = []
for patient in patients:
    for study in patient["studies"]:
        uid = generate_uid()
        studies.append(uid)
        for count in study["series"]:
            series = generate_uid()
            for number in range(1, count + 1):
                disc.add(image(patient, study, uid, series, study["modality"], number))
disc.write(folder)
files = sorted(str(i.path) for i in disc)

# Of the first study: one file is gone, one is cut off in its pixels, one more is beside the directory.
first = [f for f in files if pydicom.dcmread(f, stop_before_pixels=True).StudyInstanceUID == studies[0]]
os.remove(first[0])
cut = first[1]
os.truncate(cut, os.path.getsize(cut) // 2)
extra = pydicom.dcmread(first[2])
extra.SOPInstanceUID = extra.file_meta.MediaStorageSOPInstanceUID = generate_uid()
save(extra, os.path.join(folder, "EXTRA.DCM"))
with open(os.path.join(folder, "README.TXT"), "w") as f:
    f.write("A disc of images.\n")
with open(os.path.join(folder, "BROKEN.DCM"), "wb") as f:
    f.write(b"\0" * 128 + b"DICM" + b"\x02\x00\x10\x00UI\x14\x001.2.840.10008.1.2.1\0\x08\x00\x18\x00UI\xf0\xff")
print(json.dumps({"studies": studies, "files": len(files), "cut": os.path.relpath(cut, folder), "gone": os.path.relpath(first[0], folder)}))
