package dicom

import "strings"

// TransferSyntax says how a data set is encoded (PS3.5 8, 10 and annex A).
type TransferSyntax struct {
	UID          string
	Name         string
	Implicit     bool // no VR in the stream: look it up
	BigEndian    bool
	Deflated     bool // the whole data set is one RFC 1951 stream
	Encapsulated bool // pixel data come as fragments
	Lossy        bool // may have lost information
	Known        bool // registered in PS3.6 A
}

// UIDs of the transfer syntaxes that the service names.
const (
	ImplicitVRLittleEndian         = "1.2.840.10008.1.2"
	ExplicitVRLittleEndian         = "1.2.840.10008.1.2.1"
	EncapsulatedUncompressed       = "1.2.840.10008.1.2.1.98"
	DeflatedExplicitVRLittleEndian = "1.2.840.10008.1.2.1.99"
	ExplicitVRBigEndian            = "1.2.840.10008.1.2.2"
	JPEGBaseline8Bit               = "1.2.840.10008.1.2.4.50"
	JPEGExtended12Bit              = "1.2.840.10008.1.2.4.51"
	JPEGLossless                   = "1.2.840.10008.1.2.4.57"
	JPEGLosslessSV1                = "1.2.840.10008.1.2.4.70"
	JPEGLSLossless                 = "1.2.840.10008.1.2.4.80"
	JPEGLSNearLossless             = "1.2.840.10008.1.2.4.81"
	JPEG2000Lossless               = "1.2.840.10008.1.2.4.90"
	JPEG2000                       = "1.2.840.10008.1.2.4.91"
	HTJ2KLossless                  = "1.2.840.10008.1.2.4.201"
	HTJ2KLosslessRPCL              = "1.2.840.10008.1.2.4.202"
	HTJ2K                          = "1.2.840.10008.1.2.4.203"
	RLELossless                    = "1.2.840.10008.1.2.5"
	DeflatedImageFrame             = "1.2.840.10008.1.2.8.1"
)

const syntaxRoot = "1.2.840.10008.1.2"

// Syntax describes a transfer syntax. One that is not registered (a private one) is taken as explicit VR little endian whose
// pixel data may be native or encapsulated, whichever the stream shows; Known is false then, and a caller that must
// understand the pixels refuses it.
func Syntax(uid string) TransferSyntax {
	uid = strings.TrimRight(uid, " \x00")
	ts := TransferSyntax{UID: uid, Name: "Private", Encapsulated: true}
	rest, ok := strings.CutPrefix(uid, syntaxRoot)
	if !ok {
		return ts
	}
	if i := strings.Index(encapsulated, "\n"+rest+"|"); i >= 0 && rest != "" {
		line, _, _ := strings.Cut(encapsulated[i+len(rest)+2:], "\n")
		flags, name, _ := strings.Cut(line, "|")
		ts.Name, ts.Lossy, ts.Known = name, flags == "l", true
		return ts
	}
	return native(ts, rest)
}

// native describes the syntaxes of PS3.5 A.1, A.2, A.3 and A.5, whose pixel data are not encapsulated.
func native(ts TransferSyntax, rest string) TransferSyntax {
	switch rest {
	case "":
		ts.Name, ts.Implicit = "Implicit VR Little Endian", true
	case ".1":
		ts.Name = "Explicit VR Little Endian"
	case ".1.99":
		ts.Name, ts.Deflated = "Deflated Explicit VR Little Endian", true
	case ".2":
		ts.Name, ts.BigEndian = "Explicit VR Big Endian", true
	case ".4.95":
		ts.Name, ts.Deflated = "JPIP Referenced Deflate", true
	case ".4.205":
		ts.Name, ts.Deflated = "JPIP HTJ2K Referenced Deflate", true
	case ".4.94":
		ts.Name = "JPIP Referenced"
	case ".4.204":
		ts.Name = "JPIP HTJ2K Referenced"
	default:
		return ts
	}
	ts.Known, ts.Encapsulated = true, false
	return ts
}

