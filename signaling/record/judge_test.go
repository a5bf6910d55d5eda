package record_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"yilian/internal/foreign"
	"yilian/signaling/record"
)

// probed is what ffprobe, which shares nothing with us, finds in a file.
type probed struct {
	Streams []struct {
		CodecType string `json:"codec_type"`
		CodecName string `json:"codec_name"`
		Width     int    `json:"width"`
		Height    int    `json:"height"`
		Frames    string `json:"nb_read_frames"`
		Packets   string `json:"nb_read_packets"`
	} `json:"streams"`
	Format struct {
		Duration string `json:"duration"`
	} `json:"format"`
	Packets []struct {
		CodecType string `json:"codec_type"`
		Time      string `json:"pts_time"`
		Size      string `json:"size"`
	} `json:"packets"`
}

// judge decodes a file with ffmpeg and lists what is in it. Any complaint of the decoder is an error.
func judge(t *testing.T, m *memory, rec string, f record.File) probed {
	t.Helper()
	ffmpeg, ffprobe := foreign.Program(t, "ffmpeg"), foreign.Program(t, "ffprobe")
	path := filepath.Join(t.TempDir(), f.Name)
	data := m.objects[record.Folder(rec)+f.Name]
	if int64(len(data)) != f.Size {
		t.Fatalf("%s has %d bytes, the index says %d", f.Name, len(data), f.Size)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(ffmpeg, "-v", "error", "-xerror", "-i", path, "-fps_mode", "passthrough", "-enc_time_base", "1:1000", "-f", "null", "-").CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%s does not decode: %v\n%s", f.Name, err, out)
	}
	switch f.Video.Codec {
	case record.VP8:
		faithful(t, path, "vp8.ivf")
	case record.VP9:
		faithful(t, path, "vp9.ivf")
	case record.H264:
		faithful(t, path, "h264.h264")
	case record.AV1:
		faithful(t, path, "av1.ivf")
	}
	out, err := exec.Command(ffprobe, "-v", "error", "-count_frames", "-count_packets", "-show_streams", "-show_format", "-show_packets", "-of", "json", path).Output()
	if err != nil {
		t.Fatalf("ffprobe %s: %v", f.Name, err)
	}
	var p probed
	if err := json.Unmarshal(out, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func seconds(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// looks decodes the pictures of a file and gives a hash of each. A picture that was decoded from the wrong ones before it is no error to
// a decoder: only its hash tells.
func looks(t *testing.T, path string) (hashes []string) {
	t.Helper()
	out, err := exec.Command(foreign.Program(t, "ffmpeg"), "-v", "error", "-i", path, "-map", "0:v", "-fps_mode", "passthrough", "-f", "framemd5", "-").Output()
	if err != nil {
		t.Fatalf("decode %s: %v", path, err)
	}
	for line := range strings.Lines(string(out)) {
		if fields := strings.Split(line, ","); !strings.HasPrefix(line, "#") && len(fields) == 6 {
			hashes = append(hashes, strings.TrimSpace(fields[5]))
		}
	}
	return hashes
}

// faithful checks that the pictures of a file are some of those of what was sent, in their order.
func faithful(t *testing.T, path, source string) {
	t.Helper()
	rest := looks(t, filepath.Join("testdata", source))
	for i, hash := range looks(t, path) {
		at := slices.Index(rest, hash)
		if at < 0 {
			t.Fatalf("picture %d is not one of those that were sent, or not in their order", i)
		}
		rest = rest[at+1:]
	}
}

// first is the time of the first packet of a kind, and how many there are.
func (p probed) first(t *testing.T, kind string) (at float64, n int) {
	t.Helper()
	at = -1
	for _, x := range p.Packets {
		if x.CodecType == kind {
			if n++; n == 1 {
				at = seconds(t, x.Time)
			}
		}
	}
	return at, n
}
