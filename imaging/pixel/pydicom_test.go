package pixel

import (
	"bytes"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"yilian/imaging/dicom"
	"yilian/internal/foreign"
)

// oracle makes pictures with pydicom: from each file the first frame through modality and VOI transformation, or palette, or colour
// conversion, as bytes, once as the data set says and once for each kind of window.
const oracle = `
import sys, warnings, numpy as np, pydicom
from pydicom.pixel_data_handlers import util as u
warnings.simplefilter("ignore")
def show(ds, a):
    if ds.PhotometricInterpretation == "PALETTE COLOR":
        a = u.apply_color_lut(a, ds)
        return (a >> 8 if a.dtype == np.uint16 else a).astype(np.uint8)
    if ds.SamplesPerPixel == 3:
        if ds.PhotometricInterpretation.startswith("YBR"):
            a = u.convert_color_space(a, "YBR_FULL", "RGB")
        return (a >> (8 * (a.itemsize - 1))).astype(np.uint8)
    x = u.apply_modality_lut(a, ds)
    if "VOILUTSequence" in ds:
        v = u.apply_voi(x, ds)
        g = v.astype(float) / (2 ** ds.VOILUTSequence[0].LUTDescriptor[2] - 1)
    elif "WindowWidth" in ds:
        ranged = ds.ModalityLUTSequence[0].LUTDescriptor[2] if "ModalityLUTSequence" in ds else 0
        low = -2 ** (ds.BitsStored - 1) if ds.PixelRepresentation else 0
        high = low + 2 ** ds.BitsStored - 1
        if ranged:
            low, high = 0, 2 ** ranged - 1
        elif "RescaleSlope" in ds:
            low, high = low * ds.RescaleSlope + ds.RescaleIntercept, high * ds.RescaleSlope + ds.RescaleIntercept
        g = (u.apply_windowing(x, ds) - low) / (high - low)
    else:
        return None
    if ds.PhotometricInterpretation == "MONOCHROME1":
        g = 1 - g
    g = np.floor(255 * np.minimum(g, 1) + 0.5).astype(np.uint8)
    if "PixelPaddingValue" in ds:
        p = int(ds.PixelPaddingValue)
        q = int(ds.get("PixelPaddingRangeLimit", p))
        g[(a >= min(p, q)) & (a <= max(p, q))] = 0
    return g
for i, name in enumerate(sys.argv[2:]):
    try:
        ds = pydicom.dcmread(name, force=True)
        a = ds.pixel_array
        if int(ds.get("NumberOfFrames", 1)) > 1:
            a = a[0]
    except Exception as e:
        continue
    def put(kind, v):
        if v is not None:
            v.tofile("%s/%d.%s" % (sys.argv[1], i, kind))
    try:
        put("plain", show(ds, a))
        if ds.SamplesPerPixel == 1 and ds.PhotometricInterpretation != "PALETTE COLOR":
            if "OverlayData" in dir(ds) or (0x6000, 0x3000) in ds:
                v = show(ds, a)
                v[ds.overlay_array(0x6000) == 1] = 255
                put("overlay", v)
            if "VOILUTSequence" in ds:
                del ds.VOILUTSequence
            ds.WindowCenter, ds.WindowWidth = 300.5, 777
            for f in ["LINEAR", "LINEAR_EXACT", "SIGMOID"]:
                ds.VOILUTFunction = f
                put(f, show(ds, a))
    except Exception as e:
        print(name, e)
`

// pydicomWrong names files that pydicom 2.3 reads otherwise than the standard, DCMTK and GDCM do.
var pydicomWrong = map[string]string{
	"mlut_18.dcm":                     "values of more than Bits Stored are not cut",
	"SC_rgb_small_odd_big_endian.dcm": "bytes in words of big endian are not exchanged",
}

// TestPydicom compares pictures with what pydicom makes of the same values, pixel by pixel. Half a grey may be rounded differently.
func TestPydicom(t *testing.T) {
	python := foreign.Python(t, "pydicom", "numpy")
	var names []string
	for _, f := range corpusFiles(t) {
		if dir := strings.Split(f.name, "/")[0]; dir == "pixel" || dir == "ts" || dir == "modality" || dir == "multiframe" {
			names = append(names, f.path)
		}
	}
	dir := t.TempDir()
	out, err := exec.Command(python, append([]string{"-c", oracle, dir}, names...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("%s", out)
	pictures, files := 0, map[string]bool{}
	for i, name := range names {
		for kind, options := range map[string]RenderOptions{
			"plain": {}, "overlay": {Overlays: true},
			"LINEAR":       {Window: &Window{Center: 300.5, Width: 777}},
			"LINEAR_EXACT": {Window: &Window{Center: 300.5, Width: 777, Function: LinearExact}},
			"SIGMOID":      {Window: &Window{Center: 300.5, Width: 777, Function: Sigmoid}},
		} {
			want, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%d.%s", i, kind)))
			if err != nil {
				continue
			}
			if judged(t, name, kind, options, want) {
				pictures++
				files[name] = true
			}
		}
	}
	t.Logf("%d pictures of %d files agree", pictures, len(files))
	if pictures < 100 {
		t.Errorf("only %d pictures compared", pictures)
	}
}

func judged(t *testing.T, name, kind string, o RenderOptions, want []byte) bool {
	obj, file, err := load(name)
	if err != nil || obj.Layout.Deflated || obj.Syntax.Lossy && obj.Syntax.Encapsulated && obj.Syntax.UID != dicom.JPEGLSNearLossless {
		return false
	}
	im, err := Describe(obj.Dataset, obj.Syntax, 0)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return false
	}
	data, skip, err := frameBytes(obj, file, 0)
	if err != nil {
		return false
	}
	f, err := im.Decode(data, skip)
	if err != nil {
		return false
	}
	if _, ok := pydicomWrong[filepath.Base(name)]; ok || im.Palette != nil && im.Photometric != "PALETTE COLOR" { // it leaves supplemental palettes out
		return false
	}
	im.Aspect = 1
	img, err := im.Render(f, o)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return false
	}
	worst, differ := compare(pixels(img), want)
	if worst > 1 || differ*2000 > len(want) {
		t.Errorf("%s, %s: %d of %d differ, by up to %d", name, kind, differ, len(want), worst)
		return false
	}
	return true
}

// pixels are the samples of a picture without alpha.
func pixels(img image.Image) []byte {
	switch img := img.(type) {
	case *image.Gray:
		return img.Pix
	case *image.RGBA:
		var out []byte
		for b := img.Pix; len(b) >= 4; b = b[4:] {
			out = append(out, b[:3]...)
		}
		return out
	}
	return nil
}

func compare(a, b []byte) (worst, differ int) {
	if len(a) != len(b) {
		return 256, max(len(a), len(b))
	}
	if bytes.Equal(a, b) {
		return 0, 0
	}
	for i, v := range a {
		if d := diff(v, b[i]); d > 0 {
			worst, differ = max(worst, d), differ+1
		}
	}
	return worst, differ
}
