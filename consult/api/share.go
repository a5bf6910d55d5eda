package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"yilian"
	"yilian/consult/share"
)

// GivenAway writes what leaves the house by a link or without identity; cmd/yilian fits the archive to it.
type GivenAway interface {
	// ToGuest authorises who looks by a link and writes the trail; what it answers then writes the ZIP.
	ToGuest(ctx context.Context, guest yilian.Actor, study yilian.StudyUID) (Export, error)
	// Review says what would become of a study without identity.
	Review(ctx context.Context, actor yilian.Actor, study yilian.StudyUID, o share.Options) (Review, error)
	// Check refuses a release in which something that has to be looked at was not.
	Check(ctx context.Context, actor yilian.Actor, r share.Release) error
	// Copy writes the trail; what it answers then writes the ZIP of a release.
	Copy(ctx context.Context, actor yilian.Actor, r share.Release) (Export, error)
}

func (a *API) shareRoutes() {
	Add(a, Clinical(), "GET /api/studies/{uid}/shares", "Links by which a study is shown outside, the newest first", func(ctx context.Context, in *ByUID) (*Body[List[Share]], error) {
		all, err := a.cfg.Shares.List(ctx, ActorOf(ctx), yilian.StudyUID(in.UID))
		return answerList(sharesOf(all), "", err)
	})
	Add(a, Clinical(), "POST /api/studies/{uid}/shares", "Make a link that shows a study to one person outside; its token and code are answered this once", a.makeShare, created)
	Add(a, Clinical(), "POST /api/shares/{id}/revoke", "Withdraw a link; pages that show by it end", func(ctx context.Context, in *ByID) (*Body[Share], error) {
		l, err := a.cfg.Shares.Revoke(ctx, CommandOf(ctx, 0), in.ID)
		return answer(shareOf(l), err)
	})
	Add(a, Public(), "POST /api/share/look", "What a link is for, before its code; it is not used by that", a.lookAtShare)
	Add(a, Public(), "POST /api/share/open", "Open a link with its code, for this browser and no other", a.openShare)
	Add(a, Public(), "POST /api/share/enter", "The study of a link that this browser opened; each look is counted", a.enterShare)
	Add(a, Public(), "GET /api/share/download", "The study of a link as a ZIP with a DICOMDIR, if the link allows it", a.downloadShare)
	a.releaseRoutes()
}

// Share is a link as those see it who may give the study away.
type Share struct {
	ID         string      `json:"id"`
	For        string      `json:"for"`
	State      share.State `json:"state" enum:"waiting,open,locked,expired,revoked"`
	By         string      `json:"by" doc:"Who made it"`
	At         time.Time   `json:"at"`
	Until      time.Time   `json:"until"`
	Download   bool        `json:"download"`
	Report     bool        `json:"report"`
	Wrong      int         `json:"wrong" doc:"Wrong codes since it was opened last"`
	OpenedAt   time.Time   `json:"openedAt,omitzero"`
	OpenedFrom string      `json:"openedFrom,omitempty" doc:"Address"`
	Agent      string      `json:"agent,omitempty" doc:"What the browser calls itself"`
	Looks      int         `json:"looks" doc:"How often the page was opened"`
	LookedAt   time.Time   `json:"lookedAt,omitzero"`
	Refused    int         `json:"refused" doc:"How often another browser tried"`
	Downloads  int         `json:"downloads"`
	RevokedAt  time.Time   `json:"revokedAt,omitzero"`
	Revoker    string      `json:"revoker,omitempty"`
}

func shareOf(l share.Link) Share {
	return Share{
		ID: l.ID, For: l.For, State: l.State(time.Now()), By: l.ByName, At: l.CreatedAt, Until: l.Until, Download: l.Download, Report: l.Report, Wrong: l.Wrong,
		OpenedAt: l.OpenedAt, OpenedFrom: l.OpenedFrom, Agent: l.Agent, Looks: l.Looks, LookedAt: l.LookedAt, Refused: l.Refused, Downloads: l.Downloads,
		RevokedAt: l.RevokedAt, Revoker: l.Revoker,
	}
}

func sharesOf(links []share.Link) []Share {
	all := make([]Share, len(links))
	for i, l := range links {
		all[i] = shareOf(l)
	}
	return all
}

// NewShare is a link that was made. Its token and code are shown this once.
type NewShare struct {
	Share Share  `json:"share"`
	Path  string `json:"path" doc:"Of the page, behind the origin of this service"`
	Code  string `json:"code" doc:"To be told on another way than the link"`
}

func (a *API) makeShare(ctx context.Context, in *struct {
	ByUID
	Body struct {
		For      string `json:"for" minLength:"1" maxLength:"256"`
		Hours    int    `json:"hours,omitempty" minimum:"1" maximum:"168" doc:"How long it works; 24 if absent"`
		Download bool   `json:"download,omitempty"`
		Report   bool   `json:"report,omitempty" doc:"The report is shown too, once it is released"`
	}
},
) (*Body[NewShare], error) {
	b := in.Body
	secrets, l, err := a.cfg.Shares.Make(ctx, CommandOf(ctx, 0), yilian.StudyUID(in.UID), share.NewLink{For: b.For, Life: time.Duration(b.Hours) * time.Hour, Download: b.Download, Report: b.Report})
	return answer(NewShare{Share: shareOf(l), Path: "/s/" + secrets.Token, Code: secrets.Code}, err)
}

