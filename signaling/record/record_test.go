package record_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp/codecs"

	"yilian/signaling/record"
	"yilian/signaling/sfu/packet"
)

// made is a recording of what do plays, joined.
func made(t *testing.T, m *memory, do func(s *record.Session)) (index record.Index) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := record.New(record.Config{Store: m})
		s, err := r.Begin(t.Context(), record.Start{ID: "r1", Room: "room"})
		if err != nil {
			t.Fatal(err)
		}
		do(s)
		if err := s.Stop("ended"); err != nil {
			t.Fatal(err)
		}
		j, err := r.Join(t.Context(), "r1")
		if err != nil {
			t.Fatal(err)
		}
		index = j.Index
	})
	return index
}

// TestPlays: a voice and a picture come out as one file that an independent decoder takes without complaint, complete and in step.
func TestPlays(t *testing.T) {
	m := newMemory()
	video, audio := vp8Packets(t), opusPackets(t)
	index := made(t, m, func(s *record.Session) {
		s.Note(record.Event{Type: "mark", Text: "here"})
		time.Sleep(3 * time.Second)
		var wg sync.WaitGroup
		wg.Go(func() { play(s, camera, video, time.Hour, perfect) })
		wg.Go(func() { play(s, mic, audio, time.Hour, perfect) })
		wg.Wait()
	})
	if len(index.Files) != 1 || index.Reason != "ended" || len(index.Gaps) != 0 || len(index.Events) != 1 || index.Room != "room" {
		t.Fatalf("%+v", index)
	}
	f := index.Files[0]
	if f.Offset < 3000 || f.Offset > 3100 || f.Duration < 7950 || f.Duration > 8100 || f.MIME != "video/webm" || f.Video.Width != 160 {
		t.Errorf("%+v", f)
	}
	p := judge(t, m, "r1", f)
	if len(p.Streams) != 2 || p.Streams[0].CodecName != "opus" || p.Streams[1].CodecName != "vp8" || p.Streams[1].Height != 120 {
		t.Fatalf("%+v", p.Streams)
	}
	at, n := p.first(t, "video")
	if at > 0.05 || n != 120 {
		t.Errorf("%d pictures from %.3f s on, want 120 from the beginning", n, at)
	}
	if _, n := p.first(t, "audio"); n < 400 || n > 405 {
		t.Errorf("%d packets of sound, want 400", n)
	}
	if d := seconds(t, p.Format.Duration); math.Abs(d-8) > 0.1 {
		t.Errorf("%.3f s", d)
	}
	if got := strings.Count(string(m.objects["recordings/r1/001.webm"]), "\x1c\x53\xbb\x6b"); got != 2 { // cues, and that they are there
		t.Errorf("the cues are named %d times", got)
	}
}

// TestOtherCodecs: what else browsers send.
func TestOtherCodecs(t *testing.T) {
	for _, c := range []struct {
		mime, name, container string
		packets               []sent
		w, h                  int
	}{
		{"video/vp9", "vp9", "video/webm", packetize(t, &codecs.VP9Payloader{InitialPictureIDFn: func() uint16 { return 1 }}, 90000, ivf(t, "vp9.ivf"), pictureEvery, 5), 160, 120},
		{"video/h264", "h264", "video/x-matroska", packetize(t, &codecs.H264Payloader{}, 90000, h264(t), pictureEvery, 5), 162, 122},
		{"video/av1", "av1", "video/webm", packetize(t, &codecs.AV1Payloader{}, 90000, ivf(t, "av1.ivf"), pictureEvery, 5), 160, 120},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMemory()
			info := camera
			info.MIME, info.Source = c.mime, "screen"
			index := made(t, m, func(s *record.Session) { play(s, info, c.packets, 0, perfect) })
			if len(index.Files) != 1 || index.Files[0].Audio || index.Files[0].MIME != c.container || index.Files[0].Source != "screen" {
				t.Fatalf("%+v", index.Files)
			}
			p := judge(t, m, "r1", index.Files[0])
			if len(p.Streams) != 1 || p.Streams[0].CodecName != c.name || p.Streams[0].Width != c.w || p.Streams[0].Height != c.h {
				t.Fatalf("%+v", p.Streams)
			}
			if _, n := p.first(t, "video"); n != 60 {
				t.Errorf("%d pictures, want 60", n)
			}
		})
	}
}

