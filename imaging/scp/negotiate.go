package scp

import (
	"strings"

	"yilian/imaging/dimse"
)

// Prefixes of UIDs (PS3.6 Annex A).
const (
	dicomRoot      = "1.2.840.10008."
	storagePrefix  = "1.2.840.10008.5.1.4.1.1."
	transferPrefix = "1.2.840.10008.1.2"
)

// moreStorage are the storage SOP classes that stand outside storagePrefix (PS3.4 Annexes B.5, GG; PS3.6 Table A-1).
var moreStorage = map[string]bool{
	"1.2.840.10008.5.1.4.34.7":  true, // RT Beams Delivery Instruction Storage
	"1.2.840.10008.5.1.4.34.10": true, // RT Brachy Application Setup Delivery Instruction Storage
	"1.2.840.10008.5.1.4.38.1":  true, // Hanging Protocol Storage
	"1.2.840.10008.5.1.4.39.1":  true, // Color Palette Storage
	"1.2.840.10008.5.1.4.43.1":  true, // Generic Implant Template Storage
	"1.2.840.10008.5.1.4.44.1":  true, // Implant Assembly Template Storage
	"1.2.840.10008.5.1.4.45.1":  true, // Implant Template Group Storage
	"1.2.840.10008.5.1.1.27":    true, // Stored Print Storage (retired)
	"1.2.840.10008.5.1.1.29":    true, // Hardcopy Grayscale Image Storage (retired)
	"1.2.840.10008.5.1.1.30":    true, // Hardcopy Color Image Storage (retired)
}

// notStorage are the SOP classes of query and retrieve that stand under storagePrefix (PS3.4 Annex JJ).
var notStorage = map[string]bool{
	"1.2.840.10008.5.1.4.1.1.201.2": true, // Inventory - FIND
	"1.2.840.10008.5.1.4.1.1.201.3": true, // Inventory - MOVE
	"1.2.840.10008.5.1.4.1.1.201.4": true, // Inventory - GET
}

// notTransfer are the UIDs under transferPrefix that encode no data set: they are MIME, XML and the real-time video of
// SMPTE ST 2110 (PS3.6 Table A-1).
var notTransfer = []string{"1.2.840.10008.1.2.6.", "1.2.840.10008.1.2.7."}

// storage tells whether instances of a SOP class are taken. A class under the storage prefix that is not known here is one
// that the standard has added since.
func (s *Server) storage(class string) bool {
	switch {
	case moreStorage[class]:
		return true
	case strings.HasPrefix(class, dicomRoot):
		return strings.HasPrefix(class, storagePrefix) && !notStorage[class]
	}
	return class != "" && !s.config.RefusePrivate
}

// encodesDataSet tells whether a UID is a transfer syntax in which a data set can be received: one of DICOM's own. A
// private one could not be read by anybody who fetches the instance later.
func encodesDataSet(transfer string) bool {
	if transfer != transferPrefix && !strings.HasPrefix(transfer, transferPrefix+".") {
		return false
	}
	for _, not := range notTransfer {
		if strings.HasPrefix(transfer, not) {
			return false
		}
	}
	return true
}

// answer decides about one presentation context. Of the transfer syntaxes the sender's first is taken that can be stored:
// what it can send without converting stands first with most senders, and nothing is converted here.
func (s *Server) answer(p dimse.Proposed) dimse.Answered {
	refused := dimse.Answered{ID: p.ID, TransferSyntax: dimse.ImplicitVRLittleEndian}
	if p.AbstractSyntax != dimse.Verification && !s.storage(p.AbstractSyntax) {
		refused.Result = dimse.ContextAbstractSyntaxNotSupported
		return refused
	}
	for _, ts := range p.TransferSyntaxes {
		if encodesDataSet(ts) {
			return dimse.Answered{ID: p.ID, Result: dimse.ContextAccepted, TransferSyntax: ts}
		}
	}
	refused.Result = dimse.ContextTransferSyntaxNotSupported
	return refused
}
