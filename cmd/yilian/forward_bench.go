package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/forward"
	"yilian/imaging/queue"
	"yilian/storage/blob"
	"yilian/storage/sqlstore"
)

// benchForwardCmd measures how fast a study that is in an archive goes to a peer, DCMTK's storescp, which writes each data set without
// fsync: from this archive by its durable queue, from Orthanc by its own sender, and from a folder by DCMTK's storescu. All
// sockets have TCP_NODELAY; one association each; runs interleaved.
type benchForwardCmd struct {
	Instances int `help:"CT slices of 512 × 512 × 16 bit in one run." default:"200"`
	Rounds    int `help:"Runs of each sender, interleaved." default:"5"`
}

// Validate is called by kong.
func (c *benchForwardCmd) Validate() error {
	if c.Instances < 10 || c.Instances > 10000 || c.Rounds < 1 || c.Rounds > 100 {
		return errors.New("10 to 10000 instances, 1 to 100 rounds")
	}
	return nil
}

// forwarder is one way to bring the study to the peer, which is empty each time.
type forwarder struct {
	name string
	run  func(ctx context.Context, round int) error
}

// Run measures and prints a table.
func (c *benchForwardCmd) Run(ctx context.Context, log *slog.Logger) (err error) {
	for _, name := range []string{"storescp", "storescu"} {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("%s is not installed (Debian: apt-get install dcmtk)", name)
		}
	}
	dir, err := os.MkdirTemp("", "yilian-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	files := filepath.Join(dir, "files")
	size, err := makeSlices(files, c.Instances)
	if err != nil {
		return err
	}
	to, err := startStoreSCP(ctx, filepath.Join(dir, "peer"), benchSender{nodelay: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.stop()) }()
	if to.calling = "BENCH"; to.awaitEcho(ctx) != nil {
		return fmt.Errorf("storescp does not answer\n%s", to.lastWords())
	}
	own, err := newOwnForwarder(ctx, filepath.Join(dir, "own"), files, to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, own.close()) }()
	senders := []forwarder{
		{"yilian (durable queue)", own.forward},
		{"storescu (a folder)", func(ctx context.Context, _ int) error { return storescu(ctx, files, to.host, to.port, to.called) }},
	}
	if _, err := exec.LookPath("Orthanc"); err != nil {
		log.Warn("left out: not installed", "peer", "Orthanc")
	} else {
		other, err := newOrthancForwarder(ctx, filepath.Join(dir, "orthanc"), files, to)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, other.peer.stop()) }()
		senders = append(senders, forwarder{"Orthanc", other.forward})
	}
	fmt.Printf("%d instances of %d bytes to storescp, %d rounds; medians, worst beside\n", c.Instances, size, c.Rounds)
	return c.measure(ctx, senders, to)
}

func (c *benchForwardCmd) measure(ctx context.Context, senders []forwarder, to *benchPeer) error {
	rates := make([][]float64, len(senders))
	for round := range c.Rounds {
		for i, s := range senders {
			if err := to.tidy(); err != nil {
				return err
			}
			began := time.Now()
			if err := s.run(ctx, round); err != nil {
				return fmt.Errorf("round %d, %s: %w", round+1, s.name, err)
			}
			took := time.Since(began)
			came, err := os.ReadDir(to.folder)
			if err != nil || len(came) != c.Instances {
				return fmt.Errorf("round %d, %s: %d of %d instances came (%v)", round+1, s.name, len(came), c.Instances, err)
			}
			rates[i] = append(rates[i], float64(c.Instances)/took.Seconds())
		}
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "instances/s\tworst\tours is\t  \t")
	var ours float64
	for i, r := range rates {
		slices.Sort(r)
		median := r[len(r)/2]
		if i == 0 {
			ours = median
		}
		_, _ = fmt.Fprintf(w, "%.0f\t%.0f\t× %.2f\t  %s\t\n", median, r[0], ours/median, senders[i].name)
	}
	return w.Flush()
}

func storescu(ctx context.Context, files, host, port, called string) error {
	cmd := exec.CommandContext(ctx, "storescu", "-q", "-aet", "BENCH", "-aec", called, "+sd", host, port, files)
	cmd.Env = senderEnv(benchSender{nodelay: true})
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("storescu: %w: %s", err, out)
	}
	return nil
}

// ownForwarder is this archive with its queue, in this process. Each round is another peer at the same address, which has nothing yet.
type ownForwarder struct {
	db      *sqlstore.DB
	service *forward.Service
	worker  *queue.Worker
	study   yilian.StudyUID
	peer    forward.Peer
	ended   chan queue.State
	stop    func() error
}

