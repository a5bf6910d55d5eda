package request

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"yilian"
	"yilian/consult/flow"
)

// Write saves the draft of the opinion. It is the writer's own until it is signed.
func (s *Service) Write(ctx context.Context, cmd flow.Command, id yilian.RequestID, t Text) (Request, error) {
	if err := t.check(); err != nil {
		return Request{}, err
	}
	return s.act(ctx, cmd, id, ActWrite, func(st *step) (flow.Change, error) {
		if st.r.Opinion.State == DocDraft && st.r.Opinion.Text == t {
			return nothing()
		}
		if err := st.document(ActWrite); err != nil {
			return flow.Change{}, err
		}
		st.r.Opinion.Text, st.r.Opinion.Author = t, st.r.Accepted.Person
		return flow.Change{Silent: true}, nil
	})
}

func (t Text) check() error {
	for _, part := range []string{t.Findings, t.Diagnosis, t.Advice} {
		if utf8.RuneCountInString(part) > 4*longestText {
			return invalid("opinion.long", "A part of the opinion is longer than %d characters.", 4*longestText)
		}
	}
	return nil
}

// whole refuses what cannot be signed.
func (t Text) whole() error {
	if strings.TrimSpace(t.Diagnosis) == "" || strings.TrimSpace(t.Advice) == "" {
		return invalid("opinion.incomplete", "An opinion needs a diagnosis and advice.")
	}
	return t.check()
}

// Sign makes the draft a document: version 1 (or the next after a withdrawal), never changed again.
func (s *Service) Sign(ctx context.Context, cmd flow.Command, id yilian.RequestID) (Request, error) {
	return s.act(ctx, cmd, id, ActSign, func(st *step) (flow.Change, error) {
		if err := st.r.Opinion.whole(); err != nil {
			return flow.Change{}, err
		}
		if err := st.document(ActSign); err != nil {
			return flow.Change{}, err
		}
		return st.publish(st.r.Opinion.Text, "")
	})
}

// publish appends a signed version. The requester must acknowledge it, from now on.
func (st *step) publish(t Text, reason string) (flow.Change, error) {
	r := st.r
	author := st.by()
	if r.has(author.ID) {
		author = r.Accepted.Person
		author.Institution, author.Department = st.cmd.Actor.Institution, st.cmd.Actor.Department
	}
	v := Version{Version: len(r.Opinion.History) + 1, State: r.Opinion.State, Author: author, Text: t, SignedAt: st.now, Reason: reason, Evidence: r.Evidence, Participants: r.participants()}
	v.Hash = v.digest(r.Number)
	r.Opinion.Text, r.Opinion.Author = t, author
	r.Opinion.History = append(r.Opinion.History, v)
	r.OpinionDue, r.Ladder.Alarm, r.Adoption = Deadline{}, false, nil
	r.AckDue = Deadline{From: st.now, At: st.now.Add(r.Rules.Acknowledge.D())}
	return flow.Change{Reason: reason, Data: map[string]any{"version": v.Version, "hash": v.Hash, "evidence": v.Evidence}}, nil
}

// digest is the hash that a signature stands for: the number, and all of the version but the hash itself.
func (v Version) digest(number string) string {
	v.Hash = ""
	doc, _ := json.Marshal(struct { // these types always encode
		Number string
		Version
	}{number, v})
	sum := sha256.Sum256(doc)
	return hex.EncodeToString(sum[:])
}

// Amend signs a new version with a reason; the one before stays readable, and the requester must acknowledge again.
func (s *Service) Amend(ctx context.Context, cmd flow.Command, id yilian.RequestID, t Text, why Reason) (Request, error) {
	if err := coded(why, amendReasons); err != nil {
		return Request{}, err
	}
	if err := t.whole(); err != nil {
		return Request{}, err
	}
	return s.act(ctx, cmd, id, ActAmend, func(st *step) (flow.Change, error) {
		if err := st.document(ActAmend); err != nil {
			return flow.Change{}, err
		}
		return st.publish(t, reasonText(why))
	})
}

func reasonText(why Reason) string {
	if why.Text == "" {
		return why.Code
	}
	return why.Code + ": " + why.Text
}

// Withdraw hides the opinion as current and keeps it; a new one is due.
func (s *Service) Withdraw(ctx context.Context, cmd flow.Command, id yilian.RequestID, why Reason) (Request, error) {
	if err := coded(why, amendReasons); err != nil {
		return Request{}, err
	}
	return s.act(ctx, cmd, id, ActWithdraw, func(st *step) (flow.Change, error) {
		if err := st.document(ActWithdraw); err != nil {
			return flow.Change{}, err
		}
		r := st.r
		last := r.Opinion.History[len(r.Opinion.History)-1]
		last.Version, last.State, last.Reason, last.SignedAt = last.Version+1, DocWithdrawn, reasonText(why), st.now
		last.Author = st.by()
		last.Hash = last.digest(r.Number)
		r.Opinion.History = append(r.Opinion.History, last)
		r.AckDue, r.Adoption = Deadline{}, nil
		r.OpinionDue = Deadline{From: st.now, At: st.now.Add(r.Rules.Opinion.D())}
		return flow.Change{Reason: why.Code, Data: map[string]any{"version": last.Version}}, nil
	})
}

// Acknowledge closes the request: the requester has read the opinion and says what they did with it.
func (s *Service) Acknowledge(ctx context.Context, cmd flow.Command, id yilian.RequestID, adoption, reason string) (Request, error) {
	reason = strings.TrimSpace(reason)
	if !slices.Contains(adoptions, adoption) {
		return Request{}, invalid("adoption.unknown", "The adoption is one of: %s.", strings.Join(adoptions, ", "))
	}
	if adoption != "adopted" && reason == "" {
		return Request{}, invalid("reason.text", "Please say why the opinion was not adopted as it is.")
	}
	return s.act(ctx, cmd, id, ActAcknowledge, func(st *step) (flow.Change, error) {
		st.r.Adoption = &Adoption{Adoption: adoption, Reason: reason, By: st.by(), At: st.now, Version: len(st.r.Opinion.History)}
		st.r.AckDue, st.r.Ladder.Alarm = Deadline{}, false
		return flow.Change{Reason: adoption}, nil
	})
}
