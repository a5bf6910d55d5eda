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
	actor   yilian.Actor
	dimse   *dimse.Association
	summary Summary
	log     *slog.Logger
}

// serve takes the request and then message after message. The end of ctx stops it between two messages, the end of hard at
// once.
func (c *association) serve(ctx, hard context.Context) {
	s := c.server
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
	err = c.messages(ctx, hard)
	assoc.Abort() // unless it is over already
	c.end(hard, err)
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
func (c *association) negotiate(ctx context.Context, rq *dimse.Associate) ([]dimse.Answered, *dimse.Reject) {
	s := c.server
	if rq.Called != s.config.AETitle {
		return nil, s.refuse(c, rq, dimse.RejectCalledAE)
	}
	actor, err := s.config.Devices.Device(ctx, rq.Calling, c.address)
	if err != nil {
		switch yilian.KindOf(err) {
		case yilian.NotFound, yilian.Forbidden, yilian.Unauthenticated:
			return nil, s.refuse(c, rq, dimse.RejectCallingAE)
		}
		s.log.Error("calling device not looked up", "calling", rq.Calling, "error", err)
		return nil, s.refuse(c, rq, dimse.RejectCongestion)
	}
	if !s.admit(c, rq.Calling) {
		return nil, s.refuse(c, rq, dimse.RejectLimit)
	}
	c.actor = actor
	answers := make([]dimse.Answered, 0, len(rq.Proposed))
	for _, p := range rq.Proposed {
		answers = append(answers, s.answer(p))
	}
	return answers, nil
}

// messages serves until the association ends; io.EOF says that it was released.
func (c *association) messages(ctx, hard context.Context) error {
	for {
		m, err := c.dimse.Next(ctx)
		if err != nil {
			return err
		}
		response := c.answer(hard, m)
		if response == nil {
			continue
		}
		if err := c.dimse.Reply(m, response); err != nil {
			return err
		}
	}
}

// answer gives the response to a message, or nil for none.
func (c *association) answer(ctx context.Context, m *dimse.Message) *dimse.Command {
	switch m.Command.Field {
	case dimse.CEchoRQ:
		c.server.stats.echoes.Add(1)
		return m.Command.Response(dimse.Success)
	case dimse.CStoreRQ:
		return c.store(ctx, m)
	case dimse.CCancelRQ:
		return nil // of an operation that has been answered already
	}
	if m.Command.Field.Response() {
		return nil // to nothing that was asked
	}
	return m.Command.Response(dimse.UnrecognizedOperation)
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
	if !c.server.storage(rq.AffectedSOPClass) {
		return imaging.Stored{}, yilian.Errorf(yilian.Invalid, codeClass, "The SOP class of the C-STORE request is not taken.")
	}
	stored, err := c.server.config.Archive.Store(ctx, c.actor, imaging.Incoming{
		TransferSyntax: m.Context.TransferSyntax,
		SOPClass:       rq.AffectedSOPClass,
		SOPInstance:    yilian.InstanceUID(rq.AffectedSOPInstance),
		Source:         c.dimse.Calling,
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
	sum.Association, sum.Calling, sum.Address, sum.Actor, sum.Began = c.dimse.ID, c.calling, c.address, c.actor, c.began
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
