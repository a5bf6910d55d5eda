package directory

import (
	"cmp"
	"context"
	"crypto/x509"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"yilian"
	"yilian/consult/flow"
)

// PeerKind is how a peer is reached.
type PeerKind string

// The kinds.
const (
	PeerDIMSE    PeerKind = "dimse"    // C-STORE
	PeerDICOMweb PeerKind = "dicomweb" // STOW-RS
)

// PeerEntity is the kind of peers in trail and messages.
const PeerEntity = "peer"

// Peer is another archive or workstation to which studies are forwarded.
type Peer struct {
	flow.Meta
	Name        string               `json:"name"`
	Kind        PeerKind             `json:"kind" enum:"dimse,dicomweb"`
	Institution yilian.InstitutionID `json:"institution" required:"false" doc:"Whose it is; empty: nobody's of ours"`
	Disabled    bool                 `json:"disabled" required:"false" doc:"Its jobs wait"`

	Called  string  `json:"called" required:"false" doc:"dimse: its AE title"`
	Calling string  `json:"calling" required:"false" doc:"dimse: the AE title under which it knows us; empty: ours"`
	Address string  `json:"address" required:"false" doc:"dimse: host:port"`
	URL     string  `json:"url" required:"false" doc:"dicomweb: the base of its services"`
	TLS     PeerTLS `json:"tls,omitzero" required:"false"`

	// The secret of basic and bearer is kept sealed and apart (SetSecret), or is in a file of the secrets folder of every node.
	Auth       string `json:"auth" required:"false" enum:"none,basic,bearer" doc:"dicomweb; empty: none"`
	User       string `json:"user" required:"false" doc:"of basic"`
	SecretFile string `json:"secretFile" required:"false" doc:"Name of a file in the secrets folder that holds the password or token"`
	HasSecret  bool   `json:"hasSecret" readOnly:"true" required:"false"`

	Transfer     string         `json:"transfer" required:"false" enum:"kept,native,jpeg-ls,jpeg-lossless,rle" doc:"What it would rather be sent than what is kept; empty: kept. What it refuses is converted to what it takes, where that can be done"`
	Associations int            `json:"associations" required:"false" doc:"Jobs at the same time, at most 16; 0: 1"`
	Bytes        int64          `json:"bytesPerSecond" required:"false" doc:"0: no bound"`
	Instances    float64        `json:"instancesPerSecond" required:"false" doc:"0: no bound"`
	Attempts     int            `json:"attempts" required:"false" doc:"of a job until it is given up; 0: 10"`
	Patience     int            `json:"patienceHours" required:"false" doc:"How long a job waits while the peer is down; 0: a week"`
	Timeouts     DeviceTimeouts `json:"timeouts,omitzero" required:"false"`
	Notices      string         `json:"notices" required:"false" enum:"none,also,only" doc:"dimse: Instance Availability Notifications about the studies that rules send it; also: beside the images; only: instead of them; empty: none"`
	Corrections  string         `json:"corrections" required:"false" enum:"send,notice,none" doc:"When what it has is corrected or rejected here: the corrected objects and rejection notes, or (dimse) an availability notice; empty: send"`
	Commitment   bool           `json:"commitment" required:"false" doc:"dimse: ask for storage commitment to what was sent, and send again what it does not keep"`
	Removed      bool           `json:"removed,omitempty" readOnly:"true" required:"false"`
}

// PeerTLS is how a peer is reached over TLS. A dicomweb peer uses it when its URL is https.
type PeerTLS struct {
	On          bool   `json:"on" required:"false" doc:"dimse: DICOM over TLS (PS3.15 B)"`
	CA          string `json:"ca" required:"false" maxLength:"65536" doc:"PEM of the authorities that vouch for it; empty: those that this machine trusts"`
	Name        string `json:"name" required:"false" doc:"The name in its certificate, when it is not that of the address"`
	Certificate string `json:"certificate" required:"false" doc:"Name of a file in the secrets folder with our certificate and its key (PEM)"`
}

// Forwarding is the part of the directory that says what is forwarded where: peers, routes and the peers' secrets.
type Forwarding struct {
	dir     *Service
	store   flow.Store
	seal    *sealer
	peers   *flow.Repo[Peer]
	routes  *flow.Repo[Route]
	secrets *flow.Repo[peerSecret]
}

