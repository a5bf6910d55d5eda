package request

import (
	"yilian"
	"yilian/consult/flow"
)

type (
	taskRow  = flow.Row[State, Action]
	mediaRow = flow.Row[Media, MediaAction]
	docRow   = flow.Row[DocState, Action]
	levelRow = flow.Row[Level, string]
)

// Machines are the four tables of a request. They are values without state: build them once and share them.
type Machines struct {
	Task       *flow.Machine[State, Action]
	Media      *flow.Machine[Media, MediaAction]
	Opinion    *flow.Machine[DocState, Action]
	Escalation *flow.Machine[Level, string]
}

// NewMachines builds the tables.
func NewMachines() Machines {
	return Machines{
		Task: flow.New("request", []State{
			None, Draft, Submitted, Queued, Offered, Accepted, InService, AwaitingOpinion, Opined,
			Closed, Returned, Cancelled, Unanswered,
		}, taskRows()),
		Media: flow.New("media", []Media{
			MediaNone, MediaRinging, MediaConnecting, MediaLive, MediaDegraded, MediaInterrupted,
			MediaEnded, MediaFailed,
		}, mediaRows()),
		Opinion:    flow.New("opinion", []DocState{DocNone, DocDraft, DocSigned, DocAmended, DocWithdrawn}, docRows()),
		Escalation: flow.New("escalation", []Level{L0, L1, L2, L3, L4}, levelRows()),
	}
}

var (
	requester  = []yilian.Role{yilian.RoleRequester}
	specialist = []yilian.Role{yilian.RoleSpecialist}
	desk       = []yilian.Role{yilian.RoleCoordinator, yilian.RoleHead}
	signers    = []yilian.Role{yilian.RoleSpecialist, yilian.RoleHead}
	both       = []yilian.Role{yilian.RoleRequester, yilian.RoleSpecialist}
	service    = []yilian.Role{yilian.RoleSystem}
)

// The guards, by name. Their rules are in guards.go.
const (
	guardRelation   = "relation"
	guardSite       = "site"
	guardComplete   = "complete"
	guardSiteOrDesk = "siteOrDesk"
	guardReturnable = "returnable"
	guardEntitled   = "entitled"
	guardOffered    = "offered"
	guardDesk       = "desk"
	guardParty      = "party"
	guardConsultant = "consultant"
	guardLost       = "lost"
	guardSigner     = "signer"
	guardAuthor     = "author"
	guardCare       = "care"
	guardSeat       = "seat"
	guardInvited    = "invited"
)

