package reading

import (
	"context"
	"slices"
	"time"

	"yilian"
)

// Images is what this package needs to know of the archive. Study answers NotFound for an unknown UID; what it answers is a
// snapshot that may be outdated at once.
type Images interface {
	Study(ctx context.Context, uid yilian.StudyUID) (StudyInfo, error)
}

// StudyInfo is what the images of a study say about themselves, as the archive has indexed them. Texts are UTF-8.
type StudyInfo struct {
	UID         yilian.StudyUID      `json:"uid"`
	Institution yilian.InstitutionID `json:"institution"` // whose device or token brought the images
	DeviceAE    string               `json:"deviceAE,omitempty"`

	PatientID       string `json:"patientId,omitempty"`       // (0010,0020)
	PatientIssuer   string `json:"patientIssuer,omitempty"`   // (0010,0021); empty: the institution's own numbers
	PatientName     string `json:"patientName,omitempty"`     // (0010,0010) with its component groups, "Wang^Xiaodong=王^小东"
	Sex             string `json:"sex,omitempty"`             // (0010,0040)
	BirthDate       string `json:"birthDate,omitempty"`       // (0010,0030), YYYYMMDD
	Accession       string `json:"accession,omitempty"`       // (0008,0050)
	AccessionIssuer string `json:"accessionIssuer,omitempty"` // (0008,0051); empty: the institution's own numbers

	Date        time.Time `json:"date"` // study date and time; the zero time when absent
	Modalities  []string  `json:"modalities,omitempty"`
	BodyPart    string    `json:"bodyPart,omitempty"`
	Laterality  string    `json:"laterality,omitempty"` // (0020,0060) or (0020,0062): L, R or empty
	Description string    `json:"description,omitempty"`

	Series       []SeriesInfo `json:"series,omitempty"`
	Instances    int          `json:"instances"`
	Associations int          `json:"associations"` // open ones that have brought something of this study
	// Inconsistent names the attributes (DICOM keywords) in which its images contradict one another: PatientID, PatientName …
	Inconsistent []string  `json:"inconsistent,omitempty"`
	FirstArrival time.Time `json:"firstArrival"`
	LastArrival  time.Time `json:"lastArrival"`
}

// SeriesInfo is one series of a study.
type SeriesInfo struct {
	UID       yilian.SeriesUID `json:"uid"`
	Modality  string           `json:"modality"`
	Instances int              `json:"instances"`
	// Stated is how many images its acquisition has by its own header (0020,1002); 0: it does not say. That is a hint: what is
	// reconstructed from an acquisition has another number.
	Stated      int       `json:"stated,omitempty"`
	LastArrival time.Time `json:"lastArrival"`
}

// Modality is the one that names the study: the first that is no accompanying object such as a presentation state.
func (s StudyInfo) Modality() string {
	for _, m := range s.Modalities {
		if !slices.Contains(accompanying, m) {
			return m
		}
	}
	if len(s.Modalities) > 0 {
		return s.Modalities[0]
	}
	return ""
}

// accompanying modalities never name a study (PS3.3 C.7.3.1.1.1).
var accompanying = []string{"PR", "KO", "SR", "SEG", "DOC", "REG", "RWV", "OT", "AU"}
