package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
	"yilian/consult/reading"
	"yilian/imaging"
	"yilian/imaging/dimse"
	"yilian/imaging/forward"
	"yilian/imaging/queue"
	"yilian/imaging/scp"
)

// forwarding joins what is forwarded where (consult/directory) with the sender (imaging/forward) and its queue.
type forwarding struct {
	peers  *directory.Forwarding
	send   *forward.Service
	store  queue.Store
	worker *queue.Worker
	later  *forward.Later // what the DICOM door must tell later
	flow   flow.Store
}

// put orders jobs; the worker is there before any job runs.
func (f *forwarding) put(ctx context.Context, orders ...queue.Order) error {
	return f.worker.Put(ctx, orders...)
}

// joinForward makes the forwarding part, which works while the program runs.
func (s *service) joinForward(context.Context) error {
	key, err := s.settings.peerKey()
	if err != nil {
		return err
	}
	f := &forwarding{store: s.db.Queue(), flow: s.store()}
	if f.peers, err = directory.NewForwarding(f.flow, s.directory, key); err != nil {
		return err
	}
	f.send, err = forward.New(forward.Config{
		Archive: s.archive, Settings: forwardSettings{s, f.peers}, Cases: cases{s}, Trail: s.db.Imaging(), Marked: f.store.Marked, Put: f.put, AETitle: s.settings.AE, Logger: s.log,
	})
	if err != nil {
		return err
	}
	f.later = &forward.Later{
		Calling: s.settings.AE, Destinations: modalities{s.directory}, Commit: scp.ReportCommitment,
	}
	handlers := f.send.Handlers()
	maps.Copy(handlers, f.later.Handlers())
	f.worker = queue.NewWorker(queue.Config{Store: f.store, Lane: f.send.Lane, Node: s.settings.Node, Logger: s.log, Handlers: handlers})
	f.later.Put = f.worker.Put
	put := func(ctx context.Context, orders []queue.Order, err error) error {
		if err != nil || len(orders) == 0 {
			return err
		}
		return f.worker.Put(ctx, orders...)
	}
	s.relay.Handle(reading.StudyKind, func(ctx context.Context, m flow.Message) error {
		orders, err := f.send.Changed(ctx, yilian.StudyUID(m.Key))
		return put(ctx, orders, err)
	})
	s.relay.Handle(correctionTopic, func(ctx context.Context, m flow.Message) error {
		orders, err := f.send.Corrected(ctx, m.Key)
		return put(ctx, orders, err)
	})
	// A peer that was changed is tried at once with what it is now.
	s.relay.Handle(directory.PeerEntity, func(ctx context.Context, m flow.Message) error {
		defer f.worker.Wake()
		return f.store.Release(ctx, forward.LaneOf(m.Key))
	})
	s.forwarding = f
	return nil
}

// peerKey answers the key that seals the peers' secrets: in a file of its own, so that a copy of the database does not hold both. It
// is made on first use.
func (s *settings) peerKey() ([]byte, error) {
	path := s.PeerKey
	if path == "" {
		path = s.path("peer.key")
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && s.PeerKey == "" {
		key := directory.NewSecretKey()
		if err := os.WriteFile(path, []byte(base64.StdEncoding.EncodeToString(key)+"\n"), 0o600); err != nil {
			return nil, fmt.Errorf("--peer-key: %w", err)
		}
		return key, nil
	}
	if err != nil {
		return nil, fmt.Errorf("--peer-key: %w", err)
	}
	key, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(text)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("--peer-key: %s does not hold 32 bytes in base64", path)
	}
	return key, nil
}

// forwardSettings gives imaging/forward its peers and rules.
type forwardSettings struct {
	*service
	peers *directory.Forwarding
}

func (f forwardSettings) Peer(ctx context.Context, id string) (forward.Peer, error) {
	p, err := f.peers.Peer(ctx, id)
	if err != nil {
		return forward.Peer{}, err
	}
	secret, err := f.peers.Secret(ctx, p)
	if err != nil {
		return forward.Peer{}, err
	}
	return f.settings.forwardPeer(p, secret)
}

// What the directory names, as the sender names it.
var (
	peerNotices     = map[string]forward.Notices{"also": forward.AlsoNotices, "only": forward.OnlyNotices}
	peerCorrections = map[string]forward.Corrections{"notice": forward.CorrectionsNotice, "none": forward.CorrectionsNone}
)

