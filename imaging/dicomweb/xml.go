package dicomweb

import (
	"encoding/json"
	"iter"
	"net/http"

	"yilian"
)

// metadataXML gives each header as a part of its own (PS3.18 8.7.3.2, PS3.19 A).
func (h *Handler) metadataXML(_ http.ResponseWriter, _ *http.Request, _ yilian.Actor) error {
	return notAcceptable("This resource is given as %s.", typeJSON)
}

func (h *Handler) objectsXML(http.ResponseWriter, iter.Seq2[json.RawMessage, error]) error {
	return notAcceptable("This resource is given as %s.", typeJSON)
}
