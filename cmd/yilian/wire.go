package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"yilian"
	"yilian/consult/api"
	"yilian/consult/directory"
	"yilian/consult/flow"
	"yilian/consult/order"
	"yilian/consult/paper"
	"yilian/consult/patient"
	"yilian/consult/reading"
	"yilian/consult/recording"
	"yilian/consult/request"
	"yilian/consult/share"
	"yilian/imaging"
	"yilian/imaging/dicomweb"
	"yilian/imaging/scp"
	"yilian/imaging/ups"
	"yilian/signaling"
	"yilian/signaling/record"
	"yilian/signaling/turn"
	"yilian/storage/blob"
	"yilian/storage/bus"
	"yilian/storage/sqlstore"
	"yilian/web"
)

// service is the whole program, joined. wire makes it, run runs it, close lets go of what wire opened.
type service struct {
	settings *settings
	log      *slog.Logger

	db    *sqlstore.DB
	blobs *blob.Store
	bus   bus.Bus
	clock *flow.Clock
	relay *flow.Relay

	directory  *directory.Service
	patients   *patient.Service
	orders     *order.Service
	readings   *reading.Service
	requests   *request.Service
	workitems  *ups.Service
	recordings *recording.Service
	shares     *share.Service

	archive     *imaging.Archive
	space       *imaging.Gauge
	forwarding  *forwarding
	preparation preparation
	dicom       *scp.Server // nil: no DICOM door
	rooms       *signaling.Server
	lines       *lineMetrics // of the calls
	tapes       *record.Recorder
	turn        *turn.Server // nil: no relay
	api         *api.API
	images      *dicomweb.Handler
	shared      *dicomweb.Handler // of links

	http, https net.Listener // nil: not served
	relayDoor   *handed      // of the relay behind the port of https; nil: none
	authority   *authority   // nil: a certificate of our own was given
	closers     []func() error
}

// wire opens the stores and ports and joins the parts, in the order in which they need one another. On an error it has let go of
// everything.
func wire(ctx context.Context, set *settings, log *slog.Logger, demo bool) (*service, error) {
	s := &service{settings: set, log: log, lines: newLineMetrics()}
	for _, step := range []func(context.Context) error{
		s.openStores, s.joinConsult, s.joinImages, s.listen, s.openCalls, s.joinRequests, s.joinRecordings, s.joinShares, s.joinForward,
		func(context.Context) error { return s.joinDoors(demo) }, s.openDICOM,
	} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, s.unlisten(), s.close())
		}
	}
	return s, nil
}

func (s *service) openStores(ctx context.Context) (err error) {
	if err := s.settings.prepare(); err != nil {
		return err
	}
	if s.db, err = sqlstore.Open(ctx, s.settings.database(s.log)); err != nil {
		return fmt.Errorf("--database: %w", err)
	}
	s.closers = append(s.closers, s.db.Close)
	if err := s.db.Abandon(ctx); err != nil {
		return fmt.Errorf("--database: %w", err)
	}
	if s.blobs, err = blob.Open(ctx, s.settings.objects()); err != nil {
		return fmt.Errorf("--objects: %w", err)
	}
	if s.bus, err = bus.Open(ctx, s.settings.Bus, s.log); err != nil {
		return fmt.Errorf("--bus: %w", err)
	}
	s.closers = append(s.closers, s.bus.Close)
	return nil
}

func (s *service) joinConsult(context.Context) (err error) {
	s.clock = flow.NewClock(s.db.Flow(), s.log)
	s.relay = flow.NewRelay(s.db.Flow(), s.bus, s.log)
	store := s.store()
	s.directory = directory.New(store, s.log, time.Now)
	s.directory.Register(s.clock)
	s.patients = patient.NewService(store, time.Now)
	s.orders = order.NewService(order.Config{Store: store, Patients: s.patients, Devices: s.directory, Settings: s.orderTimes, Now: time.Now})
	s.clock.Handle(order.Kind, s.orders.Due)
	return nil
}

// store is the database, watched: what was written wakes relay and clock at once.
func (s *service) store() flow.Store {
	return flow.Watch(s.db.Flow(), s.relay.Wake, s.clock.Wake)
}

