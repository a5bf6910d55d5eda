package scp

import (
	"slices"
	"strings"

	"yilian/imaging/dimse"
)

// Service is one thing that the door offers beside storage, and in which roles.
type Service struct {
	SOPClass string
	Name     string // of PS3.6 Table A-1
	kind     kind
	// Roles: the door is SCP of every class; where SCU is set it calls others as SCU of it, too.
	SCU bool
}

type kind uint8

const (
	kindEcho kind = iota + 1
	kindFind
	kindMove
	kindGet
	kindWorklist
	kindPerformed
	kindRetrieveStep
	kindCommitment
	kindAvailability
)

// The SOP classes of the services.
const (
	PatientRootFind     = "1.2.840.10008.5.1.4.1.2.1.1"
	PatientRootMove     = "1.2.840.10008.5.1.4.1.2.1.2"
	PatientRootGet      = "1.2.840.10008.5.1.4.1.2.1.3"
	StudyRootFind       = "1.2.840.10008.5.1.4.1.2.2.1"
	StudyRootMove       = "1.2.840.10008.5.1.4.1.2.2.2"
	StudyRootGet        = "1.2.840.10008.5.1.4.1.2.2.3"
	ModalityWorklist    = "1.2.840.10008.5.1.4.31"
	PerformedStepClass  = "1.2.840.10008.3.1.2.3.3"
	RetrieveStepClass   = "1.2.840.10008.3.1.2.3.4"
	CommitmentPush      = "1.2.840.10008.1.20.1"
	commitmentInstance  = "1.2.840.10008.1.20.1.1" // the well-known SOP instance (PS3.4 J.3)
	AvailabilityClass   = "1.2.840.10008.5.1.4.33"
	commitmentCompleted = 1 // event types (PS3.4 Table J.3-2)
	commitmentFailures  = 2
)

// Services lists what a door with all its ports offers, beside the storage classes.
func Services() []Service { return slices.Clone(services[:]) }

var services = [...]Service{
	{dimse.Verification, "Verification SOP Class", kindEcho, true},
	{PatientRootFind, "Patient Root Query/Retrieve Information Model - FIND", kindFind, true},
	{PatientRootMove, "Patient Root Query/Retrieve Information Model - MOVE", kindMove, true},
	{PatientRootGet, "Patient Root Query/Retrieve Information Model - GET", kindGet, true},
	{StudyRootFind, "Study Root Query/Retrieve Information Model - FIND", kindFind, true},
	{StudyRootMove, "Study Root Query/Retrieve Information Model - MOVE", kindMove, true},
	{StudyRootGet, "Study Root Query/Retrieve Information Model - GET", kindGet, true},
	{ModalityWorklist, "Modality Worklist Information Model - FIND", kindWorklist, false},
	{PerformedStepClass, "Modality Performed Procedure Step SOP Class", kindPerformed, false},
	{RetrieveStepClass, "Modality Performed Procedure Step Retrieve SOP Class", kindRetrieveStep, false},
	{CommitmentPush, "Storage Commitment Push Model SOP Class", kindCommitment, true},
}

// serviceOf finds the service of a SOP class.
func serviceOf(class string) (Service, bool) {
	i := slices.IndexFunc(services[:], func(s Service) bool { return s.SOPClass == class })
	if i < 0 {
		return Service{}, false
	}
	return services[i], true
}

// patientRoot tells whether an information model has the patient as its top level.
func patientRoot(class string) bool { return strings.HasPrefix(class, "1.2.840.10008.5.1.4.1.2.1.") }

// offers tells whether a service is offered to a caller: its ports are there, and the caller may query.
func (s *Server) offers(v Service, caller Caller) bool {
	c := &s.config
	switch v.kind {
	case kindEcho:
		return true
	case kindFind, kindGet:
		return c.Library != nil && caller.Query
	case kindMove:
		return c.Library != nil && c.Destinations != nil && caller.Query
	case kindWorklist:
		return c.Worklist != nil
	case kindPerformed, kindRetrieveStep:
		return c.Performed != nil
	case kindCommitment:
		return c.Commitment != nil || c.Reports != nil
	}
	return false
}
