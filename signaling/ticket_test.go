package signaling

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"
)

func TestToken(t *testing.T) {
	s := signer{[]byte(strings.Repeat("k", 32))}
	now := time.Unix(1_800_000_000, 0)
	good := claims{Use: useTicket, ID: "1", Room: "r", Person: "p", Name: "林医生", Expires: now.Unix() + 60}
	token, err := s.sign(good)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := s.read(token, useTicket, now); err != nil || c.Name != good.Name || c.Room != "r" {
		t.Fatalf("%+v, %v", c, err)
	}
	other, err := signer{[]byte(strings.Repeat("x", 32))}.sign(good)
	if err != nil {
		t.Fatal(err)
	}
	body, sum, _ := strings.Cut(strings.TrimPrefix(token, tokenPrefix), ".")
	plain, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		t.Fatal(err)
	}
	forged := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(plain), `"room":"r"`, `"room":"q"`, 1)))
	for name, c := range map[string]struct {
		token, use string
		at         time.Time
	}{
		"expired":          {token, useTicket, now.Add(time.Minute)},
		"for another use":  {token, useResume, now},
		"another key":      {other, useTicket, now},
		"changed body":     {tokenPrefix + forged + "." + sum, useTicket, now},
		"cut":              {token[:len(token)-1], useTicket, now},
		"padded":           {token + "=", useTicket, now},
		"no signature":     {tokenPrefix + body + ".", useTicket, now},
		"only a prefix":    {tokenPrefix, useTicket, now},
		"empty":            {"", useTicket, now},
		"another version":  {"yl2." + body + "." + sum, useTicket, now},
		"too long":         {tokenPrefix + strings.Repeat("A", maxToken) + "." + sum, useTicket, now},
		"not base64":       {tokenPrefix + "!." + sum, useTicket, now},
		"signature of all": {token + "." + sum, useTicket, now},
	} {
		if _, err := s.read(c.token, c.use, c.at); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzToken(f *testing.F) {
	s := signer{[]byte(strings.Repeat("k", 32))}
	token, err := s.sign(claims{Use: useTicket, ID: "1", Room: "r", Person: "p", Expires: 1 << 40})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add("yl1..")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := s.read(text, useTicket, time.Unix(0, 0)); err == nil && text != token {
			t.Errorf("accepted %q", text)
		}
	})
}