func (s *service) joinImages(ctx context.Context) (err error) {
	s.space = s.watchSpace()
	s.archive, err = imaging.New(imaging.Config{Index: s.db.Imaging(), Blobs: s.blobs, Access: access{s}, Node: s.settings.Node, Logger: s.log, Gauge: s.space})
	if err != nil {
		return err
	}
	if err := s.archive.Recover(ctx); err != nil {
		return err
	}
	s.readings, err = reading.NewService(reading.Config{
		Store: s.store(), Images: images{s.archive}, Directory: reading.Staff{Service: s.directory}, Orders: s.orders, Patients: s.patients,
		Looks: patient.NewLooks(time.Now), Keeper: keeper{s}, Now: time.Now,
	})
	if err != nil {
		return err
	}
	s.relay.Handle(reading.StudyKind, func(ctx context.Context, m flow.Message) error {
		return s.readings.StudyChanged(ctx, yilian.StudyUID(m.Key))
	})
	for _, kind := range reading.Kinds {
		s.clock.Handle(kind, s.readings.Due)
	}
	s.joinWork()
	return nil
}

func (s *service) openCalls(ctx context.Context) error {
	key, err := secret(ctx, s.db.Flow(), "calls")
	if err != nil {
		return err
	}
	public, err := s.publicIPs()
	if err != nil {
		return err
	}
	s.tapes = record.New(record.Config{Store: s.blobs, Log: s.log})
	s.rooms, err = signaling.New(signaling.Config{
		Key: key, MediaUDP: s.settings.MediaUDP, MediaTCP: s.settings.MediaTCP, PublicIPs: public, Loopback: s.settings.loopback(),
		ICE: func(p yilian.PersonID) []signaling.ICEServer {
			if s.turn == nil {
				return nil
			}
			return s.turn.ICE(p)
		},
		Observer: witness{s},
		Recorder: recorder{s},
		Admit:    func(ctx context.Context, room string, p yilian.PersonID) error { return s.requests.Admit(ctx, room, p) },
		Logger:   s.log,
	})
	if err != nil {
		return fmt.Errorf("--media-udp, --media-tcp: %w", err)
	}
	return s.openRelay(key, public)
}

// openRelay opens the relay on its own ports and behind the port of https.
func (s *service) openRelay(key []byte, public []netip.Addr) (err error) {
	c := turn.Config{
		UDP: s.settings.TURN, TCP: s.settings.TURN, Secret: key, Hosts: s.settings.PublicIP, MediaPort: s.rooms.Ports().UDP, MediaIPs: public,
		Loopback: s.settings.loopback(), Logger: s.log,
	}
	if s.https != nil && s.settings.TURNTLS != "" {
		if c.URLs, err = s.relayURLs(time.Now()); err != nil {
			return err
		}
		s.relayDoor = newHanded(s.https.Addr())
		c.Listeners = append(c.Listeners, s.relayDoor)
	}
	if c.UDP == "" && len(c.Listeners) == 0 {
		return nil
	}
	if s.turn, err = turn.New(c); err != nil {
		return fmt.Errorf("--turn: %w", err)
	}
	s.closers = append(s.closers, s.turn.Close)
	return nil
}

func (s *service) publicIPs() (ips []netip.Addr, err error) {
	for _, text := range s.settings.PublicIP {
		ip, err := netip.ParseAddr(text)
		if err != nil {
			return nil, fmt.Errorf("--public-ip: %w", err)
		}
		ips = append(ips, ip)
	}
	return ips, nil
}

func (s *service) joinRequests(context.Context) error {
	s.requests = request.New(request.Config{
		Store: s.store(), Directory: s.directory, Patients: s.patients, Studies: attached{s.readings}, Calls: calls{s.rooms, s.turn},
		Files: files{s.blobs}, Log: s.log,
	})
	s.requests.Register(s.clock, s.relay)
	s.relay.Handle(reading.StudyKind, func(ctx context.Context, m flow.Message) error { return s.imaged(ctx, yilian.StudyUID(m.Key)) })
	return nil
}

