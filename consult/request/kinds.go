package request

import (
	"slices"

	"yilian/consult/directory"
)

// Kind is how urgent a request is, and which rules it follows.
type Kind string

// The kinds in service.
const (
	Rescue Kind = "rescue" // 抢救
	Urgent Kind = "urgent" // 急会诊
	Assist Kind = "assist" // 协诊
)

// Kinds answers all kinds, the most urgent first.
func Kinds() []Kind { return []Kind{Rescue, Urgent, Assist} }

// rank orders by urgency, 0 first.
func (k Kind) rank() int { return slices.Index(Kinds(), k) }

func (k Kind) rules(c directory.Consult) directory.Kind {
	switch k {
	case Rescue:
		return c.Rescue
	case Urgent:
		return c.Urgent
	default:
		return c.Assist
	}
}

// State is the state of the task.
type State string

// The states of the task. None is before there is anything.
const (
	None            State = ""
	Draft           State = "draft"
	Submitted       State = "submitted"
	Queued          State = "queued"
	Offered         State = "offered"
	Accepted        State = "accepted"
	InService       State = "in_service"
	AwaitingOpinion State = "awaiting_opinion"
	Opined          State = "opined"
	Closed          State = "closed"
	Returned        State = "returned"
	Cancelled       State = "cancelled"
	Unanswered      State = "unanswered"
)

// waiting: nobody has it yet.
func (s State) waiting() bool { return s == Queued || s == Offered || s == Unanswered }

// held: a specialist has it and the room is open.
func (s State) held() bool { return s == Accepted || s == InService }

// over: nothing more is expected of anybody.
func (s State) over() bool { return s == Closed || s == Cancelled }

// Action is what can be done to the task.
type Action string

// The actions of people.
const (
	ActCreate      Action = "create"
	ActEdit        Action = "edit"
	ActAttach      Action = "attach"
	ActSubmit      Action = "submit"
	ActResubmit    Action = "resubmit"
	ActReturn      Action = "return"
	ActCancel      Action = "cancel"
	ActAccept      Action = "accept"
	ActDecline     Action = "decline"
	ActAssign      Action = "assign"
	ActDispose     Action = "dispose"
	ActJoin        Action = "join"
	ActCallback    Action = "callback"
	ActTakeover    Action = "takeover"
	ActEnd         Action = "end"
	ActWrite       Action = "write"
	ActSign        Action = "sign"
	ActAmend       Action = "amend"
	ActWithdraw    Action = "withdraw"
	ActAcknowledge Action = "acknowledge"
	ActGuest       Action = "guest"   // make or revoke a guest's link
	ActInvite      Action = "invite"  // ask a colleague in, or no longer
	ActExcuse      Action = "excuse"  // who was asked in cannot come
	ActLecture     Action = "lecture" // let colleagues of the consortium listen, or no longer
)

// The actions of the service itself.
const (
	ActQueue    Action = "queue"
	ActRing     Action = "ring"
	ActLapse    Action = "lapse"
	ActRequeue  Action = "requeue"
	ActEscalate Action = "escalate"
	ActExhaust  Action = "exhaust"
	ActBegin    Action = "begin"
	ActUnjoined Action = "unjoined"
	ActObserve  Action = "observe"
	ActRemind   Action = "remind"
	ActImage    Action = "image"
	ActGuestUse Action = "guestUse"
)

// Media is the state of the media session.
type Media string

// The states of the media session.
const (
	MediaNone        Media = "none"
	MediaRinging     Media = "ringing"
	MediaConnecting  Media = "connecting"
	MediaLive        Media = "live"
	MediaDegraded    Media = "degraded"
	MediaInterrupted Media = "interrupted"
	MediaEnded       Media = "ended"
	MediaFailed      Media = "failed"
)

// MediaAction is what can happen to the media session.
type MediaAction string

// The actions of the media session.
const (
	MediaRing     MediaAction = "ring"
	MediaQuiet    MediaAction = "quiet"
	MediaAnswer   MediaAction = "answer"
	MediaConnect  MediaAction = "connect"
	MediaDegrade  MediaAction = "degrade"
	MediaRecover  MediaAction = "recover"
	MediaLose     MediaAction = "lose"
	MediaRejoin   MediaAction = "rejoin"
	MediaGiveUp   MediaAction = "giveUp"
	MediaEnd      MediaAction = "end"
	MediaHandOver MediaAction = "handOver"
)

// DocState is the state of the opinion.
type DocState string

// The states of the opinion.
const (
	DocNone      DocState = "none"
	DocDraft     DocState = "draft"
	DocSigned    DocState = "signed"
	DocAmended   DocState = "amended"
	DocWithdrawn DocState = "withdrawn"
)

// Level is how far a request has climbed.
type Level string

// The levels of the ladder.
const (
	L0 Level = "L0" // the first line
	L1 Level = "L1" // second line, all on duty of the specialty
	L2 Level = "L2" // department head
	L3 Level = "L3" // coordinator
	L4 Level = "L4" // partner hospital
)

// Raise climbs one level.
const Raise = "raise"

// The coded reasons that a person chooses from.
var (
	declineReasons = []string{"not_my_field", "rescuing", "insufficient", "recusal", "other"}
	returnReasons  = []string{"insufficient", "identity", "wrong_patient", "other"}
	cancelReasons  = []string{"improved", "transferred", "patient_left", "refused", "died", "duplicate", "mistake", "other"}
	amendReasons   = []string{"new_data", "correction", "clarification", "other"}
	adoptions      = []string{"adopted", "partly", "rejected"}
	disposals      = []string{"phone", "refer", "close"}
)
