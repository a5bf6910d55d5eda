package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
)

// hostileFile is something that calls itself DICOM.
type hostileFile struct {
	name    string
	content []byte
}

// hostileFiles are the malformed files beside the repository, where they are, and our own.
func hostileFiles(t *testing.T) (files []hostileFile) {
	t.Helper()
	root := filepath.Join("..", "..", "..", "shared", "dicom", "malformed")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		files = append(files, hostileFile{filepath.Base(path), content})
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(writePhantom(t, 1), "0001.dcm"))
	if err != nil {
		t.Fatal(err)
	}
	return append(files, ownHostile(good)...)
}

// ownHostile spoils a good file in the ways that cost readers most.
func ownHostile(good []byte) []hostileFile {
	element := func(group, number uint16, vr string, length uint32) []byte {
		b := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(nil, group), number)
		return binary.LittleEndian.AppendUint32(append(append(b, vr...), 0, 0), length)
	}
	nested := bytes.Repeat(append(element(0x0008, 0x1140, "SQ", 0xffffffff), "\xfe\xff\x00\xe0\xff\xff\xff\xff"...), 100_000)
	noise := make([]byte, 64<<10)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(noise) // never fails
	meta := good[:bytes.Index(good, []byte("\x08\x00"))+0]
	if at := bytes.Index(good, []byte("\x08\x00\x05\x00CS")); at > 0 {
		meta = good[:at]
	}
	with := func(tail []byte) []byte { return append(bytes.Clone(meta), tail...) }
	flipped := bytes.Clone(good)
	for range 40 {
		flipped[132+int(r.Uint64()%2000)] ^= byte(1 << (r.Uint64() % 8))
	}
	return []hostileFile{
		{"own: nothing", nil},
		{"own: noise", noise},
		{"own: a preamble of noise", append(append(bytes.Repeat([]byte{0}, 128), "DICM"...), noise...)},
		{"own: cut off in the header", good[:600]},
		{"own: cut off in the pixels", good[:len(good)-1000]},
		{"own: nested 100 000 deep", with(nested)},
		{"own: an element of 4 GB", with(append(element(0x0008, 0x0070, "UT", 0xfffffffe), noise...))},
		{"own: pixel data of 4 GB", with(append(element(0x7fe0, 0x0010, "OW", 0xfffffffe), noise...))},
		{"own: an undefined length of text", with(append(element(0x0008, 0x0070, "UT", 0xffffffff), noise...))},
		{"own: flipped bits", flipped},
		{"own: a header of 40 MB", with(append(element(0x0009, 0x1010, "OB", 40<<20), make([]byte, 40<<20)...))},
	}
}

