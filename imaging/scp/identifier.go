package scp

import (
	"context"
	"errors"
	"strings"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
)

const utf8Set = "ISO_IR 192"

// readIdentifier reads the identifier of a request; when it cannot be read, response is the answer.
func (c *association) readIdentifier(op *dimse.Operation) (d *dicom.Dataset, response *dimse.Command) {
	d, err := op.Identifier()
	if err == nil {
		return d, nil
	}
	response = op.Command.Response(dimse.CannotUnderstand)
	response.ErrorComment = "the identifier cannot be read"
	if !errors.Is(err, dimse.ErrIdentifier) {
		c.log.Debug("identifier not received", "error", err) // the association is over
	}
	return nil, response
}

// charsets are those in which an answer may be written, the best first: what the request declares, what is known of the caller, and
// UTF-8 where nothing is known.
func (c *association) charsets(request *dicom.Dataset) (all []string) {
	if terms := request.Strings(dicom.SpecificCharacterSet); len(terms) > 0 {
		all = append(all, strings.Join(terms, `\`))
	}
	if c.caller.Charset != "" {
		return append(all, c.caller.Charset)
	}
	return append(all, utf8Set)
}

// write encodes an answer in the first character set that can express it.
func write(d *dicom.Dataset, charsets []string, pc dimse.Context) ([]byte, error) {
	out, _ := d.TranscodeFor(charsets...)
	return pc.Encode(out)
}

// project takes what was asked for out of what there is; keys without a value in it come back empty (PS3.4 C.2.2.1.2). unsupported
// tells of keys that are not kept at all, not even empty.
func project(keys, from *dicom.Dataset, kept func(dicom.Tag) bool) (out *dicom.Dataset, unsupported bool) {
	out = from.NewItem()
	for _, key := range keys.Elements {
		if control(key.Tag) {
			continue
		}
		e := from.Get(key.Tag)
		switch {
		case e == nil || e.IsBulk():
			out.Put(dicom.Element{Tag: key.Tag, VR: key.VR})
			unsupported = unsupported || kept != nil && !kept(key.Tag)
		case key.VR == dicom.SQ && len(key.Items) > 0 && len(key.Items[0].Elements) > 0:
			items := make([]*dicom.Dataset, 0, len(e.Items))
			for _, item := range e.Items {
				part, _ := project(key.Items[0], item, nil)
				items = append(items, part)
			}
			out.SetSequence(key.Tag, items...)
		default:
			out.Put(*e)
		}
	}
	return out, unsupported
}

// failed turns an error of a port into a response, by a table for what is not special to the service.
func (c *association) failed(rq *dimse.Command, err error) *dimse.Command {
	status := statusOfService[yilian.KindOf(err)]
	response := rq.Response(status)
	if known, ok := errors.AsType[*yilian.Error](err); ok {
		response.ErrorComment = comment(known, status)
	}
	c.log.Warn("request not performed", "operation", rq.Field.String(), "status", status.String(), "error", err)
	return response
}

var statusOfService = map[yilian.Kind]dimse.Status{
	yilian.Invalid:         dimse.DataSetMismatch,
	yilian.Unauthenticated: dimse.NotAuthorized,
	yilian.Forbidden:       dimse.NotAuthorized,
	yilian.NotFound:        dimse.NotAuthorized,
	yilian.Conflict:        dimse.CannotUnderstand,
	yilian.TooLarge:        dimse.OutOfResources,
	yilian.TooMany:         dimse.OutOfResources,
	yilian.Unavailable:     dimse.OutOfResources,
	yilian.Internal:        dimse.ProcessingFailure,
}

// stopped gives the final response of an operation whose context has ended: cancelled by the peer, or nothing to say because the
// association is over.
func stopped(ctx context.Context, rq *dimse.Command) *dimse.Command {
	if errors.Is(context.Cause(ctx), dimse.ErrCancelled) {
		return rq.Response(dimse.Cancelled)
	}
	return rq.Response(dimse.ProcessingFailure)
}

// refusal answers a request whose identifier makes no sense, with the elements that are to blame.
func refusal(rq *dimse.Command, text string, blame ...dicom.Tag) *dimse.Command {
	response := rq.Response(dimse.DataSetMismatch)
	response.ErrorComment = text
	for _, t := range blame {
		response.OffendingElements = append(response.OffendingElements, uint32(t))
	}
	return response
}

// uids gives the values of a UID key; ok is false when one of them is none.
func uids(d *dicom.Dataset, t dicom.Tag) (all []string, ok bool) {
	for _, v := range d.Strings(t) {
		if v == "" {
			continue
		}
		if !imaging.ValidUID(v) {
			return nil, false
		}
		all = append(all, v)
	}
	return all, true
}
