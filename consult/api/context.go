package api

import (
	"context"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
)

// call is what the door knows about one request, beside its input.
type call struct {
	id       string // of the HTTP request
	key      string // Idempotency-Key with the route, or ""
	client   directory.Client
	secure   bool // came over TLS
	actor    yilian.Actor
	identity directory.Identity // of a person or wall screen; empty for programs
}

type callKey struct{}

func callOf(ctx context.Context) call {
	c, _ := ctx.Value(callKey{}).(call)
	return c
}

func withCall(ctx context.Context, c call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// ActorOf answers who calls.
func ActorOf(ctx context.Context) yilian.Actor { return callOf(ctx).actor }

// RequestID answers the identifier of the HTTP request, which is in the log and in X-Request-ID.
func RequestID(ctx context.Context) string { return callOf(ctx).id }

// CommandOf answers the command of the caller: who, when, the idempotency key, and the version that they saw.
func CommandOf(ctx context.Context, version int64) flow.Command {
	c := callOf(ctx)
	return flow.Command{Actor: c.actor, At: time.Now().UTC(), Key: c.key, Version: version}
}
