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

// Recording holds the rules of recordings of consults.
type Recording struct {
	// Years is how long they are kept after the call; 0 is for ever.
	Years int `json:"years"`
	// Withdrawn says what becomes of the part that was recorded when somebody takes their consent back: KeepWithdrawn or DeleteWithdrawn.
	Withdrawn string `json:"withdrawn" enum:"keep,delete"`
}

// What becomes of a recording when a consent is taken back.
const (
	KeepWithdrawn   = "keep"
	DeleteWithdrawn = "delete"
)

// defaultRecording: as outpatient records are kept; and whoever withdraws may ask for erasure (个人信息保护法 第四十七条).
func defaultRecording() Recording { return Recording{Years: 15, Withdrawn: DeleteWithdrawn} }
