package record

import (
	"encoding/binary"
	"fmt"
	"time"
)

// The numbers of the tracks in every file.
const (
	audioTrack = 1
	videoTrack = 2
)

// Codec names what is in a video track.
type Codec string

// The codecs that are recorded. Audio is always Opus.
const (
	VP8  Codec = "vp8"
	VP9  Codec = "vp9"
	H264 Codec = "h264"
	AV1  Codec = "av1"
)

// codecID is the Matroska name (draft-ietf-cellar-codec).
func (c Codec) codecID() string {
	return map[Codec]string{VP8: "V_VP8", VP9: "V_VP9", H264: "V_MPEG4/ISO/AVC", AV1: "V_AV1"}[c]
}

// Video says how a video track begins. Later frames may have another size: the bitstream says so.
type Video struct {
	Codec   Codec  `json:"codec"`
	Width   int    `json:"width"`
	Height  int    `json:"height"`
	Private []byte `json:"private,omitempty"` // H.264: the AVCDecoderConfigurationRecord; AV1: the AV1CodecConfigurationRecord
}

// MIME is the media type of a file with this video; an empty codec is audio alone.
func (v Video) MIME() string {
	switch v.Codec {
	case "":
		return "audio/webm"
	case H264:
		return "video/x-matroska"
	}
	return "video/webm"
}

// clusterHead is the length of a cluster before its first block: identifier, size, and the timestamp whose eight bytes rebase replaces.
const (
	clusterHead      = 4 + 8 + 1 + 1 + 8
	clusterTimestamp = clusterHead - 8
)

// openCluster begins a cluster whose size close will know.
func openCluster(e element, at time.Duration) element {
	return e.id(idCluster).wide(0).uint(idTimestamp, uint64(at.Milliseconds()))
}

// closeCluster fills in the size of a cluster that begins at start.
func closeCluster(e element, start int) {
	binary.BigEndian.PutUint64(e[start+4:], 1<<56|uint64(len(e)-start-12))
}

// rebase gives the head of a cluster as it is in a file that begins at zero.
func rebase(head []byte, zero time.Duration) error {
	if len(head) < clusterHead || binary.BigEndian.Uint32(head) != idCluster || head[12] != idTimestamp || head[13] != 0x88 {
		return fmt.Errorf("no cluster")
	}
	at := binary.BigEndian.Uint64(head[clusterTimestamp:])
	shift := uint64(zero.Milliseconds())
	if at < shift {
		return fmt.Errorf("a cluster at %d ms before the file's beginning at %d ms", at, shift)
	}
	binary.BigEndian.PutUint64(head[clusterTimestamp:], at-shift)
	return nil
}

// simpleBlock writes a frame; rel is its time after the cluster's, in milliseconds.
func simpleBlock(e element, track byte, rel int16, key bool, data []byte) element {
	flags := byte(0)
	if key {
		flags = 0x80
	}
	e = e.id(idSimpleBlock).size(4 + len(data))
	e = append(e, 0x80|track, byte(uint16(rel)>>8), byte(rel), flags)
	return append(e, data...)
}

// cue is where a cluster begins.
type cue struct {
	at     time.Duration
	offset uint64 // from the first cluster
	key    bool   // its first video frame is a key frame
}

// layout is everything of a file but its clusters.
type layout struct {
	audio    bool
	video    Video // Codec "" for none
	began    time.Time
	duration time.Duration
	cues     []cue
	clusters uint64 // bytes of all clusters
}

// head writes the beginning of a file up to the first cluster: the cues come first, so that a player can seek with its second request.
func (l layout) head() []byte {
	doc := "webm"
	if l.video.Codec == H264 {
		doc = "matroska"
	}
	var e element
	e = e.master(idEBML, element{}.
		uint(idEBMLVersion, 1).uint(idEBMLReadVersion, 1).uint(idEBMLMaxIDLength, 4).uint(idEBMLMaxSizeLength, 8).
		text(idDocType, doc).uint(idDocTypeVersion, 4).uint(idDocTypeReadVersion, 2))
	info, tracks := l.info(), l.tracks()
	const seekSize = 3 * (2 + 8 + (2 + 1 + 4) + (2 + 1 + 8)) // Seek, SeekID, SeekPosition
	infoAt := uint64(4 + 8 + seekSize)
	tracksAt := infoAt + uint64(len(info))
	cuesAt := tracksAt + uint64(len(tracks))
	first := cuesAt + uint64(len(l.cuesFrom(0)))
	var seeks element
	for _, s := range []struct {
		id uint32
		at uint64
	}{{idInfo, infoAt}, {idTracks, tracksAt}, {idCues, cuesAt}} {
		seeks = seeks.master(idSeek, element{}.bytes(idSeekID, binary.BigEndian.AppendUint32(nil, s.id)).uint(idSeekPosition, s.at))
	}
	e = e.id(idSegment).wide(first + l.clusters)
	e = e.master(idSeekHead, seeks)
	e = append(append(e, info...), tracks...)
	return append(e, l.cuesFrom(first)...)
}

const app = "Yilian"

func (l layout) info() element {
	epoch := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC) // RFC 8794 7.6
	return element{}.master(idInfo, element{}.
		uint(idTimestampScale, 1_000_000).
		float(idDuration, float64(l.duration.Milliseconds())).
		uint(idDateUTC, uint64(l.began.Sub(epoch).Nanoseconds())).
		text(idMuxingApp, app).text(idWritingApp, app))
}

const opusRate = 48000

// opusHead is the identification header (RFC 7845 5.1): two channels, nothing to skip, as the stream begins in the middle.
var opusHead = []byte{'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 1, 2, 0, 0, 0x80, 0xBB, 0, 0, 0, 0, 0}

func (l layout) tracks() element {
	var all element
	if l.audio {
		all = all.master(idTrackEntry, element{}.
			uint(idTrackNumber, audioTrack).uint(idTrackUID, audioTrack).uint(idTrackType, 2).uint(idFlagLacing, 0).
			text(idCodecID, "A_OPUS").bytes(idCodecPrivate, opusHead).uint(idCodecDelay, 0).uint(idSeekPreRoll, 80_000_000).
			master(idAudio, element{}.float(idSamplingFrequency, opusRate).uint(idChannels, 2)))
	}
	if l.video.Codec != "" {
		entry := element{}.
			uint(idTrackNumber, videoTrack).uint(idTrackUID, videoTrack).uint(idTrackType, 1).uint(idFlagLacing, 0).
			text(idCodecID, l.video.Codec.codecID())
		if len(l.video.Private) > 0 {
			entry = entry.bytes(idCodecPrivate, l.video.Private)
		}
		all = all.master(idTrackEntry, entry.master(idVideo, element{}.
			uint(idPixelWidth, uint64(l.video.Width)).uint(idPixelHeight, uint64(l.video.Height))))
	}
	return element{}.master(idTracks, all)
}

// cuesFrom writes the cues of clusters the first of which is at an offset in the segment. The length does not depend on it.
func (l layout) cuesFrom(first uint64) element {
	var all element
	for _, c := range l.cues {
		point := element{}.uint(idCueTime, uint64(c.at.Milliseconds()))
		at := func(track uint64) element {
			return element{}.uint(idCueTrack, track).uint(idCueClusterPosition, first+c.offset)
		}
		if l.video.Codec != "" && c.key {
			point = point.master(idCueTrackPositions, at(videoTrack))
		}
		if l.audio {
			point = point.master(idCueTrackPositions, at(audioTrack))
		} else if !c.key {
			continue
		}
		all = all.master(idCuePoint, point)
	}
	return element{}.master(idCues, all)
}
