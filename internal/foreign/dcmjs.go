package foreign

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Event is one line of deploy/dcmjs/peer.cjs: what came.
type Event struct {
	N           int    // the request that a response is to
	Status      string // of a response, four hexadecimal digits
	Pending     bool
	Completed   int
	Failed      int
	Remaining   int
	Got         string // a request that came, as N-CREATE
	Class       string
	Instance    string
	Type        int            // of an action or event
	Dataset     map[string]any // by keyword
	Association string         // the calling AE title of one
	Called      string
	Reported    string // the status of a report that was sent
	Listening   int
	Closed      bool
	Error       string
	Rejected    any
}

// JS is a DICOM peer of the JavaScript library dcmjs-dimse.
type JS struct {
	t    testing.TB
	cmd  *exec.Cmd
	done chan struct{}

	mu     sync.Mutex
	events []Event // guarded by mu
	more   chan struct{}
}

// modules is where deploy/dcmjs.sh has put them.
var modules = sync.OnceValues(func() (string, error) {
	dir, err := os.Getwd()
	for err == nil && !exists(filepath.Join(dir, "go.mod")) && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
	}
	out, err := exec.Command(filepath.Join(dir, "deploy", "dcmjs.sh")).Output()
	return strings.TrimSpace(string(out)), err
})

// startJS runs the peer in a role.
func startJS(t testing.TB, role string, options map[string]any) *JS {
	t.Helper()
	node := Program(t, "node")
	from, err := modules()
	if err != nil {
		Missing(t, "dcmjs-dimse")
	}
	text, err := json.Marshal(options)
	if err != nil {
		t.Fatal(err)
	}
	j := &JS{t: t, cmd: exec.Command(node, filepath.Join(root(t), "deploy", "dcmjs", "peer.cjs"), role, string(text)), done: make(chan struct{}), more: make(chan struct{}, 1)}
	j.cmd.Env = append(os.Environ(), "NODE_PATH="+from)
	j.cmd.Stderr = os.Stderr
	out, err := j.cmd.StdoutPipe()
	if err == nil {
		err = j.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(j.done)
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			var e Event
			if json.Unmarshal(lines.Bytes(), &e) == nil {
				j.add(e)
			}
		}
		_ = j.cmd.Wait() // it ends by itself, or was killed
	}()
	t.Cleanup(j.Stop)
	return j
}

func (j *JS) add(e Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, e)
	select {
	case j.more <- struct{}{}:
	default:
	}
}

// Stop ends it.
func (j *JS) Stop() {
	_ = j.cmd.Process.Kill() // it may have ended
	<-j.done
}

// Events are those until now that ok takes; nil takes all.
func (j *JS) Events(ok func(Event) bool) (all []Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range j.events {
		if ok == nil || ok(e) {
			all = append(all, e)
		}
	}
	return all
}

// Await answers the first event that ok takes, within a time.
func (j *JS) Await(what string, ok func(Event) bool) Event {
	j.t.Helper()
	end := time.After(30 * time.Second)
	for {
		if found := j.Events(ok); len(found) > 0 {
			return found[0]
		}
		select {
		case <-j.more:
		case <-time.After(50 * time.Millisecond):
		case <-end:
			j.t.Fatalf("the foreign peer says nothing of %s; it said %+v", what, j.Events(nil))
		}
	}
}

// Came takes requests of a service.
func Came(service string) func(Event) bool { return func(e Event) bool { return e.Got == service } }

// ListenJS starts a peer that answers on a port and tells what came.
func ListenJS(t testing.TB, port int, options map[string]any) *JS {
	t.Helper()
	all := map[string]any{"port": port, "aet": "DCMJS"}
	for k, v := range options {
		all[k] = v
	}
	j := startJS(t, "scp", all)
	j.Await("its port", func(e Event) bool { return e.Listening != 0 })
	return j
}

// AskJS lets the peer send requests over one association to a port, and answers what came of it when that has ended.
func AskJS(t testing.TB, port int, calling, called string, more map[string]any, requests ...map[string]any) []Event {
	t.Helper()
	options := map[string]any{"port": port, "calling": calling, "called": called, "requests": requests}
	for k, v := range more {
		options[k] = v
	}
	j := startJS(t, "scu", options)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	select {
	case <-j.done:
	case <-ctx.Done():
		t.Fatalf("the foreign peer does not end; it said %+v", j.Events(nil))
	}
	return j.Events(nil)
}

// Answers are the responses to one of the requests of AskJS.
func Answers(all []Event, n int) (of []Event) {
	for _, e := range all {
		if e.N == n && e.Status != "" {
			of = append(of, e)
		}
	}
	return of
}
