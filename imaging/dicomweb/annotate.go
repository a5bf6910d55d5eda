package dicomweb

import (
	"errors"
	"fmt"
	"image"
	"image/draw"
	"os"
	"strings"

	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/label"
)

// usualFonts is where Debian and others put a Latin and a Chinese TrueType font.
var usualFonts = [][]string{
	{
		"/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf", "/usr/share/fonts/truetype/liberation2/LiberationSans-Regular.ttf",
		"/usr/share/fonts/liberation-sans/LiberationSans-Regular.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
		"/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf", "/usr/share/fonts/TTF/DejaVuSans.ttf",
	},
	{
		"/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", "/usr/share/fonts-droid-fallback/truetype/DroidSansFallback.ttf",
		"/usr/share/fonts/google-droid-sans-fonts/DroidSansFallbackFull.ttf", "/usr/share/fonts/droid/DroidSansFallbackFull.ttf",
		"/usr/share/fonts/TTF/DroidSansFallbackFull.ttf",
	},
}

var errNoFont = errors.New("dicomweb: no font")

// loadFonts reads the fonts named, or one of each usual kind.
func loadFonts(named []string) (label.Fonts, error) {
	places := usualFonts
	if len(named) > 0 {
		places = nil
		for _, path := range named {
			places = append(places, []string{path})
		}
	}
	var fonts label.Fonts
	for _, kind := range places {
		for _, path := range kind {
			b, err := os.ReadFile(path)
			if err != nil {
				continue
			}
			if f, err := label.Parse(b); err == nil {
				fonts = append(fonts, f)
				break
			}
		}
	}
	if len(fonts) < len(places) {
		return nil, errNoFont // half of a name would be worse than none
	}
	return fonts, nil
}

// annotate burns text into a picture: who it is in the upper, how it was made in the lower left corner.
func (h *Handler) annotate(img image.Image, shown imaging.Picture, want rendering) (image.Image, error) {
	fonts, err := h.fonts()
	if err != nil {
		return nil, notAcceptable("Text cannot be burned in: the server has no TrueType fonts. Install fonts-liberation and fonts-droid-fallback.")
	}
	out, ok := img.(draw.Image)
	if !ok {
		out = colourful(img).(draw.Image)
	}
	d := headerOf(shown.Instance)
	bounds := out.Bounds()
	size := min(max(float64(min(bounds.Dx(), bounds.Dy()))/28, 11), 40)
	margin := int(size / 2)
	if want.patient {
		for n, line := range patientText(d) {
			fonts.Draw(out, bounds.Min.X+margin, bounds.Min.Y+margin+n*fonts.Height(size), size, line)
		}
	}
	if want.technics {
		lines := techniqueText(d, shown)
		for n, line := range lines {
			fonts.Draw(out, bounds.Min.X+margin, bounds.Max.Y-margin-(len(lines)-n)*fonts.Height(size), size, line)
		}
	}
	return out, nil
}

func patientText(d *dicom.Dataset) []string {
	return lines(
		d.PersonName(dicom.PatientName).Display(),
		join(d.String(dicom.PatientID), d.String(dicom.PatientSex), dashed(d.String(dicom.PatientBirthDate))),
		d.String(dicom.AccessionNumber),
		d.String(dicom.InstitutionName),
	)
}

func techniqueText(d *dicom.Dataset, shown imaging.Picture) []string {
	position := ""
	if n := d.String(dicom.InstanceNumber); n != "" {
		position = "#" + n
	}
	if shown.Instance.Frames > 1 {
		position = strings.TrimSpace(fmt.Sprintf("%s %d/%d", position, shown.Frame, shown.Instance.Frames))
	}
	return lines(
		join(d.String(dicom.Modality), d.String(dicom.StudyDescription)),
		join(d.String(dicom.SeriesDescription), with(d.String(dicom.SliceThickness), "mm"), with(d.String(dicom.KVP), "kV")),
		join(dashed(d.String(dicom.StudyDate)), clock(d.String(dicom.StudyTime)), position),
		join(d.String(dicom.Manufacturer), d.String(dicom.ManufacturerModelName)),
	)
}

// lines leaves empty ones out.
func lines(all ...string) (kept []string) {
	for _, s := range all {
		if s = strings.TrimSpace(s); s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

func join(all ...string) string { return strings.Join(lines(all...), "  ") }

func with(value, unit string) string {
	if value == "" {
		return ""
	}
	return value + " " + unit
}

func dashed(da string) string {
	if len(da) != 8 {
		return da
	}
	return da[:4] + "-" + da[4:6] + "-" + da[6:]
}

func clock(tm string) string {
	if len(tm) < 4 {
		return tm
	}
	return tm[:2] + ":" + tm[2:4]
}
