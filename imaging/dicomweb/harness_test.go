package dicomweb_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicomweb"
	"yilian/storage/blob"
	"yilian/storage/sqlstore"
)

// world is an archive on a real database and folder behind a real HTTP server.
type world struct {
	t       testing.TB
	archive *imaging.Archive
	index   imaging.Index
	blobs   imaging.Blobs
	handler *dicomweb.Handler
	url     string // of the DICOMweb root
	dir     string // of the objects
}

// rights are simple: everybody has an institution and sees the studies of it; a "region" actor sees all; "nobody" may do nothing.
type rights struct{ index imaging.Index }

func (r rights) Scope(_ context.Context, a yilian.Actor) (imaging.Scope, error) {
	if a.Institution == "region" {
		return imaging.Scope{All: true}, nil
	}
	return imaging.Scope{Institutions: []yilian.InstitutionID{a.Institution}}, nil
}

func (r rights) MayRead(ctx context.Context, a yilian.Actor, uid yilian.StudyUID) error {
	s, err := r.index.Study(ctx, uid)
	if err != nil {
		return err
	}
	if a.Institution == "region" || a.Institution == s.Institution {
		return nil
	}
	return yilian.Errorf(yilian.Forbidden, "no", "No.")
}

func (r rights) MayStore(_ context.Context, a yilian.Actor) (yilian.InstitutionID, error) {
	if a.Institution == "nobody" {
		return "", yilian.Errorf(yilian.Forbidden, imaging.CodeForbidden, "You may not store here.")
	}
	return a.Institution, nil
}

// authenticate takes the institution from a header; without one nobody is signed in.
func authenticate(r *http.Request) (yilian.Actor, error) {
	who := r.Header.Get("X-Institution")
	if who == "" {
		return yilian.Actor{}, yilian.Errorf(yilian.Unauthenticated, "auth.required", "Please sign in.")
	}
	a := yilian.Actor{Person: "p1", Institution: yilian.InstitutionID(who), Session: "s"}
	if scopes := r.Header.Get("X-Scopes"); scopes != "" {
		a = yilian.Actor{Name: "viewer", Institution: a.Institution, Roles: []yilian.Role{yilian.RoleProgram}, Scopes: strings.Fields(scopes)}
	}
	return a, nil
}

func newWorld(t testing.TB, change ...func(*dicomweb.Config)) *world {
	t.Helper()
	dir := t.TempDir()
	db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(dir, "yilian.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	blobs, err := blob.Folder(filepath.Join(dir, "objects"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, index: db.Imaging(), blobs: blobs, dir: filepath.Join(dir, "objects")}
	w.archive, err = imaging.New(imaging.Config{Index: w.index, Blobs: blobs, Access: rights{w.index}})
	if err != nil {
		t.Fatal(err)
	}
	config := dicomweb.Config{Archive: w.archive, Authenticate: authenticate}
	for _, f := range change {
		f(&config)
	}
	if w.handler, err = dicomweb.New(config); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w.handler)
	t.Cleanup(server.Close)
	w.url = server.URL + "/dicom-web"
	return w
}

var north = yilian.Actor{Person: "p1", Institution: "north", Session: "s"}

// put stores a Part 10 file through the archive.
func (w *world) put(file []byte) imaging.Stored {
	w.t.Helper()
	stored, err := w.archive.Store(w.t.Context(), north, imaging.Incoming{Part10: true, Source: "CT1"}, bytes.NewReader(file))
	if err != nil {
		w.t.Fatal(err)
	}
	return stored
}

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// get asks as a person of an institution; headers are pairs.
func (w *world) get(institution, path string, headers ...string) answer {
	w.t.Helper()
	return w.do(http.MethodGet, institution, path, nil, headers...)
}

func (w *world) do(method, institution, path string, body io.Reader, headers ...string) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	if institution != "" {
		r.Header.Set("X-Institution", institution)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer{resp.StatusCode, resp.Header, b}
}

// part is one part of a multipart answer.
type part struct {
	header textproto.MIMEHeader
	body   []byte
}

func (a answer) parts(t *testing.T) []part {
	t.Helper()
	kind, params, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil || kind != "multipart/related" {
		t.Fatalf("status %d, Content-Type %q: %s", a.status, a.header.Get("Content-Type"), a.body)
	}
	var all []part
	for r := multipart.NewReader(bytes.NewReader(a.body), params["boundary"]); ; {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, part{p.Header, b})
	}
}

// related makes the body of a STOW-RS request and its Content-Type.
func related(files ...[]byte) (io.Reader, string) {
	var b bytes.Buffer
	for _, f := range files {
		fmt.Fprintf(&b, "--cut\r\nContent-Type: application/dicom\r\n\r\n")
		b.Write(f)
		b.WriteString("\r\n")
	}
	b.WriteString("--cut--\r\n")
	return &b, `multipart/related; type="application/dicom"; boundary=cut`
}

// shared answers a folder of test data beside the module, or "" when it is not there.
func shared() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
	data := filepath.Join(filepath.Dir(dir), "shared", "dicom")
	if _, err := os.Stat(data); err != nil {
		return ""
	}
	return data
}

// sharedFiles reads the files of some folders of the shared test data.
func sharedFiles(t *testing.T, folders ...string) map[string][]byte {
	t.Helper()
	root := shared()
	if root == "" {
		t.Skip("no shared test data beside the module")
	}
	files := map[string][]byte{}
	for _, f := range folders {
		err := filepath.WalkDir(filepath.Join(root, f), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			rel, _ := filepath.Rel(root, path)
			files[rel] = b
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func names(files map[string][]byte) []string {
	var all []string
	for n := range files {
		all = append(all, n)
	}
	slices.Sort(all)
	return all
}
