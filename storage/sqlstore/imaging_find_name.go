package sqlstore

import (
	"fmt"
	"strings"

	"yilian/imaging"
)

// fewNames is up to how many parts of names the studies are looked up by name; above, the list of studies is walked, in which such
// names are frequent.
const fewNames = 2000

// nameTest writes the conditions on n (imaging_name) under which a name is one that is asked for.
type nameTest func(n *search)

// nameCondition asks for a patient's name. The rarest of what is asked leads the search if it is rare; the rest is tested.
func (t *txn) nameCondition(s *search, m imaging.Match) error {
	if m.Op == imaging.Empty {
		s.add("st.patient_name = ''")
		return nil
	}
	lead, n, err := t.rarest(nameTests(m))
	if err != nil {
		return err
	}
	s.nameFilter("st.patient_name", m)
	if lead == nil || n > fewNames || s.names != "" {
		return nil
	}
	s.exact = true
	if n == 0 {
		s.add("1 = 0")
		return nil
	}
	names := &search{args: s.args}
	lead(names)
	s.args = names.args
	s.names = "SELECT DISTINCT n.name AS name FROM imaging_name n WHERE " + strings.Join(names.where, " AND ")
	return nil
}

// nameTests answers tests each of which must hold.
func nameTests(m imaging.Match) (all []nameTest) {
	if m.Op == imaging.Fuzzy {
		for _, word := range m.Values {
			all = append(all, func(n *search) { n.like("n.part", keyText(word)+"*") })
		}
		return all
	}
	if len(m.Values) > 1 {
		for _, v := range m.Values {
			if len(imaging.NameGroups(v)) != 1 {
				return nil
			}
		}
		return []nameTest{func(n *search) {
			n.either(len(m.Values), func(one *search, i int) { one.namePart(imaging.NameGroups(m.Values[i])[0]) })
		}}
	}
	for _, group := range imaging.NameGroups(m.Values[0]) {
		all = append(all, func(n *search) { n.namePart(group) })
	}
	return all
}

// namePart finds a group of a name by a pattern.
func (s *search) namePart(pattern string) {
	pattern = keyText(pattern)
	anywhere := strings.HasPrefix(pattern, "*")
	pattern = strings.TrimLeft(pattern, "*")
	if !strings.ContainsAny(pattern, "*?") {
		s.add("n.part = " + s.arg(pattern))
	} else {
		s.like("n.part", pattern)
	}
	if !anywhere {
		s.add("n.starts = 1")
	}
}

// rarest answers the test that the fewest parts of names pass, and how many; nil if there is none.
func (t *txn) rarest(tests []nameTest) (lead nameTest, n int, err error) {
	for _, test := range tests {
		s := &search{}
		test(s)
		var passing int
		err := t.queryRow("SELECT count(*) FROM (SELECT 1 AS one FROM imaging_name n WHERE "+strings.Join(s.where, " AND ")+" LIMIT "+s.arg(fewNames+1)+") x", s.args...).Scan(&passing)
		if err != nil {
			return nil, 0, fmt.Errorf("search names: %w", err)
		}
		if lead == nil || passing < n {
			lead, n = test, passing
		}
	}
	return lead, n, nil
}

// nameFilter tests the groups of a name column: each group of a pattern must match some group of the name.
func (s *search) nameFilter(column string, m imaging.Match) {
	switch m.Op {
	case imaging.Empty:
		s.add(column + " = ''")
	case imaging.Fuzzy:
		for _, word := range m.Values {
			s.wordFilter(column, keyText(word))
		}
	default:
		s.either(len(m.Values), func(one *search, i int) {
			one.add(column + " <> ''")
			for _, group := range imaging.NameGroups(m.Values[i]) {
				one.add("'=' || " + column + " || '=' LIKE " + one.arg("%="+likePattern(keyText(group))+"=%") + " ESCAPE '!'")
			}
		})
	}
}

// wordFilter asks for a component that begins with a word. Where components are not divided (Chinese), it may begin anywhere.
func (s *search) wordFilter(column, word string) {
	if imaging.Undivided(word) {
		s.add(column + " LIKE " + s.arg("%"+likePattern(word)+"%") + " ESCAPE '!'")
		return
	}
	s.add("'=' || replace(" + column + ", '^', '=') LIKE " + s.arg("%="+likePattern(word)+"%") + " ESCAPE '!'")
}
