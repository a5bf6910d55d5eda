package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
)

// benchMemoryCmd measures how much memory the whole program takes at most: while one large multi-frame object is stored, while many
// small ones are, and again, to see whether it grows.
type benchMemoryCmd struct {
	Frames int `help:"Frames of 1024 × 1024 × 16 bit in the large object, 2 MiB each." default:"1000"`
	Small  int `help:"Small objects." default:"10000"`
	Rounds int `help:"How often both are done." default:"3"`
}

const memoryBar = 150 // MB

// Run measures and prints the peak after each step.
func (c *benchMemoryCmd) Run(ctx context.Context, log *slog.Logger) (err error) {
	dir, err := os.MkdirTemp("", "yilian-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	p, err := startOwn(ctx, filepath.Join(dir, "data"), benchSender{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	if err := p.awaitEcho(ctx); err != nil {
		return fmt.Errorf("%w\n%s", err, p.lastWords())
	}
	fmt.Printf("VmHWM and VmRSS of the program in MB; bar %d\n", memoryBar)
	tell := func(what string) error {
		peak, now, err := memoryOf(p.process.Process.Pid)
		verdict := "met"
		if peak > memoryBar {
			verdict = "MISSED"
		}
		fmt.Printf("%6.1f %6.1f  %s  %s\n", peak, now, verdict, what)
		return err
	}
	if err := tell("started"); err != nil {
		return err
	}
	for round := range c.Rounds {
		began := time.Now()
		if err := c.sendLarge(ctx, p, round); err != nil {
			return fmt.Errorf("large object: %w", err)
		}
		log.Info("stored", "frames", c.Frames, "took", time.Since(began))
		if err := tell(fmt.Sprintf("round %d: one object of %d MB", round+1, c.Frames*2)); err != nil {
			return err
		}
		began = time.Now()
		if err := c.sendSmall(ctx, p, round); err != nil {
			return fmt.Errorf("small objects: %w", err)
		}
		log.Info("stored", "small objects", c.Small, "took", time.Since(began))
		if err := tell(fmt.Sprintf("round %d: %d small objects", round+1, c.Small)); err != nil {
			return err
		}
	}
	return nil
}

func (c *benchMemoryCmd) dial(ctx context.Context, p *benchPeer, class string) (*dimse.Association, error) {
	return dimse.Dial(ctx, net.JoinHostPort(p.host, p.port), dimse.Options{
		Calling: p.calling, Called: p.called,
		Contexts: []dimse.Proposal{{AbstractSyntax: class, TransferSyntaxes: []string{dicom.ExplicitVRLittleEndian}}},
	})
}

// sendLarge sends one object whose frames are made on the way.
func (c *benchMemoryCmd) sendLarge(ctx context.Context, p *benchPeer, round int) error {
	const class = "1.2.840.10008.5.1.4.1.1.7.3" // Multi-frame Grayscale Word Secondary Capture
	instance := fmt.Sprintf("2.25.7600.1.%d", round)
	a, err := c.dial(ctx, p, class)
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	frame := bytes.Repeat([]byte{1, 2, 3, 4}, 1<<19)
	d := slice(0, nil)
	d.SetString(dicom.SOPClassUID, class)
	d.SetString(dicom.SOPInstanceUID, instance)
	d.SetInt(dicom.Rows, 1024)
	d.SetInt(dicom.Columns, 1024)
	d.SetText(dicom.NumberOfFrames, dicom.IS, strconv.Itoa(c.Frames))
	d.Delete(dicom.PixelData)
	head, err := dicom.AppendDataset(nil, d, dicom.Syntax(dicom.ExplicitVRLittleEndian))
	if err != nil {
		return err
	}
	size := uint32(c.Frames * len(frame))
	head = append(head, 0xE0, 0x7F, 0x10, 0x00, 'O', 'W', 0, 0, byte(size), byte(size>>8), byte(size>>16), byte(size>>24))
	parts := []io.Reader{bytes.NewReader(head)}
	for range c.Frames {
		parts = append(parts, bytes.NewReader(frame))
	}
	answer, err := a.Store(ctx, dimse.Instance{
		SOPClass: class, SOPInstance: instance, TransferSyntax: dicom.ExplicitVRLittleEndian, Data: io.MultiReader(parts...), Size: int64(len(head)) + int64(size),
	})
	if err == nil && !answer.Status.OK() {
		err = fmt.Errorf("answered %v %s", answer.Status, answer.Comment)
	}
	return errors.Join(err, a.Release(ctx))
}

// sendSmall sends objects of about 33 KB over 8 associations.
func (c *benchMemoryCmd) sendSmall(ctx context.Context, p *benchPeer, round int) error {
	const jobs, class = 8, "1.2.840.10008.5.1.4.1.1.2"
	errs := make(chan error, jobs)
	for job := range jobs {
		go func() {
			errs <- func() error {
				a, err := c.dial(ctx, p, class)
				if err != nil {
					return err
				}
				defer func() { _ = a.Close() }()
				for i := job; i < c.Small; i += jobs {
					d := slice(i, make([]byte, 128*128*2))
					d.SetInt(dicom.Rows, 128)
					d.SetInt(dicom.Columns, 128)
					instance := fmt.Sprintf("2.25.7600.2.%d.%d", round, i)
					d.SetString(dicom.SOPInstanceUID, instance)
					raw, err := dicom.AppendDataset(nil, d, dicom.Syntax(dicom.ExplicitVRLittleEndian))
					if err != nil {
						return err
					}
					answer, err := a.Store(ctx, dimse.Instance{
						SOPClass: class, SOPInstance: instance, TransferSyntax: dicom.ExplicitVRLittleEndian, Data: bytes.NewReader(raw), Size: int64(len(raw)),
					})
					if err != nil {
						return err
					}
					if !answer.Status.OK() {
						return fmt.Errorf("answered %v %s", answer.Status, answer.Comment)
					}
				}
				return a.Release(ctx)
			}()
		}()
	}
	var all error
	for range jobs {
		all = cmp.Or(all, <-errs)
	}
	return all
}

// memoryOf reads the most memory that a process had resident, and what it has now, in MB.
func memoryOf(pid int) (peak, now float64, err error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		for key, into := range map[string]*float64{"VmHWM:": &peak, "VmRSS:": &now} {
			if rest, ok := strings.CutPrefix(line, key); ok {
				kb, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
				if err != nil {
					return 0, 0, err
				}
				*into = kb * 1024 / 1e6
			}
		}
	}
	return peak, now, nil
}
