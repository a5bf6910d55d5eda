package pixel

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// Workers lets work on one picture be done by several goroutines. All who share it together start no more of them than it was made
// with: while many pictures are made at the same time, each is made by whoever asked for it. A nil *Workers lets everyone work alone.
// It is safe for concurrent use and owns no goroutine between calls.
type Workers struct{ free chan struct{} }

// NewWorkers makes Workers of n helpers.
func NewWorkers(n int) *Workers { return &Workers{make(chan struct{}, max(n, 0))} }

// share calls work for each number below n once, in any order, also at the same time, and returns when all is done. A panic of work
// is the caller's.
func (k *Workers) share(n int, work func(i int)) {
	var next atomic.Int64
	run := func() {
		for i := int(next.Add(1) - 1); i < n; i = int(next.Add(1) - 1) {
			work(i)
		}
	}
	var helpers sync.WaitGroup
	var failed atomic.Value
	for range n - 1 {
		if !k.hire() {
			break
		}
		helpers.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					failed.Store(fmt.Sprint(v))
				}
				<-k.free
			}()
			run()
		})
	}
	defer func() { // also when the caller's own share panics: nobody works on behind its back
		next.Store(int64(n))
		helpers.Wait()
		if v := failed.Load(); v != nil {
			panic(v)
		}
	}()
	run()
}

// hire takes a helper, if one is free.
func (k *Workers) hire() bool {
	if k == nil {
		return false
	}
	select {
	case k.free <- struct{}{}:
		return true
	default:
		return false
	}
}
