package dimse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"yilian/imaging/dicom"
)

// ErrIdentifier: a data set that is kept in memory cannot be read, is too long or nested too deep.
var ErrIdentifier = errors.New("identifier not readable")

// limits of an identifier, beside MaxIdentifier
const (
	identifierElements = 50_000
	identifierDepth    = 16
)

// Identifier reads a message's data set into memory: at most MaxIdentifier bytes. It errs with ErrIdentifier for a data set that
// is not there or cannot be read, which leaves the association open.
func (m *Message) Identifier() (*dicom.Dataset, error) {
	if m.Data == nil {
		return nil, fmt.Errorf("%w: the %v has no data set", ErrIdentifier, m.Command.Field)
	}
	b, err := io.ReadAll(io.LimitReader(m.Data, MaxIdentifier+1))
	if err != nil {
		return nil, err
	}
	if len(b) > MaxIdentifier {
		return nil, fmt.Errorf("%w: it is longer than %d bytes", ErrIdentifier, MaxIdentifier)
	}
	object, err := dicom.Scan(bytes.NewReader(b), dicom.Syntax(m.Context.TransferSyntax), dicom.Options{
		MaxValue: MaxIdentifier, MaxHeader: 8 * MaxIdentifier, MaxElements: identifierElements, MaxDepth: identifierDepth, MaxSize: 8 * MaxIdentifier,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIdentifier, err)
	}
	return object.Dataset, nil
}

// Encode writes a data set as a presentation context wants it.
func (c Context) Encode(d *dicom.Dataset) ([]byte, error) {
	return dicom.AppendDataset(nil, d, dicom.Syntax(c.TransferSyntax))
}

// contextAs finds the accepted context for a SOP class in which this side is SCU, or SCP, in whatever transfer syntax it can
// write.
func (a *Association) contextAs(class string, provider bool) (Context, error) {
	for _, c := range a.contexts {
		ts := dicom.Syntax(c.TransferSyntax)
		if c.AbstractSyntax == class && (c.SCU && !provider || c.SCP && provider) && !ts.Deflated && !ts.Encapsulated {
			return c, nil
		}
	}
	return Context{}, fmt.Errorf("%w: SOP class %s", ErrNoContext, class)
}

// query sends a request with an identifier and gives each response to each, until the final one. An error of each cancels the
// operation at the peer; the answer is awaited all the same.
func (a *Association) query(ctx context.Context, class string, c *Command, identifier *dicom.Dataset, each func(*Message) error) (Outcome, error) {
	pc, err := a.contextAs(class, false)
	if err != nil {
		return Outcome{}, err
	}
	b, err := pc.Encode(identifier)
	if err != nil {
		return Outcome{}, err
	}
	c.AffectedSOPClass = class
	k, err := a.invoke(ctx, pc.ID, c, bytes.NewReader(b))
	if err != nil {
		return Outcome{}, err
	}
	defer k.done()
	var stopped error
	for {
		m, err := k.next(ctx)
		if err != nil {
			return Outcome{}, err
		}
		if s := m.Command.Status; s != Pending && s != PendingWarning {
			return finalOutcome(m, stopped)
		}
		if stopped != nil {
			continue
		}
		if stopped = each(m); stopped == nil {
			continue
		}
		if err := a.send(pc.ID, &Command{Field: CCancelRQ, RespondedTo: k.id}, nil); err != nil {
			return Outcome{}, err
		}
	}
}

func finalOutcome(m *Message, stopped error) (Outcome, error) {
	o := outcomeOf(m.Command)
	if stopped != nil || m.Data == nil {
		return o, stopped
	}
	var err error
	o.Data, err = m.Identifier()
	return o, err
}

// Find is a C-FIND (PS3.4 C.4.1, K.4.1): each gets the matches one after the other. An error of each cancels the search and is
// given back; other errors but ErrNoContext and ErrIdentifier end the association.
func (a *Association) Find(ctx context.Context, class string, identifier *dicom.Dataset, each func(*dicom.Dataset) error) (Outcome, error) {
	return a.query(ctx, class, &Command{Field: CFindRQ}, identifier, func(m *Message) error {
		d, err := m.Identifier()
		if err != nil {
			return err
		}
		return each(d)
	})
}

// Move is a C-MOVE (PS3.4 C.4.2) to the AE title destination. progress, which may be nil, gets the counts of pending
// responses; an error of it cancels.
func (a *Association) Move(ctx context.Context, class, destination string, identifier *dicom.Dataset, progress func(SubOperations) error) (Outcome, error) {
	return a.query(ctx, class, &Command{Field: CMoveRQ, MoveDestination: destination}, identifier, report(progress))
}

// Get is a C-GET (PS3.4 C.4.3). take performs the C-STOREs that the peer sends meanwhile, and answers each with the response; roles as
// SCP for their SOP classes must have been agreed on.
func (a *Association) Get(ctx context.Context, class string, identifier *dicom.Dataset, take func(*Message) *Command, progress func(SubOperations) error) (Outcome, error) {
	before, err := a.calls.lend(take)
	if err != nil {
		return Outcome{}, err
	}
	defer a.calls.giveBack(before)
	return a.query(ctx, class, &Command{Field: CGetRQ}, identifier, report(progress))
}

func report(progress func(SubOperations) error) func(*Message) error {
	return func(m *Message) error {
		if progress == nil || m.Command.SubOperations == nil {
			return nil
		}
		return progress(*m.Command.SubOperations)
	}
}

// lend puts take in the place of what performs the peer's requests.
func (all *calls) lend(take func(*Message) *Command) (before func(*Message) *Command, err error) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.lent {
		return nil, errors.New("dimse: another C-GET is under way on the association")
	}
	before, all.take, all.lent = all.take, take, true
	return before, nil
}

func (all *calls) giveBack(before func(*Message) *Command) {
	all.mu.Lock()
	defer all.mu.Unlock()
	all.take, all.lent = before, false
}
