"""Gives test images identifiers of one study, a series each, and tells what their pixels must be.

usage: prepare.py OUT STUDY FILE…
Writes OUT/N.dcm, and to standard output one JSON object a file: what the browser shows must have this SHA-256 (of native little-endian
pixels, by gdcm). Files that gdcm cannot decode get the sum that the index beside them knows; OpenJPEG's (within ffmpeg) is that of colours
in HTJ2K, pydicom's that of colours of sixteen bits in RLE. What nobody decodes gets none.
"""
import csv
import hashlib
import json
import os
import subprocess
import sys
import tempfile

import numpy
import pydicom
from pydicom._uid_dict import UID_dictionary
from pydicom.encaps import generate_pixel_data_frame

# Younger than this pydicom; it must know that they are transfer syntaxes to write them unchanged.
for uid in ("1.2.840.10008.1.2.8.1", *(f"1.2.840.10008.1.2.4.{n}" for n in (111, 201, 202, 203))):
    UID_dictionary.setdefault(uid, (uid, "Transfer Syntax", "", "", ""))

HTJ2K = ("1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202")
out, study, files = sys.argv[1], sys.argv[2], sys.argv[3:]


def by_gdcm(path):
    """SHA-256 of the native pixels as gdcm decodes them; None when it cannot."""
    with tempfile.TemporaryDirectory() as tmp:
        raw = os.path.join(tmp, "raw.dcm")
        if subprocess.run(["gdcmconv", "--raw", path, raw], capture_output=True).returncode != 0:
            return None
        d = pydicom.dcmread(raw, force=True)
        if d.file_meta.get("TransferSyntaxUID") == "1.2.840.10008.1.2.2":
            return None  # its own byte order is kept; the index knows better
        n = d.Rows * d.Columns * d.get("SamplesPerPixel", 1) * int(d.get("NumberOfFrames", 1) or 1) * d.BitsAllocated // 8
        pixels = d.PixelData[:n]
        if d.BitsAllocated == 16 and d.BitsStored < 16 and d.PixelRepresentation == 1:
            # The bits above those stored are the sign's (PS3.5 8.1.1), which gdcm leaves as they were coded.
            pixels = ((numpy.frombuffer(pixels, "<i2") << (16 - d.BitsStored)) >> (16 - d.BitsStored)).tobytes()
        if d.PhotometricInterpretation == "PALETTE COLOR":
            pixels = palette(d, numpy.frombuffer(pixels, "u1" if d.BitsAllocated == 8 else "<u2"))
        if d.get("SamplesPerPixel", 1) > 1:
            pixels = in_bytes(d, numpy.frombuffer(pixels, f"<u{d.BitsAllocated // 8}"))
        return hashlib.sha256(pixels).hexdigest()[:16]


def in_bytes(d, values):
    """Colours of sixteen bits as they are shown: their eight highest."""
    return (values >> (d.BitsStored - 8)).astype("u1").tobytes() if d.BitsAllocated == 16 else values.tobytes()


def palette(d, values):
    """The colours of indices, eight bits each (PS3.3 C.7.6.3.1.5)."""
    planes = []
    for colour in ("Red", "Green", "Blue"):
        count, first, bits = d[f"{colour}PaletteColorLookupTableDescriptor"].value
        table = numpy.frombuffer(d[f"{colour}PaletteColorLookupTableData"].value, "<u2" if bits == 16 else "u1")
        at = numpy.clip(values.astype(int) - first, 0, (count or 65536) - 1)
        planes.append((table[at] >> (8 if bits == 16 and table.max() > 255 else 0)).astype("u1"))
    return numpy.stack(planes, axis=-1).tobytes()


def by_index(path):
    """What the table of the collection says, where there is one; a native sum of the notes goes before."""
    folder = os.path.dirname(os.path.dirname(path))
    table = os.path.join(folder, "INDEX.tsv")
    if not os.path.exists(table):
        return None
    with open(table, newline="") as f:
        for row in csv.DictReader(f, delimiter="\t"):
            if row["file"] == os.path.relpath(path, folder):
                for note in (row["notes"] or "").split("; "):
                    if note.startswith("native_sha256="):
                        return note.split("=")[1][:16]
                return row["gdcm_raw_pixel_sha256_16"] or None
    return None


def by_openjpeg(d):
    """Colours of eight bits in high-throughput JPEG 2000, frame by frame."""
    if d.BitsAllocated != 8 or d.get("SamplesPerPixel", 1) != 3:
        return None
    pixels = b""
    for frame in generate_pixel_data_frame(d.PixelData, int(d.get("NumberOfFrames", 1) or 1)):
        how = ["ffmpeg", "-v", "error", "-f", "j2k_pipe", "-c:v", "libopenjpeg", "-i", "-", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
        pixels += subprocess.run(how, input=frame, capture_output=True).stdout
    n = d.Rows * d.Columns * 3 * int(d.get("NumberOfFrames", 1) or 1)
    return hashlib.sha256(pixels).hexdigest()[:16] if len(pixels) == n else None


def by_another(d):
    """What gdcm and the index leave out, or gdcm confuses: the bytes of colours of sixteen bits in run lengths."""
    if d.file_meta.TransferSyntaxUID in HTJ2K:
        return by_openjpeg(d)
    if d.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.5" and d.get("SamplesPerPixel", 1) > 1 and d.BitsAllocated == 16:
        return hashlib.sha256(in_bytes(d, d.pixel_array)).hexdigest()[:16]
    return None


for n, path in enumerate(files, 1):
    d = pydicom.dcmread(path, force=True)
    says = {
        "file": os.path.basename(path),
        "n": n,
        "series": f"{study}.{n}",
        "syntax": str(d.file_meta.TransferSyntaxUID),
        "photometric": d.get("PhotometricInterpretation", ""),
        "sha": by_another(d) or by_gdcm(path) or by_index(path),
    }
    d.StudyInstanceUID, d.SeriesInstanceUID, d.SOPInstanceUID = study, says["series"], f"{study}.{n}.1"
    d.file_meta.MediaStorageSOPInstanceUID = d.SOPInstanceUID
    d.PatientID, d.PatientName, d.PatientBirthDate, d.PatientSex = "PIXELS", "Test^Pixels", "", ""
    d.AccessionNumber, d.StudyID, d.StudyDate, d.SeriesNumber = "", "", "20260101", n
    d.Modality = d.get("Modality") or "OT"
    pydicom.dcmwrite(os.path.join(out, f"{n}.dcm"), d, write_like_original=False)
    print(json.dumps(says))