// TestInStep: sound that travels longer than the picture is put back where it belongs, by what the sender's reports say.
func TestInStep(t *testing.T) {
	m := newMemory()
	video, audio := vp8Packets(t), opusPackets(t)
	index := made(t, m, func(s *record.Session) {
		var wg sync.WaitGroup
		wg.Go(func() { play(s, camera, video, -time.Hour, perfect) })
		wg.Go(func() {
			play(s, mic, audio, -time.Hour, func(int) (time.Duration, bool) { return 230 * time.Millisecond, false })
		})
		wg.Wait()
	})
	// The sound arrives 200 ms after the picture, and was made at the same time: no silence is to be heard before it.
	for _, x := range judge(t, m, "r1", index.Files[0]).Packets {
		if at := seconds(t, x.Time); x.CodecType == "audio" && x.Size == "3" && at < 1 {
			t.Fatalf("silence at %.3f s: the sound is where it arrived, not where it was made", at)
		}
	}
}

// TestLossAndDisorder: what comes in another order is the same file; what is lost is a gap that is told, and nothing that cannot be decoded.
func TestLossAndDisorder(t *testing.T) {
	video, audio := vp8Packets(t), opusPackets(t)
	both := func(s *record.Session, line func(int) (time.Duration, bool)) {
		var wg sync.WaitGroup
		wg.Go(func() { play(s, camera, video, 0, line) })
		wg.Go(func() { play(s, mic, audio, 0, line) })
		wg.Wait()
	}
	t.Run("reordered", func(t *testing.T) {
		m := newMemory()
		index := made(t, m, func(s *record.Session) {
			both(s, func(i int) (time.Duration, bool) { return time.Duration(i*7919%500) * time.Millisecond, false })
		})
		if len(index.Gaps) != 0 {
			t.Errorf("%+v", index.Gaps)
		}
		p := judge(t, m, "r1", index.Files[0])
		if _, n := p.first(t, "video"); n != 120 {
			t.Errorf("%d pictures, want 120", n)
		}
	})
	t.Run("lost", func(t *testing.T) {
		m := newMemory()
		random := rand.New(rand.NewPCG(1, 2))
		var mu sync.Mutex
		lost := 0
		index := made(t, m, func(s *record.Session) {
			both(s, func(i int) (time.Duration, bool) {
				mu.Lock()
				defer mu.Unlock()
				if random.IntN(100) < 3 && i > 3 {
					lost++
					return 0, true
				}
				return 20 * time.Millisecond, false
			})
		})
		told := 0
		for _, g := range index.Gaps {
			if g.Cause != record.GapLine || g.Person != "ann" {
				t.Errorf("%+v", g)
			}
			told += g.Lost
		}
		if told < lost-4 || told > lost { // nobody can see that the last ones are lost
			t.Errorf("%d lost, %d told", lost, told)
		}
		p := judge(t, m, "r1", index.Files[0])
		_, n := p.first(t, "video")
		if n < 40 || n >= 120 {
			t.Errorf("%d pictures of 120", n)
		}
		if _, n := p.first(t, "audio"); n < 398 { // filled with silence
			t.Errorf("%d packets of sound", n)
		}
	})
}

// TestCrash: a recording that nobody ended has everything but the last seconds.
func TestCrash(t *testing.T) {
	m := newMemory()
	video := vp8Packets(t)
	var index record.Index
	synctest.Test(t, func(t *testing.T) {
		r := record.New(record.Config{Store: m})
		s, err := r.Begin(t.Context(), record.Start{ID: "r1"})
		if err != nil {
			t.Fatal(err)
		}
		play(s, camera, video, 0, perfect)
		j, err := r.Join(t.Context(), "r1") // as another process would find it
		if err != nil {
			t.Fatal(err)
		}
		index = j.Index
		if err := s.Stop("ended"); err != nil {
			t.Fatal(err)
		}
	})
	if index.Reason != "crash" {
		t.Errorf("reason %q", index.Reason)
	}
	f := index.Files[0]
	f.Size = int64(len(m.objects["recordings/r1/"+f.Name])) // joined again since
	p := judge(t, m, "r1", f)
	if d := seconds(t, p.Format.Duration); d < 4 {
		t.Errorf("only %.1f of 8 s are left", d)
	}
}

