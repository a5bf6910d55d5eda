// Package queue is the durable work list of what must be told to other machines: images to forward, commitment reports, notices of
// availability. Its Store outlives the process; its Worker carries jobs out at least once, so handlers are idempotent.
//
// Jobs wait in lanes, one for each peer. A peer that is down holds its own lane: one job at a time tries it again, at growing
// intervals, while the others wait without using up their attempts. It knows nothing of DICOM.
package queue
