package protocol

import (
	"encoding/json"
	"time"
)

// A Message is one JSON object on the wire; Kind is its "type".
type Message interface{ Kind() string }

// Source names what a stream shows. The first three are common; any other name is an extra stream, such as "scope".
const (
	SourceMic    = "mic"
	SourceCamera = "camera"
	SourceScreen = "screen"
)

// Link is how well a participant is connected.
const (
	LinkConnecting  = "connecting"  // has a seat, no media yet
	LinkLive        = "live"        // audio and video flow
	LinkDegraded    = "degraded"    // audio only, or poor
	LinkInterrupted = "interrupted" // nothing arrives; the seat is kept until Until
)

// Grades of a line's quality, best first.
const (
	GradeGood = "good"
	GradeFair = "fair"
	GradePoor = "poor"
	GradeBad  = "bad"
)

// Messages of the client.
type (
	// Hello opens the dialogue; it is the first message of a client and carries either a ticket or a resume token.
	Hello struct {
		Version   int    `json:"version"`
		Ticket    string `json:"ticket,omitempty"`
		Resume    string `json:"resume,omitempty"`
		Client    string `json:"client,omitempty"`    // name and version of the program, for the record
		Device    string `json:"device,omitempty"`    // what the person would call it: "Windows · Chrome"
		Ref       string `json:"ref,omitempty"`       // of a hello with a ticket: the client's own name for it, so that it may be said again
		ChatAfter int64  `json:"chatAfter,omitempty"` // the last chat line the client has
		Offer     *Offer `json:"offer,omitempty"`     // saves a round trip
	}

	// Offer is an SDP offer for the transport of generation Gen. A higher Gen than the one in use opens a new transport and
	// closes the old one; the same Gen renegotiates or restarts ICE.
	Offer struct {
		Gen    int     `json:"gen"`
		SDP    string  `json:"sdp"`
		Tracks []Track `json:"tracks,omitempty"` // what the client sends on which m-line
	}

	// Track says which m-line carries which source.
	Track struct {
		Mid    string `json:"mid"`
		Source string `json:"source"`
	}

	// Candidate is one trickled ICE candidate of the transport of generation Gen (RFC 8838); empty at the end of candidates.
	Candidate struct {
		Gen              int     `json:"gen"`
		Candidate        string  `json:"candidate"`
		SDPMid           *string `json:"sdpMid,omitempty"`
		SDPMLineIndex    *uint16 `json:"sdpMLineIndex,omitempty"`
		UsernameFragment *string `json:"usernameFragment,omitempty"`
	}

	// State tells what the participant has switched on; the server repeats it to the others as Changed.
	State struct {
		Mic    bool `json:"mic"`
		Camera bool `json:"camera"`
		Screen bool `json:"screen"`
		Hidden bool `json:"hidden,omitempty"` // the page is in the background: no video is wanted
		Hand   bool `json:"hand,omitempty"`   // raised
	}

	// Say is one chat text. Ref is the client's own name for it: a repeated Ref is the same line.
	Say struct {
		Ref  string `json:"ref"`
		Text string `json:"text"`
	}

	// Share relays a value to the others in the room (or To one), in order. With Keep, the room keeps the last value of the topic for
	// whoever joins later; a kept null removes it. N numbers a sender's values of a topic: of two the larger is the later, whichever way they came.
	Share struct {
		Topic string          `json:"topic"`
		N     int64           `json:"n,omitempty"`
		To    string          `json:"to,omitempty"`
		Keep  bool            `json:"keep,omitempty"`
		Data  json.RawMessage `json:"data"`
	}

	// Report is what only the receiver can measure; it goes into the quality record. All are since the last report.
	Report struct {
		Seconds   float64 `json:"seconds"`
		Concealed float64 `json:"concealed"` // share of audio samples that were made up, 0…1
		Frozen    float64 `json:"frozen"`    // seconds of frozen video
		Freezes   int     `json:"freezes"`
		Frames    int     `json:"frames"`         // video frames decoded
		Path      string  `json:"path,omitempty"` // "udp", "tcp", "relay-udp", "relay-tcp"
	}

	// Ping asks for a Pong; a client sends one every few seconds to notice a dead line.
	Ping struct {
		T int64 `json:"t"` // repeated in the Pong
	}

	// Leave gives the seat up.
	Leave struct {
		Reason string `json:"reason,omitempty"`
	}
)

