package scp

import (
	"context"
	"errors"
	"io"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
)

// FromArchive makes the archive a Library and a Commitment.
func FromArchive(a *imaging.Archive) interface {
	Library
	Commitment
} {
	return shelf{a}
}

type shelf struct{ *imaging.Archive }

// Open implements Library.
func (s shelf) Open(ctx context.Context, i imaging.Instance, as string) (io.ReadCloser, int64, error) {
	var stream *bare
	switch {
	case as == i.TransferSyntax:
		o := s.ObjectOf(i)
		r, err := o.Open(ctx, 0, -1)
		if err != nil {
			return nil, 0, err
		}
		stream = newBare(r, o.Size)
	case imaging.Writable(dicom.Syntax(as)):
		d, err := s.Transcode(ctx, i, as)
		if err != nil {
			return nil, 0, err
		}
		r, w := io.Pipe()
		go func() { _ = w.CloseWithError(d.Write(ctx, w)) }() // ends with ctx, or when the reader is closed
		stream = newBare(r, -1)
	default:
		return nil, 0, yilian.Errorf(yilian.Invalid, imaging.CodeUnsupported, "The instance cannot be converted to this transfer syntax.")
	}
	size, err := stream.dataSize()
	if err != nil {
		return nil, 0, errors.Join(err, stream.Close())
	}
	return stream, size, nil
}

// Kept implements Commitment: what the institution of the device has in the archive, with its bytes at hand.
func (s shelf) Kept(ctx context.Context, actor yilian.Actor, uid yilian.InstanceUID) (string, error) {
	page, err := s.Find(ctx, yilian.System, imaging.Query{
		Level: imaging.InstanceLevel, Limit: 1,
		Match: []imaging.Match{{Field: imaging.FieldInstanceUID, Op: imaging.Equal, Values: []string{string(uid)}}},
	})
	if err != nil {
		return "", err
	}
	for _, i := range page.Instances {
		own := actor.Institution != "" && page.ParentStudies[i.Study].Institution == actor.Institution
		if i.UID != uid || !own && (actor.Device == "" || i.Source != actor.Device) {
			continue
		}
		r, err := s.ObjectOf(i).Open(ctx, 0, 1)
		if err != nil {
			return "", err
		}
		return i.SOPClass, r.Close()
	}
	return "", yilian.Errorf(yilian.NotFound, imaging.CodeNotFound, "There is no such instance for you.")
}
