// Package pixel turns the pixel data of DICOM images into pictures: it describes an image from its data set, decodes one frame (native,
// deflated, RLE, JPEG of 8 and 12 bits, JPEG Lossless, JPEG-LS), encodes one without loss or within a bound, applies modality and
// value-of-interest transformations, overlays and palettes, and scales.
//
// It reads no data sets and no files (see imaging/dicom) and is made for hostile input: sizes are checked before memory is
// taken. A decoder takes the memory of the frame it fills and a few lines; one for JPEG with the DCT two bytes a sample more; time is
// bounded by the size of the frame. JPEG 2000, HTJ2K, JPEG XL, arithmetic coding and video are not decoded: they give an
// *UnsupportedError, and viewers get the frames as they are.
package pixel
