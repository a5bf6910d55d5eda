// Package preview makes small pictures by which a series can be read through on a poor line while its pixels are still on their way:
// at least 256 by 256 where the image has as many, averaged over whole pixels, and quantised in steps that are fine where the usual
// windows look and coarse elsewhere. So one picture serves all windows (PSNR of 35 dB and more against the averaged original in each),
// and what is quantised is coded by JPEG-LS without further loss: a quiet slice of CT takes about 10 KB.
//
// It knows no I/O and nothing of archives. Nothing may be measured or diagnosed from what it makes: that is what the pixels are for.
package preview
