package main

import (
	"strings"
	"testing"
)

// TestBench runs each measurement once and small, with the peers that are installed. What it measures is no matter here.
func TestBench(t *testing.T) {
	tool(t, "storescu")
	path, err := builtProgram()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"imaging", "--instances", "20", "--rounds", "1", "--jobs", "2"}, []string{
			"C-STORE, 1 association, stock", "C-STORE, 2 associations", "STOW-RS", "frame", "rendered", "whole study", "metadata", bareName, orthancName,
		}},
		{[]string{"query", "--sizes", "200,400", "--requests", "10"}, []string{"accession", "one day", "name prefix", "first page", "deep page"}},
		{[]string{"memory", "--frames", "8", "--small", "100", "--rounds", "1"}, []string{"one object of 16 MB", "100 small objects"}},
	} {
		t.Run(c.args[0], func(t *testing.T) {
			out, err := run1(t, path, append([]string{"bench"}, c.args...)...)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					t.Errorf("no word of %q in\n%s", want, out)
				}
			}
		})
	}
}
