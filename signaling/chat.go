package signaling

import (
	"encoding/json"
	"slices"

	"yilian"
	"yilian/signaling/protocol"
)

func (r *roomState) say(s *seat, m protocol.Say) {
	for _, line := range r.chat {
		if line.From == string(s.who.Person) && line.Ref == m.Ref {
			r.tell(s, line)
			return
		}
	}
	r.lastSeq++
	line := protocol.Chat{
		Seq: r.lastSeq, From: string(s.who.Person), Name: s.who.Name, Ref: m.Ref, Text: m.Text, At: r.now.UTC(),
	}
	r.chat = append(r.chat, line)
	if len(r.chat) > protocol.MaxHistory {
		r.chat = slices.Delete(r.chat, 0, 1)
	}
	r.record(s, Event{Type: EventChat, Chat: &line})
	r.tellOthers(nil, line)
}

// chatAfter gives the lines that somebody who has those up to seq does not have.
func (r *roomState) chatAfter(seq int64) []protocol.Chat {
	out := []protocol.Chat{}
	for _, line := range r.chat {
		if line.Seq > seq {
			out = append(out, line)
		}
	}
	return out
}

func (r *roomState) share(s *seat, m protocol.Share) {
	switch r.judgeShare(s, m) {
	case refused:
		r.tell(s, notAllowed("share", ""))
		return
	case ignored:
		return
	case relayed:
	}
	if !s.counts(m) {
		return
	}
	v := protocol.Shared{Topic: m.Topic, From: string(s.who.Person), N: m.N, Keep: m.Keep, Data: m.Data}
	if m.Keep && !r.keep(v) {
		r.tell(s, protocol.Problem{Code: "limit", Text: "The room keeps no more topics.", Re: "share"})
		return
	}
	if m.Keep {
		r.record(s, Event{Type: EventShared, Shared: &v})
	}
	if m.To == "" {
		r.relay(v, slices.DeleteFunc(slices.Clone(r.seats), func(o *seat) bool { return o == s }))
	} else if other := r.byPerson(yilian.PersonID(m.To)); other != nil && other != s {
		r.relay(v, []*seat{other})
	}
}

// keep remembers the last value of a topic; null forgets it.
func (r *roomState) keep(v protocol.Shared) bool {
	at := slices.IndexFunc(r.shared, func(o protocol.Shared) bool { return o.Topic == v.Topic })
	if string(v.Data) == "null" {
		if at >= 0 {
			r.shared = slices.Delete(r.shared, at, at+1)
		}
		return true
	}
	v.Data = slices.Clone(json.RawMessage(v.Data))
	if at >= 0 {
		r.shared[at] = v
		return true
	}
	if len(r.shared) >= protocol.MaxTopics {
		return false
	}
	r.shared = append(r.shared, v)
	return true
}
