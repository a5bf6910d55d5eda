// Package sqlstore remembers: it is the flow.Store (entities, due-times, outbox, event trail, idempotency keys) and the image
// index, on SQLite for one machine and on PostgreSQL for several. It decides nothing about the clinical work.
//
// # One text for two engines
//
// Every statement and every migration runs unchanged on both: $1 parameters, ON CONFLICT, RETURNING, partial indexes, row-value
// comparisons. Types are BIGINT, TEXT, BYTEA and KEYTEXT. KEYTEXT is text that is compared byte by byte: in SQLite every unknown
// type name with TEXT in it is text with that order, in PostgreSQL it is a domain over text with collation "C". Moments are BIGINT
// nanoseconds since 1970 UTC, 0 is "never".
//
// # Transactions
//
// DB.update runs a function in a serialisable transaction, DB.view in a read-only snapshot, and both hand it a *txn with exec,
// query and queryRow. Callers that write at the same time share one commit: see lane. A function may run several times and has no
// effect outside of its txn. Rows of a query are read to the end (or closed) before the next statement: collect does so.
//
// # The event trail
//
// The trail of a chain can be checked by a stranger with the table alone. The hash of an entry is the SHA-256, in lower-case
// hexadecimal, of these fields in this order, each written as a netstring (decimal length in bytes, ':', the bytes, ','):
//
//	"yilian-event-1", prev, chain, seq, id, entity, entity_id, version, action, from_state, to_state, actor, at, reason, data
//
// Numbers are decimal, at is nanoseconds since 1970 UTC, actor and data are the bytes of the JSON as stored. prev is the hash of
// the entry before, empty for the first; seq counts 1, 2, 3 …; the table chain holds seq, id and hash of the last entry, so
// cutting off the end is seen too. Whoever can rewrite the whole table and its head can forge a trail: an operator who fears that
// keeps the head hashes elsewhere.
package sqlstore
