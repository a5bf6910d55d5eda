package dimse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"yilian/imaging/dicom"
)

// TestSubOperations: the acceptor stores over the association of the requestor, which is SCP of it, while its own request waits.
func TestSubOperations(t *testing.T) {
	const getClass = "1.2.840.10008.5.1.4.1.2.2.3"
	body := bytes.Repeat([]byte("0123456789"), 30_000)
	o := Options{Roles: []Role{{SOPClass: ctImage, SCP: true}}, Contexts: []Proposal{{getClass, []string{ExplicitVRLittleEndian}}}}
	a, ended := pair(t, o, Agreement{Roles: []Role{{SOPClass: ctImage, SCU: true, SCP: true}}}, func(_ context.Context, op *Operation) {
		counts := SubOperations{Remaining: 3}
		for i := range 3 {
			out, err := op.a.Store(op.Life(), instance(fmt.Sprintf("1.2.%d", i+1), ExplicitVRLittleEndian, bytes.NewReader(body), int64(len(body))))
			if err != nil || out.Status != Success {
				t.Errorf("%+v, %v", out, err)
				return
			}
			counts.Remaining--
			counts.Completed++
			r := op.Command.Response(Pending)
			r.SubOperations = new(counts)
			_ = op.Reply(r, nil)
		}
		r := op.Command.Response(Success)
		r.SubOperations = &counts
		_ = op.Reply(r, nil)
	})
	if a.Agreed.Roles[0] != (Role{SOPClass: ctImage, SCP: true}) {
		t.Errorf("%+v", a.Agreed.Roles)
	}
	var told []uint16
	got := 0
	out, err := a.Get(t.Context(), getClass, identifierOf("x"), func(m *Message) *Command {
		b, err := io.ReadAll(m.Data)
		if err != nil || !bytes.Equal(b, body) {
			t.Errorf("%d bytes, %v", len(b), err)
		}
		got++
		return m.Command.Response(Success)
	}, func(s SubOperations) error { told = append(told, s.Remaining); return nil })
	if err != nil || out.Status != Success || out.SubOperations.Completed != 3 || got != 3 || !slices.Equal(told, []uint16{2, 1, 0}) {
		t.Errorf("%+v, %v, %d, %v", out, err, got, told)
	}
	if _, err := a.Store(t.Context(), instance("1.2.9", ExplicitVRLittleEndian, bytes.NewReader(body), int64(len(body)))); !errors.Is(err, ErrNoContext) {
		t.Errorf("stored in a role that was given up: %v", err)
	}
	released(t, a, ended)
}

func TestIdentifiersAreBounded(t *testing.T) {
	long := dicom.New("")
	long.SetBytes(dicom.PatientComments, dicom.UT, bytes.Repeat([]byte("x"), MaxIdentifier+2))
	deep := dicom.New("")
	for d, n := deep, 0; n < 40; n++ {
		item := d.NewItem()
		d.SetSequence(dicom.ReferencedSOPSequence, item)
		d = item
	}
	for name, c := range map[string]*dicom.Dataset{"too long": long, "nested too deep": deep} {
		a, ended := pair(t, Options{}, Agreement{}, func(_ context.Context, op *Operation) {
			_, err := op.Identifier()
			if !errors.Is(err, ErrIdentifier) {
				t.Errorf("%s: %v", name, err)
			}
			_ = op.Reply(op.Command.Response(CannotUnderstand), nil)
		})
		if o, err := a.Find(t.Context(), findClass, c, nil); err != nil || o.Status != CannotUnderstand {
			t.Errorf("%s: %+v, %v", name, o, err)
		}
		released(t, a, ended)
	}
}

// TestAnswerTooLongEndsTheAssociation: the other direction.
func TestAnswerTooLongEndsTheAssociation(t *testing.T) {
	a, ended := pair(t, Options{}, Agreement{}, func(_ context.Context, op *Operation) {
		_ = op.Reply(op.Command.Response(Pending), make([]byte, MaxIdentifier+2))
	})
	if _, err := a.Find(t.Context(), findClass, identifierOf("x"), nil); !isAbort(err, SourceUser, 0, false) {
		t.Error(err)
	}
	_ = a.Close()
	if err := <-ended; err == nil {
		t.Error("served on")
	}
}

// TestFloodOfPendings: a peer that answers without end is stopped by the caller's context.
func TestFloodOfPendings(t *testing.T) {
	a, ended := pair(t, Options{}, Agreement{}, endless)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := a.Find(ctx, findClass, identifierOf("x"), func(*dicom.Dataset) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	_ = a.Close()
	if err := <-ended; !isAbort(err, SourceUser, 0, true) && !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}
