package deident

import (
	"strings"

	"yilian/imaging/dicom"
)

// block names elements of a private creator: the group and the low byte of the element.
type block struct {
	creator string
	group   uint16
	element byte
}

// safe are numbers and codes out of table E.3.10-1 of PS3.15 that readers need: diffusion, uptake, pitch. Texts, UIDs, sequences and bytes of that table
// are left out, since nothing here can read them.
var safe = map[block]bool{
	{"Philips PET Private Group", 0x7053, 0x00}: true, // SUV factor
	{"Philips PET Private Group", 0x7053, 0x09}: true, // activity concentration factor
	{"ELSCINT1", 0x00E1, 0x21}:                  true, // DLP
	{"ELSCINT1", 0x00E1, 0x50}:                  true, // acquisition duration
	{"ELSCINT1", 0x01E1, 0x26}:                  true, // phantom type
	{"ELSCINT1", 0x01F1, 0x01}:                  true, // acquisition type
	{"ELSCINT1", 0x01F1, 0x07}:                  true, // table velocity
	{"ELSCINT1", 0x01F1, 0x26}:                  true, // pitch
	{"ELSCINT1", 0x01F1, 0x27}:                  true, // rotation time
	{"GEMS_ACQU_01", 0x0019, 0x23}:              true, // table speed
	{"GEMS_ACQU_01", 0x0019, 0x24}:              true, // mid scan time
	{"GEMS_ACQU_01", 0x0019, 0x27}:              true, // rotation speed
	{"GEMS_PARM_01", 0x0043, 0x27}:              true, // scan pitch ratio
	{"GEMS_PARM_01", 0x0043, 0x39}:              true, // b value
	{"GEMS_PARM_01", 0x0043, 0x6F}:              true, // scanner table entry
	{"GEMS_HELIOS_01", 0x0045, 0x01}:            true, // macro rows in the detector
	{"GEMS_HELIOS_01", 0x0045, 0x02}:            true, // macro width
	{"GEMS_SERS_01", 0x0025, 0x07}:              true, // images in the series
	{"Philips Imaging DD 001", 0x2001, 0x03}:    true, // diffusion b factor
	{"Philips Imaging DD 001", 0x2001, 0x04}:    true, // diffusion direction
	{"Philips MR Imaging DD 001", 0x2005, 0x0D}: true, // scale intercept
	{"Philips MR Imaging DD 001", 0x2005, 0x0E}: true, // scale slope
	{"SIEMENS MR HEADER", 0x0019, 0x0C}:         true, // b value
	{"SIEMENS MR HEADER", 0x0019, 0x0D}:         true, // diffusion directionality
	{"SIEMENS MR HEADER", 0x0019, 0x0E}:         true, // diffusion gradient direction
	{"SIEMENS MR HEADER", 0x0019, 0x27}:         true, // b matrix
}

// maxSafe is the longest value that is one of these: six numbers of eight bytes, or some digits.
const maxSafe = 64

// private tells which private elements of a level may stay, with the creators that reserve their blocks.
func (p *Profile) private(d *dicom.Dataset, names *identity) map[dicom.Tag]bool {
	if !p.RetainSafePrivate {
		return nil
	}
	stays := map[dicom.Tag]bool{}
	for i := range d.Elements {
		e := &d.Elements[i]
		if !e.Tag.IsPrivate() || e.Tag.Element() < 0x1000 {
			continue
		}
		creator := dicom.NewTag(e.Tag.Group(), e.Tag.Element()>>8)
		name := strings.TrimSpace(d.String(creator))
		if !safe[block{name, e.Tag.Group(), byte(e.Tag.Element())}] || len(e.Value) == 0 || len(e.Value) > maxSafe || names.in(string(e.Value)) {
			continue
		}
		stays[e.Tag], stays[creator] = true, true
	}
	return stays
}
