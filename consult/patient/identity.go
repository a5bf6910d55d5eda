package patient

import (
	"fmt"
	"strings"

	"yilian"
)

// Identity is a number under which an issuer knows a patient (PS3.3 C.7.1.1: Patient ID with Issuer of Patient ID). Two issuers
// may give one number to two people, so a number is never compared without its issuer.
type Identity struct {
	Issuer string `json:"issuer"` // an institution's ID unless the issuer names itself
	ID     string `json:"id"`
}

// Key is the identity as one text, for look-ups.
func (i Identity) Key() string { return i.Issuer + "␟" + i.ID }

// maxIdentifier is DICOM's limit on a patient ID (LO, 64 characters).
const maxIdentifier = 64

func (i Identity) check() error {
	if i.ID == "" || i.Issuer == "" || len(i.ID) > maxIdentifier || strings.ContainsAny(i.ID+i.Issuer, "\\␟\r\n") {
		return yilian.Errorf(yilian.Invalid, "patient.identity", "A patient number needs an issuer and at most 64 characters.")
	}
	return nil
}

// patientNumber writes the number that is issued to a patient whose institution has none.
func patientNumber(n int64) string { return fmt.Sprintf("%08d", n) }
