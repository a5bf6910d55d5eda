//go:build !amd64

package pixel

// transform brings a block into values that are coded. See transformGo.
func transform(pix []byte, stride int, scale *[64]float32, q *[64]int16) (mask uint64) {
	return transformGo(pix, stride, scale, q)
}
