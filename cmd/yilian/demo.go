package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/request"
)

// demoCmd runs the service over a fictional county. Its first start makes people, roster and agreements, and sends studies over
// real DICOM associations from simulated devices; later starts go on with what is there and prolong the roster.
type demoCmd struct {
	settings `embed:""`
	Live     bool    `help:"Keep raising requests and sending studies, so that the wall is alive."`
	Rate     float64 `help:"With --live: events a minute." default:"2"`
	Empty    bool    `help:"Send no studies at the start."`

	benchViewerData `embed:""`
}

// Validate checks what only the demo has.
func (c *demoCmd) Validate() error {
	if c.Rate <= 0 || c.Rate > 600 {
		return errors.New("--rate: above 0 and at most 600 a minute")
	}
	return nil
}

// Run seeds and serves until SIGINT or SIGTERM.
func (c *demoCmd) Run(ctx context.Context, log *slog.Logger) error {
	s, err := wire(ctx, &c.settings, log, true)
	if err != nil {
		return err
	}
	there, err := s.directory.Institutions(ctx)
	if err != nil {
		return errors.Join(err, s.close())
	}
	first := len(there) == 0
	county, err := seedCounty(ctx, s.directory, time.Now())
	if err != nil {
		return errors.Join(err, s.close())
	}
	s.announce()
	s.welcome(os.Stdout)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var play sync.WaitGroup
	play.Go(func() { c.play(ctx, s, county, first, log) })
	if c.OHIFAt != "" {
		play.Go(func() {
			if err := c.serve(ctx, s); err != nil {
				log.Error("OHIF", "err", err)
			}
		})
	}
	err = s.run(ctx)
	stop()
	play.Wait()
	return err
}

// play sends the first studies, and with --live goes on.
func (c *demoCmd) play(ctx context.Context, s *service, county *county, first bool, log *slog.Logger) {
	d := &devices{service: s, county: county, addr: dialable(c.DICOM), log: log}
	if first && !c.Empty && c.DICOM != "" {
		for _, p := range demoStudies {
			if err := d.perform(ctx, p, 0); err != nil && ctx.Err() == nil {
				log.Error("demo study", "kind", p.kind, "err", err)
			}
		}
		if ctx.Err() == nil {
			log.Info("demo studies sent", "studies", len(demoStudies))
		}
	}
	for p, images := range c.studies() {
		if err := d.perform(ctx, p, images); err != nil && ctx.Err() == nil {
			log.Error("demo study", "kind", p.kind, "images", images, "err", err)
			continue
		}
		log.Info("demo study sent", "kind", p.kind, "images", images)
	}
	if !c.Live {
		return
	}
	pause := time.Duration(float64(time.Minute) / c.Rate)
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := d.happen(ctx, n); err != nil && ctx.Err() == nil {
			log.Warn("demo event", "err", err)
		}
	}
}

// happen raises a request, or every third time sends a study of a new order.
func (d *devices) happen(ctx context.Context, n int) error {
	if n%3 == 2 && d.addr != "" {
		p := demoStudies[rand.N(len(demoStudies))]
		p.name = demoPatients[rand.N(len(demoPatients))]
		return d.perform(ctx, p, 0)
	}
	c := demoCases[rand.N(len(demoCases))]
	site := demoSites[2+rand.N(len(demoSites)-2)].key
	doctor, err := d.doctor(site)
	if err != nil {
		return err
	}
	who := demoPatients[rand.N(len(demoPatients))]
	_, err = d.requests.Create(ctx, flow.By(doctor), request.NewRequest{
		Patient:   who.details(),
		Content:   request.Content{Kind: c.kind, Specialty: c.specialty, Summary: c.text, Consent: request.Consent{Given: true}},
		Alongside: true, Submit: true,
	})
	return err
}

// doctor is the actor of a township's requesting doctor.
func (d *devices) doctor(site string) (yilian.Actor, error) {
	for _, p := range demoPeople {
		if p.at == site && p.roles[0] == yilian.RoleRequester {
			v := d.county.people[p.login]
			return yilian.Actor{Person: yilian.PersonID(v.ID), Name: v.Name, Institution: d.county.id(site), Department: p.department, Roles: p.roles}, nil
		}
	}
	return yilian.Actor{}, fmt.Errorf("no requesting doctor at %s", site)
}

// welcome says where to look and how to get in.
func (s *service) welcome(w io.Writer) {
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }
	line("")
	line("  医联演示 · 云岭县（虚构）   Yilian demo: a fictional county")
	line("")
	if s.http != nil {
		line("  http://%s", browsable(s.http.Addr()))
	}
	if s.https != nil {
		line("  https://%s   手机请用这个地址，先打开 /trust   phones: open /trust first", browsable(s.https.Addr()))
		for _, ip := range localAddrs() {
			_, port, _ := net.SplitHostPort(s.https.Addr().String())
			line("  https://%s", net.JoinHostPort(ip.String(), port))
		}
	}
	line("  DICOM %s  AE %s", s.settings.DICOM, s.settings.AE)
	line("")
	line("  密码都是 every password is: %s", demoPassword)
	for _, p := range demoPeople {
		line("  %-14s %s · %s · %s", p.login, p.name, p.department, rolesText(p.roles))
	}
	line("")
	line("  试一试 try: 清溪 qingxi 发起协诊 → 林医生 lin 接诊 → 通话 → 意见；苏医生 yuepian 阅片 → 韩主任 shenhe 审核")
	line("  Ctrl-C 停止 stops")
	line("")
}

// browsable is an address that a browser on this machine can open.
func browsable(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

// dialable is the address at which this machine reaches its own listener.
func dialable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
