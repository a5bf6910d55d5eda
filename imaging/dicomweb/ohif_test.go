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
	"slices"
	"testing"
	"time"

	"yilian/imaging/dicom"
)

// ohifReport is what testdata/ohif.mjs tells.
type ohifReport struct {
	Listed     bool
	Error      string
	Failed     []string
	Console    []string
	Thumbnails int
	Scrolled   []int // grey of the middle from slice to slice
	Planes     int   // of the volume
	Played     []int // the greys of the moving one
	Canvas     struct {
		Width, Height int
		Gray          []int
	}
}

// TestOHIF lets a foreign viewer list and show a study, scroll in it, cut its volume into planes, and play a run of frames: OHIF as it comes from npm, in a real browser. playwright-core stands in
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
	for n := 1; n <= 12; n++ {
		c := quadrants(n)
		flat := c.value
		c.value = func(x, y int) int16 { return flat(x, y) + int16(20*(n-6)) } // the middle one is shown first or not: see compareQuadrants
		w.put(c.file(t))
	}
	moving := run(t)
	w.put(part10(t, moving))
	server := httptest.NewServer(ohifSite(w, dist))
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	shots := t.ArtifactDir()
	cmd := exec.CommandContext(ctx, "node", "testdata/ohif.mjs", server.URL, first.study, first.desc, moving.UID(dicom.StudyInstanceUID), shots)
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
	slices.Reverse(report.Scrolled) // from head to foot
	if !slices.IsSorted(report.Scrolled) || len(slices.Compact(slices.Clone(report.Scrolled))) < 4 {
		t.Errorf("greys while scrolling: %v", report.Scrolled)
	}
	if report.Planes < 3 || len(report.Played) < 3 {
		t.Errorf("%d planes; greys while playing: %v", report.Planes, report.Played)
	}
}

// run is an ultrasound of ten frames, each brighter than the one before.
func run(t *testing.T) *dicom.Dataset {
	t.Helper()
	var pixels []byte
	c := slice(2, 1)
	c.size, c.modality, c.desc = 128, "US", "心脏彩超"
	for n := range 10 {
		c.value = func(x, _ int) int16 { return int16(-400 + 80*n + x) }
		pixels = append(pixels, c.pixels()...)
	}
	d := c.dataset()
	d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.3.1")
	d.SetInt(dicom.NumberOfFrames, 10)
	d.SetFloat(dicom.FrameTime, 100)
	d.SetBytes(dicom.PixelData, dicom.OW, pixels)
	return d
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

// compareQuadrants compares the middle of each quarter of the picture with what one of the slices has there.
func compareQuadrants(t *testing.T, r ohifReport) {
	t.Helper()
	side := min(r.Canvas.Width, r.Canvas.Height)
	left, top := (r.Canvas.Width-side)/2, (r.Canvas.Height-side)/2
	var got [4]int
	for q := range got {
		x, y := left+side/4+q%2*side/2, top+side/4+q/2*side/2
		got[q] = r.Canvas.Gray[y*r.Canvas.Width+x]
	}
	for n := 1; n <= 12; n++ {
		shift, fits := 20*(n-6)/4, true // a window of 1024 over 256 greys
		for q, plain := range []int{32, 96, 160, 224} {
			want := min(max(plain+shift, 0), 255)
			fits = fits && got[q] >= want-4 && got[q] <= want+4
		}
		if fits {
			return
		}
	}
	t.Errorf("the quarters of the canvas are %v, as in no slice", got)
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
			showWarningMessageForCrossOrigin: false, showCPUFallbackMessage: false, investigationalUseDialog: { option: 'never' }, autoPlayCine: true,
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
