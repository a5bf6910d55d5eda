package api

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"yilian"
	"yilian/consult/request"
)

// OpinionInput is what an opinion says.
type OpinionInput struct {
	Findings  string `json:"findings,omitempty" maxLength:"64000"`
	Diagnosis string `json:"diagnosis,omitempty" maxLength:"64000"`
	Advice    string `json:"advice,omitempty" maxLength:"64000"`
	Referral  bool   `json:"referral,omitempty" doc:"The patient should be referred"`
}

func (o OpinionInput) text() request.Text {
	return request.Text{Findings: o.Findings, Diagnosis: o.Diagnosis, Advice: o.Advice, Referral: o.Referral}
}

func (a *API) opinionRoutes() {
	Add(a, advises, "PUT /api/requests/{id}/opinion", "Save the draft of the opinion", a.writeOpinion)
	Add(a, advises, "POST /api/requests/{id}/opinion/sign", "Sign the draft", a.signOpinion)
	Add(a, Roles(yilian.RoleSpecialist, yilian.RoleHead), "POST /api/requests/{id}/opinion/amend", "Sign a new version, with a reason", a.amendOpinion)
	Add(a, Roles(yilian.RoleSpecialist, yilian.RoleHead), "POST /api/requests/{id}/opinion/withdraw", "Withdraw the opinion, with a reason", reasoned(a, a.req.Withdraw))
	Add(a, takes, "GET /api/requests/{id}/opinion.pdf", "The opinion for printing; the print is recorded", a.printOpinion)
}

func (a *API) writeOpinion(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		OpinionInput
		Version int64 `json:"version" minimum:"0"`
	}
},
) (*Body[RequestDetail], error) {
	return a.commanded(ctx, func() (request.Request, error) {
		return a.req.Write(ctx, CommandOf(ctx, in.Body.Version), yilian.RequestID(in.ID), in.Body.text())
	})
}

func (a *API) signOpinion(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Version  int64  `json:"version" minimum:"0"`
		Password string `json:"password,omitempty" maxLength:"1024" doc:"Checked if given"`
	}
},
) (*Body[RequestDetail], error) {
	if in.Body.Password != "" {
		if err := a.dir.CheckPassword(ctx, ActorOf(ctx).Person, in.Body.Password); err != nil {
			return nil, err
		}
	}
	return a.commanded(ctx, func() (request.Request, error) {
		return a.req.Sign(ctx, CommandOf(ctx, in.Body.Version), yilian.RequestID(in.ID))
	})
}

func (a *API) amendOpinion(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		OpinionInput
		Version int64          `json:"version" minimum:"0"`
		Reason  request.Reason `json:"reason"`
	}
},
) (*Body[RequestDetail], error) {
	return a.commanded(ctx, func() (request.Request, error) {
		return a.req.Amend(ctx, CommandOf(ctx, in.Body.Version), yilian.RequestID(in.ID), in.Body.text(), in.Body.Reason)
	})
}

func (a *API) fileRoutes() {
	Add(a, Roles(yilian.RoleRequester, yilian.RoleSpecialist), "POST /api/requests/{id}/attachments", "Attach a photograph or PDF", a.attach, created,
		func(op *huma.Operation) {
			op.MaxBodyBytes = largestUpload
			op.BodyReadTimeout = 15 * time.Minute // 20 MB over a poor line
		})
	Add(a, takes, "GET /api/requests/{id}/attachments/{attachment}", "The bytes of an attachment", a.attachment)
}

const largestUpload = 64 << 20 // beyond any setting; the setting is checked on the way in

func (a *API) attach(ctx context.Context, in *struct {
	ID      string `path:"id" maxLength:"64"`
	RawBody huma.MultipartFormFiles[struct {
		File huma.FormFile `form:"file" required:"true"`
	}]
},
) (*Body[request.Attachment], error) {
	f := in.RawBody.Data().File
	defer func() { _ = f.Close() }() // only read
	return answer(a.req.Attach(ctx, CommandOf(ctx, 0), yilian.RequestID(in.ID), f.Filename, f))
}

func (a *API) attachment(ctx context.Context, in *struct {
	ID         string `path:"id" maxLength:"64"`
	Attachment string `path:"attachment" maxLength:"64"`
},
) (*huma.StreamResponse, error) {
	file, body, err := a.req.OpenAttachment(ctx, ActorOf(ctx), yilian.RequestID(in.ID), in.Attachment)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer func() { _ = body.Close() }() // only read
		hc.SetHeader("Content-Type", file.Type)
		hc.SetHeader("Content-Length", strconv.FormatInt(file.Size, 10))
		hc.SetHeader("Content-Disposition", mime.FormatMediaType("inline", map[string]string{"filename": file.Name}))
		hc.SetHeader("Content-Security-Policy", "default-src 'none'; sandbox")
		hc.SetStatus(http.StatusOK)
		if _, err := io.Copy(hc.BodyWriter(), body); err != nil {
			a.log.Debug("attachment not sent whole", "err", err)
		}
	}}, nil
}
