package forward

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
	"yilian/imaging/queue"
)

// stowSender sends requests of several instances (PS3.18 10.5), each streamed from the store.
type stowSender struct {
	s      *Service
	peer   Peer
	line   *line
	client *http.Client
	fallen bool // the peer refused what it was offered first
}

const (
	stowInstances = 50       // of one request, so that what was confirmed is known soon
	stowBytes     = 64 << 20 // likewise
	stowAnswer    = 8 << 20  // bytes of an answer that are read
)

func newSTOW(s *Service, p Peer, l *line) *stowSender {
	return &stowSender{s: s, peer: p, line: l, client: client(p)}
}

// client makes requests whose connections stand still for no longer than the peer's time-outs allow. It follows no redirection:
// images and credentials go where an administrator said, and nowhere else.
func client(p Peer) *http.Client {
	times := patience(p.Timeouts)
	still := times.Write
	if still <= 0 {
		still = time.Minute
	}
	dial := &net.Dialer{Timeout: 15 * time.Second}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				c, err := dial.DialContext(ctx, network, addr)
				if err != nil {
					return nil, err
				}
				return &steadyConn{c, still}, nil
			},
			TLSClientConfig: p.TLS, TLSHandshakeTimeout: 15 * time.Second, ResponseHeaderTimeout: times.Response,
			MaxIdleConnsPerHost: 1, IdleConnTimeout: 30 * time.Second, WriteBufferSize: 64 << 10,
		},
	}
}

// steadyConn gives up a peer that takes nothing for a while.
type steadyConn struct {
	net.Conn
	still time.Duration
}

func (c *steadyConn) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.still)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

func (w *stowSender) close(context.Context) { w.client.CloseIdleConnections() }

func (w *stowSender) send(ctx context.Context, items []imaging.Instance, tell func(imaging.Instance, result) bool) error {
	for len(items) > 0 {
		n := batch(items)
		more, err := w.request(ctx, items[:n], tell)
		if err != nil || !more {
			return err
		}
		items = items[n:]
	}
	return nil
}

func batch(items []imaging.Instance) int {
	var bytes int64
	for n, i := range items {
		if bytes += i.Size; n > 0 && (n >= stowInstances || bytes > stowBytes) {
			return n
		}
	}
	return len(items)
}

// request sends items in one request, and one by one when the peer refuses them together.
func (w *stowSender) request(ctx context.Context, items []imaging.Instance, tell func(imaging.Instance, result) bool) (more bool, err error) {
	for range items {
		if err := w.line.limits.instances.Wait(ctx); err != nil {
			return false, err
		}
	}
	status, answer, err := w.post(ctx, items)
	if err != nil {
		return false, err
	}
	switch {
	case status == http.StatusUnsupportedMediaType && !w.fallen:
		w.fallen = true
		return w.request(ctx, items, tell)
	case status/100 == 2, status == http.StatusConflict && answer != nil:
		return w.tellAll(items, status, answer, tell)
	case len(items) > 1:
		for _, one := range items {
			if more, err = w.request(ctx, []imaging.Instance{one}, tell); err != nil || !more {
				return more, err
			}
		}
		return true, nil
	}
	code := CodeRefused
	if status == http.StatusUnsupportedMediaType {
		code = CodeSyntax
	}
	return tell(items[0], result{err: fmt.Errorf("HTTP status %d", status), final: true, code: code}), nil
}

// tellAll tells each item's result by the answer (PS3.18 10.5.3).
func (w *stowSender) tellAll(items []imaging.Instance, status int, answer *stowAnswers, tell func(imaging.Instance, result) bool) (bool, error) {
	var full error
	for _, i := range items {
		res, err := answer.of(i.UID, status)
		if err != nil { // the peer is full: what it took counts
			full = err
			continue
		}
		if !tell(i, res) {
			return false, nil
		}
	}
	return true, full
}

// post sends one request and answers its status, with the body where that is understood. Its error is a *queue.DownError or *breakError.
func (w *stowSender) post(ctx context.Context, items []imaging.Instance) (int, *stowAnswers, error) {
	body, length := w.body(ctx, items)
	defer closing(body)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(w.peer.URL, "/")+"/studies", body)
	if err != nil {
		return 0, nil, queue.Down(CodeMisplaced, "The peer's URL is not valid.")
	}
	req.ContentLength = length
	req.Header.Set("Content-Type", `multipart/related; type="application/dicom"; boundary=`+body.boundary)
	req.Header.Set("Accept", "application/dicom+json")
	authorise(req, w.peer)
	res, err := w.client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return 0, nil, err
		}
		return 0, nil, w.broken(items, body, err)
	}
	defer closing(res.Body)
	if err := refusal(res); err != nil {
		return 0, nil, err
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, stowAnswer))
	if err != nil {
		return 0, nil, &breakError{items[0].UID, describe(err)}
	}
	return res.StatusCode, parseSTOW(data), nil
}

