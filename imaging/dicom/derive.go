package dicom

import (
	"crypto/sha256"
	"math/big"
	"strings"
)

// DerivedUID makes a UID out of names, of the root that anyone may derive from a UUID (PS3.5 B.2; RFC 9562 5.8 for the bits).
func DerivedUID(names ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(names, "\x00")))
	id := sum[:16]
	id[6], id[8] = id[6]&0x0F|0x80, id[8]&0x3F|0x80
	return "2.25." + new(big.Int).SetBytes(id).String()
}
