// Package share gives studies to people outside of the service: by a link that opens once, in one browser, with a code that was told separately, until a
// time (Link), and as a copy without identity that somebody has looked over (Release). It decides who may, until when, and writes down who did; it knows no
// pictures.
package share
