package record

import (
	"slices"
	"time"

	"yilian/signaling/sfu"
)

// mainSource is the file in which a person's voice and picture are together.
const mainSource = "main"

// sourceOf says in which file of a person a source goes.
func sourceOf(source string) string {
	if source == "mic" || source == "camera" {
		return mainSource
	}
	return source
}

// reelOf finds or begins the file that a stream goes into.
func (s *Session) reelOf(st *stream) *reel {
	source := sourceOf(st.info.Source)
	key := st.info.Peer + "/" + source
	r := s.reels[key]
	if r == nil {
		r = s.newReel(key, st.info.Peer, source)
		r.file.Audio = source == mainSource || st.info.Kind == sfu.Audio
	}
	st.reel = r
	return r
}

func (s *Session) newReel(key, person, source string) *reel {
	s.files++
	r := &reel{file: File{Number: s.files, Person: person, Source: source}, key: key, seen: s.cfg.Now()}
	s.reels[key] = r
	s.order = append(s.order, r)
	return r
}

// stale is how long a stream may bring no picture before a worse one may take its place.
const stale = 2 * time.Second

// chosen tells whether a picture of a stream is to be in the file: of several encodings of one source the largest that comes, changed
// at key frames only.
func (s *Session) chosen(st *stream, r *reel, key bool) bool {
	if r.from == st {
		return true
	}
	if !key || r.from != nil && !r.from.ended.Load() && st.area <= r.from.area && st.last.Sub(r.from.last) < stale {
		return false
	}
	r.from = st
	return true
}

// shows tells whether a video can go on in the file, and takes note of its size.
func (r *reel) shows(v Video) bool {
	if r.file.Video.Codec == "" {
		r.file.Video = v
	}
	if r.file.Video.Codec != v.Codec {
		return false
	}
	if v.Width*v.Height > r.file.Video.Width*r.file.Video.Height {
		r.file.Video.Width, r.file.Video.Height = v.Width, v.Height
	}
	return true
}

// replace begins another file for a source whose codec has changed.
func (s *Session) replace(st *stream, old *reel, v Video) *reel {
	r := s.newReel(old.key, old.file.Person, old.file.Source)
	r.file.Audio, r.file.Video, r.from = old.file.Audio, v, st
	st.reel = r
	old.seen = time.Time{}
	return r
}

// away is how long a source may be gone before its file ends; if it comes again, another one begins.
const away = 10 * time.Second

// soundTo says up to when the sound of a file is filled: while it has a stream, its silence is recorded too.
func (r *reel) soundTo(end time.Duration, now time.Time) time.Duration {
	if now.Sub(r.seen) > time.Second {
		return 0
	}
	return end
}

// retire lets go of a file whose source is gone.
func (s *Session) retire(r *reel, now time.Time) {
	if now.Sub(r.seen) <= away || len(r.pending) > 0 {
		return
	}
	s.order = slices.DeleteFunc(s.order, func(x *reel) bool { return x == r })
	if s.reels[r.key] == r {
		delete(s.reels, r.key)
	}
}