// NewForwarding makes it. key (32 bytes) seals the secrets; without one none can be set or read.
func NewForwarding(store flow.Store, dir *Service, key []byte) (*Forwarding, error) {
	seal, err := newSealer(key)
	if err != nil {
		return nil, err
	}
	return &Forwarding{
		dir: dir, store: store, seal: seal,
		peers: flow.NewRepo(store, flow.Spec[Peer]{
			Kind: PeerEntity, Meta: func(v *Peer) *flow.Meta { return &v.Meta }, Audience: administrators[Peer],
			Keys: func(v Peer) []flow.Key { return present(v.Removed, v.Name) },
		}),
		routes: flow.NewRepo(store, flow.Spec[Route]{
			Kind: "route", Meta: func(v *Route) *flow.Meta { return &v.Meta }, Audience: administrators[Route],
			Keys: func(v Route) []flow.Key { return present(v.Removed, routeSort(v)) },
		}),
		secrets: flow.NewRepo(store, flow.Spec[peerSecret]{Kind: "peerSecret", Meta: func(v *peerSecret) *flow.Meta { return &v.Meta }}),
	}, nil
}

func administrators[T any](T) []string { return []string{"role:" + string(yilian.RoleAdmin)} }

// present lists what was not removed.
func present(removed bool, sort string) []flow.Key {
	if removed {
		return nil
	}
	return []flow.Key{everything(sort)}
}

// Peers answers the peers, by name.
func (f *Forwarding) Peers(ctx context.Context) ([]Peer, error) {
	return listed(ctx, f.dir, f.peers, register)
}

// Peer answers one peer; NotFound for one that was removed.
func (f *Forwarding) Peer(ctx context.Context, id string) (Peer, error) {
	p, err := f.peers.Get(ctx, id)
	if err == nil && p.Removed {
		return Peer{}, errNoPeer()
	}
	return p, err
}

func errNoPeer() error {
	return yilian.Errorf(yilian.NotFound, "peer.unknown", "There is no such peer.")
}

// SavePeer creates (no ID) or replaces a peer. Its secret stays; it is lost when the peer's place changes, so that nobody can have it
// sent to another machine.
func (f *Forwarding) SavePeer(ctx context.Context, cmd flow.Command, v Peer) (Peer, error) {
	if err := adminsOnly(cmd.Actor); err != nil {
		return Peer{}, err
	}
	if v.ID == "" {
		return f.peers.Create(ctx, cmd, func(tx flow.Tx) (Peer, flow.Change, error) {
			w, err := f.checkedPeer(tx, v)
			w.HasSecret, w.Removed = false, false
			return w, flow.Change{Action: "create", Data: w.trail()}, err
		})
	}
	return f.peers.Update(ctx, cmd, v.ID, func(tx flow.Tx, old Peer) (Peer, flow.Change, error) {
		if old.Removed {
			return old, flow.Change{}, errNoPeer()
		}
		w, err := f.checkedPeer(tx, v)
		w.Removed = false
		w.HasSecret = old.HasSecret && old.secretPlace() == w.secretPlace()
		return w, flow.Change{Action: "edit", Data: w.trail()}, err
	})
}

// secretPlace is to whom the secret is shown, and how.
func (p Peer) secretPlace() string {
	return strings.Join([]string{string(p.Kind), p.URL, p.Auth, p.User, p.TLS.CA, p.TLS.Name}, "\n")
}

// RemovePeer takes a peer away. Its jobs end as dead letters.
func (f *Forwarding) RemovePeer(ctx context.Context, cmd flow.Command, id string) error {
	if err := adminsOnly(cmd.Actor); err != nil {
		return err
	}
	_, err := f.peers.Update(ctx, cmd, id, func(tx flow.Tx, old Peer) (Peer, flow.Change, error) {
		routes, err := f.routes.All(tx, register)
		if err != nil || old.Removed {
			return old, flow.Change{}, err
		}
		if slices.ContainsFunc(routes, func(r Route) bool { return slices.Contains(r.Peers, id) }) {
			return old, flow.Change{}, yilian.Errorf(yilian.Conflict, "peer.used", "A rule still sends to this peer.")
		}
		old.Removed, old.HasSecret = true, false
		return old, flow.Change{Action: "remove"}, nil
	})
	return err
}

// trail is what the event of a change holds: the peer without long texts.
func (p Peer) trail() Peer {
	if p.TLS.CA != "" {
		p.TLS.CA = "…"
	}
	return p
}

// adminsOnly refuses everybody but administrators and the service itself.
func adminsOnly(a yilian.Actor) error {
	if a.Is(yilian.RoleAdmin, yilian.RoleSystem) {
		return nil
	}
	return yilian.Errorf(yilian.Forbidden, "forward.admin", "Only an administrator decides what is forwarded.")
}

// CheckPeer answers v as it may be stored, for a test of the connection before that.
func (f *Forwarding) CheckPeer(ctx context.Context, v Peer) (w Peer, err error) {
	err = f.store.View(ctx, func(rd flow.Reader) (err error) {
		w, err = f.checkedPeer(rd, v)
		return err
	})
	return w, err
}