// Messages of the server.
type (
	// Welcome answers Hello; the Answer to its Offer follows as a message of its own.
	Welcome struct {
		Version      int           `json:"version"`
		You          string        `json:"you"`
		Room         string        `json:"room"`
		CanSend      bool          `json:"canSend"`
		Resume       string        `json:"resume"`  // token that restores this seat on a new socket
		GraceMS      int64         `json:"graceMs"` // how long the seat is kept for a lost line
		Resumed      bool          `json:"resumed"` // an existing seat was restored
		Gen          int           `json:"gen"`     // generation of the transport the server has for this seat, 0 for none
		Participants []Participant `json:"participants"`
		Chat         []Chat        `json:"chat"`
		Shared       []Shared      `json:"shared"` // last value of each kept topic
		ICE          []ICEServer   `json:"ice,omitempty"`
		Now          time.Time     `json:"now"`
		Channels     []string      `json:"channels,omitempty"`  // labels of the data channels that the server takes
		Lobby        bool          `json:"lobby,omitempty"`     // waits to be admitted: nothing of the room is told, no offer is answered
		Chair        bool          `json:"chair,omitempty"`     // may control
		Listener     bool          `json:"listener,omitempty"`  // hears and sees, is counted but not listed
		Audience     int           `json:"audience,omitempty"`  // listeners in the room
		Presenter    string        `json:"presenter,omitempty"` // id of who leads the looking together
		Speaker      string        `json:"speaker,omitempty"`   // id of who spoke last
		Recording    *Recording    `json:"recording,omitempty"` // absent: off
		Waiting      []Person      `json:"waiting,omitempty"`   // for a chair: who waits in the lobby
	}

	// Participant is one seat in the room. ID is the person's.
	Participant struct {
		ID          string     `json:"id"`
		Name        string     `json:"name"`
		Role        string     `json:"role,omitempty"`
		Institution string     `json:"institution,omitempty"`
		CanSend     bool       `json:"canSend"`
		Link        string     `json:"link"`
		Until       *time.Time `json:"until,omitempty"` // while interrupted: end of the grace
		State       State      `json:"state"`
		Grade       string     `json:"grade,omitempty"`
		Joined      time.Time  `json:"joined"`
		Chair       bool       `json:"chair,omitempty"`
		Guest       bool       `json:"guest,omitempty"` // came by a guest link
	}

	// ICEServer is an RTCIceServer.
	ICEServer struct {
		URLs       []string `json:"urls"`
		Username   string   `json:"username,omitempty"`
		Credential string   `json:"credential,omitempty"`
	}

	// Answer answers the Offer of the same Gen; Slots and Want are as in Slots.
	Answer struct {
		Gen   int    `json:"gen"`
		SDP   string `json:"sdp"`
		Slots []Slot `json:"slots"`
		Want  Want   `json:"want"`
	}

	// Slots tells who is on which of the receiver's m-lines; it replaces the one before. Want is how many more m-lines the server could use:
	// the client then adds that many recvonly ones and offers again.
	Slots struct {
		Gen   int    `json:"gen"`
		Slots []Slot `json:"slots"`
		Want  Want   `json:"want"`
	}

	// Slot is one m-line in use.
	Slot struct {
		Mid    string `json:"mid"`
		From   string `json:"from"`
		Source string `json:"source"`
		Paused bool   `json:"paused,omitempty"` // nothing is sent on it at the moment
		Reason string `json:"reason,omitempty"` // why it is paused: "line", "hidden", "muted"
		Layer  string `json:"layer,omitempty"`  // of a simulcast: "l", "m" or "h"
		Height int    `json:"height,omitempty"` // of the picture that is sent, in pixels, if known
	}

	// Want is a number of m-lines a kind.
	Want struct {
		Audio int `json:"audio"`
		Video int `json:"video"`
	}

	// Joined tells of a new participant.
	Joined struct {
		Participant Participant `json:"participant"`
	}

	// Left tells that a seat is gone: "left", "lost" (the grace is over), "removed".
	Left struct {
		ID     string `json:"id"`
		Reason string `json:"reason"`
	}

	// Changed tells that something about a participant is different: it carries the whole new value.
	Changed struct {
		Participant Participant `json:"participant"`
	}

	// Chat is one line of the room's chat, numbered from 1 without gaps.
	Chat struct {
		Seq  int64     `json:"seq"`
		From string    `json:"from"`
		Name string    `json:"name"`
		Ref  string    `json:"ref"`
		Text string    `json:"text"`
		At   time.Time `json:"at"`
	}

	// Shared is a relayed value.
	Shared struct {
		Topic string          `json:"topic"`
		From  string          `json:"from"`
		N     int64           `json:"n,omitempty"` // as the sender numbered it
		Keep  bool            `json:"keep,omitempty"`
		Data  json.RawMessage `json:"data"`
	}

	// Quality gives the grade and the figures of every participant's line.
	Quality struct {
		Lines []Line `json:"lines"`
	}

	// Line is the quality of one participant's line as the server sees it.
	Line struct {
		ID       string  `json:"id"`
		Grade    string  `json:"grade"`
		UpLoss   float64 `json:"upLoss"`   // share of packets lost towards the server, 0…1
		DownLoss float64 `json:"downLoss"` // and from the server
		RTTMS    float64 `json:"rttMs"`
		JitterMS float64 `json:"jitterMs"`
		UpKbps   float64 `json:"upKbps"`
		DownKbps float64 `json:"downKbps"`

		MOS           float64 `json:"mos,omitempty"`           // 1…4.5 after ITU-T G.107; 0: not known
		Freezes       int     `json:"freezes,omitempty"`       // of the received picture since the last sample
		Layer         string  `json:"layer,omitempty"`         // best simulcast layer that the person is sent
		AvailableKbps float64 `json:"availableKbps,omitempty"` // that the line towards the person is believed to take
	}

	// Pong answers Ping.
	Pong struct {
		T   int64     `json:"t"`
		Now time.Time `json:"now"`
	}

	// Problem is an error. Fatal ones are followed by the close of the socket.
	Problem struct {
		Code  string `json:"code"`
		Text  string `json:"text"`
		Re    string `json:"re,omitempty"`  // type of the message it answers
		Ref   string `json:"ref,omitempty"` // of the control that it answers
		Fatal bool   `json:"fatal,omitempty"`
	}

	// Bye is the server's last word on a socket.
	Bye struct {
		Reason  string `json:"reason"`            // "ended", "moved", "restart", "removed", "lost"
		AfterMS int64  `json:"afterMs,omitempty"` // "restart": when to come back
		Detail  string `json:"detail,omitempty"`
	}
)

// Kind implementations: the "type" of each message.
func (Hello) Kind() string     { return "hello" }
func (Offer) Kind() string     { return "offer" }
func (Candidate) Kind() string { return "candidate" }
func (State) Kind() string     { return "state" }
func (Say) Kind() string       { return "say" }
func (Share) Kind() string     { return "share" }
func (Report) Kind() string    { return "report" }
func (Ping) Kind() string      { return "ping" }
func (Leave) Kind() string     { return "leave" }
func (Welcome) Kind() string   { return "welcome" }
func (Answer) Kind() string    { return "answer" }
func (Slots) Kind() string     { return "slots" }
func (Joined) Kind() string    { return "joined" }
func (Left) Kind() string      { return "left" }
func (Changed) Kind() string   { return "changed" }
func (Chat) Kind() string      { return "chat" }
func (Shared) Kind() string    { return "shared" }
func (Quality) Kind() string   { return "quality" }
func (Pong) Kind() string      { return "pong" }
func (Problem) Kind() string   { return "problem" }
func (Bye) Kind() string       { return "bye" }