// shareCookie keeps what binds links to the browser that opened them. No script can read it.
const shareCookie = "yilian-share"

type shareInput struct {
	Key  string `cookie:"yilian-share" maxLength:"128"`
	Body struct {
		Token string `json:"token" minLength:"1" maxLength:"128"`
	}
}

func (c call) guest() share.Client {
	return share.Client{Address: c.client.Address, Agent: c.client.Agent}
}

// ShareInvitation is what a link shows before its code. Nothing of the patient is in it.
type ShareInvitation struct {
	For         string    `json:"for"`
	Institution string    `json:"institution"`
	Until       time.Time `json:"until"`
	Here        bool      `json:"here" doc:"This browser has opened it"`
}

func (a *API) lookAtShare(ctx context.Context, in *shareInput) (*Body[ShareInvitation], error) {
	c := callOf(ctx)
	if err := a.shareLooks.take(c.client.Address, time.Now()); err != nil {
		return nil, err
	}
	l, here, err := a.cfg.Shares.Look(ctx, in.Body.Token, in.Key, c.guest())
	return answer(ShareInvitation{For: l.For, Institution: l.House, Until: l.Until, Here: here}, err)
}

type opened struct {
	SetCookie string `header:"Set-Cookie"`
	Body      ShareInvitation
}

func (a *API) openShare(ctx context.Context, in *struct {
	Key  string `cookie:"yilian-share" maxLength:"128"`
	Body struct {
		Token string `json:"token" minLength:"1" maxLength:"128"`
		Code  string `json:"code" minLength:"1" maxLength:"16"`
	}
},
) (*opened, error) {
	c := callOf(ctx)
	if err := a.shareCodes.take(c.client.Address, time.Now()); err != nil {
		return nil, err
	}
	l, key, err := a.cfg.Shares.Unlock(ctx, in.Body.Token, in.Body.Code, in.Key, c.guest())
	if err != nil {
		return nil, err
	}
	// It lives as long as any link may; what works is decided by the links alone.
	k := http.Cookie{Name: shareCookie, Value: key, Path: "/", HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteStrictMode, MaxAge: int(share.Longest.Seconds())}
	return &opened{SetCookie: k.String(), Body: ShareInvitation{For: l.For, Institution: l.House, Until: l.Until, Here: true}}, nil
}

// SharedStudy is what the page of a link shows.
type SharedStudy struct {
	ShareInvitation
	Study    string        `json:"study"`
	Opening  string        `json:"opening" doc:"Names this link in the watermark, to be found in the trail"`
	Download bool          `json:"download"`
	Report   *SharedReport `json:"report,omitempty" doc:"If the link shows it and it is released"`
	Pending  bool          `json:"pending,omitempty" doc:"The link shows the report, and it is not released yet"`
	Now      time.Time     `json:"now"`
}

// SharedReport is a released report.
type SharedReport struct {
	Findings    string    `json:"findings"`
	Impression  string    `json:"impression"`
	Preliminary bool      `json:"preliminary,omitempty"`
	Writer      string    `json:"writer"`
	Reviewer    string    `json:"reviewer,omitempty"`
	At          time.Time `json:"at"`
}

func (a *API) enterShare(ctx context.Context, in *shareInput) (*Body[SharedStudy], error) {
	c := callOf(ctx)
	if err := a.shareLooks.take(c.client.Address, time.Now()); err != nil {
		return nil, err
	}
	l, err := a.cfg.Shares.Enter(ctx, in.Body.Token, in.Key, c.guest())
	if err != nil {
		return nil, err
	}
	out := SharedStudy{
		ShareInvitation: ShareInvitation{For: l.For, Institution: l.House, Until: l.Until, Here: true}, Study: string(l.Study), Opening: l.ID[:8], Download: l.Download, Now: time.Now().UTC(),
	}
	if !l.Report {
		return answer(out, nil)
	}
	v, found, err := a.cfg.Clinical.Readings.Given(ctx, l.Study)
	if out.Pending = !found; found {
		out.Report = &SharedReport{
			Findings: v.Findings, Impression: v.Impression, Preliminary: v.Step.State() == "preliminary", Writer: v.Writer.Name, Reviewer: v.Reviewer.Name, At: v.Writer.At,
		}
	}
	return answer(out, err)
}

func (a *API) downloadShare(ctx context.Context, in *struct {
	Key   string `cookie:"yilian-share" maxLength:"128"`
	Study string `query:"study" maxLength:"64" pattern:"^[0-9.]+$"`
},
) (*huma.StreamResponse, error) {
	c := callOf(ctx)
	l, err := a.cfg.Shares.TakeAway(ctx, in.Key, yilian.StudyUID(in.Study), c.guest())
	if err != nil {
		return nil, err
	}
	file, err := a.cfg.GivenAway.ToGuest(ctx, l.Actor(c.client.Address), l.Study)
	if err != nil {
		return nil, err
	}
	return a.sendFile(file, "zip", "images.zip"), nil
}

// Guest answers who looks at a study by a link, from the cookie of a request: the share door asks it.
func (a *API) Guest(r *http.Request, study yilian.StudyUID) (yilian.Actor, error) {
	key := ""
	if cookie, err := r.Cookie(shareCookie); err == nil {
		key = cookie.Value
	}
	return a.cfg.Shares.Seer(r.Context(), key, study, a.proxies.address(r))
}
