// Package scp is the DIMSE door of the archive: it accepts associations from known devices and serves the verification
// and storage service classes (PS3.4 Annexes A and B) over imaging.Archive.
//
// The wire and the states are package dimse's; who may call is decided by the port Devices, what becomes of an object by
// the port Archive. A table turns their errors into DIMSE statuses.
package scp
