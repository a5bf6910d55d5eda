"""Writes studies of objects that take a while over a line: a document and a video. Nobody's.

usage: line-cut.objects.py OUT UID-ROOT
UID-ROOT.1 is the document, UID-ROOT.2 the video, UID-ROOT.3 raw data, which nothing shows.
"""
import os
import subprocess
import sys

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian

out, root = sys.argv[1:3]


def begin(study, sop, modality, name):
    d = Dataset()
    meta = FileMetaDataset()
    d.SOPClassUID = meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1." + sop
    d.StudyInstanceUID, d.SeriesInstanceUID = f"{root}.{study}", f"{root}.{study}.1"
    d.SOPInstanceUID = meta.MediaStorageSOPInstanceUID = f"{root}.{study}.1.1"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    d.file_meta, d.is_little_endian, d.is_implicit_VR = meta, True, False
    d.SpecificCharacterSet = "ISO_IR 192"
    d.PatientID, d.PatientName, d.PatientBirthDate, d.PatientSex = f"LINE-{study}", "Test^Line", "", ""
    d.AccessionNumber, d.StudyID, d.StudyDate, d.StudyTime = "", "", "20260101", "110000"
    d.Modality, d.SeriesNumber, d.InstanceNumber, d.SeriesDescription = modality, 1, 1, name
    return d


def save(d, name):
    pydicom.dcmwrite(os.path.join(out, f"{name}.dcm"), d, write_like_original=False)


def page(words):
    """One page with a line of words, and noise that nothing packs, so that it has some weight."""
    text = f"BT /F1 24 Tf 60 700 Td ({words}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text), b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Length 1500000>>stream\n" + os.urandom(1_500_000) + b"\nendstream",
    ]
    file, places = b"%PDF-1.4\n", []
    for n, o in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj" % n + o + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % p for p in places)
    return file + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + b"trailer<</Size %d/Root 1 0 R>>startxref %d %%%%EOF" % (len(objects) + 1, len(file))


d = begin(1, "104.1", "DOC", "document")
d.ContentDate, d.ContentTime, d.AcquisitionDateTime, d.BurnedInAnnotation, d.DocumentTitle = "20260101", "110000", "", "NO", "document"
d.MIMETypeOfEncapsulatedDocument = "application/pdf"
data = page("Line")
d.EncapsulatedDocumentLength = len(data)
d.EncapsulatedDocument = data + b"\0" * (len(data) % 2)
save(d, "document")

path = os.path.join(out, "film.mp4")
subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "nullsrc=size=640x480:rate=25:duration=30", "-vf", "noise=alls=60:allf=t,format=yuv420p", "-c:v", "libx264",
                "-preset", "ultrafast", "-profile:v", "baseline", "-b:v", "8M", "-maxrate", "8M", "-bufsize", "4M", "-movflags", "+faststart", path], check=True)
d = begin(2, "77.1.1.1", "ES", "film")
d.FrameTime, d.CineRate, d.NumberOfFrames, d.FrameIncrementPointer = "40", "25", "750", 0x00181063
d.Rows, d.Columns, d.SamplesPerPixel, d.PlanarConfiguration, d.PhotometricInterpretation = 480, 640, 3, 0, "YBR_PARTIAL_420"
d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 8, 8, 7, 0
d.LossyImageCompression = "01"
stream = open(path, "rb").read()
d.PixelData = encapsulate([stream + b"\0" * (len(stream) % 2)], has_bot=False)
d["PixelData"].is_undefined_length = True
d.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.102"
save(d, "film")
os.remove(path)

d = begin(3, "66", "CT", "raw")
d.ContentDate, d.ContentTime, d.CreatorVersionUID = "20260101", "110000", f"{root}.3.9"
save(d, "raw")
