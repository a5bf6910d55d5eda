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
	"yilian/imaging/phantom"
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
	slices    []*dicom.Dataset // that the instances are made of, in turns
	pictures  webPictures
}

const (
	stowRequest = 20 // instances in one STOW-RS request
	webSeries   = ".1"
	webSlices   = 20 // that differ in more than their names
	webSide     = 512
)

func (w *webBench) instance(study string, i int) string {
	return fmt.Sprintf("%s%s.%d", study, webSeries, i+1)
}

// stow stores a new study and answers instances a second.
func (w *webBench) stow(ctx context.Context, _ int, p *benchPeer) (float64, error) {
	study := fmt.Sprintf("2.25.7400.%d", rand.Uint64())
	if err := w.draw(); err != nil {
		return 0, err
	}
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

// draw makes the slices: a chest with the noise of a scanner, since what compresses pictures does as much as there is in them.
func (w *webBench) draw() error {
	if w.slices != nil {
		return nil
	}
	for o, err := range phantom.Study(phantom.ChestCT, phantom.Options{Images: webSlices, Size: webSide}) {
		if err != nil {
			return err
		}
		object, err := dicom.ScanFile(bytes.NewReader(o.File), dicom.Options{})
		if err != nil {
			return err
		}
		pixels := o.File[object.Layout.Offset:][:object.Layout.Length]
		object.Dataset.SetBytes(dicom.PixelData, dicom.OW, pixels)
		w.slices = append(w.slices, object.Dataset)
	}
	return nil
}

// request makes the body of a STOW-RS request for some instances of a study.
func (w *webBench) request(study string, from, to int) (body []byte, kind string, err error) {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := from; i < to; i++ {
		d := w.slices[i%len(w.slices)]
		d.SetInt(dicom.InstanceNumber, i+1)
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
