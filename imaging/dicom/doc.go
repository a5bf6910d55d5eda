// Package dicom reads and writes DICOM data sets (PS3.5), Part 10 files (PS3.10) and the DICOM JSON model (PS3.18 F).
//
// Reading is one bounded pass over an io.Reader: Scan for a bare data set as it arrives in a C-STORE, ScanFile for a Part 10
// stream. The pass keeps small values, remembers where large ones stand (Bulk) and where each frame of the pixel data lies
// (Layout), so that one frame can later be read by its byte range. It is made for hostile input: no recursion, every length
// checked, memory bounded by Options, each refusal a *SyntaxError that names offset and tag.
//
// The package decodes no pixels (see imaging/pixel), opens no files and no connections, and never changes received bytes:
// strings are decoded by character set when they are asked for.
package dicom

//go:generate go run gen_dictionary.go