// broken says what a request without an answer means: at an object of ours that cannot be read, for the lane, or for the item that
// was under way.
func (w *stowSender) broken(items []imaging.Instance, body *multipart, err error) error {
	at, bad := body.fault()
	switch {
	case yilian.KindOf(bad) == yilian.Unavailable:
		return bad
	case bad != nil:
		return &breakError{items[at].UID, errDamaged}
	case !body.begun():
		return queue.Down(CodeUnreachable, "The peer cannot be reached: "+network(err)+".")
	}
	return &breakError{items[min(at, len(items)-1)].UID, describe(err)}
}

func authorise(req *http.Request, p Peer) {
	switch {
	case p.Bearer != "":
		req.Header.Set("Authorization", "Bearer "+p.Bearer)
	case p.User != "":
		req.SetBasicAuth(p.User, p.Password)
	}
}

// refusal answers what a status says about the peer as a whole.
func refusal(res *http.Response) error {
	status := res.StatusCode
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return queue.Down(CodeUnauthorised, fmt.Sprintf("The peer does not accept our credentials (HTTP status %d).", status))
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed, status/100 == 3, status == http.StatusNotImplemented:
		return queue.Down(CodeMisplaced, fmt.Sprintf("There is no STOW-RS at the peer's URL (HTTP status %d).", status))
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable, status == http.StatusInsufficientStorage,
		status == http.StatusBadGateway, status == http.StatusGatewayTimeout:
		down := &queue.DownError{Failure: queue.Failure{Code: CodeFull, Text: fmt.Sprintf("The peer takes nothing now (HTTP status %d).", status)}}
		if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && seconds > 0 {
			down.After = min(time.Duration(seconds)*time.Second, time.Hour)
		}
		return down
	case status/100 == 5:
		return queue.Failed(CodeFailed, fmt.Sprintf("The peer failed (HTTP status %d).", status), false)
	}
	return nil
}

// stowAnswers is the response of STOW-RS (PS3.18 Table 10.5.3-1 and I).
type stowAnswers struct {
	stored map[yilian.InstanceUID]bool
	failed map[yilian.InstanceUID]int // Failure Reason (0008,1197)
}

// parseSTOW reads the DICOM JSON of an answer; nil when it is none.
func parseSTOW(data []byte) *stowAnswers {
	type item = map[string]struct{ Value []json.RawMessage }
	var top item
	if err := json.Unmarshal(bytes.TrimSpace(data), &top); err != nil || top == nil {
		return nil
	}
	a := &stowAnswers{map[yilian.InstanceUID]bool{}, map[yilian.InstanceUID]int{}}
	each := func(tag dicom.Tag, fn func(uid yilian.InstanceUID, i item)) {
		for _, raw := range top[tag.String()].Value {
			var i item
			var uid string
			if json.Unmarshal(raw, &i) != nil || len(i["00081155"].Value) == 0 || json.Unmarshal(i["00081155"].Value[0], &uid) != nil {
				continue
			}
			fn(yilian.InstanceUID(strings.TrimRight(uid, "\x00 ")), i)
		}
	}
	each(dicom.ReferencedSOPSequence, func(uid yilian.InstanceUID, _ item) { a.stored[uid] = true })
	each(dicom.FailedSOPSequence, func(uid yilian.InstanceUID, i item) {
		reason := 0
		if v := i[dicom.FailureReason.String()].Value; len(v) > 0 {
			_ = json.Unmarshal(v[0], &reason) // no reason is a reason, too
		}
		a.failed[uid] = reason
	})
	return a
}

// of answers the result of one instance. Its error says that the peer is full.
func (a *stowAnswers) of(uid yilian.InstanceUID, status int) (result, error) {
	if a == nil || len(a.stored)+len(a.failed) == 0 { // some servers answer without a word
		if status == http.StatusOK {
			return result{}, nil
		}
		return result{err: fmt.Errorf("HTTP status %d without a word about it", status), code: CodeFailed}, nil
	}
	if a.stored[uid] {
		return result{}, nil
	}
	if reason, failed := a.failed[uid]; failed {
		if reason == 0 {
			return result{err: errors.New("refused without a reason"), final: true, code: CodeRefused}, nil
		}
		return answered(dimse.Status(reason))
	}
	return result{err: errors.New("the peer does not say whether it stored it"), code: CodeFailed}, nil
}
