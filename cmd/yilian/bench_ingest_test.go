package main

import (
	"context"
	"log/slog"
	"net"
	"os/exec"
	"path/filepath"
	"testing"

	"yilian/imaging"
	"yilian/imaging/scp"
	"yilian/storage/blob"
	"yilian/storage/sqlstore"
)

// BenchmarkIngest is one association of storescu into the archive of this process, so that the receiving side can be profiled
// alone: go test -run '^$' -bench Ingest -benchtime 2000x -cpuprofile cpu.out ./cmd/yilian
func BenchmarkIngest(b *testing.B) {
	if _, err := exec.LookPath("storescu"); err != nil {
		b.Skip("storescu is not installed")
	}
	dir := b.TempDir()
	db, err := sqlstore.Open(b.Context(), sqlstore.Options{Path: filepath.Join(dir, "yilian.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	blobs, err := blob.Folder(filepath.Join(dir, "objects"))
	if err != nil {
		b.Fatal(err)
	}
	archive, err := imaging.New(imaging.Config{Index: db.Imaging(), Blobs: blobs, Access: benchAccess{}})
	if err != nil {
		b.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	door, err := scp.New(scp.Config{Listener: ln, AETitle: "YILIAN", Archive: archive, Devices: benchAccess{}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- door.Run(ctx) }()
	defer func() {
		stop()
		if err := <-done; err != nil {
			b.Error(err)
		}
	}()
	files := filepath.Join(dir, "files")
	size, err := makeSlices(files, min(b.N, 200))
	if err != nil {
		b.Fatal(err)
	}
	host, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(size))
	b.ResetTimer()
	for sent := 0; sent < b.N; sent += min(b.N, 200) {
		cmd := exec.CommandContext(ctx, "storescu", "-q", "-aet", "BENCH", "-aec", "YILIAN", "+sd", "+II", host, port, files)
		cmd.Env = senderEnv(benchSender{nodelay: true})
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
	}
}
