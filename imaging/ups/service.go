package ups

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"slices"
	"time"

	"yilian"
	"yilian/imaging/dicom"
)

// The scopes of a program's token at this door.
const (
	ScopeRead  = "worklist:read"
	ScopeWrite = "worklist:write"
)

// Service is the worklist. It is safe for concurrent use.
type Service struct {
	store Store
	now   func() time.Time
	log   *slog.Logger
	hub   hub
}

// New makes a Service; now nil is time.Now, log nil discards.
func New(store Store, now func() time.Time, log *slog.Logger) *Service {
	if now == nil {
		now = time.Now
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Service{store: store, now: now, log: log, hub: hub{open: map[*channel]struct{}{}}}
}

// may tells whether the actor may read or change workitems of their institution.
func may(actor yilian.Actor, scope string) error {
	switch {
	case actor.Institution == "":
	case actor.Is(yilian.RoleProgram) && slices.Contains(actor.Scopes, scope):
		return nil
	case scope == ScopeRead && actor.Is(yilian.RoleTechnologist, yilian.RoleRadiologist, yilian.RoleReviewer, yilian.RoleCoordinator, yilian.RoleHead):
		return nil
	}
	e := yilian.Errorf(yilian.Forbidden, "token.scope", "The access token lacks the scope %s.", scope)
	e.Params = map[string]any{"scope": scope}
	return e
}

// Create makes a workitem; uid "" is taken from the attributes, or made.
func (s *Service) Create(ctx context.Context, actor yilian.Actor, uid string, a Attributes) (Item, error) {
	if err := may(actor, ScopeWrite); err != nil {
		return Item{}, err
	}
	if err := a.checkNew(); err != nil {
		return Item{}, err
	}
	inside := a.first(tagInstance)
	if uid != "" && inside != "" && uid != inside {
		return Item{}, invalid("ups.uid", "The address and the workitem name different UIDs.")
	}
	if uid == "" {
		uid = inside
	}
	if uid == "" {
		uid = newUID()
	}
	if !dicom.ValidUID(uid) || uid == GlobalSubscription || uid == FilteredGlobal {
		return Item{}, invalid("ups.uid", "The UID of the workitem is not valid.")
	}
	return s.change(ctx, actor, uid, Create, "", func(i *Item, at time.Time) error {
		i.Institution, i.Attributes = actor.Institution, a
		i.report(at, StateReport, nil)
		return nil
	})
}

// Get answers a workitem of the actor's institution.
func (s *Service) Get(ctx context.Context, actor yilian.Actor, uid string) (Item, error) {
	if err := may(actor, ScopeRead); err != nil {
		return Item{}, err
	}
	return s.visible(ctx, actor, uid)
}

func (s *Service) visible(ctx context.Context, actor yilian.Actor, uid string) (Item, error) {
	i, err := s.store.Item(ctx, uid)
	if yilian.KindOf(err) == yilian.NotFound || err == nil && i.Institution != actor.Institution {
		return Item{}, refuse(codeUnknown)
	}
	return i, err
}

// Update sets attributes; of a claimed workitem only with the Transaction UID of the claim.
func (s *Service) Update(ctx context.Context, actor yilian.Actor, uid, transaction string, change Attributes) (Item, error) {
	return s.change(ctx, actor, uid, Set, transaction, func(i *Item, at time.Time) error {
		if err := i.Attributes.merge(change); err != nil {
			return err
		}
		for tag, kind := range map[string]int{tagProgress: ProgressReport, tagStationNames: Assigned, tagReadiness: StateReport} {
			if v, ok := change[tag]; ok {
				i.report(at, kind, Attributes{tag: v})
			}
		}
		return nil
	})
}

// ChangeState claims, completes or cancels. done tells that the workitem was there already.
func (s *Service) ChangeState(ctx context.Context, actor yilian.Actor, uid, transaction string, to State) (done bool, err error) {
	action, ok := map[State]Action{InProgress: Claim, Completed: Complete, Canceled: Cancel}[to]
	if !ok {
		return false, invalid("ups.state", "A workitem can be changed to IN PROGRESS, COMPLETED or CANCELED.")
	}
	if !dicom.ValidUID(transaction) {
		return false, refuse(codeTransact)
	}
	before := to
	_, err = s.change(ctx, actor, uid, action, transaction, func(i *Item, at time.Time) error {
		before = i.State
		if action == Claim {
			i.Transaction = transaction
		} else if !i.Attributes.complete(to) {
			return refuse(codeIncomplete)
		}
		i.report(at, StateReport, nil)
		return nil
	})
	return err == nil && before == to, err
}

// RequestCancel cancels what nobody has claimed, and asks the performer of what is in progress. done as for ChangeState.
func (s *Service) RequestCancel(ctx context.Context, actor yilian.Actor, uid, requester string, why Attributes) (done bool, err error) {
	before := Canceled
	_, err = s.change(ctx, actor, uid, Request, "", func(i *Item, at time.Time) error {
		before = i.State
		if i.State == Scheduled {
			i.Attributes.canceled(at, why)
			i.report(at, StateReport, nil)
			return nil
		}
		content := Attributes{}
		content.set(tagRequester, "AE", requester)
		for _, tag := range []string{tagCancelReason, tagStopReason, tagContactURI, tagContactName} {
			if v, ok := why[tag]; ok {
				content[tag] = v
			}
		}
		i.report(at, CancelRequested, content)
		return nil
	})
	return err == nil && before == Canceled, err
}

// change is the one way to change a workitem: the table decides, fill does what goes with it.
func (s *Service) change(ctx context.Context, actor yilian.Actor, uid string, action Action, transaction string, fill func(*Item, time.Time) error) (Item, error) {
	if err := may(actor, ScopeWrite); err != nil {
		return Item{}, err
	}
	if action != Create {
		if _, err := s.visible(ctx, actor, uid); err != nil {
			return Item{}, err
		}
	}
	at := s.now().UTC()
	i, err := s.store.Change(ctx, uid, func(old Item) (Item, yilian.Event, error) {
		owned := transaction != "" && (old.Transaction == "" || old.Transaction == transaction)
		v, err := next(old.State, action, owned)
		if err != nil {
			return old, yilian.Event{}, err
		}
		i := old.clone()
		i.UID = uid
		if v.done {
			return old, yilian.Event{}, errDone
		}
		if err := fill(&i, at); err != nil {
			return old, yilian.Event{}, err
		}
		i.State, i.ChangedAt = v.to, at
		if old.Version == 0 {
			i.CreatedAt = at
		}
		i.Attributes.set(tagModified, "DT", stamp(at))
		i.fillState()
		if raw, err := json.Marshal(i); err != nil || len(raw) > maxWorkitem {
			return old, yilian.Event{}, yilian.Errorf(yilian.TooLarge, "ups.large", "A workitem may have at most 1 MiB.")
		}
		i.Version++
		return i, yilian.Event{
			Chain: string(i.Institution), Entity: Topic, EntityID: uid, Version: i.Version, Action: string(action), From: string(old.State),
			To: string(i.State), Actor: actor, At: at,
		}, nil
	})
	if errors.Is(err, errDone) {
		return i, nil
	}
	if err != nil && yilian.KindOf(err) == yilian.Internal {
		return i, fmt.Errorf("ups: %s: %w", action, err)
	}
	return i, err
}

// errDone says that there is nothing to write.
var errDone = yilian.Errorf(yilian.Conflict, "ups.done", "The workitem is in this state already.")

// fillState writes the state that a State Report tells, which is known only after the table has decided.
func (i *Item) fillState() {
	if n := len(i.Reports); n > 0 && i.Reports[n-1].Type == StateReport && i.Reports[n-1].Content == nil {
		i.Reports[n-1].Content = i.state()
	}
}

// newUID makes a UID from a random UUID (PS3.5 B.2).
func newUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return "2.25." + new(big.Int).SetBytes(b[:]).String()
}

// keepFinal is how long a final workitem stays.
const keepFinal = 30 * 24 * time.Hour

// Sweep removes final workitems whose time is over and that nobody has locked.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	return s.store.Forget(ctx, s.now().Add(-keepFinal), 1000)
}
