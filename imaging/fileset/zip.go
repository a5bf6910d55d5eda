package fileset

import (
	"archive/zip"
	"cmp"
	"io"
	"iter"
	"time"

	"yilian"
	"yilian/imaging/dicom"
)

// Entry is an instance that goes onto a medium.
type Entry struct {
	Header *dicom.Dataset // with the attributes that the directory repeats
	Syntax string         // transfer syntax UID of the file
	Open   func() (io.ReadCloser, error)
	Size   func() (int64, error) // bytes that Open gives; an ISO image asks for it
}

// Extra is a further file of a medium, beside the instances.
type Extra struct {
	Name    string
	Content []byte
}

// WriteZIP writes a file-set as a ZIP (PS3.12 V): the extras, the instances, and last the DICOMDIR. Files are streamed; those without compression
// of their own are deflated. What was written before an error is no whole archive, and no reader takes it for one.
func WriteZIP(w io.Writer, id string, at time.Time, entries iter.Seq2[Entry, error], extras ...Extra) error {
	z := zip.NewWriter(w)
	for _, e := range extras {
		if err := put(z, e.Name, at, zip.Deflate, e.Content); err != nil {
			return err
		}
	}
	set := Writer{ID: id}
	for e, err := range entries {
		if err != nil {
			return err
		}
		if err := add(z, &set, at, e); err != nil {
			return err
		}
	}
	directory, err := set.Directory()
	if err != nil {
		return err
	}
	if err := put(z, "DICOMDIR", at, zip.Deflate, directory); err != nil {
		return err
	}
	return z.Close()
}

func add(z *zip.Writer, set *Writer, at time.Time, e Entry) (err error) {
	name, err := set.Add(e.Header, e.Syntax)
	if yilian.KindOf(err) == yilian.Conflict {
		return nil // it lies there already
	}
	if err != nil {
		return err
	}
	file, err := e.Open()
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, file.Close()) }()
	method := zip.Store
	if ts := dicom.Syntax(e.Syntax); !ts.Encapsulated && !ts.Deflated {
		method = zip.Deflate
	}
	to, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: at})
	if err != nil {
		return err
	}
	_, err = io.Copy(to, file)
	return err
}

func put(z *zip.Writer, name string, at time.Time, method uint16, content []byte) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: at})
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	return err
}
