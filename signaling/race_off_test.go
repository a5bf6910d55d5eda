//go:build !race

package signaling_test

const raceDetector = false
