// Package ups keeps a worklist of Unified Procedure Steps (PS3.4 CC) and offers it by UPS-RS (PS3.18 11): programs such as a
// quantification engine or a second archive create workitems, search, claim, perform and finish them, and hear of changes over a
// WebSocket. A claimed workitem answers only to whoever knows its Transaction UID.
//
// Workitems belong to the institution of who created them and are invisible outside of it.
package ups

// SOP classes and well-known instances (PS3.4 CC.2, CC.2.3).
const (
	PushClass          = "1.2.840.10008.5.1.4.34.6.1"
	GlobalSubscription = "1.2.840.10008.5.1.4.34.5"
	FilteredGlobal     = "1.2.840.10008.5.1.4.34.5.1"
)

// State is the Procedure Step State (0074,1000).
type State string

// The states (PS3.4 CC.1.1).
const (
	None       State = ""
	Scheduled  State = "SCHEDULED"
	InProgress State = "IN PROGRESS"
	Completed  State = "COMPLETED"
	Canceled   State = "CANCELED"
)

// final: nothing changes any more.
func (s State) final() bool { return s == Completed || s == Canceled }
