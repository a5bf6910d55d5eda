package signaling

import (
	"testing"

	"yilian/signaling/protocol"
)

// TestRecordingBreaks: a recording that can store no more is seen to have failed, the call goes on, and another one can be asked for.
func TestRecordingBreaks(t *testing.T) {
	newScript(t).in(chair(1, "a")).ignore().
		in(says(1, &protocol.Record{On: true})).ignore().
		in(recorded{epoch: 1}).expect("keep recording [a]", "observe recording a on", "1< recording on").
		in(broken{epoch: 7}).expect().
		in(broken{epoch: 1}).expect("observe recording a failed", "1< recording failed", "stop recording failed").
		in(broken{epoch: 1}).expect().
		in(says(1, &protocol.Record{On: true})).events().expect("observe consent a given", "observe recording a asked").
		in(recorded{epoch: 2}).ignore().
		in(broken{epoch: 1}).expect()
}
