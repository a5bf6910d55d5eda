package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"yilian/storage/sqlstore"
)

// settings are all there is to set. Each is a flag (--media-udp), an environment variable (YILIAN_MEDIA_UDP) and a key of the
// settings file ("media-udp"), in this order of precedence. What concerns medicine (times of escalation, quiet times …) is set
// for each institution in the administration, not here.
type settings struct {
	Data string `help:"Folder for everything that is kept." default:"data" type:"path" placeholder:"DIR"`

	HTTP    string   `name:"http" help:"Address of the web page and API; \"\" for none." default:":8080"`
	HTTPS   string   `name:"https" help:"The same over TLS: cameras and notifications need it on all but this machine; \"\" for none." default:":8443"`
	Cert    string   `help:"Certificate chain (PEM) for --https; without one, a local authority is made in the data folder." type:"path" placeholder:"FILE"`
	Key     string   `help:"Private key (PEM) of --cert." type:"path" placeholder:"FILE"`
	Origins []string `help:"Other web origins that may call this service (a foreign viewer's)." placeholder:"URL"`

	Proxies []string `help:"Networks (CIDR) of reverse proxies in front of this service: only theirs X-Forwarded-For and -Proto count." placeholder:"CIDR"`

	DICOM        string `name:"dicom" help:"Address for DICOM associations; \"\" for none." default:":11112"`
	DICOMTLS     string `name:"dicom-tls" help:"The same over TLS, by BCP 195 (2762 is its registered port); \"\" for none." default:""`
	DICOMClients string `name:"dicom-clients" help:"Authorities (PEM) that sign devices' certificates: then a device must show one." type:"path" placeholder:"FILE"`
	AE           string `name:"ae" help:"Our application entity title." default:"YILIAN"`

	MediaUDP string   `name:"media-udp" help:"The one UDP port of all calls." default:":7882"`
	MediaTCP string   `name:"media-tcp" help:"The TCP port for calls where UDP is blocked; \"\" for none." default:":7882"`
	TURN     string   `name:"turn" help:"Address of the embedded TURN relay, UDP and TCP; \"\" for none." default:":3478"`
	TURNTLS  string   `name:"turn-tls" help:"Name under which clients reach the relay over TLS, on the port of --https, where nothing else comes through: host, or host:port where another port is forwarded; auto takes the names of --cert, or the addresses; \"\" for none." default:"auto" placeholder:"HOST[:PORT]"`
	PublicIP []string `name:"public-ip" help:"Addresses at which phones reach this machine, when it cannot know them (behind NAT)." placeholder:"IP"`

	Database string `help:"postgres://… instead of SQLite in the data folder." placeholder:"URL"`
	Objects  string `help:"s3://bucket/prefix?endpoint=…&region=… instead of a folder for images; keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY." placeholder:"URL"`
	Bus      string `help:"redis://… to join several nodes." placeholder:"URL"`
	Node     string `help:"Name of this node among several." placeholder:"NAME"`

	PeerKey string `name:"peer-key" help:"File with the key (32 bytes in base64) that seals the passwords of forwarding peers; every node needs the same. Made in the data folder when absent." type:"path" placeholder:"FILE"`

	SpaceLow      mark   `help:"Warn when the store of images has less free space: a part of it, or bytes (50G)." default:"10%" placeholder:"MARK"`
	SpaceCritical mark   `help:"Take no new images below this; what is there can be read." default:"3%" placeholder:"MARK"`
	ObjectsQuota  amount `help:"How many bytes may be kept in a bucket (20T), which does not tell by itself; 0: no bound." default:"0" placeholder:"BYTES"`

	Font string `help:"TrueType font with Chinese for printed reports; found by itself where fonts-droid-fallback is installed." type:"path" placeholder:"FILE"`
}

