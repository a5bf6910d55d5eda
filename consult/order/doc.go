// Package order keeps exam orders: what a doctor asked for, for whom, on which device and when, and how far it has come until the
// result is acknowledged. It issues accession numbers and the identifiers that images will carry, answers each device its worklist, and
// keeps the performed procedure steps (MPPS) that devices report. Images, reads and reports move an order through the transitions that
// consult/reading calls.
//
// A worklist has what the device can show: see WorklistName and directory.NameForm for Chinese names. It does not speak DICOM.
package order
