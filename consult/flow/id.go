package flow

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
)

// NewID answers a new opaque identifier: 128 random bits as 26 lower-case letters and digits.
func NewID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
}
