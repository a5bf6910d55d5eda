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

func (l Level) String() string {
	return [...]string{"STUDY", "SERIES", "IMAGE"}[l]
}

// Query is a search. Study and Series restrict it to one study or series (the path of QIDO-RS); Match holds further conditions, all of
// which must hold.
type Query struct {
	Level  Level
	Study  yilian.StudyUID
	Series yilian.SeriesUID
	Match  []Match
	Limit  int    // 0: 100; at most MaxPage
	Offset int    // skips rows; prefer After
	After  string // cursor: Page.Next of the page before
}

// MaxPage is the most that one page holds.
const MaxPage = 1000

// Page is one page of a search. The slice of the level is filled; the maps hold the parents of what was found.
type Page struct {
	Studies       []Study
	Series        []Series
	Instances     []Instance
	ParentStudies map[yilian.StudyUID]Study
	ParentSeries  map[Path]Series // by study and series: careless devices give two studies one Series Instance UID
	Next          string          // cursor of the next page; "" at the end
}

// Match is one condition on a field. For Equal the field must be one of Values; for Like it must match one of the patterns in Values
// ("*" any text, "?" one character); for Range it must lie from Values[0] to Values[1], both included, "" being open; for Fuzzy each
// of the words in Values must begin a component of the name; for Empty it must have no value. Values are folded as the field's Kind
// demands (see FieldKind.Fold); a match on a field above the level of the query applies to the parents.
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
	Like
	Range
	Fuzzy
	Empty
)
