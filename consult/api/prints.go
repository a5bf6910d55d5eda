package api

import (
	"context"

	"yilian"
	"yilian/consult/flow"
)

// Printer says who may put a study's pictures on paper or film, and remembers it; cmd/yilian fits the archive to it.
type Printer interface {
	// Print authorises and writes the trail, once a key. Nothing is printed before it answers.
	Print(ctx context.Context, cmd flow.Command, study yilian.StudyUID, p Printing) error
}

// Printing is what goes on paper. Nothing in it tells the patient.
type Printing struct {
	What    string `json:"what" enum:"film,ecg" doc:"Pictures in a layout, or a recording on its grid"`
	Pages   int    `json:"pages" minimum:"1" maximum:"500"`
	Images  int    `json:"images" minimum:"0" maximum:"10000"`
	Paper   string `json:"paper" maxLength:"16" doc:"A4, A3, 14x17"`
	Layout  string `json:"layout,omitempty" maxLength:"16"`
	Reading string `json:"reading,omitempty" maxLength:"64" doc:"The read task in which its reader prints"`
}

func (a *API) printRoutes() {
	Add(a, Clinical(), "POST /api/studies/{uid}/prints", "Put it on record that pictures of a study are printed now; by the house of the images, or their reader", func(ctx context.Context, in *struct {
		ByUID
		Body Printing
	},
	) (*struct{}, error) {
		return nil, a.cfg.Prints.Print(ctx, CommandOf(ctx, 0), yilian.StudyUID(in.UID), in.Body)
	})
}
