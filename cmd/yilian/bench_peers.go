package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
)

// What the receivers are called in the table.
const (
	ownTitle     = "yilian"
	orthancName  = "Orthanc"
	bareName     = "bare receiver, one fsync an instance"
	storescpName = "storescp +B, no fsync"
)

// benchPeer is a running receiver, measured with one kind of sender.
type benchPeer struct {
	name, called, host, port string
	calling                  string // the AE title it knows; the benchmark's own where any will do
	sender                   benchSender
	process                  *exec.Cmd     // nil: not ours to end
	said                     *bytes.Buffer // by the process, up to now
	folder                   string        // emptied after each run; "": not ours

	web    string      // where its DICOMweb begins; "": it has none, or is not asked
	header http.Header // of its requests
}

func (p *benchPeer) title() string { return p.name + ", " + p.sender.name }

func (p *benchPeer) stop() error {
	if p.process == nil {
		return nil
	}
	err := p.process.Process.Kill()
	_ = p.process.Wait() // it was killed
	return err
}

// lastWords ends the process and gives the end of what it said.
func (p *benchPeer) lastWords() string {
	if p.process == nil {
		return ""
	}
	_ = p.stop() // it is being given up
	p.process = nil
	said := p.said.String()
	return said[max(0, len(said)-2000):]
}

// tidy removes what was received, where nothing but files would be left.
func (p *benchPeer) tidy() error {
	if p.folder == "" {
		return nil
	}
	return errors.Join(os.RemoveAll(p.folder), os.MkdirAll(p.folder, 0o700))
}

// startPeers starts each receiver once for each kind of sender: DCMTK's, which are inside Orthanc too, take TCP_NODELAY from
// their environment. Peers that have been started are answered even with an error.
func (c *benchImagingCmd) startPeers(ctx context.Context, dir string, log *slog.Logger) ([]*benchPeer, error) {
	kinds := []struct {
		program string // "": this one
		start   func(context.Context, string, benchSender) (*benchPeer, error)
	}{{"", startOwn}, {"", startBare}, {"Orthanc", startOrthanc}, {"storescp", startStoreSCP}}
	var peers []*benchPeer
	for n, kind := range kinds {
		if kind.program != "" {
			if _, err := exec.LookPath(kind.program); err != nil {
				log.Warn("peer left out: not installed", "peer", kind.program)
				continue
			}
		}
		for i, sender := range []benchSender{{"stock", false}, {"TCP_NODELAY=1", true}} {
			p, err := kind.start(ctx, filepath.Join(dir, fmt.Sprintf("peer-%d-%d", n, i)), sender)
			if err != nil {
				return peers, fmt.Errorf("starting %s: %w", kind.program, err)
			}
			p.sender, p.calling = sender, cmp.Or(p.calling, "BENCH")
			peers = append(peers, p)
			if err := p.awaitEcho(ctx); err != nil {
				return peers, fmt.Errorf("%s does not answer: %w\n%s", p.name, err, p.lastWords())
			}
			if p.name == ownTitle {
				if err := p.signIn(ctx); err != nil {
					return peers, fmt.Errorf("sign in: %w", err)
				}
			}
		}
	}
	return peers, nil
}

func (p *benchPeer) awaitEcho(ctx context.Context) error {
	var last error
	for range 100 {
		a, err := dimse.Dial(ctx, net.JoinHostPort(p.host, p.port), dimse.Options{
			Calling: p.calling, Called: p.called,
			Contexts: []dimse.Proposal{{AbstractSyntax: dimse.Verification, TransferSyntaxes: []string{dimse.ImplicitVRLittleEndian}}},
		})
		if err == nil {
			return errors.Join(a.Release(ctx), a.Close())
		}
		last = err
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return last
}

// freePort finds a port that was free a moment ago.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}

// start starts the receiver with the environment of its sender.
func (p *benchPeer) start(ctx context.Context, sender benchSender, dir, name string, args ...string) error {
	p.said = &bytes.Buffer{}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, senderEnv(sender), p.said, p.said
	if err := cmd.Start(); err != nil {
		return err
	}
	p.process = cmd
	return nil
}

// startStoreSCP: writes each data set as it comes, without fsync.
func startStoreSCP(ctx context.Context, dir string, sender benchSender) (*benchPeer, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	p := &benchPeer{name: storescpName, called: "STORESCP", host: "127.0.0.1", port: port, folder: dir}
	if err := p.tidy(); err != nil {
		return nil, err
	}
	return p, p.start(ctx, sender, "", "storescp", "-q", "+B", "-od", dir, port)
}

func startOrthanc(ctx context.Context, dir string, sender benchSender) (*benchPeer, error) {
	port, web, err := freePorts()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	plugins := slices.DeleteFunc([]string{"/usr/share/orthanc/plugins/libOrthancDicomWeb.so"}, func(name string) bool {
		_, err := os.Stat(name)
		return err != nil
	})
	config, err := json.Marshal(map[string]any{
		"Name": "bench", "StorageDirectory": dir, "IndexDirectory": dir, "HttpPort": json.Number(web), "RemoteAccessAllowed": false,
		"DicomPort": json.Number(port), "DicomAet": "ORTHANC", "DicomAlwaysAllowStore": true, "DicomAlwaysAllowEcho": true,
		"DicomCheckCalledAet": false, "Plugins": plugins, "DicomWeb": map[string]any{"Enable": true, "Root": "/dicom-web/"},
	})
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "orthanc.json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		return nil, err
	}
	p := &benchPeer{name: orthancName, called: "ORTHANC", host: "127.0.0.1", port: port}
	if len(plugins) > 0 {
		p.web = "http://127.0.0.1:" + web + "/dicom-web"
	}
	return p, p.start(ctx, sender, dir, "Orthanc", file)
}

