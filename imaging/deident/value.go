package deident

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"math/big"
	"strings"
	"time"

	"yilian/imaging/dicom"
)

// Profile takes identity out of the objects of one export: the same UID becomes the same other one in all of them, and nobody without the key can tell
// which. It is safe for concurrent use.
type Profile struct {
	Options
	key []byte
}

// New makes a Profile with a key of its own, which should be random and forgotten with it.
func New(o Options, key []byte) *Profile { return &Profile{Options: o, key: key} }

// derive gives bytes that stand for a value and tell nothing of it.
func (p *Profile) derive(of, value string) []byte {
	m := hmac.New(sha256.New, p.key)
	_, _ = m.Write([]byte(of + "\x00" + value)) // never fails
	return m.Sum(nil)
}

// UID gives the UID that stands for another one: of the root for UUIDs (PS3.5 B.2), with the bits of a version 8 UUID. What DICOM defines stays.
func (p *Profile) UID(uid string) string {
	if uid == "" || strings.HasPrefix(uid, "1.2.840.10008.") {
		return uid
	}
	id := p.derive("uid", uid)[:16]
	id[6], id[8] = id[6]&0x0F|0x80, id[8]&0x3F|0x80
	return "2.25." + new(big.Int).SetBytes(id).String()
}

// Pseudonym names the patient of a data set within this export.
func (p *Profile) Pseudonym(d *dicom.Dataset) string {
	id := d.String(dicom.PatientID)
	if id == "" {
		id = d.String(dicom.PatientName)
	}
	return "ANON-" + base32.StdEncoding.EncodeToString(p.derive("patient", id))[:8]
}

// days is by how many days the dates of a study move: back by one month to ten years.
func (p *Profile) days(study string) int {
	return -30 - int(binary.BigEndian.Uint32(p.derive("days", study))%3620)
}

// shifted moves a date or the date in a date and time; "" if there is none to move. A time of day stays.
func shifted(vr dicom.VR, value string, days int) string {
	if vr == dicom.TM {
		return value
	}
	if vr == dicom.DA && len(value) == 10 && value[4] == '.' && value[7] == '.' {
		value = value[:4] + value[5:7] + value[8:] // of ACR-NEMA (PS3.5 6.2)
	}
	if len(value) < 8 {
		return ""
	}
	at, err := time.Parse("20060102", value[:8])
	if err != nil {
		return ""
	}
	return at.AddDate(0, 0, days).Format("20060102") + value[8:]
}

// stand is what is put in place of a value of a representation.
func stand(vr dicom.VR) dicom.Change {
	texts := map[dicom.VR]string{
		dicom.DA: "19000101", dicom.TM: "000000", dicom.DT: "19000101000000", dicom.PN: "ANONYMOUS", dicom.AS: "000Y", dicom.UR: "urn:removed",
		dicom.IS: "0", dicom.DS: "0", dicom.US: "0", dicom.SS: "0", dicom.UL: "0", dicom.SL: "0", dicom.FL: "0", dicom.FD: "0", dicom.UV: "0", dicom.SV: "0",
	}
	switch text, ok := texts[vr]; {
	case ok:
		return dicom.Change{VR: vr, Values: []string{text}}
	case vr.IsBinary():
		return dicom.Change{VR: vr, Bytes: make([]byte, 8)} // whole values of every width
	case vr == dicom.AT:
		return dicom.Change{VR: vr, Values: []string{"00000000"}}
	}
	return dicom.Change{VR: vr, Values: []string{"REMOVED"}}
}
