// Package deident takes out of DICOM objects who they are of: the Basic Application Level Confidentiality Profile of PS3.15 Annex E with some of its
// options, as changes for dicom.Edit. It knows no I/O, reads no pixels and keeps nothing: names burnt into pictures are not found here, Risk only says
// where they are to be looked for by a person.
//
// What the table of the profile does not name is kept only where it can be judged: private attributes, attributes that the dictionary does not know,
// curves and overlays go; names, dates and UIDs are replaced by their representation alone; and text that is kept loses every word that identifies the
// patient elsewhere in the same object.
package deident
