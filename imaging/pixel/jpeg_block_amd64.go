package pixel

import "golang.org/x/sys/cpu"

// transformAVX2 is transformGo for processors that compute eight values at a time. It reads 8 bytes at each of 8 lines from pix on.
//
//go:noescape
func transformAVX2(pix *byte, stride int, scale *[64]float32, q *[64]int16) (mask uint64)

var hasAVX2 = cpu.X86.HasAVX2

// transform brings a block into values that are coded. See transformGo.
func transform(pix []byte, stride int, scale *[64]float32, q *[64]int16) (mask uint64) {
	if hasAVX2 {
		_ = pix[7*stride+7]
		return transformAVX2(&pix[0], stride, scale, q)
	}
	return transformGo(pix, stride, scale, q)
}
