"""Reads DICOM JSON metadata with pydicom and compares it with the files that it was made of.

Usage: judge.py FOLDER, with NAME.dcm beside NAME.json (an array of one object). Prints what differs, one line each.
"""
import json
import pathlib
import sys

import pydicom
from pydicom.dataset import Dataset

# Files whose text pydicom 2.3 does not decode: bytes in another character set than they say, and ISO 2022 IR 58.
TEXT_UNREAD = ("zh_gbk_declared_latin1", "zh_gbk_no_charset", "zh_iso2022_ir58", "chrGB2312_ISO2022IR58")


def name(s):
    """A person name without the delimiters of empty components (PS3.5 6.2.1.1)."""
    return "=".join(group.rstrip("^ ") for group in str(s).split("=")).rstrip("=")


def same(a, b):
    if a is b:
        return True
    if isinstance(a, (list, tuple, pydicom.multival.MultiValue)) or isinstance(b, (list, tuple, pydicom.multival.MultiValue)):
        a = list(a) if isinstance(a, (list, tuple, pydicom.multival.MultiValue)) else [a]
        b = list(b) if isinstance(b, (list, tuple, pydicom.multival.MultiValue)) else [b]
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if a in (None, "", b"") and b in (None, "", b""):
        return True
    if str(a) == str(b):
        return True
    try:
        return float(a) == float(b) or abs(float(a) - float(b)) <= 1e-6 * abs(float(a))
    except (TypeError, ValueError):
        pass
    return str(a).rstrip(" \0") == str(b).rstrip(" \0")


def compare(path, mine, theirs):
    tags = {e.tag for e in theirs if e.tag.element != 0}
    for tag in sorted(tags | {e.tag for e in mine}):
        where = f"{path}{tag}"
        if tag == 0x00080005:
            continue  # DICOM JSON is UTF-8
        if tag not in mine:
            yield f"{where} is missing"
        elif tag not in theirs:
            yield f"{where} is too much"
        else:
            a, b = mine[tag], theirs[tag]
            if a.VR == "SQ" and b.VR == "SQ":
                if len(a.value) != len(b.value):
                    yield f"{where} has {len(a.value)} items, not {len(b.value)}"
                for i, (x, y) in enumerate(zip(a.value, b.value)):
                    yield from compare(f"{where}[{i}].", x, y)
            elif path and tag == 0x7FE00010 and a.value is None:
                continue  # an icon in fragments has no address
            elif a.VR == "UN":
                continue  # pydicom knows private attributes of some vendors
            elif a.VR == "PN" and a.VM <= 1 and b.VM <= 1:
                if name(a.value or '') != name(b.value or ''):
                    yield f"{where} is {name(a.value)}, not {name(b.value)}"
            elif a.value != "BULK" and a.value != b"BULK" and not same(a.value, b.value):
                yield f"{where} {a.VR} is {a.value!r:.60}, not {b.value!r:.60}"


def main(folder):
    for file in sorted(pathlib.Path(folder).glob("*.dcm")):
        theirs = pydicom.dcmread(file, force=True)
        objects = json.loads(file.with_suffix(".json").read_text())
        mine = Dataset.from_json(objects[0], bulk_data_uri_handler=lambda tag, vr, uri: b"BULK" if vr[0] == "O" or vr == "UN" else "BULK")
        for line in compare("", mine, theirs):
            if not any(unread in file.name for unread in TEXT_UNREAD):
                print(f"{file.name}: {line}")


main(sys.argv[1])
