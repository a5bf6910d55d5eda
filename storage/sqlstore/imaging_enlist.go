package sqlstore

import (
	"fmt"
	"unicode/utf8"

	"yilian"
	"yilian/imaging"
)

// The lists that a study stands in, beside those of all and of its institution (see migration 18).
const (
	modalityList = "m:" // and the modality
	initialList  = "n:" // and the first letter of a group of the patient's name
)

// The digits of the dates by which the calendar counts.
const (
	monthDigits = 6
	dayDigits   = 8
)

// enlist makes a study that was written findable by its name and by its place among others. Its modalities are listed with its
// series.
func (t *txn) enlist(s imaging.Study, name string) error {
	if err := t.insertName(name); err != nil {
		return err
	}
	for _, initial := range initials(name) {
		if err := t.listStudy(s, initialList+initial); err != nil {
			return err
		}
	}
	return t.calendar(string(s.Institution), studySort(s), 1)
}

// delist takes a study out of all lists, those of modalities too.
func (t *txn) delist(uid yilian.StudyUID) error {
	var institution, sort string
	err := t.queryRow("SELECT institution, sort FROM imaging_study WHERE uid = $1", uid).Scan(&institution, &sort)
	if err == nil {
		_, err = t.exec("DELETE FROM imaging_list WHERE study = $1", uid)
	}
	if err == nil {
		err = t.calendar(institution, sort, -1)
	}
	if err != nil {
		return fmt.Errorf("take a study out of the lists: %w", err)
	}
	return nil
}

// removeStudy removes the row of a study that has no instances.
func (t *txn) removeStudy(uid yilian.StudyUID) error {
	if err := t.delist(uid); err != nil {
		return err
	}
	_, err := t.exec("DELETE FROM imaging_study WHERE uid = $1", uid)
	return err
}

// listStudy puts a study into a list; it may stand there already.
func (t *txn) listStudy(s imaging.Study, list string) error {
	_, err := t.exec("INSERT INTO imaging_list (study, list, institution, sort, name) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (study, list) DO NOTHING",
		s.UID, list, s.Institution, studySort(s), keyText(imaging.NameKey(s.PatientName)))
	return err
}

// calendar counts n studies more. One row after the other: for several, SQLite would keep what it has to put back if the second fails.
func (t *txn) calendar(institution, sort string, n int) error {
	for _, digits := range []int{monthDigits, dayDigits} {
		date := cut(sort, digits)
		known, err := t.exec("UPDATE imaging_calendar SET studies = studies + $4 WHERE digits = $1 AND date = $2 AND institution = $3", digits, date, institution, n)
		if err == nil && known == 0 {
			_, err = t.exec("INSERT INTO imaging_calendar (digits, date, institution, studies) VALUES ($1, $2, $3, $4)", digits, date, institution, n)
		}
		if err != nil {
			return fmt.Errorf("count a study: %w", err)
		}
	}
	return nil
}

// initials answers the first letter of each group of a name.
func initials(name string) []string {
	var all []string
	for _, group := range imaging.NameGroups(name) {
		all = append(all, initial(group))
	}
	return all
}

func initial(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}

// cut answers the first n characters, as SQL's substr does.
func cut(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}