func taskRows() []taskRow {
	return []taskRow{
		{From: []State{None}, Action: ActCreate, To: Draft, Roles: requester, Guard: guardRelation, Why: "the patient is the site's; nobody has an open request of the kind for them, or the requester wants another"},
		{From: []State{Draft, Returned}, Action: ActEdit, Roles: requester, Guard: guardSite, Why: "of the requesting site"},
		{
			From: []State{Draft, Returned, Queued, Offered, Unanswered, Accepted, InService, AwaitingOpinion, Opined}, Action: ActAttach,
			Roles: both, Guard: guardCare, Why: "of the requesting site, or the specialist who has it",
		},
		{
			From: []State{Draft, Returned, Queued, Offered, Unanswered, Accepted, InService, AwaitingOpinion, Opined}, Action: ActImage,
			Roles: service, Why: "a study of the patient has come, or one turned out to be another's",
		},
		{From: []State{Draft}, Action: ActSubmit, To: Submitted, Roles: requester, Guard: guardComplete, Why: "summary, specialty, two identifiers, consent or emergency reason; agreement in force"},
		{From: []State{Returned}, Action: ActResubmit, To: Submitted, Roles: requester, Guard: guardComplete, Why: "as for submit"},
		{From: []State{Submitted}, Action: ActQueue, To: Queued, Roles: service},
		{From: []State{Queued}, Action: ActRing, To: Offered, Roles: service, Why: "somebody to ring is free"},
		{From: []State{Offered}, Action: ActRing, Roles: service, Why: "somebody more is free"},
		{From: []State{Offered}, Action: ActLapse, Roles: service, Why: "the lease of an offer is over"},
		{From: []State{Offered}, Action: ActDecline, Roles: specialist, Guard: guardOffered, Why: "is being rung"},
		{From: []State{Offered}, Action: ActRequeue, To: Queued, Roles: service, Why: "no offer is open any more"},
		{From: []State{Queued, Offered}, Action: ActEscalate, Roles: service, Why: "the time of the next level has come"},
		{From: []State{Queued, Offered}, Action: ActExhaust, To: Unanswered, Roles: service, Why: "the ladder is exhausted"},
		{
			From: []State{Submitted, Queued, Offered}, Action: ActReturn, To: Returned, Roles: []yilian.Role{yilian.RoleCoordinator, yilian.RoleSpecialist},
			Guard: guardReturnable, Why: "an assist request; of the desk or entitled to accept",
		},
		{From: []State{Queued, Offered, Unanswered}, Action: ActAccept, To: Accepted, Roles: specialist, Guard: guardEntitled, Why: "on duty, filed, licensed, agreed, in no other call"},
		{From: []State{Queued, Offered, Unanswered}, Action: ActAssign, To: Offered, Roles: desk, Guard: guardDesk, Why: "of an institution that is a party; the chosen person is entitled"},
		{From: []State{Unanswered}, Action: ActDispose, To: Closed, Roles: desk, Guard: guardDesk, Why: "of an institution that is a party; with a reason"},
		{From: []State{Accepted, InService}, Action: ActJoin, Roles: both, Guard: guardSeat, Why: "the requesting site, the specialist who has it, or a colleague whom they asked in"},
		{
			From: []State{Queued, Offered, Unanswered, Accepted, InService}, Action: ActGuest, Roles: both, Guard: guardParty,
			Why: "the requesting site or the specialist who has it",
		},
		{From: []State{Accepted, InService}, Action: ActGuestUse, Roles: service, Why: "a guest used their link"},
		{From: []State{Accepted, InService}, Action: ActInvite, Roles: specialist, Guard: guardConsultant, Why: "has it"},
		{From: []State{Accepted, InService}, Action: ActExcuse, Roles: specialist, Guard: guardInvited, Why: "was asked in and has not come"},
		{From: []State{InService}, Action: ActLecture, Roles: specialist, Guard: guardConsultant, Why: "has it"},
		{From: []State{Accepted}, Action: ActBegin, To: InService, Roles: service, Why: "both sides are in"},
		{From: []State{Accepted}, Action: ActCallback, To: InService, Roles: specialist, Guard: guardConsultant, Why: "has it; by telephone"},
		{From: []State{InService}, Action: ActCallback, Roles: specialist, Guard: guardConsultant, Why: "has it; by telephone"},
		{From: []State{Accepted}, Action: ActUnjoined, To: Queued, Roles: service, Why: "the specialist did not come in time"},
		{From: []State{Accepted, InService, AwaitingOpinion}, Action: ActObserve, Roles: service, Why: "news from the media session"},
		{
			From: []State{InService}, Action: ActTakeover, To: Queued, Roles: []yilian.Role{yilian.RoleSystem, yilian.RoleCoordinator, yilian.RoleRequester},
			Guard: guardLost, Why: "the specialist's seat is lost and its grace is over",
		},
		{
			From: []State{InService}, Action: ActEnd, To: AwaitingOpinion, Roles: []yilian.Role{yilian.RoleSpecialist, yilian.RoleRequester, yilian.RoleSystem},
			Guard: guardParty, Why: "the requesting site or the specialist who has it; or the room is empty",
		},
		{From: []State{InService, AwaitingOpinion}, Action: ActWrite, Roles: specialist, Guard: guardConsultant, Why: "who consulted"},
		{From: []State{AwaitingOpinion}, Action: ActSign, To: Opined, Roles: specialist, Guard: guardSigner, Why: "who consulted, at a filed practice point"},
		{From: []State{Opined}, Action: ActAcknowledge, To: Closed, Roles: requester, Guard: guardSite, Why: "of the requesting site"},
		{From: []State{Opined, Closed}, Action: ActAmend, To: Opined, Roles: signers, Guard: guardAuthor, Why: "the signer, or the head of the same department; with a reason"},
		{From: []State{Opined, Closed}, Action: ActWithdraw, To: AwaitingOpinion, Roles: signers, Guard: guardAuthor, Why: "the signer, or the head of the same department; with a reason"},
		{
			From: []State{Draft, Submitted, Queued, Offered, Accepted, Returned, Unanswered}, Action: ActCancel, To: Cancelled,
			Roles: []yilian.Role{yilian.RoleRequester, yilian.RoleCoordinator}, Guard: guardSiteOrDesk, Why: "of the requesting site, or the desk",
		},
		{From: []State{Returned, Unanswered, AwaitingOpinion, Opined}, Action: ActRemind, Roles: service, Why: "a due-time passed"},
	}
}

