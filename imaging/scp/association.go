package scp

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dimse"
)

// association is one caller, from its connection to its end. It belongs to its goroutine, apart from what the server
// guards.
type association struct {
	server  *Server
	conn    net.Conn
	address netip.Addr
	began   time.Time
	calling string                       // written under server.mu; "" before it is admitted
	studies map[yilian.StudyUID]struct{} // written under server.mu
	caller  Caller
	dimse   *dimse.Association
	log     *slog.Logger

	secure      bool
	fingerprint string

	mu      sync.Mutex
	summary Summary // guarded by mu: operations run beside one another

	background sync.WaitGroup // commitment reports, which an operation leaves behind
}

// serve takes the request and then message after message. The end of ctx stops it between two messages, the end of hard at
// once.
func (c *association) serve(ctx, hard context.Context) {
	s := c.server
	if err := c.handshake(hard); err != nil {
		s.log.Log(hard, quietly(err), "no TLS on a DICOM connection", "address", c.address, "error", err)
		_ = c.conn.Close()
		return
	}
	assoc, err := dimse.Accept(hard, c.conn, dimse.AcceptOptions{
		Timeouts:  s.config.Timeouts,
		Drain:     s.config.Limits.Drain,
		Negotiate: c.negotiate,
	})
	if err != nil {
		if _, rejected := errors.AsType[*dimse.Reject](err); !rejected {
			s.log.Log(hard, quietly(err), "no association on a DICOM connection", "address", c.address, "error", err)
		}
		return
	}
	c.dimse = assoc
	c.log = s.log.With("association", assoc.ID, "calling", assoc.Calling, "address", c.address)
	c.log.Info("association accepted", "contexts", len(assoc.Contexts()), "implementation", assoc.Peer.ImplementationName)
	s.stats.accepted.Add(1)
	err = assoc.Serve(ctx, hard, c.perform)
	assoc.Abort() // unless it is over already
	c.end(hard, err)
	defer c.background.Wait()
	if err := assoc.Close(); err != nil { // waits until the peer has had the last word
		c.log.Debug("association closed", "error", err)
	}
}

