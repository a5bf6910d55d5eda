package directory

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"yilian"
	"yilian/consult/flow"
)

// Argon2id parameters, OWASP's second choice for servers: 19 MiB, two passes, one lane.
const (
	argonMemory = 19 * 1024 // KiB
	argonTime   = 2
	argonLanes  = 1
	argonKey    = 32
	argonSalt   = 16
)

// credential is a person's password, apart from the person so that no answer can carry it. Its identifier is the person's.
type credential struct {
	flow.Meta
	Hash string `json:"hash"` // $argon2id$v=19$m=…,t=…,p=…$salt$key (PHC string format)
}

func credentialSpec() flow.Spec[credential] {
	return flow.Spec[credential]{Kind: "credential", Meta: func(v *credential) *flow.Meta { return &v.Meta }}
}

// hash answers the PHC string of a password. At most as many as s.hashing has slots run at once, so memory is bounded.
func (s *Service) hash(password string) string {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		b64(salt), b64(s.derive(password, salt, argonTime, argonMemory, argonLanes, argonKey)))
}

func (s *Service) derive(password string, salt []byte, time, memory uint32, lanes uint8, size uint32) []byte {
	s.hashing <- struct{}{}
	defer func() { <-s.hashing }()
	return argon2.IDKey([]byte(password), salt, time, memory, lanes, size)
}

// nobody is what an unknown login is compared with, at the same cost as a real password; no password matches it.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// matches compares in constant time.
func (s *Service) matches(phc, password string) bool {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false
	}
	var memory, time uint32
	var lanes uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &lanes); err != nil {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	key, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(key) == 0 {
		return false
	}
	return subtle.ConstantTimeCompare(key, s.derive(password, salt, time, memory, lanes, uint32(len(key)))) == 1
}

// checkPassword refuses what is too short, too long, or the login itself.
func checkPassword(password, login string, least int) error {
	n := utf8.RuneCountInString(password)
	switch {
	case n < least:
		e := yilian.Errorf(yilian.Invalid, "password.short", "The password needs at least %d characters.", least)
		e.Params = map[string]any{"min": least}
		return e
	case len(password) > 1024:
		return yilian.Errorf(yilian.Invalid, "password.long", "The password is too long.")
	case strings.EqualFold(password, login):
		return yilian.Errorf(yilian.Invalid, "password.login", "The password must not be the login.")
	}
	return nil
}

func foldLogin(login string) string { return strings.ToLower(strings.TrimSpace(login)) }
