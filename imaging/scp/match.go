package scp

import (
	"slices"
	"strings"

	"yilian/imaging/dicom"
)

// clocks are the dates and times that belong together.
var clocks = map[dicom.Tag]dicom.Tag{
	dicom.StudyDate:                       dicom.StudyTime,
	dicom.SeriesDate:                      dicom.SeriesTime,
	dicom.ContentDate:                     dicom.ContentTime,
	dicom.ScheduledProcedureStepStartDate: dicom.ScheduledProcedureStepStartTime,
	dicom.PerformedProcedureStepStartDate: dicom.PerformedProcedureStepStartTime,
}

// control tells of elements of an identifier that are no keys.
func control(t dicom.Tag) bool {
	return t == dicom.SpecificCharacterSet || t == dicom.QueryRetrieveLevel || t == dicom.TimezoneOffsetFromUTC || t.Element() == 0
}

// together lists the dates and times of keys that make one range each.
func together(keys *dicom.Dataset, combined bool) (tags []dicom.Tag) {
	if !combined {
		return nil
	}
	for date, clock := range clocks {
		if strings.Contains(keys.String(date), "-") && strings.Contains(keys.String(clock), "-") {
			tags = append(tags, date, clock)
		}
	}
	return tags
}

// universal tells whether an item restricts nothing.
func universal(item *dicom.Dataset) bool {
	return !slices.ContainsFunc(item.Elements, func(e dicom.Element) bool {
		if e.VR == dicom.SQ {
			return len(e.Items) > 0 && !universal(e.Items[0])
		}
		v := strings.Trim(item.String(e.Tag), "*")
		return v != "" && !control(e.Tag)
	})
}

// notWord divides the words of a name.
func notWord(r rune) bool { return strings.ContainsRune("^ =,*?", r) }
