package dicomweb_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// BenchmarkBesideOrthanc asks us and an Orthanc with its DICOMweb plugin for the same things, in turns, and prints the medians and how
// many times faster we are.
//
//	YILIAN_BENCH_ORTHANC=http://127.0.0.1:8042 go test ./imaging/dicomweb -run '^$' -bench BesideOrthanc -benchtime 1x
func BenchmarkBesideOrthanc(b *testing.B) {
	peer := os.Getenv("YILIAN_BENCH_ORTHANC")
	if peer == "" {
		b.Skip("YILIAN_BENCH_ORTHANC names no Orthanc")
	}
	w := newWorld(b)
	for n := 1; n <= 200; n++ {
		c := slice(7, n)
		c.size = 512
		c.value = grain(n)
		file := c.file(b)
		w.put(file)
		resp, err := http.Post(peer+"/instances", "application/dicom", bytes.NewReader(file))
		if err != nil {
			b.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	study := "/studies/" + root + "7"
	series := study + "/series/" + root + "7.1"
	for _, c := range []struct{ name, path, accept, coding string }{
		{"series metadata", series + "/metadata", "application/dicom+json", "gzip"},
		{"series metadata, not compressed", series + "/metadata", "application/dicom+json", "identity"},
		{"study metadata", study + "/metadata", "application/dicom+json", "gzip"},
		{"instances of a study", study + "/instances", "application/dicom+json", "identity"},
		{"a frame", series + "/instances/" + root + "7.1.100/frames/1", `multipart/related; type="application/octet-stream"`, "identity"},
		{"a picture", series + "/instances/" + root + "7.1.100/rendered", "image/jpeg", "identity"},
		{"a whole study", study, `multipart/related; type="application/dicom"; transfer-syntax=*`, "identity"},
	} {
		var ours, theirs []time.Duration
		for n := range 15 {
			path := strings.Replace(c.path, "7.1.100/", fmt.Sprint("7.1.", 100+n, "/"), 1)
			ours = append(ours, timed(b, w.url+path, c.accept, c.coding))
			theirs = append(theirs, timed(b, peer+"/dicom-web"+path, c.accept, c.coding))
		}
		slices.Sort(ours)
		slices.Sort(theirs)
		fmt.Printf("%-34s %9.2f ms (worst %9.2f)   Orthanc %9.2f ms (worst %9.2f)   %6.1f times\n", c.name,
			ms(ours[7]), ms(ours[14]), ms(theirs[7]), ms(theirs[14]), ms(theirs[7])/ms(ours[7]))
	}
}

// grain is a round body with the noise of a CT.
func grain(n int) func(x, y int) int16 {
	seed := uint32(n)
	return func(x, y int) int16 {
		seed = seed*1664525 + 1013904223
		dx, dy := x-256, y-256
		if dx*dx+dy*dy > 200*200 {
			return int16(-1000 + int(seed>>27))
		}
		return int16(40 + 60*((x/32+y/32)%2) + int(seed>>26) - 32)
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func timed(b *testing.B, url, accept, coding string) time.Duration {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("X-Institution", "north")
	r.Header.Set("Accept", accept)
	r.Header.Set("Accept-Encoding", coding)
	begin := time.Now()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		b.Fatalf("%s: %d %v", url, resp.StatusCode, err)
	}
	return time.Since(begin)
}