func freePorts() (one, other string, err error) {
	if one, err = freePort(); err != nil {
		return "", "", err
	}
	other, err = freePort()
	return one, other, err
}

// startOwn starts this very program as the demo county, in which the sender is a known device.
func startOwn(ctx context.Context, dir string, sender benchSender) (*benchPeer, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	port, web, err := freePorts()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	p := &benchPeer{name: ownTitle, called: "YILIAN", calling: deviceAE(demoSites[0].key, "CT"), host: "127.0.0.1", port: port}
	p.web = "http://127.0.0.1:" + web + "/dicom-web"
	err = p.start(ctx, sender, dir, program, "--log-level", "warn", "demo", "--empty", "--data", dir, "--ae", p.called,
		"--dicom", net.JoinHostPort(p.host, port), "--http", "127.0.0.1:"+web, "--https", "", "--media-udp", "127.0.0.1:0", "--media-tcp", "", "--turn", "")
	return p, err
}

// startBare starts the receiver of benchReceiverCmd.
func startBare(ctx context.Context, dir string, sender benchSender) (*benchPeer, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	p := &benchPeer{name: bareName, called: bareAE, host: "127.0.0.1", port: port, folder: dir}
	if err := p.tidy(); err != nil {
		return nil, err
	}
	return p, p.start(ctx, sender, "", program, "bench", "receiver", "--listen", net.JoinHostPort(p.host, port), "--folder", dir)
}

// makeSlices writes n CT slices as Part 10 files and answers the size of one.
func makeSlices(dir string, n int) (size int, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	pixels := slicePixels()
	for i := range n {
		file, err := dicom.AppendFile(nil, slice(i, pixels), dicom.Syntax(dicom.ExplicitVRLittleEndian))
		if err != nil {
			return 0, err
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%05d.dcm", i)), file, 0o600); err != nil {
			return 0, err
		}
		size = len(file)
	}
	return size, nil
}

// slicePixels is noise of 11 bits.
func slicePixels() []byte {
	noise := rand.New(rand.NewPCG(1, 2))
	pixels := make([]byte, 512*512*2)
	for i := 0; i < len(pixels); i += 2 {
		pixels[i], pixels[i+1] = byte(noise.IntN(256)), byte(noise.IntN(8))
	}
	return pixels
}

// slice is a CT image of noise.
func slice(i int, pixels []byte) *dicom.Dataset {
	d := dicom.New("GB18030")
	for tag, value := range map[dicom.Tag]string{
		dicom.SOPClassUID: "1.2.840.10008.5.1.4.1.1.2", dicom.SOPInstanceUID: fmt.Sprintf("2.25.7300.1.%d", i),
		dicom.StudyInstanceUID: "2.25.7300.2", dicom.SeriesInstanceUID: "2.25.7300.3", dicom.Modality: "CT",
		dicom.PatientName: "Ceshi^Yi=测试^一", dicom.PatientID: "BENCH-1", dicom.PatientSex: "O", dicom.PatientBirthDate: "19700101",
		dicom.StudyDate: "20260101", dicom.StudyTime: "080000", dicom.AccessionNumber: "BENCH-1", dicom.StudyID: "1",
		dicom.StudyDescription: "胸部平扫", dicom.SeriesNumber: "1", dicom.InstanceNumber: fmt.Sprint(i + 1),
		dicom.PhotometricInterpretation: "MONOCHROME2", dicom.RescaleIntercept: "-1024", dicom.RescaleSlope: "1",
		dicom.PixelSpacing: `0.7\0.7`, dicom.ImagePositionPatient: fmt.Sprintf(`0\0\%d`, i),
	} {
		d.SetText(tag, tag.VR(), strings.Split(value, `\`)...)
	}
	for tag, value := range map[dicom.Tag]int{
		dicom.SamplesPerPixel: 1, dicom.Rows: 512, dicom.Columns: 512, dicom.BitsAllocated: 16, dicom.BitsStored: 12, dicom.HighBit: 11, dicom.PixelRepresentation: 0,
	} {
		d.SetInt(tag, value)
	}
	d.SetBytes(dicom.PixelData, dicom.OW, pixels)
	return d
}
