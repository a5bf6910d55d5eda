// Package dimse speaks DICOM over TCP: the upper layer of PS3.8 (PDUs, the protocol machine, presentation contexts)
// and the messages of PS3.7 (command sets, data sets as streams), for both sides of an association.
//
// It knows nothing of what is inside a data set, of files, or of who may store what: imaging/scp decides that for the
// receiving side, and the callers of Dial for the sending side.
//
// An acceptor calls Serve, which performs requests beside the reading, so that a C-CANCEL, an answer to a sub-operation or a
// further request reaches it; or Next and Reply, one after the other. A requestor calls Echo, Store, Find, Move, Get, Create, Set …
//
// Memory is bounded by what is negotiated, never by what a peer declares: a data set is an io.Reader fed straight from
// the connection, an association request is read only as far as its bytes have arrived and only up to a limit.
package dimse