// TestDamagedPiece: what the store has spoilt is left out and told, the rest plays.
func TestDamagedPiece(t *testing.T) {
	m := newMemory()
	made(t, m, func(s *record.Session) { play(s, camera, vp8Packets(t), 0, perfect) })
	spoilt := m.objects["recordings/r1/pieces/00000002"]
	spoilt[len(spoilt)-1] ^= 1
	m.objects["recordings/r1/pieces/00000003"] = []byte("rubbish")
	j, err := record.New(record.Config{Store: m}).Join(t.Context(), "r1")
	if err != nil || len(j.Index.Gaps) != 1 || j.Index.Gaps[0].Cause != record.GapStore || len(j.Index.Files) != 1 {
		t.Fatalf("%+v, %v", j.Index, err)
	}
	if g := j.Index.Gaps[0]; g.Until-g.At < 2000 || g.Until-g.At > 6000 {
		t.Errorf("%+v", g)
	}
}

// TestStoreFails: a store that takes no more ends the recording with its error, and what was stored can be joined.
func TestStoreFails(t *testing.T) {
	m := newMemory()
	full := errors.New("storage.full")
	synctest.Test(t, func(t *testing.T) {
		r := record.New(record.Config{Store: m})
		s, err := r.Begin(t.Context(), record.Start{ID: "r1"})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			time.Sleep(5 * time.Second)
			m.set(full, 0)
		}()
		play(s, camera, vp8Packets(t), 0, perfect)
		select {
		case <-s.Done():
		case <-time.After(30 * time.Second):
			t.Fatal("nobody is told")
		}
		if err := s.Stop("ended"); !errors.Is(err, full) {
			t.Errorf("%v", err)
		}
		m.set(nil, 0)
		j, err := r.Join(t.Context(), "r1")
		if err != nil || len(j.Index.Files) != 1 || j.Index.Files[0].Duration < 1000 {
			t.Errorf("%+v, %v", j.Index, err)
		}
		m.set(full, 0)
		if _, err := r.Begin(t.Context(), record.Start{ID: "r2"}); !errors.Is(err, full) {
			t.Errorf("a recording begins although nothing can be stored: %v", err)
		}
	})
}

// TestSlowStore: while the store is slow, the call does not wait, memory stays bounded, and what did not fit is told.
func TestSlowStore(t *testing.T) {
	m := newMemory()
	var index record.Index
	synctest.Test(t, func(t *testing.T) {
		r := record.New(record.Config{Store: m, Pending: 10_000})
		s, err := r.Begin(t.Context(), record.Start{ID: "r1"})
		if err != nil {
			t.Fatal(err)
		}
		m.set(nil, 9*time.Second)
		began := time.Now()
		play(s, camera, vp8Packets(t), 0, perfect)
		if d := time.Since(began); d > 8100*time.Millisecond {
			t.Errorf("the sender waited: %v", d)
		}
		m.set(nil, 0)
		if err := s.Stop("ended"); err != nil {
			t.Fatal(err)
		}
		j, err := r.Join(t.Context(), "r1")
		if err != nil {
			t.Fatal(err)
		}
		index = j.Index
	})
	found := false
	for _, g := range index.Gaps {
		found = found || g.Cause == record.GapStore
	}
	if !found {
		t.Errorf("no gap is told: %+v", index.Gaps)
	}
	if p := judge(t, m, "r1", index.Files[0]); len(p.Packets) == 0 {
		t.Error("nothing is left")
	}
}

// TestClockIsPutRight: a stream whose first packets were slow is moved back as its reports tell, and no picture gets before its elder.
func TestClockIsPutRight(t *testing.T) {
	m := newMemory()
	index := made(t, m, func(s *record.Session) {
		play(s, camera, vp8Packets(t), time.Minute, func(i int) (time.Duration, bool) {
			if i < 30 {
				return 290 * time.Millisecond, false
			}
			return 20 * time.Millisecond, false
		})
	})
	p := judge(t, m, "r1", index.Files[0])
	if _, n := p.first(t, "video"); n != 120 {
		t.Errorf("%d pictures, want 120", n)
	}
}

// TestComesAndGoes: a short absence is silence in the same file, a long one another file.
func TestComesAndGoes(t *testing.T) {
	m := newMemory()
	audio := opusPackets(t)[:100]
	index := made(t, m, func(s *record.Session) {
		play(s, mic, audio, 0, perfect)
		time.Sleep(4 * time.Second)
		again := mic
		again.ID = 3
		play(s, again, audio, 0, perfect)
		time.Sleep(20 * time.Second)
		again.ID = 4
		play(s, again, audio, 0, perfect)
	})
	if len(index.Files) != 2 {
		t.Fatalf("%+v", index.Files)
	}
	for i, want := range []struct{ offset, duration int64 }{{0, 8000}, {28000, 2000}} {
		f := index.Files[i]
		if math.Abs(float64(f.Offset-want.offset)) > 150 || math.Abs(float64(f.Duration-want.duration)) > 150 || f.MIME != "audio/webm" {
			t.Errorf("%+v, want %+v", f, want)
		}
		judge(t, m, "r1", f)
	}
}

