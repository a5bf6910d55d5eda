"""Writes foreign objects about a study: a plain structured report, a presentation state and a segmentation, as other systems make them.

usage: kept.objects.py FOLDER < instances in DICOM JSON
"""
import json
import sys

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

folder = sys.argv[1]
images = [Dataset.from_json(d) for d in json.load(sys.stdin)]
first = images[0]
REPORT, STATE, SEGMENTS = ("1.2.840.10008.5.1.4.1.1." + n for n in ("88.11", "11.1", "66.4"))


def item(**values):
    d = Dataset()
    for k, v in values.items():
        setattr(d, k, v)
    return d


def code(value, scheme, meaning):
    return Sequence([item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)])


def begin(sop, modality, description):
    d = Dataset()
    for k in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDate", "StudyTime", "AccessionNumber", "StudyID"):
        setattr(d, k, first.get(k, ""))
    d.SpecificCharacterSet = "ISO_IR 192"
    d.SOPClassUID, d.SOPInstanceUID, d.SeriesInstanceUID = sop, generate_uid(), generate_uid()
    d.Modality, d.SeriesDescription, d.SeriesNumber, d.InstanceNumber, d.Manufacturer = modality, description, 7000, 1, "Elsewhere"
    d.ContentDate, d.ContentTime = "20260101", "120000"
    return d


def save(d, name):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = d.SOPClassUID, d.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    d.file_meta, d.is_little_endian, d.is_implicit_VR = meta, True, False
    pydicom.dcmwrite(f"{folder}/{name}", d, write_like_original=False)


def sop(d):
    return item(ReferencedSOPClassUID=d.SOPClassUID, ReferencedSOPInstanceUID=d.SOPInstanceUID)


report = begin(REPORT, "SR", "外院报告")
report.ValueType, report.ContinuityOfContent, report.CompletionFlag, report.VerificationFlag = "CONTAINER", "SEPARATE", "COMPLETE", "UNVERIFIED"
report.ConceptNameCodeSequence = code("18748-4", "LN", "Diagnostic Imaging Report")
picture = item(RelationshipType="INFERRED FROM", ValueType="IMAGE", ReferencedSOPSequence=Sequence([sop(images[1])]))
text = item(RelationshipType="CONTAINS", ValueType="TEXT", ConceptNameCodeSequence=code("121071", "DCM", "Finding"), TextValue="右肺上叶磨玻璃结节。", ContentSequence=Sequence([picture]))
report.ContentSequence = Sequence([
    item(RelationshipType="CONTAINS", ValueType="CONTAINER", ConceptNameCodeSequence=code("121070", "DCM", "Findings"), ContinuityOfContent="SEPARATE", ContentSequence=Sequence([text])),
])
save(report, "report.dcm")

state = begin(STATE, "PR", "外院标注")
state.ContentLabel, state.ContentDescription, state.PresentationCreationDate, state.PresentationCreationTime = "ELSEWHERE", "外院窗", "20260101", "120000"
state.ReferencedSeriesSequence = Sequence([item(SeriesInstanceUID=first.SeriesInstanceUID, ReferencedImageSequence=Sequence([sop(images[2])]))])
state.SoftcopyVOILUTSequence = Sequence([item(WindowCenter=123, WindowWidth=456)])
state.PresentationLUTShape = "IDENTITY"
shape = item(GraphicAnnotationUnits="PIXEL", GraphicDimensions=2, NumberOfGraphicPoints=2, GraphicData=[10.0, 10.0, 60.0, 40.0], GraphicType="POLYLINE", GraphicFilled="N")
words = item(AnchorPointAnnotationUnits="PIXEL", AnchorPoint=[60.0, 40.0], AnchorPointVisibility="N", UnformattedTextValue="外院注")
state.GraphicAnnotationSequence = Sequence([item(GraphicLayer="A", ReferencedImageSequence=Sequence([sop(images[2])]), GraphicObjectSequence=Sequence([shape]), TextObjectSequence=Sequence([words]))])
save(state, "state.dcm")

rows, columns = first.Rows, first.Columns
seg = begin(SEGMENTS, "SEG", "AI 分割")
seg.Rows, seg.Columns, seg.NumberOfFrames, seg.SamplesPerPixel, seg.PhotometricInterpretation = rows, columns, len(images), 1, "MONOCHROME2"
seg.BitsAllocated = seg.BitsStored = 1
seg.HighBit, seg.PixelRepresentation, seg.SegmentationType = 0, 0, "BINARY"
seg.SegmentSequence = Sequence([item(SegmentNumber=1, SegmentLabel="结节", SegmentAlgorithmType="AUTOMATIC")])
seg.PerFrameFunctionalGroupsSequence = Sequence([
    item(SegmentIdentificationSequence=Sequence([item(ReferencedSegmentNumber=1)]), DerivationImageSequence=Sequence([item(SourceImageSequence=Sequence([sop(d)]))]))
    for d in images
])
bits = bytearray((rows * columns * len(images) + 7) // 8)
for frame in range(len(images)):  # the quarter at the left and the top
    for y in range(rows // 2):
        for x in range(columns // 2):
            at = frame * rows * columns + y * columns + x
            bits[at >> 3] |= 1 << (at & 7)
seg.PixelData = bytes(bits)
seg["PixelData"].VR = "OB"
save(seg, "segments.dcm")
