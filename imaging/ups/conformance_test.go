package ups

import (
	"os"
	"strings"
	"testing"
)

// TestConformanceStatement: it names every operation.
func TestConformanceStatement(t *testing.T) {
	b, err := os.ReadFile("../CONFORMANCE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(b), "**UPS-RS**")
	if !ok {
		t.Fatal("no section on UPS-RS")
	}
	section, _, _ = strings.Cut(section, "DICOM JSON only.")
	for _, r := range routes {
		if !strings.Contains(section, r.Pattern) || !strings.Contains(section, r.Method) {
			t.Errorf("%s %s is not in the statement", r.Method, r.Pattern)
		}
	}
}
