package imaging

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"yilian/imaging/dicom"
)

// amendment answers the changes that corrections in force make to the header of an instance; none for nearly every one.
func (i Instance) amendment() ([]dicom.Change, error) {
	if len(i.Amendment) == 0 {
		return nil, nil
	}
	d, err := dicom.ParseJSON(i.Amendment, func(dicom.Tag, dicom.VR, string) ([]byte, error) { return nil, nil })
	if err != nil {
		return nil, fmt.Errorf("imaging: corrections of %s: %w", i.UID, err)
	}
	d.Delete(dicom.SpecificCharacterSet) // the text is encoded as the instance's own says
	return dicom.ChangesOf(d), nil
}

// amend makes the corrections in force in a header that was read.
func (i Instance) amend(d *dicom.Dataset) error {
	changes, err := i.amendment()
	if err != nil || len(changes) == 0 {
		return err
	}
	if err := d.Apply(changes...); err != nil {
		return fmt.Errorf("imaging: correct the header of %s: %w", i.UID, err)
	}
	return nil
}

// amended is an object with corrections in force: an edited head, and the rest of the stored bytes from tail on. Without a place to cut
// at, head is empty and the whole stream is edited while it is read.
type amended struct {
	head []byte
	tail int64
}

// mark notes that corrections are in force for an object, whose size is not known then.
func (o Object) mark() Object {
	if len(o.Instance.Amendment) > 0 {
		o.amended, o.Size = &amended{}, -1
	}
	return o
}

// correct prepares an object that corrections are in force for, so that its size is known and ranges of it can be read.
func (o Object) correct(ctx context.Context) (Object, error) {
	if o.amended == nil {
		return o, nil
	}
	changes, err := o.Instance.amendment()
	if err != nil {
		return o, err
	}
	cut := o.cut()
	if cut == 0 {
		o.Size, err = o.measure(ctx)
		return o, err
	}
	raw, err := o.raw(ctx, 0, cut)
	if err != nil {
		return o, err
	}
	defer func() { _ = raw.Close() }()
	head, err := io.ReadAll(dicom.EditFile(raw, changes))
	if err != nil {
		return o, fmt.Errorf("imaging: correct %s: %w", o.Instance.UID, err)
	}
	o.Size = o.Instance.DataOffset + o.Instance.Size + int64(len(head)) - cut
	o.amended = &amended{head, cut}
	return o, nil
}

// cut is where the pixel data element begins in the stored file; 0 if there is none, or it cannot be cut there.
func (o Object) cut() int64 {
	l, err := o.Instance.layout()
	if err != nil || l.Pixels.Tag == 0 || l.Pixels.Deflated {
		return 0
	}
	header := int64(12) // tag, VR, reserved, 32-bit length (PS3.5 7.1.2)
	if dicom.Syntax(o.Instance.TransferSyntax).Implicit {
		header = 8
	}
	if cut := l.Pixels.Offset - header; cut > o.Instance.DataOffset {
		return cut
	}
	return 0
}

// measure counts the bytes of an object that is edited as a whole.
func (o Object) measure(ctx context.Context) (int64, error) {
	r, err := o.edited(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = r.Close() }()
	n, err := io.Copy(io.Discard, r)
	if err != nil {
		return 0, fmt.Errorf("imaging: correct %s: %w", o.Instance.UID, err)
	}
	return n, nil
}

// edited reads the whole object with the corrections made.
func (o Object) edited(ctx context.Context) (io.ReadCloser, error) {
	changes, err := o.Instance.amendment()
	if err != nil {
		return nil, err
	}
	raw, err := o.raw(ctx, 0, -1)
	if err != nil {
		return nil, err
	}
	return withCloser{dicom.EditFile(raw, changes), raw}, nil
}

// openAmended reads n bytes from off on of the object with the corrections made.
func (o Object) openAmended(ctx context.Context, off, n int64) (io.ReadCloser, error) {
	if o.amended.head == nil {
		r, err := o.edited(ctx)
		if err != nil {
			return nil, err
		}
		if _, err := io.CopyN(io.Discard, r, off); err != nil {
			_ = r.Close()
			return nil, fmt.Errorf("imaging: correct %s: %w", o.Instance.UID, noEOF(err))
		}
		if n < 0 {
			return r, nil
		}
		return withCloser{io.LimitReader(r, n), r}, nil
	}
	head := o.amended.head
	skip := max(off-int64(len(head)), 0)
	head = head[min(off, int64(len(head))):]
	if n >= 0 && n <= int64(len(head)) {
		return io.NopCloser(bytes.NewReader(head[:n])), nil
	}
	if n >= 0 {
		n -= int64(len(head))
	}
	tail, err := o.raw(ctx, o.amended.tail+skip, n)
	if err != nil {
		return nil, err
	}
	return withCloser{io.MultiReader(bytes.NewReader(head), tail), tail}, nil
}

// withCloser reads from one and closes the other.
type withCloser struct {
	io.Reader
	io.Closer
}
