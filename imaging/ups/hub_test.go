package ups

import "testing"

// TestSlowSubscriber: a subscriber who is more than the backlog behind is let go of, without waiting for it.
func TestSlowSubscriber(t *testing.T) {
	ended := 0
	c := &channel{out: make(chan []byte, backlog), slow: func() { ended++ }, told: map[string]int64{}, subs: []Subscription{{Workitem: GlobalSubscription}}}
	i := Item{UID: "1.2", State: Scheduled, Attributes: Attributes{}}
	for range backlog {
		i.report(c.since, StateReport, i.state())
		c.tell(i)
	}
	if ended != 0 || len(c.out) != backlog {
		t.Fatalf("ended %d with %d queued", ended, len(c.out))
	}
	i.report(c.since, StateReport, i.state())
	c.tell(i)
	if ended != 1 {
		t.Errorf("ended %d times", ended)
	}
	if len(i.Reports) != keptReports {
		t.Errorf("%d reports stay with the workitem", len(i.Reports))
	}
}
