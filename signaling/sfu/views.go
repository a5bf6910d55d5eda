package sfu

// View is what a receiver shows of one stream.
type View struct {
	From, Source string
	Height       int // pixels of the tile; 0: not shown
	Priority     int // larger is more important
}

const maxViews = 256 // of one receiver; what is beyond is not looked at

// Want takes what a receiver shows of each stream, in place of what it said before. Streams that are not named get the default. Sound is always sent.
func (r *Room) Want(id string, views []View) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(views) > maxViews {
		views = views[:maxViews]
	}
	byKey := map[sourceKey]View{}
	for _, v := range views {
		byKey[sourceKey{v.From, v.Source}] = v
	}
	r.views[id] = byKey
	if p := r.peers[id]; p != nil {
		r.hide(p)
	}
}

// hide stops what a peer does not show and lets the rest go on; mu is held.
func (r *Room) hide(p *Peer) {
	changed := false
	for _, s := range p.slots {
		view, named := r.views[p.id][s.holder]
		changed = s.setHidden(s.kind == Video && named && view.Height <= 0) || changed
	}
	if changed {
		r.tell(p)
	}
}

// Mute stops (or lets go again) what a peer sends under a name, for all receivers and the tap. It stays until it is taken back or the peer is removed.
func (r *Room) Mute(id, source string, muted bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := sourceKey{id, source}
	if r.mutes[key] == muted {
		return
	}
	delete(r.mutes, key)
	if muted {
		r.mutes[key] = true
	}
	if p := r.peers[id]; p != nil {
		for _, s := range p.sources {
			r.name(s)
			if s.key == key && !muted {
				s.keyframe()
			}
		}
	}
	for _, p := range r.peers {
		if p.id == id {
			continue
		}
		for _, s := range p.slots {
			if s.holder == key {
				r.tell(p)
				break
			}
		}
	}
}

// name gives a stream the name its peer declared, and with it what the chair said of that; mu is held.
func (r *Room) name(s *source) {
	s.rename(s.peer.declared[s.mid])
	s.muted.Store(r.mutes[s.key])
}
