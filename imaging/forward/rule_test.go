package forward

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"yilian"
	"yilian/imaging/queue"
)

// monday is a Monday.
var monday = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

func at(day, hour, minute int) time.Time {
	return monday.AddDate(0, 0, day-1).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

func facts(change ...func(*Facts)) Facts {
	f := Facts{
		Study: "1.2.3", Sources: []string{"TOWN_CT"}, Institution: "town", Modalities: []string{"CT", "SR"}, BodyParts: []string{"CHEST"},
		Referring: "village", Urgency: "urgent", SOPClasses: []string{"1.2.840.10008.5.1.4.1.1.2"}, Complete: true, At: at(1, 10, 0),
	}
	for _, c := range change {
		c(&f)
	}
	return f
}

func TestCondition(t *testing.T) {
	when := func(tm time.Time) func(*Facts) { return func(f *Facts) { f.At = tm } }
	for _, c := range []struct {
		name  string
		when  Condition
		facts Facts
		fails string
	}{
		{"nothing asked", Condition{}, Facts{}, ""},
		{"source", Condition{Sources: []string{"x", "town_ct"}}, facts(), ""},
		{"source by beginning", Condition{Sources: []string{"TOWN*"}}, facts(), ""},
		{"source by signs", Condition{Sources: []string{"TOWN?CT"}}, facts(), ""},
		{"source is no pattern of ours", Condition{Sources: []string{"TOWN[_]CT"}}, facts(), "source"},
		{"source with signs of its own", Condition{Sources: []string{`A[1]/B\*`}}, facts(func(f *Facts) { f.Sources = []string{`a[1]/b\c`} }), ""},
		{"another source", Condition{Sources: []string{"TOWN"}}, facts(), "source"},
		{"institution", Condition{Institutions: []yilian.InstitutionID{"town"}}, facts(), ""},
		{"another institution", Condition{Institutions: []yilian.InstitutionID{"county"}}, facts(), "institution"},
		{"one modality of several", Condition{Modalities: []string{"MR", "sr"}}, facts(), ""},
		{"another modality", Condition{Modalities: []string{"MR"}}, facts(), "modality"},
		{"body part", Condition{BodyParts: []string{"chest"}}, facts(), ""},
		{"no body part known", Condition{BodyParts: []string{"CHEST"}}, facts(func(f *Facts) { f.BodyParts = nil }), "bodyPart"},
		{"referring", Condition{Referring: []yilian.InstitutionID{"village"}}, facts(), ""},
		{"referring not known", Condition{Referring: []yilian.InstitutionID{"village"}}, facts(func(f *Facts) { f.Referring = "" }), "referring"},
		{"urgency", Condition{Urgencies: []string{"stat", "urgent"}}, facts(), ""},
		{"urgency not known is routine", Condition{Urgencies: []string{"routine"}}, facts(func(f *Facts) { f.Urgency = "" }), ""},
		{"another urgency", Condition{Urgencies: []string{"stat"}}, facts(), "urgency"},
		{"class", Condition{SOPClasses: []string{"1.2.840.10008.5.1.4.1.1.2"}}, facts(), ""},
		{"class by beginning", Condition{SOPClasses: []string{"1.2.840.10008.5.1.4.1.1."}}, facts(), ""},
		{"class is no beginning without a dot", Condition{SOPClasses: []string{"1.2.840.10008.5.1.4.1.1"}}, facts(), "sopClass"},
		{"weekday", Condition{Weekdays: []time.Weekday{time.Monday}}, facts(), ""},
		{"another weekday", Condition{Weekdays: []time.Weekday{time.Tuesday}}, facts(), "weekday"},
		{"by day", Condition{From: "08:00", Until: "18:00"}, facts(when(at(1, 8, 0))), ""},
		{"by day, too early", Condition{From: "08:00", Until: "18:00"}, facts(when(at(1, 7, 59))), "time"},
		{"by day, the end is outside", Condition{From: "08:00", Until: "18:00"}, facts(when(at(1, 18, 0))), "time"},
		{"by night, before midnight", Condition{From: "18:00", Until: "08:00"}, facts(when(at(1, 23, 0))), ""},
		{"by night, after midnight", Condition{From: "18:00", Until: "08:00"}, facts(when(at(1, 3, 0))), ""},
		{"by night, at noon", Condition{From: "18:00", Until: "08:00"}, facts(when(at(1, 12, 0))), "time"},
		{"a night of Monday ends on Tuesday", Condition{Weekdays: []time.Weekday{time.Monday}, From: "18:00", Until: "08:00"}, facts(when(at(2, 3, 0))), ""},
		{"and not on Monday", Condition{Weekdays: []time.Weekday{time.Monday}, From: "18:00", Until: "08:00"}, facts(when(at(1, 3, 0))), "weekday"},
		{"until only", Condition{Until: "08:00"}, facts(when(at(1, 3, 0))), ""},
		{"from only", Condition{From: "20:00"}, facts(when(at(1, 21, 0))), ""},
		{"the same twice is all day", Condition{From: "08:00", Until: "08:00"}, facts(), ""},
		{"the first that fails is told", Condition{Modalities: []string{"MR"}, Urgencies: []string{"stat"}}, facts(), "modality"},
	} {
		if got := c.when.Fails(c.facts); got != c.fails {
			t.Errorf("%s: fails %q, want %q", c.name, got, c.fails)
		}
	}
}

func TestPlan(t *testing.T) {
	rule := func(name string, order int, change ...func(*Rule)) Rule {
		r := Rule{ID: name, Name: name, Order: order, Trigger: OnComplete, Peers: []string{"p"}}
		for _, c := range change {
			c(&r)
		}
		return r
	}
	stop := func(r *Rule) { r.Stop = true }
	arrival := func(r *Rule) { r.Trigger = OnArrival }
	mr := func(r *Rule) { r.When.Modalities = []string{"MR"} }
	off := func(r *Rule) { r.Disabled = true }
	for _, c := range []struct {
		name  string
		rules []Rule
		facts Facts
		want  string // names, with * for now
	}{
		{"all that hold, in order", []Rule{rule("b", 2), rule("c", 2), rule("a", 1)}, facts(), "a* b* c*"},
		{"the first that stops is the last", []Rule{rule("a", 1), rule("b", 2, stop), rule("c", 3)}, facts(), "a* b*"},
		{"one that does not hold stops nothing", []Rule{rule("a", 1, stop, mr), rule("b", 2)}, facts(), "b*"},
		{"nor one that is off", []Rule{rule("a", 1, stop, off), rule("b", 2)}, facts(), "b*"},
		{"before it is complete", []Rule{rule("a", 1), rule("b", 2, arrival)}, facts(func(f *Facts) { f.Complete = false }), "a b*"},
		{"no rules", nil, facts(), ""},
	} {
		var got []string
		for _, h := range Plan(c.rules, c.facts) {
			if h.Now {
				h.Rule.Name += "*"
			}
			got = append(got, h.Rule.Name)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %q, want %q", c.name, s, c.want)
		}
	}
	for urgency, want := range map[string]queue.Priority{"stat": queue.Stat, "urgent": queue.Urgent, "": queue.Urgent, "bulk": queue.Bulk} {
		if hits := Plan([]Rule{rule("a", 1, func(r *Rule) { r.Urgency = urgency })}, facts()); hits[0].Priority != want {
			t.Errorf("urgency %q gives %v", urgency, hits[0].Priority)
		}
	}
}

// TestPlanProperties: a plan is a part of the rules in order, and does not depend on how they are listed.
func TestPlanProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 8).Draw(t, "n")
		rules := make([]Rule, n)
		for i := range rules {
			rules[i] = Rule{
				ID: string(rune('a' + i)), Name: string(rune('a' + i)), Order: rapid.IntRange(0, 3).Draw(t, "order"), Stop: rapid.Bool().Draw(t, "stop"),
				Disabled: rapid.Bool().Draw(t, "disabled"), When: Condition{Modalities: rapid.SampledFrom([][]string{nil, {"CT"}, {"MR"}}).Draw(t, "modalities")},
			}
		}
		plan := Plan(rules, facts())
		shuffled := rapid.Permutation(rules).Draw(t, "shuffled")
		again := Plan(shuffled, facts())
		if !slices.EqualFunc(plan, again, func(a, b Hit) bool { return a.Rule.ID == b.Rule.ID }) {
			t.Errorf("%v and %v", plan, again)
		}
		for i, h := range plan {
			if h.Rule.Disabled || h.Rule.When.Fails(facts()) != "" || i > 0 && plan[i-1].Rule.Order > h.Rule.Order || h.Rule.Stop && i < len(plan)-1 {
				t.Errorf("plan %v", plan)
			}
		}
	})
}

func TestSelection(t *testing.T) {
	r := Rule{When: Condition{Modalities: []string{"CT"}, SOPClasses: []string{"1.2."}, Weekdays: []time.Weekday{time.Monday}}}
	if !r.selection().takes("MR", "", "9", "X") {
		t.Error("the whole study leaves something out")
	}
	r.Part = Matching
	s := r.selection()
	if !s.takes("ct", "HEAD", "1.2.3", "X") || s.takes("MR", "", "1.2.3", "X") || s.takes("CT", "", "1.3", "X") {
		t.Error("what matches is chosen wrongly")
	}
}
