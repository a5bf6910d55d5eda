package dicom

import (
	"encoding/binary"
	"errors"
)

// tape records a scan for the editor: the bytes as they came, and what each run of them was.
type tape struct {
	start  int64 // offset in the stream of raw[0]
	raw    []byte
	tokens []token
}

// token is one element, sequence or item on the tape. What a sequence or an item holds comes between it and next.
type token struct {
	tag     Tag // itemTag for an item
	vr      VR  // as understood: UN looked behind
	written VR  // as it stands there; in implicit VR that of the dictionary
	coding
	length  uint32
	next    int32    // index behind the last token within this one
	charset *charset // of the level around it; of an item its own
	at      int64    // offset where it starts
	value   int64    // where its value starts: the length field stands right before it
	stop    int64    // where the value ends, without a delimiter
	end     int64    // where it ends, with it
}

// coding is how elements of a level are written.
type coding struct{ implicit, big bool }

func (c coding) order() binary.ByteOrder {
	if c.big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func (l *level) coding() coding {
	return coding{implicit: l.implicit, big: l.order == binary.BigEndian}
}

// record puts what has just been announced on the tape.
func (s *scanner) record(top *level, tag Tag, written VR) int {
	t := s.src.tape
	t.tokens = append(t.tokens, token{
		tag: tag, vr: s.vr, written: written, coding: top.coding(), length: s.length,
		charset: top.set.charset, at: s.at, value: s.src.pos,
	})
	return len(t.tokens) - 1
}

// fits checks that a value of the length at hand may go on the tape.
func (s *scanner) fits() error {
	if t := s.src.tape; t != nil && s.length != undefinedLength && int64(len(t.raw))+int64(s.length) > s.o.MaxHeader {
		return s.fail(ReasonHeader, "the header has more than %d bytes", s.o.MaxHeader)
	}
	return nil
}

func (t *tape) finish(i int, stop, end int64) {
	t.tokens[i].next, t.tokens[i].stop, t.tokens[i].end = int32(len(t.tokens)), stop, end
}

// slice gives recorded bytes by their offsets in the stream.
func (t *tape) slice(from, to int64) []byte { return t.raw[from-t.start : to-t.start] }

// errPaused tells that the scanner stands behind the header of an element whose value the editor handles itself.
var errPaused = errors.New("dicom: the scan is paused")

func (s *scanner) pause(top *level) error {
	if err := s.ascend(top); err != nil {
		return err
	}
	if s.length != undefinedLength && s.src.pos+int64(s.length) > top.end {
		return s.fail(ReasonTruncated, "its length %d runs past the end of the stream", s.length)
	}
	i := s.record(top, s.tag, s.vr)
	s.src.tape.finish(i, s.src.pos, s.src.pos)
	return errPaused
}