// guess makes of a file what a sender can announce; what has no meta information goes as a CT image in implicit VR.
func (h hostileFile) guess(t *testing.T) (class, instance, syntax string, data []byte) {
	path := filepath.Join(t.TempDir(), "x.dcm")
	if err := os.WriteFile(path, h.content, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := readInstanceFile(path)
	if err != nil || len(f.class) > 64 || len(f.syntax) > 64 || dimse.Verification == f.class || f.start > int64(len(h.content)) {
		return "1.2.840.10008.5.1.4.1.1.2", "2.25." + strconv.Itoa(len(h.name)*7919+len(h.content)), dicom.ImplicitVRLittleEndian, h.content
	}
	return f.class, f.instance, f.syntax, h.content[f.start:]
}

// TestHostileImages sends what is not DICOM, or worse, through both doors, then reads back what was taken. Every file has an answer in
// time, memory stays bounded, and a device that sends properly at the same time is served.
func TestHostileImages(t *testing.T) {
	p := startProgram(t, t.TempDir())
	c := p.signIn("qingxi-jishi")
	files := hostileFiles(t)
	stop := p.busyDevice(t)
	before := p.memory("VmRSS")
	for _, h := range files {
		p.storeHostile(t, h)
		began := time.Now()
		status, answer := c.stow("/dicom-web/studies", h.content)
		if !slices.Contains([]int{200, 202, 400, 409, 413, 415}, status) || len(answer) == 0 || time.Since(began) > 10*time.Second {
			t.Errorf("STOW of %s: %d %.200s after %v", h.name, status, answer, time.Since(began))
		}
		if !p.alive() {
			t.Fatalf("%s ended the program:\n%s", h.name, p.log)
		}
	}
	readBack(t, c)
	sent := stop()
	peak := p.memory("VmHWM")
	t.Logf("%d files; resident %d MB before, %d MB at most; %d proper instances meanwhile", len(files), before>>20, peak>>20, sent)
	if peak > before+400<<20 {
		t.Errorf("hostile files cost %d MB", (peak-before)>>20)
	}
	if log := p.log.String(); strings.Contains(log, "panic") || strings.Contains(log, "level=ERROR") {
		t.Errorf("in the log:\n%.3000s", log[max(0, strings.Index(log, "level=ERROR")):])
	}
}

// storeHostile sends one file by C-STORE; the answer is a status, or the file does not even make a message.
func (p *program) storeHostile(t *testing.T, h hostileFile) {
	t.Helper()
	class, instance, syntax, data := h.guess(t)
	a, err := dimse.Dial(t.Context(), p.dcm, dimse.Options{
		Calling: "QINGXI_CT", Called: "YILIAN", Contexts: []dimse.Proposal{{AbstractSyntax: class, TransferSyntaxes: []string{syntax}}},
		Timeouts: dimse.Timeouts{Response: 10 * time.Second},
	})
	if err != nil {
		t.Errorf("%s (%s, %s): %v", h.name, class, syntax, err)
		return
	}
	defer func() { _ = a.Close() }()
	outcome, err := a.Store(t.Context(), dimse.Instance{SOPClass: class, SOPInstance: instance, TransferSyntax: syntax, Data: bytes.NewReader(data), Size: int64(len(data))})
	abort, aborted := errors.AsType[*dimse.Abort](err)
	switch {
	case errors.Is(err, dimse.ErrNoContext):
	case aborted && abort.Remote && len(data) == 0: // a data set must not be empty
	case err != nil:
		t.Errorf("C-STORE of %s: %v", h.name, err)
	case outcome.Status.OK():
	case outcome.Comment == "":
		t.Errorf("C-STORE of %s: %v without a comment", h.name, outcome.Status)
	}
}

// readBack asks for everything about what was taken in; what cannot be shown is refused, not a failure.
func readBack(t *testing.T, c *client) {
	t.Helper()
	seen := map[int]int{}
	for _, path := range c.located() {
		for _, of := range []string{"", "/metadata", "/frames/1", "/rendered", "/thumbnail"} {
			began := time.Now()
			status, answer := c.get(path + of)
			seen[status]++
			if status >= 500 || time.Since(began) > 10*time.Second {
				t.Errorf("%s: %d %.200s after %v", path+of, status, answer, time.Since(began))
			}
		}
	}
	t.Logf("read back, by status: %v", seen)
}

// busyDevice keeps sending proper studies until the returned function is called, which answers how many instances were stored.
func (p *program) busyDevice(t *testing.T) func() int {
	t.Helper()
	bin, err := builtProgram()
	if err != nil {
		t.Fatal(err)
	}
	done, sent := make(chan struct{}), 0
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			out, err := exec.Command(bin, "send", writePhantom(t, 8), "--to", p.dcm, "--calling", "SHIQIAO_CT", "--retries", "0").CombinedOutput()
			if err != nil {
				t.Errorf("the proper device was harmed: %v %s", err, out)
				return
			}
			sent += 8
			time.Sleep(200 * time.Millisecond)
		}
	})
	return func() int {
		close(done)
		wg.Wait()
		if sent == 0 {
			t.Error("the proper device could store nothing")
		}
		return sent
	}
}

// memory answers a figure of /proc/…/status in bytes.
func (p *program) memory(what string) int64 {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), what+":")
	n, err := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
	if err != nil {
		p.t.Fatal(err)
	}
	return n << 10
}

func (p *program) alive() bool {
	res, err := http.Get("http://" + p.http + "/healthz")
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// associate opens an association by hand, for CT images in implicit VR with presentation context 1, from an address of this machine.
func (p *program) associate(t *testing.T, from string) net.Conn {
	t.Helper()
	conn := p.dialFrom(t, from)
	item := func(kind byte, value string) string {
		return string([]byte{kind, 0, byte(len(value) >> 8), byte(len(value))}) + value
	}
	body := "\x00\x01\x00\x00" + fmt.Sprintf("%-16s%-16s", "YILIAN", "BAIYANG_CT") + string(make([]byte, 32)) + item(0x10, "1.2.840.10008.3.1.1.1") +
		item(0x20, "\x01\x00\x00\x00"+item(0x30, "1.2.840.10008.5.1.4.1.1.2")+item(0x40, dicom.ImplicitVRLittleEndian)) +
		item(0x50, item(0x51, "\x00\x00\x40\x00")+item(0x52, "1.2.3"))
	sendPDU(t, conn, 1, body)
	if kind, err := pduType(conn, 5*time.Second); kind != 2 {
		t.Fatalf("PDU of type %d instead of an acceptance: %v", kind, err)
	}
	return conn
}

func (p *program) dialFrom(t *testing.T, from string) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 5 * time.Second}
	conn, err := d.Dial("tcp", p.dcm)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func sendPDU(t *testing.T, conn net.Conn, kind byte, body string) {
	t.Helper()
	if _, err := conn.Write(append(binary.BigEndian.AppendUint32([]byte{kind, 0}, uint32(len(body))), body...)); err != nil {
		t.Error(err)
	}
}

