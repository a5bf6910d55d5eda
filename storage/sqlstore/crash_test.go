package sqlstore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/storage/sqlstore"
)

// TestCrash kills a program that writes, several times, and looks for every write that it had acknowledged.
func TestCrash(t *testing.T) {
	if path := os.Getenv("SQLSTORE_CRASH"); path != "" {
		crashing(t, path)
		return
	}
	path := t.TempDir() + "/yilian.db"
	acknowledged := map[string]bool{}
	for round := range 6 {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrash$")
		child.Env = append(os.Environ(), "SQLSTORE_CRASH="+path, fmt.Sprint("SQLSTORE_ROUND=", round))
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		child.Stderr = os.Stderr
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		var kill *time.Timer
		for lines.Scan() {
			id, ok := strings.CutPrefix(lines.Text(), "ack ")
			if !ok {
				continue
			}
			if kill == nil {
				kill = time.AfterFunc(time.Duration(30+40*round)*time.Millisecond, func() { _ = child.Process.Kill() })
			}
			acknowledged[id] = true
		}
		_ = child.Wait() // it was killed
		if kill == nil {
			t.Fatal("the program wrote nothing")
		}
		kill.Stop()
	}
	db := open(t, sqlstore.Options{Path: path})
	for id := range acknowledged {
		if versionOf(t, db.Flow(), id) != 1 {
			t.Errorf("%s was acknowledged and is not there", id)
		}
	}
	n, err := db.Flow().VerifyChain(t.Context(), "")
	if err != nil || n < int64(len(acknowledged)) {
		t.Errorf("chain of %d for %d acknowledged, %v", n, len(acknowledged), err)
	}
	t.Logf("%d acknowledged, %d written", len(acknowledged), n)
}

// crashing writes until it is killed.
func crashing(t *testing.T, path string) {
	db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	for c := range 8 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%s-%d-%d", os.Getenv("SQLSTORE_ROUND"), c, i)
				err := db.Flow().Update(context.Background(), func(tx flow.Tx) error {
					return errors.Join(put(id)(tx), tx.Append(yilian.Event{Entity: "request", EntityID: id, Action: "create"}, &flow.Message{}))
				})
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				_, _ = os.Stdout.WriteString("ack " + id + "\n")
			}
		}()
	}
	time.Sleep(time.Minute)
}
