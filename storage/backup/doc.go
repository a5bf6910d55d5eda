// Package backup copies a running embedded installation (SQLite and a folder of objects) into one file, and makes an installation
// from such a file. An installation on PostgreSQL and an object store is backed up with their own tools.
//
// # The file
//
// A tar file with what stands in the data folder under the same names, and MANIFEST.json as its last entry: size and SHA-256 of
// each file. A file without a manifest is a backup that was not finished.
//
// # Why it fits together while writes go on
//
// Objects never change, and an object is there before the database names it. The order is: objects, once more the objects that were
// added during that long walk, a snapshot of the database, then the last objects. So whatever the snapshot names was in the folder
// on one of the walks, even if it was deleted meanwhile. The exceptions are what was both added and deleted while the snapshot was
// being written, and what was deleted out of a growing pack after it: the backup may name that without having it, as if it had been
// deleted a little earlier.
//
// Small objects stand one after the other in packs. A pack that objects are still added to is copied after the snapshot, when all that
// the snapshot names is in it; such a pack is read from its beginning, and what stands in it is complete up to where it is.
package backup

import "time"

const (
	// Database and Objects are what an installation calls its parts.
	Database = "yilian.db"
	Objects  = "objects"

	manifestName = "MANIFEST.json"
	format       = 1
)

// Manifest lists what is in a backup.
type Manifest struct {
	Format  int       `json:"format"`
	Program string    `json:"program"` // version of the program that made it
	Begun   time.Time `json:"begun"`
	Ended   time.Time `json:"ended"`
	Files   []File    `json:"files"`
}

// File is one file of the installation.
type File struct {
	Path   string `json:"path"` // relative to the data folder, with slashes
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // hexadecimal
}

// Bytes is the size of all files.
func (m Manifest) Bytes() (n int64) {
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}
