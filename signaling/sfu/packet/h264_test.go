package packet

import "testing"

func TestH264Layers(t *testing.T) {
	for name, c := range map[string]struct {
		payload []byte
		want    H264
	}{
		"empty":                              {nil, H264{Temporal: -1}},
		"reference":                          {[]byte{0x61, 1}, H264{Slice: true, Reference: true, Temporal: -1}},
		"nobody refers to it":                {[]byte{0x01, 1}, H264{Slice: true, Temporal: -1}},
		"a part of that":                     {[]byte{0x1c, 0x41, 1}, H264{Slice: true, Temporal: -1}},
		"a part of a reference":              {[]byte{0x7c, 0x01, 1}, H264{Slice: true, Reference: true, Temporal: -1}},
		"first part of IDR":                  {[]byte{0x7c, 0x85, 1}, H264{Key: true, Slice: true, Reference: true, Temporal: -1}},
		"SEI is no slice":                    {[]byte{0x06, 1}, H264{Temporal: -1}},
		"prefix alone":                       {[]byte{0x6e, 0x80, 0x00, 0x40}, H264{Temporal: 2}},
		"prefix that is none":                {[]byte{0x6e, 0x00, 0x00, 0x40}, H264{Temporal: -1}},
		"cut prefix":                         {[]byte{0x6e, 0x80, 0x00}, H264{Temporal: -1}},
		"prefix and slice together":          {[]byte{0x78, 0, 4, 0x6e, 0x80, 0, 0x20, 0, 2, 0x61, 9}, H264{Slice: true, Reference: true, Temporal: 1}},
		"parameter sets and picture":         {[]byte{0x78, 0, 1, 0x67, 0, 1, 0x68, 0, 2, 0x65, 9}, H264{Key: true, Slice: true, Reference: true, Temporal: -1}},
		"a length beyond the packet":         {[]byte{0x78, 0xff, 0xff, 0x01}, H264{Slice: true, Temporal: -1}},
		"empty units":                        {[]byte{0x78, 0, 0, 0, 0, 0, 1, 0x01}, H264{Slice: true, Temporal: -1}},
		"part without its second octet":      {[]byte{0x7c}, H264{Temporal: -1}},
		"one of several is a reference":      {[]byte{0x78, 0, 1, 0x01, 0, 1, 0x41}, H264{Slice: true, Reference: true, Temporal: -1}},
		"second part of IDR begins no frame": {[]byte{0x7c, 0x05, 1}, H264{Slice: true, Reference: true, Temporal: -1}},
	} {
		if got := ParseH264(c.payload); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func FuzzH264(f *testing.F) {
	f.Add([]byte{0x78, 0, 4, 0x6e, 0x80, 0, 0x20, 0, 2, 0x61, 9})
	f.Add([]byte{0x7c, 0x85, 1})
	f.Fuzz(func(t *testing.T, p []byte) {
		if d := ParseH264(p); d.Temporal < -1 || d.Temporal > 7 || d.Reference && !d.Slice {
			t.Fatalf("%+v", d)
		}
	})
}
