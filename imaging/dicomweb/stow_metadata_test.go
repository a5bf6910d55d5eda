package dicomweb_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"

	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/dicomweb"
)

// bodyPart is one part of a request.
type bodyPart struct {
	kind, location string
	body           []byte
}

func envelope(kind string, parts ...bodyPart) (io.Reader, string) {
	var b bytes.Buffer
	for _, p := range parts {
		fmt.Fprintf(&b, "--cut\r\nContent-Type: %s\r\n", p.kind)
		if p.location != "" {
			fmt.Fprintf(&b, "Content-Location: %s\r\n", p.location)
		}
		b.WriteString("\r\n")
		b.Write(p.body)
		b.WriteString("\r\n")
	}
	b.WriteString("--cut--\r\n")
	return &b, `multipart/related; type="` + kind + `"; boundary=cut`
}

// TestStowMetadata: whatever an archive gives out as headers and values can be stored again from these, in JSON and in XML, and is the
// same afterwards.
func TestStowMetadata(t *testing.T) {
	files := map[string][]byte{"generated": slice(1, 1).file(t)}
	if shared() != "" {
		for name, b := range sharedFiles(t, "charset", "modality", "multiframe", "sr", "seg", "rt", "ecg", "doc", "ts") {
			files[name] = b
		}
	}
	from := newWorld(t)
	done := map[string]int{}
	for _, kind := range []string{"application/dicom+json", "application/dicom+xml"} {
		to := newWorld(t, func(c *dicomweb.Config) { c.Spool = t.TempDir() })
		seen := map[string]bool{}
		for _, name := range names(files) {
			s, err := from.archive.Store(t.Context(), north, imaging.Incoming{Part10: true}, bytes.NewReader(files[name]))
			ts := dicom.Syntax(s.TransferSyntax)
			if err != nil || seen[string(s.Instance)] || ts.BigEndian || ts.Deflated || strings.HasPrefix(string(s.Study), "2.25.") {
				continue
			}
			seen[string(s.Instance)] = true
			path := "/studies/" + string(s.Study) + "/series/" + string(s.Series) + "/instances/" + string(s.Instance)
			headers := from.get("north", path+"/metadata", "Accept", kind)
			parts := []bodyPart{{kind, "", headers.body}}
			if bulk := from.get("north", path+"/bulkdata"); bulk.status == http.StatusOK {
				for _, p := range bulk.parts(t) {
					at := p.header.Get("Content-Location")
					syntax := ""
					if strings.HasSuffix(at, "7FE00010") && ts.Encapsulated {
						syntax = "; transfer-syntax=" + ts.UID
					}
					parts = append(parts, bodyPart{"application/octet-stream" + syntax, at, p.body})
				}
			}
			body, content := envelope(kind, parts...)
			got := to.do(http.MethodPost, "north", "/studies", body, "Content-Type", content).stored(t)
			if got.status != http.StatusOK {
				t.Errorf("%s as %s: %d %v %v", name, kind, got.status, got.bad, got.others)
				continue
			}
			done[kind]++
			before, after := strip(t, from.get("north", path+"/metadata").body, from.url), strip(t, to.get("north", path+"/metadata").body, to.url)
			if !reflect.DeepEqual(before, after) {
				for tag := range before {
					if !reflect.DeepEqual(before[tag], after[tag]) {
						t.Errorf("%s as %s: %s was %.200v, is %.200v", name, kind, tag, before[tag], after[tag])
					}
				}
				for tag := range after {
					if before[tag] == nil {
						t.Errorf("%s as %s: %s is new", name, kind, tag)
					}
				}
			}
			a := from.get("north", path+"/frames/1", "Accept", `multipart/related; type="application/octet-stream"; transfer-syntax=*`)
			b := to.get("north", path+"/frames/1", "Accept", `multipart/related; type="application/octet-stream"; transfer-syntax=*`)
			if a.status == http.StatusOK && (b.status != a.status || !bytes.Equal(bytes.TrimRight(a.parts(t)[0].body, "\x00"), bytes.TrimRight(b.parts(t)[0].body, "\x00"))) {
				t.Errorf("%s as %s: other pixels, %d", name, kind, b.status)
			}
		}
	}
	t.Logf("stored again: %v", done)
}

// strip reads the header as a map, without addresses' beginnings.
func strip(t *testing.T, b []byte, url string) map[string]any {
	t.Helper()
	var all []map[string]any
	if err := json.Unmarshal(bytes.ReplaceAll(b, []byte(url), nil), &all); err != nil {
		t.Fatal(err)
	}
	delete(all[0], "00080005")
	for tag, v := range all[0] {
		e := v.(map[string]any)
		if b, ok := e["InlineBinary"].(string); ok {
			e["InlineBinary"] = strings.TrimRight(b, "=A") // padded to an even length
		}
		if tag == "7FE00010" {
			delete(e, "vr") // OB, in which what is encapsulated must be (PS3.5 A.4)
		}
	}
	return all[0]
}

