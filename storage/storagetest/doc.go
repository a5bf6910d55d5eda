// Package storagetest holds one conformance suite for each port of storage. A backend passes it unchanged or it is not one. It is
// no part of the program.
package storagetest

import (
	"os"
	"testing"
)

// Backend answers the address of a test engine from an environment variable (YILIAN_TEST_POSTGRES, YILIAN_TEST_REDIS,
// YILIAN_TEST_S3; deploy/engines.sh prints them). Without it the test is skipped, but fails in CI: nothing is skipped silently there.
func Backend(t testing.TB, variable string) string {
	t.Helper()
	address := os.Getenv(variable)
	if address != "" {
		return address
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not set: run deploy/engines.sh start and eval \"$(deploy/engines.sh env)\"", variable)
	}
	t.Skipf("%s is not set", variable)
	return ""
}
