package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/textproto"
	"time"

	"yilian/imaging/dicom"
)

// signIn makes a token of a program that may store and read at the county hospital of the demo.
func (p *benchPeer) signIn(ctx context.Context) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	client := &http.Client{Jar: jar, Timeout: time.Minute}
	base := p.web[:len(p.web)-len("/dicom-web")]
	header := http.Header{"Content-Type": {"application/json"}}
	call := func(method, path string, body, into any) error {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		answer, err := ask(ctx, client, method, base+path, header, b)
		if err != nil {
			return err
		}
		return json.Unmarshal(answer, into)
	}
	var me struct{ CSRF string }
	if err := call("POST", "/api/session", map[string]string{"login": "admin", "password": demoPassword}, &me); err != nil {
		return err
	}
	header.Set("X-CSRF-Token", me.CSRF)
	var sites struct{ Items []struct{ ID, Short string } }
	if err := call("GET", "/api/institutions", nil, &sites); err != nil {
		return err
	}
	if len(sites.Items) == 0 {
		return errors.New("the demo has no institutions")
	}
	var token struct{ Token string }
	err = call("POST", "/api/admin/tokens", map[string]any{
		"name": "bench", "scopes": []string{scopeRead, scopeStore}, "institution": sites.Items[0].ID,
	}, &token)
	p.header = http.Header{"Authorization": {"Bearer " + token.Token}}
	return err
}

// ask does one request and reads the answer to its end.
func ask(ctx context.Context, client *http.Client, method, url string, header http.Header, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header = header.Clone()
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return nil, err
	}
	if res.StatusCode >= 300 {
		return nil, fmt.Errorf("%s %s: %s %.300s", method, req.URL.Path, res.Status, answer)
	}
	return answer, nil
}

// webBench measures DICOMweb. What is read is what the last run of STOW-RS has stored at each peer.
type webBench struct {
	files     string
	instances int
	size      int
	studies   map[*benchPeer]string
}

const (
	stowRequest = 20 // instances in one STOW-RS request
	webSeries   = ".1"
)

func (w *webBench) instance(study string, i int) string {
	return fmt.Sprintf("%s%s.%d", study, webSeries, i+1)
}

// stow stores a new study and answers instances a second.
func (w *webBench) stow(ctx context.Context, _ int, p *benchPeer) (float64, error) {
	study := fmt.Sprintf("2.25.7400.%d", rand.Uint64())
	var requests [][]byte
	var kinds []string
	for from := 0; from < w.instances; from += stowRequest {
		body, kind, err := w.request(study, from, min(from+stowRequest, w.instances))
		if err != nil {
			return 0, err
		}
		requests, kinds = append(requests, body), append(kinds, kind)
	}
	header := p.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Accept", "application/dicom+json")
	began := time.Now()
	for i, body := range requests {
		header.Set("Content-Type", kinds[i])
		if _, err := ask(ctx, http.DefaultClient, "POST", p.web+"/studies", header, body); err != nil {
			return 0, err
		}
	}
	w.studies[p] = study
	return float64(w.instances) / time.Since(began).Seconds(), nil
}

// request makes the body of a STOW-RS request for some instances of a study.
func (w *webBench) request(study string, from, to int) (body []byte, kind string, err error) {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := from; i < to; i++ {
		d := slice(i, slicePixels())
		d.SetString(dicom.StudyInstanceUID, study)
		d.SetString(dicom.SeriesInstanceUID, study+webSeries)
		d.SetString(dicom.SOPInstanceUID, w.instance(study, i))
		file, err := dicom.AppendFile(nil, d, dicom.Syntax(dicom.ExplicitVRLittleEndian))
		if err != nil {
			return nil, "", err
		}
		part, err := m.CreatePart(textproto.MIMEHeader{"Content-Type": {"application/dicom"}})
		if err != nil {
			return nil, "", err
		}
		if _, err := part.Write(file); err != nil {
			return nil, "", err
		}
	}
	err = m.Close()
	return b.Bytes(), `multipart/related; type="application/dicom"; boundary=` + m.Boundary(), err
}

// ready makes sure that there is a study to read.
func (w *webBench) ready(ctx context.Context, p *benchPeer) (study, base string, err error) {
	if w.studies[p] == "" {
		if _, err := w.stow(ctx, 0, p); err != nil {
			return "", "", err
		}
	}
	study = w.studies[p]
	return study, p.web + "/studies/" + study, nil
}

// reads asks for n things one after the other and answers how many came a second. atLeast is the size of an answer that can be
// right.
func (w *webBench) reads(ctx context.Context, p *benchPeer, n, atLeast int, accept string, path func(study string, i int) string) (float64, error) {
	study, base, err := w.ready(ctx, p)
	if err != nil {
		return 0, err
	}
	header := p.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Accept", accept)
	header.Set("Accept-Encoding", "identity")
	one := func(i int) error {
		answer, err := ask(ctx, http.DefaultClient, "GET", base+path(study, i), header, nil)
		if err == nil && len(answer) < atLeast {
			err = fmt.Errorf("only %d bytes", len(answer))
		}
		return err
	}
	if err := one(0); err != nil { // a first time, for caches of all kinds
		return 0, err
	}
	began := time.Now()
	for i := range n {
		if err := one(i); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(began).Seconds(), nil
}

func (w *webBench) frames(ctx context.Context, _ int, p *benchPeer) (float64, error) {
	return w.reads(ctx, p, w.instances, 512*512*2, `multipart/related; type="application/octet-stream"`, func(study string, i int) string {
		return "/series/" + study + webSeries + "/instances/" + w.instance(study, i) + "/frames/1"
	})
}

func (w *webBench) rendered(ctx context.Context, _ int, p *benchPeer) (float64, error) {
	return w.reads(ctx, p, min(50, w.instances), 5000, "image/jpeg", func(study string, i int) string {
		return "/series/" + study + webSeries + "/instances/" + w.instance(study, i) + "/frames/1/rendered"
	})
}

func (w *webBench) study(ctx context.Context, _ int, p *benchPeer) (float64, error) {
	rate, err := w.reads(ctx, p, 3, w.instances*512*512*2, `multipart/related; type="application/dicom"`, func(string, int) string { return "" })
	return rate * float64(w.instances), err
}

func (w *webBench) metadata(ctx context.Context, _ int, p *benchPeer) (float64, error) {
	return w.reads(ctx, p, 10, w.instances*500, "application/dicom+json", func(study string, _ int) string {
		return "/series/" + study + webSeries + "/metadata"
	})
}
