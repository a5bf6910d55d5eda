package imaging

import "yilian"

// Level is what a search lists.
type Level int

// The levels of the Study Root information model (PS3.4 C.6.2).
const (
	StudyLevel Level = iota
	SeriesLevel
	InstanceLevel
)

// Query is a search. Study and Series restrict it to one study or series (the path of QIDO-RS); Match holds further conditions, all of which
// must hold.
type Query struct {
	Level  Level
	Study  yilian.StudyUID
	Series yilian.SeriesUID
	Match  []Match
	Limit  int    // 0: 100; at most 1000
	Offset int    // skips rows; prefer After
	After  string // cursor: Page.Next of the page before
}

// Page is one page of a search. The slice of the level is filled; for series and instances Parents hold what they belong to.
type Page struct {
	Studies   []Study
	Series    []Series
	Instances []Instance
	// ParentStudies and ParentSeries hold the parents of what was found.
	ParentStudies map[yilian.StudyUID]Study
	ParentSeries  map[yilian.SeriesUID]Series
	Next          string // cursor of the next page; "" at the end
}

// Match is one condition: Field must be one of Values (Equal), begin with Values[0] (Prefix), contain it (Contains), match its
// wildcards (Wildcard), or lie from Values[0] to Values[1], "" being open (Range). Values of text fields are folded with Fold.
type Match struct {
	Field  Field
	Op     Op
	Values []string
}

// Op is how a Match compares.
type Op int

// The comparisons.
const (
	Equal Op = iota
	Prefix
	Contains
	Wildcard
	Range
)

// Field names what can be searched, by its DICOM keyword.
type Field string
