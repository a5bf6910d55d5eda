package record_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4/pkg/media/h264reader"
	"github.com/pion/webrtc/v4/pkg/media/ivfreader"
	"github.com/pion/webrtc/v4/pkg/media/oggreader"

	"yilian/signaling/record"
	"yilian/signaling/sfu"
	"yilian/signaling/sfu/packet"
)

// memory is a store that can be told to fail and to be slow.
type memory struct {
	mu      sync.Mutex
	objects map[string][]byte
	fail    error
	slow    time.Duration
}

func newMemory() *memory { return &memory{objects: map[string][]byte{}} }

func (m *memory) set(fail error, slow time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail, m.slow = fail, slow
}

type memoryWriter struct {
	bytes.Buffer
	m *memory
}

func (m *memory) Create(context.Context) (record.Writer, error) { return &memoryWriter{m: m}, nil }

func (w *memoryWriter) Abort() {}

func (w *memoryWriter) Commit(ctx context.Context, key string) error {
	w.m.mu.Lock()
	fail, slow := w.m.fail, w.m.slow
	w.m.mu.Unlock()
	if slow > 0 {
		time.Sleep(slow)
	}
	if fail != nil {
		return fail
	}
	w.m.mu.Lock()
	defer w.m.mu.Unlock()
	w.m.objects[key] = bytes.Clone(w.Bytes())
	return nil
}

func (m *memory) Open(_ context.Context, key string, off, n int64) (io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.objects[key]
	if !ok {
		return nil, errors.New("no such object")
	}
	data = data[off:]
	if n >= 0 {
		data = data[:n]
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

func (m *memory) Delete(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.objects, key)
	return nil
}

func (m *memory) List(_ context.Context, prefix, after string, limit int) (keys []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range slices.Sorted(maps.Keys(m.objects)) {
		if strings.HasPrefix(k, prefix) && k > after && len(keys) < limit {
			keys = append(keys, k)
		}
	}
	return keys, nil
}

// sent is a packet and when it leaves, counted from the stream's beginning.
type sent struct {
	after time.Duration
	p     packet.Packet
}

// packetize cuts frames into packets as a browser does.
func packetize(t testing.TB, payloader rtp.Payloader, rate uint32, frames [][]byte, every time.Duration, firstTS uint32) []sent {
	t.Helper()
	var all []sent
	seq := uint16(65500) // wraps around early
	for i, f := range frames {
		after := time.Duration(i) * every
		ts := firstTS + uint32(int64(after)*int64(rate)/int64(time.Second))
		parts := payloader.Payload(1100, f)
		for k, part := range parts {
			all = append(all, sent{after, packet.Packet{Seq: seq, Timestamp: ts, Marker: k == len(parts)-1, Payload: part, PayloadType: 96}})
			seq++
		}
	}
	return all
}

func ivf(t testing.TB, name string) (frames [][]byte) {
	t.Helper()
	r, _, err := ivfreader.NewWith(bytes.NewReader(file(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	for {
		f, _, err := r.ParseNextFrame()
		if errors.Is(err, io.EOF) {
			return frames
		}
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, f)
	}
}

func opus(t testing.TB) (frames [][]byte) {
	t.Helper()
	r, err := oggreader.NewWithOptions(bytes.NewReader(file(t, "opus.ogg")), oggreader.WithDoChecksum(false))
	if err != nil {
		t.Fatal(err)
	}
	for {
		f, _, err := r.ParseNextPage()
		if errors.Is(err, io.EOF) {
			return frames
		}
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(f, []byte("Opus")) {
			frames = append(frames, f)
		}
	}
}

// h264 gives access units: parameter sets are together with their picture.
func h264(t testing.TB) (frames [][]byte) {
	t.Helper()
	r, err := h264reader.NewReader(bytes.NewReader(file(t, "h264.h264")))
	if err != nil {
		t.Fatal(err)
	}
	var unit []byte
	for {
		n, err := r.NextNAL()
		if errors.Is(err, io.EOF) {
			return frames
		}
		if err != nil {
			t.Fatal(err)
		}
		unit = append(append(unit, 0, 0, 0, 1), n.Data...)
		if n.UnitType == h264reader.NalUnitTypeCodedSliceIdr || n.UnitType == h264reader.NalUnitTypeCodedSliceNonIdr {
			frames = append(frames, unit)
			unit = nil
		}
	}
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

const pictureEvery = time.Second / 15

func vp8Packets(t testing.TB) []sent {
	return packetize(t, &codecs.VP8Payloader{EnablePictureID: true}, 90000, ivf(t, "vp8.ivf"), pictureEvery, 0xfffff000)
}

func opusPackets(t testing.TB) []sent {
	return packetize(t, &codecs.OpusPayloader{}, 48000, opus(t), 20*time.Millisecond, 777)
}

// play sends packets in real order of time; line may change what arrives and when.
func play(tap sfu.Tap, info sfu.TapStream, packets []sent, skew time.Duration, line func(i int) (late time.Duration, lost bool)) {
	began := time.Now()
	type arrival struct {
		at time.Duration
		p  packet.Packet
		i  int
	}
	var all []arrival
	for i, s := range packets {
		late, lost := line(i)
		if !lost {
			all = append(all, arrival{s.after + late, s.p, i})
		}
	}
	slices.SortStableFunc(all, func(a, b arrival) int { return int(a.at - b.at) })
	tap.Begin(info)
	report := time.Duration(0)
	for _, a := range all {
		time.Sleep(a.at - time.Since(began))
		if a.at >= report { // the sender's clock is another one than ours
			report = a.at + time.Second
			tap.Clock(info.ID, began.Add(packets[a.i].after).Add(skew), a.p.Timestamp)
		}
		tap.Packet(info.ID, a.p, time.Now())
	}
	tap.End(info.ID)
}

func perfect(int) (time.Duration, bool) { return 30 * time.Millisecond, false }

var (
	camera = sfu.TapStream{ID: 1, Peer: "ann", Source: "camera", Kind: sfu.Video, MIME: "video/vp8", ClockRate: 90000}
	mic    = sfu.TapStream{ID: 2, Peer: "ann", Source: "mic", Kind: sfu.Audio, MIME: "audio/opus", ClockRate: 48000, Channels: 2}
)