func mediaRows() []mediaRow {
	return []mediaRow{
		{From: []Media{MediaNone, MediaRinging, MediaEnded, MediaFailed}, Action: MediaRing, To: MediaRinging, Roles: service},
		{From: []Media{MediaRinging, MediaConnecting}, Action: MediaQuiet, To: MediaNone, Roles: service},
		{From: []Media{MediaNone, MediaRinging, MediaEnded, MediaFailed}, Action: MediaAnswer, To: MediaConnecting, Roles: service},
		{From: []Media{MediaConnecting}, Action: MediaConnect, To: MediaLive, Roles: service},
		{From: []Media{MediaLive}, Action: MediaDegrade, To: MediaDegraded, Roles: service, Why: "audio only, or a poor line"},
		{From: []Media{MediaDegraded}, Action: MediaRecover, To: MediaLive, Roles: service},
		{From: []Media{MediaLive, MediaDegraded}, Action: MediaLose, To: MediaInterrupted, Roles: service},
		{From: []Media{MediaInterrupted, MediaFailed}, Action: MediaRejoin, To: MediaLive, Roles: service},
		{From: []Media{MediaConnecting, MediaLive, MediaDegraded, MediaInterrupted}, Action: MediaGiveUp, To: MediaFailed, Roles: service, Why: "the grace is over"},
		{From: []Media{MediaInterrupted, MediaFailed, MediaLive, MediaDegraded, MediaConnecting}, Action: MediaHandOver, To: MediaNone, Roles: service, Why: "another specialist is sought for the next leg"},
		{From: []Media{MediaConnecting, MediaLive, MediaDegraded, MediaInterrupted, MediaFailed}, Action: MediaEnd, To: MediaEnded, Roles: service},
	}
}

func docRows() []docRow {
	return []docRow{
		{From: []DocState{DocNone, DocDraft, DocWithdrawn}, Action: ActWrite, To: DocDraft, Roles: specialist},
		{From: []DocState{DocDraft}, Action: ActSign, To: DocSigned, Roles: specialist},
		{From: []DocState{DocSigned, DocAmended}, Action: ActAmend, To: DocAmended, Roles: signers},
		{From: []DocState{DocSigned, DocAmended}, Action: ActWithdraw, To: DocWithdrawn, Roles: signers},
		{
			From: []DocState{DocDraft}, Action: ActTakeover, To: DocNone, Roles: []yilian.Role{yilian.RoleSystem, yilian.RoleCoordinator, yilian.RoleRequester},
			Why: "the notes stay under the name of who wrote them",
		},
	}
}

func levelRows() []levelRow {
	return []levelRow{
		{From: []Level{L0}, Action: Raise, To: L1, Roles: service, Why: "second line, all on duty of the specialty"},
		{From: []Level{L1}, Action: Raise, To: L2, Roles: service, Why: "department head"},
		{From: []Level{L2}, Action: Raise, To: L3, Roles: service, Why: "coordinator"},
		{From: []Level{L3}, Action: Raise, To: L4, Roles: service, Why: "partner hospital"},
	}
}
