package request

import (
	"context"
	"io"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/patient"
)

// Patients knows and registers patients; patient.Service implements it.
type Patients interface {
	GetIn(rd flow.Reader, id yilian.PatientID) (patient.Patient, error)
	RegisterIn(tx flow.Tx, cmd flow.Command, d patient.Details) (patient.Patient, error)
}

// Studies answers what has been imaged of a patient: those attach themselves to a request.
type Studies interface {
	StudiesOf(ctx context.Context, id yilian.PatientID) ([]Study, error)
}

// Participant is who enters a room, and how.
type Participant struct {
	Person     Person
	Role       yilian.Role // requester or specialist; of a guest, what they are
	Grace      time.Duration
	Specialist bool // has it: the chair
	Guest      bool // came by a link
	Lobby      bool // waits until somebody lets them in
	Listener   bool // only hears and sees, and is not listed
}

// ICEServer is a STUN or TURN server as a browser takes it.
type ICEServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

// Pass lets one person into one room, once and soon.
type Pass struct {
	Token      string
	ICEServers []ICEServer
}

// Calls is the side that carries media. The room's name is the request's identifier.
type Calls interface {
	Ticket(ctx context.Context, room string, who Participant) (Pass, error)
	// Close ends a room and tells those in it why. It is no error if there is no such room.
	Close(ctx context.Context, room, reason string) error
	// Dismiss sends the listeners of a room away. It is no error if there are none.
	Dismiss(ctx context.Context, room string) error
}

// Files keeps attachments. Commit is durable when it returns; committing a key that exists is no error.
type Files interface {
	Create(ctx context.Context) (FileWriter, error)
	Open(ctx context.Context, key string, off, n int64) (io.ReadCloser, error)
	Delete(ctx context.Context, key string) error
}

// FileWriter is one object on its way in.
type FileWriter interface {
	io.Writer
	Commit(ctx context.Context, key string) error
	Abort()
}
