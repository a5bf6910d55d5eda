// Package flowtest holds a flow.Store in memory for the tests of workflows. It keeps the promises of the port (serialisable
// transactions, roll-back, versions, due-time tokens, leases, coalesced messages, hash chains) and can be told to fail, but it
// is neither durable nor made for size.
package flowtest
