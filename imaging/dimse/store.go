package dimse

import (
	"context"
	"errors"
	"fmt"
	"io"

	"yilian/imaging/dicom"
)

// Echo verifies that the peer serves DIMSE (PS3.4 Annex A).
func (a *Association) Echo(ctx context.Context) (Status, error) {
	for _, c := range a.contexts {
		if c.AbstractSyntax == Verification {
			m, err := a.request(ctx, c.ID, &Command{Field: CEchoRQ, AffectedSOPClass: Verification}, nil)
			if err != nil {
				return 0, err
			}
			return m.Command.Status, nil
		}
	}
	return 0, fmt.Errorf("%w: verification", ErrNoContext)
}

// ErrNoContext: the peer has accepted no presentation context for what is to be sent. The association stays open.
var ErrNoContext = errors.New("no presentation context accepted")

// Instance is an object to be sent.
type Instance struct {
	SOPClass, SOPInstance string
	TransferSyntax        string    // of Data: there must be an accepted context for it
	Data                  io.Reader // the data set alone, without preamble and meta information
	Size                  int64     // of Data in bytes; negative: not known. A difference aborts the association

	// MoveOriginator and MoveOriginatorID name the C-MOVE behind it, if there is one (PS3.7 9.1.1.1).
	MoveOriginator   string
	MoveOriginatorID uint16
	Priority         uint16 // 0 medium, 1 high, 2 low
}

// Outcome is what the peer answered to a request.
type Outcome struct {
	Status  Status
	Comment string // the peer's error comment: not trustworthy text
	ErrorID uint16 // of N-services
	// SubOperations are the last counts told of a C-MOVE or C-GET.
	SubOperations SubOperations
	// Data is what came with the answer, such as Failed SOP Instance UID List or the attributes of an N-GET; nil: nothing.
	Data *dicom.Dataset
	// Instance is the Affected SOP Instance UID, if the peer told it: the one an N-CREATE has made.
	Instance string
}

func outcomeOf(c *Command) Outcome {
	o := Outcome{Status: c.Status, Comment: c.ErrorComment, ErrorID: c.ErrorID, Instance: c.AffectedSOPInstance}
	if c.SubOperations != nil {
		o.SubOperations = *c.SubOperations
	}
	return o
}

// Store sends an instance (C-STORE) and gives the peer's answer. ErrNoContext leaves the association open, all other
// errors end it.
func (a *Association) Store(ctx context.Context, in Instance) (Outcome, error) {
	c, ok := a.Context(in.SOPClass, in.TransferSyntax)
	if !ok || !c.SCU {
		return Outcome{}, fmt.Errorf("%w: SOP class %s in %s", ErrNoContext, in.SOPClass, in.TransferSyntax)
	}
	data := in.Data
	if in.Size >= 0 {
		data = &sized{in.Data, in.Size}
	}
	if in.TransferSyntax == dicom.DeflatedExplicitVRLittleEndian {
		data = &even{r: data}
	}
	m, err := a.request(ctx, c.ID, &Command{
		Field: CStoreRQ, AffectedSOPClass: in.SOPClass, AffectedSOPInstance: in.SOPInstance, Priority: in.Priority,
		MoveOriginator: in.MoveOriginator, MoveOriginatorID: in.MoveOriginatorID,
	}, data)
	if err != nil {
		return Outcome{}, err
	}
	return outcomeOf(m.Command), nil
}

// sized is a reader that must give exactly left more bytes.
type sized struct {
	r    io.Reader
	left int64
}

func (s *sized) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.left -= int64(n)
	if s.left < 0 || (err == io.EOF && s.left != 0) {
		return n, errors.New("the data set's size has changed")
	}
	return n, err
}

// even pads with a NUL to an even length, as a deflated data set must be (PS3.5 A.5). Files are met in which it is not, and
// DCMTK aborts at a fragment of odd length (PS3.8 E.1).
type even struct {
	r    io.Reader
	odd  bool
	done bool
}

func (e *even) Read(p []byte) (int, error) {
	if e.done || len(p) == 0 {
		return 0, io.EOF
	}
	n, err := e.r.Read(p)
	e.odd = e.odd != (n%2 == 1)
	if err == io.EOF && e.odd && n < len(p) {
		p[n], e.done = 0, true
		return n + 1, io.EOF
	}
	if err == io.EOF && e.odd { // no room: the next call gives the padding
		return n, nil
	}
	return n, err
}
