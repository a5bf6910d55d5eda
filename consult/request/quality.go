package request

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// Quality is how one person's line was in one call of a request. The sums are over the samples.
type Quality struct {
	Person yilian.PersonID `json:"person"`
	Name   string          `json:"name"`
	Call   int             `json:"call,omitempty"` // its leg; 0: all calls together, measured before they were told apart
	Good   int             `json:"good"`           // samples of each grade
	Fair   int             `json:"fair"`
	Poor   int             `json:"poor"`
	Bad    int             `json:"bad"`

	Sum       Figures  `json:"sum"`
	Worst     Figures  `json:"worst"`
	Scored    int      `json:"scored,omitempty"` // samples with a score
	Freezes   int      `json:"freezes,omitempty"`
	Frozen    float64  `json:"frozen,omitempty"` // s
	AudioOnly int      `json:"audioOnly,omitempty"`
	Paths     []string `json:"paths,omitempty"`

	Link   string             `json:"link,omitempty"` // the state of the connection now: live, degraded, interrupted; "" when the person is not in
	LinkAt time.Time          `json:"linkAt,omitzero"`
	Spent  map[string]float64 `json:"spent,omitempty"` // seconds in each state
}

// Figures are those of one sample, or of several.
type Figures struct {
	UpLoss   float64 `json:"upLoss"` // share of packets lost towards the server, 0…1
	DownLoss float64 `json:"downLoss"`
	RTT      float64 `json:"rtt"` // ms
	Jitter   float64 `json:"jitter"`
	MOS      float64 `json:"mos"` // 1…4.5; 0: not known
	UpKbps   float64 `json:"upKbps"`
	DownKbps float64 `json:"downKbps"`
}

// Measurement is one sample of a person's line.
type Measurement struct {
	Person  yilian.PersonID
	Name    string
	Grade   string // good, fair, poor, bad
	Figures Figures
	Freezes int
	Frozen  float64 // s
	Paused  bool    // sound only: the line is too weak for more
	Path    string  // "udp", "tcp", "relay", …
}

func (q *Quality) samples() int { return q.Good + q.Fair + q.Poor + q.Bad }

// add takes one sample; false for a grade that is none.
func (q *Quality) add(m Measurement) bool {
	n, known := map[string]*int{"good": &q.Good, "fair": &q.Fair, "poor": &q.Poor, "bad": &q.Bad}[m.Grade]
	if !known {
		return false
	}
	*n++
	f := m.Figures
	for _, x := range []struct{ sum, worst, value *float64 }{
		{&q.Sum.UpLoss, &q.Worst.UpLoss, &f.UpLoss},
		{&q.Sum.DownLoss, &q.Worst.DownLoss, &f.DownLoss},
		{&q.Sum.RTT, &q.Worst.RTT, &f.RTT},
		{&q.Sum.Jitter, &q.Worst.Jitter, &f.Jitter},
		{&q.Sum.UpKbps, &q.Worst.UpKbps, &f.UpKbps},
		{&q.Sum.DownKbps, &q.Worst.DownKbps, &f.DownKbps},
	} {
		*x.sum += *x.value
		*x.worst = max(*x.worst, *x.value)
	}
	if f.MOS > 0 {
		if q.Scored++; q.Worst.MOS == 0 || f.MOS < q.Worst.MOS {
			q.Worst.MOS = f.MOS
		}
		q.Sum.MOS += f.MOS
	}
	q.Freezes += m.Freezes
	q.Frozen += m.Frozen
	if m.Paused {
		q.AudioOnly++
	}
	if m.Path != "" && !slices.Contains(q.Paths, m.Path) && len(q.Paths) < 8 {
		q.Paths = append(q.Paths, m.Path)
	}
	return true
}

// linked takes a change of the connection's state.
func (q *Quality) linked(link string, at time.Time) bool {
	if link == q.Link {
		return false
	}
	if q.Link != "" && at.After(q.LinkAt) {
		if q.Spent == nil {
			q.Spent = map[string]float64{}
		}
		q.Spent[q.Link] += at.Sub(q.LinkAt).Seconds()
	}
	q.Link, q.LinkAt = link, at
	return true
}

// links are the states that news of a person's media lead to; other news leave it.
var links = map[MediaType]string{
	PersonLive: "live", PersonResumed: "live", PersonDegraded: "degraded", PersonInterrupted: "interrupted", PersonFailed: "interrupted", PersonLeft: "",
}