func newOwnForwarder(ctx context.Context, dir, files string, to *benchPeer) (f *ownForwarder, err error) {
	f = &ownForwarder{ended: make(chan queue.State, 1), stop: func() error { return nil }}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.close())
		}
	}()
	if f.db, err = sqlstore.Open(ctx, sqlstore.Options{Path: filepath.Join(dir, "yilian.db")}); err != nil {
		return f, err
	}
	blobs, err := blob.Folder(filepath.Join(dir, "objects"))
	if err != nil {
		return f, err
	}
	archive, err := imaging.New(imaging.Config{Index: f.db.Imaging(), Blobs: blobs, Access: benchAccess{}})
	if err != nil {
		return f, err
	}
	if f.study, err = importFolder(ctx, archive, files); err != nil {
		return f, err
	}
	f.peer = forward.Peer{Called: to.called, Calling: "YILIAN", Address: net.JoinHostPort(to.host, to.port)}
	if f.service, err = forward.New(forward.Config{Archive: archive, Settings: f, Cases: f, Trail: f.db.Imaging(), Marked: f.db.Queue().Marked}); err != nil {
		return f, err
	}
	f.worker = queue.NewWorker(queue.Config{
		Store: f.db.Queue(), Handlers: map[string]queue.Handler{forward.Kind: f.service.Handle}, Lane: f.service.Lane,
		Ended: func(_ queue.Job, s queue.State) { f.ended <- s },
	})
	running, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- f.worker.Run(running) }()
	f.stop = func() error { cancel(); return <-done }
	return f, nil
}

func importFolder(ctx context.Context, archive *imaging.Archive, folder string) (study yilian.StudyUID, err error) {
	names, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	for _, n := range names {
		f, err := os.Open(filepath.Join(folder, n.Name()))
		if err != nil {
			return "", err
		}
		stored, err := archive.Store(ctx, yilian.Actor{Device: "BENCH"}, imaging.Incoming{Part10: true}, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return "", err
		}
		study = stored.Study
	}
	return study, nil
}

// Peer implements forward.Settings.
func (f *ownForwarder) Peer(_ context.Context, id string) (forward.Peer, error) {
	p := f.peer
	p.ID = id
	return p, nil
}

// Rules implements forward.Settings.
func (f *ownForwarder) Rules(context.Context) ([]forward.Rule, error) { return nil, nil }

// Case implements forward.Cases.
func (f *ownForwarder) Case(context.Context, yilian.StudyUID) (forward.Case, error) {
	return forward.Case{}, nil
}

func (f *ownForwarder) forward(ctx context.Context, round int) error {
	o, err := f.service.Order(ctx, fmt.Sprint("round", round), f.study, queue.Routine, "")
	if err != nil {
		return err
	}
	if err := f.worker.Put(ctx, o); err != nil {
		return err
	}
	select {
	case s := <-f.ended:
		if s != queue.Done {
			return fmt.Errorf("the job is %s", s)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *ownForwarder) close() error {
	err := f.stop()
	if f.db != nil {
		err = errors.Join(err, f.db.Close())
	}
	return err
}

// orthancForwarder is Orthanc with the study in it, told by its REST interface to send it on and to wait.
type orthancForwarder struct {
	peer *benchPeer
	http string
	id   string
}

func newOrthancForwarder(ctx context.Context, dir, files string, to *benchPeer) (f *orthancForwarder, err error) {
	dicomPort, err := freePort()
	if err != nil {
		return nil, err
	}
	httpPort, err := freePort()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	config, err := json.Marshal(map[string]any{
		"Name": "bench", "StorageDirectory": dir, "IndexDirectory": dir, "HttpPort": json.Number(httpPort), "RemoteAccessAllowed": false,
		"AuthenticationEnabled": false, "DicomPort": json.Number(dicomPort), "DicomAet": "ORTHANC", "DicomAlwaysAllowStore": true, "DicomAlwaysAllowEcho": true,
		"DicomCheckCalledAet": false, "Plugins": []string{}, "DicomModalities": map[string]any{"to": []any{to.called, to.host, json.Number(to.port)}},
	})
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "orthanc.json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		return nil, err
	}
	f = &orthancForwarder{peer: &benchPeer{called: "ORTHANC", calling: "BENCH", host: "127.0.0.1", port: dicomPort}, http: "http://127.0.0.1:" + httpPort}
	if err := f.peer.start(ctx, benchSender{nodelay: true}, dir, "Orthanc", file); err != nil {
		return nil, err
	}
	err = f.peer.awaitEcho(ctx)
	if err == nil {
		err = storescu(ctx, files, "127.0.0.1", dicomPort, "ORTHANC")
	}
	if err == nil {
		var studies []string
		if err = f.call(ctx, http.MethodGet, "/studies", nil, &studies); err == nil && len(studies) != 1 {
			err = fmt.Errorf("%d studies in Orthanc", len(studies))
		}
		if err == nil {
			f.id = studies[0]
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.peer.stop())
	}
	return f, nil
}

func (f *orthancForwarder) forward(ctx context.Context, _ int) error {
	body, err := json.Marshal(map[string]any{"Resources": []string{f.id}, "Synchronous": true, "Timeout": 120})
	if err != nil {
		return err
	}
	return f.call(ctx, http.MethodPost, "/modalities/to/store", body, nil)
}

func (f *orthancForwarder) call(ctx context.Context, method, path string, body []byte, into any) (err error) {
	req, err := http.NewRequestWithContext(ctx, method, f.http+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: HTTP status %d", method, path, res.StatusCode)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(into)
}