func (s *service) joinDoors(demo bool) (err error) {
	s.joinTruth()
	s.api, err = api.New(api.Config{
		Store: s.store(), Directory: s.directory, Requests: s.requests, KeptAside: keptAside{s.archive}, Truth: truth{s}, Exports: exports{s}, Shares: s.shares, GivenAway: givenAway{exports{s}}, Prints: prints{s}, Imports: imports{s.archive}, LineTests: calls{s.rooms, s.turn}, Recordings: s.recordings, Bus: s.bus, Log: s.log, Origins: s.settings.Origins, Proxies: s.settings.Proxies, Demo: demo,
		Clinical: s.clinical(),
		Peers:    s.forwarding.peers, Forwarding: forwardDoor{s.forwarding, s.settings},
	})
	if err != nil {
		return err
	}
	s.images, err = dicomweb.New(dicomweb.Config{
		Archive: s.archive, Authenticate: s.api.Authenticate, Origins: s.settings.Origins, Logger: s.log,
		Prepare: s.preparation.want,
	})
	if err != nil {
		return err
	}
	s.joinWorkitems()
	s.joinPreparation()
	return s.joinShared()
}

// clinical are the services behind patients, orders, studies and reads. Without a font everything works but printing.
func (s *service) clinical() api.ClinicalServices {
	press, err := paper.New(s.settings.Font, nil)
	if err != nil {
		s.log.Warn("nothing can be printed", "err", err)
	}
	return api.ClinicalServices{
		Patients: s.patients, Orders: s.orders, Readings: s.readings, Press: press, PrintError: err,
		Chart: patient.NewChart(s.patients, patient.NewLooks(time.Now), map[string]patient.Tie{"consult": s.requests, "reading": s.readings}),
	}
}

func (s *service) openDICOM(context.Context) error {
	plain, secure, conf, err := s.dicomListeners()
	if err != nil || plain == nil && secure == nil {
		return err
	}
	shelf := scp.FromArchive(s.archive)
	s.dicom, err = scp.New(scp.Config{
		Listener: plain, Secure: secure, TLS: conf, AETitle: s.settings.AE, Archive: s.archive, Devices: modalities{s.directory}, Logger: s.log,
		Library: shelf, Commitment: shelf, Worklist: worklist{s.orders}, Performed: worklist{s.orders},
		Destinations: modalities{s.directory}, Later: s.forwarding.later, Reports: s.forwarding.send, Identities: identities{s.directory},
		Hooks: scp.Hooks{Refused: s.strangers()},
	})
	if err != nil {
		for _, ln := range []net.Listener{plain, secure} {
			if ln != nil {
				err = errors.Join(err, ln.Close())
			}
		}
	}
	return err
}

func (s *service) listen(context.Context) (err error) {
	if s.settings.HTTP != "" {
		if s.http, err = net.Listen("tcp", s.settings.HTTP); err != nil {
			return fmt.Errorf("--http: %w", err)
		}
	}
	if s.settings.HTTPS != "" {
		if s.https, err = net.Listen("tcp", s.settings.HTTPS); err != nil {
			return fmt.Errorf("--https: %w", err)
		}
	}
	return nil
}

// unlisten closes the web's ports when nothing will be served on them.
func (s *service) unlisten() error {
	var errs []error
	for _, ln := range []net.Listener{s.http, s.https} {
		if ln != nil {
			errs = append(errs, ln.Close())
		}
	}
	return errors.Join(errs...)
}

// close lets go of the stores, last opened first. run closes the doors.
func (s *service) close() error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i]())
	}
	s.closers = nil
	return errors.Join(errs...)
}

// doors are the handlers behind the HTTP listeners.
func (s *service) doors() doors {
	d := doors{
		api: s.api.Handler(), dicomweb: s.images, shared: s.shared, workitems: s.workitemDoor(), rtc: s.rooms.Handler(), web: web.Handler(), ready: s.ready, detail: s.detail, metrics: s.metrics(), log: s.log,
	}
	if s.authority != nil {
		d.authorityCert = s.authority.pem()
	}
	return d
}

// ready tells which of the stores can be used now.
func (s *service) ready(ctx context.Context) map[string]error {
	_, err := s.blobs.List(ctx, "", "", 1)
	return map[string]error{"database": s.db.Ping(ctx), "objects": err, "bus": s.bus.Ping(ctx)}
}
