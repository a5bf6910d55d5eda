package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
	"yilian/storage/blob"
	"yilian/storage/sqlstore"
)

// TestKillWhileStoring kills the program again and again while several devices send. Whatever was acknowledged is there after the
// restarts, whole, and stands in the trail once.
func TestKillWhileStoring(t *testing.T) {
	data := t.TempDir()
	p := startProgram(t, data)
	var mu sync.Mutex
	acknowledged := map[yilian.InstanceUID]string{}
	sent := 0
	for round := range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for sender := range 3 {
			wg.Go(func() {
				sendUntilKilled(ctx, p.dcm, fmt.Sprintf("2.25.7700.%d.%d", round, sender), func(uid yilian.InstanceUID, sum string) {
					mu.Lock()
					defer mu.Unlock()
					acknowledged[uid] = sum
				})
			})
		}
		time.Sleep(time.Duration(200+150*round) * time.Millisecond)
		p.kill()
		cancel()
		wg.Wait()
		p.start()
		t.Logf("round %d: %d acknowledged", round+1, len(acknowledged)-sent)
		sent = len(acknowledged)
	}
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	if sent < 20 {
		t.Errorf("only %d instances were acknowledged", sent)
	}
	checkIngested(t, data, acknowledged)
}

// sendUntilKilled sends instances of a study until the association breaks.
func sendUntilKilled(ctx context.Context, addr, study string, acknowledge func(yilian.InstanceUID, string)) {
	const class = "1.2.840.10008.5.1.4.1.1.2"
	a, err := dimse.Dial(ctx, addr, dimse.Options{
		Calling: deviceAE(demoSites[0].key, "CT"), Called: "YILIAN",
		Contexts: []dimse.Proposal{{AbstractSyntax: class, TransferSyntaxes: []string{dicom.ExplicitVRLittleEndian}}},
	})
	if err != nil {
		return
	}
	defer func() { _ = a.Close() }()
	for i := 0; ; i++ {
		uid := fmt.Sprintf("%s.1.%d", study, i)
		d := slice(i, bytes.Repeat([]byte{byte(i), byte(i >> 8)}, 128*128*(1+i%5)))
		d.SetInt(dicom.Rows, 128*(1+i%5))
		d.SetInt(dicom.Columns, 128)
		d.SetString(dicom.StudyInstanceUID, study)
		d.SetString(dicom.SeriesInstanceUID, study+".1")
		d.SetString(dicom.SOPInstanceUID, uid)
		raw, err := dicom.AppendDataset(nil, d, dicom.Syntax(dicom.ExplicitVRLittleEndian))
		if err != nil {
			return
		}
		answer, err := a.Store(ctx, dimse.Instance{
			SOPClass: class, SOPInstance: uid, TransferSyntax: dicom.ExplicitVRLittleEndian, Data: bytes.NewReader(raw), Size: int64(len(raw)),
		})
		if err != nil || !answer.Status.OK() {
			return
		}
		sum := sha256.Sum256(raw)
		acknowledge(yilian.InstanceUID(uid), hex.EncodeToString(sum[:]))
	}
}

// checkIngested looks into a data folder that nobody uses.
func checkIngested(t *testing.T, data string, acknowledged map[yilian.InstanceUID]string) {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(data, "yilian.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	objects, err := blob.Folder(filepath.Join(data, "objects"))
	if err != nil {
		t.Fatal(err)
	}
	studies := map[yilian.StudyUID]bool{}
	for uid, sum := range acknowledged {
		i, err := db.Imaging().Instance(t.Context(), uid)
		if err != nil || i.SHA256 != sum {
			t.Errorf("%s was acknowledged: %v", uid, err)
			continue
		}
		studies[i.Study] = true
		r, err := objects.Open(t.Context(), i.Blob, i.DataOffset, -1)
		if err != nil {
			t.Errorf("%s: %v", uid, err)
			continue
		}
		h := sha256.New()
		_, err = io.Copy(h, r)
		if _ = r.Close(); err != nil || hex.EncodeToString(h.Sum(nil)) != sum {
			t.Errorf("%s has other bytes, %v", uid, err)
		}
	}
	stored := map[yilian.InstanceUID]int{}
	for uid := range studies {
		study, err := db.Imaging().Study(t.Context(), uid)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Flow().VerifyChain(t.Context(), string(study.Institution)); err != nil {
			t.Error(err)
		}
		err = db.Flow().View(t.Context(), func(r flow.Reader) error {
			events, err := r.Events(flow.Ref{Kind: "study", ID: string(uid)})
			for _, e := range events {
				var d struct{ Instance yilian.InstanceUID }
				if e.Action == "instance.stored" && json.Unmarshal(e.Data, &d) == nil {
					stored[d.Instance]++
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for uid := range acknowledged {
		if stored[uid] != 1 {
			t.Errorf("%s stands in the trail %d times", uid, stored[uid])
		}
	}
}
