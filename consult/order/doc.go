// Package order keeps exam orders: what a doctor asked for, for whom, and how far it has come until the result is acknowledged. It
// issues accession numbers. Images, reads and reports move an order through the transitions that consult/reading calls.
package order
