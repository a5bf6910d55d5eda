package dicomweb_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// ohifReport is what testdata/ohif.mjs tells.
type ohifReport struct {
	Listed     bool
	Error      string
	Failed     []string
	Console    []string
	Thumbnails int
	Canvas     struct {
		Width, Height int
		Gray          []int
	}
}

// TestOHIF lets a foreign viewer list and show a study: OHIF as it comes from npm, in a real browser. playwright-core stands in
// web/app/node_modules or in the folder that YILIAN_TEST_PLAYWRIGHT names.
func TestOHIF(t *testing.T) {
	playwright := playwrightFolder()
	if playwright == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("playwright-core is not installed: run deploy/web.sh")
		}
		t.Skip("playwright-core is not installed")
	}
	dist := ohifDist(t)
	w := newWorld(t)
	first := slice(1, 1)
	for n := 1; n <= 5; n++ {
		w.put(quadrants(n).file(t))
	}
	server := httptest.NewServer(ohifSite(w, dist))
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	shots := t.ArtifactDir()
	cmd := exec.CommandContext(ctx, "node", "testdata/ohif.mjs", server.URL, first.study, first.desc, shots)
	cmd.Env = append(os.Environ(), "PLAYWRIGHT="+playwright)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var report ohifReport
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("screenshots in %s, thumbnails %d, page errors %q", shots, report.Thumbnails, report.Console)
	if !report.Listed || report.Error != "" || len(report.Failed) > 0 {
		t.Fatalf("listed %v, error %s, failed requests %q", report.Listed, report.Error, report.Failed)
	}
	compareQuadrants(t, report)
}

// quadrants is a slice of four even quarters whose greys are 32, 96, 160 and 224 with its own window.
func quadrants(n int) ctImage {
	c := slice(1, n)
	c.size = 256
	c.value = func(x, y int) int16 {
		return int16(-512 + 1024*(2*(x/128+2*(y/128))+1)/8)
	}
	return c
}

// compareQuadrants finds the picture on the canvas by its left and right edges and compares the middle of each quarter.
func compareQuadrants(t *testing.T, r ohifReport) {
	t.Helper()
	side := min(r.Canvas.Width, r.Canvas.Height)
	left, top := (r.Canvas.Width-side)/2, (r.Canvas.Height-side)/2
	for q, want := range []int{32, 96, 160, 224} {
		x, y := left+side/4+q%2*side/2, top+side/4+q/2*side/2
		if got := r.Canvas.Gray[y*r.Canvas.Width+x]; got < want-4 || got > want+4 {
			t.Errorf("quarter %d of the canvas is %d, want %d", q, got, want)
		}
	}
}

// ohifSite serves the viewer and, below /dicom-web, our server for a signed-in person.
func ohifSite(w *world, dist string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/dicom-web/", func(rw http.ResponseWriter, r *http.Request) {
		r.Header.Set("X-Institution", "north")
		w.handler.ServeHTTP(rw, r)
	})
	mux.HandleFunc("/app-config.js", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/javascript")
		_, _ = fmt.Fprint(rw, `window.config = { routerBasename: null, extensions: [], modes: [], showStudyList: true, maxNumberOfWebWorkers: 2,
			showWarningMessageForCrossOrigin: false, showCPUFallbackMessage: false, investigationalUseDialog: { option: 'never' },
			defaultDataSourceName: 'yilian', dataSources: [{ namespace: '@ohif/extension-default.dataSourcesModule.dicomweb', sourceName: 'yilian',
			configuration: { friendlyName: 'Yilian', name: 'yilian', qidoRoot: '/dicom-web', wadoRoot: '/dicom-web', wadoUriRoot: '/dicom-web',
			qidoSupportsIncludeField: true, supportsFuzzyMatching: true, supportsWildcard: true, imageRendering: 'wadors', thumbnailRendering: 'wadors',
			enableStudyLazyLoad: true, singlepart: 'bulkdata,video', bulkDataURI: { enabled: true } } }] };`)
	})
	mux.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) {
		path := filepath.Join(dist, filepath.FromSlash(filepath.Clean("/"+r.URL.Path)))
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			path = filepath.Join(dist, "index.html")
		}
		http.ServeFile(rw, r, path)
	})
	return mux
}

func playwrightFolder() string {
	if dir := os.Getenv("YILIAN_TEST_PLAYWRIGHT"); dir != "" {
		return dir
	}
	dir, err := filepath.Abs("../../web/app/node_modules/playwright-core")
	if err != nil {
		return ""
	}
	if _, err := os.Stat(filepath.Join(dir, "package.json")); err != nil {
		return ""
	}
	return dir
}

const ohifPackage = "@ohif/app@3.13.2"

// ohifDist answers the folder of the viewer's ready-built page: the one that YILIAN_TEST_OHIF names, or one that was fetched from
// npm before. It is fetched in CI, or when YILIAN_TEST_OHIF is "fetch".
func ohifDist(t *testing.T) string {
	t.Helper()
	named := os.Getenv("YILIAN_TEST_OHIF")
	if named != "" && named != "fetch" {
		return named
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	folder := filepath.Join(cache, "yilian-tests", "ohif-3.13.2")
	dist := filepath.Join(folder, "package", "dist")
	if _, err := os.Stat(filepath.Join(dist, "index.html")); err == nil {
		return dist
	}
	if named == "" && os.Getenv("CI") == "" {
		t.Skip("OHIF was not fetched yet: set YILIAN_TEST_OHIF=fetch")
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	for _, args := range [][]string{
		{"npm", "pack", ohifPackage, "--pack-destination", folder, "--silent"}, {"tar", "xzf", filepath.Join(folder, "ohif-app-3.13.2.tgz"), "-C", folder},
	} {
		if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", args[0], err, out)
		}
	}
	return dist
}
