package forward

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"yilian/imaging/dimse"
)

// describe says in a few words, fit for an administrator, why a connection broke. Nothing that the peer wrote is repeated.
func describe(err error) error {
	abort, aborted := errors.AsType[*dimse.Abort](err)
	switch {
	case errors.Is(err, dimse.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return errors.New("no answer in time")
	case errors.Is(err, dimse.ErrTooSlow):
		return errors.New("the peer is too slow")
	case aborted && abort.Remote:
		return errors.New("the peer aborted the association")
	case errors.Is(err, dimse.ErrClosed), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return errors.New("the peer closed the connection")
	case aborted:
		return errors.New("the peer did not keep to the protocol")
	}
	return errors.New(network(err))
}

// network says why there is no connection.
func network(err error) string {
	dns, isDNS := errors.AsType[*net.DNSError](err)
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, name := errors.AsType[x509.HostnameError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	_, alert := errors.AsType[tls.AlertError](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case isDNS && dns.IsNotFound:
		return "its name is not known"
	case isDNS:
		return "its name cannot be looked up"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no way to it"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case unknown:
		return "its certificate is of an unknown authority"
	case name:
		return "its certificate is for another name"
	case invalid:
		return "its certificate is not valid"
	case alert:
		return "it refuses our TLS"
	case noTLS:
		return "it does not speak TLS"
	}
	return "the connection failed"
}
