package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/hex"
	"errors"

	"yilian"
	"yilian/consult/directory"
	"yilian/imaging/dimse"
	"yilian/imaging/scp"
)

// modalities tells the DICOM door which devices there are and how they are set.
type modalities struct{ *directory.Service }

var (
	_ scp.Devices      = modalities{}
	_ scp.Destinations = modalities{}
)

// Device implements scp.Devices: the AE title is registered and enabled, the address is one of its networks, and who must come over
// TLS or show a certificate does.
func (m modalities) Device(ctx context.Context, c scp.Connection) (scp.Caller, error) {
	d, err := m.DeviceAt(ctx, c.Calling, c.Address)
	if err != nil {
		return scp.Caller{}, err
	}
	if d.TLS.Required && !c.Secure {
		return scp.Caller{}, yilian.Errorf(yilian.Forbidden, "device.insecure", "This device must come over TLS.")
	}
	if c.Secure && d.TLS.Fingerprint != "" && subtle.ConstantTimeCompare([]byte(d.TLS.Fingerprint), []byte(c.Fingerprint)) != 1 {
		return scp.Caller{}, yilian.Errorf(yilian.Forbidden, "device.certificate", "This is not the certificate of the device.")
	}
	actor := d.Actor(c.Address)
	if d.Query {
		actor.Scopes = []string{scopeQuery}
	}
	return scp.Caller{
		Actor: actor, Query: d.Query, Classes: d.Classes, Charset: d.Charset, Timeouts: deviceTimeouts(d.Timeouts),
		Associations: d.MaxAssociations,
	}, nil
}

// Destination implements scp.Destinations: a device of the actor's own institution that listens. The service itself reaches all.
func (m modalities) Destination(ctx context.Context, actor yilian.Actor, ae string) (scp.Destination, error) {
	d, err := m.DeviceByAE(ctx, ae)
	switch {
	case err != nil:
		return scp.Destination{}, err
	case d.Disabled || d.Address == "":
		return scp.Destination{}, yilian.Errorf(yilian.NotFound, "device.unreachable", "There is no address for this AE title.")
	case d.Institution != actor.Institution && !actor.Is(yilian.RoleSystem):
		return scp.Destination{}, yilian.Errorf(yilian.Forbidden, "device.elsewhere", "This device stands at another institution.")
	}
	return scp.Destination{
		AE: d.AETitle, Address: d.Address, TLS: deviceTLS(d.TLS), Timeouts: deviceTimeouts(d.Timeouts), Charset: d.Charset,
	}, nil
}

// identities checks what a device says of its user: a name with the token of a program of the device's own institution as passcode. Other
// types are neither believed nor answered.
type identities struct{ *directory.Service }

const identityPasscode = 2 // PS3.7 D.3.3.7.1

// Identify implements scp.Identities.
func (i identities) Identify(ctx context.Context, caller scp.Caller, id dimse.Identity) ([]byte, error) {
	if id.Type != identityPasscode {
		return nil, scp.ErrUnchecked
	}
	program, err := i.Program(ctx, string(id.Secondary), directory.Client{})
	if err == nil && program.Institution != caller.Actor.Institution {
		err = yilian.Errorf(yilian.Forbidden, "device.identity", "This token belongs to another institution.")
	}
	return nil, err
}

func deviceTimeouts(t directory.DeviceTimeouts) dimse.Timeouts {
	return dimse.Timeouts{ARTIM: t.ARTIM.D(), Idle: t.Idle.D(), Read: t.Read.D(), Response: t.Response.D()}
}

// deviceTLS is how a device is called; nil in the clear. A device whose fingerprint is known needs no authority: devices sign
// their certificates themselves more often than not.
func deviceTLS(t directory.DeviceTLS) *tls.Config {
	if !t.Required {
		return nil
	}
	c := dimse.SecureClient(dimse.BCP195, nil, nil)
	if t.Fingerprint == "" {
		return c
	}
	c.InsecureSkipVerify = true // VerifyConnection compares the certificate itself
	c.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errors.New("the device shows no certificate")
		}
		sum := sha256.Sum256(state.PeerCertificates[0].Raw)
		if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(t.Fingerprint)) != 1 {
			return errors.New("this is not the certificate of the device")
		}
		return nil
	}
	return c
}
