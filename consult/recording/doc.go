// Package recording holds what is known of the recordings of consults: who asked, who agreed and when, what came of it, how long it is kept,
// and who looked. It decides who may look, and what follows when a consent is taken back. The bytes are behind a port.
package recording
