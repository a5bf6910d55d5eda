package packet

// AV1Keyframe tells whether an AV1 payload begins a new coded video sequence: the N bit of its aggregation header
// (RTP Payload Format for AV1 4.4).
func AV1Keyframe(p []byte) bool { return len(p) > 1 && p[0]&0x08 != 0 }
