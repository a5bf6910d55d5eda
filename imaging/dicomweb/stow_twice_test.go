package dicomweb_test

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"

	"yilian"
	"yilian/imaging"
)

// TestStowTwice: of several contents under one UID in one request, the first is the instance, whatever it takes to store it. The same
// content again is no failure.
func TestStowTwice(t *testing.T) {
	w := newWorld(t)
	for n := 1; n <= 12; n++ {
		large, small := slice(9, n), slice(9, n)
		large.size, small.desc = 256, "another"
		first, second := large.file(t), small.file(t)
		if n%2 == 0 {
			first, second = second, first
		}
		got := w.stow("north", "/studies", first, second, first, slice(9, 100+n).file(t)).stored(t)
		if got.status != http.StatusAccepted || len(got.good) != 3 || len(got.bad) != 1 || got.bad[0].text("00081197") != fmt.Sprint(0x0111) {
			t.Fatalf("request %d: %+v", n, got)
		}
		url := "/studies/" + root + "9/series/" + root + "9.1/instances/" + fmt.Sprint(root, "9.1.", n)
		if kept := w.get("north", url, "Accept", "application/dicom"); !bytes.HasSuffix(kept.body, first[len(first)-1000:]) || len(kept.body) > 2*len(first) {
			t.Fatalf("request %d: %d bytes are kept; the first had %d, the second %d", n, len(kept.body), len(first), len(second))
		}
	}
	aside, _, err := w.archive.Conflicts(t.Context(), yilian.Actor{Institution: "north", Roles: []yilian.Role{yilian.RoleSystem}}, "", 100)
	if err != nil || len(aside) != 12 {
		t.Fatalf("%d kept aside, %v", len(aside), err)
	}
	for _, c := range aside {
		if c.Reason != imaging.ReasonContent {
			t.Errorf("%+v", c)
		}
	}
}
