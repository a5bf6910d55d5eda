package blob

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// A pack is a file of records, each beginning on a block:
//
//	block 0     magic, salt of the pack, CRC-32C
//	record      one block of head, then the object, then the note, then zeros up to the next block
//
// A head says where its record lies, how long its parts are, what their CRC-32Cs are and which key the object has. It repeats the
// salt, which nobody outside knows: what looks like a record inside of an object, or is left of an upload that was given up, is
// none. A record of which a power cut has kept only some blocks fails its sums. Where it is deleted, one word of the head says so
// and the rest is given back.
const (
	block = 4096

	packMagic   = "YLPACK01"
	recordMagic = "YLRECRD1"
	deadMagic   = "DELETED!"

	// Offsets in a head.
	atSalt    = 8
	atOffset  = 24
	atData    = 32
	atNote    = 40
	atDataSum = 44
	atNoteSum = 48
	atKeySize = 52
	atKey     = 56
	atDead    = block - 16 // not part of the sum: it is written later, within one sector
	atSum     = block - 8
)

// maxNote bounds a note, so that a damaged length costs no memory.
const maxNote = 64 << 20

type salt [16]byte

// head is what the first block of a record says.
type head struct {
	offset           int64 // of the record in its pack
	data, note       int64 // bytes
	dataSum, noteSum uint32
	key              string
	dead             bool
}

// errNoRecord: there is no record, or none that is whole.
var errNoRecord = errors.New("no record")

func (h head) dataAt() int64 { return h.offset + block }
func (h head) noteAt() int64 { return h.dataAt() + h.data }

// end is where the next record begins.
func (h head) end() int64 { return roundUp(h.noteAt() + h.note) }

func roundUp(n int64) int64 { return (n + block - 1) &^ (block - 1) }

func (h head) encode(s salt) []byte {
	b := make([]byte, block)
	copy(b, recordMagic)
	copy(b[atSalt:], s[:])
	binary.LittleEndian.PutUint64(b[atOffset:], uint64(h.offset))
	binary.LittleEndian.PutUint64(b[atData:], uint64(h.data))
	binary.LittleEndian.PutUint32(b[atNote:], uint32(h.note))
	binary.LittleEndian.PutUint32(b[atDataSum:], h.dataSum)
	binary.LittleEndian.PutUint32(b[atNoteSum:], h.noteSum)
	binary.LittleEndian.PutUint32(b[atKeySize:], uint32(len(h.key)))
	copy(b[atKey:], h.key)
	binary.LittleEndian.PutUint32(b[atSum:], checksum(b[:atDead]))
	return b
}

// decodeHead reads the head of a record that should lie at an offset of a pack.
func decodeHead(b []byte, s salt, offset int64) (h head, err error) {
	if len(b) < block || string(b[:8]) != recordMagic || !bytes.Equal(b[atSalt:atOffset], s[:]) ||
		binary.LittleEndian.Uint32(b[atSum:]) != checksum(b[:atDead]) {
		return h, errNoRecord
	}
	size := binary.LittleEndian.Uint32(b[atKeySize:])
	h = head{
		offset:  int64(binary.LittleEndian.Uint64(b[atOffset:])),
		data:    int64(binary.LittleEndian.Uint64(b[atData:])),
		note:    int64(binary.LittleEndian.Uint32(b[atNote:])),
		dataSum: binary.LittleEndian.Uint32(b[atDataSum:]),
		noteSum: binary.LittleEndian.Uint32(b[atNoteSum:]),
		dead:    string(b[atDead:atDead+8]) == deadMagic,
	}
	if h.offset != offset || h.data < 0 || h.note > maxNote || size > maxKey {
		return h, errNoRecord
	}
	h.key = string(b[atKey : atKey+size])
	return h, nil
}

func encodePackHead(s salt) []byte {
	b := make([]byte, block)
	copy(b, packMagic)
	copy(b[atSalt:], s[:])
	binary.LittleEndian.PutUint32(b[atSum:], checksum(b[:atDead]))
	return b
}

func decodePackHead(b []byte) (s salt, err error) {
	if len(b) < block || string(b[:8]) != packMagic || binary.LittleEndian.Uint32(b[atSum:]) != checksum(b[:atDead]) {
		return s, fmt.Errorf("%w: not a pack", errNoRecord)
	}
	copy(s[:], b[atSalt:])
	return s, nil
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) } // made once inside of crc32

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli()) }
