package ups

import (
	"context"
	"encoding/json"
	"time"

	"yilian"
)

// Item is one workitem.
type Item struct {
	UID         string               `json:"uid"`
	Institution yilian.InstitutionID `json:"institution"`
	State       State                `json:"state"`
	Transaction string               `json:"transaction,omitempty"` // of the claim: a secret of who performs it
	Attributes  Attributes           `json:"attributes"`
	Reports     []Report             `json:"reports"` // the last ones, so that a subscriber who was away a moment misses none
	Version     int64                `json:"version"`
	CreatedAt   time.Time            `json:"createdAt"`
	ChangedAt   time.Time            `json:"changedAt"`
}

// Report is one event report (PS3.4 CC.2.4).
type Report struct {
	Seq     int64      `json:"seq"` // grows within one workitem
	At      time.Time  `json:"at"`
	Type    int        `json:"type"`
	Content Attributes `json:"content"`
}

// Types of event reports (PS3.4 Table CC.2.4-1).
const (
	StateReport     = 1
	CancelRequested = 2
	ProgressReport  = 3
	Assigned        = 5
)

// keptReports is how many reports stay with a workitem.
const keptReports = 32

// report notes what subscribers are to be told.
func (i *Item) report(at time.Time, kind int, content Attributes) {
	seq := int64(1)
	if n := len(i.Reports); n > 0 {
		seq = i.Reports[n-1].Seq + 1
	}
	i.Reports = append(i.Reports[max(0, len(i.Reports)-keptReports+1):len(i.Reports):len(i.Reports)], Report{Seq: seq, At: at, Type: kind, Content: content})
}

// state is the content of a State Report for the item as it is.
func (i *Item) state() Attributes {
	c := Attributes{}
	c.set(tagState, "CS", string(i.State))
	for _, tag := range []string{tagReadiness} {
		if v, ok := i.Attributes[tag]; ok {
			c[tag] = v
		}
	}
	if progress := i.Attributes.items(tagProgress); i.State == Canceled && len(progress) > 0 {
		for _, tag := range []string{tagCancelReason, tagStopReason} {
			if v, ok := progress[0][tag]; ok {
				c[tag] = v
			}
		}
	}
	return c
}

// public is the workitem as a client may see it: without the Transaction UID.
func (i *Item) public() Attributes {
	out := make(Attributes, len(i.Attributes)+3)
	for tag, v := range i.Attributes {
		if tag != tagTransaction {
			out[tag] = v
		}
	}
	out.set(tagClass, "UI", PushClass)
	out.set(tagInstance, "UI", i.UID)
	out.set(tagState, "CS", string(i.State))
	return out
}

// Subscription is the wish of an AE title of an institution to hear of a workitem, or of all.
type Subscription struct {
	Institution yilian.InstitutionID `json:"institution"`
	AE          string               `json:"ae"`
	Workitem    string               `json:"workitem"` // a UID, GlobalSubscription, or FilteredGlobal
	Filter      []string             `json:"filter,omitempty"`
	Lock        bool                 `json:"lock,omitempty"` // keep the workitem until this subscriber has let go of it
	Suspended   bool                 `json:"suspended,omitempty"`
	Off         bool                 `json:"off,omitempty"` // one workitem that a global subscriber does not want to hear of
}

// Store keeps workitems and subscriptions; storage/sqlstore implements it.
type Store interface {
	// Change reads a workitem (Version 0 if there is none), lets fn decide, and writes what it answers in one transaction with its
	// event and a message on Topic. fn may run several times. An error of fn is answered as it is and nothing is written.
	Change(ctx context.Context, uid string, fn func(old Item) (Item, yilian.Event, error)) (Item, error)
	// Item answers a workitem, or NotFound.
	Item(ctx context.Context, uid string) (Item, error)
	// Items answers workitems of an institution that changed last after the cursor, the newest first. state "" is all.
	Items(ctx context.Context, institution yilian.InstitutionID, state State, after string, limit int) (page []Item, next string, err error)
	// Forget removes final workitems that changed before a moment and that no subscriber has locked, and answers how many.
	Forget(ctx context.Context, before time.Time, limit int) (int, error)

	Subscribe(ctx context.Context, s Subscription) error // puts in the place of an earlier one
	Unsubscribe(ctx context.Context, institution yilian.InstitutionID, ae, workitem string) error
	Subscriptions(ctx context.Context, institution yilian.InstitutionID, ae string) ([]Subscription, error)
}

// Topic is the topic of the messages about workitems; the key is the UID.
const Topic = "workitem"

// clone answers a copy that shares nothing.
func (i *Item) clone() Item {
	raw, _ := json.Marshal(i) // only strings, numbers and maps of them
	var c Item
	_ = json.Unmarshal(raw, &c)
	return c
}
