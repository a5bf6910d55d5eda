#include "textflag.h"

// Factors of the transform, eight times each.
#define EIGHT(name, v) \
	DATA name<>+0(SB)/4, $v \
	DATA name<>+4(SB)/4, $v \
	DATA name<>+8(SB)/4, $v \
	DATA name<>+12(SB)/4, $v \
	DATA name<>+16(SB)/4, $v \
	DATA name<>+20(SB)/4, $v \
	DATA name<>+24(SB)/4, $v \
	DATA name<>+28(SB)/4, $v \
	GLOBL name<>(SB), RODATA|NOPTR, $32

EIGHT(f382, 0x3ec3ef15)  // 0.382683433
EIGHT(f541, 0x3f0a8bd4)  // 0.541196100
EIGHT(f707, 0x3f3504f3)  // 0.707106781
EIGHT(f1306, 0x3fa73d75) // 1.306562965
EIGHT(level, 128)

// AAN transforms the columns of Y0 to Y7, as func aan does, operation by operation.
#define AAN \
	VADDPS Y7, Y0, Y8 \
	VSUBPS Y7, Y0, Y7 \
	VADDPS Y6, Y1, Y9 \
	VSUBPS Y6, Y1, Y6 \
	VADDPS Y5, Y2, Y10 \
	VSUBPS Y5, Y2, Y5 \
	VADDPS Y4, Y3, Y11 \
	VSUBPS Y4, Y3, Y4 \
	VADDPS Y11, Y8, Y0 \
	VSUBPS Y11, Y8, Y8 \
	VADDPS Y10, Y9, Y1 \
	VSUBPS Y10, Y9, Y9 \
	VSUBPS Y1, Y0, Y10 \
	VADDPS Y1, Y0, Y0 \
	VADDPS Y8, Y9, Y9 \
	VMULPS f707<>(SB), Y9, Y9 \
	VADDPS Y9, Y8, Y2 \
	VSUBPS Y9, Y8, Y11 \
	VADDPS Y5, Y4, Y4 \
	VADDPS Y6, Y5, Y5 \
	VADDPS Y7, Y6, Y6 \
	VSUBPS Y6, Y4, Y8 \
	VMULPS f382<>(SB), Y8, Y8 \
	VMULPS f541<>(SB), Y4, Y4 \
	VADDPS Y8, Y4, Y4 \
	VMULPS f1306<>(SB), Y6, Y6 \
	VADDPS Y8, Y6, Y6 \
	VMULPS f707<>(SB), Y5, Y5 \
	VADDPS Y5, Y7, Y8 \
	VSUBPS Y5, Y7, Y9 \
	VADDPS Y4, Y9, Y5 \
	VSUBPS Y4, Y9, Y3 \
	VADDPS Y6, Y8, Y1 \
	VSUBPS Y6, Y8, Y7 \
	VMOVAPS Y10, Y4 \
	VMOVAPS Y11, Y6

// LINE fetches eight pixels and goes on to the next line.
#define LINE(r) \
	VPMOVZXBD (SI), r \
	VPSUBD Y15, r, r \
	VCVTDQ2PS r, r \
	ADDQ BX, SI

// QUANTISE multiplies two lines, rounds them to whole numbers and packs them into one register.
#define QUANTISE(at, a, b) \
	VMULPS at(DX), a, a \
	VMULPS at+32(DX), b, b \
	VCVTPS2DQ a, a \
	VCVTPS2DQ b, b \
	VPACKSSDW b, a, a \
	VPERMQ $0xD8, a, a \
	VMOVDQU a, at/2(DI) \
	VPCMPEQW Y15, a, a

// func transformAVX2(pix *byte, stride int, scale *[64]float32, q *[64]int16) (mask uint64)
TEXT ·transformAVX2(SB), NOSPLIT, $0-40
	MOVQ pix+0(FP), SI
	MOVQ stride+8(FP), BX
	MOVQ scale+16(FP), DX
	MOVQ q+24(FP), DI

	VMOVDQU level<>(SB), Y15
	LINE(Y0)
	LINE(Y1)
	LINE(Y2)
	LINE(Y3)
	LINE(Y4)
	LINE(Y5)
	LINE(Y6)
	LINE(Y7)
	AAN

	// Columns become lines.
	VUNPCKLPS Y1, Y0, Y8
	VUNPCKHPS Y1, Y0, Y9
	VUNPCKLPS Y3, Y2, Y10
	VUNPCKHPS Y3, Y2, Y11
	VUNPCKLPS Y5, Y4, Y12
	VUNPCKHPS Y5, Y4, Y13
	VUNPCKLPS Y7, Y6, Y14
	VUNPCKHPS Y7, Y6, Y15
	VSHUFPS $0x44, Y10, Y8, Y0
	VSHUFPS $0xEE, Y10, Y8, Y1
	VSHUFPS $0x44, Y11, Y9, Y2
	VSHUFPS $0xEE, Y11, Y9, Y3
	VSHUFPS $0x44, Y14, Y12, Y4
	VSHUFPS $0xEE, Y14, Y12, Y5
	VSHUFPS $0x44, Y15, Y13, Y6
	VSHUFPS $0xEE, Y15, Y13, Y7
	VPERM2F128 $0x20, Y4, Y0, Y8
	VPERM2F128 $0x20, Y5, Y1, Y9
	VPERM2F128 $0x20, Y6, Y2, Y10
	VPERM2F128 $0x20, Y7, Y3, Y11
	VPERM2F128 $0x31, Y4, Y0, Y4
	VPERM2F128 $0x31, Y5, Y1, Y5
	VPERM2F128 $0x31, Y6, Y2, Y6
	VPERM2F128 $0x31, Y7, Y3, Y7
	VMOVAPS Y8, Y0
	VMOVAPS Y9, Y1
	VMOVAPS Y10, Y2
	VMOVAPS Y11, Y3
	AAN

	VPXOR Y15, Y15, Y15
	QUANTISE(0, Y0, Y1)
	QUANTISE(64, Y2, Y3)
	QUANTISE(128, Y4, Y5)
	QUANTISE(192, Y6, Y7)

	// A bit for each value that is not zero.
	VPACKSSWB Y2, Y0, Y0
	VPERMQ $0xD8, Y0, Y0
	VPMOVMSKB Y0, AX
	VPACKSSWB Y6, Y4, Y4
	VPERMQ $0xD8, Y4, Y4
	VPMOVMSKB Y4, CX
	VZEROUPPER
	SHLQ $32, CX
	ORQ CX, AX
	NOTQ AX
	MOVQ AX, mask+32(FP)
	RET
