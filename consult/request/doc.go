// Package request is the assist-consult (协诊/会诊申请): a township doctor asks, the free entitled doctors on duty are rung, exactly one
// accepts, they meet in a call, the specialist signs an opinion, the requester acknowledges it. Nothing is ever lost: what nobody
// answers climbs a ladder of escalation and ends with a coordinator.
//
// Four regions stay separate: the task (State), the media session (Media), the opinion (a versioned document) and the escalation
// (a level). Each is a table in machines.go. The package decides; it carries no media, draws no page, and stores through flow.
package request
