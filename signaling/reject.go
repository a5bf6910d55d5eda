package signaling

import (
	"errors"
	"os"

	"yilian"
	"yilian/signaling/protocol"
)

var (
	errHelloFirst = errors.New("another message before hello")
	errVersion    = errors.New("version not supported")
	errStopping   = errors.New("the server is stopping")
	errEnded      = errors.New("the room was closed")
)

// forbiddenError tells that the room does not take the person now.
type forbiddenError struct{ err error }

func (e *forbiddenError) Error() string { return e.err.Error() }
func (e *forbiddenError) Unwrap() error { return e.err }

// refusal is how an error ends a socket.
type refusal struct {
	code    int
	problem protocol.Problem
}

// refusals is the table of this door; an error that is not in it is the network's, and nobody is left to be told.
func refusalOf(err error) (refusal, bool) {
	forbidden, isForbidden := errors.AsType[*forbiddenError](err)
	known, isKnown := errors.AsType[*yilian.Error](err)
	limit, isLimit := errors.AsType[*protocol.LimitError](err)
	switch {
	case errors.Is(err, errTooLarge):
		return refuseWith(protocol.CloseTooLarge, "limit", "The message is too large."), true
	case errors.Is(err, errTooFast):
		return refuseWith(protocol.CloseTooFast, "limit", "Too many messages."), true
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuseWith(protocol.CloseTimeout, "timeout", "Nothing was heard in time."), true
	case errors.Is(err, errHelloFirst):
		return refuseWith(protocol.CloseBadRequest, "hello-first", "The first message is hello."), true
	case errors.Is(err, errVersion):
		return refuseWith(protocol.CloseBadRequest, "version", "This version of the protocol is not spoken here."), true
	case errors.Is(err, errStopping):
		return refuseWith(protocol.CloseRestart, "restart", "The server is restarting."), true
	case errors.Is(err, errEnded):
		return refuseWith(protocol.CloseEnded, "ended", "The call was ended."), true
	case isForbidden:
		text := "You cannot enter this call now."
		if known, ok := errors.AsType[*yilian.Error](forbidden.err); ok && known.Kind != yilian.Internal {
			text = known.Text
		}
		return refuseWith(protocol.CloseForbidden, "forbidden", text), true
	case isKnown && known.Kind == yilian.Unauthenticated:
		return refuseWith(protocol.CloseUnauthorized, "ticket", known.Text), true
	case isLimit:
		return refuseWith(protocol.CloseBadRequest, "limit", limit.Error()), true
	case errors.Is(err, errNotText), isBadMessage(err):
		return refuseWith(protocol.CloseBadRequest, "bad-message", "The message is not one of this protocol."), true
	}
	return refusal{}, false
}

func refuseWith(code int, name, text string) refusal {
	return refusal{code: code, problem: protocol.Problem{Code: name, Text: text, Fatal: true}}
}

func isBadMessage(err error) bool {
	return errors.Is(err, protocol.ErrUnknown) || errors.Is(err, protocol.ErrMalformed)
}

// reject tells a client why its socket ends, if it can still be told, and ends it.
func (s *Server) reject(k *socket, err error) {
	r, ok := refusalOf(err)
	if !ok {
		k.abort()
		return
	}
	s.tell(k, r.problem)
	k.hangUp(r.code, r.problem.Code)
}
