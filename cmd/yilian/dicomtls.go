package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"yilian/imaging/dimse"
)

// dicomListeners opens the DIMSE door in the clear, over TLS, or both; what is off is nil.
func (s *service) dicomListeners() (plain, secure net.Listener, conf *tls.Config, err error) {
	if s.settings.DICOM != "" {
		if plain, err = net.Listen("tcp", s.settings.DICOM); err != nil {
			return nil, nil, nil, fmt.Errorf("--dicom: %w", err)
		}
	}
	if s.settings.DICOMTLS == "" {
		return plain, nil, nil, nil
	}
	if conf, err = s.dicomTLS(); err == nil {
		if secure, err = net.Listen("tcp", s.settings.DICOMTLS); err != nil {
			err = fmt.Errorf("--dicom-tls: %w", err)
		}
	}
	if err != nil && plain != nil {
		err = errors.Join(err, plain.Close())
	}
	return plain, secure, conf, err
}

// dicomTLS shows the certificate of the web page; devices that show one of their own are checked against --dicom-clients, or, where
// there is none, against the fingerprint that their settings hold.
func (s *service) dicomTLS() (*tls.Config, error) {
	own, err := s.certificate(time.Now())
	if err != nil {
		return nil, err
	}
	var clients *x509.CertPool
	if file := s.settings.DICOMClients; file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("--dicom-clients: %w", err)
		}
		clients = x509.NewCertPool()
		if !clients.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("--dicom-clients: %s holds no certificate", file)
		}
	}
	conf := dimse.SecureServer(dimse.BCP195, own, clients, clients != nil)
	if clients == nil {
		conf.ClientAuth = tls.RequestClientCert // self-signed ones of devices: their fingerprint counts
	}
	return conf, nil
}
