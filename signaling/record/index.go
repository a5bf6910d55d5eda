package record

import "time"

// Index is what belongs to a recording beside its files; times are milliseconds since Zero.
type Index struct {
	Version  int       `json:"version"`
	ID       string    `json:"id"`
	Room     string    `json:"room"`
	Zero     time.Time `json:"zero"`
	Duration int64     `json:"durationMs"`
	Reason   string    `json:"reason"` // why it ended; "crash" if nobody said
	Files    []File    `json:"files"`
	Events   []Event   `json:"events"`
	Gaps     []Gap     `json:"gaps"`
}

// File is one file of a recording.
type File struct {
	Number   int    `json:"number"` // from 1
	Person   string `json:"person"`
	Source   string `json:"source"` // "main": microphone and camera; else the source alone
	Audio    bool   `json:"audio"`
	Video    Video  `json:"video"`
	Offset   int64  `json:"offsetMs"` // where it begins on the time line
	Duration int64  `json:"durationMs"`
	Name     string `json:"name,omitempty"` // once it is joined
	MIME     string `json:"mime,omitempty"`
	Size     int64  `json:"size,omitempty"`
	SHA256   string `json:"sha256,omitempty"`
}

// Event is something that happened while it was recorded.
type Event struct {
	At     int64  `json:"atMs"`
	Type   string `json:"type"`
	Person string `json:"person,omitempty"`
	Name   string `json:"name,omitempty"`
	Source string `json:"source,omitempty"`
	Text   string `json:"text,omitempty"`
}

// Gap is what is missing of one stream, and why: "line" was lost on the way here, "server" was not taken in time here, "store" could not
// be stored in time.
type Gap struct {
	At     int64  `json:"atMs"`
	Until  int64  `json:"untilMs"`
	Person string `json:"person,omitempty"`
	Source string `json:"source,omitempty"`
	Cause  string `json:"cause"`
	Lost   int    `json:"lost"` // packets or frames
}

// The causes of a gap.
const (
	GapLine   = "line"
	GapServer = "server"
	GapStore  = "store"
)
