package pixel

import "image"

// scale shows a part of a picture in w by h pixels: averaged when it gets smaller, interpolated when it gets larger.
func scale(img image.Image, view image.Rectangle, w, h int) image.Image {
	switch src := img.(type) {
	case *image.Gray:
		if view == src.Rect && w == view.Dx() && h == view.Dy() {
			return src
		}
		out := image.NewGray(image.Rect(0, 0, w, h))
		resample(src.Pix[src.PixOffset(view.Min.X, view.Min.Y):], src.Stride, 1, view.Dx(), view.Dy(), out.Pix, w, h)
		return out
	case *image.RGBA:
		if view == src.Rect && w == view.Dx() && h == view.Dy() {
			return src
		}
		out := image.NewRGBA(image.Rect(0, 0, w, h))
		resample(src.Pix[src.PixOffset(view.Min.X, view.Min.Y):], src.Stride, 4, view.Dx(), view.Dy(), out.Pix, w, h)
		return out
	}
	return img
}

// tap is one contribution to an output position, in 1/4096.
type tap struct {
	at     int
	weight int
}

const unit = 4096

// taps gives, for each of n output positions over size inputs, the inputs it covers (box) or lies between (bilinear).
func taps(size, n int) [][]tap {
	out := make([][]tap, n)
	ratio := float64(size) / float64(n)
	for i := range out {
		if ratio > 1 {
			out[i] = box(float64(i)*ratio, float64(i+1)*ratio, size)
			continue
		}
		x := min(max((float64(i)+0.5)*ratio-0.5, 0), float64(size-1))
		at := min(int(x), size-1)
		second := min(at+1, size-1)
		weight := int((x - float64(at)) * unit)
		out[i] = []tap{{at, unit - weight}, {second, weight}}
	}
	return out
}

func box(from, to float64, size int) []tap {
	var out []tap
	sum := 0
	for at := int(from); at < size && float64(at) < to; at++ {
		covered := min(to, float64(at+1)) - max(from, float64(at))
		weight := int(covered / (to - from) * unit)
		sum += weight
		out = append(out, tap{at, weight})
	}
	if len(out) == 0 {
		return []tap{{size - 1, unit}}
	}
	out[len(out)/2].weight += unit - sum // what rounding lost
	return out
}

// resample works line by line: each input line is narrowed once, then lines are added up.
func resample(src []byte, stride, channels, sw, sh int, dst []byte, w, h int) {
	across, down := taps(sw, w), taps(sh, h)
	rows := map[int][]int{}
	sums := make([]int, w*channels)
	for y, lines := range down {
		clear(sums)
		for at := range rows {
			if at < lines[0].at {
				delete(rows, at)
			}
		}
		for _, line := range lines {
			row, ok := rows[line.at]
			if !ok {
				row = narrow(src[line.at*stride:], channels, across)
				rows[line.at] = row
			}
			for i, v := range row {
				sums[i] += v * line.weight
			}
		}
		for i, v := range sums {
			dst[y*w*channels+i] = byte(min((v+unit*unit/2)/(unit*unit), 255))
		}
	}
}

func narrow(line []byte, channels int, across [][]tap) []int {
	out := make([]int, len(across)*channels)
	for x, list := range across {
		for _, t := range list {
			for c := range channels {
				out[x*channels+c] += int(line[t.at*channels+c]) * t.weight
			}
		}
	}
	return out
}
