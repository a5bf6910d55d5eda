package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrUnknown is wrapped by Decode for a message type that this version does not know. It is not fatal: the receiver answers a server's
// one by silence and a client's one by a Problem, so that either side may be older.
var ErrUnknown = errors.New("unknown message type")

// ErrMalformed is wrapped by Decode for what is not a message of this protocol; it is fatal.
var ErrMalformed = errors.New("malformed message")

// Encode writes a message as one JSON object whose first member is its type.
func Encode(m Message) ([]byte, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", m.Kind(), err)
	}
	var b bytes.Buffer
	b.Grow(len(body) + 24)
	b.WriteString(`{"type":"`)
	b.WriteString(m.Kind())
	b.WriteByte('"')
	if len(body) > 2 {
		b.WriteByte(',')
	}
	b.Write(body[1:])
	return b.Bytes(), nil
}

// Reply is the response to a hello that came by POST: the server's messages in order, and the close code of a socket if that is the end.
type Reply struct {
	Messages []json.RawMessage `json:"messages"`
	Close    int               `json:"close,omitempty"`
}

// fromClient and fromServer make an empty message of each type; nil for a type that this version does not know.
func fromClient(kind string) Message {
	switch kind {
	case "hello":
		return new(Hello)
	case "offer":
		return new(Offer)
	case "candidate":
		return new(Candidate)
	case "state":
		return new(State)
	case "say":
		return new(Say)
	case "share":
		return new(Share)
	case "report":
		return new(Report)
	case "ping":
		return new(Ping)
	case "leave":
		return new(Leave)
	case "want":
		return new(Views)
	case "control":
		return new(Control)
	case "present":
		return new(Present)
	case "consent":
		return new(Consent)
	case "record":
		return new(Record)
	case "mark":
		return new(Mark)
	}
	return nil
}

func fromServer(kind string) Message {
	switch kind {
	case "welcome":
		return new(Welcome)
	case "answer":
		return new(Answer)
	case "slots":
		return new(Slots)
	case "joined":
		return new(Joined)
	case "left":
		return new(Left)
	case "changed":
		return new(Changed)
	case "chat":
		return new(Chat)
	case "shared":
		return new(Shared)
	case "quality":
		return new(Quality)
	case "pong":
		return new(Pong)
	case "problem":
		return new(Problem)
	case "bye":
		return new(Bye)
	}
	return fromServerOfRooms(kind)
}

// fromServerOfRooms is the part of fromServer for rooms with a chair, a lobby, a presenter, a recording.
func fromServerOfRooms(kind string) Message {
	switch kind {
	case "admitted":
		return new(Admitted)
	case "waiting":
		return new(Waiting)
	case "audience":
		return new(Audience)
	case "presenter":
		return new(Presenter)
	case "speaker":
		return new(Speaker)
	case "muted":
		return new(Muted)
	case "asked":
		return new(Asked)
	case "layers":
		return new(Layers)
	case "recording":
		return new(Recording)
	}
	return nil
}

// DecodeClient reads a message that a client sent and checks its limits. Members it does not know are ignored, so that a newer client can
// talk to an older server.
func DecodeClient(data []byte) (Message, error) {
	m, err := decode(data, fromClient)
	if err != nil {
		return nil, err
	}
	return m, check(m)
}

// DecodeServer reads a message that a server sent.
func DecodeServer(data []byte) (Message, error) { return decode(data, fromServer) }

func decode(data []byte, empty func(string) Message) (Message, error) {
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	m := empty(head.Type)
	if m == nil {
		return nil, fmt.Errorf("%w %.32q", ErrUnknown, head.Type)
	}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrMalformed, head.Type, err)
	}
	return m, nil
}
