package forward

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
	"yilian/imaging/queue"
)

// Probe is what a test of the connection found.
type Probe struct {
	OK      bool
	Code    string        // of what is wrong
	Text    string        // in words
	Took    time.Duration // of the answer, without connecting for DIMSE
	Program string        // what the peer calls itself: Implementation Version Name
}

// Probe asks whether a peer is there: C-ECHO (PS3.4 Annex A), or a QIDO-RS search for one study.
func (s *Service) Probe(ctx context.Context, p Peer) Probe {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if p.URL != "" {
		return s.ask(ctx, p)
	}
	return s.echo(ctx, p)
}

func (s *Service) echo(ctx context.Context, p Peer) Probe {
	a, err := dial(ctx, p, []dimse.Proposal{{AbstractSyntax: dimse.Verification, TransferSyntaxes: []string{dicom.ImplicitVRLittleEndian}}})
	if err != nil {
		return failed(err)
	}
	defer closing(a)
	began := time.Now()
	status, err := a.Echo(ctx)
	probe := Probe{Took: time.Since(began), Program: a.Peer.ImplementationName}
	switch {
	case err != nil:
		probe.Code, probe.Text = CodeBroken, "The peer did not answer: "+describe(err).Error()+"."
	case !status.OK():
		probe.Code, probe.Text = CodeRefused, "The peer answers "+status.String()+"."
	default:
		probe.OK = true
		_ = a.Release(ctx) // it has said that it is there
	}
	return probe
}

func (s *Service) ask(ctx context.Context, p Peer) Probe {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(p.URL, "/")+"/studies?limit=1", http.NoBody)
	if err != nil {
		return Probe{Code: CodeMisplaced, Text: "The peer's URL is not valid."}
	}
	req.Header.Set("Accept", "application/dicom+json")
	authorise(req, p)
	c := client(p)
	defer c.CloseIdleConnections()
	began := time.Now()
	res, err := c.Do(req)
	if err != nil {
		return Probe{Code: CodeUnreachable, Text: "The peer cannot be reached: " + network(err) + "."}
	}
	defer closing(res.Body)
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20))
	probe := Probe{Took: time.Since(began), Program: printable(res.Header.Get("Server"))}
	if err := refusal(res); err != nil {
		bad := failed(err)
		probe.Code, probe.Text = bad.Code, bad.Text
		return probe
	}
	if res.StatusCode/100 != 2 {
		probe.Code, probe.Text = CodeRefused, fmt.Sprintf("The peer answers with HTTP status %d.", res.StatusCode)
		return probe
	}
	probe.OK = true
	return probe
}

func failed(err error) Probe {
	f := queue.FailureOf(err)
	return Probe{Code: f.Code, Text: f.Text}
}

// printable keeps the first graphic ASCII characters of what a peer calls itself.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s[:min(len(s), 64)])
}