// TestStowCodestream: one compressed frame as it stands in a file of its own becomes encapsulated pixel data.
func TestStowCodestream(t *testing.T) {
	files := sharedFiles(t, "ts")
	for name, kind := range map[string]string{
		"ts/CTImage_jpegls_lossless_80.dcm": "image/jls", "ts/CTImage_jpeg_baseline_8bit.dcm": "image/jpeg", "ts/MR_small_jp2klossless.dcm": "image/jp2", "ts/CTImage_rle.dcm": "image/dicom-rle",
	} {
		from, to := newWorld(t), newWorld(t)
		s := from.put(files[name])
		path := "/studies/" + string(s.Study) + "/series/" + string(s.Series) + "/instances/" + string(s.Instance)
		frame := from.get("north", path+"/frames/1", "Accept", kind)
		if frame.status != http.StatusOK {
			t.Fatalf("%s: %d", name, frame.status)
		}
		headers := bytes.ReplaceAll(from.get("north", path+"/metadata").body, []byte(from.url+path+"/bulkdata/"), []byte("values/"))
		parts := []bodyPart{{kind, "values/7FE00010", frame.body}, {"application/dicom+json; charset=utf-8", "", headers}}
		for _, p := range from.get("north", path+"/bulkdata").parts(t) {
			if at := strings.TrimPrefix(p.header.Get("Content-Location"), from.url+path+"/bulkdata/"); at != "7FE00010" {
				parts = append(parts, bodyPart{"application/octet-stream", "values/" + at, p.body})
			}
		}
		body, content := envelope("application/dicom+json", parts...)
		if got := to.do(http.MethodPost, "north", "/studies/"+string(s.Study), body, "Content-Type", content).stored(t); got.status != http.StatusOK {
			t.Errorf("%s: %d %v %v", name, got.status, got.bad, got.others)
			continue
		}
		again := to.get("north", path+"/frames/1", "Accept", kind)
		if again.status != http.StatusOK || !bytes.Equal(bytes.TrimRight(again.body, "\x00"), bytes.TrimRight(frame.body, "\x00")) {
			t.Errorf("%s: another frame, %d", name, again.status)
		}
	}
}

// TestStowMetadataRefused: what is wrong with one instance does not keep the others out, and nothing is ever fetched.
func TestStowMetadataRefused(t *testing.T) {
	from := newWorld(t)
	c := slice(1, 1)
	from.put(c.file(t))
	path := "/studies/" + c.study + "/series/" + c.series + "/instances/" + c.instance
	good := from.get("north", path+"/metadata").body
	location := from.url + path + "/bulkdata/7FE00010"
	other := bytes.ReplaceAll(good, []byte(c.instance+`"]`), []byte(c.instance+`.9"]`))
	spool := t.TempDir()
	to := newWorld(t, func(c *dicomweb.Config) { c.Spool = spool })
	const kind = "application/dicom+json"
	post := func(parts ...bodyPart) answer {
		t.Helper()
		body, content := envelope(kind, parts...)
		return to.do(http.MethodPost, "north", "/studies", body, "Content-Type", content)
	}
	pixels := bodyPart{"application/octet-stream", location, c.pixels()}
	elsewhere := bytes.ReplaceAll(other, []byte(location), []byte("file:///etc/passwd"))
	mixed := post(bodyPart{kind, "", good}, bodyPart{kind, "", elsewhere}, pixels).stored(t)
	if mixed.status != http.StatusAccepted || len(mixed.good) != 1 || len(mixed.bad)+len(mixed.others) != 1 {
		t.Errorf("one of two: %d %v %v %v", mixed.status, mixed.good, mixed.bad, mixed.others)
	}
	for name, part := range map[string]bodyPart{
		"no JSON":         {kind, "", []byte("[")},
		"not an array":    {kind, "", []byte(`"x"`)},
		"nothing":         {kind, "", []byte("[]")},
		"only a value":    pixels,
		"a lost location": {"application/octet-stream", "", []byte("x")},
	} {
		if a := post(part); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	for name, part := range map[string]bodyPart{
		"no identity":   {kind, "", []byte(`[{"00100010":{"vr":"PN","Value":[{"Alphabetic":"A"}]}}]`)},
		"a wrong value": {kind, "", []byte(`[{"00100010":{"vr":"ZZ"}}]`)},
		"deep":          {kind, "", []byte(strings.Repeat(`[{"00081140":{"vr":"SQ","Value":`, 200) + "[]" + strings.Repeat("}}]", 200))},
	} {
		if a := post(part); a.status != http.StatusConflict {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := post(bodyPart{kind, "", bytes.Repeat([]byte(" "), 17<<20)}); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("too many headers: %d", a.status)
	}
	bomb := `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><NativeDicomModel>&a;</NativeDicomModel>`
	if a := to.do(http.MethodPost, "north", "/studies", strings.NewReader(bomb), "Content-Type", "application/dicom+xml"); a.status != http.StatusConflict {
		t.Errorf("entities: %d %s", a.status, a.body)
	}
	if left, err := os.ReadDir(spool); err != nil || len(left) > 0 {
		t.Errorf("left in the spool: %v %v", left, err)
	}
	sr := []byte(`[{"00080016":{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.88.11"]},"00080018":{"vr":"UI","Value":["1.2.3.4"]},"0020000D":{"vr":"UI","Value":["1.2.3"]},"0020000E":{"vr":"UI","Value":["1.2.3.1"]},"00100010":{"vr":"PN","Value":[{"Ideographic":"张三"}]}}]`)
	a := to.do(http.MethodPost, "north", "/studies", bytes.NewReader(sr), "Content-Type", kind, "Accept", "application/dicom+xml")
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/dicom+xml" || !bytes.Contains(a.body, []byte("1.2.3.4")) {
		t.Errorf("one header without an envelope: %d %s", a.status, a.body)
	}
	if d := to.get("north", "/studies/1.2.3/metadata").objects(t); len(d) != 1 || !strings.Contains(string(d[0]["00100010"].Value[0]), "张三") {
		t.Errorf("%v", d)
	}
}
