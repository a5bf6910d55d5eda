package imaging

import (
	"encoding/json"
	"time"

	"yilian"
	"yilian/imaging/dicom"
)

// Study is what the index knows of a study. Dates and times are as DICOM writes them (YYYYMMDD, HHMMSS.FFFFFF), "" when absent.
// What describes the study comes from its first instance; later ones that disagree on identity are named in Differs.
type Study struct {
	UID              yilian.StudyUID
	Institution      yilian.InstitutionID // owner: of the first instance that arrived
	Device           string               // AE title or program that sent the first instance
	PatientID        string
	PatientIssuer    string // Issuer of Patient ID, or else the owning institution's ID
	PatientName      dicom.PersonName
	Sex              string // M, F, O or ""
	BirthDate        string
	Accession        string
	AccessionIssuer  string // Local Namespace Entity ID of its issuer, or else the owning institution's ID
	StudyID          string
	Date             string
	Time             string
	Description      string
	Referring        dicom.PersonName
	InstitutionName  string
	Modalities       []string // of its series, sorted
	BodyPart         string   // the first one that a series named
	SeriesCount      int
	InstanceCount    int
	Bytes            int64
	FirstArrival     time.Time
	LastArrival      time.Time
	OpenAssociations int // associations that stored into it and have not ended
	Version          int64
	// Differs names the attributes (DICOM keywords) on which a later instance disagreed with the first: PatientID, PatientName …
	Differs []string
	// Attributes is the study's and patient's part of the header in DICOM JSON (PS3.18 F).
	Attributes json.RawMessage
	// Original is what the first instance said, when a correction is in force that says something else.
	Original *Described `json:",omitempty"`
}

// Series is what the index knows of a series.
type Series struct {
	UID           yilian.SeriesUID
	Study         yilian.StudyUID
	Modality      string
	Number        int
	Description   string
	BodyPart      string
	Laterality    string
	StationName   string
	Manufacturer  string
	PPSStartDate  string
	PPSStartTime  string
	SPSID         string // Scheduled Procedure Step ID of the first request
	RPID          string // Requested Procedure ID of the first request
	InstanceCount int
	Bytes         int64
	FirstArrival  time.Time
	LastArrival   time.Time // the series is quiet since then
	// Revision grows with every change of what is in the series: an instance more or less, corrected or rejected. It is never used
	// twice, also when the series goes and comes again.
	Revision   int64
	Attributes json.RawMessage
	Original   *Series `json:",omitempty"` // see Study.Original
}

// Instance is what the index knows of an instance.
type Instance struct {
	UID            yilian.InstanceUID
	Study          yilian.StudyUID
	Series         yilian.SeriesUID
	SOPClass       string
	TransferSyntax string
	Number         int
	Rows, Columns  int
	BitsAllocated  int
	Frames         int    // 0: no pixel data
	Blob           string // key of the Part 10 file
	DataOffset     int64  // where the data set begins in the file
	Size           int64  // of the data set in bytes
	SHA256         string // hex, over the data set's bytes
	Arrival        time.Time
	Source         string // AE title or program that sent it
	// Metadata is its header in DICOM JSON with bulk values as relative URIs; Layout tells where the bulk values are in the file.
	Metadata json.RawMessage
	Layout   []byte
	// Home is where its own header says that it belongs, if a correction has moved it.
	Home *Home `json:",omitempty"`
	// Amendment is what corrections in force put over its header, a DICOM JSON object; nil is nothing. Metadata has it already.
	Amendment json.RawMessage `json:"-"`
}

// Conflict is an instance that was kept aside, beside what it disagrees with.
type Conflict struct {
	ID          string
	Reason      string
	Institution yilian.InstitutionID // who sent it
	Device      string
	At          time.Time
	Kept        Instance // what arrived, whole
	Current     Instance // the instance with the same UID that is in the archive; zero for ReasonOwner
}
