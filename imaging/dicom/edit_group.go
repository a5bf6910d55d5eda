package dicom

import (
	"encoding/binary"
	"math"
	"slices"
)

// unfinished ends a segment: the length of a group that goes on behind it cannot be told when there is more to do.
func (p *planner) unfinished(g *groups) {
	more := p.recode || p.drop || slices.ContainsFunc(p.todo, func(s step) bool { return s.tag > p.last() && s.tag.Group() == g.number })
	if g.length != nil && more {
		p.patches = append(p.patches, patch{at: g.length.at, end: g.length.end})
		g.length = nil
	}
	g.turn(0)
}

// last gives the tag whose value passes: its token is the last one, and on the outermost level.
func (p *planner) last() Tag {
	return p.tape.tokens[len(p.tape.tokens)-1].tag
}

// groups follows the group lengths of a level (PS3.5 7.2), which change by what their group does.
type groups struct {
	p      *planner
	number uint16
	length *token
	delta  int64
	total  int64
}

// turn ends one group and begins another.
func (g *groups) turn(number uint16) {
	if number == g.number {
		return
	}
	if g.length != nil && g.delta != 0 && g.length.length == 4 {
		o := g.length.order()
		old := int64(o.Uint32(g.p.tape.slice(g.length.value, g.length.end)))
		b := o.(binary.AppendByteOrder).AppendUint32(nil, uint32(max(0, min(old+g.delta, math.MaxUint32-1))))
		g.p.patches = append(g.p.patches, patch{at: g.length.value, end: g.length.end, with: b})
	}
	g.total += g.delta
	g.number, g.length, g.delta = number, nil, 0
}
