package label

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"yilian/internal/foreign"
)

func load(t testing.TB, paths ...string) Fonts {
	t.Helper()
	var all Fonts
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			foreign.Missing(t, p)
		}
		f, err := Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

func debian(t testing.TB) Fonts {
	return load(t, "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf", "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf")
}

// ink counts how much of a rectangle is bright.
func ink(img *image.Gray, r image.Rectangle) (sum float64) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			sum += float64(img.GrayAt(x, y).Y) / 255
		}
	}
	return sum
}

func TestDraw(t *testing.T) {
	fonts := debian(t)
	img := image.NewGray(image.Rect(0, 0, 420, 120))
	for i := range img.Pix {
		img.Pix[i] = 80
	}
	fonts.Draw(img, 4, 4, 24, "Zhang^San 张三 P0001 M")
	fonts.Draw(img, 4, 40, 12, "1970-01-01 胸部CT平扫 éÄ")
	fonts.Draw(img, 300, 80, 60, "cut off 出界")
	fonts.Draw(img, -20, -20, 30, "x")
	out, err := os.Create(filepath.Join(t.ArtifactDir(), "label.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	if err := png.Encode(out, img); err != nil {
		t.Fatal(err)
	}
}

// TestStroke: a letter whose area is known. The bar of a capital I is as wide as its stem.
func TestStroke(t *testing.T) {
	fonts := debian(t)
	for _, size := range []float64{20, 40, 80} {
		img := image.NewGray(image.Rect(0, 0, 200, 120))
		fonts.Draw(img, 10, 10, size, "I")
		got := ink(img, img.Bounds()) / (size * size)
		// Liberation Sans: 191 by 1409 of 2048 units.
		if want := 191.0 * 1409 / 2048 / 2048; got < want*0.93 || got > want*1.07 {
			t.Errorf("size %g: %.4f of an em is ink, want %.4f", size, got, want)
		}
	}
	if w := fonts.Width("张三", 20); w < 38 || w > 42 {
		t.Errorf("two Chinese characters are %g wide", w)
	}
	if !fonts[1].Has('检') || fonts[0].Has('检') || !fonts[0].Has('A') {
		t.Error("characters")
	}
	if bright := ink(blank(fonts, "检查", 30), image.Rect(0, 0, 100, 60)); bright < 100 || bright > 900 {
		t.Errorf("Chinese has %g pixels of ink", bright)
	}
}

func blank(fonts Fonts, text string, size float64) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, 100, 60))
	fonts.Draw(img, 2, 2, size, text)
	return img
}

// TestBroken: a font that is cut off or changed anywhere is refused or drawn wrong, and nothing else.
func TestBroken(t *testing.T) {
	const path = "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf"
	b, err := os.ReadFile(path)
	if err != nil {
		foreign.Missing(t, path)
	}
	img := image.NewRGBA(image.Rect(0, 0, 64, 32))
	img.Set(0, 0, color.White)
	for i := range 200 {
		broken := append([]byte(nil), b[:len(b)*(i+1)/200]...)
		for j := range 40 {
			broken[(i*7919+j*104729)%len(broken)] ^= byte(1 << (j % 8))
		}
		if f, err := Parse(broken); err == nil {
			Fonts{f}.Draw(img, 0, 0, 20, "AÄg& ")
		}
	}
	if _, err := Parse([]byte("OTTO")); err == nil {
		t.Error("no font was parsed")
	}
}
