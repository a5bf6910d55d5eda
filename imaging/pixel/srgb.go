package pixel

import (
	"encoding/binary"
	"math"
	"unicode/utf16"
)

// The classes of colour profiles (ICC.1:2022 7.2.5): of a screen, as picture files have it, and of an input device, as PS3.3 C.11.15 wants it.
const (
	DisplayProfile = "mntr"
	InputProfile   = "scnr"
)

// SRGB makes a version 4 colour profile of IEC 61966-2-1, adapted to D50 (ICC.1:2022).
func SRGB(class string) []byte {
	text := func(s string) []byte {
		words := utf16.Encode([]rune(s))
		b := append([]byte("mluc\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x0cenUS"), 0, 0, 0, byte(2*len(words)), 0, 0, 0, 28)
		for _, w := range words {
			b = binary.BigEndian.AppendUint16(b, w)
		}
		return b
	}
	numbers := func(head string, v ...float64) []byte {
		b := []byte(head)
		for _, x := range v {
			b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(x*65536)))) // s15Fixed16Number
		}
		return b
	}
	const xyz = "XYZ \x00\x00\x00\x00"
	curve := numbers("para\x00\x00\x00\x00\x00\x03\x00\x00", 2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)
	tags := []struct {
		name string
		data []byte
	}{
		{"desc", text("sRGB")},
		{"cprt", text("CC0")},
		{"wtpt", numbers(xyz, 0.9642, 1, 0.8249)},
		{"chad", numbers("sf32\x00\x00\x00\x00", 1.04788, 0.02292, -0.05022, 0.02959, 0.99048, -0.01707, -0.00925, 0.01508, 0.75168)},
		{"rXYZ", numbers(xyz, 0.43607, 0.22249, 0.01392)},
		{"gXYZ", numbers(xyz, 0.38515, 0.71687, 0.09708)},
		{"bXYZ", numbers(xyz, 0.14307, 0.06061, 0.71410)},
		{"rTRC", curve},
		{"gTRC", curve},
		{"bTRC", curve},
	}
	table := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	at := 128 + 4 + 12*len(tags)
	var data []byte
	for _, t := range tags {
		table = append(table, t.name...)
		table = binary.BigEndian.AppendUint32(table, uint32(at+len(data)))
		table = binary.BigEndian.AppendUint32(table, uint32(len(t.data)))
		data = append(data, t.data...)
		data = append(data, make([]byte, -len(data)&3)...)
	}
	head := make([]byte, 128)
	binary.BigEndian.PutUint32(head, uint32(at+len(data)))
	binary.BigEndian.PutUint32(head[8:], 0x04400000)
	copy(head[12:], class+"RGB XYZ ")
	copy(head[24:], []byte{0x07, 0xEA, 0, 1, 0, 1}) // made in 2026
	copy(head[36:], "acsp")
	copy(head[68:], numbers("", 0.9642, 1, 0.8249))
	return append(append(head, table...), data...)
}
