package api

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"yilian"
)

// Importer is what a page needs of the archive before it sends files; cmd/yilian fits the archive to it. Both refuse whoever may not store.
type Importer interface {
	// ReadDirectory lists a DICOMDIR.
	ReadDirectory(ctx context.Context, actor yilian.Actor, r io.Reader) ([]DiscPatient, error)
	// Here answers which of the instances the archive has already in a study of the actor's institution.
	Here(ctx context.Context, actor yilian.Actor, study yilian.StudyUID, offered []OfferedInstance) ([]yilian.InstanceUID, error)
}

// DiscPatient, DiscStudy, DiscSeries and DiscFile are what a directory of a disc lists.
type (
	DiscPatient struct {
		ID      string      `json:"id"`
		Name    string      `json:"name"`
		Studies []DiscStudy `json:"studies"`
	}
	DiscStudy struct {
		UID         string       `json:"uid"`
		Date        string       `json:"date" doc:"As DICOM writes it: YYYYMMDD"`
		Description string       `json:"description"`
		Accession   string       `json:"accession"`
		Series      []DiscSeries `json:"series"`
	}
	DiscSeries struct {
		UID         string     `json:"uid"`
		Modality    string     `json:"modality"`
		Number      string     `json:"number"`
		Description string     `json:"description"`
		Files       []DiscFile `json:"files"`
	}
	DiscFile struct {
		Path     string `json:"path" doc:"From the folder of the DICOMDIR, joined by /"`
		Instance string `json:"instance"`
	}
)

// Disc is the answer to a DICOMDIR.
type Disc struct {
	Patients []DiscPatient `json:"patients"`
}

// OfferedInstance is one that a page could send.
type OfferedInstance struct {
	UID  yilian.InstanceUID `json:"uid" minLength:"1" maxLength:"64"`
	Size int64              `json:"size" minimum:"0" doc:"Bytes of the data set: of the file without its preamble and file meta information"`
}

// HereAnswer names what need not be sent.
type HereAnswer struct {
	Here []yilian.InstanceUID `json:"here"`
}

const (
	maxDirectory = 16 << 20 // bytes of a DICOMDIR: some forty thousand images
	maxOffered   = 5_000    // instances of a question
)

// importers are who may store as persons (imaging.Access.MayStore).
var importers = Roles(yilian.RoleTechnologist)

func (a *API) importRoutes() {
	Add(a, importers, "POST /api/import/dicomdir", "List what the DICOMDIR of a disc says; nothing is kept",
		func(ctx context.Context, in *struct {
			RawBody []byte `contentType:"application/dicom"`
		},
		) (*Body[Disc], error) {
			patients, err := a.cfg.Imports.ReadDirectory(ctx, ActorOf(ctx), bytes.NewReader(in.RawBody))
			return answer(Disc{patients}, err)
		}, func(op *huma.Operation) { op.MaxBodyBytes, op.BodyReadTimeout = maxDirectory, 5*time.Minute })
	Add(a, importers, "POST /api/import/here", "Which instances of a study need not be sent, since they are here",
		func(ctx context.Context, in *struct {
			Body struct {
				Study     yilian.StudyUID   `json:"study" minLength:"1" maxLength:"64" pattern:"^[0-9.]+$"`
				Instances []OfferedInstance `json:"instances" maxItems:"5000"`
			}
		},
		) (*Body[HereAnswer], error) {
			here, err := a.cfg.Imports.Here(ctx, ActorOf(ctx), in.Body.Study, in.Body.Instances)
			return answer(HereAnswer{here}, err)
		}, func(op *huma.Operation) { op.MaxBodyBytes = maxOffered * 128 })
}
