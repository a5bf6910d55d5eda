package sqlstore_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/storage/sqlstore"
)

// sector is what a disk writes as a whole.
const sector = 512

// cutFiles is a database as it was when it was synced last.
type cutFiles struct{ db, wal []byte }

func readFiles(t *testing.T, path string) (f cutFiles) {
	t.Helper()
	var err error
	if f.db, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	if f.wal, err = os.ReadFile(path + "-wal"); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return f
}

// after is the database that a power cut leaves: the file as it was at the last checkpoint, and of the log's sectors that were written
// since the last sync some and others not.
func (synced cutFiles) after(t *testing.T, now cutFiles, path string, chance *rand.Rand) {
	t.Helper()
	size := len(synced.wal) + chance.IntN(max(len(now.wal)-len(synced.wal), 0)+1)
	if len(now.wal) <= len(synced.wal) {
		size = len(now.wal)
	}
	wal := make([]byte, size)
	lost := chance.IntN(3) // sectors of every three; none: all that was written came to the disk
	for at := 0; at < size; at += sector {
		from := now.wal
		if lost > 0 && chance.IntN(3) < lost {
			from = synced.wal
		}
		if at < len(from) {
			copy(wal[at:min(at+sector, size)], from[at:])
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{path: synced.db, path + "-wal": wal} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLazyCommitsPowerCut cuts the power of an index whose additions are committed without a sync, because they stand in a journal. What
// was settled is there; of the rest a beginning, in which each position fits what was recorded; and when the notes behind the
// positions are added again, everything is there once, with a trail that fits together.
func TestLazyCommitsPowerCut(t *testing.T) {
	rounds := 40
	if testing.Short() {
		rounds = 8
	}
	lost := 0
	for seed := range rounds {
		lost += lazyCut(t, uint64(seed))
	}
	if lost == 0 {
		t.Error("nothing was lost in any round: the simulation proves nothing")
	}
	t.Logf("%d additions were lost and replayed", lost)
}

func lazyCut(t *testing.T, seed uint64) (lost int) {
	t.Helper()
	chance := rand.New(rand.NewPCG(seed, 5))
	dir := t.TempDir()
	path := filepath.Join(dir, "0", "yilian.db")
	db := open(t, sqlstore.Options{Path: path})
	if err := db.Imaging().Settle(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	synced := readFiles(t, path)
	settled := 0
	journal := make([]imaging.Addition, 30+chance.IntN(60))
	for i := range journal {
		journal[i] = noted(i, 3)
		if o, err := db.Imaging().Add(t.Context(), journal[i]); err != nil || o.Status != imaging.Added {
			t.Fatalf("seed %d: %+v, %v", seed, o, err)
		}
		switch chance.IntN(25) {
		case 0:
			if err := db.Imaging().Settle(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		case 1:
			if err := db.Imaging().Audit(t.Context(), yilian.Event{Entity: "study", EntityID: "x", Action: "study.read"}); err != nil {
				t.Fatal(err)
			}
		case 2:
			if err := sqlstore.Checkpoint(t.Context(), db); err != nil {
				t.Fatal(err)
			}
		default:
			continue
		}
		synced, settled = readFiles(t, path), i+1
	}
	cut := filepath.Join(dir, "1", "yilian.db")
	synced.after(t, readFiles(t, path), cut, chance)
	after := open(t, sqlstore.Options{Path: cut})
	return len(journal) - replayedFrom(t, seed, after, journal, settled)
}

// noted is an addition that stands on one of some pages.
func noted(i, pages int) imaging.Addition {
	study := yilian.StudyUID(fmt.Sprint("1.2.", i%4))
	series := yilian.SeriesUID(study + ".1")
	return imaging.Addition{
		Study:  imaging.Study{UID: study, Institution: "north", PatientID: "P"},
		Series: imaging.Series{UID: series, Study: study, Modality: "CT"},
		Instance: imaging.Instance{
			UID: yilian.InstanceUID(fmt.Sprintf("%s.%d", series, i)), Study: study, Series: series, Blob: fmt.Sprint("dicom/", i), SHA256: fmt.Sprint(i),
			Metadata: fmt.Appendf(nil, `{"filler":"%0*d"}`, 100+i*37%3000, i),
		},
		Page: fmt.Sprint("page", i%pages), End: int64(i + 1),
	}
}

// replayedFrom checks what a power cut has left, replays the rest and checks again. It answers how many additions had survived.
func replayedFrom(t *testing.T, seed uint64, db *sqlstore.DB, journal []imaging.Addition, settled int) (survived int) {
	t.Helper()
	index := db.Imaging()
	there := func(i int) bool {
		_, err := index.Instance(t.Context(), journal[i].Instance.UID)
		if err != nil && yilian.KindOf(err) != yilian.NotFound {
			t.Fatal(err)
		}
		return err == nil
	}
	for survived < len(journal) && there(survived) {
		survived++
	}
	if survived < settled {
		t.Errorf("seed %d: %d of %d settled additions are there", seed, survived, settled)
	}
	positions := map[string]int64{}
	for i := range journal[:survived] {
		positions[journal[i].Page] = journal[i].End
	}
	for i := survived; i < len(journal); i++ {
		if there(i) {
			t.Errorf("seed %d: addition %d is there without %d", seed, i, survived)
		}
	}
	for page := range 3 {
		page := fmt.Sprint("page", page)
		if at, err := index.Position(t.Context(), page); err != nil || at != positions[page] {
			t.Errorf("seed %d: %s is at %d, %v, want %d", seed, page, at, err, positions[page])
		}
	}
	for _, a := range journal {
		if a.End > positions[a.Page] {
			if o, err := index.Add(t.Context(), a); err != nil || o.Status != imaging.Added {
				t.Errorf("seed %d: again: %+v, %v", seed, o, err)
			}
		}
	}
	wantOnce(t, seed, db, journal)
	return survived
}

// wantOnce: everything is there, and each addition has one event.
func wantOnce(t *testing.T, seed uint64, db *sqlstore.DB, journal []imaging.Addition) {
	t.Helper()
	instances := 0
	for s := range 4 {
		study, err := db.Imaging().Study(t.Context(), yilian.StudyUID(fmt.Sprint("1.2.", s)))
		if err != nil {
			t.Fatal(err)
		}
		instances += study.InstanceCount
		if int64(study.InstanceCount) != study.Version {
			t.Errorf("seed %d: %d instances in version %d", seed, study.InstanceCount, study.Version)
		}
	}
	if length, err := db.Flow().VerifyChain(t.Context(), "north"); err != nil || int(length) != len(journal) || instances != len(journal) {
		t.Errorf("seed %d: %d instances and %d events of %d additions, %v", seed, instances, length, len(journal), err)
	}
}

// TestSyncs: an update answers after a sync that began after its commit, an addition that stands in a journal without one, and others
// have their turn while one waits for the disk. After a sync that failed nothing is called durable any more.
func TestSyncs(t *testing.T) {
	db := open(t, engines[0].open(t))
	var syncs, fail atomic.Int64
	held, hold := make(chan struct{}, 100), make(chan struct{})
	sqlstore.WatchSyncs(db, func(sync func() error) error {
		syncs.Add(1)
		held <- struct{}{}
		<-hold
		if fail.Load() > 0 {
			return errors.New("the disk is broken")
		}
		return sync()
	})
	update := make(chan error, 2)
	go func() { update <- db.Flow().Update(t.Context(), put("a")) }()
	<-held
	for i := range 3 {
		if _, err := db.Imaging().Add(t.Context(), noted(i, 1)); err != nil {
			t.Fatal(err)
		}
	}
	go func() { update <- db.Flow().Update(t.Context(), put("b")) }()
	for versionOf(t, db.Flow(), "b") == 0 { // committed
		time.Sleep(time.Millisecond)
	}
	select {
	case err := <-update:
		t.Fatalf("answered before the sync: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	close(hold)
	for range 2 {
		if err := <-update; err != nil {
			t.Error(err)
		}
	}
	if n := syncs.Load(); n != 2 { // the first had begun before the second was committed
		t.Errorf("%d syncs for two updates, one behind the other", n)
	}
	fail.Store(1)
	if err := db.Flow().Update(t.Context(), put("c")); yilian.KindOf(err) != yilian.Unavailable {
		t.Errorf("an update that was not synced: %v", err)
	}
	fail.Store(0)
	if err := db.Flow().Update(t.Context(), put("d")); yilian.KindOf(err) != yilian.Unavailable {
		t.Errorf("an update after a sync that failed: %v", err)
	}
}
