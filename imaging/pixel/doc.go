// Package pixel turns the pixel data of DICOM images into pictures: it describes an image from its data set, decodes one frame
// (native, RLE, JPEG baseline, JPEG Lossless, JPEG-LS), applies modality and value-of-interest transformations, and scales.
//
// It reads no data sets and no files (see imaging/dicom) and is made for hostile input: sizes are checked before memory is
// taken, decoders are bounded by the frame they fill. JPEG 2000, HTJ2K, JPEG XL, 12-bit lossy JPEG and video are not decoded:
// they give an *UnsupportedError, and viewers get the frames as they are.
package pixel
