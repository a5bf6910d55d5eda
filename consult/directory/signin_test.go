package directory_test

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/directory/directorytest"
	"yilian/consult/flow"
	"yilian/consult/flow/flowtest"
)

// place is a county with a clock that a test moves by hand.
type place struct {
	*directorytest.County
	store *flowtest.Store
	dir   *directory.Service
	now   time.Time
}

func newPlace(t *testing.T, passwords ...string) *place {
	t.Helper()
	p := &place{store: flowtest.New(), now: time.Date(2031, 5, 6, 1, 0, 0, 0, time.UTC)}
	p.dir = directory.New(p.store, slog.New(slog.DiscardHandler), func() time.Time { return p.now })
	p.County = directorytest.New(t, p.store, p.dir, p.now)
	p.SetPasswords(t, passwords...)
	return p
}

func (p *place) cmd(login string, version int64) flow.Command {
	return flow.Command{Actor: p.Actor(login), At: p.now, Version: version}
}

var home = directory.Client{Address: "192.0.2.7", Agent: "test"}

func codeOf(err error) string {
	if e, ok := errors.AsType[*yilian.Error](err); ok {
		return e.Code
	}
	return fmt.Sprint(err)
}

func TestSignIn(t *testing.T) {
	p := newPlace(t, "town", "first")
	token, id, err := p.dir.SignIn(t.Context(), " Town ", directorytest.Password, home)
	if err != nil || id.Person.Name != "镇医生" || !id.Actor().Is(yilian.RoleRequester) || id.Institution.Name != "柳树镇卫生院" {
		t.Fatalf("%+v, %v", id, err)
	}
	if again, err := p.dir.Who(t.Context(), token); err != nil || again.Session.ID != id.Session.ID {
		t.Errorf("who: %v", err)
	}
	for _, wrong := range []string{"", "x", token + "x", strings.Repeat("A", 43)} {
		if _, err := p.dir.Who(t.Context(), wrong); yilian.KindOf(err) != yilian.Unauthenticated {
			t.Errorf("token %q: %v", wrong, err)
		}
	}
	// The secret is nowhere in the store, nor the password.
	err = p.store.View(t.Context(), func(rd flow.Reader) error {
		events, err := rd.Events(flow.Ref{Kind: "session", ID: id.Session.ID})
		for _, e := range events {
			if strings.Contains(fmt.Sprint(e), token) {
				t.Error("the trail holds the token")
			}
		}
		rec, err2 := rd.Get(flow.Ref{Kind: "session", ID: id.Session.ID})
		if strings.Contains(string(rec.Doc), token) {
			t.Error("the session holds the token")
		}
		return errors.Join(err, err2)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestLockOut: five wrong attempts lock the login for a quarter of an hour, whether it exists or not; the right password does not
// help meanwhile, and others are not harmed.
func TestLockOut(t *testing.T) {
	p := newPlace(t, "town", "first")
	for _, login := range []string{"town", "nobody"} {
		for i := range 5 {
			if _, _, err := p.dir.SignIn(t.Context(), login, "wrong", home); codeOf(err) != "auth.wrong" {
				t.Fatalf("%s, attempt %d: %v", login, i, err)
			}
		}
		_, _, err := p.dir.SignIn(t.Context(), login, directorytest.Password, home)
		if e, ok := errors.AsType[*yilian.Error](err); !ok || e.Code != "auth.locked" || e.Params["minutes"] != 15 {
			t.Errorf("%s: %v", login, err)
		}
	}
	if _, _, err := p.dir.SignIn(t.Context(), "first", directorytest.Password, home); err != nil {
		t.Errorf("somebody else is locked out too: %v", err)
	}
	if err := p.dir.Unlock(t.Context(), p.Actor("admin"), p.ID("town")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.dir.SignIn(t.Context(), "town", directorytest.Password, home); err != nil {
		t.Errorf("after the administrator unlocked: %v", err)
	}
	for range 5 {
		_, _, _ = p.dir.SignIn(t.Context(), "town", "wrong", home)
	}
	p.now = p.now.Add(15*time.Minute + time.Second)
	if _, _, err := p.dir.SignIn(t.Context(), "town", directorytest.Password, home); err != nil {
		t.Errorf("after a quarter of an hour: %v", err)
	}
	if _, _, err := p.dir.SignIn(t.Context(), "town", "wrong", home); codeOf(err) != "auth.wrong" {
		t.Errorf("a success does not begin the count anew: %v", err)
	}
}

// TestOneAddressManyLogins: trying a list of logins from one place is slowed, whatever the logins.
func TestOneAddressManyLogins(t *testing.T) {
	p := newPlace(t, "town")
	attacker := directory.Client{Address: "203.0.113.9"}
	locked := 0
	for i := range 40 {
		if _, _, err := p.dir.SignIn(t.Context(), fmt.Sprint("login", i), "wrong", attacker); codeOf(err) == "auth.locked" {
			locked++
		}
	}
	if locked != 10 {
		t.Errorf("%d of 40 attempts were refused unlooked at", locked)
	}
	if _, _, err := p.dir.SignIn(t.Context(), "town", directorytest.Password, home); err != nil {
		t.Errorf("another address: %v", err)
	}
	p.now = p.now.Add(6 * time.Minute)
	if _, _, err := p.dir.SignIn(t.Context(), "town", directorytest.Password, attacker); err != nil {
		t.Errorf("after the window: %v", err)
	}
}

// TestUnknownLoginCostsTheSame: the password is hashed either way, so that the time does not tell which logins exist.
func TestUnknownLoginCostsTheSame(t *testing.T) {
	p := newPlace(t, "town")
	took := func(login string) time.Duration {
		var best time.Duration
		for range 3 {
			start := computed(t)
			_, _, _ = p.dir.SignIn(t.Context(), login, "wrong", home)
			if d := computed(t) - start; best == 0 || d < best {
				best = d
			}
		}
		return best
	}
	known, unknown := took("town"), took("nobody")
	if unknown*4 < known || known*4 < unknown {
		t.Errorf("a known login takes %s, an unknown one %s", known, unknown)
	}
}

// computed is how long this program has computed: unlike the time of day it does not tell how busy the machine is.
func computed(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestSessionsEnd(t *testing.T) {
	p := newPlace(t, "town")
	in := func() (string, directory.Identity) {
		t.Helper()
		token, id, err := p.dir.SignIn(t.Context(), "town", directorytest.Password, home)
		if err != nil {
			t.Fatal(err)
		}
		return token, id
	}
	good := func(token string) bool { _, err := p.dir.Who(t.Context(), token); return err == nil }

	token, _ := in()
	p.now = p.now.Add(59 * time.Minute)
	if !good(token) {
		t.Error("ended before the hour")
	}
	p.now = p.now.Add(59 * time.Minute)
	if !good(token) {
		t.Error("use does not keep it open")
	}
	p.now = p.now.Add(61 * time.Minute)
	if good(token) {
		t.Error("open after an idle hour")
	}
	token, _ = in()
	for range 30 {
		p.now = p.now.Add(50 * time.Minute)
		good(token)
	}
	if good(token) {
		t.Error("open after more than a day")
	}
	clock := flow.NewClock(p.store, slog.New(slog.DiscardHandler))
	p.dir.Register(clock)
	if _, err := clock.CarryOut(t.Context(), p.now); err != nil {
		t.Fatal(err)
	}
	if live, err := p.dir.Sessions(t.Context(), p.ID("town")); err != nil || len(live) != 0 {
		t.Errorf("%d sessions, %v", len(live), err)
	}
	token, id := in()
	if err := p.dir.SignOut(t.Context(), id.Actor(), id.Session.ID, "signedOut"); err != nil || good(token) {
		t.Errorf("open after signing out (%v)", err)
	}
	if is, err := p.dir.Presence(t.Context(), p.ID("town")); err != nil || is.Online {
		t.Errorf("online after signing out of the last session (%v)", err)
	}
	token, id = in()
	other, _ := in()
	if err := p.dir.ChangePassword(t.Context(), id, "wrong", "another password"); codeOf(err) != "password.wrong" {
		t.Errorf("changed with a wrong password: %v", err)
	}
	if err := p.dir.ChangePassword(t.Context(), id, directorytest.Password, "short"); codeOf(err) != "password.short" {
		t.Errorf("a short password: %v", err)
	}
	if err := p.dir.ChangePassword(t.Context(), id, directorytest.Password, "another password"); err != nil {
		t.Fatal(err)
	}
	if !good(token) || good(other) {
		t.Error("a new password ends the other sessions and spares this one")
	}
	if err := p.dir.SetPassword(t.Context(), p.Actor("admin"), p.ID("town"), directorytest.Password); err != nil || good(token) {
		t.Errorf("open after the administrator gave a new password (%v)", err)
	}
	token, _ = in()
	who := p.person(t, "town")
	who.Disabled = true
	if _, err := p.dir.SavePerson(t.Context(), p.cmd("admin", who.Version), who); err != nil || good(token) {
		t.Errorf("open although the person is disabled (%v)", err)
	}
	if _, _, err := p.dir.SignIn(t.Context(), "town", directorytest.Password, home); codeOf(err) != "auth.wrong" {
		t.Errorf("a disabled person signs in: %v", err)
	}
}

func (p *place) person(t *testing.T, login string) directory.Person {
	t.Helper()
	v, err := p.dir.Person(t.Context(), p.ID(login))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestSecondSignIn: two devices may be signed in; the sixth sign-in ends the first.
func TestSecondSignIn(t *testing.T) {
	p := newPlace(t, "town")
	var tokens []string
	for range 6 {
		token, _, err := p.dir.SignIn(t.Context(), "town", directorytest.Password, home)
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, token)
		p.now = p.now.Add(time.Second)
	}
	for i, token := range tokens {
		if _, err := p.dir.Who(t.Context(), token); (err == nil) != (i > 0) {
			t.Errorf("session %d: %v", i, err)
		}
	}
}

func TestSwitchPoint(t *testing.T) {
	p := newPlace(t, "first")
	who := p.person(t, "first")
	who.Points = append(who.Points,
		directory.Point{Institution: p.Town, Roles: []yilian.Role{yilian.RoleRequester}, From: p.now.Add(-time.Hour), Filed: true},
		directory.Point{Institution: p.Hamlet, Roles: []yilian.Role{yilian.RoleRequester}, From: p.now.Add(time.Hour), Filed: true})
	who, err := p.dir.SavePerson(t.Context(), p.cmd("admin", who.Version), who)
	if err != nil {
		t.Fatal(err)
	}
	token, id, err := p.dir.SignIn(t.Context(), "first", directorytest.Password, home)
	if err != nil {
		t.Fatal(err)
	}
	next, moved, err := p.dir.SwitchPoint(t.Context(), id, who.Points[1].ID)
	if err != nil || moved.Institution.Name != "柳树镇卫生院" || moved.Actor().Is(yilian.RoleSpecialist) || moved.Session.CSRF == id.Session.CSRF {
		t.Fatalf("%+v, %v", moved.Actor(), err)
	}
	if _, err := p.dir.Who(t.Context(), token); err == nil {
		t.Error("the token from before still opens")
	}
	if _, err := p.dir.Who(t.Context(), next); err != nil {
		t.Errorf("the new token: %v", err)
	}
	for _, wrong := range []string{who.Points[2].ID, "elsewhere"} {
		if _, _, err := p.dir.SwitchPoint(t.Context(), moved, wrong); codeOf(err) != "point.unknown" {
			t.Errorf("moved to %q: %v", wrong, err)
		}
	}
}

func TestTokens(t *testing.T) {
	p := newPlace(t)
	admin := p.Actor("admin")
	secret, token, err := p.dir.NewToken(t.Context(), admin, directory.Token{Name: "viewer", Scopes: []string{directory.ScopeRead}, Institution: p.Hospital, Until: p.now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	a, err := p.dir.Program(t.Context(), secret, home)
	if err != nil || !a.Is(yilian.RoleProgram) || !slices.Equal(a.Scopes, []string{directory.ScopeRead}) || a.Person != "" {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := p.dir.Who(t.Context(), secret); err == nil {
		t.Error("a program's token opens a session")
	}
	p.now = p.now.Add(61 * time.Minute)
	if _, err := p.dir.Program(t.Context(), secret, home); yilian.KindOf(err) != yilian.Unauthenticated {
		t.Errorf("after its end: %v", err)
	}
	secret, token, err = p.dir.NewToken(t.Context(), admin, directory.Token{Name: "gateway", Scopes: []string{directory.ScopeStore}, Institution: p.Town})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.dir.RevokeToken(t.Context(), admin, token.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := p.dir.Program(t.Context(), secret, home); yilian.KindOf(err) != yilian.Unauthenticated {
		t.Errorf("after it was revoked: %v", err)
	}
	for name, bad := range map[string]directory.Token{
		"token.scope":         {Name: "x", Scopes: []string{"everything"}, Institution: p.Town},
		"token.name":          {Scopes: []string{directory.ScopeRead}, Institution: p.Town},
		"institution.unknown": {Name: "x", Scopes: []string{directory.ScopeRead}, Institution: "nowhere"},
	} {
		if _, _, err := p.dir.NewToken(t.Context(), admin, bad); codeOf(err) != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKiosk(t *testing.T) {
	p := newPlace(t)
	link, token, err := p.dir.NewKiosk(t.Context(), p.Actor("admin"), "duty room", p.Hospital)
	if err != nil {
		t.Fatal(err)
	}
	cookie, id, err := p.dir.SignInKiosk(t.Context(), link, home)
	if err != nil || !slices.Equal(id.Actor().Roles, []yilian.Role{yilian.RoleKiosk}) || id.Actor().Person != "" || id.Institution.ID != string(p.Hospital) {
		t.Fatalf("%+v, %v", id.Actor(), err)
	}
	if _, err := p.dir.Program(t.Context(), link, home); err == nil {
		t.Error("the link of a screen is a bearer token")
	}
	p.now = p.now.AddDate(0, 0, 20)
	if _, err := p.dir.Who(t.Context(), cookie); err != nil {
		t.Errorf("after twenty days: %v", err)
	}
	if err := p.dir.RevokeToken(t.Context(), p.Actor("admin"), token.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := p.dir.Who(t.Context(), cookie); err == nil {
		t.Error("the screen still looks")
	}
	if _, _, err := p.dir.SignInKiosk(t.Context(), link, home); err == nil {
		t.Error("the link still opens")
	}
}

func TestBootstrap(t *testing.T) {
	store := flowtest.New()
	dir := directory.New(store, slog.New(slog.DiscardHandler), nil)
	if _, err := dir.Bootstrap(t.Context(), "云河县人民医院", "root", "管理员", "short"); codeOf(err) != "password.short" {
		t.Errorf("a short password: %v", err)
	}
	if _, err := dir.Bootstrap(t.Context(), "云河县人民医院", "root", "管理员", directorytest.Password); err != nil {
		t.Fatal(err)
	}
	_, id, err := dir.SignIn(t.Context(), "root", directorytest.Password, home)
	if err != nil || !id.Actor().Is(yilian.RoleAdmin) {
		t.Errorf("%+v, %v", id.Actor(), err)
	}
	if _, err := dir.Bootstrap(t.Context(), "云河县人民医院", "root2", "管理员", directorytest.Password); codeOf(err) != "bootstrap.done" {
		t.Errorf("a second first administrator: %v", err)
	}
}
