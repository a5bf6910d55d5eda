package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/consult/api"
	"yilian/consult/directory"
	"yilian/consult/flow"
	"yilian/imaging/forward"
	"yilian/imaging/queue"
)

// forwardDoor is the page's view of forwarding.
type forwardDoor struct {
	*forwarding
	settings *settings
}

var _ api.Forwarding = forwardDoor{}

func (d forwardDoor) Queue(ctx context.Context) ([]api.ForwardLine, error) {
	now := time.Now()
	peers, err := d.peers.Peers(ctx)
	if err != nil {
		return nil, err
	}
	counts, err := d.store.Counts(ctx, now)
	if err != nil {
		return nil, err
	}
	holds, err := d.store.Holds(ctx)
	if err != nil {
		return nil, err
	}
	lines := make([]api.ForwardLine, 0, len(peers))
	stats := d.send.Stats()
	for _, p := range peers {
		line := api.ForwardLine{Peer: p.ID, Name: p.Name, Kind: string(p.Kind), Lane: forward.LaneOf(p.ID), Disabled: p.Disabled}
		s := stats[p.ID]
		line.Sent, line.Bytes, line.Refused, line.InstancesRate, line.BytesRate, line.LastSent = s.Instances, s.Bytes, s.Refused, s.InstancesRate, s.BytesRate, s.Last
		lines = append(lines, line)
	}
	for _, c := range counts { // also lanes of devices that are told something, and of peers that were removed
		if !slices.ContainsFunc(lines, func(l api.ForwardLine) bool { return l.Lane == c.Lane }) {
			name, notice := forward.Told(c.Lane)
			kind := "notice"
			if !notice {
				kind = ""
			}
			lines = append(lines, api.ForwardLine{Name: name, Kind: kind, Lane: c.Lane})
		}
	}
	for i := range lines {
		fillLine(&lines[i], counts, holds)
	}
	return lines, nil
}

func fillLine(l *api.ForwardLine, counts []queue.Count, holds []queue.Hold) {
	for _, c := range counts {
		if c.Lane != l.Lane {
			continue
		}
		switch c.State {
		case queue.Waiting:
			l.Waiting, l.Running, l.Oldest = c.Jobs, c.Running, c.Oldest
		case queue.Dead:
			l.Dead = c.Jobs
		case queue.Cancelled:
			l.Cancelled = c.Jobs
		}
	}
	for _, h := range holds {
		if h.Lane == l.Lane {
			l.RetryAt, l.DownSince, l.Failures, l.ErrorCode, l.Error = h.Until, h.Since, h.Failures, h.Failure.Code, h.Failure.Text
		}
	}
	switch {
	case l.Disabled:
		l.State = "closed"
	case l.Failures > 0:
		l.State = "down"
	case l.Running > 0:
		l.State = "sending"
	case l.Waiting > 0:
		l.State = "waiting"
	default:
		l.State = "idle"
	}
}

func (d forwardDoor) Jobs(ctx context.Context, f api.ForwardFilter) ([]api.ForwardJob, string, error) {
	filter := queue.Filter{State: queue.State(f.State), Lane: laneOf(f.Peer, f.Lane), About: f.Study, After: f.After, Limit: f.Limit}
	jobs, next, err := d.store.List(ctx, time.Now(), filter)
	list := make([]api.ForwardJob, len(jobs))
	for i, j := range jobs {
		list[i] = forwardJob(j)
	}
	return list, next, err
}

func laneOf(peer, lane string) string {
	if peer != "" {
		return forward.LaneOf(peer)
	}
	return lane
}

func (d forwardDoor) Job(ctx context.Context, id string) (api.ForwardJob, error) {
	j, err := d.store.Job(ctx, id)
	if err != nil {
		return api.ForwardJob{}, err
	}
	out := forwardJob(j)
	out.Delivered, out.Total, err = d.send.Progress(ctx, d.store.Marked, j)
	return out, err
}

func forwardJob(j queue.Job) api.ForwardJob {
	about := forward.Describe(j)
	out := api.ForwardJob{
		ID: j.ID, Kind: j.Kind, State: string(j.State), Lane: j.Lane, Peer: about.Peer, Study: about.Study, Rule: about.Rule, By: about.By,
		Urgency: urgencyOf(j.Priority), Attempts: j.Attempts, ErrorCode: j.Failure.Code, Error: j.Failure.Text,
		Created: j.Created, Queued: j.Queued, Changed: j.Changed, NotBefore: j.NotBefore,
	}
	if j.Running {
		out.State = "running"
	}
	return out
}

func urgencyOf(p queue.Priority) string {
	for _, u := range []string{"stat", "urgent", "routine"} {
		if p <= forward.PriorityOf(u) {
			return u
		}
	}
	return "bulk"
}