// call answers to which leg belongs what happens in the room now: the one under way, the one that is awaited, or, after the end, the last.
func (r *Request) call() int {
	switch l := r.leg(); {
	case l != nil:
		return l.Leg
	case r.State.waiting():
		return r.Leg + 1
	}
	return r.Leg
}

// quality answers the line of somebody in a call; nil when enough are measured. Who stays in the room from one call to the next stays connected.
func (t *Talk) quality(person yilian.PersonID, name string, call int, at time.Time) *Quality {
	if i := slices.IndexFunc(t.Quality, func(q Quality) bool { return q.Person == person && q.Call == call }); i >= 0 {
		return &t.Quality[i]
	}
	if len(t.Quality) >= mostMeasured {
		return nil
	}
	fresh := Quality{Person: person, Name: name, Call: call}
	for i := range t.Quality {
		if q := &t.Quality[i]; q.Person == person && q.Link != "" {
			fresh.Link, fresh.LinkAt = q.Link, at
			q.linked("", at)
		}
	}
	t.Quality = append(t.Quality, fresh)
	return &t.Quality[len(t.Quality)-1]
}

// left ends the time in the present state of somebody's connection, in whichever call it began.
func (t *Talk) left(person yilian.PersonID, at time.Time) (changed bool) {
	for i := range t.Quality {
		if q := &t.Quality[i]; q.Person == person {
			changed = q.linked("", at) || changed
		}
	}
	return changed
}

const mostMeasured = 128 // lines of one request: people times calls

// Measured takes a sample of a person's line.
func (s *Service) Measured(ctx context.Context, id yilian.RequestID, m Measurement) error {
	return s.talk(ctx, id, func(r Request, t *Talk) (flow.Change, bool) {
		q := t.quality(m.Person, m.Name, r.call(), s.Now().UTC())
		return flow.Change{}, q != nil && q.add(m)
	})
}

// Linked notes how somebody is connected from now on.
func (s *Service) Linked(ctx context.Context, id yilian.RequestID, e MediaEvent) error {
	link, known := links[e.Type]
	if !known {
		return nil
	}
	return s.talk(ctx, id, func(r Request, t *Talk) (flow.Change, bool) {
		if link == "" {
			return flow.Change{}, t.left(e.Person, e.At)
		}
		q := t.quality(e.Person, e.Name, r.call(), e.At)
		return flow.Change{}, q != nil && q.linked(link, e.At)
	})
}

// CallReport is how the calls of a request were, in codes that a page puts into words.
type CallReport struct {
	Verdict string    `json:"verdict" enum:"good,fair,poor,bad,unknown" doc:"Of the worst line in any call"`
	Calls   []OneCall `json:"calls" doc:"In the order in which they were"`
}

// OneCall is how the lines of one call were.
type OneCall struct {
	Call    int          `json:"call" doc:"Its leg; 0: all calls together, measured before they were told apart"`
	Verdict string       `json:"verdict" enum:"good,fair,poor,bad,unknown"`
	Worst   string       `json:"worst,omitempty" doc:"Whose line was the worst; empty if all were good"`
	People  []LineReport `json:"people"`
}

// LineReport is how one person's line was.
type LineReport struct {
	Person   yilian.PersonID    `json:"person"`
	Name     string             `json:"name"`
	Verdict  string             `json:"verdict" enum:"good,fair,poor,bad,unknown"`
	Average  Figures            `json:"average"`
	Worst    Figures            `json:"worst"`
	Freezes  int                `json:"freezes"`
	Frozen   float64            `json:"frozen" doc:"Seconds"`
	Spent    map[string]float64 `json:"spent" doc:"Seconds in each state: live, degraded, interrupted"`
	Paths    []string           `json:"paths"`
	Findings []Finding          `json:"findings" doc:"What was wrong, the worst first"`
}

// Finding is one thing that was wrong with a line.
type Finding struct {
	Code  string  `json:"code" enum:"up-loss,down-loss,delay,jitter,freezes,audio-only,interrupted,relay"`
	Value float64 `json:"value" doc:"Share for losses and audio-only, ms for delay and jitter, a number of freezes, seconds of interruption"`
	Grade string  `json:"grade" enum:"fair,poor,bad"`
}

