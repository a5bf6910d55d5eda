package packet

import (
	"testing"
	"time"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"
	"pgregory.net/rapid"
)

// TestParseTWCC reads what pion's recorder writes about any arrivals.
func TestParseTWCC(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		recorder := twcc.NewRecorder(1)
		seq := rapid.Uint16().Draw(t, "seq")
		at := int64(rapid.IntRange(0, 1e9).Draw(t, "start"))
		want := map[uint16]int64{}
		for range rapid.IntRange(1, 200).Draw(t, "packets") {
			at += int64(rapid.SampledFrom([]int{0, 250, 5_000, 20_000, 90_000}).Draw(t, "gap"))
			recorder.Record(2, seq, at)
			want[seq] = at
			seq += uint16(rapid.SampledFrom([]int{1, 1, 1, 2, 9, 30}).Draw(t, "step"))
		}
		got := map[uint16]time.Duration{}
		for _, p := range recorder.BuildFeedbackPacket() {
			raw, err := p.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			arrivals, ok := ParseTWCC(raw, nil)
			if !ok {
				t.Fatalf("not read: % x", raw)
			}
			var theirs rtcp.TransportLayerCC
			if err := theirs.Unmarshal(raw); err != nil {
				t.Fatal(err)
			}
			if len(arrivals) != int(theirs.PacketStatusCount) || arrivals[0].Seq != theirs.BaseSequenceNumber {
				t.Fatalf("%d statuses from %d: %+v", len(arrivals), arrivals[0].Seq, theirs)
			}
			for _, a := range arrivals {
				if a.Received {
					got[a.Seq] = a.At
				}
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%d of %d packets", len(got), len(want))
		}
		for s, at := range want {
			if d := got[s] - time.Duration(at)*time.Microsecond; d > time.Millisecond || d < -time.Millisecond {
				t.Fatalf("packet %d came at %v, not %v", s, got[s], time.Duration(at)*time.Microsecond)
			}
		}
	})
}

func FuzzParseTWCC(f *testing.F) {
	f.Add([]byte{0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 2, 0, 0, 1, 0, 0x20, 0x02, 4, 4})
	f.Add([]byte{0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xff, 0x10, 0, 0, 0, 1, 0, 0xd5, 0x55, 4, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		out, ok := ParseTWCC(b, nil)
		if len(out) > maxTWCCStatus {
			t.Fatalf("%d statuses", len(out))
		}
		for i, a := range out {
			if ok && a.Seq != out[0].Seq+uint16(i) {
				t.Fatal("out of order")
			}
		}
	})
}

func TestUnwrapTWCC(t *testing.T) {
	for _, c := range []struct{ at, former, want time.Duration }{
		{5, 3, 5}, {1, twccWrap - 1, twccWrap + 1}, {1, 3*twccWrap - 1, 3*twccWrap + 1}, {twccWrap - 5, twccWrap + 5, twccWrap - 5}, {2, twccWrap + 9, twccWrap + 2},
	} {
		if got := UnwrapTWCC(c.at, c.former); got != c.want {
			t.Errorf("%v after %v is %v, not %v", c.at, c.former, got, c.want)
		}
	}
}

// TestTWCCBeforeZero has a reference of zero and a step back: a time modulo the wrap-around is never negative, whatever a receiver tells.
func TestTWCCBeforeZero(t *testing.T) {
	got, ok := ParseTWCC([]byte{0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 1, 0, 0, 0, 0, 0x40, 0x01, 0xf9, 0x00}, nil)
	if !ok || len(got) != 1 || !got[0].Received || got[0].At != twccWrap-448*time.Millisecond {
		t.Errorf("%v %+v", ok, got)
	}
}
