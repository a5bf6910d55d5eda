package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"yilian/imaging/phantom"
)

// benchViewerData is what the demo makes for `bench viewer`: studies of a size, and another viewer over the same archive.
type benchViewerData struct {
	Slices int    `help:"Also send a chest CT of so many slices." hidden:""`
	Loop   int    `help:"Also send a heart loop of so many frames." hidden:""`
	OHIF   string `name:"ohif" help:"Serve the pages of OHIF in this folder, over this archive." hidden:"" placeholder:"FOLDER"`
	OHIFAt string `name:"ohif-at" help:"Address of OHIF." hidden:"" placeholder:"ADDR"`
}

// studies are those to send, by their images.
func (c benchViewerData) studies() map[demoStudy]int {
	all := map[demoStudy]int{}
	for _, p := range demoStudies {
		switch {
		case p.kind == phantom.ChestCT && c.Slices > 0:
			all[p] = c.Slices
		case p.kind == phantom.Ultrasound && c.Loop > 0:
			all[p] = c.Loop
		}
	}
	return all
}

// serve serves OHIF for whoever is signed in at this host, until ctx ends.
func (c benchViewerData) serve(ctx context.Context, s *service) error {
	ln, err := net.Listen("tcp", c.OHIFAt)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/dicom-web/", steady(s.images, stillness))
	mux.HandleFunc("/app-config.js", ohifConfig)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		path := filepath.Join(c.OHIF, filepath.FromSlash(filepath.Clean("/"+r.URL.Path)))
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			path = filepath.Join(c.OHIF, "index.html")
		}
		http.ServeFile(w, r, path)
	})
	return serveWeb(ctx, ln, mux, nil, webGrace, s.log)
}

// ohifConfig lets OHIF read from the DICOMweb door beside it, and fetch as many pictures at a time as it does by itself.
func ohifConfig(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/javascript")
	_, _ = fmt.Fprint(w, `window.config = { routerBasename: null, extensions: [], modes: [], showStudyList: true,
showWarningMessageForCrossOrigin: false, showCPUFallbackMessage: false, investigationalUseDialog: { option: 'never' }, autoPlayCine: true,
defaultDataSourceName: 'yilian', dataSources: [{ namespace: '@ohif/extension-default.dataSourcesModule.dicomweb', sourceName: 'yilian',
configuration: { friendlyName: 'Yilian', name: 'yilian', qidoRoot: '/dicom-web', wadoRoot: '/dicom-web', wadoUriRoot: '/dicom-web',
qidoSupportsIncludeField: true, supportsFuzzyMatching: true, supportsWildcard: true, imageRendering: 'wadors', thumbnailRendering: 'wadors',
enableStudyLazyLoad: true, singlepart: 'bulkdata,video', bulkDataURI: { enabled: true } } }] };`)
}
