"""What the scripts beside share: data sets of a study, their pixels, their files. Importing reads the arguments OUT and UID-ROOT."""
import os
import sys

from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

out, root = sys.argv[1:3]
CLASS = "1.2.840.10008.5.1.4.1.1."
made = {}


def item(**values):
    d = Dataset()
    for k, v in values.items():
        setattr(d, k, v)
    return d


def sq(*items):
    return Sequence(items)


def code(value, scheme, meaning):
    return sq(item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning))


def begin(study, sop, modality, name, series=1, **more):
    made[study, series] = number = made.get((study, series), 0) + 1
    d = Dataset()
    meta = FileMetaDataset()
    d.SOPClassUID = meta.MediaStorageSOPClassUID = sop if sop.count(".") > 4 else CLASS + sop
    d.StudyInstanceUID, d.SeriesInstanceUID = f"{root}.{study}", f"{root}.{study}.{series}"
    d.SOPInstanceUID = meta.MediaStorageSOPInstanceUID = f"{root}.{study}.{series}.{number}"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    d.file_meta, d.is_little_endian, d.is_implicit_VR = meta, True, False
    d.SpecificCharacterSet = "ISO_IR 192"
    d.PatientID, d.PatientName, d.PatientBirthDate, d.PatientSex = f"KIND-{study}", "Test^Kinds", "", ""
    d.AccessionNumber, d.StudyID, d.StudyDate, d.StudyTime = "", "", "20260101", "110000"
    d.Modality, d.SeriesNumber, d.InstanceNumber, d.SeriesDescription = modality, series, number, name
    for k, v in more.items():
        setattr(d, k, v)
    return d


def pixels(d, values, stored=None, photometric="MONOCHROME2"):
    bits = 8 * values.dtype.itemsize
    d.Rows, d.Columns = values.shape[:2]
    d.SamplesPerPixel = 3 if values.ndim == 3 else 1
    if d.SamplesPerPixel == 3:
        d.PlanarConfiguration = 0
    d.PhotometricInterpretation = photometric
    d.BitsAllocated, d.BitsStored, d.PixelRepresentation = bits, stored or bits, 0
    d.HighBit = d.BitsStored - 1
    d.PixelData = values.tobytes()


def frames(d, all, stored=None):
    """Grey frames one after the other."""
    pixels(d, all[0], stored)
    d.NumberOfFrames = len(all)
    d.PixelData = b"".join(f.tobytes() for f in all)


def save(d, name):
    dcmwrite(os.path.join(out, f"{name}.dcm"), d, write_like_original=False)
