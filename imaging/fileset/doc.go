// Package fileset reads and writes the directory of a DICOM file-set (PS3.10 8, PS3.3 F): the DICOMDIR of a disc, a stick or a folder, which says
// what patients, studies, series and instances there are and in which files. It knows no files itself: it makes bytes of records and records
// of bytes, and the ZIP or the disc image around them.
package fileset
