package signaling

import (
	"time"

	"yilian"
	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
)

// Inputs of a room: what its goroutine takes from the mailbox.
type (
	// enter is a person at the door whose token was good; resume tells which kind of token.
	enter struct {
		socket uint64
		who    claims
		resume bool
		again  bool // the same hello as before, by its ticket and ref
		hello  protocol.Hello
	}
	// received is a message on a socket that has said hello.
	received struct {
		socket uint64
		msg    protocol.Message
	}
	// dropped tells that a socket is gone.
	dropped struct{ socket uint64 }
	// answered is the forwarder's answer to an offer.
	answered struct {
		person yilian.PersonID
		leg    int
		gen    int
		sdp    string
		err    error
	}
	// media is news of the forwarder.
	media struct{ sfu.Event }
	// sampled are the figures of the last seconds.
	sampled struct{ samples []sfu.Sample }
	// recorded tells how starting a recording went; epoch is that of startRecording.
	recorded struct {
		epoch     int
		recording Recording
		err       error
	}
	// broken tells that a recording is over, maybe by itself; epoch is that of startRecording.
	broken struct{ epoch int }
	// dismiss sends the listeners away.
	dismiss struct{}
	// sampling is for the room alone: it is time to look at the lines.
	sampling struct{}
	// retry is for the room alone: it is time to look after what waits for narrow lines.
	retry struct{}
	// tick tells that time has passed.
	tick struct{}
	// shut ends the room: for good, or because the server is going away.
	shut struct {
		reason  string
		by      yilian.PersonID // who ended it; may be nobody
		restart time.Duration   // when to come back; 0: never
		done    chan struct{}   // closed when everybody has been told; may be nil
	}
)

// destination is where a shared value goes: to the person's data channel if that is open, else to the socket.
type destination struct {
	person yilian.PersonID // "": not by a data channel
	socket uint64          // 0: none
}

// Effects of a room: what its goroutine is to do, in order.
type (
	send struct {
		socket uint64
		msg    protocol.Message
	}
	// sendAll sends one message to several.
	sendAll struct {
		sockets []uint64
		msg     protocol.Message
	}
	// relay sends one shared value to several, each by its own way.
	relay struct {
		to  []destination
		msg protocol.Shared
	}
	hangUp struct {
		socket uint64
		code   int
		reason string
	}
	negotiate struct {
		person  yilian.PersonID
		leg     int
		canSend bool
		offer   protocol.Offer
	}
	trickle struct {
		person    yilian.PersonID
		candidate protocol.Candidate
	}
	removeMedia struct{ person yilian.PersonID }
	view        struct {
		person yilian.PersonID
		views  []protocol.View
	}
	muteMedia struct {
		person yilian.PersonID
		source string
		muted  bool
	}
	startRecording struct {
		epoch int
		start RecordingStart
	}
	keepRecording struct { // attach what was started; agreed may be recorded
		epoch     int
		recording Recording
		agreed    []yilian.PersonID
	}
	agreeRecording struct{ person yilian.PersonID }
	stopRecording  struct {
		recording Recording // one that is not attached; nil: the one that is
		reason    string
	}
	observe struct{ event Event }
	end     struct{ done chan struct{} }
)
