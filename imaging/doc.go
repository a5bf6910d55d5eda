// Package imaging keeps pictures: it takes DICOM instances in, makes them durable and findable, and gives them out again,
// byte for byte as they came. Every door (C-STORE, STOW-RS, the township gateway) enters by Archive.Store, and every viewer
// reads through Find, Metadata, Frames, Bulk and Object.
//
// It is not the clinical workflow: when a study is complete, whom it belongs to and who reads it is decided elsewhere, from the
// summaries and the "study" messages that the index writes in the same transaction as its rows. What the archive remembers with
// (Index, Blobs) and whom it obeys (Access) are ports declared here.
package imaging
