package dicomweb_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicomweb"
)

// storeAnswer is the Store Instances Response Module.
type storeAnswer struct {
	status            int
	url               string
	good, bad, others []attributes
}

func (a answer) stored(t *testing.T) storeAnswer {
	t.Helper()
	var all attributes
	if err := json.Unmarshal(a.body, &all); err != nil {
		t.Fatalf("status %d, %v: %s", a.status, err, a.body)
	}
	items := func(tag string) (items []attributes) {
		for _, raw := range all[tag].Value {
			var item attributes
			if err := json.Unmarshal(raw, &item); err != nil {
				t.Fatal(err)
			}
			items = append(items, item)
		}
		return items
	}
	return storeAnswer{a.status, all.text("00081190"), items("00081199"), items("00081198"), items("0008119A")}
}

func (w *world) stow(institution, path string, files ...[]byte) answer {
	w.t.Helper()
	body, kind := related(files...)
	return w.do(http.MethodPost, institution, path, body, "Content-Type", kind)
}

func TestStow(t *testing.T) {
	w := newWorld(t)
	one, two, foreign := slice(1, 1).file(t), slice(1, 2).file(t), slice(2, 1).file(t)
	got := w.stow("north", "/studies", one, two).stored(t)
	if got.status != http.StatusOK || len(got.good) != 2 || got.url != w.url+"/studies/"+root+"1" || got.good[1].text("00081155") != root+"1.1.2" ||
		got.good[1].text("00081190") != w.url+"/studies/"+root+"1/series/"+root+"1.1/instances/"+root+"1.1.2" {
		t.Errorf("%+v", got)
	}
	if again := w.stow("north", "/studies/"+root+"1", one, two).stored(t); again.status != http.StatusOK || len(again.good) != 2 {
		t.Errorf("the same again: %+v", again)
	}
	changed := slice(1, 1)
	changed.desc = "other"
	mixed := w.stow("north", "/studies/"+root+"1", one, foreign, changed.file(t), []byte("rubbish")).stored(t)
	if mixed.status != http.StatusAccepted || len(mixed.good) != 1 || len(mixed.bad) != 2 || len(mixed.others) != 1 ||
		mixed.bad[0].text("00081197") != fmt.Sprint(0xA900) || mixed.bad[1].text("00081197") != fmt.Sprint(0x0111) || mixed.bad[1].text("00081155") != root+"1.1.1" {
		t.Errorf("%+v", mixed)
	}
	if none := w.stow("north", "/studies", []byte("rubbish")).stored(t); none.status != http.StatusConflict || len(none.others) != 1 {
		t.Errorf("rubbish: %+v", none)
	}
	if n := len(w.get("north", "/studies/"+root+"1/instances").objects(t)); n != 2 {
		t.Errorf("%d instances", n)
	}
	s, _, err := w.archive.Summary(t.Context(), root+"1")
	if err != nil || s.OpenAssociations != 0 || s.Institution != "north" {
		t.Errorf("study %+v, %v", s, err)
	}
	bare := w.do(http.MethodPost, "north", "/studies", bytes.NewReader(slice(4, 1).file(t)), "Content-Type", "application/dicom").stored(t)
	if bare.status != http.StatusOK || len(bare.good) != 1 {
		t.Errorf("without an envelope: %+v", bare)
	}
}