func (f *Forwarding) checkedPeer(rd flow.Reader, v Peer) (Peer, error) {
	v, err := v.clean()
	if err != nil {
		return v, err
	}
	return v, f.dir.known(rd, v.Institution)
}

// secretName is a file in the secrets folder, and nowhere else.
var secretName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// clean normalises a peer and says what is wrong with it.
func (p Peer) clean() (Peer, error) {
	p.Name, p.Called, p.Calling = strings.TrimSpace(p.Name), strings.TrimSpace(p.Called), strings.TrimSpace(p.Calling)
	p.Address, p.URL, p.TLS.Name = strings.TrimSpace(p.Address), strings.TrimRight(strings.TrimSpace(p.URL), "/"), strings.TrimSpace(p.TLS.Name)
	if p.Name == "" || len(p.Name) > 200 {
		return p, invalid("peer.name", "A peer needs a name of at most 200 bytes.")
	}
	p.Transfer, p.Notices, p.Corrections = cmp.Or(p.Transfer, "kept"), cmp.Or(p.Notices, "none"), cmp.Or(p.Corrections, "send")
	var err error
	switch p.Kind {
	case PeerDIMSE:
		p.URL, p.Auth, p.User, p.SecretFile = "", "none", "", ""
		err = p.checkDIMSE()
	case PeerDICOMweb:
		p.Called, p.Calling, p.Address = "", "", ""
		err = p.checkWeb()
	default:
		err = invalid("peer.kind", "A peer is of the kind dimse or dicomweb.")
	}
	if err != nil {
		return p, err
	}
	return p, p.checkRest()
}

func (p Peer) checkDIMSE() error {
	if !aeForm.MatchString(p.Called) || p.Calling != "" && !aeForm.MatchString(p.Calling) {
		return invalid("device.ae", "An AE title has 1 to 16 printable ASCII characters without backslash.")
	}
	host, port, err := net.SplitHostPort(p.Address)
	if err != nil || host == "" || port == "" {
		return invalid("peer.address", "The address must look like host:port.")
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return invalid("peer.address", "The address must look like host:port.")
	}
	return nil
}

func (p *Peer) checkWeb() error {
	u, err := url.Parse(p.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return invalid("peer.url", "The URL must look like https://host/dicom-web, without user and query.")
	case p.Auth == "":
		p.Auth = "none"
	case p.Auth != "none" && u.Scheme != "https" && !loopback(u.Hostname()):
		return invalid("peer.secure", "A password or token goes over https only.")
	}
	switch {
	case !slices.Contains([]string{"none", "basic", "bearer"}, p.Auth):
		return invalid("peer.auth", "The authentication is none, basic or bearer.")
	case p.Auth == "basic" && (p.User == "" || strings.Contains(p.User, ":")):
		return invalid("peer.user", "Basic authentication needs a user name without a colon.")
	case p.SecretFile != "" && !secretName.MatchString(p.SecretFile):
		return invalid("peer.secretFile", "The secret's file is a plain name in the secrets folder.")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (p Peer) checkRest() error {
	switch {
	case !slices.Contains([]string{"kept", "native", "jpeg-ls", "jpeg-lossless", "rle"}, p.Transfer):
		return invalid("peer.transfer", "The transfer is kept, native, jpeg-ls, jpeg-lossless or rle.")
	case !slices.Contains([]string{"none", "also", "only"}, p.Notices), !slices.Contains([]string{"send", "notice", "none"}, p.Corrections):
		return invalid("peer.notices", "Notices are none, also or only; corrections send, notice or none.")
	case p.Kind == PeerDICOMweb && (p.Notices != "none" || p.Corrections == "notice" || p.Commitment):
		return invalid("peer.noticesWeb", "Availability notices and storage commitment go over DICOM: a DICOMweb peer has none.")
	case p.TLS.CA != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(p.TLS.CA)):
		return invalid("peer.ca", "The authorities must be certificates in PEM.")
	case p.TLS.Certificate != "" && !secretName.MatchString(p.TLS.Certificate):
		return invalid("peer.certificate", "Our certificate is a plain name in the secrets folder.")
	case p.Associations < 0 || p.Associations > 16:
		return invalid("peer.associations", "There can be 1 to 16 jobs at the same time.")
	case p.Bytes < 0 || p.Bytes > 0 && p.Bytes < 1024:
		return invalid("peer.rate", "The rate is at least 1024 bytes a second, or 0.")
	case p.Instances < 0 || p.Instances > 0 && p.Instances < 0.01:
		return invalid("peer.rate", "The rate is at least 0.01 instances a second, or 0.")
	case p.Attempts < 0 || p.Attempts > 1000:
		return invalid("peer.attempts", "There can be 1 to 1000 attempts.")
	case p.Patience < 0 || p.Patience > 24*365:
		return invalid("peer.patience", "A job waits for at most a year.")
	}
	return nil
}
