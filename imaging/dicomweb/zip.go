package dicomweb

import (
	"archive/zip"
	"io"
	"net/http"

	"yilian"
)

// retrieveZip gives instances as files in an archive (PS3.18 8.7.3.1, application/zip), as a stream: a folder for each series. Pixels
// are not compressed again.
func (h *Handler) retrieveZip(w http.ResponseWriter, r *http.Request, actor yilian.Actor, wishes []string) error {
	var out *zip.Writer
	for i, err := range h.archive.Outline(r.Context(), actor, pathOf(r)) {
		if err != nil {
			return err
		}
		if out == nil {
			w.Header().Set("Content-Type", typeZip)
			w.Header().Set("Content-Disposition", `attachment; filename="`+string(i.Study)+`.zip"`)
			w.Header().Set("Cache-Control", "private, no-store")
			w.Header().Add("Vary", "Accept")
			if r.Method == http.MethodHead {
				return nil
			}
			out = zip.NewWriter(w)
		}
		file, err := out.CreateHeader(&zip.FileHeader{Name: string(i.Series) + "/" + string(i.UID) + ".dcm", Method: zip.Store, Modified: i.Arrival})
		if err != nil {
			return err
		}
		err = h.giveInstance(r, i, wishes, func(_ string, body io.Reader) error {
			_, err := copyTo(file, body)
			return err
		})
		if err != nil {
			return err
		}
	}
	return out.Close()
}
