package storagetest_test

import (
	"testing"

	"yilian/consult/flow/flowtest"
	"yilian/storage/storagetest"
)

// The store in memory that the workflows are tested with is held to the same promises.
func TestDouble(t *testing.T) {
	storagetest.FlowSuite(t, func(*testing.T) storagetest.FlowSubject {
		return storagetest.FlowSubject{Store: flowtest.New(), Double: true}
	})
}