func (d forwardDoor) Replay(ctx context.Context, actor yilian.Actor, c api.ForwardChoice) (int64, error) {
	f := queue.Filter{State: queue.State(c.State), Lane: laneOf(c.Peer, c.Lane), Limit: 1000}
	if len(c.IDs) == 0 {
		f.State = cmp.Or(f.State, queue.Dead)
	}
	n, err := d.store.Replay(ctx, time.Now(), f, c.IDs...)
	d.worker.Wake()
	return n, errors.Join(err, d.record(ctx, actor, "forward.replay", f, c, n))
}

func (d forwardDoor) Cancel(ctx context.Context, actor yilian.Actor, c api.ForwardChoice) (int64, error) {
	if len(c.IDs) == 0 && (c.State == "" || c.Peer == "" && c.Lane == "") {
		return 0, yilian.Errorf(yilian.Invalid, "forward.choice", "Say which jobs: by identifiers, or a peer and a state.")
	}
	f := queue.Filter{State: queue.State(c.State), Lane: laneOf(c.Peer, c.Lane), Limit: 1000}
	n, err := d.store.Cancel(ctx, time.Now(), f, c.IDs...)
	return n, errors.Join(err, d.record(ctx, actor, "forward.cancel", f, c, n))
}

func (d forwardDoor) Resume(ctx context.Context, actor yilian.Actor, peer string) error {
	lane := forward.LaneOf(peer)
	if err := d.store.Release(ctx, lane); err != nil {
		return err
	}
	d.worker.Wake()
	return d.record(ctx, actor, "forward.resume", queue.Filter{Lane: lane}, api.ForwardChoice{}, 0)
}

// record writes into the trail who touched the queue.
func (d forwardDoor) record(ctx context.Context, actor yilian.Actor, action string, f queue.Filter, c api.ForwardChoice, n int64) error {
	data, err := json.Marshal(map[string]any{"jobs": n, "ids": c.IDs, "lane": f.Lane, "state": f.State})
	if err != nil {
		return err
	}
	return flow.Look(ctx, d.flow, yilian.Event{
		Entity: "forward", EntityID: cmp.Or(f.Lane, "queue"), Action: action, Actor: actor, Reason: strings.TrimSpace(c.Reason), Data: data,
	})
}

func (d forwardDoor) Send(ctx context.Context, actor yilian.Actor, peer string, study yilian.StudyUID, urgency string) error {
	o, err := d.send.Order(ctx, peer, study, forward.PriorityOf(urgency), actor.Name)
	if err != nil {
		return err
	}
	if err := d.worker.Put(ctx, o); err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"peer": peer})
	if err != nil {
		return err
	}
	return flow.Look(ctx, d.flow, yilian.Event{Entity: "study", EntityID: string(study), Action: "study.send", Actor: actor, Data: data})
}

func (d forwardDoor) Test(ctx context.Context, p directory.Peer, secret string) (api.ForwardTest, error) {
	peer, err := d.settings.forwardPeer(p, secret)
	if err != nil {
		return api.ForwardTest{}, err
	}
	probe := d.send.Probe(ctx, peer)
	return api.ForwardTest{OK: probe.OK, Code: probe.Code, Text: probe.Text, Millis: float64(probe.Took.Microseconds()) / 1e3, Program: probe.Program}, nil
}

func (d forwardDoor) DryRun(ctx context.Context, study yilian.StudyUID) (api.ForwardPlan, error) {
	facts, hits, misses, err := d.send.DryRun(ctx, study)
	if err != nil {
		return api.ForwardPlan{}, err
	}
	routes, err := d.peers.Routes(ctx)
	if err != nil {
		return api.ForwardPlan{}, err
	}
	plan := api.ForwardPlan{Rules: []api.ForwardRuleCheck{}, Study: api.ForwardFacts{
		UID: facts.Study, Sources: facts.Sources, Institution: facts.Institution, Modalities: facts.Modalities, BodyParts: facts.BodyParts,
		Referring: facts.Referring, Urgency: facts.Urgency, Complete: facts.Complete,
	}}
	for _, r := range routes {
		check := api.ForwardRuleCheck{Rule: r.ID, Name: r.Name, Fails: misses[r.ID], Peers: r.Peers}
		if i := slices.IndexFunc(hits, func(h forward.Hit) bool { return h.Rule.ID == r.ID }); i >= 0 {
			check.Holds, check.Now, check.Urgency = true, hits[i].Now, urgencyOf(hits[i].Priority)
		}
		plan.Rules = append(plan.Rules, check)
	}
	return plan, nil
}
