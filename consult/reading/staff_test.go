package reading_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/directory/directorytest"
	"yilian/consult/flow"
	"yilian/consult/flow/flowtest"
	"yilian/consult/reading"
)

// TestStaff asks the real directory what this package needs to know.
func TestStaff(t *testing.T) {
	store, now := flowtest.New(), time.Now()
	dir := directory.New(store, slog.New(slog.DiscardHandler), nil)
	c := directorytest.New(t, store, dir, now)
	var staff reading.Directory = reading.Staff{Service: dir}
	view := func(fn func(rd flow.Reader) error) {
		t.Helper()
		if err := store.View(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	view(func(rd flow.Reader) error {
		near, far, err := staff.Readers(rd, c.Town, reading.Specialties("CT"), now)
		if !slices.Equal(near, []yilian.InstitutionID{c.Hospital}) || !slices.Equal(far, []yilian.InstitutionID{c.Partner}) {
			t.Errorf("for the township read %v, %v", near, far)
		}
		if err != nil {
			return err
		}
		if near, _, err = staff.Readers(rd, c.Hospital, reading.Specialties("CT"), now); !slices.Equal(near, []yilian.InstitutionID{c.Hospital}) {
			t.Errorf("for the hospital itself reads %v", near)
		}
		if err != nil {
			return err
		}
		if near, _, err = staff.Readers(rd, c.Hospital, reading.Specialties("ECG"), now); len(near) != 0 {
			t.Errorf("ECG of the hospital: %v", near)
		}
		return err
	})
	for _, x := range []struct {
		login, modality, code string
	}{
		{"reader", "CT", ""}, {"reader", "US", ""}, {"reader", "ECG", "reading.privilege"}, {"reviewer", "MR", ""}, {"first", "CT", "reading.privilege"}, {"tech", "CT", "reading.privilege"},
	} {
		view(func(rd flow.Reader) error {
			if err := staff.Reads(rd, c.Actor(x.login), reading.Specialties(x.modality), now); x.code != "" && code(err) != x.code || x.code == "" && err != nil {
				t.Errorf("%s reads %s: %v", x.login, x.modality, err)
			}
			return nil
		})
	}
	for _, x := range []struct {
		login string
		code  string
	}{{"reviewer", "reading.offDuty"}, {"reader", ""}} { // the reader is on the roster
		if _, err := dir.SetPresence(t.Context(), c.Actor(x.login), directory.Off, 0, ""); err != nil {
			t.Fatal(err)
		}
		view(func(rd flow.Reader) error {
			if err := staff.Reads(rd, c.Actor(x.login), reading.Specialties("CT"), now); x.code != "" && code(err) != x.code || x.code == "" && err != nil {
				t.Errorf("%s is off: %v", x.login, err)
			}
			return nil
		})
	}
	if err := dir.Alive(t.Context(), c.Actor("town2")); err != nil {
		t.Fatal(err)
	}
	view(func(rd flow.Reader) error {
		duty, err := staff.OnDuty(rd, c.Town, now)
		if len(duty) != 1 || duty[0].ID != c.ID("town2") || duty[0].Phone == "" {
			t.Errorf("on duty at the township: %+v", duty)
		}
		if err != nil {
			return err
		}
		desk, err := staff.WithRole(rd, c.Hospital, yilian.RoleCoordinator, now)
		if len(desk) != 1 || desk[0].ID != c.ID("desk") {
			t.Errorf("coordinators: %+v", desk)
		}
		return err
	})
}
