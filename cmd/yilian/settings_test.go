package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// parse runs the settings through kong as the program does.
func parse(t *testing.T, file string, args ...string) (settings, error) {
	t.Helper()
	var cli struct {
		Config   kong.ConfigFlag
		settings `embed:""`
	}
	parser, err := kong.New(&cli, kong.Configuration(settingsFile), kong.DefaultEnvars("YILIAN"), kong.Exit(func(int) { t.Fatal("exit") }))
	if err != nil {
		t.Fatal(err)
	}
	if file != "" {
		path := filepath.Join(t.TempDir(), "yilian.json")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append([]string{"--config", path}, args...)
	}
	_, err = parser.Parse(args)
	return cli.settings, err
}

func TestSettingsErrorsNameTheSetting(t *testing.T) {
	for _, c := range []struct {
		name, file string
		args       []string
		want       string
	}{
		{"address without port", "", []string{"--http", "8080"}, "--http:"},
		{"no such port", "", []string{"--dicom", ":99999"}, "--dicom:"},
		{"AE too long", "", []string{"--ae", "SEVENTEEN_LETTERS"}, "--ae:"},
		{"AE with backslash", "", []string{"--ae", `A\B`}, "--ae:"},
		{"no door at all", "", []string{"--http", "", "--https", ""}, "--http and --https"},
		{"certificate without key", "", []string{"--cert", "x.pem"}, "--cert and --key"},
		{"public address", "", []string{"--public-ip", "example"}, "--public-ip:"},
		{"no network", "", []string{"--proxies", "10.0.0.1"}, "--proxies:"},
		{"foreign database", "", []string{"--database", "mysql://x"}, "--database:"},
		{"foreign store", "", []string{"--objects", "/srv"}, "--objects:"},
		{"unknown key in the file", `{"htp": ":80"}`, nil, `"htp"`},
		{"file is no JSON", `http = ":80"`, nil, "settings file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parse(t, c.file, c.args...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestPasswordsStayOutOfErrors(t *testing.T) {
	_, err := parse(t, "", "--database", "mysql://user:geheim@host")
	if err == nil || strings.Contains(err.Error(), "geheim") {
		t.Errorf("got %v", err)
	}
}

func TestPrecedenceFlagEnvironmentFile(t *testing.T) {
	file := `{"http": ":1001", "ae": "FROMFILE", "dicom": ":1003"}`
	t.Setenv("YILIAN_AE", "FROMENV")
	t.Setenv("YILIAN_HTTP", ":1002")
	s, err := parse(t, file, "--http", ":1000")
	if err != nil {
		t.Fatal(err)
	}
	if s.HTTP != ":1000" || s.AE != "FROMENV" || s.DICOM != ":1003" || s.MediaUDP != ":7882" {
		t.Errorf("flag %q, environment %q, file %q, default %q", s.HTTP, s.AE, s.DICOM, s.MediaUDP)
	}
}
