package directory

// Order holds the times of exams that were ordered, and how far the worklist of a device reaches.
type Order struct {
	NoImages Duration `json:"noImages"` // so long after the exam was due or done, the site is told that no images have come
	NotDone  Duration `json:"notDone"`  // after this the exam counts as not done; the order stays open
	WalkIn   Duration `json:"walkIn"`   // an order without a time is so long in its device's worklist
	Behind   Duration `json:"behind"`   // a worklist query without dates reaches back so far from the beginning of the day
	Ahead    Duration `json:"ahead"`    // and so far into the future
}

func defaultOrder() Order {
	return Order{NoImages: 30 * min1, NotDone: 24 * hour, WalkIn: 7 * 24 * hour, Behind: 24 * hour, Ahead: 8 * 24 * hour}
}
