// Package structured writes what readers draw on pictures and waveforms as DICOM objects: measurements as a structured report (PS3.16 TID
// 1500), the look of a picture with what is drawn on it as a presentation state (PS3.3 A.33), and the pictures that matter as a key object
// selection (PS3.3 A.35.4). It makes data sets out of values and does no I/O: where the pictures are and who keeps the objects is for its
// caller to know.
//
// The same content makes the same objects, byte for byte and UID for UID, so that making them twice does no harm.
package structured
