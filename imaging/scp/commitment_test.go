package scp

import (
	"context"
	"encoding/json"
	"net"
	"reflect"
	"testing"
	"time"

	"yilian"
	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
	"yilian/imaging/phantom"
)

// promises collects what was reported.
type promises chan CommitmentReport

func (p promises) Committed(_ context.Context, _ yilian.Actor, r CommitmentReport) error {
	p <- r
	return nil
}

// later collects what was put off.
type later chan CommitmentReport

func (l later) Commitment(_ context.Context, _ string, r CommitmentReport) error {
	l <- r
	return nil
}

func wait[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(10 * time.Second):
		t.Error("nothing within 10 s")
	}
	return v
}

// ask makes a commitment request for a stored image, one of another class, and one that nobody has.
func ask(ct phantom.Object) CommitmentReport {
	return CommitmentReport{Transaction: "1.2.99.1", Committed: []Reference{
		{ctClass, yilian.InstanceUID(ct.SOPInstanceUID)}, {mrClass, yilian.InstanceUID(ct.SOPInstanceUID)}, {ctClass, "1.2.3.404"},
	}}
}

func wantReport(ct phantom.Object) CommitmentReport {
	q := ask(ct).Committed
	return CommitmentReport{
		Transaction: "1.2.99.1", RetrieveAE: "YILIAN", Committed: q[:1],
		Failed: []FailedReference{{q[1], CommitConflict}, {q[2], CommitUnknown}},
	}
}

func TestCommitmentOnTheSameAssociation(t *testing.T) {
	w := newWorld(t)
	ct := w.store("county", phantom.HeadCT, phantom.Options{Images: 1, Size: 64})[0]
	a := w.call(dimse.Options{}, CommitmentPush)
	o, err := a.Action(t.Context(), CommitmentPush, commitmentInstance, 1, ask(ct).dataset())
	if err != nil || o.Status != dimse.Success {
		t.Fatalf("%+v, %v", o, err)
	}
	m, err := a.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d, err := m.Identifier()
	if err != nil {
		t.Fatal(err)
	}
	if c := m.Command; c.Field != dimse.NEventRQ || c.EventType != 2 || c.AffectedSOPInstance != commitmentInstance {
		t.Errorf("%+v", c)
	}
	if r := reportOf(d); !reflect.DeepEqual(r, wantReport(ct)) {
		t.Errorf("%+v", r)
	}
	if err := a.Reply(m, m.Command.Response(dimse.Success)); err != nil {
		t.Error(err)
	}
	if err := a.Release(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCommitmentLater(t *testing.T) {
	put := make(later, 1)
	w := newWorld(t, func(c *Config) { c.Later, c.Limits.Reports = put, 5*time.Second })
	ct := w.store("county", phantom.HeadCT, phantom.Options{Images: 1, Size: 64})[0]
	to := Destination{AE: "YILIAN", Calling: "CT1", Address: w.addr}
	if err := RequestCommitment(t.Context(), to, "1.2.99.1", ask(ct).Committed); err != nil {
		t.Fatal(err)
	}
	r := wait(t, put)
	if !reflect.DeepEqual(r, wantReport(ct)) {
		t.Errorf("%+v", r)
	}
	var again CommitmentReport
	if b, err := json.Marshal(r); err != nil || json.Unmarshal(b, &again) != nil || !reflect.DeepEqual(again, r) {
		t.Errorf("through a queue: %+v, %v", again, err)
	}
}

// TestCommitmentBetweenTwoServices: both are SCU and SCP in turn, the report comes on a new association with its roles selected.
func TestCommitmentBetweenTwoServices(t *testing.T) {
	got := make(promises, 1)
	asker := open(t, Config{AETitle: "ASKER", Archive: &memory{}, Reports: got})
	w := newWorld(t, func(c *Config) {
		c.Destinations = places{"ASKER": {AE: "ASKER", Address: asker.addr}}
		c.Limits.Reports = 5 * time.Second
	})
	ct := w.store("county", phantom.HeadCT, phantom.Options{Images: 1, Size: 64})[0]
	to := Destination{AE: "YILIAN", Calling: "ASKER", Address: w.addr}
	if err := RequestCommitment(t.Context(), to, "1.2.99.1", ask(ct).Committed); err != nil {
		t.Fatal(err)
	}
	if r := wait(t, got); !reflect.DeepEqual(r, wantReport(ct)) {
		t.Errorf("%+v", r)
	}
}

func TestCommitmentRefusals(t *testing.T) {
	w := newWorld(t)
	a := w.call(dimse.Options{}, CommitmentPush)
	whole := CommitmentReport{Transaction: "1.2.99.1", Committed: []Reference{{ctClass, "1.2.3"}}}
	for name, c := range map[string]struct {
		instance string
		action   uint16
		data     *dicom.Dataset
		want     dimse.Status
	}{
		"another instance": {"1.2.3", 1, whole.dataset(), dimse.NoSuchInstance},
		"another action":   {commitmentInstance, 2, whole.dataset(), dimse.NoSuchAction},
		"no information":   {commitmentInstance, 1, nil, dimse.InvalidArgument},
		"no transaction":   {commitmentInstance, 1, CommitmentReport{Committed: whole.Committed}.dataset(), dimse.InvalidArgument},
		"nothing named":    {commitmentInstance, 1, CommitmentReport{Transaction: "1.2.99.1"}.dataset(), dimse.MissingAttributeValue},
	} {
		if o, err := a.Action(t.Context(), CommitmentPush, c.instance, c.action, c.data); err != nil || o.Status != c.want {
			t.Errorf("%s: %+v, %v", name, o, err)
		}
	}
}

func TestNotifyAvailability(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan *dicom.Dataset, 1)
	done := make(chan error, 1)
	go func() {
		done <- answerOne(t.Context(), l, func(m *dimse.Message) *dimse.Command {
			d, err := m.Identifier()
			if err != nil || m.Command.Field != dimse.NCreateRQ || m.Command.AffectedSOPClass != AvailabilityClass {
				return m.Command.Response(dimse.ProcessingFailure)
			}
			got <- d
			return m.Command.Response(dimse.Success)
		})
	}()
	n := AvailabilityNotice{UID: "1.2.7", Study: "1.2.3", RetrieveAE: "YILIAN", Series: []AvailabilitySeries{{UID: "1.2.3.1", Instances: []Reference{{ctClass, "1.2.3.1.1"}}}}}
	if err := NotifyAvailability(t.Context(), Destination{AE: "HIS", Address: l.Addr().String()}, n); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	d := wait(t, got)
	ref := d.First(dicom.ReferencedSeriesSequence, dicom.ReferencedSOPSequence)
	if d.UID(dicom.StudyInstanceUID) != "1.2.3" || ref.UID(dicom.ReferencedSOPInstanceUID) != "1.2.3.1.1" || ref.String(dicom.InstanceAvailability) != "ONLINE" || ref.String(dicom.RetrieveAETitle) != "YILIAN" {
		t.Errorf("%+v", d)
	}
}