// TestStowStreams: an instance is durable and visible before the next one has come.
func TestStowStreams(t *testing.T) {
	w := newWorld(t)
	r, send := io.Pipe()
	done := make(chan answer, 1)
	go func() {
		done <- w.do(http.MethodPost, "north", "/studies", r, "Content-Type", `multipart/related; type="application/dicom"; boundary=cut`)
	}()
	for n := 1; n <= 3; n++ {
		if _, err := fmt.Fprintf(send, "--cut\r\nContent-Type: application/dicom\r\n\r\n%s\r\n--cut", slice(1, n).file(t)); err != nil {
			t.Fatal(err)
		}
		// The part is over when the line of its boundary is.
		rest := "\r\nContent-Type: application/dicom\r\n\r\n"
		if n == 3 {
			rest = "--\r\n"
		}
		deadline := time.Now().Add(10 * time.Second)
		if n < 3 {
			if _, err := io.WriteString(send, rest+"x"); err != nil { // a part of rubbish goes between
				t.Fatal(err)
			}
			if _, err := io.WriteString(send, "\r\n"); err != nil {
				t.Fatal(err)
			}
		} else if _, err := io.WriteString(send, rest); err != nil {
			t.Fatal(err)
		}
		for len(w.get("north", "/studies/"+root+"1/instances").bodyOrEmpty()) < n {
			if time.Now().After(deadline) {
				t.Fatalf("instance %d is not there", n)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	if err := send.Close(); err != nil {
		t.Fatal(err)
	}
	if got := (<-done).stored(t); got.status != http.StatusAccepted || len(got.good) != 3 || len(got.others) != 2 {
		t.Errorf("%+v", got)
	}
}

// bodyOrEmpty reads an array of objects, also when the study is not there yet.
func (a answer) bodyOrEmpty() (all []attributes) {
	if json.Unmarshal(a.body, &all) != nil {
		return nil
	}
	return all
}

// TestStowBadBodies: a body that is not what it says has a clear answer, and what came whole before the fault is kept.
func TestStowBadBodies(t *testing.T) {
	w := newWorld(t, func(c *dicomweb.Config) { c.MaxBody = 1 << 20 })
	one := string(slice(1, 1).file(t))
	const kind = `multipart/related; type="application/dicom"; boundary=cut`
	part := "--cut\r\nContent-Type: application/dicom\r\n\r\n" + one + "\r\n"
	for _, c := range []struct {
		name, kind, body string
		want             int
		code             string
	}{
		{"no type", "", part, 415, "dicomweb.media-type"},
		{"form data", "multipart/form-data; boundary=cut", part, 415, "dicomweb.media-type"},
		{"a file among headers", `multipart/related; type="application/dicom+json"; boundary=cut`, part, 400, "dicomweb.multipart"},
		{"no boundary", `multipart/related; type="application/dicom"`, part, 400, "dicomweb.multipart"},
		{"another boundary", strings.Replace(kind, "cut", "other", 1), part, 400, "dicomweb.multipart"},
		{"empty", kind, "", 400, "dicomweb.multipart"},
		{"no parts", kind, "--cut--\r\n", 400, "dicomweb.multipart"},
		{"cut off in a part", kind, part[:len(part)-500], 400, "dicomweb.multipart"},
		{"not closed", kind, part, 400, "dicomweb.multipart"},
		{"a part of text", kind, "--cut\r\nContent-Type: text/plain\r\n\r\nhello\r\n--cut--\r\n", 415, "dicomweb.media-type"},
		{"endless header", kind, "--cut\r\nX: " + strings.Repeat("x", 900<<10), 400, "dicomweb.multipart"},
		{"too long", kind, part + strings.TrimSuffix(part, "\r\n") + strings.Repeat("x", 2<<20), 413, "dicomweb.body"},
	} {
		a := w.do(http.MethodPost, "north", "/studies", strings.NewReader(c.body), "Content-Type", c.kind)
		if a.status != c.want || !bytes.Contains(a.body, []byte(`"`+c.code+`"`)) {
			t.Errorf("%s: status %d, %s; want %d %s", c.name, a.status, a.body, c.want, c.code)
		}
	}
	if n := len(w.get("north", "/studies/"+root+"1/instances").objects(t)); n != 1 {
		t.Errorf("%d instances", n)
	}
	s, _, err := w.archive.Summary(t.Context(), root+"1")
	if err != nil || s.OpenAssociations != 0 {
		t.Errorf("study %+v, %v", s, err)
	}
}

func TestStowForbidden(t *testing.T) {
	w := newWorld(t)
	if a := w.stow("nobody", "/studies", slice(1, 1).file(t)); a.status != http.StatusForbidden {
		t.Errorf("status %d, %s", a.status, a.body)
	}
	if a := w.stow("", "/studies", slice(1, 1).file(t)); a.status != http.StatusUnauthorized || a.header.Get("WWW-Authenticate") == "" {
		t.Errorf("status %d, %v", a.status, a.header)
	}
}

// nowhere is an archive's memory that forgets everything: enough to receive, and quick.
type nowhere struct {
	imaging.Index
	imaging.Blobs
}

func (nowhere) Held(context.Context, yilian.InstanceUID) (imaging.Instance, error) {
	return imaging.Instance{}, yilian.Errorf(yilian.NotFound, imaging.CodeNotFound, "No.")
}

func (nowhere) Add(context.Context, imaging.Addition) (imaging.Outcome, error) {
	return imaging.Outcome{}, nil
}
func (nowhere) EndAssociation(context.Context, string) error       { return nil }
func (nowhere) Create(context.Context) (imaging.BlobWriter, error) { return nowhere{}, nil }
func (nowhere) Write(p []byte) (int, error)                        { return len(p), nil }
func (nowhere) Commit(context.Context, string) error               { return nil }
func (nowhere) Abort()                                             {}

// FuzzStow sends any body; each has a defined answer.
func FuzzStow(f *testing.F) {
	file := string(slice(1, 1).file(f))
	f.Add("--cut\r\nContent-Type: application/dicom\r\n\r\n" + file + "\r\n--cut--\r\n")
	f.Add("--cut\r\n\r\n" + file[:200] + "\r\n--cut\r\n\r\n\r\n--cut--")
	f.Add("--cut--")
	f.Add(file)
	f.Add("--cut\n\n" + strings.Replace(file, "\x08\x00", "\x08\x01", 3) + "\n--cut--")
	archive, err := imaging.New(imaging.Config{Index: nowhere{}, Blobs: nowhere{}, Access: rights{nowhere{}}})
	if err != nil {
		f.Fatal(err)
	}
	handler, err := dicomweb.New(dicomweb.Config{Archive: archive, Authenticate: authenticate})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/dicom-web/studies", strings.NewReader(body))
		r.Header.Set("Content-Type", `multipart/related; type="application/dicom"; boundary=cut`)
		r.Header.Set("X-Institution", "north")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		switch w.Code {
		case 200, 202, 400, 409, 413, 415:
			if !json.Valid(w.Body.Bytes()) {
				t.Errorf("no JSON: %s", w.Body)
			}
		default:
			t.Errorf("status %d, %s", w.Code, w.Body)
		}
	})
}