// secretsFolder holds passwords, tokens and certificates that peers name.
const secretsFolder = "secrets"

// forwardPeer is a peer of the directory as the sender needs it. secret is what was sealed.
func (s *settings) forwardPeer(p directory.Peer, secret string) (forward.Peer, error) {
	out := forward.Peer{
		ID: p.ID, Name: p.Name, Disabled: p.Disabled, Called: p.Called, Calling: p.Calling, Address: p.Address, URL: p.URL,
		Transfer: p.Transfer, Associations: p.Associations, Bytes: p.Bytes, Instances: p.Instances, Attempts: p.Attempts,
		Patience:   time.Duration(p.Patience) * time.Hour,
		Commitment: p.Commitment, Notices: peerNotices[p.Notices], Corrections: peerCorrections[p.Corrections],
		Timeouts: dimse.Timeouts{
			ARTIM: time.Duration(p.Timeouts.ARTIM), Idle: time.Duration(p.Timeouts.Idle), Read: time.Duration(p.Timeouts.Read),
			Response: time.Duration(p.Timeouts.Response),
		},
	}
	if out.Calling == "" {
		out.Calling = s.AE
	}
	var err error
	if p.SecretFile != "" {
		text, err := os.ReadFile(filepath.Join(s.path(secretsFolder), filepath.Base(p.SecretFile)))
		if err != nil {
			return out, unreadable(err)
		}
		secret = string(bytes.TrimSpace(text))
	}
	switch p.Auth {
	case "basic":
		out.User, out.Password = p.User, secret
	case "bearer":
		out.Bearer = secret
	}
	if p.TLS.On || p.Kind == directory.PeerDICOMweb {
		out.TLS, err = s.peerTLS(p.TLS)
	}
	return out, err
}

// unreadable: a file that a peer names is not on this node.
func unreadable(err error) error {
	e := yilian.Errorf(yilian.Unavailable, "peer.file", "A file that the peer names cannot be read on this node.")
	e.Err = err
	return e
}

func (s *settings) peerTLS(t directory.PeerTLS) (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.Name}
	if t.CA != "" {
		conf.RootCAs = x509.NewCertPool()
		conf.RootCAs.AppendCertsFromPEM([]byte(t.CA))
	}
	if t.Certificate == "" {
		return conf, nil
	}
	file := filepath.Join(s.path(secretsFolder), filepath.Base(t.Certificate))
	pair, err := tls.LoadX509KeyPair(file, file)
	if err != nil {
		return nil, unreadable(err)
	}
	conf.Certificates = []tls.Certificate{pair}
	return conf, nil
}

func (f forwardSettings) Rules(ctx context.Context) ([]forward.Rule, error) {
	routes, err := f.peers.Routes(ctx)
	rules := make([]forward.Rule, len(routes))
	for i, r := range routes {
		w := r.When
		rules[i] = forward.Rule{
			ID: r.ID, Name: r.Name, Order: r.Order, Disabled: r.Disabled, Peers: r.Peers, Trigger: forward.Trigger(r.Trigger), Part: forward.Part(r.Part),
			Urgency: r.Urgency, Stop: r.Stop,
			When: forward.Condition{
				Sources: w.Sources, Institutions: w.Institutions, Modalities: w.Modalities, BodyParts: w.BodyParts, Referring: w.Referring,
				Urgencies: w.Urgencies, SOPClasses: w.SOPClasses, Weekdays: w.Days(), From: w.From, Until: w.Until,
			},
		}
	}
	return rules, err
}

// cases answers imaging/forward what the clinical side knows of a study.
type cases struct{ *service }

func (c cases) Case(ctx context.Context, uid yilian.StudyUID) (out forward.Case, err error) {
	st, err := c.readings.StudyOf(ctx, uid)
	if yilian.KindOf(err) == yilian.NotFound {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out = forward.Case{Referring: st.Orderer, Complete: st.State != reading.StudyReceiving}
	if st.Order == "" {
		return out, nil
	}
	err = c.db.Flow().View(ctx, func(rd flow.Reader) error {
		o, err := c.orders.GetIn(rd, st.Order)
		out.Urgency = string(o.Priority)
		return err
	})
	return out, err
}

var _ forward.Archive = (*imaging.Archive)(nil)
