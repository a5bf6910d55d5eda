package request

import (
	"context"
	"reflect"
	"testing"
	"time"

	"yilian"
)

func measured(n int, m Measurement) Quality {
	q := Quality{Name: m.Name}
	for range n {
		q.add(m)
	}
	return q
}

func TestSummaryNamesWhatWasWrongAndWhere(t *testing.T) {
	fine := measured(10, Measurement{Name: "乙", Grade: "good", Figures: Figures{RTT: 30, MOS: 4.4}})
	far := measured(10, Measurement{Name: "甲", Grade: "poor", Figures: Figures{UpLoss: 0.1, RTT: 320, MOS: 2.9}, Freezes: 1, Frozen: 0.5, Paused: true, Path: "relay"})
	far.linked("live", time.Unix(0, 0))
	far.linked("interrupted", time.Unix(100, 0))
	far.linked("live", time.Unix(120, 0))
	far.linked("", time.Unix(180, 0))
	all := ReportOf([]Quality{fine, far})
	if all.Verdict != "bad" || len(all.Calls) != 1 {
		t.Fatalf("%+v", all)
	}
	s := all.Calls[0]
	if s.Verdict != "bad" || s.Worst != "甲" || s.People[0].Verdict != "good" || len(s.People[0].Findings) != 0 {
		t.Errorf("%+v", s)
	}
	var codes []string
	for _, f := range s.People[1].Findings {
		codes = append(codes, f.Code+" "+f.Grade)
	}
	if want := []string{"audio-only bad", "up-loss poor", "interrupted poor", "delay fair", "freezes fair", "relay fair"}; !reflect.DeepEqual(codes, want) {
		t.Errorf("findings %v, want %v", codes, want)
	}
	r := s.People[1]
	if !reflect.DeepEqual(r.Spent, map[string]float64{"live": 160, "interrupted": 20}) || r.Average.MOS != 2.9 || r.Frozen != 5 || r.Freezes != 10 {
		t.Errorf("%+v", r)
	}
	both := measured(10, Measurement{Name: "丙", Grade: "poor", Figures: Figures{RTT: 320}, Path: "relay-udp"})
	both.add(Measurement{Grade: "poor", Figures: Figures{RTT: 320}, Path: "udp"})
	well := measured(10, Measurement{Name: "丁", Grade: "good", Figures: Figures{RTT: 20}, Path: "relay-tcp"})
	for _, q := range []Quality{both, well} {
		for _, f := range q.report().Findings {
			if f.Code == "relay" {
				t.Errorf("%s: the relay is no reason of anything", q.Name)
			}
		}
	}
	if s := ReportOf(nil); s.Verdict != "unknown" || s.Calls == nil {
		t.Errorf("of nothing: %+v", s)
	}
	if s := ReportOf([]Quality{fine}); s.Verdict != "good" || s.Calls[0].Worst != "" {
		t.Errorf("of a good call: %+v", s)
	}
}

// TestOldRecordsHaveASummary: records of before the figures were kept have only the grades.
func TestOldRecordsHaveASummary(t *testing.T) {
	if s := ReportOf([]Quality{{Name: "x", Good: 5}}); s.Verdict != "good" || s.Calls[0].People[0].Average.MOS != 0 {
		t.Errorf("%+v", s)
	}
}

func TestMeasuredInTheRecord(t *testing.T) {
	b := newBench(t)
	r := b.inCall(Urgent, "first")
	who := b.county.ID("town")
	event := func(what MediaType, after time.Duration) {
		t.Helper()
		if err := b.svc.Linked(context.Background(), b.id(r), MediaEvent{Type: what, Person: who, Name: "镇医生", At: b.now.Add(after)}); err != nil {
			t.Fatal(err)
		}
	}
	event(PersonLeft, 0) // was never in
	event(PersonLive, 0)
	event(PersonJoined, time.Second) // says nothing of the line
	event(PersonDegraded, 10*time.Second)
	if err := b.svc.Measured(context.Background(), b.id(r), Measurement{Person: who, Name: "镇医生", Grade: "poor", Figures: Figures{DownLoss: 0.3, MOS: 2}}); err != nil {
		t.Fatal(err)
	}
	event(PersonLeft, 30*time.Second)
	s, err := b.svc.CallReport(context.Background(), b.county.Actor("first"), b.id(r))
	if err != nil || s.Verdict != "bad" || len(s.Calls) != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	if c := s.Calls[0]; c.Call != 1 || len(c.People) != 1 || c.People[0].Spent["live"] != 10 || c.People[0].Spent["degraded"] != 20 {
		t.Errorf("%+v", c)
	}
	if _, err := b.svc.CallReport(context.Background(), b.county.Actor("hamlet"), b.id(r)); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("a stranger reads it: %v", err)
	}
}

// TestEachCallIsMeasuredByItself: another specialist takes over while the township stays in the room: what was wrong is told of the call in which it was wrong.
func TestEachCallIsMeasuredByItself(t *testing.T) {
	b := newBench(t)
	r := b.inCall(Urgent, "first")
	who := b.county.ID("town")
	sample := func(grade string, loss float64) {
		t.Helper()
		if err := b.svc.Measured(context.Background(), b.id(r), Measurement{Person: who, Name: "镇医生", Grade: grade, Figures: Figures{UpLoss: loss, MOS: 4}}); err != nil {
			t.Fatal(err)
		}
	}
	began := b.now
	if err := b.svc.Linked(context.Background(), b.id(r), MediaEvent{Type: PersonLive, Person: who, Name: "镇医生", At: b.now}); err != nil {
		t.Fatal(err)
	}
	sample("bad", 0.4)
	b.media(r, "first", PersonInterrupted)
	b.passOnline(2*time.Minute, everyone...)
	r = b.must(b.svc.Accept(t.Context(), b.by("first2"), b.id(b.get(r))))
	b.media(r, "first2", PersonJoined)
	changed := b.now
	sample("good", 0)
	b.passOnline(time.Minute, everyone...)
	if err := b.svc.Linked(context.Background(), b.id(r), MediaEvent{Type: PersonLeft, Person: who, At: b.now}); err != nil {
		t.Fatal(err)
	}
	s, err := b.svc.CallReport(context.Background(), b.county.Actor("first2"), b.id(r))
	if err != nil || s.Verdict != "bad" || len(s.Calls) != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	want := []struct {
		verdict, worst string
		live           time.Duration
	}{{"bad", "镇医生", changed.Sub(began)}, {"good", "", b.now.Sub(changed)}}
	for i, c := range s.Calls {
		w := want[i]
		if c.Call != i+1 || c.Verdict != w.verdict || c.Worst != w.worst || len(c.People) != 1 || c.People[0].Spent["live"] != w.live.Seconds() {
			t.Errorf("call %d: %+v, want %+v", i+1, c, w)
		}
	}
}
