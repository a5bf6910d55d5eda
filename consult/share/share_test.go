package share_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/share"
)

const study yilian.StudyUID = "1.2.3"

var (
	giver    = yilian.Actor{Person: "ann", Name: "Ann", Institution: "town", Roles: []yilian.Role{yilian.RoleTechnologist}}
	stranger = yilian.Actor{Person: "zed", Name: "Zed", Institution: "far", Roles: []yilian.Role{yilian.RoleRadiologist}}
	phone    = share.Client{Address: "10.0.0.7", Agent: "phone"}
	cafe     = share.Client{Address: "10.0.0.8", Agent: "other"}
)

type world struct {
	t     *testing.T
	store flow.Store
	svc   *share.Service
	nodes []*share.Service // over the same data, svc among them
	now   time.Time
}

// MayGive implements share.Studies: the town's people give away the town's study.
func (w *world) MayGive(_ context.Context, actor yilian.Actor, uid yilian.StudyUID) (yilian.InstitutionID, string, error) {
	if actor.Institution != "town" || uid != study {
		return "", "", yilian.Errorf(yilian.NotFound, "study", "There is no such study.")
	}
	return "town", "Town Hospital", nil
}

func (w *world) cmd(a yilian.Actor) flow.Command { return flow.Command{Actor: a, At: w.now} }

func (w *world) make(n share.NewLink) (share.Secrets, share.Link) {
	w.t.Helper()
	secrets, l, err := w.svc.Make(w.t.Context(), w.cmd(giver), study, n)
	if err != nil {
		w.t.Fatal(err)
	}
	return secrets, l
}

