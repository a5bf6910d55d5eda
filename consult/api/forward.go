package api

import (
	"context"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
)

// Forwarding is the archive's side of forwarding: the queue, and what a rule would do. Only administrators come here; nothing in
// it names a patient.
type Forwarding interface {
	// Queue answers a line for each peer, and for each other destination that something waits for.
	Queue(ctx context.Context) ([]ForwardLine, error)
	Jobs(ctx context.Context, f ForwardFilter) (page []ForwardJob, next string, err error)
	Job(ctx context.Context, id string) (ForwardJob, error)
	// Replay and Cancel answer how many jobs they changed.
	Replay(ctx context.Context, actor yilian.Actor, c ForwardChoice) (int64, error)
	Cancel(ctx context.Context, actor yilian.Actor, c ForwardChoice) (int64, error)
	// Resume tries a peer at once that is being left alone.
	Resume(ctx context.Context, actor yilian.Actor, peer string) error
	Send(ctx context.Context, actor yilian.Actor, peer string, study yilian.StudyUID, urgency string) error
	// Test asks a peer whether it is there. secret is its password or token.
	Test(ctx context.Context, p directory.Peer, secret string) (ForwardTest, error)
	DryRun(ctx context.Context, study yilian.StudyUID) (ForwardPlan, error)
}

// ForwardLine is how a peer's queue stands.
type ForwardLine struct {
	Peer     string `json:"peer" doc:"Its identifier; empty for an application entity that is told something"`
	Name     string `json:"name"`
	Kind     string `json:"kind" doc:"dimse, dicomweb, or notice"`
	Lane     string `json:"lane" doc:"For the filters of jobs"`
	Disabled bool   `json:"disabled"`
	State    string `json:"state" enum:"idle,sending,waiting,down,closed" doc:"down: left alone until retryAt; closed: disabled"`

	Waiting   int64     `json:"waiting" doc:"Jobs, with those being done"`
	Running   int64     `json:"running"`
	Dead      int64     `json:"dead"`
	Cancelled int64     `json:"cancelled"`
	Oldest    time.Time `json:"oldest,omitzero" doc:"Since when the oldest waits"`

	RetryAt   time.Time `json:"retryAt,omitzero"`
	DownSince time.Time `json:"downSince,omitzero"`
	Failures  int       `json:"failures" doc:"In a row"`
	ErrorCode string    `json:"errorCode"`
	Error     string    `json:"error" doc:"Why it was last left alone"`

	Sent          int64     `json:"sent" doc:"Instances, by this node since it started; so are those below"`
	Bytes         int64     `json:"bytes"`
	Refused       int64     `json:"refused"`
	InstancesRate float64   `json:"instancesPerSecond" doc:"Over the last ten seconds"`
	BytesRate     float64   `json:"bytesPerSecond"`
	LastSent      time.Time `json:"lastSent,omitzero"`
}

// ForwardJob is one study on its way to one peer, or one thing to be told.
type ForwardJob struct {
	ID        string          `json:"id"`
	Kind      string          `json:"kind" doc:"forward, availability, promise (a peer is asked to commit itself), promised (its answer), or commitment (our own answer)"`
	State     string          `json:"state" enum:"waiting,running,done,dead,cancelled"`
	Peer      string          `json:"peer"`
	Lane      string          `json:"lane"`
	Study     yilian.StudyUID `json:"study"`
	Rule      string          `json:"rule" doc:"Identifier; empty: ordered by hand"`
	By        string          `json:"by" doc:"Who ordered it by hand"`
	Urgency   string          `json:"urgency"`
	Attempts  int             `json:"attempts"`
	ErrorCode string          `json:"errorCode"`
	Error     string          `json:"error"`
	Created   time.Time       `json:"created"`
	Queued    time.Time       `json:"queued"`
	Changed   time.Time       `json:"changed"`
	NotBefore time.Time       `json:"notBefore,omitzero"`
	Delivered int             `json:"delivered" doc:"Instances the peer has confirmed; of a single job only"`
	Total     int             `json:"total" doc:"Instances of the study; of a single job only"`
}

