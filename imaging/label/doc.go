// Package label draws lines of text on pictures with the outlines of TrueType fonts (the glyf flavour of OpenType), enough to burn a
// patient's name into a rendered image. It does no shaping: Chinese, Latin and other scripts whose characters stand one after the
// other. It is not for hostile fonts, though a broken one is only drawn wrong.
package label
