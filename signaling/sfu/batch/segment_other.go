//go:build !linux

package batch

const canSegment = false

func cutAt(b []byte, _ int) []byte { return b }

func cannotSegment(error) bool { return false }
