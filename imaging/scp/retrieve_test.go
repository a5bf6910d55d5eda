package scp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"yilian"
	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
	"yilian/imaging/phantom"
)

// places are the destinations of a test by AE title.
type places map[string]Destination

func (p places) Destination(_ context.Context, _ yilian.Actor, ae string) (Destination, error) {
	d, ok := p[ae]
	if !ok {
		return Destination{}, yilian.Errorf(yilian.NotFound, "device.unknown", "There is no such device.")
	}
	return d, nil
}

const ctClass, dxClass, mrClass = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.1.1", "1.2.840.10008.5.1.4.1.1.4"

// getter asks for storage as SCP of some classes in a transfer syntax.
func getter(syntax string, classes ...string) dimse.Options {
	var o dimse.Options
	for _, c := range classes {
		o.Contexts = append(o.Contexts, proposal(c, syntax))
		o.Roles = append(o.Roles, dimse.Role{SOPClass: c, SCP: true})
	}
	return o
}

func TestGetLevels(t *testing.T) {
	w := newWorld(t)
	w.studies()
	ct := w.store("county", phantom.HeadCT, phantom.Options{PatientID: "P-9", Accession: "A-9", Images: 3, Size: 64, Seed: 7})
	one := ct[1]
	a := w.call(getter(dimse.ExplicitVRLittleEndian, ctClass, dxClass, mrClass), PatientRootGet, StudyRootGet)
	for name, c := range map[string]struct {
		class string
		keys  *dicom.Dataset
		want  int
	}{
		"patient":    {PatientRootGet, keysOf(levelPatient, dicom.PatientID, "P-1"), 5},
		"study":      {StudyRootGet, keysOf(levelStudy, dicom.StudyInstanceUID, one.StudyUID), 3},
		"series":     {StudyRootGet, keysOf(levelSeries, dicom.StudyInstanceUID, one.StudyUID, dicom.SeriesInstanceUID, one.SeriesUID), 3},
		"image":      {StudyRootGet, keysOf(levelImage, dicom.StudyInstanceUID, one.StudyUID, dicom.SeriesInstanceUID, one.SeriesUID, dicom.SOPInstanceUID, one.SOPInstanceUID), 1},
		"two images": {StudyRootGet, keysOf(levelImage, dicom.StudyInstanceUID, one.StudyUID, dicom.SeriesInstanceUID, one.SeriesUID, dicom.SOPInstanceUID, one.SOPInstanceUID+`\`+ct[2].SOPInstanceUID), 2},
		"nothing":    {StudyRootGet, keysOf(levelStudy, dicom.StudyInstanceUID, "1.2.3.4"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := map[string]int64{}
			o, err := a.Get(t.Context(), c.class, c.keys, drain(got), nil)
			if err != nil || o.Status != dimse.Success || len(got) != c.want || int(o.SubOperations.Completed) != c.want || o.SubOperations.Remaining != 0 {
				t.Errorf("%d instances, %+v, %v", len(got), o, err)
			}
		})
	}
	for name, keys := range map[string]*dicom.Dataset{
		"no key": keysOf(levelStudy), "no level": keysOf("", dicom.StudyInstanceUID, "1.2"), "patient level": keysOf(levelPatient, dicom.PatientID, "P-1"),
	} {
		if o, err := a.Get(t.Context(), StudyRootGet, keys, drain(map[string]int64{}), nil); err != nil || o.Status != dimse.DataSetMismatch {
			t.Errorf("%s: %+v, %v", name, o, err)
		}
	}
	if err := a.Release(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestGetGivesTheBytesAsTheyAreKept, and in explicit VR little endian to who cannot take them so, and not at all what cannot be
// converted.
func TestGetGivesTheBytesAsTheyAreKept(t *testing.T) {
	dir := shared(t, "ts")
	if dir == "" {
		t.Skip("no shared test files")
	}
	for name, c := range map[string]struct{ asked, got string }{
		"CTImage_jpegls_lossless_80.dcm": {dicom.JPEGLSLossless, dicom.JPEGLSLossless},
		"CTImage_rle.dcm":                {dimse.ExplicitVRLittleEndian, dimse.ExplicitVRLittleEndian},
		"CTImage_explicit_be.dcm":        {dimse.ExplicitVRLittleEndian, dimse.ExplicitVRLittleEndian},
		"MR_small_implicit.dcm":          {dimse.ImplicitVRLittleEndian, dimse.ImplicitVRLittleEndian},
		"CTImage_deflated.dcm":           {dimse.ImplicitVRLittleEndian, dimse.ImplicitVRLittleEndian},
		"examples_jpeg2k.dcm":            {dimse.ExplicitVRLittleEndian, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			file, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			s, err := readSample(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			stored := w.put("county", file)
			a := w.call(getter(c.asked, s.class), StudyRootGet)
			var data []byte
			var in string
			o, err := a.Get(t.Context(), StudyRootGet, keysOf(levelStudy, dicom.StudyInstanceUID, string(stored.Study)), func(m *dimse.Message) *dimse.Command {
				data, _ = io.ReadAll(m.Data)
				in = m.Context.TransferSyntax
				return m.Command.Response(dimse.Success)
			}, nil)
			if err != nil || in != c.got {
				t.Fatalf("in %q, %+v, %v", in, o, err)
			}
			switch {
			case c.got == "":
				if o.Status != dimse.NoSubOperations || o.SubOperations.Failed != 1 || o.Data.UID(dicom.FailedSOPInstanceUIDList) != s.instance {
					t.Errorf("%+v", o)
				}
			case c.got == s.syntax:
				if !bytes.Equal(data, s.data) {
					t.Errorf("%d other bytes", len(data))
				}
			default:
				d, err := dicom.Parse(data, dicom.Syntax(c.got))
				if err != nil || d.UID(dicom.SOPInstanceUID) != s.instance || !d.Has(dicom.PixelData) {
					t.Errorf("converted: %v", err)
				}
			}
		})
	}
}

func TestGetSCU(t *testing.T) {
	w := newWorld(t)
	ct := w.store("county", phantom.HeadCT, phantom.Options{Images: 5, Size: 64})
	dir := t.TempDir()
	args := append([]string{"-v", "-S", "-aet", "TESTER", "-aec", "YILIAN", "-od", dir, "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=" + ct[0].StudyUID}, hostPort(w.addr)...)
	out := run(t, "getscu", args...)
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(files) != len(ct) {
		t.Errorf("%d files\n%s", len(files), out)
	}
}

func TestMoveToStoreSCP(t *testing.T) {
	dir, addr := storescp(t)
	w := newWorld(t, func(c *Config) {
		c.Destinations = places{"STORESCP": {AE: "STORESCP", Address: addr}, "GONE": {AE: "GONE", Address: "127.0.0.1:1"}}
	})
	w.studies()
	args := append([]string{
		"-v", "-P", "-aet", "TESTER", "-aec", "YILIAN", "-aem", "STORESCP", "-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=P-2",
	}, hostPort(w.addr)...)
	out := run(t, "movescu", args...)
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(files) != 6 {
		t.Errorf("%d files\n%s", len(files), out)
	}
	a := w.call(dimse.Options{}, StudyRootMove)
	for to, want := range map[string]dimse.Status{"NOBODY": dimse.UnknownDestination, "GONE": dimse.NoSubOperations} {
		studies := w.studyUIDs()
		o, err := a.Move(t.Context(), StudyRootMove, to, keysOf(levelStudy, dicom.StudyInstanceUID, studies[0]), nil)
		if err != nil || o.Status != want {
			t.Errorf("to %s: %+v, %v", to, o, err)
		}
	}
	if n := w.Stats(); n.Sent != 6 || n.Unsent == 0 {
		t.Errorf("%+v", n)
	}
}

func (w *world) studyUIDs() []string {
	a := w.call(dimse.Options{}, StudyRootFind)
	all, _ := find(w.t, a, StudyRootFind, keysOf(levelStudy))
	return values(all, dicom.StudyInstanceUID)
}

// TestMoveOriginatorAndFailures: the receiver learns who asked, and what it refuses is told.
func TestMoveOriginatorAndFailures(t *testing.T) {
	var seen []*dimse.Command
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- takeOne(t.Context(), l, func(c *dimse.Command) { seen = append(seen, c) }) }()
	w := newWorld(t, func(c *Config) { c.Destinations = places{"OTHER": {AE: "OTHER", Address: l.Addr().String()}} })
	ct := w.store("county", phantom.HeadCT, phantom.Options{Images: 3, Size: 64})
	a := w.call(dimse.Options{}, StudyRootMove)
	o, err := a.Move(t.Context(), StudyRootMove, "OTHER", keysOf(levelStudy, dicom.StudyInstanceUID, ct[0].StudyUID), nil)
	if err != nil || o.Status != dimse.SomeFailed || o.SubOperations.Completed != 2 || o.SubOperations.Failed != 1 {
		t.Errorf("%+v, %v", o, err)
	}
	if failed := o.Data.Strings(dicom.FailedSOPInstanceUIDList); len(failed) != 1 || failed[0] != ct[1].SOPInstanceUID {
		t.Errorf("failed %v", failed)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	for _, c := range seen {
		if c.MoveOriginator != "TESTER" || c.MoveOriginatorID != 1 {
			t.Errorf("%+v", c)
		}
	}
}

// takeOne accepts one association on l and takes all but the second instance.
func takeOne(ctx context.Context, l net.Listener, see func(*dimse.Command)) error {
	n := 0
	return answerOne(ctx, l, func(m *dimse.Message) *dimse.Command {
		see(m.Command)
		if n++; n == 2 {
			return m.Command.Response(dimse.CannotUnderstand)
		}
		return m.Command.Response(dimse.Success)
	})
}

// answerOne accepts one association on l, everything in it, and answers until it is released.
func answerOne(ctx context.Context, l net.Listener, answer func(*dimse.Message) *dimse.Command) error {
	conn, err := l.Accept()
	if err != nil {
		return err
	}
	_ = l.Close()
	a, err := dimse.Accept(ctx, conn, dimse.AcceptOptions{Negotiate: func(_ context.Context, rq *dimse.Associate) (dimse.Agreement, *dimse.Reject) {
		var g dimse.Agreement
		for _, p := range rq.Proposed {
			g.Contexts = append(g.Contexts, dimse.Answered{ID: p.ID, TransferSyntax: p.TransferSyntaxes[0]})
		}
		return g, nil
	}})
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	for {
		m, err := a.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := a.Reply(m, answer(m)); err != nil {
			return err
		}
	}
}

func TestGetIsCancelled(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Limits.Subs = time.Nanosecond })
	ct := w.store("county", phantom.HeadCT, phantom.Options{Images: 12, Size: 64})
	a := w.call(getter(dimse.ExplicitVRLittleEndian, ctClass), StudyRootGet)
	got := map[string]int64{}
	stop := fmt.Errorf("enough")
	o, err := a.Get(t.Context(), StudyRootGet, keysOf(levelStudy, dicom.StudyInstanceUID, ct[0].StudyUID), drain(got), func(s dimse.SubOperations) error {
		if s.Completed >= 3 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || o.Status != dimse.Cancelled || o.SubOperations.Remaining == 0 || len(got) >= len(ct) || len(got) != int(o.SubOperations.Completed) {
		t.Errorf("%d instances, %+v, %v", len(got), o, err)
	}
	if err := a.Release(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestGetterThatStopsReading is cut after the time for writing, and holds up nobody.
func TestGetterThatStopsReading(t *testing.T) {
	ended := make(chan Summary, 1)
	w := newWorld(t, func(c *Config) {
		c.Timeouts = dimse.Timeouts{ARTIM: 200 * time.Millisecond, Write: 500 * time.Millisecond, Response: time.Second}
		c.Hooks.Ended = func(s Summary) { ended <- s }
	})
	ct := w.store("county", phantom.HeadCT, phantom.Options{Images: 2, Size: 64})
	a := w.call(getter(dimse.ExplicitVRLittleEndian, ctClass), StudyRootGet)
	hold := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		_, err := a.Get(t.Context(), StudyRootGet, keysOf(levelStudy, dicom.StudyInstanceUID, ct[0].StudyUID), func(m *dimse.Message) *dimse.Command {
			<-hold
			return m.Command.Response(dimse.Success)
		}, nil)
		done <- err
	}()
	select {
	case s := <-ended:
		if s.Released {
			t.Errorf("%+v", s)
		}
	case <-time.After(20 * time.Second):
		t.Error("not cut")
	}
	close(hold)
	if err := <-done; err == nil {
		t.Error("the getter noticed nothing")
	}
}

// TestPatientsOfTwoIssuersAreNotMixed: a number alone does not name a patient.
func TestPatientsOfTwoIssuersAreNotMixed(t *testing.T) {
	w := newWorld(t)
	w.store("county", phantom.ChestDX, phantom.Options{PatientID: "7", Issuer: "EAST", Size: 64, Seed: 1})
	w.store("county", phantom.ChestDX, phantom.Options{PatientID: "7", Issuer: "WEST", Size: 64, Seed: 2})
	a := w.call(getter(dimse.ExplicitVRLittleEndian, dxClass), PatientRootGet)
	got := map[string]int64{}
	o, err := a.Get(t.Context(), PatientRootGet, keysOf(levelPatient, dicom.PatientID, "7"), drain(got), nil)
	if err != nil || o.Status != dimse.DataSetMismatch || len(got) != 0 {
		t.Errorf("%+v, %v, %d", o, err, len(got))
	}
	o, err = a.Get(t.Context(), PatientRootGet, keysOf(levelPatient, dicom.PatientID, "7", dicom.IssuerOfPatientID, "WEST"), drain(got), nil)
	if err != nil || o.Status != dimse.Success || len(got) != 1 {
		t.Errorf("%+v, %v, %v", o, err, slices.Collect(maps.Keys(got)))
	}
}

func TestFindSCU(t *testing.T) {
	w := newWorld(t)
	w.studies()
	for name, c := range map[string]struct {
		args []string
		want int
	}{
		"study root":         {[]string{"-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientName", "-k", "AccessionNumber"}, 3},
		"patient root":       {[]string{"-P", "-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientName", "-k", "PatientID"}, 2},
		"GB18030":            {[]string{"-S", "-k", "SpecificCharacterSet=GB18030", "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientName=\xd5\xc5*"}, 2},
		"UTF-8":              {[]string{"-S", "-k", "SpecificCharacterSet=ISO_IR 192", "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientName=李*"}, 1},
		"cancelled":          {[]string{"-S", "--cancel", "1", "-k", "QueryRetrieveLevel=STUDY"}, 3},
		"implicit VR":        {[]string{"-xi", "-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyDate=20261121"}, 2},
		"big endian":         {[]string{"-xb", "-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyDate=20261121"}, 2},
		"nobody of the name": {[]string{"-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientName=Nobody"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			args := append([]string{"-v", "-X", "-od", dir, "-aet", "TESTER", "-aec", "YILIAN"}, hostPort(w.addr)...)
			cmd := exec.Command(tool(t, "findscu"), append(args, c.args...)...)
			out, err := cmd.CombinedOutput()
			files, _ := filepath.Glob(filepath.Join(dir, "*.dcm"))
			if err != nil || len(files) > c.want || name != "cancelled" && len(files) != c.want {
				t.Fatalf("%d answers, want %d, %v\n%s", len(files), c.want, err, out)
			}
			for _, f := range files {
				if text := run(t, "dcmdump", "+U8", f); strings.Contains(name, "18030") && !strings.Contains(text, "张^三") {
					t.Errorf("%s", text)
				}
			}
		})
	}
}
