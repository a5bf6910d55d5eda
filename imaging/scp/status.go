package scp

import (
	"errors"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dimse"
)

// codeClass: a C-STORE names a SOP class that would not have been accepted in the negotiation.
const codeClass = "instance.class"

// statusOfCode and statusOfKind are the one table from the archive's errors to C-STORE statuses (PS3.4 Table B.2-1).
//
// An instance that was kept aside is answered as a success: it is durable, an administrator sees it on the list of
// conflicts, and sending it again would change nothing. A failure would make the modality repeat it for ever or leave its
// study "not archived" there, and a warning is taken for a failure by some.
var statusOfCode = map[string]dimse.Status{
	imaging.CodeConflict:    dimse.Success,
	imaging.CodeOwner:       dimse.Success,
	imaging.CodeMismatch:    dimse.DataSetMismatch,
	imaging.CodeMalformed:   dimse.CannotUnderstand,
	imaging.CodeUnsupported: dimse.CannotUnderstand,
	codeClass:               dimse.ClassNotSupported,
}

var statusOfKind = map[yilian.Kind]dimse.Status{
	yilian.Invalid:         dimse.CannotUnderstand,
	yilian.Unauthenticated: dimse.NotAuthorized,
	yilian.Forbidden:       dimse.NotAuthorized,
	yilian.NotFound:        dimse.NotAuthorized,
	yilian.Conflict:        dimse.CannotUnderstand,
	yilian.TooLarge:        dimse.CannotUnderstand, // out of resources would be sent again for ever
	yilian.TooMany:         dimse.OutOfResources,
	yilian.Unavailable:     dimse.OutOfResources,
	yilian.Internal:        dimse.ProcessingFailure,
}

// verdict turns the outcome of Archive.Store into a status and a comment for the sender's log. Only a yilian.Error's Text
// goes out; it is made for people and holds no patient data.
func verdict(err error) (dimse.Status, string) {
	if err == nil {
		return dimse.Success, ""
	}
	known, ok := errors.AsType[*yilian.Error](err)
	if !ok {
		return statusOfKind[yilian.Internal], ""
	}
	if status, ok := statusOfCode[known.Code]; ok {
		return status, comment(known, status)
	}
	status := statusOfKind[known.Kind]
	return status, comment(known, status)
}

// comment cuts a text to what (0000,0902) takes: 64 characters of the default repertoire.
func comment(e *yilian.Error, status dimse.Status) string {
	if status == dimse.Success || e.Kind == yilian.Internal {
		return ""
	}
	out := make([]byte, 0, 64)
	for _, r := range e.Text {
		if len(out) == cap(out) {
			break
		}
		if r < ' ' || r > '~' || r == '\\' {
			r = '?'
		}
		out = append(out, byte(r))
	}
	return string(out)
}
