package scp

import (
	"os"
	"strings"
	"testing"
)

// TestConformanceStatement: it names every service that the code has, in its roles.
func TestConformanceStatement(t *testing.T) {
	b, err := os.ReadFile("../CONFORMANCE.md")
	if err != nil {
		t.Fatal(err)
	}
	yes := map[bool]string{true: "yes", false: "no"}
	for _, s := range Services() {
		line := "| " + s.Name + " | " + s.SOPClass + " | yes | " + yes[s.SCU] + " |"
		if !strings.Contains(string(b), line) {
			t.Errorf("no line %q", line)
		}
	}
}
