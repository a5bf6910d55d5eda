package imaging_test

import (
	"bytes"
	"database/sql"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/storage/blob"
	"yilian/storage/sqlstore"
)

// checked runs fsck and answers the faults by kind.
func (w *world) checked(change func(*imaging.Fsck)) (map[imaging.FaultKind][]imaging.Fault, imaging.Progress) {
	w.t.Helper()
	found := map[imaging.FaultKind][]imaging.Fault{}
	f := imaging.Fsck{Index: w.index, Blobs: w.blobs, Now: w.clock, Found: func(one imaging.Fault) { found[one.Kind] = append(found[one.Kind], one) }}
	if change != nil {
		change(&f)
	}
	done, err := f.Run(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return found, done
}

func (w *world) keyOf(x thing) string {
	w.t.Helper()
	i, err := w.index.Instance(w.t.Context(), x.uid())
	if err != nil {
		w.t.Fatal(err)
	}
	return i.Blob
}

func put(t testing.TB, blobs imaging.Blobs, key string, content []byte) {
	t.Helper()
	b, err := blobs.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Abort()
	if _, err := b.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(t.Context(), key); err != nil {
		t.Fatal(err)
	}
}

// mutate changes the tables behind the back of the index, when all is in them that was answered.
func (w *world) mutate(statement string) error {
	if _, err := w.index.Position(w.t.Context(), ""); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", filepath.Join(w.dir, "yilian.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(w.t.Context(), statement)
	return err
}

// damage gives an instance another object that is damaged, or none; the backup has a good one under the same key.
func (w *world) damage(x thing, backup imaging.Blobs, damage func([]byte) []byte) {
	w.t.Helper()
	i, err := w.index.Instance(w.t.Context(), x.uid())
	if err != nil {
		w.t.Fatal(err)
	}
	good := w.stored(x)
	key := "dicom/00/" + string(x.studyUID()) + "/" + string(x.uid()) + ".0.damaged"
	put(w.t, backup, key, good)
	if bad := damage(slices.Clone(good)); bad != nil {
		put(w.t, w.blobs, key, bad)
	}
	if err := w.index.Rebind(w.t.Context(), i, key); err != nil {
		w.t.Fatal(err)
	}
	if err := w.blobs.Delete(w.t.Context(), i.Blob); err != nil {
		w.t.Fatal(err)
	}
}

// broken is an archive with one fault of each kind, and a backup of the good objects.
func broken(t *testing.T) (w *world, things []thing, backup imaging.Blobs, want map[imaging.FaultKind]int) {
	w = newWorld(t)
	backup, err := blob.Folder(filepath.Join(w.dir, "backup"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range 6 {
		x := thing{study: 1 + n/3, series: 1, instance: n, patient: "P1", content: byte(n)}
		w.mustSend(x)
		things = append(things, x)
	}
	w.approved(reject(imaging.RejectedSafety, things[5]))
	w.sleep(time.Hour)
	if found, done := w.checked(nil); len(found) != 0 || done.Instances != 7 || done.Objects != 7 || done.Bytes == 0 {
		t.Fatalf("a sound archive: %v %+v", found, done)
	}
	for n, damage := range []func([]byte) []byte{
		func([]byte) []byte { return nil }, // the object is gone
		func(b []byte) []byte { return b[:len(b)-10] },
		func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
	} {
		w.damage(things[n], backup, damage)
	}
	orphan := thing{study: 2, series: 1, instance: 90, patient: "P1"}
	w.mustSend(orphan)
	for _, statement := range []string{
		"DELETE FROM imaging_instance WHERE uid = '" + string(orphan.uid()) + "'",
		"UPDATE imaging_study SET instances = 77 WHERE uid = '" + string(things[0].studyUID()) + "'",
		"UPDATE imaging_series SET bytes = 1 WHERE study = '" + string(things[3].studyUID()) + "'",
	} {
		if err := w.mutate(statement); err != nil {
			t.Fatal(err)
		}
	}
	w.sleep(time.Hour)
	return w, things, backup, map[imaging.FaultKind]int{
		imaging.FaultMissing: 1, imaging.FaultTruncated: 1, imaging.FaultHash: 1, imaging.FaultOrphan: 1, imaging.FaultCount: 2,
	}
}

func kinds(found map[imaging.FaultKind][]imaging.Fault) map[imaging.FaultKind]int {
	n := map[imaging.FaultKind]int{}
	for k, all := range found {
		n[k] = len(all)
	}
	return n
}

// TestFsckFinds: each fault is found, by looking alone, and looking changes nothing.
func TestFsckFinds(t *testing.T) {
	w, _, _, want := broken(t)
	for range 2 {
		found, done := w.checked(nil)
		if got := kinds(found); !maps.Equal(got, want) || done.Repaired != 0 {
			t.Errorf("found %v, want %v; %+v", got, want, done)
		}
	}
	quick, done := w.checked(func(f *imaging.Fsck) { f.Quick = true })
	if len(quick[imaging.FaultHash]) != 0 || len(quick[imaging.FaultTruncated]) != 1 || done.Bytes != 0 {
		t.Errorf("quick: %v %+v", kinds(quick), done)
	}
}

// TestFsckRepairs with a backup: everything is as it was.
func TestFsckRepairs(t *testing.T) {
	w, things, backup, _ := broken(t)
	found, done := w.checked(func(f *imaging.Fsck) { f.Repair, f.Backup = true, backup })
	if done.Faults != done.Repaired {
		t.Errorf("not all repaired: %v", found)
	}
	if found, _ := w.checked(nil); len(found) != 0 {
		t.Errorf("afterwards: %v", found)
	}
	for _, x := range things[:5] {
		if !bytes.Equal(w.dataOf(x), x.bytes(t)) {
			t.Errorf("%v is not as it came", x)
		}
	}
	if _, n := w.counts(things[3]); n != 3 {
		t.Errorf("%d instances of the second study", n)
	}
	if aside, err := w.blobs.List(t.Context(), "quarantine/", "", 10); err != nil || len(aside) != 2 {
		t.Errorf("damaged bytes set aside: %v %v", aside, err)
	}
}

// TestFsckWithoutBackup: what is damaged leaves the listings, and is taken again when it is sent.
func TestFsckWithoutBackup(t *testing.T) {
	w, things, _, _ := broken(t)
	w.checked(func(f *imaging.Fsck) { f.Repair = true })
	if found, _ := w.checked(nil); len(found) != 0 {
		t.Errorf("afterwards: %v", found)
	}
	for _, x := range things[:3] {
		_, err := w.archive.Object(t.Context(), doctor, x.path())
		wantKind(t, err, yilian.NotFound)
		if s := w.mustSend(x); s.Duplicate {
			t.Errorf("%+v", s)
		}
		if !bytes.Equal(w.dataOf(x), x.bytes(t)) {
			t.Errorf("%v is not as it came", x)
		}
	}
	if events := w.actions("study", string(things[0].studyUID())); !slices.Contains(events, "instance.damaged") || !slices.Contains(events, "study.recounted") && len(events) == 0 {
		t.Errorf("the trail: %v", events)
	}
}

// TestFsckLostIndex: with an empty index and a named owner, the objects make the index again.
func TestFsckLostIndex(t *testing.T) {
	w := newWorld(t)
	x := thing{study: 1, series: 1, instance: 1, patient: "P1"}
	w.mustSend(x)
	w.sleep(time.Hour)
	db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(w.dir, "new.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	w.db, w.index = db, db.Imaging()
	w.archive = w.open()
	if found, done := w.checked(func(f *imaging.Fsck) { f.Repair = true }); len(found[imaging.FaultOrphan]) != 1 || done.Repaired != 0 {
		t.Errorf("without an owner: %v", found)
	}
	if found, done := w.checked(func(f *imaging.Fsck) { f.Repair, f.Owner = true, "north" }); done.Repaired != 1 {
		t.Errorf("with an owner: %v", found)
	}
	if !bytes.Equal(w.dataOf(x), x.bytes(t)) {
		t.Error("not as it came")
	}
	if found, _ := w.checked(nil); len(found) != 0 {
		t.Errorf("afterwards: %v", found)
	}
}
