package directory

// Retention says how long the institution's images are kept: outpatient records at least 15 years after the last visit, inpatient records
// at least 30 years after the last stay (医疗机构病历管理规定). The archive cannot tell one from the other by the images, so the default is the longer.
type Retention struct {
	// Years by modality; "" is that of all others. 0 is for ever.
	Years map[string]int `json:"years"`
	// Grace is how long what has left the listings is still stored.
	Grace Duration `json:"grace"`
}

func defaultRetention() Retention {
	return Retention{Years: map[string]int{"": 30}, Grace: 90 * 24 * hour}
}
