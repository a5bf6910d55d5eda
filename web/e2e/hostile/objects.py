"""More files that lie: objects that are no pictures, pictures whose coding lies, files that are none, archives of them.

usage: objects.py OUT      writes OUT/*.dcm and OUT/*.zip
"""
import io
import os
import struct
import sys
import zipfile

import pydicom
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, RLELossless, generate_uid

out = sys.argv[1]
STORAGE = "1.2.840.10008.5.1.4.1.1."


def named(d, name):
    d.StudyInstanceUID, d.SeriesInstanceUID, d.SOPInstanceUID = (generate_uid() for _ in range(3))
    d.file_meta.MediaStorageSOPInstanceUID = d.SOPInstanceUID
    d.PatientName, d.PatientID, d.StudyDescription = "Test^Hostile", "HOSTILE", name
    return d


def save(d, name):
    pydicom.dcmwrite(os.path.join(out, f"{name}.dcm"), d, write_like_original=False)


def item(**values):
    d = Dataset()
    for key, value in values.items():
        setattr(d, key, value)
    return d


def made(name, sop, modality, syntax=ExplicitVRLittleEndian, **values):
    """An object of a class with what every object has."""
    d = item(SOPClassUID=STORAGE + sop, Modality=modality, SeriesNumber=1, InstanceNumber=1, PatientBirthDate="", PatientSex="", **values)
    d.file_meta = FileMetaDataset()
    d.file_meta.MediaStorageSOPClassUID, d.file_meta.TransferSyntaxUID = d.SOPClassUID, syntax
    d.is_little_endian, d.is_implicit_VR = True, False
    save(named(d, name), name)
    return d


def picture(name, **values):
    d = named(pydicom.dcmread(get_testdata_file("CT_small.dcm")), name)
    for key, value in values.items():
        setattr(d, key, value)
    save(d, name)
    return d


def coded(value):
    return Sequence([item(CodeValue=value, CodingSchemeDesignator="99X", CodeMeaning=value)])


def deep(levels):
    """Containers in containers, the innermost with words."""
    inner = item(RelationshipType="CONTAINS", ValueType="TEXT", TextValue="<b>deep</b>", ConceptNameCodeSequence=coded("words"))
    for _ in range(levels):
        inner = item(RelationshipType="CONTAINS", ValueType="CONTAINER", ContinuityOfContent="SEPARATE", ConceptNameCodeSequence=coded("box"), ContentSequence=Sequence([inner]))
    return inner


