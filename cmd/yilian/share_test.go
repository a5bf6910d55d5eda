package main

import "testing"

func TestSharedAddress(t *testing.T) {
	const at = "/s-web/studies/1.2.3/series"
	for path, want := range map[string]struct {
		ok, file bool
		series   string
	}{
		at:                                     {ok: true},
		at + "/4.5/metadata":                   {ok: true, series: "4.5"},
		at + "/4.5/instances/6.7/frames/1":     {ok: true, series: "4.5"},
		at + "/4.5/instances":                  {ok: true, series: "4.5"},
		at + "/4.5/thumbnail":                  {ok: true, series: "4.5"},
		at + "/4.5":                            {ok: true, series: "4.5", file: true},
		at + "/4.5/instances/6.7":              {ok: true, series: "4.5", file: true},
		at + "/../../4.9":                      {},
		"/s-web/studies":                       {},
		"/s-web/studies/1.2.3":                 {},
		"/s-web/studies/1.2.3/metadata":        {},
		"/s-web/studies/1.2.3/instances":       {},
		"/s-web/studies/1.2.3/rendered":        {},
		"/s-web/series":                        {},
		"/s-web/wado":                          {},
		"/s-web/studies/1.2.3/bulkdata":        {},
		"/dicom-web/studies/1.2.3/series/4.5/": {},
	} {
		p, ok := sharedAddress(path)
		if ok != want.ok || ok && (p.file != want.file || string(p.series) != want.series || p.study != "1.2.3") {
			t.Errorf("%s: %+v %v", path, p, ok)
		}
	}
}
