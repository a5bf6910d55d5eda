package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"yilian/imaging/dimse"
)

// echoCmd verifies that an application entity answers (PS3.4 Annex A).
type echoCmd struct {
	Addr    string        `arg:"" name:"address" help:"Whom to ask." placeholder:"HOST:PORT"`
	Called  string        `help:"AE title of whom we ask." default:"YILIAN"`
	Calling string        `help:"Our AE title." default:"YILIAN-ECHO"`
	Repeat  int           `help:"How often, on one association." default:"1"`
	Timeout time.Duration `help:"Longest wait for each answer." default:"10s"`
}

// Validate is called by kong.
func (c *echoCmd) Validate() error {
	return errors.Join(checkTitle("called", c.Called), checkTitle("calling", c.Calling), checkAddress(c.Addr))
}

// Run asks and prints how long the answer took.
func (c *echoCmd) Run(ctx context.Context, _ *slog.Logger) (err error) {
	a, err := dimse.Dial(ctx, c.Addr, dimse.Options{
		Calling: c.Calling, Called: c.Called,
		Timeouts: dimse.Timeouts{Read: c.Timeout, Response: c.Timeout, ARTIM: c.Timeout},
		Contexts: []dimse.Proposal{{AbstractSyntax: dimse.Verification, TransferSyntaxes: []string{dimse.ImplicitVRLittleEndian}}},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	for range max(c.Repeat, 1) {
		began := time.Now()
		status, err := a.Echo(ctx)
		if err != nil {
			return err
		}
		fmt.Printf("%s at %s (%s): %v in %.1f ms\n", c.Called, c.Addr, a.Peer.ImplementationName, status, float64(time.Since(began).Microseconds())/1e3)
		if !status.OK() {
			return fmt.Errorf("the answer was %v", status)
		}
	}
	return a.Release(ctx)
}
