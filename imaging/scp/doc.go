// Package scp is the DIMSE door of the archive: it accepts associations from known devices, in the clear or over TLS, and serves
// verification, storage, query and retrieve, modality worklist, performed procedure steps and storage commitment (PS3.4 Annexes A,
// B, C, F, J and K) over ports. As SCU it sends what a C-MOVE asks for, reports on commitment, and notices of availability (Annex R).
//
// The wire and the states are package dimse's; who may call is decided by the port Devices, what becomes of an object by the port
// Archive, what may be seen by the port Library, which asks for the rights of the device's actor. A table turns their errors into
// DIMSE statuses.
package scp