func (w *world) trail(l share.Link) (actions []string) {
	w.t.Helper()
	err := w.store.View(w.t.Context(), func(rd flow.Reader) error {
		events, err := rd.Events(flow.Ref{Kind: share.LinkKind, ID: l.ID})
		for _, e := range events {
			actions = append(actions, e.Action)
			if e.Chain != "town" {
				w.t.Errorf("%s is in the trail of %q", e.Action, e.Chain)
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return actions
}

func code(err error) string {
	if e, ok := errors.AsType[*yilian.Error](err); ok {
		return e.Code
	}
	return fmt.Sprint(err)
}

func (w *world) want(what string, err error, want string) {
	w.t.Helper()
	if got := code(err); got != want {
		w.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func wrong(right string) string {
	if right == "000000" {
		return "111111"
	}
	return "000000"
}

// A link is opened once, by its code, in one browser; there it goes on working, elsewhere it never does.
func TestOneBrowser(t *testing.T) { onEngines(t, oneBrowser) }

func oneBrowser(t *testing.T, w *world) {
	secrets, l := w.make(share.NewLink{For: " Dr. Lin "})
	doc, _ := json.Marshal(l)
	if strings.Contains(string(doc), secrets.Token) || strings.Contains(string(doc), secrets.Code+`"`) || l.For != "Dr. Lin" || !l.Until.Equal(w.now.Add(24*time.Hour)) {
		t.Fatalf("%s", doc)
	}
	seen, here, err := w.svc.Look(t.Context(), secrets.Token, "", cafe)
	if err != nil || here || seen.For != "Dr. Lin" {
		t.Fatalf("%+v %v %v", seen, here, err)
	}
	opened, key, err := w.svc.Unlock(t.Context(), secrets.Token, secrets.Code, "", phone)
	if err != nil || len(key) < 40 || opened.OpenedFrom != "10.0.0.7" {
		t.Fatalf("%+v %q %v", opened, key, err)
	}
	if _, again, err := w.svc.Unlock(t.Context(), secrets.Token, secrets.Code, key, phone); err != nil || again != key {
		t.Errorf("the same browser again: %v", err)
	}
	if _, here, err = w.svc.Look(t.Context(), secrets.Token, key, cafe); err != nil || !here {
		t.Errorf("in its browser: %v %v", here, err)
	}
	_, _, err = w.svc.Look(t.Context(), secrets.Token, "", cafe)
	w.want("another looks", err, "share.used")
	_, _, err = w.svc.Unlock(t.Context(), secrets.Token, secrets.Code, "", cafe)
	w.want("another with the code", err, "share.used")
	_, err = w.svc.Enter(t.Context(), secrets.Token, "another key that a browser has", cafe)
	w.want("another enters", err, "share.used")
	if in, err := w.svc.Enter(t.Context(), secrets.Token, key, phone); err != nil || in.Looks != 1 || in.Refused != 3 {
		t.Errorf("%+v %v", in, err)
	}
	if got := strings.Join(w.trail(l), " "); got != "make open refuse refuse refuse look" {
		t.Errorf("the trail: %s", got)
	}
}

// A browser that has opened one link opens another with the same key; a key that somebody made up is not taken.
func TestKeysAreMadeHere(t *testing.T) { onEngines(t, keysAreMadeHere) }

func keysAreMadeHere(t *testing.T, w *world) {
	first, _ := w.make(share.NewLink{For: "x"})
	second, _ := w.make(share.NewLink{For: "y"})
	const planted = "a key that somebody put into the browser"
	_, key, err := w.svc.Unlock(t.Context(), first.Token, first.Code, planted, phone)
	if err != nil || key == planted {
		t.Fatalf("%q %v", key, err)
	}
	if _, same, err := w.svc.Unlock(t.Context(), second.Token, second.Code, key, phone); err != nil || same != key {
		t.Errorf("%q %v", same, err)
	}
}

// Whoever did not see the answer asks again: it is one link, opened by what was answered last and by nothing else.
func TestMadeOnce(t *testing.T) { onEngines(t, madeOnce) }

func madeOnce(t *testing.T, w *world) {
	cmd := w.cmd(giver)
	cmd.Key = "a press"
	lost, first, err := w.svc.Make(t.Context(), cmd, study, share.NewLink{For: "x"})
	if err != nil {
		t.Fatal(err)
	}
	seen, again, err := w.svc.Make(t.Context(), cmd, study, share.NewLink{For: "x"})
	if err != nil || again.ID != first.ID {
		t.Fatalf("%q %q %v", first.ID, again.ID, err)
	}
	if all, err := w.svc.List(t.Context(), giver, study); err != nil || len(all) != 1 {
		t.Errorf("%d links, %v", len(all), err)
	}
	_, _, err = w.svc.Unlock(t.Context(), lost.Token, lost.Code, "", phone)
	w.want("what nobody saw", err, "share.unknown")
	if _, _, err := w.svc.Unlock(t.Context(), seen.Token, seen.Code, "", phone); err != nil {
		t.Fatal(err)
	}
	_, _, err = w.svc.Make(t.Context(), cmd, study, share.NewLink{For: "x"})
	w.want("after it was opened", err, "stale")
}

func TestWhoLooksByALink(t *testing.T) { onEngines(t, whoLooksByALink) }

func whoLooksByALink(t *testing.T, w *world) {
	secrets, l := w.make(share.NewLink{For: "x"})
	if _, err := w.svc.Seer(t.Context(), "", study, ""); err == nil {
		t.Error("nobody sees it")
	}
	_, key, _ := w.svc.Unlock(t.Context(), secrets.Token, secrets.Code, "", phone)
	actor, err := w.svc.Seer(t.Context(), key, study, "10.0.0.7")
	if err != nil || !actor.Is(share.RoleGuest) || len(actor.Roles) != 1 || actor.Person != "" || actor.Institution != "" {
		t.Fatalf("%+v %v", actor, err)
	}
	_, err = w.svc.Seer(t.Context(), key, "1.2.3.4", "")
	w.want("another study", err, "share.unknown")
	_, err = w.svc.Seer(t.Context(), key+"x", study, "")
	w.want("another key", err, "share.unknown")
	if got, err := w.svc.MaySee(t.Context(), actor); err != nil || got.Study != study {
		t.Errorf("%+v %v", got, err)
	}
	forged := actor
	forged.Roles = []yilian.Role{yilian.RoleTechnologist}
	_, err = w.svc.MaySee(t.Context(), forged)
	w.want("somebody else with that session", err, "share.unknown")
	if _, err := w.svc.Revoke(t.Context(), w.cmd(stranger), l.ID); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("a stranger withdraws: %v", err)
	}
	if _, err := w.svc.Revoke(t.Context(), w.cmd(giver), l.ID); err != nil {
		t.Fatal(err)
	}
	_, err = w.svc.Seer(t.Context(), key, study, "")
	w.want("after it was withdrawn", err, "share.unknown")
	_, err = w.svc.MaySee(t.Context(), actor)
	w.want("after it was withdrawn", err, "share.unknown")
	_, err = w.svc.Enter(t.Context(), secrets.Token, key, phone)
	w.want("after it was withdrawn", err, "share.revoked")
}

func TestWrongCodesLock(t *testing.T) { onEngines(t, wrongCodesLock) }

func wrongCodesLock(t *testing.T, w *world) {
	secrets, l := w.make(share.NewLink{For: "x"})
	for left := 4; left > 0; left-- {
		_, _, err := w.svc.Unlock(t.Context(), secrets.Token, wrong(secrets.Code), "", cafe)
		w.want("a wrong code", err, "share.code")
	}
	_, _, err := w.svc.Unlock(t.Context(), secrets.Token, wrong(secrets.Code), "", cafe)
	w.want("the last wrong code", err, "share.locked")
	_, _, err = w.svc.Unlock(t.Context(), secrets.Token, secrets.Code, "", phone)
	w.want("the right one then", err, "share.locked")
	if got := strings.Join(w.trail(l), " "); got != "make wrongCode wrongCode wrongCode wrongCode lock" {
		t.Errorf("the trail: %s", got)
	}
	_, _, err = w.svc.Unlock(t.Context(), "no such token", secrets.Code, "", phone)
	w.want("another token", err, "share.unknown")
}

func TestExpires(t *testing.T) { onEngines(t, expires) }

func expires(t *testing.T, w *world) {
	secrets, l := w.make(share.NewLink{For: "x", Life: time.Hour, Download: true})
	_, key, _ := w.svc.Unlock(t.Context(), secrets.Token, secrets.Code, "", phone)
	if _, err := w.svc.TakeAway(t.Context(), key, study, phone); err != nil {
		t.Errorf("a download that is allowed: %v", err)
	}
	w.now = w.now.Add(time.Hour)
	_, _, err := w.svc.Look(t.Context(), secrets.Token, key, cafe)
	w.want("later", err, "share.expired")
	_, err = w.svc.Seer(t.Context(), key, study, "")
	w.want("later", err, "share.unknown")
	dues, err := w.store.ClaimDue(t.Context(), w.now, 10, time.Minute)
	if err != nil || len(dues) != 1 {
		t.Fatalf("%v %v", dues, err)
	}
	if err := w.svc.Due(t.Context(), dues[0]); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(w.trail(l), " "); got != "make open download expire" {
		t.Errorf("the trail: %s", got)
	}
}

func TestWhatIsRefused(t *testing.T) { onEngines(t, whatIsRefused) }

func whatIsRefused(t *testing.T, w *world) {
	for name, n := range map[string]share.NewLink{
		"share.for": {For: "  "}, "share.life": {For: "x", Life: 8 * 24 * time.Hour},
	} {
		_, _, err := w.svc.Make(t.Context(), w.cmd(giver), study, n)
		w.want("a link", err, name)
	}
	if _, _, err := w.svc.Make(t.Context(), w.cmd(stranger), study, share.NewLink{For: "x"}); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("by a stranger: %v", err)
	}
	if _, err := w.svc.List(t.Context(), stranger, study); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("a stranger's list: %v", err)
	}
	secrets, _ := w.make(share.NewLink{For: "x"})
	_, key, _ := w.svc.Unlock(t.Context(), secrets.Token, secrets.Code, "", phone)
	_, err := w.svc.TakeAway(t.Context(), key, study, phone)
	w.want("a download that is not allowed", err, "share.noDownload")
	for range 19 {
		w.make(share.NewLink{For: "x"})
	}
	_, _, err = w.svc.Make(t.Context(), w.cmd(giver), study, share.NewLink{For: "x"})
	w.want("one more", err, "share.many")
	if all, err := w.svc.List(t.Context(), giver, study); err != nil || len(all) != 20 {
		t.Errorf("%d links: %v", len(all), err)
	}
}

// A copy without identity is fetched by who made it, for an hour.
func TestRelease(t *testing.T) { onEngines(t, releases) }

func releases(t *testing.T, w *world) {
	r, err := w.svc.Release(t.Context(), w.cmd(giver), share.Release{Study: study, Options: share.Options{ShiftDates: true}, Looked: []yilian.InstanceUID{"1.2.3.1"}})
	if err != nil || r.By != "ann" {
		t.Fatal(r, err)
	}
	if _, err := w.svc.Release(t.Context(), w.cmd(stranger), share.Release{Study: study}); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("by a stranger: %v", err)
	}
	if got, err := w.svc.Fetch(t.Context(), w.cmd(giver), r.ID); err != nil || got.Fetched != 1 || !got.Options.ShiftDates {
		t.Errorf("%+v %v", got, err)
	}
	mate := giver
	mate.Person = "max"
	_, err = w.svc.Fetch(t.Context(), w.cmd(mate), r.ID)
	w.want("by another of the house", err, "deident.gone")
	w.now = w.now.Add(time.Hour)
	_, err = w.svc.Fetch(t.Context(), w.cmd(giver), r.ID)
	w.want("an hour later", err, "deident.gone")
}
