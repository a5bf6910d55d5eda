package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"yilian"
	"yilian/consult/reading"
	"yilian/imaging"
)

var _ reading.Holdings = images{}

// Missing implements reading.Holdings: how many of the instances that a device has listed are not in the archive, in this study.
func (i images) Missing(ctx context.Context, uid yilian.StudyUID, all []yilian.InstanceUID) (missing int, err error) {
	for part := range slices.Chunk(all, 200) {
		values := make([]string, len(part))
		for n, instance := range part {
			values[n] = string(instance)
		}
		page, err := i.archive.Find(ctx, yilian.System, imaging.Query{
			Level: imaging.InstanceLevel, Study: uid, Limit: len(part),
			Match: []imaging.Match{{Field: imaging.FieldInstanceUID, Op: imaging.Equal, Values: values}},
		})
		if err != nil {
			return 0, err
		}
		missing += len(part) - len(page.Instances)
	}
	return missing, nil
}

// stated is how many images the header of a series says that its acquisition has; 0 if it does not.
func stated(s imaging.Series) int {
	var header map[string]struct {
		Value []json.RawMessage `json:"Value"`
	}
	if err := json.Unmarshal(s.Attributes, &header); err != nil {
		return 0
	}
	values := header[fmt.Sprintf("%08X", uint32(imaging.ImagesInAcquisition))].Value
	if len(values) == 0 {
		return 0
	}
	n, err := strconv.Atoi(string(values[0])) // DICOM JSON writes IS as a number (PS3.18 F.2.3)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
