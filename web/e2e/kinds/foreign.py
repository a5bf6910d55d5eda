"""Writes what comes from elsewhere: key images that another maker chose, and objects that no page can show.

usage: foreign.py OUT UID-ROOT
Writes OUT/NAME.dcm …; the study of each kind is UID-ROOT.N in the order below.
"""
import numpy as np
from pydicom.encaps import encapsulate

from base import CLASS, begin, code, frames, item, pixels, root, save, sq

# 1: slices, a loop, and a selection of one of each.
x, y = np.meshgrid(np.arange(64), np.arange(64))


def slices(study):
    for z in range(5):
        d = begin(study, "2", "CT", "slices", FrameOfReferenceUID=f"{root}.{study}.0", ImageOrientationPatient=[1, 0, 0, 0, 1, 0], ImagePositionPatient=[-63, -63, -3 * z])
        d.PixelSpacing, d.SliceThickness, d.RescaleIntercept, d.RescaleSlope = ["2", "2"], "3", "0", "1"
        pixels(d, np.where(abs(x - 31) < 4 * z, 200, 40).astype("<u2"), 12)
        save(d, f"ct{study}-{z}")


def loop(study, n):
    d = begin(study, "12.1", "XA", "loop", 2, FrameTime="100", FrameIncrementPointer=0x00181063, ImageType=["ORIGINAL", "PRIMARY", "SINGLE PLANE"])
    frames(d, [np.where((x // 8 + k) % 2, 200, 60).astype("u1") for k in range(n)])
    save(d, f"xa{study}")


slices(1)
loop(1, 8)
CT, XA = CLASS + "2", CLASS + "12.1"


def reference(sop, instance, **more):
    return item(ReferencedSOPClassUID=sop, ReferencedSOPInstanceUID=instance, **more)


def image(*of, **more):
    return item(RelationshipType="CONTAINS", ValueType="IMAGE", ReferencedSOPSequence=sq(reference(*of, **more)))


def selection(study, title, evidence, *content):
    d = begin(study, "88.59", "KO", "selection", 3, Manufacturer="ACME", ContentDate="20260101", ContentTime="120000")
    d.ReferencedPerformedProcedureStepSequence = sq()
    d.ValueType, d.ContinuityOfContent, d.ConceptNameCodeSequence = "CONTAINER", "SEPARATE", title
    d.CurrentRequestedProcedureEvidenceSequence = sq(item(StudyInstanceUID=f"{root}.{study}", ReferencedSeriesSequence=sq(*(
        item(SeriesInstanceUID=uid.rpartition(".")[0], ReferencedSOPSequence=sq(reference(sop, uid))) for sop, uid in evidence
    ))))
    d.ContentSequence = sq(*content)
    save(d, f"ko{study}")


slice2, film = (CT, f"{root}.1.1.2"), (XA, f"{root}.1.2.1")
selection(
    1, code("113002", "DCM", "For Referring Provider"), [slice2, film],
    item(RelationshipType="CONTAINS", ValueType="TEXT", ConceptNameCodeSequence=code("113012", "DCM", "Key Object Description"), TextValue="Stenosis"),
    image(*slice2), image(*film, ReferencedFrameNumber=5),
)

# 2: a private object; a document that is no PDF; a picture in a transfer syntax that nobody decodes.
d = begin(2, "1.3.12.2.1107.5.9.1", "MR", "private", ImageType=["ORIGINAL", "PRIMARY", "OTHER"])
d.add_new(0x00291001, "LO", "MAKER")
d.add_new(0x00290010, "LO", "MAKER HEADER")
save(d, "private")
d = begin(2, "104.2", "DOC", "letter", 2, BurnedInAnnotation="NO", ConceptNameCodeSequence=sq(), DocumentTitle="Letter", MIMETypeOfEncapsulatedDocument="text/XML")
d.EncapsulatedDocument = b"<?xml version='1.0'?><ClinicalDocument/>"
save(d, "letter")
d = begin(2, "7", "OT", "strange", 3, ConversionType="WSD")
pixels(d, np.zeros((64, 64), "u1"))
d.PixelData = encapsulate([b"\xff\xd8\xff\xde" + bytes(range(200)) + b"\xff\xd9"])
d["PixelData"].is_undefined_length = True
d.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.66"
save(d, "strange")

# 3: a report in the series of the slices that it is about; a selection that names a loop and none of its frames.
slices(3)
d = begin(3, "88.11", "SR", "slices", InstanceNumber=0, ContentDate="20260101", ContentTime="120000")
d.ValueType, d.ContinuityOfContent, d.CompletionFlag, d.VerificationFlag = "CONTAINER", "SEPARATE", "COMPLETE", "UNVERIFIED"
d.ConceptNameCodeSequence = code("18748-4", "LN", "Diagnostic Imaging Report")
d.ContentSequence = sq(item(RelationshipType="CONTAINS", ValueType="TEXT", ConceptNameCodeSequence=code("121071", "DCM", "Finding"), TextValue="Kept among the slices"))
save(d, "among")
loop(3, 4)
film = (XA, f"{root}.3.2.1")
selection(3, code("113000", "DCM", "Of Interest"), [film], image(*film))