// ForwardFilter chooses jobs.
type ForwardFilter struct {
	Page
	State string `query:"state" enum:"waiting,done,dead,cancelled" doc:"Absent: all, newest first. Waiting ones come in the order of their turn"`
	Peer  string `query:"peer" maxLength:"64"`
	Lane  string `query:"lane" maxLength:"128"`
	Study string `query:"study" maxLength:"64"`
}

// ForwardChoice names jobs: some by their identifiers, or all of a peer in a state.
type ForwardChoice struct {
	IDs    []string `json:"ids,omitempty" required:"false" maxItems:"1000" doc:"Empty: all that the rest names, up to 1000 at a time"`
	Peer   string   `json:"peer,omitempty" required:"false" maxLength:"64"`
	Lane   string   `json:"lane,omitempty" required:"false" maxLength:"128"`
	State  string   `json:"state,omitempty" required:"false" enum:"waiting,dead,cancelled"`
	Reason string   `json:"reason,omitempty" required:"false" maxLength:"500"`
}

// ForwardTest is what a test of the connection found.
type ForwardTest struct {
	OK      bool    `json:"ok"`
	Code    string  `json:"code"`
	Text    string  `json:"text" doc:"What is wrong"`
	Millis  float64 `json:"milliseconds"`
	Program string  `json:"program" doc:"What the peer calls itself"`
}

// ForwardPlan is what the rules say about a study now.
type ForwardPlan struct {
	Study ForwardFacts       `json:"study"`
	Rules []ForwardRuleCheck `json:"rules" doc:"All of them, in their order"`
}

// ForwardFacts are what the rules look at.
type ForwardFacts struct {
	UID         yilian.StudyUID      `json:"uid"`
	Sources     []string             `json:"sources"`
	Institution yilian.InstitutionID `json:"institution"`
	Modalities  []string             `json:"modalities"`
	BodyParts   []string             `json:"bodyParts"`
	Referring   yilian.InstitutionID `json:"referring"`
	Urgency     string               `json:"urgency"`
	Complete    bool                 `json:"complete"`
}

// ForwardRuleCheck is whether a rule holds.
type ForwardRuleCheck struct {
	Rule    string   `json:"rule"`
	Name    string   `json:"name"`
	Holds   bool     `json:"holds"`
	Now     bool     `json:"now" doc:"It sends now; otherwise once the study is complete"`
	Fails   string   `json:"fails" doc:"The first part of the condition that does not hold, or disabled, or stopped (by a rule before it)"`
	Peers   []string `json:"peers"`
	Urgency string   `json:"urgency"`
}

// ForwardCount is how many jobs were changed.
type ForwardCount struct {
	Jobs int64 `json:"jobs"`
}

