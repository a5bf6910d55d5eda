package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"yilian/imaging"
	"yilian/imaging/dicom"
)

// manifests tells a service how many images each study has before they are sent, so that it need not wait for silence to know when a
// study is complete.
type manifests struct {
	base, token string
	client      http.Client
}

// newManifests reads the token. An empty base announces nothing.
func newManifests(base, tokenFile string) (*manifests, error) {
	if base == "" {
		return nil, nil
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("--announce: the address must look like https://host")
	}
	token := os.Getenv("YILIAN_TOKEN")
	if tokenFile != "" {
		b, err := os.ReadFile(tokenFile)
		if err != nil {
			return nil, fmt.Errorf("--token-file: %w", err)
		}
		token = string(b)
	}
	if token = strings.TrimSpace(token); token == "" {
		return nil, errors.New("--announce needs a token of scope dicomweb:store: --token-file or YILIAN_TOKEN")
	}
	return &manifests{strings.TrimRight(base, "/"), token, http.Client{Timeout: 30 * time.Second}}, nil
}

// announce tells the numbers of all studies. What cannot be told is no reason not to send: it is warned of, and the service goes by
// quiet times.
func (m *manifests) announce(ctx context.Context, files []instanceFile, log *slog.Logger) (told int) {
	if m == nil {
		return 0
	}
	counts := studiesOf(files, log)
	uids := make([]string, 0, len(counts))
	for uid := range counts {
		uids = append(uids, uid)
	}
	slices.Sort(uids)
	for _, uid := range uids {
		if err := m.put(ctx, uid, counts[uid]); err != nil {
			log.Warn("study not announced", "study", uid, "images", counts[uid], "err", err)
			continue
		}
		told++
	}
	return told
}

func (m *manifests) put(ctx context.Context, study string, images int) error {
	body, err := json.Marshal(map[string]int{"instances": images})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, m.base+"/api/studies/"+url.PathEscape(study)+"/manifest", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+m.token)
	res, err := m.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	if res.StatusCode/100 == 2 {
		return nil
	}
	var problem struct{ Code, Detail string }
	_ = json.NewDecoder(io.LimitReader(res.Body, 1<<16)).Decode(&problem) // the status says enough
	return fmt.Errorf("HTTP status %d: %.200s %.200s", res.StatusCode, problem.Code, problem.Detail)
}

// studiesOf counts the SOP instances of each study. A file whose header cannot be read is left out with its study: a number that is too
// small would be worse than none.
func studiesOf(files []instanceFile, log *slog.Logger) map[string]int {
	seen := map[string]map[string]bool{}
	for _, f := range files {
		uid, err := f.study()
		if err != nil {
			log.Warn("nothing is announced: the study of a file cannot be read", "path", f.path, "err", err)
			return nil
		}
		if seen[uid] == nil {
			seen[uid] = map[string]bool{}
		}
		seen[uid][f.instance] = true
	}
	counts := map[string]int{}
	for uid, instances := range seen {
		counts[uid] = len(instances)
	}
	return counts
}

// study reads the Study Instance UID of a file.
func (f *instanceFile) study() (string, error) {
	data, err := f.open()
	if err != nil {
		return "", err
	}
	defer func() { _ = data.Close() }() // it was only read
	object, err := dicom.Scan(data, dicom.Syntax(f.syntax), dicom.Options{Header: true, Size: f.size})
	if err != nil {
		return "", err
	}
	uid := object.Dataset.UID(dicom.StudyInstanceUID)
	if !imaging.ValidUID(uid) {
		return "", errors.New("it has no valid Study Instance UID")
	}
	return uid, nil
}
