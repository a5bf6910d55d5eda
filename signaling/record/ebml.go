package record

import (
	"encoding/binary"
	"math"
)

// Element identifiers of EBML (RFC 8794) and Matroska (RFC 9559) that are written here.
const (
	idEBML               = 0x1A45DFA3
	idEBMLVersion        = 0x4286
	idEBMLReadVersion    = 0x42F7
	idEBMLMaxIDLength    = 0x42F2
	idEBMLMaxSizeLength  = 0x42F3
	idDocType            = 0x4282
	idDocTypeVersion     = 0x4287
	idDocTypeReadVersion = 0x4285
	idVoid               = 0xEC

	idSegment      = 0x18538067
	idSeekHead     = 0x114D9B74
	idSeek         = 0x4DBB
	idSeekID       = 0x53AB
	idSeekPosition = 0x53AC

	idInfo           = 0x1549A966
	idTimestampScale = 0x2AD7B1
	idDuration       = 0x4489
	idDateUTC        = 0x4461
	idMuxingApp      = 0x4D80
	idWritingApp     = 0x5741

	idTracks            = 0x1654AE6B
	idTrackEntry        = 0xAE
	idTrackNumber       = 0xD7
	idTrackUID          = 0x73C5
	idTrackType         = 0x83
	idFlagLacing        = 0x9C
	idCodecID           = 0x86
	idCodecPrivate      = 0x63A2
	idCodecDelay        = 0x56AA
	idSeekPreRoll       = 0x56BB
	idVideo             = 0xE0
	idPixelWidth        = 0xB0
	idPixelHeight       = 0xBA
	idAudio             = 0xE1
	idSamplingFrequency = 0xB5
	idChannels          = 0x9F

	idCluster     = 0x1F43B675
	idTimestamp   = 0xE7
	idSimpleBlock = 0xA3

	idCues               = 0x1C53BB6B
	idCuePoint           = 0xBB
	idCueTime            = 0xB3
	idCueTrackPositions  = 0xB7
	idCueTrack           = 0xF7
	idCueClusterPosition = 0xF1
)

// element is an EBML document under construction. Numbers and the sizes of masters have eight bytes whatever their value, so that a
// layout does not depend on what is in it.
type element []byte

func (e element) id(id uint32) element {
	switch {
	case id > 0xFFFFFF:
		return append(e, byte(id>>24), byte(id>>16), byte(id>>8), byte(id))
	case id > 0xFFFF:
		return append(e, byte(id>>16), byte(id>>8), byte(id))
	case id > 0xFF:
		return append(e, byte(id>>8), byte(id))
	}
	return append(e, byte(id))
}

// wide writes a size of eight bytes (RFC 8794 4).
func (e element) wide(size uint64) element {
	return binary.BigEndian.AppendUint64(e, 1<<56|size)
}

// size writes a size as short as it can be: all ones are reserved for "unknown".
func (e element) size(n int) element {
	switch {
	case n < 0x7F:
		return append(e, 0x80|byte(n))
	case n < 0x3FFF:
		return append(e, 0x40|byte(n>>8), byte(n))
	case n < 0x1FFFFF:
		return append(e, 0x20|byte(n>>16), byte(n>>8), byte(n))
	}
	return e.wide(uint64(n))
}

func (e element) uint(id uint32, v uint64) element {
	return binary.BigEndian.AppendUint64(e.id(id).size(8), v)
}

func (e element) float(id uint32, v float64) element {
	return binary.BigEndian.AppendUint64(e.id(id).size(8), math.Float64bits(v))
}

func (e element) bytes(id uint32, v []byte) element { return append(e.id(id).size(len(v)), v...) }

func (e element) text(id uint32, v string) element { return append(e.id(id).size(len(v)), v...) }

// master writes an element with others in it.
func (e element) master(id uint32, body element) element {
	return append(e.id(id).wide(uint64(len(body))), body...)
}
