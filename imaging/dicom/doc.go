// Package dicom reads, edits and writes DICOM data sets (PS3.5), Part 10 files (PS3.10) and their models in JSON (PS3.18 F) and XML
// (PS3.19 A.1), and matches them against queries (PS3.4 C.2.2.2).
//
// Reading is one bounded pass over an io.Reader: Scan for a bare data set as it arrives in a C-STORE, ScanFile for a Part 10
// stream. The pass keeps small values, remembers where large ones stand (Bulk) and where each frame of the pixel data lies
// (Layout), so that one frame can later be read by its byte range. It is made for hostile input: no recursion, every length
// checked, memory bounded by Options, each refusal a *SyntaxError that names offset and tag.
//
// Writing gives back the bytes that were read: AppendDataset and Write remember how each length was encoded, and Edit changes
// elements of a stream without touching the others or holding the pixel data.
//
// The package decodes no pixels (see imaging/pixel), opens no files and no connections, and never changes received bytes:
// strings are decoded by character set when they are asked for.
package dicom

//go:generate go run gen_dictionary.go