// findingLimits are from where on a figure is worth telling, for each grade. Losses, delay and jitter are those of the grades in the call, averaged.
var findingLimits = []struct {
	code            string
	value           func(q *Quality, avg Figures) float64
	fair, poor, bad float64
}{
	{"up-loss", func(_ *Quality, a Figures) float64 { return a.UpLoss }, 0.02, 0.08, 0.20},
	{"down-loss", func(_ *Quality, a Figures) float64 { return a.DownLoss }, 0.02, 0.08, 0.20},
	{"delay", func(_ *Quality, a Figures) float64 { return a.RTT }, 300, 600, 1200},
	{"jitter", func(_ *Quality, a Figures) float64 { return a.Jitter }, 40, 100, 250},
	{"interrupted", func(q *Quality, _ Figures) float64 { return q.Spent["interrupted"] }, 2, 15, 60},
	{"audio-only", func(q *Quality, _ Figures) float64 { return float64(q.AudioOnly) / float64(max(q.samples(), 1)) }, 0.05, 0.3, 0.9},
	{"freezes", func(q *Quality, _ Figures) float64 { return float64(q.Freezes) }, 3, 20, 100},
}

var grades = []string{"unknown", "good", "fair", "poor", "bad"} // better first

func worse(a, b string) bool { return slices.Index(grades, a) > slices.Index(grades, b) }

// report judges one line.
func (q *Quality) report() LineReport {
	n := float64(max(q.samples(), 1))
	avg := Figures{
		UpLoss: q.Sum.UpLoss / n, DownLoss: q.Sum.DownLoss / n, RTT: q.Sum.RTT / n, Jitter: q.Sum.Jitter / n,
		UpKbps: q.Sum.UpKbps / n, DownKbps: q.Sum.DownKbps / n, MOS: q.Sum.MOS / float64(max(q.Scored, 1)),
	}
	avg.MOS = math.Round(avg.MOS*100) / 100
	r := LineReport{
		Person: q.Person, Name: q.Name, Verdict: "good", Average: avg, Worst: q.Worst, Freezes: q.Freezes, Frozen: q.Frozen, Spent: map[string]float64{},
		Paths: append([]string{}, q.Paths...), Findings: []Finding{},
	}
	for state, seconds := range q.Spent {
		r.Spent[state] = seconds
	}
	if q.samples() == 0 {
		r.Verdict = "unknown"
		return r
	}
	for _, l := range findingLimits {
		v, grade := l.value(q, avg), ""
		switch {
		case v >= l.bad:
			grade = "bad"
		case v >= l.poor:
			grade = "poor"
		case v >= l.fair:
			grade = "fair"
		default:
			continue
		}
		r.Findings = append(r.Findings, Finding{l.code, v, grade})
		if worse(grade, r.Verdict) {
			r.Verdict = grade
		}
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Compare(slices.Index(grades, b.Grade), slices.Index(grades, a.Grade))
	})
	if len(r.Findings) > 0 && q.relayed() { // no fault by itself, but a reason of others
		r.Findings = append(r.Findings, Finding{"relay", 1, "fair"})
	}
	return r
}

// relayed tells whether everything went through a relay.
func (q *Quality) relayed() bool {
	return len(q.Paths) > 0 && !slices.ContainsFunc(q.Paths, func(p string) bool { return !strings.HasPrefix(p, "relay") })
}

// ReportOf judges all lines of the calls, call by call. It is pure.
func ReportOf(lines []Quality) CallReport {
	s := CallReport{Verdict: "unknown", Calls: []OneCall{}}
	for i := range lines {
		at, found := slices.BinarySearchFunc(s.Calls, lines[i].Call, func(c OneCall, call int) int { return cmp.Compare(c.Call, call) })
		if !found {
			s.Calls = slices.Insert(s.Calls, at, OneCall{Call: lines[i].Call, Verdict: "unknown", People: []LineReport{}})
		}
		c, r := &s.Calls[at], lines[i].report()
		c.People = append(c.People, r)
		if !worse(r.Verdict, c.Verdict) {
			continue
		}
		if c.Verdict = r.Verdict; r.Verdict != "good" {
			c.Worst = r.Name
		}
		if worse(r.Verdict, s.Verdict) {
			s.Verdict = r.Verdict
		}
	}
	return s
}

// CallReport answers how the calls of a request were, to somebody who may see it.
func (s *Service) CallReport(ctx context.Context, actor yilian.Actor, id yilian.RequestID) (CallReport, error) {
	t, err := s.Talk(ctx, actor, id)
	return ReportOf(t.Quality), err
}
