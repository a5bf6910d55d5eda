package record

import (
	"cmp"
	"slices"
	"time"
)

// frame is one unit of a track on the recording's time line.
type frame struct {
	at    time.Duration // since zero
	track byte
	key   bool
	data  []byte
}

// reel is one file under construction: frames come in as they are whole and go out as clusters, in order of time.
type reel struct {
	file    File
	key     string // in Session.reels
	begun   bool
	seen    time.Time // when it had a stream last
	from    *stream   // whose pictures it takes
	pending []frame
	bytes   int
	latest  [videoTrack + 1]time.Duration // of each track: the next frame is not before
	sound   time.Duration                 // where the sound written so far ends
	moving  time.Duration                 // time of the last video frame that was written
	floor   time.Duration                 // where the last cluster begins
}

// add takes a frame. Frames of a track come in the order in which they are decoded, and stay in it: however their clock is put right meanwhile, and
// whichever stream they are of.
func (r *reel) add(f frame) {
	latest := &r.latest[f.track]
	f.at = max(f.at, *latest)
	if f.track == videoTrack {
		*latest = f.at + time.Millisecond
	} else {
		*latest = f.at
	}
	r.pending = append(r.pending, f)
	r.bytes += len(f.data)
}

// maxSpan bounds a cluster; a block's time is 16 bits of milliseconds after its cluster's.
const maxSpan = 5 * time.Second

// sloppy is how far sound may be from where the samples before it end, before something is filled in or left out.
const sloppy = 60 * time.Millisecond

// cut writes what lies before until as clusters behind e, and tells what they are. Its sound is filled up to soundTo.
func (r *reel) cut(e element, until, soundTo time.Duration) (element, []chunk) {
	slices.SortStableFunc(r.pending, func(a, b frame) int { return cmp.Compare(a.at, b.at) })
	n, _ := slices.BinarySearchFunc(r.pending, until, func(f frame, t time.Duration) int { return cmp.Compare(f.at, t) })
	frames := r.pending[:n]
	if !r.begun {
		if n == 0 {
			return e, nil
		}
		r.begun = true
		r.file.Offset = max(frames[0].at, 0).Milliseconds()
		r.floor = time.Duration(r.file.Offset) * time.Millisecond
		r.sound, r.moving = r.floor, -1
	}
	if r.file.Audio {
		frames = r.fill(frames, soundTo)
	}
	e, chunks := r.clusters(e, frames)
	for _, f := range r.pending[:n] {
		r.bytes -= len(f.data)
	}
	r.pending = slices.Delete(r.pending, 0, n)
	return e, chunks
}

// fill makes the sound one row of samples up to a moment: with silence where nothing was sent.
func (r *reel) fill(frames []frame, until time.Duration) []frame {
	out := make([]frame, 0, len(frames)+16)
	quiet := func(to time.Duration) {
		for r.sound+silenceLasts <= to {
			out = append(out, frame{at: r.sound, track: audioTrack, key: true, data: silence})
			r.sound += silenceLasts
		}
	}
	for _, f := range frames {
		if f.track != audioTrack {
			out = append(out, f)
			continue
		}
		if f.at < r.sound-sloppy {
			continue // said twice, or the sender's clock runs away
		}
		if f.at > r.sound+sloppy {
			quiet(f.at)
		}
		f.at = r.sound
		r.sound += samples(opusSamples(f.data))
		out = append(out, f)
	}
	if r.sound < until-sloppy {
		quiet(until)
	}
	slices.SortStableFunc(out, func(a, b frame) int { return cmp.Compare(a.at, b.at) })
	return out
}

func (r *reel) clusters(e element, frames []frame) (element, []chunk) {
	var chunks []chunk
	start, base := -1, time.Duration(0)
	shut := func() {
		if start >= 0 {
			closeCluster(e, start)
			chunks[len(chunks)-1].Size = int64(len(e) - start)
			start = -1
		}
	}
	for _, f := range frames {
		f.at = max(f.at, r.floor)
		video := f.track == videoTrack
		if video {
			f.at = max(f.at, r.moving+time.Millisecond) // late, after its neighbours were written
			r.moving = f.at
		}
		if start >= 0 && (f.at-base >= maxSpan || video && f.key) {
			shut()
		}
		if start < 0 {
			start, base = len(e), f.at.Truncate(time.Millisecond)
			r.floor = base
			e = openCluster(e, base)
			chunks = append(chunks, chunk{File: r.file.Number, At: base.Milliseconds(), Key: video && f.key, Offset: int64(start)})
		}
		e = simpleBlock(e, f.track, int16((f.at - base).Milliseconds()), f.key, f.data)
		end := f.at
		if !video {
			end += samples(opusSamples(f.data))
		}
		last := &chunks[len(chunks)-1]
		last.End = max(last.End, end.Milliseconds(), last.At)
	}
	shut()
	return e, chunks
}
