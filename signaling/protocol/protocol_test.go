package protocol

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var clientKinds = []Message{Hello{}, Offer{}, Candidate{}, State{}, Say{}, Share{}, Report{}, Ping{}, Leave{}, Views{}, Control{}, Present{}, Consent{}, Record{}, Mark{}}

var serverKinds = []Message{
	Welcome{},
	Answer{},
	Slots{},
	Joined{},
	Left{},
	Changed{},
	Chat{},
	Shared{},
	Quality{},
	Pong{},
	Problem{},
	Bye{},
	Admitted{},
	Waiting{},
	Audience{},
	Presenter{},
	Muted{},
	Asked{},
	Layers{},
	Recording{},
}

// parts are the objects inside of messages.
var parts = []any{View{}, Person{}, Answered{}, Participant{}, Slot{}, Line{}, Track{}, ICEServer{}}

func TestEveryMessageComesBack(t *testing.T) {
	for _, c := range []struct {
		kinds  []Message
		decode func([]byte) (Message, error)
	}{{clientKinds, func(b []byte) (Message, error) { return decode(b, fromClient) }}, {serverKinds, DecodeServer}} {
		for _, m := range c.kinds {
			data, err := Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			var head struct{ Type string }
			if err := json.Unmarshal(data, &head); err != nil || head.Type != m.Kind() {
				t.Fatalf("%s: %v", data, err)
			}
			back, err := c.decode(data)
			if err != nil {
				t.Fatalf("%s: %v", data, err)
			}
			again, err := Encode(back)
			if err != nil || string(again) != string(data) {
				t.Errorf("%s came back as %s, %v", data, again, err)
			}
			if reflect.TypeOf(back).Elem() != reflect.TypeOf(m) {
				t.Errorf("%T came back as %T", m, back)
			}
		}
	}
}

func TestAProblemForEveryFault(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		is   error
	}{
		"garbage":             {"\x00", ErrMalformed},
		"an array":            {"[]", ErrMalformed},
		"cut":                 {`{"type":"say"`, ErrMalformed},
		"type is a number":    {`{"type":1}`, ErrMalformed},
		"wrong member":        {`{"type":"say","ref":1}`, ErrMalformed},
		"no type":             {`{}`, ErrUnknown},
		"a later type":        {`{"type":"later"}`, ErrUnknown},
		"a server's message":  {`{"type":"welcome"}`, ErrUnknown},
		"an unknown member":   {`{"type":"say","ref":"1","text":"x","later":true}`, nil},
		"the same twice":      {`{"type":"ping","t":1,"t":2}`, nil},
		"members of a number": {`{"type":"ping","t":1e30}`, ErrMalformed},
	} {
		if _, err := DecodeClient([]byte(c.text)); !errors.Is(err, c.is) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTheDocumentNamesEverything keeps PROTOCOL.md true: every message, every member, every problem code.
func TestTheDocumentNamesEverything(t *testing.T) {
	data, err := os.ReadFile("../PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	objects := slices.Clone(parts)
	for _, m := range slices.Concat(clientKinds, serverKinds) {
		if !strings.Contains(text, m.Kind()) {
			t.Errorf("%s is not in PROTOCOL.md", m.Kind())
		}
		objects = append(objects, m)
	}
	for _, o := range objects {
		fields := reflect.TypeOf(o)
		for i := range fields.NumField() {
			name, _, _ := strings.Cut(fields.Field(i).Tag.Get("json"), ",")
			if !strings.Contains(text, name) {
				t.Errorf("%s.%s is not in PROTOCOL.md", fields.Name(), name)
			}
		}
	}
	for _, word := range []string{
		ActionMute, ActionUnmuteAsk, ActionRemove, ActionAdmit, ActionDeny, ActionLowerHand, ActionPresent, ActionEnd,
		AskUnmute, AskRecord, AskPresent, RecordingOff, RecordingAsked, RecordingOn, RecordingFailed, PausedLine, PausedHidden, PausedMuted,
	} {
		if !strings.Contains(text, "`"+word+"`") {
			t.Errorf("%s is not in PROTOCOL.md", word)
		}
	}
}

func TestLimitsOfRoomMessages(t *testing.T) {
	long := strings.Repeat("x", MaxID+1)
	for name, c := range map[string]struct {
		text string
		ok   bool
	}{
		"no view":            {`{"type":"want","views":[]}`, true},
		"a view":             {`{"type":"want","views":[{"from":"p","source":"camera","height":360,"priority":2}]}`, true},
		"nobody's":           {`{"type":"want","views":[{"from":"","source":"camera","height":1}]}`, false},
		"of an endless name": {`{"type":"want","views":[{"from":"` + long + `","source":"camera"}]}`, false},
		"below zero":         {`{"type":"want","views":[{"from":"p","source":"camera","height":-1}]}`, false},
		"as tall as a house": {`{"type":"want","views":[{"from":"p","source":"camera","height":8193}]}`, false},
		"above all":          {`{"type":"want","views":[{"from":"p","source":"camera","height":1,"priority":1001}]}`, false},
		"too many views":     {`{"type":"want","views":[` + strings.Repeat(`{"from":"p","source":"camera"},`, MaxViews) + `{"from":"p","source":"camera"}]}`, false},
		"mute":               {`{"type":"control","action":"mute","target":"p","source":"mic","ref":"1"}`, true},
		"a later action":     {`{"type":"control","action":"spin"}`, true}, // the room answers it
		"no action":          {`{"type":"control","target":"p"}`, false},
		"a long ref":         {`{"type":"control","action":"end","ref":"` + long + `"}`, false},
		"a mark":             {`{"type":"mark","text":"here"}`, true},
		"an empty mark":      {`{"type":"mark","text":"  "}`, false},
		"an essay":           {`{"type":"mark","text":"` + strings.Repeat("字", MaxMark+1) + `"}`, false},
	} {
		_, err := DecodeClient([]byte(c.text))
		var limit *LimitError
		if (err == nil) != c.ok || err != nil && !errors.As(err, &limit) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecodeClient(f *testing.F) {
	for _, m := range clientKinds {
		data, err := Encode(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"type":"offer","gen":1,"sdp":"v=0","tracks":[{"mid":"0","source":"mic"}]}`))
	f.Add([]byte(`{"type":"want","views":[{"from":"p","source":"camera","height":360,"priority":2}]}`))
	f.Add([]byte(`{"type":"control","action":"mute","target":"p","source":"mic","ref":"1"}`))
	f.Add([]byte(`{"type":"mark","text":"x"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := DecodeClient(data)
		if err != nil {
			return
		}
		out, err := Encode(m)
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		if _, err := DecodeClient(out); err != nil {
			t.Fatalf("%q became %q: %v", data, out, err)
		}
	})
}
