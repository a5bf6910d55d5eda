package protocol

import "time"

// Actions of a Control.
const (
	ActionMute      = "mute"       // nothing of the target's source is forwarded, until the target switches it off and on again
	ActionUnmuteAsk = "unmute-ask" // asks the target to switch the source on
	ActionRemove    = "remove"     // ends the target's seat
	ActionAdmit     = "admit"      // lets the target in from the lobby
	ActionDeny      = "deny"       // sends the target away from the lobby
	ActionLowerHand = "lower-hand" // of the target
	ActionPresent   = "present"    // makes the target the presenter; the presenter may do it, too
	ActionEnd       = "end"        // ends the call for all
)

// What a person is asked for.
const (
	AskUnmute  = "unmute"
	AskRecord  = "record"
	AskPresent = "present"
)

// States of a recording.
const (
	RecordingOff    = "off"
	RecordingAsked  = "asked" // waits for everybody's consent
	RecordingOn     = "on"
	RecordingFailed = "failed"
)

// Reasons of a paused slot.
const (
	PausedLine   = "line"   // the line is too weak for it
	PausedHidden = "hidden" // the receiver does not show it
	PausedMuted  = "muted"  // by a chair
)

// Messages of the client for rooms with a chair, a lobby, a presenter, a recording.
type (
	// Views tells which streams the client shows and how large; it replaces the one before. Video streams that it does not name get the default.
	// Audio is never named.
	Views struct {
		Views []View `json:"views"`
	}

	// View is one tile.
	View struct {
		From     string `json:"from"`
		Source   string `json:"source"`
		Height   int    `json:"height"`             // pixels on the screen; 0: not shown, nothing is sent
		Priority int    `json:"priority,omitempty"` // larger is more important
	}

	// Control is an order of a chair.
	Control struct {
		Action string `json:"action"`
		Target string `json:"target,omitempty"` // a participant's id
		Source string `json:"source,omitempty"` // of mute and unmute-ask; "mic" if empty
		Ref    string `json:"ref,omitempty"`    // repeated in the Problem that refuses it
	}

	// Present asks to be the presenter, or gives it up.
	Present struct {
		On bool `json:"on"`
	}

	// Consent tells whether this person agrees to be recorded.
	Consent struct {
		Recording bool `json:"recording"`
	}

	// Record asks for a recording, or ends it.
	Record struct {
		On bool `json:"on"`
	}

	// Mark puts a mark into the index of the recording.
	Mark struct {
		Text string `json:"text"`
	}
)

// Messages of the server for the same.
type (
	// Admitted lets a person in from the lobby; what the Welcome left out is in it. The client then offers.
	Admitted struct {
		Resume       string        `json:"resume"` // replaces the one of the welcome
		Participants []Participant `json:"participants"`
		Chat         []Chat        `json:"chat"`
		Shared       []Shared      `json:"shared"`
		Audience     int           `json:"audience,omitempty"`
		Presenter    string        `json:"presenter,omitempty"`
		Recording    *Recording    `json:"recording,omitempty"`
	}

	// Waiting tells a chair who is in the lobby; it replaces the one before.
	Waiting struct {
		People []Person `json:"people"`
	}

	// Person is somebody in the lobby.
	Person struct {
		ID          string    `json:"id"`
		Name        string    `json:"name"`
		Role        string    `json:"role,omitempty"`
		Institution string    `json:"institution,omitempty"`
		Guest       bool      `json:"guest,omitempty"`
		Since       time.Time `json:"since"`
	}

	// Audience is how many listeners are in the room.
	Audience struct {
		Count int `json:"count"`
	}

	// Presenter tells who leads the looking together; "" for nobody.
	Presenter struct {
		ID string `json:"id"`
	}

	// Speaker tells who speaks; who spoke last stays that until somebody else does. "": nobody any more.
	Speaker struct {
		ID string `json:"id"`
	}

	// Muted tells a person that a chair muted a source of theirs.
	Muted struct {
		Source string `json:"source"`
		By     string `json:"by"` // a participant's id
	}

	// Asked tells a person what somebody asks of them.
	Asked struct {
		What   string `json:"what"`
		Source string `json:"source,omitempty"` // of unmute
		By     string `json:"by"`
	}

	// Layers tells a sender of simulcast which encodings anybody needs now.
	Layers struct {
		Source  string         `json:"source"`
		Active  []string       `json:"active"`            // of "l", "m", "h"; empty: none
		MaxKbps map[string]int `json:"maxKbps,omitempty"` // by encoding
	}

	// Recording is how the recording of this room stands; it replaces the one before.
	Recording struct {
		State    string     `json:"state"`
		Since    *time.Time `json:"since,omitempty"`
		By       string     `json:"by,omitempty"` // who asked for it or ended it
		Consents []Answered `json:"consents"`
	}

	// Answered is one person's answer; who was asked and has not answered yet has none.
	Answered struct {
		ID    string `json:"id"`
		Given bool   `json:"given"`
	}
)

// Kind implementations: the "type" of each message.
func (Views) Kind() string     { return "want" }
func (Control) Kind() string   { return "control" }
func (Present) Kind() string   { return "present" }
func (Consent) Kind() string   { return "consent" }
func (Record) Kind() string    { return "record" }
func (Mark) Kind() string      { return "mark" }
func (Admitted) Kind() string  { return "admitted" }
func (Waiting) Kind() string   { return "waiting" }
func (Audience) Kind() string  { return "audience" }
func (Presenter) Kind() string { return "presenter" }
func (Speaker) Kind() string   { return "speaker" }
func (Muted) Kind() string     { return "muted" }
func (Asked) Kind() string     { return "asked" }
func (Layers) Kind() string    { return "layers" }
func (Recording) Kind() string { return "recording" }
