package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/recording"
)

// Recording is a recording of a consult as a page sees it.
type Recording struct {
	flow.Meta
	Request   yilian.RequestID     `json:"request"`
	Site      yilian.InstitutionID `json:"site"`
	State     recording.State      `json:"state" enum:"asked,declined,on,stopping,stored,failed,deleted"`
	By        recording.Person     `json:"by"`
	AskedAt   time.Time            `json:"askedAt"`
	StartedAt *time.Time           `json:"startedAt,omitempty"`
	EndedAt   *time.Time           `json:"endedAt,omitempty"`
	EndedBy   *recording.Person    `json:"endedBy,omitempty"`
	Reason    string               `json:"reason,omitempty" doc:"Why it ended: ended, withdrawn, empty, crash, failed or what ended the call"`
	Failure   string               `json:"failure,omitempty" doc:"store: not all of it could be stored; nothing: nothing was"`
	Consents  []recording.Consent  `json:"consents"`
	Files     []recording.File     `json:"files"`
	Duration  int64                `json:"durationMs"`
	Bytes     int64                `json:"bytes"`
	KeepUntil *time.Time           `json:"keepUntil,omitempty" doc:"Absent: for ever"`
	Class     string               `json:"class,omitempty"`
	Holds     []recording.Hold     `json:"holds"`
	Removed   *recording.Removal   `json:"removed,omitempty"`
	Actions   []recording.Action   `json:"actions" doc:"What the caller may do now: delete, hold, release"`
}

func recordingOf(r recording.Seen, err error) (Recording, error) {
	some := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		return &t
	}
	return Recording{
		Meta: r.Meta, Request: r.Request, Site: r.Site, State: r.State, By: r.By, AskedAt: r.AskedAt, StartedAt: some(r.StartedAt),
		EndedAt: some(r.EndedAt), EndedBy: r.EndedBy, Reason: r.Reason, Failure: r.Failure, Consents: r.Consents, Files: r.Files,
		Duration: r.Duration, Bytes: r.Bytes, KeepUntil: some(r.KeepUntil), Class: r.Class, Holds: r.Holds, Removed: r.Removed, Actions: r.Actions,
	}, err
}

// watches are those who may look at recordings at all: who took part, and the heads.
var watches = Roles(yilian.RoleRequester, yilian.RoleSpecialist, yilian.RoleHead)

func (a *API) recordingRoutes() {
	Add(a, watches, "GET /api/requests/{id}/recordings", "Recordings of a consult", func(ctx context.Context, in *ByID) (*Body[List[Recording]], error) {
		all, err := a.cfg.Recordings.List(ctx, ActorOf(ctx), yilian.RequestID(in.ID))
		items := make([]Recording, len(all))
		for i, r := range all {
			items[i], _ = recordingOf(r, nil)
		}
		return answerList(items, "", err)
	})
	Add(a, watches, "GET /api/recordings/{id}", "One recording", func(ctx context.Context, in *ByID) (*Body[Recording], error) {
		return answer(recordingOf(a.cfg.Recordings.Get(ctx, ActorOf(ctx), in.ID)))
	})
	Add(a, watches, "GET /api/recordings/{id}/index", "What happened in a recording; opening it is written down", func(ctx context.Context, in *ByID) (*Body[recording.Index], error) {
		return answer(a.cfg.Recordings.Index(ctx, ActorOf(ctx), in.ID))
	})
	Add(a, watches, "GET /api/recordings/{id}/files/{file}", "The bytes of a file, whole or in ranges", a.recordingFile)
	heads := Roles(yilian.RoleHead)
	Add(a, heads, "POST /api/recordings/{id}/delete", "Delete a recording for good", recordingCommand(a, (*recording.Service).Delete))
	Add(a, heads, "POST /api/recordings/{id}/hold", "Put a recording on legal hold", recordingCommand(a, (*recording.Service).Hold))
	Add(a, heads, "POST /api/recordings/{id}/release", "Release the legal holds of a recording", recordingCommand(a, (*recording.Service).Release))
}

type recordingReason struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Version int64  `json:"version" minimum:"0" doc:"The version that the page shows; 0: whichever"`
		Reason  string `json:"reason" minLength:"1" maxLength:"500"`
	}
}

func recordingCommand(a *API, do func(*recording.Service, context.Context, flow.Command, string, string) (recording.Seen, error)) func(context.Context, *recordingReason) (*Body[Recording], error) {
	return func(ctx context.Context, in *recordingReason) (*Body[Recording], error) {
		return answer(recordingOf(do(a.cfg.Recordings, ctx, CommandOf(ctx, in.Body.Version), in.ID, in.Body.Reason)))
	}
}

func (a *API) recordingFile(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	File string `path:"file" maxLength:"64"`
},
) (*huma.StreamResponse, error) {
	f, open, err := a.cfg.Recordings.Open(ctx, ActorOf(ctx), in.ID, in.File)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		h := w.Header()
		h.Set("Content-Type", f.MIME)
		h.Set("ETag", `"`+f.SHA256+`"`)
		h.Set("Cache-Control", "private, no-store")
		h.Set("Content-Disposition", "inline")
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
		body := &ranged{open: open, size: f.Size}
		defer body.close()
		http.ServeContent(w, r, "", time.Time{}, body)
	}}, nil
}

// ranged reads an object that is opened where somebody seeks to.
type ranged struct {
	open func(off, n int64) (io.ReadCloser, error)
	size int64
	at   int64
	body io.ReadCloser // at at; nil until it is read
}

func (r *ranged) Read(p []byte) (n int, err error) {
	if r.at >= r.size {
		return 0, io.EOF
	}
	if r.body == nil {
		if r.body, err = r.open(r.at, -1); err != nil {
			return 0, err
		}
	}
	n, err = r.body.Read(p)
	r.at += int64(n)
	return n, err
}

func (r *ranged) Seek(off int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		off += r.at
	case io.SeekEnd:
		off += r.size
	}
	if off < 0 {
		return r.at, errors.New("before the beginning")
	}
	if off != r.at {
		r.close()
		r.at = off
	}
	return off, nil
}

func (r *ranged) close() {
	if r.body != nil {
		_ = r.body.Close() // only read
		r.body = nil
	}
}