def objects():
    report = dict(ValueType="CONTAINER", ContinuityOfContent="SEPARATE", CompletionFlag="COMPLETE", VerificationFlag="UNVERIFIED", ConceptNameCodeSequence=coded("report"))
    made("report-of-50-boxes", "88.11", "SR", **report, ContentSequence=Sequence([deep(50)]))
    made("report-of-14-boxes", "88.11", "SR", **report, ContentSequence=Sequence([deep(14)]))
    made("report-without-end", "88.11", "SR", **report, ContentSequence=Sequence([item(RelationshipType="CONTAINS", ReferencedContentItemIdentifier=[1])] * 3000))
    made("report-of-nothing", "88.11", "SR")
    made("pdf-that-is-a-page", "104.1", "DOC", MIMETypeOfEncapsulatedDocument="text/html", EncapsulatedDocument=b"<script>parent.__ran=1</script>" * 2)
    made("pdf-of-nothing", "104.1", "DOC", MIMETypeOfEncapsulatedDocument="application/pdf", EncapsulatedDocument=b"%PDF-1.7\n1 0 obj")
    wave = item(
        WaveformOriginality="ORIGINAL", NumberOfWaveformChannels=65535, NumberOfWaveformSamples=4294967295, SamplingFrequency="1e300",
        ChannelDefinitionSequence=Sequence([item(ChannelSourceSequence=coded("I"), ChannelSensitivity="0", WaveformBitsStored=16)] * 3),
        WaveformBitsAllocated=16, WaveformSampleInterpretation="SS", WaveformData=b"\0" * 30,
    )
    wave["WaveformData"].VR = "OW"
    made("ecg-of-all-samples", "9.1.1", "ECG", WaveformSequence=Sequence([wave]))
    made("ecg-of-nothing", "9.1.1", "ECG", WaveformSequence=Sequence([Dataset()]))
    graphic = item(GraphicData=[1e30, -1e30, float("inf"), 0.0], GraphicType="POLYLINE", GraphicAnnotationUnits="PIXEL", GraphicDimensions=2, NumberOfGraphicPoints=2147)
    made("presentation-of-nowhere", "11.1", "PR", GraphicAnnotationSequence=Sequence([item(GraphicLayer="X", GraphicObjectSequence=Sequence([graphic] * 500))]))
    made("segments-of-nothing", "66.4", "SEG", Rows=65535, Columns=65535, NumberOfFrames="65535", SegmentationType="BINARY", BitsAllocated=1, BitsStored=1, HighBit=0,
         SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2", PixelRepresentation=0, PixelData=b"\0\0")
    made("video-of-noise", "77.1.4.1", "XC", syntax="1.2.840.10008.1.2.4.102", Rows=1080, Columns=1920, NumberOfFrames="100000", FrameTime="0.0001", BitsAllocated=8, BitsStored=8,
         HighBit=7, SamplesPerPixel=3, PlanarConfiguration=0, PhotometricInterpretation="YBR_PARTIAL_420", PixelRepresentation=0, PixelData=encapsulate([os.urandom(4000)]))


def pictures():
    def runs(name, count, start, body=b"\x81\0" * 2000):
        d = named(pydicom.dcmread(get_testdata_file("MR_small_RLE.dcm")), name)
        d.PixelData = encapsulate([struct.pack("<16I", count, *[start] * 15) + body])
        d.file_meta.TransferSyntaxUID = RLELossless
        save(d, name)

    runs("runs-of-15-segments", 15, 64)
    runs("runs-from-elsewhere", 2, 0x7FFFFFFF)
    runs("runs-of-no-end", 2, 64, b"\x7f")
    picture("window-of-nothing", WindowCenter="1e308", WindowWidth="0", RescaleSlope="-0")
    picture("enhanced-without-groups", SOPClassUID=STORAGE + "2.1", NumberOfFrames="4000", PerFrameFunctionalGroupsSequence=Sequence([Dataset()]))
    d = named(pydicom.dcmread(get_testdata_file("CT_small.dcm")), "graphics-of-all-rows")
    for element, vr, value in ((0x10, "US", 65535), (0x11, "US", 65535), (0x15, "IS", "65535"), (0x40, "CS", "G"), (0x50, "SS", [1, 1]), (0x100, "US", 1), (0x102, "US", 0), (0x3000, "OW", b"\xff" * 64)):
        d.add_new((0x6000, element), vr, value)
    save(d, "graphics-of-all-rows")
    d = named(pydicom.dcmread(get_testdata_file("CT_small.dcm")), "deflated-zeros")
    d.PixelData = bytes(64 << 20)
    d.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    save(d, "deflated-zeros")
    with open(os.path.join(out, "good.dcm"), "rb") as f:
        whole = f.read()
    for name, rest in (("cut-in-the-header", whole[:700]), ("cut-in-the-middle", whole[: len(whole) // 2]), ("cut-at-the-end", whole[:-1])):
        with open(os.path.join(out, f"{name}.dcm"), "wb") as f:
            f.write(rest)


def others():
    for name, rest in (("empty", b""), ("noise", os.urandom(4096)), ("page", b"<html><script>window.__ran=1</script></html>"), ("preamble", bytes(128) + b"DICM")):
        with open(os.path.join(out, f"{name}.dcm"), "wb") as f:
            f.write(rest)


def archives():
    good = open(os.path.join(out, "good.dcm"), "rb").read()

    def archive(name, *entries):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as z:
            for path, body in entries:
                z.writestr(path, body)
        return made.getvalue()

    def write(name, body):
        with open(os.path.join(out, f"{name}.zip"), "wb") as f:
            f.write(body)

    write("out-of-its-folder", archive("a", ("../../out.dcm", b"no DICOM"), ("/etc/passwd", b"x"), ("C:\\x\\inside.dcm", b"x")))
    write("zeros", archive("b", ("zeros.dcm", bytes(128) + b"DICM" + bytes(256 << 20))))
    lies = bytearray(archive("c", ("small.dcm", good)))
    at = lies.rfind(b"PK\x01\x02")
    lies[at + 24 : at + 28] = struct.pack("<I", 0xFFFFFFF0)  # says that it unpacks to 4 GB
    write("lying-size", bytes(lies))
    write("cut", archive("d", ("a.dcm", good))[:-40])
    write("no-archive", b"PK\x03\x04" + os.urandom(500))


picture("good")
objects()
pictures()
others()
archives()
