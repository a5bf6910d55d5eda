package api

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestOpenAPI: the document is made without a server, the same each time, and describes every operation with its access.
func TestOpenAPI(t *testing.T) {
	doc, err := OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	again, err := OpenAPI()
	if err != nil || string(doc) != string(again) {
		t.Errorf("the document differs from one time to the next (%v)", err)
	}
	var parsed struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			Description string `json:"description"`
			OperationID string `json:"operationId"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(doc, &parsed); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(parsed.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %s", parsed.OpenAPI)
	}
	seen := map[string]string{}
	for path, ops := range parsed.Paths {
		for method, op := range ops {
			if other, twice := seen[op.OperationID]; twice {
				t.Errorf("operation %s is both %s and %s", op.OperationID, other, path)
			}
			seen[op.OperationID] = path
			if !strings.Contains(op.Description, "Access: ") || strings.Contains(op.Description, "Access: .") {
				t.Errorf("%s %s has no access class", method, path)
			}
		}
	}
	if len(seen) < 80 {
		t.Errorf("only %d operations", len(seen))
	}
}
