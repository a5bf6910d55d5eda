package sqlstore

import (
	"fmt"
	"slices"
	"strings"

	"yilian/imaging"
)

// nameTest writes the conditions on n (imaging_name) under which a name is one that is asked for.
type nameTest func(n *search)

// nameCondition asks for a patient's name. The rarest of what is asked leads the search if it is rare; the rest is tested.
func (t *txn) nameCondition(s *search, m imaging.Match) error {
	if m.Op == imaging.Empty {
		s.add("st.patient_name = ''")
		return nil
	}
	s.nameFilter("st.patient_name", m)
	if s.names != "" || s.initial != "" {
		return nil // another condition on the name leads
	}
	s.initial = nameInitial(m)
	names, named := s.ways.names, s.ways.named
	if s.initial != "" {
		names, named = s.ways.namesInitial, s.ways.namedInitial
	}
	lead, n, err := t.rarest(nameTests(m), names)
	if err != nil || lead == nil || n > names {
		return err
	}
	if n == 0 {
		s.exact = true
		s.add("1 = 0")
		return nil
	}
	if many, err := t.manyNamed(lead, named); many || err != nil {
		return err
	}
	s.exact = true
	s.names = s.namesOf(lead)
	return nil
}

// namesOf writes the query of the names that pass a test.
func (s *search) namesOf(test nameTest) string {
	n := &search{args: s.args}
	test(n)
	s.args = n.args
	return "SELECT DISTINCT n.name AS name FROM imaging_name n" + whereSQL(n.where)
}

// manyNamed tells whether more than limit studies have one of the names that pass a test.
func (t *txn) manyNamed(test nameTest, limit int) (bool, error) {
	s := &search{}
	s.names = s.namesOf(test)
	var n int
	err := t.queryRow("SELECT count(*) FROM (SELECT 1 AS one"+s.from()+whereSQL(s.where)+" LIMIT "+s.arg(limit+1)+") x", s.args...).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("search studies by name: %w", err)
	}
	return n > limit, nil
}

// nameInitial answers what a group of each matching name begins with, or "". The last group is the rarest: that in Chinese.
func nameInitial(m imaging.Match) string {
	if m.Op == imaging.Fuzzy || len(m.Values) != 1 {
		return ""
	}
	groups := imaging.NameGroups(keyText(m.Values[0]))
	for _, g := range slices.Backward(groups) {
		if first := initial(g); first != "*" && first != "?" {
			return first
		}
	}
	return ""
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

// rarest answers the test that the fewest parts of names pass, and how many, counted to just above limit; nil if there is none.
func (t *txn) rarest(tests []nameTest, limit int) (lead nameTest, n int, err error) {
	for _, test := range tests {
		s := &search{}
		test(s)
		var passing int
		err := t.queryRow("SELECT count(*) FROM (SELECT 1 AS one FROM imaging_name n WHERE "+strings.Join(s.where, " AND ")+" LIMIT "+s.arg(limit+1)+") x", s.args...).Scan(&passing)
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
				one.groupFilter(column, keyText(group))
			}
		})
	}
}

// groupFilter asks for a group that matches a pattern.
func (s *search) groupFilter(column, pattern string) {
	if begin, open := strings.CutSuffix(pattern, "*"); open { // where it ends does not matter
		s.add("'=' || " + column + " LIKE " + s.arg("%="+likePattern(begin)+"%") + " ESCAPE '!'")
		return
	}
	s.add("'=' || " + column + " || '=' LIKE " + s.arg("%="+likePattern(pattern)+"=%") + " ESCAPE '!'")
}

// wordFilter asks for a component that begins with a word. Where components are not divided (Chinese), it may begin anywhere.
func (s *search) wordFilter(column, word string) {
	if imaging.Undivided(word) {
		s.add(column + " LIKE " + s.arg("%"+likePattern(word)+"%") + " ESCAPE '!'")
		return
	}
	s.add("'=' || replace(" + column + ", '^', '=') LIKE " + s.arg("%="+likePattern(word)+"%") + " ESCAPE '!'")
}
