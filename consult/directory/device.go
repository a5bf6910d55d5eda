package directory

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"yilian"
	"yilian/consult/flow"
)

// Device is a machine that speaks DICOM: known by its AE title, and by address if Networks is not empty. What is not set is as the
// door has it for everybody.
type Device struct {
	flow.Meta
	AETitle     string               `json:"aeTitle"`
	Name        string               `json:"name"`
	Institution yilian.InstitutionID `json:"institution"`
	Modality    string               `json:"modality" required:"false"`
	Networks    []string             `json:"networks" required:"false"` // CIDR; empty: from anywhere
	Disabled    bool                 `json:"disabled" required:"false"`

	// Address is where the device listens itself, host:port; "": it is never called (no C-MOVE, no storage commitment on a new
	// association).
	Address string    `json:"address" required:"false"`
	TLS     DeviceTLS `json:"tls,omitzero" required:"false"`
	// Classes are the SOP classes that are taken from it; one that ends in a dot is a prefix. Empty: all.
	Classes []string `json:"classes,omitempty" required:"false"`
	// Charset is what the device writes where it declares no or a false character set, and what its worklist must be written in:
	// terms of Specific Character Set (0008,0005) divided by "\". "": unknown, the worklist is in what its query declares.
	Charset string   `json:"charset" required:"false"`
	Names   NameForm `json:"names" required:"false"`
	// Query lets it look for and retrieve (C-FIND, C-MOVE, C-GET) what its own institution has.
	Query           bool           `json:"query" required:"false"`
	Timeouts        DeviceTimeouts `json:"timeouts,omitzero" required:"false"`
	MaxAssociations int            `json:"maxAssociations" required:"false"` // at the same time; 0: as for everybody
	// QuietTime takes the place of the institution's quiet time by modality for what this device sends; 0: none of its own.
	QuietTime Duration `json:"quietTime" required:"false"`
}

// DeviceTLS says how a device proves who it is.
type DeviceTLS struct {
	// Required: it is let in over TLS only, and called over TLS.
	Required bool `json:"required" required:"false"`
	// Fingerprint is the SHA-256 of its certificate in hexadecimal: that very certificate must be shown. "": any that our
	// authorities vouch for.
	Fingerprint string `json:"fingerprint" required:"false"`
}

// DeviceTimeouts bound how long a device may keep the door waiting; 0 is the door's own.
type DeviceTimeouts struct {
	ARTIM    Duration `json:"artim" required:"false"`    // association request and release (PS3.8 9.1.5)
	Idle     Duration `json:"idle" required:"false"`     // between two messages
	Read     Duration `json:"read" required:"false"`     // for the next byte of a message
	Response Duration `json:"response" required:"false"` // when we call it
}

// NameForm says how a device's worklist writes the name of a patient who is written in Chinese (PS3.5 6.2.1).
type NameForm string

// The forms of a name. Of a patient whose Latin name is known, the first group has it in every form but NamesFirst.
const (
	// NamesBoth writes the characters as a single-byte name would stand, in the first group, and once more in the ideographic one:
	// consoles that show only the first group show a name, those that follow the standard find it where it belongs.
	NamesBoth NameForm = ""
	// NamesFirst writes the characters in the first group and no other, as devices made for China expect.
	NamesFirst NameForm = "first"
	// NamesGroups is the standard to the letter: a Latin name or nothing in the first group, characters in the second.
	NamesGroups NameForm = "groups"
	// NamesLatin is for devices that can show no Chinese: a Latin name, or else the patient's number in place of one.
	NamesLatin NameForm = "latin"
)

// NameForm answers how its worklist writes names. A device whose character set is known and has no Chinese gets none, and with code
// extensions characters stand in the ideographic group only (PS3.5 6.2.1.2), unless something else was chosen for it.
func (d Device) NameForm() NameForm {
	switch {
	case d.Names != NamesBoth || d.Charset == "" || slices.Contains([]string{"GB18030", "GBK", "ISO_IR 192"}, d.Charset):
		return d.Names
	case strings.Contains(d.Charset, "ISO 2022 IR 58"):
		return NamesGroups
	default:
		return NamesLatin
	}
}

func deviceSpec() flow.Spec[Device] {
	return flow.Spec[Device]{
		Kind: "device", Meta: func(v *Device) *flow.Meta { return &v.Meta },
		Keys: func(v Device) []flow.Key {
			return []flow.Key{
				everything(v.AETitle), {Name: "ae", Value: v.AETitle}, {Name: "institution", Value: string(v.Institution), Sort: v.AETitle},
			}
		},
	}
}

