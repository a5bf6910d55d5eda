//go:build race

package signaling_test

const raceDetector = true
