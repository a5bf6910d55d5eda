package imaging_test

import (
	"bytes"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/imaging"
	"yilian/imaging/pixel"
)

// TestRights: who is not entitled learns nothing, by any door; who may not be asked about gets no answer.
func TestRights(t *testing.T) {
	w := newWorld(t)
	x := thing{study: 1, instance: 1}
	w.mustSend(x)
	ctx := t.Context()
	calls := map[string]func(yilian.Actor) error{
		"Study": func(a yilian.Actor) error { _, _, err := w.archive.Study(ctx, a, x.studyUID()); return err },
		"Instances": func(a yilian.Actor) error {
			for _, err := range w.archive.Instances(ctx, a, imaging.Path{Study: x.studyUID()}) {
				return err
			}
			return nil
		},
		"Instance": func(a yilian.Actor) error { _, err := w.archive.Instance(ctx, a, x.path()); return err },
		"Object":   func(a yilian.Actor) error { _, err := w.archive.Object(ctx, a, x.path()); return err },
		"Frames":   func(a yilian.Actor) error { _, err := w.archive.Frames(ctx, a, x.path()); return err },
		"Bulk":     func(a yilian.Actor) error { _, err := w.archive.Bulk(ctx, a, x.path(), "7FE00010"); return err },
		"Render": func(a yilian.Actor) error {
			_, err := w.archive.Render(ctx, a, x.path(), 1, pixel.RenderOptions{})
			return err
		},
		"Thumbnail": func(a yilian.Actor) error { _, _, err := w.archive.Thumbnail(ctx, a, x.path(), 1); return err },
		"Find in it": func(a yilian.Actor) error {
			_, err := w.archive.Find(ctx, a, imaging.Query{Level: imaging.SeriesLevel, Study: x.studyUID()})
			return err
		},
	}
	for name, call := range calls {
		for _, who := range []yilian.InstitutionID{"south", "nobody", ""} {
			if err := call(actor(who)); yilian.KindOf(err) != yilian.NotFound {
				t.Errorf("%s by %q: %v, want NotFound", name, who, err)
			}
		}
		for _, who := range []yilian.InstitutionID{"north", "region"} {
			if err := call(actor(who)); err != nil {
				t.Errorf("%s by %q: %v", name, who, err)
			}
		}
	}
	for who, want := range map[yilian.InstitutionID]int{"north": 1, "region": 1, "south": 0, "nobody": 0, "": 0} {
		if page, err := w.archive.Find(ctx, actor(who), imaging.Query{}); err != nil || len(page.Studies) != want {
			t.Errorf("%q finds %d studies, %v", who, len(page.Studies), err)
		}
	}
}

// TestWrongPath: an instance is given only under the study and series it belongs to, for rights are those of the study.
func TestWrongPath(t *testing.T) {
	w := newWorld(t)
	mine, theirs := thing{study: 1}, thing{study: 2}
	w.mustSend(mine)
	if _, err := w.archive.Store(t.Context(), actor("south"), theirs.incoming(), bytes.NewReader(theirs.bytes(t))); err != nil {
		t.Fatal(err)
	}
	for _, p := range []imaging.Path{
		{Study: mine.studyUID(), Instance: theirs.uid()},
		{Study: mine.studyUID(), Series: "1.2.3", Instance: mine.uid()},
	} {
		_, err := w.archive.Object(t.Context(), actor("north"), p)
		wantKind(t, err, yilian.NotFound)
	}
}

// TestAudit: who looks at a study stands in its trail, once in a while and not for every picture.
func TestAudit(t *testing.T) {
	w := newWorld(t)
	x := thing{study: 1}
	w.mustSend(x)
	read := func(a yilian.Actor) {
		t.Helper()
		if _, err := w.archive.Object(t.Context(), a, x.path()); err != nil {
			t.Fatal(err)
		}
	}
	count := func() (n int) {
		t.Helper()
		err := w.db.Flow().View(t.Context(), func(r flow.Reader) error {
			events, err := r.Events(flow.Ref{Kind: "study", ID: string(x.studyUID())})
			for _, e := range events {
				if e.Action == "study.read" && e.Actor.Person != "" && e.Chain == "north" {
					n++
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for range 5 {
		read(actor("north"))
	}
	if n := count(); n != 1 {
		t.Errorf("%d entries after one visit", n)
	}
	read(actor("region"))
	w.sleep(9 * time.Minute)
	read(actor("north"))
	if n := count(); n != 2 {
		t.Errorf("%d entries after two visitors", n)
	}
	w.sleep(2 * time.Minute)
	read(actor("north"))
	if n := count(); n != 3 {
		t.Errorf("%d entries after a later visit", n)
	}
	read(yilian.System)
	if n := count(); n != 3 {
		t.Error("the service's own work stands in the trail")
	}
}