// SaveDevice creates or replaces a device. The trail keeps what was changed to what.
func (s *Service) SaveDevice(ctx context.Context, cmd flow.Command, v Device) (Device, error) {
	if v.ID == "" {
		return s.devices.Create(ctx, cmd, func(tx flow.Tx) (Device, flow.Change, error) {
			w, err := s.checkedDevice(tx, v)
			return w, flow.Change{Action: "create", Data: deviceChanges(Device{}, w)}, err
		})
	}
	return s.devices.Update(ctx, cmd, v.ID, func(tx flow.Tx, old Device) (Device, flow.Change, error) {
		w, err := s.checkedDevice(tx, v)
		return w, flow.Change{Action: "edit", Data: deviceChanges(old, w)}, err
	})
}

// checkedDevice answers v as it may be stored.
func (s *Service) checkedDevice(rd flow.Reader, v Device) (Device, error) {
	v, err := v.clean()
	if err != nil {
		return v, err
	}
	same, _, err := s.devices.FindIn(rd, flow.Query{Name: "ae", Values: []string{v.AETitle}})
	if err != nil {
		return v, err
	}
	if slices.ContainsFunc(same, func(d Device) bool { return d.ID != v.ID }) {
		return v, yilian.Errorf(yilian.Conflict, "device.aeTaken", "Another device has this AE title.")
	}
	if v.Institution == "" {
		return v, invalid("institution.unknown", "A device belongs to an institution.")
	}
	return v, s.known(rd, v.Institution)
}

// Devices answers the register of devices, by AE title.
func (s *Service) Devices(ctx context.Context) ([]Device, error) {
	return listed(ctx, s, s.devices, register)
}

// DevicesOf answers the devices of an institution, by AE title.
func (s *Service) DevicesOf(ctx context.Context, id yilian.InstitutionID) ([]Device, error) {
	return listed(ctx, s, s.devices, flow.Query{Name: "institution", Values: []string{string(id)}})
}

// DeviceByAE answers the device with an AE title, disabled or not; NotFound.
func (s *Service) DeviceByAE(ctx context.Context, ae string) (d Device, err error) {
	err = s.store.View(ctx, func(rd flow.Reader) (err error) {
		d, err = s.DeviceByAEIn(rd, ae)
		return err
	})
	return d, err
}

// DeviceByAEIn is DeviceByAE within a transaction.
func (s *Service) DeviceByAEIn(rd flow.Reader, ae string) (Device, error) {
	found, _, err := s.devices.FindIn(rd, flow.Query{Name: "ae", Values: []string{strings.TrimSpace(ae)}, Limit: 1})
	if err != nil {
		return Device{}, err
	}
	if len(found) == 0 {
		return Device{}, yilian.Errorf(yilian.NotFound, "device.unknown", "There is no device with this AE title.")
	}
	return found[0], nil
}

// Device answers the actor behind a calling AE title at an address; NotFound for a stranger, a disabled device, or the wrong
// address.
func (s *Service) Device(ctx context.Context, ae string, addr netip.Addr) (yilian.Actor, error) {
	d, err := s.DeviceAt(ctx, ae, addr)
	if err != nil {
		return yilian.Actor{}, err
	}
	return d.Actor(addr), nil
}

// DeviceAt answers the enabled device behind a calling AE title at an address; NotFound as Device.
func (s *Service) DeviceAt(ctx context.Context, ae string, addr netip.Addr) (Device, error) {
	d, err := s.DeviceByAE(ctx, ae)
	switch {
	case yilian.KindOf(err) == yilian.NotFound, err == nil && (d.Disabled || !d.reachedFrom(addr)):
		return Device{}, yilian.Errorf(yilian.NotFound, "device.unknown", "This AE title is not known from this address.")
	case err != nil:
		return Device{}, err
	}
	return d, nil
}

// Actor is who acts when the device calls from an address.
func (d Device) Actor(addr netip.Addr) yilian.Actor {
	return yilian.Actor{Name: d.Name, Institution: d.Institution, Device: d.AETitle, Address: addr.String()}
}

func (d Device) reachedFrom(addr netip.Addr) bool {
	return len(d.Networks) == 0 || slices.ContainsFunc(d.Networks, func(n string) bool {
		p, err := netip.ParsePrefix(n)
		return err == nil && p.Contains(addr.Unmap())
	})
}

// Accepts tells whether instances of a SOP class are taken from the device.
func (d Device) Accepts(class string) bool {
	return len(d.Classes) == 0 || slices.ContainsFunc(d.Classes, func(c string) bool {
		return c == class || strings.HasSuffix(c, ".") && strings.HasPrefix(class, c)
	})
}