func (a *API) forwardRoutes() {
	jobs := a.cfg.Forwarding
	a.peerRoutes()
	Add(a, admins, "GET /api/admin/forward/queue", "How the queue of each peer stands", func(ctx context.Context, _ *struct{}) (*Body[List[ForwardLine]], error) {
		lines, err := jobs.Queue(ctx)
		return answerList(lines, "", err)
	})
	Add(a, admins, "GET /api/admin/forward/jobs", "Jobs of forwarding; dead ones are the dead letters", func(ctx context.Context, in *ForwardFilter) (*Body[List[ForwardJob]], error) {
		return answerList(jobs.Jobs(ctx, *in))
	})
	Add(a, admins, "GET /api/admin/forward/jobs/{id}", "One job, with how far it is", func(ctx context.Context, in *ByID) (*Body[ForwardJob], error) {
		return answer(jobs.Job(ctx, in.ID))
	})
	Add(a, admins, "POST /api/admin/forward/replay", "Try dead or cancelled jobs again", func(ctx context.Context, in *struct{ Body ForwardChoice }) (*Body[ForwardCount], error) {
		n, err := jobs.Replay(ctx, ActorOf(ctx), in.Body)
		return answer(ForwardCount{n}, err)
	})
	Add(a, admins, "POST /api/admin/forward/cancel", "Cancel waiting or dead jobs", func(ctx context.Context, in *struct{ Body ForwardChoice }) (*Body[ForwardCount], error) {
		n, err := jobs.Cancel(ctx, ActorOf(ctx), in.Body)
		return answer(ForwardCount{n}, err)
	})
	Add(a, admins, "POST /api/admin/forward/send", "Send a study to a peer by hand", func(ctx context.Context, in *struct {
		Body struct {
			Peer    string          `json:"peer" minLength:"1" maxLength:"64"`
			Study   yilian.StudyUID `json:"study" minLength:"1" maxLength:"64"`
			Urgency string          `json:"urgency,omitempty" required:"false" enum:"stat,urgent,routine,bulk"`
		}
	},
	) (*Nothing, error) {
		if _, err := a.cfg.Peers.Peer(ctx, in.Body.Peer); err != nil {
			return nil, err
		}
		return nil, jobs.Send(ctx, ActorOf(ctx), in.Body.Peer, in.Body.Study, in.Body.Urgency)
	})
	Add(a, admins, "GET /api/admin/forward/dry-run", "Which rules a study would hit now", func(ctx context.Context, in *struct {
		Study yilian.StudyUID `query:"study" required:"true" minLength:"1" maxLength:"64"`
	},
	) (*Body[ForwardPlan], error) {
		return answer(jobs.DryRun(ctx, in.Study))
	})
}

func (a *API) peerRoutes() {
	f := a.cfg.Peers
	register(a, "peers", f.Peers, f.SavePeer, func(v *directory.Peer) *flow.Meta { return &v.Meta })
	register(a, "routes", f.Routes, f.SaveRoute, func(v *directory.Route) *flow.Meta { return &v.Meta })
	Add(a, admins, "DELETE /api/admin/peers/{id}", "Remove a peer that no rule sends to", func(ctx context.Context, in *ByID) (*Nothing, error) {
		return nil, f.RemovePeer(ctx, CommandOf(ctx, 0), in.ID)
	})
	Add(a, admins, "DELETE /api/admin/routes/{id}", "Remove a rule", func(ctx context.Context, in *ByID) (*Nothing, error) {
		return nil, f.RemoveRoute(ctx, CommandOf(ctx, 0), in.ID)
	})
	Add(a, admins, "PUT /api/admin/peers/{id}/secret", "Give a peer its password or token, or take it away", func(ctx context.Context, in *struct {
		ByID
		Body struct {
			Secret string `json:"secret" maxLength:"16384" doc:"Kept sealed and never shown again; empty: none"`
		}
	},
	) (*Body[directory.Peer], error) {
		return answer(f.SetSecret(ctx, CommandOf(ctx, 0), in.ID, in.Body.Secret))
	})
	Add(a, admins, "POST /api/admin/peers/{id}/resume", "Try a peer at once that is being left alone", func(ctx context.Context, in *ByID) (*Nothing, error) {
		if _, err := f.Peer(ctx, in.ID); err != nil {
			return nil, err
		}
		return nil, a.cfg.Forwarding.Resume(ctx, ActorOf(ctx), in.ID)
	})
	Add(a, admins, "POST /api/admin/peers/test", "Ask whether a peer is there, before it is saved", a.testPeer)
}

// testPeer tests a peer as it is on the page. Its stored secret is used only where it would be used after saving, too.
func (a *API) testPeer(ctx context.Context, in *struct {
	Body struct {
		Peer   directory.Peer `json:"peer"`
		Secret string         `json:"secret,omitempty" required:"false" maxLength:"16384" doc:"Absent: the stored one"`
	}
},
) (*Body[ForwardTest], error) {
	p, err := a.cfg.Peers.CheckPeer(ctx, in.Body.Peer)
	if err != nil {
		return nil, err
	}
	secret := in.Body.Secret
	if secret == "" && p.ID != "" {
		if secret, err = a.cfg.Peers.SecretFor(ctx, p); err != nil {
			return nil, err
		}
	}
	return answer(a.cfg.Forwarding.Test(ctx, p, secret))
}