// pduType reads a PDU and answers its type; 0 with io.EOF when the connection was closed.
func pduType(conn net.Conn, within time.Duration) (byte, error) {
	_ = conn.SetReadDeadline(time.Now().Add(within))
	head := make([]byte, 6)
	if _, err := io.ReadFull(conn, head); err != nil {
		return 0, err
	}
	_, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(head[2:])))
	return head[0], err
}

// TestHostileAssociations: callers that say nothing, half a word, too much or nonsense are let go in time, and cost nobody else.
func TestHostileAssociations(t *testing.T) {
	t.Parallel() // it mostly waits
	p := startProgram(t, t.TempDir())
	stop := p.busyDevice(t)
	before := p.memory("VmRSS")
	silent := p.dialFrom(t, "127.0.0.8")
	half := p.dialFrom(t, "127.0.0.8")
	_, _ = half.Write([]byte("\x01\x00\x00\x00\x01\x00\x00\x01"))
	crowd := make([]net.Conn, 120)
	for i := range crowd {
		crowd[i] = p.dialFrom(t, "127.0.0.9")
	}
	dropped := 0
	for _, conn := range crowd {
		if _, err := pduType(conn, 5*time.Millisecond); errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
			dropped++
		}
	}
	if dropped < 60 {
		t.Errorf("of 120 silent connections from one address %d were dropped", dropped)
	}
	for name, bytes := range map[string]string{
		"a PDU of 4 GB":               "\x04\x00\xff\xff\xff\xff" + strings.Repeat("x", 4096),
		"an unknown PDU":              "\x99\x00\x00\x00\x00\x04abcd",
		"an item longer than its PDU": "\x04\x00\x00\x00\x00\x08\x00\x00\xff\xff\x01\x03ab",
		"a context that is not there": "\x04\x00\x00\x00\x00\x08\x00\x00\x00\x04\x63\x03ab",
		"a second request":            "\x01\x00\x00\x00\x00\x04abcd",
		"an answer":                   "\x02\x00\x00\x00\x00\x04abcd",
		"a command of nonsense":       "\x04\x00\x00\x00\x00\x0e\x00\x00\x00\x0a\x01\x03nonsense",
	} {
		conn := p.associate(t, "127.0.0.7")
		if _, err := conn.Write([]byte(bytes)); err != nil {
			t.Error(err)
		}
		if kind, err := pduType(conn, 5*time.Second); kind != 7 {
			t.Errorf("%s: PDU of type %d, %v, want an abort", name, kind, err)
		}
	}
	for name, text := range map[string]string{"HTTP": "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "a request of 4 GB": "\x01\x00\xff\xff\xff\xff\x00\x01"} {
		conn := p.dialFrom(t, "127.0.0.7")
		_, _ = conn.Write([]byte(text))
		if kind, err := pduType(conn, 5*time.Second); kind != 7 && !errors.Is(err, io.EOF) {
			t.Errorf("%s: PDU of type %d, %v", name, kind, err)
		}
	}
	for name, conn := range map[string]net.Conn{"silent": silent, "half a request": half} {
		if kind, err := pduType(conn, 20*time.Second); kind != 7 && !errors.Is(err, io.EOF) { // ARTIM, PS3.8 9.1.5
			t.Errorf("%s: PDU of type %d, %v, want the end of the connection", name, kind, err)
		}
	}
	sent, after := stop(), p.memory("VmHWM")
	t.Logf("%d of 120 dropped at once; %d proper instances meanwhile; %d MB before, at most %d MB", dropped, sent, before>>20, after>>20)
	if after > before+200<<20 {
		t.Errorf("callers cost %d MB", (after-before)>>20)
	}
	if log := p.log.String(); strings.Contains(log, "panic") || strings.Contains(log, "level=ERROR") {
		t.Errorf("in the log:\n%.3000s", log)
	}
}
