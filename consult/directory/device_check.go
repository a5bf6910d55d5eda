package directory

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	// aeForm is an AE title without the characters that PS3.5 6.2 forbids (backslash, control), 1 to 16 long.
	aeForm = regexp.MustCompile(`^[\x21-\x5b\x5d-\x7e]([\x20-\x5b\x5d-\x7e]{0,14}[\x21-\x5b\x5d-\x7e])?$`)
	// classForm is a UID (PS3.5 9.1), or the beginning of one that ends in a dot.
	classForm = regexp.MustCompile(`^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*\.?$`)
)

// The bounds of what can be set.
const (
	longestDeviceTime = 24 * time.Hour
	longestQuiet      = time.Hour
	mostAssociations  = 1000
	mostClasses       = 200
)

// clean normalises and checks what a device says by itself.
func (d Device) clean() (Device, error) {
	d.AETitle, d.Name, d.Modality = strings.TrimSpace(d.AETitle), strings.TrimSpace(d.Name), strings.ToUpper(strings.TrimSpace(d.Modality))
	if !aeForm.MatchString(d.AETitle) {
		return d, invalid("device.ae", "An AE title has 1 to 16 printable ASCII characters without backslash.")
	}
	for _, n := range d.Networks {
		if _, err := netip.ParsePrefix(n); err != nil {
			return d, invalid("device.network", "%q is not a network such as 10.1.2.0/24.", n)
		}
	}
	for _, step := range []func(*Device) error{(*Device).checkReach, (*Device).checkClasses, (*Device).checkCharset, (*Device).checkBounds} {
		if err := step(&d); err != nil {
			return d, err
		}
	}
	return d, nil
}

// checkReach looks at where the device listens and how it proves who it is.
func (d *Device) checkReach() error {
	if d.Address = strings.TrimSpace(d.Address); d.Address != "" {
		host, port, err := net.SplitHostPort(d.Address)
		n, bad := strconv.Atoi(port)
		if err != nil || host == "" || bad != nil || n < 1 || n > 65535 {
			return invalid("device.address", "%q is not an address such as 10.1.2.3:104.", d.Address)
		}
	}
	d.TLS.Fingerprint = strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(d.TLS.Fingerprint))
	if raw, err := hex.DecodeString(d.TLS.Fingerprint); err != nil || len(raw) != 0 && len(raw) != 32 {
		return invalid("device.fingerprint", "The fingerprint of a certificate is its SHA-256 in 64 hexadecimal digits.")
	}
	return nil
}

func (d *Device) checkClasses() error {
	if len(d.Classes) > mostClasses {
		return invalid("device.classes", "A device has at most %d SOP classes.", mostClasses)
	}
	for i, c := range d.Classes {
		d.Classes[i] = strings.TrimSpace(c)
		if len(d.Classes[i]) > 64 || !classForm.MatchString(d.Classes[i]) {
			return invalid("device.class", "%q is neither a SOP class UID nor the beginning of one with a dot at its end.", c)
		}
	}
	return nil
}

// charsets are the defined terms of Specific Character Set (PS3.3 C.12.1.1.2), without and with code extensions.
var charsets = []string{
	"ISO_IR 6", "ISO_IR 100", "ISO_IR 101", "ISO_IR 109", "ISO_IR 110", "ISO_IR 144", "ISO_IR 127", "ISO_IR 126", "ISO_IR 138", "ISO_IR 148",
	"ISO_IR 203", "ISO_IR 13", "ISO_IR 166", "ISO_IR 192", "GB18030", "GBK",
	"ISO 2022 IR 6", "ISO 2022 IR 100", "ISO 2022 IR 101", "ISO 2022 IR 109", "ISO 2022 IR 110", "ISO 2022 IR 144", "ISO 2022 IR 127",
	"ISO 2022 IR 126", "ISO 2022 IR 138", "ISO 2022 IR 148", "ISO 2022 IR 203", "ISO 2022 IR 13", "ISO 2022 IR 166", "ISO 2022 IR 87",
	"ISO 2022 IR 159", "ISO 2022 IR 149", "ISO 2022 IR 58",
}

// checkCharset: several terms go together only with code extensions; the first of them may be empty.
func (d *Device) checkCharset() error {
	if !slices.Contains([]NameForm{NamesBoth, NamesFirst, NamesGroups, NamesLatin}, d.Names) {
		return invalid("device.names", "Unknown form of names %q.", d.Names)
	}
	if d.Charset = strings.ToUpper(strings.TrimSpace(d.Charset)); d.Charset == "" {
		return nil
	}
	terms := strings.Split(d.Charset, `\`)
	for i, t := range terms {
		extended := strings.HasPrefix(t, "ISO 2022 ") || i == 0 && t == ""
		if !slices.Contains(charsets, t) && t != "" || len(terms) > 1 && !extended {
			return invalid("device.charset", "%q is not a character set of DICOM such as GB18030 or ISO_IR 192.", t)
		}
	}
	return nil
}

func (d *Device) checkBounds() error {
	for _, t := range []Duration{d.Timeouts.ARTIM, d.Timeouts.Idle, d.Timeouts.Read, d.Timeouts.Response} {
		if t.D() > longestDeviceTime || t != 0 && t.D() < time.Second {
			return invalid("device.timeouts", "A time-out is between a second and a day.")
		}
	}
	if d.QuietTime.D() > longestQuiet {
		return invalid("device.quiet", "The quiet time is at most an hour.")
	}
	if d.MaxAssociations < 0 || d.MaxAssociations > mostAssociations {
		return invalid("device.associations", "A device has at most %d associations at once.", mostAssociations)
	}
	return nil
}

// deviceChanges answers the settings that differ, as they are now. None of them is secret or about a patient.
func deviceChanges(old, now Device) map[string]json.RawMessage {
	was, is := members(old), members(now)
	changed := map[string]json.RawMessage{}
	for name, value := range is {
		if !bytes.Equal(was[name], value) {
			changed[name] = value
		}
	}
	for name := range was {
		if _, kept := is[name]; !kept {
			changed[name] = json.RawMessage("null")
		}
	}
	return changed
}

func members(d Device) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	text, err := json.Marshal(d)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil { // a Device is plain data
		return nil
	}
	for _, meta := range []string{"id", "version", "createdAt", "changedAt", "changedBy"} {
		delete(out, meta)
	}
	return out
}