// encapsulated lists PS3.6 A.1: what follows the common root, "l" when lossy, the name. 4.52 to 4.66 are retired.
const encapsulated = `
.1.98||Encapsulated Uncompressed Explicit VR Little Endian
.4.50|l|JPEG Baseline (Process 1)
.4.51|l|JPEG Extended (Process 2 and 4)
.4.52|l|JPEG Extended (Process 3 and 5)
.4.53|l|JPEG Spectral Selection, Non-Hierarchical (Process 6 and 8)
.4.54|l|JPEG Spectral Selection, Non-Hierarchical (Process 7 and 9)
.4.55|l|JPEG Full Progression, Non-Hierarchical (Process 10 and 12)
.4.56|l|JPEG Full Progression, Non-Hierarchical (Process 11 and 13)
.4.57||JPEG Lossless, Non-Hierarchical (Process 14)
.4.58||JPEG Lossless, Non-Hierarchical (Process 15)
.4.59|l|JPEG Extended, Hierarchical (Process 16 and 18)
.4.60|l|JPEG Extended, Hierarchical (Process 17 and 19)
.4.61|l|JPEG Spectral Selection, Hierarchical (Process 20 and 22)
.4.62|l|JPEG Spectral Selection, Hierarchical (Process 21 and 23)
.4.63|l|JPEG Full Progression, Hierarchical (Process 24 and 26)
.4.64|l|JPEG Full Progression, Hierarchical (Process 25 and 27)
.4.65||JPEG Lossless, Hierarchical (Process 28)
.4.66||JPEG Lossless, Hierarchical (Process 29)
.4.70||JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 SV1)
.4.80||JPEG-LS Lossless
.4.81|l|JPEG-LS Near-Lossless
.4.90||JPEG 2000 Lossless Only
.4.91|l|JPEG 2000
.4.92||JPEG 2000 Part 2 Multi-component Lossless Only
.4.93|l|JPEG 2000 Part 2 Multi-component
.4.100|l|MPEG2 Main Profile / Main Level
.4.100.1|l|Fragmentable MPEG2 Main Profile / Main Level
.4.101|l|MPEG2 Main Profile / High Level
.4.101.1|l|Fragmentable MPEG2 Main Profile / High Level
.4.102|l|MPEG-4 AVC/H.264 High Profile / Level 4.1
.4.102.1|l|Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1
.4.103|l|MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1
.4.103.1|l|Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1
.4.104|l|MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video
.4.104.1|l|Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video
.4.105|l|MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video
.4.105.1|l|Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video
.4.106|l|MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2
.4.106.1|l|Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2
.4.107|l|HEVC/H.265 Main Profile / Level 5.1
.4.108|l|HEVC/H.265 Main 10 Profile / Level 5.1
.4.110||JPEG XL Lossless
.4.111|l|JPEG XL JPEG Recompression
.4.112|l|JPEG XL
.4.201||High-Throughput JPEG 2000 Lossless Only
.4.202||High-Throughput JPEG 2000 with RPCL Options Lossless Only
.4.203|l|High-Throughput JPEG 2000
.5||RLE Lossless
.7.1||SMPTE ST 2110-20 Uncompressed Progressive Active Video
.7.2||SMPTE ST 2110-20 Uncompressed Interlaced Active Video
.7.3||SMPTE ST 2110-30 PCM Digital Audio
.8.1||Deflated Image Frame Compression
`

// IsVideo tells whether all frames are one MPEG, H.264 or H.265 stream (PS3.5 8.2.5 to 8.2.8): frames have no byte ranges of their own.
func (ts TransferSyntax) IsVideo() bool {
	rest, ok := strings.CutPrefix(ts.UID, syntaxRoot+".4.10")
	return ok && ts.Known && len(rest) >= 1
}
