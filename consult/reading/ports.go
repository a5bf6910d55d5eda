package reading

import (
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
	"yilian/consult/order"
)

// Directory is what this package needs to know of people and agreements. All answers hold at the moment that is given.
type Directory interface {
	SettingsIn(rd flow.Reader, id yilian.InstitutionID, at time.Time) (directory.Settings, error)
	// QuietTime answers how long what a device sends must be quiet if that is set for it; 0 if not.
	QuietTime(rd flow.Reader, ae string) (time.Duration, error)
	// Readers answers the institutions whose doctors may read one of the specialties for site: near are itself, if it has
	// readers, and those with an agreement in force; far are partners, who are asked when the others do not come to it.
	Readers(rd flow.Reader, site yilian.InstitutionID, specialties []string, at time.Time) (near, far []yilian.InstitutionID, err error)
	// Sites answers the institutions for which an institution may read, itself included.
	Sites(rd flow.Reader, reader yilian.InstitutionID, at time.Time) ([]yilian.InstitutionID, error)
	// Reads answers nil if the actor may read one of the specialties at their practice point and is on duty, or else why not.
	Reads(rd flow.Reader, actor yilian.Actor, specialties []string, at time.Time) error
	// Privileged is Reads without the duty.
	Privileged(rd flow.Reader, actor yilian.Actor, specialties []string, at time.Time) error
	// OnDuty answers who is on duty at an institution, by roster or by presence.
	OnDuty(rd flow.Reader, id yilian.InstitutionID, at time.Time) ([]Person, error)
	// WithRole answers who has a role at an institution.
	WithRole(rd flow.Reader, id yilian.InstitutionID, role yilian.Role, at time.Time) ([]Person, error)
}

// Person is somebody named in an answer.
type Person struct {
	ID    yilian.PersonID `json:"id"`
	Name  string          `json:"name"`
	Phone string          `json:"phone,omitempty"`
}

func person(a yilian.Actor) Person { return Person{ID: a.Person, Name: a.Name} }

// Specialties answers which specialties may read a modality, the proper one first.
func Specialties(modality string) []string {
	switch order.FoldModality(modality) {
	case "US":
		return []string{"ultrasound", "radiology"}
	case "ECG":
		return []string{"ecg", "cardiology"}
	default:
		return []string{"radiology"}
	}
}

// pick answers a setting by its key, or the one for the rest.
func pick(m map[string]directory.Duration, key string) time.Duration {
	if d, ok := m[key]; ok {
		return d.D()
	}
	return m[""].D()
}
