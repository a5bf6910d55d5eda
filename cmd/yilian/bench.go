package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/scp"
)

// benchCmd are the measurements that the project's claims of speed can be checked with.
type benchCmd struct {
	Imaging  benchImagingCmd  `cmd:"" help:"Measure storing and reading beside Orthanc, storescp and a bare receiver."`
	Query    benchQueryCmd    `cmd:"" help:"Measure searches as the archive grows."`
	Memory   benchMemoryCmd   `cmd:"" help:"Measure the memory that one large object and many small ones take."`
	Forward  benchForwardCmd  `cmd:"" help:"Measure sending a study on beside Orthanc and storescu."`
	Media    benchMediaCmd    `cmd:"" help:"Measure what calls cost the server, beside Janus."`
	Viewer   benchViewerCmd   `cmd:"" help:"Measure opening studies over good and bad lines beside OHIF (root, Node, Chromium)."`
	Lines    benchLinesCmd    `cmd:"" help:"Measure calls between real browsers over bad lines (root, Node, Chromium)."`
	Line     benchLineCmd     `cmd:"" help:"Emulate a bad line between two network namespaces, for whatever runs in them (root)."`
	Receiver benchReceiverCmd `cmd:"" hidden:"" help:"The bare receiver of bench imaging."`
}

// benchAccess lets everybody store and read: what is measured with it is the archive alone.
type benchAccess struct{}

func (benchAccess) Scope(context.Context, yilian.Actor) (imaging.Scope, error) {
	return imaging.Scope{All: true}, nil
}
func (benchAccess) MayRead(context.Context, yilian.Actor, yilian.StudyUID) error { return nil }
func (benchAccess) MayStore(context.Context, yilian.Actor) (yilian.InstitutionID, error) {
	return "bench", nil
}

func (benchAccess) Device(context.Context, scp.Connection) (scp.Caller, error) {
	return scp.Caller{Actor: yilian.Actor{Device: "BENCH", Institution: "bench"}}, nil
}

// benchReceiverCmd is the least that a durable receiver has to do: the same DIMSE door, and behind it one file an instance, written
// and synced once. It knows nothing of what is in them.
type benchReceiverCmd struct {
	Listen string `required:"" help:"Address."`
	Folder string `required:"" help:"Where the files go."`
}

// Run receives until it is stopped.
func (c *benchReceiverCmd) Run(ctx context.Context, _ *slog.Logger) error {
	ln, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	door, err := scp.New(scp.Config{
		Listener: ln, AETitle: bareAE, Archive: bareArchive{c.Folder}, Devices: benchAccess{}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	return door.Run(ctx)
}

const bareAE = "BARE"

// bareArchive writes each instance into a file and syncs that, but not its name.
type bareArchive struct{ folder string }

func (a bareArchive) Store(_ context.Context, _ yilian.Actor, in imaging.Incoming, data io.Reader) (stored imaging.Stored, err error) {
	f, err := os.Create(filepath.Join(a.folder, fmt.Sprintf("%s.dcm", filepath.Base(string(in.SOPInstance)))))
	if err != nil {
		return stored, err
	}
	stored.Instance = in.SOPInstance
	stored.Size, err = io.CopyBuffer(struct{ io.Writer }{f}, data, make([]byte, 128<<10))
	return stored, errors.Join(err, f.Sync(), f.Close())
}

func (bareArchive) EndAssociation(context.Context, string) error { return nil }
