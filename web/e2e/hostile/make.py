"""Files that lie about themselves, made of well-formed ones that come with pydicom.

usage: make.py OUT      writes OUT/*.dcm, each a study of its own.
"""
import os
import sys

import pydicom
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate
from pydicom.uid import generate_uid

out = sys.argv[1]


def write(name, base, change, **how):
    d = pydicom.dcmread(get_testdata_file(base))
    d.StudyInstanceUID, d.SeriesInstanceUID, d.SOPInstanceUID = (generate_uid() for _ in range(3))
    d.file_meta.MediaStorageSOPInstanceUID = d.SOPInstanceUID
    d.PatientName, d.PatientID = "Test^Hostile", "HOSTILE"
    d.StudyDescription = name
    change(d)
    pydicom.dcmwrite(os.path.join(out, f"{name}.dcm"), d, write_like_original=False, **how)


def sets(**values):
    def change(d):
        for key, value in values.items():
            setattr(d, key, value)

    return change


def jpeg(d):
    head = bytes.fromhex("ffd8ffc0000b08ffdcffdc01011100ffda0008010100003f00")
    d.PixelData = encapsulate([head + bytes(200) + b"\xff\xd9"])
    d.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.50"
    d["PixelData"].VR = "OB"
    d.BitsAllocated = d.BitsStored = 8
    d.HighBit, d.PixelRepresentation = 7, 0


def palette(d):
    d.PhotometricInterpretation = "PALETTE COLOR"
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 8, 8, 7, 0


def cut(d):
    d.PixelData = d.PixelData[: len(d.PixelData) // 3 // 2 * 2]


def nan(d):
    d.PixelSpacing = ["0", "0"]
    d.ImageOrientationPatient = ["0"] * 6
    d.RescaleSlope, d.RescaleIntercept = "0", "1e308"


script = "<img src=x onerror=window.__ran=1><script>window.__ran=1</script>"
write("frames-without-end", "MR_small.dcm", sets(NumberOfFrames="2147483647"))
write("frames-below-zero", "MR_small.dcm", sets(NumberOfFrames="-5"))
write("larger-than-its-pixels", "CT_small.dcm", sets(Rows=65535, Columns=65535))
write("no-rows", "CT_small.dcm", sets(Rows=0))
write("cut-pixels", "CT_small.dcm", cut)
write("jpeg-of-65500", "CT_small.dcm", jpeg)
write("palette-without-tables", "MR_small.dcm", palette)
write("no-geometry", "CT_small.dcm", nan)
write("words-that-are-a-script", "CT_small.dcm", sets(SeriesDescription=script[:64], StudyDescription=script[:64], PatientComments=script, ImageComments=script))