// Validate is called by kong; each error names the setting.
func (s *settings) Validate() error {
	var errs []error
	for _, a := range []struct{ name, value string }{
		{"http", s.HTTP}, {"https", s.HTTPS}, {"dicom", s.DICOM}, {"dicom-tls", s.DICOMTLS}, {"media-udp", s.MediaUDP}, {"media-tcp", s.MediaTCP}, {"turn", s.TURN},
	} {
		if err := checkAddress(a.value); err != nil {
			errs = append(errs, fmt.Errorf("--%s: %w", a.name, err))
		}
	}
	if s.HTTP == "" && s.HTTPS == "" {
		errs = append(errs, errors.New("--http and --https: at least one is needed"))
	}
	if s.MediaUDP == "" {
		errs = append(errs, errors.New("--media-udp: calls need it"))
	}
	if (s.Cert == "") != (s.Key == "") {
		errs = append(errs, errors.New("--cert and --key: give both or neither"))
	}
	// PS3.5 6.2: an AE is 1–16 characters without backslash or control characters.
	if n := len(strings.TrimSpace(s.AE)); n == 0 || n > 16 || strings.ContainsFunc(s.AE, func(r rune) bool { return r < ' ' || r > '~' || r == '\\' }) {
		errs = append(errs, fmt.Errorf("--ae: %q is not an application entity title (1–16 ASCII characters, no backslash)", s.AE))
	}
	for _, ip := range s.PublicIP {
		if _, err := netip.ParseAddr(ip); err != nil {
			errs = append(errs, fmt.Errorf("--public-ip: %q is not an IP address", ip))
		}
	}
	for _, network := range s.Proxies {
		if _, err := netip.ParsePrefix(network); err != nil {
			errs = append(errs, fmt.Errorf("--proxies: %q is not a network such as 127.0.0.1/32", network))
		}
	}
	for _, u := range []struct {
		name, value string
		schemes     []string
	}{
		{"database", s.Database, []string{"postgres", "postgresql"}}, {"objects", s.Objects, []string{"s3"}}, {"bus", s.Bus, []string{"redis", "rediss", "unix"}},
	} {
		if err := checkURL(u.value, u.schemes); err != nil {
			errs = append(errs, fmt.Errorf("--%s: %w", u.name, err))
		}
	}
	for _, o := range s.Origins {
		if err := checkURL(o, []string{"http", "https"}); err != nil {
			errs = append(errs, fmt.Errorf("--origins: %w", err))
		}
	}
	return errors.Join(errs...)
}

func checkAddress(a string) error {
	if a == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(a)
	if err != nil {
		return fmt.Errorf("%q is not host:port", a)
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return fmt.Errorf("%q has no such port", a)
	}
	return nil
}

func checkURL(raw string, schemes []string) error {
	if raw == "" {
		return nil
	}
	// The URL may carry a password: errors do not repeat it.
	u, err := url.Parse(raw)
	if err != nil || !slices.Contains(schemes, u.Scheme) {
		return fmt.Errorf("want a URL that starts with %s://", strings.Join(schemes, ":// or "))
	}
	return nil
}

// prepare makes the data folder and answers where things stand in it.
func (s *settings) prepare() error {
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	return nil
}

func (s *settings) path(name ...string) string {
	return filepath.Join(append([]string{s.Data}, name...)...)
}

// settingsFile reads a JSON object whose keys are flag names. A key that no flag has is an error, since it is most often a slip.
func settingsFile(r io.Reader) (kong.Resolver, error) {
	values := map[string]any{}
	dec := json.NewDecoder(r)
	dec.UseNumber()
	if err := dec.Decode(&values); err != nil {
		return nil, fmt.Errorf("settings file: %w", err)
	}
	return fileResolver(values), nil
}

type fileResolver map[string]any

func (f fileResolver) Validate(app *kong.Application) error {
	known := map[string]bool{}
	var walk func(*kong.Node)
	walk = func(n *kong.Node) {
		for _, flag := range n.Flags {
			known[flag.Name] = true
		}
		for _, child := range n.Children {
			walk(child)
		}
	}
	walk(app.Node)
	for key := range f {
		if !known[key] {
			return fmt.Errorf("settings file: there is no setting %q", key)
		}
	}
	return nil
}

// Resolve answers the file's value, unless the environment has one: kong would let a resolver win over it.
func (f fileResolver) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	if v, ok := f[flag.Name]; ok {
		return v, nil
	}
	return nil, nil
}

// database says where the records are.
func (s *settings) database(log *slog.Logger) sqlstore.Options {
	if s.Database != "" {
		return sqlstore.Options{URL: s.Database, Logger: log}
	}
	return sqlstore.Options{Path: s.path("yilian.db"), Logger: log}
}

// objects says where images are.
func (s *settings) objects() string {
	if s.Objects != "" {
		return s.Objects
	}
	return s.path("objects")
}

// loopback tells whether media are served on this machine only: an address of loopback was chosen.
func (s *settings) loopback() bool {
	host, _, err := net.SplitHostPort(s.MediaUDP)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
