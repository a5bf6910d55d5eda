package sfu

// Echo makes a room in which every peer also gets back what it sends: for a test of its line. It is called before the first Answer.
func (r *Room) Echo() { r.echoes = true }
