// Package flow is the kernel under every workflow: state machines as tables, compare-and-set on versions, idempotency keys,
// due-times that survive a restart, a hash-chained event trail and the outbox that tells others. It knows no workflow.
package flow