// quietly is the level at which a connection is reported that never became an association: a TCP check of a load balancer
// or a port scan closes without a word.
func quietly(err error) slog.Level {
	if errors.Is(err, dimse.ErrClosed) {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// negotiate decides about a request: is it for us, do we know the caller, is there room, and then which contexts.
func (c *association) negotiate(ctx context.Context, rq *dimse.Associate) (dimse.Agreement, *dimse.Reject) {
	s := c.server
	if rq.Called != s.config.AETitle {
		return dimse.Agreement{}, s.refuse(c, rq, dimse.RejectCalledAE)
	}
	caller, err := s.config.Devices.Device(ctx, Connection{
		Calling: rq.Calling, Called: rq.Called, Address: c.address, Secure: c.secure, Fingerprint: c.fingerprint,
		Implementation: rq.User.ImplementationName,
	})
	if err != nil {
		switch yilian.KindOf(err) {
		case yilian.NotFound, yilian.Forbidden, yilian.Unauthenticated:
			return dimse.Agreement{}, s.refuse(c, rq, dimse.RejectCallingAE)
		}
		s.log.Error("calling device not looked up", "calling", rq.Calling, "error", err)
		return dimse.Agreement{}, s.refuse(c, rq, dimse.RejectCongestion)
	}
	identity, reject := c.identify(ctx, rq, caller)
	if reject != nil {
		return dimse.Agreement{}, reject
	}
	if !s.admit(c, rq.Calling, caller.Associations) {
		return dimse.Agreement{}, s.refuse(c, rq, dimse.RejectLimit)
	}
	c.caller = caller
	agreement := s.agree(rq, caller)
	agreement.Identity = identity
	return agreement, nil
}

// identify has the user identity checked, if there is one and somebody to check it.
func (c *association) identify(ctx context.Context, rq *dimse.Associate, caller Caller) ([]byte, *dimse.Reject) {
	s := c.server
	if rq.User.Identity == nil || s.config.Identities == nil {
		return nil, nil
	}
	response, err := s.config.Identities.Identify(ctx, caller, *rq.User.Identity)
	if errors.Is(err, ErrUnchecked) {
		return nil, nil // neither believed nor answered
	}
	if err != nil {
		return nil, s.refuse(c, rq, dimse.RejectIdentity)
	}
	if response == nil {
		response = []byte{}
	}
	return response, nil
}

// perform answers one operation.
func (c *association) perform(ctx context.Context, op *dimse.Operation) {
	response := c.answer(ctx, op)
	if response == nil { // it has been answered
		return
	}
	if err := op.Reply(response, nil); err != nil {
		c.log.Debug("response not sent", "operation", op.Command.Field.String(), "error", err)
	}
}

// answer gives the response to a request, or nil when it has been given.
func (c *association) answer(ctx context.Context, op *dimse.Operation) *dimse.Command {
	rq := op.Command
	service, known := serviceOf(op.Context.AbstractSyntax)
	switch {
	case rq.Field == dimse.CEchoRQ:
		c.server.stats.echoes.Add(1)
		return rq.Response(dimse.Success)
	case rq.Field == dimse.CStoreRQ:
		return c.store(ctx, op.Message)
	case !known:
		return rq.Response(dimse.UnrecognizedOperation)
	}
	if do := operations[operation{service.kind, rq.Field}]; do != nil {
		return do(c, ctx, op)
	}
	return rq.Response(dimse.UnrecognizedOperation)
}

// operation is a DIMSE request within a service.
type operation struct {
	kind  kind
	field dimse.Field
}

// operations are all that are performed beside C-ECHO and C-STORE.
var operations = map[operation]func(*association, context.Context, *dimse.Operation) *dimse.Command{
	{kindFind, dimse.CFindRQ}:         (*association).find,
	{kindMove, dimse.CMoveRQ}:         (*association).move,
	{kindGet, dimse.CGetRQ}:           (*association).get,
	{kindWorklist, dimse.CFindRQ}:     (*association).worklist,
	{kindPerformed, dimse.NCreateRQ}:  (*association).createStep,
	{kindPerformed, dimse.NSetRQ}:     (*association).setStep,
	{kindRetrieveStep, dimse.NGetRQ}:  (*association).getStep,
	{kindCommitment, dimse.NActionRQ}: (*association).commit,
	{kindCommitment, dimse.NEventRQ}:  (*association).reported,
}

// store is a C-STORE (PS3.4 B.2). The answer is made only after the archive has answered.
func (c *association) store(ctx context.Context, m *dimse.Message) *dimse.Command {
	rq := m.Command
	began := time.Now()
	stored, err := c.take(ctx, m)
	status, text := verdict(err)
	response := rq.Response(status)
	response.ErrorComment = text
	if err != nil {
		c.log.Warn("instance not stored as sent", "status", status.String(), "error", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !status.OK() {
		c.summary.Refused++
		c.server.stats.refused.Add(1)
		return response
	}
	c.summary.Stored++
	c.summary.Bytes += stored.Size
	c.server.stats.stored.Add(1)
	c.server.stats.bytes.Add(stored.Size)
	c.log.Debug("instance stored", "instance", stored.Instance, "bytes", stored.Size, "took", time.Since(began))
	return response
}

// take hands the data set to the archive.
func (c *association) take(ctx context.Context, m *dimse.Message) (imaging.Stored, error) {
	rq := m.Command
	if m.Data == nil {
		return imaging.Stored{}, yilian.Errorf(yilian.Invalid, imaging.CodeMalformed, "The C-STORE request has no data set.")
	}
	if !c.server.storage(rq.AffectedSOPClass) || !c.caller.takes(rq.AffectedSOPClass) {
		return imaging.Stored{}, yilian.Errorf(yilian.Invalid, codeClass, "The SOP class of the C-STORE request is not taken.")
	}
	stored, err := c.server.config.Archive.Store(ctx, c.caller.Actor, imaging.Incoming{
		TransferSyntax: m.Context.TransferSyntax,
		SOPClass:       rq.AffectedSOPClass,
		SOPInstance:    yilian.InstanceUID(rq.AffectedSOPInstance),
		Source:         c.dimse.Calling,
		Charset:        c.caller.repair(),
		Association:    c.dimse.ID,
	}, m.Data)
	if err == nil {
		c.receiving(stored.Study)
	}
	return stored, err
}

// receiving counts the association as one that sends a study.
func (c *association) receiving(study yilian.StudyUID) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if _, known := c.studies[study]; known || study == "" {
		return
	}
	if c.studies == nil {
		c.studies = map[yilian.StudyUID]struct{}{}
	}
	c.studies[study] = struct{}{}
	c.server.receiving[study]++
}

// recordTime bounds how long the end of an association may take to be recorded.
const recordTime = 10 * time.Second

// end tells the archive and the rest of the service that nothing more comes.
func (c *association) end(ctx context.Context, err error) {
	sum := &c.summary
	sum.Released = errors.Is(err, io.EOF)
	if !sum.Released {
		sum.Err = err
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTime)
	defer cancel()
	if err := c.server.config.Archive.EndAssociation(limited, c.dimse.ID); err != nil {
		c.log.Error("end of association not recorded", "error", err)
	}
	c.server.depart(c)
	c.tell()
}

// tell reports an association that has ended; the server no longer counts it.
func (c *association) tell() {
	sum := &c.summary
	sum.Association, sum.Calling, sum.Address, sum.Actor, sum.Began = c.dimse.ID, c.calling, c.address, c.caller.Actor, c.began
	sum.Studies = slices.Sorted(maps.Keys(c.studies))
	attributes := []any{"stored", sum.Stored, "refused", sum.Refused, "bytes", sum.Bytes, "took", time.Since(c.began)}
	if sum.Released {
		c.server.stats.released.Add(1)
		c.log.Info("association released", attributes...)
	} else {
		c.server.stats.broken.Add(1)
		c.log.Warn("association broken", append(attributes, "error", sum.Err)...)
	}
	if ended := c.server.config.Hooks.Ended; ended != nil {
		ended(*sum)
	}
}
