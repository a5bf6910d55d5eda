package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"yilian"
	"yilian/consult/reading"
	"yilian/imaging/dicom"
	"yilian/imaging/structured"
)

// markItem is a mark as the page keeps it (web/app/src/viewer/measurements.model.ts).
type markItem struct {
	ID      string             `json:"id"`
	Kind    string             `json:"kind"` // key: the picture itself is meant
	Tool    string             `json:"tool"`
	Series  yilian.SeriesUID   `json:"series"`
	At      yilian.InstanceUID `json:"instance"`
	Frame   int                `json:"frame"`
	Points  [][]float64        `json:"points"` // in the patient; on a waveform seconds and millivolts
	Space   string             `json:"space"`  // patient: drawn on a plane through a volume; the picture is the nearest one
	Within  string             `json:"frameOfReference"`
	Channel [2]int             `json:"channel"` // of a waveform: its group, and the channel in it, from 1
	Closed  *bool              `json:"closed"`
	Label   string             `json:"label"`
	Figures []struct {
		Kind  string  `json:"kind"`
		Value float64 `json:"value"`
		Unit  string  `json:"unit"`
	} `json:"figures"`
	Look *lookItem `json:"look"`
}

// lookItem is how the picture was shown when the mark was made (web/app/src/viewer/objects/look.model.ts).
type lookItem struct {
	Window *struct {
		Center float64 `json:"center"`
		Width  float64 `json:"width"`
	} `json:"window"`
	Area   *[4]float64 `json:"area"` // left, top, right, bottom in pixels, 0 being the outer edge of the first
	Turn   int         `json:"turn"`
	Flip   bool        `json:"flip"`
	Invert bool        `json:"invert"`
}

// notKept are tools whose marks are means of others.
var notKept = map[string]bool{"Calibration": true}

// onWaves are tools whose marks lie on waveforms (web/app/src/viewer/ecg/calipers.model.ts).
var onWaves = map[string]bool{"EcgInterval": true, "EcgHeight": true, "EcgMarch": true}

// markItems are the marks of an order, and those that are none.
func markItems(k reading.Keeping) (out []markItem, leftOut []reading.LeftOut) {
	for i, raw := range k.Items {
		var m markItem
		if err := json.Unmarshal(raw, &m); err != nil {
			if m.ID == "" {
				m.ID = fmt.Sprintf("#%d", i+1)
			}
			leftOut = append(leftOut, m.leftOut(err))
		} else if m.At != "" && !notKept[m.Tool] {
			out = append(out, m)
		}
	}
	return out, leftOut
}

// leftOut names the item and says why it is in no object.
func (m markItem) leftOut(why error) reading.LeftOut {
	return reading.LeftOut{ID: m.ID, Tool: m.Tool, Why: fmt.Sprintf("%.200s", why)}
}

// join puts the item into a set as a mark or key image of a picture that is there.
func (m markItem) join(set *structured.Set, pic picture) error {
	if err := m.placed(pic.Picture); err != nil {
		return err
	}
	if pic.frames > 0 && m.Frame > pic.frames {
		return fmt.Errorf("the object has no frame %d", m.Frame)
	}
	if m.Kind == "key" {
		set.Keys = append(set.Keys, structured.Key{Picture: pic.Picture, Text: m.Label})
		return nil
	}
	mark, err := m.mark(pic.Picture, pic.header)
	if err == nil {
		set.Marks = append(set.Marks, mark)
	}
	return err
}

func unfit(why string) error {
	return yilian.Errorf(yilian.Invalid, "measurements.unfit", "These measurements cannot be kept as DICOM objects: %.200s", why)
}

func (m markItem) inSpace() bool { return m.Space == "patient" }

func (m markItem) onWave() bool { return onWaves[m.Tool] }

// placed refuses places in the patient that no frame of reference ties to the pictures (PS3.3 C.7.4.1).
func (m markItem) placed(p structured.Picture) error {
	if m.inSpace() && (p.FrameOfReference == "" || m.Within != p.FrameOfReference) {
		return errors.New("a measurement on a reconstructed plane needs the frame of reference of its series")
	}
	return nil
}

// mark is the item on its picture or waveform, whose header says where that lies.
func (m markItem) mark(p structured.Picture, header *dicom.Dataset) (structured.Mark, error) {
	out := structured.Mark{ID: m.ID, Tool: m.Tool, Picture: p, Label: m.Label, Open: m.Closed != nil && !*m.Closed}
	for _, f := range m.Figures {
		out.Figures = append(out.Figures, structured.Figure{Kind: f.Kind, Value: f.Value, Unit: f.Unit})
	}
	if m.onWave() {
		return m.timed(out, header)
	}
	plane := structured.PlaneOf(header, max(1, m.Frame))
	for _, w := range m.Points {
		if m.inSpace() {
			out.World = append(out.World, [3]float64(append(w, 0, 0, 0)))
			continue
		}
		out.Points = append(out.Points, plane.Point(w))
	}
	return out, nil
}

// timed lays a mark on its waveform; which lead that is says the file.
func (m markItem) timed(out structured.Mark, header *dicom.Dataset) (structured.Mark, error) {
	if len(m.Points) != 2 {
		return out, errors.New("a measurement on a waveform has two ends")
	}
	moments := make([]float64, len(m.Points))
	for i, p := range m.Points {
		if len(p) == 0 {
			return out, errors.New("an end of a measurement on a waveform has no moment")
		}
		moments[i] = p[0]
	}
	wave, err := structured.WaveOf(header, m.Channel, moments...)
	if err != nil {
		return out, err
	}
	out.Wave, out.Site = wave, structured.LeadOf(header, m.Channel)
	return out, nil
}

// look is how the picture was shown; a mark that does not say was made on the picture as it is.
func (m markItem) look(p structured.Picture, header *dicom.Dataset) structured.Look {
	rows, _ := header.Int(dicom.Rows)
	columns, _ := header.Int(dicom.Columns)
	samples, _ := header.Int(dicom.SamplesPerPixel)
	out := structured.Look{Picture: p, Rows: rows, Columns: columns, Color: samples > 1}
	out.Rescale, out.RescaleType = structured.Values(header, max(1, m.Frame))
	l := m.Look
	if l == nil {
		return out
	}
	out.Turn, out.Flip, out.Invert = l.Turn, l.Flip, l.Invert
	if l.Window != nil {
		out.Window = [2]float64{l.Window.Center, l.Window.Width}
	}
	if l.Area != nil {
		out.Area = [2]structured.Point{{l.Area[0], l.Area[1]}, {l.Area[2], l.Area[3]}}
	}
	return out
}

// languageOf tells the language of what people have written, by its characters.
func languageOf(texts ...string) string {
	for _, s := range texts {
		if strings.ContainsFunc(s, func(r rune) bool { return r >= 0x2E80 }) {
			return "zh"
		}
	}
	return "en"
}
