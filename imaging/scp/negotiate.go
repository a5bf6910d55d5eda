package scp

import (
	"cmp"
	"strings"

	"yilian/imaging/dicom"
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

// agree answers a request of a caller that is let in.
func (s *Server) agree(rq *dimse.Associate, caller Caller) dimse.Agreement {
	a := dimse.Agreement{Window: s.config.Limits.Window}
	for _, p := range rq.Proposed {
		a.Contexts = append(a.Contexts, s.answer(p, caller))
	}
	for _, r := range rq.User.Roles {
		a.Roles = append(a.Roles, s.role(r.SOPClass, caller))
	}
	for _, e := range rq.User.Extended {
		if info := s.extend(e, caller); info != nil {
			a.Extended = append(a.Extended, dimse.Extended{SOPClass: e.SOPClass, Info: info})
		}
	}
	if t := caller.Timeouts; t != (dimse.Timeouts{}) {
		t = merge(t, s.config.Timeouts)
		a.Timeouts = &t
	}
	return a
}

// merge takes what is not set in t from base.
func merge(t, base dimse.Timeouts) dimse.Timeouts {
	return dimse.Timeouts{
		ARTIM: cmp.Or(t.ARTIM, base.ARTIM), Idle: cmp.Or(t.Idle, base.Idle), Read: cmp.Or(t.Read, base.Read),
		Write: cmp.Or(t.Write, base.Write), Response: cmp.Or(t.Response, base.Response), MinRate: cmp.Or(t.MinRate, base.MinRate),
	}
}

// role says what the requestor may be for a class: SCU of all that is offered; SCP of storage where it may retrieve by C-GET, and of
// storage commitment where it reports what was asked of it.
func (s *Server) role(class string, caller Caller) dimse.Role {
	if class == CommitmentPush {
		return dimse.Role{SOPClass: class, SCU: s.config.Commitment != nil, SCP: s.config.Reports != nil}
	}
	get := s.config.Library != nil && caller.Query
	return dimse.Role{SOPClass: class, SCU: true, SCP: get && s.storage(class)}
}

// Bytes of the extended negotiation of query and retrieve (PS3.4 C.5.1.1, C.5.2.1, C.5.3.1).
const (
	extRelational = iota
	extDateTime
	extFuzzy
	extTimezone
)

// extend answers an extended negotiation: what is asked for and can be done here. nil: the class has none.
func (s *Server) extend(e dimse.Extended, caller Caller) []byte {
	v, ok := serviceOf(e.SOPClass)
	if !ok || !s.offers(v, caller) || len(e.Info) == 0 {
		return nil
	}
	can := map[kind][]bool{
		kindFind:     {extRelational: true, extDateTime: true, extFuzzy: true, extTimezone: false},
		kindMove:     {extRelational: true},
		kindGet:      {extRelational: true},
		kindWorklist: {extRelational: false, extDateTime: true, extFuzzy: true, extTimezone: false}, // PS3.4 K.5.1: the first is reserved
	}[v.kind]
	answer := make([]byte, min(len(e.Info), len(can)))
	for i := range answer {
		if can[i] && e.Info[i] == 1 {
			answer[i] = 1
		}
	}
	if len(answer) == 0 {
		return nil
	}
	return answer
}

// answer decides about one presentation context. Of the transfer syntaxes the sender's first is taken that can be stored:
// what it can send without converting stands first with most senders, and nothing is converted here.
func (s *Server) answer(p dimse.Proposed, caller Caller) dimse.Answered {
	refused := dimse.Answered{ID: p.ID, TransferSyntax: dimse.ImplicitVRLittleEndian}
	usable := encodesDataSet
	if v, ok := serviceOf(p.AbstractSyntax); ok && s.offers(v, caller) {
		if v.kind != kindEcho {
			usable = readable
		}
	} else if ok || !s.storage(p.AbstractSyntax) || !caller.takes(p.AbstractSyntax) {
		refused.Result = dimse.ContextAbstractSyntaxNotSupported
		return refused
	}
	for _, ts := range p.TransferSyntaxes {
		if usable(ts) {
			return dimse.Answered{ID: p.ID, Result: dimse.ContextAccepted, TransferSyntax: ts}
		}
	}
	refused.Result = dimse.ContextTransferSyntaxNotSupported
	return refused
}

// readable are the transfer syntaxes of identifiers and attributes, which are read and written here.
func readable(transfer string) bool {
	ts := dicom.Syntax(transfer)
	return ts.Known && !ts.Deflated && !ts.Encapsulated && encodesDataSet(transfer)
}
