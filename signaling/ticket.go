package signaling

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"yilian"
	"yilian/signaling/protocol"
)

// TicketRequest says who may enter which room.
type TicketRequest struct {
	Room        string
	Person      yilian.PersonID
	Name        string // shown to the others
	Role        string // shown to the others
	Institution yilian.InstitutionID
	CanSend     bool          // may send audio and video; without, the person only listens and chats
	Grace       time.Duration // how long a lost seat is kept; the server's setting if zero

	Chair    bool // may mute, remove, admit, hand on the pictures, end
	Record   bool // may ask for a recording; a chair may, too
	Lobby    bool // waits until admitted
	Guest    bool // shown as one: came by a link
	Listener bool // hears and sees, sends nothing, is counted but not listed; CanSend is ignored
}

// claims are what a ticket or resume token says. The token is `yl1.` + base64url(JSON) + `.` + base64url(HMAC-SHA256 over all before).
// A client may read the "ice" member, to gather relay candidates before the first round trip; everything else is for the server.
type claims struct {
	Use         string               `json:"use"` // useTicket or useResume
	ID          string               `json:"id"`  // of a ticket: it is used once
	Room        string               `json:"room"`
	Person      yilian.PersonID      `json:"person"`
	Name        string               `json:"name"`
	Role        string               `json:"role,omitempty"`
	Institution yilian.InstitutionID `json:"inst,omitempty"`
	CanSend     bool                 `json:"send,omitempty"`
	GraceMS     int64                `json:"grace"`
	Leg         int                  `json:"leg,omitempty"` // of a resume token: an older leg's token was taken over
	Chair       bool                 `json:"chair,omitempty"`
	Record      bool                 `json:"rec,omitempty"`
	Lobby       bool                 `json:"lobby,omitempty"`
	Guest       bool                 `json:"guest,omitempty"`
	Listener    bool                 `json:"listen,omitempty"`
	Echo        bool                 `json:"echo,omitempty"` // of a line test
	Issued      int64                `json:"iat,omitempty"`  // Unix milliseconds, of the ticket that the person came by
	Expires     int64                `json:"exp"`            // Unix seconds
	ICE         []protocol.ICEServer `json:"ice,omitempty"`
}

const (
	useTicket   = "enter"
	useResume   = "resume"
	tokenPrefix = "yl1."
	maxToken    = 8 << 10
)

func (c claims) grace() time.Duration { return time.Duration(c.GraceMS) * time.Millisecond }

// signer makes and reads tokens; it has no state.
type signer struct{ key []byte }

func (s signer) sign(c claims) (string, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	text := tokenPrefix + base64.RawURLEncoding.EncodeToString(body)
	return text + "." + base64.RawURLEncoding.EncodeToString(s.mac(text)), nil
}

func (s signer) mac(text string) []byte {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// read verifies a token for a use at a time. Every refusal is the same error: a forger learns nothing.
func (s signer) read(token, use string, now time.Time) (claims, error) {
	refused := yilian.Errorf(yilian.Unauthenticated, "call.ticket", "The ticket is not valid or no longer valid. Open the call again.")
	cut := strings.LastIndexByte(token, '.')
	if len(token) > maxToken || !strings.HasPrefix(token, tokenPrefix) || cut <= len(tokenPrefix) {
		return claims{}, refused
	}
	sum, err := base64.RawURLEncoding.Strict().DecodeString(token[cut+1:])
	if err != nil || !hmac.Equal(sum, s.mac(token[:cut])) {
		return claims{}, refused
	}
	body, err := base64.RawURLEncoding.DecodeString(token[len(tokenPrefix):cut])
	if err != nil {
		return claims{}, refused
	}
	var c claims
	if err := json.Unmarshal(body, &c); err != nil || c.Use != use || now.Unix() >= c.Expires {
		return claims{}, refused
	}
	return c, nil
}

// Ticket makes a single-use ticket that is good for a short time. Any node with the same key accepts it.
func (s *Server) Ticket(r TicketRequest) (string, error) {
	if r.Room == "" || r.Person == "" {
		return "", yilian.Errorf(yilian.Invalid, "call.ticket-request", "A ticket needs a room and a person.")
	}
	return s.ticket(claims{
		Room:        r.Room,
		Person:      r.Person,
		Name:        r.Name,
		Role:        r.Role,
		Institution: r.Institution,
		CanSend:     r.CanSend && !r.Listener,
		GraceMS:     or(r.Grace, s.cfg.Grace).Milliseconds(),
		Chair:       r.Chair && !r.Listener,
		Record:      r.Record && !r.Listener,
		Lobby:       r.Lobby,
		Guest:       r.Guest,
		Listener:    r.Listener,
	})
}

func (s *Server) ticket(c claims) (string, error) {
	c.Use, c.ID, c.ICE = useTicket, rand.Text(), s.cfg.ICE(c.Person)
	now := s.cfg.Now()
	c.Issued, c.Expires = now.UnixMilli(), now.Add(s.cfg.TicketTTL).Unix()
	return s.signer.sign(c)
}
