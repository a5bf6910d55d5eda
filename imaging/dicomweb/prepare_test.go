package dicomweb_test

import (
	"net/http"
	"strings"
	"testing"

	"yilian/imaging/dicomweb"
)

// TestPrepareMetadata: they are made for the addresses by which they will be asked for.
func TestPrepareMetadata(t *testing.T) {
	for _, c := range []struct {
		name, public string
		hosts        []string // that ask before
		want         int      // objects that are made
	}{
		{"nobody has asked", "", nil, 0},
		{"by one address", "", []string{"a.example", "a.example"}, 1},
		{"by many", "", []string{"a.example", "b.example", "c.example", "b.example"}, 2},
		{"set", "https://images.example", []string{"a.example"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, func(conf *dicomweb.Config) { conf.PublicURL = c.public })
			w.put(slice(1, 1).file(t))
			w.put(slice(2, 1).file(t))
			for _, host := range c.hosts {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/studies/"+root+"1/metadata", nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Host = host
				r.Header.Set("X-Institution", "north")
				resp, err := http.DefaultClient.Do(r)
				if err != nil || resp.StatusCode != http.StatusOK {
					t.Fatal(resp, err)
				}
				_ = resp.Body.Close()
			}
			if err := w.handler.PrepareMetadata(t.Context(), root+"2"); err != nil {
				t.Fatal(err)
			}
			keys, err := w.blobs.List(t.Context(), "m/", "", 100)
			if err != nil {
				t.Fatal(err)
			}
			made := 0
			for _, key := range keys {
				if strings.Contains(key, root+"2/") {
					made++
				}
			}
			if made != c.want {
				t.Errorf("%d objects, want %d: %q", made, c.want, keys)
			}
		})
	}
}