// TestBest: of the encodings of one picture the largest is recorded, and when it stops the next.
func TestBest(t *testing.T) {
	m := newMemory()
	small := vp8Packets(t)
	index := made(t, m, func(s *record.Session) {
		low, high := camera, camera
		low.RID, low.ID, high.RID, high.ID = "l", 10, "h", 11
		var wg sync.WaitGroup
		wg.Go(func() { play(s, low, small, 0, perfect) })
		wg.Go(func() { play(s, high, small[:40], 0, perfect) })
		wg.Wait()
	})
	p := judge(t, m, "r1", index.Files[0])
	if _, n := p.first(t, "video"); n < 80 || n > 120 || index.Files[0].Duration < 7900 {
		t.Errorf("%d pictures in %d ms, want nearly 120: each once", n, index.Files[0].Duration)
	}
}

// TestAsksForKeyFrames: so that a player can begin somewhere, and at once when something is lost.
func TestAsksForKeyFrames(t *testing.T) {
	var all []sent
	for round := range 10 { // 80 seconds, with no key frame but the first
		for _, x := range vp8Packets(t) {
			x.after += time.Duration(round) * 8 * time.Second
			x.p.Seq += uint16(round * len(vp8Packets(t)))
			x.p.Timestamp += uint32(round) * 8 * 90000
			if x.p.Payload = append([]byte(nil), x.p.Payload...); len(all) > 5 && vp8Key(x.p.Payload) {
				behind := 1 // the descriptor: a picture number of 7 or 15 bits
				if x.p.Payload[0]&0x80 != 0 {
					behind = 3 + int(x.p.Payload[2]>>7)
				}
				x.p.Payload[behind] |= 1
			}
			all = append(all, x)
		}
	}
	var asked []time.Duration
	m := newMemory()
	made(t, m, func(s *record.Session) {
		began := time.Now()
		info := camera
		info.Keyframe = func() { asked = append(asked, time.Since(began)) }
		play(s, info, all, 0, func(i int) (time.Duration, bool) { return 0, i == 20 })
	})
	seek := 0
	made(t, newMemory(), func(s *record.Session) {
		info := camera
		info.Keyframe = func() { seek++ }
		play(s, info, all, 0, perfect)
	})
	if seek < 30 || seek > 70 { // from 20 s on, as nobody listens
		t.Errorf("asked %d times in 80 s", seek)
	}
	if len(asked) < 60 || asked[0] > 4*time.Second {
		t.Errorf("asked at %v: not after a loss, or not again", asked)
	}
	for i := 1; i < len(asked); i++ {
		if d := asked[i] - asked[i-1]; d < 900*time.Millisecond {
			t.Errorf("asked again after %v", d)
		}
	}
}

// TestDelete: nothing is left, and Newest tells whether a recording lives.
func TestDelete(t *testing.T) {
	m := newMemory()
	synctest.Test(t, func(t *testing.T) {
		r := record.New(record.Config{Store: m})
		s, err := r.Begin(t.Context(), record.Start{ID: "r1"})
		if err != nil {
			t.Fatal(err)
		}
		first, err := r.Newest(t.Context(), "r1", "")
		if err != nil || first == "" {
			t.Fatalf("%q, %v", first, err)
		}
		time.Sleep(15 * time.Second)
		second, err := r.Newest(t.Context(), "r1", first)
		if err != nil || second == first {
			t.Errorf("a silent recording gives no sign of life: %q, %v", second, err)
		}
		if err := s.Stop("ended"); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Join(t.Context(), "r1"); err != nil {
			t.Fatal(err)
		}
		if err := r.Clear(t.Context(), "r1"); err != nil || len(m.objects) != 1 {
			t.Errorf("%d objects, %v", len(m.objects), err)
		}
		if err := r.Delete(t.Context(), "r1"); err != nil || len(m.objects) != 0 {
			t.Errorf("%d objects, %v", len(m.objects), err)
		}
		if _, err := r.Join(t.Context(), "r1"); !errors.Is(err, record.ErrNothing) {
			t.Errorf("%v", err)
		}
	})
}

// vp8Key tells whether a packet begins a VP8 key frame.
func vp8Key(payload []byte) bool {
	d, ok := packet.ParseVP8(payload)
	return ok && d.Keyframe
}
